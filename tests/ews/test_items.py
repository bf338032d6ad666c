"""Items: every field of the schema, in its order, with a URI that exists; and that none loses a value on the wire."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ewsfs.ews.ewsdatetime import EWSDateTime, EWSTimeZone
from ewsfs.ews.items import (
    ITEM_CLASSES,
    CalendarItem,
    Contact,
    DistributionList,
    Item,
    MeetingCancellation,
    MeetingMessage,
    MeetingRequest,
    MeetingResponse,
    Message,
    PostItem,
    Task,
    item_from_xml,
)
from ewsfs.ews.properties import Flag
from ewsfs.ews.xmlnames import m, make, t
from tests.conftest import SHARED
from tests.ews import strategies

XS = "{http://www.w3.org/2001/XMLSchema}"
TYPES = {
    Item: "ItemType",
    Message: "MessageType",
    CalendarItem: "CalendarItemType",
    Contact: "ContactItemType",
    DistributionList: "DistributionListType",
    Task: "TaskType",
    PostItem: "PostItemType",
    MeetingMessage: "MeetingMessageType",
    MeetingRequest: "MeetingRequestMessageType",
    MeetingResponse: "MeetingResponseMessageType",
    MeetingCancellation: "MeetingCancellationMessageType",
}


@pytest.fixture(scope="module")
def types() -> dict[str, Any]:
    path = SHARED / "ews-schema" / "types.xsd"
    if not path.is_file():
        pytest.skip("the EWS schema is not here: shared/ews-schema beside the checkout")
    root = etree.parse(str(path)).getroot()
    return {node.get("name") or "": node for node in root if isinstance(node.tag, str)}


def schema_order(types: dict[str, Any], name: str) -> list[str]:
    node = types[name]
    extension = node.find(f"{XS}complexContent/{XS}extension")
    if extension is None:
        return [child.get("name") for child in node.findall(f"{XS}sequence/{XS}element")]
    before = schema_order(types, extension.get("base").removeprefix("t:"))
    return before + [child.get("name") for child in extension.findall(f"{XS}sequence/{XS}element")]


@pytest.mark.parametrize("kind", ITEM_CLASSES, ids=lambda kind: kind.__name__)
def test_fields_stand_in_the_order_of_the_schema(kind: type[Item], types: dict[str, Any]) -> None:
    order = schema_order(types, TYPES[kind])
    declared = [field.element for field in kind.FIELDS if field.name != "changekey" and not field.is_extended]
    assert declared == sorted(declared, key=order.index)


@pytest.mark.parametrize("kind", ITEM_CLASSES, ids=lambda kind: kind.__name__)
def test_every_uri_is_one_of_the_schema(kind: type[Item], types: dict[str, Any]) -> None:
    uris = {node.get("value") for node in types["UnindexedFieldURIType"].iter(f"{XS}enumeration")}
    assert {field.uri for field in kind.FIELDS if not field.is_extended} <= uris


@pytest.mark.parametrize("kind", ITEM_CLASSES, ids=lambda kind: kind.__name__)
def test_every_property_with_a_uri_is_a_field(kind: type[Item], types: dict[str, Any]) -> None:
    uris = {node.get("value").partition(":")[2] for node in types["UnindexedFieldURIType"].iter(f"{XS}enumeration")}
    declared = {field.element for field in kind.FIELDS}
    assert {name for name in schema_order(types, TYPES[kind]) if name in uris} - declared == set()


@pytest.mark.parametrize("kind", ITEM_CLASSES, ids=lambda kind: kind.__name__)
def test_docstring_names_the_reference_page(kind: type[Item]) -> None:
    assert f"EWS reference: {kind.ELEMENT}" in (kind.__doc__ or "")


@pytest.mark.parametrize("kind", ITEM_CLASSES, ids=lambda kind: kind.__name__)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_fields_survive_the_wire(kind: type[Item], data: Any) -> None:
    item = data.draw(strategies.items(kind))
    sent = etree.tostring(item.to_xml())
    assert item_from_xml(etree.fromstring(sent)) == item


@pytest.mark.parametrize("kind", ITEM_CLASSES, ids=lambda kind: kind.__name__)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_creates_an_item_is_valid(kind: type[Item], data: Any, ews_schema: etree.XMLSchema) -> None:
    item = data.draw(strategies.items(kind, writable=True))
    request = make(m("CreateItem"), make(m("Items"), item.to_create_xml()), MessageDisposition="SaveOnly")
    ews_schema.assertValid(etree.ElementTree(etree.fromstring(etree.tostring(request))))


@settings(max_examples=50, deadline=None)
@given(strategies.items())
def test_items_can_be_copied_and_pickled(item: Item) -> None:
    assert pickle.loads(pickle.dumps(item)) == item  # noqa: S301  # our own bytes
    assert copy.deepcopy(item) == item
    assert item.clone() == item


def test_text_that_xml_forbids_is_removed_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="XML forbids"):
        sent = Message(subject="a\x00b\x0bc\ud800d\uffff").to_xml()
    assert Message.from_xml(sent).subject == "abcd"


@pytest.mark.parametrize(
    ("values", "error", "says"),
    [
        ({"subjct": "a"}, TypeError, "'subjct'.*'subject'"),
        ({"subject": 1}, TypeError, "'subject' must be str"),
        ({"importance": "high"}, ValueError, "'importance' must be one of"),
        ({"is_read": "yes"}, TypeError, "'is_read' must be bool"),
        ({"to_recipients": "a@example.com"}, TypeError, "'to_recipients' must be a list"),
        ({"to_recipients": [1]}, TypeError, "'to_recipients'"),
        ({"to_recipients": [""]}, ValueError, "'to_recipients'"),
        ({"categories": [1]}, TypeError, "'categories'"),
        ({"reminder_minutes_before_start": -1}, ValueError, "'reminder_minutes_before_start'"),
        ({"attachments": ["a"]}, TypeError, "'attachments'"),
        ({"mime_content": "text"}, TypeError, "'mime_content' must be bytes"),
    ],
)
def test_a_field_set_wrongly_is_named(values: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Message(**values)


def test_a_name_that_is_no_field_cannot_be_assigned() -> None:
    message = Message()
    with pytest.raises(AttributeError):
        message.subjct = "a"  # type: ignore[attr-defined]  # that is what is tested


def test_addresses_will_do_for_mailboxes() -> None:
    message = Message(to_recipients=["a@example.com"], author="b@example.com")
    assert [mailbox.email_address for mailbox in message.to_recipients] == ["a@example.com"]
    assert message.author is not None
    assert message.author.email_address == "b@example.com"


def test_lists_are_never_none() -> None:
    message = Message()
    assert message.attachments == []
    assert message.categories == []


def test_a_list_that_is_filled_in_place_counts() -> None:
    message = Message()
    message.categories.append("blue")
    assert Message.from_xml(message.to_xml()).categories == ["blue"]


LOADED = f"""
<t:Message xmlns:t="{t("x")[1:].partition("}")[0]}">
  <t:ItemId Id="AAA=" ChangeKey="BBB="/>
  <t:Subject>one</t:Subject>
  <t:Categories><t:String>red</t:String></t:Categories>
