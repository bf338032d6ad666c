"""What Exchange calls the properties: FieldURIs, elements, their order, their types, what may be done with them.

Reads `tables` once at import. `order` puts the children of an element into the order that the schema demands;
`find` tells which property a FieldURI means on an item of some kind.

Threading: nothing here changes after import.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lxml import etree

from ewsfs.sandbox.model import children, is_private, local, t
from ewsfs.sandbox.tables import ITEM_KINDS
from ewsfs.sandbox.tables_folders import FOLDER_KINDS


class Type(Enum):
    """What the content of a property looks like."""

    STRING = "string"
    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
    DOUBLE = "double"
    DATETIME = "datetime"
    BINARY = "binary"
    ENUM = "enum"
    BODY = "body"  # text with a BodyType attribute
    ID = "id"  # Id and ChangeKey attributes
    FLAG = "flag"
    RECIPIENT = "recipient"  # one Mailbox
    RECIPIENTS = "recipients"  # Mailbox elements
    ATTENDEES = "attendees"  # Attendee elements
    MEMBERS = "members"  # Member elements
    STRINGS = "strings"  # String elements
    HEADERS = "headers"  # InternetMessageHeader elements
    DICTIONARY = "dictionary"  # Entry elements with a Key and text
    ADDRESSES = "addresses"  # Entry elements with a Key and the parts of an address
    RECURRENCE = "recurrence"
    TIMEZONE = "timezone"
    ATTACHMENTS = "attachments"
    COMPLEX = "complex"  # anything else; kept as it is


@dataclass(frozen=True, slots=True)
class Property:
    """One property of one kind of item or folder.

    uri: its FieldURI, "" for what has none. name: local name of its element. tag: {namespace}name.
    values: of an enumeration, in the order in which they sort.
    The booleans say what the letters in `tables` say.
    """

    uri: str
    name: str
    tag: str
    type: Type
    values: tuple[str, ...]
    position: int
    writable: bool
    creatable: bool
    appendable: bool
    deletable: bool
    searchable: bool
    in_default: bool
    in_all: bool
    in_find: bool
    computed: bool
    in_mime: bool


def _parse(tables: tuple[tuple[str, str], ...]) -> tuple[Property, ...]:
    properties: list[Property] = []
    for prefix, table in tables:
        for line in table.strip().splitlines():
            full_name, type_name, flags = line.split()
            own_prefix, _, name = full_name.rpartition(":")
            type_name, _, values = type_name.partition(":")
            properties.append(
                Property(
                    uri="" if own_prefix == "-" else f"{own_prefix or prefix}:{name}",
                    name=name,
                    tag=t(name),
                    type=Type(type_name),
                    values=tuple(values.split(",")) if values else (),
                    position=len(properties),
                    writable="w" in flags,
                    creatable="w" in flags or "c" in flags,
                    appendable="a" in flags,
                    deletable="w" in flags and "n" not in flags,
                    searchable="q" not in flags,
                    in_default="d" in flags,
                    in_all="x" not in flags,
                    in_find="g" not in flags,
                    computed="k" in flags,
                    in_mime="m" in flags,
                )
            )
    return tuple(properties)


KINDS: dict[str, tuple[Property, ...]] = {kind: _parse(tables) for kind, tables in (ITEM_KINDS | FOLDER_KINDS).items()}
_BY_TAG = {kind: {prop.tag: prop for prop in properties} for kind, properties in KINDS.items()}
_BY_URI = {kind: {prop.uri: prop for prop in properties if prop.uri} for kind, properties in KINDS.items()}
_ANYWHERE = {prop.uri: prop for kind in reversed(KINDS) for prop in KINDS[kind] if prop.uri}

PREFIXES = frozenset(uri.split(":")[0] for uri in _ANYWHERE)

# FieldURIs of the schema that name a second form of another property, or nothing that this server keeps.
WITHOUT_ELEMENT = frozenset({"item:MimeContentUTF8", "item:FirstBody", "contacts:Culture"})

# The IndexedFieldURIs: FieldURI -> (container element, its FieldURI, child of an address or "").
INDEXED: dict[str, tuple[str, str, str]] = {
    "item:InternetMessageHeader": ("InternetMessageHeaders", "item:InternetMessageHeaders", ""),
    "contacts:ImAddress": ("ImAddresses", "contacts:ImAddresses", ""),
    "contacts:PhoneNumber": ("PhoneNumbers", "contacts:PhoneNumbers", ""),
    "contacts:EmailAddress": ("EmailAddresses", "contacts:EmailAddresses", ""),
    "contacts:PhysicalAddress:Street": ("PhysicalAddresses", "contacts:PhysicalAddresses", "Street"),
    "contacts:PhysicalAddress:City": ("PhysicalAddresses", "contacts:PhysicalAddresses", "City"),
    "contacts:PhysicalAddress:State": ("PhysicalAddresses", "contacts:PhysicalAddresses", "State"),
    "contacts:PhysicalAddress:CountryOrRegion": (
        "PhysicalAddresses",
        "contacts:PhysicalAddresses",
        "CountryOrRegion",
    ),
    "contacts:PhysicalAddress:PostalCode": ("PhysicalAddresses", "contacts:PhysicalAddresses", "PostalCode"),
    "distributionlist:Members:Member": ("Members", "distributionlist:Members", ""),
}
ADDRESS_PARTS = ("Street", "City", "State", "CountryOrRegion", "PostalCode")

# The keys that an index may have, in the order of the schema.
INDEX_KEYS: dict[str, tuple[str, ...]] = {
    "ImAddresses": ("ImAddress1", "ImAddress2", "ImAddress3"),
    "EmailAddresses": ("EmailAddress1", "EmailAddress2", "EmailAddress3"),
    "PhysicalAddresses": ("Home", "Business", "Other"),
    "PhoneNumbers": (
        "AssistantPhone",
        "BusinessFax",
        "BusinessPhone",
        "BusinessPhone2",
        "Callback",
        "CarPhone",
        "CompanyMainPhone",
        "HomeFax",
        "HomePhone",
        "HomePhone2",
        "Isdn",
        "MobilePhone",
        "OtherFax",
        "OtherTelephone",
        "Pager",
        "PrimaryPhone",
        "RadioPhone",
        "Telex",
        "TtyTddPhone",
        "BusinessMobile",
        "IPPhone",
        "Mms",
        "Msn",
    ),
}

MAIL_KINDS = frozenset({"Message", "MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation"})

# The item class that an item has when nobody gave it one, by kind.
ITEM_CLASSES: dict[str, str] = {
    "Item": "IPM.Note",
    "Message": "IPM.Note",
    "CalendarItem": "IPM.Appointment",
    "Contact": "IPM.Contact",
    "DistributionList": "IPM.DistList",
    "Task": "IPM.Task",
    "PostItem": "IPM.Post",
    "MeetingMessage": "IPM.Schedule.Meeting",
    "MeetingRequest": "IPM.Schedule.Meeting.Request",
    "MeetingResponse": "IPM.Schedule.Meeting.Resp.Pos",
    "MeetingCancellation": "IPM.Schedule.Meeting.Canceled",
}

# Which kind an item class makes, longest prefix first.
_KIND_BY_CLASS = sorted(
    {
        "IPM.Appointment": "CalendarItem",
        "IPM.Contact": "Contact",
        "IPM.DistList": "DistributionList",
        "IPM.Task": "Task",
        "IPM.Post": "PostItem",
        "IPM.Note": "Message",
        "IPM.Schedule.Meeting": "MeetingMessage",
        "IPM.Schedule.Meeting.Request": "MeetingRequest",
        "IPM.Schedule.Meeting.Resp": "MeetingResponse",
        "IPM.Schedule.Meeting.Canceled": "MeetingCancellation",
    }.items(),
    key=lambda pair: -len(pair[0]),
)


def kind_of_class(item_class: str) -> str:
    """The kind of item that an item class names; "Message" for classes that are nothing else (IPM.Document)."""
    folded = item_class.casefold() + "."
    for prefix, kind in _KIND_BY_CLASS:
        if folded.startswith(prefix.casefold() + "."):
            return kind
    return "Message"


def find(kind: str, uri: str) -> Property | None:
    """The property that a FieldURI means on an item or folder of that kind, None when it has no such one."""
    return _BY_URI[kind].get(uri)


def known(uri: str) -> Property | None:
    """The property of whichever kind has that FieldURI, None when no kind has it."""
    return _ANYWHERE.get(uri)


def property_of(kind: str, element: etree._Element) -> Property | None:
    """The property that a child element of an item of that kind is, None for a foreign element."""
    tag = element.tag
    return _BY_TAG[kind].get(tag) if isinstance(tag, str) else None


def by_name(kind: str, name: str) -> Property | None:
    """The property with that element name on that kind."""
    return _BY_TAG[kind].get(t(name))


def order(element: etree._Element, kind: str | None = None) -> None:
    """Put the children of an item or folder into schema order, in place; what the schema doesn't know is dropped.

    kind: of which item the element is; None takes the name of the element itself. Elements of the sandbox's own
    namespace (model.PRIVATE) are kept, last.
    """
    index = _BY_TAG[kind or local(element)]
    found = [child for child in children(element) if child.tag in index or is_private(child)]
    found.sort(key=lambda child: _position(index, child))
    element[:] = found


def _position(index: dict[str, Property], child: etree._Element) -> int:
    known_property = index.get(str(child.tag))
    return known_property.position if known_property is not None else len(index)


def set_property(properties: etree._Element, new: etree._Element) -> None:
    """Put a property into its place, instead of the one of that name that is there (never ExtendedProperty).

    The element is moved there, not copied.
    """
    old = properties.find(str(new.tag))
    if old is not None:
        properties.replace(old, new)
    else:
        insert(properties, new)


def insert(properties: etree._Element, new: etree._Element) -> None:
    """Put a property behind those that come before it in the schema, whether or not one of its name is there."""
    index = _BY_TAG[local(properties)]
    position = _position(index, new)
    at = len(properties)
    while at and _position(index, properties[at - 1]) > position:
        at -= 1
    properties.insert(at, new)


def set_text(properties: etree._Element, name: str, text: str | None) -> None:
    """Set a simple property by its element name; None removes it."""
    if text is None:
        remove(properties, name)
        return
    old = properties.find(t(name))
    if old is None:
        old = etree.Element(t(name))
        insert(properties, old)
    old.text = text


def remove(properties: etree._Element, name: str) -> None:
    """Remove every child of that name."""
    for child in properties.findall(t(name)):
        properties.remove(child)
