"""The mailbox as the filesystem sees it: a few questions and a few changes, in its own words and records.

The only module of `ewsfs.vfs` (with `properties`) that speaks to `ewsfs.ews`; every error leaves it as a
`VfsError`. When the server can't be reached, further calls fail at once for some seconds instead of each
waiting for its own timeout.

Threading: any thread; the client library has its own pool of connections.
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from ewsfs.ews import Account
from ewsfs.ews import errors as ews
from ewsfs.ews.attachments import Attachment, ItemAttachment
from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.items import CalendarItem, Contact, DistributionList, Item, Message, Task
from ewsfs.vfs import describe, properties
from ewsfs.vfs.errors import VfsError, translate
from ewsfs.vfs.files import EXCEPTION_FIELDS, FIELDS, make_file
from ewsfs.vfs.model import Kind, RemoteFolder, RemoteItem
from ewsfs.vfs.settings import Settings

log = logging.getLogger(__name__)

_UNREACHABLE = frozenset(
    {errno.EHOSTUNREACH, errno.ETIMEDOUT, errno.ENETUNREACH, errno.ECONNREFUSED, errno.EKEYREJECTED}
)
_BATCH = 50  # items a GetItem with all their properties
_MARGIN = 4096  # bytes by which servers tell less than an attachment has


class SyncLost(Exception):
    """The server doesn't know the sync state any more: start from nothing."""


class OutcomeUnknown(VfsError):
    """The connection was cut when the request may have been carried out: ask before sending it again."""


class FolderChanges(NamedTuple):
    changed: list[RemoteFolder]
    gone: list[str]
    sync_state: str


class ItemChanges(NamedTuple):
    """What a sync told; `read_flags` are items of which only the read flag changed."""

    changed: list[RemoteItem]
    gone: list[str]
    read_flags: list[tuple[str, bool]]
    sync_state: str


class Standing(NamedTuple):
    """All that a folder holds, as change keys by item id."""

    keys: dict[str, str]
    sync_state: str


class RemoteAttachment(NamedTuple):
    """An attachment as the server lists it; `size` is an estimate on the high side, in bytes."""

    id: str
    name: str
    size: int
    is_item: bool


