"""Writing below `.ewsfs`: what is copied into `send/` is sent, once; `out-of-office.toml` sets what it says."""

from __future__ import annotations

import errno
import os

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.mount.driver import wait_for
from tests.vfs.conftest import MAIL, Open, names_in, read, refused, write

SEND = "/.ewsfs/send"
SETTINGS = "/.ewsfs/out-of-office.toml"


def subjects(fs: FileSystem, folder: str) -> list[str]:
    return [name.partition("Greetings")[1] for name in names_in(fs, folder)]


@pytest.mark.parametrize("beside", [False, True], ids=["written", "written beside and renamed"])
def test_a_message_that_is_copied_there_is_sent_once(
    sandbox: Sandbox, fs: FileSystem, open_fs: Open, beside: bool
) -> None:
    if beside:
        write(fs, f"{SEND}/.letter.eml.a1B2c3", MAIL)
        assert sandbox.calls.count("SendItem") == 0
        fs.rename(f"{SEND}/.letter.eml.a1B2c3", f"{SEND}/letter.eml")
    else:
        write(fs, f"{SEND}/letter.eml", MAIL)
    assert names_in(fs, SEND) == []
    assert sandbox.calls.count("SendItem") == 1
    other = open_fs("other machine")
    assert subjects(other, "/Sent Items") == ["Greetings"]
    assert names_in(other, "/Drafts") == []


def test_what_one_descriptor_wrote_is_not_sent_before_the_other_is_closed(sandbox: Sandbox, fs: FileSystem) -> None:
    """`(cat head; cat body) > send/letter.eml`: each program closes a descriptor of the same open file."""
    handle = fs.create(f"{SEND}/letter.eml", os.O_WRONLY)
    handle.write(MAIL[:150], 0)
    handle.flush()
    handle.write(MAIL[150:], 150)
    handle.flush()
    assert sandbox.calls.count("SendItem") == 0
    handle.release()
    assert sandbox.calls.count("SendItem") == 1


def test_what_nobody_would_get_is_refused_at_the_close(sandbox: Sandbox, fs: FileSystem) -> None:
    handle = fs.create(f"{SEND}/letter.eml", os.O_WRONLY)
    handle.write(b"Subject: to nobody\r\n\r\nhello\r\n", 0)
    with refused(errno.EINVAL):
        handle.flush()
    handle.release()
    assert sandbox.calls.count("SendItem") == 0
    (kept,) = names_in(fs, "/.ewsfs/unsaved")
    assert kept.endswith("letter.eml")


def test_what_waits_for_the_server_is_sent_when_it_is_back(sandbox: Sandbox, open_fs: Open) -> None:
    fs = open_fs(retry_seconds=0.05, offline_seconds=0.0)
    sandbox.faults.add("CreateItem:drop:10")
    write(fs, f"{SEND}/letter.eml", MAIL)
    assert names_in(fs, SEND) == ["letter.eml"]
    sandbox.faults.clear()
    wait_for(lambda: not names_in(fs, SEND), "the message to be sent")
    assert subjects(open_fs("other machine"), "/Sent Items") == ["Greetings"]


def test_a_cut_answer_to_sending_sends_it_once(sandbox: Sandbox, open_fs: Open) -> None:
    fs = open_fs(retry_seconds=0.05, offline_seconds=0.0)
    sandbox.faults.add("SendItem:drop-after:1")
    write(fs, f"{SEND}/letter.eml", MAIL)
    wait_for(lambda: not names_in(fs, SEND), "the message to be sent")
    assert subjects(open_fs("other machine"), "/Sent Items") == ["Greetings"]
    assert names_in(fs, "/.ewsfs/unsaved") == []


@pytest.mark.parametrize("way", ["emptied", "beside"])
def test_out_of_office_is_set_by_saving_its_file(fs: FileSystem, open_fs: Open, way: str) -> None:
    text = read(fs, SETTINGS).decode()
    lines = [line for line in text.splitlines() if not line.startswith(("state", "internal_reply", "external_reply"))]
    said = ['state = "enabled"', 'internal_reply = "Back on Monday."', 'external_reply = "Away."']
    new = "\n".join([*said, *lines]).encode()
    if way == "beside":
        write(fs, f"{SETTINGS}~", new)
        fs.rename(f"{SETTINGS}~", SETTINGS)
    else:
        handle = fs.open(SETTINGS, os.O_WRONLY | os.O_TRUNC)
        handle.write(new, 0)
        handle.flush()
        handle.release()
    assert b'state = "enabled"' in read(open_fs("other machine"), SETTINGS)
    assert b'state = "enabled"' in read(fs, SETTINGS)


def test_what_is_no_toml_is_refused(fs: FileSystem) -> None:
    before = read(fs, SETTINGS)
    handle = fs.open(SETTINGS, os.O_WRONLY | os.O_TRUNC)
    handle.write(b"state = [", 0)
    with refused(errno.EINVAL):
        handle.flush()
    handle.release()
    assert read(fs, SETTINGS) == before


def test_nothing_else_is_written_there(fs: FileSystem) -> None:
    for path in ("/.ewsfs/note.txt", "/.ewsfs/unsaved/note.txt"):
        with refused(errno.EROFS):
            fs.create(path, os.O_WRONLY)
    with refused(errno.EROFS):
        fs.open("/.ewsfs/status.json", os.O_WRONLY)
