"""Files being written: what handles and paths do with them until the server has them.

A file goes to the server (see `settling`) when it is closed, or when an editor's temporary is renamed to what it is to
be.

Threading: a `Pending`'s own lock is taken before the catalogue's, never the other way round.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ewsfs.vfs import names
from ewsfs.vfs.attached.orphans import Orphan
from ewsfs.vfs.control import sending
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.content import Contents
from ewsfs.vfs.model import Entry
from ewsfs.vfs.nodes import AttachmentNode, ItemNode
from ewsfs.vfs.writing.delivery import Delivery
from ewsfs.vfs.writing.journal import Pending, Settled, State
from ewsfs.vfs.writing.settling import Settler, is_final
from ewsfs.vfs.writing.spool import Spool
from ewsfs.vfs.writing.temporary import is_hidden, is_kept_here, is_temporary

log = logging.getLogger(__name__)


class Writer:
    """The files being written in one filesystem."""

    def __init__(
        self, spool: Spool, catalog: Catalog, contents: Contents, delivery: Delivery, settler: Settler
    ) -> None:
        self._spool = spool
        self._catalog = catalog
        self._contents = contents
        self._delivery = delivery
        self._settler = settler
        self._open_items = settler.open_items
        self._open_attachments = settler.open_attachments

    # -- opening -----------------------------------------------------------------------------------

    def create(self, folder_id: str, name: str, *, owner: str = "") -> Pending:
        """A new, empty file with a handle; nothing is asked of the server yet.

        Parameters: `owner`, the item that it is to be attached to. Raises: VfsError, EILSEQ or EINVAL for a name that
        can't be kept.
        """
        names.check_given(name)
        state = State.LOCAL if is_temporary(name) or is_kept_here(owner) else State.OPEN
        pending = self._spool.create(folder_id, name, owner=owner, state=state)
        parked = None if owner else self._spool.parked_as(folder_id, name)
        if parked is not None and state is State.OPEN:
            self._replace_parked(pending, parked)
        pending.dirty = state is State.OPEN
        self.opened(pending)
        return pending

    def edit(self, folder_id: str, entry: Entry) -> Pending:
        """An item's file, with a handle for writing. All that have it open share it."""
        while True:
            with self._catalog.lock:
                pending = self._open_items.get(entry.id)
            if pending is None:
                view = self._spool.view(folder_id, entry, self._contents.open(folder_id, entry))
                with self._catalog.lock:
                    pending = self._open_items.setdefault(entry.id, view)
                if pending is not view:
                    _close(view)
            with pending.lock:
                if pending.file is not None:  # else its last handle went a moment ago
                    pending.handles += 1
                    return pending

    def is_open(self, item_id: str) -> bool:
        """Whether an item's file is open for writing."""
        with self._catalog.lock:
            return item_id in self._open_items

    def edit_control(self, place: str, name: str, data: bytes) -> Pending:
        """A file below `.ewsfs` that says `data`, with a handle for writing."""
        pending = self._spool.view_bytes(place, name, data)
        pending.handles = 1
        return pending

    def edit_attachment(self, node: AttachmentNode, open_file: Callable[[], BinaryIO]) -> Pending:
        """An attachment, whose bytes `open_file` opens, with a handle for writing. All that have it open share it."""
        parent, name = node.parent, node.attachment.name
        while True:
            pending = self._open_attachments.find(parent.place, name)
            if pending is None:
                view = self._spool.view_attachment(parent.folder_id, parent.place, name, open_file())
                pending = self._open_attachments.share(view)
                if pending is not view:
                    _close(view)
            with pending.lock:
                if pending.file is not None:  # else its last handle went a moment ago
                    pending.handles += 1
                    return pending

    def opened(self, pending: Pending) -> None:
        """A handle more. Raises: Settled when its last one went meanwhile, and with it the file."""
        with pending.lock:
            if pending.unlinked or pending.journal.state is State.UNSAVED or (pending.is_saved and not pending.file):
                raise Settled
            pending.handles += 1
            if pending.file is None:
                pending.file = open(pending.data, "r+b", buffering=0)  # noqa: SIM115 - closed by `closed`

    def closed(self, pending: Pending) -> None:
        """A handle less. What was never closed with bytes in it leaves nothing behind, unless it may be empty."""
        with pending.lock:
            pending.handles -= 1
            if pending.handles:
                return
            self._open_attachments.leave(pending)
            try:
                if pending.entry is not None:
                    with self._catalog.lock:
                        self._open_items.pop(pending.entry.id, None)
                elif self._is_empty(pending):
                    self._close_empty(pending)
                elif self._is_to_be_sent(pending):
                    self._send(pending)
                elif pending.failed is not None and pending.journal.state is State.OPEN and not pending.unlinked:
                    self._settler.set_aside(pending, f"it couldn't be written whole: {pending.failed.strerror}")
            finally:
                _close(pending)

    # -- what handles do ---------------------------------------------------------------------------

    def read(self, pending: Pending, size: int, offset: int) -> bytes:
        with pending.lock:
            return os.pread(_descriptor(pending), size, offset)

    def write(self, pending: Pending, data: bytes, offset: int | None) -> int:
        """Write at an offset, or (None) at the end."""
        with pending.lock:
            self._make_owed(pending)
            pending.journal.mtime_ns = None
            with _noting(pending):
                return os.pwrite(_descriptor(pending), data, pending.size if offset is None else offset)

    def truncate(self, pending: Pending, size: int) -> None:
        with pending.lock:
            self._make_owed(pending)
            pending.journal.mtime_ns = None
            with _noting(pending):
                os.truncate(pending.data if pending.file is None else _descriptor(pending), size)
            if not size:
                pending.failed = None

    def flush(self, pending: Pending) -> None:
        """A descriptor was closed: what was written since the last time goes to the server.

        Raises: VfsError, EINVAL while there is nothing in what can't be empty. That must not pass for saved; it may
        yet become more, since a shell closes one descriptor of a new file and writes through another. What failed to
        be written (a full disk) once more, since half a file must not pass for one.
        """
        with pending.lock:
            if pending.unlinked or pending.is_local or not pending.dirty:
                return
            if pending.failed is not None:
                raise VfsError(pending.failed.errno or errno.EIO, f"{pending.journal.name}: {pending.failed.strerror}")
            if not pending.size or pending.journal.place == sending.PLACE:
                self._delivery.check(pending)
                return  # what may be empty goes when its last handle does, and so does what goes once and for all
            self._settler.settle(pending)

    def sync(self, pending: Pending) -> None:
        """What was written is on disk, and found by the next mount, whatever becomes of this process (fsync(2))."""
        with pending.lock:
            if pending.file is not None:
                os.fsync(pending.file.fileno())

    # -- what paths do -----------------------------------------------------------------------------

    def set_times(self, pending: Pending, mtime_ns: int) -> None:
        with pending.lock:
            pending.must_be_here()
            pending.journal.mtime_ns = mtime_ns
            self._spool.save(pending)

    def rename(
        self, pending: Pending, folder_id: str, name: str, *, owner: str = "", over: Entry | None = None
    ) -> None:
        """Another name, or another directory, for a file that no item stands for yet; a real name may make it one.

        Parameters: `owner` as for `create`; `over`, the item of that name there, which the file then replaces.
        Raises: Settled, when an item stands for it by now; VfsError: when the server will never take the file, it
        keeps its old name, with a copy in `unsaved`.
        """
        names.check_given(name)
        with pending.lock:
            pending.must_be_here()
            journal = pending.journal
            before = journal.folder_id, journal.name, journal.owner, journal.state
            journal.begin_anew()
            journal.folder_id, journal.name, journal.owner = folder_id, name, owner
            if is_temporary(name) or is_kept_here(owner):
                journal.state = State.LOCAL
                self._spool.save(pending)
                return
            if over is not None and journal.replaces is None:
                self._replace(pending, folder_id, over)
            elif over is None and not owner and journal.replaces is None:
                parked = self._spool.parked_as(folder_id, name)
                if parked is not None and parked is not pending:
                    self._replace_parked(pending, parked)
            with self._catalog.lock:
                replaced = self._open_items.get(over.id) if over is not None else None
            if owner:
                replaced = self._open_attachments.find(owner, name)
            if journal.state is not State.LOCAL:
                self._spool.save(pending)
                self._without_name(replaced, pending)
                return
            try:
                journal.state = State.OPEN
                pending.dirty = True
                self._settler.settle(pending)
            except VfsError as error:
                if is_final(error):
                    self._undo_rename(pending, before, error.reason)
                raise
            self._without_name(replaced, pending)

    def _without_name(self, replaced: Pending | None, by: Pending) -> None:
        """What was renamed over lives on for whoever has it open, with bytes of its own and no name any more."""
        if replaced is None or replaced is by:
            return
        replaced.unlinked = True  # not under its lock, which may wait for ours
        with self._catalog.lock:
            for item_id in [i for i, pending in self._open_items.items() if pending is replaced]:
                del self._open_items[item_id]
        self._open_attachments.leave(replaced)

    def copy_of(self, folder_id: str, entry: Entry, new_folder: str, name: str, over: ItemNode | None) -> Pending:
        """A new file of an item's bytes under another name, which replaces `over`."""
        names.check_given(name)
        with self._contents.open(folder_id, entry) as file:
            pending = self._spool.copy(new_folder, name, file)
        pending.journal.mtime_ns = entry.mtime_ns
        if over is not None:
            self._replace(pending, over.folder_id, over.entry)
        return pending

    def finish_now(self, pending: Pending) -> None:
        """Have the server take a file whose bytes are complete. Raises: VfsError."""
        with pending.lock:
            self._settler.settle(pending)

    def edit_moved(self, pending: Pending, folder_id: str, entry: Entry) -> None:
        """The item that a file is a new version of was renamed or moved."""
        with pending.lock:
            if pending.is_saved or pending.unlinked:
                return
            journal = pending.journal
            journal.folder_id, journal.name = folder_id, entry.name
            journal.replaces, journal.base_key = entry.id, entry.change_key
            self._spool.save(pending)

    def attachment_renamed(self, node: AttachmentNode, name: str) -> None:
        """An attachment has another name now, also for whoever has it open; the one that had that name has none."""
        self._lose_name(self._open_attachments.take(node.parent.place, name))
        pending = self._open_attachments.take(node.parent.place, node.attachment.name)
        if pending is not None:
            with pending.lock:
                pending.journal.name = name
                if pending.is_saved:
                    self._open_attachments.enter(pending)
                else:  # it was written to just now
                    self._spool.save(pending)

    def attachment_removed(self, node: AttachmentNode) -> None:
        """An attachment was removed: whoever has it open keeps its bytes, and what is written to them goes nowhere."""
        self._lose_name(self._open_attachments.take(node.parent.place, node.attachment.name))

    @staticmethod
    def _lose_name(pending: Pending | None) -> None:
        if pending is not None:
            pending.unlinked = True

    def discard(self, pending: Pending) -> None:
        """The user removed a file that no item stands for yet. Raises: Settled, when one does by now."""
        with pending.lock:
            pending.must_be_here()
            pending.unlinked = True
            self._spool.drop(pending)

    @contextmanager
    def making_room(self, pending: Pending, is_taken: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """A file that no item stands for yet is renamed over: it goes, unless that fails.

        Parameters: `is_taken`, whether its name has been taken although that failed. Raises: as `discard`.
        """
        with pending.lock:
            pending.must_be_here()
            pending.unlinked = True
            self._spool.hide(pending)
        try:
            yield
        except BaseException:
            if not is_taken():
                with pending.lock:
                    pending.unlinked = False
                    self._spool.show(pending)
                    if pending.journal.state is State.OPEN and not pending.handles:
                        self._settler.set_aside(pending, "it was closed while another file was to take its place")
                self._settler.wait_again(pending)
                raise
            self._spool.drop(pending)
            raise
        self._spool.drop(pending)

    def follow(self, item_id: str, folder_id: str, entry: Entry | None) -> None:
        """An item went elsewhere (or away: None) while its file may be open for writing."""
        with self._catalog.lock:
            pending = self._open_items.pop(item_id, None)
            if pending is not None and entry is not None:
                self._open_items[entry.id] = pending
        if pending is not None:
            with pending.lock:
                pending.unlinked = entry is None
                if entry is not None:
                    pending.entry = entry
                    pending.journal.folder_id, pending.journal.name = folder_id, entry.name
        for attachment in self._open_attachments.take_all(item_id):
            if entry is None:
                attachment.unlinked = True
                continue
            with attachment.lock:
                attachment.journal.owner, attachment.journal.folder_id = entry.id, folder_id
                self._open_attachments.enter(attachment)
        for waiting in self._spool.in_place(item_id):
            with waiting.lock:
                if entry is None and is_hidden(waiting.journal.name):
                    waiting.unlinked = True
                    self._spool.drop(waiting)
                elif entry is None:
                    self._settler.set_aside(waiting, "the item that it was to be attached to was removed")
                else:
                    waiting.journal.owner, waiting.journal.folder_id = entry.id, folder_id
                    self._spool.save(waiting)

    def leave_behind(self, item_id: str, orphan: Orphan) -> bool:
        """An item goes: what is only here of its attachment folder stays there, and may wait for another item.

        Returns whether there is anything.
        """
        stays = False
        for pending in self._spool.in_place(item_id):
            with pending.lock:
                if not (is_hidden(pending.journal.name) or pending.is_saved or pending.unlinked):
                    pending.journal.owner, stays = orphan.place, True
                    self._spool.save(pending)
        return stays

    # -- inside ------------------------------------------------------------------------------------

    def _make_owed(self, pending: Pending) -> None:
        journal = pending.journal
        if pending.is_saved and pending.unlinked:
            self._spool.release(pending)
        elif pending.is_saved:
            if pending.entry is not None:
                with self._catalog.lock:
                    self._open_items.pop(pending.entry.id, None)
            self._open_attachments.leave(pending)
            # A view of an item was never dirty; what was, is the first half of what goes on now.
            self._spool.again(pending, half=pending.dirty_before)
        elif journal.parks and not journal.changed:
            journal.changed = True
            self._spool.save(pending)
        elif journal.state is State.READY:
            journal.state = State.OPEN  # it is written to while it waits
            journal.begin_anew()
            self._spool.save(pending)
        pending.dirty = True

    def _close_empty(self, pending: Pending) -> None:
        try:
            self._delivery.check(pending)
            self._settler.settle(pending)
        except VfsError as error:
            # Its last descriptor is closed and nobody can be told any more. An item that was emptied stays as it was.
            level = logging.INFO if pending.journal.replaces is None else logging.WARNING
            log.log(level, "%s stays empty and is no item: %s", pending.journal.name, error.reason)
            if pending.journal.state is State.OPEN or error.errno == errno.EINVAL:
                pending.unlinked = True
                self._spool.drop(pending)

    @staticmethod
    def _is_empty(pending: Pending) -> bool:
        is_owed = pending.journal.state is State.OPEN and not (pending.unlinked or pending.is_saved)
        return is_owed and not pending.size

    @staticmethod
    def _is_to_be_sent(pending: Pending) -> bool:
        is_owed = pending.journal.state is State.OPEN and pending.dirty and not pending.unlinked
        return is_owed and pending.journal.place == sending.PLACE and pending.failed is None

    def _send(self, pending: Pending) -> None:
        try:
            self._settler.settle(pending)
        except VfsError as error:  # its last descriptor is closed: `unsaved`, the queue and the log tell
            log.warning("%s was not sent yet: %s", pending.journal.name, error.reason)

    def _replace(self, pending: Pending, folder_id: str, entry: Entry) -> None:
        if entry.kind.made_here:
            with self._contents.open(folder_id, entry) as base:
                self._spool.replace(pending, entry, base)
            return
        known = self._contents.cached(entry)
        self._spool.replace(pending, entry, known)
        if known is not None:
            known.close()

    def _replace_parked(self, pending: Pending, parked: Pending) -> None:
        journal = parked.journal
        listing = self._catalog.listing(journal.parked_in)
        with self._catalog.lock:
            entry = listing.entries.get(journal.parks)
        if entry is not None and journal.changed:
            self._replace(pending, journal.parked_in, entry)
            self._spool.save(pending)
        elif entry is not None:
            with open(parked.data, "rb") as base:
                self._spool.replace(pending, entry, base)
            self._spool.save(pending)

    def _undo_rename(self, pending: Pending, before: tuple[str, str, str, State], reason: str) -> None:
        """A rename that fails leaves the file where it was; what it should have become is kept as well."""
        journal = pending.journal
        with open(pending.data, "rb") as file:
            self._settler.set_aside(self._spool.copy(journal.folder_id, journal.name, file), reason)
        journal.folder_id, journal.name, journal.owner, journal.state = before
        journal.reason, journal.replaces, journal.base_key = "", None, ""
        pending.dirty = False
        self._spool.save(pending)


@contextmanager
def _noting(pending: Pending) -> Iterator[None]:
    """Remember that something couldn't be written."""
    try:
        yield
    except OSError as error:
        pending.failed = error
        raise


def _descriptor(pending: Pending) -> int:
    assert pending.file is not None  # it has a handle
    return pending.file.fileno()


def _close(pending: Pending) -> None:
    file: BinaryIO | None = pending.file
    pending.file = None
    if file is not None:
        file.close()
