"""Hypothesis strategies for the model: any value of any field, any item, any search."""

from __future__ import annotations

import string
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from ewsfs.ews.attachments import AttachmentField, FileAttachment, ItemAttachment
from ewsfs.ews.element import ElementField, ElementListField, EWSElement
from ewsfs.ews.ewsdatetime import EWSDate, EWSDateTime, EWSTimeZone
from ewsfs.ews.extended_properties import ExtendedField
from ewsfs.ews.fields import (
    BooleanField,
    ChoiceField,
    DateField,
    DateTimeField,
    Field,
    FloatField,
    IntegerField,
    TextField,
    UriField,
)
from ewsfs.ews.indexed import LabelledField
from ewsfs.ews.items import ITEM_CLASSES, CalendarItem, Item, Message
from ewsfs.ews.items.calendar import MeetingListField
from ewsfs.ews.listfields import BinaryField, BinaryListField, TextListField
from ewsfs.ews.ownerfields import ContentField
from ewsfs.ews.properties import (
    BodyField,
    ChoiceListField,
    HTMLBody,
    IdField,
    Mailbox,
    MailboxField,
    PartOfIdField,
)
from ewsfs.ews.recurrence import (
    PatternField,
    Recurrence,
    RecurrenceField,
    Regeneration,
    TaskRecurrenceField,
    WeekdaysField,
)
from ewsfs.ews.restriction import Q
from ewsfs.ews.timezones import TimeZoneField

TEXT = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters=[*map(chr, range(32)), "\ufffe", "\uffff"])
    | st.sampled_from("\t\n\r"),
    max_size=40,
)
FILLED = TEXT.filter(lambda text: bool(text.strip()))
DATES = st.dates().map(EWSDate.from_date)
# Times in an hour that happens twice are left out: by PEP 495 they equal no time of another zone.
TIMES = (
    st.datetimes(
        min_value=datetime(1, 1, 2),
        max_value=datetime(9999, 12, 30),
        timezones=st.sampled_from([timezone.utc, EWSTimeZone("Europe/Oslo"), timezone(timedelta(hours=-7))]),
    )
    .filter(lambda when: when.utcoffset() == when.replace(fold=1 - when.fold).utcoffset())
    .map(EWSDateTime.from_datetime)
)
ZONES = st.sampled_from(["Europe/Paris", "Etc/UTC", "Asia/Tokyo", "America/New_York"]).map(EWSTimeZone)
IDS = st.text(string.ascii_letters + string.digits + "+/=", min_size=1, max_size=30)
PATTERNS = tuple(kind for kind in Recurrence.PATTERNS.values() if not issubclass(kind, Regeneration))


def values(field: Field[Any]) -> st.SearchStrategy[Any]:
    """Any value that can be assigned to a field."""
    if isinstance(field, ExtendedField):
        return extended_values(field)
    if isinstance(field, (RecurrenceField, TaskRecurrenceField)):
        return recurrences(tasks=isinstance(field, TaskRecurrenceField))
    if isinstance(field, AttachmentField):
        return st.lists(attachments(), max_size=2)
    if isinstance(field, LabelledField):
        return st.lists(st.sampled_from(field.kind.LABELS), unique=True, max_size=3).flatmap(
            lambda labels: st.tuples(*(entries(field.kind, label) for label in labels)).map(list)
        )
    if isinstance(field, MeetingListField):
        return st.lists(items(CalendarItem, writable=True), max_size=1)
    if isinstance(field, ElementListField):
        return st.lists(elements(field.kind), max_size=3)
    if isinstance(field, MailboxField):
        return mailboxes()
    if isinstance(field, ElementField):
        return elements(field.kind)
    if isinstance(field, TimeZoneField):
        return ZONES
    if isinstance(field, WeekdaysField):
        return st.lists(
            st.sampled_from(["Monday", "Friday", "Weekday"]),
            min_size=1,
            max_size=1 if field.is_single else 3,
            unique=True,
        )
    if isinstance(field, PatternField):
        return st.sampled_from(PATTERNS).flatmap(lambda kind: elements(kind, every=True))
    if isinstance(field, BodyField):
        return TEXT | TEXT.map(HTMLBody)
    if isinstance(field, ChoiceField):
        return st.sampled_from(field.choices)
    if isinstance(field, TextField) and field.pattern is not None:
        return st.from_regex(field.pattern, fullmatch=True)
    if isinstance(field, (IdField, PartOfIdField)) or field.name in ("id", "changekey"):
        return IDS
    if isinstance(field, ContentField):
        return FILLED
    if isinstance(field, UriField):
        return st.from_regex("https://[a-z]{1,9}/[a-z0-9/?=&]{0,9}", fullmatch=True)
    if isinstance(field, TextField):
        return TEXT
    if isinstance(field, BooleanField):
        return st.booleans()
    if isinstance(field, IntegerField):
        return st.integers(field.minimum, field.maximum)
    if isinstance(field, FloatField):
        return st.floats(max(field.minimum, -1e9), min(field.maximum, 1e9), allow_nan=False, allow_subnormal=False)
    if isinstance(field, DateField):
        return DATES
    if isinstance(field, DateTimeField):
        return TIMES
    if isinstance(field, BinaryField):
        return st.binary(max_size=40)
    if isinstance(field, BinaryListField):
        return st.lists(st.binary(max_size=10), max_size=3)
    if isinstance(field, ChoiceListField):
        return st.lists(st.sampled_from(["ReplyToItem", "ForwardItem"]), unique=True)
    if isinstance(field, TextListField):
        return st.lists(TEXT, max_size=3)
    raise AssertionError(f"no strategy for {field!r}")


