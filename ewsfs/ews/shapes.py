"""Which properties a request asks for: m:ItemShape, m:FolderShape, m:AttachmentShape.

Properties are asked for one by one: what the shape "AllProperties" returns differs between servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ewsfs.ews.element import EWSElement
from ewsfs.ews.fieldpath import FieldPath, supported
from ewsfs.ews.properties import IdField, MimeContentField, PartOfIdField
from ewsfs.ews.xmlnames import Element, m, make, t


def item_shape(paths: Iterable[FieldPath], server: str | None) -> Element:
    """The m:ItemShape that asks for some properties. EWS reference: ItemShape."""
    return _shape(m("ItemShape"), paths, server)


def folder_shape(paths: Iterable[FieldPath], server: str | None) -> Element:
    """The m:FolderShape that asks for some properties. EWS reference: FolderShape."""
    return _shape(m("FolderShape"), paths, server)


def attachment_shape(paths: Iterable[FieldPath], server: str | None, *, include_mime: bool) -> Element:
    """The m:AttachmentShape: what comes of an attached item. EWS reference: AttachmentShape."""
    shape = make(m("AttachmentShape"), make(t("IncludeMimeContent"), text="true" if include_mime else "false"))
    properties = _properties(paths, server)
    if len(properties):
        shape.append(properties)
    return shape


def default_paths(kinds: Sequence[type[EWSElement]], server: str | None) -> list[FieldPath]:
    """All properties of some classes but those that are costly or seldom of use."""
    found: dict[object, FieldPath] = {}
    for kind in kinds:
        for field in kind.FIELDS:
            if not field.is_rare:
                found.setdefault(field.uri or field, FieldPath(field))
    return supported(found.values(), server)


def _shape(tag: str, paths: Iterable[FieldPath], server: str | None) -> Element:
    asked = list(paths)
    shape = make(tag, make(t("BaseShape"), text="IdOnly"))
    if any(isinstance(path.field, MimeContentField) for path in asked):
        shape.append(make(t("IncludeMimeContent"), text="true"))
    properties = _properties(asked, server)
    if len(properties):
        shape.append(properties)
    return shape


def _properties(paths: Iterable[FieldPath], server: str | None) -> Element:
    """The t:AdditionalProperties; ids always come, and MIME content has a flag of its own."""
    properties = make(t("AdditionalProperties"))
    seen = set()
    for path in supported(paths, server):
        if isinstance(path.field, (IdField, PartOfIdField, MimeContentField)):
            continue
        for element in path.elements():
            key = tuple(element.attrib.items())
            if key not in seen:
                seen.add(key)
                properties.append(element)
    return properties
