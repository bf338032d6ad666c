"""Bulk operations."""

from __future__ import annotations

from collections.abc import Iterator

from ewsfs.ews import Account, Attendee, CalendarItem, EWSDateTime, EWSTimeZone, Folder, Mailbox, Message, errors
from ewsfs.ews.items import ItemRef
from ewsfs.sandbox import Sandbox
from tests.reference.conftest import connect


def calendar_items() -> list[CalendarItem]:
    tz = EWSTimeZone.timezone("Europe/Copenhagen")
    year, month, day = 2016, 3, 20
    return [
        CalendarItem(
            start=tz.localize(EWSDateTime(year, month, day, hour, 30)),
            end=tz.localize(EWSDateTime(year, month, day, hour + 1, 15)),
            subject="Test item",
            body="Hello from Python",
            location="devnull",
            categories=["foo", "bar"],
            required_attendees=[Attendee(mailbox=Mailbox(email_address="user1@example.com"), response_type="Accept")],
        )
        for hour in range(7, 17)
    ]


def test_create_fetch_update_move_delete(account: Account) -> None:
    items = calendar_items()
    return_ids = account.bulk_create(folder=account.calendar, items=items)
    assert return_ids == [(i.item_id, i.changekey) for i in items]

    calendar_ids = [(i.item_id, i.changekey) for i in items]
    found = list(account.fetch(ids=calendar_ids))
    assert [i.start for i in found] == [i.start for i in items]
    assert all(i.location == "devnull" and i.body == "Hello from Python" for i in found)
    sparse = list(account.fetch(ids=calendar_ids, only_fields=["start", "subject"]))
    assert all(i.subject == "Test item" and i.location is None for i in sparse)

    for i in items:
        i.subject = "Updated"
    updated_ids = account.bulk_update(items=[(i, ("start", "subject")) for i in items])
    assert updated_ids == [(i.item_id, i.changekey) for i in items]
    assert account.calendar.filter(subject="Updated").count() == 10

    other_calendar = Folder(parent=account.calendar, name="Other").save()
    calendar_ids = [(i.item_id, i.changekey) for i in items]
    new_ids = account.bulk_move(ids=calendar_ids, to_folder=other_calendar)
    assert other_calendar.all().count() == 10
    copied = account.bulk_copy(ids=new_ids, to_folder=account.calendar)
    assert len(copied) == account.calendar.all().count() == 10

    delete_results = account.bulk_delete(ids=new_ids)
    assert delete_results == [True] * 10
    other_calendar.delete()


def test_sending_drafts(account: Account, sandbox: Sandbox) -> None:
    drafts = [Message(subject=f"Draft {n}", to_recipients=["anne@example.test"]) for n in range(3)]
    message_ids = account.bulk_create(folder=account.drafts, items=drafts)
    assert account.bulk_send(ids=message_ids, save_copy=False) == [True] * 3
    assert account.drafts.all().count() == account.sent.all().count() == 0
    assert connect(sandbox, "anne").inbox.filter(subject__startswith="Draft").delete() == [True] * 3


def test_deleting_what_was_found(account: Account) -> None:
    for subject in ("Invoice 1", "Invoice 2", "Letter"):
        Message(folder=account.inbox, subject=subject).save()
    assert account.inbox.filter(subject__startswith="Invoice").delete() == [True, True]
    assert [m.subject for m in account.inbox.all()] == ["Letter"]


def test_one_failed_item_is_one_error_in_its_place(account: Account) -> None:
    items = [Message(subject=f"{n}") for n in range(3)]
    account.bulk_create(folder=account.drafts, items=items)
    ids = [(i.item_id or "", i.changekey) for i in items]
    items[1].delete()
    found = list(account.fetch(ids))
    assert [type(one).__name__ for one in found] == ["Message", "ErrorItemNotFound", "Message"]
    deleted = account.bulk_delete(ids)
    assert [isinstance(one, errors.EWSError) for one in deleted] == [False, True, False]


def test_generators_go_in_and_come_out(account: Account) -> None:
    taken = []

    def many() -> Iterator[Message]:
        for number in range(250):
            taken.append(number)
            yield Message(subject=f"{number}")

    refs = account.bulk_create(folder=account.drafts, items=many(), chunk_size=50)
    assert len({ref for ref in refs if isinstance(ref, ItemRef)}) == 250

    asked = []

    def ids() -> Iterator[object]:
        for ref in refs:
            asked.append(ref)
            yield ref

    found = account.fetch(ids(), only_fields=["subject"], chunk_size=10)
    assert next(found).subject == "0"
    assert len(asked) <= 100
    assert [item.subject for item in found] == [f"{number}" for number in range(1, 250)]
