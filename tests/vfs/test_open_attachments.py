"""An attachment that is open while it, or its message, is renamed, moved or removed: as on a local filesystem."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.vfs.conftest import MAIL, names_in, opener, read, refused, write

ONE, TWO = "one.txt", "two.txt"
HIDDEN = ".fuse_hidden0000000100000001"


class File(Protocol):
    """An open file."""

    def write(self, data: bytes, offset: int) -> int: ...
    def read(self, size: int, offset: int) -> bytes: ...
    def flush(self) -> None: ...
    def release(self) -> None: ...


class Folder(Protocol):
    """A directory with files."""

    def write(self, name: str, data: bytes) -> None: ...
    def open(self, name: str) -> File: ...
    def rename(self, old: str, new: str) -> None: ...
    def unlink(self, name: str) -> None: ...
    def files(self) -> dict[str, bytes]: ...


class Descriptor:
    def __init__(self, number: int) -> None:
        self._number = number

    def write(self, data: bytes, offset: int) -> int:
        return os.pwrite(self._number, data, offset)

    def read(self, size: int, offset: int) -> bytes:
        return os.pread(self._number, size, offset)

    def flush(self) -> None:
        """A close of one of several descriptors does nothing here."""

    def release(self) -> None:
        os.close(self._number)


class Local:
    """A directory of the disk, as the twin of an attachment folder."""

    def __init__(self, top: Path) -> None:
        self._top = top

    def write(self, name: str, data: bytes) -> None:
        (self._top / name).write_bytes(data)

    def open(self, name: str) -> File:
        return Descriptor(os.open(self._top / name, os.O_RDWR))

    def rename(self, old: str, new: str) -> None:
        (self._top / old).rename(self._top / new)

    def unlink(self, name: str) -> None:
        (self._top / name).unlink()

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self._top.iterdir()}


class Letter:
    """A letter, and its attachment folder."""

    def __init__(self, fs: FileSystem, other: FileSystem, name: str) -> None:
        self.fs = fs
        self._other = other
        self.path = f"/Inbox/{name}.eml"
        self.folder = f"/Inbox/{name}.attachments"

    def write(self, name: str, data: bytes) -> None:
        write(self.fs, f"{self.folder}/{name}", data)

    def open(self, name: str) -> File:
        return self.fs.open(f"{self.folder}/{name}", os.O_RDWR)

    def rename(self, old: str, new: str) -> None:
        self.fs.rename(f"{self.folder}/{old}", f"{self.folder}/{new}")

    def unlink(self, name: str) -> None:
        self.fs.unlink(f"{self.folder}/{name}")

    def files(self) -> dict[str, bytes]:
        return self._files(self.fs)

    def elsewhere(self) -> dict[str, bytes]:
        """What another machine sees."""
        return self._files(self._other)

    def _files(self, fs: FileSystem) -> dict[str, bytes]:
        return {name: read(fs, f"{self.folder}/{name}") for name in names_in(fs, self.folder)}


Deed = Callable[[Folder, File], None]


def _rename(at: Folder, file: File) -> None:
    at.rename(ONE, "new.txt")


def _rename_over(at: Folder, file: File) -> None:
    at.rename(ONE, TWO)


def _rename_twice(at: Folder, file: File) -> None:
    at.rename(ONE, "new.txt")
    file.write(b"+", 1)
    file.flush()
    at.rename("new.txt", "newer.txt")


def _be_replaced(at: Folder, file: File) -> None:
    at.write(".one.txt.a1B2c3", b"replaced")
    at.rename(".one.txt.a1B2c3", ONE)


def _be_renamed_over(at: Folder, file: File) -> None:
    at.rename(TWO, ONE)


def _unlink(at: Folder, file: File) -> None:
    at.unlink(ONE)


def _unlink_and_anew(at: Folder, file: File) -> None:
    at.unlink(ONE)
    at.write(ONE, b"anew")


def _hide(at: Folder, file: File) -> None:
    """As libfuse does it."""
    at.rename(ONE, HIDDEN)
    file.write(b"!", 2)
    at.unlink(HIDDEN)


def _back_up(at: Folder, file: File) -> None:
    at.rename(ONE, f"{ONE}~")


def _write_through_another(at: Folder, file: File) -> None:
    other = at.open(ONE)
    assert other.read(10, 0) == file.read(10, 0)
    other.write(b"other", 1)
    assert file.read(10, 0) == other.read(10, 0)
    other.flush()
    other.release()


DEEDS = [
    _rename,
    _rename_over,
    _rename_twice,
    _be_replaced,
    _be_renamed_over,
    _unlink,
    _unlink_and_anew,
    _hide,
    _back_up,
    _write_through_another,
]


@pytest.fixture(scope="module")
def filesystems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FileSystem, FileSystem]]:
    """A filesystem, and one of another machine that is never up to date."""
    with Sandbox(users={"ada": "secret"}) as sandbox, opener(sandbox, tmp_path_factory.mktemp("open")) as open_fs:
        yield open_fs(hold_seconds=3600.0), open_fs("elsewhere", ttl=0.0)


@pytest.fixture
def letter(filesystems: tuple[FileSystem, FileSystem], request: pytest.FixtureRequest) -> Letter:
    """A letter of the test's own, with two attachments."""
    letter = Letter(*filesystems, "".join(c if c.isalnum() else " " for c in request.node.name))
    write(letter.fs, letter.path, MAIL)
    letter.fs.mkdir(letter.folder)
    for name, data in ((ONE, b"one"), (TWO, b"two")):
        letter.write(name, data)
    return letter


