"""Restoring a letter with messages attached to it, whose attachments can't be changed, but may be written again."""

from __future__ import annotations

import errno
import os

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.mount.driver import wait_for
from tests.mount.letters import nested
from tests.vfs.conftest import Open, names_in, read, refused, write

LETTER = nested(b"figures" * 1000)
NAME = "/Inbox/letter.eml"
OUTER = "/Inbox/letter.attachments"
INNER = f"{OUTER}/Forwarded invoice.attachments"
FILE = f"{INNER}/backwards.bin"
BYTES = (b"figures" * 1000)[::-1]


def put(fs: FileSystem, path: str, data: bytes) -> None:
    """As copiers do: beside, and renamed."""
    folder, _, name = path.rpartition("/")
    write(fs, f"{folder}/.{name}.a1B2c3", data)
    fs.rename(f"{folder}/.{name}.a1B2c3", path)


def contents(fs: FileSystem, path: str = "/Inbox") -> dict[str, bytes]:
    """All files of a tree."""
    found = {}
    for name, is_folder in fs.readdir(path):
        below = f"{path}/{name}"
        found.update(contents(fs, below) if is_folder else {below: read(fs, below)})
    return found


@pytest.fixture
def backup(open_fs: Open, sandbox: Sandbox) -> dict[str, bytes]:
    """All files of a mailbox with one letter, which is then empty again."""
    source = open_fs("source")
    write(source, NAME, LETTER)
    found = contents(source)
    source.unlink(NAME)
    sandbox.calls.reset()
    return found


@pytest.mark.parametrize("order", ["letter first", "letter last"])
def test_a_letter_with_all_that_is_attached_to_its_attachments(
    order: str, backup: dict[str, bytes], fs: FileSystem, open_fs: Open, sandbox: Sandbox
) -> None:
    assert FILE in backup
    made = set()
    for path in sorted(backup, key=lambda path: path.count("/"), reverse=order == "letter last"):
        folders = path.split("/")[2:-1]
        for depth in range(len(folders)):
            folder = "/".join(["/Inbox", *folders[: depth + 1]])
            if folder not in made and folder.rpartition("/")[2] not in names_in(fs, folder.rpartition("/")[0]):
                fs.mkdir(folder)
            made.add(folder)
        put(fs, path, backup[path])
    wait_for(lambda: fs.status()["pending"] == 0, "nothing waits any more")
    assert contents(fs) == backup
    assert fs.status()["unsaved"] == 0
    assert sandbox.calls.count("CreateAttachment") == 0
    assert contents(open_fs("elsewhere")) == backup


def test_the_folders_may_be_made_before_the_letter_comes(fs: FileSystem) -> None:
    fs.mkdir(OUTER)
    fs.mkdir(INNER)
    assert names_in(fs, OUTER) == ["Forwarded invoice.attachments"]
    with refused(errno.ENOTEMPTY):
        fs.rmdir(OUTER)
    write(fs, NAME, LETTER)
    put(fs, FILE, BYTES)
    assert names_in(fs, INNER) == ["Innermost invoice.attachments", "Innermost invoice.eml", "backwards.bin"]


def test_written_over_with_the_same_bytes_it_stays(fs: FileSystem, sandbox: Sandbox) -> None:
    write(fs, NAME, LETTER)
    sandbox.calls.reset()
    handle = fs.open(FILE, os.O_WRONLY | os.O_TRUNC)
    handle.write(BYTES, 0)
    handle.flush()
    handle.release()
    assert read(fs, FILE) == BYTES
    assert names_in(fs, "/.ewsfs/unsaved") == []
    assert not sandbox.calls.count("CreateAttachment")


def test_other_bytes_are_refused_and_kept(fs: FileSystem) -> None:
    write(fs, NAME, LETTER)
    with refused(errno.EROFS):
        put(fs, FILE, b"other")
    handle = fs.open(FILE, os.O_WRONLY | os.O_TRUNC)
    handle.write(b"others", 0)
    with refused(errno.EROFS):
        handle.flush()
    handle.release()
    assert read(fs, FILE) == BYTES
    unsaved = [read(fs, f"/.ewsfs/unsaved/{name}") for name in names_in(fs, "/.ewsfs/unsaved")]
    assert sorted(unsaved) == [b"other", b"others"]


def test_a_part_of_it_written_again(fs: FileSystem) -> None:
    write(fs, NAME, LETTER)
    handle = fs.open(FILE, os.O_RDWR)
    handle.write(BYTES[100:200], 100)
    handle.flush()
    handle.write(b"other", 100)
    assert handle.read(8, 99) == BYTES[99:100] + b"other" + BYTES[105:107]
    with refused(errno.EROFS):
        handle.flush()
    handle.release()
    assert read(fs, FILE) == BYTES


def test_what_waits_for_a_letter_that_never_comes_is_kept(fs: FileSystem, open_fs: Open) -> None:
    fs.mkdir(OUTER)
    fs.mkdir(INNER)
    put(fs, FILE, BYTES)
    assert read(fs, FILE) == BYTES
    fs.close()
    again = open_fs()
    (kept,) = names_in(again, "/.ewsfs/unsaved")
    assert read(again, f"/.ewsfs/unsaved/{kept}") == BYTES
