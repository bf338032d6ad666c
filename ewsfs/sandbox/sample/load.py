"""Puts the sample mailbox into a store.

Used by the server when it starts with `--sample`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.mime import properties_from_mime
from ewsfs.sandbox.model import Item, t
from ewsfs.sandbox.store import Folder, Store
from ewsfs.sandbox.users import Users
from ewsfs.sandbox.values import format_datetime

from . import (
    lists,
    mail_atlas,
    mail_delta,
    mail_family,
    mail_harbour,
    mail_newsletters,
    mail_odd,
    mail_office,
    mail_receipts,
)
from .script import Mail

MAIL = (mail_harbour, mail_delta, mail_atlas, mail_family, mail_newsletters, mail_receipts, mail_odd, mail_office)


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
        schema.set_property(properties, strings("Categories", mail.categories))
    if mail.marks & {"flagged", "done"}:
        schema.set_property(properties, flag("done" in mail.marks, mail.received))
    return item


def strings(name: str, values: Iterable[str]) -> etree._Element:
    """An element that holds a list of strings, for example <t:Categories>."""
    element = etree.Element(t(name))
    for value in values:
        etree.SubElement(element, t("String")).text = value
    return element


def flag(done: bool, when: datetime) -> etree._Element:
    """<t:Flag>, set for follow-up or ticked off at that time."""
    element = etree.Element(t("Flag"))
    etree.SubElement(element, t("FlagStatus")).text = "Complete" if done else "Flagged"
    if done:
        etree.SubElement(element, t("CompleteDate")).text = format_datetime(when)
    return element


def fill(store: Store, users: Users, size: str) -> None:
    """Fill the mailbox of the first user. size: "small" (some 300 messages) or "large" (20,000 more).

    Call it inside a transaction of the store.
    """
    loader = Loader(store, users.first.address)
    for content in MAIL:
        loader.mails(content.messages())
    loader.mails(lists.messages(lists.SMALL))
    if size == "large":
        loader.mails(lists.messages(lists.LARGE))
