"""`Account`: a mailbox on a server, and the way to everything in it.

    account = Account("ada@example.com", credentials=Credentials("ada@example.com", "secret"), autodiscover=True)
    for item in account.inbox.filter(subject__contains="report").order_by("-datetime_received")[:10]: ...

Making one costs no request unless `autodiscover` is asked for. What can be done with folders is in
`account_folders`, with items in `account_fetch`, `account_bulk`, `account_moving`, `account_items` and
`account_attachments`; whole items go out and in by
`account_transfer`. People are in `account_people` and `account_availability`, settings in `account_settings`, what
changes by itself in `account_notifications`.

Accounts that connect alike (same endpoint, credentials and settings) share one `Protocol`: its connections, and what it
found out about authentication and version, so that the second account asks for nothing again.

An account is closed by `close`, or at the end of a `with` block. It can be pickled, for another process.

Threading: an account may be used by several threads; the folders and items that it gives may not.
"""

from __future__ import annotations

import dataclasses
import threading
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from ewsfs.ews.account_availability import AvailabilityOperations
from ewsfs.ews.account_folders import FolderOperations
from ewsfs.ews.account_items import ItemOperations
from ewsfs.ews.account_notifications import NotificationOperations
from ewsfs.ews.account_people import PeopleOperations
from ewsfs.ews.account_settings import SettingsOperations
from ewsfs.ews.account_transfer import TransferOperations
from ewsfs.ews.configuration import Configuration
from ewsfs.ews.credentials import DELEGATE, IMPERSONATION, Credentials
from ewsfs.ews.element import EWSElement
from ewsfs.ews.ewsdatetime import EWSTimeZone, UnknownTimeZone
from ewsfs.ews.folders.tree import FolderTree
from ewsfs.ews.protocol import Protocol
from ewsfs.ews.soap import RequestHeader
from ewsfs.ews.version import Version

if TYPE_CHECKING:
    from typing_extensions import Self


class Account(
    FolderOperations,
    ItemOperations,
    TransferOperations,
    PeopleOperations,
    AvailabilityOperations,
    SettingsOperations,
    NotificationOperations,
):
    """A mailbox.

    Parameters: `primary_smtp_address`, whose it is, an alias will do with `autodiscover`; `credentials`, or `config`
    which has them; `autodiscover`, find the server by the address; `access_type`, DELEGATE for one's own mailbox and
    those that one was given rights to, IMPERSONATION to act as its owner; `default_timezone`, for times that the
    server words; `locale`, the language of its words ("en-US").
    Raises: ValueError for parameters that don't fit together; EWSError from autodiscover.
    """

    def __init__(
        self,
        primary_smtp_address: str,
        *,
        credentials: Credentials | None = None,
        config: Configuration | None = None,
        autodiscover: bool = False,
        access_type: str = DELEGATE,
        fullname: str | None = None,
        default_timezone: tzinfo | None = None,
        locale: str | None = None,
    ) -> None:
        if not isinstance(primary_smtp_address, str) or "@" not in primary_smtp_address:
            raise ValueError(f"'primary_smtp_address' must be an e-mail address, not {primary_smtp_address!r}")
        if access_type not in (DELEGATE, IMPERSONATION):
            raise ValueError(f"'access_type' must be DELEGATE or IMPERSONATION, not {access_type!r}")
        self.primary_smtp_address = primary_smtp_address
        self.access_type = access_type
        self.fullname = fullname
        self.locale = locale
        if default_timezone is None:
            try:
                self.default_timezone = EWSTimeZone.localzone()
            except UnknownTimeZone:
                self.default_timezone = EWSTimeZone("UTC")
        else:
            self.default_timezone = EWSTimeZone.of(default_timezone)
        self.protocol = self._connect(credentials, config, autodiscover)
        self._begin()

    def _connect(self, credentials: Credentials | None, config: Configuration | None, autodiscover: bool) -> Protocol:
        if autodiscover:
            from ewsfs.ews.autodiscover import discover

            found = discover(self.primary_smtp_address, credentials=credentials, config=config)
            self.primary_smtp_address = found.primary_smtp_address
            return found.protocol
        if config is None:
            raise ValueError("'config' is missing: say where the server is, or autodiscover=True to have it found")
        if credentials is not None and config.credentials is None:
            config = dataclasses.replace(config, credentials=credentials)
        return Protocol.shared(config)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """For another process; with the password, if the credentials have one. It connects anew there."""
        return {name: value for name, value in self.__dict__.items() if name not in ("_lock", "_tree", "_defaults")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self  # a copy of an item is in the same mailbox

    def _begin(self) -> None:
        self.protocol.join(self)
        self._lock = threading.RLock()
        self._tree = FolderTree(self)
        self._defaults: dict[str, Any] = {}

    def close(self) -> None:
        """Closes the connections, unless another account uses them too. Later calls then raise `Closed`."""
        self.protocol.leave(self)

    @property
    def header(self) -> RequestHeader:
        """On whose behalf requests are made."""
        address = self.primary_smtp_address
        return RequestHeader(
            impersonate=address if self.access_type == IMPERSONATION else None,
            anchor=address,
            culture=self.locale,
        )

    @property
    def version(self) -> Version:
        """The server's version; costs one small request when none was made before."""
        return self.protocol.version

    @property
    def server_version(self) -> str | None:
        """The schema version that the server speaks, None as long as it isn't known."""
        known = self.protocol.known_version
        return known.api_version if known is not None else None

    def _version_for(self, sent: EWSElement) -> str | None:
        """The server's version as far as it's known; asked for where it decides how something is written."""
        if self.server_version is None and sent.depends_on_version():
            return self.protocol.version.api_version
        return self.server_version

    @property
    def domain(self) -> str:
        """What stands behind the @ of the address."""
        return self.primary_smtp_address.rpartition("@")[2].lower()

    def __repr__(self) -> str:
        return f"Account({self.primary_smtp_address!r}, access_type={self.access_type!r})"

    def __str__(self) -> str:
        return f"{self.primary_smtp_address} ({self.fullname})" if self.fullname else self.primary_smtp_address
