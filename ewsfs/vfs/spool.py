"""What users write, on disk before the server is asked, until the server has it.

Each file being written is a data file with a journal beside it, a small JSON file replaced atomically:

    SPOOL/<id>.data, SPOOL/<id>.json

`id` is made here and goes to the server with the item, so that after any failure one question tells whether the
item came to be. A journal's state says what is owed to its bytes:

    open     being written: nobody closed it yet
    ready    closed: belongs on the server; finish it
    unsaved  can't be an item, or was never closed: kept for its owner under `.ewsfs/unsaved/`

Threading: a `Pending` has its own lock for its bytes; the spool's lock guards the table of them.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
import time
import uuid
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from ewsfs.vfs import names
from ewsfs.vfs.model import Entry

log = logging.getLogger(__name__)


class State(str, Enum):
    OPEN = "open"
    READY = "ready"
    UNSAVED = "unsaved"


@dataclass
class Journal:
    """What is kept of a file being written. Times are nanoseconds since the epoch."""

    id: str
    folder_id: str
    name: str
    state: State = State.OPEN
    reason: str = ""
    created_ns: int = 0
    mtime_ns: int | None = None
    replaces: str | None = None


@dataclass(eq=False)
class Pending:
    """A file being written: its journal, its bytes, and how many handles it has.

    `file` stays open while there are handles, so that the bytes outlive their name: `entry` is set once the
    server has them, `unlinked` once the user removed the file.
    """

    journal: Journal
    data: Path
    lock: threading.RLock = field(default_factory=threading.RLock)
    file: BinaryIO | None = None
    handles: int = 0
    dirty: bool = False
    entry: Entry | None = None
    unlinked: bool = False

    @property
    def size(self) -> int:
        return self._stat().st_size

    @property
    def mtime_ns(self) -> int:
        return self.journal.mtime_ns or self._stat().st_mtime_ns

    def _stat(self) -> os.stat_result:
        return os.fstat(self.file.fileno()) if self.file is not None else self.data.stat()


class Spool:
    """The files being written below `path`; those that an earlier process left are loaded at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._table: dict[str, Pending] = {}
        self._load(path)

    def create(self, folder_id: str, name: str) -> Pending:
        """A new, empty file named `name` in a folder."""
        journal = self._new_journal(folder_id, name)
        pending = Pending(journal, self._data(journal))
        os.close(_private(str(pending.data), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        self._enter(pending)
        return pending

    def again(self, pending: Pending, replaces: str) -> None:
        """A file that became the item `replaces` is written to once more: make it one that is owed again."""
        assert pending.file is not None  # only an open file is written to
        journal = self._new_journal(pending.journal.folder_id, pending.journal.name)
        journal.replaces = replaces
        data = self._data(journal)
        file = open(data, "x+b", buffering=0, opener=_private)  # noqa: SIM115 - it lives as long as the pending
        pending.file.seek(0)
        shutil.copyfileobj(pending.file, file)
        pending.file.close()
        pending.journal, pending.data, pending.file, pending.entry = journal, data, file, None
        self._enter(pending)

    @staticmethod
    def _new_journal(folder_id: str, name: str) -> Journal:
        return Journal(id=uuid.uuid4().hex, folder_id=folder_id, name=name, created_ns=time.time_ns())

    def _data(self, journal: Journal) -> Path:
        return self._path / f"{journal.id}.data"

    def _enter(self, pending: Pending) -> None:
        self.save(pending)
        with self._lock:
            self._table[pending.journal.id] = pending

    def save(self, pending: Pending) -> None:
        """Put a journal on disk, whole or not at all; durable when it returns."""
        path = self._path / f"{pending.journal.id}.json"
        temporary = path.with_suffix(".new")
        with open(temporary, "w", encoding="utf-8", opener=_private) as file:
            json.dump(asdict(pending.journal), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(self._path)

    def sync(self, pending: Pending) -> None:
        """Make the bytes written so far durable (fsync(2))."""
        with open(pending.data, "rb") as file:
            os.fsync(file.fileno())

    def drop(self, pending: Pending) -> None:
        """Forget a file: the server has it, or its owner removed it."""
        with self._lock:
            self._table.pop(pending.journal.id, None)
        # The journal first: bytes without one are never taken for something owed.
        (self._path / f"{pending.journal.id}.json").unlink(missing_ok=True)
        pending.data.unlink(missing_ok=True)

    def find(self, folder_id: str, name: str) -> Pending | None:
        """The file being written under that name, compared without case."""
        key = names.key(name)
        with self._lock:
            for pending in self._table.values():
                journal = pending.journal
                here = journal.state is not State.UNSAVED and journal.folder_id == folder_id
                if here and names.key(journal.name) == key:
                    return pending
        return None

    def in_folder(self, folder_id: str) -> list[Pending]:
        with self._lock:
            return [
                p
                for p in self._table.values()
                if p.journal.folder_id == folder_id and p.journal.state is not State.UNSAVED
            ]

    def in_state(self, state: State) -> list[Pending]:
        with self._lock:
            found = [p for p in self._table.values() if p.journal.state is state]
        return sorted(found, key=lambda p: p.journal.created_ns)

    def adopt(self, other: Path) -> None:
        """Take over what a mount that died left in its own spool."""
        for path in other.glob("*.json"):
            data = path.with_suffix(".data")
            if data.exists():
                os.replace(data, self._path / data.name)
            os.replace(path, self._path / path.name)
        _sync_folder(self._path)
        self._load(self._path)

    def _load(self, path: Path) -> None:
        for leftover in path.glob("*.new"):
            leftover.unlink()
        for file in sorted(path.glob("*.json")):
            try:
                fields = json.loads(file.read_text("utf-8"))
                journal = Journal(**{**fields, "state": State(fields["state"])})
            except (ValueError, TypeError, KeyError) as error:
                log.warning("the journal %s can't be read and is left alone: %s", file, error)
                continue
            data = file.with_suffix(".data")
            if not data.exists():
                log.warning("the journal %s has lost its bytes and is left alone", file)
                continue
            with self._lock:
                self._table.setdefault(journal.id, Pending(journal, data))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
