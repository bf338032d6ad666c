"""A program as others would write it: `mypy --strict` checks what is asserted here about types, with the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from typing_extensions import assert_type

from ewsfs.ews import (
    UTC_NOW,
    Account,
    Calendar,
    CalendarItem,
    Contact,
    EWSDate,
    EWSDateTime,
    EWSError,
    EWSTimeZone,
    FileAttachment,
    Folder,
    Item,
    ItemAttachment,
    Mailbox,
    Message,
    OofSettings,
    Q,
    QuerySet,
    Task,
)
from ewsfs.ews.attachments import Attachment, ReferenceAttachment
from ewsfs.ews.availability import FreeBusyView, MailTips
from ewsfs.ews.delegates import DelegateUser
from ewsfs.ews.fields import DateTimeField, Field, TextField
from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.indexed import LabelledList, PhoneNumber
from ewsfs.ews.items import ItemRef
from ewsfs.ews.notifications import Event
from ewsfs.ews.people import Attendee
from ewsfs.ews.recurrence import Occurrence, Recurrence
from ewsfs.ews.rules import Rule
from ewsfs.ews.suggestions import SuggestionDay
from ewsfs.ews.sync import FolderChange, ItemChange
from ewsfs.ews.userconfiguration import UserConfiguration


def fields(message: Message, event: CalendarItem, contact: Contact, task: Task) -> None:
    """Fields have the types of their values."""
    assert_type(message.subject, str | None)
    assert_type(message.mime_content, bytes | None)
    assert_type(message.is_read, bool | None)
    assert_type(message.size, int | None)
    assert_type(message.datetime_received, EWSDateTime | None)
    assert_type(message.author, Mailbox | None)
    assert_type(message.to_recipients, list[Mailbox])
    assert_type(message.categories, list[str])
    assert_type(message.attachments, list[Attachment])
    assert_type(message.item_id, str | None)
    assert_type(event.required_attendees, list[Attendee])
    assert_type(event.recurrence, Recurrence | None)
    assert_type(event.start_timezone, EWSTimeZone | None)
    assert_type(event.modified_occurrences, list[Occurrence])
    assert_type(contact.phone_numbers, LabelledList[PhoneNumber])
    assert_type(contact.phone_numbers["CarPhone"].phone_number, str | None)
    assert_type(contact.birthday, EWSDate | None)
    assert_type(task.percent_complete, float | None)


def declarations() -> None:
    """On a class a field is the field."""
    assert_type(Message.subject, TextField)
    assert_type(Message.subject.uri, str | None)
    assert_type(CalendarItem.start, DateTimeField)
    assert_type(Message.field("subject"), Field[Any])


def assignments(message: Message) -> None:
    """What will do for a value is taken."""
    message.to_recipients = ["ada@example.com", Mailbox(email_address="ben@example.com")]
    message.author = "ada@example.com"
    message.subject = None


def searches(account: Account, folder: Folder) -> None:
    """What a folder's searches find is of the folder's kind."""
    assert_type(account.calendar, Calendar)
    assert_type(account.calendar.filter(subject="x"), QuerySet[CalendarItem])
    assert_type(account.inbox.get(subject="x"), Message)
    assert_type(account.inbox.all().order_by("subject")[:10], QuerySet[Message])
    assert_type(account.inbox.all()[0], Message)
    assert_type(account.tasks.all().none(), QuerySet[Task])
    assert_type(folder.all(), QuerySet[Item])
    assert_type(account.contacts.all().values("display_name"), QuerySet[dict[str, Any]])
    assert_type(account.contacts.all().values_list("display_name", "subject"), QuerySet[tuple[Any, ...]])
    assert_type(account.inbox.all().count(), int)
    for message in account.inbox.filter(is_read=False).only("subject"):
        assert_type(message, Message)
    for item in account.calendar.all().iterator():
        assert_type(item.start, EWSDateTime | None)


def others(account: Account, folder: BaseFolder) -> None:
    """The rest of what the filesystem and other programs use."""
    for change in folder.sync_items(only_fields=["subject"]):
        assert_type(change, ItemChange[Item])
        assert_type(change.item.subject, str | None)
    for moved in account.sync_hierarchy():
        assert_type(moved, FolderChange)
        assert_type(moved.folder.name, str | None)
    assert_type(account.bulk_move(["a"], folder), list[ItemRef | EWSError | None])
    attachments = account.get_attachments(["a"])
    assert_type(attachments, Iterator[FileAttachment | ItemAttachment | ReferenceAttachment | EWSError])


def settings(account: Account, start: datetime) -> None:
    """What an account is asked about people, settings and transfers."""
    assert_type(account.oof_settings, OofSettings)
    assert_type(account.oof_settings.start, EWSDateTime | None)
    assert_type(account.free_busy(["ada@example.com"], start, start), list[FreeBusyView | EWSError])
    assert_type(account.meeting_suggestions(["ada@example.com"], start, start), list[SuggestionDay])
    assert_type(account.mail_tips(["ada@example.com"]), list[MailTips | EWSError])
    assert_type(account.rooms(account.room_lists()[0]), list[Mailbox])
    assert_type(account.resolve_names("ada")[0].mailbox, Mailbox | None)
    assert_type(account.expand_dl("list@example.com"), list[Mailbox])
    assert_type(account.convert_ids(["x"], "HexEntryId"), list[str | EWSError])
    assert_type(account.delegates(), list[DelegateUser | EWSError])
    assert_type(account.inbox_rules(), list[Rule])
    assert_type(account.get_user_configuration("x", account.inbox), UserConfiguration)
    assert_type(account.export(["x"]), Iterator[bytes | EWSError])
    assert_type(account.upload([(account.inbox, b"x")]), list[ItemRef | EWSError | None])
    for event in account.listen([account.inbox]):
        assert_type(event, Event | None)


def attached(message: Message) -> None:
    """What is attached, and the files that it travels as."""
    for attachment in message.attachments:
        if isinstance(attachment, FileAttachment):
            assert_type(attachment.content, bytes | None)
            assert_type(attachment.fp, BinaryIO)
        elif isinstance(attachment, ItemAttachment):
            assert_type(attachment.item, Item | None)


def expressions(account: Account) -> None:
    """Searches are joined, and sorted, and cut."""
    q = (Q(subject__iexact="foo") | Q(subject__contains="bar")) & ~Q(subject__startswith="baz")
    assert_type(q, Q)
    found = account.inbox.filter(q).exclude(is_read=True).order_by("-datetime_received")
    assert_type(found, QuerySet[Message])
    assert_type(found.values_list("subject", flat=True), QuerySet[Any])
    assert_type(found.exists(), bool)
    assert_type(account.calendar.view(start=UTC_NOW(), end=UTC_NOW())[0], CalendarItem)


EXAMPLES = (fields, declarations, assignments, searches, others, settings, attached, expressions)


def test_the_names_are_there() -> None:
    assert all(callable(one) for one in EXAMPLES)
