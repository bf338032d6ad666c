"""Messages: creating, reading, changing, sending, answering."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from exchangelib import Account, EWSDateTime, EWSTimeZone, ExtendedProperty, HTMLBody, Mailbox, Message, PostItem
from exchangelib.errors import DoesNotExist, ErrorInvalidRecipients, ErrorIrresolvableConflict

UTC = EWSTimeZone("UTC")
MIME = (
    b"From: Cy <cy@example.test>\r\nTo: ada@example.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Date: Tue, 04 Mar 2025 09:12:00 +0100\r\nMessage-ID: <m1@example.test>\r\nX-Gauge: berth-4\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n"
    b"\r\nDas Wasser f\xe4llt.\r\n"
)


def test_a_message_comes_back_as_it_was_made(account: Account) -> None:
    made = Message(
        account=account,
        folder=account.inbox,
        subject="Water level",
        body="It falls.\r\n",
        to_recipients=[Mailbox(name="Ben", email_address="ben@example.test"), "cy@example.test"],
        cc_recipients=["anne@example.com"],
        bcc_recipients=["secret@example.com"],
        reply_to=["office@example.test"],
        importance="High",
        sensitivity="Confidential",
        categories=["Harbour North", "Øst"],
        is_read=True,
        is_read_receipt_requested=True,
        is_delivery_receipt_requested=True,
        message_id="<water@example.test>",
        references="<a@example.test> <b@example.test>",
        in_reply_to="<b@example.test>",
        reminder_is_set=False,
    ).save()
    found = account.inbox.get(subject="Water level")
    assert (found.id, found.changekey) == (made.id, made.changekey)
    assert found.body == "It falls.\r\n"
    assert [person.email_address for person in found.to_recipients] == ["ben@example.test", "cy@example.test"]
    assert found.to_recipients[0].name == "Ben"
    assert [person.email_address for person in found.cc_recipients] == ["anne@example.com"]
    assert [person.email_address for person in found.bcc_recipients] == ["secret@example.com"]
    assert [person.email_address for person in found.reply_to] == ["office@example.test"]
    assert (found.importance, found.sensitivity) == ("High", "Confidential")
    assert found.categories == ["Harbour North", "Øst"]
    assert found.is_read
    assert found.is_read_receipt_requested
    assert found.is_delivery_receipt_requested
    assert found.message_id == "<water@example.test>"
    assert found.references == "<a@example.test> <b@example.test>"
    assert found.in_reply_to == "<b@example.test>"
    assert found.author.email_address == "ada@example.test"
    assert found.is_draft
    assert not found.has_attachments
    assert found.size > 0
    assert found.conversation_id is not None
    assert found.display_to == "Ben; cy@example.test"
    assert isinstance(found.datetime_received, EWSDateTime)
    assert found.datetime_created <= found.last_modified_time
    assert found.parent_folder_id.id == account.inbox.id
    assert found.effective_rights.delete


def test_an_html_body_has_a_text_form(account: Account) -> None:
    body = HTMLBody("<html><body><p>High &amp; low</p><p>water</p></body></html>")
    made = Message(account=account, folder=account.inbox, subject="HTML", body=body).save()
    found = account.inbox.get(id=made.id, changekey=made.changekey)
    assert isinstance(found.body, HTMLBody)
    assert "<p>High &amp; low</p>" in found.body
    assert found.text_body.split() == ["High", "&", "low", "water"]


def test_mime_is_parsed_and_given_back_byte_for_byte(account: Account) -> None:
    made = Message(account=account, folder=account.inbox, mime_content=MIME).save()
    found = account.inbox.get(id=made.id, changekey=made.changekey)
    assert found.mime_content == MIME
    assert found.subject == "Grüße"
    assert found.body == "Das Wasser fällt.\r\n"
    assert (found.author.name, found.author.email_address) == ("Cy", "cy@example.test")
    assert found.datetime_sent == datetime(2025, 3, 4, 8, 12, tzinfo=timezone.utc)
    assert found.message_id == "<m1@example.test>"
    assert {header.name: header.value for header in found.headers}["X-Gauge"] == "berth-4"


def test_received_mail_can_be_put_back_as_such(account: Account) -> None:
    """With PidTagMessageFlags and PidTagMessageDeliveryTime, as programs that restore mail do."""

    class Flags(ExtendedProperty):  # type: ignore[misc]  # the library has no types
        property_tag = 0x0E07
        property_type = "Integer"

    class Delivered(ExtendedProperty):  # type: ignore[misc]  # the library has no types
        property_tag = 0x0E06
        property_type = "SystemTime"

    Message.register("flags", Flags)
    Message.register("delivered", Delivered)
    try:
        when = EWSDateTime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)
        made = Message(account=account, mime_content=MIME, is_read=True, flags=1, delivered=when)
        made.folder = account.inbox
        made.save()
        found = account.inbox.get(id=made.id, changekey=made.changekey)
        assert (found.is_draft, found.is_read) == (False, True)
        assert found.datetime_received == when
        assert found.delivered == when
        assert found.flags & 1
    finally:
        Message.deregister("flags")
        Message.deregister("delivered")


def test_only_what_changed_is_changed(account: Account) -> None:
    made = Message(account=account, folder=account.inbox, subject="before", body="kept", is_read=False).save()
    first = made.changekey
    made.subject = "after"
    made.is_read = True
    made.categories = ["Blue"]
    made.importance = "Low"
    made.save(update_fields=["subject", "is_read", "categories"])
    assert made.changekey != first
    found = account.inbox.get(subject="after")
    assert (found.body, found.is_read, found.categories, found.importance) == ("kept", True, ["Blue"], "Normal")
    found.categories = None
    found.save(update_fields=["categories"])
    assert account.inbox.get(subject="after").categories is None


def test_a_follow_up_flag_is_kept(account: Account) -> None:
    made = Message(account=account, folder=account.inbox, subject="flag me").save()

    class FlagStatus(ExtendedProperty):  # type: ignore[misc]  # the library has no types
        property_tag = 0x1090
        property_type = "Integer"

    Message.register("flag_status", FlagStatus)
    try:
        made.flag_status = 2
        made.save(update_fields=["flag_status"])
        assert account.inbox.get(id=made.id).flag_status == 2
    finally:
        Message.deregister("flag_status")


def test_an_older_change_key_is_a_conflict_unless_told_otherwise(account: Account) -> None:
    made = Message(account=account, folder=account.inbox, subject="one").save()
    other = account.inbox.get(subject="one")
    other.subject = "two"
    other.save()
    made.subject = "three"
    with pytest.raises(ErrorIrresolvableConflict):
        made.save()
    made.save(conflict_resolution="AlwaysOverwrite")
    assert account.inbox.get(id=made.id).subject == "three"


class TestExtendedProperties:
    """Every way to name one, and many types."""

    @pytest.mark.parametrize(
        ("definition", "value"),
        [
            ({"property_set_id": "d0ad341d-3479-4c0b-9d1f-0f1f6f0c6a02", "property_name": "Menu",
              "property_type": "String"}, "Consommé de légumes"),
            ({"distinguished_property_set_id": "PublicStrings", "property_name": "Menu",
              "property_type": "String"}, "Foie gras"),
            ({"distinguished_property_set_id": "Common", "property_id": 0x8524, "property_type": "String"}, "Yes"),
            ({"property_set_id": "00062004-0000-0000-C000-000000000046", "property_id": 32852,
              "property_type": "BinaryArray"}, [b"abc", b"\x00\x01\x02"]),
            ({"property_tag": 0x6603, "property_type": "Integer"}, 42),
            ({"property_tag": 0x6604, "property_type": "StringArray"}, ["a", "b c", "ö"]),
            ({"property_tag": 0x6605, "property_type": "Boolean"}, True),
            ({"property_tag": 0x6606, "property_type": "Double"}, Decimal("1.25")),
            ({"property_tag": 0x6607, "property_type": "Binary"}, bytes(range(256))),
            ({"property_tag": 0x6608, "property_type": "Long"}, 2**40),
            ({"property_tag": 0x6609, "property_type": "SystemTime"}, EWSDateTime(2025, 3, 4, 9, tzinfo=UTC)),
            ({"property_tag": 0x660A, "property_type": "CLSID"}, "d0ad341d-3479-4c0b-9d1f-0f1f6f0c6a03"),
            ({"property_tag": 0x660B, "property_type": "IntegerArray"}, [1, -2, 3]),
        ],
        ids=lambda value: value["property_type"] if isinstance(value, dict) else "",
    )  # fmt: skip
    def test_it_is_kept_found_changed_and_removed(
        self, account: Account, definition: dict[str, object], value: object
    ) -> None:
        prop = type("Prop", (ExtendedProperty,), definition)
        Message.register("prop", prop)
        try:
            made = Message(account=account, folder=account.inbox, subject="with", prop=value).save()
            Message(account=account, folder=account.inbox, subject="without").save()
            assert account.inbox.get(id=made.id).prop == value
            assert [item.prop for item in account.inbox.filter(subject="with").only("prop")] == [value]
            assert [item.subject for item in account.inbox.filter(prop__exists=True)] == ["with"]
            assert [item.subject for item in account.inbox.filter(prop__exists=False)] == ["without"]
            made.prop = None
            made.save(update_fields=["prop"])
            assert account.inbox.get(id=made.id).prop is None
        finally:
            Message.deregister("prop")


class TestSending:
    def test_mail_reaches_another_mailbox(self, account: Account, ben: Account) -> None:
        Message(
            account=account,
            subject="Daily motivation",
            body="All harbours are beautiful",
            to_recipients=["ben@example.test"],
            bcc_recipients=["cy@example.test"],
        ).send(save_copy=False)
        got = ben.inbox.get(subject="Daily motivation")
        assert got.author.email_address == "ada@example.test"
        assert (got.is_read, got.is_draft) == (False, False)
        assert got.bcc_recipients is None
        assert account.sent.all().count() == 0

    def test_a_copy_is_kept(self, account: Account, ben: Account) -> None:
        Message(
            account=account, folder=account.sent, subject="With a copy", to_recipients=["ben@example.test"]
        ).send_and_save()
        assert ben.inbox.filter(subject="With a copy").count() == 1
        copy = account.sent.get(subject="With a copy")
        assert (copy.is_read, copy.is_draft, copy.is_from_me) == (True, False, True)

    def test_a_draft_is_sent(self, account: Account, ben: Account) -> None:
        draft = Message(
            account=account, folder=account.drafts, subject="Draft", to_recipients=["ben@example.test"]
        ).save()
        draft.send(save_copy=True)
        assert account.drafts.all().count() == 0
        assert account.sent.filter(subject="Draft").count() == 1
        assert ben.inbox.filter(subject="Draft").count() == 1

    def test_nobody_to_send_to(self, account: Account) -> None:
        with pytest.raises(ErrorInvalidRecipients):
            Message(account=account, subject="To nobody").send()

    def test_a_reply_goes_back(self, account: Account, ben: Account) -> None:
        Message(account=account, subject="Question", body="Why?", to_recipients=["ben@example.test"]).send()
        question = ben.inbox.get(subject="Question")
        question.reply(subject="Re: Question", body="Because.")
        answer = account.inbox.get(subject="Re: Question")
        assert answer.in_reply_to == question.message_id
        assert "Because." in answer.text_body
        assert "Why?" in answer.text_body
        assert answer.conversation_topic == "Question"

    def test_a_reply_to_all_and_a_forward(self, account: Account, ben: Account) -> None:
        Message(
            account=account,
            subject="Party",
            body="On Friday.",
            to_recipients=["ben@example.test"],
            cc_recipients=["cy@example.test"],
        ).send()
        got = ben.inbox.get(subject="Party")
        got.reply_all(subject="Re: Party", body="I come.")
        assert [p.email_address for p in account.inbox.get(subject="Re: Party").cc_recipients] == ["cy@example.test"]
        got.forward(subject="Fwd: Party", body="Look.", to_recipients=["ada@example.test"])
        assert "On Friday." in account.inbox.get(subject="Fwd: Party").text_body

    def test_a_reply_is_saved_as_a_draft(self, account: Account, ben: Account) -> None:
        Message(account=account, subject="Later", to_recipients=["ben@example.test"]).send()
        draft = ben.inbox.get(subject="Later").create_reply(subject="Re: Later", body="Not now.")
        saved = draft.save(ben.drafts)
        assert ben.drafts.get(id=saved.id).subject == "Re: Later"
        assert account.inbox.all().count() == 0


def test_a_post_lies_in_its_folder(account: Account) -> None:
    made = PostItem(account=account, folder=account.inbox, subject="Notice", body="Naming of files").save()
    found = account.inbox.get(id=made.id)
    assert isinstance(found, PostItem)
    assert (found.subject, found.body) == ("Notice", "Naming of files")


def test_an_item_that_is_gone_says_so(account: Account) -> None:
    made = Message(account=account, folder=account.inbox, subject="short-lived").save()
    made.delete()
    with pytest.raises(DoesNotExist):
        account.inbox.get(subject="short-lived")
