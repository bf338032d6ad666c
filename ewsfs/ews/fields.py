"""Fields: what the classes of items, folders and their parts are declared with.

A field is a descriptor. On a class it is the `Field` itself, with its URI, type, minimum server version and so on; on
an instance it is the value, or None when there is none:

    Message.subject.uri == "item:Subject"
    message.subject: str | None

A value is checked when it is assigned, and an error names the field. What a server sends is read with tolerance: a
value that makes no sense is left out rather than losing the item that holds it.

Used by `element`, `properties`, `items`, `folders`. Fields are made when classes are and don't change: any thread.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast, overload
from urllib.parse import quote

from lxml import etree

from ewsfs.ews.ewsdatetime import UTC, EWSDate, EWSDateTime
from ewsfs.ews.since import OLDEST, note, note_part
from ewsfs.ews.since import is_supported as is_supported  # part of this module's interface
from ewsfs.ews.xmlnames import Element, clean, t, xml_text

if TYPE_CHECKING:
    from typing_extensions import Self

    from ewsfs.ews.element import EWSElement

T = TypeVar("T")

_URI_CHARACTERS = "%:/?#@!$&'()*+,;="  # reserved by RFC 3986, and those that are encoded already
GUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


class Field(Generic[T]):
    """One property of an element of EWS.

    Parameters: `path`, the property's FieldURI ("item:Subject"), or the name of its element alone where it has no
    URI; `element`, its element's name when it isn't the last part of the URI; `since`, the first schema version
    with it; `read_only`, only the server sets it; `read_only_after_send`, nobody changes it once the item was sent;
    `searchable`, it can be filtered and sorted by; `listed`, FindItem and SyncFolderItems return it, else GetItem
    only does; `rare`, it is costly or seldom of use, and only returned when it was asked for by name; `required`, its
    owner can't be sent without.
    """

    python_type: ClassVar[type] = object
    mutable: bool = False
    is_extended: ClassVar[bool] = False
    is_on_owner: ClassVar[bool] = False
    """It is an attribute or the text of the owner's element, not a child of it."""
    is_read_by_tag: ClassVar[bool] = True
    """It is filled from the element of its own name; else another field or its owner does that."""

    def __init__(
        self,
        path: str,
        *,
        element: str | None = None,
        since: str = OLDEST,
        read_only: bool = False,
        read_only_after_send: bool = False,
        searchable: bool = True,
        listed: bool = True,
        rare: bool = False,
        required: bool = False,
    ) -> None:
        self.uri: str | None = path if ":" in path else None
        self.element = element or path.rpartition(":")[2]
        self.tag = t(self.element)
        self.since = since
        self.is_read_only = read_only
        self.is_read_only_after_send = read_only_after_send
        self.is_searchable = searchable and self.uri is not None
        self.is_listed = listed
        self.is_rare = rare
        self.is_required = required
        self.name = ""
        if self.uri is not None:
            note(self.uri, since)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        if self.uri is None and self.since != OLDEST and not self.is_read_only:
            note_part(
                getattr(owner, "ELEMENT", ""), f"@{self.element}" if self.is_on_owner else self.element, self.since
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.uri or self.element!r})"

    @property
    def type(self) -> type:
        """The Python type of a value."""
        return self.python_type

    @overload
    def __get__(self, instance: None, owner: Any = ...) -> Self: ...
    @overload
    def __get__(self, instance: EWSElement, owner: Any = ...) -> T | None: ...
    def __get__(self, instance: EWSElement | None, owner: Any = None) -> Self | T | None:
        if instance is None:
            return self
        value: T | None = instance._values.get(self.name)
        if self.mutable and value is not None:
            instance._was_read(self.name, value)
        return value

    def __set__(self, instance: EWSElement, value: T | None) -> None:
        instance._assign(self, value)

    def clean(self, value: Any) -> T | None:
        """The value as it is kept. Raises: TypeError, ValueError, which name the field."""
        return None if value is None else self._checked(value)

    def _checked(self, value: Any) -> T:
        if not isinstance(value, self.python_type):
            raise self.wrong_type(value)
        return cast("T", value)

    def wrong_type(self, value: object, wanted: str | None = None) -> TypeError:
        return TypeError(f"'{self.name}' must be {wanted or self.python_type.__name__}, not {value!r:.200}")

    def wrong_value(self, value: object, why: str) -> ValueError:
        return ValueError(f"'{self.name}' {why}, not {value!r:.200}")

    def read(self, element: Element, values: dict[str, Any]) -> None:
        """Put what an element of a reply says into an instance's values."""
        value = self.parse(element)
        if value is not None:
            values[self.name] = value

    def parse(self, element: Element) -> T | None:
        """The value that an element of a reply holds, None when it holds none that makes sense."""
        raise NotImplementedError

    def write(self, element: Element, values: dict[str, Any]) -> None:
        """Put the value of an instance into its element for a request."""
        value = values.get(self.name)
        if value is not None:
            rendered = self.render(value)
            if rendered is not None:
                element.append(rendered)
        elif self.is_required:
            raise ValueError(f"'{self.name}' is missing")

    def render(self, value: T) -> Element | None:
        """The element that says the value, None when there is nothing to say."""
        return self._text_element(self.as_text(value))

    def as_text(self, value: Any) -> str:
        """A value as the text of an element, or as the constant that a search compares with."""
        return xml_text(value)

    def _text_element(self, text: str) -> Element:
        element = etree.Element(self.tag)
        element.text = text
        return element


