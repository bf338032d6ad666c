"""`Q`: search expressions, made from lookups and joined with &, | and ~; and the t:Restriction that they become.

    Q(subject__iexact="foo") | Q(subject__contains="bar") & ~Q(importance="High")

Pure: names are resolved when the expression becomes XML, for the kinds of items that are searched.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from ewsfs.ews.element import EWSElement
from ewsfs.ews.fieldpath import FieldPath, resolve
from ewsfs.ews.xmlnames import Element, children, local, m, make, t

AND: Final = "AND"
OR: Final = "OR"
NOT: Final = "NOT"
LEAF: Final = "LEAF"

LOOKUPS = (
    "exact", "not", "in", "range", "gt", "gte", "lt", "lte", "iexact", "contains", "icontains", "startswith",
    "istartswith", "exists",
)  # fmt: skip
_COMPARISONS = {
    "gt": "IsGreaterThan",
    "gte": "IsGreaterThanOrEqualTo",
    "lt": "IsLessThan",
    "lte": "IsLessThanOrEqualTo",
}
_CONTAINS = {
    "exact": ("FullString", "Exact"),
    "iexact": ("FullString", "IgnoreCase"),
    "contains": ("Substring", "Exact"),
    "icontains": ("Substring", "IgnoreCase"),
    "startswith": ("Prefixed", "Exact"),
    "istartswith": ("Prefixed", "IgnoreCase"),
}
_ORDERED = (int, float)


class Q:
    """A search expression.

    Parameters: other expressions, and lookups by name (`subject`, `subject__contains`, `start__range` ...), which must
    all hold; or one text alone, a query in Advanced Query Syntax, which can't be combined with anything.
    Without any it holds for everything.
    """

    __slots__ = ("connector", "lookup", "name", "parts", "query_string", "value")

    def __init__(self, *expressions: Q | str, **lookups: Any) -> None:
        self.connector: str = AND
        self.parts: tuple[Q, ...] = ()
        self.name = ""
        self.lookup = ""
        self.value: Any = None
        self.query_string: str | None = None
        texts = [one for one in expressions if isinstance(one, str)]
        if texts:
            if len(expressions) > 1 or lookups:
                raise ValueError("a query string can't be combined with other expressions")
            self.query_string = texts[0]
            return
        parts: list[Q] = []
        for one in expressions:
            if not isinstance(one, Q):
                raise TypeError(f"a Q or a query string is wanted, not {one!r}")
            parts.append(one)
        parts += [_leaf(name, value) for name, value in lookups.items()]
        joined = _join(AND, parts)
        for slot in Q.__slots__:
            setattr(self, slot, getattr(joined, slot) if joined is not None else getattr(self, slot))

    # -- joining -----------------------------------------------------------------------------------

    def __and__(self, other: Q) -> Q:
        return _joined(AND, self, other)

    def __or__(self, other: Q) -> Q:
        return _joined(OR, self, other)

    def __invert__(self) -> Q:
        if self.query_string is not None:
            raise ValueError("a query string can't be negated")
        if self.connector == NOT:
            return self.parts[0]
        return _make(NOT, (self,))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Q):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.connector, self.name, self.lookup, self.query_string, len(self.parts)))

    def _key(self) -> tuple[Any, ...]:
        return (
            self.connector,
            self.name,
            self.lookup,
            self.value,
            self.query_string,
            [part._key() for part in self.parts],
        )

    def __bool__(self) -> bool:
        """Whether it says anything; what says nothing holds for everything."""
        return self.query_string is not None or self.connector != AND or bool(self.parts)

    def __repr__(self) -> str:
        if self.query_string is not None:
            return f"Q({self.query_string!r})"
        if self.connector == LEAF:
            return f"Q({self.name}__{self.lookup}={self.value!r})"
        if self.connector == NOT:
            return f"~{self.parts[0]!r}"
        if not self.parts:
            return "Q()"
        sign = " & " if self.connector == AND else " | "
        return f"({sign.join(map(repr, self.parts))})"

    # -- XML ---------------------------------------------------------------------------------------

    @property
    def is_never(self) -> bool:
        """Whether it can hold for nothing, as `subject__in=[]` does; such a search needs no request."""
        return _truth(self) is False

    def to_xml(self, kinds: Sequence[type[EWSElement]], others: Sequence[type[EWSElement]] = ()) -> Element | None:
        """The m:Restriction for a search among some kinds of items; None when it holds for everything.

        Raises: ValueError, TypeError for what can't be searched, with the field's name.
        """
        if self.query_string is not None:
            raise ValueError("a query string has no restriction")
        expression = _render(self, lambda name: resolve(name, kinds, others))
        return None if expression is None else make(m("Restriction"), expression)

    @classmethod
    def from_xml(cls, element: Element, kinds: Sequence[type[EWSElement]]) -> Q:
        """The expression that an m:Restriction (or t:Restriction) says. Raises: ValueError."""
        found = [_parse(node, kinds) for node in children(element)]
        if len(found) != 1:
            raise ValueError("a restriction has one expression")
        return found[0]


def _make(connector: str, parts: tuple[Q, ...]) -> Q:
    q = Q()
    q.connector, q.parts = connector, parts
    return q


def _joined(connector: str, one: Q, other: Q) -> Q:
    if not isinstance(other, Q):
        return NotImplemented
    if one.query_string is not None or other.query_string is not None:
        if not one:
            return other
        if not other:
            return one
        raise ValueError("a query string can't be combined with other expressions")
    if not one and one.connector == AND:  # it says nothing: as in Django, the other one is what counts
        return other
    if not other and other.connector == AND:
        return one
    return _join(connector, [one, other]) or Q()


def _join(connector: str, parts: Iterable[Q]) -> Q | None:
    """The parts under one connector, those with the same connector opened up; None for nothing."""
    flat: list[Q] = []
    for part in parts:
        if part.query_string is not None:
            raise ValueError("a query string can't be combined with other expressions")
        if part.connector == connector:
            flat += part.parts
        elif part or part.connector != AND:
            flat.append(part)
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else _make(connector, tuple(flat))


def _leaf(name: str, value: Any) -> Q:
    """One lookup; those that are a shorthand for several are written out."""
    path, _, lookup = name.rpartition("__")
    if path and lookup not in LOOKUPS and (near := difflib.get_close_matches(lookup, LOOKUPS, n=2, cutoff=0.75)):
        raise ValueError(f"{name!r}: there is no lookup {lookup!r}; did you mean {' or '.join(map(repr, near))}?")
    if not path or lookup not in LOOKUPS:
        path, lookup = name, "exact"
    if lookup == "range":
        try:
            low, high = value
        except (TypeError, ValueError):
            raise ValueError(f"'{name}' must be a pair of values, not {value!r:.200}") from None
        return _make(AND, (_single(path, "gte", low), _single(path, "lte", high)))
    if lookup == "in":
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise ValueError(f"'{name}' must be a list of values, not {value!r:.200}")
        return _any_of([_single(path, "exact", one) for one in value])
    if lookup == "not":
        return ~_single(path, "exact", value)
    if lookup == "exists":
        if not isinstance(value, bool):
            raise ValueError(f"'{name}' must be True or False, not {value!r:.200}")
        found = _single(path, "exists", None)
        return found if value else ~found
    if value is None and lookup == "exact":
        return ~_single(path, "exists", None)
    if isinstance(value, (list, tuple, set, frozenset)):  # of several values, each
        return _join(AND, [_single(path, lookup, one) for one in value]) or Q()
    return _single(path, lookup, value)


def _single(name: str, lookup: str, value: Any) -> Q:
    if value is None and lookup != "exists":
        raise ValueError(f"'{name}' is compared with a value, not None")
    q = Q()
    q.connector, q.name, q.lookup, q.value = LEAF, name, lookup, value
    return q


def _any_of(parts: list[Q]) -> Q:
    """One of the parts at least; of none, nothing."""
    return parts[0] if len(parts) == 1 else _make(OR, tuple(parts))


def _truth(q: Q) -> bool | None:
    """True or False for what holds always or never, None for what depends."""
    if q.query_string is not None or q.connector == LEAF:
        return None
    values = [_truth(part) for part in q.parts]
    if q.connector == NOT:
        return None if values[0] is None else not values[0]
    decisive = q.connector == OR
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _render(q: Q, paths_of: Callable[[str], list[FieldPath]]) -> Element | None:
    """The search expression; None for what always holds. What never holds can't be said in EWS."""
    truth = _truth(q)
    if truth is not None:
        if not truth:
            raise ValueError("this search can't find anything")
        return None
    if q.connector == LEAF:
        found = [_comparison(path, q.lookup, q.value) for path in paths_of(q.name)]
        return found[0] if len(found) == 1 else make(t("Or"), *found)
    parts = [rendered for part in q.parts if (rendered := _depending(part, paths_of)) is not None]
    if q.connector == NOT:
        return make(t("Not"), *parts)
    return parts[0] if len(parts) == 1 else make(t("And" if q.connector == AND else "Or"), *parts)