class Mailbox:
    """One mailbox on its server.

    Parameters: `make_account`, makes the account, called at the first use; `settings`.
    """

    # The names that every version knows: an unknown one would be a fault for the whole request.
    DISTINGUISHED = (
        "inbox", "drafts", "sentitems", "deleteditems", "outbox", "junkemail", "calendar", "contacts", "tasks",
        "notes", "journal", "searchfolders",
    )  # fmt: skip

    def __init__(self, make_account: Callable[[], Account], settings: Settings) -> None:
        self._make_account = make_account
        self._settings = settings
        self._lock = threading.Lock()
        self._account: Account | None = None
        self._offline_until = 0.0
        self._offline_reason = ""
        self._sent_folder = ""

    # -- the connection ----------------------------------------------------------------------------

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
            self._account.protocol.close()

    @contextmanager
    def _speaking(self) -> Iterator[Account]:
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

    # -- folders -----------------------------------------------------------------------------------

    def default_folders(self) -> tuple[str, dict[str, str]]:
        """The id of the top folder, and the names of the default folders by id; one request."""
        with self._speaking() as account:
            asked = ("msgfolderroot", *self.DISTINGUISHED)
            found = dict(zip(asked, account.get_folders(asked, only_fields=["name"]), strict=True))
        root = found["msgfolderroot"]
        if isinstance(root, Exception):
            raise translate(root)
        names = {
            folder.folder_id: name
            for name, folder in found.items()
            if isinstance(folder, BaseFolder) and folder.folder_id and name != "msgfolderroot"
        }
        assert root.folder_id is not None  # the server gave it
        return root.folder_id, names

    def sync_folders(self, sync_state: str | None) -> FolderChanges:
        """What changed in the tree of folders since `sync_state`; everything for None.

        Raises: SyncLost, VfsError.
        """
        changed, gone = {}, []
        with self._speaking() as account, _sync_lost():
            sync = account.sync_hierarchy(sync_state, only_fields=_FOLDER_FIELDS)
            for change in sync:
                folder = describe.to_folder(change.folder)
                if change.kind == "delete":
                    if change.folder.folder_id:
                        gone.append(change.folder.folder_id)
                elif folder is not None:
                    changed[folder.id] = folder
            return FolderChanges(list(changed.values()), gone, sync.sync_state or "")

    def create_folder(self, parent_id: str, name: str, folder_class: str) -> RemoteFolder:
        with self._speaking() as account:
            parent = account.folder(parent_id, folder_class=folder_class)
            folder = parent.create_subfolder(name, folder_class=folder_class)
            return self.as_folder(folder.folder_id or "", folder.changekey or "", parent_id, name, folder_class)

    @staticmethod
    def as_folder(folder_id: str, change_key: str, parent_id: str, name: str, folder_class: str) -> RemoteFolder:
        """The record of a folder as we have just made it; its name is the one that was asked for."""
        return RemoteFolder(folder_id, change_key, parent_id, name, folder_class, given_name=name)

    def rename_folder(self, folder_id: str, change_key: str, name: str) -> str:
        """Returns the new change key."""
        with self._speaking() as account:
            folder = account.folder(folder_id, change_key)
            folder.name = name
            folder.save(update_fields=["name"])
            return folder.changekey or ""

    def move_folder(self, folder_id: str, parent_id: str) -> str:
        """Returns the new change key; a folder keeps its id."""
        with self._speaking() as account:
            folder = account.folder(folder_id)
            folder.move(account.folder(parent_id))
            return folder.changekey or ""

    def delete_folder(self, folder_id: str) -> None:
        """To Deleted Items, as Outlook does; a folder there already is deleted."""
        with self._speaking() as account:
            account.folder(folder_id).delete(delete_type="MoveToDeletedItems")

    # -- what a folder holds -----------------------------------------------------------------------

    def list_items(self, folder_id: str) -> list[RemoteItem]:
        """All items of a folder: one request a thousand, several at a time."""
        with self._speaking() as account:
            found = account.folder(folder_id).all().only(*_LISTED).iterator()
            items = [self._describe(folder_id, item) for item in found]
        return [item for item in items if item is not None]

    def sync_items(self, folder_id: str, sync_state: str) -> ItemChanges:
        """What changed in a folder since `sync_state`. Raises: SyncLost, VfsError."""
        changed: dict[str, RemoteItem] = {}
        gone: dict[str, None] = {}
        flags: dict[str, bool] = {}
        with self._speaking() as account, _sync_lost():
            sync = account.folder(folder_id).sync_items(sync_state, only_fields=_LISTED)
            for change in sync:
                item_id = change.item.item_id or ""
                if change.kind == "delete":
                    changed.pop(item_id, None)
                    gone[item_id] = None
                elif change.kind == "read_flag_change":
                    flags[item_id] = bool(change.is_read)
                else:
                    item = self._describe(folder_id, change.item)
                    if item is not None:
                        gone.pop(item_id, None)
                        changed[item_id] = item
            return ItemChanges(list(changed.values()), list(gone), list(flags.items()), sync.sync_state or "")

    def sync_ids(self, folder_id: str) -> Standing:
        """The ids of all items of a folder, and the sync state that belongs to them."""
        keys: dict[str, str] = {}
        with self._speaking() as account:
            sync = account.folder(folder_id).sync_items(None, only_fields=())
            for change in sync:
                if change.item.item_id and change.kind != "delete":
                    keys[change.item.item_id] = change.item.changekey or ""
                elif change.item.item_id:
                    keys.pop(change.item.item_id, None)
            return Standing(keys, sync.sync_state or "")

    def describe(self, folder_id: str, ids: Sequence[tuple[str, str]]) -> list[RemoteItem]:
        """The records of items by id; one that has gone meanwhile is left out."""
        with self._speaking() as account:
            found = [
                self._describe(folder_id, item)
                for item in account.fetch([item_id for item_id, _ in ids], only_fields=_LISTED)
                if isinstance(item, Item)
            ]
        return [item for item in found if item is not None]

    def find_upload(self, folder_id: str, upload_id: str) -> tuple[str, str] | None:
        """The id and change key of the item that was created with an upload id, if it was."""
        with self._speaking() as account:
            for item in account.folder(folder_id).filter(ewsfs_upload=upload_id).only("item_id", "changekey"):
                return item.item_id or "", item.changekey or ""
        return None

    def _describe(self, folder_id: str, item: Item) -> RemoteItem | None:
        return describe.to_item(item, sent_folder=folder_id == self._sent_folder)

    def know_sent_folder(self, folder_id: str) -> None:
        """The folder in which mail is dated by when it was sent."""
        self._sent_folder = folder_id

    # -- contents ----------------------------------------------------------------------------------

    def fetch_mime(self, item_id: str, change_key: str) -> tuple[str, bytes]:
        """The MIME of an item as it is now, with its change key. Raises: VfsError (ENOENT)."""
        with self._speaking() as account:
            found = next(iter(account.fetch([item_id], only_fields=["mime_content"])))
            if isinstance(found, Exception):
                raise found
            if not found.mime_content:
                raise VfsError(errno.EREMOTEIO, f"the server gave no content for the item {item_id}")
            return found.changekey or change_key, found.mime_content

    def make_files(
        self, kind: Kind, ids: Sequence[tuple[str, str]]
    ) -> Iterator[tuple[str, tuple[str, bytes] | VfsError]]:
        """The files of items that are made from properties: item id, and change key with bytes, or what failed."""
        for start in range(0, len(ids), _BATCH):
            batch = [item_id for item_id, _ in ids[start : start + _BATCH]]
            with self._speaking() as account:
                items = list(account.fetch(batch, only_fields=list(FIELDS[kind])))
                exceptions = self._exceptions(account, items)
                photos = self._photos(account, items)
            for item_id, item in zip(batch, items, strict=True):
                if isinstance(item, Exception):
                    yield item_id, translate(item)
                    continue
                try:
                    data = make_file(item, exceptions.get(item_id, ()), photos.get(item_id))
                except Exception as error:  # one odd item must not cost the others their files
                    log.exception("the file of item %s can't be made", item_id)
                    yield (
                        item_id,
                        VfsError(errno.EIO, f"{item.subject!r} can't be written as a file: {error}"),
                    )
                else:
                    yield item_id, (item.changekey or "", data)

    @staticmethod
    def _exceptions(account: Account, items: Iterable[object]) -> dict[str, list[CalendarItem]]:
        owners = [
            (item.item_id or "", occurrence.item_id)
            for item in items
            if isinstance(item, CalendarItem)
            for occurrence in item.modified_occurrences or ()
            if occurrence.item_id
        ]
        found: dict[str, list[CalendarItem]] = {}
        fetched = account.fetch([occurrence for _, occurrence in owners], only_fields=list(EXCEPTION_FIELDS))
        for (owner, _), occurrence in zip(owners, fetched, strict=True):
            if isinstance(occurrence, CalendarItem):
                found.setdefault(owner, []).append(occurrence)
        return found

    @staticmethod
    def _photos(account: Account, items: Iterable[object]) -> dict[str, bytes]:
        wanted = {
            attachment.attachment_id: item.item_id or ""
            for item in items
            if isinstance(item, Contact)
            for attachment in item.attachments or ()
            if getattr(attachment, "is_contact_photo", None) and attachment.attachment_id
        }
        photos = {}
        for attachment_id, found in zip(wanted, account.get_attachments(list(wanted)), strict=True):
            if not isinstance(found, Exception) and not isinstance(found, ItemAttachment) and found.content:
                photos[wanted[attachment_id]] = found.content
        return photos

    # -- attachments -------------------------------------------------------------------------------

    def attachments(self, ids: Sequence[str]) -> list[list[RemoteAttachment] | VfsError]:
        """What is attached to each of some items; one request."""
        listed: list[list[RemoteAttachment] | VfsError] = []
        with self._speaking() as account:
            for item in account.fetch(ids, only_fields=["attachments"]):
                if isinstance(item, Exception):
                    listed.append(translate(item))
                    continue
                listed.append(
                    [
                        _to_attachment(a)
                        for a in item.attachments or ()
                        if a.attachment_id and not getattr(a, "is_contact_photo", None)
                    ]
                )
        return listed

    def attachment_contents(self, ids: Sequence[str]) -> list[bytes | VfsError]:
        """The bytes of attachments: of a file its content, of an item its MIME."""
        contents: list[bytes | VfsError] = []
        if not ids:
            return contents
        with self._speaking() as account:
            for found in account.get_attachments(ids):
                if isinstance(found, Exception):
                    contents.append(translate(found))
                elif isinstance(found, ItemAttachment):
                    mime = found.item.mime_content if found.item is not None else None
                    contents.append(mime or b"")
                else:
                    contents.append(found.content or b"")
        return contents

    # -- changes of items --------------------------------------------------------------------------

    def create_message(
        self, folder_id: str, mime: bytes, *, given_name: str, upload_id: str, received: datetime | None
    ) -> tuple[str, str]:
        """A message from MIME: no draft, read, received when its headers say. Returns id and change key.

        Raises: OutcomeUnknown when it may or may not have been created, VfsError.
        """
        extra: Mapping[str, object] = {} if received is None else {"ewsfs_delivered": received}
        with self._speaking() as account:
            message = Message(
                account=account,
                folder=account.folder(folder_id),
                mime_content=mime,
                ewsfs_name=given_name,
                ewsfs_upload=upload_id,
                ewsfs_flags=properties.READ,
                **extra,
            )
            message.save()
            return message.item_id or "", message.changekey or ""

    def rename_item(self, item_id: str, change_key: str, kind: Kind, name: str) -> str:
        """Keep another file name with an item; its subject stays. Returns the new change key."""
        with self._speaking() as account:
            item = _BY_KIND[kind](account=account, item_id=item_id, changekey=change_key, ewsfs_name=name)
            item.save(update_fields=["ewsfs_name"])
            return item.changekey or ""

    def move_item(self, item_id: str, folder_id: str, name: str) -> tuple[str, str]:
        """Returns the item's new id and change key."""
        with self._speaking() as account:
            target = account.folder(folder_id)
            moved = account.bulk_move([item_id], target)[0]
            if isinstance(moved, Exception):
                raise moved
            if moved is not None and moved[0]:
                return moved[0], moved[1] or ""
            # A server that gives no new ids (gromox): it is where it was put, under the name that we set.
            for item in target.filter(ewsfs_name=name).only("item_id", "changekey"):
                return item.item_id or "", item.changekey or ""
        raise VfsError(errno.ENOENT, f"{name} was moved and can't be found again")

    def delete_item(self, item_id: str, *, to_trash: bool) -> None:
        """To Deleted Items, or into the recoverable items. Nobody is told of a cancelled meeting."""
        with self._speaking() as account:
            result = account.bulk_delete(
                [item_id],
                delete_type="MoveToDeletedItems" if to_trash else "SoftDelete",
                send_meeting_cancellations="SendToNone",
                affected_task_occurrences="AllOccurrences",
            )[0]
            if isinstance(result, Exception):
                raise result


_FOLDER_FIELDS = ("name", "parent_folder_id", "folder_class", "ewsfs_name")
_LISTED = (*describe.COMMON_FIELDS, *describe.MAIL_FIELDS, "start", "is_all_day", "display_name")

_BY_KIND: dict[Kind, type[Item]] = {
    Kind.MAIL: Message,
    Kind.EVENT: CalendarItem,
    Kind.TASK: Task,
    Kind.CONTACT: Contact,
    Kind.LIST: DistributionList,
}


@contextmanager
def _sync_lost() -> Iterator[None]:
    try:
        yield
    except ews.StateLost as error:
        raise SyncLost(str(error)) from error


def _to_attachment(attachment: Attachment) -> RemoteAttachment:
    size = max(attachment.size or 0, 0) + _MARGIN
    is_item = isinstance(attachment, ItemAttachment)
    return RemoteAttachment(attachment.attachment_id or "", attachment.name or "", size, is_item)
