"""`Tracked`: an item or folder that knows what was changed since it was fetched or saved, also inside of its lists."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any

from ewsfs.ews.element import copy_value
from ewsfs.ews.extended_properties import Extensible
from ewsfs.ews.fields import Field
from ewsfs.ews.indexed import LabelledField

if TYPE_CHECKING:
    from typing_extensions import Self


class _Original(Enum):
    """What stands for an original that nobody knows: the server has nothing there, or wasn't asked."""

    UNKNOWN = "unknown"


class Tracked(Extensible):
    """Remembers which fields were assigned, and what was in lists and parts when they were first handed out."""

    __slots__ = ("_asked", "_changed", "_originals")
    _asked: frozenset[str]  # the only fields that were fetched; not set when it was all of them

    def _start_tracking(self) -> None:
        """A new one: the server has nothing of it."""
        self._changed: set[str] = set()
        self._originals: dict[str, Any] | None = None

    def _settle(self, names: Iterable[str] | None = None) -> None:
        """What we have is what the server has. Parameters: `names`, of the only fields of which that is so."""
        settled = set(self._values if names is None else names)
        self._changed = set() if names is None else self._changed - settled
        originals = {} if names is None else {k: v for k, v in (self._originals or {}).items() if k not in settled}
        for name in settled:  # a program that holds a list may change it later without asking for it again
            field, value = self._table().by_name.get(name), self._values.get(name)
            if field is not None and field.mutable and value is not None:
                originals[name] = copy_value(value)
        self._originals = originals
        if names is not None and hasattr(self, "_asked"):
            self._asked |= settled

    def _partly_loaded(self, names: frozenset[str]) -> None:
        """Nothing but these fields was fetched."""
        self._asked = names

    def knows(self, name: str) -> bool:
        """Whether a field can be sent without a loss: it was fetched, or what is in it was assigned by the program.

        What was added to a list that wasn't fetched would replace what the server has. Labelled values are sent one by
        one, so that the others stay.
        """
        if name in getattr(self, "_asked", (name,)) or name in self._changed:
            return True
        return isinstance(self.field(name), LabelledField) and name in (self._originals or {})

    def _loaded(self) -> None:
        self._changed = set()
        self._originals = {}

    def _keep_original(self, name: str, value: Any) -> None:
        if self._originals is not None and name not in self._originals:
            self._originals[name] = copy_value(value)

    def _assign(self, field: Field[Any], value: Any) -> None:
        if field.mutable:  # also when there was nothing: what is assigned now must not be taken for the server's
            self._keep_original(field.name, self._values.get(field.name, _Original.UNKNOWN))
        super()._assign(field, value)
        self._changed.add(field.name)

    def _was_read(self, name: str, value: Any) -> None:
        self._keep_original(name, value)

    @property
    def changed_fields(self) -> list[str]:
        """The names of the fields that differ from what the server has, in the order of the schema."""
        changed = set(self._changed)
        for name, value in (self._originals or {}).items():
            if value is not _Original.UNKNOWN and (self._values.get(name) or None) == (value or None):
                changed.discard(name)
            else:
                changed.add(name)
        return [field.name for field in self._table().fields if field.name in changed]

    def original(self, name: str) -> tuple[bool, Any]:
        """Whether it is known what the server has in a field that can be changed in place, and what it is."""
        originals = self._originals or {}
        if name in originals:
            value = originals[name]
            return (False, None) if value is _Original.UNKNOWN else (True, value)
        return name in self._values and name not in self._changed, self._values.get(name)

    def clone(self, **changes: Any) -> Self:
        twin = self.__class__.__new__(self.__class__)
        twin._loaded()
        twin._start_tracking()
        twin._values = {name: copy_value(value) for name, value in self._values.items()}
        twin._changed = set(twin._values)
        for name, value in changes.items():
            self.field(name).__set__(twin, value)
        return twin
