"""The operations on items: get, create, update, delete, move, copy, send.

Ids are ready-made elements: t:ItemId, t:OccurrenceItemId, t:RecurringMasterItemId. Folder ids are t:FolderId or
t:DistinguishedFolderId. Every `call` gives one result for each unit, in order (see `base`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Literal

from ewsfs.ews.body import Streams
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
from ewsfs.ews.xmlnames import Element, m, make
from ewsfs.ews.xmlstream import Spools

MessageDisposition = Literal["SaveOnly", "SendOnly", "SendAndSaveCopy"]
ConflictResolution = Literal["NeverOverwrite", "AutoResolve", "AlwaysOverwrite"]
CreateOrDeleteOperation = Literal["SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"]
UpdateOperation = Literal[
    "SendToNone", "SendOnlyToAll", "SendOnlyToChanged", "SendToAllAndSaveCopy", "SendToChangedAndSaveCopy"
]
AffectedTaskOccurrences = Literal["AllOccurrences", "SpecifiedOccurrenceOnly"]


class GetItem(ElementService):
    """Items by id. EWS reference: GetItem operation."""

    NAME = "GetItem"
    REPEATABLE = True
    PAYLOAD = "Items"
    BATCH = 100

    def call(
        self, ids: Iterable[Element], *, shape: Element, spools: Spools | None = None
    ) -> Iterator[Element | EWSError]:
        """One t:Message, t:CalendarItem ... or error for each id.

        Parameters: `ids`, t:ItemId and its kin; `shape`, a complete m:ItemShape; `spools`, where large MimeContent
        goes instead of into memory.
        """

        def build(units: list[Element]) -> Request:
            return self._request(copy.deepcopy(shape), id_list("ItemIds", units), spools=spools)

        return self._batched(ids, build)


class CreateItem(OptionalElementService):
    """New items in a folder, and messages sent. EWS reference: CreateItem operation."""

    NAME = "CreateItem"
    PAYLOAD = "Items"
    BATCH = 50

    def call(
        self,
        items: Iterable[Element],
        *,
        folder: Element | None = None,
        message_disposition: MessageDisposition | None = "SaveOnly",
        send_meeting_invitations: CreateOrDeleteOperation | None = "SendToNone",
        streams: Streams | None = None,
    ) -> Iterator[Element | EWSError | None]:
        """One element with the new t:ItemId, or None, or an error, for each item.

        Parameters: `items`, t:Message, t:CalendarItem ..., also t:ReplyToItem, t:AcceptItem and so on; `folder`, the
        id of the folder that they are saved in; `streams`, contents that are read from files while they are sent.
        """

        def build(units: list[Element]) -> Request:
            where = [target("SavedItemFolderId", folder)] if folder is not None else []
            return self._request(
                *where,
                make(m("Items"), *units),
                MessageDisposition=message_disposition,
                SendMeetingInvitations=send_meeting_invitations,
                streams=streams,
            )

        return self._batched(items, build, streams)


class UpdateItem(OptionalElementService):
    """Changes of items. EWS reference: UpdateItem operation."""

    NAME = "UpdateItem"
    PAYLOAD = "Items"
    BATCH = 50

    def call(
        self,
        changes: Iterable[Element],
        *,
        conflict_resolution: ConflictResolution = "AutoResolve",
        message_disposition: MessageDisposition | None = "SaveOnly",
        send_meeting_invitations_or_cancellations: UpdateOperation | None = "SendToNone",
        suppress_read_receipts: bool | None = None,
        folder: Element | None = None,
    ) -> Iterator[Element | EWSError | None]:
        """One element with the t:ItemId and its new change key, or an error, for each change.

        Parameters: `changes`, t:ItemChange; `suppress_read_receipts` needs Exchange 2013 SP1; `folder`, where a sent
        message is saved.
        """

        def build(units: list[Element]) -> Request:
            where = [target("SavedItemFolderId", folder)] if folder is not None else []
            return self._request(
                *where,
                make(m("ItemChanges"), *units),
                ConflictResolution=conflict_resolution,
                MessageDisposition=message_disposition,
                SendMeetingInvitationsOrCancellations=send_meeting_invitations_or_cancellations,
                SuppressReadReceipts=suppress_read_receipts,
            )

        return self._batched(changes, build)


class DeleteItem(DoneService):
    """Items deleted, or moved to Deleted Items. EWS reference: DeleteItem operation."""

    NAME = "DeleteItem"

    def call(
        self,
        ids: Iterable[Element],
        *,
        delete_type: DisposalType,
        send_meeting_cancellations: CreateOrDeleteOperation | None = "SendToNone",
        affected_task_occurrences: AffectedTaskOccurrences | None = "AllOccurrences",
        suppress_read_receipts: bool | None = None,
    ) -> Iterator[EWSError | None]:
        """None, or an error, for each id. `suppress_read_receipts` needs Exchange 2013 SP1."""

        def build(units: list[Element]) -> Request:
            return self._request(
                id_list("ItemIds", units),
                DeleteType=delete_type,
                SendMeetingCancellations=send_meeting_cancellations,
                AffectedTaskOccurrences=affected_task_occurrences,
                SuppressReadReceipts=suppress_read_receipts,
            )

        return self._batched(ids, build)


class MoveItem(OptionalElementService):
    """Items moved to another folder. EWS reference: MoveItem operation."""

    NAME = "MoveItem"
    PAYLOAD = "Items"

    def call(self, ids: Iterable[Element], *, to_folder: Element) -> Iterator[Element | EWSError | None]:
        """For each id an element with the new t:ItemId, None where the server tells none, or an error.

        ReturnNewItemIds is left out: Exchange then returns the ids, and gromox only then does.
        """

        def build(units: list[Element]) -> Request:
            return self._request(target("ToFolderId", to_folder), id_list("ItemIds", units))

        return self._batched(ids, build)


class CopyItem(MoveItem):
    """Items copied to another folder. EWS reference: CopyItem operation."""

    NAME = "CopyItem"


class ArchiveItem(OptionalElementService):
    """Items moved to the archive mailbox. EWS reference: ArchiveItem operation (Exchange 2013)."""

    NAME = "ArchiveItem"
    PAYLOAD = "Items"

    def call(self, ids: Iterable[Element], *, source_folder: Element) -> Iterator[Element | EWSError | None]:
        """For each id an element with the new t:ItemId, None where the server tells none, or an error."""

        def build(units: list[Element]) -> Request:
            return self._request(target("ArchiveSourceFolderId", source_folder), id_list("ItemIds", units))

        return self._batched(ids, build)


class SendItem(DoneService):
    """Drafts sent. EWS reference: SendItem operation."""

    NAME = "SendItem"

    def call(
        self, ids: Iterable[Element], *, save_to_folder: bool, folder: Element | None = None
    ) -> Iterator[EWSError | None]:
        """None, or an error, for each id (which need their change keys).

        Parameters: `save_to_folder`, whether a copy is kept; `folder`, the id of the folder for it.
        """

        def build(units: list[Element]) -> Request:
            where = [target("SavedItemFolderId", folder)] if folder is not None else []
            return self._request(id_list("ItemIds", units), *where, SaveItemToFolder=save_to_folder)

        return self._batched(ids, build)


class MarkAsJunk(OptionalElementService):
    """Senders blocked or unblocked, items moved to Junk. EWS reference: MarkAsJunk operation (Exchange 2013)."""

    NAME = "MarkAsJunk"
    PAYLOAD = None

    def call(
        self, ids: Iterable[Element], *, is_junk: bool, move_item: bool = True
    ) -> Iterator[Element | EWSError | None]:
        """For each id the m:MovedItemId, None when nothing was moved, or an error."""

        def build(units: list[Element]) -> Request:
            return self._request(id_list("ItemIds", units), IsJunk=is_junk, MoveItem=move_item)

        return self._batched(ids, build)

    def _read(self, message: Element) -> Element | None:
        return message.find(m("MovedItemId"))
