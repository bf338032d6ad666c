"""Which items of a folder a FindItem is about, in which order: restrictions, queries, sort orders, search folders.

Used by `operations.find`. The result of a search is kept until anything changes, so that its pages cost one search.
Threading: the kept results are guarded by a lock.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from lxml import etree

from ewsfs.sandbox.dispatch import Context
from ewsfs.sandbox.model import Item, children, m, t
from ewsfs.sandbox.paths import find_in, parse
from ewsfs.sandbox.querystring import compile_query
from ewsfs.sandbox.restriction import compile_restriction
from ewsfs.sandbox.sorting import sort_items
from ewsfs.sandbox.store import Folder
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.targets import folder as folder_of

_KEPT_RESULTS = 32
Test = Callable[[Item], bool]


class Listing:
    """What one FindItem asks of each of its folders.

    Raises ResponseError for a restriction, query or sort order that is none.
    """

    def __init__(self, context: Context, request: etree._Element) -> None:
        self._context = context
        self._traversal = request.get("Traversal", "Shallow")
        self._restriction = request.find(m("Restriction"))
        self._sort = request.find(m("SortOrder"))
        self._query = (request.findtext(m("QueryString")) or "").strip()
        self._tests: list[Test] = []
        if self._restriction is not None:
            self._tests.append(compile_restriction(self._restriction))
        if self._query:
            self._tests.append(compile_query(self._query, view=context.view(), zone=context.time_zone))
        self._order = _stored_order(self._sort)
        self._results = context.own("listings", _Results)

    def count(self, folder: Folder) -> int:
        """How many items there are."""
        if self._is_plain(folder):
            return self._context.store.items.count(folder.id, associated=self._traversal == "Associated")
        return len(self._ids(folder))

    def page(self, folder: Folder, start: int, count: int, *, short: bool = False) -> list[Item]:
        """Some of the items, in order; short: see `Items.load`."""
        items = self._context.store.items
        if self._is_plain(folder):
            associated = self._traversal == "Associated"
            return items.load(
                items.page(folder.id, start, count, associated=associated, order=self._order), short=short
            )
        return items.load(self._ids(folder)[start : start + count], short=short)

    def all(self, folder: Folder) -> list[Item]:
        """All of the items, in order."""
        return self._context.store.items.load(self._ids(folder))

    def _is_plain(self, folder: Folder) -> bool:
        return (
            not self._tests
            and (self._sort is None or self._order is not None)
            and self._traversal in ("Shallow", "Associated")
            and folder.kind != "SearchFolder"
        )

    def _ids(self, folder: Folder) -> list[str]:
        key = (
            folder.id,
            folder.change_number,
            self._traversal,
            _canonical(self._restriction),
            _canonical(self._sort),
            self._query,
        )
        number = self._context.store.number
        kept = self._results.get(number, key)
        if kept is None:
            kept = [item.id for item in self._search(folder)]
            self._results.keep(number, key, kept)
        return kept

    def _search(self, folder: Folder) -> list[Item]:
        items = self._context.store.items
        tests = list(self._tests)
        if self._traversal == "SoftDeleted":
            ids = items.soft_deleted(folder.id)
        elif folder.kind == "SearchFolder" and folder.properties:
            ids, own = _search_folder(self._context, folder)
            tests.append(own)
        else:
            ids = items.ids(folder.id, associated=self._traversal == "Associated")
        found = [item for item in items.load(ids) if all(test(item) for test in tests)]
        if self._sort is not None:
            found = sort_items(found, self._sort, view=self._context.view(folder.mailbox))
        return found


_COLUMNS = {
    "item:DateTimeReceived": "received",
    "item:DateTimeCreated": "created",
    "item:LastModifiedTime": "modified",
}


def _stored_order(sort: etree._Element | None) -> tuple[str, bool] | None:
    """The column that a sort order of one field is, and whether it descends; None when it is no column."""
    fields = [] if sort is None else list(children(sort))
    if len(fields) != 1:
        return None
    path = parse(find_in(fields[0]))
    column = _COLUMNS.get(str(path))
    return None if column is None else (column, fields[0].get("Order") == "Descending")


def _search_folder(context: Context, folder: Folder) -> tuple[list[str], Test]:
    """The items that a search folder looks through, and its test. Raises ResponseError."""
    parameters = parse_properties(folder.properties or "").find(t("SearchParameters"))
    if parameters is None:
        return [], lambda item: False
    bases: dict[str, None] = {}
    for element in parameters.iterfind(f"{t('BaseFolderIds')}/*"):
        base = folder_of(context, element)
        bases[base.id] = None
        if parameters.get("Traversal") == "Deep":
            bases.update((below.id, None) for below in context.store.folders.descendants(base.id))
    ids = [identifier for base in bases for identifier in context.store.items.ids(base)]
    return ids, compile_restriction(parameters.find(t("Restriction")))


def _canonical(element: etree._Element | None) -> str:
    return "" if element is None else etree.tostring(element, method="c14n", exclusive=True).decode()


class _Results:
    """The ids that searches found, while nothing has changed since."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = -1
        self._kept: OrderedDict[object, list[str]] = OrderedDict()

    def get(self, number: int, key: object) -> list[str] | None:
        with self._lock:
            return self._kept.get(key) if number == self._number else None

    def keep(self, number: int, key: object, ids: list[str]) -> None:
        with self._lock:
            if number != self._number:
                self._kept.clear()
                self._number = number
            self._kept[key] = ids
            while len(self._kept) > _KEPT_RESULTS:
                self._kept.popitem(last=False)
