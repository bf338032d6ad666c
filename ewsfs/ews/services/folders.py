"""The operations on folders: get, create, update, delete, move, copy, empty.

Ids are ready-made t:FolderId or t:DistinguishedFolderId elements. Every `call` gives one result for each unit, in
order (see `base`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

from ewsfs.ews.errors import EWSError
from ewsfs.ews.services.base import (
    DisposalType,
    DoneService,
    ElementService,
    OptionalElementService,
    id_list,
    target,
)
from ewsfs.ews.soap import Request
from ewsfs.ews.xmlnames import Element, m, make, xml_text


class GetFolder(ElementService):
    """Folders by id. EWS reference: GetFolder operation."""

    NAME = "GetFolder"
    REPEATABLE = True
    PAYLOAD = "Folders"
    BATCH = 100

    def call(self, ids: Iterable[Element], *, shape: Element) -> Iterator[Element | EWSError]:
        """One t:Folder, t:CalendarFolder ... or error for each id; `shape` is a complete m:FolderShape."""

        def build(units: list[Element]) -> Request:
            return self._request(copy.deepcopy(shape), id_list("FolderIds", units))

        return self._batched(ids, build)


class CreateFolder(ElementService):
    """New folders. EWS reference: CreateFolder operation."""

    NAME = "CreateFolder"
    PAYLOAD = "Folders"

    def call(self, folders: Iterable[Element], *, parent: Element) -> Iterator[Element | EWSError]:
        """One element with the new t:FolderId, or an error, for each t:Folder, t:CalendarFolder ..."""

        def build(units: list[Element]) -> Request:
            return self._request(target("ParentFolderId", parent), make(m("Folders"), *units))

        return self._batched(folders, build)


class UpdateFolder(ElementService):
    """Changes of folders. EWS reference: UpdateFolder operation."""

    NAME = "UpdateFolder"
    PAYLOAD = "Folders"

    def call(self, changes: Iterable[Element]) -> Iterator[Element | EWSError]:
        """One element with the t:FolderId and its new change key, or an error, for each t:FolderChange."""

        def build(units: list[Element]) -> Request:
            return self._request(make(m("FolderChanges"), *units))

        return self._batched(changes, build)


class DeleteFolder(DoneService):
    """Folders deleted with all that is in them. EWS reference: DeleteFolder operation."""

    NAME = "DeleteFolder"

    def call(self, ids: Iterable[Element], *, delete_type: DisposalType) -> Iterator[EWSError | None]:
        """None, or an error, for each id."""

        def build(units: list[Element]) -> Request:
            return self._request(id_list("FolderIds", units), DeleteType=delete_type)

        return self._batched(ids, build)


class EmptyFolder(DoneService):
    """Folders emptied. EWS reference: EmptyFolder operation (Exchange 2010 SP1)."""

    NAME = "EmptyFolder"

    def call(
        self, ids: Iterable[Element], *, delete_type: DisposalType, delete_sub_folders: bool
    ) -> Iterator[EWSError | None]:
        """None, or an error, for each id."""

        def build(units: list[Element]) -> Request:
            return self._request(
                id_list("FolderIds", units), DeleteType=delete_type, DeleteSubFolders=delete_sub_folders
            )

        return self._batched(ids, build)


class MoveFolder(OptionalElementService):
    """Folders moved under another. EWS reference: MoveFolder operation."""

    NAME = "MoveFolder"
    PAYLOAD = "Folders"

    def call(self, ids: Iterable[Element], *, to_folder: Element) -> Iterator[Element | EWSError | None]:
        """For each id an element with the t:FolderId, None where the server tells none, or an error."""

        def build(units: list[Element]) -> Request:
            return self._request(target("ToFolderId", to_folder), id_list("FolderIds", units))

        return self._batched(ids, build)


class CopyFolder(MoveFolder):
    """Folders copied under another. EWS reference: CopyFolder operation."""

    NAME = "CopyFolder"


class MarkAllItemsAsRead(DoneService):
    """Every item of folders marked. EWS reference: MarkAllItemsAsRead operation (Exchange 2013)."""

    NAME = "MarkAllItemsAsRead"
    REPEATABLE = True

    def call(
        self, ids: Iterable[Element], *, read: bool = True, suppress_read_receipts: bool = True
    ) -> Iterator[EWSError | None]:
        """None, or an error, for each folder id."""

        def build(units: list[Element]) -> Request:
            return self._request(
                make(m("ReadFlag"), text=xml_text(read)),
                make(m("SuppressReadReceipts"), text=xml_text(suppress_read_receipts)),
                id_list("FolderIds", units),
            )

        return self._batched(ids, build)
