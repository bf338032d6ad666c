"""From what programs give as an item's id to the element that requests want, and back from what servers give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from ewsfs.ews.arguments import several
from ewsfs.ews.errors import EWSError
from ewsfs.ews.fieldpath import FieldPath
from ewsfs.ews.ids import ItemId, OccurrenceItemId, RecurringMasterItemId
from ewsfs.ews.items import Item, ItemRef
from ewsfs.ews.xmlnames import Element, children, local, make, t

R = TypeVar("R")


def to_item_id(value: Any) -> Element:
    """The element of an item's id. Raises: TypeError, ValueError for what is none."""
    if isinstance(value, Item):
        return value.id_element()
    if isinstance(value, (ItemId, OccurrenceItemId, RecurringMasterItemId)):
        return value.to_xml()
    if isinstance(value, str):
        found = ItemId(value)
    elif isinstance(value, (tuple, list)) and 1 <= len(value) <= 2:
        found = ItemId(*(part or None for part in value))
    elif hasattr(value, "item_id"):  # an occurrence of a recurring item
        found = ItemId(value.item_id, value.changekey)
    else:
        raise TypeError(f"an item or the id of one is wanted, not {value!r:.200}")
    if not found.id:
        raise ValueError(f"{value!r:.200} has no item id")
    return found.to_xml()


def to_item_ids(values: Iterable[Any]) -> Iterator[Element]:
    """The elements of several items' ids, made when they are needed. Raises: TypeError, ValueError."""
    return map(to_item_id, several(values, "items or their ids"))


def attachment_element(attachment_id: str) -> Element:
    """The t:AttachmentId for an id."""
    return make(t("AttachmentId"), Id=attachment_id)


def take_id(item: Item, element: Element | None) -> ItemRef | None:
    """Put the id that the server gave into an item. Attachments that were created with it get theirs too."""
    if element is None:
        return None
    for node in children(element):
        if local(node) == "ItemId":
            type(item).item_id.read(node, item._values)
        elif local(node) == "Attachments":
            for ours, theirs in zip(item._values.get("attachments") or (), children(node), strict=False):
                for part in children(theirs):
                    if local(part) == "AttachmentId":
                        type(ours).attachment_id.read(part, ours._values)
    return ItemRef(item.item_id, item.changekey or "") if item.item_id else None


def partly_loaded(found: Iterable[Any], paths: Iterable[FieldPath]) -> Iterator[Any]:
    """Items (and errors), which are told that nothing but these fields of them was fetched."""
    names = frozenset(path.field.name for path in paths)
    for item in found:
        if isinstance(item, Item):
            item._partly_loaded(names)
        yield item


def ref_in(found: Element | EWSError | None) -> ItemRef | EWSError | None:
    """The id in what a move or a copy gave back."""
    if found is None or isinstance(found, EWSError):
        return found
    for node in children(found):
        if local(node) == "ItemId" and node.get("Id"):
            return ItemRef(node.get("Id") or "", node.get("ChangeKey") or "")
    return None


def raised(result: R | EWSError) -> R:
    """The result, or its error raised."""
    if isinstance(result, EWSError):
        raise result
    return result
