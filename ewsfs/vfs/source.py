"""Open files as sources of messages: `ewsfs.formats` finds parts in them without having them in memory.

A file that is cut while it is read is an error (EIO), so that no half of a content is taken for a whole one; with a
memory map the process would end (SIGBUS).

Threading: a source belongs to one thread.
"""

from __future__ import annotations

import errno
import io
import os
from typing import BinaryIO

from ewsfs.formats.source import Source

_WINDOW = 1 << 20  # bytes
_BEFORE = 64  # bytes of a window before what was asked for: line breaks are looked at backwards


class FileSource:
    """The bytes of a file, read a window at a time; see `formats.source.Source`.

    Parameters: `file`, which stays open as long as the source is used, and doesn't move; `window`, bytes.
    """

    def __init__(self, file: BinaryIO, window: int = _WINDOW) -> None:
        self._descriptor = file.fileno()
        self._length = os.fstat(self._descriptor).st_size
        self._size = window
        self._start = 0
        self._window = b""

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: slice, /) -> bytes:
        start, stop, _ = place.indices(self._length)
        if stop - start >= self._size // 2:
            return self._read(start, stop)  # contents, which are read once: the window stays with the headers
        window = self._around(start, stop)
        return window[start - self._start : max(start, stop) - self._start]

    def find(self, wanted: bytes, start: int, end: int, /) -> int:
        start, end, _ = slice(start, end).indices(self._length)
        while start + len(wanted) <= end:
            window = self._around(start, start + len(wanted))
            found = window.find(wanted, start - self._start, end - self._start)
            if found >= 0:
                return self._start + found
            start = self._start + len(window) - len(wanted) + 1
        return -1

    def _around(self, start: int, stop: int) -> bytes:
        """A window in which a stretch lies."""
        if not self._start <= start <= stop <= self._start + len(self._window):
            self._start = max(0, start - _BEFORE)
            self._window = self._read(self._start, min(max(stop, self._start + self._size), self._length))
        return self._window

    def _read(self, start: int, stop: int) -> bytes:
        data = b""
        while len(data) < stop - start:
            piece = os.pread(self._descriptor, stop - start - len(data), start + len(data))
            if not piece:
                raise OSError(errno.EIO, "the file was cut while it was read")
            data = data + piece if data else piece
        return data


def source_of(file: BinaryIO) -> Source:
    """All bytes of an open file, wherever it stands, as a source."""
    return file.getvalue() if isinstance(file, io.BytesIO) else FileSource(file)
