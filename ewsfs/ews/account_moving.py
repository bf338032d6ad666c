"""What an account does with many items of which it knows no more than the ids: delete, move, copy, send.

See `account_bulk` for what they have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ewsfs.ews.collected import collected
from ewsfs.ews.errors import EWSError
from ewsfs.ews.folders import AnyFolder
from ewsfs.ews.itemrefs import ref_in, to_item_ids
from ewsfs.ews.items import ALL_OCCURRENCES, HARD_DELETE, SEND_TO_NONE
from ewsfs.ews.items.base import ItemRef
from ewsfs.ews.properties import DistinguishedFolderId
from ewsfs.ews.services.items import CopyItem, DeleteItem, MoveItem, SendItem
from ewsfs.ews.xmlnames import Element

if TYPE_CHECKING:
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.services.base import DisposalType
    from ewsfs.ews.services.items import AffectedTaskOccurrences, CreateOrDeleteOperation
    from ewsfs.ews.soap import RequestHeader


class MovingOperations:
    """The part of `Account` that is about where items are."""

    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

        def _folder_id(self, folder: AnyFolder | str) -> Element: ...

    def iter_delete(
        self,
        ids: Iterable[Any],
        delete_type: DisposalType = HARD_DELETE,
        send_meeting_cancellations: CreateOrDeleteOperation = SEND_TO_NONE,
        affected_task_occurrences: AffectedTaskOccurrences = ALL_OCCURRENCES,
        suppress_read_receipts: bool | None = None,
        chunk_size: int | None = None,
    ) -> Iterator[bool | EWSError]:
        """Delete items. Returns True or an error for each.

        Parameters: `ids` as in `fetch`; `delete_type`, HARD_DELETE, SOFT_DELETE or MOVE_TO_DELETED_ITEMS;
        `send_meeting_cancellations`, who is told; `affected_task_occurrences`, of recurring tasks.
        """
        found = DeleteItem(self.protocol, self.header, chunk_size=chunk_size).call(
            to_item_ids(ids),
            delete_type=delete_type,
            send_meeting_cancellations=send_meeting_cancellations,
            affected_task_occurrences=affected_task_occurrences,
            suppress_read_receipts=suppress_read_receipts,
        )
        return (one if isinstance(one, EWSError) else True for one in found)

    bulk_delete = collected("bulk_delete", iter_delete)

    def iter_move(
        self, ids: Iterable[Any], to_folder: AnyFolder, chunk_size: int | None = None
    ) -> Iterator[ItemRef | EWSError | None]:
        """Move items to a folder. Returns for each its new id and change key, None where the server tells none, or an
        error. Parameters: `ids` as in `fetch`.
        """
        service = MoveItem(self.protocol, self.header, chunk_size=chunk_size)
        where = self._folder_id(to_folder)
        return (ref_in(one) for one in service.call(to_item_ids(ids), to_folder=where))

    bulk_move = collected("bulk_move", iter_move)

    def iter_copy(
        self, ids: Iterable[Any], to_folder: AnyFolder, chunk_size: int | None = None
    ) -> Iterator[ItemRef | EWSError | None]:
        """Copy items to a folder. Returns as `bulk_move`, the ids of the copies."""
        service = CopyItem(self.protocol, self.header, chunk_size=chunk_size)
        where = self._folder_id(to_folder)
        return (ref_in(one) for one in service.call(to_item_ids(ids), to_folder=where))

    bulk_copy = collected("bulk_copy", iter_copy)

    def iter_send(
        self,
        ids: Iterable[Any],
        save_copy: bool = True,
        copy_to_folder: AnyFolder | None = None,
        chunk_size: int | None = None,
    ) -> Iterator[bool | EWSError]:
        """Send drafts. Returns True or an error for each.

        Parameters: `ids` with their change keys, as in `fetch`; `save_copy`, keep a copy, in `copy_to_folder` or Sent
        Items.
        """
        if copy_to_folder is not None and not save_copy:
            raise ValueError("'copy_to_folder' needs 'save_copy'")
        folder = self._folder_id(copy_to_folder or DistinguishedFolderId("sentitems")) if save_copy else None
        service = SendItem(self.protocol, self.header, chunk_size=chunk_size)
        found = service.call(to_item_ids(ids), save_to_folder=save_copy, folder=folder)
        return (one if isinstance(one, EWSError) else True for one in found)

    bulk_send = collected("bulk_send", iter_send)
