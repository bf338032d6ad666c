"""What an account does to get items by their ids.

Ids may be given by generators: a few requests are in flight, and no more of the input is taken than they need. Every
id has its result in its place: an item that can't be had is an error there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from ewsfs.ews.arguments import several
from ewsfs.ews.errors import EWSError
from ewsfs.ews.fieldpath import FieldPath, resolve
from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.itemrefs import partly_loaded, to_item_ids
from ewsfs.ews.items import ITEM_CLASSES, item_from_xml
from ewsfs.ews.properties import MimeContentField
from ewsfs.ews.services.items import GetItem
from ewsfs.ews.shapes import default_paths, item_shape

if TYPE_CHECKING:
    from ewsfs.ews.account import Account
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.soap import RequestHeader

_MIME_BATCH = 20  # items a request when their whole content is asked for: a batch has a minute on the server


class FetchOperations:
    """The part of `Account` that is about getting items."""

    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

        @property
        def server_version(self) -> str | None: ...

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
            paths = [
                path for name in several(only_fields, "names of fields") for path in resolve(name, kinds, ITEM_CLASSES)
            ]
        found = self._fetch_items(ids, paths, chunk_size=chunk_size, folder=folder)
        return found if only_fields is None else partly_loaded(found, paths)

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
        account = cast("Account", self)
        shape = item_shape(paths, self.server_version)
        service = GetItem(self.protocol, self.header, chunk_size=chunk_size)
        for found in service.call(to_item_ids(ids), shape=shape):
            if isinstance(found, EWSError):
                yield found
                continue
            item = item_from_xml(found)
            item.account = account
            item.folder = folder
            for attachment in item._values.get("attachments") or ():
                attachment.account = account
            yield item
