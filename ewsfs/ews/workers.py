"""The threads of a protocol: few, started when there is something to do, never shared with another process.

Threading: may be used from any thread.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Workers:
    """Runs work in at most `count` threads. After a fork the child starts its own."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._pid = 0
        self._local = threading.local()

    @property
    def inside(self) -> bool:
        """Whether the calling thread is one of them."""
        return getattr(self._local, "inside", False)

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Runs work; it mustn't wait for other work, since all threads may be waiting then."""

        def marked() -> T:
            self._local.inside = True
            return work()

        with self._lock:
            if self._executor is None or self._pid != os.getpid():
                self._pid = os.getpid()
                self._executor = ThreadPoolExecutor(self._count, thread_name_prefix="ews")
            return self._executor.submit(marked)

    def close(self) -> None:
        """Drops what hasn't begun; what has ends by itself."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None and self._pid == os.getpid():
            executor.shutdown(wait=False, cancel_futures=True)
