"""Restrictions: a SearchExpression compiled once into a function that says whether an item is meant.

    matches = compile_restriction(element)        # <m:Restriction>, or one SearchExpression
    found = [item for item in items if matches(item)]

Comparisons are typed: dates compare as instants, numbers as numbers, enumerations in the order in which MAPI
numbers them. Text is equal only when it is the same, and is ordered without case. On a property with several values
(recipients, categories, arrays) one value that fits is enough. A property that isn't set is unequal to everything
and neither less nor greater.

Source: "SearchExpression" and the pages of its substitutes in the EWS reference.

Threading: a compiled restriction has no state.
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.fields import reader as item_reader
from ewsfs.sandbox.model import Item, children, local, t
from ewsfs.sandbox.paths import NAMES, ExtendedFieldURI, FieldURI, IndexedFieldURI, Path, find_in, parse
from ewsfs.sandbox.schema import Property, Type
from ewsfs.sandbox.values import Scalar, Value, parse_mapi, parse_scalar

Subject = TypeVar("Subject")
Predicate = Callable[[Subject], bool]
ReaderOf = Callable[[Path], Callable[[Subject], Value]]

# Flag-based properties: always set, so that Exists means nothing on them.
_FLAGS = frozenset({"item:IsDraft", "item:IsSubmitted", "item:IsUnmodified", "item:IsResend", "item:IsFromMe"})
_TEXTUAL = frozenset(
    {
        Type.STRING,
        Type.BODY,
        Type.RECIPIENT,
        Type.RECIPIENTS,
        Type.ATTENDEES,
        Type.MEMBERS,
        Type.STRINGS,
        Type.HEADERS,
        Type.ENUM,
        Type.BINARY,
        Type.ID,
        Type.FLAG,
    }
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "IsEqualTo": operator.eq,
    "IsNotEqualTo": operator.ne,
    "IsGreaterThan": operator.gt,
    "IsGreaterThanOrEqualTo": operator.ge,
    "IsLessThan": operator.lt,
    "IsLessThanOrEqualTo": operator.le,
}
_MAXIMUM_DEPTH = 255


def compile_restriction(element: etree._Element | None) -> Predicate[Item]:
    """The function for a Restriction (or for one SearchExpression); None lets every item through.

    Raises ResponseError: ErrorUnsupportedPathForQuery for a property that can't be searched,
    ErrorInvalidPropertyForExists, ErrorInvalidValueForProperty, ErrorContainsFilterWrongType,
    ErrorInvalidExcludesRestriction, ErrorInvalidRestriction.
    """
    return compile_for(element, item_reader)


def compile_for(element: etree._Element | None, readers: ReaderOf[Subject]) -> Predicate[Subject]:
    """The same for anything whose properties can be read, such as folders.

    readers: makes the function that reads one path.
    """
    if element is None:
        return lambda subject: True
    if local(element) == "Restriction":
        expressions = list(children(element))
        if len(expressions) != 1:
            raise ResponseError("ErrorInvalidRestriction", "A restriction holds one search expression.")
        element = expressions[0]
    return _compile(element, readers, 0)


def _compile(element: etree._Element, readers: ReaderOf[Subject], depth: int) -> Predicate[Subject]:
    name = local(element)
    if depth > _MAXIMUM_DEPTH:
        raise ResponseError("ErrorInvalidRestriction", "The restriction is nested too deeply.")
    if name in {"And", "Or", "Not"}:
        parts = [_compile(child, readers, depth + 1) for child in children(element)]
        return _combine(name, parts)
    if name == "Exists":
        return _exists(element, readers)
    if name == "Excludes":
        return _excludes(element, readers)
    if name == "Contains":
        return _contains(element, readers)
    if name in _COMPARISONS:
        return _compare(element, readers, name)
    raise ResponseError("ErrorUnsupportedQueryFilter", f"{name} isn't supported in a restriction.")


def _combine(name: str, parts: list[Predicate[Subject]]) -> Predicate[Subject]:
    if not parts or (name == "Not" and len(parts) > 1):
        raise ResponseError("ErrorInvalidRestriction", f"{name} holds a wrong number of expressions.")
    if name == "Not":
        inner = parts[0]
        return lambda subject: not inner(subject)
    if name == "And":
        return lambda subject: all(part(subject) for part in parts)
    return lambda subject: any(part(subject) for part in parts)


def _path(element: etree._Element) -> Path:
    """The path of an expression, refused when it can't be searched."""
    path = parse(find_in(element))
    if isinstance(path, FieldURI):
        prop = schema.known(path.uri)
        if prop is None or not prop.searchable:
            raise ResponseError(
                "ErrorUnsupportedPathForQuery", f"The property {path.uri} can't be searched.", path=path.uri
            )
    return path


