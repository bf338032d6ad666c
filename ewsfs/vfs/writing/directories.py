"""mkdir(2) and rmdir(2): which of their many meanings is meant, by where it is and what it is called.

A directory is a folder of the mailbox, the attachment folder of an item or of a message attached to it, or one that is
only here (see `orphans`).

Threading: any thread; locks as in `filesystem`.
"""

from __future__ import annotations

import errno

from ewsfs.vfs import names
from ewsfs.vfs.attached.attaching import AttachmentWriter
from ewsfs.vfs.attached.orphans import Orphans
from ewsfs.vfs.attached.unseen import Unseen
from ewsfs.vfs.attached.veils import Veils
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.nodes import AttachmentsNode, FolderNode, ItemNode, Node, OrphanNode, PendingNode
from ewsfs.vfs.paths import Paths
from ewsfs.vfs.writing.changes import Changes
from ewsfs.vfs.writing.journal import Pending
from ewsfs.vfs.writing.moves import Moves
from ewsfs.vfs.writing.spool import Spool
from ewsfs.vfs.writing.temporary import is_hidden, is_kept_here, is_temporary_folder, is_trash


class Directories:
    """The directories of one filesystem, made and removed."""

    def __init__(
        self,
        paths: Paths,
        catalog: Catalog,
        changes: Changes,
        spool: Spool,
        moves: Moves,
        attaching: AttachmentWriter,
        orphans: Orphans,
        veils: Veils,
        unseen: Unseen,
    ) -> None:
        self._paths = paths
        self._catalog = catalog
        self._changes = changes
        self._spool = spool
        self._moves = moves
        self._attaching = attaching
        self._orphans = orphans
        self._veils = veils
        self._unseen = unseen

    def make(self, parent: Node, name: str, path: str) -> None:
        """mkdir(2), where nothing has that name. Raises: VfsError (EPERM for a trash, EACCES, EROFS, ...)."""
        if is_trash(name):
            raise VfsError(errno.EPERM, f"{path}: what is removed goes to Deleted Items, which is the trash here")
        if not isinstance(parent, (FolderNode, AttachmentsNode, OrphanNode)):
            raise VfsError(errno.EROFS, f"{path}: folders are made in folders only")
        self._unseen.made(self._make(parent, name, path))
        self._unseen.put(self._paths.place(parent), name)

    def remove(self, node: FolderNode | AttachmentsNode | OrphanNode, path: str) -> None:
        """rmdir(2): only what is empty. Raises: VfsError (ENOTEMPTY, EPERM for a default folder, ...)."""
        if isinstance(node, OrphanNode):
            self._be_without_files(path, node.orphan.place)
            self._orphans.remove(node.orphan)
        elif isinstance(node, AttachmentsNode):
            self._be_without_files(path, node.place, node.shelf)
            self._attaching.remove_folder(node)
        else:
            folder = self._catalog.tree.get(node.folder_id)
            if folder is None:
                raise VfsError(errno.EBUSY, "the mount point itself")
            self._be_without_files(path, folder.id)
            self._changes.rmdir(folder)

    def seen(self, place: str) -> list[Pending]:
        """The files being written in a place (see `Journal.place`) that are listed there.

        One that was removed while it is open is not: on a local filesystem it would have no name any more.
        """
        return [pending for pending in self._spool.in_place(place) if not is_hidden(pending.journal.name)]

    # -- inside ------------------------------------------------------------------------------------

    def _make(self, parent: FolderNode | AttachmentsNode | OrphanNode, name: str, path: str) -> str:
        """Returns the place of the new directory (see `Paths.place`)."""
        is_inside = isinstance(parent, OrphanNode) and is_kept_here(parent.orphan.place)
        if is_inside or is_temporary_folder(name):
            return self._make_here(parent, name)
        if not isinstance(parent, FolderNode):
            if not name.endswith(names.ATTACHMENTS):
                raise VfsError(errno.EROFS, f"{path}: folders are made in folders only")
            return self._make_inside(parent, name)
        if not self._catalog.tree.may_make_folders(parent.folder_id):
            raise VfsError(errno.EACCES, f"{path}: the server lets us make no folders there")
        if name.endswith(names.ATTACHMENTS) and parent.folder_id != self._catalog.tree.root:
            return self._make_attachment_folder(parent, name)
        self._changes.mkdir(parent.folder_id, name)
        folder = self._catalog.tree.child(parent.folder_id, name)
        return folder.id if folder is not None else ""

    def _make_here(self, parent: FolderNode | AttachmentsNode | OrphanNode, name: str) -> str:
        """One that the server knows nothing of."""
        if isinstance(parent, FolderNode):
            return self._orphans.make(parent.folder_id, name).place
        if isinstance(parent, AttachmentsNode):
            return self._orphans.make(parent.folder_id, name, parent.shelf).place
        above = self._orphans.stay(parent.orphan)
        return self._orphans.make(above.folder_id, name, above.place).place

    def _make_attachment_folder(self, parent: FolderNode, name: str) -> str:
        entry = self._paths.attachments_owner(parent.folder_id, name)
        if entry is None:
            return self._make_here(parent, name)
        self._paths.settle(ItemNode(parent.folder_id, entry))
        if self._paths.unshown_folder(parent.folder_id, name) is None:
            self._attaching.make_folder(parent.folder_id, entry)
        return AttachmentsNode(parent.folder_id, entry).shelf

    def _make_inside(self, parent: AttachmentsNode | OrphanNode, name: str) -> str:
        """The attachment folder of an attached message, which may be there, and not be shown."""
        unshown = self._paths.unshown(parent, name) if isinstance(parent, AttachmentsNode) else None
        if not (isinstance(parent, AttachmentsNode) and isinstance(unshown, AttachmentsNode)):
            return self._make_here(parent, name)
        self._veils.lift(parent, name)
        return unshown.shelf

    def _be_without_files(self, path: str, *places: str) -> None:
        """A directory is to be removed. What was removed from it goes now; who has it open keeps the bytes.

        Raises: VfsError (ENOTEMPTY).
        """
        if any(self.seen(place) or self._orphans.listed(place) for place in places):
            raise VfsError(errno.ENOTEMPTY, f"{path} holds files that are being written")
        for pending in [pending for place in places for pending in self._spool.in_place(place)]:
            self._moves.remove(PendingNode(pending), path)