def extended_values(field: ExtendedField) -> st.SearchStrategy[Any]:
    one: dict[str, st.SearchStrategy[Any]] = {
        "String": TEXT,
        "Integer": st.integers(-(2**31), 2**31 - 1),
        "Short": st.integers(-(2**15), 2**15 - 1),
        "Long": st.integers(-(2**63), 2**63 - 1),
        "Boolean": st.booleans(),
        "Binary": st.binary(max_size=20),
        "SystemTime": TIMES,
        "Double": st.floats(allow_nan=False, allow_infinity=False),
        "Float": st.floats(allow_nan=False, allow_infinity=False),
        "ApplicationTime": st.floats(allow_nan=False, allow_infinity=False),
        "Currency": st.integers(-(2**63), 2**63 - 1),
        "CLSID": st.uuids().map(str),
    }
    kind = field.kind.property_type
    if kind.endswith("Array"):
        return st.lists(one[kind.removesuffix("Array")], max_size=3)
    return one[kind]


@st.composite
def mailboxes(draw: st.DrawFn) -> Mailbox:
    return Mailbox(name=draw(st.none() | FILLED), email_address=draw(FILLED), routing_type="SMTP")


@st.composite
def entries(draw: st.DrawFn, kind: type[EWSElement], label: str) -> Any:
    entry = draw(elements(kind))
    entry.field("label").__set__(entry, label)
    if getattr(kind, "VALUE", None):
        entry.field(kind.VALUE).__set__(entry, draw(TEXT))  # type: ignore[attr-defined]  # labelled kinds have it
    return entry


@st.composite
def elements(draw: st.DrawFn, kind: type[EWSElement], *, every: bool = False) -> Any:
    """Any instance of a class, with some of its fields, or all."""
    if kind is Mailbox:
        return draw(mailboxes())
    if kind is Recurrence:
        return draw(recurrences())
    found: dict[str, Any] = {}
    for field in kind.FIELDS:
        if (
            every
            or field.is_required
            or isinstance(field, ContentField)
            or field.name in ("mailbox", "id", "display_name")
            or draw(st.booleans())
        ):
            found[field.name] = draw(values(field))
    if "changekey" in found and isinstance(kind._table().by_name.get("item_id"), IdField):
        found.setdefault("item_id", "AAA=")
    return kind(**found)


@st.composite
def recurrences(draw: st.DrawFn, *, tasks: bool = False) -> Recurrence:
    kinds = tuple(Recurrence.PATTERNS.values()) if tasks else PATTERNS
    pattern = draw(elements(draw(st.sampled_from(kinds)), every=True))
    ends: dict[str, Any] = draw(
        st.just({}) | st.fixed_dictionaries({"end": DATES}) | st.fixed_dictionaries({"number": st.integers(1, 999)})
    )
    return Recurrence(pattern=pattern, start=draw(DATES), **ends)


@st.composite
def attachments(draw: st.DrawFn) -> Any:
    name = draw(TEXT)
    if draw(st.booleans()):
        return FileAttachment(name=name, content=draw(st.binary(max_size=30)), is_inline=draw(st.booleans()))
    return ItemAttachment(name=name, item=Message(subject=draw(TEXT), body=draw(TEXT)))


@st.composite
def items(draw: st.DrawFn, kind: type[Item] | None = None, *, writable: bool = False) -> Item:
    """Any item. Parameters: `writable`, only with fields that a client may set."""
    chosen = kind or draw(st.sampled_from(ITEM_CLASSES))
    usable = [
        field for field in chosen.FIELDS if not (writable and (field.is_read_only or field.name == "attachments"))
    ]
    some = draw(st.lists(st.sampled_from(usable), unique_by=lambda field: field.name, max_size=8))
    found = {field.name: draw(values(field)) for field in some}
    if "changekey" in found:
        found.setdefault("item_id", "AAA=")
    if found.get("start") is not None and found.get("end") is not None:
        found["start"], found["end"] = sorted((found["start"], found["end"]))
    if found.get("start_date") is not None and found.get("due_date") is not None:
        found["start_date"], found["due_date"] = sorted((found["start_date"], found["due_date"]))
    return chosen(**found)


SEARCHED: dict[str, st.SearchStrategy[Any]] = {
    "subject": FILLED,
    "body": FILLED,
    "categories": FILLED,
    "author": FILLED,
    "importance": st.sampled_from(["Low", "Normal", "High"]),
    "is_read": st.booleans(),
    "size": st.integers(0, 2**31 - 1),
    "datetime_received": TIMES,
}
TEXT_LOOKUPS = ("exact", "iexact", "contains", "icontains", "startswith", "istartswith", "not")
ORDER_LOOKUPS = ("exact", "gt", "gte", "lt", "lte", "not")


@st.composite
def lookups(draw: st.DrawFn) -> Q:
    """One comparison among messages."""
    name = draw(st.sampled_from(sorted(SEARCHED)))
    value = SEARCHED[name]
    kind = draw(st.sampled_from(["one", "in", "exists", "range"]))
    if kind == "exists":
        return Q(**{f"{name}__exists": draw(st.booleans())})
    if kind == "in":
        return Q(**{f"{name}__in": draw(st.lists(value, min_size=1, max_size=3))})
    if name in ("size", "datetime_received"):
        if kind == "range":
            return Q(**{f"{name}__range": draw(st.tuples(value, value))})
        return Q(**{f"{name}__{draw(st.sampled_from(ORDER_LOOKUPS))}": draw(value)})
    if name in ("importance", "is_read"):
        return Q(**{name: draw(value)})
    return Q(**{f"{name}__{draw(st.sampled_from(TEXT_LOOKUPS))}": draw(value)})


SEARCHES: st.SearchStrategy[Q] = st.recursive(
    lookups(),
    lambda inner: (
        st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1])
        | st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1])
        | inner.map(lambda q: ~q)
    ),
    max_leaves=8,
)
