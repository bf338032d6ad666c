"""Attachment folders written to: what becomes of the item on the server, and what every machine sees."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from ewsfs.ews.attachments import FileAttachment
from ewsfs.ews.items import CalendarItem, Contact, Task
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from tests.vfs.attaching import FOLDER, NAME, WITH_TWO, Attaching, on_server, to_a_letter
from tests.vfs.conftest import MAIL, Open, make_account, names_in, read, refused, write


@pytest.fixture
def at(fs: FileSystem) -> Iterator[Attaching]:
    with to_a_letter(fs) as attaching:
        yield attaching


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
