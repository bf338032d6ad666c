"""An item whose making was cut off, and which somebody moved or removed before it was asked for: it is there once."""

from __future__ import annotations

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from tests.vfs.conftest import MAIL, Open, names_in, read, write
from tests.vfs.deeds import CONTACT, NEW, NEW_CONTACT, NEW_DOCUMENT, SERIES
from tests.vfs.test_killed import norm

# What takes several requests is cut off after the first: the item alone is there then.
FILES = {
    "/Inbox/letter.eml": NEW,
    "/Contacts/Bob.vcf": NEW_CONTACT,
    "/Inbox/notes.txt": NEW_DOCUMENT,
    "/Calendar/standup.ics": SERIES,
}


def cut_off(sandbox: Sandbox, fs: FileSystem, path: str, data: bytes) -> None:
    """A mount that ends without having heard what became of a file; the server has made an item of it."""
    sandbox.faults.add("CreateItem:drop-after,FindItem:drop")
    before = sandbox.calls.count("CreateItem")
    with pytest.raises(VfsError):
        write(fs, path, data)
    fs.close()
    assert sandbox.calls.count("CreateItem") == before + 1
    sandbox.faults.clear()


def moved_to(path: str, folder: str) -> str:
    parent, _, name = path.rpartition("/")
    return f"{parent}/{folder}/{name}"


@pytest.mark.parametrize("path", FILES)
def test_it_was_moved(sandbox: Sandbox, open_fs: Open, path: str) -> None:
    folder, _, name = path.rpartition("/")
    fs, other = open_fs(retry_seconds=60.0), open_fs("other machine", ttl=0.0)
    other.mkdir(f"{folder}/Filed")
    names_in(fs, folder)
    cut_off(sandbox, fs, path, FILES[path])
    other.rename(path, moved_to(path, "Filed"))
    sandbox.calls.reset()
    again = open_fs()
    assert sandbox.calls.count("CreateItem") == 0
    assert sandbox.calls.count("FindItem") < 5
    assert (again.pending(), names_in(again, "/.ewsfs/unsaved")) == (0, [])
    for there in (again, open_fs("a third")):
        assert names_in(there, folder) == ["Filed"]
        assert names_in(there, f"{folder}/Filed") == [name]
        assert norm(read(there, moved_to(path, "Filed"))) == FILES[path]


@pytest.mark.parametrize("path", [*FILES][2:])
def test_it_was_removed(sandbox: Sandbox, open_fs: Open, path: str) -> None:
    """Nobody wants it back; but what was not there whole yet is not lost with it."""
    folder = path.rpartition("/")[0]
    fs, other = open_fs(retry_seconds=60.0), open_fs("other machine", ttl=0.0)
    names_in(fs, folder)
    cut_off(sandbox, fs, path, FILES[path])
    other.unlink(path)
    again = open_fs()
    assert again.pending() == 0
    assert names_in(again, folder) == []
    (kept,) = names_in(again, "/Deleted Items")
    unsaved = [read(again, f"/.ewsfs/unsaved/{name}") for name in names_in(again, "/.ewsfs/unsaved")]
    assert norm(read(again, f"/Deleted Items/{kept}")) == FILES[path] or unsaved == [FILES[path]]
    assert len(unsaved) < 2


@pytest.mark.parametrize("path", [*FILES][::2])
def test_it_was_removed_for_good(sandbox: Sandbox, open_fs: Open, path: str) -> None:
    """What is whole can be recovered from the server; what may not be whole is kept here."""
    folder, _, name = path.rpartition("/")
    fs, other = open_fs(retry_seconds=60.0), open_fs("other machine", ttl=0.0)
    names_in(fs, folder)
    cut_off(sandbox, fs, path, FILES[path])
    other.unlink(path)
    other.unlink(f"/Deleted Items/{name}")
    again = open_fs()
    assert again.pending() == 0
    assert (names_in(again, folder), names_in(again, "/Deleted Items")) == ([], [])
    unsaved = [read(again, f"/.ewsfs/unsaved/{name}") for name in names_in(again, "/.ewsfs/unsaved")]
    assert unsaved == ([] if path.endswith(".eml") else [FILES[path]])


