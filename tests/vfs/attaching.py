"""A letter with an attachment folder, written to as the filesystem itself does it: for the tests of `attaching`."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from ewsfs.ews.attachments import FileAttachment, ItemAttachment
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from ewsfs.vfs.attached.attaching import AttachmentWriter
from ewsfs.vfs.model import Attachment
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode, ItemNode
from tests.vfs.conftest import MAIL, make_account, read, write

NAME = "/Inbox/letter.eml"
FOLDER = "/Inbox/letter.attachments"
WITH_TWO = (
    MAIL.split(b"Content-Type")[0]
    + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    + b"--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
    + b'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="one.txt"\r\n\r\n1\r\n'
    + b'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="two.txt"\r\n\r\n2\r\n'
    + b"--b--\r\n"
)


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


@contextmanager
def to_a_letter(fs: FileSystem) -> Iterator[Attaching]:
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
