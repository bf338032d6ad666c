"""What users write, on disk before the server is asked, until the server has it.

Each file being written (see `journal`) is a data file with a journal beside it, a small JSON file replaced atomically:

    SPOOL/<id>.data, SPOOL/<id>.json, and of an edited item SPOOL/<id>.base, what its file said before

Threading: a `Pending` has its own lock for its bytes; the spool's lock guards the table of them.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import threading
import time
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from ewsfs.vfs import names
from ewsfs.vfs.model import Entry
from ewsfs.vfs.writing.durable import private, replace_text, sync_folder
from ewsfs.vfs.writing.journal import Journal, Pending, State, read_journal

log = logging.getLogger(__name__)


class Spool:
    """The files being written below `path`; those that an earlier process left are loaded at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._table: dict[str, Pending] = {}
        # The same by place, and by the item that they stand for: looked up at every step of every path.
        self._places: dict[str, dict[str, Pending]] = {}
        self._where: dict[str, str] = {}
        self._parked: dict[str, Pending] = {}
        self._latest = 0  # when a file was created, nanoseconds since the epoch
        self._clean()
        self._load(path)

    def create(self, folder_id: str, name: str, *, owner: str = "", state: State = State.OPEN) -> Pending:
        """A new, empty file named `name` in a folder, or among the attachments of the item `owner`."""
        journal = self._new_journal(folder_id, name)
        journal.owner, journal.state = owner, state
        pending = Pending(journal, self._data(journal))
        os.close(private(str(pending.data), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        self._enter(pending)
        return pending

    def view_bytes(self, folder_id: str, name: str, data: bytes) -> Pending:
        """As `view`, for a file of our own that says `data`."""
        file = tempfile.TemporaryFile(dir=self._path, buffering=0)  # noqa: SIM115 - it lives as long as the pending
        file.write(data)
        journal = self._new_journal(folder_id, name)
        return Pending(journal, self._data(journal), file=file, is_saved=True)

    def view_attachment(self, folder_id: str, owner: str, name: str, file: BinaryIO) -> Pending:
        """As `view`, for an attachment of the item `owner`."""
        journal = self._new_journal(folder_id, name)
        journal.owner = owner
        return Pending(journal, self._data(journal), file=file, is_saved=True)

    def view(self, folder_id: str, entry: Entry, file: BinaryIO) -> Pending:
        """An item opened for writing, and not written to yet: nothing is on disk for it."""
        journal = self._new_journal(folder_id, entry.name)
        return Pending(journal, self._data(journal), file=file, is_saved=True, entry=entry)

    def again(self, pending: Pending, *, half: bool, state: State = State.OPEN) -> None:
        """A saved file that is still open is written to: make it one that is owed (again).

        Parameters: `half`, the item was made from the same open file a moment ago.
        """
        assert pending.file is not None  # only an open file is written to
        journal = self._new_journal(pending.journal.folder_id, pending.journal.name)
        journal.owner, journal.state = pending.journal.owner, state
        data = self._data(journal)
        file = open(data, "x+b", buffering=0, opener=private)  # noqa: SIM115 - it lives as long as the pending
        try:
            pending.file.seek(0)
            shutil.copyfileobj(pending.file, file)
            if pending.entry is not None:
                journal.replaces, journal.base_key, journal.half = pending.entry.id, pending.entry.change_key, half
                _copy(pending.file, data.with_suffix(".base"))
        except BaseException:  # a full disk: the item stays what it is
            file.close()
            data.unlink()
            data.with_suffix(".base").unlink(missing_ok=True)
            raise
        pending.file.close()
        pending.journal, pending.data, pending.file = journal, data, file
        pending.entry, pending.is_saved = None, False
        self._enter(pending)

    def release(self, pending: Pending) -> None:
        """A file that was removed while open is written to: bytes of its own, which go when it is closed."""
        assert pending.file is not None  # only an open file is written to
        file = tempfile.TemporaryFile(dir=self._path, buffering=0)  # noqa: SIM115 - it lives as long as the pending
        pending.file.seek(0)
        shutil.copyfileobj(pending.file, file)
        pending.file.close()
        pending.file, pending.is_saved = file, False

    def replace(self, pending: Pending, entry: Entry, base: BinaryIO | None) -> None:
        """Make a file the new version of an item whose file says `base` (None: not known). Its caller saves it."""
        if base is not None:
            _copy(base, pending.base)
        pending.journal.replaces, pending.journal.base_key = entry.id, entry.change_key

    def copy(self, folder_id: str, name: str, file: BinaryIO, *, owner: str = "", state: State = State.OPEN) -> Pending:
        """A new file of the same bytes; the rest as for `create`."""
        pending = self.create(folder_id, name, owner=owner, state=state)
        _copy(file, pending.data)
        return pending

    def park(self, folder_id: str, name: str, parked_in: str, entry: Entry, file: BinaryIO) -> Pending:
        """A local file called `name` that stands for an item for now."""
        pending = self.create(folder_id, name, state=State.LOCAL)
        _copy(file, pending.data)
        _park(pending.journal, parked_in, entry)
        self.save(pending)
        return pending

    def park_open(self, pending: Pending, folder_id: str, name: str, parked_in: str, entry: Entry) -> None:
        """As `park`, of an item whose file is open for writing: whoever has it open goes on with the local file."""
        assert pending.file is not None  # it is open
        journal = self._new_journal(folder_id, name)
        journal.state = State.LOCAL
        _park(journal, parked_in, entry)
        data = self._data(journal)
        file = open(data, "x+b", buffering=0, opener=private)  # noqa: SIM115 - it lives as long as the pending
        pending.file.seek(0)
        shutil.copyfileobj(pending.file, file)
        pending.file.close()
        pending.journal, pending.data, pending.file = journal, data, file
        pending.entry, pending.is_saved, pending.dirty_before = None, False, False
        self._enter(pending)

    def park_edited(self, pending: Pending, folder_id: str, name: str, parked_in: str, entry: Entry) -> None:
        """As `park`, of an item whose file was written to and not closed yet."""
        journal = pending.journal
        journal.folder_id, journal.name, journal.state = folder_id, name, State.LOCAL
        journal.replaces, journal.base_key, journal.half = None, "", False
        _park(journal, parked_in, entry)
        journal.changed = True
        self.save(pending)

    def unpark(self, item_id: str) -> None:
        """The item shows again, or was replaced: what stood for it is a file of its own."""
        pending = self.parked(item_id)
        if pending is not None:
            pending.journal.parks, pending.journal.changed = "", False
            self.save(pending)

    def _new_journal(self, folder_id: str, name: str) -> Journal:
        with self._lock:  # in the order in which they come, also when the clock is put back
            self._latest = max(self._latest + 1, time.time_ns())
            return Journal(id=uuid.uuid4().hex, folder_id=folder_id, name=name, created_ns=self._latest)

    def _data(self, journal: Journal) -> Path:
        return self._path / f"{journal.id}.data"

    def _enter(self, pending: Pending) -> None:
        with self._lock:
            self._table[pending.journal.id] = pending
        try:
            self.save(pending)
        except BaseException:  # a full disk, say: nobody was told of this file yet
            self.drop(pending)
            raise

    def _find_again(self, pending: Pending) -> None:
        """Its place, or what it stands for, may have changed."""
        journal = pending.journal
        with self._lock:
            self._lose(journal.id)
            if journal.id in self._table:
                self._where[journal.id] = journal.place
                self._places.setdefault(journal.place, {})[journal.id] = pending
                if journal.parks:
                    self._parked[journal.parks] = pending

    def _lose(self, journal_id: str) -> None:
        place = self._where.pop(journal_id, None)
        if place is not None:
            here = self._places[place]
            here.pop(journal_id)
            if not here:
                del self._places[place]
        for item_id, pending in list(self._parked.items()):
            if pending.journal.id == journal_id:
                del self._parked[item_id]

    def save(self, pending: Pending) -> None:
        """Put a journal on disk, whole or not at all; durable when it returns."""
        replace_text(self._path / f"{pending.journal.id}.json", json.dumps(asdict(pending.journal)))
        self._find_again(pending)

    def sync(self, pending: Pending) -> None:
        """Make the bytes written so far durable (fsync(2))."""
        with open(pending.data, "rb") as file:
            os.fsync(file.fileno())

    def drop(self, pending: Pending) -> None:
        """Forget a file: the server has it, or its owner removed it."""
        with self._lock:
            self._table.pop(pending.journal.id, None)
            self._lose(pending.journal.id)
        # The journal first: bytes without one are never taken for something owed.
        (self._path / f"{pending.journal.id}.json").unlink(missing_ok=True)
        pending.data.unlink(missing_ok=True)
        pending.base.unlink(missing_ok=True)

    def hide(self, pending: Pending) -> None:
        """Don't find a file by its place for now: another is to take it."""
        with self._lock:
            self._lose(pending.journal.id)

    def show(self, pending: Pending) -> None:
        """Find a file by its place again."""
        self._find_again(pending)

    def find(self, place: str, name: str) -> Pending | None:
        """The file being written under that name in a place (see `Journal.place`), compared without case."""
        if not self._places.get(place):  # as nearly always, and every look at a path comes by here
            return None
        key = names.key(name)
        return next((p for p in self.in_place(place) if names.key(p.journal.name) == key), None)

    def in_place(self, place: str) -> list[Pending]:
        """The files being written in a place (see `Journal.place`)."""
        with self._lock:
            return [p for p in self._places.get(place, {}).values() if p.journal.state is not State.UNSAVED]

    def below(self, place: str) -> list[Pending]:
        """The files that wait for the server in attachment folders inside one (see `AttachmentsNode.shelf`)."""
        with self._lock:
            inside = [files for other, files in self._places.items() if other.startswith(f"{place}\0")]
            return [p for files in inside for p in files.values() if p.journal.state is State.READY]

    def parked(self, item_id: str) -> Pending | None:
        """The local file that stands for an item."""
        with self._lock:
            return self._parked.get(item_id)

    def parked_as(self, folder_id: str, name: str) -> Pending | None:
        """The local file that stands for the item that is called `name` in a folder."""
        key = names.key(name)
        with self._lock:
            for pending in self._parked.values():
                journal = pending.journal
                if journal.parked_in == folder_id and names.key(journal.parked_as) == key:
                    return pending
        return None

    def in_state(self, state: State) -> list[Pending]:
        with self._lock:
            found = [p for p in self._table.values() if p.journal.state is state]
        return sorted(found, key=lambda p: p.journal.created_ns)

    def adopt(self, other: Path) -> None:
        """Take over what a mount that died left in its own spool."""
        for path in other.glob("*.json"):
            # The journal moves when its bytes are in both places, so that they are never apart, whatever ends us.
            beside = [file for file in (path.with_suffix(".data"), path.with_suffix(".base")) if file.exists()]
            for file in beside:
                _link(file, self._path / file.name)
            sync_folder(self._path)
            os.replace(path, self._path / path.name)
            for file in beside:
                file.unlink()
        sync_folder(self._path)
        self._load(self._path)

    def _load(self, path: Path) -> None:
        for leftover in path.glob("*.new"):
            leftover.unlink()
        for file in sorted(path.glob("*.json")):
            data = file.with_suffix(".data")
            if not data.exists():
                log.warning("the journal %s has lost its bytes and is left alone", file)
                continue
            journal = read_journal(file)
            with self._lock:
                pending = self._table.setdefault(journal.id, Pending(journal, data))
                self._latest = max(self._latest, journal.created_ns)
            self._find_again(pending)

    def _clean(self) -> None:
        """Bytes without a journal: it was not there yet, or was removed first (see `drop`). Nobody is owed them."""
        for pattern in ("*.data", "*.base"):
            for file in self._path.glob(pattern):
                if not file.with_suffix(".json").exists():
                    file.unlink()


def _link(file: Path, to: Path) -> None:
    """The same file under a second name, or a copy of it where the disk has no such thing."""
    to.unlink(missing_ok=True)
    try:
        os.link(file, to)
    except OSError:
        with file.open("rb") as source:
            _copy(source, to)


def _park(journal: Journal, parked_in: str, entry: Entry) -> None:
    journal.parks, journal.parked_in, journal.parked_as = entry.id, parked_in, entry.name
    journal.mtime_ns = entry.mtime_ns


def _copy(file: BinaryIO, path: Path) -> None:
    file.seek(0)
    with open(path, "wb", opener=private) as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        os.fsync(copy.fileno())
