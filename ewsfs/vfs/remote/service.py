"""What the mailbox is asked beside its folders and files: properties, quota, absence, searches, and sending."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ewsfs.ews.fields import is_supported
from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.items import CalendarItem, Contact, DistributionList, Item, Message, Task
from ewsfs.ews.oof import OofSettings
from ewsfs.ews.services.find import FindItem, indexed_view
from ewsfs.ews.shapes import item_shape
from ewsfs.ews.xmlnames import Element, child
from ewsfs.vfs.errors import VfsError, translate
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote.link import Link
from ewsfs.vfs.writing.data import Data, stream

_KINDS: dict[Kind, type[Item]] = {
    Kind.EVENT: CalendarItem,
    Kind.TASK: Task,
    Kind.CONTACT: Contact,
    Kind.LIST: DistributionList,
}
_KILOBYTE = 1024
_PAGE = 250  # items of a folder that one request finds: a server's limit for a search
_FOLDERS = 10  # folders that one request searches: it has a minute on the server


class Quota(NamedTuple):
    """How much the mailbox may hold and holds, in bytes; `limit` is None where there is none."""

    limit: int | None
    used: int


class Absence(NamedTuple):
    """What is answered to mail while the owner is away; see `ewsfs.ews.oof.OofSettings` for the words."""

    state: str
    external_audience: str
    start: datetime | None
    end: datetime | None
    internal_reply: str
    external_reply: str


class Hit(NamedTuple):
    """An item that a search found."""

    folder_id: str
    item_id: str


class RemoteService(Link):
    """Questions and changes that are about neither the tree nor the contents."""

    # -- properties --------------------------------------------------------------------------------

    def item_properties(self, ids: Sequence[str], fields: Sequence[str]) -> list[Item | VfsError]:
        """Some fields of items, or what failed, in order; a field that the server is too old for stays unset."""
        with self.speaking() as account:
            found = account.fetch(ids, only_fields=fields)
            return [translate(item) if isinstance(item, Exception) else item for item in found]

    def folder_properties(self, folder_id: str) -> BaseFolder:
        """A folder with its name, class and counters. Raises: VfsError (ENOENT)."""
        fields = ("name", "folder_class", "total_count", "unread_count", "child_folder_count")
        with self.speaking() as account:
            found = next(iter(account.get_folders([account.folder(folder_id)], only_fields=fields)))
            if isinstance(found, Exception):
                raise found
            return found

    def set_properties(self, item_id: str, change_key: str, kind: Kind, values: Mapping[str, Any]) -> str:
        """Set fields of an item that is still as it was at that change key; None deletes one.

        Nobody is told that a message was read. Returns the new change key. Raises: VfsError, ESTALE when it was
        changed since, ENOTSUP for a field that the server doesn't know.
        """
        with self.speaking() as account:
            server = account.server_version
            item = _KINDS.get(kind, Message)(account=account, item_id=item_id, changekey=change_key, **values)
            for name in values:
                if not is_supported(type(item).field(name).since, server):
                    raise VfsError(errno.ENOTSUP, f"{name} can't be set: {server} doesn't know it")
            result = account.bulk_update(
                [(item, list(values))],
                conflict_resolution="NeverOverwrite",
                suppress_read_receipts=True if is_supported("Exchange2013_SP1", server) else None,
            )[0]
            if isinstance(result, Exception):
                raise result
            return result.changekey

    def quota(self) -> Quota:
        """What the mailbox may hold, and holds: PidTagProhibitReceiveQuota, PidTagProhibitSendQuota (in kilobytes)
        and PidTagMessageSizeExtended of its root folder. The smallest limit counts.
        """
        fields = ("ewsfs_send_quota", "ewsfs_receive_quota", "ewsfs_total_size")
        with self.speaking() as account:
            root = next(iter(account.get_folders(["root"], only_fields=fields)))
            if isinstance(root, Exception):
                raise root
            told = (getattr(root, "ewsfs_send_quota", None), getattr(root, "ewsfs_receive_quota", None))
            # -1 stands for no limit ([MS-OXCSTOR] 2.2.2.1.1)
            limits = [limit * _KILOBYTE for limit in told if limit is not None and limit >= 0]
            return Quota(min(limits, default=None), max(getattr(root, "ewsfs_total_size", None) or 0, 0))

    def connection(self) -> dict[str, object]:
        """What is known of the connection, without asking: endpoint, the server's version, bytes, why it is down."""
        account = self._account
        if account is None:
            return {"endpoint": None, "version": None, "reason": self._offline_reason or None}
        stats = account.protocol.stats
        return {
            "endpoint": account.protocol.service_endpoint,
            "version": account.server_version,
            "bytes_in": stats.bytes_in,
            "bytes_out": stats.bytes_out,
            "retries": sum(stats.retries.values()),
            "reason": None if self.is_reachable else self._offline_reason,
        }

    # -- out of office -----------------------------------------------------------------------------

    def absence(self) -> Absence:
        """Whether and what is answered while the owner is away."""
        with self.speaking() as account:
            known = account.oof_settings
            return Absence(
                known.state or OofSettings.DISABLED,
                known.external_audience or OofSettings.NONE,
                known.start,
                known.end,
                known.internal_reply or "",
                known.external_reply or "",
            )

    def set_absence(self, absence: Absence) -> None:
        """Raises: VfsError, EINVAL for settings that don't fit together."""
        try:
            with self.speaking() as account:
                account.oof_settings = OofSettings(**{k: v for k, v in absence._asdict().items() if v is not None})
        except ValueError as error:
            raise VfsError(errno.EINVAL, str(error)) from error

    # -- searching ---------------------------------------------------------------------------------

    def search(self, query: str, folder_ids: Sequence[str], limit: int) -> list[Hit]:
        """The items of some folders that a query (Advanced Query Syntax) finds, newest first in each folder.

        Parameters: `limit`, the most items of all folders together. Microsoft advises to search folder by folder
        rather than Outlook's folder of all items, which is made by Outlook alone and runs into time-outs
        ("EWS Best Practices - AllItems folder"); ten folders share a request, several requests are in flight.
        A folder that can't be searched, or went, is left out; raises VfsError when none could be.
        """
        hits: list[Hit] = []
        failed: Exception | None = None
        with self.speaking() as account:
            folders = [account.folder(folder_id) for folder_id in folder_ids]
            more = []
            answered = 0
            pages = FindItem(account.protocol, account.header, chunk_size=_FOLDERS).call(
                (folder.id_element() for folder in folders),
                shape=item_shape((), None),
                view=indexed_view(0, _PAGE),
                query_string=query,
            )
            for folder, page in zip(folders, pages, strict=True):
                if isinstance(page, Exception):
                    failed = page
                    continue
                answered += 1
                hits += [Hit(folder.folder_id or "", found) for found in map(_item_id, page.elements) if found]
                if not page.last and page.elements:
                    more.append((folder, len(page.elements)))
            if failed is not None and not answered:
                raise failed
            for folder, begin in more:
                if len(hits) >= limit:
                    break
                rest = folder.filter(query).only("item_id")[begin : begin + limit - len(hits)]
                hits += [Hit(folder.folder_id or "", item.item_id or "") for item in rest.iterator()]
        return hits[:limit]

    # -- sending -----------------------------------------------------------------------------------

    def create_draft(self, folder_id: str, mime: Data, upload_id: str) -> tuple[str, str]:
        """A message from MIME, which as a file is read while it is sent. Returns the draft's id and change key.

        Raises: OutcomeUnknown when it may or may not have been created, VfsError.
        """
        with self.speaking() as account:
            draft = Message(
                account=account,
                folder=account.folder(folder_id),
                mime_content=mime if isinstance(mime, bytes) else stream(mime),
                ewsfs_upload=upload_id,
            )
            draft.save()
            return draft.item_id or "", draft.changekey or ""

    def send_draft(self, item_id: str, change_key: str, sent_folder_id: str) -> None:
        """Send a draft, which moves it to a folder. Sent once, it is gone from where it was: this can't send it twice.

        Raises: OutcomeUnknown, VfsError (ENOENT: it is no draft any more).
        """
        with self.speaking() as account:
            result = account.bulk_send([(item_id, change_key)], copy_to_folder=account.folder(sent_folder_id))[0]
            if isinstance(result, Exception):
                raise result


def _item_id(element: Element) -> str:
    found = child(element, "ItemId")
    return "" if found is None else found.get("Id") or ""
