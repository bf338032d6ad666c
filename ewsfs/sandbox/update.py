"""UpdateItem: SetItemField, AppendToItemField and DeleteItemField applied to an item.

    apply_updates(item, element_of_updates, now=...)

changes the item that it is given (a copy of the stored one), and drops MIME that no longer says the same. What is no
part of a message (read flag, categories, flags, extended properties ...) leaves the MIME alone.

Source: "UpdateItem operation", "SetItemField", "AppendToItemField", "DeleteItemField" in the EWS reference;
"EWS property-related errors".

Threading: changes the item that it is given, nothing else.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import datetime, timezone, tzinfo

from lxml import etree

from ewsfs.sandbox import calendar_item, contacts, extended, indexed, mapi, schema, tasks
from ewsfs.sandbox.create import LISTS, clean, decode_base64, normalize
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.fields import stored_extended
from ewsfs.sandbox.ical_reader import calendar_from_bytes
from ewsfs.sandbox.mime import properties_from_mime
from ewsfs.sandbox.model import Item, children, local, t
from ewsfs.sandbox.paths import ExtendedFieldURI, FieldURI, IndexedFieldURI, Path, find_in, parse
from ewsfs.sandbox.schema import MAIL_KINDS, Property, Type
from ewsfs.sandbox.text import topic_of
from ewsfs.sandbox.vcard import contact_from_bytes

# What can't be changed any more on a message that is no draft.
_SENT = frozenset(
    {
        "message:Sender",
        "message:From",
        "message:ToRecipients",
        "message:CcRecipients",
        "message:BccRecipients",
        "message:IsReadReceiptRequested",
        "message:IsDeliveryReceiptRequested",
        "message:InternetMessageId",
        "message:References",
        "message:ReplyTo",
        "message:ConversationIndex",
    }
)
_NAMES = frozenset({"DisplayName", "FileAs", "FileAsMapping", "GivenName", "MiddleName", "Surname", "CompanyName"})
_TASK = frozenset({"Status", "PercentComplete", "CompleteDate", "Recurrence"})


def apply_updates(
    item: Item,
    updates: Iterable[etree._Element],
    *,
    now: datetime,
    zone: tzinfo = timezone.utc,
) -> set[str]:
    """Apply the children of an Updates element, in order; either all of them or, when one is refused, none counts.

    now: UTC. zone: what a time without an offset means. Returns the element names of the properties that changed;
    {"IsRead"} alone means that only the read flag did.
    Raises ResponseError: ErrorInvalidPropertySet, ErrorInvalidPropertyAppend, ErrorInvalidPropertyDelete,
    ErrorIncorrectUpdatePropertyCount, ErrorUpdatePropertyMismatch, ErrorInvalidPropertyUpdateSentMessage,
    ErrorObjectTypeChanged, and what setting the value itself may raise.
    """
    changed: set[str] = set()
    stale = False
    for update in updates:
        action = local(update)
        if not action:
            continue
        path = parse(find_in(update))
        if action == "SetItemField":
            prop = _set(item, path, _value(update, path), zone)
        elif action == "AppendToItemField":
            prop = _append(item, path, _value(update, path))
        elif action == "DeleteItemField":
            prop = _delete(item, path)
        else:
            raise ResponseError("ErrorInvalidRequest", f"{action} is no change of an item.")
        changed.add("ExtendedProperty" if prop is None else prop.name)
        stale |= prop is not None and prop.in_mime and prop.name != "MimeContent"
    _agree(item, changed, now)
    if stale:
        item.mime = None
    if "Subject" in changed and schema.by_name(item.kind, "ConversationTopic") is not None:
        schema.set_text(item.properties, "ConversationTopic", topic_of(item.get("Subject") or "") or None)
    return changed


def _value(update: etree._Element, path: Path) -> etree._Element:
    """The one property that a change brings along."""
    container = next((child for child in children(update) if local(child) in schema.ITEM_CLASSES), None)
    values = [] if container is None else list(children(container))
    if len(values) != 1:
        raise ResponseError(
            "ErrorIncorrectUpdatePropertyCount", f"A change sets one property, not {len(values)}.", path=str(path)
        )
    return values[0]


def _mismatch(path: Path, value: etree._Element) -> ResponseError:
    return ResponseError("ErrorUpdatePropertyMismatch", f"{path} isn't {local(value)}.", path=str(path))


def _property(item: Item, path: FieldURI, code: str) -> Property:
    """The property of a FieldURI on that item; an error of that code when it can't be changed so."""
    prop = schema.find(item.kind, path.uri)
    if prop is None or not prop.writable:
        raise ResponseError(code, f"{path} can't be changed on a {item.kind}.", path=path.uri)
    if path.uri in _SENT and item.kind in MAIL_KINDS and item.get("IsDraft") == "false":
        raise ResponseError(
            "ErrorInvalidPropertyUpdateSentMessage", f"{path} of a sent message can't be changed.", path=path.uri
        )
    if prop.type is Type.RECURRENCE and item.get("CalendarItemType") in {"Occurrence", "Exception"}:
        raise ResponseError(code, "An occurrence has no recurrence of its own.", path=path.uri)
    return prop


