"""Extended attributes: what `user.ews.*` shows, what it costs, and what can be set."""

from __future__ import annotations

import errno
import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from ewsfs.ews.items import CalendarItem
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from tests.vfs.conftest import MAIL, Open, make_account, names_in, opener, read, refused, write

NAME = "/Inbox/letter.eml"
EVENT = "/Calendar/2026-03-05 1000 Weekly sync.ics"


def get(fs: FileSystem, path: str, name: str) -> str:
    return fs.getxattr(path, f"user.ews.{name}").decode()


def set_(fs: FileSystem, path: str, name: str, value: str, flags: int = 0) -> None:
    fs.setxattr(path, f"user.ews.{name}", value.encode(), flags)


def on_server(sandbox: Sandbox, *fields: str) -> dict[str, object]:
    """The fields of the only message in the inbox, as another client sees them."""
    (item,) = make_account(sandbox).inbox.all().only(*fields)
    return {name: getattr(item, name) for name in fields}


@pytest.fixture
def letter(fs: FileSystem) -> FileSystem:
    write(fs, NAME, MAIL)
    return fs


def test_a_message_shows_its_properties(letter: FileSystem) -> None:
    assert get(letter, NAME, "subject") == "Greetings"
    assert get(letter, NAME, "from") == "Bob <bob@example.test>"
    assert get(letter, NAME, "to") == "Ada <ada@example.test>"
    assert get(letter, NAME, "received") == "2026-03-02T09:15:00Z"
    assert get(letter, NAME, "item_class") == "IPM.Note"
    assert get(letter, NAME, "message_id") == "<1@example.test>"
    assert get(letter, NAME, "has_attachments") == "false"
    assert get(letter, NAME, "flag") == "NotFlagged"
    assert get(letter, NAME, "categories") == ""
    assert int(get(letter, NAME, "size")) > 0
    assert get(letter, NAME, "id")
    assert get(letter, NAME, "change_key")


def test_every_name_that_is_listed_can_be_read_on_every_kind_of_item(sample: Sandbox, tmp_path: Path) -> None:
    with opener(sample, tmp_path) as open_one:
        fs = open_one()
        for folder in ("/Inbox", "/Calendar", "/Contacts", "/Tasks"):
            for name in names_in(fs, folder):
                path = f"{folder}/{name}"
                shown = {attribute: fs.getxattr(path, attribute).decode() for attribute in fs.listxattr(path)}
                if not fs.getattr(path).is_directory:
                    assert shown["user.ews.item_class"].startswith("IPM."), path


def test_all_properties_of_an_item_cost_one_request_and_their_names_none(letter: FileSystem, sandbox: Sandbox) -> None:
    sandbox.calls.reset()
    names = letter.listxattr(NAME)
    assert sandbox.calls.count("GetItem") == 0
    assert len(names) > 15
    for name in names:
        letter.getxattr(NAME, name)
    assert sandbox.calls.count("GetItem") == 1


def test_going_through_a_folder_costs_a_request_for_fifty_items(fs: FileSystem, sandbox: Sandbox) -> None:
    for number in range(60):
        write(fs, f"/Inbox/{number}.eml", MAIL.replace(b"Greetings", b"Letter %d" % number))
    sandbox.calls.reset()
    for number in range(60):
        assert get(fs, f"/Inbox/{number}.eml", "subject") == f"Letter {number}"
    assert sandbox.calls.count("GetItem") == 3


def test_attributes_are_known_still_after_the_server_has_gone(letter: FileSystem, sandbox: Sandbox) -> None:
    assert get(letter, NAME, "subject") == "Greetings"
    sandbox.stop()
    assert get(letter, NAME, "subject") == "Greetings"


def test_a_folder_shows_its_class_and_counters(letter: FileSystem) -> None:
    assert get(letter, "/Inbox", "class") == "IPF.Note"
    assert get(letter, "/Inbox", "default") == "inbox"
    assert get(letter, "/Inbox", "total_count") == "1"
    for name in letter.listxattr("/Calendar"):
        letter.getxattr("/Calendar", name)
    assert letter.listxattr("/")
    assert get(letter, "/", "id")


