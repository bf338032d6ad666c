"""Directories that a program has made itself: they hold for it what it has put there, until somebody looks.

`cp -r` asks nothing of a directory that it has made: a file is created as a new one, a directory is made, and "File
exists" is a failure. But a letter that it has written there brings its attachment folder along, and the program, which
is about to write that folder too, would fail at what is there already, and the same. So to the program that has made a
directory, the attachment folders of letters that it has written there don't show, nor what is in them, until it makes
them; what it then writes is compared with what is there. Everybody else sees all of it at once; and so does the program
when the directory is read.

A program is known by its process id, where the binding tells it (see `asking`).

Threading: any thread; one lock, held for moments.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from cachetools import LRUCache

from ewsfs.vfs import names

_DIRECTORIES = 1000  # that are remembered


class Unseen:
    """What programs don't see yet. Directories are told by their places: see `Paths.place`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Who made a directory, and the names of what the same has put there.
        self._made: LRUCache[str, tuple[int, set[str]]] = LRUCache(_DIRECTORIES)
        # The id of the process whose call this thread is answering; 0 when that isn't known, and then all shows.
        self.asking: Callable[[], int] = lambda: 0

    def made(self, place: str) -> None:
        """The program that asks has made a directory."""
        maker = self.asking()
        if maker:
            with self._lock:
                self._made[place] = maker, set()

    def put(self, place: str, name: str) -> None:
        """The program that asks has created a file or a directory."""
        with self._lock:
            made = self._made.get(place)
        if made is not None and made[0] == self.asking():
            made[1].add(names.normal(name))

    def listed(self, place: str) -> None:
        """A directory is read: now everybody knows what is in it."""
        if self._made:
            with self._lock:
                self._made.pop(place, None)

    def hides(self, place: str, name: str, *, with_letter: str | None = None) -> bool:
        """Whether something doesn't show to the program that asks.

        Parameters: `with_letter`, it hides only if the program has written the file of that name.
        """
        if not self._made:  # as nearly always
            return False
        with self._lock:
            made = self._made.get(place)
        if made is None or made[0] != self.asking():
            return False
        put = made[1]
        return names.normal(name) not in put and (with_letter is None or names.normal(with_letter) in put)
