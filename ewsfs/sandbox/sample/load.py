"""Puts the sample mailbox into a store.

Used by the server when it starts with `--sample`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.calendar import change_occurrence, delete_occurrence, find_occurrence, occurrence_item, occurrences
from ewsfs.sandbox.create import Author, draft_from_element
from ewsfs.sandbox.mime import properties_from_mime
from ewsfs.sandbox.model import Item, local
from ewsfs.sandbox.store import Folder, Store
from ewsfs.sandbox.users import Users
from ewsfs.sandbox.values import format_datetime

from . import (
    appointments,
    contacts,
    lists,
    mail_atlas,
    mail_delta,
    mail_family,
    mail_harbour,
    mail_newsletters,
    mail_odd,
    mail_office,
    mail_receipts,
    mail_scripts,
    tasks,
)
from .elements import Change, Entry, element
from .people import ADA
from .script import Mail

MAIL = (
    mail_harbour,
    mail_delta,
    mail_atlas,
    mail_scripts,
    mail_family,
    mail_newsletters,
    mail_receipts,
    mail_odd,
    mail_office,
)
ENTRIES = (appointments, contacts, tasks)


class Loader:
    """Fills one mailbox. mailbox: its primary address; its default folders must be there."""

    def __init__(self, store: Store, mailbox: str) -> None:
        self._store = store
        self._mailbox = mailbox
        self._folders: dict[str, Folder] = {}

    def folder(self, path: str) -> Folder:
        """The folder of a path below the top folder, made when it isn't there, of its parent's class."""
        if path not in self._folders:
            above, _, name = path.rpartition("/")
            parent = self.folder(above) if above else self._store.folder(self._mailbox, "msgfolderroot")
            found = self._store.folders.child_named(parent.id, name)
            if found is None:
                kind, folder_class = (parent.kind, parent.folder_class) if above else ("Folder", "IPF.Note")
                found = self._store.folders.create(self._mailbox, parent.id, kind, folder_class, name)
            self._folders[path] = found
        return self._folders[path]

    def entries(self, entries: Iterable[Entry]) -> None:
        """Store items of the other kinds, each made as CreateItem does."""
        for entry in entries:
            item = self.item(entry)
            for prop in entry.server:
                schema.set_property(item.properties, prop)
            stored = self._store.items.add(item, self._mailbox)
            if entry.changes:
                self._store.items.update(change_series(stored, entry.changes))

    def item(self, entry: Entry) -> Item:
        """The item that an entry of the sample is."""
        author = Author(self._mailbox, ADA.name, entry.created, draft=False)
        attached = local(entry.element) not in schema.ITEM_CLASSES or local(entry.element).startswith("Meeting")
        draft = draft_from_element(entry.element, author, attached=attached)
        draft.attachments = [replace(one, last_modified=entry.created) for one in entry.attachments]
        return draft.item(folder_id=self.folder(entry.folder).id, now=entry.created)

    def mails(self, messages: Iterable[Mail]) -> None:
        """Store messages, each parsed from its MIME as CreateItem does."""
        for mail in messages:
            self._store.items.add(message_item(mail, self.folder(mail.folder).id), self._mailbox)


def message_item(mail: Mail, folder_id: str) -> Item:
    """The item that a message of the sample is."""
    item = properties_from_mime(mail.mime).item(folder_id=folder_id, now=mail.received)
    properties = item.properties
    schema.set_text(properties, "DateTimeReceived", format_datetime(mail.received))
    schema.set_text(properties, "IsDraft", "true" if "draft" in mail.marks else "false")
    schema.set_text(properties, "IsRead", "false" if "unread" in mail.marks else "true")
    if mail.categories:
        schema.set_property(properties, element("Categories", *[element("String", name) for name in mail.categories]))
    if mail.marks & {"flagged", "done"}:
        schema.set_property(properties, flag("done" in mail.marks, mail.received))
    return item


def change_series(stored: Item, changes: Iterable[Change]) -> Item:
    """A series with some of its occurrences changed or deleted."""
    master = stored.copy()
    ordinals = {found.index: found.ordinal for found in islice(occurrences(master), 200)}
    for change in changes:
        ordinal = ordinals[change.number]
        if change.properties is None:
            delete_occurrence(master, ordinal)
            continue
        item = occurrence_item(master, find_occurrence(master, ordinal))
        for prop in change.properties:
            schema.set_property(item.properties, prop)
        change_occurrence(master, ordinal, item)
    return master


def flag(done: bool, when: datetime) -> etree._Element:
    """<t:Flag>, set for follow-up or ticked off at that time."""
    if done:
        return element("Flag", element("FlagStatus", "Complete"), element("CompleteDate", when))
    return element("Flag", element("FlagStatus", "Flagged"))


def fill(store: Store, users: Users, size: str) -> None:
    """Fill the mailbox of the first user. size: "small" (some 300 messages) or "large" (20,000 more).

    Call it inside a transaction of the store.
    """
    loader = Loader(store, users.first.address)
    for content in MAIL:
        loader.mails(content.messages())
    loader.mails(lists.messages(lists.SMALL))
    for source in ENTRIES:
        loader.entries(source.entries())
    if size == "large":
        loader.mails(lists.messages(lists.LARGE))
