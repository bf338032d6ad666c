"""Searching: every lookup, order, paging, slices, shapes of the answer, and query strings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import exchangelib
import pytest
from exchangelib import Account, EWSDateTime, EWSTimeZone, Message, Q
from exchangelib.errors import DoesNotExist, MultipleObjectsReturned
from exchangelib.folders import FolderCollection

from ewsfs.sandbox import Sandbox
from tests.interop.conftest import connect

UTC = EWSTimeZone("UTC")
SUBJECTS = ["Alpha report", "alpha notes", "Beta report", "Gamma", "Übersicht", "beta/gamma [1] & 'x' <y>"]


@pytest.fixture(scope="module")
def searched() -> Iterator[Account]:
    """Six messages in the Inbox and one in Drafts, made once for all tests here."""
    with Sandbox(users={"ada": "secret", "ben": "hidden", "cy": "veiled"}) as running:
        account = connect(running)
        messages = [
            Message(
                account=account,
                folder=account.inbox,
                subject=subject,
                body=f"Body number {number} speaks of {'tides' if number % 2 else 'gauges'}",
                importance=["Low", "Normal", "High"][number % 3],
                categories=[None, ["Red"], ["Red", "Blue"]][number % 3],
                is_read=number < 3,
                to_recipients=[f"to{number}@example.com"],
            )
            for number, subject in enumerate(SUBJECTS)
        ]
        account.bulk_create(folder=account.inbox, items=messages)
        Message(account=account, folder=account.drafts, subject="Alpha draft").save()
        yield account
        exchangelib.close_connections()


def subjects(query: object) -> list[str]:
    return sorted(item.subject for item in query)  # type: ignore[attr-defined]  # a QuerySet, which has no types


@pytest.mark.parametrize(
    ("lookups", "found"),
    [
        ({"subject": "Gamma"}, [3]),
        ({"subject": "gamma"}, []),
        ({"subject__exact": "Gamma"}, [3]),
        ({"subject__iexact": "gAMMA"}, [3]),
        ({"subject__iexact": "übersicht"}, [4]),
        ({"subject__not": "Gamma"}, [0, 1, 2, 4, 5]),
        ({"subject__contains": "report"}, [0, 2]),
        ({"subject__contains": "Report"}, []),
        ({"subject__icontains": "REPORT"}, [0, 2]),
        ({"subject__startswith": "alpha"}, [1]),
        ({"subject__istartswith": "alpha"}, [0, 1]),
        ({"subject__in": ["Gamma", "Übersicht", "nothing"]}, [3, 4]),
        ({"subject": SUBJECTS[5]}, [5]),
        ({"categories__exists": True}, [1, 2, 4, 5]),
        ({"categories__exists": False}, [0, 3]),
        ({"categories__contains": ["Red", "Blue"]}, [2, 5]),
        ({"categories__contains": "Blue"}, [2, 5]),
        ({"categories": "Blue"}, [2, 5]),
        ({"importance": "High"}, [2, 5]),
        ({"importance__in": ["High", "Low"]}, [0, 2, 3, 5]),
        ({"is_read": True}, [0, 1, 2]),
        ({"is_read": False, "importance": "Low"}, [3]),
        ({"has_attachments": False}, [0, 1, 2, 3, 4, 5]),
        ({"size__gt": 0}, [0, 1, 2, 3, 4, 5]),
        ({"size__lt": 10}, []),
        ({"body__contains": "tides"}, [1, 3, 5]),
        ({"message_id__exists": True}, [0, 1, 2, 3, 4, 5]),
        ({"display_to__contains": "to4"}, [4]),
    ],
    ids=str,
)
def test_lookups(searched: Account, lookups: dict[str, object], found: list[int]) -> None:
    assert subjects(searched.inbox.filter(**lookups)) == sorted(SUBJECTS[number] for number in found)


def test_dates(searched: Account) -> None:
    now = EWSDateTime.now(UTC)
    hour = timedelta(hours=1)
    inbox = searched.inbox
    assert inbox.filter(datetime_received__lt=now + hour).count() == 6
    assert inbox.filter(datetime_received__lte=now - hour).count() == 0
    assert inbox.filter(datetime_received__gt=now - hour).count() == 6
    assert inbox.filter(datetime_received__gte=now + hour).count() == 0
    assert inbox.filter(datetime_received__range=(now - hour, now + hour)).count() == 6
    one = inbox.get(subject="Gamma")
    assert one in list(inbox.filter(datetime_received=one.datetime_received))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Q(subject__iexact="gamma") | Q(subject__contains="report"), [0, 2, 3]),
        ((Q(subject__iexact="gamma") | Q(subject__contains="report")) & ~Q(subject__startswith="Beta"), [0, 3]),
        (~Q(subject="Gamma") & ~Q(subject="Übersicht"), [0, 1, 2, 5]),
        (~(Q(subject__icontains="alpha") | Q(subject__icontains="beta")), [3, 4]),
        (Q(is_read=True) & (Q(importance="Low") | Q(importance="High")), [0, 2]),
    ],
    ids=["or", "or and not", "not and not", "not or", "nested"],
)
def test_conditions(searched: Account, query: Q, found: list[int]) -> None:
    assert subjects(searched.inbox.filter(query)) == sorted(SUBJECTS[number] for number in found)


def test_chains(searched: Account) -> None:
    query = searched.inbox.all().exclude(subject__contains="report").filter(subject__icontains="a")
    assert subjects(query) == sorted([SUBJECTS[1], SUBJECTS[3], SUBJECTS[5]])


def test_get_finds_one_or_says_why_not(searched: Account) -> None:
    assert searched.inbox.get(subject__icontains="gamma", is_read=False, importance="Low").subject == "Gamma"
    with pytest.raises(DoesNotExist):
        searched.inbox.get(subject="Delta")
    with pytest.raises(MultipleObjectsReturned):
        searched.inbox.get(subject__contains="report")


def test_order(searched: Account) -> None:
    inbox = searched.inbox
    ascending = list(inbox.all().order_by("subject").values_list("subject", flat=True))
    assert ascending == sorted(SUBJECTS, key=str.casefold)
    assert list(inbox.all().order_by("-subject").values_list("subject", flat=True)) == ascending[::-1]
    both = list(inbox.all().order_by("importance", "-subject").values_list("importance", "subject"))
    assert [level for level, _ in both] == ["Low", "Low", "Normal", "Normal", "High", "High"]
    assert both[0][1] > both[1][1]
    assert list(inbox.all().order_by("subject").reverse().values_list("subject", flat=True)) == ascending[::-1]


@pytest.mark.parametrize("page_size", [1, 2, 5, 6, 7])
def test_pages_of_any_size_hold_everything_once(searched: Account, page_size: int) -> None:
    query = searched.inbox.all().order_by("subject")
    query.page_size = page_size
    assert [item.subject for item in query] == sorted(SUBJECTS, key=str.casefold)


@pytest.mark.parametrize(
    "part", [slice(0, 2), slice(2, 4), slice(4, 100), slice(None, None, 2), slice(-2, None), slice(1, -1)], ids=str
)
def test_slices(searched: Account, part: slice) -> None:
    expected = sorted(SUBJECTS, key=str.casefold)
    assert [item.subject for item in searched.inbox.all().order_by("subject")[part]] == expected[part]


@pytest.mark.parametrize("number", [0, 3, 5, -1])
def test_one_by_its_number(searched: Account, number: int) -> None:
    expected = sorted(SUBJECTS, key=str.casefold)
    assert searched.inbox.all().order_by("subject")[number].subject == expected[number]


def test_counting(searched: Account) -> None:
    assert searched.inbox.all().count() == 6
    assert searched.inbox.filter(subject__contains="report").count() == 2
    assert searched.inbox.filter(subject="Delta").exists() is False
    assert searched.inbox.filter(subject="Gamma").exists() is True
    assert searched.inbox.none().count() == 0


def test_only_what_was_asked_for_travels(searched: Account) -> None:
    (one,) = searched.inbox.filter(subject="Gamma").only("subject", "importance")
    assert (one.subject, one.importance) == ("Gamma", "Low")
    assert one.body is None
    assert one.categories is None
    values = list(searched.inbox.filter(subject="Gamma").values("subject", "body", "to_recipients"))
    assert values[0]["body"] == "Body number 3 speaks of tides"
    assert values[0]["to_recipients"][0].email_address == "to3@example.com"
    assert list(searched.inbox.filter(subject="Gamma").values_list("is_read", flat=True)) == [False]


def test_several_folders_at_once(searched: Account) -> None:
    both = FolderCollection(account=searched, folders=[searched.inbox, searched.drafts])
    assert subjects(both.filter(subject__istartswith="alpha")) == ["Alpha draft", "Alpha report", "alpha notes"]
    assert both.filter(subject__istartswith="alpha").count() == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("subject:gamma", [3, 5]),
        ("subject:report", [0, 2]),
        ("subject:(alpha report)", [0]),
        ('subject:"alpha notes"', [1]),
        ("tides", [1, 3, 5]),
        ("body:gauges", [0, 2, 4]),
        ("report AND alpha", [0]),
        ("report OR gamma", [0, 2, 3, 5]),
        ("report NOT alpha", [2]),
        ("importance:high", [2, 5]),
        ("category:blue", [2, 5]),
        ("isread:true", [0, 1, 2]),
        ("hasattachment:false report", [0, 2]),
        ("to:to4@example.com", [4]),
        ("from:ada report", [0, 2]),
        ("übersicht", [4]),
        ("received:today", [0, 1, 2, 3, 4, 5]),
        ("received:<2020-01-01", []),
        ("kind:email gamma", [3, 5]),
        ("subject:(alpha OR gamma)", [0, 1, 3, 5]),
    ],
)
def test_query_strings(searched: Account, query: str, found: list[int]) -> None:
    assert subjects(searched.inbox.filter(query)) == sorted(SUBJECTS[number] for number in found)


def test_a_thousand_messages_come_in_pages(sandbox: Sandbox, account: Account) -> None:
    messages = [Message(account=account, folder=account.inbox, subject=f"Number {number:04}") for number in range(1100)]
    account.bulk_create(folder=account.inbox, items=messages)
    sandbox.calls.reset()
    found = [item.subject for item in account.inbox.all().only("subject").order_by("subject")]
    assert found == [f"Number {number:04}" for number in range(1100)]
    assert sandbox.calls.count("FindItem") >= 2
