"""What an account does with the contents of many items at once: create and update.

What is said here holds for `account_moving` too. Ids and items may be given by generators: a few requests are in
flight, and no more of the input is taken than they need. Every unit has its result in its place: one that failed is an
error there, and the others are done. What can't be sent at all, such as an item that makes no sense, is raised; when
requests were in flight by then, their results come before.

Each of them comes twice: `bulk_create` does it all and returns a list, `iter_create` is a generator, which does it
while it is iterated over and keeps nothing, so that a million items need no more memory than a thousand.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ewsfs.ews.account_attachments import AttachmentOperations, streamed
from ewsfs.ews.arguments import several
from ewsfs.ews.body import Streams
from ewsfs.ews.collected import collected
from ewsfs.ews.errors import EWSError
from ewsfs.ews.folders import AnyFolder, BaseFolder
from ewsfs.ews.itemrefs import take_id
from ewsfs.ews.items import (
    AUTO_RESOLVE,
    SAVE_ONLY,
    SEND_ONLY,
    SEND_TO_NONE,
    CalendarItem,
    Contact,
    DistributionList,
    Item,
    Message,
    PostItem,
    Task,
)
from ewsfs.ews.items.base import ItemRef
from ewsfs.ews.properties import DistinguishedFolderId
from ewsfs.ews.services.items import CreateItem, UpdateItem
from ewsfs.ews.updates import change_element, checked_fields, refuse_newer
from ewsfs.ews.xmlnames import Element

if TYPE_CHECKING:
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.services.items import (
        ConflictResolution,
        CreateOrDeleteOperation,
        MessageDisposition,
        UpdateOperation,
    )
    from ewsfs.ews.soap import RequestHeader

_HOMES: tuple[tuple[type[Item], str], ...] = (
    (CalendarItem, "calendar"),
    (Contact, "contacts"),
    (DistributionList, "contacts"),
    (Task, "tasks"),
    (PostItem, "inbox"),
    (Item, "drafts"),
)
"""The default folders of kinds of items: EWS reference, SavedItemFolderId."""


class BulkOperations(AttachmentOperations):
    """The part of `Account` that is about what is in many items."""

    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

        @property
        def server_version(self) -> str | None: ...

        def _folder_id(self, folder: AnyFolder | str) -> Element: ...

    # -- create ------------------------------------------------------------------------------------

    def iter_create(
        self,
        folder: AnyFolder | None = None,
        items: Iterable[Item] = (),
        message_disposition: MessageDisposition = SAVE_ONLY,
        send_meeting_invitations: CreateOrDeleteOperation = SEND_TO_NONE,
        chunk_size: int | None = None,
    ) -> Iterator[ItemRef | EWSError | None]:
        """Create items in a folder; without one each goes to its own, or to the default one of its kind. Each gets its
        id and change key.

        Parameters: `message_disposition`, whether messages are saved, sent, or both; `send_meeting_invitations`, who is
        told of meetings; `chunk_size`, items in one request. Fields that came with a newer version than the server's
        are left out.
        Returns for each its id and change key, an error, or None for one that was only sent.
        """
        several(items, "items")
        if isinstance(items, Sequence):
            for item in items:  # all of them, before anything is sent
                _checked(item).validate()
        options = (message_disposition, send_meeting_invitations, chunk_size)
        if folder is not None:
            yield from self._create_in(self._folder_id(folder), folder, items, *options)
            return
        for place, alike in groupby(items, key=lambda item: _place(_checked(item), message_disposition)):
            # A default folder is named, with its owner: left out, it would be that of whoever is connected.
            named = DistinguishedFolderId(place) if isinstance(place, str) else place
            where = None if named is None else self._folder_id(named)
            yield from self._create_in(where, None, alike, *options)

    bulk_create = collected("bulk_create", iter_create)

    def _create_in(
        self,
        where: Element | None,
        folder: AnyFolder | None,
        items: Iterable[Item],
        message_disposition: MessageDisposition,
        send_meeting_invitations: CreateOrDeleteOperation,
        chunk_size: int | None,
    ) -> Iterator[ItemRef | EWSError | None]:
        """Create items in one folder."""
        waiting: deque[Item] = deque()
        inline = message_disposition != SAVE_ONLY or send_meeting_invitations != SEND_TO_NONE
        streams = Streams()

        def elements() -> Iterator[Element]:
            for item in items:
                build = functools.partial(_checked(item).to_create_xml, attachments=inline)
                element = streamed(build, streams, self._version_for(item))
                waiting.append(item)
                yield element

        service = CreateItem(self.protocol, self.header, chunk_size=chunk_size)
        for found in service.call(
            elements(),
            folder=where,
            message_disposition=message_disposition,
            send_meeting_invitations=send_meeting_invitations,
            streams=streams,
        ):
            item = waiting.popleft()
            if isinstance(found, EWSError):
                yield found
                continue
            item.account = self._this()
            item.folder = folder if isinstance(folder, BaseFolder) else item.folder
            ref = take_id(item, found)
            error: EWSError | None = None
            if ref is not None:
                item._settle()
                attachments = item._values.get("attachments")
                if attachments and not inline:
                    error = self._attach_all(item, attachments)
                    ref = ItemRef(ref.item_id, item.changekey or ref.changekey)
            yield error or ref

    # -- update ------------------------------------------------------------------------------------

    def iter_update(
        self,
        items: Iterable[tuple[Item, Iterable[str]]],
        conflict_resolution: ConflictResolution = AUTO_RESOLVE,
        message_disposition: MessageDisposition = SAVE_ONLY,
        send_meeting_invitations_or_cancellations: UpdateOperation = SEND_TO_NONE,
        suppress_read_receipts: bool | None = None,
        chunk_size: int | None = None,
    ) -> Iterator[ItemRef | EWSError]:
        """Send some fields of items that were saved before. Parameters: `items`, pairs of an item and names of fields.

        Returns for each its id and new change key, or an error. Raises: ValueError for a field that can't be sent, also
        when only a newer server has it.
        """
        waiting: deque[tuple[Item, list[str]]] = deque()

        def elements() -> Iterator[Element]:
            for pair in several(items, "pairs of an item and names of fields"):
                item, names = _checked_pair(pair)
                checked = checked_fields(item, names)
                item.validate()
                refuse_newer(item, checked, self._version_for(item))
                change = self._item_change(item, checked)
                if change is None:
                    raise ValueError(f"there is nothing to update: no fields are named for {item!r:.200}")
                waiting.append((item, checked))
                yield change

        service = UpdateItem(self.protocol, self.header, chunk_size=chunk_size)
        for found in service.call(
            elements(),
            conflict_resolution=conflict_resolution,
            message_disposition=message_disposition,
            send_meeting_invitations_or_cancellations=send_meeting_invitations_or_cancellations,
            suppress_read_receipts=suppress_read_receipts,
        ):
            item, sent = waiting.popleft()
            if isinstance(found, EWSError):
                yield found
                continue
            ref = take_id(item, found)
            item._settle(sent)
            yield ref or ItemRef(item.item_id or "", item.changekey or "")

    bulk_update = collected("bulk_update", iter_update)

    def _item_change(self, item: Item, names: list[str]) -> Element | None:
        """The t:ItemChange; times bring their zone along, which the server would else take for UTC."""
        added: dict[str, Any] = {}
        if isinstance(item, CalendarItem) and {"start", "end"} & set(names):
            added = {
                name: zone
                for name, zone in item.timezone_changes(self._version_for(item)).items()
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


def _checked(item: object) -> Item:
    if not isinstance(item, Item):
        raise TypeError(f"'items' must be items, not {item!r:.200}")
    return item


def _checked_pair(pair: object) -> tuple[Item, Iterable[str]]:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(f"'items' must be pairs of an item and names of its fields, not {pair!r:.200}")
    return _checked(pair[0]), pair[1]


def _place(item: Item, disposition: MessageDisposition) -> BaseFolder[Any] | str | None:
    """Where an item is created: its folder, the name of a default one, or None when it is sent and not kept."""
    if disposition != SAVE_ONLY and isinstance(item, Message):
        return None if disposition == SEND_ONLY else "sentitems"
    return item.folder or next(name for kind, name in _HOMES if isinstance(item, kind))
