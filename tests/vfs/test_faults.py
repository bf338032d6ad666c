"""Faults of the server and of the disk, in the middle of each change: nothing is lost, nothing is done twice."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from tests.mount.driver import wait_for
from tests.vfs.conftest import MAIL, Open, make_account, names_in, opener, read, refused, write
from tests.vfs.deeds import CONTACT, NEW, NEW_CONTACT
from tests.vfs.test_killed import norm

LETTER = "/Inbox/letter.eml"

Step = Callable[[FileSystem], None]


def saved(path: str, data: bytes, fs: FileSystem) -> None:
    handle = fs.create(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        handle.write(data, 0)
        handle.flush()
    finally:
        handle.release()


def in_turn(*steps: Step) -> Step:
    def run(fs: FileSystem) -> None:
        for step in steps:
            step(fs)

    return run


def attached(data: bytes, fs: FileSystem) -> None:
    saved("/Inbox/letter.attachments/notes.txt", data, fs)


has_letter = partial(saved, LETTER, MAIL)
has_folder = in_turn(lambda fs: fs.mkdir("/Inbox/Sub"), lambda fs: fs.mkdir("/Inbox/Other"))
can_attach = in_turn(has_letter, lambda fs: fs.mkdir("/Inbox/letter.attachments"))

# What the server is asked for -> what stands before, and what is done.
CHANGES: dict[str, tuple[str, Step, Step]] = {
    "new": ("CreateItem", lambda fs: None, has_letter),
    "save over": ("CreateItem", has_letter, partial(saved, LETTER, NEW)),
    "save over, old one": ("DeleteItem", has_letter, partial(saved, LETTER, NEW)),
    "edit": (
        "UpdateItem",
        partial(saved, "/Contacts/Bob.vcf", CONTACT),
        partial(saved, "/Contacts/Bob.vcf", NEW_CONTACT),
    ),
    "rename": ("UpdateItem", has_letter, lambda fs: fs.rename(LETTER, "/Inbox/other.eml")),
    "move": ("MoveItem", has_letter, lambda fs: fs.rename(LETTER, "/Drafts/letter.eml")),
    "remove": ("DeleteItem", has_letter, lambda fs: fs.unlink(LETTER)),
    "attach": ("CreateAttachment", can_attach, partial(attached, b"one")),
    "attach anew": ("CreateAttachment", in_turn(can_attach, partial(attached, b"one")), partial(attached, b"two")),
    "attach anew, old one": (
        "DeleteAttachment",
        in_turn(can_attach, partial(attached, b"one")),
        partial(attached, b"two"),
    ),
    "mkdir": ("CreateFolder", lambda fs: None, lambda fs: fs.mkdir("/Inbox/Sub")),
    "rmdir": ("DeleteFolder", has_folder, lambda fs: fs.rmdir("/Inbox/Sub")),
    "rename a folder": ("UpdateFolder", has_folder, lambda fs: fs.rename("/Inbox/Sub", "/Inbox/Name")),
    "move a folder": ("MoveFolder", has_folder, lambda fs: fs.rename("/Inbox/Sub", "/Inbox/Other/Sub")),
}
JOURNALED = {"new", "save over", "save over, old one", "edit", "attach", "attach anew", "attach anew, old one"}
FAULTS = [
    "drop-after:1",
    "cut:1",
    "busy:1:ms=1",
    "busy-fault:1:ms=1",
    "503:1:ms=0",
    "401:1",
    "drop",
    "drop-after",
]


def picture(fs: FileSystem, path: str = "") -> dict[str, bytes | None]:
    """All that is to be seen, with the bytes of what isn't made anew on the server."""
    seen: dict[str, bytes | None] = {}
    for name, is_folder in fs.readdir(path or "/"):
        at = f"{path}/{name}"
        if is_folder:
            seen[f"{at}/"] = None
            seen |= picture(fs, at)
        else:
            data = read(fs, at)
            is_made = not name.endswith(".txt") and b"Hello" not in data
            seen[at] = (b"88888" if b"88888" in data else b"") if is_made or b"multipart" in data else data
    return seen


