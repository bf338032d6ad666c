"""The bytes of items and attachments on the server."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from ewsfs.ews import Account
from ewsfs.ews.attachments import ItemAttachment
from ewsfs.ews.items import CalendarItem, Contact
from ewsfs.ews.xmlstream import NewFile
from ewsfs.vfs.errors import VfsError, translate
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote.files import EXCEPTION_FIELDS, FIELDS, make_file
from ewsfs.vfs.remote.link import Link

log = logging.getLogger(__name__)

_BATCH = 50  # items a GetItem with all their properties


class RemoteContents(Link):
    """Questions for contents."""

    def open_mime(self, item_id: str, change_key: str, new_file: NewFile) -> tuple[str, BinaryIO]:
        """The MIME of an item as it is now, with its change key; it is the caller's to close.

        Parameters: `new_file`, makes the file that a large one goes to while it arrives. Raises: VfsError (ENOENT).
        """
        with self.speaking() as account:
            found, file = account.open_mime(item_id, new_file=new_file)
            if not file.seek(0, os.SEEK_END):
                file.close()
                raise VfsError(errno.EREMOTEIO, f"the server gave no content for the item {item_id}")
            file.seek(0)
            return found.changekey or change_key, file

    def make_files(
        self, kind: Kind, ids: Sequence[tuple[str, str]]
    ) -> Iterator[tuple[str, tuple[str, bytes] | VfsError]]:
        """The files of items that are made from properties: item id, and change key with bytes, or what failed."""
        for start in range(0, len(ids), _BATCH):
            batch = [item_id for item_id, _ in ids[start : start + _BATCH]]
            with self.speaking() as account:
                items = list(account.fetch(batch, only_fields=list(FIELDS[kind])))
                exceptions = self._exceptions(account, items)
                photos = self._photos(account, items)
            for item_id, item in zip(batch, items, strict=True):
                if isinstance(item, Exception):
                    yield item_id, translate(item)
                    continue
                try:
                    data = make_file(item, exceptions.get(item_id, ()), photos.get(item_id))
                except Exception as error:  # one odd item must not cost the others their files
                    log.exception("the file of item %s can't be made", item_id)
                    yield (
                        item_id,
                        VfsError(errno.EIO, f"{item.subject!r} can't be written as a file: {error}"),
                    )
                else:
                    yield item_id, (item.changekey or "", data)

    @staticmethod
    def _exceptions(account: Account, items: Iterable[object]) -> dict[str, list[CalendarItem]]:
        owners = [
            (item.item_id or "", occurrence.item_id)
            for item in items
            if isinstance(item, CalendarItem)
            for occurrence in item.modified_occurrences or ()
            if occurrence.item_id
        ]
        found: dict[str, list[CalendarItem]] = {}
        fetched = account.fetch([occurrence for _, occurrence in owners], only_fields=list(EXCEPTION_FIELDS))
        for (owner, _), occurrence in zip(owners, fetched, strict=True):
            if isinstance(occurrence, CalendarItem):
                found.setdefault(owner, []).append(occurrence)
        return found

    @staticmethod
    def _photos(account: Account, items: Iterable[object]) -> dict[str, bytes]:
        wanted = {
            attachment.attachment_id: item.item_id or ""
            for item in items
            if isinstance(item, Contact)
            for attachment in item.attachments or ()
            if getattr(attachment, "is_contact_photo", None) and attachment.attachment_id
        }
        photos = {}
        for attachment_id, found in zip(wanted, account.get_attachments(list(wanted)), strict=True):
            if not isinstance(found, Exception) and not isinstance(found, ItemAttachment) and found.content:
                photos[wanted[attachment_id]] = found.content
        return photos

    def open_attachments(self, ids: Sequence[str], new_file: NewFile) -> Iterator[BinaryIO | VfsError]:
        """The bytes of attachments, of a file its content, of an item its MIME; they are the caller's to close.

        Parameters: `new_file`, makes the files that large ones go to while they arrive. Raises: VfsError.
        """
        if not ids:
            return
        with self.speaking() as account:
            for found in account.open_attachments(ids, new_file=new_file):
                yield translate(found) if isinstance(found, Exception) else found

    def open_attachment(self, attachment_id: str, new_file: NewFile) -> BinaryIO:
        """The bytes of one attachment, as `open_attachments` gives them. Raises: VfsError."""
        with self.speaking() as account:
            return account.open_attachment(attachment_id, new_file=new_file)
