"""Two who change one item, lost answers, pictures, and lists of which a file says less than the server knows."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from ewsfs.ews.indexed import EmailAddress
from ewsfs.ews.items import CalendarItem, Contact, DistributionList
from ewsfs.ews.properties import Attendee, Mailbox, Member
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import VfsError
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote import OutcomeUnknown
from tests.vfs.authoring import Desk, card, event, group, task
from tests.vfs.conftest import MAIL, refused


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(sandbox, tmp_path)
    yield desk
    desk.close()


# -- two who change one item -------------------------------------------------------------------------


def test_later_save_does_not_destroy_the_earlier_one(desk: Desk) -> None:
    kind, item_id, _ = desk.create("a.ics", event("LOCATION:here"))
    change_key, base = desk.file(kind, item_id)
    desk.author.update(kind, item_id, change_key, base, base.replace(b"LOCATION:here", b"LOCATION:there"))
    with refused(errno.ESTALE):
        desk.author.update(kind, item_id, change_key, base, base.replace(b"SUMMARY:Standup", b"SUMMARY:Ours"))
    item = cast(CalendarItem, desk.item(item_id))
    assert (item.subject, item.location) == ("Standup", "there")


def test_what_a_file_does_not_show_is_no_conflict(desk: Desk) -> None:
    kind, item_id, _ = desk.create("a.ics", event())
    change_key, base = desk.file(kind, item_id)
    item = cast(CalendarItem, desk.item(item_id))
    item.allow_new_time_proposal = False
    item.save()
    new_key = desk.author.update(kind, item_id, change_key, base, base.replace(b"SUMMARY:Standup", b"SUMMARY:Ours"))
    item = cast(CalendarItem, desk.item(item_id))
    assert (item.subject, item.allow_new_time_proposal, item.changekey) == ("Ours", False, new_key)


def test_both_wanted_the_same(desk: Desk) -> None:
    kind, item_id, _ = desk.create("a.ics", event())
    change_key, base = desk.file(kind, item_id)
    ours = base.replace(b"SUMMARY:Standup", b"SUMMARY:Ours")
    new_key = desk.author.update(kind, item_id, change_key, base, ours)
    assert desk.author.update(kind, item_id, change_key, base, ours) == new_key


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("c.vcf", card("EMAIL:a@x.test"), card("EMAIL:b@x.test")),
        ("c.vcf", card(), card("PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ")),
        ("g.vcf", group("MEMBER:mailto:a@x.test"), group("MEMBER:mailto:b@x.test")),
        ("t.ics", task("PRIORITY:1"), task("PRIORITY:9")),
        ("a.ics", event("RRULE:FREQ=DAILY;COUNT=3"), event("RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260303T091500Z")),
    ],
    ids=["address", "picture", "member", "task", "occurrence"],
)
def test_every_kind_of_change_is_refused_after_somebody_elses(desk: Desk, name: str, old: bytes, new: bytes) -> None:
    kind, item_id, change_key = desk.create(name, old)
    item = desk.item(item_id)
    item.categories = ["Theirs"]
    item.save()
    with refused(errno.ESTALE):
        desk.author.update(kind, item_id, change_key, old, new)
    assert desk.item(item_id).changekey == item.changekey


# -- answers that are lost ---------------------------------------------------------------------------

Cut = Callable[..., Any]


@pytest.fixture
def lose(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bool], None]:
    """Lose the answer to the next request of a kind, which was carried out or not."""

    def arrange(name: str, carried_out: bool) -> None:
        whole: Cut = getattr(desk.remote, name)

        def cut(*arguments: Any, **named: Any) -> Any:
            monkeypatch.setattr(desk.remote, name, whole)
            if carried_out:
                whole(*arguments, **named)
            raise OutcomeUnknown(errno.EAGAIN, "the connection was cut")

        monkeypatch.setattr(desk.remote, name, cut)

    return arrange


PHOTO = "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ=="
CREATES = [
    ("m.eml", MAIL, "create_message"),
    ("a.ics", event(), "create_item"),
    ("c.vcf", card(PHOTO), "create_item"),
    ("c.vcf", card(PHOTO), "set_photo"),
    ("r.pdf", b"%PDF", "create_document"),
    ("r.pdf", b"%PDF", "add_file"),
    ("a.ics", event("RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260303T091500Z"), "delete_occurrences"),
]


@pytest.mark.parametrize(("name", "data", "step"), CREATES)
def test_lost_answer_to_a_creation_that_was_carried_out(
    desk: Desk, lose: Callable[[str, bool], None], name: str, data: bytes, step: str
) -> None:
    lose(step, True)
    kind, item_id, change_key = desk.create(name, data)
    items = desk.remote.list_items(desk.home(kind))
    assert [(each.id, each.change_key) for each in items] == [(item_id, change_key)]
    if kind is Kind.CONTACT:
        assert len(desk.item(item_id).attachments) == 1
    if kind is Kind.DOCUMENT:
        _, file = desk.remote.open_document(item_id)
        with file:
            assert file.read() == data
        assert len(desk.item(item_id).attachments) == 1


@pytest.mark.parametrize(("name", "data", "step"), CREATES)
def test_lost_request_for_a_creation(
    desk: Desk, lose: Callable[[str, bool], None], name: str, data: bytes, step: str
) -> None:
    lose(step, False)
    if step.startswith("create"):
        with pytest.raises(OutcomeUnknown):
            desk.create(name, data)
        assert desk.remote.list_items(desk.home(desk.author.kind_of(name, data))) == []
        return
    kind, item_id, _ = desk.create(name, data)
    assert [each.id for each in desk.remote.list_items(desk.home(kind))] == [item_id]
    assert len(desk.item(item_id).attachments) == (0 if kind is Kind.EVENT else 1)


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize(
    ("name", "old", "new", "step"),
    [
        ("a.ics", event(), event("LOCATION:there"), "change_item"),
        ("c.vcf", card(), card(PHOTO, "EMAIL:a@x.test"), "set_photo"),
        ("c.vcf", card(PHOTO), card(), "set_photo"),
        ("r.pdf", b"old", b"new", "add_file"),
        (
            "a.ics",
            event("RRULE:FREQ=DAILY;COUNT=3"),
            event("RRULE:FREQ=DAILY;COUNT=3", "LOCATION:there", "EXDATE:20260303T091500Z"),
            "delete_occurrences",
        ),
    ],
)
def test_lost_answer_to_a_change(
    desk: Desk, lose: Callable[[str, bool], None], name: str, old: bytes, new: bytes, step: str, carried_out: bool
) -> None:
    kind, item_id, change_key = desk.create(name, old)
    base = old
    if kind is not Kind.DOCUMENT:
        # What the server says, so that a look at it tells what was carried out.
        change_key, base = desk.file(kind, item_id)
        wanted = desk.create(f"w-{name}", new, upload_id="wanted")
        new = desk.file(kind, wanted[1])[1]
    lose(step, carried_out)
    new_key = desk.author.update(kind, item_id, change_key, base, new)
    assert desk.item(item_id).changekey == new_key
    before = desk.requests()
    assert desk.author.update(kind, item_id, new_key, new, new) == new_key
    assert desk.requests() == before
    if kind is Kind.DOCUMENT:
        _, file = desk.remote.open_document(item_id)
        with file:
            assert file.read() == new
        assert len(desk.item(item_id).attachments) == 1
    else:
        from ewsfs.vfs.writing import said

        zone = desk.author._zone
        now = said.read(kind, desk.file(kind, item_id)[1], zone)
        assert now.facts() == said.read(kind, new, zone).facts()


def test_half_of_what_is_refused_does_not_stay(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> str:
        raise VfsError(errno.EINVAL, "no such picture")

    monkeypatch.setattr(desk.remote, "set_photo", refuse)
    with refused(errno.EINVAL):
        desk.create("c.vcf", card(PHOTO))
    assert desk.remote.list_items(desk.home(Kind.CONTACT)) == []


# -- pictures ----------------------------------------------------------------------------------------


def test_picture_comes_and_goes(desk: Desk) -> None:
    other = "PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo="
    kind, item_id, key = desk.create("c.vcf", card(PHOTO))
    assert [getattr(a, "is_contact_photo", None) for a in desk.item(item_id).attachments] == [True]
    assert b"PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ==" in desk.file(kind, item_id)[1]
    key = desk.author.update(kind, item_id, key, card(PHOTO), card(other))
    assert b"TYPE=PNG:iVBORw0KGgo=" in desk.file(kind, item_id)[1]
    assert len(desk.item(item_id).attachments) == 1
    assert desk.author.update(kind, item_id, key, card(other), card(other)) == key
    key = desk.author.update(kind, item_id, key, card(other), card("NOTE:none"))
    item = desk.item(item_id)
    assert (item.attachments, item.body, item.changekey) == ([], "none", key)


def test_other_attachments_of_a_contact_stay(desk: Desk) -> None:
    from ewsfs.ews.attachments import FileAttachment

    kind, item_id, _ = desk.create("c.vcf", card(PHOTO))
    desk.item(item_id).attach(FileAttachment(name="cv.pdf", content=b"%PDF"))
    key, base = desk.file(kind, item_id)
    desk.author.update(kind, item_id, key, base, card())
    assert [a.name for a in desk.item(item_id).attachments] == ["cv.pdf"]


# -- what the server knows and the file does not -----------------------------------------------------


def test_addresses_that_were_left_alone_keep_what_no_card_says(desk: Desk) -> None:
    kind, item_id, _ = desk.create("c.vcf", card("EMAIL:a@x.test", "EMAIL:b@x.test", "TEL;TYPE=CELL:1"))
    item = cast(Contact, desk.item(item_id))
    item.email_addresses = [
        EmailAddress(label="EmailAddress1", email="a@x.test", name="Work", routing_type="SMTP"),
        EmailAddress(label="EmailAddress2", email="b@x.test", name="Home", routing_type="SMTP"),
    ]
    item.save()
    before = {e.label: e.name for e in cast(Contact, desk.item(item_id)).email_addresses}
    key, base = desk.file(kind, item_id)
    desk.author.update(kind, item_id, key, base, base.replace(b"b@x.test", b"c@x.test"))
    item = cast(Contact, desk.item(item_id))
    assert [(e.label, e.email) for e in item.email_addresses] == [
        ("EmailAddress1", "a@x.test"),
        ("EmailAddress2", "c@x.test"),
    ]
    assert item.email_addresses["EmailAddress1"].name == before["EmailAddress1"]
    assert [p.phone_number for p in item.phone_numbers] == ["1"]


def test_attendees_that_were_left_alone_keep_their_answers_and_names(desk: Desk) -> None:
    """One who has a directory name in place of an address stays invited when somebody else is added."""
    kind, item_id, _ = desk.create("a.ics", event())
    item = cast(CalendarItem, desk.item(item_id))
    item.required_attendees = [
        Attendee(mailbox=Mailbox(name="Carol", email_address="/o=Org/cn=carol", routing_type="EX")),
        Attendee(mailbox=Mailbox(name="Bob", email_address="bob@example.test")),
    ]
    item.save()
    key, base = desk.file(kind, item_id)
    edited = base.replace(b"END:VEVENT", b"ATTENDEE;CN=Eve:mailto:eve@example.test\r\nEND:VEVENT")
    desk.author.update(kind, item_id, key, base, edited)
    found = cast(CalendarItem, desk.item(item_id)).required_attendees
    assert [a.mailbox.email_address for a in found if a.mailbox] == [
        "/o=Org/cn=carol", "bob@example.test", "eve@example.test",
    ]  # fmt: skip
    assert desk.account.sent.all().count() == 0


def test_attendee_without_an_address_is_left_out(desk: Desk) -> None:
    _, item_id, _ = desk.create("a.ics", event("ATTENDEE;CN=Nobody:invalid:nomail", "ATTENDEE:mailto:bob@example.test"))
    found = cast(CalendarItem, desk.item(item_id)).required_attendees
    assert [a.mailbox.email_address for a in found if a.mailbox] == ["bob@example.test"]


def test_members_that_were_left_alone_stay_who_they_are(desk: Desk) -> None:
    kind, item_id, _ = desk.create("g.vcf", group())
    item = cast(DistributionList, desk.item(item_id))
    item.members = [Member(mailbox=Mailbox(name="Bob", email_address="bob@x.test", mailbox_type="OneOff"))]
    item.save()
    key, base = desk.file(kind, item_id)
    edited = base.replace(b"END:VCARD", b"MEMBER:mailto:eve@x.test\r\nEND:VCARD")
    desk.author.update(kind, item_id, key, base, edited)
    found = cast(DistributionList, desk.item(item_id)).members
    assert [m.mailbox.email_address for m in found if m.mailbox] == ["bob@x.test", "eve@x.test"]


def test_names_that_a_server_makes_of_others_stay_as_the_card_has_them(desk: Desk) -> None:
    kind, item_id, _ = desk.create("c.vcf", card("SORT-STRING:Countess"))
    item = cast(Contact, desk.item(item_id))
    item.file_as_mapping = "LastCommaFirst"
    item.save()
    item = cast(Contact, desk.item(item_id))
    item.file_as = "Countess"
    item.save()
    key, base = desk.file(kind, item_id)
    desk.author.update(kind, item_id, key, base, base.replace(b"N:Lovelace;Ada", b"N:Byron;Ada"))
    found = cast(Contact, desk.item(item_id))
    assert (found.surname, found.display_name, found.file_as) == ("Byron", "Ada Lovelace", "Countess")


def test_base_that_cannot_be_read_is_asked_for(desk: Desk) -> None:
    kind, item_id, key = desk.create("a.ics", event("LOCATION:here"))
    key = desk.author.update(kind, item_id, key, b"gibberish", event("LOCATION:there"))
    assert cast(CalendarItem, desk.item(item_id)).location == "there"
    item = desk.item(item_id)
    item.categories = ["Theirs"]
    item.save()
    with refused(errno.ESTALE):
        desk.author.update(kind, item_id, key, b"gibberish", event())
