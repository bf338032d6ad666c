"""What programs do with open files: any offset, holes, names that change under them, many threads at once."""

from __future__ import annotations

import mmap
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.mount.driver import wait_for
from tests.mount.logs import Checker
from tests.posix.calls import Calls, OsCalls, attempt, content, put
from tests.posix.conftest import MOUNTS

KINDS = pytest.mark.parametrize("name", [".scratch.swp", "report.pdf"], ids=["scratch", "document"])
MAIL = b"Subject: Greetings\r\nMessage-ID: <1@example.test>\r\n\r\nHello Ada,\r\nthis is a letter.\r\n"
DATA = bytes(range(256)) * 40


# -- offsets and sizes -------------------------------------------------------------------------------------------


@KINDS
def test_reading_at_any_offset(calls: Calls, local: OsCalls, name: str) -> None:
    for ground in (calls, local):
        put(ground, name, DATA)
    here, there = calls.open(name, os.O_RDONLY), local.open(name, os.O_RDONLY)
    for offset in (0, 1, 4095, 4096, len(DATA) - 1, len(DATA), len(DATA) + 1, 1 << 40):
        for size in (0, 1, 4096, 1 << 20):
            assert calls.pread(here, size, offset) == local.pread(there, size, offset), (size, offset)
    calls.close(here)
    local.close(there)


@KINDS
def test_writing_at_any_offset_leaves_holes_of_zeros(calls: Calls, local: OsCalls, name: str) -> None:
    places = random.Random(7)
    fds = {ground: ground.open(name, os.O_RDWR | os.O_CREAT) for ground in (calls, local)}
    for _ in range(40):
        offset, piece = places.randrange(60_000), places.randbytes(places.randrange(1, 3000))
        for ground, fd in fds.items():
            assert ground.pwrite(fd, piece, offset) == len(piece)
        assert calls.fsize(fds[calls]) == local.fsize(fds[local])
        assert calls.pread(fds[calls], 70_000, 0) == local.pread(fds[local], 70_000, 0)
    for ground, fd in fds.items():
        ground.close(fd)
    assert content(calls, name) == content(local, name)


@KINDS
def test_truncating_up_and_down(calls: Calls, name: str) -> None:
    put(calls, name, DATA)
    calls.truncate(name, 5)
    assert content(calls, name) == DATA[:5]
    calls.truncate(name, 10_000)
    assert content(calls, name) == DATA[:5] + bytes(9_995)
    fd = calls.open(name, os.O_RDWR)
    calls.ftruncate(fd, 3)
    calls.pwrite(fd, b"!", 7)
    assert calls.fsize(fd) == calls.size(name) == 8
    calls.ftruncate(fd, 6)
    calls.close(fd)
    assert content(calls, name) == DATA[:3] + bytes(3)


def test_cutting_a_message_off_leaves_a_shorter_message(calls: Calls) -> None:
    put(calls, "letter.eml", MAIL)
    calls.truncate("letter.eml", len(MAIL) - 9)
    assert content(calls, "letter.eml") == MAIL[:-9]
    fd = calls.open("letter.eml", os.O_WRONLY | os.O_APPEND)
    for piece in (b"note", b".\r\n"):
        calls.write(fd, piece)
    calls.close(fd)
    assert content(calls, "letter.eml") == MAIL[:-9] + b"note.\r\n"
    assert calls.names() == ["letter.eml"]


def test_two_programs_append_and_both_are_kept(calls: Calls) -> None:
    fds = [calls.open("c.part", os.O_WRONLY | os.O_CREAT | os.O_APPEND) for _ in range(2)]
    for number in range(20):
        calls.write(fds[number % 2], b"%d\n" % number)
    for fd in fds:
        calls.close(fd)
    assert content(calls, "c.part") == b"".join(b"%d\n" % number for number in range(20))


@KINDS
def test_what_one_writes_another_reads_at_once(calls: Calls, name: str) -> None:
    writing = calls.open(name, os.O_WRONLY | os.O_CREAT)
    reading = calls.open(name, os.O_RDONLY)
    calls.write(writing, b"one")
    assert calls.read(reading, 10) == b"one"
    calls.fsync(writing)
    calls.write(writing, b" two")
    assert calls.read(reading, 10) == b" two"
    calls.close(writing)
    assert calls.pread(reading, 10, 0) == b"one two"
    calls.close(reading)


# -- names that change under an open file ------------------------------------------------------------------------

ALL = pytest.mark.parametrize("name", [".scratch.swp", "report.pdf", "letter.eml"], ids=["scratch", "document", "mail"])


@ALL
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR], ids=["RDONLY", "RDWR"])
def test_a_removed_file_outlives_its_directory(calls: Calls, name: str, flags: int) -> None:
    calls.mkdir("below")
    put(calls, f"below/{name}", MAIL)
    fd = calls.open(f"below/{name}", flags)
    calls.unlink(f"below/{name}")
    calls.rmdir("below")
    assert calls.names() == []
    assert calls.pread(fd, 100, 0) == MAIL
    if flags == os.O_RDWR:
        calls.pwrite(fd, b"X", 0)
        assert calls.pread(fd, 100, 0) == b"X" + MAIL[1:]
    calls.close(fd)
    assert calls.names() == []


