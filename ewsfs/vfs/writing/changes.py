"""Changes of folders and items by name: mkdir, rmdir, rm, mv. Each returns when the server has done it.

Threading: any thread. The catalogue's lock is held only to look up and to note the outcome.
"""

from __future__ import annotations

import errno
from dataclasses import replace

from ewsfs.vfs import names
from ewsfs.vfs.attached.attaching import AttachmentWriter
from ewsfs.vfs.attached.attachments import Attachments
from ewsfs.vfs.attached.orphans import Orphans
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.content import Contents
from ewsfs.vfs.model import Entry, Folder
from ewsfs.vfs.nodes import ItemNode
from ewsfs.vfs.remote import Mailbox
from ewsfs.vfs.writing.writer import Writer

_TRASH = "deleteditems"


class Changes:
    """Changes to one mailbox."""

    def __init__(
        self,
        remote: Mailbox,
        catalog: Catalog,
        contents: Contents,
        writer: Writer,
        attachments: Attachments,
        attaching: AttachmentWriter,
        orphans: Orphans,
    ) -> None:
        self._remote = remote
        self._catalog = catalog
        self._contents = contents
        self._writer = writer
        self._attachments = attachments
        self._attaching = attaching
        self._orphans = orphans

    # -- folders -----------------------------------------------------------------------------------

    def mkdir(self, parent_id: str, name: str) -> None:
        """A folder of its parent's class.

        Raises: VfsError (EEXIST, EACCES, EINVAL for a name that can't be kept).
        """
        names.check_given(name)
        parent = self._catalog.tree.get(parent_id)
        folder_class = (parent.folder_class if parent is not None else "") or "IPF.Note"
        self._catalog.put_folder(self._remote.create_folder(parent_id, name, folder_class))

    def rmdir(self, folder: Folder) -> None:
        """Remove a folder that is empty, here and on the server.

        Raises: VfsError (EPERM for a default folder, ENOTEMPTY).
        """
        self._must_be_own(folder)
        # Somebody may have put something there since it was last looked at.
        self._catalog.expire(folder.id)
        self._catalog.refresh(folder.id)
        listing = self._catalog.listing(folder.id)
        with self._catalog.lock:
            if listing.entries or self._catalog.tree.children(folder.id):
                raise VfsError(errno.ENOTEMPTY, f"{folder.name} holds items or folders")
        self._remote.delete_folder(folder.id)
        self._catalog.drop_folder(folder.id)

    def move_folder(self, folder: Folder, parent_id: str, name: str) -> None:
        """Rename a folder, move it, or both.

        Raises: VfsError (EPERM for a default folder, EINVAL for a move below itself).
        """
        self._must_be_own(folder)
        names.check_given(name)
        if folder.id in self._catalog.tree.ancestors(parent_id):
            raise VfsError(errno.EINVAL, f"{folder.name} can't be moved below itself")
        change_key = folder.change_key
        if name != folder.name:
            change_key = self._remote.rename_folder(folder.id, change_key, name)
        if parent_id != folder.parent_id:
            change_key = self._remote.move_folder(folder.id, parent_id)
        self._catalog.put_folder(self._remote.as_folder(folder.id, change_key, parent_id, name, folder.folder_class))

    @staticmethod
    def _must_be_own(folder: Folder) -> None:
        if folder.distinguished is not None:
            raise VfsError(errno.EPERM, f"{folder.name} is one of the mailbox's default folders")

    # -- items -------------------------------------------------------------------------------------

    def remove(self, node: ItemNode) -> None:
        """To Deleted Items; from there, away (into the recoverable items)."""
        trash = self._catalog.tree.by_distinguished(_TRASH)
        in_trash = trash is not None and trash.id in self._catalog.tree.ancestors(node.folder_id)
        self._attaching.forget(node.entry.id)
        try:
            self._remote.delete_item(node.entry.id, to_trash=not in_trash)
        except VfsError as error:
            if error.errno == errno.ENOENT:
                self._catalog.drop_entry(node.folder_id, node.entry.id)
            raise
        self._catalog.drop_entry(node.folder_id, node.entry.id)
        self._writer.follow(node.entry.id, node.folder_id, None)
        if node.entry.has_attachments:
            self._orphans.linger(node.folder_id, names.attachments_dir(node.entry.name))
        if trash is not None and not in_trash:
            self._catalog.expire(trash.id)

    def move(self, node: ItemNode, folder_id: str, name: str, over: ItemNode | None) -> Entry:
        """Give an item another name, another folder, or both; `over`, the item of that name there, is removed.

        Returns its new entry.

        The name is set first: wherever the item is seen in between, it is seen under a name that was asked for.
        """
        names.check_given(name)
        self._attaching.settle(node.entry.id)
        listing = self._catalog.listing(node.folder_id)
        with self._catalog.lock:
            old = listing.entries.get(node.entry.id, node.entry)
        new = replace(old)
        if name != old.name or (folder_id != node.folder_id and not old.given):
            # A name made for one folder might be made otherwise in another: from now on it is a given one.
            new.change_key, is_same = self._rename(node.folder_id, old, name)
            new.given = True
        else:
            is_same = self._is_same(node.folder_id, old)
        if folder_id != node.folder_id:
            new.id, new.change_key = self._remote.move_item(old.id, folder_id, name)
        new.name = name
        if over is not None:
            self.remove(over)
        if is_same:
            self._contents.carry_over(old.id, old.change_key, new)
        else:
            new.exact = False
        if folder_id != node.folder_id or new.id != old.id:
            self._catalog.drop_entry(node.folder_id, old.id)
        self._catalog.put_entry(folder_id, new)
        if not is_same:
            self._catalog.expire(folder_id)
        elif new.id == old.id:
            self._attachments.carry_over(old.change_key, new)
        self._writer.follow(old.id, folder_id, new)
        return new

    def _rename(self, folder_id: str, old: Entry, name: str) -> tuple[str, bool]:
        """The item's new change key, and whether it still was the one that we know."""
        try:
            return self._remote.rename_item(old.id, old.change_key, old.kind, name), True
        except VfsError as error:
            if error.errno != errno.ESTALE:
                raise
            now = self._remote.describe(folder_id, [(old.id, old.change_key)])
            if not now:
                raise VfsError(errno.ENOENT, f"{old.name} has gone") from error
        return self._remote.rename_item(old.id, now[0].change_key, old.kind, name), False

    def _is_same(self, folder_id: str, old: Entry) -> bool:
        """Whether an item is still the one whose bytes we keep: those of another must not go on under its new key."""
        kept = self._contents.cached(old)
        if kept is None:
            return False
        kept.close()
        now = self._remote.describe(folder_id, [(old.id, old.change_key)])
        return bool(now) and now[0].change_key == old.change_key
