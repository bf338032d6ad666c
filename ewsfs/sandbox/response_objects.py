"""CreateItem with a response object: replies, forwards, answers to meetings, cancellations, and small ones.

Used by `operations.create`. Threading: as `store`.

Source: EWS reference, ReplyToItem, ReplyAllToItem, ForwardItem, AcceptItem, TentativelyAcceptItem, DeclineItem,
CancelCalendarItem, RemoveItem, SuppressReadReceipt, PostReplyItem.
"""

from __future__ import annotations

import copy
import html

from lxml import etree

from ewsfs.sandbox import meetings, schema
from ewsfs.sandbox.create import Author, clean, fill
from ewsfs.sandbox.delivery import deliver, recipients, stamp
from ewsfs.sandbox.dispatch import Context
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.mailboxes import mailbox_element
from ewsfs.sandbox.model import Draft, Item, local, new_properties, t
from ewsfs.sandbox.occurrences import load_item
from ewsfs.sandbox.removal import remove_item
from ewsfs.sandbox.store import Folder, ItemRow
from ewsfs.sandbox.store_items import now
from ewsfs.sandbox.text import html_of_text, text_of_html, topic_of

_ANSWERED = ("ReplyToItem", "ReplyAllToItem", "ForwardItem")
_NAMES = frozenset(
    [*_ANSWERED, *meetings.ANSWERS, "CancelCalendarItem", "RemoveItem", "SuppressReadReceipt", "PostReplyItem"]
)


def is_response(element: etree._Element) -> bool:
    """Whether an element of CreateItem is one of these."""
    return local(element) in _NAMES


def answer(context: Context, element: etree._Element, disposition: str | None, target: Folder | None) -> list[Item]:
    """Carry out a response object; the items to answer with. Raises ResponseError."""
    name = local(element)
    reference = element.find(t("ReferenceItemId"))
    if reference is None:
        raise ResponseError("ErrorInvalidReferenceItem", "The response names no item that it is to.")
    with context.store.transaction():
        row, item = load_item(context, reference)
        if name == "SuppressReadReceipt":
            return []
        if name == "RemoveItem":
            return _remove(context, row, item)
        if name == "CancelCalendarItem":
            meetings.cancel(context, item, save_copy=True, body=_new_body(element))
            remove_item(context, row, "MoveToDeletedItems")
            return []
        if name == "PostReplyItem":
            return [_post(context, element, item, target)]
        if disposition is None:
            raise ResponseError("ErrorMessageDispositionRequired", "MessageDisposition is required.")
        if name in meetings.ANSWERS:
            return _meeting(context, element, row, item, disposition, target)
        return _message(context, element, item, disposition, target)


def _new_body(element: etree._Element) -> etree._Element | None:
    source = element.find(t("NewBodyContent"))
    source = element.find(t("Body")) if source is None else source
    if source is None:
        return None
    body = clean(source)
    body.tag = t("Body")
    return body


def _calendar_item(context: Context, item: Item) -> Item:
    """The calendar item that a meeting message is about. Raises ResponseError when it is gone."""
    if item.kind == "CalendarItem":
        return item
    if item.kind not in schema.ITEM_CLASSES or not item.kind.startswith("Meeting"):
        raise ResponseError("ErrorInvalidReferenceItem", "The item is no meeting.")
    found = meetings.find(context, context.user.address, item.get("UID"))
    if found is None:
        raise ResponseError("ErrorItemNotFound", "The meeting is not in the calendar any more.")
    return found


def _remove(context: Context, row: ItemRow, item: Item) -> list[Item]:
    if item.kind.startswith("Meeting"):
        found = meetings.find(context, context.user.address, item.get("UID"))
        booked = context.store.items.row(found.id) if found is not None else None
        if booked is not None:
            remove_item(context, booked, "MoveToDeletedItems")
    remove_item(context, row, "MoveToDeletedItems")
    return []


def _meeting(
    context: Context, element: etree._Element, row: ItemRow, item: Item, disposition: str, target: Folder | None
) -> list[Item]:
    answered = meetings.ANSWERS[local(element)]
    booked = _calendar_item(context, item)
    if meetings.organizer(booked.properties) == context.user.address:
        raise ResponseError("ErrorCalendarIsOrganizerForAccept", "The organizer doesn't answer the own meeting.")
    proposed = {
        name: text for name in ("ProposedStart", "ProposedEnd") if (text := element.findtext(t(name))) is not None
    }
    stored, response = meetings.answer(context, booked, answered, _new_body(element), proposed)
    out = [stored]
    if disposition != "SaveOnly":
        meetings.deliver_answer(context, booked, answered, response)
    if disposition != "SendOnly":
        default = "drafts" if disposition == "SaveOnly" else "sentitems"
        place = target or context.store.folder(context.user.address, default)
        kept = response.copy()
        kept.folder_id = place.id
        if disposition == "SaveOnly":
            fill(Draft(kept.kind, kept.properties), _author(context, draft=True))
        schema.remove(kept.properties, "AssociatedCalendarItemId")
        response = context.store.items.add(kept, place.mailbox)
        if disposition == "SaveOnly":
            return [response]
    if answered == "Decline":
        calendar_row = context.store.items.row(stored.id)
        if calendar_row is not None:
            trash = context.store.folder(calendar_row.mailbox, "deleteditems")
            out = [context.store.items.move(calendar_row, trash.id, trash.mailbox)]
    if item.kind != "CalendarItem":
        request = context.store.items.row(row.id)
        if request is not None:
            trash = context.store.folder(request.mailbox, "deleteditems")
            out.append(context.store.items.move(request, trash.id, trash.mailbox))
    return out


