"""UpdateItem.

An older change key is a conflict for NeverOverwrite. AutoResolve takes it, unless a property that is to be changed was
changed since: the reference says that most such values are overwritten and some are not, servers answer
ErrorIrresolvableConflict too, and the latter is what a client must be able to live with.

Source: "UpdateItem operation" in the EWS reference, ConflictResolution, MessageDisposition; [MS-OXWSCORE] 3.1.4.9.4.1.
"""

from __future__ import annotations

from functools import partial

from lxml import etree

from ewsfs.sandbox import meetings, occurrences, schema
from ewsfs.sandbox.delivery import deliver, recipients, stamp
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import change_number
from ewsfs.sandbox.model import Item, children, m, private, t
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
    known = _check_key(row, identifier.get("ChangeKey"), resolution)
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
    if known is not None and any(number > known for number in _changes(stored, changed)):
        raise _conflict()
    item.modified = now()
    if occurrences.ordinal(stored) is not None:
        kept = occurrences.change(context, row, item)
    else:
        _note_changes(item, changed, context.store.number + 1)
        kept = context.store.items.update(item, only_read_flag=changed == {"IsRead"})
    if row.kind == "CalendarItem":
        return _tell_attendees(context, kept, before, str(invitations))
    if row.kind in schema.MAIL_KINDS and disposition != "SaveOnly":
        _send(context, request, kept, str(disposition))
        return None
    return kept


def _check_key(row: ItemRow, key: str | None, resolution: str) -> int | None:
    """The number of the change that the client has seen; None when the newest one, or when that doesn't matter.

    Raises ResponseError for a key that is missing or, with NeverOverwrite, too old.
    """
    number = change_number(key)
    if resolution == "AlwaysOverwrite":
        return None
    if number is None:
        raise ResponseError("ErrorChangeKeyRequiredForWriteOperations", "The change key is required to update an item.")
    if number == row.change_number:
        return None
    if resolution == "NeverOverwrite" or number > row.change_number:
        raise _conflict()
    return number


def _conflict() -> ResponseError:
    return ResponseError(
        "ErrorIrresolvableConflict",
        "The send or update operation could not be performed because the change key passed in the request "
        "does not match the current change key for the item.",
    )


_CHANGES = private("Changes")


def _changes(item: Item, names: set[str]) -> list[int]:
    """The numbers of the last changes of some properties, as far as there were any."""
    noted = item.properties.find(_CHANGES)
    return [] if noted is None else [int(number) for name, number in noted.items() if name in names]


def _note_changes(item: Item, names: set[str], number: int) -> None:
    noted = item.properties.find(_CHANGES)
    if noted is None:
        noted = etree.SubElement(item.properties, _CHANGES)
    for name in names:
        noted.set(name, str(number))


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
