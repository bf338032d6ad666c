"""Files put into the attachment folders of attached messages, where nothing can be changed: are they there already?

A program that restores a tree writes every file that it holds, what is attached to attached messages included. That
comes to the server within the message that it belongs to. So such a file is kept here until it can be compared with
what is there: equal in name and bytes, there is nothing left to do.

Threading: any thread; nothing is held during a request.
"""

from __future__ import annotations

from typing import BinaryIO

from ewsfs.vfs import names
from ewsfs.vfs.attached.attachments import Attachments
from ewsfs.vfs.attached.veils import Veils
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode

_CHUNK = 1 << 20


class Nested:
    """The attachment folders of one mailbox, by their places (see `AttachmentsNode.shelf`)."""

    def __init__(self, catalog: Catalog, attachments: Attachments, veils: Veils) -> None:
        self._catalog = catalog
        self._attachments = attachments
        self._veils = veils

    def find(self, place: str) -> AttachmentsNode | None:
        """The attachment folder that has come to be at a place; None while its message isn't there.

        Raises: VfsError as the server's answers map.
        """
        folder_id, top, *below = place.split("\0")
        listing = self._catalog.listing(folder_id)
        with self._catalog.lock:
            entries = list(listing.entries.values())
        entry = next((e for e in entries if names.key(names.attachments_dir(e.name)) == top), None)
        if entry is None:
            return None
        node: AttachmentsNode | None = AttachmentsNode(folder_id, entry)
        for key in below:
            node = self._below(node, key) if node is not None else None
        return node

    def has(self, node: AttachmentsNode, name: str, data: BinaryIO) -> bool:
        """Whether an attachment of that name is there, with those bytes; it shows from now on. Raises: VfsError."""
        found = self._attachments.find(node, name)
        if not isinstance(found, AttachmentNode):
            return False
        self._veils.lift(node, found.attachment.name)
        data.seek(0)
        with self._attachments.open(found) as file:
            file.seek(0)
            while chunk := file.read(_CHUNK):
                if chunk != data.read(len(chunk)):
                    return False
        return not data.read(1)

    def _below(self, node: AttachmentsNode, key: str) -> AttachmentsNode | None:
        for attachment in self._attachments.listed(node):
            folder = names.attachments_dir(attachment.name)
            if attachment.has_attachments and names.key(folder) == key:
                found = self._attachments.find(node, folder)
                return found if isinstance(found, AttachmentsNode) else None
        return None