</t:Message>"""


def test_nothing_is_changed_in_what_was_loaded() -> None:
    item = item_from_xml(etree.fromstring(LOADED))
    assert item.categories == ["red"]
    assert item.changed_fields == []


def test_an_assignment_is_a_change() -> None:
    item = item_from_xml(etree.fromstring(LOADED))
    item.subject = "two"
    assert item.changed_fields == ["subject"]


def test_a_change_in_a_list_is_a_change() -> None:
    item = item_from_xml(etree.fromstring(LOADED))
    item.categories.append("blue")
    assert item.changed_fields == ["categories"]
    item.categories.remove("blue")
    assert item.changed_fields == []


def test_a_new_list_in_place_of_an_equal_one_is_no_change() -> None:
    item = item_from_xml(etree.fromstring(LOADED))
    item.categories = ["red"]
    assert item.changed_fields == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("reply_to", ["a@example.test"]), ("flag", Flag(flag_status="Flagged"))],
)
def test_what_was_assigned_where_nothing_was_stays_a_change(name: str, value: object) -> None:
    item = item_from_xml(etree.fromstring(LOADED))
    setattr(item, name, value)
    assert getattr(item, name) == getattr(item, name)  # that it is read doesn't make it the server's
    setattr(item, name, value)
    assert item.changed_fields == [name]
    assert copy.deepcopy(item).changed_fields == pickle.loads(pickle.dumps(item)).changed_fields == [name]  # noqa: S301


def test_unknown_elements_and_comments_are_passed_over() -> None:
    text = LOADED.replace("<t:Subject>", "<!-- c --><t:Fancy><t:New/></t:Fancy><?pi x?><t:Subject>")
    assert item_from_xml(etree.fromstring(text)) == item_from_xml(etree.fromstring(LOADED))


def test_names_are_matched_whatever_the_namespace_is() -> None:
    text = LOADED.replace("2006/types", "2006/other")
    assert item_from_xml(etree.fromstring(text)).subject == "one"


def test_values_that_make_no_sense_are_left_out() -> None:
    text = LOADED.replace(
        "<t:Subject>one</t:Subject>",
        "<t:DateTimeReceived>yesterday</t:DateTimeReceived><t:Size>much</t:Size><t:IsRead/><t:IsDraft>x</t:IsDraft>",
    )
    item = item_from_xml(etree.fromstring(text))
    assert isinstance(item, Message)
    assert (item.datetime_received, item.size, item.is_read, item.is_draft) == (None, None, None, None)
    assert item.item_id == "AAA="


def test_an_element_that_comes_twice_and_says_nothing_the_second_time_keeps_its_value() -> None:
    zones = '<t:StartTimeZone Id="Romance Standard Time"/><t:StartTimeZone/>'
    text = f'<t:CalendarItem xmlns:t="x">{zones}</t:CalendarItem>'
    item = item_from_xml(etree.fromstring(text))
    assert isinstance(item, CalendarItem)
    assert item.start_timezone is not None
    assert item.start_timezone.key == "Europe/Paris"


def test_an_item_of_an_unknown_kind_is_an_item() -> None:
    item = item_from_xml(etree.fromstring(LOADED.replace("t:Message", "t:HoloMessage")))
    assert type(item) is Item
    assert item.subject == "one"


def test_an_end_before_the_start_is_refused_before_anything_is_sent() -> None:
    item = CalendarItem(start=EWSDateTime.from_string("2026-01-02T10:00:00Z"))
    item.end = EWSDateTime.from_string("2026-01-02T09:00:00Z")
    with pytest.raises(ValueError, match=r"'end'.*'start'"):
        item.to_create_xml()


def test_the_zone_of_the_start_goes_along() -> None:
    oslo = EWSTimeZone("Europe/Oslo")
    item = CalendarItem(start=oslo.localize(EWSDateTime(2026, 1, 2, 10)))
    sent = CalendarItem.from_xml(item.to_create_xml())
    assert sent.start_timezone is not None
    assert sent.start_timezone.ms_id == "W. Europe Standard Time"
    assert item.start_timezone is None


def test_the_zone_goes_as_a_meeting_time_zone_to_exchange_2007() -> None:
    oslo = EWSTimeZone("Europe/Oslo")
    item = CalendarItem(start=oslo.localize(EWSDateTime(2026, 1, 2, 10)))
    names = [node.tag for node in item.to_create_xml("Exchange2007_SP1")]
    assert t("MeetingTimeZone") in names
    assert t("StartTimeZone") not in names
