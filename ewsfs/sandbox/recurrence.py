"""Recurrence patterns: which days a series has, by python-dateutil, in the wall time of its zone.

Source: "Recurrence (RecurrenceType)", "Recurrence (TaskRecurrenceType)" and the pages of the patterns and ranges in
the EWS reference; [MS-OXOCAL] 2.2.1.44 for days that a month doesn't have.

Threading: a Series is immutable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timezone, tzinfo
from typing import Any

from dateutil import rrule
from lxml import etree

from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import children, local, t
from ewsfs.sandbox.values import parse_date

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY_SETS: dict[str, tuple[int, ...]] = {
    **{name: (number,) for number, name in enumerate(DAYS)},
    "Day": (0, 1, 2, 3, 4, 5, 6),
    "Weekday": (0, 1, 2, 3, 4),
    "WeekendDay": (5, 6),
}
INDEXES = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_REGENERATIONS: dict[str, Any] = {
    "DailyRegeneration": rrule.DAILY,
    "WeeklyRegeneration": rrule.WEEKLY,
    "MonthlyRegeneration": rrule.MONTHLY,
    "YearlyRegeneration": rrule.YEARLY,
}
_MAXIMUM_INTERVAL = {"DailyRecurrence": 999, "WeeklyRecurrence": 99}
_LAST_DAY = datetime(4500, 8, 31, 23, 59)


@dataclass(frozen=True, slots=True)
class Series:
    """When a recurring item happens.

    options: what rrule takes. start: first wall time at which it may happen. number, until: the end of the range,
    None for none. zone: of the wall times.
    """

    options: tuple[tuple[str, Any], ...]
    start: datetime
    number: int | None
    until: date | None
    zone: tzinfo

    @property
    def endless(self) -> bool:
        return self.number is None and self.until is None

    def walls(self) -> Iterator[datetime]:
        """The wall times in order; they may never end."""
        until = _LAST_DAY if self.until is None else datetime.combine(self.until, time.max)
        if until < self.start:
            return
        options = dict(self.options)
        if self.number is not None:
            options["count"] = self.number
        else:
            options["until"] = until
        yield from rrule.rrule(dtstart=self.start, **options)

    def starts(self) -> Iterator[datetime]:
        """The instants, in UTC."""
        for wall in self.walls():
            yield to_utc(wall, self.zone)


def to_utc(wall: datetime, zone: tzinfo) -> datetime:
    """The instant of a wall time; one that the clock skips is taken as if it had not been put forward yet."""
    return wall.replace(tzinfo=zone).astimezone(timezone.utc)


def to_wall(moment: datetime, zone: tzinfo) -> datetime:
    """What a clock in the zone shows at an instant, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def series(element: etree._Element, start: datetime, zone: tzinfo) -> Series:
    """What a Recurrence element means for an item that starts at an instant.

    Raises ResponseError: ErrorCalendarInvalidRecurrence for a pattern that makes no sense,
    ErrorCalendarInvalidDayForWeeklyRecurrence, ErrorUnsupportedRecurrence for an unknown one.
    """
    pattern, span = _parts(element)
    first = parse_date(span.findtext(t("StartDate")) or f"{to_wall(start, zone):%Y-%m-%d}")
    number = span.findtext(t("NumberOfOccurrences"))
    until = span.findtext(t("EndDate"))
    try:
        options = _options(pattern)
        result = Series(
            options=tuple(options.items()),
            start=datetime.combine(first, to_wall(start, zone).time()),
            number=None if number is None else int(number),
            until=None if until is None else parse_date(until),
            zone=zone,
        )
    except (ValueError, KeyError) as error:
        raise ResponseError("ErrorCalendarInvalidRecurrence", f"The recurrence makes no sense: {error}.") from None
    if result.number is not None and not 1 <= result.number <= 999:
        raise ResponseError("ErrorCalendarInvalidRecurrence", "A series has 1 to 999 occurrences.")
    if result.until is not None and result.until < first:
        raise ResponseError("ErrorCalendarEndDateIsEarlierThanStartDate", "The series ends before it starts.")
    return result


