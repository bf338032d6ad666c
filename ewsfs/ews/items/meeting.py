"""The messages about meetings: requests, responses, cancellations."""

from __future__ import annotations

from ewsfs.ews.element import ElementField
from ewsfs.ews.fields import BooleanField, ChoiceField, DateTimeField, IntegerField, TextField
from ewsfs.ews.insights import ChangeHighlights
from ewsfs.ews.items.calendar import CALENDAR_ITEM_TYPES, Answerable, MeetingListField
from ewsfs.ews.items.message import Message
from ewsfs.ews.properties import (
    FREE_BUSY,
    RESPONSE_TYPES,
    AttendeeListField,
    EnhancedLocation,
    ItemId,
    MailboxField,
)
from ewsfs.ews.recurrence import (
    DeletedOccurrenceListField,
    Occurrence,
    OccurrenceListField,
    RecurrenceField,
)
from ewsfs.ews.timezones import MeetingTimeZoneField, TimeZoneField

MEETING_REQUEST_TYPES = (
    "None", "FullUpdate", "InformationalUpdate", "NewMeetingRequest", "Outdated", "SilentUpdate",
    "PrincipalWantsCopy",
)  # fmt: skip


class MeetingMessage(Message):
    """EWS reference: MeetingMessage. A message about a meeting.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/meetingmessage
    """

    __slots__ = ()
    ELEMENT = "MeetingMessage"

    associated_calendar_item_id = ElementField("meeting:AssociatedCalendarItemId", ItemId, read_only=True, listed=False)
    is_delegated = BooleanField("meeting:IsDelegated", read_only=True)
    is_out_of_date = BooleanField("meeting:IsOutOfDate", read_only=True)
    has_been_processed = BooleanField("meeting:HasBeenProcessed", read_only=True)
    response_type = ChoiceField("meeting:ResponseType", RESPONSE_TYPES, read_only=True)
    uid = TextField("calendar:UID", read_only=True)
    recurrence_id = DateTimeField("calendar:RecurrenceId", read_only=True)
    datetime_stamp = DateTimeField("calendar:DateTimeStamp", read_only=True)
    is_organizer = BooleanField("calendar:IsOrganizer", read_only=True, since="Exchange2013", rare=True)


