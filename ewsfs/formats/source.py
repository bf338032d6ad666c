"""Where the bytes of a message stand: in memory, or in whatever gives any stretch of them, such as a file.

Used by `mimetree` and `eml`, which find parts in messages that are too large for memory. `bytes` are a source.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

CHUNK = 1 << 20  # bytes that are looked at together


class Source(Protocol):
    """Bytes that needn't be in memory; the methods are those of `bytes`."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: slice, /) -> bytes:
        """A copy of a stretch; only as much of it as is there."""

    def find(self, wanted: bytes, start: int, end: int, /) -> int:
        """Where `wanted` first stands whole between two places; -1 when it doesn't."""


class Stretch:
    """A part of a source, as a source of its own."""

    def __init__(self, source: Source, start: int, end: int) -> None:
        self._source = source
        self._start = start
        self._length = max(0, min(end, len(source)) - start)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: slice, /) -> bytes:
        start, stop, _ = place.indices(self._length)
        return self._source[self._start + start : self._start + max(start, stop)]

    def find(self, wanted: bytes, start: int, end: int, /) -> int:
        start, end, _ = slice(start, end).indices(self._length)
        found = self._source.find(wanted, self._start + start, self._start + end)
        return found if found < 0 else found - self._start


def stretch(source: Source, start: int, end: int) -> Source:
    """The bytes between two places; of bytes in memory a copy."""
    return source[start:end] if isinstance(source, bytes) else Stretch(source, start, end)


def pieces(source: Source, start: int, end: int) -> Iterator[bytes]:
    """The bytes between two places, some at a time."""
    for position in range(start, end, CHUNK):
        yield source[position : min(position + CHUNK, end)]
