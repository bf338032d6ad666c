"""An item as a client sends it to CreateItem or CreateAttachment, made into what the store keeps.

Refuses what can't be set, reads MimeContent, takes the attachments out, puts extended properties where they belong
and fills in what Exchange fills in.

Source: "CreateItem operation", "CreateAttachment operation" in the EWS reference.

Threading: pure functions.
"""

from __future__ import annotations

import base64
import binascii
import copy
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo

from lxml import etree

from ewsfs.sandbox import calendar_item, extended, schema, tasks
from ewsfs.sandbox.contacts import fill_contact, fill_list
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ical_reader import calendar_from_bytes
from ewsfs.sandbox.mailboxes import complete, mailbox_element
from ewsfs.sandbox.mime import properties_from_mime
from ewsfs.sandbox.model import Attachment, Draft, children, local, new_properties, t
from ewsfs.sandbox.schema import MAIL_KINDS, Property, Type
from ewsfs.sandbox.text import topic_of, xml_safe
from ewsfs.sandbox.values import format_boolean, format_datetime, of_element, parse_boolean, parse_datetime
from ewsfs.sandbox.vcard import contact_from_bytes


@dataclass(frozen=True, slots=True)
class Author:
    """Who creates the item, when and where.

    owner: address of the mailbox; owner_name: what people call them. now: UTC. zone: what a time without offset
    means (from the TimeZoneContext of the request, else UTC). draft: whether a message is one until it is sent.
    """

    owner: str = "nobody@example.test"
    owner_name: str = ""
    now: datetime = datetime(1970, 1, 1, tzinfo=timezone.utc)
    zone: tzinfo = timezone.utc
    draft: bool = True


# Lists that are not set at all when they are empty.
LISTS = frozenset({Type.RECIPIENTS, Type.ATTENDEES, Type.STRINGS, Type.MEMBERS, Type.DICTIONARY, Type.ADDRESSES})

_REPLIES_ONLY = frozenset({"MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation"})


def draft_from_element(element: etree._Element, author: Author, *, attached: bool = False) -> Draft:
    """What a client sent (<t:Message> and the like) as a draft whose attachments have no ids yet.

    attached: it comes inside an ItemAttachment, where meeting messages are allowed too.
    Raises ResponseError: ErrorInvalidPropertySet for a property that only the server sets,
    ErrorInvalidItemForOperationCreateItem, ErrorMimeContentInvalidBase64String, ErrorObjectTypeChanged and what
    the readers of MIME, iCalendar, extended properties and recurrences raise.
    """
    kind = local(element)
    if kind == "Item":
        kind = "Message"
    if kind not in schema.ITEM_CLASSES or (kind in _REPLIES_ONLY and not attached):
        raise ResponseError(
            "ErrorInvalidItemForOperationCreateItem", f"An item of the type {kind} can't be created by CreateItem."
        )
    draft = _from_mime(element.find(t("MimeContent")), kind)
    if draft.kind != kind and local(element) not in {"Item", "Message"}:
        raise ResponseError("ErrorObjectTypeChanged", f"The MIME content isn't a {kind}.")
    touched = False
    for child in children(element):
        touched |= _take(draft, child, author, attached)
    if touched:
        draft.mime = None
    _check_class(draft)
    fill(draft, author)
    return draft


def fill(draft: Draft, author: Author) -> None:
    """Set what every item of its kind has and nobody said."""
    properties, kind = draft.properties, draft.kind
    moment = format_datetime(author.now)
    _default(properties, "ItemClass", schema.ITEM_CLASSES[kind])
    for name, value in _DEFAULTS:
        _default(properties, name, value)
    _default(properties, "DateTimeSent", moment)
    _default(properties, "DateTimeReceived", moment)
    if kind in MAIL_KINDS or kind == "PostItem":
        _fill_mail(properties, kind, author)
    else:
        _default(properties, "IsDraft", "false")
    if kind == "CalendarItem":
        calendar_item.fill(properties, author.owner, author.owner_name, author.now, author.zone)
    elif kind == "Contact":
        fill_contact(properties)
    elif kind == "DistributionList":
        fill_list(properties)
    elif kind == "Task":
        tasks.fill(properties, author.owner_name or author.owner, author.now)


