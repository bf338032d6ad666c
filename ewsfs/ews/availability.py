"""Free and busy times, mail tips, and what a name stands for: the answers about other people."""

from __future__ import annotations

from ewsfs.ews.element import ElementField, ElementListField, EWSElement
from ewsfs.ews.fields import BooleanField, ChoiceField, DateTimeField, IntegerField, TextField
from ewsfs.ews.items import Contact
from ewsfs.ews.properties import FREE_BUSY, Mailbox
from ewsfs.ews.recurrence import WeekdaysField


class Resolution(EWSElement):
    """EWS reference: Resolution. Somebody a name may stand for, with the contact when that was asked for."""

    __slots__ = ()
    ELEMENT = "Resolution"

    mailbox = ElementField("Mailbox", Mailbox)
    contact = ElementField("Contact", Contact)


class CalendarEventDetails(EWSElement):
    """EWS reference: CalendarEventDetails."""

    __slots__ = ()
    ELEMENT = "CalendarEventDetails"

    id = TextField("ID")
    subject = TextField("Subject")
    location = TextField("Location")
    is_meeting = BooleanField("IsMeeting")
    is_recurring = BooleanField("IsRecurring")
    is_exception = BooleanField("IsException")
    is_reminder_set = BooleanField("IsReminderSet")
    is_private = BooleanField("IsPrivate")


class CalendarEvent(EWSElement):
    """EWS reference: CalendarEvent. A time at which somebody isn't free, or only says so."""

    __slots__ = ()
    ELEMENT = "CalendarEvent"

    start = DateTimeField("StartTime")
    end = DateTimeField("EndTime")
    busy_type = ChoiceField("BusyType", FREE_BUSY)
    details = ElementField("CalendarEventDetails", CalendarEventDetails)


class WorkingPeriod(EWSElement):
    """EWS reference: WorkingPeriod. Hours of work, in minutes since midnight."""

    __slots__ = ()
    ELEMENT = "WorkingPeriod"

    weekdays = WeekdaysField("DayOfWeek")
    start = IntegerField("StartTimeInMinutes")
    end = IntegerField("EndTimeInMinutes")


class WorkingHours(EWSElement):
    """EWS reference: WorkingHours."""

    __slots__ = ()
    ELEMENT = "WorkingHours"

    periods = ElementListField("WorkingPeriodArray", WorkingPeriod)


class FreeBusyView(EWSElement):
    """EWS reference: FreeBusyView. When somebody is free.

    merged_free_busy: a digit for each interval: 0 free, 1 tentative, 2 busy, 3 out of office, 4 elsewhere or unknown.
    """

    __slots__ = ()
    ELEMENT = "FreeBusyView"

    view_type = TextField("FreeBusyViewType")
    merged_free_busy = TextField("MergedFreeBusy")
    calendar_events = ElementListField("CalendarEventArray", CalendarEvent)
    working_hours = ElementField("WorkingHours", WorkingHours)


class Duration(EWSElement):
    """EWS reference: Duration."""

    __slots__ = ()
    ELEMENT = "Duration"

    start = DateTimeField("StartTime")
    end = DateTimeField("EndTime")


class ReplyBody(EWSElement):
    """EWS reference: ReplyBody."""

    __slots__ = ()
    ELEMENT = "ReplyBody"

    message = TextField("Message")


class OutOfOfficeTip(EWSElement):
    """EWS reference: OutOfOffice (of mail tips)."""

    __slots__ = ()
    ELEMENT = "OutOfOffice"

    reply_body = ElementField("ReplyBody", ReplyBody)
    duration = ElementField("Duration", Duration)


class MailTips(EWSElement):
    """EWS reference: MailTips. What a sender should know of a recipient."""

    __slots__ = ()
    ELEMENT = "MailTips"

    recipient_address = ElementField("RecipientAddress", Mailbox)
    pending_mail_tips = TextField("PendingMailTips")
    out_of_office = ElementField("OutOfOffice", OutOfOfficeTip)
    mailbox_full = BooleanField("MailboxFull")
    custom_mail_tip = TextField("CustomMailTip")
    total_member_count = IntegerField("TotalMemberCount")
    external_member_count = IntegerField("ExternalMemberCount")
    max_message_size = IntegerField("MaxMessageSize")
    delivery_restricted = BooleanField("DeliveryRestricted")
    is_moderated = BooleanField("IsModerated")
    invalid_recipient = BooleanField("InvalidRecipient")
    scope = IntegerField("Scope")


class Room(EWSElement):
    """EWS reference: Room."""

    __slots__ = ()
    ELEMENT = "Room"

    mailbox = ElementField("Id", Mailbox)
