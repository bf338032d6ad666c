"""The items of a mailbox: messages, appointments, contacts, lists, tasks, posts, and the messages about meetings.

Which class an element of a reply becomes is decided here, by the element's name.
"""

from __future__ import annotations

from ewsfs.ews.items.base import (
    ALL_OCCURRENCES,
    ALWAYS_OVERWRITE,
    AUTO_RESOLVE,
    HARD_DELETE,
    MOVE_TO_DELETED_ITEMS,
    NEVER_OVERWRITE,
    SAVE_ONLY,
    SEND_AND_SAVE_COPY,
    SEND_ONLY,
    SEND_ONLY_TO_ALL,
    SEND_ONLY_TO_CHANGED,
    SEND_TO_ALL_AND_SAVE_COPY,
    SEND_TO_CHANGED_AND_SAVE_COPY,
    SEND_TO_NONE,
    SOFT_DELETE,
    SPECIFIED_OCCURRENCE_ONLY,
    Item,
    ItemRef,
)
from ewsfs.ews.items.calendar import CalendarItem
from ewsfs.ews.items.contact import Contact, DistributionList
from ewsfs.ews.items.meeting import MeetingCancellation, MeetingMessage, MeetingRequest, MeetingResponse
from ewsfs.ews.items.message import Message
from ewsfs.ews.items.post import PostItem
from ewsfs.ews.items.task import Task
from ewsfs.ews.xmlnames import Element, local

ITEM_CLASSES: tuple[type[Item], ...] = (
    Message,
    CalendarItem,
    Contact,
    DistributionList,
    Task,
    PostItem,
    MeetingRequest,
    MeetingResponse,
    MeetingCancellation,
    MeetingMessage,
    Item,
)

_BY_ELEMENT: dict[str, type[Item]] = {kind.ELEMENT: kind for kind in ITEM_CLASSES}
_BY_ELEMENT |= {"SharingMessage": Message, "RoleMember": Item, "Network": Item, "Person": Item}


def is_item(name: str) -> bool:
    """Whether an element of this local name is an item."""
    return name in _BY_ELEMENT


def item_from_xml(element: Element) -> Item:
    """The item that an element of a reply stands for; of a kind that is unknown here, what all items have."""
    return _BY_ELEMENT.get(local(element), Item).from_xml(element)


__all__ = [
    "ALL_OCCURRENCES",
    "ALWAYS_OVERWRITE",
    "AUTO_RESOLVE",
    "HARD_DELETE",
    "ITEM_CLASSES",
    "MOVE_TO_DELETED_ITEMS",
    "NEVER_OVERWRITE",
    "SAVE_ONLY",
    "SEND_AND_SAVE_COPY",
    "SEND_ONLY",
    "SEND_ONLY_TO_ALL",
    "SEND_ONLY_TO_CHANGED",
    "SEND_TO_ALL_AND_SAVE_COPY",
    "SEND_TO_CHANGED_AND_SAVE_COPY",
    "SEND_TO_NONE",
    "SOFT_DELETE",
    "SPECIFIED_OCCURRENCE_ONLY",
    "CalendarItem",
    "Contact",
    "DistributionList",
    "Item",
    "ItemRef",
    "MeetingCancellation",
    "MeetingMessage",
    "MeetingRequest",
    "MeetingResponse",
    "Message",
    "PostItem",
    "Task",
    "is_item",
    "item_from_xml",
]
