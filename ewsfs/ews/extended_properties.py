"""Extended properties: MAPI properties that EWS has no name for, read and written under names that a program gives.

    class LunchMenu(ExtendedProperty):
        property_set_id = "12345678-1234-1234-1234-123456781234"
        property_name = "Catering from the cafeteria"
        property_type = "String"

    CalendarItem.register("lunch_menu", LunchMenu)

From then on `lunch_menu` is a field like any other, of that class and of those made from it. Registering is for the
start of a program: it changes classes, and waits for nobody.
"""

from __future__ import annotations

import binascii
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from lxml import etree

from ewsfs.ews.element import EWSElement, FieldTable, Reader
from ewsfs.ews.ewsdatetime import EWSDateTime
from ewsfs.ews.fields import Field
from ewsfs.ews.xmlnames import Element, child, children, clean, local, t, xml_text

# [MS-OXPROPS] 1.3.2, commonly used property sets, by the names that EWS has for them.
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


class Kind(NamedTuple):
    """How values of a MAPI type are kept, written and read."""

    python_type: type
    accepts: tuple[type, ...]
    write: Callable[[Any], str]
    read: Callable[[str], Any]


def _read_bool(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]


def _read_guid(text: str) -> str:
    return str(UUID(text.strip()))


_INTEGER = Kind(int, (int,), xml_text, int)
_FLOAT = Kind(float, (float, int), lambda value: repr(float(value)), float)
KINDS: dict[str, Kind] = {
    "ApplicationTime": _FLOAT,
    "Binary": Kind(
        bytes,
        (bytes, bytearray),
        lambda value: binascii.b2a_base64(value, newline=False).decode("ascii"),
        binascii.a2b_base64,
    ),
    "Boolean": Kind(bool, (bool,), xml_text, _read_bool),
    "CLSID": Kind(str, (str, UUID), lambda value: str(UUID(str(value))), _read_guid),
    "Currency": _INTEGER,  # in ten-thousandths, as MAPI has it ([MS-OXCDATA] 2.11.1)
    "Double": _FLOAT,
    "Float": _FLOAT,
    "Integer": _INTEGER,
    "Long": _INTEGER,
    "Short": _INTEGER,
    "String": Kind(str, (str,), clean, str),
    "SystemTime": Kind(
        EWSDateTime,
        (datetime,),
        lambda value: EWSDateTime.from_datetime(value).ewsformat(),
        EWSDateTime.from_string,
    ),
}
_RANGES = {"Short": 15, "Integer": 31, "Long": 63, "Currency": 63}
UNUSABLE_TYPES = ("Error", "Null", "Object", "ObjectArray")  # in the schema, but never in a reply or a search
PROPERTY_TYPES = (*KINDS, *(f"{name}Array" for name in KINDS if name != "Boolean"), *UNUSABLE_TYPES)


class PropertyKey(NamedTuple):
    """What identifies a property, however it is written: a tag, or a set with a name or a number."""

    property_set: str
    identity: str | int


