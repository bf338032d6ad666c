"""rename(2): which of its many meanings is meant, by what stands at either end.

A file that is only here is renamed here, and becomes an item when it gets a real name; an item is renamed or moved on
the server, or parked when an editor calls it like a backup; what stood at the new name is replaced.

Threading: any thread; locks as in `filesystem`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from ewsfs.vfs import names
from ewsfs.vfs.attached.attaching import AttachmentWriter
from ewsfs.vfs.attached.attachments import Attachments
from ewsfs.vfs.attached.orphans import Orphans
from ewsfs.vfs.control.outlets import Outlets
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog
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
from ewsfs.vfs.writing.changes import Changes
from ewsfs.vfs.writing.deferred import Deferred
from ewsfs.vfs.writing.journal import Pending, State
from ewsfs.vfs.writing.parking import Parking
from ewsfs.vfs.writing.temporary import is_hidden, is_temporary
from ewsfs.vfs.writing.writer import Writer


class Moves:
    """Renames in one filesystem."""

    def __init__(
        self,
        paths: Paths,
        catalog: Catalog,
        changes: Changes,
        deferred: Deferred,
        writer: Writer,
        parking: Parking,
        attachments: Attachments,
        attaching: AttachmentWriter,
        orphans: Orphans,
    ) -> None:
        self._paths = paths
        self._catalog = catalog
        self._changes = changes
        self._deferred = deferred
        self._writer = writer
        self._parking = parking
        self._attachments = attachments
        self._attaching = attaching
        self._orphans = orphans

    def rename(self, old: str, new: str) -> None:
        """rename(2), within and between folders; what stood at `new` is replaced. Raises: VfsError."""
        node = self._paths.settled(old)
        parent, name = self._paths.parent(new)
        if isinstance(node, (AttachmentsNode, OrphanNode)):
            raise VfsError(errno.EPERM, f"{old}: an attachment folder follows its item")
        beneath = self._beneath(node, old)
        if beneath is not None and beneath.parent != parent:
            raise VfsError(errno.EXDEV, f"{old}: what is attached can be copied elsewhere, not moved")
        if isinstance(parent, (AttachmentsNode, OrphanNode)):
            self._rename_into_attachments(node, parent, name, new)
            if beneath is not None and beneath.attachment.name != name:
                self._attaching.remove(beneath)
            return
        if isinstance(node, AttachmentNode):
            raise VfsError(errno.EXDEV, f"{old}: what is attached can be copied elsewhere, not moved")
        if not isinstance(node, (FolderNode, ItemNode, PendingNode)):
            raise VfsError(errno.EPERM, f"{old}: it can't be moved")
        if isinstance(parent, ControlNode) and isinstance(node, PendingNode):
            self._rename_into_control(node.pending, parent, name, new)
            return
        if not isinstance(parent, FolderNode):
            raise VfsError(errno.EXDEV, f"{new}: nothing can be moved there")
        target = self._paths.find_child(parent, name, new)
        self._paths.settle(target)
        if isinstance(node, FolderNode):
            self._rename_folder(node, parent, name, target)
            return
        if isinstance(target, (FolderNode, AttachmentsNode, OrphanNode)):
            raise VfsError(errno.EISDIR, new)
        if parent.folder_id == self._catalog.tree.root and not is_temporary(name):
            raise VfsError(errno.EPERM, f"{new}: items can't stand beside the mailbox's folders")
        if isinstance(node, PendingNode):
            self._rename_pending(node.pending, parent, name, target)
        else:
            self._rename_item(node, parent, name, target)

    def _rename_into_control(self, pending: Pending, parent: ControlNode, name: str, path: str) -> None:
        place = Outlets.place(parent.parts, name)
        if place is None or pending.journal.place != place or not pending.is_local:
            raise VfsError(errno.EXDEV, f"{path}: what goes there is copied there")
        target = self._paths.find_child(parent, name, path)
        with self._room(pending, name, target):
            self._writer.rename(pending, place, name)

    def _rename_folder(self, node: FolderNode, parent: FolderNode, name: str, target: Node | None) -> None:
        folder = self._catalog.tree.get(node.folder_id)
        if folder is None:
            raise VfsError(errno.EBUSY, "the mount point itself")
        if isinstance(target, FolderNode) and target.folder_id != node.folder_id:
            self._deferred.settle()
            victim = self._catalog.tree.get(target.folder_id)
            assert victim is not None  # only the root is no folder of the tree, and it has no name
            self._changes.rmdir(victim)
        elif target is not None and not isinstance(target, FolderNode):
            raise VfsError(errno.ENOTDIR, name)
        self._changes.move_folder(folder, parent.folder_id, name)

    def _rename_item(
        self, node: ItemNode, parent: FolderNode, name: str, target: Node | None, *, later: bool = True
    ) -> None:
        """Parameters: `later`, the server may be told of a move later."""
        if isinstance(target, ItemNode) and target.entry.id == node.entry.id:
            if node.entry.name == name:
                return
            target = None
        if isinstance(target, PendingNode):
            edited = self._item(target.pending.journal.folder_id, target.pending.journal.replaces)
            with self._writer.making_room(target.pending):
                self._rename_item(node, parent, name, edited, later=False)
            return
        if is_temporary(name):
            self._parking.park(parent.folder_id, name, node.folder_id, node.entry)
            self._is_put_aside(node, name)
            return
        over = target if isinstance(target, ItemNode) else None
        if node.entry.kind.fits(name):
            # What was removed from its attachment folder, and is held back, has to be removed where the item is now.
            is_whole = not self._attachments.hidden(node.entry.id)
            if later and is_whole and over is None and self._deferred.takes(node, parent.folder_id):
                self._deferred.add(node, parent.folder_id, name)
            else:
                self._changes.move(node, parent.folder_id, name, over)
            return
        # Another kind of file is another kind of item: made anew from the same bytes.
        pending = self._writer.copy_of(node.folder_id, node.entry, parent.folder_id, name, over)
        try:
            self._writer.finish_now(pending)
        except VfsError:
            self._writer.discard(pending)
            raise
        self._changes.remove(node)

    def _rename_into_attachments(self, node: Node, parent: AttachmentsNode | OrphanNode, name: str, path: str) -> None:
        is_new = isinstance(node, PendingNode) and not node.pending.journal.parks and not node.pending.journal.replaces
        is_put_aside = isinstance(node, AttachmentNode) and node.parent == parent and is_temporary(name)
        if isinstance(parent, AttachmentsNode) and parent.trail and not (is_new or is_put_aside):
            raise VfsError(errno.EROFS, f"{path}: what is attached to an attached message can't be changed")
        target = self._paths.find_child(parent, name, path)
        if isinstance(target, (AttachmentsNode, OrphanNode)):
            raise VfsError(errno.EISDIR, path)
        owner = parent.orphan.place if isinstance(parent, OrphanNode) else parent.place
        folder_id = parent.orphan.folder_id if isinstance(parent, OrphanNode) else parent.folder_id
        if isinstance(node, PendingNode) and is_new:
            with self._room(node.pending, name, target):
                self._writer.rename(node.pending, folder_id, name, owner=owner)
        elif isinstance(node, AttachmentNode) and isinstance(parent, AttachmentsNode) and node.parent == parent:
            if isinstance(target, PendingNode):
                with self._writer.making_room(target.pending):
                    self._rename_into_attachments(node, parent, name, path)
                return
            if is_temporary(name):
                with self._attachments.open(node) as file:
                    self._parking.keep_here(node, name, file)
                self._attaching.remove(node)
            else:
                self._attaching.rename(node, name)
                self._writer.attachment_renamed(node, name)
        else:
            raise VfsError(errno.EXDEV, f"{path}: what is to be attached is copied there")

    def _rename_pending(self, pending: Pending, parent: FolderNode, name: str, target: Node | None) -> None:
        journal = pending.journal
        if isinstance(target, PendingNode):
            beneath = self._item(target.pending.journal.folder_id, target.pending.journal.replaces)
            with self._room(pending, name, target):
                self._rename_pending(pending, parent, name, None if target.pending is pending else beneath)
            return
        over = target.entry if isinstance(target, ItemNode) else None
        parked = self._item(journal.parked_in, journal.parks or None)
        if parked is not None and journal.changed and not is_temporary(name):
            # A backup that was written to: the item gets those bytes, or goes when they get another name.
            self._parking.unpark(pending)
            is_back = parked.folder_id == parent.folder_id and names.key(parked.entry.name) == names.key(name)
            self._writer.rename(pending, parent.folder_id, name, over=parked.entry if is_back else over)
            if not is_back:
                self._changes.remove(parked)
            return
        if parked is not None and not is_temporary(name):
            # The backup comes back: the item that it stands for gets its name.
            entry = parked.entry
            if entry.name != name or parked.folder_id != parent.folder_id:
                at = target if isinstance(target, ItemNode) and target.entry.id != entry.id else None
                entry = self._changes.move(parked, parent.folder_id, name, at)
            self._parking.back(pending, parent.folder_id, entry)
            return
        edited = self._item(journal.folder_id, journal.replaces)
        if edited is not None and not pending.is_local:
            # An item that is being edited: it goes on there, with what was written so far.
            if is_temporary(name):
                self._parking.park_edited(pending, parent.folder_id, name, edited.folder_id, edited.entry)
                self._is_put_aside(edited, name)
                return
            at = target if isinstance(target, ItemNode) and target.entry.id != edited.entry.id else None
            moved = self._changes.move(edited, parent.folder_id, name, at)
            self._writer.edit_moved(pending, parent.folder_id, moved)
            return
        self._writer.rename(pending, parent.folder_id, name, over=over)

    @contextmanager
    def _room(self, pending: Pending, name: str, target: Node | None) -> Iterator[None]:
        """Rename a file that is only here over what has that name, if anything of its kind has."""
        if not isinstance(target, PendingNode) or target.pending is pending:
            yield
            return
        journal = pending.journal
        with self._writer.making_room(
            target.pending, lambda: journal.name == name and journal.state in (State.READY, State.LOCAL)
        ):
            yield

    def _is_put_aside(self, node: ItemNode, name: str) -> None:
        """An item was removed while it is open: its attachment folder is still there to be removed, as ever."""
        if is_hidden(name) and node.entry.has_attachments:
            self._orphans.linger(node.folder_id, names.attachments_dir(node.entry.name))

    def _remove_pending(self, pending: Pending) -> None:
        """What is only here makes room; an item that it was an edit of goes with it."""
        edited = self._item(pending.journal.folder_id, pending.journal.replaces)
        self._writer.discard(pending)
        if edited is not None:
            self._changes.remove(edited)

    def _item(self, folder_id: str, item_id: str | None) -> ItemNode | None:
        if item_id is None:
            return None
        listing = self._catalog.listing(folder_id)
        with self._catalog.lock:
            entry = listing.entries.get(item_id)
        return ItemNode(folder_id, entry) if entry is not None else None

    def _beneath(self, node: Node, path: str) -> AttachmentNode | None:
        """The attachment that a file being written is to take the place of, and is shown in the place of."""
        if not isinstance(node, PendingNode) or not node.pending.journal.owner or node.pending.is_local:
            return None
        parent, name = self._paths.parent(path)
        found = self._paths.attached(parent, name) if isinstance(parent, AttachmentsNode) else None
        return found if isinstance(found, AttachmentNode) else None

    def remove(self, node: PendingNode, path: str) -> None:
        """unlink(2) of a file that is only here, or stands for an item, or for an attachment."""
        pending = node.pending
        beneath = self._beneath(node, path)
        if beneath is not None:
            self._attaching.remove(beneath)
        parked = self._item(pending.journal.parked_in, pending.journal.parks or None)
        self._remove_pending(pending)
        if parked is not None:
            self._changes.remove(parked)
