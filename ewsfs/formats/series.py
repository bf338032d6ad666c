"""The occurrences of a series that a calendar file is about: does the rule mean them at all?

Used by vfs before a series is made: Exchange can only change what is an occurrence. Pure.
Source: RFC 5545 3.8.4.4 (RECURRENCE-ID) and 3.8.5.3 (RRULE).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone, tzinfo

from dateutil.rrule import rrulestr

from ewsfs.ews.recurrence import Recurrence
from ewsfs.formats import rrules
from ewsfs.formats.icsread import EventFile

_MOST = 50_000  # occurrences: of a daily event, more than a century


def places(file: EventFile, starts: Iterable[datetime], zone: tzinfo) -> dict[datetime, int]:
    """Which occurrences of a series are to start then, counted from 1, those included that were deleted.

    Parameters: `starts`, in UTC; `zone`, as for `icsread.parse_event`. A start that is none is left out.
    """
    wanted = set(starts)
    recurrence = file.master.get("recurrence")
    found: dict[datetime, int] = {}
    if not wanted or recurrence is None:
        return found
    last = max(wanted)
    clock = file.master.get("start_timezone") or (zone if file.master["is_all_day"] else timezone.utc)
    for place, start in enumerate(_starts(recurrence, file.master["start"], clock), 1):
        if start > last or len(found) == len(wanted):
            break
        if start in wanted:
            found[start] = place
    return found


def strays(file: EventFile, zone: tzinfo) -> list[datetime]:
    """The changed occurrences in a file that its series doesn't have, by the start that they claim."""
    wanted = {each.original_start.astimezone(timezone.utc) for each in file.exceptions}
    return sorted(wanted - places(file, wanted, zone).keys())


def _starts(recurrence: Recurrence, first: datetime, clock: tzinfo) -> Iterator[datetime]:
    """When a series happens, in UTC, in order; the deleted ones too."""
    wall = first.astimezone(clock).replace(tzinfo=None)
    rule = rrules.rule(recurrence, wall, clock)
    if rule is None:
        return
    parts = {key: value if isinstance(value, list) else [value] for key, value in rule.items()}
    text = ";".join(f"{key}={','.join(map(str, parts[key]))}" for key in parts if key not in ("UNTIL", "COUNT"))
    last = recurrence.end
    number = min(recurrence.number or _MOST, _MOST)
    for local in itertools.islice(rrulestr(text, dtstart=datetime(*wall.timetuple()[:6])), number):
        if last is not None and (local.year, local.month, local.day) > (last.year, last.month, last.day):
            return
        yield local.replace(tzinfo=clock).astimezone(timezone.utc)
