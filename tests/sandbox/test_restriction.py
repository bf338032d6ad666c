"""Restrictions: each search expression on each type of property."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.model import Item
from ewsfs.sandbox.restriction import compile_restriction
from tests.sandbox.content import create, refused, xml

EXTENDED = (
    '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="{name}" PropertyType="{type}"/>'
)


def field(uri: str) -> str:
    return f'<t:FieldURI FieldURI="{uri}"/>'


def compared(name: str, path: str, constant: str) -> str:
    value = f'<t:FieldURIOrConstant><t:Constant Value="{constant}"/></t:FieldURIOrConstant>'
    return f"<t:{name}>{path}{value}</t:{name}>"


def contains(path: str, constant: str, mode: str = "Substring", comparison: str = "Exact") -> str:
    attributes = f'ContainmentMode="{mode}" ContainmentComparison="{comparison}"'
    return f'<t:Contains {attributes}>{path}<t:Constant Value="{constant}"/></t:Contains>'


@pytest.fixture(scope="module")
def item() -> Item:
    return create(
        "<t:Message><t:Subject>Réunion of the Board</t:Subject><t:Body BodyType='Text'>agenda</t:Body>"
        "<t:Categories><t:String>red</t:String><t:String>Blue</t:String></t:Categories>"
        "<t:Importance>High</t:Importance>"
        "<t:ExtendedProperty>"
        + EXTENDED.format(name="n", type="Integer")
        + "<t:Value>12</t:Value></t:ExtendedProperty>"
        "<t:ExtendedProperty>" + EXTENDED.format(name="a", type="StringArray") + "<t:Values><t:Value>x</t:Value>"
        "<t:Value>y</t:Value></t:Values></t:ExtendedProperty>"
        "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='0x0E06' PropertyType='SystemTime'/>"
        "<t:Value>2024-03-05T10:00:00Z</t:Value></t:ExtendedProperty>"
        "<t:ToRecipients><t:Mailbox><t:Name>Bob</t:Name><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox>"
        "</t:ToRecipients></t:Message>"
    )


SUBJECT = field("item:Subject")
RECEIVED = field("item:DateTimeReceived")
IMPORTANCE = field("item:Importance")
NUMBER = EXTENDED.format(name="n", type="Integer")


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        (compared("IsEqualTo", SUBJECT, "Réunion of the Board"), True),
        (compared("IsEqualTo", SUBJECT, "réunion of the board"), False),
        (compared("IsNotEqualTo", SUBJECT, "x"), True),
        (compared("IsEqualTo", field("message:IsRead"), "true"), True),
        (compared("IsEqualTo", field("message:IsRead"), "0"), False),
        (compared("IsGreaterThan", RECEIVED, "2024-03-05T11:00:00+01:00"), False),
        (compared("IsGreaterThanOrEqualTo", RECEIVED, "2024-03-05T11:00:00+01:00"), True),
        (compared("IsLessThan", RECEIVED, "2024-03-06T00:00:00Z"), True),
        (compared("IsLessThanOrEqualTo", RECEIVED, "2024-03-05T09:59:59Z"), False),
        (compared("IsGreaterThan", IMPORTANCE, "Normal"), True),
        (compared("IsGreaterThan", field("item:Size"), "10"), True),
        (compared("IsEqualTo", NUMBER, "12"), True),
        (compared("IsLessThan", NUMBER, "9"), False),
        (compared("IsEqualTo", EXTENDED.format(name="a", type="StringArray"), "y"), True),
        (compared("IsEqualTo", EXTENDED.format(name="other", type="String"), "y"), False),
        (compared("IsNotEqualTo", EXTENDED.format(name="other", type="String"), "y"), True),
        (compared("IsEqualTo", field("item:Categories"), "red"), True),
        (compared("IsEqualTo", field("item:HasAttachments"), "false"), True),
        (f"<t:Exists>{SUBJECT}</t:Exists>", True),
        (f"<t:Exists>{field('item:ReminderDueBy')}</t:Exists>", False),
        (f"<t:Exists>{EXTENDED.format(name='a', type='StringArray')}</t:Exists>", True),
        (contains(SUBJECT, "the"), True),
        (contains(SUBJECT, "THE"), False),
        (contains(SUBJECT, "THE", comparison="IgnoreCase"), True),
        (contains(SUBJECT, "reunion", comparison="IgnoreCase"), False),
        (contains(SUBJECT, "reunion", comparison="IgnoreCaseAndNonSpacingCharacters"), True),
        (contains(SUBJECT, "Reunion", comparison="IgnoreNonSpacingCharacters"), True),
        (contains(SUBJECT, "the Board", "Prefixed"), False),
        (contains(SUBJECT, "Réunion", "Prefixed"), True),
        (contains(SUBJECT, "Bo", "PrefixOnWords"), True),
        (contains(SUBJECT, "oard", "PrefixOnWords"), False),
        (contains(SUBJECT, "the Boa", "ExactPhrase"), False),
        (contains(SUBJECT, "the Board", "ExactPhrase"), True),
        (contains(SUBJECT, "Réunion of the Board", "FullString"), True),
        (contains(field("item:Body"), "agenda"), True),
        (contains(field("message:ToRecipients"), "bob@"), True),
        (contains(field("item:Categories"), "Blue", "FullString"), True),
        (f"<t:Excludes>{NUMBER}<t:Bitmask Value='3'/></t:Excludes>", True),
        (f"<t:Excludes>{NUMBER}<t:Bitmask Value='0x4'/></t:Excludes>", False),
        (f"<t:Not>{contains(SUBJECT, 'the')}</t:Not>", False),
        (f"<t:And>{contains(SUBJECT, 'the')}{contains(SUBJECT, 'nowhere')}</t:And>", False),
        (f"<t:Or>{contains(SUBJECT, 'nowhere')}{contains(SUBJECT, 'the')}</t:Or>", True),
        (f"<m:Restriction>{contains(SUBJECT, 'the')}</m:Restriction>", True),
        (
            f"<t:IsEqualTo>{field('item:DateTimeSent')}<t:FieldURIOrConstant>{RECEIVED}</t:FieldURIOrConstant></t:IsEqualTo>",
            False,
        ),
    ],
)
def test_expressions(item: Item, expression: str, matches: bool) -> None:
    assert compile_restriction(xml(expression))(item) is matches


def test_no_restriction_lets_everything_through(item: Item) -> None:
    assert compile_restriction(None)(item)


def test_entries_of_a_dictionary_can_be_searched() -> None:
    contact = create(
        "<t:Contact><t:EmailAddresses><t:Entry Key='EmailAddress1'>a@b</t:Entry></t:EmailAddresses></t:Contact>"
    )
    path = "<t:IndexedFieldURI FieldURI='contacts:EmailAddress' FieldIndex='EmailAddress1'/>"
    assert compile_restriction(xml(compared("IsEqualTo", path, "a@b")))(contact)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (compared("IsEqualTo", field("item:Attachments"), "x"), "ErrorUnsupportedPathForQuery"),
        (compared("IsEqualTo", field("item:Nonsense"), "x"), "ErrorUnsupportedPathForQuery"),
        (compared("IsEqualTo", RECEIVED, "soon"), "ErrorInvalidValueForProperty"),
        (compared("IsEqualTo", NUMBER, "many"), "ErrorInvalidValueForProperty"),
        (compared("IsEqualTo", IMPORTANCE, "Huge"), "ErrorInvalidValueForProperty"),
        (contains(field("message:IsRead"), "true"), "ErrorContainsFilterWrongType"),
        (f"<t:Exists>{field('item:IsDraft')}</t:Exists>", "ErrorInvalidPropertyForExists"),
        (f"<t:Excludes>{SUBJECT}<t:Bitmask Value='1'/></t:Excludes>", "ErrorInvalidExcludesRestriction"),
        (f"<t:Excludes>{NUMBER}<t:Bitmask Value='x'/></t:Excludes>", "ErrorInvalidExcludesRestriction"),
        ("<m:Restriction/>", "ErrorInvalidRestriction"),
        ("<t:Near/>", "ErrorUnsupportedQueryFilter"),
    ],
)
def test_refusals(expression: str, code: str) -> None:
    with refused(code):
        compile_restriction(xml(expression))