_DEFAULTS = (
    ("Sensitivity", "Normal"),
    ("Importance", "Normal"),
    ("IsSubmitted", "false"),
    ("IsFromMe", "false"),
    ("IsResend", "false"),
    ("IsUnmodified", "false"),
    ("ReminderIsSet", "false"),
    ("ReminderMinutesBeforeStart", "0"),
    ("Culture", "en-US"),
)


def _default(properties: etree._Element, name: str, value: str) -> None:
    if properties.find(t(name)) is None:
        schema.set_text(properties, name, value)


def _fill_mail(properties: etree._Element, kind: str, author: Author) -> None:
    draft = author.draft and kind in MAIL_KINDS
    _default(properties, "IsDraft", "true" if draft else "false")
    _default(properties, "IsRead", "true" if draft else "false")
    if kind in MAIL_KINDS:
        _default(properties, "IsReadReceiptRequested", "false")
        _default(properties, "IsDeliveryReceiptRequested", "false")
        _default(properties, "IsResponseRequested", "false")
    elif properties.find(t("PostedTime")) is None:
        schema.set_text(properties, "PostedTime", format_datetime(author.now))
    domain = author.owner.rpartition("@")[2]
    _default(properties, "InternetMessageId", f"<{uuid.uuid4()}@{domain}>")
    _default(properties, "ConversationTopic", topic_of(properties.findtext(t("Subject")) or ""))
    for name in ("Sender", "From"):
        if properties.find(t(name)) is None and author.draft:
            sender = etree.Element(t(name))
            sender.append(mailbox_element(author.owner_name, author.owner))
            schema.insert(properties, sender)


def _from_mime(content: etree._Element | None, kind: str) -> Draft:
    if content is None:
        return Draft(kind, new_properties(kind))
    source = decode_base64(content.text or "", "ErrorMimeContentInvalidBase64String")
    if not source.strip():
        raise ResponseError("ErrorMimeContentInvalid", "The MIME content is empty.")
    if kind == "CalendarItem":
        return calendar_from_bytes(source)
    if kind == "Contact":
        return contact_from_bytes(source)
    draft = properties_from_mime(source)
    if kind not in MAIL_KINDS:
        draft = Draft(kind, draft.properties, draft.attachments, source)
        draft.properties.tag = t(kind)
        schema.order(draft.properties)
    return draft


