"""What CreateItem makes of what a client sends."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from ewsfs.sandbox.create import draft_from_element
from ewsfs.sandbox.model import Item, t
from tests.sandbox.content import AUTHOR, create, refused, render, text, xml

MIME = "From: a@example.com\r\nSubject: from MIME\r\nDate: Tue, 5 Mar 2024 10:00:00 +0000\r\n\r\nHello\r\n"


def with_mime(kind: str, mime: str, more: str = "") -> Item:
    content = base64.b64encode(mime.encode()).decode()
    return create(f"<t:{kind}><t:MimeContent>{content}</t:MimeContent>{more}</t:{kind}>")


def extended(tag: str, kind: str, value: str) -> str:
    field = f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
    return f"<t:ExtendedProperty>{field}<t:Value>{value}</t:Value></t:ExtendedProperty>"


def test_mime_is_kept_to_the_byte() -> None:
    item = with_mime("Message", MIME)
    assert item.mime == MIME.encode()
    assert (item.get("Subject"), item.get("DateTimeReceived")) == ("from MIME", "2024-03-05T10:00:00Z")


def test_a_property_beside_the_mime_wins_and_the_mime_goes() -> None:
    item = with_mime("Message", MIME, "<t:Subject>from XML</t:Subject>")
    assert (item.get("Subject"), item.mime) == ("from XML", None)


def test_what_is_no_part_of_a_message_leaves_the_mime_alone() -> None:
    more = "<t:Categories><t:String>red</t:String></t:Categories>" + extended("0x0E07", "Integer", "1")
    item = with_mime("Message", MIME, more)
    assert item.mime is not None
    assert (item.get("IsRead"), item.get("IsDraft")) == ("true", "false")


@pytest.mark.parametrize(
    ("flags", "read", "draft"),
    [("0", "false", "false"), ("1", "true", "false"), ("8", "false", "true"), ("9", "true", "true")],
)
def test_message_flags(flags: str, read: str, draft: str) -> None:
    item = with_mime("Message", MIME, extended("0x0E07", "Integer", flags))
    assert (item.get("IsRead"), item.get("IsDraft")) == (read, draft)


def test_times_of_delivery_and_submission_can_be_given() -> None:
    more = extended("0x0E06", "SystemTime", "2020-01-02T03:04:05Z") + extended(
        "57", "SystemTime", "2020-01-01T00:00:00Z"
    )
    item = with_mime("Message", MIME, more)
    assert item.get("DateTimeReceived") == "2020-01-02T03:04:05Z"
    assert item.get("DateTimeSent") == "2020-01-01T00:00:00Z"
    assert item.properties.find(t("ExtendedProperty")) is None


@pytest.mark.parametrize(
    ("kind", "mime"),
    [
        ("Message", "not base64!"),
        ("Message", "@@@"),
    ],
)
def test_mime_must_be_base64(kind: str, mime: str) -> None:
    with refused("ErrorMimeContentInvalidBase64String"):
        create(f"<t:{kind}><t:MimeContent>{mime}</t:MimeContent></t:{kind}>")


def test_a_calendar_item_reads_icalendar() -> None:
    item = with_mime(
        "CalendarItem",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u1\r\nSUMMARY:Plan\r\n"
        "DTSTAMP:20240101T000000Z\r\nDTSTART:20240305T100000Z\r\nDURATION:PT90M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    )
    assert [item.get(name) for name in ("Subject", "UID", "Start", "End")] == [
        "Plan",
        "u1",
        "2024-03-05T10:00:00Z",
        "2024-03-05T11:30:00Z",
    ]


def test_a_contact_reads_a_vcard() -> None:
    item = with_mime("Contact", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada L\r\nN:L;Ada;;;\r\nEND:VCARD\r\n")
    assert [item.get(name) for name in ("DisplayName", "GivenName", "Surname", "FileAs")] == [
        "Ada L",
        "Ada",
        "L",
        "L, Ada",
    ]


@pytest.mark.parametrize("kind", ["CalendarItem", "Contact"])
def test_what_is_neither_is_refused(kind: str) -> None:
    with refused("ErrorMimeContentConversionFailed"):
        with_mime(kind, MIME)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("<t:Message><t:Size>3</t:Size></t:Message>", "ErrorInvalidPropertySet"),
        (
            "<t:Message><t:DateTimeReceived>2024-01-01T00:00:00Z</t:DateTimeReceived></t:Message>",
            "ErrorInvalidPropertySet",
        ),
        ("<t:Message><t:Start>2024-01-01T00:00:00Z</t:Start></t:Message>", "ErrorInvalidPropertySet"),
        ("<t:Message><t:ItemClass>IPM.Contact</t:ItemClass></t:Message>", "ErrorObjectTypeChanged"),
        ("<t:MeetingRequest/>", "ErrorInvalidItemForOperationCreateItem"),
        ("<t:Task><t:PercentComplete>120</t:PercentComplete></t:Task>", "ErrorInvalidPercentCompleteValue"),
        (
            "<t:Message><t:Attachments><t:FileAttachment><t:Size>1</t:Size></t:FileAttachment></t:Attachments></t:Message>",
            "ErrorRequiredPropertyMissing",
        ),
        (f"<t:Message>{extended('0x0E07', 'Integer', 'many')}</t:Message>", "ErrorInvalidExtendedPropertyValue"),
    ],
)
def test_refusals(source: str, code: str) -> None:
    with refused(code):
        create(source)


def test_documents_are_messages() -> None:
    item = create("<t:Message><t:ItemClass>IPM.Document</t:ItemClass><t:Subject>report.pdf</t:Subject></t:Message>")
    assert (item.kind, item.get("ItemClass")) == ("Message", "IPM.Document")


def test_extended_properties_of_every_type_are_kept() -> None:
    values = {
        "Binary": "AAEC",
        "Boolean": "true",
        "CLSID": "00020329-0000-0000-c000-000000000046",
        "Currency": "12",
        "Double": "1.5",
        "Integer": "-3",
        "Long": "123456789012",
        "Short": "7",
        "String": "text",
        "SystemTime": "2024-01-01T00:00:00Z",
    }
    properties = "".join(
        f"<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId='PublicStrings' PropertyName='{kind}' "
        f"PropertyType='{kind}'/><t:Value>{value}</t:Value></t:ExtendedProperty>"
        for kind, value in values.items()
    )
    item = create(f"<t:Message>{properties}</t:Message>")
    found = {entry[0].get("PropertyType"): entry[1].text for entry in item.properties.iterfind(t("ExtendedProperty"))}
    assert found == values


def test_attachments_come_along() -> None:
    item = create(
        "<t:Message><t:Attachments><t:FileAttachment><t:Name>logo.png</t:Name><t:ContentId>logo</t:ContentId>"
        "<t:IsInline>true</t:IsInline><t:Content>aGk=</t:Content></t:FileAttachment><t:ItemAttachment>"
        "<t:Name>inner</t:Name><t:Message><t:Subject>inner</t:Subject><t:IsRead>true</t:IsRead></t:Message>"
        "</t:ItemAttachment></t:Attachments></t:Message>"
    )
    first, second = item.attachments
    assert (first.content, first.is_inline, first.content_id) == (b"hi", True, "logo")
    assert second.item is not None
    assert second.item.get("Subject") == "inner"
    render(item)


def test_times_without_an_offset_are_of_the_callers_zone() -> None:
    author = replace(AUTHOR, zone=timezone(timedelta(hours=-8)))
    source = xml("<t:Task><t:DueDate>2024-03-05T09:00:00</t:DueDate></t:Task>")
    assert text(draft_from_element(source, author).properties, "DueDate") == "2024-03-05T17:00:00Z"


@pytest.mark.parametrize(
    ("source", "status", "percent", "complete"),
    [
        ("<t:PercentComplete>100</t:PercentComplete>", "Completed", "100", "2024-03-01T00:00:00Z"),
        ("<t:PercentComplete>30</t:PercentComplete>", "InProgress", "30", None),
        ("<t:Status>Completed</t:Status>", "Completed", "100", "2024-03-01T00:00:00Z"),
        ("<t:CompleteDate>2024-02-01T00:00:00Z</t:CompleteDate>", "Completed", "100", "2024-02-01T00:00:00Z"),
        ("", "NotStarted", "0", None),
    ],
)
def test_tasks_agree_with_themselves(source: str, status: str, percent: str, complete: str | None) -> None:
    element = render(create(f"<t:Task>{source}</t:Task>"))
    assert [text(element, name) for name in ("Status", "PercentComplete", "CompleteDate")] == [
        status,
        percent,
        complete,
    ]


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("LastCommaFirst", "Lovelace, Ada B"),
        ("FirstSpaceLast", "Ada B Lovelace"),
        ("Company", "Engines"),
        ("LastCommaFirstCompany", "Lovelace, Ada B\r\nEngines"),
        ("DisplayName", "Countess"),
    ],
)
def test_file_as_follows_its_mapping(mapping: str, expected: str) -> None:
    item = create(
        f"<t:Contact><t:FileAsMapping>{mapping}</t:FileAsMapping><t:DisplayName>Countess</t:DisplayName>"
        "<t:GivenName>Ada</t:GivenName><t:MiddleName>B</t:MiddleName><t:CompanyName>Engines</t:CompanyName>"
        "<t:Surname>Lovelace</t:Surname></t:Contact>"
    )
    assert item.get("FileAs") == expected


def test_members_get_keys() -> None:
    item = create(
        "<t:DistributionList><t:DisplayName>team</t:DisplayName><t:Members><t:Member><t:Mailbox>"
        "<t:EmailAddress>a@example.com</t:EmailAddress></t:Mailbox></t:Member></t:Members></t:DistributionList>"
    )
    member = render(item).find(".//{*}Member")
    assert member is not None
    assert member.get("Key")
    assert text(member, "Mailbox/RoutingType") == "SMTP"
