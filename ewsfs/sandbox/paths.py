"""Property paths: what FieldURI, IndexedFieldURI and ExtendedFieldURI elements name, as values to compare and keep.

`parse` reads an element of a request; `Path.element` makes one for a reply. Two paths are equal when they name the
same property, however they were written: a tag in hexadecimal or decimal, a property set by its GUID or its name.

Threading: paths are immutable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import local, t

# DistinguishedPropertySetId -> GUID ([MS-OXPROPS] 1.3.2, "Commonly Used Property Sets").
PROPERTY_SETS = {
    "Meeting": "6ed8da90-450b-101b-98da-00aa003f1305",
    "Appointment": "00062002-0000-0000-c000-000000000046",
    "Common": "00062008-0000-0000-c000-000000000046",
    "PublicStrings": "00020329-0000-0000-c000-000000000046",
    "Address": "00062004-0000-0000-c000-000000000046",
    "InternetHeaders": "00020386-0000-0000-c000-000000000046",
    "CalendarAssistant": "11000e07-b51b-40d6-af21-caa85edab1d0",
    "UnifiedMessaging": "4442858e-a9e3-4e80-b900-317a210cc15b",
    "Task": "00062003-0000-0000-c000-000000000046",
    "Sharing": "00062040-0000-0000-c000-000000000046",
}

_UNSUPPORTED = frozenset({"Error", "Null", "Object", "ObjectArray"})
_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True)
class FieldURI:
    """A property by its name, for example item:Subject."""

    uri: str

    def element(self) -> etree._Element:
        return etree.Element(t("FieldURI"), FieldURI=self.uri)

    def __str__(self) -> str:
        return self.uri


@dataclass(frozen=True, slots=True)
class IndexedFieldURI:
    """One entry of a dictionary, for example contacts:PhoneNumber with the index HomePhone."""

    uri: str
    index: str

    def element(self) -> etree._Element:
        return etree.Element(t("IndexedFieldURI"), FieldURI=self.uri, FieldIndex=self.index)

    def __str__(self) -> str:
        return f"{self.uri}[{self.index}]"


@dataclass(frozen=True, slots=True)
class ExtendedFieldURI:
    """A MAPI property: by tag, or in a property set by name or number.

    tag: 0 to 0xFFFF, None for a named property. property_set: GUID in small letters. name or id: one of both.
    type: the PropertyType, for example "String" or "IntegerArray".
    """

    type: str
    tag: int | None = None
    property_set: str | None = None
    name: str | None = None
    id: int | None = None

    @property
    def is_array(self) -> bool:
        return self.type.endswith("Array")

    def element(self) -> etree._Element:
        """The element, with the distinguished name of the property set where there is one, as Exchange writes it."""
        attributes: dict[str, str] = {}
        if self.tag is not None:
            attributes["PropertyTag"] = f"0x{self.tag:x}"
        elif self.property_set is not None:
            for name, guid in PROPERTY_SETS.items():
                if guid == self.property_set:
                    attributes["DistinguishedPropertySetId"] = name
                    break
            else:
                attributes["PropertySetId"] = self.property_set
            if self.name is not None:
                attributes["PropertyName"] = self.name
            else:
                attributes["PropertyId"] = str(self.id)
        attributes["PropertyType"] = self.type
        return etree.Element(t("ExtendedFieldURI"), attributes)

    def __str__(self) -> str:
        if self.tag is not None:
            return f"0x{self.tag:04x} ({self.type})"
        return f"{{{self.property_set}}}{self.name if self.name is not None else self.id} ({self.type})"


Path = FieldURI | IndexedFieldURI | ExtendedFieldURI

NAMES = frozenset({"FieldURI", "IndexedFieldURI", "ExtendedFieldURI"})


def parse(element: etree._Element) -> Path:
    """The path that an element names.

    Raises ResponseError: ErrorInvalidExtendedProperty for a contradictory ExtendedFieldURI,
    ErrorUnsupportedMapiPropertyType for the types that can't travel, ErrorInvalidPropertyRequest for an unknown name.
    """
    name = local(element)
    if name == "ExtendedFieldURI":
        return _extended(element)
    uri = element.get("FieldURI", "")
    if name == "IndexedFieldURI":
        if uri not in schema.INDEXED:
            raise ResponseError("ErrorInvalidPropertyRequest", f"There is no indexed property {uri}.", path=uri)
        return IndexedFieldURI(uri, element.get("FieldIndex", ""))
    if name != "FieldURI":
        raise ResponseError("ErrorInvalidRequest", f"{name} is no property path.")
    return FieldURI(uri)


def find_in(element: etree._Element) -> etree._Element:
    """The child that is a property path. Raises ResponseError when there is none."""
    for child in element:
        if local(child) in NAMES:
            return child
    raise ResponseError("ErrorInvalidRequest", f"{local(element)} names no property.")


def _extended(element: etree._Element) -> ExtendedFieldURI:
    kind = element.get("PropertyType", "")
    if kind in _UNSUPPORTED:
        raise ResponseError("ErrorUnsupportedMapiPropertyType", f"Properties of the type {kind} can't be used.")
    tag, name, number = element.get("PropertyTag"), element.get("PropertyName"), element.get("PropertyId")
    distinguished, guid = element.get("DistinguishedPropertySetId"), element.get("PropertySetId")
    wrong = ResponseError(
        "ErrorInvalidExtendedProperty",
        "The combination of attributes on this extended property isn't valid.",
    )
    if tag is not None:
        if not (name is None and number is None and distinguished is None and guid is None):
            raise wrong
        return ExtendedFieldURI(kind, tag=_tag(tag))
    if (distinguished is None) == (guid is None) or (name is None) == (number is None):
        raise wrong
    if distinguished is not None:
        if distinguished not in PROPERTY_SETS:
            raise wrong
        guid = PROPERTY_SETS[distinguished]
    if guid is None or not _GUID.fullmatch(guid):
        raise wrong
    try:
        return ExtendedFieldURI(kind, property_set=guid.lower(), name=name, id=None if number is None else int(number))
    except ValueError:
        raise wrong from None


def _tag(text: str) -> int:
    try:
        tag = int(text, 16) if text[:2] in {"0x", "0X"} else int(text)
    except ValueError:
        tag = -1
    if not 0 <= tag <= 0xFFFF:
        raise ResponseError("ErrorInvalidExtendedProperty", f"{text!r} is no property tag.")
    if tag >= 0x8000:
        raise ResponseError(
            "ErrorNoPropertyTagForCustomProperties",
            "A custom property is named by its property set, not by a tag.",
        )
    return tag
