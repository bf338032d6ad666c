"""Request bodies whose large contents are read from files while they are sent.

Servers refuse chunked and compressed request bodies, so the length is known before the first byte goes out. Used by
`soap` and `transport`.

Threading: `Streams` may be filled by one thread and read by several; each file belongs to one request at a time.
"""

from __future__ import annotations

import base64
import io
import os
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import BinaryIO

from ewsfs.ews.xmlnames import Element

_TOKEN = re.compile(rb"ewsfs-stream-[0-9a-f-]{36}")
_BLOCK = 48 * 1024  # a multiple of 3: base64 of a block is whole
_LARGE = 256 * 1024  # bytes in memory from which on they aren't copied into the request, but read while it is sent

_collecting: ContextVar[Streams | None] = ContextVar("_collecting", default=None)


class Streams:
    """The files that large contents of requests come from.

    `add` returns a token to be the text of a t:Content, t:MimeContent or t:Data element; when the request is sent,
    the file's bytes from its present position to its end stand there instead, in base64. The file stays open and
    the caller's, and must be seekable, so that the request can be sent again.
    """

    def __init__(self) -> None:
        self._files: dict[str, _Source] = {}
        self._lock = threading.Lock()
        self.also_bytes = False

    def add(self, file: BinaryIO) -> str:
        """The token that stands for the file."""
        token = f"ewsfs-stream-{uuid.uuid4()}"
        start = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(start)
        with self._lock:
            self._files[token] = _Source(file, start, max(0, end - start))
        return token

    def drop(self, token: str) -> None:
        """The content behind a token was sent, and isn't needed any more."""
        with self._lock:
            self._files.pop(token, None)

    @contextmanager
    def collecting(self, *, also_bytes: bool = False) -> Iterator[None]:
        """While it lasts, elements made by this thread get tokens of these streams in place of contents that are files.

        Parameters: `also_bytes`, of many bytes in memory too; they are kept there as long as the streams are.
        """
        self.also_bytes = also_bytes
        before = _collecting.set(self)
        try:
            yield
        finally:
            _collecting.reset(before)

    def source(self, token: str) -> _Source | None:
        """The content behind a token, None for another text."""
        with self._lock:
            return self._files.get(token)

    def weight(self, unit: Element) -> int:
        """Bytes that the contents of a unit will add to the request."""
        with self._lock:
            return sum(self._files[node.text].encoded for node in unit.iter() if node.text and node.text in self._files)


def token_for(content: bytes | BinaryIO) -> str | None:
    """The token to stand for a content, a file or many bytes, while an element is made that is sent with `Streams`.

    None when there are no streams for it, or the bytes are few: the content itself is to stand there.
    """
    streams = _collecting.get()
    if streams is None:
        return None
    if isinstance(content, (bytes, bytearray, memoryview)):
        return streams.add(io.BytesIO(content)) if streams.also_bytes and len(content) >= _LARGE else None
    return streams.add(content)


class _Source:
    """A part of a file, read as base64."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self.file = file
        self.start = start
        self.length = length
        self.encoded = (length + 2) // 3 * 4


class Body(io.RawIOBase):
    """A request body made of bytes and of files in base64; knows its length, and can be read again.

    Parameters: `xml`, the envelope with tokens of `streams` in it.
    """

    def __init__(self, xml: bytes, streams: Streams) -> None:
        super().__init__()
        self.xml = xml
        self._parts: list[bytes | _Source] = []
        self._position = 0
        self._index = 0
        self._read = 0
        self._buffer = memoryview(b"")
        position = 0
        for match in _TOKEN.finditer(xml):
            source = streams.source(match[0].decode("ascii"))
            if source is not None:
                self._parts.extend((xml[position : match.start()], source))
                position = match.end()
        self._parts.append(xml[position:])
        self._length = sum(len(part) if isinstance(part, bytes) else part.encoded for part in self._parts)

    @property
    def has_files(self) -> bool:
        """Whether any of it is read from files; else the bytes alone will do."""
        return len(self._parts) > 1

    def __len__(self) -> int:
        return self._length

    def readable(self) -> bool:
        """True: it is there to be read."""
        return True

    def seekable(self) -> bool:
        """True, to its start."""
        return True

    def tell(self) -> int:
        """Bytes read so far."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Goes to the start, or to the end; nothing between (an authentication sends the whole again)."""
        target = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        if target == self._length:
            self._position, self._index = target, len(self._parts)
            self._buffer = memoryview(b"")
        elif target <= 0:
            self._rewind()
        else:
            raise OSError("a request body can only be read from its start")
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed wants WriteableBuffer
        """Fills the buffer as far as one part goes; 0 at the end."""
        while not self._buffer:
            if self._index >= len(self._parts):
                return 0
            self._next_block()
        count = min(len(buffer), len(self._buffer))
        buffer[:count] = self._buffer[:count]
        self._buffer = self._buffer[count:]
        self._position += count
        return count

    def _rewind(self) -> None:
        self._position = 0
        self._index = 0
        self._read = 0
        self._buffer = memoryview(b"")

    def _next_block(self) -> None:
        part = self._parts[self._index]
        if isinstance(part, bytes):
            self._buffer = memoryview(part)
            self._index += 1
            return
        part.file.seek(part.start + self._read)
        wanted = min(_BLOCK, part.length - self._read)
        block = part.file.read(wanted) if wanted else b""
        while len(block) < wanted:
            more = part.file.read(wanted - len(block))
            if not more:
                raise OSError("a file became shorter while it was being sent")
            block += more
        self._read += len(block)
        self._buffer = memoryview(base64.b64encode(block))
        if self._read >= part.length:
            self._index += 1
            self._read = 0
