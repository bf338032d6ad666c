"""What the sandbox keeps: items and attachments, and the XML names to speak of them.

Every module of the sandbox uses these classes. They hold data and make no decision: `store` keeps them,
`mime`, `ical` and `vcard` make them from bytes, `shape` renders them, `update` changes them.

Threading: an Item belongs to whoever got it. `store` hands out copies or items that nobody changes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Literal

from lxml import etree

TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"

# What the sandbox itself notes among the properties of an item, such as the exceptions of a series. Never sent.
PRIVATE = "urn:ewsfs:sandbox"

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

AttachmentKind = Literal["FileAttachment", "ItemAttachment"]


def t(name: str) -> str:
    """The name of an element of the types namespace, as lxml writes it: {namespace}name."""
    return f"{{{TYPES}}}{name}"


def m(name: str) -> str:
    """The name of an element of the messages namespace, as lxml writes it: {namespace}name."""
    return f"{{{MESSAGES}}}{name}"


def local(element: etree._Element) -> str:
    """The name of an element without its namespace ("" for comments and processing instructions)."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def private(name: str) -> str:
    """The name of an element that never leaves the sandbox: {namespace}name."""
    return f"{{{PRIVATE}}}{name}"


def is_private(element: etree._Element) -> bool:
    """Whether an element is of the sandbox's own namespace."""
    return isinstance(element.tag, str) and element.tag.startswith(f"{{{PRIVATE}}}")


def new_properties(kind: str) -> etree._Element:
    """An empty element for the properties of an item of that kind, for example <t:Message/>."""
    return etree.Element(t(kind), nsmap={"t": TYPES})


def children(element: etree._Element) -> Iterator[etree._Element]:
    """The child elements, comments and processing instructions left out."""
    return (child for child in element if isinstance(child.tag, str))


@dataclass(slots=True)
class Attachment:
    """One attachment of an item: a file, or an item of its own."""

    id: str
    kind: AttachmentKind
    name: str
    content_type: str | None = None
    content_id: str | None = None
    content_location: str | None = None
    is_inline: bool = False
    is_contact_photo: bool = False
    content: bytes = b""
    item: Item | None = None
    last_modified: datetime = EPOCH

    @property
    def size(self) -> int:
        """Bytes: of the content of a file, of everything in an attached item."""
        return self.item.size if self.item is not None else len(self.content)


@dataclass(slots=True)
class Item:
    """An item of a folder, or one that is attached to another (then `folder_id` is "").

    kind: local name of the element: Message, CalendarItem, Contact, DistributionList, Task, PostItem, Item,
        MeetingMessage, MeetingRequest, MeetingResponse, MeetingCancellation.
    properties: an element of that name with every property that is set, in schema order, without those that
        are made when the item is rendered (ItemId, ParentFolderId, MimeContent, Attachments, Size ...).
    mime: the bytes exactly as given to CreateItem or UpdateItem, while they say the same as the properties.
    created, modified: UTC.
    """

    id: str
    change_key: str
    folder_id: str
    kind: str
    properties: etree._Element
    mime: bytes | None = None
    attachments: list[Attachment] = field(default_factory=list)
    created: datetime = EPOCH
    modified: datetime = EPOCH

    @property
    def size(self) -> int:
        """Bytes, about what Exchange says: without base64, since it keeps attachments decoded."""
        text = sum(len(node.text) for node in self.properties.iter() if node.text)
        return text + 200 + sum(attachment.size for attachment in self.attachments)

    @property
    def has_attachments(self) -> bool:
        """Whether an attachment isn't inline (PidTagHasAttachments counts the inline ones too)."""
        return any(not attachment.is_inline for attachment in self.attachments)

    def get(self, name: str) -> str | None:
        """The text of a top-level property by its element name, None when it isn't set."""
        return self.properties.findtext(t(name))

    def copy(self) -> Item:
        """An independent copy: changing it changes nothing of this one."""
        return copy.deepcopy(self)


@dataclass(slots=True)
class Draft:
    """What came out of MIME, iCalendar or vCard: an item that has no identity yet.

    Attachments have the id "" and their items too; the store gives ids.
    """

    kind: str
    properties: etree._Element
    attachments: list[Attachment] = field(default_factory=list)
    mime: bytes | None = None

    def item(self, item_id: str = "", change_key: str = "", folder_id: str = "", now: datetime = EPOCH) -> Item:
        """An item made of it; the properties and attachments are taken over, not copied."""
        return Item(
            id=item_id,
            change_key=change_key,
            folder_id=folder_id,
            kind=self.kind,
            properties=self.properties,
            mime=self.mime,
            attachments=self.attachments,
            created=now,
            modified=now,
        )
