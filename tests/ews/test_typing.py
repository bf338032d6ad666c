"""A program as others would write it: `mypy --strict` checks what is asserted here about types, with the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typing_extensions import assert_type

from ewsfs.ews import (
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
    QuerySet,
    Task,
)
from ewsfs.ews.attachments import Attachment, ReferenceAttachment
from ewsfs.ews.fields import DateTimeField, Field, TextField
from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.indexed import LabelledList, PhoneNumber
from ewsfs.ews.items import ItemRef
from ewsfs.ews.people import Attendee
from ewsfs.ews.recurrence import Occurrence, Recurrence
from ewsfs.ews.sync import FolderChange, ItemChange


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


def test_the_names_are_there() -> None:
    assert all(callable(one) for one in (fields, declarations, assignments, searches, others))
