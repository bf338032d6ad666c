"""Searching."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from ewsfs.ews import (
    Account,
    CalendarItem,
    Contact,
    DoesNotExist,
    EWSDateTime,
    EWSTimeZone,
    Folder,
    FolderCollection,
    Message,
    MultipleObjectsReturned,
    Q,
)
from ewsfs.ews.indexed import PhoneNumber, PhysicalAddress
from ewsfs.sandbox import Sandbox

tz = EWSTimeZone.timezone("Europe/Copenhagen")


@pytest.fixture
def my_folder(account: Account) -> Account:
    """Ten appointments, one a day."""
    for number in range(10):
        start = tz.localize(EWSDateTime(2017, 1, 1 + number, 10))
        CalendarItem(
            folder=account.calendar,
            subject=f"{'foo' if number % 2 else 'bar'} {number}",
            body=f"Body {number}",
            start=start,
            end=start + timedelta(hours=1),
            categories=["foo", "bar"] if number > 7 else None,
        ).save()
    return account


def subjects(found: object) -> list[str]:
    return [item.subject for item in found]  # type: ignore[attr-defined]  # items


def test_all_filter_exclude(my_folder: Account) -> None:
    folder = my_folder.calendar
    assert len(folder.all()) == 10
    assert len(list(folder.all().iterator())) == 10
    assert len(folder.filter(subject__contains="foo").exclude(categories__icontains="BAR")) == 4
    assert list(folder.none()) == []


def test_a_range_of_dates(my_folder: Account) -> None:
    found = my_folder.calendar.filter(
        start__range=(tz.localize(EWSDateTime(2017, 1, 1)), tz.localize(EWSDateTime(2017, 1, 4)))
    )
    assert sorted(subjects(found)) == ["bar 0", "bar 2", "foo 1"]


def test_get(my_folder: Account) -> None:
    folder = my_folder.calendar
    item = folder.get(subject="foo 1")
    assert item.body == "Body 1"
    assert folder.get(item_id=item.item_id, changekey=item.changekey) == item
    with pytest.raises(DoesNotExist):
        folder.get(subject="FOO 1")
    with pytest.raises(MultipleObjectsReturned):
        folder.get(subject__startswith="foo")


def test_order(my_folder: Account) -> None:
    folder = my_folder.calendar
    assert subjects(folder.all().order_by("subject")) == [f"bar {n}" for n in range(0, 10, 2)] + [
        f"foo {n}" for n in range(1, 10, 2)
    ]
    assert subjects(folder.all().order_by("-start"))[0] == "foo 9"
    assert subjects(folder.all().order_by("start").reverse())[0] == "foo 9"
    assert len(list(folder.all().order_by("subject", "categories")[:10])) == 10
    with pytest.raises(ValueError, match="reverse"):
        folder.all().reverse()


def test_labelled_properties(account: Account) -> None:
    for name, street in (("a", "Second"), ("b", "First")):
        Contact(
            folder=account.contacts,
            display_name=name,
            phone_numbers=[PhoneNumber(label="CarPhone", phone_number=name * 3)],
            physical_addresses=[PhysicalAddress(label="Home", street=street, city="X")],
        ).save()
    contacts = account.contacts
    ordered = contacts.all().order_by("physical_addresses__Home__street")
    assert [c.display_name for c in ordered] == ["b", "a"]
    sparse = list(contacts.all().only("phone_numbers").order_by("display_name"))
    assert sparse[0].phone_numbers["CarPhone"].phone_number == "aaa"
    assert sparse[0].display_name is None
    sparse = list(contacts.all().only("phone_numbers__CarPhone").order_by("display_name"))
    assert sparse[0].phone_numbers["CarPhone"].phone_number == "aaa"
    sparse = list(contacts.all().only("physical_addresses__Home__street"))
    assert {c.physical_addresses["Home"].street for c in sparse} == {"First", "Second"}
    assert {c.physical_addresses["Home"].city for c in sparse} == {None}
    streets = contacts.all().order_by("display_name").values_list("physical_addresses__Home__street", flat=True)
    assert list(streets) == ["Second", "First"]
    assert contacts.filter(phone_numbers__CarPhone="bbb").count() == 1


def test_counting(my_folder: Account, sandbox: Sandbox) -> None:
    folder = my_folder.calendar
    before = sandbox.calls.total()
    assert folder.all().count() == 10
    assert folder.all().exists()
    assert sandbox.calls.total() == before + 2
    assert not folder.filter(subject="nothing").exists()


def test_values(my_folder: Account) -> None:
    folder = my_folder.calendar
    ids = list(folder.all().values("item_id", "changekey"))
    assert len(ids) == 10
    assert set(ids[0]) == {"item_id", "changekey"}
    assert all(row["item_id"] for row in ids)
    rows = sorted(folder.all().values_list("subject", "body"))
    assert rows[0] == ("bar 0", "Body 0")
    assert len(list(folder.all().values_list("subject", flat=True))) == 10


@pytest.mark.parametrize(
    ("part", "expected", "requests"),
    [
        (lambda qs: qs[:3], [9, 8, 7], 1),
        (lambda qs: qs[-3:], [2, 1, 0], 1),
        (lambda qs: qs[3:5], [6, 5], 1),
        (lambda qs: [qs[4]], [5], 1),
        (lambda qs: [qs[-1]], [0], 1),
        (lambda qs: qs[:-8], [9, 8], 2),
        (lambda qs: qs[::4], [9, 5, 1], 1),
        (lambda qs: qs[8:20], [1, 0], 1),
        (lambda qs: qs[20:], [], 1),
    ],
)
def test_slices(
    my_folder: Account, sandbox: Sandbox, part: Callable[..., list[CalendarItem]], expected: list[int], requests: int
) -> None:
    found = my_folder.calendar.all().only("subject").order_by("-start")
    before = sandbox.calls.total()
    assert [int((item.subject or "")[-1]) for item in part(found)] == expected
    assert sandbox.calls.total() - before == requests


def test_an_index_that_is_too_large(my_folder: Account) -> None:
    with pytest.raises(IndexError):
        my_folder.calendar.all().order_by("-start")[34298]


def test_lookups(my_folder: Account) -> None:
    qs = my_folder.calendar.all()
    dt = tz.localize(EWSDateTime(2017, 1, 5, 10))
    counted = {
        "subject='foo 1'": qs.filter(subject="foo 1"),
        "range": qs.filter(start__range=(dt, dt + timedelta(days=1))),
        "in": qs.filter(subject__in=("foo 1", "bar 2")),
        "not": qs.filter(subject__not="foo 1"),
        "gt": qs.filter(start__gt=dt),
        "gte": qs.filter(start__gte=dt),
        "lt": qs.filter(start__lt=dt),
        "lte": qs.filter(start__lte=dt),
        "exact": qs.filter(subject__exact="foo 1"),
        "exact, other case": qs.filter(subject__exact="Foo 1"),
        "iexact": qs.filter(subject__iexact="FOO 1"),
        "contains": qs.filter(subject__contains="foo"),
        "contains, other case": qs.filter(subject__contains="FOO"),
        "icontains": qs.filter(subject__icontains="FOO"),
        "startswith": qs.filter(subject__startswith="foo"),
        "istartswith": qs.filter(subject__istartswith="FO"),
        "exists": qs.filter(categories__exists=True),
        "exists not": qs.filter(categories__exists=False),
        "in nothing": qs.filter(subject__in=()),
    }
    assert {name: found.count() for name, found in counted.items()} == {
        "subject='foo 1'": 1,
        "range": 2,
        "in": 2,
        "not": 9,
        "gt": 5,
        "gte": 6,
        "lt": 4,
        "lte": 5,
        "exact": 1,
        "exact, other case": 0,
        "iexact": 1,
        "contains": 5,
        "contains, other case": 0,
        "icontains": 5,
        "startswith": 5,
        "istartswith": 5,
        "exists": 2,
        "exists not": 8,
        "in nothing": 0,
    }


def test_query_strings(account: Account) -> None:
    Message(folder=account.inbox, subject="XXX marks the spot").save()
    Message(folder=account.inbox, subject="nothing").save()
    assert subjects(account.inbox.filter("subject:XXX")) == ["XXX marks the spot"]
    with pytest.raises(ValueError, match="combined"):
        account.inbox.filter("subject:XXX").filter(is_read=True)


def test_q(my_folder: Account) -> None:
    q = (Q(subject__iexact="FOO 1") | Q(subject__contains="bar")) & ~Q(subject__startswith="bar 2")
    assert sorted(subjects(my_folder.calendar.filter(q))) == ["bar 0", "bar 4", "bar 6", "bar 8", "foo 1"]


def test_by_time_and_categories(my_folder: Account) -> None:
    year, month, day = 2017, 1, 9
    items = my_folder.calendar.filter(
        start__lt=tz.localize(EWSDateTime(year, month, day + 1)),
        end__gt=tz.localize(EWSDateTime(year, month, day)),
        categories__contains=["foo", "bar"],
    )
    for item in items:
        print(item.start, item.end, item.subject, item.body, item.location)
    assert subjects(items) == ["bar 8"]


def test_view(my_folder: Account) -> None:
    year, month, day = 2017, 1, 9
    items = my_folder.calendar.view(
        start=tz.localize(EWSDateTime(year, month, day)),
        end=tz.localize(EWSDateTime(year, month, day)) + timedelta(days=1),
    )
    for item in items:
        print(item.start, item.end, item.subject, item.body, item.location)
    assert subjects(items) == ["bar 8"]
    assert [item.body for item in items] == ["Body 8"]


def test_query_sets_are_lazy_and_can_be_used_again(my_folder: Account, sandbox: Sandbox) -> None:
    before = sandbox.calls.total()
    base = my_folder.calendar.filter(subject__contains="foo").only("subject")
    first, second = base.filter(subject__contains="1"), base.filter(subject__contains="3")
    assert sandbox.calls.total() == before
    assert (subjects(first), subjects(second)) == (["foo 1"], ["foo 3"])
    assert sandbox.calls.total() == before + 2
    assert subjects(first) == ["foo 1"]
    assert sandbox.calls.total() == before + 2
    assert len(base) == 5


def test_several_folders(account: Account, sandbox: Sandbox) -> None:
    top = Folder(parent=account.inbox, name="top").save()
    below = Folder(parent=top, name="below").save()
    for number, folder in enumerate((account.inbox, top, below, below)):
        Message(folder=folder, subject=f"found {number}").save()
    deep = account.inbox.walk().filter(subject__startswith="found")
    assert subjects(deep.order_by("-subject")) == ["found 3", "found 2", "found 1"]
    assert deep.count() == 3
    assert subjects(deep.order_by("subject")[1:]) == ["found 2", "found 3"]
    together = FolderCollection(account, [account.inbox, below])
    assert sorted(subjects(together.filter(subject__startswith="found"))) == ["found 0", "found 2", "found 3"]
    assert subjects(account.inbox.glob("*").all()) == ["found 1"]
    assert account.inbox.glob("**/below").get(subject="found 3").folder == below
    top.delete()
