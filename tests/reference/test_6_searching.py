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
from tests.reference.conftest import connect

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


def test_the_order_of_many_fields(account: Account) -> None:
    """The first field counts first, each in its own direction; labelled ones and choices too."""
    for number, (importance, subject) in enumerate(
        [("High", "b"), ("Low", "a"), ("Normal", "B"), ("High", "a"), ("Low", "c")]
    ):
        Message(folder=account.inbox, subject=subject, importance=importance, categories=[str(number)]).save()
    found = account.inbox.all().order_by("-importance", "subject")
    assert [(m.importance, m.subject) for m in found] == [
        ("High", "a"), ("High", "b"), ("Normal", "B"), ("Low", "a"), ("Low", "c"),
    ]  # fmt: skip
    assert [m.subject for m in found.reverse()] == ["c", "a", "B", "b", "a"]
    assert [m.categories for m in account.inbox.all().order_by("subject", "-categories")[:2]] == [["3"], ["1"]]
    for name, phone, city in (("a", "2", "Y"), ("b", "1", "Y"), ("c", "3", "X"), ("d", None, None)):
        Contact(
            folder=account.contacts,
            display_name=name,
            phone_numbers={"CarPhone": phone} if phone else {},
            physical_addresses=[PhysicalAddress(label="Business", city=city)] if city else [],
        ).save()
    contacts = account.contacts.all()
    by_both = contacts.order_by("-physical_addresses__Business__city", "phone_numbers__CarPhone")
    assert [c.display_name for c in by_both] == ["b", "a", "c", "d"]
    with pytest.raises(ValueError, match="'attachments' can't be sorted by"):
        contacts.order_by("attachments")
    with pytest.raises(ValueError, match="can't be sorted by"):
        contacts.order_by("physical_addresses__Business")


def test_every_slice_is_that_of_a_list(my_folder: Account) -> None:
    found = my_folder.calendar.all().only("subject").order_by("-start")
    whole = [item.subject for item in found]
    again = my_folder.calendar.all().only("subject").order_by("-start")
    for start in (None, 0, 3, 9, 12, -1, -4, -12):
        for stop in (None, 0, 2, 10, 15, -1, -5, -12):
            for step in (None, 3):
                part = slice(start, stop, step)
                assert [item.subject for item in again[part]] == whole[part], part
    assert [item.subject for item in again[2:8][1:3]] == whole[2:8][1:3]
    assert again[2:8][0].subject == whole[2]
    assert again[2:8].count() == 6
    assert again[8:20].exists()
    assert not again[10:].exists()


def test_what_is_done_with_a_slice_is_done_with_it_alone(my_folder: Account) -> None:
    """Whether it was asked for before or not, and however exotic it is."""
    folder = my_folder.calendar
    read = folder.all().order_by("-start")
    assert len(read) == 10
    parts = [folder.all().order_by("-start")[:2], folder.all().order_by("-start")[-2:], read[2:8][::3], read[6:7]]
    for part in parts:
        for refused in (part.filter, part.exclude, part.order_by, part.soft_deleted):
            with pytest.raises(ValueError, match="slice"):
                refused()
        names = subjects(part)
        assert subjects(part.all()) == names
        assert subjects(part.only("subject")) == names
        assert [row["body"] for row in part.values("body")] == [f"Body {name[-1]}" for name in names]
        assert list(part.values_list("subject", flat=True)) == names
        assert not part.none().exists()
        assert part.count() == len(names)
        assert part.delete() == [True] * len(names)
    assert sorted(subjects(folder.all())) == ["bar 2", "bar 6", "foo 5"]
    values = folder.all().order_by("-start").values("subject")[::2]
    assert [row["subject"] for row in values] == ["bar 6", "bar 2"]
    with pytest.raises(ValueError, match="values"):
        values.delete()
    assert folder.all().count() == 3


def test_choices_and_lists_in_lookups(account: Account) -> None:
    for importance, categories in (("High", ["a", "b"]), ("Low", ["b"]), ("Normal", None)):
        Message(folder=account.inbox, subject=importance, importance=importance, categories=categories).save()
    inbox = account.inbox
    assert subjects(inbox.filter(importance="High")) == ["High"]
    assert sorted(subjects(inbox.filter(importance__in=["High", "Low"]))) == ["High", "Low"]
    assert sorted(subjects(inbox.filter(importance__not="High"))) == ["Low", "Normal"]
    assert sorted(subjects(inbox.filter(categories__contains="b"))) == ["High", "Low"]
    assert subjects(inbox.filter(categories__contains=["a", "b"])) == ["High"]
    assert subjects(inbox.exclude(categories__exists=True)) == ["Normal"]
    assert sorted(subjects(inbox.filter(Q(importance="Low") | ~Q(categories__exists=True)))) == ["Low", "Normal"]
    assert subjects(inbox.filter(is_read=True, importance="High")) + subjects(
        inbox.filter(is_read=False, importance="High")
    ) == ["High"]
    assert inbox.filter(size__gt=0, datetime_received__lt=tz.localize(EWSDateTime(2001, 1, 1))).count() == 0


