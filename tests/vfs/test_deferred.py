"""Moves in write-back: many are one request, what needs one to be true makes it true first, and none is lost."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ewsfs.ews import Account, Message
from ewsfs.ews.folders import BaseFolder
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from tests.vfs.conftest import MAIL, Open, make_account, names_in, read, refused, write

NAMES = [f"letter {number:02}.eml" for number in range(12)]
FIRST, SECOND = NAMES[0], NAMES[1]


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    """An inbox with one letter of each of the names, and an empty folder Archive."""
    account = make_account(sandbox)
    above(account).create_subfolder("Archive")
    account.bulk_create(account.inbox, [Message(mime_content=MAIL, ewsfs_name=name) for name in NAMES])
    return account


@pytest.fixture
def fs(open_fs: Open, account: Account, sandbox: Sandbox) -> FileSystem:
    """The filesystem of a user who has looked round, and hours until the server is told of moves."""
    opened = open_fs(write_back=True, write_back_seconds=3600.0, retry_seconds=3600.0)
    assert names_in(opened, "/Inbox") == NAMES
    assert names_in(opened, "/Archive") == []
    sandbox.calls.reset()
    return opened


def above(account: Account) -> BaseFolder[Any]:
    folder = account.inbox.parent
    assert folder is not None
    return folder


def move_all(fs: FileSystem) -> None:
    for name in NAMES:
        fs.rename(f"/Inbox/{name}", f"/Archive/{name}")


def everywhere(open_fs: Open, cache: str = "other machine") -> dict[str, list[str]]:
    """What another machine finds."""
    other = open_fs(cache)
    return {folder: names_in(other, f"/{folder}") for folder in ("Inbox", "Archive", "Deleted Items")}


ALL_MOVED = {"Inbox": [], "Archive": NAMES, "Deleted Items": []}


def test_many_moves_are_one_request(fs: FileSystem, sandbox: Sandbox, open_fs: Open) -> None:
    move_all(fs)
    assert names_in(fs, "/Inbox") == []
    assert names_in(fs, "/Archive") == NAMES
    assert fs.getattr(f"/Archive/{FIRST}").size > 0
    with refused(errno.ENOENT):
        fs.getattr(f"/Inbox/{FIRST}")
    assert fs.status()["pending"] == fs.status()["moves"] == len(NAMES)
    assert sandbox.calls.count("MoveItem") == 0
    fs.close()
    assert sandbox.calls.count("MoveItem") == 1
    assert sandbox.calls.count("UpdateItem") == 0  # their names had been given before
    assert everywhere(open_fs) == ALL_MOVED
    assert read(open_fs("third"), f"/Archive/{NAMES[7]}") == MAIL


def test_new_names_are_one_request_too(fs: FileSystem, sandbox: Sandbox, open_fs: Open) -> None:
    for name in NAMES:
        fs.rename(f"/Inbox/{name}", f"/Archive/my {name}")
    fs.close()
    assert sandbox.calls.count("UpdateItem") == sandbox.calls.count("MoveItem") == 1
    assert everywhere(open_fs) == {**ALL_MOVED, "Archive": [f"my {name}" for name in NAMES]}


def test_the_server_is_told_after_a_moment(account: Account, open_fs: Open, sandbox: Sandbox) -> None:
    fs = open_fs(write_back=True, write_back_seconds=0.01)
    move_all(fs)
    while fs.status()["moves"]:
        pass
    assert names_in(fs, "/Archive") == NAMES
    assert read(fs, f"/Archive/{FIRST}") == MAIL
    assert everywhere(open_fs) == ALL_MOVED


def test_without_write_back_each_is_true_at_once(account: Account, open_fs: Open, sandbox: Sandbox) -> None:
    fs = open_fs()
    fs.rename(f"/Inbox/{FIRST}", f"/Archive/{FIRST}")
    assert sandbox.calls.count("MoveItem") == 1
    assert everywhere(open_fs)["Archive"] == [FIRST]


def edited(fs: FileSystem) -> None:
    handle = fs.open(f"/Archive/{FIRST}", os.O_WRONLY | os.O_TRUNC)
    handle.write(MAIL.replace(b"letter", b"LETTER"), 0)
    handle.flush()
    handle.release()


@pytest.mark.parametrize(
    ("deed", "archive", "trash"),
    [
        (lambda fs: read(fs, f"/Archive/{FIRST}"), NAMES, []),
        (edited, NAMES, [FIRST]),
        (lambda fs: fs.unlink(f"/Archive/{FIRST}"), NAMES[1:], [FIRST]),
        (lambda fs: fs.rename(f"/Archive/{FIRST}", "/Archive/another.eml"), ["another.eml", *NAMES[1:]], []),
        (lambda fs: fs.rename(f"/Archive/{FIRST}", f"/Archive/{SECOND}"), NAMES[1:], [SECOND]),
        (lambda fs: write(fs, f"/Archive/{FIRST}", MAIL.replace(b"letter", b"LETTER")), NAMES, [FIRST]),
        (lambda fs: fs.setxattr(f"/Archive/{FIRST}", "user.ews.importance", b"High", 0), NAMES, []),
        (lambda fs: fs.listxattr(f"/Archive/{FIRST}"), NAMES, []),
        (lambda fs: fs.utimens(f"/Archive/{FIRST}", 1_000_000_000), NAMES, []),
    ],
    ids=["read", "edit", "unlink", "rename", "rename over", "write over", "setxattr", "listxattr", "utimens"],
)
def test_what_is_done_to_a_moved_item_finds_it_moved(
    fs: FileSystem, open_fs: Open, deed: Callable[[FileSystem], object], archive: list[str], trash: list[str]
) -> None:
    move_all(fs)
    deed(fs)
    fs.close()
    assert everywhere(open_fs) == {"Inbox": [], "Archive": archive, "Deleted Items": trash}


def test_an_attachment_goes_with_a_moved_item(fs: FileSystem, open_fs: Open) -> None:
    move_all(fs)
    fs.mkdir("/Archive/letter 00.attachments")
    write(fs, "/Archive/letter 00.attachments/note.txt", b"a note")
    fs.close()
    assert read(open_fs("other machine"), "/Archive/letter 00.attachments/note.txt") == b"a note"


def test_an_attachment_that_was_removed_before_stays_removed(account: Account, open_fs: Open) -> None:
    fs = open_fs(hold_seconds=3600.0)
    fs.mkdir("/Inbox/letter 00.attachments")
    for name in ("note.txt", "other.txt"):
        write(fs, f"/Inbox/letter 00.attachments/{name}", b"a note")
    fs.close()
    fs = open_fs(write_back=True, write_back_seconds=3600.0, hold_seconds=3600.0)
    fs.unlink("/Inbox/letter 00.attachments/note.txt")
    fs.rename(f"/Inbox/{FIRST}", f"/Archive/{FIRST}")
    fs.close()
    assert names_in(open_fs("other machine"), "/Archive/letter 00.attachments") == ["other.txt"]


def test_an_empty_attachment_folder_goes_along_too(fs: FileSystem) -> None:
    fs.mkdir("/Inbox/letter 00.attachments")
    fs.rename(f"/Inbox/{FIRST}", f"/Archive/{FIRST}")
    write(fs, "/Archive/letter 00.attachments/note.txt", b"a note")
    assert names_in(fs, "/Archive/letter 00.attachments") == ["note.txt"]


def test_a_folder_that_was_emptied_by_moves_goes_alone(fs: FileSystem, open_fs: Open) -> None:
    fs.mkdir("/Sub")
    fs.rename(f"/Inbox/{FIRST}", f"/Sub/{FIRST}")
    assert read(fs, f"/Sub/{FIRST}") == MAIL
    fs.rename(f"/Sub/{FIRST}", f"/Archive/{FIRST}")
    fs.rmdir("/Sub")
    fs.close()
    assert everywhere(open_fs) == {"Inbox": NAMES[1:], "Archive": [FIRST], "Deleted Items": ["Sub"]}
    assert names_in(open_fs("third"), "/Deleted Items/Sub") == []


# -- what goes wrong ----------------------------------------------------------------------------------


def test_a_killed_mount_has_moved_them_when_the_next_begins(fs: FileSystem, tmp_path: Path, open_fs: Open) -> None:
    move_all(fs)
    shutil.copytree(tmp_path / "cache", tmp_path / "as it was")
    after = open_fs("as it was", write_back=True, write_back_seconds=3600.0)
    assert names_in(after, "/Inbox") == []
    assert names_in(after, "/Archive") == NAMES
    after.close()
    assert everywhere(open_fs) == ALL_MOVED
    fs.close()  # who was not killed finds nothing left to move, and moves nothing twice
    assert everywhere(open_fs, "third") == ALL_MOVED


def test_another_mount_takes_up_what_a_killed_one_left(fs: FileSystem, tmp_path: Path, open_fs: Open) -> None:
    move_all(fs)
    (slot,) = (tmp_path / "cache").glob("*/0")
    shutil.copytree(slot, tmp_path / "new" / slot.parent.name / "1")
    open_fs("new").close()
    assert everywhere(open_fs) == ALL_MOVED
    assert not list((tmp_path / "new").rglob("moves.jsonl"))


def test_a_line_cut_by_a_crash_hurts_no_other(fs: FileSystem, tmp_path: Path, open_fs: Open) -> None:
    move_all(fs)
    shutil.copytree(tmp_path / "cache", tmp_path / "as it was")
    (journal,) = (tmp_path / "as it was").rglob("moves.jsonl")
    journal.write_bytes(journal.read_bytes()[:-20])
    open_fs("as it was").close()
    assert everywhere(open_fs) == {"Inbox": NAMES[-1:], "Archive": NAMES[:-1], "Deleted Items": []}


def test_a_full_disk_refuses_the_move(fs: FileSystem, monkeypatch: pytest.MonkeyPatch, open_fs: Open) -> None:
    fs.rename(f"/Inbox/{FIRST}", f"/Archive/{FIRST}")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            fs.rename(f"/Inbox/{SECOND}", f"/Archive/{SECOND}")
    assert names_in(fs, "/Archive") == [FIRST]
    fs.close()
    assert everywhere(open_fs) == {"Inbox": NAMES[1:], "Archive": [FIRST], "Deleted Items": []}


@pytest.mark.parametrize("fault", ["MoveItem:drop-after:1", "MoveItem:drop:1", "UpdateItem:drop-after:1"])
def test_a_cut_connection_loses_and_doubles_nothing(
    fs: FileSystem, sandbox: Sandbox, open_fs: Open, fault: str
) -> None:
    sandbox.faults.add(fault)
    for name in NAMES:
        fs.rename(f"/Inbox/{name}", f"/Archive/my {name}")
    fs.close()
    assert everywhere(open_fs, "cache") == {**ALL_MOVED, "Archive": [f"my {name}" for name in NAMES]}


def test_a_busy_server_gets_the_rest_later(fs: FileSystem, sandbox: Sandbox, open_fs: Open) -> None:
    sandbox.faults.add("MoveItem:busy:from=5:ms=0")
    move_all(fs)
    with pytest.raises(VfsError):
        read(fs, f"/Archive/{NAMES[-1]}")
    sandbox.faults.clear()
    assert read(fs, f"/Archive/{NAMES[-1]}") == MAIL
    assert names_in(fs, "/Archive") == NAMES
    assert everywhere(open_fs) == ALL_MOVED


def test_what_the_server_refuses_stays_and_shows_where_it_was(
    fs: FileSystem, sandbox: Sandbox, open_fs: Open, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.faults.add("MoveItem:ErrorAccessDenied:1:from=10")
    move_all(fs)
    with refused(errno.ENOENT):
        read(fs, f"/Archive/{NAMES[-1]}")
    assert names_in(fs, "/Inbox") == NAMES[10:]
    assert names_in(fs, "/Archive") == NAMES[:10]
    assert f"{NAMES[-1]} was not moved" in caplog.text
    assert read(fs, f"/Inbox/{NAMES[-1]}") == MAIL
    fs.close()
    assert everywhere(open_fs, "cache") == {"Inbox": NAMES[10:], "Archive": NAMES[:10], "Deleted Items": []}


def test_an_item_that_somebody_else_removes_meanwhile_is_gone(fs: FileSystem, account: Account, open_fs: Open) -> None:
    move_all(fs)
    gone, *_ = account.inbox.filter(ewsfs_name=FIRST)
    gone.move_to_trash()
    with refused(errno.ENOENT):
        read(fs, f"/Archive/{FIRST}")
    assert names_in(fs, "/Archive") == NAMES[1:]
    assert everywhere(open_fs) == {"Inbox": [], "Archive": NAMES[1:], "Deleted Items": [FIRST]}


def test_an_item_that_somebody_else_changes_meanwhile_shows_once(
    fs: FileSystem, account: Account, open_fs: Open
) -> None:
    move_all(fs)
    item, *_ = account.inbox.filter(ewsfs_name=FIRST)
    item.subject = "Changed"
    item.save(update_fields=["subject"])
    fs._catalog.expire(fs._catalog.tree.by_distinguished("inbox").id)  # type: ignore[union-attr]  # it is there
    assert names_in(fs, "/Inbox") == []
    assert b"Changed" in read(fs, f"/Archive/{FIRST}")
    assert names_in(fs, "/Archive") == NAMES


def test_a_folder_that_somebody_else_removes_meanwhile_keeps_no_item(
    fs: FileSystem, account: Account, open_fs: Open
) -> None:
    move_all(fs)
    (above(account) / "Archive").delete()
    with refused(errno.ENOENT):
        read(fs, f"/Archive/{FIRST}")
    assert names_in(fs, "/Inbox") == NAMES
    assert read(fs, f"/Inbox/{FIRST}") == MAIL
