"""Properties that no client sets: made from the other properties, the attachments and the identity of an item.

`shape` uses them to render, `fields` to search and sort. A property that is stored all the same (the server may
store IsCancelled, for example) wins over the computed one.

Threading: pure functions of an item.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

from lxml import etree

from ewsfs.sandbox import calendar_computed, text
from ewsfs.sandbox.model import TYPES, Attachment, Item, t
from ewsfs.sandbox.schema import MAIL_KINDS
from ewsfs.sandbox.values import format_boolean, format_datetime, parse_datetime
from ewsfs.sandbox.view import NOBODY, Made, Maker, View


def attachment_element(attachment: Attachment) -> etree._Element:
    """What GetItem tells of an attachment: everything except its content."""
    element = etree.Element(t(attachment.kind), nsmap={"t": TYPES})
    etree.SubElement(element, t("AttachmentId"), Id=attachment.id)
    etree.SubElement(element, t("Name")).text = text.xml_safe(attachment.name)
    for name, value in (
        ("ContentType", attachment.content_type),
        ("ContentId", attachment.content_id),
        ("ContentLocation", attachment.content_location),
    ):
        if value:
            etree.SubElement(element, t(name)).text = text.xml_safe(value)
    etree.SubElement(element, t("Size")).text = str(attachment.size)
    etree.SubElement(element, t("LastModifiedTime")).text = format_datetime(attachment.last_modified)
    etree.SubElement(element, t("IsInline")).text = format_boolean(attachment.is_inline)
    if attachment.kind == "FileAttachment":
        etree.SubElement(element, t("IsContactPhoto")).text = format_boolean(attachment.is_contact_photo)
    return element


def body_text(item: Item) -> str:
    """The body as plain text, "" when there is none."""
    body = item.properties.find(t("Body"))
    if body is None or not body.text:
        return ""
    return text.text_of_html(body.text) if body.get("BodyType") == "HTML" else body.text


def _attachments(item: Item, view: View) -> Made:
    if not item.attachments:
        return None
    element = etree.Element(t("Attachments"))
    element.extend([attachment_element(attachment) for attachment in item.attachments])
    return element


def _names(item: Item, name: str) -> str:
    recipients = item.properties.find(t(name))
    if recipients is None:
        return ""
    return "; ".join(
        mailbox.findtext(t("Name")) or mailbox.findtext(t("EmailAddress")) or ""
        for mailbox in recipients.iter(t("Mailbox"))
    )


def _display(to: str, attendees: str) -> Maker:
    def make(item: Item, view: View) -> Made:
        return _names(item, attendees if item.kind == "CalendarItem" else to)

    return make


def _conversation(item: Item, view: View) -> Made:
    if item.kind not in MAIL_KINDS and item.kind != "PostItem":
        return None
    topic = item.get("ConversationTopic") or text.topic_of(item.get("Subject") or "")
    if not topic:
        topic = item.id
    digest = hashlib.sha256(topic.casefold().encode()).digest()
    return etree.Element(t("ConversationId"), Id=base64.b64encode(b"\x00\x01" + digest).decode())


def _rights(item: Item, view: View) -> Made:
    element = etree.Element(t("EffectiveRights"))
    for name, value in (
        ("CreateAssociated", False),
        ("CreateContents", False),
        ("CreateHierarchy", False),
        ("Delete", True),
        ("Modify", True),
        ("Read", True),
        ("ViewPrivateItems", True),
    ):
        etree.SubElement(element, t(name)).text = format_boolean(value)
    return element


def _response_objects(item: Item, view: View) -> Made:
    names: tuple[str, ...] = ()
    if item.kind == "MeetingRequest":
        names = ("AcceptItem", "TentativelyAcceptItem", "DeclineItem", "ReplyToItem", "ReplyAllToItem", "ForwardItem")
    elif item.kind == "MeetingCancellation":
        names = ("RemoveItem", "ReplyToItem", "ReplyAllToItem", "ForwardItem")
    elif item.kind in MAIL_KINDS:
        draft = item.get("IsDraft") == "true"
        names = ("ForwardItem",) if draft else ("ReplyToItem", "ReplyAllToItem", "ForwardItem")
    elif item.kind == "PostItem":
        names = ("PostReplyItem", "ReplyToItem", "ForwardItem")
    elif item.kind == "CalendarItem":
        names = ("ForwardItem",)
    if not names:
        return None
    element = etree.Element(t("ResponseObjects"))
    for name in names:
        etree.SubElement(element, t(name))
    return element


_QUOTED = re.compile(
    r"^(-{2,} ?(original message|forwarded message|urspr|mensaje original|message d).*"
    r"|_{10,}\s*|>.*|on .{5,120} wrote:\s*|am .{5,120} schrieb .*:\s*|le .{5,120} a écrit :\s*)$",
    re.IGNORECASE,
)


def _unique_text(item: Item) -> str:
    lines = body_text(item).split("\n")
    for number, line in enumerate(lines):
        if _QUOTED.match(line.strip()):
            return "\n".join(lines[:number]).rstrip() + "\n"
    return "\n".join(lines)


def _body(name: str, source: Callable[[Item], str]) -> Maker:
    def make(item: Item, view: View) -> Made:
        element = etree.Element(t(name), BodyType="Text")
        element.text = source(item)
        return element

    return make


def _normalized(item: Item, view: View) -> Made:
    body = item.properties.find(t("Body"))
    source = "" if body is None else body.text or ""
    if body is None or body.get("BodyType") != "HTML":
        source = text.html_of_text(source)
    element = etree.Element(t("NormalizedBody"), BodyType="HTML")
    element.text = source
    return element


def _reminder(item: Item, view: View) -> Made:
    if item.get("ReminderIsSet") != "true":
        return None
    due = item.get("Start") or item.get("ReminderDueBy")
    if due is None:
        return None
    minutes = int(item.get("ReminderMinutesBeforeStart") or 0)
    return format_datetime(parse_datetime(due) - timedelta(minutes=minutes))


def _icon(item: Item, view: View) -> Made:
    if item.kind == "PostItem":
        return "PostItem"
    if item.kind in MAIL_KINDS:
        return "MailRead" if item.get("IsRead") == "true" else "MailUnread"
    return "Default"


def _complete_name(item: Item, view: View) -> Made:
    element = etree.Element(t("CompleteName"))
    for name, source in (
        ("FirstName", "GivenName"),
        ("MiddleName", "MiddleName"),
        ("LastName", "Surname"),
        ("Suffix", "Generation"),
        ("Initials", "Initials"),
        ("FullName", "DisplayName"),
        ("Nickname", "Nickname"),
    ):
        value = item.get(source)
        if value:
            etree.SubElement(element, t(name)).text = value
    return element if len(element) else None


def _photo(item: Item) -> Attachment | None:
    return next((attachment for attachment in item.attachments if attachment.is_contact_photo), None)


def _photo_content(item: Item, view: View) -> Made:
    photo = _photo(item)
    return None if photo is None else base64.b64encode(photo.content).decode()


def _query_string(item: Item, view: View) -> Made:
    return f"?ae=Item&a=Open&t={item.get('ItemClass') or ''}&id={item.id}"


def _is_complete(item: Item, view: View) -> Made:
    return format_boolean(item.get("Status") == "Completed")


_STATUS = {
    "NotStarted": "Not Started",
    "InProgress": "In Progress",
    "Completed": "Completed",
    "WaitingOnOthers": "Waiting on someone else",
    "Deferred": "Deferred",
}

__all__ = ["MAKERS", "NOBODY", "TRANSFORMED", "Made", "Maker", "View", "attachment_element", "body_text", "make"]

# Properties whose stored form is never shown as it is.
TRANSFORMED = calendar_computed.TRANSFORMED

MAKERS: dict[str, Maker] = {
    "ItemId": lambda item, view: etree.Element(t("ItemId"), Id=item.id, ChangeKey=item.change_key),
    "ParentFolderId": lambda item, view: (
        etree.Element(t("ParentFolderId"), Id=item.folder_id, ChangeKey="AQAAAA==") if item.folder_id else None
    ),
    "Attachments": _attachments,
    "Size": lambda item, view: str(item.size),
    "DateTimeCreated": lambda item, view: format_datetime(item.created),
    "ResponseObjects": _response_objects,
    "ReminderNextTime": _reminder,
    "DisplayCc": _display("CcRecipients", "OptionalAttendees"),
    "DisplayTo": _display("ToRecipients", "RequiredAttendees"),
    "DisplayBcc": _display("BccRecipients", "Resources"),
    "HasAttachments": lambda item, view: format_boolean(item.has_attachments),
    "EffectiveRights": _rights,
    "LastModifiedName": lambda item, view: view.owner_name or view.owner or None,
    "LastModifiedTime": lambda item, view: format_datetime(item.modified),
    "IsAssociated": lambda item, view: "false",
    "WebClientReadFormQueryString": _query_string,
    "WebClientEditFormQueryString": _query_string,
    "ConversationId": _conversation,
    "UniqueBody": _body("UniqueBody", _unique_text),
    "TextBody": _body("TextBody", body_text),
    "NormalizedBody": _normalized,
    "StoreEntryId": lambda item, view: base64.b64encode(item.id.encode()).decode(),
    "InstanceKey": lambda item, view: base64.b64encode(hashlib.sha256(item.id.encode()).digest()[:8]).decode(),
    "Preview": lambda item, view: text.one_line(body_text(item))[:255],
    "BlockStatus": lambda item, view: "false",
    "HasBlockedImages": lambda item, view: "false",
    "IconIndex": _icon,
    "CompleteName": _complete_name,
    "HasPicture": lambda item, view: format_boolean(_photo(item) is not None),
    "Photo": _photo_content,
    "Notes": lambda item, view: body_text(item) or None,
    "IsComplete": _is_complete,
    "ChangeCount": lambda item, view: "1",
    "DelegationState": lambda item, view: "NoMatch",
    "IsAssignmentEditable": lambda item, view: "0",
    "IsTeamTask": lambda item, view: "false",
    **calendar_computed.MAKERS,
    "StatusDescription": lambda item, view: _STATUS.get(item.get("Status") or "NotStarted"),
}


def make(item: Item, name: str, view: View) -> etree._Element | None:
    """The element of a property that isn't stored, None when this item has none.

    name: local name of the element.
    """
    maker = MAKERS.get(name)
    if maker is None:
        return None
    made = maker(item, view)
    if isinstance(made, str):
        element = etree.Element(t(name))
        element.text = made
        return element
    return made
