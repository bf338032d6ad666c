"""Reading page by page: how many requests, and that nothing is missed or comes twice while a folder changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.items import Message
from ewsfs.ews.paging import Search
from ewsfs.ews.reading import LOOK_AHEAD
from ewsfs.ews.services.find import Page
from ewsfs.ews.xmlnames import Element


class Folder:
    """A folder on a server: ids in order, changed by a schedule when a page is asked for.

    Parameters: `most`, what the server gives in a page; `changes`, what happens before the n-th request.
    """

    def __init__(self, ids: list[str], most: int = 10, changes: dict[int, Callable[[list[str]], None]] | None = None):
        self.ids = ids
        self.most = most
        self.changes = changes or {}
        self.requests: list[int] = []
        self.totals: set[int] = set()
        self.throughout = set(ids)
        self.in_flight = 0
        self.most_in_flight = 0
        self.lock = threading.Lock()

    def page(self, _folder: object, _shape: Element, view: Element, order: object = None) -> Page:
        with self.lock:
            self.in_flight += 1
            self.most_in_flight = max(self.in_flight, self.most_in_flight)
            change = self.changes.get(len(self.requests))
            if change is not None:
                change(self.ids)
                self.throughout &= set(self.ids)
            offset = int(view.get("Offset") or 0)
            size = min(self.most, int(view.get("MaxEntriesReturned") or self.most))
            self.requests.append(offset)
            given = self.ids[offset : offset + size]
            total = len(self.ids)
            self.totals.add(total)
        elements = [Message(item_id=one, changekey="x").to_xml() for one in given]
        with self.lock:
            self.in_flight -= 1
        return Page(elements, offset + len(given), total, offset + len(given) >= total)


class Protocol:
    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.threads = threads

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        return self.threads.submit(work)


class Account:
    server_version = None

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.protocol = Protocol(threads)


@pytest.fixture(scope="module")
def threads() -> Any:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def read(
    folder: Folder, threads: ThreadPoolExecutor, start: int = 0, stop: int | None = None, size: int = 10
) -> list[str]:
    search = Search(cast("Any", Account(threads)), page_size=size)
    cast("Any", search).page = folder.page
    return [item.item_id or "" for item in search.run(cast("BaseFolder[Any]", folder), (), start, stop)]


def names(count: int) -> list[str]:
    return [f"id{number}" for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 95, 100, 101])
def test_as_many_requests_as_there_are_pages(count: int, threads: ThreadPoolExecutor) -> None:
    folder = Folder(names(count))
    assert read(folder, threads) == names(count)
    assert len(folder.requests) == max(1, -(-count // 10))


@pytest.mark.parametrize("count", [0, 5, 7, 8, 70, 71])
def test_a_server_that_gives_less_than_was_asked_for(count: int, threads: ThreadPoolExecutor) -> None:
    folder = Folder(names(count), most=7)
    assert read(folder, threads) == names(count)
    assert len(folder.requests) == max(1, -(-count // 7))


def test_no_more_pages_are_in_flight_than_allowed(threads: ThreadPoolExecutor) -> None:
    folder = Folder(names(500))
    read(folder, threads)
    assert folder.most_in_flight <= LOOK_AHEAD


@pytest.mark.parametrize(
    ("start", "stop", "requests"), [(0, 5, 1), (5, 25, 2), (95, 200, 1), (300, 310, 1), (0, 10, 1)]
)
def test_a_slice_costs_its_own_pages(start: int, stop: int, requests: int, threads: ThreadPoolExecutor) -> None:
    folder = Folder(names(100))
    assert read(folder, threads, start, stop) == names(100)[start:stop]
    assert len(folder.requests) == requests


def test_all_from_an_offset_on(threads: ThreadPoolExecutor) -> None:
    folder = Folder(names(45))
    assert read(folder, threads, 20) == names(45)[20:]
    assert len(folder.requests) == 3


def test_reading_can_be_given_up(threads: ThreadPoolExecutor) -> None:
    folder = Folder(names(1000))
    search = Search(cast("Any", Account(threads)), page_size=10)
    cast("Any", search).page = folder.page
    found = search.run(cast("BaseFolder[Any]", folder), ())
    assert next(iter(found)).item_id == "id0"
    assert len(folder.requests) == 1


def test_a_server_that_always_tells_more_than_it_gives_is_not_asked_for_ever(threads: ThreadPoolExecutor) -> None:
    class Boasting(Folder):
        def page(self, folder: object, shape: Element, view: Element, order: object = None) -> Page:
            page = super().page(folder, shape, view)
            return Page(page.elements, page.next_offset, 17, page.last)

    folder = Boasting(names(15))
    assert read(folder, threads) == names(15)
    assert len(folder.requests) < 40


CHANGES = st.dictionaries(
    st.integers(0, 40),
    st.lists(st.tuples(st.sampled_from(["arrive", "go"]), st.integers(0, 60)), min_size=1, max_size=3),
)


@settings(deadline=None, max_examples=300)
@given(count=st.integers(0, 60), schedule=CHANGES)
def test_nothing_is_missed_and_nothing_comes_twice(
    count: int, schedule: dict[int, list[tuple[str, int]]], threads: ThreadPoolExecutor
) -> None:
    """Mail arrives at the end and goes anywhere, before any request, without ever coming to rest."""

    def all_of(number: int, some: list[tuple[str, int]]) -> Callable[[list[str]], None]:
        def apply(ids: list[str]) -> None:
            for position, (kind, place) in enumerate(some):
                if kind == "arrive":
                    ids.append(f"new{number}-{position}")
                elif ids:
                    del ids[place % len(ids)]

        return apply

    changes = {number: all_of(number, some) for number, some in schedule.items()}
    folder = Folder(names(count), changes=changes)
    found = read(folder, threads)
    assert len(found) == len(set(found))
    if len(folder.totals) == 1:
        return  # arrivals and departures that made up for each other before every single request: they can't be seen
    assert folder.throughout <= set(found)


def test_what_slips_between_pages_of_equal_totals_is_seen_where_pages_overlap(threads: ThreadPoolExecutor) -> None:
    def one_for_another(ids: list[str]) -> None:
        del ids[0]
        ids.append("new")

    folder = Folder(names(25), changes={1: one_for_another})
    assert set(names(25)) <= set(read(folder, threads))


@settings(deadline=None, max_examples=200)
@given(
    count=st.integers(0, 60),
    start=st.integers(0, 20),
    length=st.integers(1, 50),
    schedule=st.dictionaries(st.integers(1, 20), st.lists(st.integers(0, 60), min_size=1, max_size=4)),
)
def test_nothing_slips_from_a_slice_that_mail_goes_from(
    count: int, start: int, length: int, schedule: dict[int, list[int]], threads: ThreadPoolExecutor
) -> None:
    """Whatever stood between the first and the last item that it gives, and stayed, is in it."""

    def go(places: list[int]) -> Callable[[list[str]], None]:
        def apply(ids: list[str]) -> None:
            for place in places:
                if ids:
                    del ids[place % len(ids)]

        return apply

    folder = Folder(names(count), changes={number: go(places) for number, places in schedule.items()})
    found = read(folder, threads, start, start + length)
    assert len(found) == len(set(found)) <= length
    if found:
        span = names(count)[names(count).index(found[0]) : names(count).index(found[-1]) + 1]
        assert folder.throughout & set(span) <= set(found)
