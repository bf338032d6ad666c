"""The system calls that the suite makes, on three kinds of ground that should not differ.

    OsCalls     the os module below a folder: a local one, whose answers are the measure, or a real mount
    VfsCalls    a `FileSystem` without FUSE, called as a kernel would call it

Descriptors, offsets and the checks that no filesystem ever sees (EBADF for a write through O_RDONLY) are the kernel's
work, so `VfsCalls` does them. Source: open(2), read(2), write(2), lseek(2), ftruncate(2), path_resolution(7).

Threading: any thread, as with system calls; a descriptor belongs to one thread at a time.
"""

from __future__ import annotations

import errno
import itertools
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from ewsfs.vfs import FileSystem
from ewsfs.vfs.handles import Handle

Outcome = TypeVar("Outcome")


class Calls(Protocol):
    """System calls on paths below one folder, which are given relative to it. Each raises OSError."""

    def open(self, path: str, flags: int) -> int: ...
    def close(self, fd: int) -> None: ...
    def dup(self, fd: int) -> int: ...
    def read(self, fd: int, size: int) -> bytes: ...
    def write(self, fd: int, data: bytes) -> int: ...
    def seek(self, fd: int, offset: int) -> int: ...
    def pread(self, fd: int, size: int, offset: int) -> bytes: ...
    def pwrite(self, fd: int, data: bytes, offset: int) -> int: ...
    def ftruncate(self, fd: int, size: int) -> None: ...
    def fsync(self, fd: int) -> None: ...
    def fsize(self, fd: int) -> int: ...
    def size(self, path: str) -> int: ...
    def truncate(self, path: str, size: int) -> None: ...
    def rename(self, old: str, new: str) -> None: ...
    def unlink(self, path: str) -> None: ...
    def mkdir(self, path: str) -> None: ...
    def rmdir(self, path: str) -> None: ...
    def names(self, path: str = "") -> list[str]: ...
    def below(self, path: str) -> Calls: ...


class OsCalls:
    """The os module, below a folder."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def open(self, path: str, flags: int) -> int:
        return os.open(self.base / path, flags, 0o600)

    def close(self, fd: int) -> None:
        os.close(fd)

    def dup(self, fd: int) -> int:
        return os.dup(fd)

    def read(self, fd: int, size: int) -> bytes:
        return os.read(fd, size)

    def write(self, fd: int, data: bytes) -> int:
        return os.write(fd, data)

    def seek(self, fd: int, offset: int) -> int:
        return os.lseek(fd, offset, os.SEEK_SET)

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        return os.pread(fd, size, offset)

    def pwrite(self, fd: int, data: bytes, offset: int) -> int:
        return os.pwrite(fd, data, offset)

    def ftruncate(self, fd: int, size: int) -> None:
        os.ftruncate(fd, size)

    def fsync(self, fd: int) -> None:
        os.fsync(fd)

    def fsize(self, fd: int) -> int:
        return os.fstat(fd).st_size

    def size(self, path: str) -> int:
        return os.stat(self.base / path).st_size

    def truncate(self, path: str, size: int) -> None:
        os.truncate(self.base / path, size)

    def rename(self, old: str, new: str) -> None:
        os.rename(self.base / old, self.base / new)

    def unlink(self, path: str) -> None:
        os.unlink(self.base / path)

    def mkdir(self, path: str) -> None:
        os.mkdir(self.base / path)

    def rmdir(self, path: str) -> None:
        os.rmdir(self.base / path)

    def names(self, path: str = "") -> list[str]:
        return sorted(os.listdir(self.base / path))

    def below(self, path: str) -> OsCalls:
        return OsCalls(self.base / path)


@dataclass
class _Open:
    """What the kernel keeps of an open file: descriptors made by dup(2) share it. No handle: a directory."""

    path: str
    flags: int
    handle: Handle | None
    position: int = 0
    descriptors: int = 1

    def to_read(self) -> Handle:
        if self.flags & os.O_ACCMODE == os.O_WRONLY:
            raise OSError(errno.EBADF, "open for writing only")
        if self.handle is None:
            raise OSError(errno.EISDIR, "a directory")
        return self.handle

    def to_write(self, number: int) -> Handle:
        if self.flags & os.O_ACCMODE == os.O_RDONLY or self.handle is None:
            raise OSError(number, "open for reading only")
        return self.handle


class _Kernel:
    """The descriptors of one filesystem."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.table: dict[int, _Open] = {}
        self._numbers = itertools.count(1000)

    def enter(self, file: _Open) -> int:
        with self.lock:
            number = next(self._numbers)
            self.table[number] = file
            return number

    def of(self, fd: int) -> _Open:
        with self.lock:
            if fd not in self.table:
                raise OSError(errno.EBADF, "no such descriptor")
            return self.table[fd]

    def renamed(self, old: str, new: str) -> None:
        with self.lock:
            for file in self.table.values():
                if file.path == old:
                    file.path = new