def _author(context: Context, *, draft: bool) -> Author:
    return Author(context.user.address, context.user.display_name, now(), context.time_zone, draft)


def _message(
    context: Context, element: etree._Element, item: Item, disposition: str, target: Folder | None
) -> list[Item]:
    draft = _reply(context, element, item)
    if disposition == "SaveOnly":
        fill(draft, _author(context, draft=True))
        place = target or context.store.folder(context.user.address, "drafts")
        return [context.store.items.add(draft.item(folder_id=place.id, now=now()), place.mailbox)]
    fill(draft, _author(context, draft=True))
    addresses = recipients(context, draft.properties)
    message = draft.item(now=now())
    stamp(context, message)
    if disposition == "SendAndSaveCopy":
        place = target or context.store.folder(context.user.address, "sentitems")
        message.folder_id = place.id
        context.store.items.add(message, place.mailbox)
    deliver(context, message, addresses)
    return []


def _reply(context: Context, element: etree._Element, item: Item) -> Draft:
    name = local(element)
    properties = new_properties("Message")
    prefix = "FW: " if name == "ForwardItem" else "RE: "
    topic = topic_of(item.get("Subject") or "")
    schema.set_text(properties, "Subject", element.findtext(t("Subject")) or prefix + topic)
    schema.set_text(properties, "ConversationTopic", item.get("ConversationTopic") or topic)
    for tag, people in _answer_to(context, name, item).items():
        if people:
            container = etree.Element(t(tag))
            container.extend(people)
            schema.set_property(properties, container)
    for tag in ("ToRecipients", "CcRecipients", "BccRecipients", "From", "IsReadReceiptRequested",
                "IsDeliveryReceiptRequested"):  # fmt: skip
        given = element.find(t(tag))
        if given is not None:
            schema.set_property(properties, clean(given))
    if name != "ForwardItem" and item.get("InternetMessageId"):
        schema.set_text(properties, "InReplyTo", item.get("InternetMessageId"))
        references = [text for text in (item.get("References"), item.get("InternetMessageId")) if text]
        schema.set_text(properties, "References", " ".join(references))
    whole = element.find(t("Body"))
    schema.set_property(properties, clean(whole) if whole is not None else _quoted(_new_body(element), item))
    attachments = copy.deepcopy(item.attachments) if name == "ForwardItem" else []
    return Draft("Message", properties, attachments)


def _answer_to(context: Context, name: str, item: Item) -> dict[str, list[etree._Element]]:
    """Who a reply goes to: the sender (of meetings the organizer), and for "all" everybody else but oneself."""
    if name == "ForwardItem":
        return {}
    source = item.properties
    sender = None
    for tag in ("ReplyTo", "From", "Organizer", "Sender"):
        sender = source.find(f"{t(tag)}/{t('Mailbox')}")
        if sender is not None:
            break
    to = [copy.deepcopy(sender)] if sender is not None else [
        mailbox_element(context.user.display_name, context.user.address)
    ]  # fmt: skip
    if name == "ReplyToItem":
        return {"ToRecipients": to}
    seen = {context.user.address, _address(to[0])}
    cc: list[etree._Element] = []
    for tags, found in ((("ToRecipients", "RequiredAttendees"), to), (("CcRecipients", "OptionalAttendees"), cc)):
        for tag in tags:
            container = source.find(t(tag))
            for mailbox in container.iter(t("Mailbox")) if container is not None else ():
                if _address(mailbox) not in seen:
                    seen.add(_address(mailbox))
                    found.append(copy.deepcopy(mailbox))
    return {"ToRecipients": to, "CcRecipients": cc}


def _address(mailbox: etree._Element) -> str:
    return (mailbox.findtext(t("EmailAddress")) or "").strip().lower()


def _quoted(new: etree._Element | None, item: Item) -> etree._Element:
    """The new text above the original message with its most important headers."""
    original = item.properties.find(t("Body"))
    original_kind = "Text" if original is None else original.get("BodyType", "Text")
    original_text = "" if original is None else original.text or ""
    kind = original_kind if new is None else new.get("BodyType", "Text")
    new_text = "" if new is None else new.text or ""
    sender = item.properties.findtext(f"{t('From')}/{t('Mailbox')}/{t('Name')}") or ""
    lines = [("From", sender), ("Sent", item.get("DateTimeSent") or ""), ("Subject", item.get("Subject") or "")]
    body = etree.Element(t("Body"), BodyType=kind)
    if kind == "HTML":
        quoted = original_text if original_kind == "HTML" else html_of_text(original_text)
        head = "".join(f"<b>{name}:</b> {html.escape(text)}<br>\r\n" for name, text in lines)
        body.text = f"{new_text}\r\n<hr>\r\n<div>{head}</div>\r\n<br>\r\n{quoted}"
    else:
        quoted = text_of_html(original_text) if original_kind == "HTML" else original_text
        head = "".join(f"{name}: {text}\r\n" for name, text in lines)
        body.text = f"{new_text}\r\n\r\n________________________________\r\n{head}\r\n{quoted}"
    return body


def _post(context: Context, element: etree._Element, item: Item, target: Folder | None) -> Item:
    properties = new_properties("PostItem")
    topic = topic_of(item.get("Subject") or "")
    schema.set_text(properties, "Subject", element.findtext(t("Subject")) or topic)
    schema.set_text(properties, "ConversationTopic", topic)
    schema.set_property(properties, _quoted(_new_body(element), item))
    draft = Draft("PostItem", properties)
    fill(draft, _author(context, draft=True))
    place = target or context.store.folders.get(item.folder_id)
    if place is None:
        raise ResponseError("ErrorFolderNotFound", "The specified folder could not be found in the store.")
    return context.store.items.add(draft.item(folder_id=place.id, now=now()), place.mailbox)
