"""Attachment folders: what is attached to an item, and to messages attached to it, to any depth.

Where an item's MIME is in the store already, its attachments are decoded from it and cost nothing. Else the
server lists them (for the whole folder's neighbours in one request) and gives the one that is opened. Whichever
came first decides the names, and the index keeps them.

Threading: any thread; listings and fetches are single flight, no lock is held during a request.
"""

from __future__ import annotations

import errno
import itertools
import mimetypes
from collections.abc import Sequence
from typing import BinaryIO

from ewsfs.formats import eml
from ewsfs.vfs import names
from ewsfs.vfs.catalog import Catalog
from ewsfs.vfs.content import Contents
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.flight import SingleFlight
from ewsfs.vfs.index import Index
from ewsfs.vfs.model import Attachment, Kind
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode
from ewsfs.vfs.remote import Mailbox, RemoteAttachment
from ewsfs.vfs.store import ContentStore

_BATCH = 50  # items whose attachments are listed in one request


class Attachments:
    """The attachment folders of one mailbox."""

    def __init__(
        self, remote: Mailbox, index: Index, store: ContentStore, catalog: Catalog, contents: Contents
    ) -> None:
        self._remote = remote
        self._index = index
        self._store = store
        self._catalog = catalog
        self._contents = contents
        self._listing: SingleFlight[str, None] = SingleFlight()
        self._fetching: SingleFlight[str, None] = SingleFlight()

    def listed(self, node: AttachmentsNode) -> Sequence[Attachment]:
        """What is attached, in the order of the message.

        Raises: VfsError as the server's answer maps.
        """
        change_key = node.entry.change_key
        known = self._index.attachments(node.owner, change_key)
        if known is None:
            self._listing.do(node.owner, lambda: self._learn(node))
            known = self._index.attachments(node.owner, node.entry.change_key)
        return known or []

    def find(self, node: AttachmentsNode, name: str) -> AttachmentNode | AttachmentsNode | None:
        """The attachment of that name, or the attachment folder of an attached message."""
        wanted = names.normal(name)
        for position, attachment in enumerate(self.listed(node)):
            if attachment.name in (name, wanted):
                return AttachmentNode(node, position, attachment)
            if attachment.has_attachments and names.attachments_dir(attachment.name) in (name, wanted):
                return AttachmentsNode(node.folder_id, node.entry, (*node.trail, position))
        return None

    def open(self, node: AttachmentNode) -> BinaryIO:
        """The bytes of an attachment as an open file; its size is exact when this returns."""
        for _ in range(2):
            file = self._store.open(self._key(node), node.parent.entry.change_key)
            if file is not None:
                self._learn_size(node, file.seek(0, 2))
                return file
            self._fetching.do(self._key(node), lambda: self._fetch(node))
        raise VfsError(errno.EAGAIN, f"{node.attachment.name} does not stay in the cache: it is too small")

    # -- inside ------------------------------------------------------------------------------------

    @staticmethod
    def _key(node: AttachmentNode) -> str:
        return f"{node.parent.owner}\0{node.position}"

    def _learn(self, node: AttachmentsNode) -> None:
        change_key = node.entry.change_key
        if self._index.attachments(node.owner, change_key) is not None:
            return
        if node.trail or (node.entry.kind is Kind.MAIL and self._store.size(node.entry.id, change_key) is not None):
            self._keep(node, _from_parts(eml.attachments(self._mime(node))))
            return
        batch = self._neighbours(node)
        for asked, listed in zip(batch, self._remote.attachments([n.entry.id for n in batch]), strict=True):
            if isinstance(listed, VfsError):
                if asked.entry is node.entry:
                    raise listed
                continue
            self._keep(asked, self._from_remote(asked, listed))

    def _neighbours(self, node: AttachmentsNode) -> list[AttachmentsNode]:
        """The items after this one in its folder whose attachments aren't known either."""
        with self._catalog.lock:
            entries = sorted(self._catalog.listing(node.folder_id).entries.values(), key=lambda e: e.name)
        batch = [node]
        for entry in entries:
            if len(batch) >= _BATCH:
                break
            later = entry.has_attachments and entry.name > node.entry.name
            if later and self._index.attachments(entry.id, entry.change_key) is None:
                batch.append(AttachmentsNode(node.folder_id, entry))
        return batch

    def _from_remote(self, node: AttachmentsNode, listed: Sequence[RemoteAttachment]) -> list[Attachment]:
        """Attached messages are fetched at once: only their bytes tell whether they have attachments."""
        made = []
        messages = [a.id for a in listed if a.is_item]
        contents = dict(zip(messages, self._remote.attachment_contents(messages), strict=True))
        for position, attachment in enumerate(listed):
            content = contents.get(attachment.id)
            unread = Attachment(attachment.name, attachment.size, False, False, False, None, attachment.id)
            if isinstance(content, bytes):
                self._store.put(f"{node.owner}\0{position}", node.entry.change_key, content)
                made.append(_attached_item(unread, content))
            else:
                made.append(unread)
        return made

    def _keep(self, node: AttachmentsNode, attachments: Sequence[Attachment]) -> None:
        """Give each its name and write them down."""
        taken: set[str] = set()
        named = []
        for position, attachment in enumerate(attachments):
            stem, extension = names.split(names.sanitize(attachment.name, empty="attachment"))
            name = names.fit(stem, extension)
            if names.key(name) in taken or names.key(names.attachments_dir(name)) in taken:
                name = names.disambiguate(stem, extension, f"{node.owner}\0{position}")
            taken |= {names.key(name), names.key(names.attachments_dir(name))}
            named.append(attachment._replace(name=name))
        self._index.save_attachments(node.owner, node.entry.change_key, named)

    def _mime(self, node: AttachmentsNode) -> bytes:
        """The MIME of the message whose attachments `node` holds."""
        if not node.trail:
            with self._contents.open(node.folder_id, node.entry) as file:
                file.seek(0)
                return file.read()
        parent = AttachmentsNode(node.folder_id, node.entry, node.trail[:-1])
        position = node.trail[-1]
        siblings = self.listed(parent)
        if position >= len(siblings):
            raise VfsError(errno.ENOENT, "the message changed while it was read")
        with self.open(AttachmentNode(parent, position, siblings[position])) as file:
            file.seek(0)
            return file.read()

    def _fetch(self, node: AttachmentNode) -> None:
        key, change_key = self._key(node), node.parent.entry.change_key
        if self._store.size(key, change_key) is not None:
            return
        part = node.attachment.part
        if part is None and not node.parent.trail:
            part = self._part_of(node)
        if part is not None:
            parts = eml.attachments(self._mime(node.parent))
            if part >= len(parts):
                raise VfsError(errno.ESTALE, f"{node.attachment.name} is no longer in its message")
            self._store.put(key, change_key, parts[part].content)
            return
        remote_id = node.attachment.remote_id
        assert remote_id is not None  # an attachment without a part has an id
        content = next(iter(self._remote.attachment_contents([remote_id])))
        if isinstance(content, VfsError):
            raise content
        self._store.put(key, change_key, content)

    def _part_of(self, node: AttachmentNode) -> int | None:
        """The place of a listed attachment in the MIME, when that is here and tells the same list."""
        entry = node.parent.entry
        if entry.kind is not Kind.MAIL or self._store.size(entry.id, entry.change_key) is None:
            return None
        parts = _from_parts(eml.attachments(self._mime(node.parent)))
        listed = self.listed(node.parent)
        same = len(parts) == len(listed) and all(
            names.sanitize(p.name, empty="attachment") == a.name and p.is_message == a.is_message
            for p, a in zip(parts, listed, strict=True)
        )
        return node.position if same else None

    def _learn_size(self, node: AttachmentNode, size: int) -> None:
        if node.attachment.exact and node.attachment.size == size:
            return
        parent = node.parent
        rows = list(self._index.attachments(parent.owner, parent.entry.change_key) or [])
        if node.position < len(rows):
            rows[node.position] = rows[node.position]._replace(size=size, exact=True)
            self._index.save_attachments(parent.owner, parent.entry.change_key, rows)


