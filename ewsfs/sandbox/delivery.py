"""Sending: a copy of a message in the inbox of every recipient who has a mailbox here.

Recipients elsewhere get nothing: the sandbox has no way out. Used by CreateItem, SendItem and the meetings.
Threading: as `store`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ewsfs.sandbox import inbox_rules, schema
from ewsfs.sandbox.dispatch import Context
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.mime import mailbox_element
from ewsfs.sandbox.model import Item, t
from ewsfs.sandbox.store import Folder
from ewsfs.sandbox.store_items import now
from ewsfs.sandbox.users import User
from ewsfs.sandbox.values import format_datetime

_LISTS = ("ToRecipients", "CcRecipients", "BccRecipients")


def recipients(context: Context, properties: etree._Element) -> list[str]:
    """The addresses that a message goes to, members of private distribution lists included.

    Raises ResponseError: ErrorInvalidRecipients when there are none, or one can't be an address.
    """
    found: dict[str, str] = {}
    for name in _LISTS:
        for mailbox in properties.iterfind(f"{t(name)}/{t('Mailbox')}"):
            for address in _addresses(context, mailbox, set()):
                if "@" not in address.strip("@") or any(char.isspace() for char in address):
                    raise ResponseError("ErrorInvalidRecipients", "At least one recipient isn't valid.")
                found.setdefault(address.lower(), address)
    if not found:
        raise ResponseError("ErrorInvalidRecipients", "At least one recipient isn't valid.")
    return list(found.values())


def _addresses(context: Context, mailbox: etree._Element, seen: set[str]) -> Iterator[str]:
    reference = mailbox.find(t("ItemId"))
    address = (mailbox.findtext(t("EmailAddress")) or "").strip()
    if reference is None or address:
        yield address.removeprefix("SMTP:").removeprefix("smtp:")
        return
    identifier = reference.get("Id", "")
    if identifier in seen:
        return
    seen.add(identifier)
    row = context.store.items.row(identifier)
    item = context.store.items.get(identifier) if row is not None and row.mailbox == context.user.address else None
    if item is None:
        yield ""
        return
    if item.kind == "DistributionList":
        for member in item.properties.iterfind(f"{t('Members')}/{t('Member')}/{t('Mailbox')}"):
            yield from _addresses(context, member, seen)
    else:
        yield item.properties.findtext(f"{t('EmailAddresses')}/{t('Entry')}") or ""


def stamp(context: Context, item: Item, sender: User | None = None) -> None:
    """Make a draft of an item into what was sent: times, sender, flags."""
    moment = now()
    properties = item.properties
    who = sender or context.user
    for name in ("Sender", "From"):
        if properties.find(t(name)) is None and schema.by_name(item.kind, name) is not None:
            element = etree.Element(t(name))
            element.append(mailbox_element(who.display_name, who.address))
            schema.set_property(properties, element)
    for name, value in (
        ("DateTimeSent", format_datetime(moment)),
        ("DateTimeReceived", format_datetime(moment)),
        ("IsDraft", "false"),
        ("IsRead", "true"),
        ("IsSubmitted", "false"),
        ("IsFromMe", "true"),
    ):
        if schema.by_name(item.kind, name) is not None:
            schema.set_text(properties, name, value)
    item.modified = moment


def deliver(context: Context, item: Item, addresses: list[str]) -> None:
    """Put a copy of a sent message into the inboxes of those of the addresses that have a mailbox here."""
    for address in addresses:
        user = context.users.by_address(address)
        if user is not None:
            into_inbox(context, item, user)


def into_inbox(context: Context, item: Item, user: User, inbox: Folder | None = None) -> Item:
    """Put an unread copy of a message into a user's inbox, as new mail; without its blind recipients.

    Where it stands then, and how it looks, is for the user's inbox rules to say.
    """
    folder = inbox or context.store.folder(user.address, "inbox")
    received = item.copy()
    received.folder_id = folder.id
    received.created = received.modified = now()
    if received.properties.find(t("BccRecipients")) is not None:
        schema.remove(received.properties, "BccRecipients")
        received.mime = None
    for name, value in (
        ("IsRead", "false"),
        ("IsDraft", "false"),
        ("IsFromMe", "false"),
        ("DateTimeReceived", format_datetime(received.created)),
    ):
        if schema.by_name(received.kind, name) is not None:
            schema.set_text(received.properties, name, value)
    for element in (schema.by_name(received.kind, "ReceivedBy"), schema.by_name(received.kind, "ReceivedRepresenting")):
        if element is not None:
            mailbox = etree.Element(element.tag)
            mailbox.append(mailbox_element(user.display_name, user.address))
            schema.set_property(received.properties, mailbox)
    with context.store.transaction():
        copies = inbox_rules.apply(context.store, received, user)
        stored = context.store.items.add(received, user.address)
        for folder_id in copies:
            twin = received.copy()
            twin.folder_id = folder_id
            context.store.items.add(twin, user.address)
        context.store.items.announce(stored.id)
    return stored