@pytest.mark.parametrize("change", CHANGES)
def test_a_fault_in_the_middle_of_a_change(tmp_path: Path, change: str) -> None:
    """A fault once, which may pass unnoticed, and one that goes on, until somebody repairs the server."""
    operation, prepare, act = CHANGES[change]
    expected = None
    for number, fault in enumerate(["", *FAULTS]):
        place = tmp_path / str(number)
        with Sandbox(users={"ada": "secret"}) as sandbox, opener(sandbox, place) as open_fs:
            fs = open_fs(retry_seconds=0.02, offline_seconds=0.0, hold_seconds=0.05)
            prepare(fs)
            if fault:
                sandbox.faults.add(f"{operation}:{fault}")
            error = outcome(act, fs)
            if error is not None:
                assert fault
                assert error.errno not in (errno.EIO, errno.EINVAL)
                sandbox.faults.clear()
                if change not in JOURNALED:
                    outcome(act, fs)  # it may have been done the first time
            wait_for(partial(nothing_is_owed, fs), f"{change} goes on after {fault}")
            assert names_in(fs, "/.ewsfs/unsaved") == [], fault
            sandbox.faults.clear()
            fs.close()
            seen = picture(open_fs("other"))
            expected = expected or seen
            assert seen == expected, fault


def outcome(act: Step, fs: FileSystem) -> OSError | None:
    try:
        act(fs)
    except OSError as error:
        return error
    return None


def nothing_is_owed(fs: FileSystem) -> bool:
    return fs.pending() == 0


@pytest.mark.parametrize("over", [False, True], ids=["new", "saved over"])
def test_who_saves_again_after_an_error_has_one_item_with_the_last_bytes(
    sandbox: Sandbox, open_fs: Open, over: bool
) -> None:
    """The first try made an item that nobody was told of, and the second one says something else."""
    fs = open_fs(retry_seconds=60.0, offline_seconds=0.0)
    names_in(fs, "/Inbox")
    if over:
        write(fs, LETTER, MAIL.replace(b"a letter", b"the first letter"))
    sandbox.faults.add("CreateItem:drop-after,FindItem:drop")
    with pytest.raises(VfsError):
        saved(LETTER, MAIL, fs)
    sandbox.faults.clear()
    assert sandbox.calls.count("CreateItem") >= 1 + over
    saved(LETTER, NEW, fs)
    assert fs.pending() == 0
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == ["letter.eml"]
    assert read(other, LETTER) == NEW
    assert len(names_in(other, "/Deleted Items")) == over


def test_a_file_that_waits_under_another_name_is_there_once(sandbox: Sandbox, open_fs: Open) -> None:
    fs = open_fs(retry_seconds=60.0, offline_seconds=0.0)
    names_in(fs, "/Inbox")
    sandbox.faults.add("CreateItem:drop-after,FindItem:drop")
    with pytest.raises(VfsError):
        saved(LETTER, MAIL, fs)
    sandbox.faults.clear()
    fs.rename(LETTER, "/Drafts/other.eml")
    fs.close()
    assert names_in(open_fs(), "/Drafts") == ["other.eml"]
    other = open_fs("other machine")
    assert (names_in(other, "/Inbox"), names_in(other, "/Drafts")) == ([], ["other.eml"])


def test_a_login_that_expires(sandbox: Sandbox, open_fs: Open) -> None:
    """What is here can be read, the rest says so, what is written is kept, and nobody's account is locked by trying."""
    fs = open_fs(ttl=0.0, retry_seconds=0.02, offline_seconds=0.2)
    write(fs, LETTER, MAIL)
    write(open_fs("other machine"), "/Inbox/unread.eml", MAIL)
    assert len(names_in(fs, "/Inbox")) == 2
    before = sandbox.calls.total()
    sandbox.faults.add("*:401")
    assert read(fs, LETTER) == MAIL
    for _ in range(20):
        with refused(errno.EACCES):
            read(fs, "/Inbox/unread.eml")
    with refused(errno.EACCES):
        saved("/Inbox/new.eml", NEW, fs)
    assert fs.status()["pending"] == 1
    assert sandbox.calls.total() - before < 8
    sandbox.faults.clear()
    wait_for(lambda: fs.pending() == 0, "the upload, once the login is taken again")
    assert read(fs, "/Inbox/unread.eml") == MAIL
    assert names_in(fs, "/.ewsfs/unsaved") == []
    assert "new.eml" in names_in(open_fs("a third"), "/Inbox")


