"""Attachment folders: what is attached to an item, and to messages attached to it, to any depth.

Where an item's MIME is in the store already, its attachments are decoded from it and cost nothing. Else the
server lists them (for the whole folder's neighbours in one request) and gives the one that is opened. Whichever
came first decides the names, and the index keeps them, by the attachments' ids also when the item has changed.

The bytes of an attachment that has an id are kept under that id, since an attachment never changes: an item whose
attachments come and go (`attaching.py`) keeps the bytes of the others. What is hidden here is removed on the server
later.

Threading: any thread; listings and fetches are single flight, no lock is held during a request.
"""

from __future__ import annotations

import errno
import itertools
import mimetypes
import threading
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from ewsfs.formats import eml
from ewsfs.vfs import names
from ewsfs.vfs.catalog import Catalog
from ewsfs.vfs.content import Contents
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.flight import SingleFlight
from ewsfs.vfs.index import Index
from ewsfs.vfs.model import Attachment, Kind
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode
from ewsfs.vfs.remote import Attached, Mailbox
from ewsfs.vfs.store import ContentStore

_BATCH = 50  # items whose attachments are listed in one request

# How the Content-ID of an attachment begins that was a file here: its name is then the one that a user gave.
MARK = "ewsfs-"


class Found(NamedTuple):
    """An attachment as it was learnt, before it has its name here; `given`, a user gave the one that it has."""

    attachment: Attachment
    given: bool


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
        self._lock = threading.Lock()
        self._hidden: dict[str, set[str]] = {}  # the ids of attachments, by item

    def listed(self, node: AttachmentsNode) -> Sequence[Attachment]:
        """What is attached and shown, in the order of the message.

        Raises: VfsError as the server's answer maps.
        """
        hidden = self.hidden(node.entry.id)
        return [a for a in self.rows(node) if not hidden or a.remote_id not in hidden]

    def rows(self, node: AttachmentsNode) -> list[Attachment]:
        """All that is attached, what is hidden included; a place in this list is an attachment's position."""
        change_key = node.entry.change_key
        known = self._index.attachments(node.owner, change_key)
        if known is None:
            self._listing.do(node.owner, lambda: self._learn(node))
            known = self._index.attachments(node.owner, node.entry.change_key)
        return known or []

    def find(self, node: AttachmentsNode, name: str) -> AttachmentNode | AttachmentsNode | None:
        """The attachment of that name, or the attachment folder of an attached message."""
        wanted = names.normal(name)
        hidden = self.hidden(node.entry.id)
        for position, attachment in enumerate(self.rows(node)):
            if hidden and attachment.remote_id in hidden:
                continue
            if attachment.name in (name, wanted):
                return AttachmentNode(node, position, attachment)
            if attachment.has_attachments and names.attachments_dir(attachment.name) in (name, wanted):
                return AttachmentsNode(node.folder_id, node.entry, (*node.trail, position))
        return None

    def open(self, node: AttachmentNode) -> BinaryIO:
        """The bytes of an attachment as an open file; its size is exact when this returns."""
        for _ in range(2):
            file = self._store.open(*self._key(node))
            if file is not None:
                self._learn_size(node, file.seek(0, 2))
                return file
            self._fetching.do(self._key(node)[0], lambda: self._fetch(node))
        raise VfsError(errno.EAGAIN, f"{node.attachment.name} does not stay in the cache: it is too small")

    # -- for who changes them ----------------------------------------------------------------------

    def hidden(self, item_id: str) -> frozenset[str]:
        """The ids of an item's attachments that aren't shown any more."""
        with self._lock:
            return frozenset(self._hidden.get(item_id, ()))

    def hide(self, item_id: str, attachment_id: str) -> None:
        """Show an attachment no longer; it has still to be removed on the server."""
        with self._lock:
            self._hidden.setdefault(item_id, set()).add(attachment_id)

    def unhide(self, item_id: str, attachment_id: str | None = None) -> None:
        """Show an attachment again; without `attachment_id`, all of the item."""
        with self._lock:
            hidden = self._hidden.get(item_id, set())
            hidden.difference_update(hidden.copy() if attachment_id is None else {attachment_id})
            if not hidden:
                self._hidden.pop(item_id, None)

    def look(self, node: AttachmentsNode) -> tuple[list[Attachment], dict[str, str]]:
        """What the server has attached to an item now: all with their ids, and their Content-IDs by id.

        The item's entry has the change key that belongs to it afterwards. Raises: VfsError.
        """
        answer = self._remote.list_attachments([node.entry.id])[0]
        if isinstance(answer, VfsError):
            raise answer
        self._moved_on(node, answer.change_key)
        known = self._index.attachments(node.owner, node.entry.change_key)
        marks = {attached.id: attached.mark for attached in answer.attached}
        if known is None or [a.remote_id for a in known] != list(marks):
            rows = self._named(node, self._from_remote(node, answer.attached))
            if known is not None and [a.name for a in known] == [a.name for a in rows]:
                # Known from the message until now: what was learnt of them besides their ids stays.
                rows = [k._replace(remote_id=a.remote_id) for k, a in zip(known, rows, strict=True)]
            known = rows
            self.save(node, known)
        return known, marks

    def save(self, node: AttachmentsNode, rows: Sequence[Attachment]) -> None:
        """Keep what is attached to an item at the change key that its entry has."""
        self._index.save_attachments(node.owner, node.entry.change_key, rows)

    def describe(self, name: str, remote_id: str, content: bytes | None, size: int) -> Attachment:
        """An attachment that was just made. Parameters: `content`, the MIME of a message, None for a file."""
        made = Attachment(name, size, True, False, False, None, remote_id)
        return made if content is None else _attached_item(made, content)._replace(name=name)

    def keep_content(self, attachment_id: str, data: BinaryIO) -> None:
        """Keep the bytes of an attachment that was just made, for whoever reads it next."""
        self._store.put(_by_id(attachment_id), "", data)

    def drop_content(self, attachment_id: str) -> None:
        """The attachment was removed."""
        self._store.drop(_by_id(attachment_id), "")

    # -- inside ------------------------------------------------------------------------------------

    @staticmethod
    def _key(node: AttachmentNode) -> tuple[str, str]:
        """The key of its bytes in the store: by its own id, else by its place in that state of the item."""
        if node.attachment.remote_id is not None:
            return _by_id(node.attachment.remote_id), ""
        return f"{node.parent.owner}\0{node.position}", node.parent.entry.change_key

    def _learn(self, node: AttachmentsNode) -> None:
        entry = node.entry
        if self._index.attachments(node.owner, entry.change_key) is not None:
            return
        if node.trail:
            self.save(node, self._named(node, _from_parts(eml.attachments(self._mime(node)))))
            return
        if self._is_here(node) and not self.hidden(entry.id):
            rows = self._named(node, _from_parts(eml.attachments(self._mime(node))))
            before = self._index.attachments_before(node.owner)
            # Names that were kept by id can't be told from the message: then the server is asked.
            if not any(a.remote_id for a in before) or [a.name for a in before] == [a.name for a in rows]:
                self.save(node, rows)
                return
        batch = self._neighbours(node)
        for asked, listed in zip(batch, self._remote.list_attachments([n.entry.id for n in batch]), strict=True):
            if isinstance(listed, VfsError):
                if asked.entry is node.entry:
                    raise listed
                continue
            self._moved_on(asked, listed.change_key)
            self.save(asked, self._named(asked, self._from_remote(asked, listed.attached)))

    def _is_here(self, node: AttachmentsNode) -> bool:
        """Whether the message's MIME is in the store."""
        entry = node.entry
        return entry.kind is Kind.MAIL and self._store.size(entry.id, entry.change_key) is not None

    def _moved_on(self, node: AttachmentsNode, change_key: str) -> None:
        """The item is listed with that change key: when it isn't the one we know, the item was changed elsewhere."""
        if change_key and change_key != node.entry.change_key:
            with self._catalog.lock:
                node.entry.change_key = change_key
                node.entry.exact = False
                self._catalog.save_entry(node.folder_id, node.entry)
            self._catalog.expire(node.folder_id)

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

    def _from_remote(self, node: AttachmentsNode, listed: Sequence[Attached]) -> list[Found]:
        """Attached messages are fetched at once: only their bytes tell whether they have attachments."""
        made = []
        messages = [a.id for a in listed if a.is_item]
        contents = dict(zip(messages, self._remote.attachment_contents(messages), strict=True))
        for attachment in listed:
            content = contents.get(attachment.id)
            unread = Attachment(attachment.name, attachment.size, False, False, False, None, attachment.id)
            if isinstance(content, bytes):
                self._store.put(_by_id(attachment.id), "", content)
                made.append(Found(_attached_item(unread, content), False))
            else:
                made.append(Found(unread, attachment.mark.startswith(MARK)))
        return made

    def _named(self, node: AttachmentsNode, found: Sequence[Found]) -> list[Attachment]:
        """Give each its name: the one that it had, else its own, marked when that is taken."""
        before = {a.remote_id: a.name for a in self._index.attachments_before(node.owner) if a.remote_id}
        plain = [_plain(one) for one in found]
        kept = [
            known if (known := before.get(one.attachment.remote_id or "")) is not None and _is_of(known, own) else None
            for one, own in zip(found, plain, strict=True)
        ]
        taken = {key for name in kept if name is not None for key in _keys(name)}
        named = []
        for position, (one, own) in enumerate(zip(found, plain, strict=True)):
            name = kept[position] or own
            if kept[position] is None and not taken.isdisjoint(_keys(name)):
                name = names.disambiguate(*names.split(name), f"{node.owner}\0{position}")
            taken.update(_keys(name))
            named.append(one.attachment._replace(name=name))
        return named

    def _mime(self, node: AttachmentsNode) -> bytes:
        """The MIME of the message whose attachments `node` holds."""
        if not node.trail:
            with self._contents.open(node.folder_id, node.entry) as file:
                file.seek(0)
                return file.read()
        parent = AttachmentsNode(node.folder_id, node.entry, node.trail[:-1])
        position = node.trail[-1]
        siblings = self.rows(parent)
        if position >= len(siblings):
            raise VfsError(errno.ENOENT, "the message changed while it was read")
        with self.open(AttachmentNode(parent, position, siblings[position])) as file:
            file.seek(0)
            return file.read()

    def _fetch(self, node: AttachmentNode) -> None:
        key = self._key(node)
        if self._store.size(*key) is not None:
            return
        remote_id, part = node.attachment.remote_id, node.attachment.part
        if part is None and not node.parent.trail:
            part = self._part_of(node)
        if part is not None and (remote_id is None or self._is_here(node.parent)):
            parts = eml.attachments(self._mime(node.parent))
            if part >= len(parts):
                raise VfsError(errno.ESTALE, f"{node.attachment.name} is no longer in its message")
            self._store.put(*key, parts[part].content)
            return
        assert remote_id is not None  # an attachment without a part has an id
        with self._remote.open_attachment(remote_id) as file:
            self._store.put(*key, file)

    def _part_of(self, node: AttachmentNode) -> int | None:
        """The place of a listed attachment in the MIME, when that is here and tells the same list."""
        if not self._is_here(node.parent):
            return None
        parts = _from_parts(eml.attachments(self._mime(node.parent)))
        listed = self.rows(node.parent)
        same = len(parts) == len(listed) and all(
            _plain(p) == a.name and p.attachment.is_message == a.is_message for p, a in zip(parts, listed, strict=True)
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


def _by_id(attachment_id: str) -> str:
    """The key of an attachment's bytes in the store; no item id holds a NUL."""
    return f"\0{attachment_id}"


def _plain(found: Found) -> str:
    """The name of an attachment if there were no other: as a user gave it, else made fit to be a name."""
    own = found.attachment.name
    if found.given and names.is_usable(own):
        return own
    stem, extension = names.split(names.sanitize(own, empty="attachment"))
    return names.fit(stem, extension)


def _is_of(known: str, own: str) -> bool:
    """Whether an attachment that was shown as `known` can be the one with that name of its own."""
    stem, extension = names.split(own)
    return known == own or (known.startswith(f"{stem[:100]}") and " ~" in known and known.endswith(extension))


def _keys(name: str) -> set[str]:
    """What no other name in the folder may have in common with this one and its attachment folder's."""
    return {names.key(name), names.key(names.attachments_dir(name))}


def _from_parts(parts: Sequence[eml.Part]) -> list[Found]:
    """What is attached to a message, from its MIME. What has no name is called as Exchange calls it."""
    made = []
    nameless = itertools.count(1)
    for number, part in enumerate(parts):
        name = part.name
        if not name and not part.is_message:
            name = f"ATT{next(nameless):05}{mimetypes.guess_extension(part.content_type) or '.bin'}"
        attachment = Attachment(name, len(part.content), True, False, False, number, None)
        if part.is_message:
            made.append(Found(_attached_item(attachment, part.content), False))
        else:
            made.append(Found(attachment, (part.content_id or "").startswith(MARK)))
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
