"""Bad input from either side: what users write that can't be, and what servers send that should not be."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from ewsfs.sandbox import Sandbox, soap
from ewsfs.vfs import FileSystem, VfsError
from ewsfs.vfs.known.tree import FolderTree
from ewsfs.vfs.model import RemoteFolder
from tests.vfs.conftest import MAIL, Open, make_account, names_in, read, refused, write
from tests.vfs.deeds import CONTACT, EVENT, NEW

# -- what users write ------------------------------------------------------------------------------

CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n%sEND:VCALENDAR\r\n"
BROKEN = {
    "/Calendar/empty.ics": b"",
    "/Calendar/text.ics": b"this is no calendar",
    "/Calendar/cut.ics": EVENT[:120],
    "/Calendar/nothing in it.ics": CALENDAR % b"",
    "/Calendar/no start.ics": CALENDAR % b"BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:x\r\nEND:VEVENT\r\n",
    "/Calendar/no date.ics": EVENT.replace(b"20260302T091500Z", b"tomorrow"),
    "/Calendar/backwards.ics": EVENT.replace(b"DTEND:20260302T093000Z", b"DTEND:20260302T090000Z"),
    "/Calendar/rule.ics": EVENT.replace(b"SUMMARY", b"RRULE:FREQ=SOMETIMES\r\nSUMMARY"),
    "/Calendar/binary.ics": bytes(range(256)) * 10,
    "/Calendar/a page.ics": b"<!DOCTYPE html><html><body>404</body></html>",
    "/Contacts/empty.vcf": b"",
    "/Contacts/cut.vcf": CONTACT[:60],
    "/Contacts/text.vcf": b"this is no card",
    "/Contacts/binary.vcf": bytes(range(256)) * 10,
    "/Inbox/empty.eml": b"",
    "/Inbox/binary.eml": bytes(range(256)) * 10,
    "/Inbox/a page.eml": b"<!DOCTYPE html><html><body>404</body></html>",
}


@pytest.mark.parametrize("path", BROKEN)
def test_a_broken_file_fails_the_close_and_its_bytes_are_kept(sandbox: Sandbox, fs: FileSystem, path: str) -> None:
    data = BROKEN[path]
    folder, _, name = path.rpartition("/")
    with refused(errno.EINVAL):
        write(fs, path, data)
    assert names_in(fs, folder) == []
    assert sandbox.calls.count("CreateItem") == 0
    kept = names_in(fs, "/.ewsfs/unsaved")
    assert [name in k for k in kept] == ([True] if data else [])
    assert [read(fs, f"/.ewsfs/unsaved/{k}") for k in kept] == ([data] if data else [])


def test_an_edit_that_breaks_a_file_leaves_the_item_as_it_was(fs: FileSystem, open_fs: Open) -> None:
    path = "/Contacts/Bob.vcf"
    write(fs, path, CONTACT)
    handle = fs.open(path, os.O_WRONLY | os.O_TRUNC)
    handle.write(b"BEGIN:VCARD\r\nand then", 0)
    with refused(errno.EINVAL):
        handle.flush()
    handle.release()
    assert b"77777" in read(fs, path)
    assert b"77777" in read(open_fs("other machine"), path)
    (kept,) = names_in(fs, "/.ewsfs/unsaved")
    assert read(fs, f"/.ewsfs/unsaved/{kept}") == b"BEGIN:VCARD\r\nand then"


def test_names_at_the_limit(fs: FileSystem, open_fs: Open) -> None:
    longest = ["€" * 83 + "ab.txt", "𝔘" * 62 + "abc.txt", "x" * 251 + ".eml"]
    assert [len(name.encode()) for name in longest] == [255] * 3
    for name in longest:
        write(fs, f"/Inbox/{name}", MAIL)
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == sorted(longest)
    for name in longest:
        assert read(other, f"/Inbox/{name}") == MAIL
    with refused(errno.ENAMETOOLONG):
        write(fs, "/Inbox/" + "€" * 84 + ".txt", MAIL)
    with refused(errno.ENAMETOOLONG):
        fs.mkdir("/Inbox/" + "€" * 86)


@pytest.mark.parametrize(
    ("one", "two"), [("letter.eml", "LETTER.EML"), ("Caf\u00e9.eml", "Cafe\u0301.eml")], ids=["case", "Unicode form"]
)
def test_names_that_differ_in_case_or_form(fs: FileSystem, open_fs: Open, one: str, two: str) -> None:
    """One file or two, as with any file system; but what the second one says is there, and the first isn't lost."""
    write(fs, f"/Inbox/{one}", MAIL)
    handle = fs.create(f"/Inbox/{two}", os.O_WRONLY | os.O_TRUNC)
    handle.write(NEW, 0)
    handle.flush()
    handle.release()
    other = open_fs("other machine")
    for there in (fs, other):
        assert NEW in [read(there, f"/Inbox/{name}") for name in names_in(there, "/Inbox")]
        everything = [f"/Inbox/{n}" for n in names_in(there, "/Inbox")]
        everything += [f"/Deleted Items/{n}" for n in names_in(there, "/Deleted Items")]
        assert sorted(read(there, path) for path in everything) == sorted([MAIL, NEW])


