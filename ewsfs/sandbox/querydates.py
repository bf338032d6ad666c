"""Dates as people write them in queries: 12/11/2013, December 11, Tuesday, last week, today.

Every one means a span of time. Source: "Perform an AQS search by using EWS in Exchange".

Threading: pure functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from dateutil.relativedelta import relativedelta

from ewsfs.sandbox.recurrence import DAYS, MONTHS

_MONTHS = tuple(name.lower() for name in MONTHS)
_DAYS = tuple(name.lower() for name in DAYS)
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)

PATTERN = re.compile(
    rf"""
    (?: \d{{4}}-\d{{1,2}}-\d{{1,2}} T \d\d:\d\d (?: :\d\d (?:\.\d+)? )? (?: Z | [+-]\d\d:?\d\d )?
      | \d{{4}}-\d{{1,2}} (?: -\d{{1,2}} )?
      | \d{{1,2}} (?P<separator> [/.] ) \d{{1,2}} (?: (?P=separator) \d{{2,4}} )?
      | \d{{4}}
      | today | yesterday | tomorrow
      | (?: this | last | next | past | coming ) \s* (?: week | month | year )
      | (?: {_MONTH} ) \b (?: \s+ \d{{1,2}} \b (?! [/.] ) (?: ,? \s+ \d{{4}} \b )? | \s+ \d{{4}} \b )?
      | (?: {"|".join(_DAYS)} ) \b
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """From start on, before end."""

    start: datetime
    end: datetime


def parse(text: str, now: datetime, zone: tzinfo) -> Span:
    """The span of time that a text names, for somebody in a zone at an instant. Raises ValueError."""
    text = " ".join(text.lower().replace(",", " ").split())
    today = now.astimezone(zone).date()
    if "t" in text and re.match(r"\d{4}-\d+-\d+t", text):
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
        return Span(moment, moment + timedelta(seconds=1))
    rolling = re.fullmatch(r"(past|coming) ?(week|month|year)", text)
    if rolling is not None:
        span = {"week": relativedelta(weeks=1), "month": relativedelta(months=1)}.get(
            rolling[2], relativedelta(years=1)
        )
        return Span(now - span, now) if rolling[1] == "past" else Span(now, now + span)
    first, after = _days(text, today)
    return Span(datetime.combine(first, time(), zone), datetime.combine(after, time(), zone))


def _days(text: str, today: date) -> tuple[date, date]:
    """The first day and the day after the last one."""
    one = timedelta(days=1)
    named = {"today": today, "yesterday": today - one, "tomorrow": today + one}.get(text)
    if named is not None:
        return named, named + one
    relative = re.fullmatch(r"(this|last|next) ?(week|month|year)", text)
    if relative is not None:
        return _relative(relative[1], relative[2], today)
    if text in _DAYS:
        sunday = today - timedelta(days=(today.weekday() + 1) % 7)
        day = sunday + timedelta(days=(_DAYS.index(text) + 1) % 7)
        return day, day + one
    if re.fullmatch(r"\d{4}", text):
        return date(int(text), 1, 1), date(int(text) + 1, 1, 1)
    if text[:1].isalpha():
        return _month(text, today)
    numbers = [int(number) for number in re.split(r"[-/.]", text)]
    if "-" in text:
        if len(numbers) == 2:
            first = date(numbers[0], numbers[1], 1)
            return first, first + relativedelta(months=1)
        day = date(*numbers)
        return day, day + one
    month, number = (numbers[1], numbers[0]) if "." in text or numbers[0] > 12 else (numbers[0], numbers[1])
    year = numbers[2] if len(numbers) > 2 else today.year
    day = date(year + 2000 if year < 100 else year, month, number)
    return day, day + one


def _relative(which: str, unit: str, today: date) -> tuple[date, date]:
    if unit == "week":
        first = today - timedelta(days=(today.weekday() + 1) % 7)
        step = relativedelta(weeks=1)
    elif unit == "month":
        first, step = today.replace(day=1), relativedelta(months=1)
    else:
        first, step = today.replace(month=1, day=1), relativedelta(years=1)
    first += step * {"last": -1, "this": 0, "next": 1}[which]
    return first, first + step


def _month(text: str, today: date) -> tuple[date, date]:
    name, *rest = text.split()
    month = next(number for number, known in enumerate(_MONTHS, 1) if known.startswith(name[:3]))
    numbers = [int(number) for number in rest]
    if not numbers or numbers[0] > 31:
        first = date(numbers[0] if numbers else today.year, month, 1)
        return first, first + relativedelta(months=1)
    day = date(numbers[1] if len(numbers) > 1 else today.year, month, numbers[0])
    return day, day + timedelta(days=1)
