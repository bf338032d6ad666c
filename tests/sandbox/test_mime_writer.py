"""MIME out: a message made from properties says what the one said that they came from."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from ewsfs.sandbox.mime import mime_from_item, properties_from_mime
from ewsfs.sandbox.model import Draft, t
from tests.sandbox.content import create, stored

NAMES = (
    "Subject",
    "InternetMessageId",
    "DateTimeSent",
    "Importance",
    "Sensitivity",
    "References",
    "InReplyTo",
    "From",
    "ToRecipients",
    "CcRecipients",
    "ReplyTo",
    "Body",
)


def essence(draft: Draft) -> dict[str, object]:
    """What a message says, with white space that headers may fold folded."""
    found: dict[str, object] = {}
    for name in NAMES:
        element = draft.properties.find(t(name))
        found[name] = " ".join(str(text).strip() for text in element.itertext()).split() if element is not None else []
    found["attachments"] = [(one.kind, one.content, one.is_inline, one.content_id) for one in draft.attachments]
    return found


def test_the_corpus_survives_being_rewritten(corpus: Path) -> None:
    for path in sorted((corpus / "eml").glob("*.eml")):
        draft = properties_from_mime(path.read_bytes())
        before = essence(draft)
        again = essence(properties_from_mime(mime_from_item(stored(draft))))
        if not before["DateTimeSent"]:  # a message without a date gets that of its receipt
            del before["DateTimeSent"], again["DateTimeSent"]
        assert again == before, path.name


def test_boundaries_are_new_on_each_read() -> None:
    item = create('<t:Message><t:Subject>s</t:Subject><t:Body BodyType="HTML">&lt;p&gt;x</t:Body></t:Message>')
    assert mime_from_item(item) != mime_from_item(item)


def test_lines_end_as_on_the_wire() -> None:
    item = create('<t:Message><t:Subject>s</t:Subject><t:Body BodyType="Text">a\nb</t:Body></t:Message>')
    mime = mime_from_item(item)
    assert mime.count(b"\n") == mime.count(b"\r\n")


def test_names_beyond_ascii_can_be_read_by_others() -> None:
    item = create(
        "<t:Message><t:Subject>Größe 測試</t:Subject><t:Attachments><t:FileAttachment><t:Name>übung.txt</t:Name>"
        "<t:Content>aGk=</t:Content></t:FileAttachment></t:Attachments><t:ToRecipients><t:Mailbox>"
        "<t:Name>Zoë, die Große</t:Name><t:EmailAddress>zoe@example.com</t:EmailAddress></t:Mailbox>"
        "</t:ToRecipients></t:Message>"
    )
    message = email.message_from_bytes(mime_from_item(item), policy=email.policy.default)
    assert message["Subject"] == "Größe 測試"
    assert message["To"].addresses[0].display_name == "Zoë, die Große"
    attachment = next(message.iter_attachments())
    assert (attachment.get_filename(), attachment.get_content()) == ("übung.txt", b"hi")


def test_header_properties_become_headers() -> None:
    item = create(
        "<t:Message><t:Subject>s</t:Subject><t:ExtendedProperty><t:ExtendedFieldURI "
        'DistinguishedPropertySetId="InternetHeaders" PropertyName="X-Own" PropertyType="String"/>'
        "<t:Value>mine</t:Value></t:ExtendedProperty></t:Message>"
    )
    assert email.message_from_bytes(mime_from_item(item))["X-Own"] == "mine"


def test_hostile_names_stay_in_their_headers() -> None:
    item = create(
        "<t:Message><t:Subject>a&#13;&#10;Bcc: evil@example.com</t:Subject><t:ToRecipients><t:Mailbox>"
        "<t:Name>x&#13;&#10;Bcc: evil@example.com</t:Name><t:EmailAddress>a@b&#13;&#10;Bcc: evil@x</t:EmailAddress>"
        "</t:Mailbox></t:ToRecipients></t:Message>"
    )
    message = email.message_from_bytes(mime_from_item(item))
    assert message["Bcc"] is None


@pytest.mark.parametrize("keep", [True, False])
def test_attached_messages_are_kept_only_when_wanted(keep: bool) -> None:
    inner = b"X-Odd: kept\r\nSubject: inner\r\n\r\ntext\r\n"
    outer = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--b--\r\n'
    )
    item = stored(properties_from_mime(outer % inner))
    assert (inner in mime_from_item(item, keep_inner=keep)) is keep


def test_a_meeting_request_carries_its_calendar() -> None:
    request = (
        b"Subject: Plan\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
        b"PRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20240101T000000Z\r\n"
        b"DTSTART:20240305T100000Z\r\nDTEND:20240305T110000Z\r\nATTENDEE:mailto:a@example.com\r\n"
        b"ORGANIZER:mailto:o@example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    item = stored(properties_from_mime(request))
    again = stored(properties_from_mime(mime_from_item(item)))
    assert again.kind == "MeetingRequest"
    assert [again.get(name) for name in ("UID", "Start", "End")] == [item.get(name) for name in ("UID", "Start", "End")]


def test_a_subject_that_looks_encoded_is_not_decoded_by_others() -> None:
    item = create("<t:Message><t:Subject>=?utf-8?q?not_a_word?=</t:Subject></t:Message>")
    assert properties_from_mime(mime_from_item(item)).properties.findtext(t("Subject")) == "=?utf-8?q?not_a_word?="
