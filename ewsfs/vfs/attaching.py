"""Attachment folders written to: files copied in, replaced, renamed and removed there.

A file becomes an attachment when it is closed, as Exchange's CreateAttachment; nothing is ever changed in place, so
what replaces another is made first, and the other one removed then. A message is attached as one where it can be
read back under the same name, else as a file. A removed attachment is hidden at once and removed on the server a
while later: so `rm -r` leaves a message whole in Deleted Items (DESIGN.md 7).

Each attachment made here carries a Content-ID of ours, made before the request, so that after a lost connection one
can ask whether it was attached.

Threading: any thread. Changes of one item's attachments are made one at a time, under a lock for that item, which
is held during requests; it is taken after a pending file's lock and before the catalogue's.
"""

from __future__ import annotations

import errno
import logging
import mimetypes
import threading
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import BinaryIO, NamedTuple
from weakref import WeakValueDictionary

from cachetools import LRUCache

from ewsfs.formats import eml
from ewsfs.vfs import names
from ewsfs.vfs.attachments import MARK, Attachments
from ewsfs.vfs.catalog import PASSING, Catalog
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.heldback import HeldBack
from ewsfs.vfs.model import Attachment, Entry, Kind
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode
from ewsfs.vfs.remote import Mailbox, OutcomeUnknown

log = logging.getLogger(__name__)

_CHUNK = 1 << 20
_ATTEMPTS = 3  # of a request whose outcome got lost each time
_GROWTH = 1.5  # by which MIME is larger than what it holds, at most
_HEADERS = 8192

# What a server answers that doesn't take MIME there.
_NO_MIME = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EPERM})


class _Made(NamedTuple):
    """An attachment as the server has made it: its id, the item's new change key, and its MIME when it's a message."""

    id: str
    change_key: str
    message: bytes | None


