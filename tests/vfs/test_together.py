"""Files written in write-back: new messages of one folder are one request, and none is lost or there twice."""

from __future__ import annotations

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.vfs.conftest import MAIL, Open, names_in, read, write
from tests.vfs.deeds import CONTACT

MAILS = {f"letter {number:02}.eml": MAIL.replace(b"Greetings", b"Letter %d" % number) for number in range(12)}


@pytest.fixture
def fs(open_fs: Open, sandbox: Sandbox) -> FileSystem:
    opened = open_fs(write_back=True, write_back_seconds=3600.0, retry_seconds=3600.0)
    names_in(opened, "/Inbox")
    return opened


def write_all(fs: FileSystem) -> None:
    for name, data in MAILS.items():
        write(fs, f"/Inbox/{name}", data)


def all_there(open_fs: Open) -> bool:
    other = open_fs("other machine")
    found = {name: read(other, f"/Inbox/{name}") for name in names_in(other, "/Inbox")}
    return found == MAILS and not names_in(other, "/Deleted Items")


def test_many_new_messages_are_one_request(fs: FileSystem, sandbox: Sandbox, open_fs: Open) -> None:
    write_all(fs)
    assert sandbox.calls.count("CreateItem") == 0
    fs.close()
    assert sandbox.calls.count("CreateItem") == 1
    assert all_there(open_fs)


def test_another_kind_and_another_folder_go_their_own_way(fs: FileSystem, sandbox: Sandbox, open_fs: Open) -> None:
    write_all(fs)
    write(fs, "/Contacts/carol.vcf", CONTACT)
    for name in ("one.eml", "two.eml"):
        write(fs, f"/Drafts/{name}", MAIL)
    fs.close()
    assert sandbox.calls.count("CreateItem") == 3
    other = open_fs("third")
    assert names_in(other, "/Contacts") == ["carol.vcf"]
    assert names_in(other, "/Drafts") == ["one.eml", "two.eml"]
    assert all_there(open_fs)


def test_what_was_removed_before_it_went_never_goes(fs: FileSystem, open_fs: Open) -> None:
    write_all(fs)
    write(fs, "/Inbox/mistake.eml", MAIL)
    fs.unlink("/Inbox/mistake.eml")
    fs.close()
    assert all_there(open_fs)


@pytest.mark.parametrize(
    "fault",
    ["drop", "drop-after", "cut", "busy:1:from=7:ms=0", "ErrorItemSave:1:from=7", "503:1:ms=0", "ErrorItemSave:1"],
)
def test_a_fault_loses_and_doubles_nothing(fs: FileSystem, sandbox: Sandbox, open_fs: Open, fault: str) -> None:
    write_all(fs)
    kind, *rest = fault.split(":")
    sandbox.faults.add(":".join(["CreateItem", kind, *(rest or ["1"])]))
    fs.close()
    assert all_there(open_fs)
