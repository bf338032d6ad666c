"""MIME out: a new message made from the properties and attachments of an item.

As Exchange does on every read, boundaries are new, headers come in another order, and the text is encoded afresh;
what the message says stays the same. Of the headers that the message came with, only its trace and its mailing list
survive (their meaning is in no property); X-headers don't.

Source: RFC 5322, RFC 2045 to 2047, RFC 2231; [MS-OXCMAIL].

Threading: pure functions of an item.
"""

from __future__ import annotations

import email.encoders
import email.policy
import email.utils
import hashlib
import itertools
import re
from collections.abc import Iterator
from email.header import Header
from email.message import EmailMessage, Message

from lxml import etree

from ewsfs.sandbox import text
from ewsfs.sandbox.meeting_mime import calendar_part
from ewsfs.sandbox.model import Attachment, Item, t
from ewsfs.sandbox.paths import PROPERTY_SETS
from ewsfs.sandbox.values import parse_datetime

_WIRE = email.policy.compat32.clone(linesep="\r\n")
_KEPT_HEADERS = re.compile(r"received|return-path|list-.*|dkim-signature|authentication-results", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"(?!multipart/|message/)[\w.+-]+/[\w.+-]+", re.ASCII | re.IGNORECASE)
_SENSITIVITY = {"Personal": "Personal", "Private": "Private", "Confidential": "Company-Confidential"}


def mime_from_item(item: Item, *, keep_inner: bool = False) -> bytes:
    """An RFC 5322 message that says what the item says.

    keep_inner: nothing is new for its own sake: messages that are attached stay the bytes that they were, where
    those are known, and one state of an item always gives the same bytes.
    """
    message = _structure(item, keep_inner)
    headers = _headers(item)
    result = Message()
    for name, value in headers:
        result[name] = value
    result["MIME-Version"] = "1.0"
    for name, value in message.items():
        if name.lower() != "mime-version":
            result[name] = value
    result.set_payload(message.get_payload())
    if keep_inner:
        seed = hashlib.sha256(f"{item.id}\0{item.change_key}".encode()).hexdigest()[:24]
        _set_boundaries(result, itertools.count(), seed)
    return result.as_bytes(policy=_WIRE)


def _set_boundaries(message: Message, numbers: Iterator[int], seed: str) -> None:
    """Boundaries that depend on the item alone; "=_" can't be in base64 or quoted-printable (RFC 2045 6.7)."""
    if message.get_content_maintype() == "multipart":
        message.set_boundary(f"=_{seed}_{next(numbers)}")
        for part in message.get_payload():
            if isinstance(part, Message):
                _set_boundaries(part, numbers, seed)


def _structure(item: Item, keep_inner: bool) -> Message:
    """The parts: alternatives of the body, what it shows, what is attached."""
    inline = [one for one in item.attachments if one.is_inline and one.kind == "FileAttachment"]
    others = [one for one in item.attachments if one not in inline]
    body = _body(item)
    if inline:
        body = _multipart("related", [body, *(_part(one, keep_inner) for one in inline)])
    if others:
        body = _multipart("mixed", [body, *(_part(one, keep_inner) for one in others)])
    return body


def _body(item: Item) -> Message:
    element = item.properties.find(t("Body"))
    content = "" if element is None else element.text or ""
    meeting = calendar_part(item)
    if meeting is not None:
        parts = [_text_part(content, "plain")]
        if element is not None and element.get("BodyType") == "HTML":
            parts = [_text_part(text.text_of_html(content), "plain"), _text_part(content, "html")]
        return _multipart("alternative", [*parts, _calendar_part(*meeting)])
    if element is None or element.get("BodyType") != "HTML":
        return _text_part(content, "plain")
    return _multipart("alternative", [_text_part(text.text_of_html(content), "plain"), _text_part(content, "html")])


def _text_part(content: str, subtype: str) -> Message:
    part = EmailMessage(policy=email.policy.SMTP)
    part.set_content(content, subtype=subtype, charset="utf-8", cte="quoted-printable" if content else "7bit")
    del part["MIME-Version"]
    return _plain_headers(part)


def _calendar_part(method: str, calendar: bytes) -> Message:
    part = Message()
    part["Content-Type"] = f'text/calendar; charset="utf-8"; method={method}'
    part.set_payload(calendar)
    email.encoders.encode_base64(part)
    return part


def _plain_headers(part: Message) -> Message:
    """The same part with headers that every policy can write."""
    result = Message()
    for name, value in part.items():
        result[name] = str(value)
    result.set_payload(part.get_payload())
    return result


def _multipart(subtype: str, parts: list[Message]) -> Message:
    message = Message()
    message["Content-Type"] = f"multipart/{subtype}"
    for part in parts:
        message.attach(part)
    return message


