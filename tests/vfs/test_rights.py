"""Effective rights: a folder that can't be written shows so, and refuses without asking the server."""

from __future__ import annotations

import errno
import os

import pytest

from ewsfs.ews.folders import Messages
from ewsfs.ews.folders.permissions import Permission, PermissionSet, UserId
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.vfs.conftest import MAIL, Open, make_account, names_in, read, refused, write

LETTER = "/Inbox/Archive/letter.eml"


@pytest.fixture
def fs(sandbox: Sandbox, open_fs: Open) -> FileSystem:
    """A mailbox with a folder that even its owner may only read, and a message in it."""
    first = open_fs("first")
    first.mkdir("/Inbox/Archive")
    write(first, LETTER, MAIL)
    make_read_only(sandbox)
    return open_fs()


def make_read_only(sandbox: Sandbox) -> None:
    account = make_account(sandbox)
    folder = account.inbox / "Archive"
    assert isinstance(folder, Messages)
    user = UserId(primary_smtp_address=sandbox.address("ada"))
    folder.permission_set = PermissionSet(permissions=[Permission(user_id=user, permission_level="Reviewer")])
    folder.save(update_fields=["permission_set"])


def test_a_folder_that_cannot_be_written_shows_no_write_bits(fs: FileSystem) -> None:
    assert fs.getattr("/Inbox").mode & 0o777 == 0o700
    assert fs.getattr("/Inbox/Archive").mode & 0o777 == 0o500
    assert names_in(fs, "/Inbox/Archive") == ["letter.eml"]
    assert fs.getattr(LETTER).mode & 0o777 == 0o400
    with refused(errno.EACCES):
        fs.access("/Inbox/Archive", os.W_OK)
    with refused(errno.EACCES):
        fs.access(LETTER, os.W_OK)
    fs.access(LETTER, os.R_OK)
    fs.access("/Inbox", os.W_OK)
    assert read(fs, LETTER)


def test_nothing_is_made_there_and_the_server_is_not_asked(fs: FileSystem, sandbox: Sandbox) -> None:
    names_in(fs, "/Inbox/Archive")
    sandbox.calls.reset()
    with refused(errno.EACCES):
        fs.create("/Inbox/Archive/new.eml", os.O_WRONLY)
    with refused(errno.EACCES):
        fs.open(LETTER, os.O_RDWR)
    with refused(errno.EACCES):
        fs.truncate(LETTER, 0)
    with refused(errno.EACCES):
        fs.mkdir("/Inbox/Archive/Folder")
    assert sandbox.calls.count("CreateItem") == sandbox.calls.count("CreateFolder") == 0


def test_the_server_refuses_what_we_cannot_know(fs: FileSystem) -> None:
    with refused(errno.EACCES):
        fs.unlink(LETTER)
    write(fs, "/Inbox/other.eml", MAIL)
    with refused(errno.EACCES):
        fs.rename("/Inbox/other.eml", "/Inbox/Archive/other.eml")
    assert names_in(fs, "/Inbox/Archive") == ["letter.eml"]


def test_rights_are_known_after_a_remount_without_the_server(fs: FileSystem, sandbox: Sandbox, open_fs: Open) -> None:
    fs.close()
    sandbox.stop()
    assert open_fs().getattr("/Inbox/Archive").mode & 0o777 == 0o500


def test_rights_that_are_taken_away_later_are_seen(sandbox: Sandbox, open_fs: Open) -> None:
    late = open_fs("late", ttl=0)
    late.mkdir("/Inbox/Archive")
    assert late.getattr("/Inbox/Archive").mode & 0o777 == 0o700
    make_read_only(sandbox)
    names_in(late, "/Inbox")
    assert late.getattr("/Inbox/Archive").mode & 0o777 == 0o500
