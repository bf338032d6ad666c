"""Directories that are only here: attachment folders without their item, and those for files of the moment.

A copier may make `letter.attachments` and fill it before it writes `letter.eml`; what is in it waits here for the
letter. And a program that removes a tree has read the names before: a letter's attachment folder, which goes with the
letter, is still there for a moment, empty, to be removed. A letter's own may hold those of messages attached to it.

What rsync keeps in `.~tmp~` until it gets its name, and the like, is in such a directory too, beside items or beside
what is attached to one.

Nothing of this is on the server. Threading: any thread; one lock, held for moments.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

from ewsfs.vfs import names
from ewsfs.vfs.writing.temporary import is_temporary_folder

_LINGER = 10.0  # seconds for which the folder of a removed item is still there


@dataclass(frozen=True, slots=True)
class Orphan:
    """One such folder.

    `until`: None, or the monotonic time at which it is gone, and it isn't listed; `above`, the place of the attachment
    folder that it is in, if it is in one, and not in the folder itself.
    """

    folder_id: str
    name: str
    until: float | None = None
    above: str = ""

    @property
    def place(self) -> str:
        """Where the spool keeps the files in it; no item id holds a NUL."""
        return f"{self.above or self.folder_id}\0{names.key(self.name)}"


class Orphans:
    """Such folders of one filesystem."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._table: dict[str, Orphan] = {}

    def make(self, folder_id: str, name: str, above: str = "") -> Orphan:
        """mkdir(2) of an attachment folder whose item isn't there, or of a directory of the moment."""
        return self._enter(Orphan(folder_id, name, above=above))

    def restore(self, place: str) -> None:
        """A directory of the moment that an earlier mount left something in. Its name is known without case."""
        parts = place.split("\0")
        first = next(n for n, part in enumerate(parts) if n and is_temporary_folder(part))
        for number in range(first, len(parts)):
            self.make(parts[0], parts[number], "\0".join(parts[:number]) if number > 1 else "")

    def linger(self, folder_id: str, name: str, above: str = "") -> Orphan:
        """An item went, or an attached message, and its attachment folder with it."""
        return self._enter(Orphan(folder_id, name, time.monotonic() + _LINGER, above))

    def stay(self, orphan: Orphan) -> Orphan:
        """Something is put there: it is one that was made, even if it was only still there. Returns it."""
        if orphan.until is not None:
            return self._enter(replace(orphan, until=None))
        return orphan

    def find(self, above: str, name: str) -> Orphan | None:
        """That of a name. Parameters: `above`, a folder's id, or the place of an attachment folder."""
        key = Orphan(above, name).place
        with self._lock:
            found = self._table.get(key)
            if found is not None and found.until is not None and found.until < time.monotonic():
                del self._table[key]
                return None
            return found

    def listed(self, above: str) -> list[str]:
        """The names of those that are to be seen in a folder. Parameters: `above` as for `find`."""
        with self._lock:
            return [o.name for o in self._table.values() if (o.above or o.folder_id) == above and o.until is None]

    def remove(self, orphan: Orphan) -> None:
        self.come(orphan.place)

    def come(self, place: str) -> None:
        """What is at that place is an attachment folder with its item by now."""
        if self._table:
            with self._lock:
                self._table.pop(place, None)

    def _enter(self, orphan: Orphan) -> Orphan:
        with self._lock:
            self._table[orphan.place] = orphan
        return orphan
