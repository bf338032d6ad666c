"""Files being written: from the first byte in the spool to the item on the server, and after a crash.

A file becomes an item when it is closed. The order of things is what keeps it from being lost or doubled:

    bytes and journal durable  ->  item created, carrying the journal's id  ->  index and store  ->  journal dropped

Wherever that is cut, the next mount finds the journal and asks the server for an item with its id.

Threading: a `Pending`'s own lock is held during its upload, so that a second close waits for the first; the
catalogue's lock is taken inside it, never the other way round.
"""

from __future__ import annotations

import errno
import logging
import os
from datetime import datetime

from ewsfs.formats import eml
from ewsfs.formats.errors import FormatError
from ewsfs.vfs import names
from ewsfs.vfs.catalog import Catalog
from ewsfs.vfs.content import Contents
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.model import Entry, Kind
from ewsfs.vfs.remote import Mailbox, OutcomeUnknown
from ewsfs.vfs.spool import Pending, Spool, State

log = logging.getLogger(__name__)


class Writer:
    """The way of written files to the server."""

    def __init__(self, remote: Mailbox, spool: Spool, catalog: Catalog, contents: Contents) -> None:
        self._remote = remote
        self._spool = spool
        self._catalog = catalog
        self._contents = contents
        # Items whose file is still open for writing, under the catalogue's lock.
        self._open_items: dict[str, Pending] = {}

    def create(self, folder_id: str, name: str) -> Pending:
        """A new, empty file; nothing is asked of the server yet.

        Raises: VfsError, ENOTSUP for a kind of file that can't be written yet, EILSEQ or EINVAL for a name that
        can't be kept.
        """
        if not name.lower().endswith(Kind.MAIL.extension):
            raise VfsError(errno.ENOTSUP, f"{name}: only .eml files can be written so far")
        names.check_given(name)
        return self._spool.create(folder_id, name)

    # -- what handles do ---------------------------------------------------------------------------

    def opened(self, pending: Pending) -> None:
        """A handle more."""
        with pending.lock:
            pending.handles += 1
            if pending.file is None:
                pending.file = open(pending.data, "r+b", buffering=0)  # noqa: SIM115 - closed by `closed`

    def closed(self, pending: Pending) -> None:
        """A handle less. What was never closed with bytes in it leaves nothing behind."""
        with pending.lock:
            pending.handles -= 1
            if pending.handles:
                return
            if pending.entry is not None:
                with self._catalog.lock:
                    self._open_items.pop(pending.entry.id, None)
            elif not pending.unlinked and not pending.size:
                self._spool.drop(pending)
            if pending.file is not None:
                pending.file.close()
                pending.file = None

    def read(self, pending: Pending, size: int, offset: int) -> bytes:
        with pending.lock:
            return os.pread(_descriptor(pending), size, offset)

    def write(self, pending: Pending, data: bytes, offset: int | None) -> int:
        """Write at an offset, or (None) at the end."""
        with pending.lock:
            self._make_owed(pending)
            pending.journal.mtime_ns = None
            return os.pwrite(_descriptor(pending), data, pending.size if offset is None else offset)

    def truncate(self, pending: Pending, size: int) -> None:
        with pending.lock:
            self._make_owed(pending)
            os.truncate(pending.data if pending.file is None else _descriptor(pending), size)

    def flush(self, pending: Pending) -> None:
        """A descriptor was closed: what was written since the last time goes to the server.

        Raises: VfsError, EINVAL while there is nothing in it. That is no message and must not pass for saved; it
        may yet become one, since a shell closes one descriptor of a new file and writes through another.
        """
        with pending.lock:
            if pending.unlinked:
                return
            if not pending.size:
                raise VfsError(errno.EINVAL, f"{pending.journal.name} is empty: that can't be a message")
            if pending.dirty:
                self.finish(pending)

    def sync(self, pending: Pending) -> None:
        with pending.lock:
            if pending.file is not None:
                os.fsync(pending.file.fileno())

    # -- what paths do -----------------------------------------------------------------------------

    def set_times(self, pending: Pending, mtime_ns: int) -> None:
        with pending.lock:
            pending.journal.mtime_ns = mtime_ns
            self._spool.save(pending)

    def rename(self, pending: Pending, folder_id: str, name: str) -> None:
        """Another name, or another folder, for a file that no item stands for yet."""
        names.check_given(name)
        with pending.lock:
            pending.journal.name = name
            pending.journal.folder_id = folder_id
            self._spool.save(pending)

    def discard(self, pending: Pending) -> None:
        """The user removed a file that no item stands for yet."""
        with pending.lock:
            pending.unlinked = True
            self._spool.drop(pending)

    def follow(self, item_id: str, folder_id: str, entry: Entry | None) -> None:
        """An item went elsewhere (or away: None) while the file that it was made from may still be open."""
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

    # -- to the server -----------------------------------------------------------------------------

    def finish(self, pending: Pending) -> Entry:
        """The file is closed: have the server take it. When this returns, the server has it.

        Raises: VfsError. EINVAL when it can't be a message; its bytes are then kept under `unsaved`. After any
        other failure they stay in the spool and the next mount tries again.
        """
        with pending.lock:
            self._spool.sync(pending)
            pending.journal.state = State.READY
            self._spool.save(pending)
            pending.dirty = False
            data = pending.data.read_bytes()
            try:
                eml.check(data)
            except FormatError as error:
                self.set_aside(pending, str(error))
                raise VfsError(errno.EINVAL, f"{pending.journal.name} can't be a message: {error}") from error
            try:
                return self._upload(pending, data)
            except VfsError as error:
                self._failed(pending, error)
                raise

    def set_aside(self, pending: Pending, reason: str) -> None:
        """Keep a file that can't go to the server for its owner, under `.ewsfs/unsaved/`."""
        with pending.lock:
            pending.journal.state = State.UNSAVED
            pending.journal.reason = reason
            self._spool.save(pending)
        log.warning("%s was not saved: %s; its bytes are in .ewsfs/unsaved", pending.journal.name, reason)

    def recover(self) -> None:
        """Finish what an earlier mount left: what was closed goes to the server, what was not is set aside."""
        for pending in self._spool.in_state(State.OPEN):
            if pending.size:
                self.set_aside(pending, "the mount ended while it was being written")
            else:
                self._spool.drop(pending)
        for pending in self._spool.in_state(State.READY):
            log.info("finishing %s, which an earlier mount had not", pending.journal.name)
            try:
                found = self._remote.find_upload(pending.journal.folder_id, pending.journal.id)
                if found is None:
                    self.finish(pending)
                else:
                    self._created(pending, *found, pending.data.read_bytes())
            except VfsError as error:
                log.warning("%s still waits to be saved: %s", pending.journal.name, error.reason)

    # -- inside ------------------------------------------------------------------------------------

    def _make_owed(self, pending: Pending) -> None:
        if pending.entry is not None and not pending.unlinked:
            item_id = pending.entry.id
            with self._catalog.lock:
                self._open_items.pop(item_id, None)
            self._spool.again(pending, replaces=item_id)
        pending.dirty = True

    def _upload(self, pending: Pending, data: bytes) -> Entry:
        journal = pending.journal
        received = eml.received(data)
        for attempt in (1, 2):
            try:
                created = self._remote.create_message(
                    journal.folder_id, data, given_name=journal.name, upload_id=journal.id, received=received
                )
                break
            except OutcomeUnknown as error:
                found = self._remote.find_upload(journal.folder_id, journal.id)
                if found is not None:
                    created = found
                    break
                if attempt == 2:
                    raise VfsError(errno.EAGAIN, error.reason) from error
        return self._created(pending, *created, data)

    def _created(self, pending: Pending, item_id: str, change_key: str, data: bytes) -> Entry:
        journal = pending.journal
        has_attachments = bool(eml.attachments(data))
        entry = Entry(
            id=item_id,
            change_key=change_key,
            kind=Kind.MAIL,
            name=journal.name,
            size=len(data),
            exact=True,
            mtime_ns=journal.mtime_ns or _ns(eml.received(data)) or pending.mtime_ns,
            ctime_ns=pending.mtime_ns,
            has_attachments=has_attachments,
            is_read=True,
            given=True,
        )
        self._contents.keep(entry, data)
        with self._catalog.lock:
            if journal.replaces is not None:
                self._catalog.drop_entry(journal.folder_id, journal.replaces)
            self._catalog.put_entry(journal.folder_id, entry)
            if pending.handles:
                pending.entry = entry
                self._open_items[item_id] = pending
        if journal.replaces is not None:
            self._drop_replaced(journal.replaces)
        self._spool.drop(pending)
        return entry

    def _drop_replaced(self, item_id: str) -> None:
        """The first half of a file that was written in two goes: it was ours, and the whole is on the server."""
        try:
            self._remote.delete_item(item_id, to_trash=False)
        except VfsError as error:
            if error.errno != errno.ENOENT:
                raise

    def _failed(self, pending: Pending, error: VfsError) -> None:
        """What the server will never take is set aside; what it may take later stays owed."""
        if error.errno in (errno.EINVAL, errno.EFBIG, errno.EACCES, errno.EPERM, errno.ENOTSUP, errno.ENOENT):
            self.set_aside(pending, error.reason)


def _descriptor(pending: Pending) -> int:
    assert pending.file is not None  # it has a handle
    return pending.file.fileno()


def _ns(when: datetime | None) -> int | None:
    return None if when is None else int(when.timestamp()) * 1_000_000_000