def test_a_server_that_goes_and_comes_back(tmp_path: Path) -> None:
    """A minute's outage, in small: what was written meanwhile goes up by itself."""
    store = str(tmp_path / "store.sqlite3")
    with Sandbox(users={"ada": "secret"}, store=store) as first:
        port = int(first.endpoint.split(":")[2].split("/")[0])
        with opener(first, tmp_path) as open_fs:
            fs = open_fs(retry_seconds=0.05, offline_seconds=0.05)
            write(fs, LETTER, MAIL)
            first.stop()
            for number in range(3):
                with refused(errno.EHOSTUNREACH):
                    saved(f"/Inbox/owed {number}.eml", NEW, fs)
            assert read(fs, LETTER) == MAIL
            assert len(names_in(fs, "/Inbox")) == 4
            with Sandbox(users={"ada": "secret"}, store=store, port=port):
                wait_for(lambda: fs.pending() == 0, "the uploads")
                other = open_fs("other machine")
                assert [read(other, f"/Inbox/{n}") for n in names_in(other, "/Inbox")] == [MAIL, NEW, NEW, NEW]


# -- items that change while they are looked at ----------------------------------------------------


@pytest.mark.parametrize("was_read", [False, True])
def test_an_item_deleted_between_listing_and_open(open_fs: Open, was_read: bool) -> None:
    """It was read before and is kept here, or has to be asked for: it is gone either way."""
    fs, other = open_fs(ttl=0.0 if was_read else 60.0), open_fs("other machine")
    write(other, LETTER, MAIL)
    if was_read:
        assert read(fs, LETTER) == MAIL
    assert names_in(fs, "/Inbox") == ["letter.eml"]
    other.unlink(LETTER)
    with refused(errno.ENOENT):
        fs.open(LETTER, os.O_RDONLY)
    assert names_in(fs, "/Inbox") == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [("/Contacts/Bob.vcf", CONTACT, NEW_CONTACT), ("/Inbox/notes.txt", b"one\n" * 9000, b"two and three\n" * 9000)],
)
def test_an_item_changed_between_listing_and_open(
    fs: FileSystem, open_fs: Open, path: str, old: bytes, new: bytes
) -> None:
    """The bytes of one moment: a file opened before the change says what it said, one opened after it, the new."""
    other = open_fs("other machine", ttl=0.0)
    saved(path, old, other)
    folder = path.rpartition("/")[0]
    names_in(fs, folder)
    handle = fs.open(path, os.O_RDONLY)
    before = handle.read(1 << 20, 0)
    saved(path, new, other)
    assert handle.read(1 << 20, 10) == before[10:]
    handle.release()
    fresh = open_fs("a third", ttl=0.0)
    assert read(fresh, path) != before
    late = open_fs("a fourth")
    names_in(late, folder)
    saved(path, old, other)
    found = read(late, path)
    if path.endswith(".txt"):
        assert found == old, "it was not here yet: what comes is what is there now"
    else:
        assert (b"77777" in found) != (b"88888" in found), "a mixture"
    assert norm(read(fresh, path)) == old, "it was here, and what is there is another by now"
    handle = fresh.open(path, os.O_WRONLY | os.O_TRUNC)
    saved(path, new, other)
    handle.write(old.replace(b"77777", b"99999").replace(b"one", b"three"), 0)
    with refused(errno.ESTALE):
        handle.flush()
    handle.release()
    assert norm(read(open_fs("a fifth"), path)) == new


@pytest.mark.parametrize("what", ["its text", "its flag"])
def test_a_message_changed_elsewhere_while_it_is_saved_over(
    sandbox: Sandbox, fs: FileSystem, open_fs: Open, what: str
) -> None:
    """What somebody else wrote into it stays, and what was written here is kept; a flag is no other text."""
    saved(LETTER, MAIL, fs)
    handle = fs.open(LETTER, os.O_WRONLY | os.O_TRUNC)
    handle.write(NEW, 0)
    (message,) = make_account(sandbox).inbox.all()
    if what == "its text":
        message.body = "by another hand"
    else:
        message.is_read = False
    message.save(update_fields=["body" if what == "its text" else "is_read"])
    if what == "its text":
        with refused(errno.ESTALE):
            handle.flush()
    else:
        handle.flush()
    handle.release()
    other = open_fs("other machine")
    (name,) = names_in(other, "/Inbox")
    assert (b"by another hand" in read(other, f"/Inbox/{name}")) == (what == "its text")
    assert len(names_in(other, "/Deleted Items")) == (what == "its flag")
    kept = names_in(fs, "/.ewsfs/unsaved")
    assert [read(fs, f"/.ewsfs/unsaved/{name}") for name in kept] == ([NEW] if what == "its text" else [])


