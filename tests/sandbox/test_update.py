"""UpdateItem: setting, appending, deleting; what is refused; and what becomes of kept MIME."""

from __future__ import annotations

import base64

import pytest

from ewsfs.sandbox.mime_content import mime_of
from ewsfs.sandbox.model import Item, children, t
from ewsfs.sandbox.update import apply_updates
from ewsfs.sandbox.view import View
from tests.sandbox.content import NOW, create, refused, render, text, xml

MIME = b"From: a@example.com\r\nSubject: old\r\nX-Own: kept\r\n\r\nHello\r\n"
NAMED = "<t:ExtendedFieldURI DistinguishedPropertySetId='PublicStrings' PropertyName='n' PropertyType='String'/>"
PERSON = "<t:Mailbox><t:EmailAddress>{}@example.com</t:EmailAddress></t:Mailbox>"


def field(uri: str) -> str:
    return f'<t:FieldURI FieldURI="{uri}"/>'


def index(uri: str, key: str) -> str:
    return f'<t:IndexedFieldURI FieldURI="{uri}" FieldIndex="{key}"/>'


def setting(path: str, value: str, kind: str = "Message") -> str:
    return f"<t:SetItemField>{path}<t:{kind}>{value}</t:{kind}></t:SetItemField>"


def appending(path: str, value: str, kind: str = "Message") -> str:
    return f"<t:AppendToItemField>{path}<t:{kind}>{value}</t:{kind}></t:AppendToItemField>"


def deleting(path: str) -> str:
    return f"<t:DeleteItemField>{path}</t:DeleteItemField>"


def update(item: Item, *updates: str) -> set[str]:
    found = apply_updates(item, children(xml(f"<t:Updates>{''.join(updates)}</t:Updates>")), now=NOW)
    render(item)
    return found


def message(more: str = "") -> Item:
    content = base64.b64encode(MIME).decode()
    return create(f"<t:Message><t:MimeContent>{content}</t:MimeContent>{more}</t:Message>")


def contact() -> Item:
    return create(
        "<t:Contact><t:GivenName>Ada</t:GivenName><t:PhoneNumbers><t:Entry Key='HomePhone'>1</t:Entry></t:PhoneNumbers>"
        "<t:PhysicalAddresses><t:Entry Key='Home'><t:Street>S</t:Street><t:City>C</t:City></t:Entry>"
        "</t:PhysicalAddresses></t:Contact>"
    )


def test_a_new_subject_shows_in_the_mime() -> None:
    item = message()
    assert update(item, setting(field("item:Subject"), "<t:Subject>RE: new</t:Subject>")) == {"Subject"}
    mime = mime_of(item, View())
    assert b"Subject: RE: new\r\n" in mime
    assert b"Hello" in mime
    assert item.get("ConversationTopic") == "new"


@pytest.mark.parametrize(
    "change",
    [
        setting(field("message:IsRead"), "<t:IsRead>false</t:IsRead>"),
        setting(field("item:Categories"), "<t:Categories><t:String>x</t:String></t:Categories>"),
        setting(field("item:Flag"), "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>"),
        setting(NAMED, f"<t:ExtendedProperty>{NAMED}<t:Value>v</t:Value></t:ExtendedProperty>"),
        deleting(field("item:Categories")),
    ],
)
def test_what_is_no_part_of_a_message_leaves_the_mime_alone(change: str) -> None:
    item = message()
    update(item, change)
    assert item.mime == MIME


def test_only_the_read_flag() -> None:
    assert update(message(), setting(field("message:IsRead"), "<t:IsRead>false</t:IsRead>")) == {"IsRead"}


def test_new_mime_replaces_what_the_old_one_said() -> None:
    item = message("<t:Categories><t:String>red</t:String></t:Categories>")
    new = b"Subject: new\r\n\r\nOther\r\n"
    content = f"<t:MimeContent>{base64.b64encode(new).decode()}</t:MimeContent>"
    update(item, setting(field("item:MimeContent"), content))
    assert item.mime == new
    assert (item.get("Subject"), item.properties.find(t("From"))) == ("new", None)
    assert text(item.properties, "Categories/String") == "red"


