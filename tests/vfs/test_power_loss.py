"""A power cut after a promise was given: what was promised to be kept is there at the next mount."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.vfs.conftest import MAIL, Open, names_in, read, refused, write
from tests.vfs.deeds import CONTACT, DOCUMENT, NEW, NEW_CONTACT, NEW_DOCUMENT
from tests.vfs.power import Power
from tests.vfs.test_killed import norm

LETTER, NOTES, BOB = "/Inbox/letter.eml", "/Inbox/notes.txt", "/Contacts/Bob.vcf"
LATER: dict[str, Any] = {"write_back": True, "write_back_seconds": 600.0, "retry_seconds": 600.0}


@pytest.fixture
def power(tmp_path: Path) -> Iterator[Power]:
    with Power(tmp_path) as power:
        yield power


def after_a_cut(power: Power, tmp_path: Path, open_fs: Open) -> FileSystem:
    """The next mount, with what the disk holds; the first one lives on and is not asked any more."""
    power.cut(tmp_path / "left")
    return open_fs("left/cache")


def unsaved(fs: FileSystem) -> list[bytes]:
    return [read(fs, f"/.ewsfs/unsaved/{name}") for name in names_in(fs, "/.ewsfs/unsaved")]


def save(fs: FileSystem, path: str, data: bytes) -> None:
    handle = fs.create(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        handle.write(data[:40], 0)
        handle.write(data[40:], 40)
        handle.flush()
    finally:
        handle.release()


def test_fsync_of_a_file_that_is_being_written(power: Power, tmp_path: Path, open_fs: Open) -> None:
    fs = open_fs()
    write(fs, BOB, CONTACT)
    open_handles = []
    for path, flags in ((LETTER, os.O_CREAT), (BOB, os.O_TRUNC)):
        handle = fs.create(path, os.O_WRONLY | flags)
        open_handles.append(handle)
        handle.write(NEW, 0)
        handle.fsync()
        handle.write(b"and more", len(NEW))
    again = after_a_cut(power, tmp_path, open_fs)
    assert unsaved(again) == [NEW, NEW]
    assert names_in(again, "/Inbox") == []
    assert norm(read(again, BOB)) == CONTACT
    for handle in open_handles:
        handle.release()


@pytest.mark.parametrize(
    ("way", "path", "old", "new"),
    [
        ("close", LETTER, MAIL, NEW),
        ("close", BOB, CONTACT, NEW_CONTACT),
        ("rename", LETTER, None, NEW),
        ("rename", NOTES, DOCUMENT, NEW_DOCUMENT),
        ("rename", BOB, CONTACT, NEW_CONTACT),
    ],
    ids=["mail", "contact", "new mail", "document", "contact"],
)
def test_write_back_has_promised_it(
    power: Power, tmp_path: Path, open_fs: Open, way: str, path: str, old: bytes | None, new: bytes
) -> None:
    folder, _, name = path.rpartition("/")
    if old is not None:
        write(open_fs("other machine"), path, old)
    fs = open_fs(**LATER)
    names_in(fs, folder)
    beside = f"{folder}/.{name}.a1B2c3"
    save(fs, path if way == "close" else beside, new)
    if way == "rename":
        fs.rename(beside, path)
    assert names_in(open_fs("other machine"), folder) == ([] if old is None else [name]), "the server has it already"
    again = after_a_cut(power, tmp_path, open_fs)
    assert again.pending() == 0
    assert unsaved(again) == []
    for there in (again, open_fs("a third")):
        assert names_in(there, folder) == [name]
        assert norm(read(there, path)) == new


def test_the_answer_was_on_its_way(
    sandbox: Sandbox, power: Power, tmp_path: Path, open_fs: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the server is asked it is on disk that it is."""
    fs = open_fs()
    names_in(fs, "/Inbox")
    carry_out = sandbox.carry_out

    def and_then(*args: Any) -> Any:
        reply = carry_out(*args)
        power.cut(tmp_path / "left")
        return reply

    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "carry_out", and_then)
        save(fs, LETTER, NEW)
    for files in power.history:
        for name, data in files.items():
            if name.endswith(".json") and json.loads(data)["state"] == "ready":
                assert files[name.replace(".json", ".data")] == NEW, "half a file would be taken for one"
    (journal,) = (tmp_path / "left").rglob("*.json")
    assert journal.with_suffix(".data").read_bytes() == NEW
    again = open_fs("left/cache")
    assert sandbox.calls.count("CreateItem") == 1
    assert (again.pending(), names_in(again, "/Inbox"), unsaved(again)) == (0, ["letter.eml"], [])


def test_what_can_not_be_an_item_is_kept(power: Power, tmp_path: Path, open_fs: Open) -> None:
    for settings in (LATER, {}):
        with refused(errno.EINVAL):
            save(open_fs(**settings), "/Contacts/text.vcf", b"this is no card, and longer than forty bytes")
    again = after_a_cut(power, tmp_path, open_fs)
    assert unsaved(again) == [b"this is no card, and longer than forty bytes"] * 2


def test_what_is_attached_and_what_is_to_be_sent(sandbox: Sandbox, power: Power, tmp_path: Path, open_fs: Open) -> None:
    fs = open_fs(**LATER)
    write(open_fs("other machine"), LETTER, MAIL)
    names_in(fs, "/Inbox")
    fs.mkdir("/Inbox/letter.attachments")
    save(fs, "/Inbox/letter.attachments/notes.txt", NEW_DOCUMENT)
    save(fs, "/.ewsfs/send/letter.eml", NEW)
    assert sandbox.calls.count("CreateAttachment") + sandbox.calls.count("SendItem") == 0
    again = after_a_cut(power, tmp_path, open_fs)
    assert (again.pending(), unsaved(again)) == (0, [])
    assert read(again, "/Inbox/letter.attachments/notes.txt") == NEW_DOCUMENT
    assert len(names_in(again, "/Sent Items")) == 1


def test_what_a_dead_mount_left_and_the_next_one_took_over(
    sandbox: Sandbox, power: Power, tmp_path: Path, open_fs: Open
) -> None:
    first = open_fs(**LATER)
    second = open_fs(**LATER)  # in a slot of its own
    names_in(second, "/Inbox")
    save(second, LETTER, NEW)
    for died in (second, first):
        died._slot.close()
    sandbox.faults.add("CreateItem:401")
    third = open_fs(**LATER)
    assert third.pending() == 1
    assert len(list(third._slot.spool.glob("*.json"))) == 1
    sandbox.faults.clear()
    again = after_a_cut(power, tmp_path, open_fs)
    assert names_in(again, "/Inbox") == ["letter.eml"]
