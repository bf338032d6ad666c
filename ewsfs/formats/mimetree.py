"""The parts of a message as slices of its bytes, found in one pass over the lines that begin with "--".

Used by `eml`. Python's own parser copies every line of every part, which takes seconds for a message
with a large attachment, and it can't say where in the source a part stands. Here only headers are
parsed, by `email`, and contents stay where they are until somebody asks for them, a piece at a time: the message may be
a file that is larger than memory.

A message that is attached (message/rfc822) is a leaf: its own parts belong to it.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ewsfs.formats import headers as mail
from ewsfs.formats import transfer
from ewsfs.formats.headers import Headers
from ewsfs.formats.source import Source, pieces, stretch

# RFC 5322 2.2: printable US-ASCII without colon, then a colon. Some senders put blanks before the colon.
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|From ")
_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+*-]+", re.ASCII)

# Deeper nesting is nobody's mail; a part at this depth is taken as it stands.
_DEEPEST = 100
# Bytes of headers that are looked at; a message of nothing but headers must not hold up a directory.
_LONGEST_HEADERS = 1 << 20
_LONGEST_DELIMITER = 10_000  # bytes; a boundary has 70 at most (RFC 2046 5.1.1), ours are as long as a parameter

_BEFORE_HEADERS = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*")
_NOT_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|\Z)")
_UU_BEGIN = re.compile(rb"^begin[ \t]+[0-7]{3,4}[ \t]+([^\r\n]*)\r?$", re.MULTILINE)


@dataclass(slots=True)
class Node:
    """One part: its headers and where its content stands in the source."""

    source: Source
    headers: Headers
    content_type: str
    path: tuple[int, ...]
    start: int
    end: int
    boundary: bytes = b""
    children: list[Node] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The media type that the content has: a multipart without a single delimiter is plain text."""
        if self.content_type.startswith("multipart/") and not self.children:
            return "text/plain"
        return self.content_type

    @property
    def is_message(self) -> bool:
        """Whether the content is a message (RFC 2046 5.2.1, RFC 6532 3.7)."""
        return self.content_type in ("message/rfc822", "message/global", "message/news")

    @property
    def disposition(self) -> str:
        """The first word of Content-Disposition in lower case (RFC 2183); "" when there is none."""
        return mail.field(self.headers, "Content-Disposition").partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        """Content-Transfer-Encoding in lower case, without comments and stray punctuation."""
        value = mail.field(self.headers, "Content-Transfer-Encoding").lower()
        found = re.search(r"[a-z0-9-]+", value)
        return found.group() if found else ""

    def raw(self) -> Iterator[bytes]:
        """The content as it stands in the source, without the line break that belongs to a delimiter."""
        return pieces(self.source, self.start, self.end)

    def decoded(self) -> Iterator[bytes]:
        """The content with its transfer encoding undone; line breaks are those of the sender."""
        encoding = self.encoding
        if self.is_message and not self._is_encoded():
            return self.raw()
        if encoding == "base64":
            return transfer.base64(self.raw())
        if encoding == "quoted-printable":
            return transfer.quoted_printable(self.raw())
        if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
            return iter((_uudecode(b"".join(self.raw())),))
        return self.raw()

    def look(self) -> Source:
        """The content of an attached message, to look for its parts: where it stands, or in memory if it is encoded."""
        if not self._is_encoded():
            return stretch(self.source, self.start, self.end)
        return b"".join(self.decoded())

    def _is_encoded(self) -> bool:
        """Whether an attached message is encoded as its part says.

        RFC 2046 5.2.1 forbids that, so software that labels one often leaves it as it is.
        """
        if self.encoding == "base64":
            beginning = self.source[self.start : min(self.start + 1000, self.end)]
            return b":" not in beginning.lstrip().partition(b"\n")[0]
        if self.encoding == "quoted-printable":
            return not any(_NOT_QUOTED.search(text) for text in transfer.lines(self.raw()))
        return False

    def uu_name(self) -> str:
        """The name on the begin line of uuencoded content, or ""."""
        if "uu" not in self.encoding:
            return ""
        found = _UU_BEGIN.search(next(self.raw(), b""))
        return mail.eight_bit(found.group(1)).strip() if found else ""


