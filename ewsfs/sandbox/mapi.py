"""MAPI properties that are the same thing as a property with a FieldURI.

An extended property that names one of these reads and writes that property, as on Exchange: PidTagSubject is the
Subject, PidTagMessageFlags are IsRead and IsDraft together. Everything else is kept as ExtendedProperty elements.

Source: [MS-OXPROPS]; [MS-OXCMSG] 2.2.1.6 for the message flags.

Threading: pure functions.
"""

from __future__ import annotations

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Item, t
from ewsfs.sandbox.paths import PROPERTY_SETS, ExtendedFieldURI
from ewsfs.sandbox.values import format_boolean, format_value, parse_mapi

MESSAGE_FLAGS = 0x0E07
HAS_ATTACHMENTS = 0x0E1B

READ = 0x01
SUBMITTED = 0x04
UNSENT = 0x08
HAS_ATTACH = 0x10
FROM_ME = 0x20

# Tag -> element name of the property that it is. Written through where the table of the kind has the element.
_SAME: dict[int, str] = {
    0x0017: "Importance",
    0x001A: "ItemClass",
    0x0036: "Sensitivity",
    0x0037: "Subject",
    0x0039: "DateTimeSent",
    0x0070: "ConversationTopic",
    0x0071: "ConversationIndex",
    0x0E06: "DateTimeReceived",
    0x1035: "InternetMessageId",
    0x1039: "References",
    0x1042: "InReplyTo",
    0x3001: "DisplayName",
    0x3A05: "Generation",
    0x3A06: "GivenName",
    0x3A0A: "Initials",
    0x3A11: "Surname",
    0x3A16: "CompanyName",
    0x3A17: "JobTitle",
    0x3A18: "Department",
    0x3A19: "OfficeLocation",
    0x3A30: "AssistantName",
    0x3A44: "MiddleName",
    0x3A46: "Profession",
    0x3A48: "SpouseName",
    0x3A4E: "Manager",
    0x3A4F: "Nickname",
}
# Tags that can be read, made from what the rendered item says.
_COMPUTED: dict[int, str] = {
    0x0E02: "DisplayBcc",
    0x0E03: "DisplayCc",
    0x0E04: "DisplayTo",
    0x0E08: "Size",
    0x1000: "TextBody",
    0x3007: "DateTimeCreated",
    0x3008: "LastModifiedTime",
    0x3FFA: "LastModifiedName",
}
# Tags of a sender: (element, child of its Mailbox).
_SENDERS: dict[int, tuple[str, str]] = {
    0x0042: ("From", "Name"),
    0x0065: ("From", "EmailAddress"),
    0x0064: ("From", "RoutingType"),
    0x5D02: ("From", "EmailAddress"),
    0x0C1A: ("Sender", "Name"),
    0x0C1F: ("Sender", "EmailAddress"),
    0x0C1E: ("Sender", "RoutingType"),
    0x5D01: ("Sender", "EmailAddress"),
}
_NUMBERED = {"Importance", "Sensitivity"}


def element_name(path: ExtendedFieldURI) -> str | None:
    """The element of the property that a tag is the same as, None when it is a property of its own."""
    if path.tag is None:
        return None
    return _SAME.get(path.tag) or _COMPUTED.get(path.tag)


def flags_of(item: Item) -> int:
    """PidTagMessageFlags as the properties have it."""
    flags = 0
    if item.get("IsRead") == "true":
        flags |= READ
    if item.get("IsDraft") == "true":
        flags |= UNSENT
    if item.get("IsSubmitted") == "true":
        flags |= SUBMITTED
    if item.get("IsFromMe") == "true":
        flags |= FROM_ME
    if item.has_attachments:
        flags |= HAS_ATTACH
    return flags


def read_special(item: Item, path: ExtendedFieldURI) -> str | None:
    """The text of a property that is stored in another form, None when it isn't one of those or isn't set.

    Those are the message flags, PidTagHasAttachments, the senders, and headers by their name.
    """
    if path.property_set == PROPERTY_SETS["InternetHeaders"] and path.name is not None:
        return header(item, path.name)
    if path.tag == MESSAGE_FLAGS:
        return str(flags_of(item))
    if path.tag == HAS_ATTACHMENTS:
        return format_boolean(bool(item.attachments))
    if path.tag == 0x007D:
        headers = item.properties.find(t("InternetMessageHeaders"))
        if headers is None:
            return None
        return "".join(f"{entry.get('HeaderName')}: {entry.text or ''}\r\n" for entry in headers) + "\r\n"
    if path.tag in _SENDERS:
        element, child = _SENDERS[path.tag]
        return item.properties.findtext(f"{t(element)}/{t('Mailbox')}/{t(child)}")
    return None


def header(item: Item, name: str) -> str | None:
    """The first header of that name in InternetMessageHeaders, compared without case."""
    headers = item.properties.find(t("InternetMessageHeaders"))
    if headers is not None:
        folded = name.lower()
        for entry in headers:
            if entry.get("HeaderName", "").lower() == folded:
                return entry.text or ""
    return None


def to_text(name: str, text: str) -> str:
    """The text of a property as its tag has it: Importance and Sensitivity are numbers there."""
    if name in _NUMBERED:
        values = (schema.known(f"item:{name}") or schema.KINDS["Item"][0]).values
        return str(values.index(text)) if text in values else "0"
    return text


def write(properties: etree._Element, path: ExtendedFieldURI, text: str | None) -> bool:
    """Set (None: delete) the property that an extended property is the same as.

    Returns whether there is such a property; if not, the caller keeps the extended property itself.
    Raises ResponseError when the property can only be read.
    """
    kind = str(properties.tag).rpartition("}")[2]
    if path.tag is None:
        return False
    if path.tag == MESSAGE_FLAGS:
        flags = int(str(parse_mapi("Integer", text or "0")))
        if schema.by_name(kind, "IsRead") is not None:
            schema.set_text(properties, "IsRead", format_boolean(bool(flags & READ)))
        schema.set_text(properties, "IsDraft", format_boolean(bool(flags & UNSENT)))
        return True
    if path.tag == HAS_ATTACHMENTS or path.tag in _COMPUTED:
        raise ResponseError("ErrorInvalidPropertySet", f"The property {path} can only be read.")
    name = _SAME.get(path.tag)
    if name is None or schema.by_name(kind, name) is None:
        return False
    prop = schema.by_name(kind, name)
    if text is not None and prop is not None and prop.name in _NUMBERED:
        number = parse_mapi("Integer", text)
        text = prop.values[int(str(number))] if 0 <= int(str(number)) < len(prop.values) else prop.values[0]
    elif text is not None:
        text = format_value(parse_mapi(path.type, text))
    schema.set_text(properties, name, text)
    return True
