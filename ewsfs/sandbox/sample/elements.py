"""Items that are no mail, as a client would send them in CreateItem, and what else the sample knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from ewsfs.sandbox.model import Attachment, t
from ewsfs.sandbox.values import format_datetime

from . import files
from .people import Person

HOME_ZONE = "Romance Standard Time"


@dataclass(slots=True)
class Change:
    """What became of one occurrence of a series.

    number: which one, from 1. properties: what is different; None when the occurrence was deleted.
    """

    number: int
    properties: list[etree._Element] | None = None


@dataclass(slots=True)
class Entry:
    """An item of the sample.

    folder: path below the top folder. element: what a client would send. created: UTC.
    server: properties that only the server sets. changes: of a series.
    """

    folder: str
    element: etree._Element
    created: datetime
    attachments: list[Attachment] = field(default_factory=list)
    server: list[etree._Element] = field(default_factory=list)
    changes: Sequence[Change] = ()


Content = str | int | bool | datetime | etree._Element | None


def element(tag: str, *content: Content, **attributes: str) -> etree._Element:
    """<t:tag> with text or children; None leaves out, booleans and times are written as XML Schema has them."""
    new = etree.Element(t(tag), attributes)
    for part in content:
        if isinstance(part, etree._Element):
            new.append(part)
        elif part is not None:
            new.text = _text(part)
    return new


def _text(value: str | int | bool | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format_datetime(value) if isinstance(value, datetime) else str(value)


def item(kind: str, properties: Iterable[etree._Element | None]) -> etree._Element:
    """An item of that kind with the properties that aren't None."""
    return element(kind, *properties)


def body(text: str) -> etree._Element:
    """A plain text body."""
    return element("Body", text.replace("\n", "\r\n"), BodyType="Text")


def strings(tag: str, values: Iterable[str]) -> etree._Element | None:
    """A list of strings, None when it is empty."""
    found = [element("String", value) for value in values]
    return element(tag, *found) if found else None


def categories(text: str) -> etree._Element | None:
    """Categories out of a list separated by commas."""
    return strings("Categories", [name.strip() for name in text.split(",") if name.strip()])


def mailbox(person: Person) -> etree._Element:
    """<t:Mailbox> of a person."""
    return element(
        "Mailbox",
        element("Name", person.name or person.address),
        element("EmailAddress", person.address),
        element("RoutingType", "SMTP"),
    )


def dictionary(tag: str, entries: Mapping[str, str]) -> etree._Element | None:
    """Entries with a key each (EmailAddresses, PhoneNumbers, ImAddresses), None when there are none."""
    found = [element("Entry", value, Key=key) for key, value in entries.items()]
    return element(tag, *found) if found else None


def attached(name: str, lines: Sequence[str] = (), *, photo: bool = False) -> Attachment:
    """A file made by `files.make`."""
    kind, content = files.make(name, lines)
    return Attachment("", "FileAttachment", name, kind, content=content, is_contact_photo=photo)
