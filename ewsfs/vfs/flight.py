"""Single flight: what several threads want at the same time is done once, and all of them get the outcome.

Used for every request whose answer is kept: the second caller waits for the first one's instead of asking again.

Threading: any thread. The table's lock is held only to look up and to enter, never while the work is done, so
the work of one key may itself wait for another key's, as long as keys don't wait for each other in a circle. A
thread that asks, while it does the work of a key, for that same key could only wait for itself: it gets a
RuntimeError at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class SingleFlight(Generic[K, R]):
    """A table of the work under way, by key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, tuple[Future[R], int]] = {}

    def do(self, key: K, work: Callable[[], R]) -> R:
        """Do the work of a key, or wait for the one who is doing it.

        Parameters: `key`, what is wanted; `work`, how to get it, called without any lock held. Returns what
        `work` returned, to every caller that came while it ran; a caller that comes later runs it anew.
        Raises: what `work` raised, in every one of these callers; RuntimeError when the work of a key asks for
        its own key.
        """
        me = threading.get_ident()
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                future: Future[R] = Future()
                self._flights[key] = future, me
        if flight is not None:
            future, leader = flight
            if leader == me:
                raise RuntimeError(f"the work of {key!r} waits for itself")
            return future.result()
        try:
            result = work()
        except BaseException as error:
            self._land(key)
            future.set_exception(error)
            raise
        self._land(key)
        future.set_result(result)
        return result

    def _land(self, key: K) -> None:
        """Off the table before the outcome is told: who comes from now on gets a fresh one."""
        with self._lock:
            del self._flights[key]
