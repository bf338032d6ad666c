"""What the folders of a mailbox hold on its server: listed whole, or what has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ewsfs.ews import Account
from ewsfs.ews.items import Item
from ewsfs.vfs.model import RemoteItem
from ewsfs.vfs.remote import describe
from ewsfs.vfs.remote.link import Link, sync_lost
from ewsfs.vfs.settings import Settings

_LISTED = (*describe.COMMON_FIELDS, *describe.MAIL_FIELDS, "start", "is_all_day", "display_name")


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


class RemoteItems(Link):
    """Questions about the items of folders, without their contents."""

    def __init__(self, make_account: Callable[[], Account], settings: Settings) -> None:
        super().__init__(make_account, settings)
        self._sent_folder = ""

    def list_items(self, folder_id: str) -> list[RemoteItem]:
        """All items of a folder: one request a thousand, several at a time."""
        with self.speaking() as account:
            found = account.folder(folder_id).all().only(*_LISTED).iterator()
            items = [self._describe(folder_id, item) for item in found]
        return [item for item in items if item is not None]

    def sync_items(self, folder_id: str, sync_state: str) -> ItemChanges:
        """What changed in a folder since `sync_state`. Raises: SyncLost, VfsError."""
        changed: dict[str, RemoteItem] = {}
        gone: dict[str, None] = {}
        flags: dict[str, bool] = {}
        with self.speaking() as account, sync_lost():
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
        with self.speaking() as account:
            sync = account.folder(folder_id).sync_items(None, only_fields=())
            for change in sync:
                if change.item.item_id and change.kind != "delete":
                    keys[change.item.item_id] = change.item.changekey or ""
                elif change.item.item_id:
                    keys.pop(change.item.item_id, None)
            return Standing(keys, sync.sync_state or "")

    def describe(self, folder_id: str, ids: Sequence[tuple[str, str]]) -> list[RemoteItem]:
        """The records of items by id; one that has gone meanwhile is left out."""
        with self.speaking() as account:
            found = [
                self._describe(folder_id, item)
                for item in account.fetch([item_id for item_id, _ in ids], only_fields=_LISTED)
                if isinstance(item, Item)
            ]
        return [item for item in found if item is not None]

    def _describe(self, folder_id: str, item: Item) -> RemoteItem | None:
        return describe.to_item(item, sent_folder=folder_id == self._sent_folder)

    def know_sent_folder(self, folder_id: str) -> None:
        """The folder in which mail is dated by when it was sent."""
        self._sent_folder = folder_id
