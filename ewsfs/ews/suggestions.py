"""When a meeting would suit those who are to come: what GetUserAvailability suggests."""

from __future__ import annotations

from typing import Any

from ewsfs.ews.element import ElementListField, EWSElement
from ewsfs.ews.fields import BooleanField, ChoiceField, DateTimeField, IntegerField
from ewsfs.ews.listfields import ListField
from ewsfs.ews.properties import FREE_BUSY
from ewsfs.ews.xmlnames import Element, local

SUGGESTION_QUALITY = ("Excellent", "Good", "Fair", "Poor")
"""From nobody who can't come to half of them or more."""


class AttendeeConflict(EWSElement):
    """EWS reference: AttendeeConflictData. Whether somebody who is to come has something else at that time.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/attendeeconflictdata
    """

    __slots__ = ()


class IndividualConflict(AttendeeConflict):
    """EWS reference: IndividualAttendeeConflictData. What one person, room or resource has at that time.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/individualattendeeconflictdata
    """

    __slots__ = ()
    ELEMENT = "IndividualAttendeeConflictData"

    busy_type = ChoiceField("BusyType", FREE_BUSY)


class GroupConflict(AttendeeConflict):
    """EWS reference: GroupAttendeeConflictData. How many members of a list have something at that time.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/groupattendeeconflictdata
    """

    __slots__ = ()
    ELEMENT = "GroupAttendeeConflictData"

    number_of_members = IntegerField("NumberOfMembers")
    number_of_members_available = IntegerField("NumberOfMembersAvailable")
    number_of_members_with_conflict = IntegerField("NumberOfMembersWithConflict")
    number_of_members_with_no_data = IntegerField("NumberOfMembersWithNoData")


class TooBigGroupConflict(AttendeeConflict):
    """EWS reference: TooBigGroupAttendeeConflictData. A list with too many members to be looked at.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/toobiggroupattendeeconflictdata
    """

    __slots__ = ()
    ELEMENT = "TooBigGroupAttendeeConflictData"


class UnknownConflict(AttendeeConflict):
    """EWS reference: UnknownAttendeeConflictData. Somebody of whom the server knows nothing.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/unknownattendeeconflictdata
    """

    __slots__ = ()
    ELEMENT = "UnknownAttendeeConflictData"


_CONFLICTS: dict[str, type[AttendeeConflict]] = {
    kind.ELEMENT: kind for kind in (IndividualConflict, GroupConflict, TooBigGroupConflict, UnknownConflict)
}


class _ConflictsField(ListField[AttendeeConflict]):
    """All kinds of conflicts in one list, in the order of the attendees."""

    def __init__(self) -> None:
        super().__init__("AttendeeConflictDataArray", item=IndividualConflict.ELEMENT)

    def parse(self, element: Element) -> list[AttendeeConflict]:
        kinds = ((_CONFLICTS.get(local(child)), child) for child in element)
        return [kind.from_xml(child) for kind, child in kinds if kind is not None]

    def _checked_item(self, value: Any) -> AttendeeConflict:
        if not isinstance(value, AttendeeConflict):
            raise self.wrong_type(value, "a list of AttendeeConflict")
        return value

    def _render_item(self, value: AttendeeConflict) -> Element:
        return value.to_xml()


class Suggestion(EWSElement):
    """EWS reference: Suggestion. A time at which a meeting could begin.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/suggestion

    conflicts: one for each of those who were asked about, in their order.
    """

    __slots__ = ()
    ELEMENT = "Suggestion"

    meeting_time = DateTimeField("MeetingTime")
    is_work_time = BooleanField("IsWorkTime")
    quality = ChoiceField("SuggestionQuality", SUGGESTION_QUALITY)
    conflicts = _ConflictsField()


class SuggestionDay(EWSElement):
    """EWS reference: SuggestionDayResult. The suggestions of a day.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/suggestiondayresult

    date: its midnight, in the zone in which the days were asked for. quality: that of the best time of the day.
    """

    __slots__ = ()
    ELEMENT = "SuggestionDayResult"

    date = DateTimeField("Date")
    quality = ChoiceField("DayQuality", SUGGESTION_QUALITY)
    suggestions = ElementListField("SuggestionArray", Suggestion)