class ExtendedProperty:
    """EWS reference: ExtendedProperty, ExtendedFieldURI. A subclass says which property it is.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/extendedproperty

    property_tag: a number or its hexadecimal text, alone; or one of distinguished_property_set_id (a name out of
    PROPERTY_SETS) and property_set_id (a GUID), with one of property_name and property_id (a number).
    property_type: one of PROPERTY_TYPES.
    """

    distinguished_property_set_id: ClassVar[str | None] = None
    property_set_id: ClassVar[str | None] = None
    property_tag: ClassVar[int | str | None] = None
    property_name: ClassVar[str | None] = None
    property_id: ClassVar[int | None] = None
    property_type: ClassVar[str] = ""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExtendedProperty):
            return NotImplemented
        return type(self) is type(other) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"

    @classmethod
    def validate(cls) -> None:
        """Raises ValueError when the class doesn't say exactly one property."""
        sets = [s for s in (cls.distinguished_property_set_id, cls.property_set_id) if s is not None]
        names = [n for n in (cls.property_name, cls.property_id) if n is not None]
        if cls.property_type not in PROPERTY_TYPES:
            raise ValueError(f"{cls.__name__}: property_type must be one of {', '.join(PROPERTY_TYPES)}")
        if cls.property_type in UNUSABLE_TYPES:
            raise ValueError(f"{cls.__name__}: EWS returns no properties of type {cls.property_type}")
        if cls.property_tag is not None:
            if sets or names:
                raise ValueError(f"{cls.__name__}: a property_tag stands alone")
            tag = _tag_number(cls.property_tag)
            if tag is None or not 0 <= tag <= 0xFFFF:
                raise ValueError(f"{cls.__name__}: property_tag must be from 0 to 0xFFFF")
            if 0x8000 <= tag <= 0xFFFE:
                raise ValueError(f"{cls.__name__}: tags from 0x8000 to 0xFFFE belong to named properties")
            return
        if len(sets) != 1 or len(names) != 1:
            raise ValueError(
                f"{cls.__name__}: needs a property_tag, or one of distinguished_property_set_id and"
                " property_set_id with one of property_name and property_id"
            )
        if cls.distinguished_property_set_id is not None:
            if cls.distinguished_property_set_id not in PROPERTY_SETS:
                raise ValueError(
                    f"{cls.__name__}: distinguished_property_set_id must be one of {', '.join(PROPERTY_SETS)}"
                )
        else:
            try:
                UUID(str(cls.property_set_id))
            except ValueError:
                raise ValueError(f"{cls.__name__}: property_set_id must be a GUID") from None

    @classmethod
    def uri_element(cls) -> Element:
        """The t:ExtendedFieldURI that names the property."""
        element = etree.Element(t("ExtendedFieldURI"))
        tag = _tag_number(cls.property_tag)
        for name, value in (
            ("DistinguishedPropertySetId", cls.distinguished_property_set_id),
            ("PropertySetId", cls.property_set_id),
            ("PropertyTag", None if tag is None else f"0x{tag:04x}"),
            ("PropertyName", cls.property_name),
            ("PropertyId", cls.property_id),
            ("PropertyType", cls.property_type),
        ):
            if value is not None:
                element.set(name, xml_text(value))
        return element

    @classmethod
    def key(cls) -> PropertyKey:
        return property_key(
            cls.distinguished_property_set_id,
            cls.property_set_id,
            cls.property_tag,
            cls.property_name,
            cls.property_id,
        )


def property_key(
    distinguished: str | None, guid: str | None, tag: str | int | None, name: str | None, number: str | int | None
) -> PropertyKey:
    """The key of a property from the attributes of a t:ExtendedFieldURI."""
    if tag is not None:
        return PropertyKey("", _tag_number(tag) or 0)
    if distinguished is not None:
        guid = PROPERTY_SETS.get(distinguished, distinguished)
    guid = (guid or "").strip("{}").lower()
    if name is not None:
        # Headers are kept in small letters, whatever they were written in ([MS-OXCMSG] 2.1.3.1.1).
        return PropertyKey(guid, name.lower() if guid == PROPERTY_SETS["InternetHeaders"] else name)
    return PropertyKey(guid, _tag_number(number) or 0)


def _tag_number(tag: str | int | None) -> int | None:
    if tag is None or isinstance(tag, int):
        return tag
    try:
        return int(tag, 0)
    except ValueError:
        return None


