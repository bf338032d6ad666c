"""User configuration objects: settings that programs keep in a folder, out of sight."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ewsfs.ews.element import EWSElement
from ewsfs.ews.ewsdatetime import EWSDateTime
from ewsfs.ews.fields import Field
from ewsfs.ews.listfields import BinaryField
from ewsfs.ews.properties import IdField, PartOfIdField
from ewsfs.ews.xmlnames import Element, child, children, clean, local, make, t, text_of

_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)


def _write(value: Any) -> Element | None:
    """The type and values of an entry of a dictionary."""
    if isinstance(value, bool):
        kind, texts = "Boolean", ["true" if value else "false"]
    elif isinstance(value, int):
        kind = "Integer32" if value in _INT32 else "Integer64" if value in _INT64 else "UnsignedInteger64"
        texts = [str(value)]
    elif isinstance(value, str):
        kind, texts = "String", [clean(value)]
    elif isinstance(value, datetime):
        kind, texts = "DateTime", [EWSDateTime.from_datetime(value).ewsformat()]
    elif isinstance(value, bytes):
        kind, texts = "ByteArray", [binascii.b2a_base64(value, newline=False).decode("ascii")]
    elif isinstance(value, (list, tuple)) and value and all(isinstance(one, str) for one in value):
        kind, texts = "StringArray", [clean(one) for one in value]
    else:
        return None
    return make(t("x"), make(t("Type"), text=kind), *(make(t("Value"), text=text) for text in texts))


def _read(element: Element | None) -> Any:
    """The value of an entry; its text where the type is unknown."""
    if element is None:
        return None
    kind = text_of(element, "Type") or ""
    texts = [node.text or "" for node in children(element) if local(node) == "Value"]
    if kind == "StringArray":
        return texts
    text = texts[0] if texts else ""
    try:
        if kind == "Boolean":
            return text.strip().lower() in ("true", "1")
        if "Integer" in kind or kind == "Byte":
            return int(text)
        if kind == "DateTime":
            return EWSDateTime.from_string(text)
        if kind == "ByteArray":
            return binascii.a2b_base64(text)
    except (ValueError, binascii.Error):
        return text
    return text


class DictionaryField(Field[dict[Any, Any]]):
    """EWS reference: Dictionary. Keys and values are bool, int, str, bytes, datetime or lists of str."""

    python_type = dict
    mutable = True

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: Mapping[Any, Any] | None) -> None: ...

    def _checked(self, value: Any) -> dict[Any, Any]:
        if not isinstance(value, Mapping):
            raise self.wrong_type(value)
        for entry in value.items():
            if any(_write(one) is None for one in entry):
                raise self.wrong_value(entry, "holds bool, int, str, bytes, datetime or lists of str")
        return dict(value)

    def parse(self, element: Element) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for entry in children(element):
            key = _read(child(entry, "DictionaryKey"))
            if key is not None and not isinstance(key, list):
                found[key] = _read(child(entry, "DictionaryValue"))
        return found

    def render(self, value: dict[Any, Any]) -> Element:
        dictionary = make(self.tag)
        for pair in value.items():
            entry = make(t("DictionaryEntry"))
            for name, one in zip(("DictionaryKey", "DictionaryValue"), pair, strict=True):
                written = _write(one)
                if written is None:
                    raise self.wrong_value(pair, "holds bool, int, str, bytes, datetime or lists of str")
                written.tag = t(name)
                entry.append(written)
            dictionary.append(entry)
        return dictionary


class UserConfiguration(EWSElement):
    """EWS reference: UserConfiguration. Settings in up to three forms.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/userconfiguration
    """

    __slots__ = ()
    ELEMENT = "UserConfiguration"

    item_id = IdField("ItemId")
    changekey = PartOfIdField("ItemId")
    dictionary = DictionaryField("Dictionary")
    xml_data = BinaryField("XmlData")
    binary_data = BinaryField("BinaryData")

    def contents(self) -> list[Element]:
        """What a request says of it."""
        cls = type(self)
        holder = make(t("x"))
        for field in (cls.dictionary, cls.xml_data, cls.binary_data):
            field.write(holder, self._values)
        return list(holder)