# -- what servers send -----------------------------------------------------------------------------

Tamper = Callable[..., None]


@pytest.fixture
def tamper(monkeypatch: pytest.MonkeyPatch) -> Tamper:
    """Makes the server say something else: a pattern in its replies, and what stands there instead."""
    honest = soap.envelope
    lies: list[tuple[re.Pattern[bytes], bytes]] = []

    def envelope(*args: object, **more: object) -> bytes:
        said = honest(*args, **more)  # type: ignore[arg-type]
        for pattern, lie in lies:
            said = pattern.sub(lie, said)
        return said

    monkeypatch.setattr(soap, "envelope", envelope)

    def add(pattern: bytes, lie: bytes) -> None:
        lies.append((re.compile(pattern, re.DOTALL), lie))

    return add


def everything(fs: FileSystem, path: str = "", depth: int = 0) -> dict[str, bytes | str | None]:
    """All that is to be seen, read to its end; an error of one file is its name."""
    assert depth < 60, "a tree without an end"
    seen: dict[str, bytes | str | None] = {}
    for name, is_folder in list(fs.readdir(path or "/")):
        assert name not in ("", ".", "..")
        assert "/" not in name
        assert "\0" not in name
        assert len(name.encode()) <= 255
        at = f"{path}/{name}"
        attributes = fs.getattr(at)
        assert attributes.size >= 0
        assert attributes.is_directory == is_folder
        if is_folder:
            seen[at] = None
            seen |= everything(fs, at, depth + 1)
        else:
            try:
                seen[at] = read(fs, at)
            except VfsError as error:
                seen[at] = errno.errorcode[error.number]
    return seen


@pytest.mark.parametrize(
    "name", [b"../../x", b"..", b".", b"/etc/passwd", b"a&#10;b", b"", b" ", b"x" * 3000, b".ewsfs"]
)
def test_names_that_would_lead_elsewhere(
    sandbox: Sandbox, fs: FileSystem, tamper: Tamper, open_fs: Open, name: bytes
) -> None:
    letter = EmailMessage()
    letter["Subject"], letter["From"] = "marked", "bob@example.test"
    letter.set_content("Hello")
    letter.add_attachment(b"one", maintype="application", subtype="pdf", filename="marked")
    write(fs, "/Inbox/letter.eml", bytes(letter))
    fs.mkdir("/Inbox/marked")
    tamper(rb"<t:ExtendedProperty>.*?</t:ExtendedProperty>", b"")
    tamper(rb"(<t:(?:Subject|DisplayName|Name)>)marked(?=<)", rb"\g<1>" + name)
    seen = everything(open_fs("other machine"))
    assert len([path for path, data in seen.items() if path.startswith("/Inbox/") and isinstance(data, bytes)]) == 2
    assert not [data for data in seen.values() if isinstance(data, str)]


@pytest.mark.parametrize("size", [b"-1", b"0", b"2147483647", b"-2147483648"])
def test_sizes_that_can_not_be(fs: FileSystem, tamper: Tamper, open_fs: Open, size: bytes) -> None:
    letter = EmailMessage()
    letter["Subject"] = "x"
    letter.set_content("Hello")
    letter.add_attachment(b"one", maintype="application", subtype="pdf", filename="a.pdf")
    write(fs, "/Inbox/letter.eml", bytes(letter))
    write(fs, "/Inbox/notes.txt", b"one")
    tamper(rb"(<t:Size>)[0-9]+", rb"\g<1>" + size)
    other = open_fs("other machine")
    assert other.getattr("/Inbox/letter.eml").size >= 0
    seen = everything(other)
    assert seen["/Inbox/letter.attachments/a.pdf"] == b"one"
    assert seen["/Inbox/notes.txt"] == b"one"
    assert b"Hello" in (seen["/Inbox/letter.eml"] or b"")


