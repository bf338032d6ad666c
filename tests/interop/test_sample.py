"""The sample mailbox, as a foreign program sees it: everything in it can be read, and is what it seems."""

from __future__ import annotations

import email
import email.policy
from collections import Counter

from exchangelib import (
    Account,
    CalendarItem,
    Contact,
    DistributionList,
    EWSDateTime,
    FileAttachment,
    ItemAttachment,
    Message,
    PostItem,
    Task,
)
from exchangelib.items import MeetingCancellation, MeetingRequest, MeetingResponse

from tests.interop.conftest import ZONE

KINDS = {
    CalendarItem, Contact, DistributionList, MeetingCancellation, MeetingRequest, MeetingResponse, Message, PostItem,
    Task,
}  # fmt: skip


def test_every_item_can_be_read_whole(full: Account) -> None:
    kinds: Counter[type] = Counter()
    for folder in full.msg_folder_root.walk():
        for item in folder.all():
            kinds[type(item)] += 1
            assert item.subject is not None or isinstance(item, Message | DistributionList)
            assert item.mime_content is None or isinstance(item.mime_content, bytes)
            for attachment in item.attachments:
                if isinstance(attachment, FileAttachment):
                    assert isinstance(attachment.content, bytes)
    assert set(kinds) == KINDS
    assert 300 <= kinds[Message] <= 330
    assert kinds[DistributionList] == 2


def test_the_mime_is_what_the_properties_say(full: Account) -> None:
    for item in full.inbox.all().only("subject", "mime_content", "message_id", "author"):
        if isinstance(item, Message) and item.mime_content:
            parsed = email.message_from_bytes(item.mime_content, policy=email.policy.default)
            assert (parsed["Subject"] or "") == (item.subject or "")
            assert parsed["Message-ID"] == item.message_id


def test_the_innermost_file_of_three_messages(full: Account) -> None:
    odd = full.inbox / "Odd mail"
    outer = odd.get(subject="Fwd: Fwd: Invoice 2213")
    by_name = {attachment.name: attachment for attachment in outer.attachments}
    assert set(by_name) == {"figures.xlsx", "Fwd: Invoice 2213"}
    middle = by_name["Fwd: Invoice 2213"]
    assert isinstance(middle, ItemAttachment)
    inner = middle.item.attachments[0].item
    assert inner.subject == "Invoice 2213"
    assert inner.attachments[0].content.startswith(b"%PDF-1.4")


def test_searches_find_what_somebody_would_look_for(full: Account) -> None:
    harbour = full.inbox / "Projects" / "Harbour North"
    assert harbour.filter(subject__contains="First storm").count() == 1
    assert harbour.filter("cake").count() >= 1
    assert (
        (full.inbox / "Projects" / "Tide Atlas" / "Translations" / "East Asia").filter(body__contains="潮位").exists()
    )
    assert (full.inbox / "Odd mail").filter(subject="Status").count() == 4


def test_two_years_of_calendar_with_exceptions(full: Account) -> None:
    start = EWSDateTime(2024, 9, 1, tzinfo=ZONE)
    kinds: Counter[str] = Counter(
        item.type for item in full.calendar.view(start=start, end=start.replace(year=2026)).only("type", "start")
    )
    assert kinds["Occurrence"] > 400
    assert kinds["Exception"] >= 8
    assert kinds["Single"] > 40
    masters = [item for item in full.calendar.all() if item.type == "RecurringMaster"]
    patterns = {type(master.recurrence.pattern).__name__ for master in masters}
    assert patterns == {
        "DailyPattern", "WeeklyPattern", "AbsoluteMonthlyPattern", "RelativeMonthlyPattern",
        "AbsoluteYearlyPattern", "RelativeYearlyPattern",
    }  # fmt: skip
    assert sum(len(master.deleted_occurrences or ()) for master in masters) >= 10


def test_people_have_faces(full: Account) -> None:
    with_picture = [item for item in full.contacts.all() if isinstance(item, Contact) and item.has_picture]
    assert len(with_picture) >= 8
    assert all(item.attachments[0].content.startswith(b"\xff\xd8\xff") for item in with_picture)
