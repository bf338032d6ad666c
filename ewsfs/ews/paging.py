"""Reading what FindItem finds, page by page, several pages at a time, though the folder changes meanwhile.

Offsets count from the beginning, so whatever arrives or goes while a folder is read shifts all that stands behind it:
an item can come twice, or slip from a page not yet read into one that was. Items are therefore recognised by their
ids, and every page tells how many there are: when that differed between pages, or fewer came than were told, the
folder is read again, and what is new is added, until a whole reading saw no change. That is bounded; a folder that
never rests for the length of a reading gives what was seen.

When nothing moves, N items cost N/1000 requests, rounded up, and one when there are none.

Threading: pages are fetched by threads of the protocol; a `Search` belongs to one thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from ewsfs.ews.ewsdatetime import EWSDateTime
from ewsfs.ews.fieldpath import FieldPath
from ewsfs.ews.items import Item, item_from_xml
from ewsfs.ews.services.find import FindItem, Page, indexed_view
from ewsfs.ews.shapes import item_shape
from ewsfs.ews.xmlnames import Element, m, make, t

if TYPE_CHECKING:
    from ewsfs.ews.account import Account
    from ewsfs.ews.folders.base import BaseFolder
    from ewsfs.ews.services.base import ItemTraversal

PAGE_SIZE = 1000  # what servers give at most
LOOK_AHEAD = 4  # pages in flight
READINGS = 5  # how often a folder that changes is read
_CALENDAR_VIEW = 731  # days; servers refuse a longer view


class Search:
    """What is asked of FindItem, but for the folder and the properties.

    Parameters: `restriction`, m:Restriction; `query_string`; `order`, paths with whether they run downwards; `view`,
    start, end and most items of a calendar view; `page_size`, most items a request.
    """

    def __init__(
        self,
        account: Account,
        *,
        restriction: Element | None = None,
        query_string: str | None = None,
        order: Sequence[tuple[FieldPath, bool]] = (),
        view: tuple[EWSDateTime, EWSDateTime, int | None] | None = None,
        traversal: ItemTraversal = "Shallow",
        page_size: int | None = None,
    ) -> None:
        self.account = account
        self.order = list(order)
        self._restriction = restriction
        self._query_string = query_string
        self._view = view
        self._traversal: ItemTraversal = traversal
        self._page_size = page_size or PAGE_SIZE
        if self._page_size < 1:
            raise ValueError("'page_size' must be 1 or more")

    def count(self, folder: BaseFolder[Any]) -> int:
        """How many items it finds; one request."""
        page = self._page(folder, item_shape((), None), indexed_view(0, 1))
        return page.total if page.total is not None else len(page.elements)

    def run(
        self, folder: BaseFolder[Any], wanted: Sequence[FieldPath], start: int = 0, stop: int | None = None
    ) -> Iterator[Item]:
        """The items from one place to another, each once, with some properties. Raises: EWSError."""
        shape = item_shape(wanted, self.account.server_version)
        if self._view is not None:
            yield from islice(self._run_view(folder, shape), start, stop)
            return
        reading = _Reading(self, folder, shape)
        yield from reading.all(start) if stop is None else reading.part(start, stop)

    def items(self, elements: Iterable[Element], folder: BaseFolder[Any]) -> Iterator[Item]:
        """The items that elements of a page stand for."""
        account = self.account
        for element in elements:
            item = item_from_xml(element)
            item.account = account
            item.folder = folder
            yield item

    def _run_view(self, folder: BaseFolder[Any], shape: Element) -> Iterator[Item]:
        """A calendar view has no pages: one request, or several for times that are too far apart."""
        assert self._view is not None
        start, end, most = self._view
        seen: set[int] = set()
        while True:
            until = min(end, start + timedelta(days=_CALENDAR_VIEW - 1))
            left = None if most is None else most - len(seen)
            view = make(
                m("CalendarView"),
                MaxEntriesReturned=left,
                StartDate=start.ewsformat(),
                EndDate=until.ewsformat(),
            )
            yield from _new(self.items(self._page(folder, shape, view).elements, folder), seen)
            if until >= end or (most is not None and len(seen) >= most):
                return
            start = until

    def _page(self, folder: BaseFolder[Any], shape: Element, view: Element) -> Page:
        service = FindItem(self.account.protocol, self.account.header)
        sort_order = None
        if self.order and self._view is None:
            orders = (
                make(t("FieldOrder"), path.element(), Order="Descending" if down else "Ascending")
                for path, down in self.order
            )
            sort_order = make(m("SortOrder"), *orders)
        found = service.call(
            [folder.id_element()],
            shape=shape,
            view=view,
            restriction=self._restriction,
            sort_order=sort_order,
            query_string=self._query_string,
            traversal=self._traversal,
        )
        page = next(iter(found))
        if isinstance(page, Exception):
            raise page
        return page


class _Reading:
    """The pages of one folder."""

    def __init__(self, search: Search, folder: BaseFolder[Any], shape: Element) -> None:
        self.search = search
        self.folder = folder
        self.shape = shape
        self.size = search._page_size
        self.totals: set[int] = set()

    def _page(self, offset: int, size: int) -> Page:
        return self.search._page(self.folder, self.shape, indexed_view(offset, size))

    def _range(self, offset: int, end: int) -> list[Element]:
        """What stands between two offsets; in several requests when the server gives less at a time."""
        found: list[Element] = []
        while True:
            page = self._page(offset, min(self.size, end - offset))
            if page.total is not None:
                self.totals.add(page.total)
            found += page.elements
            offset += len(page.elements)
            if not page.elements or page.last or offset >= end:
                return found

    def part(self, start: int, stop: int) -> Iterator[Item]:
        """A slice: as many requests as it has pages; nothing twice."""
        seen: set[int] = set()
        while start < stop:
            page = self._page(start, min(self.size, stop - start))
            yield from _new(self.search.items(page.elements, self.folder), seen)
            start += len(page.elements)
            if not page.elements or page.last or (page.total is not None and start >= page.total):
                return

    def all(self, start: int) -> Iterator[Item]:
        """All from an offset on, each once."""
        seen: set[int] = set()
        before: tuple[set[int], int] | None = None
        for _ in range(READINGS):
            self.totals = set()
            count = 0
            keys: set[int] = set() if seen else seen
            for item in self.search.items(self._once(start), self.folder):
                key = _key_of(item)
                if key not in keys:
                    count += 1
                    keys.add(key)
                    if keys is seen or key not in seen:
                        seen.add(key)
                        yield item
            if len(self.totals) <= 1 and count >= max(self.totals, default=0) - start:
                return
            if before == (self.totals, count):
                return  # the server always tells more than it gives
            before = self.totals, count

    def _once(self, start: int) -> Iterator[Element]:
        """All from an offset on as it stands now; what shifts meanwhile may be missing or come twice."""
        first = self._page(start, self.size)
        if first.total is not None:
            self.totals.add(first.total)
        yield from first.elements
        got = len(first.elements)
        if not got:
            return
        if first.total is None:
            offset = start + got
            last = first.last
            while not last:
                page = self._page(offset, self.size)
                yield from page.elements
                offset += len(page.elements)
                last = page.last or not page.elements
            return
        self.size = min(self.size, got)  # some servers give less than was asked for
        offsets = iter(range(start + got, first.total, self.size))
        pending: deque[Future[list[Element]]] = deque()
        protocol = self.search.account.protocol
        total = first.total

        def begin(offset: int) -> None:
            end = min(offset + self.size, total)
            pending.append(protocol.submit(lambda: self._range(offset, end)))

        try:
            for offset in islice(offsets, LOOK_AHEAD):
                begin(offset)
            while pending:
                elements = pending.popleft().result()
                following = next(offsets, None)
                if following is not None:
                    begin(following)
                yield from elements
        finally:
            for future in pending:
                future.cancel()


def _key_of(item: Item) -> int:
    """What recognises an item: a number made from its id, which is a quarter of its size in memory."""
    return hash(item.item_id) if item.item_id else id(item)


def _new(items: Iterable[Item], seen: set[int]) -> Iterator[Item]:
    for item in items:
        key = _key_of(item)
        if key not in seen:
            seen.add(key)
            yield item
