"""A file being written: what is kept of it beside its bytes, beyond the life of the process.

Its id is made here and goes to the server with the item, so that after any failure one question tells whether the
item came to be. Its state says what is owed to its bytes:

    open     being written: nobody closed it yet
    ready    closed: belongs on the server; finish it
    unsaved  can't be an item, or was never closed: kept for its owner under `.ewsfs/unsaved/`
    local    an editor's or a copier's file of the moment: owes the server nothing until it gets a real name
"""

from __future__ import annotations

import filecmp
import json
import logging
import os
import threading
import uuid
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from ewsfs.vfs.model import Entry

log = logging.getLogger(__name__)


class Settled(Exception):
    """A file isn't being written any more, and its path means an item by now, or nothing: look at it anew."""


class State(str, Enum):
    OPEN = "open"
    READY = "ready"
    UNSAVED = "unsaved"
    LOCAL = "local"


@dataclass
class Journal:
    """What is kept of a file being written. Times are nanoseconds since the epoch.

    `replaces` is the item that this is a new version of, `base_key` its change key then, and `half` says that it was
    but the first half of what the same open file went on to write. `owner` is the item that the file is to be attached
    to. A local file that `parks` an item stands for it under another name: the item called `parked_as` in the folder
    `parked_in` is where it was on the server, and not shown; `changed`, that it was written to since.

    `tried` says that the server was asked to make an item of it, with the id `upload`; `earlier`, where (folder id) and
    with which such ids it was asked before other bytes were written, or another name was given: those items, if they
    came to be, are to go. `begun` says that the server was asked to send it, where it was to be sent.
    """

    id: str
    folder_id: str
    name: str
    state: State = State.OPEN
    reason: str = ""
    created_ns: int = 0
    mtime_ns: int | None = None
    replaces: str | None = None
    base_key: str = ""
    half: bool = False
    owner: str = ""
    parks: str = ""
    parked_in: str = ""
    parked_as: str = ""
    changed: bool = False
    upload_id: str = ""
    tried: bool = False
    earlier: list[list[str]] = field(default_factory=list)
    begun: bool = False

    @property
    def upload(self) -> str:
        """The id that goes to the server with what is made of it."""
        return self.upload_id or self.id

    def begin_anew(self) -> None:
        """It is to say something else than what the server may have been given already: another item, then."""
        if self.tried:
            self.earlier.append([self.folder_id, self.upload])
            self.upload_id, self.tried = uuid.uuid4().hex, False

    @property
    def place(self) -> str:
        """The directory that the file is in: a folder's id, or the id of the item whose attachment it is to be."""
        return self.owner or self.folder_id


@dataclass(eq=False)
class Pending:
    """A file being written: its journal, its bytes, and how many handles it has.

    `file` stays open while there are handles, so that the bytes outlive their name: `is_saved` once the server has
    them (as the item `entry`, unless they are an attachment), `dirty_before` when they came through this very file,
    `unlinked` once the user removed it, `failed` when not all that was written is in it.
    """

    journal: Journal
    data: Path
    lock: threading.RLock = field(default_factory=threading.RLock)
    file: BinaryIO | None = None
    handles: int = 0
    dirty: bool = False
    is_saved: bool = False
    dirty_before: bool = False
    entry: Entry | None = None
    unlinked: bool = False
    failed: OSError | None = None

    @property
    def base(self) -> Path:
        """What the file of the item that this replaces said, if it replaces one."""
        return self.data.with_suffix(".base")

    def open_base(self) -> AbstractContextManager[BinaryIO | None]:
        """The same as a file; None when nobody has read it."""
        return open(self.base, "rb") if self.base.exists() else nullcontext()

    def is_as_before(self) -> bool:
        """Whether it says what the item that it is to replace says."""
        return self.base.exists() and filecmp.cmp(self.base, self.data, shallow=False)

    def must_be_here(self) -> None:
        """Raises: Settled, when the server has it by now, or it was removed."""
        if self.is_saved or self.unlinked:
            raise Settled

    @property
    def is_local(self) -> bool:
        return self.journal.state is State.LOCAL

    @property
    def size(self) -> int:
        return self._stat().st_size

    @property
    def mtime_ns(self) -> int:
        return self.journal.mtime_ns or self._stat().st_mtime_ns

    def _stat(self) -> os.stat_result:
        try:
            return self.data.stat()
        except FileNotFoundError:
            # A name that has gone, or was never there: handles keep the bytes. Else the server has them by now.
            if self.file is None:
                raise Settled from None
            return os.fstat(self.file.fileno())


def read_journal(file: Path) -> Journal:
    """A journal from the disk; one that a later version wrote, or that is damaged, says that its bytes are unsaved."""
    try:
        fields = json.loads(file.read_text("utf-8"))
        # One that doesn't tell whether the server was asked is of a version that didn't note it.
        return Journal(**{"tried": True, **fields, "state": State(fields["state"]), "id": file.stem})
    except (ValueError, TypeError, KeyError) as error:
        log.warning("the journal %s can't be read: %s; its bytes are in .ewsfs/unsaved", file, error)
        return Journal(file.stem, "", "unknown", State.UNSAVED, f"its journal can't be read: {error}")
