"""RRULE values as recurrence patterns of Exchange.

Used by `icsread`; `rrules` is the way out. Exchange knows six patterns. A rule that means the same as one of
them is read as that one, however it is written; any other is refused with a sentence that says what
Exchange can't do, because a meeting on the wrong days is worse than none.

Sources: RFC 5545 3.3.10; EWS reference "Recurrence (RecurrenceType)".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any

from ewsfs.ews.ewsdatetime import EWSDate
from ewsfs.ews.recurrence import (
    MONTHS,
    AbsoluteMonthlyPattern,
    AbsoluteYearlyPattern,
    DailyPattern,
    DailyRegeneration,
    MonthlyRegeneration,
    Pattern,
    Recurrence,
    RelativeMonthlyPattern,
    RelativeYearlyPattern,
    WeeklyPattern,
    WeeklyRegeneration,
    YearlyRegeneration,
)
from ewsfs.formats import rrules
from ewsfs.formats.errors import FormatError

_DAY_NAMES = {short: name for name, short in rrules.WEEKDAYS.items()}
_GROUP_NAMES = {frozenset(days): name for name, days in rrules.DAY_GROUPS.items()}
_POSITION_NAMES = {number: name for name, number in rrules.POSITIONS.items()}
_HIGHEST_INTERVAL = 999

Parts = Mapping[str, Sequence[Any]]


def recurrence(rule: Mapping[str, Any], start: date, zone: tzinfo | None) -> Recurrence:
    """The recurrence that an RRULE means.

    Parameters: `rule`, as icalendar parses it (a vRecur); `start`, DTSTART, a date or a local time without
    zone; `zone`, where that time is local, None for UTC.
    Raises: FormatError for what no pattern of Exchange can say.
    """
    parts = _listed(rule)
    pattern = _pattern(parts, start)
    first_day = EWSDate(start.year, start.month, start.day)
    number = _one_number(parts, "COUNT")
    if number is not None:
        if number < 1:
            raise FormatError("the event repeats less than once (COUNT)")
        return Recurrence(pattern=pattern, start=first_day, number=number)
    if parts.get("UNTIL"):
        last_day = max(_last_day(parts["UNTIL"][0], start, zone), first_day)
        return Recurrence(pattern=pattern, start=first_day, end=last_day)
    return Recurrence(pattern=pattern, start=first_day)


def regeneration(found: Recurrence) -> Recurrence:
    """The same frequency, counted from when a task was done."""
    pattern = found.pattern
    interval = getattr(pattern, "interval", None) or 1
    kinds: tuple[tuple[type[Pattern], type[Pattern]], ...] = (
        (DailyPattern, DailyRegeneration),
        (WeeklyPattern, WeeklyRegeneration),
        (AbsoluteMonthlyPattern, MonthlyRegeneration),
        (AbsoluteYearlyPattern, YearlyRegeneration),
    )
    for fixed, regenerating in kinds:
        if isinstance(pattern, fixed):
            return found.clone(pattern=regenerating(interval=interval))
    return found


def _listed(rule: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {key.upper(): list(value) if isinstance(value, (list, tuple)) else [value] for key, value in rule.items()}


def _pattern(parts: Parts, start: date) -> Pattern:
    for name in ("BYSECOND", "BYMINUTE", "BYHOUR", "BYYEARDAY", "BYWEEKNO", "BYEASTER", "RSCALE"):
        if parts.get(name):
            raise FormatError(f"the event repeats by {name}, which Exchange can't store")
    frequency = str(parts["FREQ"][0]).upper() if parts.get("FREQ") else ""
    interval = _one_number(parts, "INTERVAL") or 1
    if not 1 <= interval <= _HIGHEST_INTERVAL:
        raise FormatError(
            f"the event repeats at an interval of {interval}; Exchange goes from 1 to {_HIGHEST_INTERVAL}"
        )
    if frequency == "DAILY":
        return _daily(parts, interval)
    if frequency == "WEEKLY":
        return _weekly(parts, interval, start)
    if frequency == "MONTHLY":
        return _monthly(parts, interval, start)
    if frequency == "YEARLY":
        return _yearly(parts, interval, start)
    raise FormatError(f"the event repeats {frequency.lower() or 'at no frequency'}, which Exchange can't store")


def _daily(parts: Parts, interval: int) -> Pattern:
    _refuse(parts, "daily", "BYMONTH", "BYMONTHDAY", "BYSETPOS")
    days = _weekdays(parts)
    if not days or len(days) == 7:
        return DailyPattern(interval=interval)
    if interval != 1:
        raise FormatError("the event repeats every few days, but only on some weekdays, which Exchange can't store")
    return WeeklyPattern(interval=1, weekdays=_names(days), first_day_of_week="Monday")


def _weekly(parts: Parts, interval: int, start: date) -> Pattern:
    _refuse(parts, "weekly", "BYMONTH", "BYMONTHDAY", "BYSETPOS")
    days = _weekdays(parts) or [_weekday(start)]
    # RFC 5545 3.3.10: the week begins on Monday when WKST doesn't say otherwise.
    first = _DAY_NAMES.get(str(parts["WKST"][0]).upper(), "Monday") if parts.get("WKST") else "Monday"
    return WeeklyPattern(interval=interval, weekdays=_names(days), first_day_of_week=first)


def _monthly(parts: Parts, interval: int, start: date) -> Pattern:
    months = _numbers(parts, "BYMONTH")
    if len(months) == 1 and interval == 1:
        return _yearly(parts, 1, start)
    _refuse(parts, "monthly", "BYMONTH")
    if not parts.get("BYDAY"):
        return AbsoluteMonthlyPattern(interval=interval, day_of_month=_day_of_month(parts, start))
    if interval == 1 and not parts.get("BYSETPOS") and not parts.get("BYMONTHDAY") and _no_positions(parts):
        return WeeklyPattern(interval=1, weekdays=_names(_weekdays(parts)), first_day_of_week="Monday")
    weekdays, position = _position(parts)
    return RelativeMonthlyPattern(interval=interval, weekdays=weekdays, week_number=position)


def _yearly(parts: Parts, interval: int, start: date) -> Pattern:
    months = _numbers(parts, "BYMONTH") or [start.month]
    if len(months) != 1 or not 1 <= months[0] <= 12:
        raise FormatError("the event repeats in several months of the year, which Exchange can't store")
    if not parts.get("BYMONTH") and (parts.get("BYDAY") or parts.get("BYMONTHDAY")):
        raise FormatError("the event repeats by days of the whole year, which Exchange can't store")
    month = MONTHS[months[0] - 1]
    if not parts.get("BYDAY"):
        day = _day_of_month(parts, start)
        if interval == 1:
            return AbsoluteYearlyPattern(month=month, day_of_month=day)
        _same_month(months[0], start, interval)
        return AbsoluteMonthlyPattern(interval=12 * interval, day_of_month=day)
    weekdays, position = _position(parts)
    if interval == 1:
        return RelativeYearlyPattern(month=month, weekdays=weekdays, week_number=position)
    _same_month(months[0], start, interval)
    return RelativeMonthlyPattern(interval=12 * interval, weekdays=weekdays, week_number=position)


def _same_month(month: int, start: date, interval: int) -> None:
    """Every few years is so many months, counted from the start; so the start must be in that month."""
    if month != start.month or 12 * interval > _HIGHEST_INTERVAL:
        raise FormatError("the event repeats every few years in a way that Exchange can't store")


def _day_of_month(parts: Parts, start: date) -> int:
    days = _numbers(parts, "BYMONTHDAY") or [start.day]
    positions = _numbers(parts, "BYSETPOS")
    if days == [-1]:
        return 31
    if len(days) == 1 and 1 <= days[0] <= 31 and positions in ([], [1], [-1]):
        return days[0]
    if positions == [-1] and sorted(days) == list(range(28, max(days) + 1)) and max(days) <= 31:
        return max(days)
    raise FormatError("the event repeats on several days of the month, or counts them from its end")


def _position(parts: Parts) -> tuple[list[str], str]:
    """The weekday, or group of days, and which one of the month; a pattern takes no other several days."""
    days = _weekdays(parts)
    numbers = {int(each[:-2]) for each in map(str, parts["BYDAY"]) if each[:-2]}
    positions = _numbers(parts, "BYSETPOS")
    group = _GROUP_NAMES.get(frozenset(days))
    names = [group] if group else _names(days) if len(days) == 1 else []
    of_month = sorted(_numbers(parts, "BYMONTHDAY"))
    if of_month and len(days) == 1 and not numbers and not positions:
        # "The Sunday among the days 8 to 14" is the second Sunday.
        week = [week for week in (1, 2, 3, 4) if of_month == list(range(7 * week - 6, 7 * week + 1))]
        positions, of_month = week, []
    if len(numbers) == 1 and len(days) == 1 and positions in ([], [1], [-1]) and not _no_positions(parts):
        positions = list(numbers)
    elif numbers:
        names = []
    if not names or of_month or len(positions) != 1 or positions[0] not in _POSITION_NAMES:
        raise FormatError("the event repeats on days of the month that Exchange has no pattern for")
    return names, _POSITION_NAMES[positions[0]]


def _weekdays(parts: Parts) -> list[str]:
    """The days of BYDAY without their positions, in the order of the week."""
    found = {str(each).upper()[-2:] for each in parts.get("BYDAY", ())}
    if not found <= set(_DAY_NAMES):
        raise FormatError("the event repeats on a weekday that there is not")
    return [day for day in _DAY_NAMES if day in found]


def _no_positions(parts: Parts) -> bool:
    return all(len(str(each)) == 2 for each in parts.get("BYDAY", ()))


def _names(days: Sequence[str]) -> list[str]:
    return [_DAY_NAMES[day] for day in days]


def _weekday(day: date) -> str:
    return list(_DAY_NAMES)[day.weekday()]


def _refuse(parts: Parts, frequency: str, *names: str) -> None:
    for name in names:
        if parts.get(name):
            raise FormatError(f"the event repeats {frequency} by {name}, which Exchange can't store")


def _numbers(parts: Parts, name: str) -> list[int]:
    try:
        return [int(each) for each in parts.get(name, ())]
    except ValueError as error:
        raise FormatError(f"the event repeats by {name} in a way that can't be read") from error


def _one_number(parts: Parts, name: str) -> int | None:
    return next(iter(_numbers(parts, name)), None)


def _last_day(until: date, start: date, zone: tzinfo | None) -> EWSDate:
    """The last day on which an occurrence may start, by the clock of the event."""
    if not isinstance(until, datetime):
        return EWSDate.from_date(until)
    moment = until
    if until.tzinfo is not None:
        moment = until.astimezone(zone or timezone.utc).replace(tzinfo=None)
    day = moment.date()
    if isinstance(start, datetime) and moment.time() < start.time():
        day -= timedelta(days=1)
    return EWSDate.from_date(day)
