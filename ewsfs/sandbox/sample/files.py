"""Small real files made by code: pictures, PDF, office documents, archives.

Used by the sample mailbox for its attachments. Every function is pure, and the bytes are the same on every machine:
nothing is compressed by a library (whose output may change with its version), and every time stamp is fixed.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

Pixel = tuple[int, int, int]

STAMP = (2025, 1, 1, 8, 0, 0)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_VND = "application/vnd.openxmlformats-officedocument"


def deflate(data: bytes) -> bytes:
    """A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4): valid everywhere, the same everywhere."""
    blocks = [data[start : start + 65535] for start in range(0, len(data), 65535)] or [b""]
    stream = bytearray(b"\x78\x01")
    for number, block in enumerate(blocks, 1):
        stream += struct.pack("<BHH", number == len(blocks), len(block), len(block) ^ 0xFFFF) + block
    return bytes(stream + struct.pack(">I", zlib.adler32(data)))


def png(width: int, height: int, pixel: Callable[[int, int], Pixel]) -> bytes:
    """A truecolour PNG of width x height pixels; `pixel(x, y)` gives red, green and blue, 0 to 255."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", deflate(rows)) + chunk(b"IEND", b"")


def chart(values: Sequence[float], colour: Pixel = (31, 93, 160), height: int = 40) -> bytes:
    """A PNG bar chart, 4 pixels a bar; the largest value fills the height."""
    top = max(values)

    def pixel(x: int, y: int) -> Pixel:
        bar = values[x // 4] / top * height
        return colour if x % 4 < 3 and height - y <= bar else (245, 247, 250)

    return png(4 * len(values), height, pixel)


def picture(seed: int, size: int = 32) -> bytes:
    """A PNG landscape: sky, water, a sun whose place depends on `seed`."""
    sun_x, sun_y = 4 + seed * 7 % (size - 8), 4 + seed * 3 % (size // 3)

    def pixel(x: int, y: int) -> Pixel:
        if (x - sun_x) ** 2 + (y - sun_y) ** 2 < 12:
            return 250, 220, 120
        if y < size * 3 // 5:
            return 120 + 2 * y, 170 + 2 * y, 235
        return 20 + (x * seed + y) % 23, 70 + (x + y * 5) % 31, 120 + y

    return png(size, size, pixel)


def portrait(seed: int, blocks: int = 8) -> bytes:
    """A greyscale JPEG (ITU T.81, baseline) of blocks x blocks flat 8 x 8 squares, symmetric like an identicon.

    Each block holds its DC coefficient only, so the entropy coder is a few lines.
    """
    shades = [[(seed * (y + 3) * (min(x, blocks - 1 - x) + 5) * 2654435761 >> 7) % 200 + 30
               for x in range(blocks)] for y in range(blocks)]  # fmt: skip
    bits, previous = "", 0
    for shade in (value for row in shades for value in row):
        level = shade - 128  # quantiser step 8: a DC step is one grey level
        difference, previous = level - previous, level
        size = abs(difference).bit_length()
        bits += f"{size:04b}"  # the table below: category n has the four bit code n
        if size:
            bits += f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}"
        bits += "0"  # end of block
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")

    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    side = blocks * 8
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            segment(0xDB, b"\0" + b"\x08" * 64),
            segment(0xC0, struct.pack(">BHHBBBB", 8, side, side, 1, 1, 0x11, 0)),
            segment(0xC4, b"\0" + bytes([0, 0, 0, 10] + [0] * 12) + bytes(range(10))),
            segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0"),
            segment(0xDA, bytes([1, 1, 0, 0, 63, 0])),
            scan,
            b"\xff\xd9",
        )
    )


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """A one page PDF 1.4 (ISO 32000) in Helvetica; characters outside Latin-1 become question marks."""

    def text(value: str) -> bytes:
        raw = value.encode("cp1252", "replace")
        return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")

    page = b"BT /F1 16 Tf 60 780 Td (" + text(title) + b") Tj /F1 11 Tf 0 -12 Td\n"
    page += b"".join(b"0 -16 Td (" + text(line) + b") Tj\n" for line in lines) + b"ET\n"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%sendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title (" + text(title) + b") >>",
    )
    out, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def archive(members: Mapping[str, bytes]) -> bytes:
    """A zip file of those members in that order, stored, with fixed time stamps."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, STAMP)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            target.writestr(entry, content)
    return buffer.getvalue()


def _package(parts: Mapping[str, tuple[str, str]], main: str, relations: Mapping[str, str] | None = None) -> bytes:
    """An Open Packaging archive (ECMA-376 part 2): name -> (content type, XML); `main` is its office document."""
    types = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, (kind, _) in parts.items())
    members = {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="{main}"/></Relationships>',
    }
    members |= {name: _XML + body for name, (_, body) in parts.items()}
    members |= {name: _XML + body for name, body in (relations or {}).items()}
    return archive({name: body.encode() for name, body in members.items()})


def spreadsheet(rows: Sequence[Sequence[str | float]], sheet: str = "Sheet1") -> bytes:
    """An .xlsx workbook (ECMA-376) of one sheet; text cells are inline strings."""

    def cell(value: str | float, column: int, row: int) -> str:
        place = f"{chr(65 + column)}{row}"
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f'<c r="{place}"><v>{value}</v></c>'

    body = "".join(
        f'<row r="{number}">' + "".join(cell(value, at, number) for at, value in enumerate(row)) + "</row>"
        for number, row in enumerate(rows, 1)
    )
    entry = f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/>'
    return _package(
        {
            "xl/workbook.xml": (
                f"{_VND}.spreadsheetml.sheet.main+xml",
                f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}"><sheets>{entry}</sheets></workbook>',
            ),
            "xl/worksheets/sheet1.xml": (
                f"{_VND}.spreadsheetml.worksheet+xml",
                f'<worksheet xmlns="{_SPREADSHEET}"><sheetData>{body}</sheetData></worksheet>',
            ),
        },
        "xl/workbook.xml",
        {
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        },
    )


def document(paragraphs: Sequence[str]) -> bytes:
    """A .docx document (ECMA-376) of plain paragraphs."""
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>' for text in paragraphs)
    return _package(
        {
            "word/document.xml": (
                f"{_VND}.wordprocessingml.document.main+xml",
                f'<w:document xmlns:w="{_WORDS}"><w:body>{body}</w:body></w:document>',
            ),
        },
        "word/document.xml",
    )


CONTENT_TYPES = {
    "pdf": "application/pdf",
    "xlsx": f"{_VND}.spreadsheetml.sheet",
    "docx": f"{_VND}.wordprocessingml.document",
    "zip": "application/zip",
    "png": "image/png",
    "jpg": "image/jpeg",
    "csv": "text/csv",
    "txt": "text/plain",
    "json": "application/json",
    "gpx": "application/gpx+xml",
    "bin": "application/octet-stream",
}


def _cells(line: str) -> list[str | float]:
    cells: list[str | float] = []
    for text in (part.strip() for part in line.split(";")):
        try:
            cells.append(float(text))
        except ValueError:
            cells.append(text)
    return cells


def make(name: str, lines: Sequence[str]) -> tuple[str, bytes]:
    """(content type, bytes) of the file that the end of its name asks for, out of lines of text.

    Cells of a spreadsheet or .csv are separated by ';'; the members of a .zip are files `name=text`.
    A name whose ending isn't known is an application/octet-stream with every byte value in it.
    """
    ending = name.rpartition(".")[2].lower()
    seed = zlib.crc32(name.encode())
    if ending == "pdf":
        content = pdf(lines[0] if lines else name, lines[1:])
    elif ending == "xlsx":
        content = spreadsheet([_cells(line) for line in lines])
    elif ending == "docx":
        content = document(lines)
    elif ending == "zip":
        members = (line.partition("=") for line in lines)
        content = archive({member: make(member, [text])[1] for member, _, text in members})
    elif ending == "png":
        content = picture(seed % 97)
    elif ending == "jpg":
        content = portrait(seed % 97 + 2)
    elif ending in CONTENT_TYPES and ending != "bin":
        content = "".join(f"{line}\r\n" for line in lines).encode()
    else:
        content = bytes((seed + number) % 256 for number in range(2048))
    return CONTENT_TYPES.get(ending, "application/octet-stream"), content