def _depending(q: Q, paths_of: Callable[[str], list[FieldPath]]) -> Element | None:
    """The expression of a part, None when what it says is settled and the others decide."""
    return None if _truth(q) is not None else _render(q, paths_of)


def _comparison(path: FieldPath, lookup: str, value: Any) -> Element:
    if not path.is_searchable:
        raise ValueError(f"'{path.name}' can't be searched")
    where = path.element()
    if lookup == "exists":
        return make(t("Exists"), where)
    if lookup in _COMPARISONS:
        if path.is_text or path.field.type is bool:
            raise ValueError(f"'{path.name}' is no date and no number: '{lookup}' can't be used with it")
        return _two_operands(_COMPARISONS[lookup], where, path.constant(value))
    constant = path.constant(value)
    if path.is_text and constant:
        mode, comparison = _CONTAINS[lookup]
        return make(
            t("Contains"),
            where,
            make(t("Constant"), Value=constant),
            ContainmentMode=mode,
            ContainmentComparison=comparison,
        )
    if lookup not in ("exact", "iexact") and not path.is_text:
        raise ValueError(f"'{path.name}' is no text: '{lookup}' can't be used with it")
    return _two_operands("IsEqualTo", where, constant)


def _two_operands(name: str, where: Element, constant: str) -> Element:
    return make(t(name), where, make(t("FieldURIOrConstant"), make(t("Constant"), Value=constant)))


