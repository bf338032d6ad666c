"""The tables against the schema itself: names, order and FieldURIs, none missing and none invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from ewsfs.sandbox import schema
from tests.schema import SCHEMA

XSD = "{http://www.w3.org/2001/XMLSchema}"
TYPE_NAMES = {
    "Item": "ItemType",
    "Message": "MessageType",
    "CalendarItem": "CalendarItemType",
    "Contact": "ContactItemType",
    "DistributionList": "DistributionListType",
    "Task": "TaskType",
    "PostItem": "PostItemType",
    "MeetingMessage": "MeetingMessageType",
    "MeetingRequest": "MeetingRequestMessageType",
    "MeetingResponse": "MeetingResponseMessageType",
    "MeetingCancellation": "MeetingCancellationMessageType",
    "Folder": "FolderType",
    "CalendarFolder": "CalendarFolderType",
    "ContactsFolder": "ContactsFolderType",
    "SearchFolder": "SearchFolderType",
    "TasksFolder": "TasksFolderType",
}
PREFIXES = {
    "folder",
    "item",
    "message",
    "calendar",
    "contacts",
    "task",
    "meeting",
    "meetingRequest",
    "postitem",
    "distributionlist",
}


@pytest.fixture(scope="module")
def xsd() -> etree._Element:
    types: Path = SCHEMA.with_name("types.xsd")
    if not types.is_file():
        pytest.skip("the EWS schema is not here: shared/ews-schema beside the checkout")
    return etree.parse(str(types)).getroot()


def children_of(xsd: etree._Element, type_name: str) -> list[str]:
    complex_type = xsd.find(f"{XSD}complexType[@name='{type_name}']")
    assert complex_type is not None
    extension = complex_type.find(f"{XSD}complexContent/{XSD}extension")
    sequence = complex_type.find(f"{XSD}sequence")
    names = []
    if extension is not None:
        names = children_of(xsd, extension.get("base", "").removeprefix("t:"))
        sequence = extension.find(f"{XSD}sequence")
    if sequence is not None:
        names += [element.get("name", "") for element in sequence.findall(f"{XSD}element")]
    return names


@pytest.mark.parametrize("kind", TYPE_NAMES)
def test_children_stand_in_schema_order(kind: str, xsd: etree._Element) -> None:
    assert [prop.name for prop in schema.KINDS[kind]] == children_of(xsd, TYPE_NAMES[kind])


def test_every_field_uri_is_known(xsd: etree._Element) -> None:
    listed = {
        str(value.get("value"))
        for simple in xsd.findall(f"{XSD}simpleType[@name='UnindexedFieldURIType']")
        for value in simple.iter(f"{XSD}enumeration")
    }
    ours = {prop.uri for kind in schema.KINDS.values() for prop in kind if prop.uri}
    assert ours - listed == set()
    assert {uri for uri in listed - ours if uri.split(":")[0] in PREFIXES} == schema.WITHOUT_ELEMENT


def test_every_index_is_known(xsd: etree._Element) -> None:
    simple = xsd.find(f"{XSD}simpleType[@name='DictionaryURIType']")
    assert simple is not None
    assert {value.get("value") for value in simple.iter(f"{XSD}enumeration")} == set(schema.INDEXED)
