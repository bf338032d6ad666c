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
from datetime import datetime

from lxml import etree

from ewsfs.sandbox import mime_headers, schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.mailboxes import mailbox_element
from ewsfs.sandbox.meeting_mime import make_meeting
from ewsfs.sandbox.mime_parts import Content
from ewsfs.sandbox.mime_writer import mime_from_item
from ewsfs.sandbox.model import Draft, new_properties, t
from ewsfs.sandbox.text import topic_of, xml_safe
from ewsfs.sandbox.values import format_datetime

__all__ = ["mailbox_element", "mime_from_item", "properties_from_mime"]


def properties_from_mime(source: bytes, _depth: int = 0) -> Draft:
    """The item that a message is, with `mime` the source itself.

    Raises ResponseError: ErrorMimeContentInvalid when there are no bytes at all.
    """
    if not source.strip():
        raise ResponseError("ErrorMimeContentInvalid", "The MIME content is empty.")
    message = email.message_from_bytes(source, policy=email.policy.compat32)
    headers = mime_headers.raw_headers(message)
    content = Content(lambda inner: properties_from_mime(inner, _depth + 1), _depth)
    content.read(message, source)
    properties = new_properties("Message")
    _set_headers(properties, headers, content.item_class)
    body = etree.Element(t("Body"), BodyType="HTML" if content.html is not None else "Text")
    body.text = content.html if content.html is not None else content.plain or ""
    properties.append(body)
    schema.order(properties)
    content.mark_inline()
    draft = Draft("Message", properties, content.attachments, source)
    if content.calendar is not None and not make_meeting(draft, *content.calendar):
        content.attach_calendar()
    return draft


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
