"""Attachments that are open for writing and say what the server says: all that have one open share its bytes.

An attachment that is written to is a file of the spool until it is closed, and found by its name there. Before that,
and after each close, it is known here alone: so that what is written next goes where the attachment has gone meanwhile.

Threading: any thread; one lock, held for moments.
"""

from __future__ import annotations

import threading

from ewsfs.vfs import names
from ewsfs.vfs.writing.journal import Pending


class OpenAttachments:
    """The open attachments of one filesystem, by the places of their folders (see `Journal.place`) and their names."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._table: dict[tuple[str, str], Pending] = {}

    def find(self, place: str, name: str) -> Pending | None:
        with self._lock:
            return self._table.get((place, names.normal(name)))

    def share(self, pending: Pending) -> Pending:
        """The one of that place and name: this one, if there is none yet."""
        with self._lock:
            return self._table.setdefault(_key(pending), pending)

    def enter(self, pending: Pending) -> None:
        """This is the one of its place and name from now on."""
        with self._lock:
            self._table[_key(pending)] = pending

    def leave(self, pending: Pending) -> None:
        """It isn't open any more, or was written to."""
        if self._table:
            with self._lock:
                for key in [key for key, one in self._table.items() if one is pending]:
                    del self._table[key]

    def take(self, place: str, name: str) -> Pending | None:
        """The one of a place and a name, which isn't there any more."""
        with self._lock:
            return self._table.pop((place, names.normal(name)), None)

    def take_all(self, place: str) -> list[Pending]:
        """As `take`, of all in a place."""
        if not self._table:
            return []
        with self._lock:
            return [self._table.pop(key) for key in list(self._table) if key[0] == place]


def _key(pending: Pending) -> tuple[str, str]:
    return pending.journal.place, names.normal(pending.journal.name)