def test_appending() -> None:
    item = message()
    update(
        item,
        setting(field("item:Body"), '<t:Body BodyType="Text">one</t:Body>'),
        appending(field("item:Body"), '<t:Body BodyType="Text"> two</t:Body>'),
        appending(field("message:ToRecipients"), f"<t:ToRecipients>{PERSON.format('a')}</t:ToRecipients>"),
        appending(field("message:ToRecipients"), f"<t:ToRecipients>{PERSON.format('b')}</t:ToRecipients>"),
    )
    assert item.get("Body") == "one two"
    addresses = item.properties.iterfind("{*}ToRecipients/{*}Mailbox/{*}EmailAddress")
    assert [one.text for one in addresses] == ["a@example.com", "b@example.com"]


def test_deleting() -> None:
    item = message("<t:ReminderDueBy>2024-01-01T00:00:00Z</t:ReminderDueBy>")
    update(item, setting(NAMED, f"<t:ExtendedProperty>{NAMED}<t:Value>v</t:Value></t:ExtendedProperty>"))
    update(item, deleting(field("item:ReminderDueBy")), deleting(NAMED), deleting(field("item:Subject")))
    for name in ("ReminderDueBy", "ExtendedProperty", "Subject"):
        assert item.properties.find(t(name)) is None


def test_an_empty_list_is_no_list() -> None:
    item = message("<t:Categories><t:String>x</t:String></t:Categories>")
    update(item, setting(field("item:Categories"), "<t:Categories/>"))
    assert item.properties.find(t("Categories")) is None


def test_the_tag_of_the_subject_is_the_subject() -> None:
    path = '<t:ExtendedFieldURI PropertyTag="0x37" PropertyType="String"/>'
    item = message()
    update(item, setting(path, f"<t:ExtendedProperty>{path}<t:Value>new</t:Value></t:ExtendedProperty>"))
    assert (item.get("Subject"), item.mime) == ("new", None)


def test_entries_of_a_dictionary() -> None:
    item = contact()
    update(
        item,
        setting(
            index("contacts:PhoneNumber", "BusinessPhone"),
            "<t:PhoneNumbers><t:Entry Key='BusinessPhone'>2</t:Entry></t:PhoneNumbers>",
            "Contact",
        ),
        setting(
            index("contacts:PhysicalAddress:PostalCode", "Home"),
            "<t:PhysicalAddresses><t:Entry Key='Home'><t:PostalCode>P</t:PostalCode></t:Entry></t:PhysicalAddresses>",
            "Contact",
        ),
        deleting(index("contacts:PhysicalAddress:Street", "Home")),
    )
    numbers = [(one.get("Key"), one.text) for one in item.properties.iterfind("{*}PhoneNumbers/*")]
    assert numbers == [("BusinessPhone", "2"), ("HomePhone", "1")]
    assert [one.text for one in item.properties.iterfind("{*}PhysicalAddresses/*/*")] == ["C", "P"]


def test_the_last_entry_takes_the_dictionary_along() -> None:
    item = contact()
    update(item, deleting(index("contacts:PhoneNumber", "HomePhone")))
    assert item.properties.find(t("PhoneNumbers")) is None


def test_names_of_a_contact_agree() -> None:
    item = contact()
    update(item, setting(field("contacts:Surname"), "<t:Surname>Lovelace</t:Surname>", "Contact"))
    assert item.get("FileAs") == "Lovelace, Ada"


def test_members_are_appended_and_deleted_by_key() -> None:
    item = create(
        f"<t:DistributionList><t:DisplayName>d</t:DisplayName><t:Members><t:Member>{PERSON.format('a')}</t:Member>"
        "</t:Members></t:DistributionList>"
    )
    more = f"<t:Members><t:Member>{PERSON.format('b')}</t:Member></t:Members>"
    update(item, appending(field("distributionlist:Members"), more, "DistributionList"))
    keys = [str(one.get("Key")) for one in item.properties.iterfind("{*}Members/{*}Member")]
    assert len(set(keys)) == 2
    update(item, deleting(index("distributionlist:Members:Member", keys[0])))
    assert [one.get("Key") for one in item.properties.iterfind("{*}Members/{*}Member")] == keys[1:]


