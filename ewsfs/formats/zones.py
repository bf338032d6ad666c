"""Time zones in iCalendar: ids that everybody knows, and VTIMEZONE components that say what they mean.

Used by `ics` and `icsread`. The component is worked out here and not by icalendar's Timezone.from_tzinfo,
whose DTSTART is the local time after the change where RFC 5545 3.6.5 wants the one before it (an hour
late in summer), and which ends on a fixed day. The serialiser is icalendar's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur
from tzlocal.windows_tz import tz_win, win_tz

UTC = timezone.utc

# A rule has to hold this long to be written as one; a zone without a rule is listed for so many years.
_YEARS_OF_A_RULE = 10
_YEARS_OF_A_LIST = 30
# Events outside these years get the nearest year's rules: no zone database knows more.
_FIRST_YEAR, _LAST_YEAR = 1902, 2400
_POPULOUS = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Europe/London",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Australia/Sydney",
    "America/Sao_Paulo",
)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Transition(NamedTuple):
    """A change of the clock: when, by the clock before it, and the offsets from UTC around it."""

    local: datetime
    before: timedelta
    after: timedelta
    name: str


def find(name: str | None) -> ZoneInfo | None:
    """The zone with this IANA or Windows id, in any spelling of case; None when it is neither.

    Source: Unicode CLDR's table of Windows zones, as tzlocal has it.
    """
    if not name:
        return None
    wanted = name.strip().strip("/").strip('"')
    known = _windows_ids().get(wanted.casefold(), wanted)
    # Ids of calendar programs carry a prefix: /freeassociation.sourceforge.net/Europe/Berlin.
    parts = known.split("/")
    for start in range(len(parts)):
        try:
            return ZoneInfo("/".join(parts[start:]))
        except (ValueError, OSError, LookupError):
            # Unknown, not a zone name at all, or the name of a folder in the zone database.
            continue
    return None


@lru_cache(maxsize=1)
def _windows_ids() -> dict[str, str]:
    return {windows.casefold(): iana for windows, iana in win_tz.items()}


def windows_id(name: str) -> str | None:
    """The Windows id of an IANA zone, as Exchange wants it; None when Windows has no such zone."""
    return tz_win.get(name)


def alike(zone: tzinfo, year: int) -> ZoneInfo | None:
    """A zone that Windows knows, which keeps its clock as `zone` does in this year and the next.

    For zones that a file defines itself, under a name of its own. Of several, one that many people live in.
    """
    year = min(max(year, _FIRST_YEAR), _LAST_YEAR)
    wanted = _clock(zone, year)
    for name in (*_POPULOUS, *sorted(set(win_tz.values()))):
        candidate = find(name)
        if candidate is not None and _known_clock(candidate, year) == wanted:
            return candidate
    return None


@lru_cache(maxsize=1024)
def _known_clock(zone: ZoneInfo, year: int) -> tuple[object, ...]:
    return _clock(zone, year)


def _clock(zone: tzinfo, year: int) -> tuple[object, ...]:
    """The offset at the start of a year, and the changes of two years, whatever they are called."""
    changes = (change[:3] for each in (year, year + 1) for change in _transitions(zone, each))
    return (_state(zone, datetime(year, 1, 1, tzinfo=UTC))[0], *changes)


def is_utc(zone: tzinfo | None) -> bool:
    """Whether times of `zone` are written in UTC form ("Z")."""
    return zone is None or zone is UTC or getattr(zone, "key", None) in ("UTC", "Etc/UTC", "Etc/GMT", "GMT")


def component(tzid: str, zone: tzinfo, day: date) -> Timezone:
    """The VTIMEZONE that tells how `zone` keeps its clock from the year before `day` on (RFC 5545 3.6.5).

    Each yearly change is one rule where the zone has had the same rule for ten years; otherwise the
    changes of thirty years are listed.
    """
    return _build(tzid, zone, min(max(day.year, _FIRST_YEAR), _LAST_YEAR))


@lru_cache(maxsize=256)
def _build(tzid: str, zone: tzinfo, year: int) -> Timezone:
    result = Timezone()
    result.add("TZID", tzid)
    years = range(year - 1, year + _YEARS_OF_A_RULE)
    changes = [tuple(_transitions(zone, each)) for each in years]
    if not any(changes):
        offset, name = _state(zone, datetime(year, 1, 1, tzinfo=UTC))
        result.add_component(_observance(Transition(datetime(1970, 1, 1), offset, offset, name)))
        return result
    rules = _rules(changes)
    if rules:
        for change, rule in rules:
            observance = _observance(change)
            observance.add("RRULE", vRecur(rule))
            result.add_component(observance)
        return result
    _list(result, zone, year)
    return result


def _list(result: Timezone, zone: tzinfo, year: int) -> None:
    """Every change of clock by its date, for zones whose changes follow no rule (Morocco, Egypt)."""
    offset, name = _state(zone, datetime(year - 1, 1, 1, tzinfo=UTC))
    result.add_component(_observance(Transition(datetime(year - 1, 1, 1), offset, offset, name)))
    groups: dict[tuple[timedelta, timedelta, str], list[datetime]] = {}
    for each in range(year - 1, year + _YEARS_OF_A_LIST):
        for change in _transitions(zone, each):
            groups.setdefault(change[1:], []).append(change.local)
    for key, onsets in groups.items():
        observance = _observance(Transition(onsets[0], *key))
        if onsets[1:]:
            observance.add("RDATE", onsets[1:])
        result.add_component(observance)


def _observance(change: Transition) -> TimezoneStandard | TimezoneDaylight:
    # By the direction of the change: databases disagree on whether Irish winter or summer is "daylight".
    observance = TimezoneDaylight() if change.after > change.before else TimezoneStandard()
    observance.add("DTSTART", change.local)
    observance.add("TZOFFSETFROM", change.before)
    observance.add("TZOFFSETTO", change.after)
    observance.add("TZNAME", change.name)
    return observance


def _rules(changes: list[tuple[Transition, ...]]) -> list[tuple[Transition, dict[str, object]]]:
    """The first year's changes with their yearly rules; empty when the years don't all follow them."""
    first = changes[0]
    if any(len(year) != len(first) for year in changes):
        return []
    result: list[tuple[Transition, dict[str, object]]] = []
    for same in zip(*changes, strict=True):
        if len({(change.local.month, change.local.weekday(), change.local.time(), *change[1:]) for change in same}) > 1:
            return []
        positions = set.intersection(*(_positions(change.local) for change in same))
        if not positions:
            return []
        local = same[0].local
        weekday = f"{min(positions)}{_WEEKDAYS[local.weekday()]}"
        result.append((same[0], {"FREQ": "YEARLY", "BYMONTH": local.month, "BYDAY": weekday}))
    return result


def _positions(day: date) -> set[int]:
    """Which weekday of its month a day is: counted from the front, and -1 for the last."""
    found = {(day.day + 6) // 7}
    if (day + timedelta(days=7)).month != day.month:
        found.add(-1)
    return found


def _transitions(zone: tzinfo, year: int) -> Iterator[Transition]:
    """The changes of the clock of `zone` in one UTC year."""
    moment = datetime(year, 1, 1, tzinfo=UTC)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    state = _state(zone, moment)
    while moment < end:
        following = moment + timedelta(days=7)
        next_state = _state(zone, following)
        if next_state != state:
            # No zone ever changed twice within a week.
            yield _transition(zone, moment, following)
        moment, state = following, next_state


def _transition(zone: tzinfo, early: datetime, late: datetime) -> Transition:
    """The change between two instants, to the second."""
    before = _state(zone, early)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=int((late - early).total_seconds()) // 2)
        if _state(zone, middle) == before:
            early = middle
        else:
            late = middle
    offset, name = _state(zone, late)
    return Transition((late + before[0]).replace(tzinfo=None), before[0], offset, name)


def _state(zone: tzinfo, moment: datetime) -> tuple[timedelta, str]:
    local = moment.astimezone(zone)
    return local.utcoffset() or timedelta(), local.tzname() or ""
