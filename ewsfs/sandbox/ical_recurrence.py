"""Recurrence elements and RRULEs, one made from the other.

A rule that EWS has no pattern for (several of them, or one by hour) is refused, as Exchange does.

Source: RFC 5545 section 3.3.10; "Recurrence (RecurrenceType)" in the EWS reference.

Threading: pure functions.
"""

from __future__ import annotations

from datetime import date, datetime, timezone, tzinfo
from typing import Any

import icalendar
from lxml import etree

from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import children, local, t
from ewsfs.sandbox.recurrence import DAY_SETS, DAYS, INDEXES, MONTHS
from ewsfs.sandbox.values import parse_date

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_REGENERATIONS = {
    "DailyRegeneration": "DAILY",
    "WeeklyRegeneration": "WEEKLY",
    "MonthlyRegeneration": "MONTHLY",
    "YearlyRegeneration": "YEARLY",
}


def rule(element: etree._Element, start: datetime, zone: tzinfo, *, whole_day: bool) -> icalendar.vRecur:
    """The RRULE of a Recurrence element of an item that starts at an instant in a zone."""
    pattern, span = children(element)
    parts = _pattern(pattern)
    number, until = span.findtext(t("NumberOfOccurrences")), span.findtext(t("EndDate"))
    if number is not None:
        parts["COUNT"] = int(number)
    elif until is not None:
        last: date = parse_date(until)
        if not whole_day:
            clock = start.astimezone(zone).time()
            last = datetime.combine(last, clock, tzinfo=zone).astimezone(timezone.utc)
        parts["UNTIL"] = last
    return icalendar.vRecur(parts)


def _pattern(pattern: etree._Element) -> dict[str, Any]:
    name = local(pattern)
    interval = int(pattern.findtext(t("Interval")) or 1)
    days = [day for one in (pattern.findtext(t("DaysOfWeek")) or "").split() for day in DAY_SETS.get(one, ())]
    codes = [_CODES[day] for day in sorted(set(days))]
    parts: dict[str, Any] = {}
    if name == "DailyRecurrence":
        parts["FREQ"] = "DAILY"
    elif name == "WeeklyRecurrence":
        parts.update(FREQ="WEEKLY", BYDAY=codes)
        parts["WKST"] = _CODES[DAYS.index(pattern.findtext(t("FirstDayOfWeek")) or "Sunday")]
    elif name in _REGENERATIONS:
        parts["FREQ"] = _REGENERATIONS[name]
    else:
        parts["FREQ"] = "YEARLY" if "Yearly" in name else "MONTHLY"
        month = pattern.findtext(t("Month"))
        if month:
            parts["BYMONTH"] = MONTHS.index(month) + 1
        if name.startswith("Absolute"):
            parts.update(_month_day(int(pattern.findtext(t("DayOfMonth")) or 1)))
        else:
            index = INDEXES[pattern.findtext(t("DayOfWeekIndex")) or "First"]
            if len(codes) == 1:
                parts["BYDAY"] = f"{index}{codes[0]}"
            else:
                parts.update(BYDAY=codes, BYSETPOS=index)
    if interval != 1:
        parts["INTERVAL"] = interval
    return parts


def _month_day(day: int) -> dict[str, Any]:
    """A day of the month; where it may be missing, the last one of those that are there."""
    if day <= 28:
        return {"BYMONTHDAY": day}
    if day == 31:
        return {"BYMONTHDAY": -1}
    return {"BYMONTHDAY": list(range(28, day + 1)), "BYSETPOS": -1}


def element(recur: Any, start: date) -> etree._Element:
    """The Recurrence element of an RRULE.

    start: DTSTART. Raises ResponseError: ErrorUnsupportedRecurrence for a rule that EWS has no pattern for.
    """
    parts = {str(key).upper(): list(value) if isinstance(value, list) else [value] for key, value in recur.items()}
    for unknown in ("BYHOUR", "BYMINUTE", "BYSECOND", "BYYEARDAY", "BYWEEKNO"):
        if unknown in parts:
            raise _unsupported(unknown)
    result = etree.Element(t("Recurrence"))
    result.append(_pattern_element(parts, start))
    result.append(_range_element(parts, start))
    return result


def _unsupported(what: str) -> ResponseError:
    return ResponseError("ErrorUnsupportedRecurrence", f"EWS has no pattern for {what}.")