def test_a_moved_meeting_keeps_its_order() -> None:
    item = create(
        "<t:CalendarItem><t:Start>2024-03-05T10:00:00Z</t:Start><t:End>2024-03-05T11:00:00Z</t:End></t:CalendarItem>"
    )
    with refused("ErrorCalendarEndDateIsEarlierThanStartDate"):
        update(item, setting(field("calendar:Start"), "<t:Start>2024-03-06T10:00:00Z</t:Start>", "CalendarItem"))


SENT = (
    "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='0x0E07' PropertyType='Integer'/><t:Value>1</t:Value>"
    "</t:ExtendedProperty>"
)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (setting(field("item:Size"), "<t:Size>1</t:Size>"), "ErrorInvalidPropertySet"),
        (
            setting(field("item:DateTimeReceived"), "<t:DateTimeReceived>x</t:DateTimeReceived>"),
            "ErrorInvalidPropertySet",
        ),
        (setting(field("calendar:Start"), "<t:Start>x</t:Start>"), "ErrorInvalidPropertySet"),
        (setting(field("item:Subject"), ""), "ErrorIncorrectUpdatePropertyCount"),
        (
            setting(field("item:Subject"), "<t:Subject>x</t:Subject><t:IsRead>true</t:IsRead>"),
            "ErrorIncorrectUpdatePropertyCount",
        ),
        (setting(field("item:Subject"), "<t:IsRead>true</t:IsRead>"), "ErrorUpdatePropertyMismatch"),
        (setting(NAMED, "<t:Subject>x</t:Subject>"), "ErrorUpdatePropertyMismatch"),
        (appending(field("item:Subject"), "<t:Subject>x</t:Subject>"), "ErrorInvalidPropertyAppend"),
        (
            appending(NAMED, f"<t:ExtendedProperty>{NAMED}<t:Value>v</t:Value></t:ExtendedProperty>"),
            "ErrorInvalidPropertyAppend",
        ),
        (deleting(field("item:ItemId")), "ErrorInvalidPropertyDelete"),
        (deleting(field("item:ItemClass")), "ErrorInvalidPropertyDelete"),
        (deleting(field("contacts:Surname")), "ErrorInvalidPropertyDelete"),
        (setting(field("item:ItemClass"), "<t:ItemClass>IPM.Task</t:ItemClass>"), "ErrorObjectTypeChanged"),
        (setting(field("item:ReminderDueBy"), "<t:ReminderDueBy>soon</t:ReminderDueBy>"), "ErrorPropertyUpdate"),
        (
            setting(field("message:ToRecipients"), f"<t:ToRecipients>{PERSON.format('a')}</t:ToRecipients>"),
            "ErrorInvalidPropertyUpdateSentMessage",
        ),
        (
            setting(index("contacts:PhoneNumber", "HomePhone"), "<t:PhoneNumbers/>", "Contact"),
            "ErrorInvalidPropertySet",
        ),
    ],
)
def test_refusals(change: str, code: str) -> None:
    with refused(code):
        update(message(SENT), change)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            setting(index("contacts:EmailAddress", "EmailAddress9"), "<t:EmailAddresses/>", "Contact"),
            "ErrorInvalidContactEmailIndex",
        ),
        (
            setting(
                index("contacts:PhoneNumber", "HomePhone"),
                "<t:PhoneNumbers><t:Entry Key='CarPhone'>1</t:Entry></t:PhoneNumbers>",
                "Contact",
            ),
            "ErrorUpdatePropertyMismatch",
        ),
        (deleting(index("contacts:PhoneNumber", "Semaphore")), "ErrorInvalidPropertyDelete"),
    ],
)
def test_refusals_of_entries(change: str, code: str) -> None:
    with refused(code):
        update(contact(), change)
