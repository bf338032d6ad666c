"""A cache folder on a disk that is really full, or read-only: programs hear of it, and nothing is half done."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import VfsError
from ewsfs.vfs.handles import Handle
from tests.mount.driver import wait_for
from tests.vfs.conftest import MAIL, Open, names_in, opener, read, write
from tests.vfs.deeds import CONTACT, NEW, NEW_CONTACT

ROOM = 1 << 20  # bytes
LARGE = MAIL + (b"x" * 70 + b"\r\n") * (2 * ROOM // 72)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A folder that holds so much and no more."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0700", "small", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("only root can make a small disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def open_small(sandbox: Sandbox, small: Path) -> Iterator[Open]:
    with opener(sandbox, small) as open_one:
        yield open_one


def filled(folder: Path, leaving: int = 0) -> Path:
    """All the room of a disk, but for so many bytes, taken by a file."""
    path = folder / "filler"
    disk = os.statvfs(folder)
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(disk.f_bavail * disk.f_frsize - leaving, 1))
    return path


@contextmanager
def no_room() -> Iterator[None]:
    with pytest.raises(OSError, match="No space left") as caught:
        yield
    assert caught.value.errno == errno.ENOSPC


def fill_up(handle: Handle) -> None:
    for offset in range(0, len(LARGE), 65536):
        handle.write(LARGE[offset : offset + 65536], offset)


def test_a_file_that_there_is_no_room_for(sandbox: Sandbox, open_small: Open, open_fs: Open) -> None:
    fs = open_small(retry_seconds=0.05, ttl=0.0)
    write(fs, "/Inbox/before.eml", MAIL)
    before = sandbox.calls.count("CreateItem")
    handle = fs.create("/Inbox/large.eml", os.O_WRONLY | os.O_CREAT)
    with no_room():
        fill_up(handle)
    with no_room():
        handle.flush()
    handle.release()
    assert len(names_in(fs, "/.ewsfs/unsaved")) == 1
    assert names_in(fs, "/Inbox") == ["before.eml"]
    assert sandbox.calls.count("CreateItem") == before
    assert read(fs, "/Inbox/before.eml") == MAIL
    write(open_fs("other machine"), "/Inbox/later.eml", LARGE)
    assert read(fs, "/Inbox/later.eml") == LARGE
    with no_room():  # the half that is kept still takes it
        write(fs, "/Inbox/after.eml", NEW)
    for name in names_in(fs, "/.ewsfs/unsaved"):
        fs.unlink(f"/.ewsfs/unsaved/{name}")
    write(fs, "/Inbox/after.eml", NEW)
    assert read(open_fs("third"), "/Inbox/after.eml") == NEW
    assert (fs.pending(), names_in(fs, "/.ewsfs/unsaved")) == (0, [])


def test_what_is_there_can_be_read_and_listed(small: Path, open_small: Open, open_fs: Open) -> None:
    other, third = open_fs("other machine"), open_fs("third", ttl=0.0)
    fs = open_small(ttl=0.0)
    names_in(fs, "/Contacts")
    filled(small)
    for path, data in (("/Inbox/a.eml", MAIL), ("/Inbox/b.txt", NEW), ("/Contacts/Bob.vcf", CONTACT)):
        write(other, path, data)
        assert names_in(fs, path.rpartition("/")[0]) == names_in(other, path.rpartition("/")[0])
        assert read(fs, path) == read(third, path)
        assert fs.getattr(path).size == third.getattr(path).size
    fs.unlink("/Inbox/a.eml")
    assert names_in(third, "/Inbox") == ["b.txt"]


def test_attachments_can_be_read(small: Path, open_small: Open, open_fs: Open) -> None:
    other, fs = open_fs("other machine"), open_small()
    write(other, "/Inbox/letter.eml", MAIL)
    other.mkdir("/Inbox/letter.attachments")
    for name, data in (("notes.txt", b"notes " * 50_000), ("inner.eml", MAIL)):
        write(other, f"/Inbox/letter.attachments/{name}", data)
    names_in(fs, "/Inbox/letter.attachments")
    filled(small)
    for name in ("notes.txt", "inner.eml"):
        path = f"/Inbox/letter.attachments/{name}"
        assert read(fs, path) == read(other, path)


def test_an_edit_that_there_is_no_room_for(small: Path, open_small: Open, open_fs: Open) -> None:
    fs = open_small()
    write(fs, "/Contacts/Bob.vcf", CONTACT)
    filler = filled(small)
    for _ in range(2):
        with no_room():
            write(fs, "/Contacts/Bob.vcf", NEW_CONTACT)
    assert b"77777" in read(fs, "/Contacts/Bob.vcf")
    filler.unlink()
    write(fs, "/Contacts/Bob.vcf", NEW_CONTACT)
    for there in (fs, open_fs("third")):
        assert names_in(there, "/Contacts") == ["Bob.vcf"]
        assert b"88888" in read(there, "/Contacts/Bob.vcf")


def test_room_for_the_bytes_and_not_for_what_is_noted_of_them(
    sandbox: Sandbox, small: Path, open_small: Open, open_fs: Open
) -> None:
    """Wherever the room ends, who hears that it was saved has it saved, once."""
    fs = open_small(retry_seconds=0.02)
    names_in(fs, "/Inbox")
    saved = []
    for number, leaving in enumerate(range(0, 13 * 4096, 4096)):
        filler = filled(small, leaving)
        with suppress(OSError):
            write(fs, f"/Inbox/{number}.eml", MAIL)
            saved.append(f"{number}.eml")
        filler.unlink()
    wait_for(lambda: fs.pending() == 0, "what was owed, now that there is room")
    third = open_fs("third")
    shown = [name for name in names_in(third, "/Inbox") if read(third, f"/Inbox/{name}") == MAIL]
    assert 0 < len(saved) < 13
    assert set(saved) <= set(shown)
    assert shown == names_in(third, "/Inbox")
    assert sandbox.store.items.count(sandbox.store.folder(sandbox.address("ada"), "inbox").id) == len(shown)


def test_a_read_only_cache_folder(small: Path, open_small: Open) -> None:
    """Nothing can be promised where nothing can be noted: it is said before anything is mounted."""
    open_small().close()
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    with pytest.raises(VfsError, match="can't be used: Read-only file system; choose another with --cache-dir"):
        open_small()
    with pytest.raises(VfsError, match="can't be used: Read-only file system"):
        open_small("another")
