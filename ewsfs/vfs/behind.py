"""Looks at the server behind what was just answered from memory.

`stat` of what is known never waits (DESIGN.md 6); but what somebody asks for again and again must come to be true.
So a stale answer starts a look at the server, whose outcome the next question sees.

Threading: any thread may ask; the looks run one after the other on a thread of their own, started at the first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ewsfs.vfs.catalog import Catalog
from ewsfs.vfs.errors import VfsError

log = logging.getLogger(__name__)

_PAUSE = 1.0  # seconds between two looks at the same thing, also with a shorter TTL
_TREE = ""


class Behind:
    """Looks at the server for one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False

    def refresh_tree(self) -> None:
        """Bring the tree of folders up to date before long, if it is stale."""
        if not self._catalog.is_tree_fresh():
            self._start(_TREE, self._catalog.refresh_tree)

    def refresh(self, folder_id: str) -> None:
        """Bring a folder's items up to date before long, if they are stale."""
        if not self._catalog.is_fresh(folder_id):
            self._start(folder_id, lambda: self._catalog.refresh_all(folder_id))

    def close(self) -> None:
        """End; what is under way is waited for."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, key: str, look: Callable[[], None]) -> None:
        now = time.monotonic()
        with self._lock:
            if self._closed or now - self._last.get(key, -_PAUSE) < _PAUSE:
                return
            self._last[key] = now
            if self._pool is None:
                self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ewsfs-behind")
            self._pool.submit(self._look, look)

    @staticmethod
    def _look(look: Callable[[], None]) -> None:
        try:
            look()
        except VfsError as error:
            log.info("a look at the server failed: %s", error.reason)