class ExtendedField(Field[Any]):
    """A field whose value is an extended property. Made by `register`."""

    is_extended = True
    is_read_by_tag = False

    def __init__(self, name: str, kind: type[ExtendedProperty]) -> None:
        super().__init__("ExtendedProperty")
        self.name = name
        self.kind = kind
        self.is_array = kind.property_type.endswith("Array")
        self.mutable = self.is_array
        self._type = kind.property_type.removesuffix("Array")
        self._kind = KINDS[self._type]
        self.is_searchable = not self.is_array

    def __repr__(self) -> str:
        return f"ExtendedField({self.name!r}, {self.kind.__name__})"

    @property
    def type(self) -> type:
        return list if self.is_array else self._kind.python_type

    def _checked(self, value: Any) -> Any:
        if isinstance(value, ExtendedProperty):
            value = value.value
        if not self.is_array:
            return self._checked_one(value)
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise self.wrong_type(value, "a list")
        return [self._checked_one(one) for one in value]

    def _checked_one(self, value: Any) -> Any:
        wanted = self._kind.python_type
        if not isinstance(value, self._kind.accepts) or (isinstance(value, bool) and wanted is not bool):
            raise self.wrong_type(value, wanted.__name__)
        try:
            return self._in_range(value)
        except ValueError as error:
            raise self.wrong_value(value, str(error)) from None

    def _in_range(self, value: Any) -> Any:
        bits = _RANGES.get(self._type)
        if bits is not None and not -(2**bits) <= value < 2**bits:
            raise ValueError(f"must fit into {bits + 1} bits")
        if isinstance(value, datetime):
            return EWSDateTime.from_datetime(value)
        if self._type == "CLSID":
            return _read_guid(str(value))
        if self._type == "Binary":
            return bytes(value)
        if self._type in ("Double", "Float", "ApplicationTime"):
            number = float(value)
            if not math.isfinite(number):
                raise ValueError("must be a finite number")
            return number
        return value

    def as_text(self, value: Any) -> str:
        return self._kind.write(value)

    def parse(self, element: Element) -> Any:
        if not self.is_array:
            value = child(element, "Value")
            return None if value is None else self._parse_one(value.text or "")
        found = [self._parse_one(node.text or "") for node in children(child(element, "Values"))]
        return [value for value in found if value is not None]

    def _parse_one(self, text: str) -> Any:
        try:
            return self._kind.read(text)
        except (ValueError, KeyError, binascii.Error, OverflowError):
            return None

    def render(self, value: Any) -> Element | None:
        element = etree.Element(self.tag)
        element.append(self.kind.uri_element())
        if self.is_array:
            if not value:
                return None
            holder = etree.SubElement(element, t("Values"))
            for one in value:
                etree.SubElement(holder, t("Value")).text = self.as_text(self._checked_one(one))
        else:
            etree.SubElement(element, t("Value")).text = self.as_text(value)
        return element


class Extensible(EWSElement):
    """An element that can have extended properties: an item or a folder."""

    __slots__ = ()

    @classmethod
    def register(cls, name: str, kind: type[ExtendedProperty]) -> None:
        """Make a property available as a field, of this class and of those made from it.

        Raises: ValueError when the name is taken or `kind` names no property, TypeError for other classes.
        """
        if not (isinstance(kind, type) and issubclass(kind, ExtendedProperty)):
            raise TypeError(f"{kind!r} is no subclass of ExtendedProperty")
        kind.validate()
        if not name.isidentifier() or "__" in name or name.startswith("_"):
            raise ValueError(f"{name!r} can't be the name of a field")
        for other in (cls, *_below(cls)):
            if hasattr(other, name):
                raise ValueError(f"{other.__name__} has {name!r} already")
        setattr(cls, name, ExtendedField(name, kind))
        FieldTable.generations += 1

    @classmethod
    def deregister(cls, name: str) -> None:
        """Take back a `register` of this class. Raises: ValueError when there was none."""
        if not isinstance(vars(cls).get(name), ExtendedField):
            raise ValueError(f"{name!r} was not registered with {cls.__name__}")
        delattr(cls, name)
        FieldTable.generations += 1

    @classmethod
    def _extended_reader(cls, fields: list[Field[Any]]) -> Reader:
        by_key: dict[PropertyKey, list[ExtendedField]] = {}
        for field in fields:
            assert isinstance(field, ExtendedField)
            by_key.setdefault(field.kind.key(), []).append(field)

        def read(element: Element, values: dict[str, Any]) -> None:
            for node in element:
                if local(node) == "ExtendedFieldURI":
                    get = node.get
                    key = property_key(
                        get("DistinguishedPropertySetId"),
                        get("PropertySetId"),
                        get("PropertyTag"),
                        get("PropertyName"),
                        get("PropertyId"),
                    )
                    for field in by_key.get(key, ()):
                        field.read(element, values)
                    return

        return read


def _below(cls: type[Extensible]) -> list[type[Extensible]]:
    direct: list[type[Extensible]] = cls.__subclasses__()
    return [*direct, *(found for one in direct for found in _below(one))]