@pytest.mark.parametrize("before", ["", "written", "closed once"])
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__.strip("_"))
def test_as_a_local_file(deed: Deed, before: str, letter: Letter, tmp_path: Path) -> None:
    local = Local(tmp_path)
    local.write(ONE, b"one")
    local.write(TWO, b"two")
    seen = []
    for twin in (local, letter):
        file = twin.open(ONE)
        try:
            if before:
                file.write(b"early", 0)
            if before == "closed once":
                file.flush()
            deed(twin, file)
            early = file.read(100, 0)
            file.write(b"late", 3)
            late = file.read(100, 0)
            file.flush()
        finally:
            file.release()
        seen.append((early, late, twin.files()))
    assert seen[1] == seen[0]
    assert letter.fs.status()["unsaved"] == 0
    letter.fs._attaching.flush()
    assert letter.elsewhere() == {name: data for name, data in seen[0][2].items() if not name.endswith("~")}


@pytest.mark.parametrize("before", ["", "written", "closed once"])
@pytest.mark.parametrize("way", ["moved", "renamed", "removed"])
def test_its_letter_goes(way: str, before: str, letter: Letter) -> None:
    fs = letter.fs
    file = letter.open(ONE)
    try:
        if before:
            file.write(b"early", 0)
        if before == "closed once":
            file.flush()
        folder = "/Drafts" if way == "moved" else "/Inbox"
        if way == "removed":
            fs.unlink(letter.path)
        else:
            fs.rename(letter.path, f"{folder}/{way} {before}.eml")
        assert file.read(5, 0) == (b"early" if before else b"one")
        file.write(b"late", 3)
        file.flush()
    finally:
        file.release()
    assert fs.status()["unsaved"] == 0
    if way == "removed":
        # What the server never got is still there, and waits for another letter of that name.
        assert letter.files() == ({ONE: b"earlate"} if before == "written" else {})
        if before == "written":
            letter.unlink(ONE)
        fs.rmdir(letter.folder)
        with refused(errno.ENOENT):
            fs.getattr(letter.folder)
        return
    attachments = f"{folder}/{way} {before}.attachments"
    assert names_in(fs, attachments) == [ONE, TWO]
    assert read(fs, f"{attachments}/{ONE}") == (b"earlate" if before else b"onelate")
