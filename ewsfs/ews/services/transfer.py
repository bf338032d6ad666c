"""Whole items in the server's own format, for backup and migration; and ids from one format to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from ewsfs.ews import errors
from ewsfs.ews.body import Streams
from ewsfs.ews.errors import EWSError
from ewsfs.ews.services.base import BatchService, id_list
from ewsfs.ews.soap import Request
from ewsfs.ews.xmlnames import Element, child, children, m, make
from ewsfs.ews.xmlstream import Spools

IdFormat = Literal["EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"]


class ExportItems(BatchService[Element]):
    """Items as the server's own stream. EWS reference: ExportItems operation (Exchange 2010 SP1)."""

    NAME = "ExportItems"
    REPEATABLE = True
    BATCH = 10

    def call(self, ids: Iterable[Element], *, spools: Spools | None = None) -> Iterator[Element | EWSError]:
        """The m:Data (base64) of each t:ItemId, or an error.

        Parameters: `spools`, where large ones go instead of into memory; `Spools.take` with the element's text.
        """

        def build(units: list[Element]) -> Request:
            return self._request(id_list("ItemIds", units), spools=spools)

        return self._batched(ids, build)

    def _read(self, message: Element) -> Element:
        data = child(message, "Data")
        if data is None:
            raise errors.MalformedResponse("ExportItems: a response message without Data")
        return data


class UploadItems(BatchService["Element | None"]):
    """Items made from such streams. EWS reference: UploadItems operation (Exchange 2010 SP1)."""

    NAME = "UploadItems"
    BATCH = 10

    def call(self, items: Iterable[Element], *, streams: Streams | None = None) -> Iterator[Element | EWSError | None]:
        """The m:ItemId of each new item, None where the server tells none, or an error.

        Parameters: `items`, t:Item with t:ParentFolderId, t:ItemId for an update, t:Data, and the attribute
        CreateAction; `streams`, data read from files while it is sent.
        """

        def build(units: list[Element]) -> Request:
            return self._request(make(m("Items"), *units), streams=streams)

        return self._batched(items, build, streams)

    def _read(self, message: Element) -> Element | None:
        return child(message, "ItemId")


class ConvertId(BatchService[Element]):
    """Ids in another format. EWS reference: ConvertId operation (Exchange 2007 SP1)."""

    NAME = "ConvertId"
    REPEATABLE = True

    def call(self, ids: Iterable[Element], *, destination_format: IdFormat) -> Iterator[Element | EWSError]:
        """The m:AlternateId (or its kin for public folders) of each id, or an error.

        Parameters: `ids`, t:AlternateId with Format, Id and Mailbox, t:AlternatePublicFolderId, or
        t:AlternatePublicFolderItemId.
        """

        def build(units: list[Element]) -> Request:
            return self._request(id_list("SourceIds", units), DestinationFormat=destination_format)

        return self._batched(ids, build)

    def _read(self, message: Element) -> Element:
        found = next((node for node in children(message) if node.get("Format") is not None), None)
        if found is None:
            raise errors.MalformedResponse("ConvertId: a response message without AlternateId")
        return found
