"""What file managers ask of each folder that they show, as seen with Thunar and GLib: answered from what is known."""

from __future__ import annotations

import errno
import os

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.vfs.conftest import MAIL, Open, names_in, read, refused, write

TRASH = "/.Trash-1000"


@pytest.mark.parametrize("folder", ["", "/Inbox"])
def test_what_file_managers_look_for_asks_nothing_of_the_server(sandbox: Sandbox, open_fs: Open, folder: str) -> None:
    fs = open_fs(ttl=0.0)  # anything else would be looked for on the server
    names_in(fs, "/Inbox")
    sandbox.calls.reset()
    for name in (".hidden", ".Trash", ".directory", "desktop.ini", "Thumbs.db", ".sh_thumbnails", ".DS_Store"):
        with refused(errno.ENOENT):
            fs.getattr(f"{folder}/{name}")
    with refused(errno.ENOENT):
        fs.open(f"{folder}/.hidden", os.O_RDONLY)
    with refused(errno.ENOENT):
        fs.getattr(f"{folder}/.sh_thumbnails/normal/1b7d66a7b46b8abb091c22e90ae00a0e.png")
    # A look at the tree may follow a look at a folder in it, behind; nobody waits for that.
    assert sandbox.calls.as_dict().keys() <= {"SyncFolderHierarchy"}


def test_a_file_stands_where_the_trash_would_be(fs: FileSystem) -> None:
    """GLib takes that for a volume without a trash, and file managers offer to delete (glocalfileinfo.c)."""
    assert not fs.getattr(TRASH).is_directory
    assert b"Deleted Items" in read(fs, TRASH)
    assert TRASH[1:] not in names_in(fs, "/")
    with refused(errno.EEXIST):
        fs.mkdir(TRASH)
    with refused(errno.EROFS):
        fs.open(TRASH, os.O_WRONLY)
    with refused(errno.EPERM):
        fs.unlink(TRASH)
    write(fs, "/Inbox/letter.eml", MAIL)
    for old, new in (("/Inbox/letter.eml", TRASH), (TRASH, "/Inbox/trash"), (TRASH, "/.Trash-1001")):
        with pytest.raises(OSError, match="Errno"):
            fs.rename(old, new)
    assert "letter.eml" in names_in(fs, "/Inbox")
    assert "trash" not in names_in(fs, "/Inbox")


def test_there_is_no_trash_in_folders_either(fs: FileSystem) -> None:
    for name in (".Trash", ".Trash-1000"):
        with refused(errno.EPERM):
            fs.mkdir(f"/Inbox/{name}")
    with refused(errno.EPERM):
        fs.mkdir("/.Trash")


def test_the_time_given_to_a_folder_shows_at_once_and_in_the_next_mount(open_fs: Open) -> None:
    fs = open_fs()
    born = fs.getattr("/Inbox").mtime_ns
    fs.utimens("/Inbox", 1_000_000_000)
    assert fs.getattr("/Inbox").mtime_ns == 1_000_000_000 != born
    fs.close()
    assert open_fs().getattr("/Inbox").mtime_ns == 1_000_000_000