def _pattern_element(parts: dict[str, list[Any]], start: date) -> etree._Element:
    frequency = str(parts.get("FREQ", [""])[0]).upper()
    interval = int(parts.get("INTERVAL", [1])[0])
    if frequency == "DAILY" and "BYDAY" not in parts:
        return _make("DailyRecurrence", Interval=interval)
    if frequency in {"DAILY", "WEEKLY"}:
        days = [DAYS[number] for number, _ in _days(parts)] or [DAYS[start.weekday()]]
        pattern = _make("WeeklyRecurrence", Interval=interval, DaysOfWeek=" ".join(dict.fromkeys(days)))
        first = str(parts.get("WKST", ["MO"])[0]).upper()
        if first in _CODES:
            etree.SubElement(pattern, t("FirstDayOfWeek")).text = DAYS[_CODES.index(first)]
        return pattern
    if frequency not in {"MONTHLY", "YEARLY"}:
        raise _unsupported(frequency or "nothing")
    yearly = frequency == "YEARLY"
    if yearly and interval > 1:
        if len(parts.get("BYMONTH", [])) > 1:
            raise _unsupported("several months")
        return _monthly(parts, start, interval * 12)  # EWS has yearly patterns for every year alone
    if not yearly:
        return _monthly(parts, start, interval)
    month = MONTHS[int(parts.get("BYMONTH", [start.month])[0]) - 1]
    if "BYDAY" in parts:
        names, index = _relative(parts)
        return _make("RelativeYearlyRecurrence", DaysOfWeek=names, DayOfWeekIndex=index, Month=month)
    return _make("AbsoluteYearlyRecurrence", DayOfMonth=_day_of_month(parts, start), Month=month)


def _monthly(parts: dict[str, list[Any]], start: date, interval: int) -> etree._Element:
    if "BYDAY" in parts:
        names, index = _relative(parts)
        return _make("RelativeMonthlyRecurrence", Interval=interval, DaysOfWeek=names, DayOfWeekIndex=index)
    return _make("AbsoluteMonthlyRecurrence", Interval=interval, DayOfMonth=_day_of_month(parts, start))


def _make(name: str, **values: object) -> etree._Element:
    pattern = etree.Element(t(name))
    for key, value in values.items():
        etree.SubElement(pattern, t(key)).text = str(value)
    return pattern


def _day_of_month(parts: dict[str, list[Any]], start: date) -> int:
    days = [int(day) for day in parts.get("BYMONTHDAY", [start.day])]
    if len(days) == 1:
        return 31 if days[0] == -1 else days[0]
    if parts.get("BYSETPOS", [0])[0] in {-1, "-1"} and days == list(range(28, days[-1] + 1)):
        return days[-1]
    raise _unsupported("several days of a month")


def _days(parts: dict[str, list[Any]]) -> list[tuple[int, int | None]]:
    """BYDAY as (weekday, position), Monday 0."""
    found: list[tuple[int, int | None]] = []
    for value in parts.get("BYDAY", []):
        code = str(value).upper()
        position = code[:-2]
        if code[-2:] not in _CODES:
            raise _unsupported(code)
        found.append((_CODES.index(code[-2:]), int(position) if position else None))
    return found


def _relative(parts: dict[str, list[Any]]) -> tuple[str, str]:
    """DaysOfWeek and DayOfWeekIndex of a rule like the third Tuesday."""
    found = _days(parts)
    positions = {position for _, position in found}
    position = positions.pop() if len(positions) == 1 else None
    if position is None:
        position = int(parts.get("BYSETPOS", [0])[0])
    index = next((name for name, number in INDEXES.items() if number == position), None)
    numbers = tuple(sorted(number for number, _ in found))
    names = next((name for name, days in DAY_SETS.items() if days == numbers), None)
    if index is None or names is None:
        raise _unsupported("these days of a month")
    return names, index


def _range_element(parts: dict[str, list[Any]], start: date) -> etree._Element:
    first = f"{start:%Y-%m-%d}".rjust(10, "0")
    if "COUNT" in parts:
        return _make("NumberedRecurrence", StartDate=first, NumberOfOccurrences=min(int(parts["COUNT"][0]), 999))
    if "UNTIL" not in parts:
        return _make("NoEndRecurrence", StartDate=first)
    until = parts["UNTIL"][0]
    if isinstance(until, datetime):
        zone = start.tzinfo if isinstance(start, datetime) else None
        if until.tzinfo is not None and zone is not None:
            until = until.astimezone(zone)
        if isinstance(start, datetime) and until.time() < start.time().replace(tzinfo=None):
            until = datetime.fromordinal(until.toordinal() - 1)
        until = until.date()
    return _make("EndDateRecurrence", StartDate=first, EndDate=f"{until:%Y-%m-%d}".rjust(10, "0"))