DATES = [b"0001-01-01T00:00:00Z", b"4501-01-01T00:00:00Z", b"9999-12-31T23:59:59Z", b"1601-01-01T00:00:00Z"]


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York"])
def test_dates_at_the_ends_of_time(fs: FileSystem, tamper: Tamper, open_fs: Open, date: bytes, zone: str) -> None:
    write(fs, "/Inbox/letter.eml", MAIL)
    write(fs, "/Contacts/Bob.vcf", CONTACT)
    write(fs, "/Calendar/standup.ics", EVENT)
    write(
        fs, "/Tasks/task.ics", CALENDAR % b"BEGIN:VTODO\r\nUID:1\r\nSUMMARY:x\r\nDUE:20260302T100000Z\r\nEND:VTODO\r\n"
    )
    tamper(rb"<t:ExtendedProperty>.*?</t:ExtendedProperty>", b"")
    tamper(rb">[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z<", b">" + date + b"<")
    seen = everything(open_fs("other machine", timezone=ZoneInfo(zone)))
    files = {path: data for path, data in seen.items() if data is not None}
    assert len(files) == 4
    assert b"Hello" in next(data for path, data in files.items() if path.startswith("/Inbox"))


@pytest.mark.parametrize("left_out", [b"End", b"Start", b"UID", b"Subject", b"OriginalStart", b"CalendarItemType"])
def test_an_event_that_lacks_something(fs: FileSystem, tamper: Tamper, open_fs: Open, left_out: bytes) -> None:
    write(fs, "/Calendar/standup.ics", EVENT)
    tamper(rb"<t:%s>[^<]*</t:%s>" % (left_out, left_out), b"")
    seen = everything(open_fs("other machine"))
    assert b"BEGIN:VEVENT" in (seen["/Calendar/standup.ics"] or b"")


@pytest.mark.parametrize("end", [b"2026-03-02T09:00:00Z", b"0001-01-01T00:00:00Z"])
def test_an_event_that_ends_before_it_begins(fs: FileSystem, tamper: Tamper, open_fs: Open, end: bytes) -> None:
    """It shows like any other, and an edit of something else leaves its end alone."""
    write(fs, "/Calendar/standup.ics", EVENT)
    tamper(rb"(<t:End>)[^<]*", rb"\g<1>" + end)
    other = open_fs("other machine")
    assert names_in(other, "/Calendar") == ["standup.ics"]
    shown = read(other, "/Calendar/standup.ics")
    assert b"BEGIN:VEVENT" in shown
    handle = other.open("/Calendar/standup.ics", os.O_WRONLY | os.O_TRUNC)
    handle.write(shown.replace(b"Standup", b"Sit-down"), 0)
    handle.flush()
    handle.release()
    assert b"Sit-down" in read(open_fs("a third"), "/Calendar/standup.ics")


def test_a_contact_without_any_name(fs: FileSystem, tamper: Tamper, open_fs: Open) -> None:
    write(fs, "/Contacts/Bob.vcf", CONTACT)
    for name in (b"DisplayName", b"FileAs", b"GivenName", b"Surname", b"Subject", b"CompleteName"):
        tamper(rb"<t:%s>.*?</t:%s>" % (name, name), b"")
    tamper(rb"<t:ExtendedProperty>.*?</t:ExtendedProperty>", b"")
    seen = everything(open_fs("other machine"))
    (data,) = [data for path, data in seen.items() if path.endswith(".vcf")]
    assert b"77777" in data  # type: ignore[operator]


def test_a_recurrence_that_never_ends(fs: FileSystem, open_fs: Open) -> None:
    write(fs, "/Calendar/standup.ics", EVENT.replace(b"SUMMARY", b"RRULE:FREQ=DAILY\r\nSUMMARY"))
    other = open_fs("other machine")
    assert names_in(other, "/Calendar") == ["standup.ics"]
    assert b"FREQ=DAILY" in read(other, "/Calendar/standup.ics")


def test_attachments_without_a_name(fs: FileSystem, open_fs: Open) -> None:
    letter = EmailMessage()
    letter["Subject"] = "x"
    letter.set_content("Hello")
    for number in range(3):
        letter.add_attachment(b"%d" % number, maintype="application", subtype="octet-stream")
    write(fs, "/Inbox/letter.eml", bytes(letter))
    seen = everything(open_fs("other machine"), "/Inbox")
    inside = [data for path, data in seen.items() if "attachments/" in path]
    assert sorted(d for d in inside if isinstance(d, bytes)) == [b"0", b"1", b"2"]


