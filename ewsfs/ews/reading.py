"""Putting the pages of a folder together though it changes while it is read: nothing twice, nothing missed.

Offsets count from the beginning, so whatever arrives or goes shifts all that stands behind it: an item can come twice,
or slip from a page not yet read into one that was. Items are recognised by their ids, so none comes twice. That
something slipped shows in three ways: pages tell different totals, fewer items come than were told, or a page that was
to overlap with the one before doesn't. Pages overlap as far as that costs no request more.

What slipped is then found by a second, careful reading: in the order of creation, which no change of an item and no
arrival disturbs, one page after the other, each joining on to the one before. Where one doesn't join on, because
something went before it, it is read again from further ahead. Whatever was there throughout is seen.

What is found so comes last, whatever order was asked for: the rest was handed out already.

When nothing moves, N items cost N/1000 requests, rounded up, and one when there are none.

Threading: pages are fetched by threads of the protocol; a `Reading` belongs to one thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from typing import TYPE_CHECKING, Any

from ewsfs.ews.errors import ResponseError
from ewsfs.ews.fieldpath import FieldPath
from ewsfs.ews.items import Item
from ewsfs.ews.services.find import Page, indexed_view
from ewsfs.ews.xmlnames import Element

if TYPE_CHECKING:
    from ewsfs.ews.folders.base import BaseFolder
    from ewsfs.ews.paging import Search

Order = Sequence[tuple[FieldPath, bool]]

LOOK_AHEAD = 4  # pages in flight
OVERLAP = 50  # items that a page has in common with the one before it
_BY_CREATION: Order = ((FieldPath(Item.datetime_created), False),)


class Reading:
    """The items of one folder that a search finds.

    Parameters: `shape`, a complete m:ItemShape; `size`, most items a request; `begun`, the first page of all when it
    was asked for already.
    """

    def __init__(
        self, search: Search, folder: BaseFolder[Any], shape: Element, size: int, begun: Future[Page] | None = None
    ) -> None:
        self._search = search
        self._folder = folder
        self._shape = shape
        self._size = size
        self._begun = begun
        self._totals: set[int] = set()
        self._slipped = False

    def _page(self, offset: int, size: int, order: Order | None = None) -> Page:
        return self._search.page(self._folder, self._shape, indexed_view(offset, size), order)

    def _items(self, elements: Iterable[Element]) -> list[Item]:
        return list(self._search.items(elements, self._folder))

    def part(self, start: int, stop: int) -> Iterator[Item]:
        """A slice: as many requests as it has pages while nothing moves; nothing twice.

        When the total shrinks from page to page, what went may have stood before the next one, which then begins that
        much further ahead. It is read from there, and what stands before the last item that was seen is passed over.
        """
        seen: set[int] = set()
        position = low = sure = start  # from `sure` on, what wasn't seen is new; from `low` to there it may be
        total: int | None = None
        doubtful: list[Item] = []
        ended = False
        while len(seen) < stop - start and not ended:
            page = self._page(position, min(self._size, stop - start - len(seen) + max(0, sure - position)))
            if seen and total is not None and page.total is not None and page.total < total:
                sure = max(sure, position)
                position = low = max(0, low - (total - page.total))
                total = page.total
                doubtful.clear()
                continue
            total = page.total
            for item in self._items(page.elements):
                if key_of(item) in seen:
                    doubtful.clear()
                else:
                    doubtful.append(item)
            position += len(page.elements)
            ended = not page.elements or page.last or (total is not None and position >= total)
            if position >= sure or ended:
                yield from only_new(islice(doubtful, stop - start - len(seen)), seen)
                doubtful.clear()
                low = position

    def all(self, start: int) -> Iterator[Item]:
        """All from an offset on, each once. From the beginning on, none is missed that was there throughout."""
        seen: set[int] = set()
        for elements, overlaps in self._fast(start):
            items = self._items(elements)
            if overlaps and items and key_of(items[0]) not in seen:
                self._slipped = True
            yield from only_new(items, seen)
        if start == 0 and (self._slipped or len(self._totals) > 1 or len(seen) < max(self._totals, default=0)):
            yield from only_new(self._careful(), seen)

    # -- as fast as can be -------------------------------------------------------------------------

    def _fast(self, start: int) -> Iterator[tuple[list[Element], bool]]:
        """The pages as they stand when each is read, and whether one is to overlap with that before."""
        begun, self._begun = self._begun, None
        first = self._page(start, self._size) if begun is None else begun.result()
        yield first.elements, False
        got = len(first.elements)
        if first.total is None:
            yield from self._one_by_one(start + got, ended=first.last or not got)
            return
        self._totals.add(first.total)
        left = first.total - start - got
        if not got or left <= 0:
            return
        size = min(self._size, got)  # some servers give less than was asked for
        pages = -(-left // size)
        overlap = min(OVERLAP, (pages * size - left) // pages)
        offsets = iter(range(start + got - overlap, first.total - overlap, size - overlap))
        pending: deque[Future[list[Element]]] = deque()
        submit = self._search.account.protocol.submit

        def begin(offset: int) -> None:
            end = min(offset + size, first.total or 0)
            pending.append(submit(lambda: self._range(offset, end)))

        try:
            for offset in islice(offsets, LOOK_AHEAD):
                begin(offset)
            while pending:
                elements = pending.popleft().result()
                for offset in islice(offsets, 1):
                    begin(offset)
                yield elements, overlap > 0
        finally:
            for future in pending:
                future.cancel()

    def _range(self, offset: int, end: int) -> list[Element]:
        """What stands between two offsets; in several requests when the server gives less at a time."""
        found: list[Element] = []
        while True:
            page = self._page(offset, end - offset)
            if page.total is not None:
                self._totals.add(page.total)
            found += page.elements
            offset += len(page.elements)
            if not page.elements or page.last or offset >= end:
                return found

    def _one_by_one(self, offset: int, *, ended: bool) -> Iterator[tuple[list[Element], bool]]:
        """The other pages of a server that tells no total."""
        while not ended:
            page = self._page(offset, self._size)
            yield page.elements, False
            offset += len(page.elements)
            ended = page.last or not page.elements

    # -- and carefully -----------------------------------------------------------------------------

    def _careful(self) -> Iterator[Item]:
        """All in the order of creation, every page joined on to the one before."""
        order: Order | None = _BY_CREATION
        seen: set[int] = set()
        size = max(2, self._size)
        offset, ahead = 0, OVERLAP
        attempts = 20 + 4 * (max(self._totals, default=0) // size)
        while attempts > 0:
            attempts -= 1
            try:
                page = self._page(offset, size, order)
            except ResponseError:
                if order is None or seen:
                    raise
                order = None  # a server that can't sort so: its own order, which seldom changes either
                continue
            items = self._items(page.elements)
            if offset and (not items or key_of(items[0]) not in seen):
                end = offset if page.total is None else min(offset, page.total)
                offset, ahead = max(0, end - ahead), ahead * 2
                continue
            yield from only_new(items, seen)
            reached = offset + len(items)
            if not items or (reached >= page.total if page.total is not None else page.last):
                return
            offset, ahead = max(offset + 1, reached - min(OVERLAP, len(items) // 2)), OVERLAP


def key_of(item: Item) -> int:
    """What recognises an item: a number made from its id, which is a quarter of its size in memory."""
    return hash(item.item_id) if item.item_id else id(item)


def only_new(items: Iterable[Item], seen: set[int]) -> Iterator[Item]:
    """Those that were not seen before; they are now."""
    for item in items:
        key = key_of(item)
        if key not in seen:
            seen.add(key)
            yield item
