"""Attachments: files, items, nested ones, pictures in the text, streams."""

from __future__ import annotations

import pytest
from exchangelib import Account, CalendarItem, Contact, EWSDateTime, FileAttachment, HTMLBody, ItemAttachment, Message
from exchangelib.errors import ErrorItemNotFound

from ewsfs.sandbox.sample import files
from tests.interop.conftest import ZONE

BYTES = bytes(range(256)) * 300


def stored(account: Account, message: Message) -> Message:
    return account.inbox.get(id=message.id)


def test_files_come_with_a_new_message(account: Account) -> None:
    message = Message(account=account, folder=account.inbox, subject="With files")
    message.attach(FileAttachment(name="my file æøå.txt", content="Hello from unicode æøå".encode()))
    message.attach(FileAttachment(name="data.bin", content=BYTES, content_type="application/x-data"))
    message.save()
    found = stored(account, message)
    assert found.has_attachments
    assert [attachment.name for attachment in found.attachments] == ["my file æøå.txt", "data.bin"]
    assert [attachment.content for attachment in found.attachments] == ["Hello from unicode æøå".encode(), BYTES]
    assert found.attachments[1].content_type == "application/x-data"
    assert found.attachments[1].size == len(BYTES)


def test_a_file_comes_and_goes_later(account: Account) -> None:
    message = Message(account=account, folder=account.inbox, subject="Later").save()
    first = message.changekey
    attachment = FileAttachment(name="late.txt", content=b"late")
    message.attach(attachment)
    assert message.changekey != first
    assert stored(account, message).attachments[0].content == b"late"
    message.detach(attachment)
    found = stored(account, message)
    assert found.attachments == []
    assert not found.has_attachments


def test_a_picture_in_the_text_is_no_attachment_to_people(account: Account) -> None:
    message = Message(account=account, folder=account.inbox, subject="Logo")
    logo = FileAttachment(
        name="logo.png", content=files.picture(4), is_inline=True, content_id="logo@ewsfs", content_type="image/png"
    )
    message.attach(logo)
    message.body = HTMLBody('<html><body>Hello logo: <img src="cid:logo@ewsfs"></body></html>')
    message.save()
    found = stored(account, message)
    assert not found.has_attachments
    (picture,) = found.attachments
    assert (picture.is_inline, picture.content_id) == (True, "logo@ewsfs")
    assert picture.content == files.picture(4)
    assert b"multipart/related" in found.mime_content


def test_a_stream_reads_what_is_there(account: Account) -> None:
    message = Message(account=account, folder=account.inbox, subject="Stream")
    message.attach(FileAttachment(name="large.bin", content=BYTES))
    message.save()
    attachment = stored(account, message).attachments[0]
    with attachment.fp as stream:
        parts = b""
        while part := stream.read(10_000):
            parts += part
    assert parts == BYTES


@pytest.mark.parametrize("kind", ["Message", "CalendarItem", "Contact"])
def test_an_item_is_attached(account: Account, kind: str) -> None:
    start = EWSDateTime(2025, 3, 4, 9, tzinfo=ZONE)
    items = {
        "Message": Message(subject="Inner", body="inside", to_recipients=["ben@example.test"]),
        "CalendarItem": CalendarItem(subject="Inner", start=start, end=start.replace(hour=10), location="Berth 4"),
        "Contact": Contact(given_name="Ben", surname="Inner", display_name="Inner", email_addresses=[]),
    }
    message = Message(account=account, folder=account.inbox, subject="Outer")
    message.attach(ItemAttachment(name="the inner one", item=items[kind]))
    message.save()
    (attachment,) = stored(account, message).attachments
    assert isinstance(attachment, ItemAttachment)
    assert attachment.name == "the inner one"
    inner = attachment.item
    assert type(inner).__name__ == kind
    if kind == "Message":
        assert (inner.subject, inner.body) == ("Inner", "inside")
        assert b"Subject: Inner" in inner.mime_content
    elif kind == "CalendarItem":
        assert (inner.start, inner.location) == (start, "Berth 4")
    else:
        assert inner.surname == "Inner"


def test_a_message_in_a_message_in_a_message(account: Account) -> None:
    innermost = Message(subject="Third", body="3")
    innermost.attach(FileAttachment(name="scan.pdf", content=files.pdf("Scan", ["3"])))
    middle = Message(subject="Second", body="2")
    middle.attach(ItemAttachment(name="Third", item=innermost))
    message = Message(account=account, folder=account.inbox, subject="First", body="1")
    message.attach(ItemAttachment(name="Second", item=middle))
    message.save()
    second = stored(account, message).attachments[0].item
    assert second.subject == "Second"
    third = second.attachments[0].item
    assert third.subject == "Third"
    assert third.attachments[0].content == files.pdf("Scan", ["3"])


def test_an_attachment_that_is_gone_says_so(account: Account) -> None:
    message = Message(account=account, folder=account.inbox, subject="Going")
    message.attach(FileAttachment(name="a.txt", content=b"a"))
    message.save()
    kept = stored(account, message).attachments[0]
    message.delete()
    with pytest.raises(ErrorItemNotFound):
        _ = kept.content


def test_an_attachment_makes_it_into_the_mime_and_out_of_it(account: Account) -> None:
    message = Message(account=account, folder=account.inbox, subject="Round trip", body="see the file")
    message.attach(FileAttachment(name="data.bin", content=BYTES))
    message.save()
    mime = stored(account, message).mime_content
    copy = Message(account=account, folder=account.inbox, mime_content=mime).save()
    (attachment,) = stored(account, copy).attachments
    assert (attachment.name, attachment.content) == ("data.bin", BYTES)


def test_searching_for_attachments(account: Account) -> None:
    message = Message(account=account, folder=account.inbox, subject="with")
    message.attach(FileAttachment(name="tide table.csv", content=b"1;2"))
    message.save()
    Message(account=account, folder=account.inbox, subject="without").save()
    assert [item.subject for item in account.inbox.filter(has_attachments=True)] == ["with"]
    assert [item.subject for item in account.inbox.filter("hasattachment:true")] == ["with"]
    assert [item.subject for item in account.inbox.filter('attachment:"tide table"')] == ["with"]
