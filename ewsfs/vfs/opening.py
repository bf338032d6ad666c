"""open(2): which of its many meanings is meant, by what stands at the path and what is to be done with it.

An item that is read is a file of the store; one that is written to is a file of the spool; what is new is that from the
first moment.

Threading: any thread; locks as in `filesystem`.
"""

from __future__ import annotations

import errno
import os
from typing import BinaryIO

from ewsfs.vfs.attached.attachments import Attachments
from ewsfs.vfs.attached.orphans import Orphans
from ewsfs.vfs.attached.unseen import Unseen
from ewsfs.vfs.control.folder import Control
from ewsfs.vfs.control.outlets import Outlets
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.handles import BytesHandle, Handle, PendingHandle, ReadHandle
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.content import Contents
from ewsfs.vfs.nodes import (
    AttachmentNode,
    AttachmentsNode,
    ControlNode,
    FolderNode,
    ItemNode,
    Node,
    OrphanNode,
    PendingNode,
)
from ewsfs.vfs.paths import Paths
from ewsfs.vfs.settings import Settings
from ewsfs.vfs.writing.journal import Pending, Settled
from ewsfs.vfs.writing.temporary import is_temporary
from ewsfs.vfs.writing.writer import Writer

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_TRUNC  # O_RDONLY | O_TRUNC empties the file on Linux


class Opening:
    """The files of one filesystem, opened and created."""

    def __init__(
        self,
        paths: Paths,
        catalog: Catalog,
        contents: Contents,
        attachments: Attachments,
        orphans: Orphans,
        unseen: Unseen,
        control: Control,
        writer: Writer,
        settings: Settings,
    ) -> None:
        self._paths = paths
        self._catalog = catalog
        self._contents = contents
        self._attachments = attachments
        self._orphans = orphans
        self._unseen = unseen
        self._control = control
        self._writer = writer
        self._settings = settings

    def open(self, path: str, flags: int) -> Handle:
        """See `FileSystem.open`. Raises: Settled, when the path is to be looked at anew; VfsError."""
        node = self._paths.settled(path)
        writing = bool(flags & _WRITING)
        if isinstance(node, (FolderNode, AttachmentsNode, OrphanNode)):
            raise VfsError(errno.EISDIR, path)
        if writing:
            self._settings.must_be_writable()
        if isinstance(node, PendingNode):
            self._writer.opened(node.pending)
            return self._pending_handle(node.pending, flags)
        if isinstance(node, ItemNode) and writing:
            self._must_take_items(node.folder_id, path)
            self._look_again(node)
            return self._pending_handle(self._writer.edit(node.folder_id, node.entry), flags)
        if isinstance(node, AttachmentNode) and writing:
            # To an attached message's it may be what is there already that is written: that is seen at the close.
            return self._pending_handle(self._edit_attachment(node), flags)
        if isinstance(node, ControlNode) and writing:
            return self._pending_handle(self._edit_control(node, path), flags)
        if writing:
            raise VfsError(errno.EROFS, f"{path}: it can't be written to")
        if isinstance(node, ItemNode):
            self._look_again(node)
            file = self._contents.open(node.folder_id, node.entry)
            return ReadHandle(file, f"{node.entry.id}\0{node.entry.change_key}")
        if isinstance(node, AttachmentNode):
            file = self._open_attachment(node)
            return ReadHandle(file, f"{node.parent.owner}\0{node.position}\0{node.parent.entry.change_key}")
        found = self._control.find(node.parts)
        if isinstance(found, Pending):
            return ReadHandle(open(found.data, "rb"), None)
        return BytesHandle(found)

    def create(self, path: str, flags: int) -> Handle:
        """See `FileSystem.create`. Raises: as `open`."""
        parent, name = self._paths.parent(path)
        try:
            self._paths.child(parent, name, path)
        except VfsError as error:
            if error.errno != errno.ENOENT:
                raise
        else:
            if flags & os.O_EXCL:
                raise VfsError(errno.EEXIST, path)
            return self.open(path, flags & ~os.O_CREAT)
        pending = self._create(parent, name, path)
        if isinstance(parent, (FolderNode, AttachmentsNode, OrphanNode)):
            self._unseen.put(self._paths.place(parent), name)
        return PendingHandle(self._writer, pending, flags | os.O_CREAT)

    def _create(self, parent: Node, name: str, path: str) -> Pending:
        if isinstance(parent, OrphanNode):
            orphan = self._orphans.stay(parent.orphan)
            return self._writer.create(orphan.folder_id, name, owner=orphan.place)
        if isinstance(parent, AttachmentsNode) and self._may_be_written(parent, name):
            return self._writer.create(parent.folder_id, name, owner=parent.place)
        place = Outlets.place(parent.parts, name) if isinstance(parent, ControlNode) else None
        if place is not None:
            return self._writer.create(place, name)
        if not isinstance(parent, FolderNode):
            raise VfsError(errno.EROFS, f"{path}: nothing can be created there")
        if parent.folder_id == self._catalog.tree.root and not is_temporary(name):
            raise VfsError(errno.EPERM, f"{path}: items can't stand beside the mailbox's folders")
        self._must_take_items(parent.folder_id, path)
        return self._writer.create(parent.folder_id, name)

    # -- inside ------------------------------------------------------------------------------------

    def _pending_handle(self, pending: Pending, flags: int) -> Handle:
        handle = PendingHandle(self._writer, pending, flags)
        if flags & os.O_TRUNC:
            try:
                self._writer.truncate(pending, 0)
            except BaseException:
                handle.release()
                raise
        return handle

    def _look_again(self, node: ItemNode) -> None:
        """Before an item is opened: is it still what we know? With the server out of reach, it is.

        Raises: Settled when it isn't.
        """
        self._catalog.refresh(node.folder_id)
        listing = self._catalog.listing(node.folder_id)
        with self._catalog.lock:
            now = listing.entries.get(node.entry.id)
            if now is None or now.change_key != node.entry.change_key:
                raise Settled

    def _may_be_written(self, node: AttachmentsNode, name: str) -> bool:
        """Whether a file can be created in an attachment folder: a new one only in an item's own."""
        return not node.trail or is_temporary(name) or isinstance(self._paths.unshown(node, name), AttachmentNode)

    def _edit_attachment(self, node: AttachmentNode) -> Pending:
        return self._writer.edit_attachment(node, lambda: self._open_attachment(node))

    def _open_attachment(self, node: AttachmentNode) -> BinaryIO:
        """The bytes of an attachment. Raises: Settled when somebody else changed the item since it was listed."""
        try:
            return self._attachments.open(node)
        except VfsError as error:
            if error.errno not in (errno.ENOENT, errno.ESTALE) or not self._attachments.has_changed(node):
                raise
            raise Settled from error

    def _edit_control(self, node: ControlNode, path: str) -> Pending:
        found = self._control.find(node.parts)
        place = Outlets.place(node.parts[:-1], node.parts[-1])
        if place is None or isinstance(found, Pending):
            raise VfsError(errno.EROFS, f"{path}: it can't be written to")
        return self._writer.edit_control(place, node.parts[-1], found)

    def _must_take_items(self, folder_id: str, path: str) -> None:
        if not self._catalog.tree.may_create(folder_id):
            raise VfsError(errno.EACCES, f"{path}: the server lets us make and change no items there")
