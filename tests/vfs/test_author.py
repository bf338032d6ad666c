"""Files as items on a sandbox, and back: created, edited, told apart."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import cast

import pytest

from ewsfs.ews.items import CalendarItem, Contact, DistributionList, Message, Task
from ewsfs.formats import icsread, vcfread
from ewsfs.sandbox import Sandbox
from ewsfs.vfs.model import Kind
from tests.vfs.authoring import Desk, card, event, group, lines, task
from tests.vfs.conftest import MAIL, refused


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(sandbox, tmp_path)
    yield desk
    desk.close()


# -- telling kinds apart -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.eml", MAIL, Kind.MAIL),
        ("a.ics", event(), Kind.EVENT),
        ("a.ICS", event(), Kind.EVENT),
        ("a.ics", task(), Kind.TASK),
        ("a.vcf", card(), Kind.CONTACT),
        ("a.vcf", group(), Kind.LIST),
    ],
)
def test_kind(desk: Desk, name: str, data: bytes, kind: Kind) -> None:
    assert desk.author.kind_of(name, data) is kind


@pytest.mark.parametrize("name", ["a.eml", "a.ics", "a.vcf"])
@pytest.mark.parametrize("data", [b"", b"\0\xff\xfe", b"no such thing"])
def test_broken_file_is_refused_without_a_request(desk: Desk, name: str, data: bytes) -> None:
    before = desk.requests()
    with refused(errno.EINVAL):
        desk.author.kind_of(name, data)
    assert desk.requests() == before


def test_event_without_start_is_refused_with_the_reason(desk: Desk) -> None:
    with pytest.raises(OSError, match="DTSTART"):
        desk.create("a.ics", lines("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "END:VEVENT", "END:VCALENDAR"))


def test_values_that_no_server_takes_are_refused(desk: Desk) -> None:
    with refused(errno.EINVAL):
        desk.create("a.ics", task("DTSTART;VALUE=DATE:20260302", "DUE;VALUE=DATE:20260301"))


# -- creating ----------------------------------------------------------------------------------------


def test_message_is_no_draft_and_keeps_its_date(desk: Desk) -> None:
    _, item_id, _ = desk.create("a.eml", MAIL)
    item = cast(Message, desk.item(item_id))
    assert item.is_draft is False
    assert item.is_read is True
    assert item.datetime_received == datetime(2026, 3, 2, 9, 15, tzinfo=timezone.utc)


def test_what_is_created_carries_its_name_and_upload_id(desk: Desk) -> None:
    for number, (name, data) in enumerate(
        [("a b.ics", event()), ("t.ics", task()), ("c.vcf", card()), ("g.vcf", group()), ("m.eml", MAIL)]
    ):
        kind, item_id, change_key = desk.create(name, data, upload_id=f"u-{number}")
        assert desk.remote.find_upload(desk.home(kind), f"u-{number}") == (item_id, change_key)
        (described,) = desk.remote.describe(desk.home(kind), [(item_id, change_key)])
        assert (described.given_name, described.kind) == (name, kind)


def test_event_says_what_its_file_said(desk: Desk) -> None:
    data = event(
        "LOCATION:Room 4",
        "DESCRIPTION:Bring coffee",
        "CATEGORIES:Work,Daily",
        "CLASS:PRIVATE",
        "PRIORITY:1",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT20M",
        "END:VALARM",
    )
    kind, item_id, _ = desk.create("a.ics", data)
    item = cast(CalendarItem, desk.item(item_id))
    assert item.uid == "standup-1@example.test"
    assert item.reminder_minutes_before_start == 20
    wanted = icsread.parse_event(data).master
    found = icsread.parse_event(desk.file(kind, item_id)[1]).master
    assert {name: found.get(name) for name in wanted} == wanted


def test_nobody_is_invited(desk: Desk, sandbox: Sandbox) -> None:
    _, item_id, _ = desk.create("a.ics", event("ATTENDEE;CN=Bob;ROLE=REQ-PARTICIPANT:mailto:bob@example.test"))
    item = cast(CalendarItem, desk.item(item_id))
    (attendee,) = item.required_attendees
    assert attendee.mailbox is not None
    assert attendee.mailbox.email_address == "bob@example.test"
    assert item.meeting_request_was_sent is False
    assert desk.account.sent.all().count() == 0


def test_task_says_what_its_file_said(desk: Desk) -> None:
    data = task("DTSTART;VALUE=DATE:20260301", "DUE;VALUE=DATE:20260305", "PERCENT-COMPLETE:40", "STATUS:IN-PROCESS")
    kind, item_id, _ = desk.create("t.ics", data)
    item = cast(Task, desk.item(item_id))
    assert (item.status, item.percent_complete) == ("InProgress", 40)
    wanted = icsread.parse_task(data).fields
    found = icsread.parse_task(desk.file(kind, item_id)[1]).fields
    assert {name: found.get(name) for name in wanted} == wanted


def test_contact_says_what_its_file_said(desk: Desk) -> None:
    data = card(
        "EMAIL;TYPE=PREF:ada@example.test",
        "EMAIL:ada@home.test",
        "TEL;TYPE=CELL:+44 1",
        "TEL;TYPE=WORK,VOICE:+44 2",
        "ADR;TYPE=HOME:;;12 St James's Square;London;;SW1Y 4JH;UK",
        "BDAY:1815-12-10",
        "ORG:Engines Ltd;Analysis",
        "NOTE:first",
    )
    kind, item_id, _ = desk.create("c.vcf", data)
    item = cast(Contact, desk.item(item_id))
    assert [entry.email for entry in item.email_addresses] == ["ada@example.test", "ada@home.test"]
    wanted = vcfread.parse_contact(data).fields
    found = vcfread.parse_contact(desk.file(kind, item_id)[1]).fields
    assert {name: found.get(name) for name in wanted} == wanted


def test_list_has_its_members(desk: Desk) -> None:
    _, item_id, _ = desk.create("g.vcf", group("MEMBER:mailto:bob@example.test", "MEMBER:mailto:eve@example.test"))
    item = cast(DistributionList, desk.item(item_id))
    assert [m.mailbox.email_address for m in item.members if m.mailbox] == ["bob@example.test", "eve@example.test"]


# -- changing ----------------------------------------------------------------------------------------


def test_equal_file_makes_no_request(desk: Desk) -> None:
    kind, item_id, change_key = desk.create("a.ics", event())
    before = desk.requests()
    folded = event().replace(b"SUMMARY:Standup", b"SUMMARY:Stand\r\n up")
    assert desk.author.update(kind, item_id, change_key, event(), folded) == change_key
    assert desk.requests() == before


def test_edit_changes_that_alone(desk: Desk) -> None:
    kind, item_id, _ = desk.create("a.ics", event("LOCATION:here", "CATEGORIES:Work"))
    item = cast(CalendarItem, desk.item(item_id))
    item.allow_new_time_proposal = False
    item.save()
    change_key, base = desk.file(kind, item_id)
    new_key = desk.author.update(kind, item_id, change_key, base, base.replace(b"SUMMARY:Standup", b"SUMMARY:Sitdown"))
    assert new_key not in (change_key, "")
    found = cast(CalendarItem, desk.item(item_id))
    assert (found.subject, found.location, found.categories) == ("Sitdown", "here", ["Work"])
    assert found.allow_new_time_proposal is False
    assert found.changekey == new_key


def test_what_a_file_no_longer_says_is_emptied(desk: Desk) -> None:
    data = event("LOCATION:here", "CATEGORIES:Work", "CLASS:PRIVATE", "PRIORITY:1", "DESCRIPTION:text")
    kind, item_id, change_key = desk.create("a.ics", data)
    desk.author.update(kind, item_id, change_key, data, event())
    found = cast(CalendarItem, desk.item(item_id))
    assert (found.location, found.categories, found.sensitivity, found.importance) == (None, [], "Normal", "Normal")
    assert not found.body


def test_edited_task(desk: Desk) -> None:
    old = task("DUE;VALUE=DATE:20260305", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:40")
    kind, item_id, change_key = desk.create("t.ics", old)
    done = task("STATUS:COMPLETED", "COMPLETED:20260304T120000Z", "PERCENT-COMPLETE:100")
    change_key = desk.author.update(kind, item_id, change_key, old, done)
    found = cast(Task, desk.item(item_id))
    assert (found.status, found.due_date, found.percent_complete) == ("Completed", None, 100)
    desk.author.update(kind, item_id, change_key, done, task())
    found = cast(Task, desk.item(item_id))
    assert (found.status, found.percent_complete, found.complete_date) == ("NotStarted", 0, None)


def test_edited_list(desk: Desk) -> None:
    old = group("MEMBER:mailto:bob@example.test")
    kind, item_id, change_key = desk.create("g.vcf", old)
    change_key = desk.author.update(kind, item_id, change_key, old, group("MEMBER:mailto:eve@example.test"))
    found = cast(DistributionList, desk.item(item_id))
    assert [m.mailbox.email_address for m in found.members if m.mailbox] == ["eve@example.test"]
    desk.author.update(kind, item_id, change_key, group("MEMBER:mailto:eve@example.test"), group())
    assert cast(DistributionList, desk.item(item_id)).members == []


def test_item_that_is_gone(desk: Desk) -> None:
    kind, item_id, change_key = desk.create("a.ics", event())
    desk.item(item_id).delete()
    with refused(errno.ENOENT):
        desk.author.update(kind, item_id, change_key, event(), event(summary="Other"))


# -- documents ---------------------------------------------------------------------------------------

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 300


def document(desk: Desk, item_id: str) -> bytes:
    _, file = desk.remote.open_document(item_id)
    with file:
        return file.read()


@pytest.mark.parametrize("name", ["report.pdf", "Makefile", "Bücher & ~.tar.gz", "x.eml.bak", ".profile"])
@pytest.mark.parametrize("data", [PDF, b"", b"\0"], ids=["pdf", "empty", "nul"])
def test_any_other_file_is_a_document(desk: Desk, name: str, data: bytes) -> None:
    kind, item_id, change_key = desk.create(name, data)
    assert kind is Kind.DOCUMENT
    item = cast(Message, desk.item(item_id))
    assert (item.item_class or "").startswith("IPM.Document.")
    assert (item.is_draft, item.is_read, item.subject, item.changekey) == (False, True, name, change_key)
    assert document(desk, item_id) == data
    (described,) = desk.remote.list_items(desk.folders["inbox"])
    assert (described.kind, described.given_name, described.has_attachments) == (Kind.DOCUMENT, name, False)


def test_document_from_an_open_file(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(PDF * 20)
    with path.open("rb") as file:
        file.seek(0, 2)
        kind = desk.author.kind_of("big.bin", file)
        item_id, change_key = desk.author.create(
            kind, desk.folders["inbox"], file, name="big.bin", upload_id="u", mtime_ns=0
        )
        assert document(desk, item_id) == PDF * 20
        before = desk.requests()
        assert desk.author.update(kind, item_id, change_key, PDF * 20, file) == change_key
        assert desk.requests() == before


def test_edited_document_has_one_file_under_its_name(desk: Desk) -> None:
    kind, item_id, change_key = desk.create("report.pdf", PDF)
    for old, new in ((PDF, b"new"), (b"new", b""), (b"", b"again")):
        new_key = desk.author.update(kind, item_id, change_key, old, new)
        assert document(desk, item_id) == new
        item = desk.item(item_id)
        assert new_key == item.changekey != change_key
        assert [a.name for a in item.attachments] == (["report.pdf"] if new else [])
        change_key = new_key


def test_document_that_was_changed_elsewhere(desk: Desk) -> None:
    kind, item_id, change_key = desk.create("report.pdf", PDF)
    desk.author.update(kind, item_id, change_key, PDF, b"theirs")
    with refused(errno.ESTALE):
        desk.author.update(kind, item_id, change_key, PDF, b"ours")
    assert document(desk, item_id) == b"theirs"


def test_document_with_another_key_and_the_same_bytes_is_changed(desk: Desk) -> None:
    kind, item_id, change_key = desk.create("report.pdf", PDF)
    item = desk.item(item_id)
    item.categories = ["Blue"]
    item.save()
    desk.author.update(kind, item_id, change_key, PDF, b"ours")
    assert document(desk, item_id) == b"ours"


def test_replacement_that_was_cut_short_is_finished(desk: Desk) -> None:
    kind, item_id, change_key = desk.create("report.pdf", PDF)
    desk.remote.add_file(item_id, "report.pdf", io.BytesIO(b"ours"))
    assert document(desk, item_id) == PDF
    desk.author.update(kind, item_id, change_key, PDF, b"ours")
    assert document(desk, item_id) == b"ours"
    assert len(desk.item(item_id).attachments) == 1


def test_other_files_of_a_document_stay(desk: Desk) -> None:
    kind, item_id, _ = desk.create("report.pdf", PDF)
    change_key = desk.remote.add_file(item_id, "notes.txt", io.BytesIO(b"not ours"))
    desk.author.update(kind, item_id, change_key, PDF, b"ours")
    assert sorted(a.name or "" for a in desk.item(item_id).attachments) == ["notes.txt", "report.pdf"]
