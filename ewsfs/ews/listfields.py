"""Fields of bytes, and of several values: what is more than one short text.

Used as `fields` is.
"""

from __future__ import annotations

import binascii
import io
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast, overload

from lxml import etree

from ewsfs.ews.body import token_for
from ewsfs.ews.fields import Field
from ewsfs.ews.xmlnames import Element, clean, local, t

if TYPE_CHECKING:
    from typing_extensions import Self

    from ewsfs.ews.element import EWSElement

T = TypeVar("T")


def is_file(value: object) -> bool:
    """Whether a value is a file object to read bytes from."""
    return callable(getattr(value, "read", None))


def read_whole(value: Any) -> bytes:
    """The bytes of a value that may be a file object, which is left where it was."""
    if not is_file(value):
        return cast("bytes", value)
    start = value.tell()
    try:
        return cast("bytes", value.read())
    finally:
        value.seek(start)


class BinaryField(Field[bytes]):
    """Bytes, which travel as base64.

    Parameters: `streamed`, a binary file that can be sought in will do for them: it is read while it is sent, from
    where it stands to its end, and stays open and its owner's.
    """

    python_type = bytes

    def __init__(self, path: str, *, streamed: bool = False, **options: Any) -> None:
        super().__init__(path, **options)
        self.is_streamed = streamed

    def _checked(self, value: Any) -> bytes:
        if self.is_streamed and is_file(value):
            if not value.seekable() or isinstance(value, io.TextIOBase):
                raise self.wrong_type(value, "bytes, or a binary file that can be sought in")
            return cast("bytes", value)
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise self.wrong_type(value)
        return bytes(value)

    def as_text(self, value: Any) -> str:
        token = token_for(value) if self.is_streamed else None
        return token or binascii.b2a_base64(read_whole(value), newline=False).decode("ascii")

    def parse(self, element: Element) -> bytes | None:
        try:
            return binascii.a2b_base64(element.text or "")
        except (binascii.Error, ValueError):
            return None


class ListField(Field[list[T]]):
    """Several values. On an instance it is always a list, empty when there are none, and may be changed in place.

    Parameters: `item`, the name of the element of one value inside of the field's own.
    """

    python_type = list
    mutable = True
    item_type: ClassVar[Callable[..., Any]]

    def __init__(self, path: str, *, item: str, searchable: bool = False, **options: Any) -> None:
        super().__init__(path, searchable=searchable, **options)
        self.item = item
        self.item_tag = t(item)

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: Iterable[Any] | None) -> None: ...

    @overload
    def __get__(self, instance: None, owner: Any = ...) -> Self: ...
    @overload
    def __get__(self, instance: EWSElement, owner: Any = ...) -> list[T]: ...
    def __get__(self, instance: EWSElement | None, owner: Any = None) -> Self | list[T]:
        if instance is None:
            return self
        value: list[T] | None = instance._values.get(self.name)
        if value is None:
            value = instance._values[self.name] = self.make_list(())
        instance._was_read(self.name, value)
        return value

    def make_list(self, values: Iterable[T]) -> list[T]:
        return list(values)

    def _checked(self, value: Any) -> list[T]:
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise self.wrong_type(value, "a list")
        return self.make_list([self._checked_item(one) for one in value])

    def _checked_item(self, value: Any) -> T:
        raise NotImplementedError

    def parse(self, element: Element) -> list[T] | None:
        found = [self._parse_item(child) for child in element if local(child) == self.item]
        return self.make_list([value for value in found if value is not None])

    def _parse_item(self, element: Element) -> T | None:
        raise NotImplementedError

    def render(self, value: list[T]) -> Element | None:
        if not value:
            return None
        element = etree.Element(self.tag)
        for one in value:
            element.append(self._render_item(self._checked_item(one)))
        return element

    def _render_item(self, value: T) -> Element:
        raise NotImplementedError


class TextListField(ListField[str]):
    """Several strings, for example t:Categories with t:String in it."""

    def __init__(self, path: str, *, item: str = "String", searchable: bool = True, **options: Any) -> None:
        super().__init__(path, item=item, searchable=searchable, **options)

    def _checked_item(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.wrong_type(value, "a list of str")
        return value

    def _parse_item(self, element: Element) -> str | None:
        return element.text or ""

    def _render_item(self, value: str) -> Element:
        element = etree.Element(self.item_tag)
        element.text = clean(value)
        return element


class BinaryListField(ListField[bytes]):
    """Several byte strings, for example t:UserSMIMECertificate with t:Base64Binary in it."""

    def __init__(self, path: str, *, item: str = "Base64Binary", **options: Any) -> None:
        super().__init__(path, item=item, **options)

    def _checked_item(self, value: Any) -> bytes:
        if not isinstance(value, (bytes, bytearray)):
            raise self.wrong_type(value, "a list of bytes")
        return bytes(value)

    def _parse_item(self, element: Element) -> bytes | None:
        try:
            return binascii.a2b_base64(element.text or "")
        except (binascii.Error, ValueError):
            return None

    def _render_item(self, value: bytes) -> Element:
        element = etree.Element(self.item_tag)
        element.text = binascii.b2a_base64(value, newline=False).decode("ascii")
        return element
