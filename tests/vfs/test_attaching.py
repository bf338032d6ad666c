"""Attachment folders written to: what becomes of the item on the server, and what every machine sees."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ewsfs.ews.attachments import FileAttachment, ItemAttachment
from ewsfs.ews.items import CalendarItem, Contact, Task
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from ewsfs.vfs.attached.attaching import AttachmentWriter
from ewsfs.vfs.model import Attachment
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode, ItemNode
from ewsfs.vfs.remote import ItemChanges
from tests.vfs.conftest import MAIL, Open, make_account, names_in, opener, read, refused, write

NAME = "/Inbox/letter.eml"
FOLDER = "/Inbox/letter.attachments"


class Attaching:
    """A filesystem and a writer of attachments over it, as the filesystem itself will use one."""

    def __init__(self, fs: FileSystem, hold: float = 3600.0) -> None:
        self.fs = fs
        self.writer = AttachmentWriter(fs._remote, fs._catalog, fs._attachments, fs._veils, hold)

    def folder(self, path: str = FOLDER) -> AttachmentsNode:
        node = self.fs._paths.resolve(path)
        assert isinstance(node, AttachmentsNode)
        return node

    def item(self, path: str = NAME) -> ItemNode:
        node = self.fs._paths.resolve(path)
        assert isinstance(node, ItemNode)
        return node

    def file(self, name: str, path: str = FOLDER) -> AttachmentNode:
        node = self.fs._paths.resolve(f"{path}/{name}")
        assert isinstance(node, AttachmentNode)
        return node

    def mkdir(self, path: str = NAME) -> None:
        node = self.item(path)
        self.writer.make_folder(node.folder_id, node.entry)

    def put(self, name: str, data: bytes, *, path: str = FOLDER, upload_id: str | None = None) -> Attachment:
        return self.writer.put(self.folder(path), name, io.BytesIO(data), upload_id=upload_id or uuid.uuid4().hex)

    def remove(self, name: str) -> None:
        self.writer.remove(self.file(name))

    def shown(self, path: str = FOLDER) -> dict[str, bytes]:
        return {n: read(self.fs, f"{path}/{n}") for n, is_directory in self.fs.readdir(path) if not is_directory}


@pytest.fixture
def at(fs: FileSystem) -> Iterator[Attaching]:
    """A letter without attachments, its attachment folder made."""
    write(fs, NAME, MAIL)
    attaching = Attaching(fs)
    attaching.mkdir()
    yield attaching
    attaching.writer.close()


def on_server(sandbox: Sandbox) -> list[tuple[str, bytes | None]]:
    """Name and bytes of what is attached to the first item, as the server has it; no bytes of an attached item."""
    item = next(iter(make_account(sandbox).inbox.all()))
    return [
        (a.name or "", a.content if isinstance(a, FileAttachment) else None)
        for a in item.attachments or ()
        if isinstance(a, (FileAttachment, ItemAttachment))
    ]


# -- copying in --------------------------------------------------------------------------------------


def test_a_file_copied_in_is_attached_and_every_machine_reads_it(
    sandbox: Sandbox, at: Attaching, open_fs: Open
) -> None:
    at.put("figures.xlsx", b"PK\x03\x04 figures")
    assert on_server(sandbox) == [("figures.xlsx", b"PK\x03\x04 figures")]
    assert at.shown() == {"figures.xlsx": b"PK\x03\x04 figures"}
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == ["letter.attachments", "letter.eml"]
    assert names_in(other, FOLDER) == ["figures.xlsx"]
    assert read(other, f"{FOLDER}/figures.xlsx") == b"PK\x03\x04 figures"


def test_what_was_copied_in_reads_back_without_a_request(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"hello")
    sandbox.calls.reset()
    assert at.shown() == {"a.txt": b"hello"}
    assert not {"GetAttachment", "GetItem"} & set(sandbox.calls.as_dict())


def test_the_same_file_again_is_no_request(sandbox: Sandbox, at: Attaching) -> None:
    first = at.put("a.txt", b"hello")
    sandbox.calls.reset()
    assert at.put("a.txt", b"hello") == first
    assert sandbox.calls.total() == 0


def test_the_same_name_with_other_bytes_replaces(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    at.put("b.txt", b"two")
    at.put("a.txt", b"three")
    assert sorted(on_server(sandbox)) == [("a.txt", b"three"), ("b.txt", b"two")]
    assert at.shown() == {"a.txt": b"three", "b.txt": b"two"}
    assert Attaching(open_fs("other machine")).shown() == {"a.txt": b"three", "b.txt": b"two"}


def test_what_replaces_is_made_before_the_old_one_goes(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    sandbox.faults.add("CreateAttachment:busy-fault:ms=0")
    with pytest.raises(VfsError):
        at.put("a.txt", b"two")
    sandbox.faults.clear()
    assert on_server(sandbox) == [("a.txt", b"one")]
    assert at.shown() == {"a.txt": b"one"}


def test_the_message_is_read_anew_and_holds_the_attachment(at: Attaching) -> None:
    before = at.item().entry.change_key
    at.put("a.txt", b"hello")
    assert at.item().entry.change_key != before
    assert b"a.txt" in read(at.fs, NAME)


def test_the_message_stays_as_it_was_written_when_nothing_is_changed(at: Attaching) -> None:
    assert at.shown() == {}
    assert read(at.fs, NAME) == MAIL


def test_the_size_of_the_message_is_never_told_too_small(at: Attaching) -> None:
    at.put("random.bin", bytes(range(256)) * 400)
    told = at.fs.getattr(NAME).size
    assert told >= len(read(at.fs, NAME))


# -- removing ----------------------------------------------------------------------------------------


def test_a_removed_attachment_is_hidden_at_once_and_goes_later(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.put("b.txt", b"two")
    sandbox.calls.reset()
    at.remove("a.txt")
    assert sandbox.calls.total() == 0
    assert at.shown() == {"b.txt": b"two"}
    with refused(errno.ENOENT):
        at.fs.getattr(f"{FOLDER}/a.txt")
    assert len(on_server(sandbox)) == 2
    at.writer.flush()
    assert on_server(sandbox) == [("b.txt", b"two")]
    assert at.shown() == {"b.txt": b"two"}
    sandbox.calls.reset()
    at.writer.flush()
    assert sandbox.calls.total() == 0


def test_removals_are_carried_out_by_themselves(sandbox: Sandbox, fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    at = Attaching(fs, hold=0.0)
    at.mkdir()
    at.put("a.txt", b"one")
    gone = threading.Event()
    detach = fs._remote.detach

    def watched(attachment_ids: Sequence[str]) -> list[str | VfsError]:
        try:
            return detach(attachment_ids)
        finally:
            gone.set()

    fs._remote.detach = watched  # type: ignore[method-assign]
    at.remove("a.txt")
    assert gone.wait(30)
    at.writer.close()
    assert on_server(sandbox) == []


def test_put_back_the_same_in_time_nothing_is_sent(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.writer.flush()
    at.remove("a.txt")
    sandbox.calls.reset()
    at.put("a.txt", b"one")
    at.writer.flush()
    assert sandbox.calls.total() == 0
    assert at.shown() == {"a.txt": b"one"}
    assert on_server(sandbox) == [("a.txt", b"one")]


def test_put_back_with_other_bytes_it_is_the_new_one(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.put("a.txt", b"two")
    assert at.shown() == {"a.txt": b"two"}
    at.writer.flush()
    assert on_server(sandbox) == [("a.txt", b"two")]
    assert at.shown() == {"a.txt": b"two"}


def test_the_item_gone_nothing_is_removed_from_it(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.writer.remove_folder(at.folder())
    at.writer.forget(at.item().entry.id)
    at.fs.unlink(NAME)
    at.writer.flush()
    assert sandbox.calls.count("DeleteAttachment") == 0
    assert Attaching(open_fs("other machine")).shown("/Deleted Items/letter.attachments") == {"a.txt": b"one"}


def test_an_attachment_that_came_with_its_message_can_be_removed(
    sandbox: Sandbox, fs: FileSystem, open_fs: Open
) -> None:
    write(fs, NAME, WITH_TWO)
    at = Attaching(fs)
    assert at.shown() == {"one.txt": b"1", "two.txt": b"2"}
    at.remove("one.txt")
    assert at.shown() == {"two.txt": b"2"}
    at.writer.close()
    assert on_server(sandbox) == [("two.txt", b"2")]
    assert at.shown() == {"two.txt": b"2"}
    assert b"one.txt" not in read(fs, NAME)


WITH_TWO = (
    MAIL.split(b"Content-Type")[0]
    + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    + b"--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
    + b'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="one.txt"\r\n\r\n1\r\n'
    + b'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="two.txt"\r\n\r\n2\r\n'
    + b"--b--\r\n"
)


# -- names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        ".profile",
        "Grüße – 日本.txt",
        "a" * 251 + ".txt",
        "x" * 250 + ".eml",
        "two  spaces .txt",
        " leading.txt",
        '100% & <more>; it\'s "so".txt',
        "back\\slash.txt",
        "no extension",
        "Thumbs.db",
        "e\u0301.txt",
    ],
)
def test_a_name_is_kept_exactly_on_every_machine(at: Attaching, open_fs: Open, name: str) -> None:
    at.put(name, b"hello")
    assert names_in(at.fs, FOLDER) == [name]
    other = open_fs("other machine")
    assert names_in(other, FOLDER) == [name]
    assert read(other, f"{FOLDER}/{name}") == b"hello"
    third = open_fs("third machine")
    read(third, NAME)
    assert names_in(third, FOLDER) == [name]


@pytest.mark.parametrize(("name", "number"), [("a\nb", errno.EINVAL), ("x" * 256, errno.ENAMETOOLONG)])
def test_a_name_that_cannot_be_kept_is_refused(sandbox: Sandbox, at: Attaching, name: str, number: int) -> None:
    sandbox.calls.reset()
    with refused(number):
        at.put(name, b"hello")
    assert sandbox.calls.total() == 0


def test_the_others_keep_their_names(at: Attaching, open_fs: Open, fs: FileSystem) -> None:
    write(fs, "/Inbox/twins.eml", WITH_TWO.replace(b"two.txt", b"one.txt").replace(b"Greetings", b"Twins"))
    folder = "/Inbox/twins.attachments"
    first, second = (name for name, _ in fs.readdir(folder))
    at.writer.remove(at.file(first, folder))
    at.writer.flush()
    assert at.shown(folder) == {second: b"2"}
    at.put("three.txt", b"3", path=folder)
    assert at.shown(folder) == {second: b"2", "three.txt": b"3"}
    read(fs, "/Inbox/twins.eml")
    assert at.shown(folder) == {second: b"2", "three.txt": b"3"}
    fs._catalog.expire(at.folder(folder).folder_id)
    assert names_in(fs, folder) == sorted([second, "three.txt"])


def test_the_decomposed_form_of_a_shown_name_is_that_name(sandbox: Sandbox, fs: FileSystem) -> None:
    write(fs, NAME, WITH_TWO.replace(b'filename="one.txt"', b"filename*=utf-8''%C3%A9.txt"))
    at = Attaching(fs)
    assert "é.txt" in at.shown()
    at.put("e\u0301.txt", b"new")
    assert sorted(at.shown().items()) == [("two.txt", b"2"), ("é.txt", b"new")]


def test_with_the_server_out_of_reach_the_message_tells_what_is_attached(
    sandbox: Sandbox, at: Attaching, open_fs: Open
) -> None:
    at.put("a.txt", b"one")
    other = Attaching(open_fs("other machine", ttl=3600.0))
    read(other.fs, NAME)
    sandbox.faults.add("GetItem:drop")
    assert other.shown() == {"a.txt": b"one"}


def test_names_that_differ_in_case_stay_over_remounts(at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    at.put("A.txt", b"two")
    at.writer.close()
    at.fs.close()
    assert Attaching(open_fs()).shown() == {"a.txt": b"one", "A.txt": b"two"}


# -- renaming ----------------------------------------------------------------------------------------


def test_mv_inside_the_folder(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    at.writer.rename(at.file("a.txt"), "b.txt")
    assert at.shown() == {"b.txt": b"one"}
    assert on_server(sandbox) == [("b.txt", b"one")]
    assert Attaching(open_fs("other machine")).shown() == {"b.txt": b"one"}


@pytest.mark.parametrize("there", [b"one", b"two"], ids=["equal", "different"])
def test_mv_over_another_one(sandbox: Sandbox, at: Attaching, there: bytes) -> None:
    at.put("a.txt", b"one")
    at.put("b.txt", there)
    at.writer.rename(at.file("a.txt"), "b.txt")
    assert at.shown() == {"b.txt": b"one"}
    assert on_server(sandbox) == [("b.txt", b"one")]


def test_mv_to_its_own_name_is_nothing(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    sandbox.calls.reset()
    at.writer.rename(at.file("a.txt"), "a.txt")
    assert sandbox.calls.total() == 0


def test_mv_of_one_that_came_with_its_message(sandbox: Sandbox, fs: FileSystem) -> None:
    write(fs, NAME, WITH_TWO)
    at = Attaching(fs)
    at.writer.rename(at.file("one.txt"), "two.txt")
    assert at.shown() == {"two.txt": b"1"}
    assert on_server(sandbox) == [("two.txt", b"1")]


# -- directories -------------------------------------------------------------------------------------


def test_mkdir_shows_an_empty_directory_until_it_is_removed(sandbox: Sandbox, at: Attaching) -> None:
    assert names_in(at.fs, "/Inbox") == ["letter.attachments", "letter.eml"]
    assert names_in(at.fs, FOLDER) == []
    with refused(errno.EEXIST):
        at.mkdir()
    at.fs._catalog.expire(at.item().folder_id)
    assert names_in(at.fs, "/Inbox") == ["letter.attachments", "letter.eml"]
    at.writer.remove_folder(at.folder())
    assert names_in(at.fs, "/Inbox") == ["letter.eml"]
    with refused(errno.ENOENT):
        at.folder()


def test_an_empty_directory_is_there_until_the_mount_ends(at: Attaching, open_fs: Open) -> None:
    at.writer.close()
    at.fs.close()
    assert names_in(open_fs(), "/Inbox") == ["letter.eml"]


def test_an_empty_directory_left_by_a_killed_mount_goes_when_somebody_looks(fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    Attaching(fs).mkdir()
    fs.close()
    again = open_fs()
    assert names_in(again, FOLDER) == []
    assert names_in(again, "/Inbox") == ["letter.eml"]


def test_rmdir_only_when_all_is_removed(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    with refused(errno.ENOTEMPTY):
        at.writer.remove_folder(at.folder())
    at.remove("a.txt")
    assert names_in(at.fs, FOLDER) == []
    at.writer.remove_folder(at.folder())
    assert names_in(at.fs, "/Inbox") == ["letter.eml"]
    at.fs._catalog.expire(at.item().folder_id)
    assert names_in(at.fs, "/Inbox") == ["letter.eml"]
    at.writer.flush()
    assert on_server(sandbox) == []
    at.fs._catalog.expire(at.item().folder_id)
    assert names_in(at.fs, "/Inbox") == ["letter.eml"]


def test_the_directory_stays_when_the_last_one_is_removed(at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.writer.flush()
    at.fs._catalog.expire(at.item().folder_id)
    assert names_in(at.fs, "/Inbox") == ["letter.attachments", "letter.eml"]
    assert names_in(at.fs, FOLDER) == []
    at.put("b.txt", b"two")
    assert at.shown() == {"b.txt": b"two"}


def test_a_directory_made_again_is_empty(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.writer.remove_folder(at.folder())
    at.mkdir()
    assert names_in(at.fs, FOLDER) == []
    at.put("b.txt", b"two")
    at.writer.flush()
    assert on_server(sandbox) == [("b.txt", b"two")]
    assert at.shown() == {"b.txt": b"two"}


def test_forget_and_the_item_stays_all_is_shown_again(at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.writer.forget(at.item().entry.id)
    assert at.shown() == {"a.txt": b"one"}


# -- attached messages -------------------------------------------------------------------------------


def test_a_message_is_attached_as_one_where_it_keeps_its_name(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("Greetings.eml", WITH_TWO)
    assert on_server(sandbox) == [("Greetings", None)]
    assert names_in(at.fs, FOLDER) == ["Greetings.attachments", "Greetings.eml"]
    assert read(at.fs, f"{FOLDER}/Greetings.eml") == WITH_TWO
    assert at.shown(f"{FOLDER}/Greetings.attachments") == {"one.txt": b"1", "two.txt": b"2"}
    other = open_fs("other machine")
    assert names_in(other, FOLDER) == ["Greetings.attachments", "Greetings.eml"]
    assert Attaching(other).shown(f"{FOLDER}/Greetings.attachments") == {"one.txt": b"1", "two.txt": b"2"}
    sandbox.calls.reset()
    at.put("Greetings.eml", WITH_TWO)
    assert sandbox.calls.total() == 0


@pytest.mark.parametrize("data", [MAIL, b"no message at all", b""], ids=["other subject", "broken", "empty"])
def test_any_other_message_is_attached_as_a_file(sandbox: Sandbox, at: Attaching, open_fs: Open, data: bytes) -> None:
    at.put("note.eml", data)
    assert on_server(sandbox) == [("note.eml", data)]
    for machine in (at.fs, open_fs("other machine")):
        assert names_in(machine, FOLDER) == ["note.eml"]
        assert read(machine, f"{FOLDER}/note.eml") == data
    third = open_fs("third machine")
    read(third, NAME)
    assert names_in(third, FOLDER) == ["note.eml"]


def test_what_is_attached_to_an_attached_message_is_read_only(at: Attaching) -> None:
    at.put("Greetings.eml", WITH_TWO)
    inner = f"{FOLDER}/Greetings.attachments"
    with refused(errno.EROFS):
        at.put("x.txt", b"x", path=inner)
    with refused(errno.EROFS):
        at.writer.rename(at.file("one.txt", inner), "x.txt")


def test_an_attached_message_is_removed_with_its_own_directory(sandbox: Sandbox, at: Attaching) -> None:
    at.put("Greetings.eml", WITH_TWO)
    at.put("a.txt", b"one")
    at.remove("Greetings.eml")
    assert names_in(at.fs, FOLDER) == ["a.txt"]
    with refused(errno.ENOENT):
        at.folder(f"{FOLDER}/Greetings.attachments")
    at.writer.flush()
    assert on_server(sandbox) == [("a.txt", b"one")]


# -- other kinds of items ----------------------------------------------------------------------------


def test_events_contacts_and_tasks_have_attachments(sandbox: Sandbox, fs: FileSystem, open_fs: Open) -> None:
    account = make_account(sandbox)
    photo = FileAttachment(name="ContactPicture.jpg", content=b"\xff\xd8\xff", is_contact_photo=True)
    start = datetime(2026, 3, 5, 10, tzinfo=timezone.utc)
    event = CalendarItem(account=account, folder=account.calendar, subject="Sync", start=start, end=start)
    contact = Contact(account=account, folder=account.contacts, display_name="Ada", file_as="Ada", attachments=[photo])
    task = Task(account=account, folder=account.tasks, subject="Taxes")
    for item in (event, contact, task):
        item.save()
    at = Attaching(fs)
    other = Attaching(open_fs("other machine"))
    for path, extension in (
        ("/Calendar/2026-03-05 1000 Sync", "ics"),
        ("/Contacts/Ada", "vcf"),
        ("/Tasks/Taxes", "ics"),
    ):
        if names_in(fs, path.rpartition("/")[0]) == [f"{path.rpartition('/')[2]}.{extension}"]:
            at.mkdir(f"{path}.{extension}")
        at.put("a.txt", b"one", path=f"{path}.attachments")
        assert at.shown(f"{path}.attachments") == {"a.txt": b"one"}
        assert other.shown(f"{path}.attachments") == {"a.txt": b"one"}
        assert fs.getattr(f"{path}.{extension}").size == len(read(fs, f"{path}.{extension}"))
        at.writer.remove(at.file("a.txt", f"{path}.attachments"))
    at.writer.close()
    assert b"/9j/" in read(fs, "/Contacts/Ada.vcf")  # the picture is still there: ff d8 ff in base64


# -- trouble on the way ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop", "drop-after", "cut"])
@pytest.mark.parametrize(("name", "data"), [("a.txt", b"two"), ("Greetings.eml", MAIL)])
def test_a_connection_lost_in_mid_request_attaches_once(
    sandbox: Sandbox, at: Attaching, kind: str, name: str, data: bytes
) -> None:
    at.put(name, b"one")
    sandbox.faults.add(f"CreateAttachment:{kind}:1")
    at.put(name, data)
    assert at.shown() == {name: data}
    assert len(on_server(sandbox)) == 1


@pytest.mark.parametrize("kind", ["drop", "drop-after", "cut"])
def test_a_connection_lost_while_removing(sandbox: Sandbox, at: Attaching, kind: str) -> None:
    at.put("a.txt", b"one")
    at.put("b.txt", b"two")
    at.remove("a.txt")
    sandbox.faults.add(f"DeleteAttachment:{kind}:1")
    at.writer.flush()
    assert at.shown() == {"b.txt": b"two"}
    at.writer.flush()
    assert on_server(sandbox) == [("b.txt", b"two")]
    assert at.shown() == {"b.txt": b"two"}


def test_what_was_attached_before_a_crash_is_not_attached_again(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    sandbox.faults.add("CreateAttachment:drop-after")
    sandbox.faults.add("GetItem:busy-fault:ms=0")
    with pytest.raises(VfsError):
        at.put("a.txt", b"two", upload_id="u1")
    sandbox.faults.clear()
    assert len(on_server(sandbox)) == 2  # made, and the old one is still there
    at.fs.close()
    again = Attaching(open_fs())
    made = again.put("a.txt", b"two", upload_id="u1")
    assert made.name == "a.txt"
    assert again.shown() == {"a.txt": b"two"}
    assert on_server(sandbox) == [("a.txt", b"two")]


def test_a_removal_that_is_refused_shows_the_attachment_again(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")

    def refusing(attachment_ids: Sequence[str]) -> list[str | VfsError]:
        return [VfsError(errno.EACCES, "not yours")] * len(attachment_ids)

    at.fs._remote.detach = refusing  # type: ignore[method-assign]
    at.writer.flush()
    assert at.shown() == {"a.txt": b"one"}


def test_somebody_else_removed_it_meanwhile(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    at.put("b.txt", b"two")
    other = Attaching(open_fs("other machine"))
    other.remove("a.txt")
    at.remove("a.txt")
    other.writer.close()
    at.writer.flush()
    assert at.shown() == {"b.txt": b"two"}
    assert on_server(sandbox) == [("b.txt", b"two")]


def test_two_machines_attach_to_the_same_message(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    other = Attaching(open_fs("other machine"))
    other.put("b.txt", b"two")
    at.put("c.txt", b"three")
    at.writer.flush()
    assert at.shown() == {"a.txt": b"one", "b.txt": b"two", "c.txt": b"three"}
    assert sorted(on_server(sandbox)) == [("a.txt", b"one"), ("b.txt", b"two"), ("c.txt", b"three")]


def test_the_item_is_gone(at: Attaching, open_fs: Open) -> None:
    folder = at.folder()
    open_fs("other machine").unlink(NAME)
    with refused(errno.ENOENT):
        at.writer.put(folder, "a.txt", io.BytesIO(b"one"), upload_id="u1")


def test_a_sync_under_way_does_not_undo_a_change(at: Attaching) -> None:
    """The answer of a sync that was asked for before a change arrives after it."""
    folder_id = at.item().folder_id
    sync_items = at.fs._remote.sync_items

    def late(folder_id: str, sync_state: str) -> ItemChanges:
        answer = sync_items(folder_id, sync_state)
        at.put("a.txt", b"one")
        return answer

    at.fs._catalog.expire(folder_id)
    at.fs._catalog.refresh(folder_id)
    at.fs._remote.sync_items = late  # type: ignore[method-assign]
    at.fs._catalog.expire(folder_id)
    at.fs._catalog.refresh(folder_id)
    at.fs._remote.sync_items = sync_items  # type: ignore[method-assign]
    assert at.shown() == {"a.txt": b"one"}


def test_many_at_once_are_all_attached(sandbox: Sandbox, at: Attaching) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: at.put(f"{n}.txt", b"%d" % n), range(16)))
    assert sorted(on_server(sandbox)) == sorted((f"{n}.txt", b"%d" % n) for n in range(16))
    assert at.shown() == {f"{n}.txt": b"%d" % n for n in range(16)}


PROGRAM = """
import sys
from datetime import timezone
from pathlib import Path
from ewsfs.ews import DELEGATE, Account, Configuration, Credentials
from ewsfs.vfs import Settings, open_filesystem
from ewsfs.vfs.attached.attaching import AttachmentWriter
from tests.memory import most_held

