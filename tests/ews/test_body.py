"""Request bodies that are read from files while they are sent."""

from __future__ import annotations

import base64
import io
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewsfs.ews.body import Body, Streams
from ewsfs.ews.xmlnames import make, t


def read(body: Body, size: int) -> bytes:
    data = b""
    while piece := body.read(size):
        data += piece
    return data


@given(st.lists(st.binary(max_size=200), max_size=4), st.integers(1, 50), st.integers(0, 20))
def test_the_contents_stand_where_their_tokens_were(contents: list[bytes], size: int, skip: int) -> None:
    streams = Streams()
    xml, expected = b"<a>", b"<a>"
    for content in contents:
        file = io.BytesIO(content)
        file.seek(min(skip, len(content)))
        xml += f"<t:Content>{streams.add(file)}</t:Content>".encode()
        expected += b"<t:Content>" + base64.b64encode(content[skip:]) + b"</t:Content>"
    body = Body(xml, streams)
    assert len(body) == len(expected)
    assert read(body, size) == expected
    body.seek(0)
    assert read(body, size) == expected
    body.seek(-len(expected), os.SEEK_CUR)  # as requests-ntlm does it
    assert read(body, size) == expected


def test_a_token_of_nobody_is_a_text() -> None:
    text = b"<a>ewsfs-stream-00000000-0000-0000-0000-000000000000</a>"
    assert read(Body(text, Streams()), 10) == text


def test_a_body_is_read_from_its_start_or_not_at_all() -> None:
    body = Body(b"abc", Streams())
    with pytest.raises(OSError, match="start"):
        body.seek(1)
    assert body.seek(0, os.SEEK_END) == 3
    assert body.read(5) == b""


def test_a_file_that_shrinks_while_it_is_sent_is_an_error() -> None:
    file = io.BytesIO(b"x" * 100)
    streams = Streams()
    body = Body(streams.add(file).encode(), streams)
    file.truncate(10)
    with pytest.raises(OSError, match="shorter"):
        read(body, 10)


def test_the_weight_of_a_unit_counts_its_file() -> None:
    streams = Streams()
    unit = make(t("FileAttachment"), make(t("Content"), text=streams.add(io.BytesIO(b"x" * 300))))
    assert streams.weight(unit) == 400


def test_a_large_file_is_sent_without_being_in_memory() -> None:
    size = 30_000_000

    class Zeros(io.RawIOBase):
        position = 0

        def tell(self) -> int:
            return self.position

        def seek(self, offset: int, whence: int = 0) -> int:
            self.position = offset + (size if whence == os.SEEK_END else 0)
            return self.position

        def read(self, count: int = -1) -> bytes:
            count = min(count, size - self.position)
            self.position += count
            return bytes(count)

    streams = Streams()
    body = Body(streams.add(Zeros()).encode(), streams)  # type: ignore[arg-type]  # all that is needed of a file
    tracemalloc.start()
    sent = 0
    while piece := body.read(16384):
        sent += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent == len(body) == size * 4 // 3
    assert peak < 1_000_000
