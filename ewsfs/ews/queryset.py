"""`QuerySet`: what a search finds in a folder, asked for when it is iterated over, and not before.

How it is narrowed down is in `query`. What was iterated over to its end is remembered; `iterator()` doesn't.

How it reads: the first page of FindItem tells how many there are, the others are asked for several at a time (see
`paging`). Properties that FindItem doesn't return are fetched by GetItem, a hundred items in a request, while pages
still arrive. Texts from FindItem end after 255 characters on most servers.

Threading: one query set belongs to one thread.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, cast, overload

from ewsfs.ews import errors
from ewsfs.ews.fieldpath import FieldPath
from ewsfs.ews.itemrefs import partly_loaded
from ewsfs.ews.items import Item
from ewsfs.ews.paging import Search
from ewsfs.ews.query import Query, RowT
from ewsfs.ews.restriction import Q
from ewsfs.ews.sorting import SortKey

if TYPE_CHECKING:
    pass


class QuerySet(Query[RowT]):
    """Items (or what `values` and `values_list` make of them) that a search finds. Made by a folder's methods.

    Parameters of the constructor: `account`; `folders` that are searched, one after the other.
    """

    # -- reading -----------------------------------------------------------------------------------

    def _items(self) -> Iterator[Item]:
        """The items, each once."""
        search = self._search()
        if search is None:
            return
        wanted = self._wanted()
        if self._picked is not None:
            yield from self._fetched(iter(self._picked_items()), wanted)
            return
        if all(path.field.is_listed for path in wanted):
            yield from self._found(search, wanted)
            return
        yield from self._fetched(
            self._found(search, [path for name, _ in self._order for path in self._paths(name)]), wanted
        )

    def _fetched(self, found: Iterator[Item], wanted: Sequence[FieldPath]) -> Iterator[Item]:
        """Items with what was asked for, from items that have nothing but their ids; those that are gone are left out.

        Raises: EWSError.
        """
        where: deque[Any] = deque()

        def noted() -> Iterator[Item]:
            for one in found:
                where.append(one.folder)
                yield one

        for item in self._account._fetch_items(noted(), wanted, chunk_size=self._chunk_size):
            folder = where.popleft()
            if isinstance(item, errors.EWSError):
                if isinstance(item, errors.ErrorItemNotFound):
                    continue  # it was deleted or moved meanwhile
                raise item
            item.folder = folder
            yield item

    def _found(self, search: Search, wanted: Sequence[FieldPath]) -> Iterator[Item]:
        start, stop = self._slice
        if len(self._folders) == 1:
            yield from search.run(self._folders[0], wanted, start, stop)
            return
        merged: Iterable[Item]
        if self._order:
            wanted = [*wanted, *(path for path, _ in search.order if path not in wanted)]
            begun = [search.begin(folder, wanted) if stop is None else None for folder in self._folders]
            streams = [
                search.run(folder, wanted, 0, stop, first=first)
                for folder, first in zip(self._folders, begun, strict=True)
            ]
            merged = heapq.merge(*streams, key=lambda item: SortKey(item, search.order))
        elif stop is None:
            merged = search.run_all(self._folders, wanted)
        else:  # what the first ones have may be enough
            merged = (item for folder in self._folders for item in search.run(folder, wanted, 0, stop))
        yield from islice(merged, start, stop)

    def _rows(self) -> Iterator[RowT]:
        row = self._row
        items = self._items()
        if row is not None:
            return cast("Iterator[RowT]", map(row, items))
        return cast("Iterator[RowT]", items if self._names is None else partly_loaded(items, self._wanted()))

    def __iter__(self) -> Iterator[RowT]:
        if self._cache is not None:
            return iter(self._cache)
        return self._remembering()

    def _remembering(self) -> Iterator[RowT]:
        if self._cache is not None:  # list() has asked for the length first
            yield from self._cache
            return
        seen: list[RowT] = []
        for row in self._rows():
            seen.append(row)
            yield row
        self._cache = seen

    def iterator(self) -> Iterator[RowT]:
        """What is found, without being remembered: for more than fits into memory."""
        return iter(self._cache) if self._cache is not None else self._rows()

    def _all_rows(self) -> list[RowT]:
        if self._cache is None:
            self._cache = list(self._rows())
        return self._cache

    def __len__(self) -> int:
        return len(self._all_rows())

    def __bool__(self) -> bool:
        return self.exists() if self._cache is None else bool(self._cache)

    # -- slices ------------------------------------------------------------------------------------

    @overload
    def __getitem__(self, key: int) -> RowT: ...
    @overload
    def __getitem__(self, key: slice) -> QuerySet[RowT]: ...
    def __getitem__(self, key: int | slice) -> RowT | QuerySet[RowT]:
        """One of them, or a slice; see the reference for what which costs.

        Raises: IndexError, EWSError.
        """
        if self._cache is not None:
            if isinstance(key, int):
                return cast("RowT", self._cache[key])
            return self._fixed(self._cache[key])
        if isinstance(key, int):
            return self._at(key)
        start, stop, step = key.start or 0, key.stop, 1 if key.step is None else key.step
        if step != 1 or self._slice != (0, None):
            return self._fixed(self._all_rows()[key])
        if start < 0 and stop is None:
            if self._order:
                return self._fixed(list(self.reverse()[:-start])[::-1])
            return self._with(slice=(max(0, self.count() + start), None))
        if start < 0 or (stop is not None and stop < 0):
            start, stop, _ = slice(start, stop).indices(self.count())
        if stop is not None:
            stop = max(start, stop)
        return self._with(slice=(start, stop))

    def _fixed(self, rows: list[Any]) -> QuerySet[RowT]:
        """A slice whose rows are known already: what is done with it afterwards is done with them alone."""
        twin = self._with(picked=rows, picked_are_items=self._row is None, slice=(0, None))
        twin._cache = rows
        return twin

    def _at(self, index: int) -> RowT:
        if index < 0 and self._slice == (0, None) and self._order:
            found = list(self.reverse()[-index - 1 : -index])
        elif index < 0 or self._slice != (0, None):
            return self._all_rows()[index]
        else:
            found = list(self[index : index + 1])
        if not found:
            raise IndexError(f"there is no item {index}")
        return found[0]

    # -- other questions ----------------------------------------------------------------------------

    def get(self, *expressions: Q | str, **lookups: Any) -> RowT:
        """The only one for which a search holds. Raises: DoesNotExist, MultipleObjectsReturned, EWSError."""
        if not expressions and lookups and set(lookups) <= {"item_id", "changekey"} and "item_id" in lookups:
            return self._by_id(str(lookups["item_id"]), lookups.get("changekey"))
        q = self.filter(*expressions, **lookups) if expressions or lookups else self
        found = list(q[:2]) if q._slice == (0, None) and q._view is None else list(q)
        if not found:
            raise errors.DoesNotExist(f"no item is like that: {q!r:.500}")
        if len(found) > 1:
            raise errors.MultipleObjectsReturned(f"more than one item is like that: {q!r:.500}")
        return found[0]

    def _by_id(self, item_id: str, changekey: str | None) -> RowT:
        ids = [(item_id, changekey or "")]
        item = next(iter(self._account._fetch_items(ids, self._wanted(), chunk_size=None)))
        if isinstance(item, errors.EWSError):
            if isinstance(item, errors.NotFound):
                raise errors.DoesNotExist(f"there is no item {item_id}") from item
            raise item
        return cast("RowT", item if self._row is None else self._row(item))

    def count(self) -> int:
        """How many there are; one request, whatever their number (one for every 50 folders)."""
        if self._cache is not None:
            return len(self._cache)
        if self._view is not None:
            return len(self.only("item_id")._all_rows())
        search = self._search()
        if search is None:
            return 0
        start, stop = self._slice
        total = search.count(self._folders)
        return max(0, (total if stop is None else min(total, stop)) - start)

    def exists(self) -> bool:
        """Whether there is one at least; as many requests as `count`."""
        if self._cache is not None:
            return bool(self._cache)
        if self._view is not None:
            return any(True for _ in self.only("item_id")._items())
        search = self._search()
        if search is None:
            return False
        return self._slice[0] < search.count(self._folders)

    def delete(self, **options: Any) -> list[Any]:
        """Delete them. Parameters: those of `Account.bulk_delete`. Returns True or an error for each."""
        ids = list(self.only("item_id", "changekey")._items()) if self._picked is None else self._picked_items()
        self._cache = None
        return self._account.bulk_delete(ids, **options)
