"""The way of what was written to the server: when it is closed, or later, and after a crash.

The order of things is what keeps a file from being lost or doubled:

    bytes and journal durable  ->  item made or changed on the server  ->  index and store  ->  journal dropped

Wherever that is cut, the journal is found again, behind or at the next mount, and the server is asked how far it got.

Threading: as in `writer`; a `Pending`'s own lock is held during its upload, so that a second close waits for the first.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress

from ewsfs.vfs import names
from ewsfs.vfs.attached.attaching import AttachmentWriter
from ewsfs.vfs.attached.orphans import Orphan, Orphans
from ewsfs.vfs.errors import LoginRefused, VfsError
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.model import Entry
from ewsfs.vfs.settings import Settings
from ewsfs.vfs.writing.delivery import Delivery
from ewsfs.vfs.writing.journal import Pending, Settled, State
from ewsfs.vfs.writing.openattached import OpenAttachments
from ewsfs.vfs.writing.owed import Owed
from ewsfs.vfs.writing.spool import Spool
from ewsfs.vfs.writing.temporary import is_hidden, is_kept_here

log = logging.getLogger(__name__)

# What the server will never take; all else is owed until it does.
_FINAL = frozenset(
    {
        errno.EINVAL,
        errno.EFBIG,
        errno.EACCES,
        errno.EPERM,
        errno.ENOTSUP,
        errno.ENOENT,
        errno.ESTALE,
        errno.EROFS,
        errno.EILSEQ,
        errno.ENAMETOOLONG,
    }
)
_DRAINING = 30.0  # seconds without one more file saved after which the end of a mount leaves the rest to the next


class Settler:
    """Brings the files written in one filesystem to the server.

    `open_items`: the items whose file is open for writing, by id; guarded by the catalogue's lock.
    """

    def __init__(
        self,
        spool: Spool,
        catalog: Catalog,
        delivery: Delivery,
        attaching: AttachmentWriter,
        orphans: Orphans,
        settings: Settings,
    ) -> None:
        self._spool = spool
        self._catalog = catalog
        self._delivery = delivery
        self._attaching = attaching
        self._orphans = orphans
        self._settings = settings
        self.open_items: dict[str, Pending] = {}
        self.open_attachments = OpenAttachments()
        self._owed = Owed(self.finish_owed, self._begin_together, self._go_together, settings.retry_seconds)

    def close(self, tell: Callable[[int], None]) -> None:
        """End. What is owed is tried once more; what then remains is for the next mount.

        Parameters: `tell`, told now and then how many files are left.
        """
        self._owed.drain(_DRAINING, tell)
        self._owed.close()

    def settle(self, pending: Pending) -> None:
        """A file is closed: the server takes it now, or in write-back the journal has it and the server will."""
        if "\0" in pending.journal.owner and not self._delivery.has_come(pending):
            self._make_ready(pending)  # it waits for its item
            return
        if not self._settings.write_back:
            self._finish(pending)
            return
        try:
            self._delivery.check(pending)
        except VfsError as error:
            self.set_aside(pending, error.reason)
            raise
        self._make_ready(pending)
        self._owed.soon(pending, self._settings.write_back_seconds)

    def wait_again(self, pending: Pending) -> None:
        """A file that waited for the server, and was not to go there for a while, waits again."""
        if pending.journal.state is State.READY:
            self._owed.soon(pending, self._settings.retry_seconds)

    def finish_owed(self, pending: Pending) -> None:
        """Bring what is still owed to the server, which may have it already. Raises: VfsError as `_finish`."""
        with pending.lock:
            if pending.journal.state is not State.READY or pending.unlinked or pending.is_saved:
                return
            if "\0" in pending.journal.owner and not self._delivery.has_come(pending):
                return  # it waits for its item
            self._finish(pending)

    def set_aside(self, pending: Pending, reason: str) -> None:
        """Keep a file that can't go to the server for its owner, under `.ewsfs/unsaved/`."""
        with pending.lock:
            with suppress(OSError):  # a full disk: then what is there of it
                self._spool.sync(pending)
            pending.journal.state = State.UNSAVED
            pending.journal.reason = reason
            try:
                self._spool.save(pending)
            except OSError as error:  # it is set aside here; the next mount finds it as it was, and does so again
                log.warning("%s: its journal can't be written: %s", pending.journal.name, error.strerror)
        log.warning("%s was not saved: %s; its bytes are in .ewsfs/unsaved", pending.journal.name, reason)

    def recover(self) -> None:
        """Take up what an earlier mount left: what was closed goes to the server, what was not is set aside."""
        for pending in self._spool.in_state(State.LOCAL):
            if is_hidden(pending.journal.name) or (pending.journal.parks and not pending.journal.changed):
                self._spool.drop(pending)  # it was removed; or the item itself shows again
            elif pending.journal.parks:
                self._spool.unpark(pending.journal.parks)
            elif is_kept_here(pending.journal.owner):
                self._orphans.restore(pending.journal.owner)
            elif "\0" in pending.journal.owner:
                self._find_folder(pending)
        for pending in self._spool.in_state(State.OPEN):
            if pending.size and not pending.is_as_before():
                self.set_aside(pending, "the mount ended while it was being written")
            else:
                self._spool.drop(pending)
        for pending in self._spool.in_state(State.READY):
            log.info("finishing %s, which an earlier mount had not", pending.journal.name)
            try:
                if "\0" in pending.journal.owner and not self._delivery.has_come(pending):
                    self.set_aside(pending, "what it was to be attached to never came")
                else:
                    self.finish_owed(pending)
            except OSError as error:
                log.warning("%s still waits to be saved: %s", pending.journal.name, error.strerror)
            except Exception:  # one file must not keep the mailbox from being mounted
                log.exception("%s can't be finished; its bytes are kept", pending.journal.name)

    def adopt(self, orphan: Orphan, folder_id: str, entry: Entry) -> bool:
        """The item has come that an attachment folder waited for: so has the time of the files in it.

        Returns whether there are any.
        """
        waiting = self._spool.in_place(orphan.place)
        for pending in waiting:
            with pending.lock:
                pending.journal.owner, pending.journal.folder_id = entry.id, folder_id
                self._spool.save(pending)
                if pending.journal.state is State.READY:
                    self._owed.soon(pending, 0.0)
        return bool(waiting)

    # -- inside ------------------------------------------------------------------------------------

    def _find_folder(self, pending: Pending) -> None:
        """A file of the moment in an attachment folder whose item wasn't there, or in one that is in another."""
        try:
            has_come = self._delivery.has_come(pending)
        except OSError as error:
            log.warning("%s may not be seen in this mount: %s", pending.journal.name, error.strerror)
        else:
            if not has_come:
                self.set_aside(pending, "the attachment folder that it was in is no more")

    def _make_ready(self, pending: Pending) -> None:
        self._spool.sync(pending)
        pending.journal.state = State.READY
        self._spool.save(pending)
        pending.dirty = False

    def _finish(self, pending: Pending) -> None:
        """Have the server take a file. When this returns, it has it.

        Raises: VfsError. What the server will never take is then kept under `unsaved`; the rest stays owed.
        """
        again = pending.journal.tried
        pending.journal.tried = True
        try:
            self._make_ready(pending)
            entry = self._delivery.deliver(pending, again=again)
        except OSError as error:
            if isinstance(error, VfsError) and is_final(error):
                self.set_aside(pending, error.reason)
            else:
                if isinstance(error, VfsError) and error.untouched:
                    self._was_not_tried([pending])
                self._owed.later(pending)
            raise
        self._has_come(pending, entry)

    def _go_together(self, first: Pending, other: Pending) -> bool:
        try:
            plain = self._delivery.is_plain(first) and self._delivery.is_plain(other)
        except Settled:  # it was removed a moment ago
            return False
        return plain and first.journal.folder_id == other.journal.folder_id

    def _begin_together(self, pendings: Sequence[Pending]) -> None:
        """Have the server take what of these can go in one request. What it doesn't take so is finished one by one."""
        with ExitStack() as locks:
            going = []
            for pending in pendings:
                if not pending.lock.acquire(blocking=False):
                    continue  # somebody is at work on it, perhaps waiting for another of these
                locks.callback(pending.lock.release)
                if pending.journal.state is State.READY and not (pending.unlinked or pending.is_saved):
                    going.append(pending)
            going = [pending for pending in going if self._go_together(going[0], pending)]
            if len(going) < 2:
                return
            for pending in going:
                pending.journal.tried = True
                self._spool.save(pending)
            try:
                outcomes = self._delivery.deliver_together(going)
            except VfsError as error:
                self._was_not_tried(going if error.untouched else [])
                raise
            for pending, outcome in zip(going, outcomes, strict=True):
                if isinstance(outcome, Entry):
                    self._has_come(pending, outcome)
                elif outcome.untouched:
                    self._was_not_tried([pending])

    def _was_not_tried(self, pendings: Sequence[Pending]) -> None:
        """The server surely made nothing of them."""
        for pending in pendings:
            pending.journal.tried = False
            with suppress(OSError):  # a full disk: then it is asked what became of it, for nothing
                self._spool.save(pending)

    def _has_come(self, pending: Pending, entry: Entry | None) -> None:
        """The server has a file, as that item if it is one."""
        pending.is_saved = pending.dirty_before = True
        if entry is not None:
            self._spool_moved(pending.journal.replaces, entry)
            orphan = self._orphans.find(pending.journal.folder_id, names.attachments_dir(entry.name))
            if orphan is not None:
                self._orphans.remove(orphan)
                if orphan.until is None and not entry.has_attachments:
                    self._keep_folder(pending.journal.folder_id, entry)
                self.adopt(orphan, pending.journal.folder_id, entry)
            if pending.handles:
                with self._catalog.lock:
                    pending.entry = entry
                    self.open_items[entry.id] = pending
        elif pending.handles and pending.journal.owner:
            self.open_attachments.enter(pending)
        self._spool.drop(pending)
        for waiting in self._delivery.inside(pending, entry):
            self._owed.soon(waiting, 0.0)

    def _keep_folder(self, folder_id: str, entry: Entry) -> None:
        try:
            self._attaching.make_folder(folder_id, entry)
        except VfsError as error:
            if error.errno != errno.EEXIST:  # something was attached a moment ago
                raise

    def _spool_moved(self, old_id: str | None, entry: Entry) -> None:
        """What waited to be attached to a message waits for the one that took its place."""
        if old_id is not None and old_id != entry.id:
            for waiting in self._spool.in_place(old_id):
                with waiting.lock:
                    waiting.journal.owner = entry.id
                    self._spool.save(waiting)


def is_final(error: VfsError) -> bool:
    """Whether the server will never take what it has refused so; with a login that it takes, it may."""
    return error.errno in _FINAL and not isinstance(error, LoginRefused)
