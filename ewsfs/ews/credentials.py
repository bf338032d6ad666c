"""Who connects, in which role: `Credentials`, `ServiceAccount`, DELEGATE, IMPERSONATION.

Threading: immutable values. Their representation never shows the password.
"""

from __future__ import annotations

from typing import Final

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