endpoint, address, cache, large = sys.argv[1:]

def make_account():
    config = Configuration(service_endpoint=endpoint, credentials=Credentials(address, "secret"), auth_type="basic")
    return Account(primary_smtp_address=address, config=config, autodiscover=False, access_type=DELEGATE)

fs = open_filesystem(make_account, Settings(address, Path(cache), timezone=timezone.utc))
writer = AttachmentWriter(fs._remote, fs._catalog, fs._attachments, fs._veils)
[name] = [name for name, is_directory in fs.readdir("/Inbox") if not is_directory]
item = fs._paths.resolve("/Inbox/" + name)
writer.make_folder(item.folder_id, item.entry)
folder = "/Inbox/" + name.removesuffix(".eml") + ".attachments"
before = most_held()
with open(large, "rb") as data:
    made = writer.put(fs._paths.resolve(folder), "large.bin", data, upload_id="u1")
fs._store.drop("\\0" + made.remote_id, "")
handle = fs.open(folder + "/large.bin", 0)
assert handle.size() == Path(large).stat().st_size
handle.release()
print(most_held() - before)
"""


def test_a_large_file_is_never_in_memory(sandbox: Sandbox, fs: FileSystem, tmp_path: Path) -> None:
    write(fs, NAME, MAIL)
    large = tmp_path / "large"
    with open(large, "wb") as file:
        for n in range(48):
            file.write(bytes([n]) * (1 << 20))
    arguments = [sandbox.endpoint, sandbox.address("ada"), str(tmp_path / "other"), str(large)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 24 << 20


# -- any sequence of changes -------------------------------------------------------------------------

_FILES = st.sampled_from(["a.txt", "b.txt", "A.txt", ".hidden", "Greetings.eml", "note.eml", "é  x.dat"])
_BYTES = st.sampled_from([b"", b"one", b"two", b"three" * 1000, MAIL, WITH_TWO])


class AnySequence(RuleBasedStateMachine):
    """An attachment folder beside a dict that does the same, and at the end what the server and another machine say."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        self.sandbox = self.stack.enter_context(Sandbox(users={"ada": "secret"}))
        self.open_fs = self.stack.enter_context(opener(self.sandbox, folder))
        fs = self.open_fs(ttl=0.0)
        write(fs, NAME, WITH_TWO)
        self.at = Attaching(fs)
        self.model = {"one.txt": b"1", "two.txt": b"2"}
        self.is_there = True

    @precondition(lambda self: self.is_there)
    @rule(name=_FILES, data=_BYTES)
    def put(self, name: str, data: bytes) -> None:
        self.at.put(name, data)
        self.model[name] = data

    @precondition(lambda self: self.is_there)
    @rule(name=_FILES, data=_BYTES, kind=st.sampled_from(["drop", "drop-after", "cut"]))
    def put_over_a_bad_line(self, name: str, data: bytes, kind: str) -> None:
        self.sandbox.faults.add(f"CreateAttachment:{kind}:1,DeleteAttachment:{kind}:1")
        self.at.put(name, data)
        self.sandbox.faults.clear()
        self.model[name] = data

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.model)))
        self.at.remove(name)
        del self.model[name]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), new=_FILES)
    def rename(self, data: st.DataObject, new: str) -> None:
        old = data.draw(st.sampled_from(sorted(self.model)))
        self.at.writer.rename(self.at.file(old), new)
        self.model[new] = self.model.pop(old)

    @precondition(lambda self: self.is_there and not self.model)
    @rule()
    def rmdir(self) -> None:
        self.at.writer.remove_folder(self.at.folder())
        self.is_there = False

    @precondition(lambda self: not self.is_there)
    @rule()
    def mkdir(self) -> None:
        self.at.mkdir()
        self.is_there = True

    @precondition(lambda self: self.is_there)
    @rule(n=st.integers(0, 99))
    def somebody_else_puts(self, n: int) -> None:
        # What was removed here and is held back is there still for others: the same put there is no change, and goes.
        self.at.writer.flush()
        other = Attaching(self.open_fs("other machine", ttl=0.0))
        if "letter.attachments" not in names_in(other.fs, "/Inbox"):
            other.mkdir()
        other.put(f"other {n}.txt", b"%d" % n)
        other.writer.close()
        other.fs.close()
        self.model[f"other {n}.txt"] = b"%d" % n

    @rule()
    def read_the_message(self) -> None:
        read(self.at.fs, NAME)

    @rule()
    def time_passes(self) -> None:
        self.at.writer.flush()

    @rule()
    def remount(self) -> None:
        self.at.writer.close()
        self.at.fs.close()
        self.at = Attaching(self.open_fs(ttl=0.0))
        self.is_there = bool(self.model)

    @invariant()
    def the_folder_is_as_it_should_be(self) -> None:
        assert ("letter.attachments" in names_in(self.at.fs, "/Inbox")) == self.is_there
        if self.is_there:
            assert self.at.shown() == self.model

    def teardown(self) -> None:
        try:
            self.at.writer.close()
            files = {n: d for n, d in on_server(self.sandbox) if d is not None}
            assert files == {n: d for n, d in self.model.items() if n in files}
            assert len(on_server(self.sandbox)) == len(self.model)
            other = self.open_fs("third machine")
            if self.model:
                assert len(names_in(other, FOLDER)) >= len(self.model)
        finally:
            self.stack.close()


AnySequence.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
TestAnySequence = AnySequence.TestCase
