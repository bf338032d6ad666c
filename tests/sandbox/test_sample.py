"""The sample mailbox: its size, that it is the same everywhere, and that others can read what is in it."""

from __future__ import annotations

import email
import email.policy
import hashlib
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage

import pytest
from icalendar import Calendar
from lxml import etree

from ewsfs.sandbox.ical_writer import calendar_from_item
from ewsfs.sandbox.model import Item, t
from ewsfs.sandbox.sample import fill, lists, load
from ewsfs.sandbox.sample.script import Mail, mails
from ewsfs.sandbox.store import Store
from ewsfs.sandbox.users import Users

ADDRESS = "ada@example.test"


@contextmanager
def filled() -> Iterator[Store]:
    with closing(Store()) as store:
        store.folders.ensure_mailbox(ADDRESS)
        with store.transaction():
            fill(store, Users({"ada": "secret"}), "small")
        yield store


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with filled() as made:
        yield made


def items(store: Store) -> list[tuple[str, Item]]:
    """Every item with the name of its folder, MIME included."""
    found = []
    for folder in store.folders.all(ADDRESS):
        for identifier in store.items.ids(folder.id):
            item = store.items.get(identifier, mime=True)
            assert item is not None
            found.append((folder.name, item))
    return found


def all_mails() -> list[Mail]:
    return [mail for source in load.MAIL for mail in source.messages()] + list(lists.messages(lists.SMALL))


def test_it_is_small_and_quick() -> None:
    start = time.process_time()
    with filled() as store:
        found = items(store)
    assert time.process_time() - start < 5
    kinds = [item.kind for _, item in found]
    assert 300 <= kinds.count("Message") <= 330
    assert kinds.count("DistributionList") == 2
    assert {"CalendarItem", "Contact", "Task", "PostItem", "MeetingRequest", "MeetingResponse"} <= set(kinds)


def test_it_is_the_same_every_time(store: Store) -> None:
    def digest(found: list[tuple[str, Item]]) -> str:
        total = hashlib.sha256()
        for name, item in found:
            total.update(name.encode() + etree.tostring(item.properties) + (item.mime or b""))
            for attachment in item.attachments:
                total.update(attachment.name.encode() + attachment.content)
        return total.hexdigest()

    with filled() as another:
        assert digest(items(store)) == digest(items(another))


def test_every_message_is_read_by_python_without_complaint() -> None:
    for mail in all_mails():
        message = email.message_from_bytes(mail.mime, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        assert not [defect for part in message.walk() for defect in part.defects], mail.mime[:500]
        body = message.get_body(("plain", "html"))
        if body is not None:
            assert "\ufffd" not in body.get_content()
        assert message["Message-ID"]


def test_message_ids_are_unique() -> None:
    ids = [email.message_from_bytes(mail.mime)["Message-ID"] for mail in all_mails()]
    assert len(ids) == len(set(ids))


def test_answers_refer_to_messages_that_are_there() -> None:
    parsed = [email.message_from_bytes(mail.mime) for mail in all_mails()]
    known = {message["Message-ID"] for message in parsed}
    answered = {message["In-Reply-To"] for message in parsed if message["In-Reply-To"]}
    assert len(answered) > 30
    assert answered <= known


def test_no_address_leaves_the_reserved_domains() -> None:
    for mail in all_mails():
        message = email.message_from_bytes(mail.mime, policy=email.policy.default)
        for name in ("From", "To", "Cc"):
            for address in message[name].addresses if message[name] else ():
                assert address.domain.rpartition("example.")[2] in {"test", "com", "net", "org"}, str(address)


def test_many_charsets_and_encodings() -> None:
    charsets, encodings = set(), set()
    for mail in all_mails():
        for part in email.message_from_bytes(mail.mime).walk():
            charsets.add(part.get_content_charset())
            encodings.add(part["Content-Transfer-Encoding"])
    assert {
        "utf-8", "iso-8859-1", "koi8-r", "windows-1251", "iso-2022-jp", "shift_jis", "euc-jp", "gb2312", "gb18030",
        "big5", "euc-kr", "windows-1256", "windows-1255", "iso-8859-7", "tis-620",
    } <= charsets  # fmt: skip
    assert {"7bit", "8bit", "base64", "quoted-printable"} <= encodings


def printable(text: str) -> str:
    """A subject without what one reader keeps and another drops: control characters and encoded blanks."""
    return "".join(char for char in text.replace("\t", " ") if char >= " ").replace("=?utf-8?q?=20=20=20?=", "   ")


def test_the_properties_are_those_of_the_mime(store: Store) -> None:
    for _, item in items(store):
        if item.kind == "Message" and item.mime is not None:
            message = email.message_from_bytes(item.mime, policy=email.policy.default)
            assert printable(message["Subject"] or "") == printable(item.get("Subject") or "")
            assert item.get("InternetMessageId") == message["Message-ID"]


def test_the_calendar_is_valid_by_icalendar(store: Store) -> None:
    seen = 0
    for _, item in items(store):
        if item.kind == "CalendarItem":
            event = Calendar.from_ical(calendar_from_item(item)).walk("VEVENT")[0]
            assert event.decoded("DTSTART")
            seen += 1
    assert seen > 50


def test_marks_flags_and_categories_are_set(store: Store) -> None:
    found = [item for _, item in items(store) if item.kind == "Message"]
    assert 40 <= sum(item.get("IsRead") == "false" for item in found) < 120
    assert sum(item.properties.find(t("Flag")) is not None for item in found) > 10
    assert sum(item.properties.find(t("Categories")) is not None for item in found) > 15
    assert {item.get("Importance") for item in found} == {"Low", "Normal", "High"}
    assert sum(item.get("IsDraft") == "true" for item in found) == 3


@pytest.mark.parametrize("stream", lists.LARGE, ids=lambda stream: stream.folder)
def test_the_large_one_is_made_of_lists(stream: lists.Stream) -> None:
    few = list(lists.messages((stream._replace(amount=60),)))
    assert [mail.mime for mail in few] == [mail.mime for mail in lists.messages((stream._replace(amount=60),))]
    for mail in few:
        message = email.message_from_bytes(mail.mime, policy=email.policy.default)
        assert not [defect for part in message.walk() for defect in part.defects]
        assert 2024 <= mail.received.year <= 2026
    assert [mail.received for mail in few] == sorted(mail.received for mail in few)


def test_twenty_thousand_in_all() -> None:
    assert sum(stream.amount for stream in lists.LARGE) == 20_000


def test_a_script_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="first line"):
        list(mails("== yesterday ada > ben\nSubject: x\n\nx\n"))


def test_the_meetings_that_mail_speaks_of_are_in_the_calendar(store: Store) -> None:
    found = [item for _, item in items(store)]
    planned = {item.get("UID") for item in found if item.kind == "CalendarItem"}
    spoken_of = [item for item in found if item.kind in {"MeetingRequest", "MeetingResponse"}]
    assert len(spoken_of) == 4
    assert {item.get("UID") for item in spoken_of} <= planned
