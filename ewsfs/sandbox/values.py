"""Property values as Python values: what restrictions compare, sort orders order and queries look through.

| type                           | value                                                      |
|--------------------------------|------------------------------------------------------------|
| boolean, int, long, double     | bool, int, float                                           |
| datetime                       | datetime, always in UTC                                    |
| enumeration                    | str                                                        |
| recipients, attendees, members | list of names and addresses, since a search meets either   |
| arrays                         | list                                                       |
| everything else                | str                                                        |

A property that isn't set has the value None.

Threading: pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import date, datetime, timedelta, timezone, tzinfo
from uuid import UUID

from lxml import etree

from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import local, t
from ewsfs.sandbox.schema import Property, Type

Scalar = str | bool | int | float | datetime
Value = Scalar | list[Scalar] | None

UTC = timezone.utc
_DATETIME = re.compile(
    r"\s*(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?\s*(Z|[+-]\d\d:\d\d)?\s*", re.ASCII
)


def parse_datetime(text: str, zone: tzinfo = UTC) -> datetime:
    """An xs:dateTime or xs:date in UTC.

    zone: which zone a text without offset means. Raises ValueError for anything else.
    """
    found = _DATETIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no dateTime")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    extra = timedelta(0)
    if hour == "24":
        hour, extra = "00", timedelta(days=1)
    naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), microsecond)
    try:
        if offset is None:
            return (naive.replace(tzinfo=zone) + extra).astimezone(UTC)
        if offset != "Z":
            shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
            naive -= shift if offset[0] == "+" else -shift
        return (naive + extra).replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None


def parse_date(text: str) -> date:
    """An xs:date, whatever offset it carries; of an xs:dateTime the date as written. Raises ValueError."""
    found = _DATETIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no date")
    return date(int(found[1]), int(found[2]), int(found[3]))


def format_datetime(moment: datetime) -> str:
    """An instant as Exchange writes it: UTC, whole seconds, Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")


def parse_boolean(text: str) -> bool:
    """An xs:boolean. Raises ValueError."""
    folded = text.strip().lower()
    if folded in {"true", "1"}:
        return True
    if folded in {"false", "0"}:
        return False
    raise ValueError(f"{text!r} is no boolean")


def format_boolean(value: bool) -> str:
    return "true" if value else "false"


def write_booleans(element: etree._Element, names: Container[str]) -> None:
    """Write the booleans below an element as the server does ("true" for "1"), in place.

    names: local names of the elements that hold one; what is none is left alone.
    """
    for found in element.iter(etree.Element):
        if local(found) in names and found.text in {"0", "1"}:
            found.text = format_boolean(found.text == "1")


def parse_scalar(kind: Type, text: str) -> Scalar:
    """A text as the value of a property of that type. Raises ValueError when it is none."""
    if kind is Type.BOOLEAN:
        return parse_boolean(text)
    if kind in {Type.INT, Type.LONG}:
        return int(text)
    if kind is Type.DOUBLE:
        return float(text)
    if kind is Type.DATETIME:
        return parse_datetime(text)
    return text


def mailbox_strings(element: etree._Element) -> list[Scalar]:
    """The names and addresses of every Mailbox below an element."""
    found: list[Scalar] = []
    for mailbox in element.iter(t("Mailbox")):
        for child in mailbox:
            if local(child) in {"Name", "EmailAddress"} and child.text:
                found.append(child.text)
    return found


def of_element(prop: Property, element: etree._Element) -> Value:
    """The value of a property from its element; what can't be read as its type counts as not set."""
    kind = prop.type
    if kind in {Type.RECIPIENT, Type.RECIPIENTS, Type.ATTENDEES, Type.MEMBERS}:
        return mailbox_strings(element)
    if kind is Type.STRINGS:
        return [child.text or "" for child in element]
    if kind is Type.FLAG:
        return element.findtext(t("FlagStatus"))
    if kind is Type.ID:
        return element.get("Id")
    if len(element):
        return [str(text) for text in element.itertext() if text.strip()]
    try:
        return parse_scalar(kind, element.text or "")
    except ValueError:
        return None


_MAPI_SCALARS: dict[str, Type] = {
    "Boolean": Type.BOOLEAN,
    "Integer": Type.INT,
    "Short": Type.INT,
    "Long": Type.LONG,
    "Currency": Type.LONG,
    "Double": Type.DOUBLE,
    "Float": Type.DOUBLE,
    "ApplicationTime": Type.DOUBLE,
    "SystemTime": Type.DATETIME,
}
_RANGES = {"Short": 15, "Integer": 31, "Long": 63, "Currency": 63}


def parse_mapi(kind: str, text: str) -> Scalar:
    """A text as the value of one extended property of that PropertyType (without "Array").

    Raises ResponseError: ErrorInvalidExtendedPropertyValue.
    """
    try:
        if kind == "CLSID":
            return str(UUID(text.strip()))
        value = parse_scalar(_MAPI_SCALARS.get(kind, Type.STRING), text)
    except ValueError:
        raise ResponseError("ErrorInvalidExtendedPropertyValue", f"{text!r} is no value of the type {kind}.") from None
    bits = _RANGES.get(kind)
    if bits and isinstance(value, int) and not -(1 << bits) <= value < (1 << bits):
        raise ResponseError("ErrorInvalidExtendedPropertyValue", f"{text!r} doesn't fit the type {kind}.")
    return value


def of_extended(kind: str, element: etree._Element) -> Value:
    """The value of an ExtendedProperty element; what can't be read as its type counts as not set."""
    try:
        if kind.endswith("Array"):
            values = element.find(t("Values"))
            if values is None:
                return None
            return [parse_mapi(kind[:-5], child.text or "") for child in values if local(child) == "Value"]
        text = element.findtext(t("Value"))
        return None if text is None else parse_mapi(kind, text)
    except ResponseError:
        return None


def format_value(value: Scalar) -> str:
    """A value as it is written into XML."""
    if isinstance(value, bool):
        return format_boolean(value)
    if isinstance(value, datetime):
        return format_datetime(value)
    return str(value)