def _exists(element: etree._Element, readers: ReaderOf[Subject]) -> Predicate[Subject]:
    path = _path(element)
    if isinstance(path, FieldURI) and path.uri in _FLAGS:
        raise ResponseError("ErrorInvalidPropertyForExists", f"{path} is always set.", path=path.uri)
    read = readers(path)
    return lambda subject: read(subject) is not None


def _excludes(element: etree._Element, readers: ReaderOf[Subject]) -> Predicate[Subject]:
    path = _path(element)
    bitmask = element.find(t("Bitmask"))
    text = "" if bitmask is None else bitmask.get("Value", "")
    try:
        mask = int(text, 16) if text[:2].lower() == "0x" else int(text)
    except ValueError:
        raise ResponseError("ErrorInvalidExcludesRestriction", f"{text!r} is no bit mask.") from None
    if isinstance(path, ExtendedFieldURI):
        wrong = path.type not in {"Integer", "Short", "Long"}
    else:
        prop = schema.known(path.uri) if isinstance(path, FieldURI) else None
        wrong = prop is None or prop.type not in {Type.INT, Type.LONG}
    if wrong:
        raise ResponseError("ErrorInvalidExcludesRestriction", f"{path} is no number.")
    read = readers(path)

    def test(subject: Subject) -> bool:
        value = read(subject)
        return not isinstance(value, int) or not value & mask

    return test


def _contains(element: etree._Element, readers: ReaderOf[Subject]) -> Predicate[Subject]:
    path = _path(element)
    if isinstance(path, FieldURI):
        prop = schema.known(path.uri)
        wrong = prop is None or prop.type not in _TEXTUAL
    else:
        wrong = isinstance(path, ExtendedFieldURI) and path.type.removesuffix("Array") not in {"String", "Binary"}
    if wrong:
        raise ResponseError("ErrorContainsFilterWrongType", f"{path} is no text.")
    constant = element.find(t("Constant"))
    fold = folding(element.get("ContainmentComparison", "Exact"))
    wanted = fold("" if constant is None else constant.get("Value", ""))
    test = containment(element.get("ContainmentMode", "FullString"), wanted)
    read = readers(path)

    def matches(subject: Subject) -> bool:
        value = read(subject)
        if value is None:
            return False
        if isinstance(value, list):
            return any(test(fold(str(one))) for one in value)
        return test(fold(str(value)))

    return matches


def folding(comparison: str) -> Callable[[str], str]:
    """What a ContainmentComparison does to both texts before they are compared."""
    ignore_case = "IgnoreCase" in comparison or comparison.startswith("Loose")
    ignore_marks = "NonSpac" in comparison or comparison.startswith("Loose")

    def fold(text: str) -> str:
        if ignore_marks:
            text = "".join(
                character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character)
            )
        return text.casefold() if ignore_case else text

    if not ignore_marks:
        return str.casefold if ignore_case else lambda text: text
    return fold


def containment(mode: str, wanted: str) -> Callable[[str], bool]:
    """Whether a text contains the wanted one, in the way of a ContainmentMode."""
    if mode == "FullString":
        return lambda text: text == wanted
    if mode == "Prefixed":
        return lambda text: text.startswith(wanted)
    if mode in {"PrefixOnWords", "ExactPhrase"}:
        whole = mode == "ExactPhrase"
        return lambda text: _at_word(text, wanted, whole)
    return lambda text: wanted in text


