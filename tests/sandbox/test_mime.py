"""MIME in: headers, bodies and attachments of messages that nobody here wrote, and of some that somebody might."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewsfs.sandbox.mime import properties_from_mime
from ewsfs.sandbox.model import Draft, local
from tests.sandbox.content import refused, render, stored, text


def message(*lines: str) -> Draft:
    return properties_from_mime("\r\n".join(lines).encode("utf-8", "surrogateescape"))


def multipart(kind: str, *parts: str, header: str = "") -> str:
    boundary = f"b{sum(map(len, parts))}"
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'{header}Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{body}--{boundary}--\r\n'


def test_every_message_of_the_corpus_becomes_a_valid_item(corpus: Path) -> None:
    for path in sorted((corpus / "eml").glob("*.eml")):
        draft = properties_from_mime(path.read_bytes())
        render(stored(draft))
        assert draft.mime == path.read_bytes()


@given(st.binary(min_size=1))
def test_no_bytes_make_it_fail(source: bytes) -> None:
    if source.strip():
        render(stored(properties_from_mime(source)))


def test_nothing_is_no_message() -> None:
    with refused("ErrorMimeContentInvalid"):
        properties_from_mime(b" \r\n ")


def test_headers_become_properties() -> None:
    properties = message(
        "From: =?utf-8?q?Ad=C3=A9le?= <adele@example.com>",
        "Sender: office@example.com",
        'To: "Bob, B." <bob@example.com>, carol@example.com',
        "Cc: team: dave@example.com, Eve <eve@example.com>;",
        "Reply-To: Desk <desk@example.com>",
        "Subject: =?iso-8859-1?q?R=E9union?= =?utf-8?b?IPCfmIA=?=",
        "Message-ID: <one@example.com>",
        "In-Reply-To: <zero@example.com>",
        "References: <a@example.com>",
        " <zero@example.com>",
        "Date: Tue, 5 Mar 2024 10:00:00 +0100",
        "Received: from a by b; Tue, 5 Mar 2024 09:00:30 +0000",
        "Received: from x by a; Tue, 5 Mar 2024 09:00:10 +0000",
        "Importance: high",
        "Sensitivity: Company-Confidential",
        "Keywords: red, blue",
        "Thread-Topic: Treffen",
        "Disposition-Notification-To: adele@example.com",
        "X-Mailer: quill",
        "",
        "Hello",
    ).properties
    found = {local(child): child.text for child in properties if child.text}
    assert found == {
        "ItemClass": "IPM.Note",
        "Subject": "Réunion 😀",
        "Sensitivity": "Confidential",
        "Body": "Hello",
        "DateTimeReceived": "2024-03-05T09:00:30Z",
        "Importance": "High",
        "InReplyTo": "<zero@example.com>",
        "DateTimeSent": "2024-03-05T09:00:00Z",
        "IsReadReceiptRequested": "true",
        "IsDeliveryReceiptRequested": "false",
        "ConversationTopic": "Treffen",
        "InternetMessageId": "<one@example.com>",
        "References": "<a@example.com> <zero@example.com>",
    }
    assert text(properties, "From/Mailbox/Name") == "Adéle"
    assert text(properties, "Sender/Mailbox/EmailAddress") == "office@example.com"
    assert text(properties, "ToRecipients/Mailbox/Name") == "Bob, B."
    assert [one.findtext("{*}EmailAddress") for one in properties.iterfind("{*}CcRecipients/{*}Mailbox")] == [
        "dave@example.com",
        "eve@example.com",
    ]
    assert text(properties, "Categories/String") == "red"
    names = [header.get("HeaderName") for header in properties.iterfind("{*}InternetMessageHeaders/*")]
    assert names.count("Received") == 2
    assert "X-Mailer" in names


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("Subject: =?nonsense?q?caf=E9?=", "café"),
        ("Subject: =?utf-8?b?####?=", "=?utf-8?b?####?="),
        ("Subject: caf\udce9", "café"),
        ("Subject: caf\udcc3\udca9", "café"),
        ("Subject: one\r\n two", "one two"),
        ("Subject:", ""),
        ("Subject: a\x00b\x08c", "abc"),
    ],
)
def test_subjects_in_any_state(header: str, subject: str) -> None:
    assert (text(message(header, "", "x").properties, "Subject") or "").replace("�", "") == subject.replace("�", "")


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("Tue, 5 Mar 2024 10:00:00 +0100 (CET)", "2024-03-05T09:00:00Z"),
        ("5 Mar 2024 10:00:00", "2024-03-05T10:00:00Z"),
        ("2024-03-05 10:00", "2024-03-05T10:00:00Z"),
        ("yesterday, around noon", None),
        ("Tue, 99 Foo 2024", None),
        ("", None),
    ],
)
def test_dates_in_any_state(value: str, sent: str | None) -> None:
    assert text(message(f"Date: {value}", "", "x").properties, "DateTimeSent") == sent


def test_html_is_the_body_of_alternatives() -> None:
    draft = message(
        multipart("alternative", "Content-Type: text/plain\r\n\r\nplain", "Content-Type: text/html\r\n\r\n<p>rich</p>")
    )
    body = draft.properties.find("{*}Body")
    assert body is not None
    assert (body.get("BodyType"), body.text) == ("HTML", "<p>rich</p>")
    assert draft.attachments == []


def test_pictures_of_the_html_are_inline_and_files_are_not() -> None:
    related = multipart(
        "related",
        'Content-Type: text/html\r\n\r\n<img src="cid:logo@x">',
        "Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K",
    )
    file = 'Content-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment\r\n\r\n%PDF'
    item = stored(message(multipart("mixed", related, file)))
    assert [(one.name, one.is_inline, one.content_id) for one in item.attachments] == [
        ("ATT00001.png", True, "logo@x"),
        ("a.pdf", False, None),
    ]
    assert item.attachments[0].content == b"\x89PNG\r\n"
    assert item.has_attachments


def test_inline_alone_is_no_attachment() -> None:
    related = multipart(
        "related",
        'Content-Type: text/html\r\n\r\n<img src="cid:logo@x">',
        "Content-Type: image/png\r\nContent-ID: <logo@x>\r\n\r\nx",
    )
    assert not stored(message(related)).has_attachments


def test_messages_in_messages_are_items_with_their_exact_bytes() -> None:
    inner = "Subject: inner\nX-Odd:   spaces \n\nline\n"
    middle = multipart("mixed", f"Content-Type: message/rfc822\r\n\r\n{inner}", header="Subject: middle\r\n")
    outer = message(multipart("mixed", "\r\nhello", f"Content-Type: message/rfc822\r\n\r\n{middle}"))
    first = outer.attachments[0].item
    assert first is not None
    assert first.get("Subject") == "middle"
    second = first.attachments[0].item
    assert second is not None
    assert second.mime == inner.encode()


def test_a_bomb_of_messages_ends_as_a_file() -> None:
    source = "Subject: core\r\n\r\nx"
    for _ in range(60):
        source = f"Content-Type: message/rfc822\r\n\r\n{source}"
    draft, depth = properties_from_mime(source.encode()), 0
    while draft.attachments and (item := draft.attachments[0].item) is not None:
        draft, depth = Draft(item.kind, item.properties, item.attachments), depth + 1
    assert depth == 30


def test_winmail_is_an_ordinary_attachment() -> None:
    part = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+Ig=="
    draft = message(multipart("mixed", "\r\ntext", part))
    assert [(one.name, one.content) for one in draft.attachments] == [("winmail.dat", b"x\x9f>\x22")]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('Content-Disposition: attachment; filename="=?utf-8?q?R=C3=A9sum=C3=A9.doc?="', "Résumé.doc"),
        ("Content-Disposition: attachment; filename*=utf-8''R%C3%A9sum%C3%A9.doc", "Résumé.doc"),
        ("Content-Disposition: attachment; filename*0=one; filename*1=two.txt", "onetwo.txt"),
        ("Content-Type: application/zip", "ATT00001.bin"),
        ('Content-Disposition: attachment; filename="../../etc/passwd"', "../../etc/passwd"),
    ],
)
def test_names_of_attachments(header: str, name: str) -> None:
    kind = "" if header.startswith("Content-Type") else "Content-Type: application/msword\r\n"
    draft = message(multipart("mixed", "\r\nx", f"{kind}{header}\r\n\r\ncontent"))
    assert draft.attachments[0].name == name


def test_a_calendar_with_a_method_is_a_meeting_request() -> None:
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:u1\r\n"
        "DTSTAMP:20240101T000000Z\r\nDTSTART:20240305T100000Z\r\nDTEND:20240305T110000Z\r\nSUMMARY:Plan\r\n"
        "ORGANIZER:mailto:o@example.com\r\nATTENDEE:mailto:a@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    part = f"Content-Type: text/calendar; method=REQUEST\r\n\r\n{event}"
    item = stored(message("Subject: Plan", multipart("alternative", "\r\nhello", part)))
    assert item.kind == "MeetingRequest"
    element = render(item)
    assert text(element, "Start") == "2024-03-05T10:00:00Z"
    assert text(element, "RequiredAttendees/Attendee/Mailbox/EmailAddress") == "a@example.com"


def test_a_calendar_that_is_none_stays_a_file() -> None:
    part = "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR"
    draft = message(multipart("alternative", "\r\nhello", part))
    assert draft.kind == "Message"
    assert [one.name for one in draft.attachments] == ["ATT00001.ics"]
