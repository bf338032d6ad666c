"""Copying a tree as `cp -r` does it: what it has made itself holds nothing, and whatever is there is a failure."""

from __future__ import annotations

import errno
import os

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.mount.driver import wait_for
from tests.mount.letters import nested
from tests.vfs.conftest import names_in, read, refused
from tests.vfs.test_nested import contents

COPIER, OTHER = 100, 200  # process ids
FIGURES = b"figures" * 1000
LETTER = nested(FIGURES)
BOX = "/Inbox/Box"
FOLDER = f"{BOX}/letter.attachments"
INNER = f"{FOLDER}/Forwarded invoice.attachments"


class Copier:
    """Makes system calls as one process among several."""

    def __init__(self, fs: FileSystem) -> None:
        self.fs = fs
        self.pid = COPIER
        fs.tell_callers(lambda: self.pid)

    def mkdir(self, path: str) -> None:
        # The kernel looks before it makes: what it finds is EEXIST.
        with refused(errno.ENOENT):
            self.fs.getattr(path)
        self.fs.mkdir(path)
        self.fs.getattr(path)

    def write(self, path: str, data: bytes) -> None:
        with refused(errno.ENOENT):
            self.fs.getattr(path)
        handle = self.fs.create(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        handle.write(data, 0)
        self.fs.utimens(path, 10**18)
        handle.flush()
        handle.release()
        self.fs.getattr(path)


@pytest.fixture
def tree(fs: FileSystem, sandbox: Sandbox) -> dict[str, bytes]:
    """What a backup of one letter in a folder holds; the folder is gone again."""
    fs.mkdir(BOX)
    handle = fs.create(f"{BOX}/letter.eml", os.O_WRONLY | os.O_CREAT)
    handle.write(LETTER, 0)
    handle.flush()
    handle.release()
    found = contents(fs, BOX)
    fs.unlink(f"{BOX}/letter.eml")
    fs.rmdir(BOX)
    sandbox.calls.reset()
    return found


@pytest.mark.parametrize("letters", ["first", "last"])
def test_a_tree_copied_into_a_new_directory(
    letters: str, tree: dict[str, bytes], fs: FileSystem, sandbox: Sandbox
) -> None:
    copier = Copier(fs)

    def copy(path: str) -> None:
        copier.mkdir(path)
        here = {name.removeprefix(f"{path}/").partition("/")[0] for name in tree if name.startswith(f"{path}/")}
        for name in sorted(here, reverse=letters == "first"):
            below = f"{path}/{name}"
            if below in tree:
                copier.write(below, tree[below])
            else:
                copy(below)

    copy(BOX)
    wait_for(lambda: fs.status()["pending"] == 0, "nothing waits any more")
    assert contents(fs, BOX) == tree
    assert sandbox.calls.count("CreateItem") == 1
    assert not {"CreateAttachment", "DeleteAttachment", "DeleteItem"} & sandbox.calls.as_dict().keys()
    assert fs.status()["unsaved"] == 0


def test_everybody_else_sees_all_of_it_at_once(fs: FileSystem) -> None:
    copier = Copier(fs)
    copier.mkdir(BOX)
    copier.write(f"{BOX}/letter.eml", LETTER)
    copier.pid = OTHER
    assert read(fs, f"{INNER}/backwards.bin") == FIGURES[::-1]
    copier.pid = COPIER
    with refused(errno.ENOENT):
        fs.getattr(FOLDER)


@pytest.mark.parametrize("reader", [COPIER, OTHER])
def test_what_is_listed_is_known(reader: int, fs: FileSystem) -> None:
    copier = Copier(fs)
    copier.mkdir(BOX)
    copier.write(f"{BOX}/letter.eml", LETTER)
    copier.pid = reader
    assert names_in(fs, BOX) == ["letter.attachments", "letter.eml"]
    copier.pid = COPIER
    with refused(errno.EEXIST):
        fs.mkdir(FOLDER)
    assert read(fs, f"{INNER}/backwards.bin") == FIGURES[::-1]


def test_what_the_copier_does_not_bring_is_there_all_the_same(fs: FileSystem) -> None:
    copier = Copier(fs)
    copier.mkdir(BOX)
    copier.write(f"{BOX}/letter.eml", LETTER)
    copier.mkdir(FOLDER)
    copier.mkdir(INNER)
    copier.write(f"{INNER}/backwards.bin", FIGURES[::-1])
    with refused(errno.EROFS):
        copier.write(f"{INNER}/new.bin", b"new")
    copier.write(f"{FOLDER}/more.txt", b"more")
    assert names_in(fs, FOLDER) == ["Forwarded invoice.attachments", "Forwarded invoice.eml", "more.txt"]
    assert names_in(fs, INNER) == ["Innermost invoice.attachments", "Innermost invoice.eml", "backwards.bin"]


def test_other_bytes_replace_what_came_with_the_letter(fs: FileSystem) -> None:
    copier = Copier(fs)
    copier.mkdir(BOX)
    copier.write(f"{BOX}/letter.eml", LETTER)
    copier.mkdir(FOLDER)
    copier.write(f"{FOLDER}/Forwarded invoice.eml", b"another")
    assert names_in(fs, FOLDER) == ["Forwarded invoice.eml"]
    assert read(fs, f"{FOLDER}/Forwarded invoice.eml") == b"another"


def test_a_directory_that_was_there_before_hides_nothing(fs: FileSystem) -> None:
    copier = Copier(fs)
    copier.write("/Inbox/letter.eml", LETTER)
    with refused(errno.EEXIST):
        fs.mkdir("/Inbox/letter.attachments")
    assert names_in(fs, "/Inbox/letter.attachments") == ["Forwarded invoice.attachments", "Forwarded invoice.eml"]
