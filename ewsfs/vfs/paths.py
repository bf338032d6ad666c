"""From a path to the node that it names: where the tree, the listings, the spool and attachments meet.

Threading: any thread. What is known is found without asking the server; what is not known may be new there.
"""

from __future__ import annotations

import errno

from ewsfs.vfs import names
from ewsfs.vfs.attached.attachments import Attachments
from ewsfs.vfs.attached.orphans import Orphans
from ewsfs.vfs.attached.unseen import Unseen
from ewsfs.vfs.attached.veils import Veils
from ewsfs.vfs.control.folder import NO_TRASH, Control
from ewsfs.vfs.control.outlets import Outlets
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.tree import CONTROL
from ewsfs.vfs.model import Entry
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
from ewsfs.vfs.writing.deferred import Deferred
from ewsfs.vfs.writing.journal import Settled
from ewsfs.vfs.writing.spool import Spool
from ewsfs.vfs.writing.temporary import is_ours_alone, is_users_trash


class Paths:
    """The paths of one filesystem."""

    def __init__(
        self,
        catalog: Catalog,
        attachments: Attachments,
        control: Control,
        spool: Spool,
        orphans: Orphans,
        veils: Veils,
        unseen: Unseen,
        deferred: Deferred,
    ) -> None:
        self._catalog = catalog
        self._attachments = attachments
        self._control = control
        self._spool = spool
        self._orphans = orphans
        self._veils = veils
        self._unseen = unseen
        self._deferred = deferred

    def resolve(self, path: str) -> Node:
        """The node at a path. Raises: VfsError (ENOENT, ENOTDIR, ENAMETOOLONG), Settled: look anew."""
        node: Node = FolderNode(self._catalog.tree.root)
        for name in path.split("/"):
            if name:
                node = self.child(node, name, path)
        return node

    def settled(self, path: str) -> Node:
        """As `resolve`, for more than a look: an item that is to move later is moved first.

        Raises: Settled when the path is to be looked at anew; VfsError.
        """
        node = self.resolve(path)
        self.settle(node)
        return node

    def settle(self, node: Node | None) -> None:
        """Have an item moved that is to move later. Raises: Settled, VfsError as `settled`."""
        if isinstance(node, (ItemNode, AttachmentsNode)) and self._catalog.is_moving(node.entry.id):
            self._deferred.settle()
            raise Settled

    def parent(self, path: str) -> tuple[Node, str]:
        """The node of the directory that a path is in, settled as by `settled`, and the name there."""
        above, _, name = path.rstrip("/").rpartition("/")
        return self.settled(above), name

    def child(self, node: Node, name: str, path: str) -> Node:
        """What has that name in a node; `path` is for the message. Raises: VfsError as `resolve`."""
        child = self.find_child(node, name, path)
        if child is None:
            raise VfsError(errno.ENOENT, path)
        return child

    def find_child(self, node: Node, name: str, path: str) -> Node | None:
        """As `child`, and None for what is not there."""
        if len(name.encode("utf-8", "surrogateescape")) > names.NAME_MAX:
            raise VfsError(errno.ENAMETOOLONG, path)
        if isinstance(node, FolderNode):
            return self._find_in_folder(node.folder_id, name)
        if isinstance(node, AttachmentsNode):
            self.settle(node)
            pending = self._spool.find(node.place, name)
            if pending is not None:
                return PendingNode(pending)
            return self.attached(node, name) or self._find_orphan(node.shelf, name)
        if isinstance(node, OrphanNode):
            pending = self._spool.find(node.orphan.place, name)
            return PendingNode(pending) if pending is not None else self._find_orphan(node.orphan.place, name)
        if isinstance(node, ControlNode):
            place = Outlets.place(node.parts, name)
            pending = self._spool.find(place, name) if place is not None else None
            if pending is not None:
                return PendingNode(pending)
            found = ControlNode((*node.parts, name))
            try:
                self._control.is_directory(found.parts)
            except VfsError as error:
                if error.errno != errno.ENOENT:
                    raise
                return None
            return found
        raise VfsError(errno.ENOTDIR, path)

    def _find_in_folder(self, folder_id: str, name: str) -> Node | None:
        if folder_id == self._catalog.tree.root and name == CONTROL:
            return ControlNode(())
        if folder_id == self._catalog.tree.root and is_users_trash(name):
            return ControlNode((NO_TRASH,))
        found = self._find_known(folder_id, name)
        if found is None and not is_ours_alone(name) and not self._catalog.is_fresh(folder_id):
            self._catalog.refresh_all(folder_id)
            found = self._find_known(folder_id, name)
        return found

    def _find_known(self, folder_id: str, name: str) -> Node | None:
        pending = self._spool.find(folder_id, name)
        if pending is not None:
            return PendingNode(pending)
        with self._catalog.lock:
            folder = self._catalog.tree.child(folder_id, name)
            if folder is not None:
                return FolderNode(folder.id)
            if not self._catalog.is_listed(folder_id):
                return None
            listing = self._catalog.listing(folder_id)
            entry = listing.file(name)
            if entry is not None:
                return None if self._spool.parked(entry.id) else ItemNode(folder_id, entry)
            entry = listing.attachment_folder(name)
            if entry is not None and not self._spool.parked(entry.id) and not self._is_unseen(folder_id, entry):
                return AttachmentsNode(folder_id, entry)
        return self._find_orphan(folder_id, name)

    def attached(self, node: AttachmentsNode, name: str) -> AttachmentNode | AttachmentsNode | None:
        """What has that name in an attachment folder on the server, and is shown."""
        found = self._attachments.find(node, name)
        if isinstance(found, AttachmentsNode):
            self._orphans.come(found.shelf)
        return found if found is not None and self._is_shown(node, found) else None

    def unshown(self, node: AttachmentsNode, name: str) -> AttachmentNode | AttachmentsNode | None:
        """What has that name in an attachment folder and doesn't show now: to be written, or made, anew."""
        found = self._attachments.find(node, name)
        return found if found is not None and not self._is_shown(node, found) else None

    def unshown_folder(self, folder_id: str, name: str) -> AttachmentsNode | None:
        """The attachment folder of that name in a folder, when it doesn't show to the program that asks."""
        entry = self.attachments_owner(folder_id, name)
        if entry is None or not entry.has_attachments or not self._is_unseen(folder_id, entry):
            return None
        return AttachmentsNode(folder_id, entry)

    def _is_unseen(self, folder_id: str, entry: Entry) -> bool:
        """Whether an item's attachment folder doesn't show to the program that asks."""
        return self._unseen.hides(folder_id, names.attachments_dir(entry.name), with_letter=entry.name)

    def _is_shown(self, node: AttachmentsNode, found: AttachmentNode | AttachmentsNode) -> bool:
        name = found.attachment.name if isinstance(found, AttachmentNode) else found.inside[-1]
        return not self._veils.covers(node, name) and not self._unseen.hides(node.shelf, name)

    def _find_orphan(self, above: str, name: str) -> OrphanNode | None:
        orphan = self._orphans.find(above, name)
        return OrphanNode(orphan) if orphan is not None else None

    @staticmethod
    def place(node: FolderNode | AttachmentsNode | OrphanNode) -> str:
        """Which directory it is, whether an attachment folder's item is there or not."""
        if isinstance(node, FolderNode):
            return node.folder_id
        return node.shelf if isinstance(node, AttachmentsNode) else node.orphan.place

    def attachments_owner(self, folder_id: str, name: str) -> Entry | None:
        """The item whose attachment folder has, or would have, that name."""
        listing = self._catalog.listing(folder_id)
        with self._catalog.lock:
            return listing.owner(name)
