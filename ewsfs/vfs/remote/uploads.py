"""Items found again by the id that went to the server with them, wherever somebody has put them meanwhile.

Sources: the pages "FindItem operation" and "DistinguishedFolderId" of the EWS reference; "EWS Best Practices -
AllItems folder", which advises to search folder by folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ewsfs.ews import Q
from ewsfs.ews import errors as ews
from ewsfs.ews.items import ITEM_CLASSES, Message
from ewsfs.ews.services.find import FindItem, indexed_view
from ewsfs.ews.shapes import item_shape
from ewsfs.ews.xmlnames import child
from ewsfs.vfs.remote.link import Link

_FEWEST, _MOST = 10, 100  # folders that one request searches: it has a minute on the server
_REQUESTS = 20  # as many as a search of a mailbox should take, while that many folders aren't too many for one
# What a server says of a folder in which nobody can have put anything.
_NO_PLACE = (ews.NotFound, ews.AccessDenied, ews.Unsupported, ews.Invalid, ews.WrongVersion)


class Upload(NamedTuple):
    """Where the item is that was created with an upload id; `folder_id` is "" for the recoverable items."""

    folder_id: str
    item_id: str
    change_key: str


class RemoteUploads(Link):
    """Questions by upload id."""

    def find_upload(self, folder_id: str, upload_id: str) -> tuple[str, str] | None:
        """The id and change key of the item that was created in a folder with an upload id, if it was."""
        with self.speaking() as account:
            for item in account.folder(folder_id).filter(ewsfs_upload=upload_id).only("item_id", "changekey"):
                return item.item_id or "", item.changekey or ""
        return None

    def find_upload_in(self, folder_ids: Sequence[str], upload_id: str) -> Upload | None:
        """The same in any of many folders; the first of them that has it. One that went meanwhile is left out.

        Raises: VfsError, also when a folder can't be searched just now: where it isn't, can't be told then.
        """
        chunk = max(_FEWEST, min(len(folder_ids) // _REQUESTS, _MOST))
        with self.speaking() as account:
            folders = [account.folder(folder_id).id_element() for folder_id in folder_ids]
            pages = FindItem(account.protocol, account.header, chunk_size=chunk).call(
                folders,
                shape=item_shape((), None),
                view=indexed_view(0, 1),
                restriction=Q(ewsfs_upload=upload_id).to_xml([Message], ITEM_CLASSES),
            )
            for folder_id, page in zip(folder_ids, pages, strict=True):
                if isinstance(page, Exception):
                    if not isinstance(page, _NO_PLACE):
                        raise page
                    continue
                for element in page.elements:
                    found = child(element, "ItemId")
                    if found is not None and found.get("Id"):
                        return Upload(folder_id, found.get("Id") or "", found.get("ChangeKey") or "")
        return None

    def find_removed_upload(self, upload_id: str) -> Upload | None:
        """The same among what was removed for good and can be recovered yet, where the server has such a place."""
        with self.speaking() as account:
            try:
                dumpster = account.default_folder("recoverableitemsdeletions")
                for item in dumpster.filter(ewsfs_upload=upload_id).only("item_id", "changekey"):
                    return Upload("", item.item_id or "", item.changekey or "")
            except _NO_PLACE:
                return None
        return None