def test_other_name_spaces_and_unknown_names_answer_as_on_a_filesystem_without_them(letter: FileSystem) -> None:
    for name in ("security.selinux", "system.posix_acl_access", "trusted.x"):
        with refused(errno.ENOTSUP):
            letter.getxattr(NAME, name)
        with refused(errno.ENOTSUP):
            letter.setxattr(NAME, name, b"x", 0)
    with refused(errno.ENODATA):
        letter.getxattr(NAME, "user.xdg.origin.url")
    with refused(errno.ENOTSUP):
        letter.setxattr(NAME, "user.xdg.origin.url", b"x", 0)
    with refused(errno.ENODATA):
        letter.removexattr(NAME, "user.xdg.origin.url")
    with refused(errno.ENOENT):
        letter.getxattr("/Inbox/nothing.eml", "user.ews.subject")


@pytest.mark.parametrize(
    ("name", "given", "shown", "field", "expected"),
    [
        ("is_read", "false", "false", "is_read", False),
        ("is_read", "0", "false", "is_read", False),
        ("importance", "high", "High", "importance", "High"),
        ("categories", "red, blue", "red\nblue", "categories", ["red", "blue"]),
        ("categories", "Ünïcödé\nblue\n", "Ünïcödé\nblue", "categories", ["Ünïcödé", "blue"]),
    ],
)
def test_what_is_set_is_on_the_server_and_read_back(
    letter: FileSystem, sandbox: Sandbox, name: str, given: str, shown: str, field: str, expected: object
) -> None:
    set_(letter, NAME, name, given)
    assert get(letter, NAME, name) == shown
    assert on_server(sandbox, field) == {field: expected}


def test_a_flag_is_set_and_removed(letter: FileSystem, sandbox: Sandbox) -> None:
    for wanted in ("Flagged", "complete", "NotFlagged", "Flagged"):
        set_(letter, NAME, "flag", wanted)
        assert get(letter, NAME, "flag").lower() == wanted.lower()
    letter.removexattr(NAME, "user.ews.flag")
    (item,) = make_account(sandbox).inbox.all().only("flag")
    assert item.flag is not None
    assert item.flag.flag_status == "NotFlagged"
    with refused(errno.ENODATA):
        letter.removexattr(NAME, "user.ews.flag")


def test_categories_are_removed(letter: FileSystem, sandbox: Sandbox) -> None:
    set_(letter, NAME, "categories", "red")
    letter.removexattr(NAME, "user.ews.categories")
    assert get(letter, NAME, "categories") == ""
    assert not on_server(sandbox, "categories")["categories"]
    with refused(errno.ENODATA):
        letter.removexattr(NAME, "user.ews.categories")
    with refused(errno.ENOTSUP):
        letter.removexattr(NAME, "user.ews.subject")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("is_read", b"perhaps", "neither true nor false"),
        ("importance", b"Highest", "none of Low, Normal, High"),
        ("flag", b"red", "none of NotFlagged, Flagged, Complete"),
        ("flag", b"", "none of NotFlagged, Flagged, Complete"),
        ("categories", b"a\x00b", "control characters"),
        ("categories", b"\xff", "not UTF-8"),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence(letter: FileSystem, name: str, value: bytes, why: str) -> None:
    with pytest.raises(VfsError, match=why) as caught:
        letter.setxattr(NAME, f"user.ews.{name}", value, 0)
    assert caught.value.number == errno.EINVAL


def test_properties_that_only_the_server_sets_are_refused_unless_they_stay_as_they_are(letter: FileSystem) -> None:
    for name in letter.listxattr(NAME):
        letter.setxattr(NAME, name, letter.getxattr(NAME, name), 0)  # what restoring a copy does
    with refused(errno.ENOTSUP):
        set_(letter, NAME, "subject", "another")
    with refused(errno.ENOTSUP):
        set_(letter, "/Inbox", "class", "IPF.Task")


def test_create_and_replace_are_honoured(letter: FileSystem) -> None:
    with refused(errno.ENODATA):
        set_(letter, NAME, "categories", "red", os.XATTR_REPLACE)
    set_(letter, NAME, "categories", "red", os.XATTR_CREATE)
    with refused(errno.EEXIST):
        set_(letter, NAME, "categories", "blue", os.XATTR_CREATE)
    set_(letter, NAME, "categories", "blue", os.XATTR_REPLACE)
    assert get(letter, NAME, "categories") == "blue"
    with refused(errno.EEXIST):
        set_(letter, NAME, "is_read", "false", os.XATTR_CREATE)


