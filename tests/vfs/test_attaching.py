"""Attachment folders written to: what becomes of the item on the server, and what every machine sees."""

from __future__ import annotations

import errno
import io
import threading
import uuid
from collections.abc import Iterator

import pytest

from ewsfs.ews.attachments import FileAttachment, ItemAttachment
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from ewsfs.vfs.attaching import AttachmentWriter
from ewsfs.vfs.model import Attachment
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode, ItemNode
from tests.vfs.conftest import MAIL, Open, make_account, names_in, read, refused, write

NAME = "/Inbox/letter.eml"
FOLDER = "/Inbox/letter.attachments"


class Attaching:
    """A filesystem and a writer of attachments over it, as the filesystem itself will use one."""

    def __init__(self, fs: FileSystem, hold: float = 3600.0) -> None:
        self.fs = fs
        self.writer = AttachmentWriter(fs._remote, fs._catalog, fs._attachments, hold)

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

    def watched(ids: list[str]) -> list[str | VfsError]:
        try:
            return detach(ids)
        finally:
            gone.set()

    fs._remote.detach = watched  # type: ignore[method-assign, assignment]
    at.remove("a.txt")
    assert gone.wait(30)
    at.writer.close()
    assert on_server(sandbox) == []


def test_put_back_the_same_in_time_nothing_is_sent(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
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
