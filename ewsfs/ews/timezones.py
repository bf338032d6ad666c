"""Time zones on the wire: by Windows id, or described in place with periods and transitions.

An id that is unknown here (localised, "Customized Time Zone") comes with a description, from which a zone is made that
works like any other: its transitions are written out as a TZif file (RFC 8536), which `zoneinfo` reads. Where even
that is missing, the difference to UTC in the name "(UTC+01:00) ..." is better than nothing.

Used by the calendar classes. Pure functions.
"""

from __future__ import annotations

import calendar
import re
import struct
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from lxml import etree

from ewsfs.ews.ewsdatetime import EWSDateTime, EWSTimeZone, UnknownTimeZone
from ewsfs.ews.fields import Field
from ewsfs.ews.recurrence import MONTHS, WEEK_NUMBERS
from ewsfs.ews.xmlnames import Element, child, children, clean, find, local, text_of

if TYPE_CHECKING:
    from ewsfs.ews.element import EWSElement

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_YEARS = range(1970, 2200)
_EPOCH = datetime(1970, 1, 1)
_DURATION = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d*)?S)?)?$")
_NAMED_OFFSET = re.compile(r"\((?:UTC|GMT)(?:([+-])(\d{1,2}):(\d{2}))?\)")
_DAY = timedelta(days=1)


class Period(NamedTuple):
    """How far clocks are ahead of UTC for some time, and whether that is summer time."""

    offset: timedelta
    name: str
    is_dst: bool


class Rule(NamedTuple):
    """When a period begins every year, by the clocks as they were until then.

    week: 1 to 4, -1 for the last, 0 when `day` is a day of the month; `day`: 0 for Monday, or a day of the month.
    """

    period: Period
    month: int
    week: int
    day: int
    time: timedelta

    def moment(self, year: int) -> datetime:
        first_weekday, length = calendar.monthrange(year, self.month)
        if self.week == 0:
            day = min(self.day, length)
        else:
            day = 1 + (self.day - first_weekday) % 7
            day += 7 * ((length - day) // 7 if self.week < 0 else min(self.week - 1, (length - day) // 7))
        return datetime(year, self.month, day) + self.time


class Group(NamedTuple):
    """The rules that hold from a year on; without rules, one period."""

    begins: int
    period: Period
    rules: Sequence[Rule]


class TimeZoneField(Field[EWSTimeZone]):
    """EWS reference: StartTimeZone, EndTimeZone (TimeZoneDefinitionType). Any `tzinfo` with a name will do for it."""

    python_type = EWSTimeZone

    def __init__(self, path: str, *, id_attribute: str = "Id", **options: Any) -> None:
        super().__init__(path, searchable=False, listed=False, **options)
        self.id_attribute = id_attribute

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: tzinfo | None) -> None: ...

    def _checked(self, value: Any) -> EWSTimeZone:
        if not isinstance(value, tzinfo):
            raise self.wrong_type(value, "a time zone")
        try:
            return EWSTimeZone.of(value)
        except UnknownTimeZone as error:
            raise self.wrong_value(value, "must be a time zone with a name") from error

    def parse(self, element: Element) -> EWSTimeZone | None:
        return parse_timezone(element)

    def render(self, value: EWSTimeZone) -> Element | None:
        if value.xml:
            rendered = etree.fromstring(value.xml)
            rendered.tag = self.tag
            return rendered
        if not value.ms_id:
            return None
        rendered = etree.Element(self.tag)
        rendered.set(self.id_attribute, clean(value.ms_id))
        return rendered


