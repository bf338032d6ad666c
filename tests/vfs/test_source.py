"""Files as sources of messages: the same parts as in memory, whatever lies across the edge of a window."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewsfs.formats import eml
from ewsfs.vfs.source import FileSource


@contextmanager
def in_file(data: bytes, window: int) -> Iterator[FileSource]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield FileSource(file, window)


@given(
    st.text("ab-\n", max_size=300).map(str.encode),
    st.integers(1, 100),
    st.lists(st.tuples(st.sampled_from([b"\n", b"\n--", b"ab", b"-"]), st.integers(0, 310), st.integers(0, 310))),
)
def test_a_file_is_looked_through_like_bytes(data: bytes, window: int, asked: list[tuple[bytes, int, int]]) -> None:
    with in_file(data, window) as source:
        assert len(source) == len(data)
        for wanted, start, end in asked:
            assert source.find(wanted, start, end) == data.find(wanted, start, end)
            assert source[start:end] == data[start:end]


def letter() -> bytes:
    """With a file, a picture that the text refers to, and a letter that holds a file."""
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("see below")
    inner.add_attachment(bytes(range(256)) * 30, maintype="application", subtype="octet-stream", filename="deep.bin")
    message = EmailMessage()
    message["Subject"] = "outer"
    message.set_content("text\n--\nwith a line that looks like a boundary")
    message.add_attachment("ä = ö\n" * 100, filename="quoted.txt", cte="quoted-printable")
    message.add_attachment(inner)
    return message.as_bytes(policy=SMTP)


def described(parts: list[eml.Part]) -> list[object]:
    nested = [described(eml.attachments(part.look())) if part.is_message else [] for part in parts]
    return [(part, part.content, part.size, inside) for part, inside in zip(parts, nested, strict=True)]


def test_the_parts_of_a_message_in_a_file() -> None:
    data = letter()
    expected = described(eml.attachments(data))
    assert len(expected) == 2
    for window in (1, 7, 100, 1000, 1 << 20):
        with in_file(data, window) as source:
            assert described(eml.attachments(source)) == expected


def test_a_file_that_is_cut_meanwhile_is_an_error() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(letter())
        file.flush()
        source = FileSource(file, 100)
        parts = eml.attachments(source)
        file.truncate(2000)
        with pytest.raises(OSError, match="cut") as caught:
            list(parts[-1].pieces())
        assert caught.value.errno == errno.EIO