# -- the cache folder ------------------------------------------------------------------------------


def test_an_index_of_another_version_costs_no_write(sandbox: Sandbox, open_fs: Open, tmp_path: Path) -> None:
    fs = open_fs()
    write(fs, LETTER, MAIL)
    sandbox.faults.add("CreateItem:drop")
    with pytest.raises(VfsError):
        saved("/Inbox/owed.eml", NEW, fs)
    fs.close()
    sandbox.faults.clear()
    (index,) = tmp_path.rglob("index.sqlite3")
    for damage in ("version", "bytes"):
        if damage == "version":
            with sqlite3.connect(index) as db:
                db.execute("PRAGMA user_version = 4711")
            db.close()
        else:
            index.write_bytes(b"SQLite format 3\0" + os.urandom(5000))
        again = open_fs()
        assert names_in(again, "/Inbox") == ["letter.eml", "owed.eml"]
        assert (read(again, LETTER), read(again, "/Inbox/owed.eml")) == (MAIL, NEW)
        again.close()


def test_a_cache_folder_that_can_not_be_written(
    sandbox: Sandbox, open_fs: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    with pytest.raises(VfsError, match="choose another"):
        open_fs()
    (tmp_path / "cache").unlink()
    open_fs().close()
    real = os.open

    def read_only(path: object, flags: int, *more: object, **named: object) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and str(path).startswith(str(tmp_path)):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, flags, *more, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", read_only)
        with refused(errno.EROFS):
            open_fs()
    fs = open_fs()
    write(fs, LETTER, MAIL)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", read_only)
        with pytest.raises(OSError, match="Read-only"):
            saved("/Inbox/new.eml", NEW, fs)
        assert read(fs, LETTER) == MAIL
    assert names_in(fs, "/Inbox") == ["letter.eml"]


@pytest.mark.parametrize("seconds", [-86_400, 366 * 86_400], ids=["back a day", "on by a year"])
def test_the_clock_jumps(sandbox: Sandbox, open_fs: Open, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """What is fresh, offline or owed hangs on the monotonic clock; names and times on the server's."""
    fs = open_fs(ttl=0.0, retry_seconds=0.05, offline_seconds=0.05)
    write(fs, LETTER, MAIL)
    sandbox.faults.add("CreateItem:drop")
    with pytest.raises(VfsError):
        saved("/Inbox/owed.eml", NEW, fs)
    now, now_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: now() + seconds)
    monkeypatch.setattr(time, "time_ns", lambda: now_ns() + seconds * 10**9)
    sandbox.faults.clear()
    wait_for(lambda: fs.pending() == 0, "the upload")
    saved(LETTER, NEW, fs)
    write(open_fs("other machine"), "/Inbox/more.eml", MAIL)
    wait_for(lambda: "more.eml" in names_in(fs, "/Inbox"), "the change that somebody else made")
    assert read(fs, LETTER) == NEW
    fs.close()
    again = open_fs()
    assert names_in(again, "/Inbox") == ["letter.eml", "more.eml", "owed.eml"]
    assert read(again, LETTER) == NEW


def test_the_clock_goes_back_between_a_letter_and_what_is_attached_to_it(
    sandbox: Sandbox, open_fs: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for something else comes after it at the next mount, whatever the clock said."""
    fs = open_fs(write_back=True, write_back_seconds=600.0)
    names_in(fs, "/Inbox")
    now_ns = time.time_ns
    for number in range(3):
        monkeypatch.setattr(time, "time_ns", lambda back=number * 3600: now_ns() - back * 10**9)
        if number == 0:
            saved(LETTER, NEW, fs)
            fs.mkdir("/Inbox/letter.attachments")
        else:
            saved(f"/Inbox/letter.attachments/{number}.txt", b"%d" % number, fs)
    assert sandbox.calls.count("CreateItem") == 0
    fs._slot.close()  # it died
    again = open_fs()
    assert (again.pending(), names_in(again, "/.ewsfs/unsaved")) == (0, [])
    assert names_in(open_fs("other machine"), "/Inbox/letter.attachments") == ["1.txt", "2.txt"]
