"""SyncFolderHierarchy and SyncFolderItems: what changed since a sync state, one page a call."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ewsfs.ews import errors
from ewsfs.ews.services.base import Service, id_list, target
from ewsfs.ews.xmlnames import Element, child, children, m, make, text_of

SyncScope = Literal["NormalItems", "NormalAndAssociatedItems"]


@dataclass(frozen=True, slots=True)
class SyncPage:
    """One page of changes.

    sync_state: to be passed on with the next call, and worth keeping only when the changes were applied.
    last: whether nothing more is waiting (IncludesLastItemInRange or IncludesLastFolderInRange).
    changes: t:Create, t:Update, t:Delete, t:ReadFlagChange, in the server's order.
    """

    sync_state: str
    last: bool
    changes: list[Element]


class _Sync(Service):
    REPEATABLE = True
    PAYLOAD = "Changes"

    def _page(self, message: Element, last: str) -> SyncPage:
        state = text_of(message, "SyncState")
        if not state:
            raise errors.MalformedResponse(f"{self.NAME}: a reply without SyncState")
        return SyncPage(
            sync_state=state,
            last=(text_of(message, last) or "true").strip() in ("true", "1"),
            changes=list(children(child(message, "Changes"))),
        )


class SyncFolderHierarchy(_Sync):
    """Changes of the folders below one. EWS reference: SyncFolderHierarchy operation."""

    NAME = "SyncFolderHierarchy"

    def call(self, *, shape: Element, folder: Element | None = None, sync_state: str | None = None) -> SyncPage:
        """One page. Parameters: `shape`, a complete m:FolderShape; `folder`, the root, the whole mailbox without it.

        Raises ErrorInvalidSyncStateData when the server doesn't know the state any more.
        """
        parts = [copy.deepcopy(shape)]
        if folder is not None:
            parts.append(target("SyncFolderId", folder))
        if sync_state:
            parts.append(make(m("SyncState"), text=sync_state))
        return self._page(self._one(self._request(*parts)), "IncludesLastFolderInRange")


class SyncFolderItems(_Sync):
    """Changes of the items of a folder. EWS reference: SyncFolderItems operation."""

    NAME = "SyncFolderItems"

    def call(
        self,
        *,
        shape: Element,
        folder: Element,
        sync_state: str | None = None,
        max_changes: int = 512,
        ignore: Iterable[Element] = (),
        scope: SyncScope | None = None,
    ) -> SyncPage:
        """One page. Parameters: `shape`, a complete m:ItemShape; `max_changes` 1 to 512; `ignore`, t:ItemId that
        are not reported; `scope` needs Exchange 2010.

        Raises ErrorInvalidSyncStateData when the server doesn't know the state any more.
        """
        parts = [copy.deepcopy(shape), target("SyncFolderId", folder)]
        if sync_state:
            parts.append(make(m("SyncState"), text=sync_state))
        ignored = [copy.deepcopy(unit) for unit in ignore]
        if ignored:
            parts.append(id_list("Ignore", ignored))
        parts.append(make(m("MaxChangesReturned"), text=str(max_changes)))
        if scope is not None:
            parts.append(make(m("SyncScope"), text=scope))
        return self._page(self._one(self._request(*parts)), "IncludesLastItemInRange")
