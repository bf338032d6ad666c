"""`CalendarItem`: appointments and meetings; and what it has in common with the messages about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from ewsfs.ews.element import ElementField, ElementListField
from ewsfs.ews.ewsdatetime import EWSTimeZone, UnknownTimeZone
from ewsfs.ews.fields import BooleanField, ChoiceField, DateTimeField, IntegerField, TextField, is_supported
from ewsfs.ews.insights import CalendarActivityData, InboxReminder, OnlineMeetingSettings
from ewsfs.ews.items.base import Item
from ewsfs.ews.listfields import ListField
from ewsfs.ews.properties import (
    FREE_BUSY,
    RESPONSE_TYPES,
    AttendeeListField,
    EnhancedLocation,
    MailboxField,
    OccurrenceItemId,
    RecurringMasterItemId,
)
from ewsfs.ews.recurrence import (
    DeletedOccurrenceListField,
    Occurrence,
    OccurrenceListField,
    RecurrenceField,
)
from ewsfs.ews.timezones import MeetingTimeZoneField, TimeZoneField
from ewsfs.ews.xmlnames import Element

SINGLE, OCCURRENCE, EXCEPTION, RECURRING_MASTER = CALENDAR_ITEM_TYPES = (
    "Single",
    "Occurrence",
    "Exception",
    "RecurringMaster",
)

Answer = Literal["AcceptItem", "DeclineItem", "TentativelyAcceptItem"]


class MeetingListField(ListField[Item]):
    """Other meetings, which the server lists with a few of their properties."""

    def __init__(self, path: str) -> None:
        super().__init__(path, item="CalendarItem", read_only=True, listed=False, rare=True)

    def _checked_item(self, value: Any) -> Item:
        if not isinstance(value, CalendarItem):
            raise self.wrong_type(value, "a list of calendar items")
        return value

    def _parse_item(self, element: Element) -> Item:
        return CalendarItem.from_xml(element)

    def _render_item(self, value: Item) -> Element:
        return value.to_xml()


class Answerable(Item):
    """EWS reference: AcceptItem, DeclineItem, TentativelyAcceptItem. What can be answered, mail or appointment.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/acceptitem
    """

    __slots__ = ()

    def accept(self, **options: Any) -> None:
        """Accept a meeting. Parameters: those of `answer`."""
        self.answer("AcceptItem", **options)

    def decline(self, **options: Any) -> None:
        """Decline a meeting. Parameters: those of `answer`."""
        self.answer("DeclineItem", **options)

    def tentatively_accept(self, **options: Any) -> None:
        """Accept a meeting for the time being. Parameters: those of `answer`."""
        self.answer("TentativelyAcceptItem", **options)

    def answer(
        self,
        answer: Answer,
        *,
        body: str | None = None,
        proposed_start: datetime | None = None,
        proposed_end: datetime | None = None,
        message_disposition: Literal["SendOnly", "SaveOnly", "SendAndSaveCopy"] = "SendAndSaveCopy",
    ) -> None:
        """Answer a meeting request.

        Parameters: `body`, a text for the organizer; `proposed_start`, `proposed_end`, another time (Exchange 2013);
        `message_disposition`, "SaveOnly" to leave the answer among the drafts. Raises: EWSError.
        """
        from ewsfs.ews.items.response import MeetingAnswer

        response = MeetingAnswer(body=body, proposed_start=proposed_start, proposed_end=proposed_end)
        self._account()._respond(response.element_for(answer, self), message_disposition=message_disposition)


class CalendarItem(Answerable):
    """EWS reference: CalendarItem. An appointment, a meeting, or all occurrences of one together.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/calendaritem
    """

    __slots__ = ()
    ELEMENT = "CalendarItem"
    SINGLE: ClassVar[str] = SINGLE
    OCCURRENCE: ClassVar[str] = OCCURRENCE
    EXCEPTION: ClassVar[str] = EXCEPTION
    RECURRING_MASTER: ClassVar[str] = RECURRING_MASTER

    uid = TextField("calendar:UID")
    recurrence_id = DateTimeField("calendar:RecurrenceId", read_only=True)
    datetime_stamp = DateTimeField("calendar:DateTimeStamp", read_only=True)
    start = DateTimeField("calendar:Start")
    end = DateTimeField("calendar:End")
    original_start = DateTimeField("calendar:OriginalStart", read_only=True)
    is_all_day = BooleanField("calendar:IsAllDayEvent")
    legacy_free_busy_status = ChoiceField("calendar:LegacyFreeBusyStatus", FREE_BUSY)
    location = TextField("calendar:Location")
    when = TextField("calendar:When")
    is_meeting = BooleanField("calendar:IsMeeting", read_only=True)
    is_cancelled = BooleanField("calendar:IsCancelled", read_only=True)
    is_recurring = BooleanField("calendar:IsRecurring", read_only=True)
    meeting_request_was_sent = BooleanField("calendar:MeetingRequestWasSent", read_only=True)
    is_response_requested = BooleanField("calendar:IsResponseRequested")
    type = ChoiceField("calendar:CalendarItemType", CALENDAR_ITEM_TYPES, read_only=True)
    my_response_type = ChoiceField("calendar:MyResponseType", RESPONSE_TYPES, read_only=True)
    organizer = MailboxField("calendar:Organizer", read_only=True)
    required_attendees = AttendeeListField("calendar:RequiredAttendees")
    optional_attendees = AttendeeListField("calendar:OptionalAttendees")
    resources = AttendeeListField("calendar:Resources")
    inbox_reminders = ElementListField(
        "calendar:InboxReminders", InboxReminder, since="V2016_10_10", read_only=True, rare=True, listed=False
    )
    conflicting_meeting_count = IntegerField(
        "calendar:ConflictingMeetingCount", read_only=True, listed=False, searchable=False
    )
    adjacent_meeting_count = IntegerField(
        "calendar:AdjacentMeetingCount", read_only=True, listed=False, searchable=False
    )
    conflicting_meetings = MeetingListField("calendar:ConflictingMeetings")
    adjacent_meetings = MeetingListField("calendar:AdjacentMeetings")
    duration = TextField("calendar:Duration", read_only=True)
    timezone_text = TextField("calendar:TimeZone", read_only=True, listed=False)
    appointment_reply_time = DateTimeField("calendar:AppointmentReplyTime", read_only=True)
    appointment_sequence_number = IntegerField("calendar:AppointmentSequenceNumber", read_only=True)
    appointment_state = IntegerField("calendar:AppointmentState", read_only=True)
    recurrence = RecurrenceField("calendar:Recurrence")
    first_occurrence = ElementField("calendar:FirstOccurrence", Occurrence, read_only=True, listed=False)
    last_occurrence = ElementField("calendar:LastOccurrence", Occurrence, read_only=True, listed=False)
    modified_occurrences = OccurrenceListField("calendar:ModifiedOccurrences")
    deleted_occurrences = DeletedOccurrenceListField("calendar:DeletedOccurrences")
    meeting_timezone = MeetingTimeZoneField("calendar:MeetingTimeZone")
    start_timezone = TimeZoneField("calendar:StartTimeZone", since="Exchange2010")
    end_timezone = TimeZoneField("calendar:EndTimeZone", since="Exchange2010")
    conference_type = IntegerField("calendar:ConferenceType", minimum=0, maximum=2)
    allow_new_time_proposal = BooleanField("calendar:AllowNewTimeProposal")
    is_online_meeting = BooleanField("calendar:IsOnlineMeeting")
    meeting_workspace_url = TextField("calendar:MeetingWorkspaceUrl")
    net_show_url = TextField("calendar:NetShowUrl")
    enhanced_location = ElementField(
        "calendar:EnhancedLocation", EnhancedLocation, since="Exchange2013", listed=False, rare=True
    )
    start_wall_clock = DateTimeField(
        "calendar:StartWallClock", since="Exchange2013", read_only=True, keep_offset=True, rare=True
    )
    end_wall_clock = DateTimeField(
        "calendar:EndWallClock", since="Exchange2013", read_only=True, keep_offset=True, rare=True
    )
    start_timezone_id = TextField("calendar:StartTimeZoneId", since="Exchange2013", rare=True)
    end_timezone_id = TextField("calendar:EndTimeZoneId", since="Exchange2013", rare=True)
    intended_free_busy_status = ChoiceField(
        "meetingRequest:IntendedFreeBusyStatus", FREE_BUSY, since="Exchange2013", read_only=True, rare=True
    )
    join_online_meeting_url = TextField(
        "calendar:JoinOnlineMeetingUrl", since="Exchange2013", read_only=True, rare=True
    )
    online_meeting_settings = ElementField(
        "calendar:OnlineMeetingSettings", OnlineMeetingSettings, since="Exchange2013", read_only=True, rare=True
    )
    is_organizer = BooleanField("calendar:IsOrganizer", since="Exchange2013", read_only=True, rare=True)
    calendar_activity_data = ElementField(
        "calendar:CalendarActivityData", CalendarActivityData, since="V2016_10_10", read_only=True, rare=True
    )
    do_not_forward_meeting = BooleanField("calendar:DoNotForwardMeeting", since="V2016_10_10", rare=True)

    def validate(self) -> None:
        super().validate()
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"'end' {self.end} is before 'start' {self.start}")

    def depends_on_version(self) -> bool:
        if self._values.get("start") is not None or self._values.get("end") is not None:
            return True  # Exchange 2007 has other time zones
        return super().depends_on_version()

    def timezone_changes(self, server: str | None) -> dict[str, EWSTimeZone]:
        """The time zone fields that follow from `start` and `end` when they were not set themselves."""
        found: dict[str, EWSTimeZone] = {}
        known = is_supported("Exchange2010", server)
        for value, name in (
            (self.start, "start_timezone" if known else "meeting_timezone"),
            (self.end, "end_timezone" if known else "meeting_timezone"),
        ):
            if value is None or name in found or self._values.get(name) is not None:
                continue
            try:
                zone = EWSTimeZone.of(value.tzinfo)
            except UnknownTimeZone:  # a fixed offset: the instant is right without a zone
                continue
            if zone.ms_id:
                found[name] = zone
        return found

    def to_create_xml(self, server: str | None = None, *, attachments: bool = False) -> Element:
        added = self.timezone_changes(server)
        self._values.update(added)
        try:
            return super().to_create_xml(server, attachments=attachments)
        finally:
            for name in added:
                del self._values[name]

    def occurrence(self, index: int) -> OccurrenceItemId:
        """The id of one occurrence of this recurring item, counted from 1, the deleted ones too."""
        return OccurrenceItemId(id=self.item_id, changekey=self.changekey, index=str(index))

    def recurring_master(self) -> RecurringMasterItemId:
        """The id of the recurring item that this occurrence belongs to."""
        return RecurringMasterItemId(id=self.item_id, changekey=self.changekey)

    def cancel(self, *, body: str | None = None, subject: str | None = None) -> None:
        """Call a meeting off, with a message to everybody who was invited. Raises: EWSError."""
        from ewsfs.ews.items.response import SmartResponse

        response = SmartResponse(subject=subject, new_body_content=body)
        self._account()._respond(response.element_for("CancelCalendarItem", self))
