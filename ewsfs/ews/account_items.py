"""What an account does with one item: the same requests as for many, with the error raised; and answers to items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ewsfs.ews.account_bulk import BulkOperations
from ewsfs.ews.account_fetch import FetchOperations
from ewsfs.ews.account_moving import MovingOperations
from ewsfs.ews.errors import EWSError
from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.itemrefs import raised
from ewsfs.ews.items import (
    AUTO_RESOLVE,
    SAVE_ONLY,
    SEND_AND_SAVE_COPY,
    SEND_ONLY,
    SEND_TO_NONE,
    Item,
    Message,
)
from ewsfs.ews.items.base import ItemRef
from ewsfs.ews.properties import DistinguishedFolderId, ItemId
from ewsfs.ews.services.items import CreateItem
from ewsfs.ews.updates import sendable
from ewsfs.ews.xmlnames import Element

if TYPE_CHECKING:
    from ewsfs.ews.services.base import DisposalType
    from ewsfs.ews.services.items import (
        AffectedTaskOccurrences,
        ConflictResolution,
        CreateOrDeleteOperation,
        MessageDisposition,
        UpdateOperation,
    )


class ItemOperations(FetchOperations, BulkOperations, MovingOperations):
    """The part of `Account` that is about single items."""

    if TYPE_CHECKING:

        @property
        def drafts(self) -> BaseFolder[Any]: ...

    def _fetch_one(self, id_element: Element) -> Item:
        item_id = ItemId(id_element.get("Id"))
        found = next(iter(self.fetch([item_id])))
        if isinstance(found, EWSError):
            raise found
        return cast("Item", found)

    def _create_one(self, item: Item, *, send_meeting_invitations: UpdateOperation) -> None:
        invitations = {
            "SendOnlyToChanged": "SendOnlyToAll",
            "SendToChangedAndSaveCopy": "SendToAllAndSaveCopy",
        }.get(send_meeting_invitations, send_meeting_invitations)
        result = self.bulk_create(
            item.folder,
            [item],
            send_meeting_invitations=cast("CreateOrDeleteOperation", invitations),
        )[0]
        if isinstance(result, EWSError):
            raise result

    def _update_one(
        self,
        item: Item,
        names: list[str] | None,
        *,
        conflict_resolution: ConflictResolution,
        send_meeting_invitations: UpdateOperation,
    ) -> None:
        if names is None:
            for attachment in item._values.get("attachments") or ():
                if not attachment.attachment_id:
                    raise ValueError(
                        f"'attachments' has {attachment.name!r}, which the saved item doesn't have: use attach()"
                    )
            names = sendable(item)
            if not names and send_meeting_invitations != SEND_TO_NONE:
                names = [field.name for field in item.FIELDS if _says_again(item, field.name)]
        if not names:
            return
        result = self.bulk_update(
            [(item, names)],
            conflict_resolution=conflict_resolution,
            send_meeting_invitations_or_cancellations=send_meeting_invitations,
        )[0]
        if isinstance(result, EWSError):
            raise result

    def _delete_one(
        self,
        item: Item,
        delete_type: DisposalType,
        cancellations: CreateOrDeleteOperation,
        occurrences: AffectedTaskOccurrences,
    ) -> None:
        result = self.bulk_delete(
            [item],
            delete_type=delete_type,
            send_meeting_cancellations=cancellations,
            affected_task_occurrences=occurrences,
        )[0]
        if isinstance(result, EWSError):
            raise result

    def _move_one(self, item: Item, to_folder: BaseFolder[Any]) -> ItemRef | None:
        return raised(self.bulk_move([item], to_folder)[0])

    def _copy_one(self, item: Item, to_folder: BaseFolder[Any]) -> ItemRef | None:
        return raised(self.bulk_copy([item], to_folder)[0])

    def _send_one(self, message: Message, *, save_copy: bool, folder: BaseFolder[Any] | None) -> None:
        """Send a message. With attachments it becomes a draft first: some servers drop those of a new one."""
        if message.item_id is None and message._values.get("attachments"):
            target, message.folder = message.folder, self.drafts
            try:
                raised(self.bulk_create(message.folder, [message])[0])
            finally:
                message.folder = target
        if message.item_id is not None:
            if message.changed_fields and sendable(message):
                self._update_one(message, None, conflict_resolution=AUTO_RESOLVE, send_meeting_invitations=SEND_TO_NONE)
            raised(self.bulk_send([message], save_copy=save_copy, copy_to_folder=folder)[0])
            return
        disposition: MessageDisposition = SEND_AND_SAVE_COPY if save_copy else SEND_ONLY
        raised(self.bulk_create(folder if save_copy else None, [message], message_disposition=disposition)[0])

    def _respond(self, element: Element, *, message_disposition: MessageDisposition = SEND_AND_SAVE_COPY) -> None:
        """Send an answer: a reply, a forward, an answer to a meeting. The copy stays in the mailbox of the account."""
        place = {SEND_AND_SAVE_COPY: "sentitems", SAVE_ONLY: "drafts"}.get(message_disposition)
        found = CreateItem(self.protocol, self.header).call(
            [element],
            folder=None if place is None else self._folder_id(DistinguishedFolderId(place)),
            message_disposition=message_disposition,
            send_meeting_invitations=SEND_TO_NONE,
        )
        raised(next(iter(found)))


def _says_again(item: Item, name: str) -> bool:
    """Whether a field is sent once more, so that a server sends invitations to a meeting that didn't change."""
    return name in ("subject", "start", "end", "location") and item._values.get(name) is not None
