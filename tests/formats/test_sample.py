"""Every item of the sandbox's sample mailbox as a file: valid, and on the days that the server says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
import vobject
from dateutil.rrule import rrulestr
from icalendar import Calendar

from ewsfs.ews.account import Account
from ewsfs.ews.attachments import FileAttachment, ItemAttachment
from ewsfs.ews.configuration import Configuration
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.items import CalendarItem, Contact, DistributionList, Message, Task
from ewsfs.formats import eml, ics, icsparts, icsread, vcf, vcfread
from ewsfs.sandbox import Sandbox

FROM = datetime(2025, 1, 1, tzinfo=timezone.utc)
UNTIL = datetime(2026, 12, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Sandbox(users={"ada": "secret"}, sample="small") as sandbox:
        configuration = Configuration(
            service_endpoint=sandbox.endpoint, credentials=Credentials(username="ada", password="secret")
        )
        yield Account(sandbox.address("ada"), config=configuration, autodiscover=False)


def fetched(account: Account, folder: Any, fields: tuple[str, ...]) -> list[Any]:
    ids = [(item.item_id, item.changekey) for item in folder.all().only("item_id", "changekey")]
    return list(account.fetch(ids, only_fields=fields))


def event_files(account: Account) -> Iterator[tuple[CalendarItem, bytes]]:
    """Each calendar item with its file, exceptions included."""
    for item in fetched(account, account.calendar, ics.EVENT_FIELDS):
        changed = [each.item_id for each in item.modified_occurrences]
        exceptions = list(account.fetch(changed, only_fields=ics.EXCEPTION_FIELDS)) if changed else []
        yield item, ics.event(item, exceptions)


def starts(data: bytes) -> set[str]:
    """When a file's event happens, each time by its day or its instant."""
    components: list[Any] = list(Calendar.from_ical(data).walk("VEVENT"))
    master, *exceptions = components
    lines: Any = master.get("EXDATE", [])
    missing = {each.dt for line in (lines if isinstance(lines, list) else [lines]) for each in line.dts}
    missing |= {exception["RECURRENCE-ID"].dt for exception in exceptions}
    first: Any = master["DTSTART"].dt
    found = [first]
    if "RRULE" in master:
        is_time = isinstance(first, datetime)
        found = []
        for each in rrulestr(master["RRULE"].to_ical().decode(), dtstart=first):
            if each > (UNTIL if is_time else UNTIL.replace(tzinfo=None)):
                break
            found.append(each if is_time else each.date())
    found = [each for each in found if each not in missing] + [exception["DTSTART"].dt for exception in exceptions]
    return {said(each) for each in found}


def said(when: Any) -> str:
    return when.astimezone(timezone.utc).isoformat() if isinstance(when, datetime) else str(when)


def in_view(found: set[str]) -> set[str]:
    return {each for each in found if "2025-01-01" <= each < "2026-12-01"}


def test_events_happen_when_the_server_says(account: Account) -> None:
    ours: defaultdict[str, set[str]] = defaultdict(set)
    for item, data in event_files(account):
        ours[item.uid or ""] |= starts(data)
    theirs: defaultdict[str, set[str]] = defaultdict(set)
    for each in account.calendar.view(start=FROM, end=UNTIL).only("uid", "start", "is_all_day", "start_timezone"):
        assert each.start is not None
        day = icsparts.day(each.start, each.start_timezone) if each.is_all_day else each.start
        theirs[each.uid or ""].add(said(day))
    assert sum(map(len, theirs.values())) > 500
    for uid, expected in theirs.items():
        assert in_view(ours[uid]) == in_view(expected)


def test_events_are_valid_and_come_back(account: Account) -> None:
    for item, data in event_files(account):
        (judged,) = vobject.readComponents(data.decode())
        assert judged.vevent.uid.value == item.uid
        file = icsread.parse_event(data, item.start_timezone or timezone.utc)
        assert (file.master["start"], file.master["end"]) == (item.start, item.end)
        assert file.master.get("recurrence") == item.recurrence
        assert len(file.deleted) == len(item.deleted_occurrences)
        assert len(file.exceptions) == len(item.modified_occurrences)


def test_tasks_are_valid_and_come_back(account: Account) -> None:
    items: list[Task] = fetched(account, account.tasks, ics.TASK_FIELDS)
    assert items
    for item in items:
        fields = icsread.parse_task(ics.task(item)).fields
        assert (fields["subject"], fields.get("due_date")) == (item.subject, item.due_date)


def test_contacts_and_lists_are_valid_and_come_back(account: Account) -> None:
    fields = tuple(dict.fromkeys((*vcf.CONTACT_FIELDS, *vcf.LIST_FIELDS)))
    items: list[Contact | DistributionList] = fetched(account, account.contacts, fields)
    assert {type(item) for item in items} == {Contact, DistributionList}
    for item in items:
        if isinstance(item, Contact):
            data = vcf.contact(item)
            contact = vcfread.parse_contact(data).fields
            numbers = {each.label: each.phone_number for each in contact.get("phone_numbers", [])}
            assert numbers == {each.label: each.phone_number for each in item.phone_numbers}
            assert [each.email for each in contact.get("email_addresses", [])] == [
                each.email for each in item.email_addresses
            ]
        else:
            data = vcf.distribution_list(item)
            assert len(vcfread.parse_list(data).fields["members"]) == len(item.members)
        (judged,) = vobject.readComponents(data.decode())
        assert judged.fn.value == item.display_name


def test_attachments_in_the_mime_are_those_of_the_server(account: Account) -> None:
    compared = 0
    for folder in account.msg_folder_root.walk():
        ids = [item.item_id for item in folder.all().only("item_class") if item.item_class == "IPM.Note"]
        for message in account.fetch(ids, only_fields=("mime_content", "attachments")):
            assert isinstance(message, Message)
            parts = eml.attachments(message.mime_content or b"")
            attached = list(account.get_attachments([each.attachment_id or "" for each in message.attachments]))
            for part, attachment in zip(parts, attached, strict=True):
                if isinstance(attachment, ItemAttachment):
                    assert attachment.item is not None
                    assert part.content == attachment.item.mime_content
                else:
                    assert isinstance(attachment, FileAttachment)
                    assert (part.content, part.is_inline) == (attachment.content, attachment.is_inline)
                compared += 1
    assert compared > 100
