"""Directories that never reach the server, and those that are empty to whoever removed what was in them."""

from __future__ import annotations

import errno
import os

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.mount.letters import nested
from tests.vfs.conftest import MAIL, Open, names_in, read, refused, write

BOX = "/Inbox/Box"
NAME = f"{BOX}/letter.eml"
FOLDER = f"{BOX}/letter.attachments"
INNER = f"{FOLDER}/Forwarded invoice.attachments"
BYTES = b"figures" * 1000
FOLDERS = {"CreateFolder", "DeleteFolder", "MoveItem"}


def delayed(fs: FileSystem, files: dict[str, bytes]) -> None:
    """As rsync --delay-updates: written beside, kept in a directory of its own, and given their names at the end."""
    for path, data in files.items():
        folder, _, name = path.rpartition("/")
        write(fs, f"{folder}/.{name}.a1B2c3", data)
        if ".~tmp~" not in names_in(fs, folder):
            fs.mkdir(f"{folder}/.~tmp~")
        fs.rename(f"{folder}/.{name}.a1B2c3", f"{folder}/.~tmp~/{name}")
        assert read(fs, f"{folder}/.~tmp~/{name}") == data
    for path, data in files.items():
        folder, _, name = path.rpartition("/")
        with refused(errno.ENOTEMPTY):
            fs.rmdir(f"{folder}/.~tmp~")
        fs.rename(f"{folder}/.~tmp~/{name}", path)
        assert read(fs, path) == data
        if not names_in(fs, f"{folder}/.~tmp~"):
            fs.rmdir(f"{folder}/.~tmp~")


def test_what_rsync_delays_is_here_alone_until_it_gets_its_name(fs: FileSystem, sandbox: Sandbox) -> None:
    fs.mkdir(BOX)
    write(fs, NAME, nested(BYTES))
    sandbox.calls.reset()
    files = {NAME: nested(BYTES), f"{FOLDER}/more.txt": b"more", f"{INNER}/backwards.bin": BYTES[::-1]}
    delayed(fs, files)
    assert names_in(fs, BOX) == ["letter.attachments", "letter.eml"]
    assert names_in(fs, FOLDER) == ["Forwarded invoice.attachments", "Forwarded invoice.eml", "more.txt"]
    assert sandbox.calls.count("CreateAttachment") == 1
    assert not FOLDERS & sandbox.calls.as_dict().keys()
    assert fs.status()["unsaved"] == 0


def test_new_items_come_out_of_it(fs: FileSystem, sandbox: Sandbox) -> None:
    sandbox.calls.reset()
    delayed(fs, {"/Inbox/one.eml": MAIL, "/Inbox/two.eml": MAIL, "/Inbox/notes.txt": b"notes"})
    assert names_in(fs, "/Inbox") == ["notes.txt", "one.eml", "two.eml"]
    assert not FOLDERS & sandbox.calls.as_dict().keys()


def test_what_it_holds_is_there_for_the_next_mount(fs: FileSystem, open_fs: Open, sandbox: Sandbox) -> None:
    fs.mkdir("/Inbox/.rsync-partial")
    write(fs, "/Inbox/.rsync-partial/large.eml", MAIL[:100])
    fs.mkdir("/Inbox/.rsync-partial/below")
    write(fs, "/Inbox/.rsync-partial/below/more.eml", MAIL[:50])
    fs.close()
    again = open_fs()
    assert names_in(again, "/Inbox") == [".rsync-partial"]
    assert names_in(again, "/Inbox/.rsync-partial") == ["below", "large.eml"]
    assert read(again, "/Inbox/.rsync-partial/large.eml") == MAIL[:100]
    assert read(again, "/Inbox/.rsync-partial/below/more.eml") == MAIL[:50]
    assert again.status()["unsaved"] == 0
    assert sandbox.calls.count("CreateItem") == 0


def test_items_are_copied_there_not_moved(fs: FileSystem) -> None:
    write(fs, "/Inbox/letter.eml", MAIL)
    fs.mkdir("/Inbox/.~tmp~")
    with refused(errno.EXDEV):
        fs.rename("/Inbox/letter.eml", "/Inbox/.~tmp~/letter.eml")


@pytest.mark.parametrize("writing", [False, True])
def test_removed_while_open_it_has_no_name_and_its_directory_can_go(
    writing: bool, fs: FileSystem, open_fs: Open
) -> None:
    fs.mkdir(BOX)
    write(fs, NAME, MAIL)
    fs.mkdir(FOLDER)
    write(fs, f"{FOLDER}/one.txt", b"one")
    flags = os.O_RDWR if writing else os.O_RDONLY
    handles = {path: fs.open(path, flags) for path in (f"{FOLDER}/one.txt", NAME)}
    before = {path: handle.read(1000, 0) for path, handle in handles.items()}
    for path in handles:
        # What libfuse makes of unlink(2) while a file is open.
        fs.rename(path, f"{path.rpartition('/')[0]}/.fuse_hidden0000000100000001")
        assert ".fuse_hidden0000000100000001" not in names_in(fs, path.rpartition("/")[0])
    fs.rmdir(FOLDER)
    fs.rmdir(BOX)
    assert before[f"{FOLDER}/one.txt"] == b"one"
    for path in handles:
        assert handles[path].read(1000, 0) == before[path]
        if writing:
            handles[path].write(b"late", 0)
            assert handles[path].read(4, 0) == b"late"
            handles[path].flush()
        handles[path].release()
    assert fs.status()["unsaved"] == 0
    fs.close()
    other = open_fs("elsewhere")
    assert names_in(other, "/Inbox") == []
    assert names_in(other, "/Deleted Items") == ["Box", "letter.attachments", "letter.eml"]


def test_a_file_of_the_moment_stays_where_its_letter_was(fs: FileSystem, open_fs: Open) -> None:
    write(fs, "/Inbox/letter.eml", nested(BYTES))
    for name in ("removed~", "forgotten~"):
        write(fs, f"/Inbox/letter.attachments/{name}", name.encode())
    fs.unlink("/Inbox/letter.eml")
    assert names_in(fs, "/Inbox/letter.attachments") == ["forgotten~", "removed~"]
    fs.unlink("/Inbox/letter.attachments/removed~")
    assert fs.status()["unsaved"] == 0
    fs.close()
    again = open_fs()
    (kept,) = names_in(again, "/.ewsfs/unsaved")
    assert read(again, f"/.ewsfs/unsaved/{kept}") == b"forgotten~"


def test_a_file_that_was_removed_with_its_directory_is_told_by_its_handle(fs: FileSystem) -> None:
    fs.mkdir(BOX)
    write(fs, NAME, MAIL)
    handle = fs.open(NAME, os.O_RDONLY)
    fs.unlink(NAME)
    fs.rmdir(BOX)
    assert fs.getattr(None, handle).size == len(MAIL)
    handle.release()
    with refused(errno.ENOENT):
        fs.getattr(None)
