"""Documents on the server: items that are nothing but a file, as Outlook makes of a file that is dragged into a folder.

Sources: [MS-OXODOC], "Document Object Protocol"; the pages "CreateAttachment operation" and "DeleteAttachment
operation" of the EWS reference.

A document without an attachment is an empty file: that is how an empty one is made, and what one is until its bytes
have arrived.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO, NamedTuple

from ewsfs.ews import Account
from ewsfs.ews.attachments import FileAttachment
from ewsfs.ews.items import Message
from ewsfs.ews.xmlstream import NewFile
from ewsfs.vfs import names
from ewsfs.vfs.remote import properties
from ewsfs.vfs.remote.describe import DOCUMENT_CLASS
from ewsfs.vfs.remote.link import Link

# What may follow in an item class, whose parts are divided by dots ([MS-OXCMSG] 2.2.1.3: printable ASCII).
_NO_CLASS = re.compile(r"[^0-9A-Za-z_-]")
_NO_TYPE = "File"


class Document(NamedTuple):
    """What a document is made of: its change key, and the ids of the attachments that are its file.

    The first is the file; others of the same name are left of a replacement that was cut short. `name` is what the
    file is called there.
    """

    change_key: str
    files: tuple[str, ...]
    name: str


class RemoteDocuments(Link):
    """Documents read, made and changed."""

    def look_at_document(self, item_id: str) -> Document:
        """What a document consists of now. Raises: VfsError (ENOENT)."""
        with self.speaking() as account:
            return _look(account, item_id)

    def open_document(self, item_id: str, new_file: NewFile | None = None) -> tuple[str, BinaryIO]:
        """The file of a document, and the item's change key; it is the caller's to close.

        Parameters: `new_file`, makes the file that a large one goes to while it arrives; without it one is made where
        the system has its temporary files. Raises: VfsError (ENOENT).
        """
        with self.speaking() as account:
            document = _look(account, item_id)
            file = account.open_attachment(document.files[0], new_file=new_file) if document.files else io.BytesIO()
            return document.change_key, file

    def create_document(self, folder_id: str, *, given_name: str, upload_id: str) -> tuple[str, str]:
        """A new document, empty so far. Returns its id and change key.

        Raises: OutcomeUnknown when it may or may not have been created, VfsError.
        """
        kind = _NO_CLASS.sub("", names.split(given_name)[1]) or _NO_TYPE
        with self.speaking() as account:
            item = Message(
                account=account,
                folder=account.folder(folder_id),
                item_class=f"{DOCUMENT_CLASS}.{kind}",
                subject=given_name,
                ewsfs_name=given_name,
                ewsfs_upload=upload_id,
                ewsfs_flags=properties.READ,
                ewsfs_display_name=given_name,
            )
            item.save()
            return item.item_id or "", item.changekey or ""

    def add_file(self, item_id: str, name: str, data: BinaryIO) -> str:
        """Attach a file to a document; it is read while it is sent. Returns the item's new change key.

        Raises: OutcomeUnknown when it may or may not have been attached, VfsError.
        """
        with self.speaking() as account:
            found = account.create_attachments(item_id, [FileAttachment(name=name, content=data)])[0]
            if isinstance(found, Exception):
                raise found
            return found.root_item_changekey or ""

    def remove_files(self, attachment_ids: tuple[str, ...]) -> str:
        """Take attachments from a document. Returns the item's new change key."""
        change_key = ""
        with self.speaking() as account:
            for found in account.delete_attachments(attachment_ids):
                if isinstance(found, Exception):
                    raise found
                change_key = found.changekey if found is not None else change_key
        return change_key


def _look(account: Account, item_id: str) -> Document:
    item = next(iter(account.fetch([item_id], only_fields=["attachments", "subject", "ewsfs_name"])))
    if isinstance(item, Exception):
        raise item
    attached = [a for a in item.attachments or () if isinstance(a, FileAttachment) and a.attachment_id]
    first = attached[0].name if attached else None
    files = tuple(a.attachment_id or "" for a in attached if a.name == first)
    return Document(item.changekey or "", files, first or item.ewsfs_name or item.subject or _NO_TYPE)