def _from_parts(parts: Sequence[eml.Part]) -> list[Attachment]:
    """What is attached to a message, from its MIME. What has no name is called as Exchange calls it."""
    made = []
    nameless = itertools.count(1)
    for number, part in enumerate(parts):
        name = part.name
        if not name and not part.is_message:
            name = f"ATT{next(nameless):05}{mimetypes.guess_extension(part.content_type) or '.bin'}"
        attachment = Attachment(name, len(part.content), True, False, False, number, None)
        made.append(_attached_item(attachment, part.content) if part.is_message else attachment)
    return made


# How an item begins that a server gives as something else than MIME.
_EXTENSIONS = ((b"BEGIN:VCALENDAR", ".ics"), (b"BEGIN:VCARD", ".vcf"))


def _attached_item(attachment: Attachment, content: bytes) -> Attachment:
    """An attached item, now that its bytes are known.

    A message is called by its subject: that is what Exchange knows it by, whatever file name its sender gave, and
    both ways to learn of an attachment must lead to one name.
    """
    for beginning, extension in _EXTENSIONS:
        if content.lstrip()[: len(beginning)].upper() == beginning:
            name = f"{attachment.name.removesuffix(extension)}{extension}"
            return attachment._replace(name=name, size=len(content), exact=True)
    title = eml.subject(content) or attachment.name.removesuffix(".eml") or names.NO_SUBJECT
    return attachment._replace(
        name=f"{title}.eml",
        size=len(content),
        exact=True,
        is_message=True,
        has_attachments=bool(eml.attachments(content)),
    )