@pytest.mark.parametrize("is_removed", [False, True], ids=["moved", "removed"])
def test_what_it_replaced(sandbox: Sandbox, open_fs: Open, is_removed: bool) -> None:
    """Somebody saw both, the old and the new: one of them stays, and neither is gone for good."""
    path = "/Inbox/letter.eml"
    fs, other = open_fs(retry_seconds=60.0), open_fs("other machine", ttl=0.0)
    write(fs, path, MAIL)
    cut_off(sandbox, fs, path, NEW)
    (new,) = [name for name in names_in(other, "/Inbox") if read(other, f"/Inbox/{name}") == NEW]
    if is_removed:
        other.unlink(f"/Inbox/{new}")
    else:
        other.rename(f"/Inbox/{new}", "/Drafts/letter.eml")
    again = open_fs()
    assert (again.pending(), names_in(again, "/.ewsfs/unsaved")) == (0, [])
    for there in (again, open_fs("a third")):
        inbox, drafts, trash = (
            [read(there, f"{folder}/{name}") for name in names_in(there, folder)]
            for folder in ("/Inbox", "/Drafts", "/Deleted Items")
        )
        assert (inbox, drafts, trash) == (([MAIL], [], [NEW]) if is_removed else ([], [NEW], [MAIL]))


def test_an_earlier_one_that_was_moved_gives_way_to_what_was_written_since(sandbox: Sandbox, open_fs: Open) -> None:
    path = "/Inbox/letter.eml"
    fs, other = open_fs(retry_seconds=60.0, offline_seconds=0.0), open_fs("other machine", ttl=0.0)
    names_in(fs, "/Inbox")
    sandbox.faults.add("CreateItem:drop-after,FindItem:drop")
    with pytest.raises(VfsError):
        write(fs, path, MAIL)
    sandbox.faults.clear()
    other.rename(path, "/Drafts/letter.eml")
    write(fs, path, NEW)
    assert fs.pending() == 0
    third = open_fs("a third")
    assert [read(third, f"/Inbox/{name}") for name in names_in(third, "/Inbox")] == [NEW]
    assert names_in(third, "/Drafts") == []
    assert [read(third, f"/Deleted Items/{name}") for name in names_in(third, "/Deleted Items")] == [MAIL]


def test_a_folder_that_can_not_be_searched_now_leaves_it_owed(sandbox: Sandbox, open_fs: Open) -> None:
    """As long as it can't be told where the item is, no second one is made."""
    path = "/Inbox/letter.eml"
    fs, other = open_fs(retry_seconds=60.0), open_fs("other machine", ttl=0.0)
    names_in(fs, "/Inbox")
    cut_off(sandbox, fs, path, NEW)
    other.rename(path, "/Drafts/letter.eml")
    sandbox.faults.add("FindItem:ErrorTimeoutExpired:after=1")
    again = open_fs(retry_seconds=60.0)
    assert again.pending() == 1
    again.close()
    sandbox.faults.clear()
    assert open_fs().pending() == 0
    third = open_fs("a third")
    assert (names_in(third, "/Inbox"), names_in(third, "/Drafts")) == ([], ["letter.eml"])


def test_what_surely_was_not_asked_for_is_not_searched_for(sandbox: Sandbox, open_fs: Open) -> None:
    """After an outage each file costs one request, not a search of the mailbox."""
    fs = open_fs(retry_seconds=60.0, offline_seconds=0.0)
    names_in(fs, "/Contacts")
    sandbox.faults.add("*:401")
    for number in range(3):
        with pytest.raises(VfsError):
            write(fs, f"/Contacts/Bob {number}.vcf", CONTACT)
    fs.close()
    sandbox.faults.clear()
    sandbox.calls.reset()
    again = open_fs()
    assert names_in(again, "/Contacts") == ["Bob 0.vcf", "Bob 1.vcf", "Bob 2.vcf"]
    assert sandbox.calls.count("CreateItem") == 3
    assert sandbox.calls.count("FindItem") == 0


def test_write_back_asks_for_nothing_beforehand(sandbox: Sandbox, open_fs: Open) -> None:
    fs = open_fs(write_back=True, write_back_seconds=0.0)
    names_in(fs, "/Inbox")
    sandbox.calls.reset()
    write(fs, "/Inbox/letter.eml", NEW)
    fs.close()
    assert sandbox.calls.count("CreateItem") == 1
    assert sandbox.calls.count("FindItem") == 0
