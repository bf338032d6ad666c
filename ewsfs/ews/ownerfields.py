"""Fields that are attributes or the text of their owner's element, not children of it. Used as `fields` is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ewsfs.ews.fields import BOOLEANS, BooleanField, ChoiceField, TextField
from ewsfs.ews.xmlnames import Element

if TYPE_CHECKING:
    from typing_extensions import Self

    from ewsfs.ews.element import EWSElement


class AttributeField(TextField):
    """A string that is an attribute of its owner's element."""

    is_on_owner = True

    def read(self, element: Element, values: dict[str, Any]) -> None:
        value = element.get(self.element)
        if value is not None:
            values[self.name] = value

    def write(self, element: Element, values: dict[str, Any]) -> None:
        value = values.get(self.name)
        if value is not None:
            element.set(self.element, self.as_text(value))
        elif self.is_required:
            raise ValueError(f"'{self.name}' is missing")


class RequiredAttributeField(AttributeField):
    """A string that is an attribute without which its owner means nothing; "" where a server left it out."""

    @overload
    def __get__(self, instance: None, owner: Any = ...) -> Self: ...
    @overload
    def __get__(self, instance: EWSElement, owner: Any = ...) -> str: ...
    def __get__(self, instance: EWSElement | None, owner: Any = None) -> Self | str:
        if instance is None:
            return self
        return instance._values.get(self.name) or ""


class ChoiceAttributeField(AttributeField, ChoiceField):
    """One of a few words, as an attribute."""


class ContentField(TextField):
    """A string that is the text of its owner's element."""

    is_on_owner = True

    def __init__(self, **options: Any) -> None:
        super().__init__("", **options)

    def read(self, element: Element, values: dict[str, Any]) -> None:
        values[self.name] = element.text or ""

    def write(self, element: Element, values: dict[str, Any]) -> None:
        value = values.get(self.name)
        if value is not None:
            element.text = self.as_text(value)
        elif self.is_required:
            raise ValueError(f"'{self.name}' is missing")


class BooleanAttributeField(BooleanField):
    """True or false, as an attribute of its owner's element."""

    is_on_owner = True

    def read(self, element: Element, values: dict[str, Any]) -> None:
        value = BOOLEANS.get(element.get(self.element) or "")
        if value is not None:
            values[self.name] = value

    def write(self, element: Element, values: dict[str, Any]) -> None:
        value = values.get(self.name)
        if value is not None:
            element.set(self.element, self.as_text(value))
        elif self.is_required:
            raise ValueError(f"'{self.name}' is missing")