class MeetingTimeZoneField(TimeZoneField):
    """EWS reference: MeetingTimeZone (TimeZoneType), which Exchange 2007 has instead."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, id_attribute="TimeZoneName", **options)


def parse_timezone(element: Element) -> EWSTimeZone | None:
    """The zone that a t:StartTimeZone, t:MeetingTimeZone or t:TimeZoneDefinition means; None when it says none."""
    names = [element.get(name) or "" for name in ("Id", "TimeZoneName", "Name")]
    for name in names:
        try:
            if name:
                return EWSTimeZone.timezone(name)
        except UnknownTimeZone:
            continue
    groups = _definition(element) or _legacy(element)
    name = next((name for name in names if name), "")
    if not groups:
        match = next((match for match in map(_NAMED_OFFSET.match, names) if match), None)
        if match is None:
            return None
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        groups = [Group(0, Period(-offset if sign == "-" else offset, name, False), ())]
    try:
        xml = etree.tostring(element, encoding="unicode", with_tail=False)
        return EWSTimeZone.from_bytes(to_tzif(groups), name, xml)
    except (ValueError, OverflowError, struct.error):
        return None


def parse_duration(text: str) -> timedelta | None:
    """An `xs:duration` without years and months, None for anything else."""
    match = _DURATION.match(text.strip())
    if match is None:
        return None
    sign, days, hours, minutes, seconds = match.groups()
    value = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0))
    return -value if sign else value


def _definition(element: Element) -> list[Group]:
    """TimeZoneDefinitionType: periods, groups of transitions between them, and when each group holds."""
    periods: dict[str, Period] = {}
    for node in children(child(element, "Periods")):
        bias = parse_duration(node.get("Bias") or "")
        if bias is not None and abs(bias) < _DAY:
            key, name = node.get("Id") or "", node.get("Name") or ""
            periods[key] = Period(-bias, name, "daylight" in f"{key} {name}".lower())
    if not periods:
        return []
    rules: dict[str, list[Rule]] = {}
    fixed: dict[str, Period] = {}
    for node in children(child(element, "TransitionsGroups")):
        key = node.get("Id") or ""
        rules[key] = []
        for transition in children(node):
            period = periods.get((text_of(transition, "To") or "").strip())
            if period is not None:
                fixed.setdefault(key, period)
                rule = _rule(transition, period)
                if rule is not None:
                    rules[key].append(rule)
    standard = next((period for period in periods.values() if not period.is_dst), next(iter(periods.values())))
    groups: list[Group] = []
    for transition in children(child(element, "Transitions")):
        to = find(transition, "To")
        key = (text_of(to) or "").strip()
        begins = 0
        when = text_of(transition, "DateTime")
        if when is not None:
            try:
                begins = EWSDateTime.from_string(when).year
            except ValueError:
                continue
        if to is not None and to.get("Kind") == "Period" and key in periods:
            groups.append(Group(begins, periods[key], ()))
        elif key in rules:
            groups.append(Group(begins, fixed.get(key, standard), rules[key]))
    if not groups and rules:
        key = next(iter(rules))
        groups = [Group(0, fixed.get(key, standard), rules[key])]
    return sorted(groups, key=lambda group: group.begins) or [Group(0, standard, ())]


def _rule(transition: Element, period: Period) -> Rule | None:
    time = parse_duration(text_of(transition, "TimeOffset") or "")
    month = _number(text_of(transition, "Month"), 1, 12)
    if time is None or month is None or abs(time) > 2 * _DAY:
        return None
    if local(transition) == "RecurringDateTransition":
        day = _number(text_of(transition, "Day"), 1, 31)
        return None if day is None else Rule(period, month, 0, day, time)
    weekday = text_of(transition, "DayOfWeek")
    week = _number(text_of(transition, "Occurrence"), -1, 5)
    if weekday not in _DAYS or not week:
        return None
    return Rule(period, month, -1 if week == 5 else week, _DAYS.index(weekday), time)


def _legacy(element: Element) -> list[Group]:
    """TimeZoneType: a base offset and the two changes of a year."""
    base = parse_duration(text_of(element, "BaseOffset") or "")
    if base is None or abs(base) >= _DAY:
        return []
    standard = Period(-base, "", False)
    rules = []
    for name, is_dst in (("Standard", False), ("Daylight", True)):
        change = child(element, name)
        if change is None:
            continue
        extra = parse_duration(text_of(change, "Offset") or "PT0S") or timedelta(0)
        period = Period(-(base + extra), change.get("TimeZoneName") or name, is_dst)
        if not is_dst:
            standard = period
        month = text_of(change, "RelativeYearlyRecurrence", "Month")
        weekday = text_of(change, "RelativeYearlyRecurrence", "DaysOfWeek")
        week = text_of(change, "RelativeYearlyRecurrence", "DayOfWeekIndex")
        clock = re.match(r"(\d{2}):(\d{2})", text_of(change, "Time") or "")
        if month in MONTHS and weekday in _DAYS and week in WEEK_NUMBERS and clock:
            number = WEEK_NUMBERS.index(week) + 1
            time = timedelta(hours=int(clock[1]), minutes=int(clock[2]))
            rules.append(
                Rule(period, MONTHS.index(month) + 1, -1 if number == 5 else number, _DAYS.index(weekday), time)
            )
    return [Group(0, standard, rules if len(rules) == 2 else ())]


def _number(text: str | None, minimum: int, maximum: int) -> int | None:
    try:
        number = int(text or "")
    except ValueError:
        return None
    return number if minimum <= number <= maximum else None


def to_tzif(groups: Sequence[Group]) -> bytes:
    """A TZif file (RFC 8536) with the transitions of some 200 years written out.

    Parameters: `groups` in the order of their years, one at least.
    """
    first = groups[0]
    before = _last_of_year(first, _YEARS.start)
    steps: list[tuple[int, Period]] = []
    now = before
    for year in _YEARS:
        group = next((group for group in reversed(groups) if group.begins <= year), first)
        start = _last_of_year(group, year)
        if not group.rules:
            start = group.period
        if start != now:
            steps.append((_timestamp(datetime(year, 1, 1), now), start))
            now = start
        for rule in sorted(group.rules, key=lambda rule: rule.moment(year)):
            if rule.period != now:
                steps.append((_timestamp(rule.moment(year), now), rule.period))
                now = rule.period
    steps.sort(key=lambda step: step[0])
    kinds = list(dict.fromkeys([before, *(period for _, period in steps)]))
    # Python's zoneinfo reads beyond its tables, and may crash, when it looks for the standard time that belongs to a
    # summer time and finds none beside it. So summer time is only called that where there is just the other one.
    plain = len(kinds) == 2 and kinds[0].offset != kinds[1].offset and kinds[0].is_dst != kinds[1].is_dst
    names = b"".join(_abbreviation(kind) + b"\0" for kind in kinds)
    header = b"TZif2" + bytes(15)
    data = header + struct.pack(">6l", 0, 0, 0, 0, 0, 0)
    data += header + struct.pack(">6l", 0, 0, 0, len(steps), len(kinds), len(names))
    data += struct.pack(f">{len(steps)}q", *(moment for moment, _ in steps))
    data += bytes(kinds.index(period) for _, period in steps)
    place = 0
    for kind in kinds:
        data += struct.pack(">lbb", int(kind.offset.total_seconds()), kind.is_dst and plain, place)
        place += len(_abbreviation(kind)) + 1
    return data + names + b"\n\n"


def _last_of_year(group: Group, year: int) -> Period:
    """The period that holds at the end of a year, and so at the beginning of the next."""
    return max(group.rules, key=lambda rule: rule.moment(year)).period if group.rules else group.period


def _timestamp(moment: datetime, period: Period) -> int:
    return int((moment - period.offset - _EPOCH).total_seconds())


def _abbreviation(period: Period) -> bytes:
    """A name of the form that POSIX wants for a zone without one: +0100."""
    return timezone(period.offset).tzname(None).replace("UTC", "").replace(":", "").encode("ascii") or b"UTC"
