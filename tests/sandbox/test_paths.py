"""Property paths: equal however they are written, refused when they contradict themselves."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.paths import ExtendedFieldURI, parse
from tests.sandbox.content import refused, xml

PUBLIC = "00020329-0000-0000-C000-000000000046"


def test_tags_are_equal_in_any_notation() -> None:
    hexadecimal = parse(xml('<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'))
    decimal = parse(xml('<t:ExtendedFieldURI PropertyTag="3591" PropertyType="Integer"/>'))
    assert hexadecimal == decimal


def test_property_sets_are_equal_by_name_and_guid() -> None:
    by_name = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="x" PropertyType="String"/>'
    by_guid = f'<t:ExtendedFieldURI PropertySetId="{PUBLIC}" PropertyName="x" PropertyType="String"/>'
    assert parse(xml(by_name)) == parse(xml(by_guid))


@pytest.mark.parametrize(
    "source",
    [
        '<t:ExtendedFieldURI DistinguishedPropertySetId="Common" PropertyId="34051" PropertyType="SystemTime"/>',
        '<t:ExtendedFieldURI PropertyTag="0x1035" PropertyType="String"/>',
        '<t:FieldURI FieldURI="item:Subject"/>',
        '<t:IndexedFieldURI FieldURI="contacts:PhoneNumber" FieldIndex="HomePhone"/>',
    ],
)
def test_a_path_survives_being_written(source: str) -> None:
    path = parse(xml(source))
    assert parse(path.element()) == path


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ('PropertyType="String"', "ErrorInvalidExtendedProperty"),
        ('PropertyTag="0x37" PropertyName="x" PropertyType="String"', "ErrorInvalidExtendedProperty"),
        (f'PropertySetId="{PUBLIC}" PropertyType="String"', "ErrorInvalidExtendedProperty"),
        ('PropertySetId="nonsense" PropertyName="x" PropertyType="String"', "ErrorInvalidExtendedProperty"),
        ('PropertyTag="0x8001" PropertyType="String"', "ErrorNoPropertyTagForCustomProperties"),
        ('PropertyTag="nonsense" PropertyType="String"', "ErrorInvalidExtendedProperty"),
        ('PropertyTag="0x37" PropertyType="Object"', "ErrorUnsupportedMapiPropertyType"),
    ],
)
def test_contradictions_are_refused(attributes: str, code: str) -> None:
    with refused(code):
        parse(xml(f"<t:ExtendedFieldURI {attributes}/>"))


def test_array_types_say_so() -> None:
    assert ExtendedFieldURI("StringArray", tag=1).is_array
    assert not ExtendedFieldURI("String", tag=1).is_array
