"""What is still owed to the server: finished behind, and tried again while the server is away.

A file whose close failed, because the server was out of reach, and in write-back every file, waits here until its time
has come. The spool's journal keeps it beyond the process; this is only the clock and the hands.

Threading: any thread may hand something in. A few daemon threads do the work.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence

from ewsfs.vfs.writing.journal import Pending

log = logging.getLogger(__name__)

_THREADS = 4  # uploads at a time
_TOGETHER = 50  # files given to `begin` at a time
_LONGEST = 60.0  # seconds between two tries


class Owed:
    """Files that wait for the server.

    Parameters: `finish`, brings one there, or raises OSError; `begin`, is given several first, and may bring there what
    it can together; `go_together`, whether a file may go with another; `pause`, seconds before the second try, doubled
    with each until a minute.
    """

    def __init__(
        self,
        finish: Callable[[Pending], object],
        begin: Callable[[Sequence[Pending]], object],
        go_together: Callable[[Pending, Pending], bool],
        pause: float,
    ) -> None:
        self._finish = finish
        self._begin = begin
        self._go_together = go_together
        self._pause = pause
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Pending, float]] = []
        self._known: set[Pending] = set()
        self._under_way: set[Pending] = set()
        self._finished_at = 0.0  # monotonic seconds
        self._draining = self._closed = False
        self._threads: list[threading.Thread] = []

    def soon(self, pending: Pending, delay: float) -> None:
        """Finish a file in `delay` seconds."""
        self._enter(pending, delay, self._pause)

    def later(self, pending: Pending) -> None:
        """Try a file again that could not be finished now."""
        if not self._draining and pending not in self._under_way:  # who works on it sees to its next time
            self._enter(pending, self._pause, self._pause * 2)

    def drain(self, seconds: float, tell: Callable[[int], None] = lambda left: None) -> None:
        """Finish now whatever waits, one try each; what fails then is not tried again.

        Parameters: `seconds`, after which it gives up when not one more file has got through; `tell`, told now and
        then how many are left.
        """
        with self._changed:
            self._draining = True
            self._finished_at = time.monotonic()
            self._waiting = [(0.0, number, pending, 0.0) for _, number, pending, _ in self._waiting]
            heapq.heapify(self._waiting)
            self._changed.notify_all()
            while (self._waiting or self._under_way) and time.monotonic() < self._finished_at + seconds:
                tell(len(self._waiting) + len(self._under_way))
                self._changed.wait(self._finished_at + seconds - time.monotonic())

    def close(self) -> None:
        """End; what still waits stays in the spool."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    # -- inside ------------------------------------------------------------------------------------

    def _enter(self, pending: Pending, delay: float, next_pause: float) -> None:
        with self._changed:
            if self._closed or pending in self._known:
                return
            self._known.add(pending)
            heapq.heappush(self._waiting, (time.monotonic() + delay, next(self._numbers), pending, next_pause))
            if len(self._threads) < min(_THREADS, len(self._waiting)):
                thread = threading.Thread(target=self._work, name="ewsfs-owed", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._closed and not (self._waiting and self._waiting[0][0] <= time.monotonic()):
                    self._changed.wait(max(self._waiting[0][0] - time.monotonic(), 0) if self._waiting else None)
                if self._closed:
                    return
                batch = self._take()
            if len(batch) > 1:
                self._do("several files", functools.partial(self._begin, [pending for pending, _ in batch]))
            for pending, pause in batch:
                is_owed = self._do(pending.journal.name, functools.partial(self._finish, pending))
                with self._changed:
                    self._under_way.discard(pending)
                    self._changed.notify_all()
                if is_owed and pause and not self._draining:
                    self._enter(pending, pause, min(pause * 2, _LONGEST))

    def _take(self) -> list[tuple[Pending, float]]:
        """What is due first, with what may go with it."""
        batch: list[tuple[Pending, float]] = []
        while self._waiting and self._waiting[0][0] <= time.monotonic() and len(batch) < _TOGETHER:
            _, _, pending, pause = self._waiting[0]
            if batch and not self._go_together(batch[0][0], pending):
                break
            heapq.heappop(self._waiting)
            self._known.discard(pending)
            self._under_way.add(pending)
            batch.append((pending, pause))
        return batch

    def _do(self, what: str, deed: Callable[[], object]) -> bool:
        """Do it, and log a failure, of which nobody else would hear. Returns whether it is to be tried again."""
        try:
            deed()
            self._finished_at = time.monotonic()
        except OSError as error:
            log.warning("%s: still to be saved: %s", what, error.strerror)
            return True
        except Exception:
            log.exception("%s can't be finished", what)
        return False
