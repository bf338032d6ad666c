"""Messages: what is attached to one, and what the filesystem wants to know of it.

Used by vfs for attachment folders, names and times of .eml files. Works on the bytes of a message, which needn't be
in memory (`Source`), and on nothing else; every function takes any bytes, and only `check` refuses some. What is
attached stays where it is until it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from ewsfs.formats import headers as mail
from ewsfs.formats import mimetree
from ewsfs.formats.errors import FormatError
from ewsfs.formats.mimetree import Node
from ewsfs.formats.source import Source

# Further renderings of the body, which stand beside it in multipart/alternative and are no files.
_ALTERNATIVES = ("text/enriched", "text/richtext", "text/x-amp-html", "text/watch-html")
_BODIES = ("text/plain", "text/html")


@dataclass(frozen=True, slots=True)
class Part:
    """One attachment.

    name          as the sender gave it, decoded but not made safe for a filesystem; may be "". For an
                  attached message without a file name it is that message's subject. `.eml` is not added:
                  the caller, who makes file names, adds it to the name of a message that lacks it.
    content_type  media type in lower case; text/plain where the message names none (RFC 2045 5.2)
    is_message    a message itself: call `attachments(part.look())` for what it has attached
    is_inline     shown inside the body (Content-Disposition: inline, or an image the HTML refers to)
    content_id    Content-ID without its angle brackets, or None
    path          section numbers from the top, counted from 1 (RFC 3501 6.4.5); () for the whole message
    """

    name: str
    content_type: str
    is_message: bool
    is_inline: bool
    content_id: str | None
    path: tuple[int, ...]
    node: Node = field(repr=False, compare=False)

    @property
    def content(self) -> bytes:
        """The bytes that were attached; for a message the exact bytes that stand in the source."""
        return b"".join(self.pieces())

    @property
    def size(self) -> int:
        """The length of `content`, which is gone through for it."""
        return sum(map(len, self.pieces()))

    def pieces(self) -> Iterator[bytes]:
        """The bytes of `content`, some at a time."""
        return self.node.decoded()

    def look(self) -> Source:
        """The bytes of `content` as a source, for an attached message: in memory only if the message is encoded."""
        return self.node.look()


def attachments(mime: Source) -> list[Part]:
    """What is attached to the message `mime`, in the order of the source.

    An attachment is every part without parts of its own that isn't the body. The body is the first
    text/plain or text/html part that is not marked as an attachment and carries no file name, with its
    alternatives. An attached message is one attachment, whatever it has inside.

    Never raises: broken structure gives what can be read of it, wrong base64 what can be decoded.
    Source: RFC 2045 to 2049, RFC 2183 (Content-Disposition), RFC 2231 (names).
    """
    root = mimetree.parse(mime)
    body = {part.path for part in _body(root)}
    related = _related(root)
    files = (leaf for leaf in mimetree.leaves(root) if leaf.path not in body)
    return [_attachment(leaf, leaf.path in related) for leaf in files]


def received(mime: Source) -> datetime | None:
    """When the message arrived, in UTC: from its topmost readable Received field, else from Date."""
    headers = mimetree.top_headers(mime)
    for value in headers.get_all("Received", []):
        # RFC 5322 3.6.7: the date-time stands after the last semicolon.
        moment = mail.date(mail.unfold(str(value)).rpartition(";")[2])
        if moment is not None:
            return moment
    return mail.date(mail.field(headers, "Date"))


def sent(mime: Source) -> datetime | None:
    """When the message was sent, in UTC: its Date field; None when it is missing or no date."""
    return mail.date(mail.field(mimetree.top_headers(mime), "Date"))


def subject(mime: Source) -> str:
    """The subject on one line, decoded; "" when there is none."""
    return mail.text(mimetree.top_headers(mime), "Subject")


def check(mime: bytes) -> None:
    """Raise FormatError, with the reason, for bytes that can't be a message: those without a header field."""
    if not mime.strip():
        raise FormatError("the file is empty, so it is no message")
    if not mimetree.top_headers(mime).keys():
        raise FormatError("the file does not begin with header fields such as 'From:' or 'Subject:'")


def _body(node: Node) -> list[Node]:
    """The parts that make the body of `node`; none when it has only attachments."""
    if not node.children:
        return [node] if node.kind in _BODIES and not _is_file(node) else []
    if node.content_type == "multipart/alternative":
        return _alternatives(node)
    for child in _in_reading_order(node):
        found = _body(child)
        if found:
            return found
    return []


def _alternatives(node: Node) -> list[Node]:
    """The renderings of one body: each kind once, the rest are files that somebody put there."""
    chosen: list[Node] = []
    kinds: set[str] = set()
    for child in node.children:
        found = _body(child)
        if not child.children and _is_alternative(child) and not _is_file(child):
            found = [child]
        if found and kinds.isdisjoint(part.kind for part in found):
            chosen += found
            kinds.update(part.kind for part in found)
    return chosen


def _is_alternative(node: Node) -> bool:
    """Whether a part says what the text says: once more, or as an invitation or the answer to one (RFC 6047 2.4)."""
    if node.content_type == "text/calendar":
        return bool(mail.parameter(node.headers, "method", "Content-Type"))
    return node.content_type in _ALTERNATIVES


def _in_reading_order(node: Node) -> list[Node]:
    """The parts of a multipart, those of multipart/related with the root first (RFC 2387 3.2)."""
    if node.content_type != "multipart/related":
        return node.children
    start = mail.parameter(node.headers, "start", "Content-Type")
    return sorted(node.children, key=lambda child: not start or _content_id(child) != start.strip("<> "))


def _related(root: Node) -> set[tuple[int, ...]]:
    """Paths of the parts that stand directly in a multipart/related: what the body refers to."""
    found: set[tuple[int, ...]] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        if node.content_type == "multipart/related":
            found.update(child.path for child in node.children)
    return found


def _is_file(node: Node) -> bool:
    """Whether its sender meant a text part to be kept as a file."""
    if node.disposition == "attachment":
        return True
    return bool(mail.parameter(node.headers, "filename", "Content-Disposition"))


def _attachment(node: Node, in_related: bool) -> Part:
    name = _name(node)
    if node.is_message and not name:
        name = subject(node.look())
    content_id = _content_id(node)
    referred = in_related and not node.disposition and content_id is not None
    is_inline = node.disposition == "inline" or referred
    return Part(name, node.kind, node.is_message, is_inline, content_id, node.path, node)


def _name(node: Node) -> str:
    """The file name: Content-Disposition's, else Content-Type's, else the one inside uuencoded content."""
    return (
        mail.parameter(node.headers, "filename", "Content-Disposition")
        or mail.parameter(node.headers, "name", "Content-Type")
        or node.uu_name()
    )


def _content_id(node: Node) -> str | None:
    return mail.field(node.headers, "Content-ID").strip("<> \t") or None
