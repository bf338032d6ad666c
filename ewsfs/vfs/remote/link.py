"""The one connection to a mailbox, which all questions and changes share; the client library's errors become ours here.

When the server can't be reached, further calls fail at once for some seconds instead of each waiting for its own
timeout. When it refuses the login (a password that was changed or has expired, an account that is locked), it is asked
again ever more seldom: each try with a wrong password brings an account nearer to being locked.

Threading: any thread; the client library has its own pool of connections.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ewsfs.ews import Account
from ewsfs.ews import errors as ews
from ewsfs.vfs.errors import LoginRefused, VfsError, translate
from ewsfs.vfs.settings import Settings

T = TypeVar("T")

_UNREACHABLE = frozenset(
    {errno.EHOSTUNREACH, errno.ETIMEDOUT, errno.ENETUNREACH, errno.ECONNREFUSED, errno.EKEYREJECTED}
)


class SyncLost(Exception):
    """The server doesn't know the sync state any more: start from nothing."""


class OutcomeUnknown(VfsError):
    """The connection was cut when the request may have been carried out: ask before sending it again."""


_LONGEST_REFUSAL = 600.0  # seconds between two logins after many were refused


class Link:
    """The connection to one mailbox.

    Parameters: `make_account`, makes the account, called at the first use; `settings`.
    """

    def __init__(self, make_account: Callable[[], Account], settings: Settings) -> None:
        self._make_account = make_account
        self._settings = settings
        self._lock = threading.Lock()
        self._account: Account | None = None
        self._offline_until = 0.0
        self._offline = VfsError(errno.EHOSTUNREACH, "")
        self._refusals = 0

    @property
    def is_reachable(self) -> bool:
        """Whether the last request reached the server, or enough time has passed to try again."""
        return time.monotonic() >= self._offline_until

    def requests(self) -> dict[str, int]:
        """How many requests were made so far, by operation."""
        account = self._account
        return dict(account.protocol.stats.requests) if account is not None else {}

    def close(self) -> None:
        if self._account is not None:
            self._account.close()  # its connections may be those of another account too

    @property
    def _offline_reason(self) -> str:
        return self._offline.reason

    @contextmanager
    def speaking(self) -> Iterator[Account]:
        """A conversation with the server: its errors become ours, and an outage is remembered."""
        if not self.is_reachable:
            raise type(self._offline)(self._offline.number, self._offline.reason)
        try:
            with self._lock:
                if self._account is None:
                    self._account = self._make_account()
            yield self._account
            self._refusals = 0
        except ews.OutcomeUnknown as error:
            raise OutcomeUnknown(errno.EAGAIN, str(error)) from error
        except ews.Unauthorized as error:
            raise self._refused(error) from error
        except ews.EWSError as error:
            ours = translate(error)
            if ours.number in _UNREACHABLE:
                self._stay_away(
                    VfsError(errno.EHOSTUNREACH, f"the server is out of reach: {error}"), self._settings.offline_seconds
                )
            raise ours from error

    def _refused(self, error: ews.Unauthorized) -> LoginRefused:
        pause = min(self._settings.offline_seconds * 2**self._refusals, _LONGEST_REFUSAL)
        self._refusals = min(self._refusals + 1, 10)
        self._stay_away(
            LoginRefused(errno.EACCES, f"the login was refused a moment ago, and isn't tried again yet: {error}"), pause
        )
        return LoginRefused(errno.EACCES, str(error))

    def _stay_away(self, error: VfsError, seconds: float) -> None:
        self._offline = error
        self._offline_until = time.monotonic() + seconds


@contextmanager
def sync_lost() -> Iterator[None]:
    """What the server answers to a sync state that it has forgotten, as our own exception."""
    try:
        yield
    except ews.StateLost as error:
        raise SyncLost(str(error)) from error


def each(found: Iterable[T | Exception]) -> list[T | VfsError]:
    """What the server said of each of several items: its refusals become ours.

    Raises: what is wrong with the connection, since then it isn't known of which items it is true.
    """
    told: list[T | VfsError] = []
    for one in found:
        if not isinstance(one, Exception):
            told.append(one)
            continue
        if not isinstance(one, ews.ResponseError):
            raise one
        error = translate(one)
        error.untouched = one.not_executed
        told.append(error)
    return told
