"""The namespaces of EWS and the few helpers that make and find its elements by name.

Used by every module of `ewsfs.ews` that touches XML. Pure functions. Names are matched with their namespace,
never by prefix: servers choose prefixes as they like.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"
AUTODISCOVER = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
NSMAP = {"s": SOAP, "m": MESSAGES, "t": TYPES}

# Everything outside of Char of XML 1.0 (https://www.w3.org/TR/xml/#charsets); lone surrogates are among it.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class ForbiddenCharacters(UserWarning):
    """A text that was to be sent had characters that XML 1.0 can't carry; they were left out."""


def t(name: str) -> str:
    """The name of an element of the types namespace as lxml writes it: {namespace}name."""
    return f"{{{TYPES}}}{name}"


def m(name: str) -> str:
    """The name of an element of the messages namespace as lxml writes it: {namespace}name."""
    return f"{{{MESSAGES}}}{name}"


def local(element: Element) -> str:
    """The name of an element without its namespace, "" for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def clean(text: str) -> str:
    """The text without the characters that XML 1.0 forbids.

    Warns with `ForbiddenCharacters` when there were any, so that nothing disappears unnoticed.
    """
    cleaned = _FORBIDDEN.sub("", text)
    if len(cleaned) != len(text):
        warnings.warn(
            f"{len(text) - len(cleaned)} characters that XML forbids were removed from what is sent",
            ForbiddenCharacters,
            stacklevel=3,
        )
    return cleaned


def make(tag: str, *children: Element, text: str | None = None, **attributes: str | bool | int | None) -> Element:
    """An element with children, text and attributes, for example make(t("ItemId"), Id="AAMk").

    Parameters: `tag`, from `t` or `m`; `text` is cleaned; attributes that are None are left out, booleans are
    written as XML Schema has them. The children are moved into the element, not copied.
    """
    element = etree.Element(tag, nsmap=NSMAP)
    for name, value in attributes.items():
        if value is not None:
            element.set(name, xml_text(value))
    if text is not None:
        element.text = clean(text)
    element.extend(children)
    return element


def xml_text(value: str | bool | int) -> str:
    """A value as XML Schema writes it: true and false, digits, or the cleaned text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean(value) if isinstance(value, str) else str(value)


def child(element: Element, name: str) -> Element | None:
    """The first child of that local name, whatever its namespace."""
    return next((node for node in element if local(node) == name), None)


def children(element: Element | None) -> Iterator[Element]:
    """The child elements, comments and processing instructions left out; nothing for None."""
    if element is None:
        return iter(())
    return (node for node in element if isinstance(node.tag, str))


def find(element: Element, *path: str) -> Element | None:
    """The element below, by local names from child to child, None when one of them is missing."""
    current: Element | None = element
    for name in path:
        if current is None:
            return None
        current = child(current, name)
    return current


def text_of(element: Element | None, *path: str) -> str | None:
    """The text of the element below, None when it is missing, "" when it is empty."""
    found = None if element is None else find(element, *path)
    return None if found is None else (found.text or "")


def texts(elements: Iterable[Element]) -> list[str]:
    """The text of each element, "" for an empty one."""
    return [element.text or "" for element in elements]