def check(element: etree._Element, start: datetime, zone: tzinfo) -> None:
    """Refuse a recurrence that can't be read or never happens. Raises ResponseError."""
    if next(series(element, start, zone).walls(), None) is None:
        raise ResponseError("ErrorRecurrenceHasNoOccurrence", "The series has no occurrence.")


def stamp(element: etree._Element, zone: tzinfo) -> None:
    """Write the dates of a range as Exchange does, with the offset that the zone has on that day; in place.

    Raises ResponseError: ErrorCalendarInvalidRecurrence for what is no date.
    """
    for name in ("StartDate", "EndDate"):
        for found in element.iter(t(name)):
            try:
                day = datetime.combine(parse_date(found.text or ""), time(), zone)
            except ValueError:
                raise ResponseError("ErrorCalendarInvalidRecurrence", f"{found.text!r} is no date.") from None
            offset = day.isoformat()[19:25]
            found.text = f"{day.date().isoformat()}{'Z' if offset in {'+00:00', ''} else offset}"


def _parts(element: etree._Element) -> tuple[etree._Element, etree._Element]:
    parts = list(children(element))
    if len(parts) != 2:
        raise ResponseError("ErrorCalendarInvalidRecurrence", "A recurrence is a pattern and a range.")
    return parts[0], parts[1]


def _options(pattern: etree._Element) -> dict[str, Any]:
    """What rrule takes for a pattern. Raises ValueError or KeyError for values that aren't any."""
    name = local(pattern)
    interval = int(pattern.findtext(t("Interval")) or 1)
    if not 1 <= interval <= _MAXIMUM_INTERVAL.get(name, 999):
        raise ValueError(f"the interval {interval}")
    if name == "DailyRecurrence":
        return {"freq": rrule.DAILY, "interval": interval}
    if name == "WeeklyRecurrence":
        return _weekly(pattern, interval)
    if name == "AbsoluteMonthlyRecurrence":
        return {"freq": rrule.MONTHLY, "interval": interval, **_month_day(pattern)}
    if name == "RelativeMonthlyRecurrence":
        return {"freq": rrule.MONTHLY, "interval": interval, **_nth_day(pattern)}
    if name == "AbsoluteYearlyRecurrence":
        return {"freq": rrule.YEARLY, "bymonth": _month(pattern), **_month_day(pattern)}
    if name == "RelativeYearlyRecurrence":
        return {"freq": rrule.YEARLY, "bymonth": _month(pattern), **_nth_day(pattern)}
    if name in _REGENERATIONS:
        return {"freq": _REGENERATIONS[name], "interval": interval}
    raise ResponseError("ErrorUnsupportedRecurrence", f"{name} isn't supported.")


def _weekly(pattern: etree._Element, interval: int) -> dict[str, Any]:
    days = [number for name in (pattern.findtext(t("DaysOfWeek")) or "").split() for number in DAY_SETS[name]]
    if not days:
        raise ResponseError("ErrorCalendarInvalidDayForWeeklyRecurrence", "A weekly recurrence needs a day.")
    first = DAYS.index(pattern.findtext(t("FirstDayOfWeek")) or "Sunday")
    return {"freq": rrule.WEEKLY, "interval": interval, "byweekday": tuple(sorted(set(days))), "wkst": first}


def _month(pattern: etree._Element) -> int:
    return MONTHS.index(pattern.findtext(t("Month")) or "") + 1


def _month_day(pattern: etree._Element) -> dict[str, Any]:
    """A day of the month; in a month that is too short, its last day."""
    day = int(pattern.findtext(t("DayOfMonth")) or 0)
    if not 1 <= day <= 31:
        raise ValueError(f"the day {day} of a month")
    if day <= 28:
        return {"bymonthday": day}
    return {"bymonthday": tuple(range(28, day + 1)), "bysetpos": -1}


def _nth_day(pattern: etree._Element) -> dict[str, Any]:
    days = [number for name in (pattern.findtext(t("DaysOfWeek")) or "").split() for number in DAY_SETS[name]]
    if not days:
        raise ValueError("no day of the week")
    return {"byweekday": tuple(days), "bysetpos": INDEXES[pattern.findtext(t("DayOfWeekIndex")) or ""]}
