"""Changes of folders and items by name: mkdir, rmdir, rm, mv. Each returns when the server has done it.

Threading: any thread. The catalogue's lock is held only to look up and to note the outcome.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass, replace

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

    def mkdir(self, parent_id: str, name: str) -> str:
        """A folder of its parent's class. Returns its id.

        Raises: VfsError (EEXIST, EACCES, EINVAL for a name that can't be kept).
        """
        names.check_given(name)
        parent = self._catalog.tree.get(parent_id)
        folder_class = (parent.folder_class if parent is not None else "") or "IPF.Note"
        return self._catalog.put_folder(self._remote.create_folder(parent_id, name, folder_class)).id

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
        if node.entry.has_attachments:
            left = self._orphans.linger(node.folder_id, names.attachments_dir(node.entry.name))
            if self._writer.leave_behind(node.entry.id, left):
                self._orphans.stay(left)
        self._writer.follow(node.entry.id, node.folder_id, None)
        if trash is not None and not in_trash:
            self._catalog.expire(trash.id)

    def move(self, node: ItemNode, folder_id: str, name: str, over: ItemNode | None) -> Entry:
        """Give an item another name, another folder, or both; `over`, the item of that name there, is removed.

        Returns its new entry. Raises: VfsError.
        """
        names.check_given(name)
        listing = self._catalog.listing(node.folder_id)
        with self._catalog.lock:
            entry = listing.entries.get(node.entry.id, node.entry)
        moved = self.relocate([Move(node.folder_id, entry, folder_id, name, over)])[0]
        if isinstance(moved, VfsError):
            raise moved
        return moved

    def relocate(self, moves: Sequence[Move]) -> list[Entry | VfsError]:
        """As `move`, for several items: one request for all their names, and one for each folder that they go to.

        Returns for each its new entry, or why it stays where it is. Raises: VfsError when nothing is known of them all.

        The names are set first: wherever an item is seen in between, it is seen under a name that was asked for.
        """
        for move in moves:
            self._attaching.settle(move.entry.id)
        steps = [_Step(move, replace(move.entry)) for move in moves]
        self._set_names([step for step in steps if step.needs_name])
        self._compare([step for step in steps if not step.needs_name])
        for folder_id in dict.fromkeys(move.folder_id for move in moves):
            going = [step for step in steps if step.move.folder_id == folder_id and step.goes_elsewhere]
            if going:
                self._set_folder(folder_id, going)
        return [step.error or self._note(step) for step in steps]

    def _set_names(self, steps: list[_Step]) -> None:
        if not steps:
            return
        stale = []
        for step, result in zip(steps, self._rename(steps), strict=True):
            if not isinstance(result, VfsError):
                step.new.change_key, step.new.given, step.is_same = result, True, True
            elif result.errno == errno.ESTALE:
                stale.append(step)
            else:
                step.error = result
        known = self._keys_now(stale)
        fresh = []
        for step in stale:
            if step.new.id in known:
                step.new.change_key = known[step.new.id]
                fresh.append(step)
            else:
                step.error = VfsError(errno.ENOENT, f"{step.move.entry.name} has gone")
        if fresh:
            for step, result in zip(fresh, self._rename(fresh), strict=True):
                if isinstance(result, VfsError):
                    step.error = result
                else:
                    step.new.change_key, step.new.given = result, True

    def _rename(self, steps: list[_Step]) -> list[str | VfsError]:
        return self._remote.rename_items([(s.new.id, s.new.change_key, s.new.kind, s.move.name) for s in steps])

    def _compare(self, steps: list[_Step]) -> None:
        """Is each still the one whose bytes we keep? Those of another must not go on under its new key."""
        kept = []
        for step in steps:
            file = self._contents.cached(step.new)
            if file is not None:
                file.close()
                kept.append(step)
        known = self._keys_now(kept)
        for step in kept:
            step.is_same = known.get(step.new.id) == step.new.change_key

    def still_there(self, moves: Sequence[Move]) -> set[str]:
        """The ids of those items that are known by them: not moved, and not removed for good. Raises: VfsError."""
        return set(self._keys_now([_Step(move, move.entry) for move in moves]))

    def _keys_now(self, steps: list[_Step]) -> dict[str, str]:
        if not steps:
            return {}
        asked = [(step.new.id, step.new.change_key) for step in steps]
        return {item.id: item.change_key for item in self._remote.describe(steps[0].move.from_id, asked)}

    def _set_folder(self, folder_id: str, steps: list[_Step]) -> None:
        results = self._remote.move_items([(step.new.id, step.move.name) for step in steps], folder_id)
        for step, result in zip(steps, results, strict=True):
            if isinstance(result, VfsError):
                step.error = result
            else:
                step.new.id, step.new.change_key = result

    def _note(self, step: _Step) -> Entry:
        move, old, new = step.move, step.move.entry, step.new
        new.name = move.name
        if move.over is not None:
            self.remove(move.over)
        if step.is_same:
            self._contents.carry_over(old.id, old.change_key, new)
        else:
            new.exact = False
        with self._catalog.lock:
            self._catalog.end_move(old.id)
            self._catalog.follow(old.id, new.id)
            if move.folder_id != move.from_id or new.id != old.id:
                self._catalog.drop_entry(move.from_id, old.id)
            self._catalog.put_entry(move.folder_id, new)
        if not step.is_same:
            self._catalog.expire(move.folder_id)
        elif new.id == old.id:
            self._attachments.carry_over(old.change_key, new)
        self._writer.follow(old.id, move.folder_id, new)
        return new


@dataclass(frozen=True)
class Move:
    """An item that is to go from one folder to another, or to have another name, or both.

    `entry`, as it is; `over`, the item that it takes the place of.
    """

    from_id: str
    entry: Entry
    folder_id: str
    name: str
    over: ItemNode | None = None


@dataclass
class _Step:
    """How far a move has got: the entry as it comes to be, and whether its bytes are still the ones we know."""

    move: Move
    new: Entry
    is_same: bool = False
    error: VfsError | None = None

    @property
    def needs_name(self) -> bool:
        """A name made for one folder might be made otherwise in another: from now on it is a given one."""
        old = self.move.entry
        return self.move.name != old.name or (self.move.folder_id != self.move.from_id and not old.given)

    @property
    def goes_elsewhere(self) -> bool:
        return self.move.folder_id != self.move.from_id and self.error is None
