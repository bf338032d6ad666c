"""A wide area link on one machine: latency on every response, one bandwidth for all of them together.

Threading: safe; the threads of all connections share one Link.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_PIECE = 16 * 1024


class Link:
    """Delays what the server sends.

    latency_ms: milliseconds before the first byte of each response.
    bandwidth_mbit: megabits (10^6 bits) a second that all responses share; None for no limit.
    Raises ValueError for a negative latency or a bandwidth that isn't positive.
    """

    def __init__(self, latency_ms: float = 0, bandwidth_mbit: float | None = None) -> None:
        if latency_ms < 0:
            raise ValueError("the latency can't be negative")
        if bandwidth_mbit is not None and bandwidth_mbit <= 0:
            raise ValueError("the bandwidth must be more than nothing")
        self._latency = latency_ms / 1000
        self._bytes_per_second = bandwidth_mbit * 1_000_000 / 8 if bandwidth_mbit is not None else None
        self._lock = threading.Lock()
        self._free_at = 0.0

    def send(self, write: Callable[[bytes], object], data: bytes, *, first: bool = True) -> None:
        """Write a response, or (first=False) a further part of one."""
        if first and self._latency:
            time.sleep(self._latency)
        if self._bytes_per_second is None:
            write(data)
            return
        view = memoryview(data)
        for start in range(0, len(data), _PIECE):
            piece = bytes(view[start : start + _PIECE])
            self._wait_for_turn(len(piece), self._bytes_per_second)
            write(piece)

    def _wait_for_turn(self, count: int, rate: float) -> None:
        with self._lock:
            begin = max(self._free_at, time.monotonic())
            self._free_at = begin + count / rate
            until = self._free_at
        delay = until - time.monotonic()
        if delay > 0:
            time.sleep(delay)
