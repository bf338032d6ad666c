"""Names of properties as programs write them: `subject`, `phone_numbers__CarPhone`, `physical_addresses__Home__street`.

A `FieldPath` is such a name resolved for the kinds of items (or folders) that it may stand for. It knows the element
that names it in a request, the constant that a search compares with, and how to get the value out of an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lxml import etree

from ewsfs.ews.element import EWSElement
from ewsfs.ews.extended_properties import ExtendedField
from ewsfs.ews.fields import ChoiceField, Field, TextField, is_supported
from ewsfs.ews.indexed import Labelled, LabelledField
from ewsfs.ews.listfields import TextListField
from ewsfs.ews.properties import Mailbox, MailboxField, MailboxListField
from ewsfs.ews.xmlnames import Element, clean, t


class FieldPath:
    """A field, or one labelled value in it, or one part of that."""

    __slots__ = ("field", "label", "part")

    def __init__(self, field: Field[Any], label: str | None = None, part: Field[Any] | None = None) -> None:
        self.field = field
        self.label = label
        self.part = part

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FieldPath):
            return NotImplemented
        return (self.field, self.label, self.part) == (other.field, other.label, other.part)

    def __hash__(self) -> int:
        return hash((self.field, self.label, self.part))

    def __repr__(self) -> str:
        return f"FieldPath({self.name!r})"

    @property
    def name(self) -> str:
        """As programs write it."""
        names = (self.field.name, self.label, self.part.name if self.part is not None else None)
        return "__".join(name for name in names if name is not None)

    @property
    def uri(self) -> str | None:
        """The FieldURI; None for an extended property."""
        if self.label is not None and isinstance(self.field, LabelledField):
            kind: type[Labelled] = self.field.kind
            return f"{kind.URI}:{self.part.element}" if self.part is not None else kind.URI
        return self.field.uri

    @property
    def is_searchable(self) -> bool:
        """Whether items can be filtered and sorted by it."""
        if isinstance(self.field, LabelledField):
            return self.label is not None and (self.part is not None or self.field.kind.VALUE is not None)
        return self.field.is_searchable

    @property
    def is_text(self) -> bool:
        """Whether it is compared as text, in whole or in part."""
        field = self.field
        if isinstance(field, ExtendedField):
            return field.type is str and field.kind.property_type == "String"
        if isinstance(field, TextField):
            return not isinstance(field, ChoiceField)
        return isinstance(field, (TextListField, MailboxField, MailboxListField, LabelledField))

    def elements(self) -> list[Element]:
        """What names it in a request: t:FieldURI, t:IndexedFieldURI, t:ExtendedFieldURI.

        A whole labelled value with parts, such as an address, has several.
        """
        if isinstance(self.field, ExtendedField):
            return [self.field.kind.uri_element()]
        if self.label is None:
            element = etree.Element(t("FieldURI"))
            element.set("FieldURI", self.field.uri or "")
            return [element]
        assert isinstance(self.field, LabelledField)
        kind: type[Labelled] = self.field.kind
        uris = [self.uri or ""]
        if kind.VALUE is None and self.part is None:
            uris = [f"{kind.URI}:{part.element}" for part in kind.FIELDS if part.name != "label"]
        found = []
        for uri in uris:
            element = etree.Element(t("IndexedFieldURI"))
            element.set("FieldURI", uri)
            element.set("FieldIndex", self.label)
            found.append(element)
        return found

    def element(self) -> Element:
        """What names it in a search or a sort order. Raises: ValueError when that is no single property."""
        found = self.elements()
        if len(found) != 1:
            raise ValueError(f"'{self.name}' has several parts: name one of them")
        return found[0]

    def constant(self, value: Any) -> str:
        """The text that a search compares with. Raises: TypeError, ValueError, which name the field."""
        field = self.part or self.field
        if value is None:
            raise field.wrong_value(value, "is compared with a value")
        if isinstance(field, (TextListField, TextField, LabelledField, MailboxField, MailboxListField)):
            if isinstance(value, Mailbox) and isinstance(field, (MailboxField, MailboxListField)):
                value = value.email_address or value.name
            if not isinstance(value, str):
                raise field.wrong_type(value, "str")
            if isinstance(field, ChoiceField):
                value = field.clean(value)
            return clean(value)
        return field.as_text(field.clean(value))

    def get_value(self, item: EWSElement) -> Any:
        """The value that an item has; None when it has none, or is of another kind."""
        found = type(item)._table().by_name.get(self.field.name)
        if found is None:
            return None
        value = found.__get__(item, type(item))
        if self.label is None or value is None:
            return value
        entry = value.get(self.label)
        if entry is None:
            return None
        name = self.part.name if self.part is not None else entry.VALUE
        return entry if name is None else getattr(entry, name)


def resolve(name: str, kinds: Sequence[type[EWSElement]], others: Sequence[type[EWSElement]] = ()) -> list[FieldPath]:
    """What a name stands for: one path for each property of that name.

    Parameters: `kinds`, the classes that are looked at first; `others`, asked when none of them knows it.
    Raises: ValueError when nobody knows it, or its label or part.
    """
    first, *rest = name.split("__")
    for asked in (kinds, others):
        found: dict[object, FieldPath] = {}
        for kind in asked:
            field = kind._table().by_name.get(first)
            if field is not None:
                path = _with_label(field, rest, name)
                found.setdefault(path.uri or field, path)
        if found:
            return list(found.values())
    (kinds or others)[0].field(first)  # raises the error that names what is near
    raise ValueError(f"there is no field {name!r}")


def _with_label(field: Field[Any], rest: list[str], name: str) -> FieldPath:
    if not rest:
        return FieldPath(field)
    if not isinstance(field, LabelledField):
        raise ValueError(f"'{field.name}' has no part or lookup {'__'.join(rest)!r}: {name!r} names nothing")
    kind: type[Labelled] = field.kind
    label, *parts = rest
    if label not in kind.LABELS:
        raise ValueError(f"{name!r}: the label must be one of {', '.join(kind.LABELS)}")
    if not parts:
        return FieldPath(field, label)
    if kind.VALUE is not None or len(parts) > 1 or parts[0] == "label":
        raise ValueError(f"{name!r} names nothing: '{field.name}__{label}' has no such part")
    return FieldPath(field, label, kind.field(parts[0]))


def supported(paths: Iterable[FieldPath], server: str | None) -> list[FieldPath]:
    """Those that a server version knows."""
    return [path for path in paths if is_supported(path.field.since, server)]
