"""Single flight: however many ask for a thing at once, it is fetched once.

Threading: made for many threads. A flight may start flights of other keys; nobody waits on their own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Flights by key; a key is free again as soon as its flight has landed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, tuple[int, Future[V]]] = {}

    def do(self, key: K, fetch: Callable[[], V]) -> V:
        """The result of `fetch`, called by the first who asks; the others wait for it.

        Raises: what `fetch` raised, to everybody who waited; RuntimeError when a flight waits on itself.
        """
        me = threading.get_ident()
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                landed: Future[V] = Future()
                self._flights[key] = (me, landed)
        if flight is not None:
            if flight[0] == me:
                raise RuntimeError(f"the flight {key!r} waits on itself")
            return flight[1].result()
        try:
            result = fetch()
        except BaseException as error:
            self._land(key)
            landed.set_exception(error)
            raise
        self._land(key)
        landed.set_result(result)
        return result

    def _land(self, key: K) -> None:
        with self._lock:
            del self._flights[key]
