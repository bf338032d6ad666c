"""What an account does with items: create, fetch, update, delete, move, copy, send, answer; and their attachments.

Many at a time is the general case, one is a list of one. Ids and items may be given by generators: a few requests are
in flight, and no more of the input is taken than they need. Every unit has its result in its place: one that failed
is an error there, and the others are done.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ewsfs.ews.account_attachments import AttachmentOperations, streamed
from ewsfs.ews.body import Streams
from ewsfs.ews.errors import EWSError
from ewsfs.ews.fieldpath import FieldPath, resolve
from ewsfs.ews.folders import BaseFolder, to_folder_id
from ewsfs.ews.itemrefs import raised, ref_in, take_id, to_item_id
from ewsfs.ews.items import (
    ALL_OCCURRENCES,
    AUTO_RESOLVE,
    HARD_DELETE,
    ITEM_CLASSES,
    SAVE_ONLY,
    SEND_AND_SAVE_COPY,
    SEND_ONLY,
    SEND_TO_NONE,
    CalendarItem,
    Item,
    Message,
    item_from_xml,
)
from ewsfs.ews.items.base import ItemRef
from ewsfs.ews.properties import ItemId, MimeContentField
from ewsfs.ews.services.items import (
    CopyItem,
    CreateItem,
    DeleteItem,
    GetItem,
    MoveItem,
    SendItem,
    UpdateItem,
)
from ewsfs.ews.shapes import default_paths, item_shape
from ewsfs.ews.updates import change_element, checked_fields, sendable
from ewsfs.ews.xmlnames import Element

if TYPE_CHECKING:
    from ewsfs.ews.account import Account
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.services.base import DisposalType
    from ewsfs.ews.services.items import (
        AffectedTaskOccurrences,
        ConflictResolution,
        CreateOrDeleteOperation,
        MessageDisposition,
        UpdateOperation,
    )
    from ewsfs.ews.soap import RequestHeader

AnyId = "Item | ItemRef | ItemId | OccurrenceItemId | RecurringMasterItemId | tuple[str, str | None] | str"
_MIME_BATCH = 20  # items a request when their whole content is asked for: a batch has a minute on the server
R = TypeVar("R")


class ItemOperations(AttachmentOperations):
    """The part of `Account` that is about items."""

    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

        @property
        def server_version(self) -> str | None: ...

        @property
        def drafts(self) -> BaseFolder[Any]: ...

        @property
        def sent(self) -> BaseFolder[Any]: ...

    def _this(self) -> Account:
        return cast("Account", self)

    # -- fetch -------------------------------------------------------------------------------------

    def fetch(
        self,
        ids: Iterable[Any],
        only_fields: Iterable[str] | None = None,
        chunk_size: int | None = None,
        folder: BaseFolder[Any] | None = None,
    ) -> Iterator[Any]:
        """Items by their ids, in order; an error in the place of one that can't be had.

        Parameters: `ids`, pairs of item id and change key, item ids alone, items, or ids as the server gave them;
        `only_fields`, names of the only fields to fetch, "mime_content" among them when it is wanted; `chunk_size`,
        items in one request; `folder`, where they are known to be. Raises: ValueError for a name that is none.
        """
        kinds = folder.ITEM_CLASSES if folder is not None else ITEM_CLASSES
        if only_fields is None:
            paths = default_paths(kinds, self.server_version)
        else:
            paths = [path for name in only_fields for path in resolve(name, kinds, ITEM_CLASSES)]
        return self._fetch_items(ids, paths, chunk_size=chunk_size, folder=folder)

    def _fetch_items(
        self,
        ids: Iterable[Any],
        paths: Sequence[FieldPath],
        *,
        chunk_size: int | None,
        folder: BaseFolder[Any] | None = None,
    ) -> Iterator[Any]:
        if chunk_size is None and any(isinstance(path.field, MimeContentField) for path in paths):
            chunk_size = _MIME_BATCH
        shape = item_shape(paths, self.server_version)
        service = GetItem(self.protocol, self.header, chunk_size=chunk_size)
        for found in service.call((to_item_id(one) for one in ids), shape=shape):
            if isinstance(found, EWSError):
                yield found
                continue
            item = item_from_xml(found)
            item.account = self._this()
            item.folder = folder
            for attachment in item._values.get("attachments") or ():
                attachment.account = self._this()
            yield item

    def _fetch_one(self, id_element: Element) -> Item:
        item_id = ItemId(id_element.get("Id"))
        found = next(iter(self.fetch([item_id])))
        if isinstance(found, EWSError):
            raise found
        return cast("Item", found)

    # -- create ------------------------------------------------------------------------------------

    def bulk_create(
        self,
        folder: BaseFolder[Any] | None = None,
        items: Iterable[Item] = (),
        message_disposition: MessageDisposition = SAVE_ONLY,
        send_meeting_invitations: CreateOrDeleteOperation = SEND_TO_NONE,
        chunk_size: int | None = None,
    ) -> list[ItemRef | EWSError | None]:
        """Create items in a folder, the default one of their kind without. Each gets its id and change key.

        Parameters: `message_disposition`, whether messages are saved, sent, or both; `send_meeting_invitations`, who is
        told of meetings; `chunk_size`, items in one request.
        Returns for each its id and change key, an error, or None for one that was only sent.
        """
        account = self._this()
        waiting: list[Item] = []
        inline = message_disposition != SAVE_ONLY or send_meeting_invitations != SEND_TO_NONE

        def elements() -> Iterator[Element]:
            for item in items:
                if not isinstance(item, Item):
                    raise TypeError(f"'items' must be items, not {item!r:.200}")
                waiting.append(item)
                build = functools.partial(item.to_create_xml, attachments=inline)
                yield streamed(item, "mime_content", build, streams, self.server_version)

        streams = Streams()
        service = CreateItem(self.protocol, self.header, chunk_size=chunk_size)
        results: list[ItemRef | EWSError | None] = []
        where = None if folder is None else to_folder_id(folder)
        position = 0
        for found in service.call(
            elements(),
            folder=where,
            message_disposition=message_disposition,
            send_meeting_invitations=send_meeting_invitations,
            streams=streams,
        ):
            item = waiting[position]
            waiting[position] = _DONE
            position += 1
            if isinstance(found, EWSError):
                results.append(found)
                continue
            item.account = account
            item.folder = folder if folder is not None else item.folder
            ref = take_id(item, found)
            error: EWSError | None = None
            if ref is not None:
                item._settle()
                attachments = item._values.get("attachments")
                if attachments and not inline:
                    error = self._attach_all(item, attachments)
                    ref = ItemRef(ref.item_id, item.changekey or ref.changekey)
            results.append(error or ref)
        return results

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

    # -- update ------------------------------------------------------------------------------------

    def bulk_update(
        self,
        items: Iterable[tuple[Item, Iterable[str]]],
        conflict_resolution: ConflictResolution = AUTO_RESOLVE,
        message_disposition: MessageDisposition = SAVE_ONLY,
        send_meeting_invitations_or_cancellations: UpdateOperation = SEND_TO_NONE,
        suppress_read_receipts: bool | None = None,
        chunk_size: int | None = None,
    ) -> list[ItemRef | EWSError]:
        """Send some fields of items that were saved before. Parameters: `items`, pairs of an item and names of fields.

        Returns for each its id and new change key, or an error. Raises: ValueError for a field that can't be sent.
        """
        waiting: list[Item] = []

        def elements() -> Iterator[Element]:
            for item, names in items:
                checked = checked_fields(item, names)
                item.validate()
                change = self._item_change(item, checked)
                if change is None:
                    raise ValueError(f"there is nothing to update: no fields are named for {item!r:.200}")
                waiting.append(item)
                yield change

        service = UpdateItem(self.protocol, self.header, chunk_size=chunk_size)
        results: list[ItemRef | EWSError] = []
        for position, found in enumerate(
            service.call(
                elements(),
                conflict_resolution=conflict_resolution,
                message_disposition=message_disposition,
                send_meeting_invitations_or_cancellations=send_meeting_invitations_or_cancellations,
                suppress_read_receipts=suppress_read_receipts,
            )
        ):
            if isinstance(found, EWSError):
                results.append(found)
                continue
            item = waiting[position]
            ref = take_id(item, found)
            item._settle()
            results.append(ref or ItemRef(item.item_id or "", item.changekey or ""))
        return results

    def _item_change(self, item: Item, names: list[str]) -> Element | None:
        """The t:ItemChange; times bring their zone along, which the server would else take for UTC."""
        added: dict[str, Any] = {}
        if isinstance(item, CalendarItem) and {"start", "end"} & set(names):
            added = {
                name: zone
                for name, zone in item.timezone_changes(self.server_version).items()
                if zone.ms_id != "UTC"
                and (name != "meeting_timezone" or "start" in names)
                and (not name.startswith("start") or "start" in names)
                and (not name.startswith("end") or "end" in names)
            }
        item._values.update(added)
        try:
            return change_element("Item", item, item.id_element(), [*names, *added], item.ELEMENT)
        finally:
            for name in added:
                del item._values[name]

    def _update_one(
        self,
        item: Item,
        names: list[str] | None,
        *,
        conflict_resolution: ConflictResolution,
        send_meeting_invitations: UpdateOperation,
    ) -> None:
        if names is None:
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

    # -- delete, move, copy, send --------------------------------------------------------------------

    def bulk_delete(
        self,
        ids: Iterable[Any],
        delete_type: DisposalType = HARD_DELETE,
        send_meeting_cancellations: CreateOrDeleteOperation = SEND_TO_NONE,
        affected_task_occurrences: AffectedTaskOccurrences = ALL_OCCURRENCES,
        suppress_read_receipts: bool | None = None,
        chunk_size: int | None = None,
    ) -> list[bool | EWSError]:
        """Delete items. Returns True or an error for each.

        Parameters: `ids` as in `fetch`; `delete_type`, HARD_DELETE, SOFT_DELETE or MOVE_TO_DELETED_ITEMS;
        `send_meeting_cancellations`, who is told; `affected_task_occurrences`, of recurring tasks.
        """
        found = DeleteItem(self.protocol, self.header, chunk_size=chunk_size).call(
            (to_item_id(one) for one in ids),
            delete_type=delete_type,
            send_meeting_cancellations=send_meeting_cancellations,
            affected_task_occurrences=affected_task_occurrences,
            suppress_read_receipts=suppress_read_receipts,
        )
        return [one if isinstance(one, EWSError) else True for one in found]

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

    def bulk_move(
        self, ids: Iterable[Any], to_folder: BaseFolder[Any], chunk_size: int | None = None
    ) -> list[ItemRef | EWSError | None]:
        """Move items to a folder. Returns for each its new id and change key, None where the server tells none, or an
        error. Parameters: `ids` as in `fetch`.
        """
        service = MoveItem(self.protocol, self.header, chunk_size=chunk_size)
        where = to_folder_id(to_folder)
        return [ref_in(one) for one in service.call((to_item_id(one) for one in ids), to_folder=where)]

    def bulk_copy(
        self, ids: Iterable[Any], to_folder: BaseFolder[Any], chunk_size: int | None = None
    ) -> list[ItemRef | EWSError | None]:
        """Copy items to a folder. Returns as `bulk_move`, the ids of the copies."""
        service = CopyItem(self.protocol, self.header, chunk_size=chunk_size)
        where = to_folder_id(to_folder)
        return [ref_in(one) for one in service.call((to_item_id(one) for one in ids), to_folder=where)]

    def _move_one(self, item: Item, to_folder: BaseFolder[Any]) -> ItemRef | None:
        return raised(self.bulk_move([item], to_folder)[0])

    def _copy_one(self, item: Item, to_folder: BaseFolder[Any]) -> ItemRef | None:
        return raised(self.bulk_copy([item], to_folder)[0])

    def bulk_send(
        self,
        ids: Iterable[Any],
        save_copy: bool = True,
        copy_to_folder: BaseFolder[Any] | None = None,
        chunk_size: int | None = None,
    ) -> list[bool | EWSError]:
        """Send drafts. Returns True or an error for each.

        Parameters: `ids` with their change keys, as in `fetch`; `save_copy`, keep a copy, in `copy_to_folder` or Sent
        Items.
        """
        if copy_to_folder is not None and not save_copy:
            raise ValueError("'copy_to_folder' needs 'save_copy'")
        folder = to_folder_id(copy_to_folder) if copy_to_folder is not None else None
        if save_copy and folder is None:
            folder = to_folder_id(self.sent)
        service = SendItem(self.protocol, self.header, chunk_size=chunk_size)
        found = service.call((to_item_id(one) for one in ids), save_to_folder=save_copy, folder=folder)
        return [one if isinstance(one, EWSError) else True for one in found]

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
        if save_copy and folder is None:
            folder = self.sent
        disposition: MessageDisposition = SEND_AND_SAVE_COPY if save_copy else SEND_ONLY
        raised(self.bulk_create(folder if save_copy else None, [message], message_disposition=disposition)[0])

    def _respond(self, element: Element, *, message_disposition: MessageDisposition = SEND_AND_SAVE_COPY) -> None:
        """Send an answer: a reply, a forward, an answer to a meeting."""
        found = CreateItem(self.protocol, self.header).call(
            [element], message_disposition=message_disposition, send_meeting_invitations=SEND_TO_NONE
        )
        raised(next(iter(found)))


_DONE = Item()


def _says_again(item: Item, name: str) -> bool:
    """Whether a field is sent once more, so that a server sends invitations to a meeting that didn't change."""
    return name in ("subject", "start", "end", "location") and item._values.get(name) is not None