@ALL
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR], ids=["RDONLY", "RDWR"])
def test_a_removed_file_lives_until_it_is_closed(calls: Calls, name: str, flags: int) -> None:
    put(calls, name, MAIL)
    fd = calls.open(name, flags)
    calls.unlink(name)
    assert calls.names() == []
    assert attempt(lambda: calls.size(name)) == attempt(lambda: calls.open(name, flags)) == "ENOENT"
    assert calls.fsize(fd) == len(MAIL)
    assert calls.pread(fd, 100, 0) == MAIL
    expected = MAIL
    if flags == os.O_RDWR:
        calls.pwrite(fd, b"X", 0)
        calls.ftruncate(fd, 50)
        calls.fsync(fd)
        expected = b"X" + MAIL[1:50]
    put(calls, name, MAIL[::-1] if name != "letter.eml" else MAIL.replace(b"a letter", b"another"))
    assert calls.pread(fd, 100, 0) == expected
    assert calls.fsize(fd) == len(expected)
    calls.close(fd)
    wait_for(lambda: calls.names() == [name], "nothing but the new file is left")
    assert content(calls, name) == MAIL[::-1] if name != "letter.eml" else MAIL.replace(b"a letter", b"another")


@ALL
def test_a_renamed_file_goes_on_under_its_new_name(calls: Calls, name: str) -> None:
    new = f"{name[:3]} new{name[-4:]}" if name[0] != "." else ".new.swp"
    put(calls, name, MAIL)
    fd = calls.open(name, os.O_RDWR)
    calls.pwrite(fd, b"this is mine.\r\n", len(MAIL))
    calls.rename(name, new)
    assert calls.names() == [new]
    calls.pwrite(fd, b"and this\r\n", len(MAIL) + 15)
    assert calls.fsize(fd) == len(MAIL) + 25
    calls.close(fd)
    assert content(calls, new) == MAIL + b"this is mine.\r\nand this\r\n"
    assert calls.names() == [new]


@ALL
def test_what_is_renamed_over_is_still_read_by_whoever_has_it_open(calls: Calls, name: str) -> None:
    newer = MAIL.replace(b"a letter", b"the latest letter")
    put(calls, name, MAIL)
    put(calls, ".newer.swp", newer)
    fd = calls.open(name, os.O_RDONLY)
    calls.rename(".newer.swp", name)
    assert content(calls, name) == newer
    assert calls.pread(fd, 200, 0) == MAIL
    calls.close(fd)
    assert content(calls, name) == newer
    wait_for(lambda: calls.names() == [name], "nothing but the new file is left")


def test_renaming_as_a_local_filesystem_does(calls: Calls, local: OsCalls) -> None:
    """rename(2): what is there at either end, errno by errno."""
    what = {"a.pdf": "file", "b.pdf": "file", "c.part": "file", "d": "directory", "e": "directory", "f.x": "nothing"}
    for old in what:
        for new in what:
            for ground in (calls, local):
                for name, kind in what.items():
                    there = name in ground.names()
                    if kind == "file" and not there:
                        put(ground, name, name.encode())
                    elif kind == "directory" and not there:
                        ground.mkdir(name)
                    elif kind == "nothing" and there:
                        attempt(partial(ground.rmdir, name))
                        attempt(partial(ground.unlink, name))
            here, there_ = (attempt(partial(ground.rename, old, new)) for ground in (calls, local))
            assert here == there_, (old, new)
            assert calls.names() == local.names(), (old, new)
            for ground in (calls, local):
                for name in ("d", "e"):  # a file moved onto a free name, a directory onto an empty one
                    if name in ground.names() and attempt(partial(ground.names, name)) == "ENOTDIR":
                        ground.unlink(name)


# -- directories -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ground", MOUNTS, indirect=True)
def test_a_directory_that_changes_while_it_is_read(calls: OsCalls) -> None:
    """readdir(3): what was there all along is told once; what came or went meanwhile may be told or not."""
    for number in range(150):
        put(calls, f".{number}.swp", b"")
    seen: list[str] = []
    with os.scandir(calls.base) as entries:
        for count, entry in enumerate(entries):
            seen.append(entry.name)
            if count % 3 == 0:
                attempt(lambda: calls.unlink(f".{149 - count // 3}.swp"))  # noqa: B023 - called at once
                put(calls, f".new {count}.swp", b"")
    assert len(seen) == len(set(seen))
    assert {f".{number}.swp" for number in range(75)} <= set(seen)
    assert not {name for name in seen if name.startswith(".new")} - set(calls.names())