def decode_base64(text: str, code: str) -> bytes:
    """The bytes of a base64 text. Raises ResponseError with that code."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ResponseError(code, "The content isn't base64.") from None


def _take(draft: Draft, child: etree._Element, author: Author, attached: bool) -> bool:
    """Put one property of the request into the draft. Returns whether MIME that came along no longer fits."""
    name = local(child)
    if name == "MimeContent":
        return False
    if name == "ExtendedProperty":
        extended.store(draft.properties, child)
        return False
    if name == "Attachments":
        draft.attachments.extend(attachment_from_element(one, author) for one in children(child))
        return True
    prop = schema.property_of(draft.kind, child)
    if prop is None:
        raise ResponseError("ErrorInvalidPropertySet", f"A {draft.kind} has no property {name}.", path=name)
    if not prop.creatable and not (attached and not prop.computed):
        raise ResponseError("ErrorInvalidPropertySet", f"The property {prop.uri} is read-only.", path=prop.uri)
    value = clean(child)
    if not (draft.kind == "CalendarItem" and prop.type is Type.DATETIME):  # those are read once the zone is known
        normalize(prop, value, author.zone, "ErrorInvalidPropertySet")
    old = draft.properties.find(value.tag)
    repeats = old is not None and old.attrib == value.attrib and of_element(prop, old) == of_element(prop, value)
    if prop.type not in LISTS or len(value):
        schema.set_property(draft.properties, value)
    return prop.in_mime and not repeats


def normalize(prop: Property, value: etree._Element, zone: tzinfo, code: str) -> None:
    """Bring the element of a property into the form in which it is kept: dates in UTC, mailboxes complete.

    zone: what a time without an offset means. Raises ResponseError with that code for a value of a wrong type.
    """
    text = (value.text or "").strip()
    try:
        if prop.type is Type.DATETIME:
            value.text = format_datetime(parse_datetime(text, zone))
        elif prop.type in {Type.INT, Type.LONG}:
            value.text = str(int(text))
        elif prop.type is Type.BOOLEAN:
            value.text = format_boolean(parse_boolean(text))
        elif prop.type is Type.ENUM and text not in prop.values:
            raise ValueError(text)
    except ValueError:
        raise ResponseError(code, f"{text!r} is no value for {prop.uri}.", path=prop.uri) from None
    if prop.type in {Type.RECIPIENT, Type.RECIPIENTS, Type.ATTENDEES}:
        for mailbox in value.iter(t("Mailbox")):
            complete(mailbox)


def clean(source: etree._Element) -> etree._Element:
    """A copy of an element of a request, without comments and the characters that XML forbids."""
    element = copy.deepcopy(source)
    element.tail = None
    etree.strip_tags(element, etree.Comment, etree.ProcessingInstruction)
    for node in element.iter():
        if node.text:
            node.text = xml_safe(node.text)
        if len(node) and not (node.text or "").strip():
            node.text = None
        if node is not element:
            node.tail = None
    return element


def attachment_from_element(element: etree._Element, author: Author) -> Attachment:
    """A FileAttachment or ItemAttachment of a request.

    Raises ResponseError: ErrorRequiredPropertyMissing when a file has no name or an item attachment no item,
    ErrorInvalidValueForProperty when its content isn't base64.
    """
    kind = local(element)

    def text(tag: str) -> str | None:
        return element.findtext(t(tag)) or None

    attachment = Attachment(
        id="",
        kind="ItemAttachment",
        name=xml_safe(text("Name") or ""),
        content_type=text("ContentType"),
        content_id=text("ContentId"),
        content_location=text("ContentLocation"),
        is_inline=parse_boolean(text("IsInline") or "false"),
        last_modified=author.now,
    )
    if kind == "FileAttachment":
        if not attachment.name:
            raise ResponseError("ErrorRequiredPropertyMissing", "The attachment has no name.", path="Name")
        attachment.kind = "FileAttachment"
        attachment.is_contact_photo = parse_boolean(text("IsContactPhoto") or "false")
        attachment.content = decode_base64(text("Content") or "", "ErrorInvalidValueForProperty")
        return attachment
    if kind != "ItemAttachment":
        raise ResponseError("ErrorInvalidRequest", f"An attachment of the type {kind} can't be created.")
    inner = next((child for child in children(element) if local(child) in schema.ITEM_CLASSES), None)
    if inner is None:
        raise ResponseError("ErrorRequiredPropertyMissing", "The attachment holds no item.", path="Item")
    attachment.item = draft_from_element(inner, author, attached=True).item(now=author.now)
    attachment.name = attachment.name or attachment.item.get("Subject") or ""
    return attachment


def _check_class(draft: Draft) -> None:
    item_class = draft.properties.findtext(t("ItemClass"))
    if item_class is None:
        return
    expected = schema.kind_of_class(item_class)
    if expected != draft.kind and not (draft.kind in MAIL_KINDS and expected in MAIL_KINDS):
        raise ResponseError("ErrorObjectTypeChanged", f"The item class {item_class} isn't one of a {draft.kind}.")
