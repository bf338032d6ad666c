"""What is asked of FindItem: one page, a count, a calendar view, or all that a search finds in a folder.

How pages are put together though a folder changes meanwhile is the subject of `reading`.

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
from ewsfs.ews.reading import LOOK_AHEAD, Order, Reading, only_new
from ewsfs.ews.services.find import FindItem, Page, indexed_view
from ewsfs.ews.shapes import item_shape
from ewsfs.ews.xmlnames import Element, m, make, t

if TYPE_CHECKING:
    from ewsfs.ews.account import Account
    from ewsfs.ews.folders.base import BaseFolder
    from ewsfs.ews.services.base import ItemTraversal

PAGE_SIZE = 1000  # what servers give at most
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
        order: Order = (),
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

    def count(self, folders: Iterable[BaseFolder[Any]]) -> int:
        """How many items it finds in folders; one request for as many of them as one takes. Raises: EWSError."""
        pages = self._pages(folders, item_shape((), None), indexed_view(0, 1), ())
        return sum(page.total if page.total is not None else len(page.elements) for page in pages)

    def run(
        self,
        folder: BaseFolder[Any],
        wanted: Sequence[FieldPath],
        start: int = 0,
        stop: int | None = None,
        *,
        first: Future[Page] | None = None,
    ) -> Iterator[Item]:
        """The items from one place to another, each once, with some properties. Raises: EWSError.

        Parameters: `first`, the first page of all when it was asked for already, by `begin`.
        """
        shape = item_shape(wanted, self.account.server_version)
        if self._view is not None:
            yield from islice(self._run_view(folder, shape), start, stop)
            return
        reading = Reading(self, folder, shape, self._page_size, first)
        yield from reading.all(start) if stop is None else reading.part(start, stop)

    def begin(self, folder: BaseFolder[Any], wanted: Sequence[FieldPath]) -> Future[Page] | None:
        """Ask for the first page of a folder ahead of its turn; None when there are no pages."""
        if self._view is not None:
            return None
        shape, view = item_shape(wanted, self.account.server_version), indexed_view(0, self._page_size)
        return self.account.protocol.submit(lambda: self.page(folder, shape, view))

    def run_all(self, folders: Iterable[BaseFolder[Any]], wanted: Sequence[FieldPath]) -> Iterator[Item]:
        """All items of folders, one folder after the other; the next ones are asked for meanwhile. Raises: EWSError."""
        left = iter(folders)
        begun = deque((folder, self.begin(folder, wanted)) for folder in islice(left, 1))
        try:
            while begun:
                begun.extend((folder, self.begin(folder, wanted)) for folder in islice(left, LOOK_AHEAD - len(begun)))
                folder, first = begun.popleft()
                yield from self.run(folder, wanted, first=first)
        finally:
            for _, future in begun:
                if future is not None:
                    future.cancel()

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
            yield from only_new(self.items(self.page(folder, shape, view).elements, folder), seen)
            if until >= end or (most is not None and len(seen) >= most):
                return
            start = until

    def page(self, folder: BaseFolder[Any], shape: Element, view: Element, order: Order | None = None) -> Page:
        """One page. Parameters: `order`, another one than that of the search. Raises: EWSError."""
        return next(self._pages([folder], shape, view, self.order if order is None else order))

    def _pages(self, folders: Iterable[BaseFolder[Any]], shape: Element, view: Element, order: Order) -> Iterator[Page]:
        """The same page of each folder. Raises: EWSError."""
        service = FindItem(self.account.protocol, self.account.header)
        sort_order = None
        if order and self._view is None:
            orders = (
                make(t("FieldOrder"), path.element(), Order="Descending" if down else "Ascending")
                for path, down in order
            )
            sort_order = make(m("SortOrder"), *orders)
        found = service.call(
            (folder.id_element() for folder in folders),
            shape=shape,
            view=view,
            restriction=self._restriction,
            sort_order=sort_order,
            query_string=self._query_string,
            traversal=self._traversal,
        )
        for page in found:
            if isinstance(page, Exception):
                raise page
            yield page
