"""Open files: what `open` and `create` hand out, for reading bytes that are here and for writing new ones.

Threading: a handle may be used by several threads at once; reads are positional and share nothing.
"""

from __future__ import annotations

import errno
import os
from typing import BinaryIO, Protocol

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.writing.journal import Pending
from ewsfs.vfs.writing.writer import Writer


class Handle(Protocol):
    """An open file. `version` names its content: the same version is the same bytes, None says nothing."""

    version: str | None

    def read(self, size: int, offset: int) -> bytes: ...
    def write(self, data: bytes, offset: int) -> int: ...
    def truncate(self, size: int) -> None: ...
    def flush(self) -> None: ...
    def fsync(self) -> None: ...
    def release(self) -> None: ...
    def size(self) -> int: ...


class ReadHandle:
    """A file open for reading; its bytes stay those of the moment it was opened, whatever becomes of the item."""

    def __init__(self, file: BinaryIO, version: str | None) -> None:
        self._file = file
        self.version = version

    def read(self, size: int, offset: int) -> bytes:
        return os.pread(self._file.fileno(), size, offset)

    def write(self, data: bytes, offset: int) -> int:
        raise VfsError(errno.EBADF, "the file is open for reading only")

    def truncate(self, size: int) -> None:
        raise VfsError(errno.EBADF, "the file is open for reading only")

    def flush(self) -> None:
        """Nothing was written."""

    def fsync(self) -> None:
        """Nothing was written."""

    def release(self) -> None:
        self._file.close()

    def size(self) -> int:
        return os.fstat(self._file.fileno()).st_size


class BytesHandle(ReadHandle):
    """A small text of our own, as it was when the file was opened."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.version = None

    def read(self, size: int, offset: int) -> bytes:
        return self._data[offset : offset + size]

    def release(self) -> None:
        """Nothing is held."""

    def size(self) -> int:
        return len(self._data)


class PendingHandle:
    """A file being written. Each `flush` (a close of one of its descriptors) brings it to the server.

    Parameters: `pending`, with a handle counted for this one (see `Writer`); `flags`, as for open(2),
    with O_CREAT only when the file was made by this very call.
    """

    def __init__(self, writer: Writer, pending: Pending, flags: int) -> None:
        self._writer = writer
        self.pending = pending
        self._append = bool(flags & os.O_APPEND)
        self._writable = flags & os.O_ACCMODE != os.O_RDONLY
        # What is open for reading only may have been made or emptied by that.
        self._changed = self._writable or bool(flags & (os.O_CREAT | os.O_TRUNC))
        self.version: str | None = None

    def read(self, size: int, offset: int) -> bytes:
        return self._writer.read(self.pending, size, offset)

    def write(self, data: bytes, offset: int) -> int:
        self._must_be_writable()
        return self._writer.write(self.pending, data, None if self._append else offset)

    def truncate(self, size: int) -> None:
        self._must_be_writable()
        self._writer.truncate(self.pending, size)

    def flush(self) -> None:
        if self._changed:
            self._writer.flush(self.pending)

    def fsync(self) -> None:
        self._writer.sync(self.pending)

    def release(self) -> None:
        self._writer.closed(self.pending)

    def size(self) -> int:
        return self.pending.size

    def _must_be_writable(self) -> None:
        if not self._writable:
            raise VfsError(errno.EBADF, "the file is open for reading only")