def test_setting_keeps_the_bytes_as_they_were_written_without_asking_for_them(
    letter: FileSystem, sandbox: Sandbox
) -> None:
    before = letter.getattr(NAME)
    set_(letter, NAME, "importance", "High")
    set_(letter, NAME, "is_read", "false")
    sandbox.calls.reset()
    assert read(letter, NAME) == MAIL
    assert sandbox.calls.count("GetItem") == 0
    after = letter.getattr(NAME)
    assert (after.size, after.mtime_ns) == (before.size, before.mtime_ns)


def test_setting_after_a_change_elsewhere_sets_it_and_shows_the_new_content(
    fs: FileSystem, open_fs: Open, sandbox: Sandbox
) -> None:
    write(fs, NAME, MAIL)
    (item,) = make_account(sandbox).inbox.all().only("subject")
    item.subject = "Changed elsewhere"
    item.save(update_fields=["subject"])
    set_(fs, NAME, "importance", "High")
    assert on_server(sandbox, "subject", "importance") == {"subject": "Changed elsewhere", "importance": "High"}
    assert b"Changed elsewhere" in read(fs, NAME)
    assert get(fs, NAME, "subject") == "Changed elsewhere"


def test_the_file_of_an_event_says_its_new_categories(fs: FileSystem, sandbox: Sandbox) -> None:
    account = make_account(sandbox)
    CalendarItem(
        folder=account.calendar,
        subject="Weekly sync",
        start=datetime(2026, 3, 5, 10, tzinfo=timezone.utc),
        end=datetime(2026, 3, 5, 11, tzinfo=timezone.utc),
    ).save()
    names_in(fs, "/Calendar")
    set_(fs, EVENT, "categories", "red")
    assert b"CATEGORIES:red" in read(fs, EVENT)
    before = fs.getattr(EVENT)
    set_(fs, EVENT, "flag", "Flagged")  # of which a calendar says nothing
    sandbox.calls.reset()
    assert fs.getattr(EVENT).mtime_ns == before.mtime_ns
    assert b"CATEGORIES:red" in read(fs, EVENT)
    assert sandbox.calls.count("GetItem") == 0
    assert get(fs, EVENT, "start") == "2026-03-05T10:00:00Z"


def test_a_document_keeps_its_bytes(fs: FileSystem, sandbox: Sandbox) -> None:
    path = "/Inbox/report.pdf"
    write(fs, path, b"%PDF-1.4")
    set_(fs, path, "categories", "red")
    sandbox.calls.reset()
    assert read(fs, path) == b"%PDF-1.4"
    assert sandbox.calls.total() == 0
    assert get(fs, path, "categories") == "red"
    assert get(fs, path, "item_class") == "IPM.Document.pdf"


def test_an_item_that_has_gone_answers_enoent(letter: FileSystem, sandbox: Sandbox) -> None:
    (item,) = make_account(sandbox).inbox.all().only("subject")
    item.delete()
    with refused(errno.ENOENT):
        set_(letter, NAME, "importance", "High")
    with refused(errno.ENOENT):
        letter.getattr(NAME)


def test_nothing_is_set_on_a_mount_for_reading_only(sandbox: Sandbox, fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    other = open_fs("other", read_only=True)
    with refused(errno.EROFS):
        set_(other, NAME, "importance", "High")
    with refused(errno.EROFS):
        other.removexattr(NAME, "user.ews.flag")


def test_control_files_and_files_being_written_have_no_attributes(fs: FileSystem) -> None:
    handle = fs.create(NAME, os.O_WRONLY)
    assert fs.listxattr(NAME) == []
    with refused(errno.ENODATA):
        fs.getxattr(NAME, "user.ews.subject")
    with refused(errno.ENOTSUP):
        fs.setxattr(NAME, "user.ews.importance", b"High", 0)
    handle.release()
    assert fs.listxattr("/.ewsfs/status.json") == []
