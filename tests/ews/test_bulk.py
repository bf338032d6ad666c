"""Many items at once: errors in their places, chunks in flight, generators that are never read far ahead."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from ewsfs.ews import (
    UTC,
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    EWSDateTime,
    Folder,
    Message,
    errors,
)
from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.items import ItemRef
from ewsfs.sandbox import Sandbox

CHUNK = 10
IN_FLIGHT = 4  # requests
MOST_ALIVE = CHUNK * (IN_FLIGHT + 2)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "secret", "ben": "hidden"}) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"))
    return Account(sandbox.address("ada"), config=config)


@pytest.fixture
def folder(account: Account) -> Iterator[BaseFolder[Any]]:
    made = Folder(parent=account.inbox, name="folder").save()
    yield made
    made.delete()


def filled(folder: BaseFolder[Any], count: int) -> list[Message]:
    items = [Message(subject=f"{number:05}", to_recipients=["ben@example.test"]) for number in range(count)]
    folder.bulk_create(items)
    return items


# -- one error in its place ------------------------------------------------------------------------------


def updated(account: Account, items: list[Message]) -> list[Any]:
    for item in items:
        item.subject = "new"
    return account.bulk_update([(item, ["subject"]) for item in items], chunk_size=2)


OPERATIONS: dict[str, Callable[[Account, list[Message]], list[Any]]] = {
    "fetch": lambda account, items: list(account.fetch(items, chunk_size=2)),
    "update": updated,
    "move": lambda account, items: account.bulk_move(items, account.drafts, chunk_size=2),
    "copy": lambda account, items: account.bulk_copy(items, account.drafts, chunk_size=2),
    "send": lambda account, items: account.bulk_send(items, save_copy=False, chunk_size=2),
    "delete": lambda account, items: account.bulk_delete(items, chunk_size=2),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_failed_item_is_one_error_in_its_place(account: Account, folder: BaseFolder[Any], operation: str) -> None:
    items = filled(folder, 5)
    account.bulk_delete([(items[2].item_id, items[2].changekey)])
    results = OPERATIONS[operation](account, items)
    assert [type(one).__name__ for one in results if isinstance(one, errors.EWSError)] == ["ErrorItemNotFound"]
    assert isinstance(results[2], errors.ErrorItemNotFound)
    assert len(results) == 5


def test_one_item_that_the_server_refuses_to_create(account: Account, folder: BaseFolder[Any]) -> None:
    items: list[Any] = [Message(subject="one"), CalendarItem(subject="two"), Message(subject="three")]
    results = account.bulk_create(folder=folder, items=items)
    assert [isinstance(one, ItemRef) for one in results] == [True, False, True]
    assert isinstance(results[1], errors.ErrorCannotCreateCalendarItemInNonCalendarFolder)
    assert {item.subject for item in folder.all()} == {"one", "three"}


# -- what can't be sent ----------------------------------------------------------------------------------


def wrong() -> CalendarItem:
    start = UTC.localize(EWSDateTime(2026, 3, 1, 10))
    return CalendarItem(subject="wrong", start=start, end=start - timedelta(hours=1))


def test_a_list_with_an_item_that_makes_no_sense_is_refused_as_a_whole(account: Account, sandbox: Sandbox) -> None:
    before = sandbox.calls.total()
    good = [CalendarItem(subject=f"{number}") for number in range(300)]
    with pytest.raises(ValueError, match="'end'"):
        account.bulk_create(items=[*good, wrong()])
    with pytest.raises(TypeError, match="'items' must be items"):
        account.bulk_create(items=[*good, "x"])  # type: ignore[list-item]  # that is what is tested
    assert sandbox.calls.total() == before


def test_of_a_generator_that_breaks_what_was_sent_is_told(account: Account) -> None:
    made: list[CalendarItem] = []

    def items() -> Iterator[CalendarItem]:
        for number in range(55):
            made.append(CalendarItem(subject=f"{number}"))
            yield made[-1]
        yield wrong()

    results: list[Any] = []
    with pytest.raises(ValueError, match="'end'"):
        results.extend(account.iter_create(account.calendar, items(), chunk_size=CHUNK))
    assert results == [(item.item_id, item.changekey) for item in made[:50]]
    assert account.calendar.all().count() == 50
    assert all(item.item_id is None for item in made[50:])
    account.calendar.all().delete()


# -- in flight, and no further ---------------------------------------------------------------------------


def test_several_chunks_are_in_flight(account: Account, folder: BaseFolder[Any], sandbox: Sandbox) -> None:
    items = filled(folder, 50)
    together = threading.Barrier(IN_FLIGHT)

    def wait(name: str, request: bytes, reply: bytes) -> None:
        if name == "MoveItem" and not together.broken:
            together.wait(20)

    _ = account.drafts
    sandbox.observers.append(wait)
    try:
        moved = account.bulk_move(items[:40], account.drafts, chunk_size=CHUNK)
    finally:
        sandbox.observers.remove(wait)
    assert not together.broken
    assert all(isinstance(one, ItemRef) for one in moved)
    account.drafts.all().delete()


class Traced(Message):
    """EWS reference: Message. One whose life can be watched."""

    __slots__ = ("__weakref__",)


class Watched:
    """Items made one after the other, and how many of them were alive at the same time."""

    def __init__(self) -> None:
        self.alive: weakref.WeakSet[Traced] = weakref.WeakSet()
        self.most = 0

    def watch(self, item: Traced) -> Traced:
        self.alive.add(item)
        if len(self.alive) > MOST_ALIVE:
            gc.collect()  # what only a cycle keeps isn't kept
        self.most = max(self.most, len(self.alive))
        return item

    def new(self, count: int) -> Iterator[Traced]:
        for number in range(count):
            yield self.watch(Traced(subject=f"{number}"))


def test_a_generator_of_new_items_is_not_kept(folder: BaseFolder[Any], account: Account) -> None:
    watched = Watched()
    done = sum(isinstance(one, ItemRef) for one in account.iter_create(folder, watched.new(400), chunk_size=CHUNK))
    assert done == 400
    assert watched.most <= MOST_ALIVE


def test_a_generator_of_changes_is_not_kept(folder: BaseFolder[Any], account: Account) -> None:
    refs = account.bulk_create(folder, [Message(subject="old") for _ in range(200)])
    watched = Watched()

    def changes() -> Iterator[tuple[Message, list[str]]]:
        for ref in refs:
            assert isinstance(ref, ItemRef)
            item = watched.watch(Traced(subject="new"))
            item._values["item_id"], item._values["changekey"] = ref
            yield item, ["subject"]

    done = sum(isinstance(one, ItemRef) for one in account.iter_update(changes(), chunk_size=CHUNK))
    assert done == 200
    assert watched.most <= MOST_ALIVE
    assert folder.filter(subject="new").count() == 200


@pytest.mark.parametrize("name", ["fetch", "iter_move", "iter_copy", "iter_send", "iter_delete"])
def test_ids_are_not_read_far_ahead(folder: BaseFolder[Any], account: Account, name: str) -> None:
    items = filled(folder, 200)
    taken = 0

    def ids() -> Iterator[Message]:
        nonlocal taken
        for item in items:
            taken += 1
            yield item

    more: dict[str, Any] = {"to_folder": account.drafts} if name in ("iter_move", "iter_copy") else {}
    given = 0
    for result in getattr(account, name)(ids(), chunk_size=CHUNK, **more):
        assert not isinstance(result, errors.EWSError)
        given += 1
        assert taken - given <= CHUNK * (IN_FLIGHT + 1)
    assert given == 200
    account.drafts.all().delete()