def test_five_thousand_attachments(fs: FileSystem, open_fs: Open) -> None:
    # By hand: EmailMessage takes seconds for it.
    part = b'--b\r\nContent-Type: a/b\r\nContent-Disposition: attachment; filename="%s.bin"\r\n\r\n%d\r\n'
    parts = [part % (b"same" if number % 2 else b"x", number) for number in range(5000)]
    head = b'Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    write(fs, "/Inbox/letter.eml", head + b"--b\r\n\r\nHello\r\n" + b"".join(parts) + b"--b--\r\n")
    other = open_fs("other machine")
    inside = names_in(other, "/Inbox/letter.attachments")
    assert len(set(inside)) == 5000
    for name in inside[::500]:
        assert read(other, f"/Inbox/letter.attachments/{name}").isdigit()


def test_a_message_nested_fifty_deep(fs: FileSystem, open_fs: Open) -> None:
    letter = EmailMessage()
    letter["Subject"] = "0"
    letter.set_content("the innermost")
    for depth in range(1, 51):
        outer = EmailMessage()
        outer["Subject"] = str(depth)
        outer.set_content(f"depth {depth}")
        outer.add_attachment(letter)
        letter = outer
    write(fs, "/Inbox/50.eml", bytes(letter))
    other = open_fs("other machine")
    path = "/Inbox/50"
    for depth in range(49, -1, -1):
        (name,) = [n for n, is_folder in other.readdir(f"{path}.attachments") if not is_folder]
        assert name == f"{depth}.eml"
        path = f"{path}.attachments/{depth}"
    assert b"the innermost" in read(other, f"{path}.eml")


LETTER = "/Inbox/letter.eml"


def test_folders_in_a_cycle_and_without_a_parent(
    sandbox: Sandbox, fs: FileSystem, tamper: Tamper, open_fs: Open
) -> None:
    for name in ("A", "B", "own parent", "orphan", "orphan/its child"):
        fs.mkdir(f"/Inbox/{name}")
    folders = {f.name: f.id.encode() for f in fs._catalog.tree.children(fs._catalog.tree.by_distinguished("inbox").id)}  # type: ignore[union-attr]
    folders["nowhere"] = b"AAMk"
    for child, parent in (("A", "B"), ("B", "A"), ("own parent", "own parent"), ("orphan", "nowhere")):
        pattern = rb'(<t:FolderId Id="%s"[^>]*/>\s*<t:ParentFolderId Id=")[^"]*' % re.escape(folders[child])
        tamper(pattern, rb"\g<1>" + folders[parent])
    write(fs, "/Inbox/letter.eml", MAIL)
    other = open_fs("other machine")
    seen = everything(other)
    assert seen[LETTER] == MAIL
    assert [path for path in seen if path.startswith("/Inbox/")] == [LETTER]
    other.rename("/Inbox/letter.eml", "/Drafts/letter.eml")
    other.close()
    make_account(sandbox).folder(folders["A"].decode()).delete(delete_type="HardDelete")  # the next look tells that
    assert everything(open_fs("other machine"))["/Drafts/letter.eml"] == MAIL


def test_twenty_thousand_folders_cost_no_more_each_than_a_thousand() -> None:
    def folder(number: int, parent: str) -> RemoteFolder:
        return RemoteFolder(f"id {number}", "k", parent, f"Folder {number % 15_000}", "IPF.Note", None)

    looked_at = [0]

    class Counted(FolderTree):
        def taken(self, parent_id: str) -> dict[str, object]:
            looked_at[0] += 1
            found = super().taken(parent_id)
            assert isinstance(found, dict), "a set made anew for each folder"
            return found

    tree = Counted("root", {})
    flat = [folder(number, "root") for number in range(20_000)]
    assert len(tree.merge(flat)) == 20_000
    assert len({f.name.lower() for f in tree.children("root")}) == 20_000
    assert looked_at[0] == 20_000
    assert tree.merge(flat) == []
    deep = FolderTree("root", {})
    deep.merge([folder(n, "root" if n == 0 else f"id {n - 1}") for n in range(20_000)])
    assert len(deep.remove("id 0")) == 20_000
