"""The folder on disk where a mount keeps its index, contents and spool, and who may use it.

    CACHE_DIR/ADDRESS/0/index.sqlite3, content/, spool/
    CACHE_DIR/ADDRESS/1/...                             a second mount of the mailbox at the same time

Each mount holds one numbered slot with a lock on its `lock` file for as long as it lives; the kernel frees it
when the process dies, however it dies. A free slot with writes left in its spool belongs to whoever mounts next.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.writing.durable import sync_folder

_SLOTS = 64


class Slot:
    """One slot of the cache, locked until `close`."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @property
    def index(self) -> Path:
        return self.path / "index.sqlite3"

    @property
    def content(self) -> Path:
        return self.path / "content"

    @property
    def spool(self) -> Path:
        return self.path / "spool"

    def close(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Slot:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def take_slot(cache_dir: Path, address: str) -> Slot:
    """Lock the first free slot for a mailbox, making it when it is new.

    Parameters: `cache_dir`, the folder for all mailboxes; `address`, the mailbox. Returns the locked slot.
    Raises: VfsError when the folder can't be used or (EBUSY) when all slots are taken.
    """
    mailbox = _mailbox_dir(cache_dir, address)
    for number in range(_SLOTS):
        slot = _try(mailbox / str(number), make=True)
        if slot is not None:
            return slot
    raise VfsError(errno.EBUSY, f"{_SLOTS} mounts of {address} are using {mailbox} already")


@contextmanager
def left_behind(cache_dir: Path, address: str, mine: Slot) -> Iterator[list[Slot]]:
    """The slots that no living mount holds, other than `mine`, locked for the duration of the block."""
    mailbox = _mailbox_dir(cache_dir, address)
    slots = []
    try:
        for path in sorted(mailbox.iterdir()):
            if path.name.isdigit() and path != mine.path:
                slot = _try(path, make=False)
                if slot is not None:
                    slots.append(slot)
        yield slots
    finally:
        for slot in slots:
            slot.close()


def _mailbox_dir(cache_dir: Path, address: str) -> Path:
    # An address may hold what a path can't ("/" is legal in a local part, RFC 5322 section 3.2.3).
    return cache_dir / re.sub(r"[^\w.@+-]", "_", address.lower())


def _try(path: Path, *, make: bool) -> Slot | None:
    try:
        if make:
            for folder in (path.parent.parent, path.parent, path, path / "content", path / "spool"):
                _make(folder)
            path.chmod(0o700)
        descriptor = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise VfsError(
            error.errno or errno.EIO,
            f"the cache folder {path} can't be used: {error.strerror}; choose another with --cache-dir",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return Slot(path, descriptor)


def _make(folder: Path) -> None:
    """A folder for its owner's eyes alone, with those above it, that a power cut doesn't take away with all in it."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(OSError):  # one in which we may make folders and not read
        sync_folder(folder.parent)
