"""`EWSElement`: what every class that stands for an XML element of EWS is made from, and its table of fields.

A subclass names its element and declares fields, in the order of the schema; reading, writing, comparing and
checking follow from that. Instances belong to one thread at a time.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from lxml import etree

from ewsfs.ews.fields import Field, is_supported
from ewsfs.ews.listfields import ListField
from ewsfs.ews.since import OLDEST
from ewsfs.ews.xmlnames import Element, local, t

if TYPE_CHECKING:
    from typing_extensions import Self

Reader = Callable[[Element, dict[str, Any]], None]
E = TypeVar("E", bound="EWSElement")
_LONGEST_SHOWN = 200  # characters or bytes; an item id is shorter


class Fields(tuple[Field[Any], ...]):
    """The fields of a class, in the order of the schema; printed one on a line."""

    def __str__(self) -> str:
        return "\n".join(
            f"{field.name}: {field.type.__name__} ({field.uri or field.element}, since {field.since}"
            f"{', read-only' if field.is_read_only else ''}{'' if field.is_searchable else ', not searchable'})"
            for field in self
        )


class FieldTable:
    """The fields of one class, by name and by the tag that they are read from."""

    __slots__ = ("by_name", "fields", "generation", "on_owner", "readers")

    generations = 0
    """Counted up whenever a class gains or loses a field; older tables are then made anew."""

    def __init__(self, owner: type[EWSElement]) -> None:
        self.generation = FieldTable.generations
        self.by_name: dict[str, Field[Any]] = {}
        extended: list[Field[Any]] = []
        for cls in reversed(owner.__mro__):
            for name, value in vars(cls).items():
                if isinstance(value, Field):
                    if value.is_extended:
                        extended.append(value)
                    else:
                        self.by_name[name] = value
        ordered = list(self.by_name.values())
        if extended:
            place = [field.name for field in ordered].index(owner.EXTENDED_AFTER) + 1
            ordered[place:place] = extended
            self.by_name.update((field.name, field) for field in extended)
        self.fields = Fields(ordered)
        self.readers: dict[Any, Reader] = {}
        self.on_owner: list[Field[Any]] = []
        for field in self.fields:
            if field.is_on_owner:
                self.on_owner.append(field)
            elif field.is_read_by_tag:
                self.readers[field.tag] = self.readers[field.element] = field.read
        if extended:
            reader = owner._extended_reader(extended)
            self.readers[t("ExtendedProperty")] = self.readers["ExtendedProperty"] = reader


class _FieldsOf:
    """`SomeClass.FIELDS`"""

    def __get__(self, instance: EWSElement | None, owner: type[EWSElement]) -> Fields:
        return owner._table().fields


class EWSElement:
    """An element of EWS with its properties as attributes.

    Parameters of the constructor: the fields of the class, by name. Raises: TypeError for a name that is no field
    or a value of a wrong type, ValueError for a wrong value; both name the field.
    """

    __slots__ = ("_values",)

    ELEMENT: ClassVar[str] = ""
    """The local name of the element."""
    EXTENDED_AFTER: ClassVar[str] = ""
    """The name of the field that extended properties stand behind, for classes that can have some."""
    FIELDS: ClassVar[_FieldsOf] = _FieldsOf()

    def __init__(self, **values: Any) -> None:
        self._values: dict[str, Any] = {}
        fields = self._table().by_name
        for name, value in values.items():
            field = fields.get(name)
            if field is None:
                raise TypeError(_no_such_field(type(self), name))
            field.__set__(self, value)

    # -- the table of fields -----------------------------------------------------------------------

    @classmethod
    def _table(cls) -> FieldTable:
        table: FieldTable | None = cls.__dict__.get("_fields_table")
        if table is None or table.generation != FieldTable.generations:
            table = FieldTable(cls)
            cls._fields_table = table
        return table

    _fields_table: ClassVar[FieldTable | None] = None

    @classmethod
    def field(cls, name: str) -> Field[Any]:
        """The field with a name. Raises: ValueError, which says what names there are."""
        try:
            return cls._table().by_name[name]
        except KeyError:
            raise ValueError(_no_such_field(cls, name)) from None

    @classmethod
    def supported_fields(cls, server: str | None) -> list[Field[Any]]:
        """The fields that a server version knows (ExchangeVersionType; None for the newest)."""
        return [field for field in cls._table().fields if is_supported(field.since, server)]

    def depends_on_version(self) -> bool:
        """Whether something is set that the oldest servers don't know: how it is written depends on the version."""
        return any(field.since != OLDEST and field.name in self._values for field in self._table().fields)

    @classmethod
    def _extended_reader(cls, fields: list[Field[Any]]) -> Reader:
        raise TypeError(f"{cls.__name__} can't have extended properties")

    # -- XML ---------------------------------------------------------------------------------------

    @classmethod
    def from_xml(cls, element: Element) -> Self:
        """The element of a reply. What is unknown or makes no sense is passed over; it never fails."""
        self = cls.__new__(cls)
        values: dict[str, Any] = {}
        self._values = values
        table = cls._table()
        readers = table.readers
        for field in table.on_owner:
            field.read(element, values)
        for child in element:
            tag = child.tag
            reader = readers.get(tag)
            if reader is None:
                reader = readers.get(local(child))
                if reader is None:
                    continue
            reader(child, values)
        self._loaded()
        return self

    def to_xml(self, server: str | None = None) -> Element:
        """The element for a request, with what is set, in the order of the schema.

        Parameters: `server`, the version that will read it; newer fields are left out.
        """
        return self._render(t(self.ELEMENT), self.supported_fields(server))

    def _render(self, tag: str, fields: Iterable[Field[Any]]) -> Element:
        element = etree.Element(tag)
        for field in fields:
            field.write(element, self._values)
        return element

    # -- what subclasses may want to know ------------------------------------------------------------

    def _loaded(self) -> None:
        """The values have just been read from a server."""

    def _assign(self, field: Field[Any], value: Any) -> None:
        cleaned = field.clean(value)
        if cleaned is None:
            self._values.pop(field.name, None)
        else:
            self._values[field.name] = cleaned

    def _was_read(self, name: str, value: Any) -> None:
        """A value that can be changed in place was handed out."""

    # -- as a value --------------------------------------------------------------------------------

    def _set_values(self) -> Iterator[tuple[str, Any]]:
        """Names and values of what is set, in the order of the schema."""
        for field in self._table().fields:
            value = self._values.get(field.name)
            if value is not None and not (isinstance(field, ListField) and not value):
                yield field.name, value

    def clone(self, **changes: Any) -> Self:
        """The same once more, with other values for some fields; nothing that can change is shared."""
        twin = self.__class__.__new__(self.__class__)
        twin._values = {name: copy_value(value) for name, value in self._values.items()}
        for name, value in changes.items():
            self.field(name).__set__(twin, value)
        return twin

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EWSElement) or type(self) is not type(other):
            return NotImplemented
        return dict(self._set_values()) == dict(other._set_values())

    def __hash__(self) -> int:
        return hash(type(self))  # the values can change; a hash must not

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={_shown(value)}' for name, value in self._set_values())})"


