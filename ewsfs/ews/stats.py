"""Counters of a protocol: requests by operation, retries, bytes.

Threading: every method may be called from any thread; the properties give copies.
"""

from __future__ import annotations

import threading
from collections import Counter


class Stats:
    """What went over the wire since the protocol was made (or since `reset`)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._retries: Counter[str] = Counter()
        self._bytes_in = 0
        self._bytes_out = 0

    @property
    def requests(self) -> Counter[str]:
        """Requests sent, by the name of the operation; repeated ones count again."""
        with self._lock:
            return Counter(self._requests)

    @property
    def retries(self) -> Counter[str]:
        """Requests that were sent because an earlier one failed, by the name of the operation."""
        with self._lock:
            return Counter(self._retries)

    @property
    def bytes_in(self) -> int:
        """Bytes of reply bodies as they came over the wire (compressed)."""
        with self._lock:
            return self._bytes_in

    @property
    def bytes_out(self) -> int:
        """Bytes of request bodies, without what an authentication sent twice."""
        with self._lock:
            return self._bytes_out

    def count_request(self, operation: str, size: int) -> None:
        """A request goes out, with a body of `size` bytes."""
        with self._lock:
            self._requests[operation] += 1
            self._bytes_out += size

    def count_retry(self, operation: str) -> None:
        """The next request of that operation is one that was sent before."""
        with self._lock:
            self._retries[operation] += 1

    def count_reply(self, size: int) -> None:
        """A reply body of `size` bytes came, or a part of one."""
        with self._lock:
            self._bytes_in += size

    def reset(self) -> None:
        """Sets everything to 0."""
        with self._lock:
            self._requests.clear()
            self._retries.clear()
            self._bytes_in = self._bytes_out = 0
