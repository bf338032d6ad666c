"""When a request is sent again, and after how long.

`FailFast` passes a failure on; `FaultTolerance` waits and tries again, with waits that double, up to a limit for
one call. Both send at once again what was lost on a connection that had stood idle. Which failures may be repeated
at all is decided by `protocol` (for requests) and `services.base` (for single units of a batch), never here.

Threading: a policy is shared and has no state; a `Retry` belongs to one call.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Protocol as Interface

from ewsfs.ews.errors import EWSError

_SLICE = 0.5  # seconds until a sleeper looks whether the program has ended


class Retry(Interface):
    """The tries of one call."""

    def pause(self, error: EWSError) -> bool:
        """Waits before the next try and returns True; returns False at once when there should be none."""


class RetryPolicy(Interface):
    """Whether and when to try again."""

    def start(self, operation: str) -> Retry:
        """The tries of one call of that operation."""


class _Never:
    def pause(self, error: EWSError) -> bool:
        return False


class FailFast:
    """No second try."""

    def start(self, operation: str) -> Retry:
        """See `RetryPolicy`."""
        return _Never()

    def __repr__(self) -> str:
        return "FailFast()"


def sleep(seconds: float) -> None:
    """As time.sleep; ends at once in a thread that is left over when the program ends, which would wait for it."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and threading.main_thread().is_alive():
        time.sleep(min(left, _SLICE))


class FaultTolerance:
    """Tries again with exponential back-off and jitter until the waits of one call exceed a limit.

    Parameters: `max_wait`, seconds that one call may spend waiting in all; `first`, seconds before the second try;
    `longest`, seconds of a single wait unless the server asks for more; `sleep` and `clock` for tests.

    A server's own figure (BackOffMilliseconds, Retry-After) counts where it is longer; when it is 0 or missing
    ours does. A figure above what is left of `max_wait` ends the tries at once: waiting in vain helps nobody.
    """

    def __init__(
        self,
        max_wait: float = 3600,
        *,
        first: float = 0.5,
        longest: float = 60,
        sleep: Callable[[float], object] = sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if max_wait < 0 or first <= 0 or longest < first:
            raise ValueError("max_wait is 0 or more, first is above 0 and not above longest")
        self.max_wait = max_wait
        self.first = first
        self.longest = longest
        self.sleep = sleep
        self.clock = clock

    def start(self, operation: str) -> Retry:
        """See `RetryPolicy`."""
        return _Tries(self)

    def __repr__(self) -> str:
        return f"FaultTolerance(max_wait={self.max_wait})"


class _Tries:
    def __init__(self, policy: FaultTolerance) -> None:
        self._policy = policy
        self._next = policy.first
        self._begun = policy.clock()

    def pause(self, error: EWSError) -> bool:
        if not error.temporary:
            return False
        policy = self._policy
        wait = self._next * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
        asked = error.back_off or 0
        if asked > wait:
            wait = asked * random.uniform(1.0, 1.1)  # noqa: S311 - jitter, no secret
        left = policy.max_wait - (policy.clock() - self._begun)
        if left <= 0 or asked > left:
            return False
        self._next = min(self._next * 2, policy.longest)
        policy.sleep(min(wait, left))
        return threading.main_thread().is_alive()
