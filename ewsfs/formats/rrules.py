"""Recurrence patterns of Exchange as RRULE values, and the dates that they mean.

Used by `ics`; `rrulesread` is the way back. Both sides agree on nearly everything but the short months: a
meeting on day 31 is on the last day of a month that has none, where RFC 5545 leaves that month out. The
rule is therefore written as "the last that exists of the days 28 to 31".

Sources: EWS reference "Recurrence (RecurrenceType)" and the pages of its patterns; RFC 5545 3.3.10.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime, time, timezone, tzinfo

from dateutil.rrule import rrulestr
from icalendar import vRecur

from ewsfs.ews.recurrence import (
    MONTHS,
    AbsoluteMonthlyPattern,
    AbsoluteYearlyPattern,
    DailyPattern,
    DailyRegeneration,
    MonthlyRegeneration,
    Recurrence,
    Regeneration,
    RelativeMonthlyPattern,
    RelativeYearlyPattern,
    WeeklyPattern,
    WeeklyRegeneration,
    YearlyRegeneration,
)

WEEKDAYS = {
    "Monday": "MO",
    "Tuesday": "TU",
    "Wednesday": "WE",
    "Thursday": "TH",
    "Friday": "FR",
    "Saturday": "SA",
    "Sunday": "SU",
}
DAY_GROUPS = {
    "Day": ("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
    "Weekday": ("MO", "TU", "WE", "TH", "FR"),
    "WeekendDay": ("SA", "SU"),
}
POSITIONS = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}
_SHORTEST_MONTH = 28


def regenerates(recurrence: Recurrence) -> bool:
    """Whether the next task is made when this one is done, which no RRULE can say."""
    return isinstance(recurrence.pattern, Regeneration)


def rule(recurrence: Recurrence, start: date, zone: tzinfo | None) -> vRecur | None:
    """The RRULE of a recurrence, or None when it has no pattern that means anything.

    Parameters: `start`, the DTSTART that the rule goes with, a date or a local time without zone; `zone`,
    where that time is local, None for UTC. The end is UNTIL, a date or the instant in UTC of the start time
    on the last day (RFC 5545 3.3.10), or COUNT.
    """
    parts = _pattern(recurrence)
    if not parts:
        return None
    if recurrence.number and recurrence.number > 0:
        parts["COUNT"] = recurrence.number
    elif recurrence.end:
        parts["UNTIL"] = _until(recurrence.end, start, zone)
    return vRecur(parts)


def first(found: vRecur, start: date) -> date:
    """The first day, or local time, at or after `start` that the rule means; `start` when there is none.

    DTSTART has to be an occurrence itself: RFC 5545 3.8.5.3 counts it as one whatever the rule says, and
    Exchange does not.
    """
    parts = {key: value if isinstance(value, list) else [value] for key, value in found.items()}
    text = ";".join(f"{key}={','.join(map(str, parts[key]))}" for key in parts if key not in ("UNTIL", "COUNT"))
    moment = start if isinstance(start, datetime) else datetime.combine(start, time())
    try:
        occurrence = next(iter(rrulestr(text, dtstart=moment)), moment)
    except (ValueError, OverflowError):
        return start
    return occurrence if isinstance(start, datetime) else occurrence.date()


def _until(end: date, start: date, zone: tzinfo | None) -> date:
    day = date(end.year, end.month, end.day)
    if not isinstance(start, datetime):
        return day
    moment = datetime.combine(day, start.time(), zone or timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        return moment.replace(tzinfo=timezone.utc)


def _pattern(recurrence: Recurrence) -> dict[str, object]:
    pattern = recurrence.pattern
    if isinstance(pattern, (DailyPattern, DailyRegeneration)):
        return _every("DAILY", pattern.interval)
    if isinstance(pattern, WeeklyRegeneration):
        return _every("WEEKLY", pattern.interval)
    if isinstance(pattern, MonthlyRegeneration):
        return _every("MONTHLY", pattern.interval)
    if isinstance(pattern, YearlyRegeneration):
        return _every("YEARLY", pattern.interval)
    if isinstance(pattern, WeeklyPattern):
        parts = _every("WEEKLY", pattern.interval)
        days = _days(pattern.weekdays)
        if days:
            parts["BYDAY"] = days
        # Outlook's week begins on Sunday where nothing else is said, that of RFC 5545 on Monday.
        parts["WKST"] = WEEKDAYS.get(pattern.first_day_of_week or "", "SU")
        return parts
    if isinstance(pattern, AbsoluteMonthlyPattern):
        return {**_every("MONTHLY", pattern.interval), **_day_of_month(pattern.day_of_month, _SHORTEST_MONTH)}
    if isinstance(pattern, RelativeMonthlyPattern):
        return {**_every("MONTHLY", pattern.interval), **_position(pattern.weekdays, pattern.week_number)}
    if isinstance(pattern, AbsoluteYearlyPattern):
        month = _month(pattern.month)
        shortest = calendar.monthrange(2023, month)[1]
        return {"FREQ": "YEARLY", "BYMONTH": month, **_day_of_month(pattern.day_of_month, shortest)}
    if isinstance(pattern, RelativeYearlyPattern):
        month = _month(pattern.month)
        return {"FREQ": "YEARLY", "BYMONTH": month, **_position(pattern.weekdays, pattern.week_number)}
    return {}


def _every(frequency: str, interval: int | None) -> dict[str, object]:
    parts: dict[str, object] = {"FREQ": frequency}
    if interval and interval > 1:
        parts["INTERVAL"] = interval
    return parts


def _day_of_month(day: int | None, shortest: int) -> dict[str, object]:
    """A day that every month has is itself; a later one is the last that a month has up to it."""
    day = min(max(day or 1, 1), 31)
    if day <= shortest:
        return {"BYMONTHDAY": day}
    if day == 31:
        return {"BYMONTHDAY": -1}
    return {"BYMONTHDAY": list(range(_SHORTEST_MONTH, day + 1)), "BYSETPOS": -1}


def _position(weekdays: Iterable[str] | None, week_number: str | None) -> dict[str, object]:
    days = _days(weekdays) or list(DAY_GROUPS["Day"])
    position = POSITIONS.get(week_number or "", 1)
    if len(days) == 1:
        return {"BYDAY": f"{position}{days[0]}"}
    return {"BYDAY": days, "BYSETPOS": position}


def _days(weekdays: Iterable[str] | None) -> list[str]:
    """RFC 5545 names of Exchange's days, in the order of the week."""
    found: set[str] = set()
    for name in weekdays or ():
        found.update(DAY_GROUPS.get(name) or (WEEKDAYS.get(name, ""),))
    return [day for day in WEEKDAYS.values() if day in found]


def _month(month: str | None) -> int:
    return MONTHS.index(month) + 1 if month in MONTHS else 1
