"""MIME in: the properties, body and attachments that a message has, for CreateItem with MimeContent.

Whatever the bytes are, an item comes out; only nothing at all is refused. What Python's email package makes of a
message is taken as it is, but attached messages are cut out of the source, so that they stay as they were sent.

Source: RFC 2045 to 2049, RFC 5322; [MS-OXCMAIL] for which header becomes which property.

Threading: pure functions.
"""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message

from lxml import etree

from ewsfs.sandbox import mime_headers, schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.mailboxes import mailbox_element
from ewsfs.sandbox.mime_writer import mime_from_item
from ewsfs.sandbox.model import Attachment, Draft, new_properties, t
from ewsfs.sandbox.text import topic_of, xml_safe
from ewsfs.sandbox.values import format_datetime

__all__ = ["mailbox_element", "mime_from_item", "properties_from_mime"]

MAXIMUM_DEPTH = 30  # messages in messages; deeper ones stay files


def properties_from_mime(source: bytes, _depth: int = 0) -> Draft:
    """The item that a message is, with `mime` the source itself.

    Raises ResponseError: ErrorMimeContentInvalid when there are no bytes at all.
    """
    if not source.strip():
        raise ResponseError("ErrorMimeContentInvalid", "The MIME content is empty.")
    message = email.message_from_bytes(source, policy=email.policy.compat32)
    headers = mime_headers.raw_headers(message)
    content = _Content(depth=_depth)
    content.read(message, source)
    properties = new_properties("Message")
    _set_headers(properties, headers, content.item_class)
    body = etree.Element(t("Body"), BodyType="HTML" if content.html is not None else "Text")
    body.text = content.html if content.html is not None else content.plain or ""
    properties.append(body)
    schema.order(properties)
    content.mark_inline()
    return Draft("Message", properties, content.attachments, source)


_IMPORTANCE = {"high": "High", "urgent": "High", "low": "Low", "non-urgent": "Low", "normal": "Normal"}
_PRIORITY = {"1": "High", "2": "High", "3": "Normal", "4": "Low", "5": "Low"}
_SENSITIVITY = {
    "personal": "Personal",
    "private": "Private",
    "company-confidential": "Confidential",
    "confidential": "Confidential",
}
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def _set_headers(properties: etree._Element, headers: list[tuple[str, str]], item_class: str) -> None:
    """Append the properties that come from headers, in any order."""
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name.lower(), []).append(value)

    def get(name: str) -> str | None:
        values = by_name.get(name)
        return values[0] if values else None

    def put(name: str, text: str | None) -> None:
        if text is not None:
            etree.SubElement(properties, t(name)).text = xml_safe(text)

    subject = mime_headers.decoded(get("subject") or "")
    put("ItemClass", item_class)
    put("Subject", subject)
    put("Importance", _importance(get("importance"), get("x-priority"), get("priority")))
    put("Sensitivity", _SENSITIVITY.get((get("sensitivity") or "").strip().lower(), "Normal"))
    put("InReplyTo", _text(get("in-reply-to")))
    put("References", _text(get("references")))
    put("InternetMessageId", _text(get("message-id")))
    put("ConversationTopic", mime_headers.decoded(get("thread-topic") or "") or topic_of(subject))
    put("ConversationIndex", _base64(get("thread-index")))
    put("IsReadReceiptRequested", "true" if get("disposition-notification-to") else "false")
    put("IsDeliveryReceiptRequested", "true" if get("return-receipt-to") else "false")
    language = (get("content-language") or "").split(",")[0].strip()
    if _LANGUAGE.fullmatch(language):
        put("Culture", language)
    sent = mime_headers.date(get("date"))
    received = mime_headers.received(by_name.get("received", [])) or sent
    _put_date(properties, "DateTimeSent", sent)
    _put_date(properties, "DateTimeReceived", received)
    _put_strings(properties, "Categories", by_name.get("keywords", []))
    _put_headers(properties, headers)
    authors = mime_headers.addresses(by_name.get("from", [])[:1])
    senders = mime_headers.addresses(by_name.get("sender", [])[:1]) or authors
    for tag, people in (("From", authors or senders), ("Sender", senders)):
        if people:
            element = etree.Element(t(tag))
            element.append(mailbox_element(*people[0]))
            properties.append(element)
    for tag, name in (
        ("ToRecipients", "to"),
        ("CcRecipients", "cc"),
        ("BccRecipients", "bcc"),
        ("ReplyTo", "reply-to"),
    ):
        people = mime_headers.addresses(by_name.get(name, []))
        if people:
            element = etree.Element(t(tag))
            element.extend([mailbox_element(*person) for person in people])
            properties.append(element)


def _importance(importance: str | None, x_priority: str | None, priority: str | None) -> str:
    found = _IMPORTANCE.get((importance or "").strip().lower())
    found = found or _PRIORITY.get((x_priority or "").strip()[:1])
    return found or _IMPORTANCE.get((priority or "").strip().lower(), "Normal")


def _text(value: str | None) -> str | None:
    return mime_headers.decoded(value).strip() or None if value is not None else None


def _base64(value: str | None) -> str | None:
    """A base64 text in its canonical form, None when it isn't base64."""
    if not value:
        return None
    try:
        return base64.b64encode(base64.b64decode("".join(value.split()), validate=True)).decode("ascii")
    except (binascii.Error, ValueError):
        return None


def _put_date(properties: etree._Element, name: str, moment: datetime | None) -> None:
    if moment is not None:
        etree.SubElement(properties, t(name)).text = format_datetime(moment)


def _put_strings(properties: etree._Element, name: str, values: list[str]) -> None:
    words = [word.strip() for value in values for word in mime_headers.decoded(value).split(",") if word.strip()]
    if words:
        element = etree.Element(t(name))
        for word in dict.fromkeys(words):
            etree.SubElement(element, t("String")).text = word
        properties.append(element)


def _put_headers(properties: etree._Element, headers: list[tuple[str, str]]) -> None:
    element = etree.Element(t("InternetMessageHeaders"))
    for name, value in headers:
        if name.strip():
            etree.SubElement(element, t("InternetMessageHeader"), HeaderName=name.strip()).text = xml_safe(value)
    if len(element):
        properties.append(element)


@dataclass(slots=True)
class _Content:
    """Collects the bodies and attachments while the parts of a message are walked."""

    depth: int
    plain: str | None = None
    html: str | None = None
    item_class: str = "IPM.Note"
    attachments: list[Attachment] = field(default_factory=list)
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
        draft = properties_from_mime(inner, self.depth + 1)
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
