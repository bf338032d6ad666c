"""A connection that is cut, or answered, while a request is still being sent: nothing is lost, nothing done twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.mount.driver import wait_for
from tests.vfs.conftest import MAIL, names_in, opener, read, write
from tests.vfs.deeds import CONTACT, NEW_CONTACT

# More than the sockets of both sides hold, so that it is never on its way whole.
MANY = 3 << 20
LARGE_MAIL = MAIL.replace(b"this is", b"x" * 70 + b"\r\n") + (b"y" * 70 + b"\r\n") * (MANY // 72)
LARGE_FILE = os.urandom(1 << 10) * (MANY >> 10)

LETTER_TO_BOB = MAIL.replace(b"Bob <bob", b"Ada <ada").replace(b"To: Ada <ada", b"To: Bob <bob")


def edit(fs: FileSystem) -> None:
    handle = fs.open("/Contacts/Bob.vcf", os.O_WRONLY | os.O_TRUNC)
    try:
        handle.write(NEW_CONTACT, 0)
        handle.flush()
    finally:
        handle.release()


Act = Callable[[FileSystem], None]
# What is asked of the server, what is done, and whether whoever did it has to do it again when that failed.
ACTS: list[tuple[str, Act, bool]] = [
    ("CreateItem", partial(write, path="/Inbox/large.eml", data=LARGE_MAIL), False),
    ("CreateAttachment", partial(write, path="/Inbox/large.bin", data=LARGE_FILE), False),
    ("CreateAttachment", partial(write, path="/Inbox/letter.attachments/one.txt", data=b"one"), False),
    ("UpdateItem", edit, False),
    ("MoveItem", lambda fs: fs.rename("/Inbox/to move.eml", "/Drafts/moved.eml"), True),
    ("DeleteItem", lambda fs: fs.unlink("/Inbox/to go.eml"), True),
    ("SendItem", partial(write, path="/.ewsfs/send/letter.eml", data=LETTER_TO_BOB), False),
]


@pytest.mark.parametrize("fault", ["reset:1:at=200000", "reset:2", "early-503:1:ms=0", "early-401:1"])
def test_a_request_that_does_not_arrive(tmp_path: Path, fault: str) -> None:
    with Sandbox(users={"ada": "secret", "bob": "secret"}) as sandbox, opener(sandbox, tmp_path) as open_fs:
        fs = open_fs(retry_seconds=0.02, offline_seconds=0.0, hold_seconds=0.05)
        for name in ("letter", "to move", "to go"):
            write(fs, f"/Inbox/{name}.eml", MAIL)
        fs.mkdir("/Inbox/letter.attachments")
        write(fs, "/Contacts/Bob.vcf", CONTACT)
        for operation, act, is_done_again in ACTS:
            before = sandbox.calls.count(operation)
            sandbox.faults.add(f"{operation}:{fault}")
            try:
                act(fs)
            except OSError:
                sandbox.faults.clear()
                if is_done_again:
                    act(fs)
            wait_for(lambda: fs.pending() == 0, f"{operation} goes on after {fault}")
            sandbox.faults.clear()
            assert sandbox.calls.count(operation) > before + 1, "it was cut, and asked for again"
        assert names_in(fs, "/.ewsfs/unsaved") == []
        other = open_fs("other")
        assert names_in(other, "/Inbox") == ["large.bin", "large.eml", "letter.attachments", "letter.eml"]
        assert read(other, "/Inbox/large.eml") == LARGE_MAIL
        assert read(other, "/Inbox/large.bin") == LARGE_FILE
        assert names_in(other, "/Inbox/letter.attachments") == ["one.txt"]
        assert names_in(other, "/Drafts") == ["moved.eml"]
        assert names_in(other, "/Deleted Items") == ["to go.eml"]
        assert len(names_in(other, "/Sent Items")) == 1
        assert [b"88888" in read(other, f"/Contacts/{name}") for name in names_in(other, "/Contacts")] == [True]
