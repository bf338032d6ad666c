"""The parts of a message: which is the body, which are attachments, which are shown inside of the body.

Used by `mime`, one Content for each message.

Source: RFC 2045 to 2049, RFC 2183, RFC 2387, RFC 6047.

Threading: a Content belongs to the message that is being read.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message

from ewsfs.sandbox import mime_headers
from ewsfs.sandbox.meeting_mime import METHODS
from ewsfs.sandbox.model import Attachment, Draft, t
from ewsfs.sandbox.text import xml_safe

MAXIMUM_DEPTH = 30  # messages in messages; deeper ones stay files


@dataclass(slots=True)
class Content:
    """Collects the bodies and attachments while the parts of a message are walked.

    parse: makes a draft of the bytes of an attached message. depth: in how many messages this one is.
    """

    parse: Callable[[bytes], Draft]
    depth: int
    plain: str | None = None
    html: str | None = None
    item_class: str = "IPM.Note"
    attachments: list[Attachment] = field(default_factory=list)
    calendar: tuple[str, bytes] | None = None
    unnamed: int = 0

    def read(self, part: Message, source: bytes, related: bool = False) -> None:
        """Take a part and what it holds. source: its bytes, headers included."""
        kind = part.get_content_type()
        if kind == "message/rfc822":
            self.attach_message(part, source)
        elif part.is_multipart() and kind.startswith("multipart/"):
            self.read_parts(part, source, kind)
        elif self.is_body(part, kind, related):
            self.take_body(part, kind)
        elif kind == "text/calendar" and self.is_meeting(part):
            self.calendar = (_parameter(part, "method").upper(), _bytes_of(part))
        else:
            self.attach_file(part, kind, related)

    def read_parts(self, part: Message, source: bytes, kind: str) -> None:
        pairs = list(_paired(part, source))
        if kind == "multipart/alternative":
            self.read_alternatives(pairs)
            return
        if kind == "multipart/signed" and self.item_class == "IPM.Note":
            self.item_class = "IPM.Note.SMIME.MultipartSigned"
        if kind == "multipart/report" and _parameter(part, "report-type") == "delivery-status":
            self.item_class = "REPORT.IPM.Note.NDR"
        for number, (child, raw) in enumerate(pairs):
            self.read(child, raw, related=kind == "multipart/related" and number > 0)

    def read_alternatives(self, pairs: list[tuple[Message, bytes]]) -> None:
        """Of several forms of the same text, HTML is the body; plain text only where there is no HTML."""
        had_plain, had_html = self.plain, self.html
        for child, raw in pairs:
            kind = child.get_content_type()
            if kind in {"text/plain", "text/html"} and not _is_attachment(child):
                text = _text_of(child)
                if kind == "text/html" and had_html is None:
                    self.html = text
                elif kind == "text/plain" and had_plain is None:
                    self.plain = text
            elif kind.startswith("text/") and kind != "text/calendar" and not _is_attachment(child):
                continue  # enriched text, AMP and the like: the same text once more
            else:
                self.read(child, raw)

    def is_body(self, part: Message, kind: str, related: bool) -> bool:
        if kind not in {"text/plain", "text/html"} or related or _is_attachment(part):
            return False
        return self.html is None and (self.plain is None or kind == "text/html") and not _file_name(part)

    def is_meeting(self, part: Message) -> bool:
        """Whether the part is what makes the message a meeting message (RFC 6047 2.4)."""
        method = _parameter(part, "method").upper()
        return self.calendar is None and method in METHODS and not _is_attachment(part)

    def attach_calendar(self) -> None:
        """The calendar that turned out to be no meeting is a file after all."""
        if self.calendar is not None:
            name = self.new_name("text/calendar")
            self.attachments.append(Attachment("", "FileAttachment", name, "text/calendar", content=self.calendar[1]))

    def take_body(self, part: Message, kind: str) -> None:
        if kind == "text/html":
            self.html = _text_of(part)
        else:
            self.plain = _text_of(part)

    def attach_file(self, part: Message, kind: str, related: bool) -> None:
        content = _bytes_of(part)
        if kind in {"application/pkcs7-mime", "application/x-pkcs7-mime"} and not self.attachments:
            self.item_class = "IPM.Note.SMIME"
        content_id = mime_headers.decoded(_raw(part, "Content-ID")).strip().strip("<>").strip() or None
        location = mime_headers.decoded(_raw(part, "Content-Location")).strip() or None
        inline = related or part.get_content_disposition() == "inline"
        self.attachments.append(
            Attachment(
                id="",
                kind="FileAttachment",
                name=_file_name(part) or self.new_name(kind),
                content_type=xml_safe(kind),
                content_id=xml_safe(content_id) if content_id else None,
                content_location=xml_safe(location) if location else None,
                is_inline=inline and not _is_attachment(part) and bool(content_id or location),
                content=content,
            )
        )

    def attach_message(self, part: Message, source: bytes) -> None:
        inner = _inner(part, source)
        if not inner.strip() or self.depth >= MAXIMUM_DEPTH:
            self.attach_bytes(inner, _file_name(part) or self.new_name("message/rfc822"))
            return
        draft = self.parse(inner)
        subject = draft.properties.findtext(t("Subject")) or ""
        self.attachments.append(
            Attachment(
                id="",
                kind="ItemAttachment",
                name=subject or _file_name(part) or self.new_name("message/rfc822"),
                content_type="message/rfc822",
                content_id=mime_headers.decoded(_raw(part, "Content-ID")).strip().strip("<>") or None,
                item=draft.item(),
            )
        )

    def attach_bytes(self, content: bytes, name: str) -> None:
        self.attachments.append(Attachment("", "FileAttachment", name, "message/rfc822", content=content))

    def new_name(self, kind: str) -> str:
        """A name for an attachment that came without one, numbered as Exchange does."""
        self.unnamed += 1
        return f"ATT{self.unnamed:05}{_EXTENSIONS.get(kind, '.bin')}"

    def mark_inline(self) -> None:
        """What the HTML shows is inline, however its part was labelled."""
        if self.html is None:
            return
        for attachment in self.attachments:
            if attachment.content_id and f"cid:{attachment.content_id}".lower() in self.html.lower():
                attachment.is_inline = True


_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".htm",
    "text/calendar": ".ics",
    "text/rfc822-headers": ".txt",
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "application/pdf": ".pdf",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
}


def _raw(part: Message, name: str) -> str:
    return next((value for key, value in mime_headers.raw_headers(part) if key.lower() == name.lower()), "")


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name)
    except (ValueError, TypeError, LookupError):
        return ""
    return value.lower() if isinstance(value, str) else ""


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _file_name(part: Message) -> str:
    """The name of a part, from filename or name, with its encodings undone; "" when it has none."""
    try:
        name = part.get_filename()
    except (ValueError, TypeError, LookupError, UnicodeError):
        name = None
    if not name:
        return ""
    raw = name.encode("utf-8", "surrogateescape")
    name = mime_headers.decode(raw, "utf-8") if not name.isascii() else name
    return " ".join(mime_headers.decoded(name).split())


def _bytes_of(part: Message) -> bytes:
    """The decoded content of a leaf; of a part that Python has parsed further, its source."""
    if part.is_multipart():
        inner = part.get_payload()
        parts = inner if isinstance(inner, list) else []
        return b"\n".join(_as_bytes(child) for child in parts if isinstance(child, Message))
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, binascii.Error, TypeError):
        content = None
    if isinstance(content, bytes):
        return content
    payload = part.get_payload()
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""


def _as_bytes(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except (ValueError, LookupError, KeyError, TypeError, AttributeError):
        return str(message.get_payload()).encode("utf-8", "replace")


def _text_of(part: Message) -> str:
    content = _bytes_of(part)
    try:
        charset = part.get_content_charset()
    except (ValueError, LookupError, TypeError):
        charset = None
    if charset is None and part.get_content_type() == "text/html":
        found = re.search(rb"<meta[^>]+charset=[\"']?([\w.:-]+)", content[:4096], re.IGNORECASE)
        charset = found[1].decode("ascii") if found else None
    return mime_headers.decode(content, charset)


def _split(source: bytes) -> tuple[bytes, bytes]:
    """The header block and the body of a part."""
    found = re.search(rb"\r?\n\r?\n", source)
    if source[:1] in {b"\n", b"\r"}:
        return b"", source.lstrip(b"\r").removeprefix(b"\n")
    return (source, b"") if found is None else (source[: found.start()], source[found.end() :])


def _paired(part: Message, source: bytes) -> Iterator[tuple[Message, bytes]]:
    """The children of a multipart with their bytes, which are remade where the source can't be cut the same way."""
    payload = part.get_payload()
    parts = [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []
    if b"message/rfc822" not in source.lower():
        yield from ((child, b"") for child in parts)  # only attached messages are taken from the source
        return
    boundary = part.get_boundary() or ""
    _, body = _split(source)
    line = re.compile(
        rb"(?:^|\r?\n)--" + re.escape(boundary.encode("ascii", "surrogateescape")) + rb"(--)?[ \t]*(?=\r?\n|$)"
    )
    cuts = list(line.finditer(body))
    pieces = []
    for number, cut in enumerate(cuts):
        if cut[1]:
            break
        end = cuts[number + 1].start() if number + 1 < len(cuts) else len(body)
        pieces.append(re.sub(rb"\A\r?\n", b"", body[cut.end() : end]))
    exact = len(pieces) == len(parts)
    for number, child in enumerate(parts):
        yield child, pieces[number] if exact else _as_bytes(child)


def _inner(part: Message, source: bytes) -> bytes:
    """The bytes of the message that a message/rfc822 part holds."""
    _, body = _split(source)
    encoding = _raw(part, "Content-Transfer-Encoding").strip().lower()
    if encoding in {"base64", "quoted-printable"}:
        leaf = Message()
        leaf["Content-Transfer-Encoding"] = encoding
        leaf.set_payload(body.decode("ascii", "surrogateescape"))
        return _bytes_of(leaf)
    return body
