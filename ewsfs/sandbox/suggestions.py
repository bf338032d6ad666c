"""When a meeting would suit those who are to come: the suggestions of GetUserAvailability.

Every half hour of the window is looked at. Source: SuggestionsViewOptions, SuggestionDayResult, Suggestion and
MinimumSuggestionQuality in the EWS reference; [MS-OXWAVLS] 3.1.4.1.3.24. Threading: pure functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from lxml import etree

from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import t
from ewsfs.sandbox.values import format_boolean, parse_datetime

Busy = Sequence[tuple[datetime, datetime, str]]
"""When somebody has something: from, to, and the LegacyFreeBusyType."""

QUALITIES = ("Excellent", "Good", "Fair", "Poor")
_STEP = timedelta(minutes=30)
_LONGEST = timedelta(days=62)
_WORK = range(8, 17)  # the hours of `operations.availability`, Monday to Friday
_CONFLICTING = ("OOF", "Busy", "Tentative")  # the worst first
_LIMITS = {
    "GoodThreshold": (25, 1, 49),
    "MaximumResultsByDay": (10, 0, 48),
    "MaximumNonWorkHourResultsByDay": (0, 0, 48),
    "MeetingDurationInMinutes": (60, 30, 1440),
}


@dataclass(frozen=True)
class _Time:
    """A time for the meeting. quality: an index of QUALITIES. what: of each of those who are to come, None unknown."""

    start: datetime
    is_work: bool
    quality: int
    what: tuple[str | None, ...]


def window(options: etree._Element, zone: tzinfo) -> tuple[datetime, datetime]:
    """The days that are asked about. Raises ResponseError."""
    element = options.find(t("DetailedSuggestionsWindow"))
    try:
        start, end = (
            parse_datetime((element.findtext(t(name)) if element is not None else None) or "", zone)
            for name in ("StartTime", "EndTime")
        )
    except ValueError:
        raise ResponseError("ErrorInvalidTimeInterval", "The window of suggestions isn't one.") from None
    if end <= start or any(moment.astimezone(zone).time().isoformat() != "00:00:00" for moment in (start, end)):
        raise ResponseError("ErrorInvalidTimeInterval", "The window of suggestions isn't one of whole days.")
    if end - start > _LONGEST:
        raise ResponseError("ErrorTimeIntervalTooBig", "The window of suggestions is longer than 62 days.")
    return start, end


def days(options: etree._Element, zone: tzinfo, people: Sequence[Busy | None]) -> list[etree._Element]:
    """The t:SuggestionDayResult of each day. people: what they have then, None unknown. Raises ResponseError."""
    start, end = window(options, zone)
    numbers = {name: _number(options, name) for name in _LIMITS}
    worst = QUALITIES.index(options.findtext(t("MinimumSuggestionQuality")) or "Fair")
    duration = timedelta(minutes=numbers["MeetingDurationInMinutes"])
    found = []
    day = start
    while day < end:
        after = day + timedelta(days=1)
        begins = [day + _STEP * count for count in range((after - day) // _STEP)]
        times = [_judged(begin.astimezone(zone), duration, numbers["GoodThreshold"], people) for begin in begins]
        good = sorted((one for one in times if one.quality <= worst), key=lambda one: (one.quality, one.start))
        at_work = [one for one in good if one.is_work]
        outside = [one for one in good if not one.is_work][: numbers["MaximumNonWorkHourResultsByDay"]]
        taken = (at_work + outside)[: numbers["MaximumResultsByDay"]]
        found.append(_day(day.astimezone(zone), min((one.quality for one in times), default=3), taken))
        day = after
    return found


def _number(options: etree._Element, name: str) -> int:
    default, low, high = _LIMITS[name]
    value = int(options.findtext(t(name)) or default)
    if not low <= value <= high:
        raise ResponseError("ErrorMeetingSuggestionGenerationFailed", f"{name} must be from {low} to {high}.")
    return value


def _judged(begin: datetime, duration: timedelta, threshold: int, people: Sequence[Busy | None]) -> _Time:
    end = begin + duration
    what = tuple(None if busy is None else _worst(busy, begin, end) for busy in people)
    percent = 100 * sum(one in _CONFLICTING for one in what) / max(len(what), 1)
    quality = 0 if percent == 0 else 1 if percent < threshold else 2 if percent < 50 else 3
    last = end - timedelta(minutes=1)
    is_work = begin.weekday() < 5 and begin.date() == last.date() and begin.hour in _WORK and last.hour in _WORK
    return _Time(begin, is_work, quality, what)


def _worst(busy: Busy, begin: datetime, end: datetime) -> str:
    having = {kind for start, finish, kind in busy if start < end and finish > begin}
    return next((kind for kind in _CONFLICTING if kind in having), "Free")


def _day(day: datetime, quality: int, times: Sequence[_Time]) -> etree._Element:
    out = etree.Element(t("SuggestionDayResult"))
    etree.SubElement(out, t("Date")).text = f"{day:%Y-%m-%dT%H:%M:%S}"
    etree.SubElement(out, t("DayQuality")).text = QUALITIES[quality]
    array = etree.SubElement(out, t("SuggestionArray"))
    for one in times:
        suggestion = etree.SubElement(array, t("Suggestion"))
        etree.SubElement(suggestion, t("MeetingTime")).text = f"{one.start:%Y-%m-%dT%H:%M:%S}"
        etree.SubElement(suggestion, t("IsWorkTime")).text = format_boolean(one.is_work)
        etree.SubElement(suggestion, t("SuggestionQuality")).text = QUALITIES[one.quality]
        conflicts = etree.SubElement(suggestion, t("AttendeeConflictDataArray"))
        for kind in one.what:
            if kind is None:
                etree.SubElement(conflicts, t("UnknownAttendeeConflictData"))
            else:
                single = etree.SubElement(conflicts, t("IndividualAttendeeConflictData"))
                etree.SubElement(single, t("BusyType")).text = kind
    return out
