"""UpdateItem.

Source: "UpdateItem operation" in the EWS reference, ConflictResolution, MessageDisposition.
"""

from __future__ import annotations

from functools import partial

from lxml import etree

from ewsfs.sandbox import meetings, occurrences, schema
from ewsfs.sandbox.delivery import deliver, recipients, stamp
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import change_number
from ewsfs.sandbox.model import Item, children, m, t
from ewsfs.sandbox.shape import Shape
from ewsfs.sandbox.soap import SoapFault
from ewsfs.sandbox.store import ItemRow
from ewsfs.sandbox.store_items import now
from ewsfs.sandbox.targets import folder_element
from ewsfs.sandbox.update import apply_updates


@operation("UpdateItem")
def update_item(context: Context, request: etree._Element) -> etree._Element:
    resolution = request.get("ConflictResolution", "AutoResolve")
    shape = Shape("IdOnly")

    def one(change: etree._Element) -> list[etree._Element]:
        with context.store.transaction():
            item = _change(context, request, change, resolution)
        conflicts = payload("ConflictResults")
        etree.SubElement(conflicts, t("Count")).text = "0"
        return [payload("Items", *([shape.render(item)] if item is not None else [])), conflicts]

    changes = list(children(required(request, m("ItemChanges"))))
    return respond(context, "UpdateItem", [partial(one, change) for change in changes], "Items")


def _change(context: Context, request: etree._Element, change: etree._Element, resolution: str) -> Item | None:
    identifier = next(children(change), None)
    if identifier is None:
        raise SoapFault("ErrorSchemaValidation", "The request failed schema validation: the item id is missing.")
    row, stored = occurrences.load_item(context, identifier, mime=True)
    _check_key(row, identifier.get("ChangeKey"), resolution)
    disposition = request.get("MessageDisposition")
    invitations = request.get("SendMeetingInvitationsOrCancellations")
    if row.kind in schema.MAIL_KINDS and disposition is None:
        raise ResponseError("ErrorMessageDispositionRequired", "MessageDisposition is required for messages.")
    if row.kind == "CalendarItem" and invitations is None:
        raise ResponseError(
            "ErrorSendMeetingInvitationsOrCancellationsRequired",
            "SendMeetingInvitationsOrCancellations is required for calendar items.",
        )
    item = stored.copy()
    before = meetings.attendees(stored.properties)
    changed = apply_updates(item, children(required(change, t("Updates"))), now=now(), zone=context.time_zone)
    item.modified = now()
    if occurrences.ordinal(stored) is not None:
        kept = occurrences.change(context, row, item)
    else:
        kept = context.store.items.update(item, only_read_flag=changed == {"IsRead"})
    if row.kind == "CalendarItem":
        return _tell_attendees(context, kept, before, str(invitations))
    if row.kind in schema.MAIL_KINDS and disposition != "SaveOnly":
        _send(context, request, kept, str(disposition))
        return None
    return kept


def _check_key(row: ItemRow, key: str | None, resolution: str) -> None:
    number = change_number(key)
    if resolution == "AlwaysOverwrite":
        return
    if number is None:
        raise ResponseError("ErrorChangeKeyRequiredForWriteOperations", "The change key is required to update an item.")
    if number != row.change_number:
        raise ResponseError(
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request "
            "does not match the current change key for the item.",
        )


def _tell_attendees(context: Context, item: Item, before: list[str], invitations: str) -> Item:
    """Send requests to who is invited now, and cancellations to who isn't any more."""
    if invitations == "SendToNone" or meetings.organizer(item.properties) not in ("", context.user.address):
        return item
    known = {address.lower() for address in before}
    invited = meetings.attendees(item.properties)
    changed = invitations in ("SendToChangedAndSaveCopy", "SendOnlyToChanged")
    new = [address for address in invited if address.lower() not in known]
    item = meetings.invite(context, item, update=True, only=new if changed else invited)
    gone = [address for address in before if address.lower() not in {one.lower() for one in invited}]
    meetings.cancel(context, item, only=gone)
    if invitations in ("SendToAllAndSaveCopy", "SendToChangedAndSaveCopy"):
        meetings.save_copy(context, item)
    return item


def _send(context: Context, request: etree._Element, item: Item, disposition: str) -> None:
    """Send a draft after it was changed."""
    if item.get("IsDraft") != "true":
        raise ResponseError("ErrorInvalidItemForOperationSendItem", "The item was sent already.")
    stored = context.store.items.get(item.id, mime=True)
    if stored is None:
        raise ResponseError("ErrorItemNotFound", "The specified object was not found in the store.")
    sent = stored.copy()
    addresses = recipients(context, sent.properties)
    stamp(context, sent)
    deliver(context, sent, addresses)
    row = context.store.items.row(item.id)
    if disposition == "SendAndSaveCopy":
        saved = request.find(m("SavedItemFolderId"))
        place = folder_element(context, saved) if saved is not None else context.store.folder(
            context.user.address, "sentitems"
        )  # fmt: skip
        context.store.items.update(sent)
        row = context.store.items.row(item.id)
        if row is not None:
            context.store.items.move(row, place.id, place.mailbox)
    elif row is not None:
        context.store.items.remove(row)
