"""The bytes of a file on their way, in memory or as an open file: what of them is needed, and no more in memory."""

from __future__ import annotations

import io
import itertools
from typing import BinaryIO

# In memory, or a file that can be read from its beginning as often as need be.
Data = bytes | BinaryIO

_BEGINNING = 1 << 20  # bytes, more than any message's header
_CHUNK = 1 << 20


def stream(data: Data) -> BinaryIO:
    """The bytes as a file that stands at its beginning."""
    if isinstance(data, bytes):
        return io.BytesIO(data)
    data.seek(0)
    return data


def whole(data: Data) -> bytes:
    """All bytes."""
    return data if isinstance(data, bytes) else stream(data).read()


def beginning(data: Data) -> bytes:
    """As much as surely holds a message's header."""
    return data[:_BEGINNING] if isinstance(data, bytes) else stream(data).read(_BEGINNING)


def length(data: Data) -> int:
    """How many bytes there are."""
    return len(data) if isinstance(data, bytes) else data.seek(0, io.SEEK_END)


def same(one: Data, other: Data) -> bool:
    """Whether both are the same bytes."""
    if length(one) != length(other):
        return False
    a, b = stream(one), stream(other)
    chunks = itertools.takewhile(any, ((a.read(_CHUNK), b.read(_CHUNK)) for _ in itertools.count()))
    return all(x == y for x, y in chunks)
