"""The one connection to a mailbox, which all questions and changes share; the client library's errors become ours here.

When the server can't be reached, further calls fail at once for some seconds instead of each waiting for its own
timeout.

Threading: any thread; the client library has its own pool of connections.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ewsfs.ews import Account
from ewsfs.ews import errors as ews
from ewsfs.vfs.errors import VfsError, translate
from ewsfs.vfs.settings import Settings

_UNREACHABLE = frozenset(
    {errno.EHOSTUNREACH, errno.ETIMEDOUT, errno.ENETUNREACH, errno.ECONNREFUSED, errno.EKEYREJECTED}
)


class SyncLost(Exception):
    """The server doesn't know the sync state any more: start from nothing."""


class OutcomeUnknown(VfsError):
    """The connection was cut when the request may have been carried out: ask before sending it again."""


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
        self._offline_reason = ""

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

    @contextmanager
    def speaking(self) -> Iterator[Account]:
        """A conversation with the server: its errors become ours, and an outage is remembered."""
        if not self.is_reachable:
            raise VfsError(errno.EHOSTUNREACH, f"the server is out of reach: {self._offline_reason}")
        try:
            with self._lock:
                if self._account is None:
                    self._account = self._make_account()
            yield self._account
        except ews.OutcomeUnknown as error:
            raise OutcomeUnknown(errno.EAGAIN, str(error)) from error
        except ews.EWSError as error:
            ours = translate(error)
            if ours.number in _UNREACHABLE:
                self._offline_reason = str(error)
                self._offline_until = time.monotonic() + self._settings.offline_seconds
            raise ours from error


@contextmanager
def sync_lost() -> Iterator[None]:
    """What the server answers to a sync state that it has forgotten, as our own exception."""
    try:
        yield
    except ews.StateLost as error:
        raise SyncLost(str(error)) from error
