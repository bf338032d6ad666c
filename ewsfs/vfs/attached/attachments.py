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
import logging
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import BinaryIO

from ewsfs.formats import eml
from ewsfs.vfs import names
from ewsfs.vfs.attached.naming import MARK, Found, attached_item, from_parts, is_name_of, name_keys, plain_name
from ewsfs.vfs.attached.times import Times
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.flight import SingleFlight
from ewsfs.vfs.known.catalog import Catalog, is_passing
from ewsfs.vfs.known.content import Contents, in_a_file, is_no_room
from ewsfs.vfs.known.index import Index
from ewsfs.vfs.known.store import ContentStore
from ewsfs.vfs.model import Attachment, Entry, Kind
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode
from ewsfs.vfs.remote import Attached, Mailbox
from ewsfs.vfs.source import source_of

log = logging.getLogger(__name__)

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
        self._lock = threading.Lock()
        self.times = Times(index)
        self._hidden: dict[str, set[str]] = {}  # the ids of attachments, by item
        # What is attached after changes of our own, by item, with the change key. The server hasn't been asked since,
        # and somebody else may have changed the item just before: none of this is known to the next mount.
        self._ours: dict[str, tuple[str, list[Attachment]]] = {}

    def listed(self, node: AttachmentsNode) -> Sequence[Attachment]:
        """What is attached and shown, in the order of the message.

        Raises: VfsError as the server's answer maps.
        """
        hidden = self.hidden(node.entry.id)
        return [a for a in self.rows(node) if not hidden or a.remote_id not in hidden]

    def rows(self, node: AttachmentsNode) -> list[Attachment]:
        """All that is attached, what is hidden included; a place in this list is an attachment's position."""
        known = self._known(node)
        if known is None:
            self._listing.do(node.owner, lambda: self._learn(node))
            known = self._known(node)
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
                inside = (*node.inside, names.attachments_dir(attachment.name))
                return AttachmentsNode(node.folder_id, node.entry, (*node.trail, position), inside)
        return None

    def open(self, node: AttachmentNode) -> BinaryIO:
        """The bytes of an attachment as an open file; its size is exact when this returns."""
        for _ in range(2):
            file = self._store.open(*self._key(node))
            if file is not None:
                self._learn_size(node, file.seek(0, 2))
                return file
            try:
                self._fetching.do(self._key(node)[0], lambda: self._fetch(node))
            except OSError as error:
                if not is_no_room(error):
                    raise
                log.warning("%s isn't kept in the cache folder: %s", node.attachment.name, error.strerror)
                file = in_a_file(self._ask(node, tempfile.TemporaryFile))
                self._learn_size(node, file.seek(0, 2))
                return file
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
        known = self._known(node) or self._before(node)
        marks = {attached.id: attached.mark for attached in answer.attached}
        by_id = {row.remote_id: row for row in known}
        if all(attachment_id in by_id for attachment_id in marks):
            rows = [by_id[attachment_id] for attachment_id in marks]
        else:
            rows = self._named(node, self._from_remote(node, answer.attached))
            if [a.name for a in known] == [a.name for a in rows] and all(a.remote_id is None for a in known):
                # Known from the message until now: what was learnt of them besides their ids stays.
                rows = [k._replace(remote_id=a.remote_id) for k, a in zip(known, rows, strict=True)]
        self._keep(node, rows)
        return rows, marks

    def has_changed(self, node: AttachmentNode) -> bool:
        """Ask the server whether an item was changed since its attachments were listed; they are known anew then.

        Raises: VfsError (ENOENT when the item has gone).
        """
        entry = node.parent.entry
        before = entry.change_key
        rows, _ = self.look(AttachmentsNode(node.parent.folder_id, entry))
        has_gone = not node.parent.trail and node.attachment.remote_id not in {row.remote_id for row in rows}
        return entry.change_key != before or has_gone

    def is_told(self, item_id: str) -> bool:
        """Whether what is attached to an item is known from the server, not only from changes of our own."""
        with self._lock:
            return item_id not in self._ours

    def save(self, node: AttachmentsNode, rows: Sequence[Attachment]) -> None:
        """What is attached to an item after a change of our own, at the change key that its entry has."""
        # Where they stand in the message of the old change key says nothing of the new one.
        ours = [row._replace(part=None) if row.remote_id else row for row in rows]
        with self._lock:
            self._ours[node.entry.id] = node.entry.change_key, ours
        # The next mount asks the server, and knows the names by the ids.
        self._index.save_attachments(node.entry.id, f"?{node.entry.change_key}", ours)

    def carry_over(self, change_key: str, entry: Entry) -> None:
        """The item has a new change key, and the same attachments: what is known of them stays.

        Parameters: `change_key`, the old one; `entry`, the item with its new one. An item with a new id has also new
        ids for its attachments: it must be asked for them.
        """
        rows = self._index.attachments(entry.id, change_key)
        if rows is not None:
            self._index.save_attachments(entry.id, entry.change_key, rows)
        with self._lock:
            ours = self._ours.get(entry.id)
            if ours is not None and ours[0] == change_key:
                self._ours[entry.id] = entry.change_key, ours[1]

    def same_file(self, old: Entry, new: Entry) -> bool:
        """The item's file says what it said before its attachments changed. Returns whether its bytes are here."""
        self._contents.carry_over(old.id, old.change_key, new)
        return self._store.size(new.id, new.change_key) is not None

    def forget(self, item_id: str) -> None:
        """Show all that was hidden, and know nothing of changes of our own."""
        self.unhide(item_id)
        with self._lock:
            self._ours.pop(item_id, None)

    def describe(self, name: str, remote_id: str, content: BinaryIO | None, size: int) -> Attachment:
        """An attachment that was just made. Parameters: `content`, the MIME of a message, None for a file."""
        made = Attachment(name, size, True, False, False, None, remote_id)
        return made if content is None else attached_item(made, source_of(content))._replace(name=name)

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

    def _known(self, node: AttachmentsNode) -> list[Attachment] | None:
        """What is known to be attached to an item in the state that its entry has; None when nothing is."""
        with self._lock:
            ours = self._ours.get(node.owner)
        if ours is not None and ours[0] == node.entry.change_key:
            return list(ours[1])
        return self._index.attachments(node.owner, node.entry.change_key)

    def _before(self, node: AttachmentsNode) -> list[Attachment]:
        """What was known last, in whatever state of the item."""
        with self._lock:
            ours = self._ours.get(node.owner)
        return self._index.attachments_before(node.owner) if ours is None else list(ours[1])

    def _keep(self, node: AttachmentsNode, rows: Sequence[Attachment]) -> None:
        """What was learnt of an item in the state that its entry has."""
        if not node.trail:
            self.times.compare(node.entry, self._before(node), rows)
        self._index.save_attachments(node.owner, node.entry.change_key, rows)
        with self._lock:
            self._ours.pop(node.owner, None)
        if not rows and not node.trail:
            self._catalog.note_attachments(node.folder_id, node.entry.id, False, linger=True)

    def _learn(self, node: AttachmentsNode) -> None:
        entry = node.entry
        if self._known(node) is not None:
            return
        if node.trail:
            self._keep(node, self._named(node, self._found(node)))
            return
        decoded = None
        if self._is_here(node) and not self.hidden(entry.id):
            found = self._found(node)
            decoded = self._named(node, found)
            before = self._before(node)
            kept = any(a.remote_id for a in before) and [a.name for a in before] != [a.name for a in decoded]
            kept = kept or any(a.is_message and self._is_kept(a) for a in before)
            # Names that were kept by id, and blanks in names that users gave, can't be told from the message; nor can
            # the bytes of a message that was attached here, where the server makes its MIME anew.
            if not kept and not any(one.given for one in found):
                self._keep(node, decoded)
                return
        try:
            self._list(node)
        except VfsError as error:
            if decoded is None or not is_passing(error):
                raise
            self._keep(node, decoded)

    def _list(self, node: AttachmentsNode) -> None:
        """Ask the server what is attached to an item and its neighbours."""
        batch = self._neighbours(node)
        for asked, listed in zip(batch, self._remote.list_attachments([n.entry.id for n in batch]), strict=True):
            if isinstance(listed, VfsError):
                if asked.entry is node.entry:
                    raise listed
                continue
            self._moved_on(asked, listed.change_key)
            self._keep(asked, self._named(asked, self._from_remote(asked, listed.attached)))

    def _is_kept(self, attachment: Attachment) -> bool:
        """Whether the bytes of an attachment are here under its id."""
        return attachment.remote_id is not None and self._store.size(_by_id(attachment.remote_id), "") is not None

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
            neighbour = AttachmentsNode(node.folder_id, entry)
            if later and self._known(neighbour) is None:
                batch.append(neighbour)
        return batch

    def _from_remote(self, node: AttachmentsNode, listed: Sequence[Attached]) -> list[Found]:
        """Attached messages are fetched at once: only their bytes tell whether they have attachments.

        What is here under its id is as it was attached, and stays so: a server that makes MIME anew would tell another.
        """
        made = []
        with ExitStack() as files:
            here = {
                a.id: file for a in listed if a.is_item and (file := self._store.open(_by_id(a.id), "")) is not None
            }
            for file in here.values():
                files.enter_context(file)
            wanted = [a.id for a in listed if a.is_item and a.id not in here]
            contents = self._remote.open_attachments(wanted, self._store.incoming)
            for attachment in listed:
                unread = Attachment(attachment.name, attachment.size, False, False, False, None, attachment.id)
                content = here.get(attachment.id) or (next(contents) if attachment.is_item else None)
                if content is None or isinstance(content, VfsError):
                    made.append(Found(unread, attachment.mark.startswith(MARK)))
                    continue
                with content:
                    if attachment.id not in here:
                        self._store.put(_by_id(attachment.id), "", content)
                    made.append(Found(attached_item(unread, source_of(content)), False))
        return made

    def _named(self, node: AttachmentsNode, found: Sequence[Found]) -> list[Attachment]:
        """Give each its name: the one that it had, else its own, marked when that is taken."""
        before = {a.remote_id: a.name for a in self._before(node) if a.remote_id}
        hidden = self.hidden(node.entry.id)
        plain = [plain_name(one) for one in found]
        kept: list[str | None] = []
        shown: set[str] = set()
        taken: set[str] = set()
        for one, own in zip(found, plain, strict=True):
            known = before.get(one.attachment.remote_id or "")
            is_hidden = one.attachment.remote_id in hidden  # it has left its name to another, perhaps
            if known is not None and (not is_name_of(known, own) or (known in shown and not is_hidden)):
                known = None
            if known is not None and not is_hidden:
                shown.add(known)
                taken |= name_keys(known, is_message=one.attachment.is_message)
            kept.append(known)
        named = []
        for position, (one, own, known) in enumerate(zip(found, plain, kept, strict=True)):
            name = known or own
            if known is None:
                is_message = one.attachment.is_message
                if not taken.isdisjoint(name_keys(name, is_message=is_message)):
                    # By its place alone: a copy of the item elsewhere has the same names, and a restored one too.
                    name = names.disambiguate(*names.split(name), str(position))
                taken |= name_keys(name, is_message=is_message)
            named.append(one.attachment._replace(name=name))
        return named

    def _found(self, node: AttachmentsNode, *, measured: bool = True) -> list[Found]:
        """What is attached to the message whose attachments `node` holds, from its MIME."""
        with self._mime(node) as file:
            return from_parts(eml.attachments(source_of(file)), measured=measured)

    def _mime(self, node: AttachmentsNode) -> BinaryIO:
        """The MIME of the message whose attachments `node` holds."""
        if not node.trail:
            return self._contents.open(node.folder_id, node.entry)
        parent = AttachmentsNode(node.folder_id, node.entry, node.trail[:-1])
        position = node.trail[-1]
        siblings = self.rows(parent)
        if position >= len(siblings):
            raise VfsError(errno.ENOENT, "the message changed while it was read")
        return self.open(AttachmentNode(parent, position, siblings[position]))

    def _fetch(self, node: AttachmentNode) -> None:
        key = self._key(node)
        if self._store.size(*key) is None:
            with self._ask(node, self._store.incoming) as file:
                self._store.put(*key, file)

    def _ask(self, node: AttachmentNode, new_file: Callable[[], BinaryIO]) -> BinaryIO:
        """The bytes of an attachment, out of its message or from the server; `new_file`, makes a file for them."""
        remote_id, part = node.attachment.remote_id, node.attachment.part
        if part is None and not node.parent.trail:
            part = self._part_of(node)
        if part is None or not (remote_id is None or self._is_here(node.parent)):
            assert remote_id is not None  # an attachment without a part has an id
            return self._remote.open_attachment(remote_id, new_file)
        with self._mime(node.parent) as mime:
            parts = eml.attachments(source_of(mime))
            if part >= len(parts):
                raise VfsError(errno.ESTALE, f"{node.attachment.name} is no longer in its message")
            file = new_file()
            try:
                for piece in parts[part].pieces():
                    file.write(piece)
            except BaseException:
                file.close()
                raise
            return file

    def _part_of(self, node: AttachmentNode) -> int | None:
        """The place of a listed attachment in the MIME, when that is here and tells the same list."""
        if not self._is_here(node.parent):
            return None
        parts = self._found(node.parent, measured=False)
        listed = self.rows(node.parent)
        same = len(parts) == len(listed) and all(
            plain_name(p) == a.name and p.attachment.is_message == a.is_message
            for p, a in zip(parts, listed, strict=True)
        )
        return node.position if same else None

    def _learn_size(self, node: AttachmentNode, size: int) -> None:
        if node.attachment.exact and node.attachment.size == size:
            return
        with self._lock:
            ours = self._ours.get(node.parent.owner)
            rows = ours[1] if ours is not None else None
            if rows is not None:
                rows[:] = [r._replace(size=size, exact=True) if r == node.attachment else r for r in rows]
        if rows is None:
            rows = self._index.attachments(node.parent.owner, node.parent.entry.change_key) or []
            if node.position < len(rows):
                rows[node.position] = rows[node.position]._replace(size=size, exact=True)
                self._index.save_attachments(node.parent.owner, node.parent.entry.change_key, rows)


def _by_id(attachment_id: str) -> str:
    """The key of an attachment's bytes in the store; no item id holds a NUL."""
    return f"\0{attachment_id}"