@pytest.mark.parametrize("ground", MOUNTS, indirect=True)
def test_mmap(calls: OsCalls, tmp_path: Path) -> None:
    """mmap(2) of a file on the mount, private and shared, for reading; for writing where the kernel allows it."""
    put(calls, "report.pdf", DATA)
    with open(calls.base / "report.pdf", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        assert view[:] == DATA
        assert view[5000:5010] == DATA[5000:5010]
    with open(calls.base / "report.pdf", "r+b") as writable, mmap.mmap(writable.fileno(), 0) as view:
        view[4096:4100] = b"MMAP"
        view.flush()
    expected = DATA[:4096] + b"MMAP" + DATA[4100:]
    assert content(calls, "report.pdf") == expected


# -- many at once ------------------------------------------------------------------------------------------------


@pytest.mark.timeout(120)
def test_sixty_four_threads_at_once(calls: Calls, log: Checker) -> None:
    """Files of one's own, a file read by all, and one that all append to, are right in the end."""
    put(calls, "shared.pdf", DATA)
    put(calls, "log.part", b"")
    together = threading.Barrier(64)

    def work(number: int) -> None:
        dice = random.Random(number)
        own = f".own {number}.swp" if number % 8 else f"own {number}.txt"
        together.wait(60)
        data = b""
        for turn in range(2):
            piece = dice.randbytes(dice.randrange(1, 5000))
            fd = calls.open(own, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            calls.write(fd, piece)
            data += piece
            assert calls.pread(fd, 1 << 20, 0) == data
            calls.close(fd)
            offset = dice.randrange(len(DATA))
            fd = calls.open("shared.pdf", os.O_RDONLY)
            assert calls.pread(fd, 500, offset) == DATA[offset : offset + 500]
            calls.close(fd)
            fd = calls.open("log.part", os.O_WRONLY | os.O_APPEND)
            calls.write(fd, b"%03d %d\n" % (number, turn))
            calls.close(fd)
            assert own in calls.names()
        renamed = own.replace("own", "renamed")
        calls.rename(own, renamed)
        assert content(calls, renamed) == data
        if number % 2:
            calls.unlink(renamed)

    with ThreadPoolExecutor(64) as threads:
        for done in [threads.submit(work, number) for number in range(64)]:
            done.result(100)
    lines = content(calls, "log.part").splitlines()
    assert sorted(lines) == sorted(b"%03d %d" % (number, turn) for number in range(64) for turn in range(2))
    left = {f".renamed {n}.swp" if n % 8 else f"renamed {n}.txt" for n in range(0, 64, 2)}
    assert set(calls.names()) == {"shared.pdf", "log.part", *left}


# -- backups that are written to ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["report.pdf", "letter.eml"], ids=["document", "mail"])
@pytest.mark.parametrize("again", [False, True], ids=["other name", "same name"])
def test_a_backup_that_is_written_to_keeps_what_was_written(calls: Calls, name: str, again: bool) -> None:
    """An item that is called like a backup isn't shown; written to and named again, it is the one that is there."""
    put(calls, name, MAIL)
    fd = calls.open(name, os.O_RDWR)
    calls.rename(name, f"{name}~")
    calls.pwrite(fd, b"this is mine.\r\n", len(MAIL))
    calls.close(fd)
    assert calls.names() == [f"{name}~"]
    new = name if again else f"new {name}"
    calls.rename(f"{name}~", new)
    assert calls.names() == [new]
    assert content(calls, new) == MAIL + b"this is mine.\r\n"


@pytest.mark.parametrize("name", ["report.pdf", "letter.eml"], ids=["document", "mail"])
def test_a_file_that_is_removed_while_it_is_edited_is_gone(calls: Calls, name: str) -> None:
    put(calls, name, MAIL)
    fd = calls.open(name, os.O_RDWR)
    calls.pwrite(fd, b"this is mine.\r\n", len(MAIL))
    calls.unlink(name)
    calls.pwrite(fd, b"and this\r\n", len(MAIL) + 15)
    assert calls.pread(fd, 200, 0) == MAIL + b"this is mine.\r\nand this\r\n"
    calls.close(fd)
    wait_for(lambda: calls.names() == [], "nothing is left")


@pytest.mark.parametrize("name", ["report.pdf", "letter.eml"], ids=["document", "mail"])
def test_what_is_written_to_a_file_that_was_renamed_over_stays_out_of_the_new_one(calls: Calls, name: str) -> None:
    newer = MAIL.replace(b"a letter", b"the latest letter")
    put(calls, name, MAIL)
    put(calls, ".newer.swp", newer)
    fd = calls.open(name, os.O_RDWR)
    calls.rename(".newer.swp", name)
    calls.pwrite(fd, b"nobody sees this\r\n", len(MAIL))
    assert calls.pread(fd, 200, 0) == MAIL + b"nobody sees this\r\n"
    assert content(calls, name) == newer
    calls.close(fd)
    assert content(calls, name) == newer
    calls.unlink(name)
    wait_for(lambda: calls.names() == [], "nothing is left")
