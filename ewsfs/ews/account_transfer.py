"""Whole items in the server's own format, out and in; and ids in other formats."""

from __future__ import annotations

import binascii
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from ewsfs.ews import base64text
from ewsfs.ews.body import Streams, token_for
from ewsfs.ews.errors import EWSError
from ewsfs.ews.folders import BaseFolder, to_folder_id
from ewsfs.ews.itemrefs import to_item_ids
from ewsfs.ews.items.base import ItemRef
from ewsfs.ews.listfields import read_whole
from ewsfs.ews.services.transfer import ConvertId, ExportItems, UploadItems
from ewsfs.ews.xmlnames import Element, make, t
from ewsfs.ews.xmlstream import Spools

if TYPE_CHECKING:
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.services.transfer import IdFormat
    from ewsfs.ews.soap import RequestHeader


class TransferOperations:
    """The part of `Account` that is about moving whole items between mailboxes."""

    primary_smtp_address: str
    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

    def export(self, ids: Iterable[Any], chunk_size: int | None = None) -> Iterator[bytes | EWSError]:
        """Items in the server's own format, for backup and migration, or errors, in order (Exchange 2010 SP1).

        Parameters: `ids` as in `fetch`.
        """
        service = ExportItems(self.protocol, self.header, chunk_size=chunk_size)
        with Spools() as spools:
            for found in service.call(to_item_ids(ids), spools=spools):
                yield found if isinstance(found, EWSError) else _exported(found, spools)

    def upload(
        self, data: Iterable[tuple[BaseFolder[Any], bytes | BinaryIO]], chunk_size: int | None = None
    ) -> list[ItemRef | EWSError | None]:
        """Items made from what `export` gave. Parameters: `data`, pairs of the folder for an item and its bytes, or an
        open binary file, which is read while it is sent.

        Returns for each its id and change key, None where the server tells none, or an error.
        """
        service = UploadItems(self.protocol, self.header, chunk_size=chunk_size)
        results: list[ItemRef | EWSError | None] = []
        streams = Streams()
        waiting: deque[str] = deque()

        def units() -> Iterator[Element]:
            for folder, content in data:
                with streams.collecting(also_bytes=True):
                    waiting.append(
                        token_for(content) or binascii.b2a_base64(read_whole(content), newline=False).decode()
                    )
                yield _upload(folder, waiting[-1])

        for found in service.call(units(), streams=streams):
            streams.drop(waiting.popleft())  # it was sent
            if found is None or isinstance(found, EWSError):
                results.append(found)
            else:
                results.append(ItemRef(found.get("Id") or "", found.get("ChangeKey") or ""))
        return results

    def convert_ids(
        self, ids: Iterable[str], destination_format: IdFormat, source_format: IdFormat = "EwsId"
    ) -> list[str | EWSError]:
        """Ids in another format, in order."""
        units = (make(t("AlternateId"), Format=source_format, Id=one, Mailbox=self.primary_smtp_address) for one in ids)
        found = ConvertId(self.protocol, self.header).call(units, destination_format=destination_format)
        return [one if isinstance(one, EWSError) else one.get("Id") or "" for one in found]


def _exported(found: Element, spools: Spools) -> bytes | EWSError:
    """The data of an item; that of a large one comes by way of the disk, so that its base64 is never in memory."""
    file = spools.take(found.text)
    if file is not None:
        with file:
            return file.read()
    try:
        return base64text.decode(found.text or "")
    except EWSError as error:
        return error


def _upload(folder: BaseFolder[Any], content: str) -> Element:
    parent = to_folder_id(folder)
    parent.tag = t("ParentFolderId")
    return make(t("Item"), parent, make(t("Data"), text=content), CreateAction="CreateNew")