def _part(attachment: Attachment, keep_inner: bool) -> Message:
    part = Message()
    name = text.one_line(attachment.name)
    parameter = name if name.isascii() else ("utf-8", "", name)
    if attachment.item is not None:
        part["Content-Type"] = "message/rfc822"
        part.add_header("Content-Disposition", "attachment", filename=parameter)
        inner = attachment.item.mime if keep_inner else None
        if inner is None:
            inner = mime_from_item(attachment.item, keep_inner=keep_inner)
        part.set_payload(inner.decode("ascii", "surrogateescape"))
        return part
    kind = attachment.content_type or ""
    if not _MEDIA_TYPE.fullmatch(kind):
        kind = "application/octet-stream"
    part.add_header("Content-Type", kind, name=parameter)
    part.add_header("Content-Disposition", "inline" if attachment.is_inline else "attachment", filename=parameter)
    if attachment.content_id:
        part["Content-ID"] = f"<{text.one_line(attachment.content_id)}>"
    if attachment.content_location:
        part["Content-Location"] = text.one_line(attachment.content_location)
    part.set_payload(attachment.content)
    email.encoders.encode_base64(part)
    return part


def _headers(item: Item) -> list[tuple[str, str]]:
    """The header fields, in the order in which Exchange writes them."""
    properties = item.properties
    found: list[tuple[str, str]] = []
    for entry in properties.iterfind(f"{t('InternetMessageHeaders')}/{t('InternetMessageHeader')}"):
        name = entry.get("HeaderName", "")
        if _KEPT_HEADERS.fullmatch(name):
            found.append((name, _one_line(entry.text)))
    sender, author = _people(properties, "Sender"), _people(properties, "From")
    found.extend(("From", one) for one in author or sender)
    if sender and author and sender != author:
        found.append(("Sender", sender[0]))
    for header, name in (
        ("To", "ToRecipients"),
        ("CC", "CcRecipients"),
        ("BCC", "BccRecipients"),
        ("Reply-To", "ReplyTo"),
    ):
        people = _people(properties, name)
        if people:
            found.append((header, ",\r\n ".join(people)))
    subject = item.get("Subject")
    if subject:
        found.append(("Subject", _encoded(subject, "Subject")))
    topic = item.get("ConversationTopic")
    if topic:
        found.append(("Thread-Topic", _encoded(topic, "Thread-Topic")))
    for header, name in (
        ("Thread-Index", "ConversationIndex"),
        ("Message-ID", "InternetMessageId"),
        ("In-Reply-To", "InReplyTo"),
        ("References", "References"),
        ("Content-Language", "Culture"),
    ):
        value = _one_line(item.get(name))
        if value:
            found.append((header, _encoded(value, header)))
    sent = item.get("DateTimeSent") or item.get("DateTimeReceived")
    if sent:
        found.append(("Date", email.utils.format_datetime(parse_datetime(sent))))
    found.extend(_flags(item))
    found.extend(_own_headers(properties))
    return found


def _flags(item: Item) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    importance = item.get("Importance")
    if importance in {"High", "Low"}:
        found.append(("Importance", importance.lower()))
        found.append(("X-Priority", "1" if importance == "High" else "5"))
    sensitivity = _SENSITIVITY.get(item.get("Sensitivity") or "")
    if sensitivity:
        found.append(("Sensitivity", sensitivity))
    people = _people(item.properties, "From")
    if people:
        if item.get("IsReadReceiptRequested") == "true":
            found.append(("Disposition-Notification-To", people[0]))
        if item.get("IsDeliveryReceiptRequested") == "true":
            found.append(("Return-Receipt-To", people[0]))
    return found


def _own_headers(properties: etree._Element) -> list[tuple[str, str]]:
    """Extended properties in the property set of Internet headers are header fields ([MS-OXPROPS] 1.3.2)."""
    found: list[tuple[str, str]] = []
    for element in properties.iterfind(t("ExtendedProperty")):
        field = element.find(t("ExtendedFieldURI"))
        value = _one_line(element.findtext(t("Value")))
        if field is None:
            continue
        name = field.get("PropertyName", "")
        in_set = field.get("DistinguishedPropertySetId") == "InternetHeaders" or (
            field.get("PropertySetId", "").lower() == PROPERTY_SETS["InternetHeaders"]
        )
        if in_set and re.fullmatch(r"[!-9;-~]+", name):
            found.append((name, _encoded(value, name)))
    return found


def _people(properties: etree._Element, name: str) -> list[str]:
    """Each mailbox of a property as an address of a header field."""
    element = properties.find(t(name))
    if element is None:
        return []
    return [_address(mailbox) for mailbox in element.iter(t("Mailbox"))]


def _address(mailbox: etree._Element) -> str:
    address = re.sub(r"[\s<>,;]+", "", mailbox.findtext(t("EmailAddress")) or "")
    name = _one_line(mailbox.findtext(t("Name")))
    if not address:
        return email.utils.formataddr((name, "")) or "<>"
    if name == address:
        name = ""
    if address.isascii():
        return email.utils.formataddr((name, address))
    shown = Header(name, "utf-8").encode() if name else ""
    return f"{shown} <{Header(address, 'utf-8').encode()}>".strip()


def _one_line(value: str | None) -> str:
    return re.sub(r"[\r\n]+", " ", value or "").strip()


def _encoded(value: str, header: str) -> str:
    """A text as the value of an unstructured header field, in encoded words where it isn't ASCII or looks like one."""
    value = _one_line(value)
    plain = value.isascii() and "=?" not in value
    return value if plain else Header(value, "utf-8", header_name=header).encode()
