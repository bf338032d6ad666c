"""Changing a mailbox: files in, folders, rm and mv; what isn't there yet says so; nothing is lost on the way."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from tests.vfs.conftest import MAIL, Open, names_in, read, refused, write

NAME = "/Inbox/letter.eml"


def test_a_new_file_shows_from_the_first_moment(fs: FileSystem) -> None:
    handle = fs.create(NAME, os.O_WRONLY)
    assert names_in(fs, "/Inbox") == ["letter.eml"]
    handle.write(MAIL[:10], 0)
    assert fs.getattr(NAME).size == 10
    handle.write(MAIL[10:], 10)
    handle.flush()
    handle.release()
    assert fs.getattr(NAME).size == len(MAIL)


def test_a_file_written_in_two_goes_is_one_item_with_all_of_it(sandbox: Sandbox, fs: FileSystem, open_fs: Open) -> None:
    handle = fs.create(NAME, os.O_WRONLY)
    with refused(errno.EINVAL):
        handle.flush()
    handle.write(MAIL[:200], 0)
    handle.flush()
    handle.write(MAIL[200:], 200)
    handle.flush()
    handle.release()
    assert read(fs, NAME) == MAIL
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == ["letter.eml"]
    assert read(other, NAME) == MAIL
    assert names_in(other, "/Deleted Items") == []


def test_a_file_that_stays_empty_is_no_item(sandbox: Sandbox, fs: FileSystem) -> None:
    handle = fs.create(NAME, os.O_WRONLY)
    with refused(errno.EINVAL):
        handle.flush()
    handle.release()
    assert names_in(fs, "/Inbox") == []
    assert sandbox.calls.count("CreateItem") == 0


def test_exclusive_creation_of_what_is_there_is_refused(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    with refused(errno.EEXIST):
        fs.create(NAME, os.O_WRONLY | os.O_EXCL)


def test_mkdir_and_rmdir(fs: FileSystem, open_fs: Open) -> None:
    fs.mkdir("/Inbox/Projects")
    fs.mkdir("/Inbox/Projects/Alpha")
    with refused(errno.EEXIST):
        fs.mkdir("/Inbox/Projects")
    with refused(errno.ENOTEMPTY):
        fs.rmdir("/Inbox/Projects")
    assert names_in(open_fs("other machine"), "/Inbox/Projects") == ["Alpha"]
    fs.rmdir("/Inbox/Projects/Alpha")
    fs.rmdir("/Inbox/Projects")
    assert names_in(fs, "/Inbox") == []


def test_rmdir_sees_what_somebody_else_put_there(fs: FileSystem, open_fs: Open) -> None:
    fs.mkdir("/Inbox/Sub")
    names_in(fs, "/Inbox/Sub")
    write(open_fs("other machine"), "/Inbox/Sub/letter.eml", MAIL)
    with refused(errno.ENOTEMPTY):
        fs.rmdir("/Inbox/Sub")


def test_default_folders_stay(fs: FileSystem) -> None:
    for path in ("/Inbox", "/Calendar", "/Deleted Items"):
        with refused(errno.EPERM):
            fs.rmdir(path)
        with refused(errno.EPERM):
            fs.rename(path, "/Elsewhere")


def test_rm_moves_to_deleted_items_and_from_there_away(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    fs.unlink(NAME)
    assert names_in(fs, "/Inbox") == []
    assert names_in(fs, "/Deleted Items") == ["letter.eml"]
    assert read(fs, "/Deleted Items/letter.eml") == MAIL
    fs.unlink("/Deleted Items/letter.eml")
    assert names_in(fs, "/Deleted Items") == []


def test_mv_inside_a_folder_changes_the_name_alone(sandbox: Sandbox, fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    fs.rename(NAME, "/Inbox/new name.eml")
    sandbox.calls.reset()
    assert read(fs, "/Inbox/new name.eml") == MAIL
    assert sandbox.calls.count("GetItem") == 0
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == ["new name.eml"]
    assert read(other, "/Inbox/new name.eml") == MAIL


@pytest.mark.parametrize("target", ["letter.eml", "another.eml"])
def test_mv_between_folders(fs: FileSystem, open_fs: Open, target: str) -> None:
    write(fs, NAME, MAIL)
    fs.mkdir("/Inbox/Sub")
    fs.rename(NAME, f"/Inbox/Sub/{target}")
    assert names_in(fs, "/Inbox") == ["Sub"]
    assert read(fs, f"/Inbox/Sub/{target}") == MAIL
    assert names_in(open_fs("other machine"), "/Inbox/Sub") == [target]


def test_mv_over_a_file_keeps_the_old_one_in_deleted_items(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    write(fs, "/Inbox/old.eml", MAIL.replace(b"Hello", b"Adieu"))
    fs.rename(NAME, "/Inbox/old.eml")
    assert names_in(fs, "/Inbox") == ["old.eml"]
    assert read(fs, "/Inbox/old.eml") == MAIL
    assert b"Adieu" in read(fs, "/Deleted Items/old.eml")


def test_mv_of_folders(fs: FileSystem, open_fs: Open) -> None:
    fs.mkdir("/Inbox/A")
    fs.mkdir("/Inbox/B")
    write(fs, "/Inbox/A/letter.eml", MAIL)
    fs.rename("/Inbox/A", "/Inbox/B/C")
    with refused(errno.EINVAL):
        fs.rename("/Inbox/B", "/Inbox/B/C/D")
    assert read(fs, "/Inbox/B/C/letter.eml") == MAIL
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == ["B"]
    assert names_in(other, "/Inbox/B/C") == ["letter.eml"]


def test_mv_that_makes_no_sense(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    fs.mkdir("/Inbox/Sub")
    with refused(errno.EISDIR):
        fs.rename(NAME, "/Inbox/Sub")
    with refused(errno.ENOTDIR):
        fs.rename("/Inbox/Sub", NAME)
    with refused(errno.ENOENT):
        fs.rename("/Inbox/nothing", "/Inbox/x.eml")


def test_names_of_every_kind_are_kept(fs: FileSystem, open_fs: Open) -> None:
    given = {
        "ünïcödé.eml", "u\u0308.eml", "日本語.eml", "a:b*c?.eml", "quote\"'.eml", "  spaces  .eml", ".hidden.eml",
        "ü" * 125 + ".eml", "🏳️‍🌈.EML", "& <x>.eml", "a\\b.eml", "Letter.eml",
    }  # fmt: skip
    for name in given:
        write(fs, f"/Inbox/{name}", MAIL)
        assert read(fs, f"/Inbox/{name}") == MAIL
    assert set(names_in(fs, "/Inbox")) == given
    assert set(names_in(open_fs("other machine"), "/Inbox")) == given


def test_names_that_no_server_keeps_are_refused(fs: FileSystem) -> None:
    with refused(errno.EINVAL):
        write(fs, "/Inbox/bell\x07.eml", MAIL)
    with refused(errno.EILSEQ):
        write(fs, "/Inbox/\udcff.eml", MAIL)


def test_a_read_only_mount_changes_nothing(fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    guarded = open_fs("guarded", read_only=True)
    changes: list[Callable[[], object]] = [
        lambda: write(guarded, "/Inbox/x.eml", MAIL),
        lambda: guarded.mkdir("/Inbox/x"),
        lambda: guarded.unlink(NAME),
        lambda: guarded.rmdir("/Inbox"),
        lambda: guarded.rename(NAME, "/Inbox/y.eml"),
        lambda: guarded.utimens(NAME, 0),
    ]
    for change in changes:
        with refused(errno.EROFS):
            change()
    assert read(guarded, NAME) == MAIL


@pytest.mark.parametrize("fault", ["drop", "drop-after", "busy", "503"])
def test_a_fault_during_the_upload_neither_loses_nor_doubles(sandbox: Sandbox, open_fs: Open, fault: str) -> None:
    fs = open_fs()
    names_in(fs, "/Inbox")
    sandbox.faults.add(f"CreateItem:{fault}:1")
    try:
        write(fs, NAME, MAIL)
    except OSError:
        fs.close()
        fs = open_fs()
    assert names_in(open_fs("other machine"), "/Inbox") == ["letter.eml"]
    assert read(fs, NAME) == MAIL


def test_what_was_closed_while_the_server_was_gone_goes_up_at_the_next_mount(
    sandbox: Sandbox, open_fs: Open, tmp_path: Path
) -> None:
    fs = open_fs()
    names_in(fs, "/Inbox")
    sandbox.faults.add("CreateItem:drop:10")
    with pytest.raises(VfsError):
        write(fs, NAME, MAIL)
    fs.close()
    sandbox.faults.clear()
    again = open_fs()
    assert names_in(again, "/Inbox") == ["letter.eml"]
    assert read(open_fs("other machine"), NAME) == MAIL


def test_what_was_never_closed_is_set_aside(open_fs: Open) -> None:
    fs = open_fs()
    handle = fs.create(NAME, os.O_WRONLY)
    handle.write(b"Subject: half a mess", 0)
    fs.close()  # as when the process is killed: nobody closes the file first
    again = open_fs()
    assert names_in(again, "/Inbox") == []
    (name,) = names_in(again, "/.ewsfs/unsaved")
    assert name.endswith(" letter.eml")
    assert read(again, f"/.ewsfs/unsaved/{name}") == b"Subject: half a mess"
    again.unlink(f"/.ewsfs/unsaved/{name}")
    assert names_in(again, "/.ewsfs/unsaved") == []
    handle.release()


def test_a_file_removed_while_it_is_written_is_gone(sandbox: Sandbox, fs: FileSystem) -> None:
    handle = fs.create(NAME, os.O_RDWR)
    handle.write(MAIL, 0)
    fs.unlink(NAME)
    assert handle.read(100, 0) == MAIL[:100]
    handle.flush()
    handle.release()
    assert names_in(fs, "/Inbox") == []
    assert sandbox.calls.count("CreateItem") == 0


def test_an_open_file_is_read_to_its_end_after_it_was_removed(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    handle = fs.open(NAME, os.O_RDONLY)
    fs.unlink(NAME)
    assert handle.read(len(MAIL), 0) == MAIL
    handle.release()


@pytest.mark.parametrize("new", ["/Inbox/other.eml", "/Drafts/letter.eml"])
def test_mv_of_what_was_changed_elsewhere_shows_what_it_is_now(fs: FileSystem, open_fs: Open, new: str) -> None:
    path = new.replace(".eml", ".txt")
    write(fs, "/Inbox/letter.txt", b"before")
    assert read(fs, "/Inbox/letter.txt") == b"before"
    elsewhere = open_fs("other machine")
    handle = elsewhere.open("/Inbox/letter.txt", os.O_WRONLY)
    handle.write(b"behind", 0)
    handle.flush()
    handle.release()
    fs.rename("/Inbox/letter.txt", path)
    assert read(fs, path) == b"behind"
