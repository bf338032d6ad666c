"""The bytes of items on disk: one file per (item id, change key), the least recently used ones make room.

    CONTENT/ab/abcdef....   the name is a hash of the key, ids being too long and too case-sensitive for names

A file is written beside its place and renamed, so what is there is whole. Sizes and ages are read from the folder
at the start and kept in memory; somebody else removing files only costs a fetch.

Threading: any thread. An open file stays readable after it was evicted, as POSIX has it.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)


class ContentStore:
    """A bounded store in the folder `path`.

    Parameters: `path`, made with mode 0700 when missing; `limit`, bytes. The newest content stays, whatever its
    size: what was just fetched for somebody must be there for them to read.
    """

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._total = 0
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._load()

    def open(self, owner: str, change_key: str) -> BinaryIO | None:
        """The content as an open file at its start, or None when it isn't here."""
        name = _name(owner, change_key)
        try:
            file = open(self._file(name), "rb")  # noqa: SIM115 - the caller closes it
        except OSError:
            self._forget(name)
            return None
        with self._lock:
            if name in self._sizes:
                self._sizes.move_to_end(name)
        # The age that the next mount sees.
        with contextlib.suppress(OSError):
            os.utime(self._file(name))
        return file

    def size(self, owner: str, change_key: str) -> int | None:
        """The length in bytes, or None when it isn't here."""
        try:
            return self._file(_name(owner, change_key)).stat().st_size
        except OSError:
            return None

    def put(self, owner: str, change_key: str, content: bytes | BinaryIO) -> None:
        """Keep content, whole or not at all; what is oldest goes when there is too much.

        Parameters: `content`, bytes, or a file that is read from its start. Raises: OSError (ENOSPC ...).
        """
        name = _name(owner, change_key)
        target = self._file(name)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        try:
            with open(descriptor, "wb") as file:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    content.seek(0)
                    shutil.copyfileobj(content, file)
                size = file.tell()
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        with self._lock:
            self._total += size - self._sizes.pop(name, 0)
            self._sizes[name] = size
            evicted = self._evict()
        for old in evicted:
            self._file(old).unlink(missing_ok=True)

    def drop(self, owner: str, change_key: str) -> None:
        """Forget content."""
        name = _name(owner, change_key)
        self._forget(name)
        self._file(name).unlink(missing_ok=True)

    def _evict(self) -> list[str]:
        evicted = []
        while self._total > self._limit and len(self._sizes) > 1:
            name, size = self._sizes.popitem(last=False)
            self._total -= size
            evicted.append(name)
        return evicted

    def _forget(self, name: str) -> None:
        with self._lock:
            self._total -= self._sizes.pop(name, 0)

    def _file(self, name: str) -> Path:
        return self._path / name[:2] / name

    def _load(self) -> None:
        found = []
        for folder in self._path.iterdir():
            if not folder.is_dir():
                continue
            for entry in os.scandir(folder):
                if entry.name.startswith(".new-"):
                    os.unlink(entry.path)  # a mount died while it wrote this
                elif entry.is_file(follow_symlinks=False):
                    stat = entry.stat()
                    found.append((stat.st_mtime_ns, entry.name, stat.st_size))
        for _, name, size in sorted(found):
            self._sizes[name] = size
            self._total += size


def _name(owner: str, change_key: str) -> str:
    return hashlib.sha256(f"{owner}\0\0{change_key}".encode("utf-8", "surrogatepass")).hexdigest()
