"""Changes of one entry of a dictionary: a telephone number, a part of an address, a member of a list.

Source: "IndexedFieldURI" in the EWS reference.

Threading: changes the item that it is given.
"""

from __future__ import annotations

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Item, children, local, t
from ewsfs.sandbox.paths import IndexedFieldURI
from ewsfs.sandbox.schema import ADDRESS_PARTS, Property


def _container(item: Item, path: IndexedFieldURI, code: str) -> tuple[Property, str]:
    """The property that holds the entries, and the part of an address that the path means ("" for others)."""
    name, uri, part = schema.INDEXED[path.uri]
    prop = schema.find(item.kind, uri)
    if prop is None or not prop.writable:
        raise ResponseError(code, f"{path} can't be changed on a {item.kind}.", path=path.uri)
    keys = schema.INDEX_KEYS.get(name)
    if keys is not None and path.index not in keys:
        code = "ErrorInvalidContactEmailIndex" if name == "EmailAddresses" else code
        raise ResponseError(code, f"{path.index!r} is no index of {path.uri}.", path=path.uri)
    return prop, part


def set_entry(item: Item, path: IndexedFieldURI, value: etree._Element) -> Property:
    """Set the entry that a path names from the container that a change brings along.

    Raises ResponseError: ErrorInvalidPropertySet, ErrorUpdatePropertyMismatch.
    """
    prop, part = _container(item, path, "ErrorInvalidPropertySet")
    entry = next((one for one in children(value) if one.get("Key") == path.index), None)
    if local(value) != prop.name or entry is None:
        raise ResponseError("ErrorUpdatePropertyMismatch", f"{path} isn't what the change sets.", path=path.uri)
    container = item.properties.find(prop.tag)
    if container is None:
        container = etree.Element(prop.tag)
        schema.insert(item.properties, container)
    old = _entry(container, path.index)
    if not part:
        if old is None:
            container.append(entry)
        else:
            container.replace(old, entry)
    else:
        new = entry.find(t(part))
        if new is None:
            raise ResponseError("ErrorUpdatePropertyMismatch", f"{path} isn't what the change sets.", path=path.uri)
        if old is None:
            old = etree.SubElement(container, t("Entry"), Key=path.index)
        _set_part(old, part, new)
    _order(container, prop.name)
    return prop


def _entry(container: etree._Element, key: str) -> etree._Element | None:
    return next((one for one in children(container) if one.get("Key") == key), None)


def _set_part(entry: etree._Element, part: str, new: etree._Element) -> None:
    found = {local(child): child for child in children(entry)}
    found[part] = new
    entry[:] = [found[name] for name in ADDRESS_PARTS if name in found]


def _order(container: etree._Element, name: str) -> None:
    keys = schema.INDEX_KEYS.get(name)
    if keys is not None:
        container[:] = sorted(container, key=lambda one: keys.index(one.get("Key", keys[0])))


def delete_entry(item: Item, path: IndexedFieldURI) -> Property:
    """Remove the entry (or the part of an address) that a path names; nothing happens when it isn't there.

    Raises ResponseError: ErrorInvalidPropertyDelete.
    """
    prop, part = _container(item, path, "ErrorInvalidPropertyDelete")
    container = item.properties.find(prop.tag)
    entry = None if container is None else _entry(container, path.index)
    if container is None or entry is None:
        return prop
    if part:
        for child in entry.findall(t(part)):
            entry.remove(child)
    if not part or not len(entry):
        container.remove(entry)
    if not len(container):
        item.properties.remove(container)
    return prop
