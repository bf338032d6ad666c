"""What an account can be asked about people's time: when they are free, and when a meeting would suit them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Literal

from ewsfs.ews.availability import FreeBusyView
from ewsfs.ews.errors import EWSError
from ewsfs.ews.ewsdatetime import UTC, EWSDateTime
from ewsfs.ews.properties import Mailbox
from ewsfs.ews.services.availability import GetUserAvailability
from ewsfs.ews.suggestions import SuggestionDay
from ewsfs.ews.xmlnames import Element, make, t

if TYPE_CHECKING:
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.soap import RequestHeader

AttendeeType = Literal["Organizer", "Required", "Optional", "Room", "Resource"]
RequestedView = Literal["MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"]
Quality = Literal["Excellent", "Good", "Fair", "Poor"]


class AvailabilityOperations:
    """The part of `Account` that is about people's time."""

    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

    def free_busy(
        self,
        addresses: Iterable[str | Mailbox],
        start: datetime,
        end: datetime,
        *,
        merged_free_busy_interval: int = 30,
        requested_view: RequestedView = "DetailedMerged",
        attendee_type: AttendeeType = "Required",
    ) -> list[FreeBusyView | EWSError]:
        """When people are free, in their order. EWS reference: GetUserAvailability.

        Parameters: `start`, `end`, at most 62 days apart; `merged_free_busy_interval`, minutes. Raises: ValueError.
        """
        begin, finish = _span(start, end)
        options = make(
            t("FreeBusyViewOptions"),
            _window("TimeWindow", begin, finish, UTC),
            make(t("MergedFreeBusyIntervalInMinutes"), text=str(merged_free_busy_interval)),
            make(t("RequestedView"), text=requested_view),
        )
        mailboxes = [_mailbox(one, attendee_type) for one in addresses]
        service = GetUserAvailability(self.protocol, self.header)
        views, _ = service.call(mailboxes, time_zone=_zone(UTC), free_busy_view=options)
        return [one if isinstance(one, EWSError) else FreeBusyView.from_xml(one) for one in views]

    def meeting_suggestions(
        self,
        required: Iterable[str | Mailbox],
        start: datetime,
        end: datetime,
        *,
        optional: Iterable[str | Mailbox] = (),
        rooms: Iterable[str | Mailbox] = (),
        duration: int = 60,
        minimum_quality: Quality = "Fair",
        good_threshold: int = 25,
        maximum_by_day: int = 10,
        maximum_outside_work: int = 0,
        current_meeting_time: datetime | None = None,
    ) -> list[SuggestionDay]:
        """When a meeting would suit people, day by day, the best times first. EWS reference: SuggestionsViewOptions.

        Parameters: `required`, `optional`, `rooms`, who is to come, by their addresses; `start`, `end`, from midnight
        to midnight, at most 62 days apart: days are those of the zone that `start` has then, and so are the times that
        come back; `duration`, minutes; `minimum_quality`, the worst that is suggested; `good_threshold`, percents: a
        time is good when fewer than these can't come; `maximum_by_day` times, and of those `maximum_outside_work`
        outside of working hours; `current_meeting_time`, when a meeting that is to be moved is now.
        Raises: ValueError, before anything is sent; EWSError.
        """
        begin, finish = _span(start, end)
        zone = timezone(begin.utcoffset() or timedelta())
        for name, value, low, high in (
            ("duration", duration, 30, 1440),
            ("good_threshold", good_threshold, 1, 49),
            ("maximum_by_day", maximum_by_day, 0, 48),
            ("maximum_outside_work", maximum_outside_work, 0, 48),
        ):
            if not low <= value <= high:
                raise ValueError(f"'{name}' must be from {low} to {high}, not {value}")
        people = [
            _mailbox(one, kind)
            for group, kind in ((required, "Required"), (optional, "Optional"), (rooms, "Room"))
            for one in group
        ]
        if not people:
            raise ValueError("'required' is empty: say who is to come")
        options = make(
            t("SuggestionsViewOptions"),
            make(t("GoodThreshold"), text=str(good_threshold)),
            make(t("MaximumResultsByDay"), text=str(maximum_by_day)),
            make(t("MaximumNonWorkHourResultsByDay"), text=str(maximum_outside_work)),
            make(t("MeetingDurationInMinutes"), text=str(duration)),
            make(t("MinimumSuggestionQuality"), text=minimum_quality),
            _window("DetailedSuggestionsWindow", begin, finish, zone),
        )
        if current_meeting_time is not None:
            moment = EWSDateTime.from_datetime(current_meeting_time)
            options.append(make(t("CurrentMeetingTime"), text=_local(moment, zone)))
        service = GetUserAvailability(self.protocol, self.header)
        _, found = service.call(people, time_zone=_zone(zone), suggestions_view=options)
        days = [] if found is None else [SuggestionDay.from_xml(element) for element in found]
        for day in days:
            day.date = _there(day.date, zone, begin.tzinfo)
            for one in day.suggestions:
                one.meeting_time = _there(one.meeting_time, zone, begin.tzinfo)
        return days


def _span(start: datetime, end: datetime) -> tuple[EWSDateTime, EWSDateTime]:
    begin, finish = EWSDateTime.from_datetime(start), EWSDateTime.from_datetime(end)
    if finish <= begin:
        raise ValueError(f"'end' {end} is not after 'start' {start}")
    return begin, finish


def _mailbox(who: str | Mailbox, kind: str) -> Element:
    address = who.email_address if isinstance(who, Mailbox) else who
    if not address:
        raise ValueError(f"an e-mail address is wanted, not {who!r:.200}")
    return make(
        t("MailboxData"),
        make(t("Email"), make(t("Address"), text=address)),
        make(t("AttendeeType"), text=kind),
        make(t("ExcludeConflicts"), text="false"),
    )


def _window(name: str, start: EWSDateTime, end: EWSDateTime, zone: tzinfo) -> Element:
    return make(
        t(name),
        make(t("StartTime"), text=_local(start, zone)),
        make(t("EndTime"), text=_local(end, zone)),
    )


def _local(value: EWSDateTime, zone: tzinfo) -> str:
    """A time without a zone, in that of the request."""
    return f"{value.astimezone(zone):%Y-%m-%dT%H:%M:%S}"


def _there(value: EWSDateTime | None, zone: tzinfo, shown: tzinfo | None) -> EWSDateTime | None:
    """A time that came without a zone, from that of the request into that which is shown."""
    return None if value is None else EWSDateTime.from_datetime(value.replace(tzinfo=zone)).astimezone(shown)


def _zone(zone: tzinfo) -> Element:
    """The t:TimeZone (SerializableTimeZone) of a request whose times are at a fixed distance from UTC."""

    def change(name: str) -> Element:
        return make(
            t(name),
            make(t("Bias"), text="0"),
            make(t("Time"), text="00:00:00"),
            make(t("DayOrder"), text="0"),
            make(t("Month"), text="0"),
            make(t("DayOfWeek"), text="Sunday"),
        )

    bias = -int((zone.utcoffset(None) or timedelta()).total_seconds() // 60)
    return make(t("TimeZone"), make(t("Bias"), text=str(bias)), change("StandardTime"), change("DaylightTime"))
