"""Extended properties: kept as ExtendedProperty elements, unless they are the same thing as another property.

Source: "ExtendedProperty", "ExtendedFieldURI" in the EWS reference.

Threading: pure functions of an element.
"""

from __future__ import annotations

from lxml import etree

from ewsfs.sandbox import mapi, schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.fields import stored_extended
from ewsfs.sandbox.model import children, local, t
from ewsfs.sandbox.paths import ExtendedFieldURI, parse
from ewsfs.sandbox.text import xml_safe
from ewsfs.sandbox.values import format_value, parse_mapi


def path_of(element: etree._Element) -> ExtendedFieldURI:
    """Which property an ExtendedProperty element is of. Raises ResponseError when it doesn't say."""
    field = element.find(t("ExtendedFieldURI"))
    path = None if field is None else parse(field)
    if not isinstance(path, ExtendedFieldURI):
        raise ResponseError("ErrorInvalidExtendedProperty", "The extended property has no ExtendedFieldURI.")
    return path


def store(properties: etree._Element, element: etree._Element) -> None:
    """Set the property that an ExtendedProperty element of a request is.

    Raises ResponseError: ErrorInvalidExtendedProperty, ErrorInvalidExtendedPropertyValue.
    """
    path = path_of(element)
    value, values = element.find(t("Value")), element.find(t("Values"))
    if path.is_array != (values is not None):
        raise ResponseError(
            "ErrorInvalidExtendedPropertyValue", f"{path} takes {'Values' if path.is_array else 'one Value'}."
        )
    if value is not None and mapi.write(properties, path, value.text or ""):
        return
    new = etree.Element(t("ExtendedProperty"))
    new.append(path.element())
    if values is not None:
        base = path.type.removesuffix("Array")
        container = etree.SubElement(new, t("Values"))
        for child in children(values):
            if local(child) == "Value":
                etree.SubElement(container, t("Value")).text = _text(base, child.text or "")
    else:
        etree.SubElement(new, t("Value")).text = _text(path.type, "" if value is None else value.text or "")
    delete(properties, path)
    schema.insert(properties, new)


def _text(kind: str, text: str) -> str:
    value = parse_mapi(kind, text)
    return xml_safe(text if isinstance(value, str) else format_value(value))


def delete(properties: etree._Element, path: ExtendedFieldURI) -> None:
    """Remove a property; nothing happens when it isn't set. Raises ResponseError for one that can't be removed."""
    kept = stored_extended(properties, path)
    if kept is not None:
        properties.remove(kept)