# -- reading a restriction -----------------------------------------------------------------------------


def _parse(element: Element, kinds: Sequence[type[EWSElement]]) -> Q:
    name = local(element)
    if name in ("And", "Or"):
        parts = tuple(_parse(node, kinds) for node in children(element))
        return _make(AND if name == "And" else OR, parts)
    if name == "Not":
        return _make(NOT, tuple(_parse(node, kinds) for node in children(element)))
    nodes = list(children(element))
    if not nodes:
        raise ValueError(f"{name} says nothing")
    path = _path_of(nodes[0], kinds)
    if name == "Exists":
        return _single(path.name, "exists", None)
    constant = next((node.get("Value") for node in element.iter() if local(node) == "Constant"), None)
    if constant is None:
        raise ValueError(f"{name} has no constant")
    if name == "Contains":
        how = (element.get("ContainmentMode"), element.get("ContainmentComparison"))
        lookup = next((lookup for lookup, modes in _CONTAINS.items() if modes == how), None)
        if lookup is None:
            raise ValueError(f"there is no lookup for {how}")
        return _single(path.name, lookup, constant)
    value = _value_of(path, constant)
    if name == "IsEqualTo":
        return _single(path.name, "exact", value)
    if name == "IsNotEqualTo":
        return ~_single(path.name, "exact", value)
    lookup = next((lookup for lookup, tag in _COMPARISONS.items() if tag == name), None)
    if lookup is None:
        raise ValueError(f"there is no lookup for {name}")
    return _single(path.name, lookup, value)


def _path_of(element: Element, kinds: Sequence[type[EWSElement]]) -> FieldPath:
    wanted = sorted(element.attrib.items())
    label = element.get("FieldIndex")
    for kind in kinds:
        for field in kind.FIELDS:
            for path in _candidates(field.name, label, kind):
                if any(sorted(found.attrib.items()) == wanted for found in path.elements()):
                    return path
    raise ValueError(f"no field is named by {dict(wanted)}")


def _candidates(name: str, label: str | None, kind: type[EWSElement]) -> list[FieldPath]:
    if label is None:
        return resolve(name, (kind,))
    try:
        whole = resolve(f"{name}__{label}", (kind,))
    except ValueError:
        return []
    if len(whole[0].elements()) == 1:
        return whole
    parts = [part.name for part in whole[0].field.kind.FIELDS if part.name != "label"]  # type: ignore[attr-defined]  # it's labelled
    return [resolve(f"{name}__{label}__{part}", (kind,))[0] for part in parts]


def _value_of(path: FieldPath, constant: str) -> Any:
    from ewsfs.ews.extended_properties import ExtendedField

    if path.is_text:
        return constant
    if isinstance(path.field, ExtendedField):
        return path.field._parse_one(constant)
    value = path.field.parse(make(t("Value"), text=constant))
    return constant if value is None else value