class MeetingRequest(MeetingMessage, Answerable):
    """EWS reference: MeetingRequest. An invitation.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/meetingrequest
    """

    __slots__ = ()
    ELEMENT = "MeetingRequest"

    meeting_request_type = ChoiceField("meetingRequest:MeetingRequestType", MEETING_REQUEST_TYPES, read_only=True)
    intended_free_busy_status = ChoiceField("meetingRequest:IntendedFreeBusyStatus", FREE_BUSY, read_only=True)
    start = DateTimeField("calendar:Start", read_only=True)
    end = DateTimeField("calendar:End", read_only=True)
    original_start = DateTimeField("calendar:OriginalStart", read_only=True)
    is_all_day = BooleanField("calendar:IsAllDayEvent", read_only=True)
    legacy_free_busy_status = ChoiceField("calendar:LegacyFreeBusyStatus", FREE_BUSY, read_only=True)
    location = TextField("calendar:Location", read_only=True)
    when = TextField("calendar:When", read_only=True)
    is_meeting = BooleanField("calendar:IsMeeting", read_only=True)
    is_cancelled = BooleanField("calendar:IsCancelled", read_only=True)
    is_recurring = BooleanField("calendar:IsRecurring", read_only=True)
    meeting_request_was_sent = BooleanField("calendar:MeetingRequestWasSent", read_only=True)
    type = ChoiceField("calendar:CalendarItemType", CALENDAR_ITEM_TYPES, read_only=True)
    my_response_type = ChoiceField("calendar:MyResponseType", RESPONSE_TYPES, read_only=True)
    organizer = MailboxField("calendar:Organizer", read_only=True)
    required_attendees = AttendeeListField("calendar:RequiredAttendees", read_only=True)
    optional_attendees = AttendeeListField("calendar:OptionalAttendees", read_only=True)
    resources = AttendeeListField("calendar:Resources", read_only=True)
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
    recurrence = RecurrenceField("calendar:Recurrence", read_only=True)
    first_occurrence = ElementField("calendar:FirstOccurrence", Occurrence, read_only=True, listed=False)
    last_occurrence = ElementField("calendar:LastOccurrence", Occurrence, read_only=True, listed=False)
    modified_occurrences = OccurrenceListField("calendar:ModifiedOccurrences")
    deleted_occurrences = DeletedOccurrenceListField("calendar:DeletedOccurrences")
    meeting_timezone = MeetingTimeZoneField("calendar:MeetingTimeZone", read_only=True)
    start_timezone = TimeZoneField("calendar:StartTimeZone", since="Exchange2010", read_only=True)
    end_timezone = TimeZoneField("calendar:EndTimeZone", since="Exchange2010", read_only=True)
    conference_type = IntegerField("calendar:ConferenceType", read_only=True)
    allow_new_time_proposal = BooleanField("calendar:AllowNewTimeProposal", read_only=True)
    is_online_meeting = BooleanField("calendar:IsOnlineMeeting", read_only=True)
    meeting_workspace_url = TextField("calendar:MeetingWorkspaceUrl", read_only=True)
    net_show_url = TextField("calendar:NetShowUrl", read_only=True)
    enhanced_location = ElementField(
        "calendar:EnhancedLocation",
        EnhancedLocation,
        since="Exchange2013",
        read_only=True,
        listed=False,
        rare=True,
    )
    change_highlights = ElementField(
        "meetingRequest:ChangeHighlights",
        ChangeHighlights,
        since="Exchange2013",
        read_only=True,
        listed=False,
        rare=True,
    )
    start_wall_clock = DateTimeField(
        "calendar:StartWallClock", since="Exchange2013", read_only=True, keep_offset=True, rare=True
    )
    end_wall_clock = DateTimeField(
        "calendar:EndWallClock", since="Exchange2013", read_only=True, keep_offset=True, rare=True
    )
    start_timezone_id = TextField("calendar:StartTimeZoneId", since="Exchange2013", read_only=True, rare=True)
    end_timezone_id = TextField("calendar:EndTimeZoneId", since="Exchange2013", read_only=True, rare=True)
    do_not_forward_meeting = BooleanField("meeting:DoNotForwardMeeting", since="V2016_10_10", read_only=True, rare=True)


class MeetingResponse(MeetingMessage):
    """EWS reference: MeetingResponse. What somebody answered to an invitation.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/meetingresponse
    """

    __slots__ = ()
    ELEMENT = "MeetingResponse"

    start = DateTimeField("calendar:Start", read_only=True, since="Exchange2013")
    end = DateTimeField("calendar:End", read_only=True, since="Exchange2013")
    location = TextField("calendar:Location", read_only=True, since="Exchange2013")
    recurrence = RecurrenceField("calendar:Recurrence", read_only=True, since="Exchange2013")
    type = TextField("calendar:CalendarItemType", read_only=True, since="Exchange2013")
    proposed_start = DateTimeField("meeting:ProposedStart", read_only=True, since="Exchange2013", rare=True)
    proposed_end = DateTimeField("meeting:ProposedEnd", read_only=True, since="Exchange2013", rare=True)
    enhanced_location = ElementField(
        "calendar:EnhancedLocation",
        EnhancedLocation,
        since="Exchange2013",
        read_only=True,
        listed=False,
        rare=True,
    )


class MeetingCancellation(MeetingMessage):
    """EWS reference: MeetingCancellation. That a meeting was called off.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/meetingcancellation
    """

    __slots__ = ()
    ELEMENT = "MeetingCancellation"

    start = DateTimeField("calendar:Start", read_only=True, since="Exchange2013")
    end = DateTimeField("calendar:End", read_only=True, since="Exchange2013")
    location = TextField("calendar:Location", read_only=True, since="Exchange2013")
    recurrence = RecurrenceField("calendar:Recurrence", read_only=True, since="Exchange2013")
    type = TextField("calendar:CalendarItemType", read_only=True, since="Exchange2013")
    enhanced_location = ElementField(
        "calendar:EnhancedLocation",
        EnhancedLocation,
        since="Exchange2013",
        read_only=True,
        listed=False,
        rare=True,
    )
    do_not_forward_meeting = BooleanField("meeting:DoNotForwardMeeting", since="V2016_10_10", read_only=True, rare=True)
