"""The operations on attachments: create, get, delete.

A large content is never in memory: on its way out it is read from a file (`Streams`), on its way in it goes to
one (`Spools`), decoded.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

from ewsfs.ews.body import Streams
from ewsfs.ews.errors import EWSError
from ewsfs.ews.services.base import ElementService, OptionalElementService, id_list
from ewsfs.ews.soap import Request
from ewsfs.ews.xmlnames import Element, child, m, make
from ewsfs.ews.xmlstream import Spools


class CreateAttachment(ElementService):
    """Attachments added to an item. EWS reference: CreateAttachment operation."""

    NAME = "CreateAttachment"
    PAYLOAD = "Attachments"
    BATCH = 20
    LOOK_AHEAD = 1  # each one changes the item: the server would refuse two at a time as a conflict

    def call(
        self, attachments: Iterable[Element], *, parent: Element, streams: Streams | None = None
    ) -> Iterator[Element | EWSError]:
        """For each one a t:FileAttachment or t:ItemAttachment with its t:AttachmentId, or an error.

        The t:AttachmentId has RootItemId and RootItemChangeKey, the new change key of the item.
        Parameters: `attachments`, t:FileAttachment and t:ItemAttachment; `parent`, the item's t:ItemId or another
        element that holds its Id; `streams`, the contents that are read from files while they are sent.
        """

        def build(units: list[Element]) -> Request:
            item = make(m("ParentItemId"), Id=parent.get("Id"), ChangeKey=parent.get("ChangeKey"))
            return self._request(item, make(m("Attachments"), *units), streams=streams)

        return self._batched(attachments, build, streams)


class GetAttachment(ElementService):
    """Attachments with their content, by id. EWS reference: GetAttachment operation."""

    NAME = "GetAttachment"
    REPEATABLE = True
    PAYLOAD = "Attachments"
    BATCH = 10

    def call(
        self, ids: Iterable[Element], *, shape: Element | None = None, spools: Spools | None = None
    ) -> Iterator[Element | EWSError]:
        """One t:FileAttachment, t:ItemAttachment or t:ReferenceAttachment, or an error, for each id.

        Parameters: `ids`, t:AttachmentId; `shape`, a complete m:AttachmentShape (for attached items); `spools`, where
        large contents go instead of into memory.
        """

        def build(units: list[Element]) -> Request:
            parts = [] if shape is None else [copy.deepcopy(shape)]
            return self._request(*parts, id_list("AttachmentIds", units), spools=spools)

        return self._batched(ids, build)


class DeleteAttachment(OptionalElementService):
    """Attachments removed from their item. EWS reference: DeleteAttachment operation."""

    NAME = "DeleteAttachment"
    BATCH = 20
    LOOK_AHEAD = 1

    def call(self, ids: Iterable[Element]) -> Iterator[Element | EWSError | None]:
        """For each id the m:RootItemId (RootItemId, RootItemChangeKey), None when it is missing, or an error."""

        def build(units: list[Element]) -> Request:
            return self._request(id_list("AttachmentIds", units))

        return self._batched(ids, build)

    def _read(self, message: Element) -> Element | None:
        return child(message, "RootItemId")
