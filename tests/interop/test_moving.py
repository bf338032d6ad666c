"""Moving, copying and every way of deleting; many items at once."""

from __future__ import annotations

import pytest
from exchangelib import Account, CalendarItem, EWSDateTime, Message
from exchangelib.errors import ErrorItemNotFound
from exchangelib.folders import Messages
from exchangelib.items import BulkCreateResult

from ewsfs.sandbox import Sandbox
from tests.interop.conftest import ZONE


@pytest.fixture
def message(account: Account) -> Message:
    return Message(account=account, folder=account.inbox, subject="Wanderer", body="on the road").save()


@pytest.fixture
def ten(account: Account) -> list[BulkCreateResult]:
    messages = [Message(account=account, folder=account.inbox, subject=f"Number {number}") for number in range(10)]
    return list(account.bulk_create(folder=account.inbox, items=messages))


def subjects(folder: Messages) -> list[str]:
    return sorted(folder.all().values_list("subject", flat=True))


def test_a_message_moves_and_gets_a_new_id(account: Account, message: Message) -> None:
    before = message.id
    message.move(account.drafts)
    assert message.id != before
    assert subjects(account.inbox) == []
    assert account.drafts.get(id=message.id).body == "on the road"
    with pytest.raises(ErrorItemNotFound):
        Message(account=account, id=before, folder=account.inbox).refresh()


def test_a_copy_is_another_item(account: Account, message: Message) -> None:
    identifier, _ = message.copy(account.drafts)
    assert identifier != message.id
    assert subjects(account.inbox) == subjects(account.drafts) == ["Wanderer"]
    message.delete()
    assert subjects(account.drafts) == ["Wanderer"]


def test_three_ways_to_delete(account: Account) -> None:
    for subject in ("hard", "soft", "bin"):
        Message(account=account, folder=account.inbox, subject=subject).save()
    account.inbox.get(subject="hard").delete()
    account.inbox.get(subject="soft").soft_delete()
    account.inbox.get(subject="bin").move_to_trash()
    assert subjects(account.inbox) == []
    assert subjects(account.trash) == ["bin"]
    assert subjects(account.recoverable_items_deletions) == ["soft"]


def test_a_deleted_item_cannot_be_deleted_again(account: Account, message: Message) -> None:
    other = account.inbox.get(id=message.id)
    message.delete()
    with pytest.raises(ErrorItemNotFound):
        other.delete()


def test_many_are_created_fetched_and_changed(sandbox: Sandbox, account: Account, ten: list[BulkCreateResult]) -> None:
    sandbox.calls.reset()
    fetched = list(account.fetch(ids=[(one.id, one.changekey) for one in ten], only_fields=["subject"]))
    assert [item.subject for item in fetched] == [f"Number {number}" for number in range(10)]
    assert sandbox.calls.count("GetItem") == 1
    for item in fetched:
        item.subject += "!"
    changed = account.bulk_update(items=[(item, ("subject",)) for item in fetched])
    assert [identifier for identifier, _ in changed] == [one.id for one in ten]
    assert subjects(account.inbox) == [f"Number {number}!" for number in range(10)]


def test_many_are_moved_copied_and_deleted(account: Account, ten: list[BulkCreateResult]) -> None:
    moved = account.bulk_move(ids=[(one.id, one.changekey) for one in ten[:6]], to_folder=account.drafts)
    assert len(subjects(account.inbox)) == 4
    assert len(subjects(account.drafts)) == 6
    copied = account.bulk_copy(ids=moved[:2], to_folder=account.junk)
    assert len(copied) == len(subjects(account.junk)) == 2
    assert account.bulk_delete(ids=moved) == [True] * 6
    assert subjects(account.drafts) == []


def test_one_that_is_gone_does_not_hold_up_the_others(account: Account, ten: list[BulkCreateResult]) -> None:
    account.bulk_delete(ids=[ten[3]])
    fetched = list(account.fetch(ids=ten, only_fields=["subject"]))
    assert isinstance(fetched[3], ErrorItemNotFound)
    assert [item.subject for number, item in enumerate(fetched) if number != 3] == [
        f"Number {number}" for number in range(10) if number != 3
    ]
    results = account.bulk_delete(ids=ten)
    assert isinstance(results[3], ErrorItemNotFound)
    assert results.count(True) == 9


def test_many_are_sent(account: Account, ben: Account) -> None:
    drafts = account.bulk_create(
        folder=account.drafts,
        items=[
            Message(account=account, subject=f"Letter {number}", to_recipients=["ben@example.test"])
            for number in range(5)
        ],
    )
    assert account.bulk_send(ids=drafts, save_copy=True) == [True] * 5
    assert subjects(account.drafts) == []
    assert subjects(account.sent) == subjects(ben.inbox) == [f"Letter {number}" for number in range(5)]


def test_a_query_deletes_what_it_finds(account: Account, ten: list[BulkCreateResult]) -> None:
    account.inbox.filter(subject__in=["Number 1", "Number 2"]).delete()
    assert len(subjects(account.inbox)) == 8
    account.inbox.filter(subject__startswith="Number 3").move(to_folder=account.drafts)
    account.inbox.filter(subject__startswith="Number 4").copy(to_folder=account.drafts)
    assert subjects(account.drafts) == ["Number 3", "Number 4"]


def test_mixed_kinds_are_created_in_one_go(account: Account) -> None:
    start = EWSDateTime(2025, 3, 4, 9, tzinfo=ZONE)
    events = [
        CalendarItem(
            account=account,
            start=start.replace(hour=hour),
            end=start.replace(hour=hour, minute=45),
            subject=f"Slot {hour}",
            categories=["foo", "bar"],
        )
        for hour in range(7, 17)
    ]
    created = account.bulk_create(folder=account.calendar, items=events)
    assert len(created) == 10
    assert account.calendar.filter(categories__contains=["foo", "bar"]).count() == 10
    assert account.calendar.filter(start__range=(start.replace(hour=8), start.replace(hour=10))).count() == 3


def test_export_and_upload_restore_an_item(account: Account, message: Message) -> None:
    (data,) = account.export([message])
    message.delete()
    ((identifier, _),) = account.upload([(account.inbox, data)])
    restored = account.inbox.get(id=identifier)
    assert (restored.subject, restored.body) == ("Wanderer", "on the road")
