"""The connections of a protocol: bounded in number, each with its own authentication, used by one thread at a time.

NTLM authenticates a connection, not a request, so a session here is one `requests.Session` with one adapter and
one authentication object, and never holds more than one connection.

Threading: `SessionPool` may be used from any thread; a `Session` belongs to the thread that took it. After a fork the
child makes its own connections: two processes must not write into one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import requests

from ewsfs.ews import errors


class Session:
    """One connection and what belongs to it.

    Attributes: `http`; `used`, how many exchanges were completed on it; `last`, when that was (monotonic seconds);
    `reusable`, False when the connection mustn't be used again.
    """

    def __init__(self, http: requests.Session) -> None:
        self.http = http
        self.used = 0
        self.last = time.monotonic()
        self.reusable = True

    @property
    def idle(self) -> float:
        """Seconds since the last exchange; 0 for a connection that was never used."""
        return time.monotonic() - self.last if self.used else 0.0

    def done(self) -> None:
        """An exchange was completed."""
        self.used += 1
        self.last = time.monotonic()

    def close(self) -> None:
        """Closes the connection."""
        with suppress(Exception):  # it's given up, whatever state it is in
            self.http.close()


class SessionPool:
    """Lends sessions, the most recently used first.

    Parameters: `make`, makes a session; `limit`, how many may exist; `timeout`, seconds to wait for one to come free.
    """

    def __init__(self, make: Callable[[], Session], limit: int, timeout: float) -> None:
        self._make = make
        self._limit = limit
        self._timeout = timeout
        self._condition = threading.Condition()
        self._free: list[Session] = []
        self._lent = 0
        self._closed = False
        self._pid = os.getpid()

    @contextmanager
    def session(self, *, max_idle: float | None = None) -> Iterator[Session]:
        """Lends a session for the block; it is closed afterwards unless it is `reusable`.

        Parameters: `max_idle`, seconds that its connection may have stood idle: servers close idle connections, and
        a request that changes something shouldn't find that out. Raises PoolTimeout when none comes free in time,
        Closed after `close`.
        """
        session = self._take(max_idle)
        try:
            yield session
        except BaseException:
            session.reusable = False
            raise
        finally:
            self._give(session)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Closes what is free now, and the rest when it comes back."""
        with self._condition:
            self._closed = True
            free, self._free = self._free, []
            self._condition.notify_all()
        for session in free:
            session.close()

    def _take(self, max_idle: float | None) -> Session:
        deadline = time.monotonic() + self._timeout
        stale: list[Session] = []
        try:
            with self._condition:
                self._check_fork()
                while True:
                    if self._closed:
                        raise errors.Closed("the protocol was closed")
                    while self._free:
                        session = self._free.pop()
                        if max_idle is not None and session.idle > max_idle:
                            stale.append(session)
                            continue
                        self._lent += 1
                        return session
                    if self._lent < self._limit:
                        self._lent += 1
                        break
                    if not self._condition.wait(deadline - time.monotonic()) and deadline <= time.monotonic():
                        raise errors.PoolTimeout(
                            f"all {self._limit} connections were in use for {self._timeout:g} seconds"
                        )
        finally:
            for session in stale:
                session.close()
        try:
            return self._make()
        except BaseException:
            self._give(None)
            raise

    def _give(self, session: Session | None) -> None:
        with self._condition:
            if os.getpid() != self._pid:
                return
            self._lent -= 1
            keep = session is not None and session.reusable and not self._closed
            if keep and session is not None:
                self._free.append(session)
            self._condition.notify()
        if session is not None and not keep:
            session.close()

    def _check_fork(self) -> None:
        if os.getpid() != self._pid:
            self._pid = os.getpid()
            self._free = []  # not closed: the parent goes on using these sockets
            self._lent = 0