class TextField(Field[str]):
    """A string. Parameters: `max_length` in characters; `pattern`, a regular expression that it fits as a whole."""

    python_type = str

    def __init__(self, path: str, *, max_length: int | None = None, pattern: str | None = None, **options: Any) -> None:
        super().__init__(path, **options)
        self.max_length = max_length
        self.pattern = None if pattern is None else re.compile(pattern)

    def _checked(self, value: Any) -> str:
        text = super()._checked(value)
        if self.max_length is not None and len(text) > self.max_length:
            raise self.wrong_value(text, f"has at most {self.max_length} characters")
        if self.pattern is not None and not self.pattern.fullmatch(text):
            raise self.wrong_value(text, f"must fit {self.pattern.pattern}")
        return text

    def read(self, element: Element, values: dict[str, Any]) -> None:
        values[self.name] = element.text or ""

    def parse(self, element: Element) -> str | None:
        return element.text or ""


class GuidField(TextField):
    """A GUID, in its usual form with hyphens."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, pattern=GUID, **options)


class UriField(TextField):
    """A URI. What can't be in one is sent percent-encoded (`xs:anyURI`), as browsers do with what users type."""

    def as_text(self, value: Any) -> str:
        return re.sub("%(?![0-9A-Fa-f]{2})", "%25", quote(clean(value), safe=_URI_CHARACTERS))


class ChoiceField(TextField):
    """One of a few words. A word of a newer server is read as it is, but can't be set."""

    def __init__(self, path: str, choices: Sequence[str], **options: Any) -> None:
        super().__init__(path, **options)
        self.choices = tuple(choices)

    def _checked(self, value: Any) -> str:
        text = super()._checked(value)
        if text not in self.choices:
            raise self.wrong_value(text, f"must be one of {', '.join(self.choices)}")
        return text

    def read(self, element: Element, values: dict[str, Any]) -> None:
        if element.text:
            values[self.name] = element.text

    def parse(self, element: Element) -> str | None:
        return element.text or None


class BooleanField(Field[bool]):
    """True or false."""

    python_type = bool

    def parse(self, element: Element) -> bool | None:
        return BOOLEANS.get((element.text or "").strip())


BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class IntegerField(Field[int]):
    """A whole number. Parameters: `minimum`, `maximum`, both included; by default those of `xs:int`."""

    python_type = int

    def __init__(self, path: str, *, minimum: int = -(2**31), maximum: int = 2**31 - 1, **options: Any) -> None:
        super().__init__(path, **options)
        self.minimum = minimum
        self.maximum = maximum

    def _checked(self, value: Any) -> int:
        if isinstance(value, bool):
            raise self.wrong_type(value)
        number = super()._checked(value)
        if not self.minimum <= number <= self.maximum:
            raise self.wrong_value(number, f"must be from {self.minimum} to {self.maximum}")
        return number

    def parse(self, element: Element) -> int | None:
        try:
            return int(element.text or "")
        except ValueError:
            return None


class FloatField(Field[float]):
    """A number. Parameters: `minimum`, `maximum`, both included."""

    python_type = float

    def __init__(self, path: str, *, minimum: float = -math.inf, maximum: float = math.inf, **options: Any) -> None:
        super().__init__(path, **options)
        self.minimum = minimum
        self.maximum = maximum

    def _checked(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.wrong_type(value, "a number")
        number = float(value)
        if not math.isfinite(number) or not self.minimum <= number <= self.maximum:
            raise self.wrong_value(value, f"must be from {self.minimum} to {self.maximum}")
        return number

    def as_text(self, value: Any) -> str:
        return repr(float(value))

    def parse(self, element: Element) -> float | None:
        try:
            number = float(element.text or "")
        except ValueError:
            return None
        return number if math.isfinite(number) else None


class DateTimeField(Field[EWSDateTime]):
    """A point in time. Parameters: `keep_offset`, a value that was read stays in the zone it was written in."""

    python_type = EWSDateTime

    def __init__(self, path: str, *, keep_offset: bool = False, **options: Any) -> None:
        super().__init__(path, **options)
        self.keep_offset = keep_offset

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: datetime | None) -> None: ...

    def _checked(self, value: Any) -> EWSDateTime:
        if not isinstance(value, datetime):
            raise self.wrong_type(value, "a datetime")
        if value.tzinfo is None or value.utcoffset() is None:
            raise self.wrong_value(
                value, "needs a time zone, for example EWSTimeZone.timezone('Europe/Oslo').localize(...)"
            )
        return EWSDateTime.from_datetime(value)

    def as_text(self, value: Any) -> str:
        return EWSDateTime.from_datetime(value).ewsformat()

    def parse(self, element: Element) -> EWSDateTime | None:
        try:
            return EWSDateTime.from_string(element.text or "", keep_offset=self.keep_offset)
        except (ValueError, OverflowError):
            return None


class DateField(Field[EWSDate]):
    """A day, as `xs:date`; servers also write it with a zone, or as the midnight it begins with."""

    python_type = EWSDate

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: date | None) -> None: ...

    def _checked(self, value: Any) -> EWSDate:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.wrong_type(value, "a date")
        return EWSDate.from_date(value)

    def as_text(self, value: Any) -> str:
        return EWSDate.from_date(value).ewsformat()

    def parse(self, element: Element) -> EWSDate | None:
        try:
            return EWSDate.from_string(element.text or "")
        except ValueError:
            return None


class DayField(DateField):
    """A day, which EWS writes as a point in time: midnight in some zone.

    Which zone, the servers don't agree on: UTC for most, that of the writer for some, and 11:59 has been seen. The
    midnight that is nearest in the offset that is written is right for all of them.
    """

    def as_text(self, value: Any) -> str:
        day = EWSDate.from_date(value)
        return EWSDateTime(day.year, day.month, day.day, tzinfo=UTC).ewsformat()

    def parse(self, element: Element) -> EWSDate | None:
        try:
            moment = EWSDateTime.from_string(element.text or "", keep_offset=True)
            return EWSDate.fromordinal(moment.toordinal() + (moment.hour >= 12))
        except (ValueError, OverflowError):
            return None
