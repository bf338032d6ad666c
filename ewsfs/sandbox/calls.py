"""Counters of the requests that reached an operation, for tests and benchmarks. Threading: safe."""

from __future__ import annotations

import threading
from collections import Counter


class Calls:
    """How often each operation was asked for since the start or the last reset."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, operation: str) -> None:
        """Count one request."""
        with self._lock:
            self._counts[operation] += 1

    def count(self, operation: str) -> int:
        """Requests of one operation."""
        with self._lock:
            return self._counts[operation]

    def total(self) -> int:
        """Requests of all operations."""
        with self._lock:
            return self._counts.total()

    def as_dict(self) -> dict[str, int]:
        """All counters that are not zero, by operation."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def reset(self) -> None:
        """Begin again from zero."""
        with self._lock:
            self._counts.clear()
