"""What was edited: the difference between what a file said and what it says now.

Used by vfs when a file is saved over. Both files are read by the same parser and compared field by field,
so that whatever the format can't say, or says otherwise than the server, stays untouched on the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ewsfs.ews.ewsdatetime import EWSDateTime, EWSTimeZone
from ewsfs.formats.icsread import TOGETHER, EventFile

# What an item keeps for life: a file with another UID is still the file of this item.
_IDENTITY = ("uid",)
# What only a series has; its occurrences are changed one by one.
_OF_THE_SERIES = ("recurrence",)


@dataclass(frozen=True)
class EventChanges:
    """What to do to a series, or to a single event, which has a `master` only.

    master    fields to set, None to empty one; as from `differences`
    changed   occurrences to change, by the time at which they were to start, each with its fields
    deleted   occurrences to delete, by that time
    restored  occurrences that were deleted or changed and now follow the series again: Exchange can only do
              that by setting the recurrence anew, which undoes all other exceptions, too
    """

    master: dict[str, Any]
    changed: tuple[tuple[EWSDateTime, dict[str, Any]], ...]
    deleted: tuple[EWSDateTime, ...]
    restored: tuple[EWSDateTime, ...]

    def __bool__(self) -> bool:
        return bool(self.master or self.changed or self.deleted or self.restored)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `new` that `old` hasn't or has otherwise, and None for those that are gone.

    Fields that stand together in `icsread.TOGETHER` come all when one differs: a start without its end
    and its zone is another time.
    """
    names = [name for name in dict.fromkeys((*old, *new)) if name not in _IDENTITY]
    differing = {name for name in names if not _same(old.get(name), new.get(name))}
    for group in TOGETHER:
        if differing.intersection(group):
            differing.update(name for name in group if name in old or name in new)
    return {name: new.get(name) for name in names if name in differing}


def event_changes(old: EventFile, new: EventFile) -> EventChanges:
    """What to do to the server's item, which is as `old` says, to make it what `new` says.

    When the times or the recurrence of a series change, Exchange forgets its exceptions: then all those
    of `new` are given again.
    """
    master = differences(old.master, new.master)
    forgotten = "recurrence" in master or "start" in master
    known = {} if forgotten else {each.original_start: each.fields for each in old.exceptions}
    gone = set() if forgotten else set(old.deleted)
    plain = {name: value for name, value in new.master.items() if name not in _OF_THE_SERIES}
    changed = []
    for exception in new.exceptions:
        before = known.get(exception.original_start)
        fields = differences(plain if before is None else before, exception.fields)
        if fields:
            changed.append((exception.original_start, fields))
    still = {each.original_start for each in new.exceptions} | set(new.deleted)
    restored = sorted((set(known) | gone) - still | (gone & {each.original_start for each in new.exceptions}))
    return EventChanges(master, tuple(changed), tuple(sorted(set(new.deleted) - gone)), tuple(restored))


def _same(one: object, other: object) -> bool:
    return comparable(one) == comparable(other)


def comparable(value: object) -> object:
    """What two values must have in common to be the same for Exchange."""
    if isinstance(value, str):
        return type(value).__name__, value  # an HTML body and a text one are both strings, and not the same
    if isinstance(value, EWSTimeZone):
        return value.ms_id or value.key  # Stockholm and Berlin have one zone there
    return value
