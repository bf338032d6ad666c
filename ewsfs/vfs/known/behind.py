"""Looks at the server behind what is answered from memory.

`stat` of what is known never waits (DESIGN.md 6), and a listing that was known before waits for a moment only: while a
directory is read, the kernel lets nobody look up a name in it. What somebody asks for must come to be true all the
same, so a stale answer starts a look at the server, whose outcome the next question sees.

Threading: any thread may ask. Each look has a daemon thread of its own, one for a folder at a time: a server that
keeps silent must hold up neither an answer nor the end of the mount.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog

log = logging.getLogger(__name__)

_PAUSE = 1.0  # seconds between two looks that nobody waits for, also with a shorter TTL
_PATIENCE = 3.0  # seconds that a listing waits for one
_TREE = ""


class Behind:
    """Looks at the server for one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._looks: dict[str, Future[None]] = {}
        self._closed = False

    def refresh_tree(self) -> None:
        """Bring the tree of folders up to date before long, if it is stale."""
        if not self._catalog.is_tree_fresh() and self._is_due(_TREE):
            self._start(_TREE, self._catalog.refresh_tree)

    def refresh(self, folder_id: str) -> None:
        """Bring a folder's items up to date before long, if they are stale."""
        if not self._catalog.is_fresh(folder_id) and self._is_due(folder_id):
            self._start(folder_id, lambda: self._catalog.refresh_all(folder_id))

    def refresh_for_a_moment(self, folder_id: str) -> None:
        """Bring a folder up to date if that can be done in a moment, else go on with it behind.

        Raises: VfsError as the look at the server does, when that is over in time.
        """
        if self._catalog.is_fresh(folder_id):
            return
        try:
            self._start(folder_id, lambda: self._catalog.refresh_all(folder_id)).result(_PATIENCE)
        except NotYet:
            log.info("the server takes its time: showing what is known")

    def close(self) -> None:
        """End. A look that is under way is not waited for, and what it brings is forgotten."""
        with self._lock:
            self._closed = True

    def _is_due(self, key: str) -> bool:
        now = time.monotonic()
        with self._lock:
            due = now - self._last.get(key, -_PAUSE) >= _PAUSE
            if due:
                self._last[key] = now
            return due

    def _start(self, key: str, look: Callable[[], None]) -> Future[None]:
        with self._lock:
            under_way = self._looks.get(key)
            if under_way is not None:
                return under_way
            outcome: Future[None] = Future()
            self._looks[key] = outcome
        threading.Thread(target=self._look, args=(key, look, outcome), name="ewsfs-behind", daemon=True).start()
        return outcome

    def _look(self, key: str, look: Callable[[], None], outcome: Future[None]) -> None:
        try:
            look()
        except Exception as error:  # nobody else would hear of it
            if isinstance(error, VfsError):
                log.info("a look at the server failed: %s", error.reason)
            elif not self._closed:
                log.exception("a look at the server failed")
            self._end(key)
            outcome.set_exception(error)
        else:
            self._end(key)
            outcome.set_result(None)

    def _end(self, key: str) -> None:
        with self._lock:
            del self._looks[key]
