"""What stands attached to an item while it is being changed: asked for once, kept right through changes of our own.

Used by `attaching`, with the item's lock held (`lock`).

Threading: any thread. The item's lock is held during requests; it is taken after a pending file's lock and before the
catalogue's.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from weakref import WeakValueDictionary

from cachetools import LRUCache

from ewsfs.vfs.attached.attachments import Attachments
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.model import Attachment, Kind
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode
from ewsfs.vfs.remote import Mailbox

_GROWTH = 1.5  # by which MIME is larger than what it holds, at most
_HEADERS = 8192


class Standing:
    """What stands attached to the items of one mailbox.

    Parameters: `remote`, the mailbox; `catalog`, whose entries get new change keys; `attachments`, what is known.
    """

    def __init__(self, remote: Mailbox, catalog: Catalog, attachments: Attachments) -> None:
        self._remote = remote
        self._catalog = catalog
        self._attachments = attachments
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, _Lock] = WeakValueDictionary()
        # The change key at which the server was asked what an item has attached, and the Content-IDs that it told.
        self._told: LRUCache[str, tuple[str, dict[str, str]]] = LRUCache(10_000)

    @contextmanager
    def lock(self, item_id: str) -> Iterator[None]:
        """One change of an item's attachments at a time; a thread that has the lock may take it again."""
        with self._guard:
            lock = self._locks.get(item_id)
            if lock is None:
                lock = self._locks[item_id] = _Lock()
        with lock.lock:
            yield

    # -- asking ------------------------------------------------------------------------------------

    def current(self, node: AttachmentsNode) -> AttachmentsNode:
        """The node as the catalogue knows the item now. Raises: VfsError (ENOENT)."""
        listing = self._catalog.listing(node.folder_id)
        with self._catalog.lock:
            entry = listing.entries.get(node.entry.id)
        if entry is None:
            raise VfsError(errno.ENOENT, f"{node.entry.name} has gone")
        return replace(node, entry=entry)

    def row(self, node: AttachmentsNode, name: str) -> Attachment:
        """The attachment that shows under a name. Raises: VfsError (ENOENT)."""
        for row in self._attachments.listed(node):
            if row.name == name:
                return row
        raise VfsError(errno.ENOENT, f"{name} is no longer attached to {node.entry.name}")

    def as_file(self, node: AttachmentsNode, row: Attachment) -> AttachmentNode:
        """An attachment as a node, to be opened."""
        rows = self._attachments.rows(node)
        return AttachmentNode(node, next((n for n, one in enumerate(rows) if one == row), 0), row)

    def told(self, node: AttachmentsNode) -> tuple[list[Attachment], dict[str, str]]:
        """All that is attached, with ids, and the Content-IDs by id: as the server told it to this mount.

        Raises: VfsError.
        """
        with self._guard:
            change_key, marks = self._told.get(node.entry.id, ("", {}))
        rows = self._attachments.rows(node)
        if change_key == node.entry.change_key and all(row.remote_id in marks for row in rows):
            return rows, dict(marks)
        return self.ask(node)

    def ask(self, node: AttachmentsNode) -> tuple[list[Attachment], dict[str, str]]:
        """As `told`, from the server now."""
        rows, marks = self._attachments.look(node)
        with self._guard:
            self._told[node.entry.id] = node.entry.change_key, marks
        return rows, marks

    def forget(self, item_id: str) -> dict[str, str]:
        """The next question goes to the server. Returns the Content-IDs that were known."""
        with self._guard:
            return self._told.pop(item_id, ("", {}))[1]

    # -- after a change of ours --------------------------------------------------------------------

    def added(
        self,
        node: AttachmentsNode,
        change_key: str,
        rows: Sequence[Attachment],
        made: Attachment,
        marks: dict[str, str],
        size: int,
    ) -> AttachmentsNode:
        """`made` has come to `rows`, with `size` bytes. Returns the node with its new entry."""
        node = self._changed(node, change_key, grown=size)
        self._attachments.save(node, [*rows, made])
        with self._guard:
            self._told[node.entry.id] = node.entry.change_key, marks
        return node

    def removed(self, node: AttachmentsNode, change_key: str, gone: frozenset[str]) -> AttachmentsNode:
        """The attachments of those ids are gone. Returns the node with its new entry."""
        rows = [row for row in self._attachments.rows(node) if row.remote_id not in gone]
        marks = self.forget(node.entry.id)
        node = self._changed(node, change_key)
        self._attachments.save(node, rows)
        for attachment_id in gone:
            self._attachments.drop_content(attachment_id)
            self._attachments.unhide(node.entry.id, attachment_id)
        if change_key and marks:
            with self._guard:
                self._told[node.entry.id] = change_key, {i: m for i, m in marks.items() if i not in gone}
        return node

    def _changed(self, node: AttachmentsNode, change_key: str, grown: int = 0) -> AttachmentsNode:
        """The item has another change key, and a message other content; no other item's file says what is attached."""
        change_key = change_key or self._change_key(node)
        with self._catalog.lock:
            old = self.current(node).entry
            size = old.size
            if old.kind is Kind.MAIL:
                size = int((old.size + grown) * _GROWTH) + _HEADERS if old.exact else old.size + int(grown * _GROWTH)
            entry = replace(old, change_key=change_key, size=size, exact=False)
            if old.kind.made_here and self._attachments.same_file(old, entry):
                entry = replace(entry, exact=old.exact)
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


class _Lock:
    """A lock that goes when nobody holds or awaits it."""

    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.lock = threading.RLock()