def _at_word(text: str, wanted: str, whole: bool) -> bool:
    """Whether the wanted text begins at the beginning of a word, and ends at the end of one too if it must."""
    at = text.find(wanted)
    while at >= 0:
        begins = at == 0 or not (text[at - 1].isalnum() and wanted[:1].isalnum())
        end = at + len(wanted)
        ends = not whole or end >= len(text) or not (text[end].isalnum() and wanted[-1:].isalnum())
        if begins and ends:
            return True
        at = text.find(wanted, at + 1)
    return False


def _compare(element: etree._Element, readers: ReaderOf[Subject], name: str) -> Predicate[Subject]:
    path = _path(element)
    operand = element.find(t("FieldURIOrConstant"))
    if operand is None or len(operand) != 1:
        raise ResponseError("ErrorInvalidRestriction", f"{name} has nothing to compare with.")
    read = readers(path)
    test = _COMPARISONS[name]
    ordered = name not in {"IsEqualTo", "IsNotEqualTo"}
    normalize = _normalizer(path, ordered)
    if local(operand[0]) in NAMES:
        other_path = _path(operand)
        read_other, normalize_other = readers(other_path), _normalizer(other_path, ordered)
        return lambda subject: _holds(
            test, ordered, _plain(read(subject), normalize), _plain(read_other(subject), normalize_other)
        )
    constant = _constant(path, operand[0].get("Value", ""))
    wanted = normalize(constant)
    if ordered:
        return lambda subject: _holds(test, True, _plain(read(subject), normalize), wanted)
    equal = name == "IsEqualTo"

    def matches(subject: Subject) -> bool:
        value = read(subject)
        if isinstance(value, list):
            return any(normalize(one) == wanted for one in value) is equal
        return (value is not None and normalize(value) == wanted) is equal

    return matches


Comparable = Scalar | None


def _plain(value: Value, normalize: Callable[[Scalar], Comparable]) -> Comparable | list[Comparable]:
    if isinstance(value, list):
        return [normalize(one) for one in value]
    return None if value is None else normalize(value)


def _holds(
    test: Callable[[Any, Any], bool],
    ordered: bool,
    left: Comparable | list[Comparable],
    right: Comparable | list[Comparable],
) -> bool:
    if isinstance(left, list):
        return any(_holds(test, ordered, one, right) for one in left)
    if isinstance(right, list):
        return any(_holds(test, ordered, left, one) for one in right)
    if left is None or right is None:
        return not ordered and test(left, right)
    try:
        return test(left, right)
    except TypeError:
        return False


def _property(path: Path) -> Property | None:
    return schema.known(path.uri) if isinstance(path, FieldURI) else None


def _normalizer(path: Path, ordered: bool) -> Callable[[Scalar], Comparable]:
    """What is done to a value before it is compared: an enumeration becomes its number, text to order loses case."""
    prop = _property(path)
    if prop is not None and prop.type is Type.ENUM:
        ranks: dict[str, int] = {value.casefold(): rank for rank, value in enumerate(prop.values)}
        return lambda value: ranks.get(str(value).casefold())
    if ordered:
        return lambda value: value.casefold() if isinstance(value, str) else value
    return lambda value: value


def _constant(path: Path, text: str) -> Scalar:
    """The constant of a comparison as a value of the property's type."""
    try:
        if isinstance(path, ExtendedFieldURI):
            return parse_mapi(path.type.removesuffix("Array"), text)
        if isinstance(path, IndexedFieldURI):
            return text
        prop = _property(path)
        if prop is None:
            return text
        if prop.type is Type.ENUM and text.casefold() not in {value.casefold() for value in prop.values}:
            raise ValueError(text)
        return parse_scalar(prop.type, text)
    except (ValueError, ResponseError):
        raise ResponseError(
            "ErrorInvalidValueForProperty", f"{text!r} is no value for {path}.", path=str(path)
        ) from None