class AttachmentWriter:
    """Changes of the attachments of one mailbox's items.

    Parameters: `remote`, the mailbox; `catalog`, whose entries get new change keys; `attachments`, what is known of
    them; `hold`, seconds for which a removal is held back.
    """

    def __init__(self, remote: Mailbox, catalog: Catalog, attachments: Attachments, hold: float = 5.0) -> None:
        self._remote = remote
        self._catalog = catalog
        self._attachments = attachments
        self._held = HeldBack(hold, self._carry_out)
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, _Lock] = WeakValueDictionary()
        self._folders: dict[str, str] = {}  # where the items are whose attachments are hidden
        self._made: set[tuple[str, str]] = set()  # (folder, item): directories that are there for us alone
        # The change key at which the server was asked what an item has attached, and the Content-IDs that it told.
        self._seen: LRUCache[str, tuple[str, dict[str, str]]] = LRUCache(10_000)

    # -- files -------------------------------------------------------------------------------------

    def put(self, node: AttachmentsNode, name: str, data: BinaryIO, *, upload_id: str) -> Attachment:
        """The file becomes an attachment called `name`; equal in name and bytes to one there, it is that one.

        Parameters: `data`, read from its beginning, and not closed; `upload_id`, the same when this is tried again
        after a failure or a crash: what was attached before is found by it. Returns the attachment, which has its
        id. Raises: VfsError (EROFS for what is attached to an attached message, EINVAL for a name that can't be
        kept, ENOENT when the item has gone, ...).
        """
        self._must_be_own(node)
        names.check_given(name)
        with self._lock(node.entry.id):
            node = self._current(node)
            return self._put(node, name, data, f"{MARK}{upload_id}")

    def remove(self, node: AttachmentNode) -> None:
        """The attachment is hidden at once, and removed on the server after a while; see `forget`.

        Raises: VfsError (EROFS for what is attached to an attached message, ENOENT when it has gone).
        """
        self._must_be_own(node.parent)
        item_id = node.parent.entry.id
        with self._lock(item_id):
            parent = self._current(node.parent)
            self._hide(parent, self._row(parent, node.attachment.name))
            self._held.add(item_id)

    def rename(self, node: AttachmentNode, name: str) -> None:
        """Attached anew under the new name, then removed; what had that name is replaced.

        Raises: VfsError as `put` and `remove`.
        """
        self._must_be_own(node.parent)
        names.check_given(name)
        with self._lock(node.parent.entry.id):
            parent = self._current(node.parent)
            row = self._row(parent, node.attachment.name)
            if row.name == name:
                return
            with self._attachments.open(self._node(parent, row)) as data:
                self._put(parent, name, data, f"{MARK}{uuid.uuid4().hex}")
            parent = self._current(parent)
            self._hide(parent, self._row(parent, row.name))
            self._remove_hidden(parent)

    # -- folders -----------------------------------------------------------------------------------

    def make_folder(self, folder_id: str, entry: Entry) -> None:
        """mkdir of the attachment folder of an item that has none: it is there until it is removed, or the mount ends.

        Raises: VfsError (EEXIST).
        """
        with self._lock(entry.id):
            node = self._current(AttachmentsNode(folder_id, entry))
            if node.entry.has_attachments:
                raise VfsError(errno.EEXIST, names.attachments_dir(entry.name))
            self._show_folder(node, shown=True)

    def remove_folder(self, node: AttachmentsNode) -> None:
        """rmdir of an attachment folder; what was removed from it is still held back.

        Raises: VfsError (EROFS for an attached message's, ENOTEMPTY).
        """
        self._must_be_own(node)
        with self._lock(node.entry.id):
            node = self._current(node)
            if self._attachments.listed(node):
                raise VfsError(errno.ENOTEMPTY, f"{names.attachments_dir(node.entry.name)} holds attachments")
            self._show_folder(node, shown=False)
            if not self._attachments.hidden(node.entry.id):
                self._catalog.show_attachments(node.folder_id, node.entry.id, None)
            self._held.touch()

    # -- what is held back -------------------------------------------------------------------------

    def forget(self, item_id: str) -> None:
        """The item goes: what was removed from it goes with it. To be called before the item is removed."""
        with self._lock(item_id):
            self._held.drop(item_id)
            self._held.touch()
            self._let_go(item_id)

    def settle(self, item_id: str) -> None:
        """The item is going to be moved, or to be replaced: what was removed from it is removed now."""
        self._held.flush(item_id)

    def flush(self) -> None:
        """Remove now what is held back. What can't be removed is tried again later, and the log says so."""
        self._held.flush()

    def close(self) -> None:
        """Remove what is held back, and end. What can't be removed now stays attached, and the log says so."""
        self._held.close()
        self._held.flush()
        for item_id in self._held.keys():  # noqa: SIM118 - it is no dict
            count = len(self._attachments.hidden(item_id))
            log.warning("%d removed attachments stay with their item: the server was out of reach", count)
        for folder_id, item_id in list(self._made):
            self._catalog.show_attachments(folder_id, item_id, None, has=False)

    # -- inside: making ----------------------------------------------------------------------------

    def _put(self, node: AttachmentsNode, name: str, data: BinaryIO, mark: str) -> Attachment:
        size = data.seek(0, 2)
        if all(row.name != name for row in self._attachments.rows(node)):
            # Programs ask in any Unicode form for what is shown in the normal one.
            name = next((r.name for r in self._attachments.rows(node) if r.name == names.normal(name)), name)
        there = self._equal(node, name, data, size)
        if there is not None:
            self._show(node, there)
            return there
        rows, marks = self._standing(node)
        # An earlier go of the same file, before a crash.
        earlier = [row for row in rows if row.remote_id is not None and marks.get(row.remote_id) == mark]
        done = next((row for row in earlier if self._holds(node, row, data, size)), None)
        if done is not None:
            made = done._replace(name=name)
        else:
            answer = self._make(node, name, data, mark, {row.remote_id for row in rows})
            marks[answer.id] = mark
            made = self._attachments.describe(name, answer.id, answer.message, size)
            self._keep_content(answer.id, data)
            node = self._changed(node, answer.change_key, grown=size)
        self._attachments.unhide(node.entry.id, made.remote_id)
        replaced = [row for row in rows if row.remote_id != made.remote_id and (row in earlier or row.name == name)]
        for row in replaced:
            self._hide(node, row)
        self._save(node, [*(row for row in rows if row.remote_id != made.remote_id), made])
        self._see(node, marks)
        self._show_folder(node, shown=None)
        if replaced:
            self._remove_hidden(node)
        return made

    def _make(self, node: AttachmentsNode, name: str, data: BinaryIO, mark: str, before: set[str | None]) -> _Made:
        """Attach a file, and after a lost connection ask first whether it was. `before`: the ids of what was there."""
        message = self._message(name, data)
        size = data.seek(0, 2)
        for attempt in range(_ATTEMPTS):
            try:
                if message is not None:
                    try:
                        stem = names.split(name)[0]
                        made = self._remote.attach_message(node.entry.id, stem, message, mark=mark)
                        return _Made(*made, message)
                    except VfsError as error:
                        if isinstance(error, OutcomeUnknown) or error.number not in _NO_MIME:
                            raise
                        log.info("the server takes no message as an attachment (%s): attached as a file", error.reason)
                        message = None
                data.seek(0)
                kind = _content_type(name)
                made = self._remote.attach_file(node.entry.id, name, data, content_type=kind, mark=mark)
                return _Made(*made, None)
            except OutcomeUnknown as error:
                self._unsee(node.entry.id)
                if attempt == _ATTEMPTS - 1:
                    raise
                log.info("asking whether %s was attached: %s", name, error.reason)
                rows, marks = self._look(node)
                for row in rows:
                    ours = (
                        row.remote_id is not None and row.remote_id not in before and marks.get(row.remote_id) == mark
                    )
                    if ours and self._holds(node, row, data, size, message=message):
                        return _Made(row.remote_id or "", node.entry.change_key, message)
        raise AssertionError("the last attempt raises")

    def _message(self, name: str, data: BinaryIO) -> bytes | None:
        """The MIME of a file that can be a message there and be read back under its name; else None."""
        if not name.endswith(".eml"):
            return None
        data.seek(0)
        mime = data.read()
        try:
            eml.check(mime)
        except ValueError:
            return None
        title = names.sanitize(f"{eml.subject(mime) or names.NO_SUBJECT}.eml")
        return mime if names.fit(*names.split(title)) == name else None

    def _equal(self, node: AttachmentsNode, name: str, data: BinaryIO, size: int) -> Attachment | None:
        """The attachment of that name with those bytes, shown or hidden, the shown one first."""
        hidden = self._attachments.hidden(node.entry.id)
        rows = [row for row in self._attachments.rows(node) if row.name == name]
        shown = [row for row in rows if row.remote_id not in hidden]
        for row in shown or rows:
            if self._holds(node, row, data, size):
                return row
        return None

    def _holds(
        self, node: AttachmentsNode, row: Attachment, data: BinaryIO, size: int, message: bytes | None = None
    ) -> bool:
        """Whether an attachment has those bytes; of a message that the server took apart, only it can tell."""
        if message is not None and row.is_message:
            return True
        if size != row.size if row.exact else size > row.size:
            return False
        data.seek(0)
        with self._attachments.open(self._node(node, row)) as file:
            if file.seek(0, 2) != size:
                return False
            file.seek(0)
            while chunk := file.read(_CHUNK):
                if chunk != data.read(len(chunk)):
                    return False
        return True

    def _keep_content(self, attachment_id: str, data: BinaryIO) -> None:
        data.seek(0)
        try:
            self._attachments.keep_content(attachment_id, data)
        except OSError as error:  # it is attached all the same
            log.warning("an attachment can't be kept in the cache: %s", error)
            self._attachments.drop_content(attachment_id)

    # -- inside: removing --------------------------------------------------------------------------

    def _hide(self, node: AttachmentsNode, row: Attachment) -> None:
        if row.remote_id is None:
            self._look(node)
            row = self._row(node, row.name)
        assert row.remote_id is not None  # now we know
        self._attachments.hide(node.entry.id, row.remote_id)
        self._folders[node.entry.id] = node.folder_id
        if not self._attachments.listed(node):
            # The directory stays until somebody removes it, as elsewhere.
            self._show_folder(node, shown=True)

    def _show(self, node: AttachmentsNode, row: Attachment) -> None:
        """What was hidden is put back."""
        item_id = node.entry.id
        if row.remote_id is None or row.remote_id not in self._attachments.hidden(item_id):
            return
        self._attachments.unhide(item_id, row.remote_id)
        self._show_folder(node, shown=None)
        if not self._attachments.hidden(item_id):
            self._held.drop(item_id)
            self._folders.pop(item_id, None)

    def _remove_hidden(self, node: AttachmentsNode) -> None:
        """What was replaced goes at once, with what is held back; when it can't, the thread tries again."""
        if not self._carry_out(node.entry.id):
            self._held.add(node.entry.id)
        else:
            self._held.drop(node.entry.id)

    def _carry_out(self, item_id: str) -> bool:
        """Remove an item's hidden attachments on the server. Returns whether nothing is left to be done."""
        with self._lock(item_id):
            hidden = self._attachments.hidden(item_id)
            if not hidden:
                return True
            node = self._node_of(item_id)
            if node is None:
                self._let_go(item_id)
                return True
            ids = sorted(hidden)
            try:
                results = self._remote.detach(ids)
            except VfsError as failure:
                results = [failure] * len(ids)
            failed = {i: r for i, r in zip(ids, results, strict=True) if isinstance(r, VfsError)}
            change_keys = [r for r in results if isinstance(r, str) and r]
            passing = {i for i, e in failed.items() if e.number in PASSING}
            for attachment_id, error in failed.items():
                if attachment_id in passing:
                    log.info("an attachment can't be removed yet: %s", error.reason)
                elif error.number != errno.ENOENT:
                    log.warning("an attachment of %s can't be removed: %s", node.entry.name, error.reason)
            refused = {i for i, e in failed.items() if i not in passing and e.number != errno.ENOENT}
            self._removed(node, hidden - refused - passing, change_keys[-1] if change_keys else "")
            for attachment_id in refused:
                self._attachments.unhide(item_id, attachment_id)
            if passing:
                return False
            self._folders.pop(item_id, None)
            return True

    def _removed(self, node: AttachmentsNode, gone: frozenset[str], change_key: str) -> None:
        """Attachments are no longer on the server."""
        if not gone:
            return
        rows = [row for row in self._attachments.rows(node) if row.remote_id not in gone]
        marks = {i: mark for i, mark in self._unsee(node.entry.id).items() if i not in gone}
        for attachment_id in gone:
            self._attachments.drop_content(attachment_id)
        node = self._changed(node, change_key)
        self._save(node, rows)
        for attachment_id in gone:
            self._attachments.unhide(node.entry.id, attachment_id)
        if change_key:
            self._see(node, marks)
        if not rows and (node.folder_id, node.entry.id) not in self._made:
            self._catalog.show_attachments(node.folder_id, node.entry.id, None, has=False)

    def _let_go(self, item_id: str) -> None:
        self._attachments.unhide(item_id)
        self._unsee(item_id)
        folder_id = self._folders.pop(item_id, None)
        for made in [m for m in self._made if m[1] == item_id]:
            self._made.discard(made)
            folder_id = folder_id or made[0]
        if folder_id is not None:
            self._catalog.show_attachments(folder_id, item_id, None)

    # -- inside: what is known ---------------------------------------------------------------------

    def _changed(self, node: AttachmentsNode, change_key: str, grown: int = 0) -> AttachmentsNode:
        """The item has another change key, and other content. Returns the node with its new entry."""
        if not change_key:
            change_key = self._change_key(node)
        with self._catalog.lock:
            old = self._current(node).entry
            size = old.size
            if old.kind is Kind.MAIL:
                size = int((old.size + grown) * _GROWTH) + _HEADERS if old.exact else old.size + int(grown * _GROWTH)
            entry = replace(old, change_key=change_key, size=size, exact=False)
            self._catalog.put_entry(node.folder_id, entry)
        return replace(node, entry=entry)

    def _change_key(self, node: AttachmentsNode) -> str:
        """The change key of an item after a change that told none; when it can't be had now, a sync will tell."""
        try:
            answer = self._remote.list_attachments([node.entry.id])[0]
        except VfsError as error:
            answer = error
        if not isinstance(answer, VfsError):
            return answer.change_key
        self._catalog.expire(node.folder_id)
        return node.entry.change_key

    def _save(self, node: AttachmentsNode, rows: Sequence[Attachment]) -> None:
        # Where they stand in the message of the old change key says nothing of the new one.
        self._attachments.save(node, [row._replace(part=None) if row.remote_id else row for row in rows])

    def _standing(self, node: AttachmentsNode) -> tuple[list[Attachment], dict[str, str]]:
        """What is attached, all with their ids, and the Content-IDs by id: as the server told it to this mount."""
        with self._guard:
            change_key, marks = self._seen.get(node.entry.id, ("", {}))
        rows = self._attachments.rows(node)
        if change_key == node.entry.change_key and all(row.remote_id in marks for row in rows):
            return rows, dict(marks)
        return self._look(node)

    def _look(self, node: AttachmentsNode) -> tuple[list[Attachment], dict[str, str]]:
        rows, marks = self._attachments.look(node)
        self._see(node, marks)
        return rows, marks

    def _see(self, node: AttachmentsNode, marks: dict[str, str]) -> None:
        with self._guard:
            self._seen[node.entry.id] = node.entry.change_key, marks

    def _unsee(self, item_id: str) -> dict[str, str]:
        """What is attached has to be asked for again. Returns the Content-IDs that were known."""
        with self._guard:
            seen = self._seen.pop(item_id, None)
        return {} if seen is None else seen[1]

    def _show_folder(self, node: AttachmentsNode, *, shown: bool | None) -> None:
        """Whether the directory shows: True and False for what was made and removed here, None for what there is."""
        key = node.folder_id, node.entry.id
        if shown:
            self._made.add(key)
        else:
            self._made.discard(key)
        has = bool(self._attachments.listed(node)) if shown is None else None
        self._catalog.show_attachments(node.folder_id, node.entry.id, shown, has=has)

    def _row(self, node: AttachmentsNode, name: str) -> Attachment:
        for row in self._attachments.listed(node):
            if row.name == name:
                return row
        raise VfsError(errno.ENOENT, f"{name} is no longer attached to {node.entry.name}")

    def _node(self, node: AttachmentsNode, row: Attachment) -> AttachmentNode:
        rows = self._attachments.rows(node)
        position = next((n for n, one in enumerate(rows) if one == row), 0)
        return AttachmentNode(node, position, row)

    def _node_of(self, item_id: str) -> AttachmentsNode | None:
        """The attachments of an item with hidden ones; None when it isn't where it was any more."""
        folder_id = self._folders.get(item_id)
        if folder_id is None:
            return None
        with self._catalog.lock:
            entry = self._catalog.listing(folder_id).entries.get(item_id)
        return None if entry is None else AttachmentsNode(folder_id, entry)

    def _current(self, node: AttachmentsNode) -> AttachmentsNode:
        """The node as the catalogue knows the item now."""
        with self._catalog.lock:
            entry = self._catalog.listing(node.folder_id).entries.get(node.entry.id)
        if entry is None:
            raise VfsError(errno.ENOENT, f"{node.entry.name} has gone")
        return replace(node, entry=entry)

    @staticmethod
    def _must_be_own(node: AttachmentsNode) -> None:
        if node.trail:
            raise VfsError(errno.EROFS, "what is attached to an attached message can't be changed")

    def _lock(self, item_id: str) -> AbstractContextManager[object]:
        with self._guard:
            lock = self._locks.get(item_id)
            if lock is None:
                lock = self._locks[item_id] = _Lock()
        return lock


class _Lock:
    """A lock that goes when nobody holds or awaits it; the thread that holds it may take it again."""

    __slots__ = ("__weakref__", "_lock")

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _content_type(name: str) -> str:
    """The media type of a file by its name. A message that is a file must not become one on its way."""
    kind, encoding = mimetypes.guess_type(name)
    if kind is None or encoding is not None or kind.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return kind
