"""Time zones: Windows ids, the definitions with periods and transitions that EWS has of them, and back.

The rules come from the IANA data base (zoneinfo), the ids from the table that tzlocal brings. Definitions are made
for the years 2007 to 2037; a rule that changes in between begins a new group of transitions, as on Exchange.

Source: "GetServerTimeZones operation", "TimeZoneDefinition", "MeetingTimeZone" in the EWS reference.

Threading: definitions are cached and copied; safe from any thread.
"""

from __future__ import annotations

import calendar
import copy
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import tz
from dateutil.relativedelta import relativedelta, weekday
from lxml import etree
from tzlocal import windows_tz

from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import children, local, t

UTC_ID = "UTC"
_FIRST_YEAR, _LAST_YEAR = 2007, 2037
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ZERO = timedelta(0)


def server_ids() -> list[str]:
    """The ids of all time zones that the server knows, for example "W. Europe Standard Time"."""
    return sorted(windows_tz.win_tz)


@functools.lru_cache(maxsize=512)
def zone(identifier: str) -> tzinfo | None:
    """The zone that a Windows id names, compared without case; None when there is no such one."""
    name = _CANONICAL.get(identifier.casefold())
    if name is None:
        return None
    if name == UTC_ID:
        return timezone.utc
    try:
        return ZoneInfo(windows_tz.win_tz[name])
    except (ZoneInfoNotFoundError, ValueError):
        return None


_CANONICAL = {name.casefold(): name for name in windows_tz.win_tz}


def windows_id(iana: str) -> str | None:
    """The Windows id of an IANA zone name, None when there is none."""
    return windows_tz.tz_win.get(iana)


