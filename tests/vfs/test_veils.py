"""Removing what is attached to attached messages: it may be on the way to something that can be done, or not."""

from __future__ import annotations

import errno
import os

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.mount.letters import nested
from tests.vfs.conftest import Open, names_in, read, refused, write

BYTES = b"figures" * 1000
LETTER = nested(BYTES)
BOX = "/Inbox/Box"
NAME = f"{BOX}/letter.eml"
OUTER = f"{BOX}/letter.attachments"
INNER = f"{OUTER}/Forwarded invoice.attachments"
FILE = f"{INNER}/backwards.bin"
INNERMOST = f"{INNER}/Innermost invoice.attachments"


@pytest.fixture
def letter(fs: FileSystem) -> FileSystem:
    """A filesystem whose folder `BOX` holds one letter."""
    fs.mkdir(BOX)
    write(fs, NAME, LETTER)
    return fs


def remove_tree(fs: FileSystem, path: str, *, files_first: bool = True) -> None:
    """As rm -r: a directory is read, and what it holds then is removed, whatever becomes of it meanwhile."""
    for name, is_directory in sorted(fs.readdir(path), key=lambda found: found[1] == files_first):
        if is_directory:
            remove_tree(fs, f"{path}/{name}", files_first=files_first)
        else:
            fs.unlink(f"{path}/{name}")
    fs.rmdir(path)


def everything(fs: FileSystem, path: str) -> list[str]:
    found = []
    for name, is_directory in fs.readdir(path):
        found.append(f"{path}/{name}")
        if is_directory:
            found += everything(fs, f"{path}/{name}")
    return sorted(found)


@pytest.mark.parametrize("files_first", [True, False])
def test_rm_r_of_a_folder_brings_the_letter_to_the_trash_whole(
    files_first: bool, letter: FileSystem, open_fs: Open, sandbox: Sandbox
) -> None:
    wanted = everything(letter, OUTER)
    remove_tree(letter, BOX, files_first=files_first)
    assert names_in(letter, "/Inbox") == []
    letter.close()
    assert sandbox.calls.count("DeleteAttachment") == 0
    other = open_fs("elsewhere")
    assert everything(other, "/Deleted Items/letter.attachments") == [
        path.replace(BOX, "/Deleted Items") for path in wanted
    ]
    assert read(other, FILE.replace(BOX, "/Deleted Items")) == BYTES[::-1]


@pytest.mark.parametrize("files_first", [True, False])
def test_rm_r_of_an_attachment_folder_removes_what_is_attached(
    files_first: bool, letter: FileSystem, open_fs: Open, caplog: pytest.LogCaptureFixture
) -> None:
    remove_tree(letter, OUTER, files_first=files_first)
    assert names_in(letter, BOX) == ["letter.eml"]
    letter.close()
    assert names_in(open_fs("elsewhere"), BOX) == ["letter.eml"]
    assert "are back" not in caplog.text


def test_what_alone_is_removed_is_back_after_a_while(letter: FileSystem, caplog: pytest.LogCaptureFixture) -> None:
    wanted = everything(letter, OUTER)
    remove_tree(letter, INNER)
    assert names_in(letter, OUTER) == ["Forwarded invoice.eml"]
    with refused(errno.ENOENT):
        letter.getattr(FILE)
    letter._attaching.flush()
    assert everything(letter, OUTER) == wanted
    assert read(letter, FILE) == BYTES[::-1]
    assert "are back (Forwarded invoice.attachments, ...): nothing can be removed from within" in caplog.text


def test_a_directory_that_still_shows_something_is_not_removed(letter: FileSystem) -> None:
    letter.unlink(FILE)
    with refused(errno.ENOTEMPTY):
        letter.rmdir(INNER)
    letter.unlink(f"{INNERMOST}/figures.bin")
    letter.rmdir(INNERMOST)
    with refused(errno.ENOTEMPTY):
        letter.rmdir(INNER)
    letter.unlink(f"{INNER}/Innermost invoice.eml")
    letter.rmdir(INNER)
    with refused(errno.ENOENT):
        letter.rmdir(INNER)


@pytest.mark.parametrize("number", [0, 1], ids=["removed", "put aside"])
def test_removed_and_written_anew_with_the_same_bytes_it_is_there(
    number: int, letter: FileSystem, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.calls.reset()
    if number:
        letter.rename(FILE, f"{FILE}~")
    else:
        letter.unlink(FILE)
    handle = letter.create(FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    handle.write(BYTES[::-1], 0)
    handle.flush()
    handle.release()
    if number:
        letter.unlink(f"{FILE}~")
    assert read(letter, FILE) == BYTES[::-1]
    letter._attaching.flush()
    assert names_in(letter, INNER) == ["Innermost invoice.attachments", "Innermost invoice.eml", "backwards.bin"]
    assert not {"CreateAttachment", "DeleteAttachment"} & sandbox.calls.as_dict().keys()
    assert "are back" not in caplog.text
    assert names_in(letter, "/.ewsfs/unsaved") == []


def test_removed_and_written_anew_with_other_bytes_both_are_kept(letter: FileSystem) -> None:
    letter.unlink(FILE)
    with refused(errno.EROFS):
        write(letter, FILE, b"other")
    assert read(letter, FILE) == BYTES[::-1]
    (unsaved,) = names_in(letter, "/.ewsfs/unsaved")
    assert read(letter, f"/.ewsfs/unsaved/{unsaved}") == b"other"


def test_nothing_new_can_be_put_there(letter: FileSystem) -> None:
    with refused(errno.EROFS):
        letter.create(f"{INNER}/new.bin", os.O_WRONLY | os.O_CREAT)
    with refused(errno.EROFS):
        letter.rename(FILE, f"{INNER}/new.bin")


def test_a_letter_that_is_moved_takes_all_along(letter: FileSystem) -> None:
    letter.unlink(FILE)
    letter.rename(NAME, "/Inbox/letter.eml")
    assert read(letter, FILE.replace(BOX, "/Inbox")) == BYTES[::-1]


def test_a_directory_removed_and_made_again(letter: FileSystem) -> None:
    remove_tree(letter, INNERMOST)
    letter.mkdir(INNERMOST)
    assert names_in(letter, INNERMOST) == []
    write(letter, f"{INNERMOST}/figures.bin", BYTES)
    assert read(letter, f"{INNERMOST}/figures.bin") == BYTES
    letter._attaching.flush()
    assert names_in(letter, INNERMOST) == ["figures.bin"]