def _shown(value: Any) -> str:
    """As repr; of a long text or content only the start: nobody wants to read, or wait for, all of an attachment."""
    if isinstance(value, (str, bytes)) and len(value) > _LONGEST_SHOWN:
        return f"{value[:_LONGEST_SHOWN]!r}...[{len(value)}]"
    return repr(value)


def _no_such_field(cls: type[EWSElement], name: str) -> str:
    near = difflib.get_close_matches(name, cls._table().by_name, n=3)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"{cls.__name__} has no field {name!r}{hint}"


def copy_value(value: Any) -> Any:
    """A value that shares nothing changeable with the given one."""
    if isinstance(value, EWSElement):
        return value.clone()
    if isinstance(value, list):
        twin = value.copy() if type(value) is list else type(value)(value)
        twin[:] = [copy_value(one) for one in value]
        return twin
    return value


# -- fields whose values are elements ----------------------------------------------------------------


class ElementField(Field[E]):
    """A part that is an element with fields of its own.

    Parameters: `kind`, its class; `inner`, the name of the element of the part when the field's own is only a
    wrapper around it, as t:Mailbox in t:From.
    """

    mutable = True

    def __init__(
        self, path: str, kind: type[E], *, inner: str | None = None, searchable: bool = False, **options: Any
    ) -> None:
        super().__init__(path, searchable=searchable, **options)
        self.kind = kind
        self.inner = inner

    @property
    def type(self) -> type:
        return self.kind

    def _checked(self, value: Any) -> E:
        if not isinstance(value, self.kind):
            raise self.wrong_type(value, self.kind.__name__)
        return value

    def parse(self, element: Element) -> E | None:
        if self.inner is None:
            return self.kind.from_xml(element)
        found = next((child for child in element if local(child) == self.inner), None)
        return None if found is None else self.kind.from_xml(found)

    def render(self, value: E) -> Element | None:
        rendered = value.to_xml()
        if self.inner is None:
            rendered.tag = self.tag
            return rendered
        rendered.tag = t(self.inner)
        wrapper = etree.Element(self.tag)
        wrapper.append(rendered)
        return wrapper


class ElementListField(ListField[E]):
    """Several parts that are elements with fields of their own, inside of the field's own element."""

    def __init__(self, path: str, kind: type[E], *, item: str = "", **options: Any) -> None:
        super().__init__(path, item=item or kind.ELEMENT, **options)
        self.kind = kind

    def _checked_item(self, value: Any) -> E:
        if not isinstance(value, self.kind):
            raise self.wrong_type(value, f"a list of {self.kind.__name__}")
        return value

    def _parse_item(self, element: Element) -> E | None:
        return self.kind.from_xml(element)

    def _render_item(self, value: E) -> Element:
        rendered = value.to_xml()
        rendered.tag = self.item_tag
        return rendered
