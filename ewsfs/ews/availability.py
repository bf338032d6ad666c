"""Free and busy times, mail tips, and what a name stands for: the answers about other people."""

from __future__ import annotations

from ewsfs.ews.element import ElementField, ElementListField, EWSElement
from ewsfs.ews.fields import BooleanField, ChoiceField, DateTimeField, IntegerField, TextField
from ewsfs.ews.items import Contact
from ewsfs.ews.properties import FREE_BUSY, Mailbox
from ewsfs.ews.recurrence import WeekdaysField


class Resolution(EWSElement):
    """EWS reference: Resolution. Somebody a name may stand for, with the contact when that was asked for.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolution
    """

    __slots__ = ()
    ELEMENT = "Resolution"

    mailbox = ElementField("Mailbox", Mailbox)
    contact = ElementField("Contact", Contact)


class CalendarEventDetails(EWSElement):
    """EWS reference: CalendarEventDetails.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/calendareventdetails
    """

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
    """EWS reference: CalendarEvent. A time at which somebody isn't free, or only says so.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/calendarevent
    """

    __slots__ = ()
    ELEMENT = "CalendarEvent"

    start = DateTimeField("StartTime")
    end = DateTimeField("EndTime")
    busy_type = ChoiceField("BusyType", FREE_BUSY)
    details = ElementField("CalendarEventDetails", CalendarEventDetails)


class WorkingPeriod(EWSElement):
    """EWS reference: WorkingPeriod. Hours of work, in minutes since midnight.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/workingperiod
    """

    __slots__ = ()
    ELEMENT = "WorkingPeriod"

    weekdays = WeekdaysField("DayOfWeek")
    start = IntegerField("StartTimeInMinutes")
    end = IntegerField("EndTimeInMinutes")


class WorkingHours(EWSElement):
    """EWS reference: WorkingHours.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/workinghours-ex15websvcsotherref
    """

    __slots__ = ()
    ELEMENT = "WorkingHours"

    periods = ElementListField("WorkingPeriodArray", WorkingPeriod)


class FreeBusyView(EWSElement):
    """EWS reference: FreeBusyView. When somebody is free.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/freebusyview

    merged_free_busy: a digit for each interval: 0 free, 1 tentative, 2 busy, 3 out of office, 4 elsewhere or unknown.
    """

    __slots__ = ()
    ELEMENT = "FreeBusyView"

    view_type = TextField("FreeBusyViewType")
    merged_free_busy = TextField("MergedFreeBusy")
    calendar_events = ElementListField("CalendarEventArray", CalendarEvent)
    working_hours = ElementField("WorkingHours", WorkingHours)


class Duration(EWSElement):
    """EWS reference: Duration.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/duration-useroofsettings
    """

    __slots__ = ()
    ELEMENT = "Duration"

    start = DateTimeField("StartTime")
    end = DateTimeField("EndTime")


class ReplyBody(EWSElement):
    """EWS reference: ReplyBody.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/replybody
    """

    __slots__ = ()
    ELEMENT = "ReplyBody"

    message = TextField("Message")


class OutOfOfficeTip(EWSElement):
    """EWS reference: OutOfOffice (of mail tips).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/outofoffice
    """

    __slots__ = ()
    ELEMENT = "OutOfOffice"

    reply_body = ElementField("ReplyBody", ReplyBody)
    duration = ElementField("Duration", Duration)


class MailTips(EWSElement):
    """EWS reference: MailTips. What a sender should know of a recipient.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/mailtips
    """

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
    """EWS reference: Room.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/room
    """

    __slots__ = ()
    ELEMENT = "Room"

    mailbox = ElementField("Id", Mailbox)
