"""What has changed since last time: of the items of a folder, or of the tree of folders.

    sync = folder.sync_items(state, only_fields=["subject"])
    for change in sync:
        ...                     # change.kind: create, update, delete, read_flag_change
    state = sync.sync_state     # to be kept for next time

A server tells changes page by page. `sync_state` moves on when all changes of a page were handed out, so that what is
kept never skips a change that wasn't seen. A server that lost the state raises ErrorInvalidSyncStateData: start again
without one. Some start again by themselves, without saying so: expect items that are known already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal

from ewsfs.ews.fieldpath import FieldPath, resolve
from ewsfs.ews.folders import folder_from_xml
from ewsfs.ews.folders.base import BaseFolder, ItemT
from ewsfs.ews.itemrefs import partly_loaded
from ewsfs.ews.items import ITEM_CLASSES, Item, is_item, item_from_xml
from ewsfs.ews.services.sync import SyncFolderHierarchy, SyncFolderItems, SyncPage
from ewsfs.ews.shapes import folder_shape, item_shape
from ewsfs.ews.xmlnames import Element, child, children, local, text_of

if TYPE_CHECKING:
    from ewsfs.ews.account import Account

ItemChangeKind = Literal["create", "update", "delete", "read_flag_change"]
FolderChangeKind = Literal["create", "update", "delete"]

_ITEM_KINDS: dict[str, ItemChangeKind] = {
    "Create": "create",
    "Update": "update",
    "Delete": "delete",
    "ReadFlagChange": "read_flag_change",
}
_FOLDER_KINDS: dict[str, FolderChangeKind] = {"Create": "create", "Update": "update", "Delete": "delete"}
_MOST_STANDING_STILL = 2  # pages without a change and with the same state, after which a server is not believed


@dataclass(frozen=True, slots=True)
class ItemChange(Generic[ItemT]):
    """One change of an item; of one that was deleted, and of a read flag, the item has its id alone.

    is_read: what the read flag is now, for "read_flag_change".
    """

    kind: ItemChangeKind
    item: ItemT
    is_read: bool | None = None


@dataclass(frozen=True, slots=True)
class FolderChange:
    """One change of a folder; one that was deleted has its id alone."""

    kind: FolderChangeKind
    folder: BaseFolder[Any]


class ItemSync(Generic[ItemT]):
    """The changes of a folder's items. Made by `BaseFolder.sync_items`.

    sync_state: what to go on from next time, None before the first page.
    """

    def __init__(
        self,
        account: Account,
        folder: BaseFolder[ItemT],
        sync_state: str | None,
        only_fields: Sequence[str],
        max_changes: int,
    ) -> None:
        if not 1 <= max_changes <= 512:
            raise ValueError("'max_changes' must be from 1 to 512")
        self.sync_state = sync_state
        self._account = account
        self._folder = folder
        self._max_changes = max_changes
        kinds = folder.ITEM_CLASSES
        paths = [path for name in only_fields for path in resolve(name, kinds, ITEM_CLASSES)]
        self._listed = [path for path in paths if path.field.is_listed]
        self._fetched = [] if len(self._listed) == len(paths) else paths
        self._names = frozenset(path.field.name for path in paths)

    def __iter__(self) -> Iterator[ItemChange[ItemT]]:
        service = SyncFolderItems(self._account.protocol, self._account.header)
        shape = item_shape(self._listed, self._account.server_version)
        still = 0
        while True:
            page = service.call(
                shape=shape,
                folder=self._folder.id_element(),
                sync_state=self.sync_state,
                max_changes=self._max_changes,
            )
            yield from self._changes(page)
            still = still + 1 if page.sync_state == self.sync_state and not page.changes else 0
            self.sync_state = page.sync_state
            if page.last or still >= _MOST_STANDING_STILL:
                return

    def _changes(self, page: SyncPage) -> Iterator[ItemChange[ItemT]]:
        changes = [change for element in page.changes if (change := self._change(element)) is not None]
        if not self._fetched:
            yield from changes
            return
        told = [change for change in changes if change.kind in ("create", "update")]
        found = self._account._fetch_items([change.item for change in told], self._fetched, chunk_size=None)
        whole = partly_loaded(found, self._fetched)
        by_id = {item.item_id: item for item in whole if isinstance(item, Item)}
        for change in changes:
            item: Any = by_id.get(change.item.item_id, change.item)
            if change.kind in ("create", "update"):
                item.folder = self._folder
            yield ItemChange(change.kind, item, change.is_read) if change.kind in ("create", "update") else change

    def _change(self, element: Element) -> ItemChange[ItemT] | None:
        kind = _ITEM_KINDS.get(local(element))
        if kind is None:
            return None
        item: Any
        if kind in ("create", "update"):
            found = next((node for node in children(element) if is_item(local(node))), None)
            if found is None:
                return None
            item = item_from_xml(found)
        else:
            item = self._folder.ITEM_CLASSES[0].from_xml(element)  # it has nothing but the t:ItemId
            item._values.pop("is_read", None)
        if not item.item_id:
            return None
        item.account, item.folder = self._account, self._folder
        item._partly_loaded(self._names)
        is_read = None
        if kind == "read_flag_change":
            is_read = {"true": True, "1": True, "false": False, "0": False}.get(
                (text_of(element, "IsRead") or "").strip()
            )
        return ItemChange(kind, item, is_read)


class HierarchySync:
    """The changes of the tree of folders. Made by `Account.sync_hierarchy`.

    sync_state: what to go on from next time, None before the first page.
    """

    def __init__(self, account: Account, root: Element, sync_state: str | None, paths: Sequence[FieldPath]) -> None:
        self.sync_state = sync_state
        self._account = account
        self._root = root
        self._paths = paths

    def __iter__(self) -> Iterator[FolderChange]:
        service = SyncFolderHierarchy(self._account.protocol, self._account.header)
        shape = folder_shape(self._paths, self._account.server_version)
        still = 0
        while True:
            page = service.call(shape=shape, folder=self._root, sync_state=self.sync_state)
            for element in page.changes:
                change = self._change(element)
                if change is not None:
                    yield change
            still = still + 1 if page.sync_state == self.sync_state and not page.changes else 0
            self.sync_state = page.sync_state
            if page.last or still >= _MOST_STANDING_STILL:
                return

    def _change(self, element: Element) -> FolderChange | None:
        kind = _FOLDER_KINDS.get(local(element))
        if kind is None:
            return None
        if kind == "delete":
            found = child(element, "FolderId")
            if found is None or not found.get("Id"):
                return None
            return FolderChange(kind, self._account.folder(found.get("Id") or "", found.get("ChangeKey")))
        node = next(children(element), None)
        if node is None:
            return None
        folder = folder_from_xml(node)
        folder.account = self._account
        return FolderChange(kind, folder) if folder.folder_id else None
