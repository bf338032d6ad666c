"""The files that the sample makes are what they say, by the readers that Python has."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from lxml import etree

from ewsfs.sandbox.sample import files


def test_a_png_is_one() -> None:
    data = files.png(3, 2, lambda x, y: (x, y, 9))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (check,) = struct.unpack_from(">I", data, at + 8 + length)
        assert check == zlib.crc32(kind + content)
        chunks[kind] = content
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert zlib.decompress(chunks[b"IDAT"]) == b"\0\0\0\x09\x01\0\x09\x02\0\x09\0\0\x01\x09\x01\x01\x09\x02\x01\x09"


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 200_000])
def test_stored_blocks_are_a_zlib_stream(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert zlib.decompress(files.deflate(data[:size])) == data[:size]


def test_a_portrait_is_a_jpeg_of_64_pixels() -> None:
    data = files.portrait(7)
    assert data.startswith(b"\xff\xd8\xff\xe0")
    assert data.endswith(b"\xff\xd9")
    frame = data.index(b"\xff\xc0")
    assert struct.unpack_from(">HH", data, frame + 5) == (64, 64)


def test_the_table_of_a_pdf_points_at_its_objects() -> None:
    data = files.pdf("Invoice (1)", ["Grüße", "back\\slash"])
    start = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    lines = data[start:].splitlines()
    assert lines[0] == b"xref"
    for number, line in enumerate(lines[3:9], 1):
        assert data[int(line[:10]) :].startswith(b"%d 0 obj" % number)
    assert b"Invoice \\(1\\)" in data


@pytest.mark.parametrize(
    ("data", "member", "text"),
    [
        (files.spreadsheet([["a & b", 1.5]]), "xl/worksheets/sheet1.xml", "a & b"),
        (files.document(["Hello <x>"]), "word/document.xml", "Hello <x>"),
    ],
    ids=["xlsx", "docx"],
)
def test_office_files_are_packages_of_xml(data: bytes, member: str, text: str) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[:2] == ["[Content_Types].xml", "_rels/.rels"]
        assert text in str(etree.fromstring(archive.read(member)).xpath("string()"))
        for name in archive.namelist():
            etree.fromstring(archive.read(name))


@pytest.mark.parametrize("name", ["a.pdf", "a.xlsx", "a.docx", "a.zip", "a.png", "a.jpg", "a.csv", "a.json", "a.what"])
def test_a_file_is_the_same_every_time(name: str) -> None:
    lines = ["one=1", "two;2"]
    assert files.make(name, lines) == files.make(name, lines)
    kind, content = files.make(name, lines)
    assert "/" in kind
    assert content
