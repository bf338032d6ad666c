"""Saving over what is there, in the ways that programs do it: one item is left, with the content last saved."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from tests.mount.driver import wait_for
from tests.vfs.conftest import MAIL, Open, names_in, read, refused, write

NAME = "/Inbox/letter.eml"
NEW = MAIL.replace(b"a letter", b"another letter")

CONTACT = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob Builder\r\nN:Builder;Bob;;;\r\nTEL;TYPE=work:77777\r\nEND:VCARD\r\n"
EDITED = CONTACT.replace(b"77777", b"88888")


def overwrite(fs: FileSystem, path: str, data: bytes, flags: int = os.O_WRONLY | os.O_TRUNC) -> None:
    handle = fs.open(path, flags)
    try:
        handle.write(data, 0)
        handle.truncate(len(data))
        handle.flush()
    finally:
        handle.release()


def in_place(fs: FileSystem, path: str, data: bytes) -> None:
    overwrite(fs, path, data, os.O_RDWR)


def beside_and_rename(fs: FileSystem, path: str, data: bytes) -> None:
    """As rsync, sed -i and GLib do."""
    folder, _, name = path.rpartition("/")
    beside = f"{folder}/.{name}.a1B2c3"
    write(fs, beside, data)
    fs.chmod(beside, 0o600)
    fs.utimens(beside, None)
    fs.rename(beside, path)


def backup_and_write(fs: FileSystem, path: str, data: bytes) -> None:
    """As vim does, which makes a backup by renaming and removes it in the end."""
    probe = f"{path.rpartition('/')[0]}/4913"
    write(fs, probe, b"")
    fs.unlink(probe)
    fs.rename(path, f"{path}~")
    write(fs, path, data)
    fs.unlink(f"{path}~")


def backup_kept(fs: FileSystem, path: str, data: bytes) -> None:
    """As emacs does, which keeps its backup."""
    fs.rename(path, f"{path}~")
    write(fs, path, data)


def piecemeal(fs: FileSystem, path: str, data: bytes) -> None:
    """As a shell does: one descriptor is closed while the file is still empty, and each write is a few bytes."""
    first = fs.open(path, os.O_WRONLY | os.O_TRUNC)
    try:
        first.flush()
    except OSError as error:
        assert error.errno == errno.EINVAL  # noqa: PT017 - a document may be empty, a message may not
    for start in range(0, len(data), 100):
        first.write(data[start : start + 100], start)
    first.flush()
    first.flush()
    first.release()


SAVES = [overwrite, in_place, beside_and_rename, backup_and_write, backup_kept, piecemeal]


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
@pytest.mark.parametrize(
    ("path", "before", "after"),
    [(NAME, MAIL, NEW), ("/Contacts/Bob.vcf", CONTACT, EDITED), ("/Inbox/notes.txt", b"one\n", b"two and three\n")],
    ids=["mail", "contact", "document"],
)
def test_saving_leaves_one_item_with_the_new_content(
    fs: FileSystem,
    open_fs: Open,
    path: str,
    before: bytes,
    after: bytes,
    save: Callable[[FileSystem, str, bytes], None],
) -> None:
    write(fs, path, before)
    folder, _, name = path.rpartition("/")
    save(fs, path, after)
    assert read(fs, path) == after
    kept = [f"{name}~"] if save is backup_kept else []
    assert names_in(fs, folder) == sorted([name, *kept])
    other = open_fs("other machine")
    assert names_in(other, folder) == [name]
    if name.endswith(".vcf"):
        assert b"88888" in read(other, path)
        assert b"77777" not in read(other, path)
    else:
        assert read(other, path) == after


def test_a_message_that_is_saved_over_goes_to_deleted_items(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    overwrite(fs, NAME, NEW)
    assert names_in(fs, "/Deleted Items") == ["letter.eml"]
    assert read(fs, "/Deleted Items/letter.eml") == MAIL


def test_opening_for_writing_without_writing_sends_nothing(sandbox: Sandbox, fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    before = sandbox.calls.total()
    handle = fs.open(NAME, os.O_RDWR)
    assert handle.read(100, 0) == MAIL[:100]
    handle.flush()
    handle.release()
    assert sandbox.calls.total() == before


def test_an_item_that_is_emptied_stays_as_it_was(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    with refused(errno.EINVAL):
        fs.truncate(NAME, 0)
    assert read(fs, NAME) == MAIL


def test_what_was_changed_elsewhere_is_not_overwritten(fs: FileSystem, open_fs: Open) -> None:
    path = "/Contacts/Bob.vcf"
    write(fs, path, CONTACT)
    handle = fs.open(path, os.O_RDWR)
    handle.write(EDITED, 0)
    overwrite(open_fs("other machine"), path, CONTACT.replace(b"77777", b"99999"))
    with refused(errno.ESTALE):
        handle.flush()
    handle.release()
    (kept,) = names_in(fs, "/.ewsfs/unsaved")
    assert read(fs, f"/.ewsfs/unsaved/{kept}") == EDITED
    assert b"99999" in read(open_fs("a third"), path)


@pytest.mark.parametrize("changed", [False, True], ids=["as it was", "changed elsewhere"])
def test_a_document_that_was_never_read_here_is_replaced(fs: FileSystem, open_fs: Open, changed: bool) -> None:
    other = open_fs("other machine", ttl=0.0)
    write(other, "/Inbox/notes.txt", b"one")
    names_in(fs, "/Inbox")
    if changed:
        handle = other.open("/Inbox/notes.txt", os.O_WRONLY | os.O_TRUNC)
        handle.write(b"two", 0)
        handle.flush()
        handle.release()
    write(fs, "/Inbox/.notes.txt.a1B2c3", b"three")
    if changed:
        with refused(errno.ESTALE):
            fs.rename("/Inbox/.notes.txt.a1B2c3", "/Inbox/notes.txt")
    else:
        fs.rename("/Inbox/.notes.txt.a1B2c3", "/Inbox/notes.txt")
    assert read(open_fs("a third"), "/Inbox/notes.txt") == (b"two" if changed else b"three")
    assert len(names_in(fs, "/.ewsfs/unsaved")) == changed
    assert fs.pending() == 0


def test_a_temporary_file_never_reaches_the_server(sandbox: Sandbox, fs: FileSystem) -> None:
    names_in(fs, "/Inbox")
    before = sandbox.calls.total()
    write(fs, "/Inbox/.letter.eml.swp", b"x" * 100)
    assert names_in(fs, "/Inbox") == [".letter.eml.swp"]
    assert read(fs, "/Inbox/.letter.eml.swp") == b"x" * 100
    fs.rename("/Inbox/.letter.eml.swp", "/Inbox/letter.eml~")
    fs.unlink("/Inbox/letter.eml~")
    assert sandbox.calls.total() == before


def test_a_temporary_file_outlives_the_mount(fs: FileSystem, open_fs: Open) -> None:
    write(fs, "/Inbox/.letter.eml.swp", b"to recover from")
    fs.close()
    assert read(open_fs(), "/Inbox/.letter.eml.swp") == b"to recover from"


def test_a_backup_that_comes_back_is_the_item_that_it_was(sandbox: Sandbox, fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    fs.rename(NAME, f"{NAME}~")
    assert names_in(fs, "/Inbox") == ["letter.eml~"]
    before = sandbox.calls.total()
    fs.rename(f"{NAME}~", NAME)
    assert names_in(fs, "/Inbox") == ["letter.eml"]
    assert sandbox.calls.total() == before


def test_removing_a_backup_removes_the_item_that_it_stands_for(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    fs.rename(NAME, f"{NAME}~")
    fs.unlink(f"{NAME}~")
    assert names_in(fs, "/Inbox") == []
    assert names_in(fs, "/Deleted Items") == ["letter.eml"]


def test_a_rename_to_what_can_not_be_leaves_both_and_keeps_a_copy(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    write(fs, "/Inbox/.letter.eml.a1B2c3", b"\x00 no message")
    with refused(errno.EINVAL):
        fs.rename("/Inbox/.letter.eml.a1B2c3", NAME)
    assert names_in(fs, "/Inbox") == [".letter.eml.a1B2c3", "letter.eml"]
    assert read(fs, NAME) == MAIL
    (kept,) = names_in(fs, "/.ewsfs/unsaved")
    assert kept.endswith("letter.eml")


def test_two_handles_on_one_item_share_what_is_written(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    one, two = fs.open(NAME, os.O_RDWR), fs.open(NAME, os.O_RDWR)
    one.write(b"F", 0)
    two.write(b"r", 1)
    one.flush()
    two.flush()
    two.write(NEW, 0)
    two.truncate(len(NEW))
    two.flush()
    one.release()
    two.release()
    assert read(fs, NAME) == NEW
    assert names_in(fs, "/Inbox") == ["letter.eml"]


def test_a_removed_file_that_is_open_can_be_written_and_comes_to_nothing(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    handle = fs.open(NAME, os.O_RDWR)
    fs.unlink(NAME)
    handle.write(b"XX", 0)
    assert handle.read(5, 0) == b"XX" + MAIL[2:5]
    handle.flush()
    handle.release()
    assert names_in(fs, "/Inbox") == []


def test_another_extension_makes_another_item(fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    fs.rename(NAME, "/Inbox/letter.txt")
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == ["letter.txt"]
    assert read(other, "/Inbox/letter.txt") == MAIL


def test_an_edited_file_that_is_renamed_before_it_is_closed(fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    handle = fs.open(NAME, os.O_RDWR)
    handle.write(NEW, 0)
    fs.rename(NAME, "/Drafts/other.eml")
    handle.flush()
    handle.release()
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == []
    assert names_in(other, "/Drafts") == ["other.eml"]
    assert read(other, "/Drafts/other.eml") == NEW


def test_what_is_owed_goes_up_when_the_server_is_back(sandbox: Sandbox, open_fs: Open) -> None:
    fs = open_fs(retry_seconds=0.05, offline_seconds=0.0)
    names_in(fs, "/Inbox")
    sandbox.faults.add("CreateItem:drop:10")
    with pytest.raises(VfsError):
        write(fs, NAME, MAIL)
    assert names_in(fs, "/Inbox") == ["letter.eml"]
    sandbox.faults.clear()
    wait_for(lambda: fs.status()["pending"] == 0, "the upload")
    assert names_in(open_fs("other machine"), "/Inbox") == ["letter.eml"]
    assert read(fs, NAME) == MAIL


def test_write_back_answers_from_the_journal(sandbox: Sandbox, open_fs: Open) -> None:
    fs = open_fs(write_back=True, write_back_seconds=30.0)
    names_in(fs, "/Inbox")
    for number in range(5):
        write(fs, f"/Inbox/letter {number}.eml", MAIL)
    assert sandbox.calls.count("CreateItem") == 0
    assert len(names_in(fs, "/Inbox")) == 5
    with refused(errno.EINVAL):
        write(fs, "/Inbox/no.eml", b"\x00 no message")
    fs.close()
    assert sandbox.calls.count("CreateItem") == 1, "new messages of one folder go together"
    assert len(names_in(open_fs("other machine"), "/Inbox")) == 5


def test_a_message_saved_as_it_was_stays_as_it_is(sandbox: Sandbox, fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    sandbox.calls.reset()
    for save in SAVES:
        if save not in (backup_kept, in_place):
            save(fs, NAME, MAIL)
    assert sandbox.calls.count("CreateItem") == 0
    assert names_in(fs, "/Inbox") == ["letter.eml"]
    assert names_in(fs, "/Deleted Items") == []
    # But one that has gone elsewhere meanwhile comes to be again.
    other = open_fs("other machine")
    other.unlink(NAME)
    overwrite(fs, NAME, MAIL)
    assert names_in(open_fs("third machine"), "/Inbox") == ["letter.eml"]


def test_what_waits_is_not_lost_to_a_rename_that_is_refused(open_fs: Open) -> None:
    fs = open_fs(write_back=True, write_back_seconds=3600.0)
    write(fs, NAME, MAIL)
    write(fs, f"{NAME}.part", b"\0 no message")
    with refused(errno.EINVAL):
        fs.rename(f"{NAME}.part", NAME)
    assert read(fs, f"{NAME}.part") == b"\0 no message"
    assert read(fs, NAME) == MAIL
    fs.close()
    assert read(open_fs("other machine"), NAME) == MAIL


@pytest.mark.parametrize("name", ["letter.eml", "other.eml"])
def test_what_is_renamed_over_before_it_went_is_gone(open_fs: Open, name: str) -> None:
    fs = open_fs(write_back=True, write_back_seconds=3600.0)
    write(fs, "/Inbox/letter.eml", MAIL)
    write(fs, f"/Inbox/{name}.part", NEW)
    write(fs, "/Inbox/other.eml", NEW)
    fs.rename(f"/Inbox/{name}.part", "/Inbox/letter.eml")
    fs.rename("/Inbox/other.eml", "/Inbox/letter.eml")
    fs.close()
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == ["letter.eml"]
    assert read(other, "/Inbox/letter.eml") == NEW
    assert names_in(other, "/Deleted Items") == []


def test_an_item_that_cannot_be_moved_leaves_what_waits_there(sandbox: Sandbox, open_fs: Open) -> None:
    before = open_fs()
    write(before, NAME, MAIL)
    before.close()
    fs = open_fs(write_back=True, write_back_seconds=3600.0)
    write(fs, "/Drafts/letter.eml", NEW)
    sandbox.faults.add("MoveItem:ErrorAccessDenied")
    with refused(errno.EACCES):
        fs.rename(NAME, "/Drafts/letter.eml")
    assert read(fs, "/Drafts/letter.eml") == NEW
    assert read(fs, NAME) == MAIL
    fs.close()
    assert read(open_fs("other machine"), "/Drafts/letter.eml") == NEW
