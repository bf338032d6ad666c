"""Who connects, in which role: `Credentials`, `ServiceAccount`, `OAuth2Credentials`, DELEGATE, IMPERSONATION.

Threading: may be used from any thread. Their representation never shows a password or a token.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from ewsfs.ews.errors import EWSError, Unauthorized
from ewsfs.ews.retry import FailFast, FaultTolerance, RetryPolicy

DELEGATE: Final = "delegate"
"""The account reads the mailbox with the rights that the connecting user has on it."""
IMPERSONATION: Final = "impersonation"
"""The connecting user acts as the owner of the mailbox. EWS reference: "Impersonation and EWS in Exchange"."""


class Credentials:
    r"""A user name and a password.

    Parameters: `username`, "DOMAIN\\user", a UPN or an e-mail address, as the server wants it; `password`.

    Failures are passed on at once; see `ServiceAccount` for a program that should survive them.
    """

    DOMAIN = "domain"
    EMAIL = "email"
    UPN = EMAIL

    def __init__(self, username: str, password: str) -> None:
        if not username:
            raise ValueError("a user name is needed")
        self._username = username
        self._password = password

    @property
    def username(self) -> str:
        """The user name as given."""
        return self._username

    @property
    def password(self) -> str:
        """The password as given."""
        return self._password

    @property
    def type(self) -> str:
        r"""EMAIL for user@domain, DOMAIN for DOMAIN\\user and for a name alone."""
        return self.EMAIL if "@" in self._username and "\\" not in self._username else self.DOMAIN

    @property
    def retry_policy(self) -> RetryPolicy:
        """What happens when the server is busy or out of reach, unless the configuration says otherwise."""
        return FailFast()

    @property
    def fail_fast(self) -> bool:
        """Whether failures are passed on at once."""
        return isinstance(self.retry_policy, FailFast)

    def _key(self) -> tuple[object, ...]:
        return (type(self), self._username, self._password)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Credentials) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._username!r}, '********')"

    def __str__(self) -> str:
        return self._username


class ServiceAccount(Credentials):
    """Credentials of a program that runs for long: a busy or absent server is waited for.

    Parameters: as `Credentials`; `max_wait`, seconds that one call may spend waiting in all (see
    `retry.FaultTolerance`).
    """

    def __init__(self, username: str, password: str, max_wait: float = 3600) -> None:
        super().__init__(username, password)
        self.max_wait = max_wait
        self._policy = FaultTolerance(max_wait)

    @property
    def retry_policy(self) -> RetryPolicy:
        """Exponential back-off up to `max_wait`."""
        return self._policy

    def _key(self) -> tuple[object, ...]:
        return (*super()._key(), self.max_wait)


class OAuth2Credentials(Credentials):
    """Tokens of an authorization server (OAuth 2.0) in place of a password, as Exchange Online wants them.

    Parameters: `tokens`, gives an access token when it is called, a new one when it is called with True: see
    `ewsfs.ews.oauth` for some; `username`, who that is, for people to read; `max_wait`, as `ServiceAccount`, None for
    failures that are passed on at once. A token that the server refuses is asked for anew, once. An application's own
    tokens are for accounts with `access_type=IMPERSONATION`.
    """

    def __init__(self, tokens: Callable[[bool], str], *, username: str = "OAuth 2.0", max_wait: float | None = None):
        super().__init__(username, "")
        if not callable(tokens):
            raise TypeError("'tokens' must be something that can be called for a token, see ewsfs.ews.oauth")
        self._tokens = tokens
        self._max_wait = max_wait
        self._policy: RetryPolicy = FailFast() if max_wait is None else FaultTolerance(max_wait)
        self._lock = threading.Lock()
        self._refused: str | None = None

    @property
    def retry_policy(self) -> RetryPolicy:
        """Exponential back-off up to `max_wait`, if there is one."""
        return self._policy

    def token(self) -> str:
        """The token for the next request. Raises: Unauthorized, or what else keeps it from being had."""
        with self._lock:
            try:
                token = self._tokens(False)
                if token == self._refused:
                    token = self._tokens(True)
            except EWSError:
                raise
            except Exception as error:  # whatever the program's own source raises
                raise Unauthorized(f"there is no token: {type(error).__name__}: {error}") from error
            if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
                raise Unauthorized("there is no token: what came isn't one")
            return token

    def refuse(self, token: str) -> None:
        """The server doesn't take a token: the next one is another."""
        with self._lock:
            self._refused = token

    def _key(self) -> tuple[object, ...]:
        return (type(self), self._username, self._tokens, self._max_wait)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_lock", "_refused")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()
        self._refused = None