def display_name(identifier: str) -> str:
    """What people call a zone: its offset in winter and its id, for example "(UTC+01:00) W. Europe"."""
    found = zone(identifier)
    if found is None or identifier == UTC_ID:
        return f"({identifier})" if identifier == UTC_ID else identifier
    offset = datetime(_LAST_YEAR, 1, 1, tzinfo=found).utcoffset() or _ZERO
    offset -= datetime(_LAST_YEAR, 1, 1, tzinfo=found).dst() or _ZERO
    sign = "-" if offset < _ZERO else "+"
    minutes = abs(offset) // timedelta(minutes=1)
    name = re.sub(r" Standard Time$", "", identifier)
    return f"(UTC{sign}{minutes // 60:02}:{minutes % 60:02}) {name}"


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of the clock in a year. occurrences: which n-th weekdays of the month it may be (-1: last)."""

    month: int
    day_of_week: int
    occurrences: frozenset[int]
    time: timedelta
    before: timedelta
    after: timedelta

    def merged(self, other: _Change) -> _Change | None:
        """The rule that both years follow, None when there is none."""
        both = self.occurrences & other.occurrences
        same = (self.month, self.day_of_week, self.time, self.before, self.after) == (
            other.month,
            other.day_of_week,
            other.time,
            other.before,
            other.after,
        )
        if not same or not both:
            return None
        return _Change(self.month, self.day_of_week, both, self.time, self.before, self.after)


_Year = tuple[timedelta, tuple[_Change, ...]]  # offset in which the year begins, changes


def _offset(zone_info: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone_info).utcoffset() or _ZERO


def _changes(zone_info: tzinfo, year: int) -> _Year:
    """The changes of the clock in a year, found by looking where the offset differs."""
    moment, end = (datetime(number, 1, 1, tzinfo=timezone.utc) for number in (year, year + 1))
    found = []
    first = offset = _offset(zone_info, moment)
    while moment < end:
        following = min(moment + timedelta(days=5), end)
        after = _offset(zone_info, following)
        if after != offset:
            low, high = moment, following
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) // 2
                middle = middle.replace(second=0, microsecond=0)
                if middle <= low:
                    break
                low, high = (middle, high) if _offset(zone_info, middle) == offset else (low, middle)
            found.append(_change(high, offset, after))
            offset = after
        moment = following
    return first, tuple(found)


def _change(instant: datetime, before: timedelta, after: timedelta) -> _Change:
    wall = instant.replace(tzinfo=None) + before
    number = (wall.day - 1) // 7 + 1
    occurrences = {number} if number <= 4 else set()
    if wall.day + 7 > calendar.monthrange(wall.year, wall.month)[1]:
        occurrences.add(-1)
    time = timedelta(hours=wall.hour, minutes=wall.minute)
    return _Change(wall.month, wall.weekday(), frozenset(occurrences), time, before, after)


def _groups(zone_info: tzinfo) -> list[tuple[int, _Year]]:
    """(first year, rule) for each span of years with the same rule."""
    groups: list[tuple[int, _Year]] = []
    for year in range(_FIRST_YEAR, _LAST_YEAR + 1):
        first, changes = _changes(zone_info, year)
        if groups:
            start, (old_first, old_changes) = groups[-1]
            if first == old_first and len(changes) == len(old_changes):
                merged = [old.merged(new) for old, new in zip(old_changes, changes, strict=True)]
                known = tuple(change for change in merged if change is not None)
                if len(known) == len(changes):
                    groups[-1] = (start, (first, known))
                    continue
        groups.append((year, (first, changes)))
    return groups


def duration(delta: timedelta) -> str:
    """A time span as xs:duration, for example -PT5H30M."""
    sign = "-" if delta < _ZERO else ""
    minutes = abs(delta) // timedelta(minutes=1)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}PT{hours}H{f'{minutes}M' if minutes else ''}"


def parse_duration(text: str) -> timedelta:
    """An xs:duration of days and less as a time span. Raises ValueError."""
    found = re.fullmatch(r"\s*(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?\s*", text, re.ASCII)
    if found is None:
        raise ValueError(f"{text!r} is no duration")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    delta = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -delta if found[1] else delta


@functools.lru_cache(maxsize=256)
def _definition(identifier: str) -> etree._Element | None:
    zone_info = zone(identifier)
    if zone_info is None:
        return None
    element = etree.Element(t("TimeZoneDefinition"), Id=identifier, Name=display_name(identifier))
    periods = etree.SubElement(element, t("Periods"))
    groups = etree.SubElement(element, t("TransitionsGroups"))
    transitions = etree.SubElement(element, t("Transitions"))
    base = re.sub(r"[^A-Za-z0-9]", "", identifier)
    for number, (year, (first, changes)) in enumerate(_groups(zone_info)):
        winter = min([first, *(change.after for change in changes)])
        names: dict[timedelta, str] = {}
        for offset in dict.fromkeys([winter, first, *(change.after for change in changes)]):
            name = "Standard" if offset == winter else "Daylight"
            names[offset] = f"trule:Microsoft/Registry/{base}/{year}-{name}{len(names) if len(names) > 1 else ''}"
            etree.SubElement(periods, t("Period"), Bias=duration(-offset), Name=name, Id=names[offset])
        group = etree.SubElement(groups, t("TransitionsGroup"), Id=str(number))
        if not changes:
            _to(etree.SubElement(group, t("Transition")), "Period", names[first])
        for change in changes:
            rule = etree.SubElement(group, t("RecurringDayTransition"))
            _to(rule, "Period", names[change.after])
            etree.SubElement(rule, t("TimeOffset")).text = duration(change.time)
            etree.SubElement(rule, t("Month")).text = str(change.month)
            etree.SubElement(rule, t("DayOfWeek")).text = _DAYS[change.day_of_week]
            etree.SubElement(rule, t("Occurrence")).text = str(min(change.occurrences))
        if number == 0:
            _to(etree.SubElement(transitions, t("Transition")), "Group", "0")
        else:
            absolute = etree.SubElement(transitions, t("AbsoluteDateTransition"))
            _to(absolute, "Group", str(number))
            etree.SubElement(absolute, t("DateTime")).text = f"{year}-01-01T00:00:00"
    return element


def _to(element: etree._Element, kind: str, target: str) -> None:
    etree.SubElement(element, t("To"), Kind=kind).text = target


def definition(identifier: str, *, full: bool = True, tag: str = "TimeZoneDefinition") -> etree._Element | None:
    """The definition of a zone, None for an unknown id.

    full: with its periods and transitions, else Id and Name alone. tag: name of the element.
    """
    found = _definition(_CANONICAL.get(identifier.casefold(), identifier))
    if found is None:
        return None
    element = copy.deepcopy(found)
    element.tag = t(tag)
    if not full:
        element[:] = []
    return element


def definitions(identifiers: Iterable[str] = (), *, full: bool = True) -> list[etree._Element]:
    """What GetServerTimeZones answers: the zones of those ids (unknown ones left out), or all when none is given."""
    wanted = list(identifiers) or server_ids()
    found = (definition(identifier, full=full) for identifier in wanted)
    return [element for element in found if element is not None]


def from_element(element: etree._Element | None) -> tzinfo | None:
    """The zone that a StartTimeZone, TimeZoneDefinition or MeetingTimeZone element means; None when it says nothing.

    A known id wins over the transitions that come with it.
    Raises ResponseError: ErrorTimeZone for an unknown id without a definition.
    """
    if element is None:
        return None
    identifier = element.get("Id") or element.get("TimeZoneName") or ""
    known = zone(identifier) if identifier else None
    if known is not None:
        return known
    if element.find(t("BaseOffset")) is not None:
        return _from_meeting_zone(element)
    if element.find(t("Periods")) is not None:
        return _from_definition(element)
    if not identifier:
        return None
    raise ResponseError("ErrorTimeZone", f"There is no time zone {identifier!r}.")


def _from_definition(element: etree._Element) -> tzinfo:
    """A zone from its last group of transitions, which is the rule in force."""
    try:
        periods: dict[str, timedelta] = {
            period.get("Id", ""): -parse_duration(period.get("Bias", "PT0H"))
            for period in element.iterfind(f"{t('Periods')}/{t('Period')}")
        }
        groups = element.findall(f"{t('TransitionsGroups')}/{t('TransitionsGroup')}")
        rules = [] if not groups else [_rule(rule, periods) for rule in children(groups[-1])]
        dated = [(offset, when) for offset, when in rules if when is not None]
        if len(dated) == 2:
            (one, one_when), (two, two_when) = dated
            if one > two:
                return _range(two, two_when, one, one_when)
            return _range(one, one_when, two, two_when)
        offset = rules[-1][0] if rules else next(iter(periods.values()))
    except (ValueError, KeyError, StopIteration):
        raise ResponseError("ErrorTimeZone", "The time zone definition can't be read.") from None
    return timezone(offset)


def _rule(rule: etree._Element, periods: dict[str, timedelta]) -> tuple[timedelta, relativedelta | None]:
    offset = periods[rule.findtext(t("To")) or ""]
    if local(rule) not in {"RecurringDayTransition", "RecurringDateTransition"}:
        return offset, None
    time = parse_duration(rule.findtext(t("TimeOffset")) or "PT0H")
    month = int(rule.findtext(t("Month")) or 1)
    if local(rule) == "RecurringDateTransition":
        return offset, _on_day(month, int(rule.findtext(t("Day")) or 1), time)
    day = rule.findtext(t("DayOfWeek")) or "Sunday"
    return offset, _on_weekday(month, day, int(rule.findtext(t("Occurrence")) or 1), time)


def _on_day(month: int, day: int, time: timedelta) -> relativedelta:
    return relativedelta(month=month, day=day, hours=time // timedelta(hours=1), minutes=time.seconds // 60 % 60)


def _on_weekday(month: int, day: str, occurrence: int, time: timedelta) -> relativedelta:
    number = _DAYS.index(day)
    hours, minutes = time // timedelta(hours=1), time.seconds // 60 % 60
    if occurrence in {-1, 5}:
        return relativedelta(month=month, day=31, weekday=weekday(number, -1), hours=hours, minutes=minutes)
    return relativedelta(month=month, day=1, weekday=weekday(number, occurrence), hours=hours, minutes=minutes)


def _range(standard: timedelta, to_standard: relativedelta, daylight: timedelta, to_daylight: relativedelta) -> tzinfo:
    return tz.tzrange("STD", standard, "DST", daylight, start=to_daylight, end=to_standard)


_INDEX = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}


def _from_meeting_zone(element: etree._Element) -> tzinfo:
    """A zone from the MeetingTimeZone of Exchange 2007: a base offset and two changes a year."""
    try:
        base = parse_duration(element.findtext(t("BaseOffset")) or "PT0H")
        found: dict[str, tuple[timedelta, relativedelta]] = {}
        for name in ("Standard", "Daylight"):
            change = element.find(t(name))
            if change is not None:
                offset = -(base + parse_duration(change.findtext(t("Offset")) or "PT0H"))
                found[name] = (offset, _meeting_change(change))
        if len(found) == 2:
            return _range(*found["Standard"], *found["Daylight"])
        offset = found["Standard"][0] if "Standard" in found else -base
    except (ValueError, KeyError):
        raise ResponseError("ErrorTimeZone", "The meeting time zone can't be read.") from None
    return timezone(offset)


def _meeting_change(change: etree._Element) -> relativedelta:
    hour, minute = (int(part) for part in (change.findtext(t("Time")) or "00:00").split(":")[:2])
    time = timedelta(hours=hour, minutes=minute)
    absolute = change.findtext(t("AbsoluteDate"))
    if absolute:
        day = date.fromisoformat(absolute[:10])
        return _on_day(day.month, day.day, time)
    rule = change.find(t("RelativeYearlyRecurrence"))
    if rule is None:
        raise ValueError("a change of the clock without a day")
    month = list(calendar.month_name).index(rule.findtext(t("Month")) or "")
    index = _INDEX[rule.findtext(t("DayOfWeekIndex")) or ""]
    return _on_weekday(month, rule.findtext(t("DaysOfWeek")) or "", index, time)


def identifier_of(zone_info: tzinfo) -> str | None:
    """The Windows id of a zone, None when it has none."""
    if zone_info is timezone.utc:
        return UTC_ID
    key = getattr(zone_info, "key", None)
    return windows_id(key) if isinstance(key, str) else None
