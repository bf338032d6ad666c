"""CreateItem and SendItem.

Source: the pages of these operations in the EWS reference, MessageDisposition, SendMeetingInvitations.
"""

from __future__ import annotations

from functools import partial

from lxml import etree

from ewsfs.sandbox import meetings, response_objects, schema
from ewsfs.sandbox.create import Author, draft_from_element
from ewsfs.sandbox.delivery import deliver, recipients, stamp
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import change_number
from ewsfs.sandbox.model import Draft, Item, children, local, m, t
from ewsfs.sandbox.shape import Shape
from ewsfs.sandbox.store import Folder
from ewsfs.sandbox.store_items import now
from ewsfs.sandbox.targets import folder_element, item_row

_HOMES = {
    "CalendarItem": "calendar",
    "Contact": "contacts",
    "DistributionList": "contacts",
    "Task": "tasks",
    "PostItem": "inbox",
}
_WRONG_FOLDER = {
    "CalendarItem": ("CalendarFolder", "ErrorCannotCreateCalendarItemInNonCalendarFolder"),
    "Contact": ("ContactsFolder", "ErrorCannotCreateContactInNonContactFolder"),
    "DistributionList": ("ContactsFolder", "ErrorCannotCreateContactInNonContactFolder"),
    "Task": ("TasksFolder", "ErrorCannotCreateTaskInNonTaskFolder"),
}


def author(context: Context, *, draft: bool = True, mailbox: str = "") -> Author:
    """Who creates an item in a mailbox ("": one's own)."""
    view = context.view(mailbox)
    return Author(view.owner, view.owner_name, now(), context.time_zone, draft)


def created(item: Item) -> etree._Element:
    """What CreateItem answers: the id, and the ids of the attachments."""
    element = Shape("IdOnly").render(item)
    if item.attachments:
        out = etree.Element(t("Attachments"))
        for attachment in item.attachments:
            etree.SubElement(etree.SubElement(out, t(attachment.kind)), t("AttachmentId"), Id=attachment.id)
        schema.insert(element, out)
    return element


@operation("CreateItem")
def create_item(context: Context, request: etree._Element) -> etree._Element:
    disposition = request.get("MessageDisposition")
    invitations = request.get("SendMeetingInvitations")
    saved = request.find(m("SavedItemFolderId"))

    def one(element: etree._Element) -> list[etree._Element]:
        target = folder_element(context, saved) if saved is not None else None
        if response_objects.is_response(element):
            items = response_objects.answer(context, element, disposition, target)
        elif local(element) == "CalendarItem":
            items = [_appointment(context, element, target, invitations)]
        else:
            items = _other(context, element, target, disposition)
        return [payload("Items", *[created(item) for item in items])]

    wanted = list(children(required(request, m("Items"))))
    return respond(context, "CreateItem", [partial(one, element) for element in wanted], "Items")


def home(context: Context, draft: Draft, target: Folder | None, *, sent: bool = False) -> Folder:
    """The folder for a new item. Raises ResponseError when the one that was given can't hold it."""
    if target is None:
        default = "sentitems" if sent else _HOMES.get(draft.kind, "drafts")
        target = context.store.folder(context.user.address, default)
    fitting = _WRONG_FOLDER.get(draft.kind)
    if fitting is not None and target.kind != fitting[0] and target.distinguished != "deleteditems":
        raise ResponseError(fitting[1], f"An item of the type {draft.kind} can't be created in this folder.")
    if target.kind == "SearchFolder":
        raise ResponseError("ErrorCreateItemAccessDenied", "Nothing can be created in a search folder.")
    return target


def _appointment(context: Context, element: etree._Element, target: Folder | None, invitations: str | None) -> Item:
    if invitations is None:
        raise ResponseError(
            "ErrorSendMeetingInvitationsRequired", "SendMeetingInvitations is required for calendar items."
        )
    place = target or context.store.folder(context.user.address, "calendar")
    draft = draft_from_element(element, author(context, mailbox=place.mailbox))
    place = home(context, draft, place)
    with context.store.transaction():
        item = context.store.items.add(draft.item(folder_id=place.id, now=now()), place.mailbox)
        if invitations != "SendToNone":
            item = meetings.invite(context, item)
            if invitations == "SendToAllAndSaveCopy":
                meetings.save_copy(context, item)
    return item


def _other(context: Context, element: etree._Element, target: Folder | None, disposition: str | None) -> list[Item]:
    mail = local(element) in schema.MAIL_KINDS or local(element) == "Item"
    if mail and disposition is None:
        raise ResponseError("ErrorMessageDispositionRequired", "MessageDisposition is required for messages.")
    draft = draft_from_element(element, author(context, mailbox=target.mailbox if target else ""))
    if not mail or disposition == "SaveOnly":
        place = home(context, draft, target)
        return [context.store.items.add(draft.item(folder_id=place.id, now=now()), place.mailbox)]
    send_draft(context, draft, target if disposition == "SendAndSaveCopy" else None, disposition == "SendAndSaveCopy")
    return []


def send_draft(context: Context, draft: Draft, target: Folder | None, save: bool) -> None:
    """Send a message that is in no folder yet; a copy to `target` (None: Sent Items) when it is to be saved."""
    addresses = recipients(context, draft.properties)
    item = draft.item(now=now())
    stamp(context, item)
    with context.store.transaction():
        if save:
            place = home(context, draft, target, sent=True)
            item.folder_id = place.id
            context.store.items.add(item, place.mailbox)
        deliver(context, item, addresses)


@operation("SendItem")
def send_item(context: Context, request: etree._Element) -> etree._Element:
    save = request.get("SaveItemToFolder", "true") in ("true", "1")
    saved = request.find(m("SavedItemFolderId"))

    def one(element: etree._Element) -> list[etree._Element]:
        number = change_number(element.get("ChangeKey"))
        if number is None:
            raise ResponseError("ErrorChangeKeyRequiredForWriteOperations", "The change key is required to send.")
        if saved is not None and not save:
            raise ResponseError("ErrorInvalidSendItemSaveSettings", "A folder is given, but nothing to be saved.")
        target = folder_element(context, saved) if saved is not None else None
        with context.store.transaction():
            row = item_row(context, element)
            if row.kind not in schema.MAIL_KINDS:
                raise ResponseError("ErrorInvalidItemForOperationSendItem", f"A {row.kind} can't be sent.")
            if number != row.change_number:
                raise ResponseError("ErrorIrresolvableConflict", "The item was changed since.")
            stored = context.store.items.get(row.id, mime=True)
            if stored is None:
                raise ResponseError("ErrorItemNotFound", "The specified object was not found in the store.")
            item = stored.copy()
            addresses = recipients(context, item.properties)
            stamp(context, item)
            deliver(context, item, addresses)
            if save:
                place = target or context.store.folder(context.user.address, "sentitems")
                context.store.items.update(item)
                changed = context.store.items.row(row.id)
                if changed is not None:
                    context.store.items.move(changed, place.id, place.mailbox)
            else:
                context.store.items.remove(row)
        return []

    wanted = list(children(required(request, m("ItemIds"))))
    return respond(context, "SendItem", [partial(one, element) for element in wanted])
