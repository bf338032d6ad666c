"""Attachments."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest

from ewsfs.ews import (
    UTC,
    Account,
    CalendarItem,
    EWSDateTime,
    EWSError,
    FileAttachment,
    HTMLBody,
    ItemAttachment,
    Message,
)
from ewsfs.sandbox import Sandbox


def test_saving_what_is_attached(account: Account, tmp_path: Path) -> None:
    item = Message(folder=account.inbox, subject="outer")
    binary_file_content = "Hello from unicode æøå".encode()  # Or read from file, BytesIO etc.
    my_file = FileAttachment(name="my_file.txt", content=binary_file_content)
    item.attach(my_file)
    my_message = Message(subject="inner", body="text", to_recipients=["anne@example.test"])
    item.attach(ItemAttachment(name="my_message", item=my_message))
    item.save()

    seen: list[object] = []
    for found in account.inbox.all():
        for attachment in found.attachments:
            if isinstance(attachment, FileAttachment):
                local_path = os.path.join(tmp_path, attachment.name or "")
                with open(local_path, "wb") as f:
                    f.write(attachment.content or b"")
                seen.append(Path(local_path).read_bytes())
            elif isinstance(attachment, ItemAttachment) and isinstance(attachment.item, Message):
                print(attachment.item.subject, attachment.item.body)
                seen.append((attachment.item.subject, attachment.item.body))
    assert seen == [binary_file_content, ("inner", "text")]


def test_attaching_to_and_detaching_from_an_item_that_exists(account: Account) -> None:
    item = Message(folder=account.drafts, subject="x").save()
    before = item.changekey
    my_file = FileAttachment(name="my_file.txt", content=b"1")
    item.attach(my_file)
    assert my_file.attachment_id
    assert item.changekey != before
    my_other_file = FileAttachment(name="my_other_file.txt", content=b"2")
    item.attach(my_other_file)
    assert {a.name for a in account.drafts.get(subject="x").attachments} == {"my_file.txt", "my_other_file.txt"}
    item.detach(my_file)
    assert {a.name for a in item.attachments} == {"my_other_file.txt"}
    assert {a.name for a in account.drafts.get(subject="x").attachments} == {"my_other_file.txt"}
    item.subject = "y"
    item.save()


def test_an_appointment_in_a_message(account: Account) -> None:
    start = UTC.localize(EWSDateTime(2026, 1, 2, 3))
    my_calendar_item = CalendarItem(subject="inside", start=start, end=start)
    item = Message(folder=account.drafts, subject="x")
    item.attach(ItemAttachment(name="my_appointment", item=my_calendar_item))
    item.save()
    attachment = account.drafts.get(subject="x").attachments[0]
    assert isinstance(attachment, ItemAttachment)
    assert isinstance(attachment.item, CalendarItem)
    assert (attachment.item.subject, attachment.item.start) == ("inside", start)


def test_messages_in_messages(account: Account) -> None:
    innermost = Message(subject="3")
    innermost.attach(FileAttachment(name="deep", content=b"deep"))
    middle = Message(subject="2")
    middle.attach(ItemAttachment(name="3", item=innermost))
    outer = Message(folder=account.drafts, subject="1")
    outer.attach(ItemAttachment(name="2", item=middle))
    outer.save()
    attachment = account.drafts.get(subject="1").attachments[0]
    for _ in range(2):
        assert isinstance(attachment, ItemAttachment)
        assert attachment.item is not None
        attachment = attachment.item.attachments[0]
    assert isinstance(attachment, FileAttachment)
    assert attachment.content == b"deep"


def test_a_picture_in_the_text(account: Account) -> None:
    message = Message(folder=account.drafts, subject="logo")
    logo_filename = "logo.png"
    my_logo = FileAttachment(name=logo_filename, content=b"\x89PNG", is_inline=True, content_id=logo_filename)
    message.attach(my_logo)
    message.body = HTMLBody(f'<html><body>Hello logo: <img src="cid:{logo_filename}"></body></html>')
    message.save()
    found = account.drafts.get(subject="logo")
    assert found.attachments[0].is_inline
    assert found.attachments[0].content_id == logo_filename
    assert isinstance(found.body, HTMLBody)


def test_contents_are_fetched_when_they_are_used(account: Account, sandbox: Sandbox) -> None:
    item = Message(folder=account.drafts, subject="x")
    item.attach(FileAttachment(name="a", content=b"a"))
    item.save()
    found = account.drafts.get(subject="x").attachments[0]
    assert isinstance(found, FileAttachment)
    before = sandbox.calls.count("GetAttachment")
    assert found.size
    assert sandbox.calls.count("GetAttachment") == before
    assert found.content == found.content == b"a"
    assert sandbox.calls.count("GetAttachment") == before + 1


def test_sending_with_attachments(account: Account, sandbox: Sandbox) -> None:
    message = Message(account=account, subject="with", to_recipients=["john@example.test"])
    message.attach(FileAttachment(name="a.txt", content=b"hello"))
    message.send()
    received = account.inbox.get(subject="with").attachments[0]
    assert isinstance(received, FileAttachment)
    assert received.content == b"hello"
    assert account.drafts.all().count() == 0


def test_contents_are_files_on_both_ways(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(3_000_001))
    item = Message(folder=account.drafts, subject="large").save()
    with path.open("rb") as file:
        file.seek(1)
        attachment = FileAttachment(name="large", content=file)
        item.attach(attachment)
    assert attachment.content == path.read_bytes()[1:]
    found = account.drafts.get(subject="large").attachments[0]
    assert isinstance(found, FileAttachment)
    with found.fp as fp, (tmp_path / "copy").open("wb") as copy:
        shutil.copyfileobj(fp, copy)
    assert (tmp_path / "copy").read_bytes() == path.read_bytes()[1:]


def test_a_message_from_a_file(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "message.eml"
    path.write_bytes(b"Subject: streamed\r\nMessage-ID: <a@b>\r\n\r\n" + b"x" * 2_000_000)
    with path.open("rb") as file:
        item = Message(folder=account.drafts, mime_content=file).save()
    ref, mime = account.open_mime(item)
    with mime:
        assert mime.read() == path.read_bytes()
    assert ref.item_id == item.item_id
    assert account.drafts.get(subject="streamed").message_id == "<a@b>"
    ours = io.BytesIO()
    _, mime = account.open_mime(item, new_file=lambda: ours)
    assert mime is ours
    assert mime.read() == path.read_bytes()


def test_contents_of_files_and_of_items_are_opened_alike(account: Account, sandbox: Sandbox) -> None:
    item = Message(folder=account.drafts, subject="with").save()
    inner = Message(mime_content=b"Subject: inner\r\nMessage-ID: <a@b>\r\n\r\ntext")
    item.attach([FileAttachment(name="a.txt", content=b"hello"), ItemAttachment(name="inner", item=inner)])
    file, message = [one.attachment_id or "" for one in account.drafts.get(subject="with").attachments]
    sandbox.calls.reset()
    found = list(account.open_attachments([message, "nonsense", file]))
    assert sandbox.calls.count("GetAttachment") == 1
    assert isinstance(found.pop(1), EWSError)
    contents = []
    for one in found:
        assert not isinstance(one, EWSError)
        with one:
            contents.append(one.read())
    assert contents == [b"Subject: inner\r\nMessage-ID: <a@b>\r\n\r\ntext", b"hello"]


def test_text_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("text")
    with path.open() as file, pytest.raises(TypeError, match="'content'"):
        FileAttachment(content=file)


def test_a_file_that_is_yet_to_be_sent_can_be_read(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "waiting"
    path.write_bytes(os.urandom(100_000))
    with path.open("rb") as file:
        file.seek(10)
        waiting = FileAttachment(name="waiting", content=file)
        with waiting.fp as fp:
            assert fp.read(5) == path.read_bytes()[10:15]
            assert file.tell() == 10
            assert fp.read() == path.read_bytes()[15:]
            assert fp.seek(-3, os.SEEK_END) == 100_000 - 13
            assert fp.read() == path.read_bytes()[-3:]
            fp.seek(0)
            assert fp.read(2) == path.read_bytes()[10:12]
        assert waiting.content == path.read_bytes()[10:]
        item = Message(folder=account.drafts, subject="waiting")
        item.attach(waiting)
        item.save()
    found = account.drafts.get(subject="waiting").attachments[0]
    assert isinstance(found, FileAttachment)
    assert found.content == path.read_bytes()[10:]
    with pytest.raises(ValueError, match="no content"):
        _ = FileAttachment(name="empty").fp
