"""Reading a property path of an item: as an element for replies, as a value for searching and sorting.

`reader` is made once per path and request, and then called for each item.

Threading: pure functions of an item.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

from lxml import etree

from ewsfs.sandbox import computed, mapi, schema
from ewsfs.sandbox.computed import NOBODY, View
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Item, t
from ewsfs.sandbox.paths import ExtendedFieldURI, FieldURI, IndexedFieldURI, Path, parse
from ewsfs.sandbox.values import Value, of_element, of_extended, parse_mapi

Reader = Callable[[Item], Value]


def stored_extended(properties: etree._Element, path: ExtendedFieldURI) -> etree._Element | None:
    """The ExtendedProperty element that is kept for a path, None when it isn't set."""
    for element in properties.iterfind(t("ExtendedProperty")):
        field = element.find(t("ExtendedFieldURI"))
        if field is not None and _same(field, path):
            return element
    return None


def _same(field: etree._Element, path: ExtendedFieldURI) -> bool:
    try:
        found = parse(field)
    except ResponseError:
        return False
    return isinstance(found, ExtendedFieldURI) and (
        found.tag,
        found.property_set,
        found.id,
        None if found.name is None else found.name.casefold(),
    ) == (path.tag, path.property_set, path.id, None if path.name is None else path.name.casefold())


def extended_text(item: Item, path: ExtendedFieldURI, view: View = NOBODY) -> str | None:
    """The text of an extended property that is the same as another property, None when it is its own or not set."""
    special = mapi.read_special(item, path)
    if special is not None:
        return special
    name = mapi.element_name(path)
    if name is None:
        return None
    prop = schema.by_name(item.kind, name)
    element = item.properties.find(t(name)) if prop is not None else None
    if element is None and (prop is None or prop.computed):
        element = computed.make(item, name, view)
    return None if element is None else mapi.to_text(name, element.text or "")


def extended_element(item: Item, path: ExtendedFieldURI) -> etree._Element | None:
    """The ExtendedProperty element to show for a path, None when the item doesn't have it."""
    kept = stored_extended(item.properties, path)
    if kept is not None:
        element = copy.deepcopy(kept)
        field = element.find(t("ExtendedFieldURI"))
        if field is not None:
            element.replace(field, path.element())
        return element
    text = extended_text(item, path)
    if text is None:
        return None
    element = etree.Element(t("ExtendedProperty"))
    element.append(path.element())
    etree.SubElement(element, t("Value")).text = text
    return element


def reader(path: Path, view: View = NOBODY) -> Reader:
    """A function that gives the value of that path on an item, None where it isn't set or the kind lacks it."""
    if isinstance(path, FieldURI):
        return _field_reader(path.uri, view)
    if isinstance(path, IndexedFieldURI):
        return _indexed_reader(path)
    return _extended_reader(path, view)


def _field_reader(uri: str, view: View) -> Reader:
    def read(item: Item) -> Value:
        prop = schema.find(item.kind, uri)
        if prop is None:
            return None
        element = item.properties.find(prop.tag)
        if element is None:
            if not prop.computed:
                return None
            element = computed.make(item, prop.name, view)
            if element is None:
                return None
        return of_element(prop, element)

    return read


def _indexed_reader(path: IndexedFieldURI) -> Reader:
    container, _, part = schema.INDEXED[path.uri]
    index = path.index.casefold()

    def read(item: Item) -> Value:
        element = item.properties.find(t(container))
        if element is not None:
            for entry in element:
                if (entry.get("Key") or entry.get("HeaderName") or "").casefold() == index:
                    return entry.findtext(t(part)) if part else entry.text or ""
        return None

    return read


def _extended_reader(path: ExtendedFieldURI, view: View) -> Reader:
    def read(item: Item) -> Value:
        kept = stored_extended(item.properties, path)
        if kept is not None:
            return of_extended(path.type, kept)
        text = extended_text(item, path, view)
        if text is None:
            return None
        try:
            return parse_mapi(path.type, text)
        except ResponseError:
            return None

    return read
