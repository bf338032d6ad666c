"""Search expressions: what they become, that they can be read back, and what is refused."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ewsfs.ews.extended_properties import ExtendedProperty
from ewsfs.ews.items import ITEM_CLASSES, CalendarItem, Contact, Message
from ewsfs.ews.restriction import Q
from ewsfs.ews.xmlnames import m, make, t
from tests.ews.strategies import FILLED, ORDER_LOOKUPS, SEARCHES, TEXT_LOOKUPS, TIMES

NOON = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)


def shape(q: Q, *kinds: Any) -> Any:
    """The expression as nested tuples: name, attributes, children."""

    def of(node: etree._Element) -> Any:
        attributes = {str(name): str(value) for name, value in node.attrib.items()}
        return (node.tag.rpartition("}")[2], attributes, [of(child) for child in node])

    restriction = q.to_xml(kinds or (Message,), ITEM_CLASSES)
    return None if restriction is None else of(restriction[0])


SUBJECT: Any = ("FieldURI", {"FieldURI": "item:Subject"}, [])


def contains(mode: str, comparison: str, value: str = "foo") -> Any:
    return (
        "Contains",
        {"ContainmentMode": mode, "ContainmentComparison": comparison},
        [SUBJECT, ("Constant", {"Value": value}, [])],
    )


@pytest.mark.parametrize(
    ("lookup", "expected"),
    [
        ("subject", contains("FullString", "Exact")),
        ("subject__exact", contains("FullString", "Exact")),
        ("subject__iexact", contains("FullString", "IgnoreCase")),
        ("subject__contains", contains("Substring", "Exact")),
        ("subject__icontains", contains("Substring", "IgnoreCase")),
        ("subject__startswith", contains("Prefixed", "Exact")),
        ("subject__istartswith", contains("Prefixed", "IgnoreCase")),
        ("subject__not", ("Not", {}, [contains("FullString", "Exact")])),
    ],
)
def test_lookups_of_text(lookup: str, expected: Any) -> None:
    assert shape(Q(**{lookup: "foo"})) == expected


def two(name: str, uri: str, value: str) -> Any:
    constant: Any = ("FieldURIOrConstant", {}, [("Constant", {"Value": value}, [])])
    return (name, {}, [("FieldURI", {"FieldURI": uri}, []), constant])


@pytest.mark.parametrize(
    ("lookup", "name"),
    [
        ("datetime_received", "IsEqualTo"),
        ("datetime_received__gt", "IsGreaterThan"),
        ("datetime_received__gte", "IsGreaterThanOrEqualTo"),
        ("datetime_received__lt", "IsLessThan"),
        ("datetime_received__lte", "IsLessThanOrEqualTo"),
    ],
)
def test_lookups_of_times(lookup: str, name: str) -> None:
    assert shape(Q(**{lookup: NOON})) == two(name, "item:DateTimeReceived", "2026-01-02T12:00:00Z")


def test_a_range_has_both_of_its_ends() -> None:
    low = two("IsGreaterThanOrEqualTo", "item:Size", "1")
    high = two("IsLessThanOrEqualTo", "item:Size", "9")
    assert shape(Q(size__range=(1, 9))) == ("And", {}, [low, high])


def test_in_is_one_of_them() -> None:
    either: Any = ("Or", {}, [contains("FullString", "Exact", "a"), contains("FullString", "Exact", "b")])
    assert shape(Q(subject__in=["a", "b"])) == either
    assert shape(Q(subject__in=("a",))) == contains("FullString", "Exact", "a")
    assert shape(Q(subject__in=(x for x in "ab"))) == either


def test_existence() -> None:
    exists: Any = ("Exists", {}, [("FieldURI", {"FieldURI": "item:Categories"}, [])])
    assert shape(Q(categories__exists=True)) == exists
    assert shape(Q(categories__exists=False)) == ("Not", {}, [exists])


def test_several_values_must_all_be_contained() -> None:
    found = shape(Q(categories__contains=["foo", "bar"]), CalendarItem)
    assert found[0] == "And"
    assert [part[2][1][1]["Value"] for part in found[2]] == ["foo", "bar"]


def test_labelled_values() -> None:
    found = shape(Q(phone_numbers__CarPhone__startswith="+4"), Contact)
    assert found[2][0] == ("IndexedFieldURI", {"FieldURI": "contacts:PhoneNumber", "FieldIndex": "CarPhone"}, [])
    found = shape(Q(physical_addresses__Home__street="Here"), Contact)
    assert found[2][0][1] == {"FieldURI": "contacts:PhysicalAddress:Street", "FieldIndex": "Home"}


def test_a_name_of_several_properties_asks_for_each() -> None:
    found = shape(Q(mileage="1"), *ITEM_CLASSES)
    assert found[0] == "Or"
    assert {part[2][0][1]["FieldURI"] for part in found[2]} == {"contacts:Mileage", "task:Mileage"}


def test_joining() -> None:
    a, b, c = Q(subject="a"), Q(subject="b"), Q(is_read=True)
    assert shape((a | b) & ~c)[0] == "And"
    assert shape((a & b) & c) == shape(a & (b & c)) == shape(Q(a, b, c))
    assert shape(~~a) == shape(a)
    assert shape(Q(subject="a", is_read=True)) == shape(a & c)


def test_an_expression_that_says_nothing_changes_nothing() -> None:
    a = Q(subject="a")
    assert not Q()
    assert Q() & a == a & Q() == Q() | a == a | Q() == a
    assert shape(Q()) is None


def test_none_of_nothing_is_never() -> None:
    never = Q(subject__in=[])
    assert never.is_never
    assert (never & Q(is_read=True)).is_never
    assert not (never | Q(is_read=True)).is_never
    assert shape(never | Q(subject="foo")) == contains("FullString", "Exact")
    assert shape(~never & Q(subject="foo")) == contains("FullString", "Exact")
    assert shape(~never) is None


@pytest.mark.parametrize(
    ("lookups", "error", "says"),
    [
        ({"subjct": "a"}, ValueError, "'subjct'.*'subject'"),
        ({"subject__contians": "a"}, ValueError, "subject"),
        ({"subject__gt": "a"}, ValueError, "'subject'.*'gt'"),
        ({"is_read__lt": True}, ValueError, "'is_read'"),
        ({"size__contains": 3}, ValueError, "'size' is no text"),
        ({"size": "3"}, TypeError, "'size' must be int"),
        ({"subject": 3}, TypeError, "'subject' must be str"),
        ({"datetime_received__gt": datetime(2026, 1, 1)}, ValueError, "'datetime_received' needs a time zone"),
        ({"datetime_received__range": NOON}, ValueError, "'datetime_received__range' must be a pair"),
        ({"subject__in": "abc"}, ValueError, "'subject__in' must be a list"),
        ({"subject__exists": 1}, ValueError, "'subject__exists' must be True or False"),
        ({"subject__contains": None}, ValueError, "'subject'"),
        ({"mime_content": b"a"}, ValueError, "'mime_content' can't be searched"),
        ({"attachments": "a"}, ValueError, "'attachments' can't be searched"),
        ({"importance": "high"}, ValueError, "'importance' must be one of"),
        ({"phone_numbers": "1"}, ValueError, "'phone_numbers' can't be searched"),
        ({"phone_numbers__Nowhere": "1"}, ValueError, "the label must be one of"),
        ({"physical_addresses__Home": "1"}, ValueError, "'physical_addresses__Home'"),
    ],
)
def test_what_cannot_be_searched_is_refused(lookups: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Q(**lookups).to_xml((Message, Contact), ITEM_CLASSES)


def test_query_strings_stand_alone() -> None:
    q = Q("subject:XXX")
    assert q.query_string == "subject:XXX"
    with pytest.raises(ValueError, match="can't be combined"):
        Q("subject:XXX", is_read=True)
    with pytest.raises(ValueError, match="can't be combined"):
        _ = q & Q(is_read=True)
    with pytest.raises(ValueError, match="can't be negated"):
        _ = ~q


@settings(deadline=None)
@given(q=SEARCHES)
def test_any_expression_can_be_read_back(q: Q) -> None:
    restriction = q.to_xml((Message,))
    assert restriction is not None
    sent = etree.tostring(restriction)
    again = Q.from_xml(etree.fromstring(sent), (Message,))
    restriction_again = again.to_xml((Message,))
    assert restriction_again is not None
    assert etree.tostring(restriction_again) == sent
    assert again == Q.from_xml(restriction_again, (Message,))


@settings(deadline=None, max_examples=50)
@given(q=SEARCHES)
def test_any_expression_is_valid(q: Q, ews_schema: etree.XMLSchema) -> None:
    restriction = q.to_xml((Message,))
    assert restriction is not None
    request = make(
        m("FindItem"),
        make(m("ItemShape"), make(t("BaseShape"), text="IdOnly")),
        restriction,
        make(m("ParentFolderIds"), make(t("DistinguishedFolderId"), Id="inbox")),
        Traversal="Shallow",
    )
    ews_schema.assertValid(etree.ElementTree(etree.fromstring(etree.tostring(request))))


class Flag(ExtendedProperty):
    property_tag = 0x1090
    property_type = "Integer"


@pytest.fixture
def registered() -> Any:
    Message.register("flag_number", Flag)
    yield
    Message.deregister("flag_number")


@pytest.mark.usefixtures("registered")
def test_extended_properties_are_compared_by_their_type() -> None:
    found = shape(Q(flag_number__gte=2))
    assert found[0] == "IsGreaterThanOrEqualTo"
    assert found[2][0] == ("ExtendedFieldURI", {"PropertyTag": "0x1090", "PropertyType": "Integer"}, [])
    restriction = Q(flag_number__gte=2).to_xml((Message,))
    assert restriction is not None
    assert Q.from_xml(restriction, (Message,)) == Q(flag_number__gte=2)


class Number(ExtendedProperty):
    distinguished_property_set_id = "PublicStrings"
    property_name = "Number"
    property_type = "Double"


class Word(ExtendedProperty):
    property_set_id = "12345678-1234-1234-1234-123456781234"
    property_id = 5
    property_type = "String"


class When(ExtendedProperty):
    property_tag = 0x3007
    property_type = "SystemTime"


@pytest.fixture(scope="module")
def contact_properties() -> Any:
    kinds: dict[str, type[ExtendedProperty]] = {"number": Number, "word": Word, "when": When}
    for name, kind in kinds.items():
        Contact.register(name, kind)
    yield
    for name in kinds:
        Contact.deregister(name)


WHOLE_SECONDS = TIMES.map(lambda when: when.replace(microsecond=0))
OF_CONTACTS: list[st.SearchStrategy[Q]] = [
    st.builds(
        lambda name, lookup, value: Q(**{f"{name}__{lookup}": value}),
        st.sampled_from(
            ["phone_numbers__CarPhone", "physical_addresses__Home__city", "email_addresses__EmailAddress1", "word"]
        ),
        st.sampled_from(TEXT_LOOKUPS),
        FILLED,
    ),
    st.builds(
        lambda lookup, value: Q(**{f"number__{lookup}": value}),
        st.sampled_from(ORDER_LOOKUPS),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.builds(
        lambda name, lookup, value: Q(**{f"{name}__{lookup}": value}),
        st.sampled_from(["when", "datetime_created"]),
        st.sampled_from(ORDER_LOOKUPS),
        WHOLE_SECONDS,
    ),
    st.builds(
        lambda name, value: Q(**{f"{name}__exists": value}),
        st.sampled_from(["phone_numbers__Pager", "physical_addresses__Other__street", "number", "word"]),
        st.booleans(),
    ),
]


@settings(deadline=None)
@pytest.mark.usefixtures("contact_properties")
@given(q=st.one_of(OF_CONTACTS) | st.tuples(*OF_CONTACTS).map(lambda all_: (all_[0] | ~all_[1]) & ~(all_[2] & all_[3])))
def test_any_expression_with_labels_and_extended_properties_can_be_read_back(q: Q) -> None:
    restriction = q.to_xml((Contact,))
    assert restriction is not None
    sent = etree.tostring(restriction)
    again = Q.from_xml(etree.fromstring(sent), (Contact,))
    assert again == q
    restriction_again = again.to_xml((Contact,))
    assert restriction_again is not None
    assert etree.tostring(restriction_again) == sent
