"""What is done a while after it was asked for, unless it is taken back: one thread for what is due.

Used by `attaching` for attachments that were removed. As long as people go on removing things, all waits on, so that a
long `rm -r` comes to the item itself before anything is done to it; but nothing waits longer than ten minutes.

Threading: any thread may call. `carry_out` is called in the thread that is kept here, or in that of `flush`, without
a lock held, and never for the same key by two at a time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

_LONGEST = 600.0  # seconds
_PAUSE = 5.0  # seconds until what failed is tried again


class HeldBack:
    """Things to do later, by key.

    Parameters: `seconds`, for how long; `carry_out`, does what is due for a key and says whether it is done: what
    isn't is tried again.
    """

    def __init__(self, seconds: float, carry_out: Callable[[str], bool]) -> None:
        self._seconds = seconds
        self._carry_out = carry_out
        self._changed = threading.Condition()
        self._since: dict[str, float] = {}
        self._not_before: dict[str, float] = {}
        self._last = 0.0
        self._doing: set[str] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, key: str) -> None:
        """Something is to be done for a key; what is there already waits on with it."""
        with self._changed:
            self._last = time.monotonic()
            self._since.setdefault(key, self._last)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="ewsfs-held-back", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def touch(self) -> None:
        """People go on removing: all waits on."""
        with self._changed:
            self._last = time.monotonic()

    def drop(self, key: str) -> None:
        """Nothing is to be done for a key any more."""
        with self._changed:
            self._since.pop(key, None)
            self._not_before.pop(key, None)

    def keys(self) -> list[str]:
        """For what something is still to be done."""
        with self._changed:
            return list(self._since)

    def flush(self, key: str | None = None) -> None:
        """Do it now, for one key or for all, each once; what is being done is waited for."""
        for one in self.keys() if key is None else [key]:
            with self._changed:
                self._changed.wait_for(lambda one=one: one not in self._doing)  # type: ignore[misc]  # mypy can't type a default
                if one not in self._since:
                    continue
                self._begin(one)
            self._do(one)

    def close(self) -> None:
        """End the thread. What is left is left: see `flush`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                due = self._due()
                if self._closed:
                    return
                if due is None:
                    self._changed.wait(self._patience())
                    continue
                self._begin(due)
            self._do(due)

    def _due(self) -> str | None:
        now = time.monotonic()
        return next((key for key in self._since if key not in self._doing and self._when(key) <= now), None)

    def _when(self, key: str) -> float:
        begun = min(self._last + self._seconds, self._since[key] + max(_LONGEST, self._seconds))
        return max(begun, self._not_before.get(key, 0.0))

    def _patience(self) -> float | None:
        times = [self._when(key) for key in self._since if key not in self._doing]
        return max(min(times) - time.monotonic(), 0.0) if times else None

    def _begin(self, key: str) -> None:
        del self._since[key]
        self._not_before.pop(key, None)
        self._doing.add(key)

    def _do(self, key: str) -> None:
        done = False
        try:
            done = self._carry_out(key)
        except Exception:  # the thread has to live on, and nobody else would hear of it
            log.exception("what was held back failed")
            done = True
        finally:
            with self._changed:
                self._doing.discard(key)
                if not done:
                    now = time.monotonic()
                    self._since.setdefault(key, now)
                    self._not_before[key] = now + max(_PAUSE, self._seconds)
                self._changed.notify_all()