def test_text_is_found_as_it_was_written(account: Account) -> None:
    """What XML, search expressions and other alphabets make of a text changes nothing."""
    texts = ["<&>\"' ]]>", "æøå Ünïcödé", "日本語 🎉", "a  b", "50% off_now*?", "'; DROP--", "x" * 250]
    for text in texts:
        Message(folder=account.inbox, subject=text).save()
    for text in texts:
        assert subjects(account.inbox.filter(subject=text)) == [text]
        assert subjects(account.inbox.filter(subject__startswith=text[:5])) == [text]
        assert text in subjects(account.inbox.filter(subject__icontains=text[1:4].upper()))


def test_the_order_over_several_folders(account: Account, sandbox: Sandbox) -> None:
    """What is merged stands as the server would put it, choices and missing values too."""
    folders = [Folder(parent=account.inbox, name=f"part {n}").save() for n in range(3)]
    try:
        kinds = ["High", "Low", "Normal"]
        for number in range(9):
            Message(
                folder=folders[number % 3],
                subject=f"s{number // 3}",
                importance=kinds[(number // 3 + number) % 3],
                categories=[str(number)] if number % 2 else None,
            ).save()
        found = account.inbox.walk().all().order_by("-importance", "subject")
        ranks = {"High": 0, "Normal": 1, "Low": 2}
        keys = [(ranks[m.importance], m.subject) for m in found]
        assert keys == sorted(keys)
        assert len(keys) == 9
        assert [m.subject for m in found.reverse()] == [m.subject for m in found][::-1]
        assert [m.categories == [] for m in account.inbox.walk().all().order_by("categories")] == [True] * 5 + [
            False
        ] * 4
        before = sandbox.calls.count("FindItem")
        assert account.inbox.walk().all().count() == 9
        assert sandbox.calls.count("FindItem") == before + 1
        assert account.inbox.walk().filter(subject="s1").exists()
        assert sandbox.calls.count("FindItem") == before + 2
        before = sandbox.calls.count("FindItem")
        assert [m.folder.name for m in account.inbox.walk().all().only("subject")] == [
            f"part {n // 3}" for n in range(9)
        ]
        assert sandbox.calls.count("FindItem") == before + 3
        assert len(list(account.inbox.walk().all().only("subject")[:3])) == 3
        assert sandbox.calls.count("FindItem") == before + 4  # the first folder has enough
        values = account.inbox.walk().filter(subject__in=["s0", "s2"]).order_by("subject").values_list("subject")
        assert list(values[1:4]) == [("s0",), ("s0",), ("s2",)]
        assert [m.folder for m in account.inbox.glob("part 1").all()] == [folders[1]] * 3
        assert account.inbox.walk().filter(subject="s1").delete() == [True] * 3
        assert account.inbox.walk().all().count() == 6
    finally:
        for folder in folders:
            folder.delete()


def test_mail_that_comes_and_goes_between_the_pages(account: Account, sandbox: Sandbox) -> None:
    """Before each page but the first, some mail goes from the front and some comes; whatever stays is seen once."""
    for page_size in (5, 20):
        account.inbox.all().delete()
        account.bulk_create(folder=account.inbox, items=[Message(subject=f"{n:03}") for n in range(60)])
        all_items = list(account.inbox.all().only("subject").order_by("subject"))
        going = iter(all_items[:24])
        other = connect(sandbox, "john")
        gone: set[str | None] = set()
        wanted = account.inbox.all().only("subject").order_by("subject")
        wanted.page_size = page_size
        seen: list[str | None] = []
        for item in wanted.iterator():
            seen.append(item.subject)
            if len(seen) % page_size == 1:
                for leaving in (next(going, None), next(going, None)):
                    if leaving is not None:
                        gone.add(leaving.subject)
                        other.bulk_delete([leaving])
                Message(folder=other.inbox, subject=f"!new {len(seen)}").save()
        assert len(seen) == len(set(seen))
        assert {item.subject for item in all_items} - gone <= set(seen)
