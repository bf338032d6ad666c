"""An iCalendar file taken apart: the one event or task in it, its exceptions, its time zones.

Used by `icsread`. icalendar parses; what a lenient reader has to add is here. Zones are looked up here as
well: icalendar keeps the definitions of one file for the next, in which the same name may mean another zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any

from icalendar import Calendar, Component, Timezone, vText

from ewsfs.ews.ewsdatetime import EWSTimeZone
from ewsfs.formats import zones
from ewsfs.formats.errors import FormatError
from ewsfs.formats.headers import eight_bit
from ewsfs.formats.plaintext import clean

# What icalendar raises for files that it can't read: its own errors are ValueErrors, the others are slips.
_PARSER_ERRORS = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)

_ZONES = re.compile(r"^BEGIN:VTIMEZONE\s*$.*?^END:VTIMEZONE\s*$\n?", re.MULTILINE | re.DOTALL | re.IGNORECASE)
# RFC 5545 3.3.11.
_ESCAPED = re.compile(r"\\([\\;,nN])")
_GLOBAL_ID = re.compile(r'(TZID[=:]"?)/', re.IGNORECASE)


@dataclass(frozen=True)
class Moment:
    """A DATE or DATE-TIME as the file has it.

    value  the day, or the time that the clock shows, without zone
    zone   where that clock hangs; None for a day
    name   the zone as one of Exchange's, when it is one
    """

    value: date
    zone: tzinfo | None
    name: EWSTimeZone | None

    @property
    def instant(self) -> datetime:
        """The time in UTC; only for a DATE-TIME."""
        if not isinstance(self.value, datetime):
            raise TypeError("a day is no point in time")
        moment = self.value.replace(tzinfo=self.zone or timezone.utc)
        try:
            return moment.astimezone(timezone.utc)
        except OverflowError:
            return moment.replace(tzinfo=timezone.utc)


class File:
    """The components of one kind, VEVENT or VTODO, that make one item."""

    def __init__(self, data: bytes, kind: str, zone: tzinfo) -> None:
        """Read `data`. Raises: FormatError when it isn't iCalendar, or holds another number of items than one.

        Parameters: `zone`, where times without zone are local.
        """
        calendars = parse(data)
        self._zone = zone
        self._definitions = {
            str(component.get("TZID", "")): component
            for calendar in calendars
            for component in calendar.walk("VTIMEZONE")
        }
        self._known: dict[str, tuple[tzinfo, EWSTimeZone | None]] = {}
        found = [component for calendar in calendars for component in calendar.walk(kind)]
        what = "event" if kind == "VEVENT" else "task"
        if not found:
            raise FormatError(f"there is no {what} ({kind}) in the file")
        masters = [component for component in found if first(component, "RECURRENCE-ID") is None]
        if len({str(component.get("UID", "")) for component in found}) > 1 or len(masters) > 1:
            raise FormatError(f"the file holds more than one {what}; one file is one {what}")
        if not masters and len(found) == 1:
            # Somebody was invited to one occurrence of a series alone: an event like any other.
            masters = found
        if not masters:
            raise FormatError(f"the file holds only exceptions of a series, not the {what} itself")
        self.master: Component = masters[0]
        self.exceptions: list[Component] = [component for component in found if component is not masters[0]]

    def moment(self, component: Component, name: str) -> Moment | None:
        """The time in a property, None when it isn't there. Raises: FormatError when it can't be read."""
        line = first(component, name)
        if line is None:
            return None
        value = getattr(line, "dt", None)
        if not isinstance(value, date):
            raise FormatError(f"{name} is no date or time: {text(line)[:80]!r}")
        return self._moment(value, line)

    def moments(self, component: Component, name: str) -> list[Moment]:
        """All times in properties that hold lists (EXDATE, RDATE)."""
        result = []
        for line in every(component, name):
            for each in getattr(line, "dts", ()):
                value = each.dt[0] if isinstance(each.dt, tuple) else each.dt
                if isinstance(value, date):
                    result.append(self._moment(value, line))
        return result

    def _moment(self, value: date, line: Any) -> Moment:
        if not isinstance(value, datetime):
            return Moment(value, None, None)
        wall = value.replace(tzinfo=None)
        tzid = str(getattr(line, "params", {}).get("TZID", "")).strip()
        if tzid:
            return Moment(wall, *self._find(tzid, value.year))
        if value.tzinfo is not None:
            return Moment(wall, value.tzinfo, EWSTimeZone("UTC") if value.utcoffset() == timedelta() else None)
        return Moment(wall, self._zone, named(self._zone))

    def _find(self, tzid: str, year: int) -> tuple[tzinfo, EWSTimeZone | None]:
        """The zone with an id: one that is known by it, else as the file defines it, else the local one."""
        if tzid not in self._known:
            self._known[tzid] = self._look_up(tzid, year)
        return self._known[tzid]

    def _look_up(self, tzid: str, year: int) -> tuple[tzinfo, EWSTimeZone | None]:
        known = zones.find(tzid)
        if known is not None:
            return known, named(known)
        definition = self._definitions.get(tzid)
        if isinstance(definition, Timezone):
            try:
                defined: tzinfo = definition.to_tz(lookup_tzid=False)
                alike = zones.alike(defined, year)
            except _PARSER_ERRORS:
                return self._zone, named(self._zone)
            return (alike, named(alike)) if alike is not None else (defined, None)
        return self._zone, named(self._zone)


def parse(data: bytes) -> list[Calendar]:
    """The VCALENDAR objects of a file. Raises: FormatError when there is none that can be read."""
    source = clean(eight_bit(data.removeprefix(b"\xef\xbb\xbf"))).strip()
    if not source:
        raise FormatError("the file is empty, so it is no calendar file")
    if not source[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise FormatError("the file does not begin with BEGIN:VCALENDAR, so it is no calendar file")
    source = _GLOBAL_ID.sub(r"\1", source) + "\n"
    try:
        found = Calendar.from_ical(source, multiple=True)
    except _PARSER_ERRORS:
        # A broken definition of a time zone mustn't cost the event: most zones are known by their name.
        try:
            found = Calendar.from_ical(_ZONES.sub("", source), multiple=True)
        except _PARSER_ERRORS as error:
            raise FormatError(f"the file is no calendar file that can be read: {error}") from error
    return [component for component in found if isinstance(component, Calendar)]


def every(component: Component, name: str) -> Iterator[Any]:
    """All values of a property, in order."""
    value = component.get(name)
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def first(component: Component, name: str) -> Any:
    """The first value of a property, or None."""
    return next(every(component, name), None)


def text(value: object) -> str:
    """A value of any type as text."""
    if isinstance(value, str):
        # What icalendar doesn't know (X-ALT-DESC) it leaves as it stands in the file, since its version 7.
        is_raw = type(value).__name__ == "vUnknown" and not isinstance(value, vText)
        return clean(_ESCAPED.sub(_unescaped, value) if is_raw else value)
    return clean(str(getattr(value, "dt", value) or ""))


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else found[1]


def broken(component: Component, names: Iterable[str]) -> str | None:
    """What is wrong with one of these properties, None when they are all right or missing."""
    wanted = set(names)
    for name, message in component.errors:
        if name in wanted:
            return f"{name} can't be read: {message}"
        if name is None and any(each in message.upper() for each in wanted):
            return message
    return None


def named(zone: tzinfo | None) -> EWSTimeZone | None:
    """A zone as Exchange's client has it, None when Exchange has no name for it."""
    key = getattr(zone, "key", None)
    if key is None or zones.windows_id(key) is None:
        return zone if isinstance(zone, EWSTimeZone) and zone.ms_id else None
    return EWSTimeZone(key)
