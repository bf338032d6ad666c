"""From what the command line says of a login to an account of the client library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ewsfs.ews import Account
    from ewsfs.ews.errors import EWSError
    from ewsfs.ews.retry import FaultTolerance, Retry

# What `--auth` takes, and the client library's name for it.
AUTH = {"basic": "basic", "digest": "digest", "ntlm": "NTLM", "gssapi": "gssapi"}
# Those that need no password: who is logged in is known elsewhere.
PASSWORDLESS = frozenset({"gssapi"})

_MAX_WAIT = 45.0  # seconds that a program waits for a busy server before it gets EAGAIN


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach a mailbox. `endpoint` and `auth` None: found out; `auth` is a key of AUTH."""

    address: str
    user: str
    password: str = field(repr=False)
    endpoint: str | None = None
    auth: str | None = None

    def account(self) -> Account:
        """The account to speak through; the server is asked nothing yet, unless it has to be found."""
        from ewsfs.ews import DELEGATE, Account, Configuration, Credentials
        from ewsfs.ews.retry import FaultTolerance

        credentials = None
        if self.auth not in PASSWORDLESS:
            credentials = Credentials(username=self.user, password=self.password)
        configuration = Configuration(
            credentials=credentials,
            service_endpoint=self.endpoint,
            auth_type=None if self.auth is None else AUTH[self.auth],
            retry_policy=WaitWhileBusy(FaultTolerance(_MAX_WAIT)),
        )
        return Account(
            primary_smtp_address=self.address,
            config=configuration,
            autodiscover=self.endpoint is None,
            access_type=DELEGATE,
        )


class WaitWhileBusy:
    """A retry policy: a server that is busy is waited for, one that can't be reached is not.

    A program that reads from the mount gets an errno at once then, and what is cached stays readable.
    """

    def __init__(self, patient: FaultTolerance) -> None:
        self._patient = patient

    def start(self, operation: str) -> Retry:
        return _WhileBusy(self._patient.start(operation))


class _WhileBusy:
    def __init__(self, patient: Retry) -> None:
        self._patient = patient

    def pause(self, error: EWSError) -> bool:
        from ewsfs.ews.errors import Timeout, Unreachable

        return not isinstance(error, (Timeout, Unreachable)) and self._patient.pause(error)