def _set(item: Item, path: Path, value: etree._Element, zone: tzinfo) -> Property | None:
    if isinstance(path, ExtendedFieldURI):
        if local(value) != "ExtendedProperty" or extended.path_of(value) != path:
            raise _mismatch(path, value)
        extended.store(item.properties, value)
        return _same_property(item, path)
    if isinstance(path, IndexedFieldURI):
        return indexed.set_entry(item, path, clean(value))
    prop = _property(item, path, "ErrorInvalidPropertySet")
    if local(value) != prop.name:
        raise _mismatch(path, value)
    value = clean(value)
    if prop.name == "MimeContent":
        _set_mime(item, value)
        return prop
    _check_value(item, prop, value, zone)
    if prop.type is Type.FLAG:
        _complete_flag(value)
    if prop.type in LISTS and not len(value):
        schema.remove(item.properties, prop.name)
        return prop
    schema.set_property(item.properties, value)
    if prop.type is Type.MEMBERS:
        contacts.fill_members(value)
    return prop


def _same_property(item: Item, path: ExtendedFieldURI) -> Property | None:
    """The property that an extended one is the same as, so that a changed PidTagSubject makes the MIME stale too."""
    if path.tag == mapi.MESSAGE_FLAGS:
        return schema.by_name(item.kind, "IsRead")
    name = mapi.element_name(path)
    return None if name is None else schema.by_name(item.kind, name)


def _check_value(item: Item, prop: Property, value: etree._Element, zone: tzinfo) -> None:
    text = (value.text or "").strip()
    if prop.name == "ItemClass":
        expected = schema.kind_of_class(text)
        if expected != item.kind and not (item.kind in MAIL_KINDS and expected in MAIL_KINDS):
            raise ResponseError("ErrorObjectTypeChanged", f"A {item.kind} can't become {text}.", path=prop.uri)
    if prop.type is Type.DATETIME and item.kind == "CalendarItem":
        zone = calendar_item.zone_of(item.properties)
    normalize(prop, value, zone, "ErrorPropertyUpdate")


def _complete_flag(value: etree._Element) -> None:
    """FlagStatus alone is enough; a date of completion belongs to completed flags only."""
    status = value.findtext(t("FlagStatus")) or "NotFlagged"
    unwanted = {"NotFlagged": {"StartDate", "DueDate", "CompleteDate"}, "Flagged": {"CompleteDate"}}.get(status, set())
    for child in list(value):
        if local(child) in unwanted:
            value.remove(child)


def _set_mime(item: Item, value: etree._Element) -> None:
    """New MIME: what it says replaces what the old one said; the rest of the properties stays."""
    source = decode_base64(value.text or "", "ErrorMimeContentInvalidBase64String")
    if item.kind == "CalendarItem":
        draft = calendar_from_bytes(source)
    elif item.kind == "Contact":
        draft = contact_from_bytes(source)
    else:
        draft = properties_from_mime(source)
    for prop in schema.KINDS[item.kind]:
        if prop.in_mime and not prop.computed:
            schema.remove(item.properties, prop.name)
    for child in list(draft.properties):
        if schema.property_of(item.kind, child) is not None and local(child) not in {"ItemClass", "DateTimeReceived"}:
            schema.set_property(item.properties, copy.deepcopy(child))
    item.attachments = draft.attachments
    item.mime = source


def _append(item: Item, path: Path, value: etree._Element) -> Property:
    prop = schema.find(item.kind, path.uri) if isinstance(path, FieldURI) else None
    if prop is None or not prop.appendable or not isinstance(path, FieldURI):
        raise ResponseError("ErrorInvalidPropertyAppend", f"Nothing can be appended to {path}.", path=str(path))
    _property(item, path, "ErrorInvalidPropertyAppend")
    if local(value) != prop.name:
        raise _mismatch(path, value)
    value = clean(value)
    old = item.properties.find(prop.tag)
    if old is None:
        schema.set_property(item.properties, value)
    elif prop.type is Type.BODY:
        old.text = (old.text or "") + (value.text or "")
    else:
        old.extend(list(value))
    if prop.type is Type.MEMBERS:
        contacts.fill_members(item.properties.find(prop.tag))
    return prop


def _delete(item: Item, path: Path) -> Property | None:
    if isinstance(path, ExtendedFieldURI):
        prop = _same_property(item, path)
        if prop is not None and stored_extended(item.properties, path) is None:
            if not prop.deletable:
                raise ResponseError("ErrorInvalidPropertyDelete", f"{path} can't be deleted.", path=str(path))
            schema.remove(item.properties, prop.name)
            return prop
        extended.delete(item.properties, path)
        return None
    if isinstance(path, IndexedFieldURI):
        return indexed.delete_entry(item, path)
    prop = _property(item, path, "ErrorInvalidPropertyDelete")
    if not prop.deletable:
        raise ResponseError("ErrorInvalidPropertyDelete", f"{path} can't be deleted.", path=path.uri)
    schema.remove(item.properties, prop.name)
    return prop


def _agree(item: Item, changed: set[str], now: datetime) -> None:
    """Bring properties together that depend on one another."""
    if item.kind == "CalendarItem":
        calendar_item.agree(item.properties, changed)
    elif item.kind == "Task" and changed & _TASK:
        tasks.agree(item.properties, changed, now)
    elif item.kind == "Contact" and changed & _NAMES:
        if "FileAs" in changed and "FileAsMapping" not in changed:
            schema.set_text(item.properties, "FileAsMapping", "None")
        contacts.agree_names(item.properties)
    elif item.kind == "DistributionList" and "DisplayName" in changed:
        schema.set_text(item.properties, "Subject", item.get("DisplayName"))
