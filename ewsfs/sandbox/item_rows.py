"""An item as a row of the database: what the columns say of it, and what they are made from.

Used by `store_items`. Threading: pure functions.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from lxml import etree

from ewsfs.sandbox.ids import change_key
from ewsfs.sandbox.item_cache import StoredItem
from ewsfs.sandbox.model import TYPES, Item, t
from ewsfs.sandbox.values import format_datetime, parse_datetime

_PREFIXES = {
    "CalendarItem": b"\x0f\x00\x00",
    "Contact": b"\x11\x00\x00",
    "DistributionList": b"\x12\x00\x00",
    "Task": b"\x13\x00\x00",
}
LONG = frozenset({t("Body"), t("InternetMessageHeaders")})  # left out of the short form


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What the columns say of an item. origin: the folder from which it was soft-deleted, or ""."""

    id: str
    mailbox: str
    folder: str
    kind: str
    item_class: str
    associated: bool
    created_number: int
    change_number: int
    content_number: int
    is_read: bool
    origin: str

    @property
    def change_key(self) -> str:
        return key_of(self.kind, self.change_number)


ROW = (
    "id, mailbox, folder, kind, class, associated, created_number, change_number, content_number, "
    "coalesce(is_read, 1), coalesce(origin, '')"
)


def key_of(kind: str, number: int) -> str:
    """The change key of an item of that kind at that change number."""
    return change_key(number, _PREFIXES.get(kind, b"\x09\x00\x00"))


def row_of(values: tuple[Any, ...]) -> ItemRow:
    """The row of the values of ROW."""
    identifier, mailbox, folder, kind, item_class, associated, created, changed, content, is_read, origin = values
    return ItemRow(
        identifier,
        mailbox,
        folder,
        kind,
        item_class,
        bool(associated),
        created,
        changed,
        content,
        bool(is_read),
        origin,
    )


def columns_of(item: Item) -> dict[str, Any]:
    """The columns that are made from the content of an item."""
    recurring = item.properties.find("{*}Recurrence") is not None
    starts, ends = (None, None) if recurring else (_instant(item, "Start"), _instant(item, "End"))
    return {
        "class": item.get("ItemClass") or "IPM.Note",
        "created": format_datetime(item.created),
        "modified": format_datetime(item.modified),
        "received": _instant(item, "DateTimeReceived") or format_datetime(item.created),
        "starts": starts,
        "ends": ends,
        "subject": item.get("Subject"),
        "is_read": _flag(item),
        "has_attachments": bool(item.attachments),
        "size": item.added_up() if isinstance(item, StoredItem) else item.size,
        "listing": _short_form(item.properties),
        "properties": etree.tostring(item.properties, encoding="unicode"),
    }


def moment(text: str) -> datetime:
    """What `format_datetime` wrote."""
    return datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)


def _short_form(properties: etree._Element) -> str:
    short = etree.Element(properties.tag, nsmap={"t": TYPES})
    short.extend([copy.deepcopy(child) for child in properties if child.tag not in LONG])
    return etree.tostring(short, encoding="unicode")


def _flag(item: Item) -> bool | None:
    value = item.get("IsRead")
    return None if value is None else value.strip() in {"true", "1"}


def _instant(item: Item, name: str) -> str | None:
    text = item.get(name)
    if not text:
        return None
    try:
        return format_datetime(parse_datetime(text))
    except ValueError:
        return None
