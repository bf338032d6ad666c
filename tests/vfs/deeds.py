"""What programs do to files, for processes that die while they do it (see `dying`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from ewsfs.vfs import FileSystem
from tests.memory import most_held
from tests.vfs.conftest import MAIL
from tests.vfs.dying import Deed

NEW = MAIL.replace(b"a letter", b"another letter")
CONTACT = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob Builder\r\nN:Builder;Bob;;;\r\nTEL;TYPE=work:77777\r\nEND:VCARD\r\n"
NEW_CONTACT = CONTACT.replace(b"77777", b"88888")
_EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1@example.test\r\n"
    "DTSTAMP:20260301T000000Z\r\nDTSTART:20260302T091500Z\r\nDTEND:20260302T093000Z\r\nSUMMARY:{summary}\r\n"
    "{more}END:VEVENT\r\n{others}END:VCALENDAR\r\n"
)
EVENT = _EVENT.format(summary="Standup", more="", others="").encode()
NEW_EVENT = EVENT.replace(b"Standup", b"Sit-down")
SERIES = _EVENT.format(
    summary="Standup",
    more="RRULE:FREQ=DAILY;COUNT=5\r\nEXDATE:20260304T091500Z\r\n",
    others="BEGIN:VEVENT\r\nUID:1@example.test\r\nDTSTAMP:20260301T000000Z\r\nRECURRENCE-ID:20260303T091500Z\r\n"
    "DTSTART:20260303T101500Z\r\nDTEND:20260303T103000Z\r\nSUMMARY:Sit-down\r\nEND:VEVENT\r\n",
).encode()
DOCUMENT = b"one\n" * 5000
NEW_DOCUMENT = b"two and three\n" * 3000

TO_WRITE, TO_MOVE = ["new 1.eml", "new 2.eml"], ["old 1.eml", "old 2.eml"]

LARGE = 16 << 20  # bytes
LARGE_HEAD = b"Subject: large\r\nContent-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n\r\n"
_LINES = (b"A" * 76 + b"\r\n") * 13443

Tell = Callable[[], None]


def write(fs: FileSystem, path: str, data: bytes, tell: Tell = lambda: None) -> None:
    """A new file, or one that is there, written in two pieces."""
    handle = fs.create(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    half = len(data) // 2
    handle.write(data[:half], 0)
    handle.write(data[half:], half)
    tell()
    handle.flush()
    handle.release()


def _put(path: str, data: bytes, fs: FileSystem, tell: Tell) -> None:
    write(fs, path, data, tell)


def _nothing(fs: FileSystem) -> None:
    for folder in ("/Inbox", "/Contacts", "/Calendar"):
        list(fs.readdir(folder))


def _has(path: str, data: bytes, fs: FileSystem) -> None:
    write(fs, path, data)


def _has_attachment(data: bytes | None, fs: FileSystem) -> None:
    write(fs, "/Inbox/letter.eml", MAIL)
    fs.mkdir("/Inbox/letter.attachments")
    if data is not None:
        write(fs, "/Inbox/letter.attachments/notes.txt", data)


def _beside_and_rename(path: str, data: bytes, fs: FileSystem, tell: Tell) -> None:
    folder, _, name = path.rpartition("/")
    beside = f"{folder}/.{name}.a1B2c3"
    write(fs, beside, data, tell)
    fs.rename(beside, path)


def _backup_and_write(path: str, data: bytes, fs: FileSystem, tell: Tell) -> None:
    fs.rename(path, f"{path}~")
    write(fs, path, data, tell)
    fs.unlink(f"{path}~")


def _move(fs: FileSystem, tell: Tell) -> None:
    fs.rename("/Inbox/letter.eml", "/Drafts/moved.eml")


def _rename(fs: FileSystem, tell: Tell) -> None:
    fs.rename("/Inbox/letter.eml", "/Inbox/moved.eml")


def _remove(fs: FileSystem, tell: Tell) -> None:
    fs.unlink("/Inbox/letter.eml")


def _has_two(fs: FileSystem) -> None:
    inbox = fs._catalog.tree.by_distinguished("inbox")
    assert inbox is not None
    for name in TO_MOVE:
        fs._remote.create_message(inbox.id, MAIL, given_name=name, upload_id=name, received=None)
    for folder in ("/Inbox", "/Drafts"):
        list(fs.readdir(folder))


def _write_and_move(fs: FileSystem, tell: Tell) -> None:
    for name in TO_WRITE:
        write(fs, f"/Inbox/{name}", NEW)
    for name in TO_MOVE:
        fs.rename(f"/Inbox/{name}", f"/Drafts/{name}")
    tell()
    fs.close()


def _large(path: str, head: bytes, fs: FileSystem, tell: Tell) -> None:
    """A file of which only a small part may be in memory at any time."""
    before = most_held()
    handle = fs.create(path, os.O_WRONLY | os.O_CREAT)
    size = handle.write(head, 0)
    while size < LARGE:
        size += handle.write(_LINES, size)
    tell()
    handle.flush()
    handle.release()
    grown = most_held() - before
    assert grown < LARGE // 2, f"{grown} bytes more memory for a file of {LARGE} bytes"


_MAIL, _CONTACT, _EVENT_PATH = "/Inbox/letter.eml", "/Contacts/Bob.vcf", "/Calendar/standup.ics"
_DOCUMENT, _ATTACHMENT = "/Inbox/notes.txt", "/Inbox/letter.attachments/notes.txt"

DEEDS = {
    "new mail": Deed(_nothing, partial(_put, _MAIL, NEW)),
    "mail saved over": Deed(partial(_has, _MAIL, MAIL), partial(_put, _MAIL, NEW)),
    "new contact": Deed(_nothing, partial(_put, _CONTACT, NEW_CONTACT)),
    "contact edited": Deed(partial(_has, _CONTACT, CONTACT), partial(_put, _CONTACT, NEW_CONTACT)),
    "event edited": Deed(partial(_has, _EVENT_PATH, EVENT), partial(_put, _EVENT_PATH, NEW_EVENT)),
    "new series": Deed(_nothing, partial(_put, _EVENT_PATH, SERIES)),
    "new document": Deed(_nothing, partial(_put, _DOCUMENT, NEW_DOCUMENT)),
    "document saved over": Deed(partial(_has, _DOCUMENT, DOCUMENT), partial(_put, _DOCUMENT, NEW_DOCUMENT)),
    "new attachment": Deed(partial(_has_attachment, None), partial(_put, _ATTACHMENT, NEW_DOCUMENT)),
    "attachment saved over": Deed(partial(_has_attachment, DOCUMENT), partial(_put, _ATTACHMENT, NEW_DOCUMENT)),
    "mail renamed from a temporary": Deed(_nothing, partial(_beside_and_rename, _MAIL, NEW)),
    "mail replaced by a temporary": Deed(partial(_has, _MAIL, MAIL), partial(_beside_and_rename, _MAIL, NEW)),
    "contact replaced by a temporary": Deed(
        partial(_has, _CONTACT, CONTACT), partial(_beside_and_rename, _CONTACT, NEW_CONTACT)
    ),
    "attachment replaced by a temporary": Deed(
        partial(_has_attachment, DOCUMENT), partial(_beside_and_rename, _ATTACHMENT, NEW_DOCUMENT)
    ),
    "mail saved with a backup": Deed(partial(_has, _MAIL, MAIL), partial(_backup_and_write, _MAIL, NEW)),
    "move": Deed(partial(_has, _MAIL, MAIL), _move),
    "rename": Deed(partial(_has, _MAIL, MAIL), _rename),
    "large mail": Deed(_nothing, partial(_large, "/Inbox/large.eml", LARGE_HEAD)),
    "large document": Deed(_nothing, partial(_large, "/Inbox/large.bin", b"")),
    "write and move": Deed(_has_two, _write_and_move),
    "remove": Deed(partial(_has, _MAIL, MAIL), _remove),
}