def parse(source: Source) -> Node:
    """The tree of parts of the message `source`; any bytes have one."""
    root, position = _part(source, _first_header(source), (), "text/plain", [])
    open_parts = [root] if root.boundary else []
    while open_parts:
        line = _delimiter_line(source, position)
        if line is None:
            break
        at, after, token = line
        position = after
        level = _level(open_parts, token)
        if level is None:
            continue
        parent = open_parts[level]
        _close(parent, source, at)
        if token == parent.boundary + b"--":
            # What follows is the epilogue: only the parts around this one go on.
            del open_parts[level:]
            continue
        del open_parts[level + 1 :]
        default = "message/rfc822" if parent.content_type == "multipart/digest" else "text/plain"
        path = (*parent.path, len(parent.children) + 1)
        child, position = _part(source, after, path, default, open_parts)
        parent.children.append(child)
        if child.boundary and len(open_parts) < _DEEPEST:
            open_parts.append(child)
    return root


def top_headers(source: Source) -> Headers:
    """The header fields of the message itself; its parts are not looked at."""
    return _part(source, _first_header(source), (), "text/plain", [])[0].headers


def _first_header(source: Source) -> int:
    """Where the headers begin: after a byte order mark and empty lines, which editors leave there."""
    found = _BEFORE_HEADERS.match(source[:_LONGEST_DELIMITER])
    return found.end() if found else 0


def _delimiter_line(source: Source, position: int) -> tuple[int, int, bytes] | None:
    """The next line at or after `position` (a line start) that begins with "--": start, end, stripped."""
    if source[position : position + 2] == b"--":
        at = position
    else:
        found = source.find(b"\n--", max(position - 1, 0), len(source))
        if found < 0:
            return None
        at = found + 1
    after = _next_line(source, at)
    if after - at > _LONGEST_DELIMITER:
        return at, after, b""
    return at, after, source[at:after].rstrip(b" \t\r\n")


def _next_line(source: Source, position: int) -> int:
    """Where the line after that at `position` begins."""
    end = source.find(b"\n", position, len(source))
    return len(source) if end < 0 else end + 1


def _level(open_parts: list[Node], token: bytes) -> int | None:
    """Which open multipart the delimiter line `token` belongs to; the outermost where two are the same."""
    for level, node in enumerate(open_parts):
        if token.startswith(node.boundary) and token[len(node.boundary) :] in (b"", b"--"):
            return level
    return None


def _close(parent: Node, source: Source, at: int) -> None:
    """End what is open below `parent` before the line break that leads to the delimiter line at `at`."""
    end = at
    if source[end - 1 : end] == b"\n":
        end -= 2 if source[end - 2 : end] == b"\r\n" else 1
    part = parent
    while part.children:
        part = part.children[-1]
        part.end = max(part.start, min(part.end, end))


def _part(
    source: Source, position: int, path: tuple[int, ...], default: str, open_parts: list[Node]
) -> tuple[Node, int]:
    """Read the headers at `position`; the part, and where its content begins."""
    start = position
    end_of_headers = position
    while position < len(source):
        after = _next_line(source, position)
        line = source[position : min(after, position + 1000)]
        if line in (b"\n", b"\r\n"):
            position = after
            break
        is_delimiter = line.startswith(b"--") and _level(open_parts, line.rstrip(b" \t\r\n")) is not None
        if is_delimiter or not _FIELD.match(line):
            # No empty line: what isn't a header begins the content (as Python's parser does it).
            break
        position = end_of_headers = after
    headers = mail.parse_headers(source[start : min(end_of_headers, start + _LONGEST_HEADERS)])
    content_type = _content_type(headers, default)
    node = Node(source, headers, content_type, path, position, len(source))
    if content_type.startswith("multipart/"):
        boundary = mail.parameter(headers, "boundary", "Content-Type")
        if boundary:
            node.boundary = b"--" + boundary.encode("utf-8").rstrip()
    return node, position


def _content_type(headers: Headers, default: str) -> str:
    """The media type in lower case: `default` when missing, text/plain when nonsense (RFC 2045 5.2)."""
    if headers.get("Content-Type") is None:
        return default
    value = mail.field(headers, "Content-Type").partition(";")[0].strip().lower()
    return value if _TYPE.fullmatch(value) else "text/plain"


def leaves(node: Node) -> Iterator[Node]:
    """The parts below `node` that have no parts themselves, in the order of the source."""
    stack = [node]
    while stack:
        part = stack.pop()
        if part.children:
            stack.extend(reversed(part.children))
        else:
            yield part


def _uudecode(raw: bytes) -> bytes:
    """The bytes of a uuencoded block (POSIX uuencode), read as far as it can be."""
    begin = _UU_BEGIN.search(raw)
    if not begin:
        return raw
    result = bytearray()
    for line in raw[begin.end() :].lstrip(b"\r\n").splitlines():
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            result += binascii.a2b_uu(line)
        except binascii.Error:
            # Some encoders pad lines with anything: read as many characters as the length byte says.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                result += binascii.a2b_uu(line[:wanted])
            except binascii.Error:
                break
    return bytes(result)
