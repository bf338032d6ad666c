"""What a file says of an item, and what is to be done to an item when another file says otherwise.

Used by `author`. A file of any kind that has properties (.ics, .vcf) comes down to the same few things: fields by
name, exceptions of a series, a picture. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone, tzinfo
from typing import Any

from ewsfs.ews.ewsdatetime import EWSTimeZone
from ewsfs.formats import edits, icsread, series, vcfread
from ewsfs.formats.errors import FormatError
from ewsfs.formats.icsread import ChangedOccurrence, EventFile
from ewsfs.vfs.model import Kind

# What stands for a field that the new file doesn't have any more, and that an item can't be without.
_PLAIN: dict[str, Any] = {
    "sensitivity": "Normal",
    "importance": "Normal",
    "legacy_free_busy_status": "Busy",
    "status": "NotStarted",
    "percent_complete": 0.0,
    "postal_address_index": "None",
    "members": [],
}
# What has no meaning of its own and goes with the field that it belongs to.
_FOLLOWING = frozenset(
    {"start_timezone", "end_timezone", "complete_date", "reminder_due_by", "reminder_minutes_before_start"}
)
# What a server makes anew of a contact's names when one of them is changed, unless it is told.
_NAMES = frozenset({"given_name", "middle_name", "surname", "generation", "company_name", "display_name", "file_as"})
_MADE_OF_NAMES = ("display_name", "file_as")
# What only the whole series can say.
_NOT_OF_OCCURRENCES = frozenset({"recurrence", "uid", "sensitivity"})

_UTC = EWSTimeZone("UTC")

Changed = tuple[datetime, dict[str, Any]]


@dataclass(frozen=True)
class Said:
    """What a file says.

    fields      values by field name of the client library
    exceptions  changed occurrences of a series, and `deleted` ones, by when they were to start
    photo       a contact's picture
    left_out    what an item has no place for, one sentence each
    """

    fields: dict[str, Any]
    exceptions: tuple[ChangedOccurrence, ...] = ()
    deleted: tuple[Any, ...] = ()
    photo: bytes | None = None
    left_out: tuple[str, ...] = ()

    @property
    def is_whole_day(self) -> bool:
        return bool(self.fields.get("is_all_day"))

    def event(self) -> EventFile:
        return EventFile(self.fields, self.exceptions, self.deleted)

    def facts(self) -> dict[Any, Any]:
        """All of it, by what each is about."""
        found: dict[Any, Any] = _comparable(self.fields)
        for each in self.exceptions:
            found["occurrence", each.original_start] = _comparable(each.fields)
        found.update((("occurrence", start), "deleted") for start in self.deleted)
        found["photo"] = self.photo
        return found


@dataclass(frozen=True)
class Changes:
    """What is to be done: fields to set (None empties one), occurrences to change and to delete, another picture."""

    fields: dict[str, Any]
    changed: tuple[Changed, ...] = ()
    deleted: tuple[datetime, ...] = ()
    photo: bool = False

    def __bool__(self) -> bool:
        return bool(self.fields or self.changed or self.deleted or self.photo)


def read(kind: Kind, data: bytes, zone: tzinfo) -> Said:
    """What a file says. Parameters: `zone`, where its times without a zone are local.

    Raises: FormatError for what can't be an item of its kind.
    """
    if kind is Kind.EVENT:
        event = icsread.parse_event(data, zone)
        return Said(event.master, event.exceptions, event.deleted, None, event.left_out)
    if kind is Kind.TASK:
        task = icsread.parse_task(data, zone)
        return Said(_agreed(task.fields), left_out=task.left_out)
    if kind is Kind.CONTACT:
        contact = vcfread.parse_contact(data)
        return Said(contact.fields, photo=contact.photo, left_out=contact.left_out)
    members = vcfread.parse_list(data)
    return Said(members.fields, left_out=members.left_out)


def refuse_strays(new: Said, zone: tzinfo, known: Said | None = None) -> None:
    """Refuse a series that changes what is no occurrence of it.

    Parameters: `known`, what the item says already: its occurrences are where the server has them.
    Raises: FormatError.
    """
    there = {each.original_start for each in known.exceptions} if known is not None else set()
    strays = [start for start in series.strays(new.event(), zone) if start not in there]
    if strays:
        raise FormatError(f"it changes an occurrence at {strays[0]}, when the series has none")


def whole(said: Said) -> Changes:
    """What is to be done so that a new item says it: the item itself is made from the fields."""
    event = said.event()
    bare = replace(event, exceptions=(), deleted=())
    found = edits.event_changes(bare, event) if said.exceptions or said.deleted else None
    changed = tuple(_occurrence(start, fields, said) for start, fields in found.changed) if found else ()
    return Changes({}, changed, _utc(found.deleted) if found else (), said.photo is not None)


def changes(kind: Kind, old: Said, new: Said) -> Changes:
    """What is to be done to an item that says `old`, to make it say `new`."""
    photo = old.photo != new.photo
    if kind is not Kind.EVENT:
        fields = edits.differences(old.fields, new.fields)
        if kind is Kind.CONTACT and _NAMES.intersection(fields):
            fields.update((name, new.fields[name]) for name in _MADE_OF_NAMES if name in new.fields)
        return Changes(_complete(fields), photo=photo)
    found = edits.event_changes(old.event(), new.event())
    if found.restored:
        # Only a recurrence that is set anew brings occurrences back, and all exceptions with it.
        forgotten = replace(old.event(), master={**old.fields, "recurrence": None})
        found = edits.event_changes(forgotten, new.event())
    changed = tuple(_occurrence(start, fields, new) for start, fields in found.changed)
    if "start" in found.master:
        # Without a zone of its own it happens by UTC, not by the clock that it had before.
        found.master.update({name: new.fields.get(name) or _UTC for name in ("start_timezone", "end_timezone")})
    return Changes(_complete(found.master), tuple(each for each in changed if each[1]), _utc(found.deleted))


def is_on_the_way(old: Said, now: Said, new: Said) -> bool:
    """Whether an item that said `old` and says `now` was changed by nobody but who makes it say `new`."""
    before, present, wanted = old.facts(), now.facts(), new.facts()
    moved = {key for key in (*before, *present) if before.get(key) != present.get(key)}
    if "start" in moved or "recurrence" in moved:
        # A series that is set anew has no exceptions until they are given again.
        moved -= {key for key in moved if isinstance(key, tuple) and key not in present}
    return all(present.get(key) == wanted.get(key) for key in moved)


def _occurrence(start: datetime, fields: Mapping[str, Any], new: Said) -> Changed:
    complete = _complete({name: value for name, value in fields.items() if name not in _NOT_OF_OCCURRENCES})
    for name in ("start_timezone", "end_timezone"):
        if complete.get(name) == new.fields.get(name):
            complete.pop(name, None)
    return start.astimezone(timezone.utc), complete


def _utc(moments: Iterable[datetime]) -> tuple[datetime, ...]:
    return tuple(moment.astimezone(timezone.utc) for moment in moments)


def _complete(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as a server takes them: what an item can't be without gets its plain value."""
    return {
        name: _PLAIN.get(name) if value is None else value
        for name, value in fields.items()
        if value is not None or name not in _FOLLOWING
    }


def _agreed(fields: dict[str, Any]) -> dict[str, Any]:
    """The status, the share done and the day of a task, of which a server refuses what contradicts itself."""
    agreed = dict(fields)
    if agreed.get("status") == "Completed":
        agreed["percent_complete"] = 100.0
    elif agreed.get("percent_complete") == 100.0:
        agreed["status"] = "Completed"
    if agreed.get("status") != "Completed":
        agreed.pop("complete_date", None)
    return agreed


def _comparable(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields without what is so when nothing else is said."""
    return {
        name: edits.comparable(value)
        for name, value in fields.items()
        if name != "uid" and (name not in _PLAIN or value != _PLAIN[name])
    }