class VfsCalls:
    """A filesystem, called as the kernel would, below `base`."""

    def __init__(self, fs: FileSystem, base: str = "", kernel: _Kernel | None = None) -> None:
        self.fs = fs
        self._base = base
        self._kernel = kernel or _Kernel()

    def _full(self, path: str) -> str:
        return f"{self._base}/{path}".rstrip("/")

    def open(self, path: str, flags: int) -> int:
        full = self._full(path)
        handle: Handle | None
        if flags & os.O_CREAT:
            handle = self.fs.create(full, flags)
        elif not flags & (os.O_ACCMODE | os.O_TRUNC) and self.fs.getattr(full).is_directory:
            handle = None
        else:
            handle = self.fs.open(full, flags)
        return self._kernel.enter(_Open(full, flags, handle))

    def close(self, fd: int) -> None:
        file = self._kernel.of(fd)
        with self._kernel.lock:
            del self._kernel.table[fd]
            file.descriptors -= 1
            is_last = not file.descriptors
        if file.handle is None:
            return
        try:
            file.handle.flush()
        finally:
            if is_last:
                file.handle.release()

    def dup(self, fd: int) -> int:
        file = self._kernel.of(fd)
        with self._kernel.lock:
            file.descriptors += 1
        return self._kernel.enter(file)

    def read(self, fd: int, size: int) -> bytes:
        file = self._kernel.of(fd)
        data = file.to_read().read(size, file.position)
        file.position += len(data)
        return data

    def write(self, fd: int, data: bytes) -> int:
        file = self._kernel.of(fd)
        handle = file.to_write(errno.EBADF)
        written = handle.write(data, file.position)
        file.position = handle.size() if file.flags & os.O_APPEND else file.position + written
        return written

    def seek(self, fd: int, offset: int) -> int:
        self._kernel.of(fd).position = offset
        return offset

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        return self._kernel.of(fd).to_read().read(size, offset)

    def pwrite(self, fd: int, data: bytes, offset: int) -> int:
        return self._kernel.of(fd).to_write(errno.EBADF).write(data, offset)

    def ftruncate(self, fd: int, size: int) -> None:
        self._kernel.of(fd).to_write(errno.EINVAL).truncate(size)

    def fsync(self, fd: int) -> None:
        handle = self._kernel.of(fd).handle
        if handle is not None:
            handle.fsync()

    def fsize(self, fd: int) -> int:
        file = self._kernel.of(fd)
        return self.fs.getattr(file.path, file.handle).size

    def size(self, path: str) -> int:
        return self.fs.getattr(self._full(path)).size

    def truncate(self, path: str, size: int) -> None:
        self.fs.truncate(self._full(path), size)

    def rename(self, old: str, new: str) -> None:
        self.fs.rename(self._full(old), self._full(new))
        self._kernel.renamed(self._full(old), self._full(new))

    def unlink(self, path: str) -> None:
        self.fs.unlink(self._full(path))

    def mkdir(self, path: str) -> None:
        self.fs.mkdir(self._full(path))

    def rmdir(self, path: str) -> None:
        self.fs.rmdir(self._full(path))

    def names(self, path: str = "") -> list[str]:
        return sorted(name for name, _ in self.fs.readdir(self._full(path)))

    def below(self, path: str) -> VfsCalls:
        return VfsCalls(self.fs, self._full(path), self._kernel)


# -- what tests do with them -------------------------------------------------------------------------------------


def attempt(call: Callable[[], Outcome]) -> Outcome | str:
    """What a call answers: its result, or the name of its errno."""
    try:
        return call()
    except OSError as error:
        return errno.errorcode[error.errno or 0]


def content(calls: Calls, path: str) -> bytes:
    """All that a file holds, as a program reads it. Raises OSError as open(2) and read(2)."""
    fd = calls.open(path, os.O_RDONLY)
    try:
        return b"".join(iter(lambda: calls.read(fd, 65536), b""))
    finally:
        calls.close(fd)


def put(calls: Calls, path: str, data: bytes) -> None:
    """A file of those bytes, in the place of any other. Raises OSError."""
    fd = calls.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        calls.write(fd, data)
    finally:
        calls.close(fd)
