"""Items for the tests of the content modules: made from XML as CreateItem makes them, rendered, checked."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

import pytest
from lxml import etree

from ewsfs.sandbox import ids
from ewsfs.sandbox.create import Author, draft_from_element
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import MESSAGES, TYPES, Draft, Item
from ewsfs.sandbox.shape import Shape
from tests.schema import load

NOW = datetime(2024, 3, 1, 12, tzinfo=timezone.utc)
AUTHOR = Author("ada@example.test", "Ada", NOW)


def xml(source: str) -> etree._Element:
    """An element from XML that uses the prefixes t and m."""
    wrapped = f'<w xmlns:t="{TYPES}" xmlns:m="{MESSAGES}">{source}</w>'
    return etree.fromstring(wrapped, etree.XMLParser(remove_blank_text=True))[0]


def create(source: str, author: Author = AUTHOR) -> Item:
    """The item that CreateItem would store for this element."""
    return stored(draft_from_element(xml(source), author))


def stored(draft: Draft) -> Item:
    """A draft with ids, as the store gives them."""
    item = draft.item(ids.new_id(ids.IdKind.ITEM), ids.change_key(1), ids.new_id(ids.IdKind.FOLDER), NOW)
    _number(item)
    return item


def _number(item: Item) -> None:
    for number, attachment in enumerate(item.attachments):
        attachment.id = f"attachment {number}"
        if attachment.item is not None:
            _number(attachment.item)


def render(item: Item, base: str = "AllProperties", *, find: bool = False) -> etree._Element:
    """The item as GetItem (or FindItem) shows it, checked against the schema when that is here."""
    element = Shape(base, find=find).render(item)
    assert_valid(element)
    return element


def assert_valid(element: etree._Element) -> None:
    """Fail when an item isn't valid by the schema; without the schema nothing is checked."""
    schema = load()
    if schema is None:
        return
    request = etree.fromstring(f'<m:CreateItem xmlns:m="{MESSAGES}"><m:Items/></m:CreateItem>')
    request[0].append(copy.deepcopy(element))
    assert schema.validate(request), schema.error_log


def text(element: etree._Element, path: str) -> str | None:
    """The text at a path whose steps are names of the types namespace, for example From/Mailbox/Name."""
    return element.findtext("/".join(f"{{{TYPES}}}{step}" for step in path.split("/")))


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The block must raise a ResponseError with that code."""
    with pytest.raises(ResponseError) as info:
        yield
    assert info.value.code == code
