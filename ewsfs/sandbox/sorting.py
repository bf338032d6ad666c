"""Sort orders: items put in order by several properties, each ascending or descending.

Dates sort as instants, numbers as numbers, enumerations in the order in which MAPI numbers them, text without case.
Items without a value come first when ascending. Equal items keep the order in which they were.

Source: "SortOrder", "FieldOrder" in the EWS reference.

Threading: pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.fields import Reader, reader
from ewsfs.sandbox.model import Item, children
from ewsfs.sandbox.paths import FieldURI, Path, find_in, parse
from ewsfs.sandbox.schema import Type
from ewsfs.sandbox.values import Value
from ewsfs.sandbox.view import NOBODY, View

Key = tuple[int, int | float | str]


def sort_items(items: Sequence[Item], order: etree._Element | None, *, view: View = NOBODY) -> list[Item]:
    """The items in the order of a SortOrder element (None: as they are).

    Raises ResponseError: ErrorUnsupportedPathForSortGroup for a property that has no order.
    """
    found = list(items)
    fields = [] if order is None else list(children(order))
    for field in reversed(fields):
        found.sort(key=sort_key(parse(find_in(field)), view), reverse=field.get("Order") == "Descending")
    return found


def sort_key(path: Path, view: View = NOBODY) -> Callable[[Item], Key]:
    """A function that gives what items are compared by. Raises ResponseError as `sort_items` does."""
    ranks: dict[str, int] = {}
    if isinstance(path, FieldURI):
        prop = schema.known(path.uri)
        if prop is None or not prop.searchable or prop.type is Type.BODY:
            raise ResponseError(
                "ErrorUnsupportedPathForSortGroup", f"Items can't be sorted by {path.uri}.", path=path.uri
            )
        ranks = {value: rank for rank, value in enumerate(prop.values)}
    read: Reader = reader(path, view)

    def key(item: Item) -> Key:
        return _key(read(item), ranks)

    return key


def _key(value: Value, ranks: dict[str, int]) -> Key:
    """Values of one path are of one type; the number in front keeps what is missing apart."""
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None:
        return 0, 0
    if isinstance(value, str):
        rank = ranks.get(value)
        return (1, rank) if rank is not None else (2, value.casefold())
    if isinstance(value, datetime):
        return 1, value.timestamp()
    return 1, value
