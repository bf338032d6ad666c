"""`QuerySet`: what a search finds in a folder, asked for when it is iterated over, and not before.

Everything that narrows it down gives another one and leaves the old one as it was, so that one may be the start of
many. What was iterated over to its end is remembered; `iterator()` doesn't.

How it reads: the first page of FindItem tells how many there are, the others are asked for several at a time (see
`paging`). Properties that FindItem doesn't return are fetched by GetItem, a hundred items in a request, while pages
still arrive. Texts from FindItem end after 255 characters on most servers.

Threading: one query set belongs to one thread.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from ewsfs.ews import errors
from ewsfs.ews.ewsdatetime import EWSDateTime
from ewsfs.ews.fieldpath import FieldPath, resolve
from ewsfs.ews.itemrefs import partly_loaded
from ewsfs.ews.items import ITEM_CLASSES, Item
from ewsfs.ews.paging import Search
from ewsfs.ews.restriction import Q
from ewsfs.ews.shapes import default_paths
from ewsfs.ews.sorting import SortKey

if TYPE_CHECKING:
    from ewsfs.ews.account import Account
    from ewsfs.ews.folders.base import BaseFolder
    from ewsfs.ews.services.base import ItemTraversal

RowT = TypeVar("RowT", covariant=True)


class QuerySet(Generic[RowT]):
    """Items (or what `values` and `values_list` make of them) that a search finds. Made by a folder's methods.

    Parameters of the constructor: `account`; `folders` that are searched, one after the other.
    """

    def __init__(self, account: Account, folders: Sequence[BaseFolder[Any]]) -> None:
        self._account = account
        self._folders = tuple(folders)
        self._kinds = tuple(dict.fromkeys(kind for folder in folders for kind in folder.ITEM_CLASSES))
        self._q = Q()
        self._is_none = False
        self._order: tuple[tuple[str, bool], ...] = ()
        self._names: tuple[str, ...] | None = None
        self._row: Callable[[Item], Any] | None = None
        self._view: tuple[EWSDateTime, EWSDateTime, int | None] | None = None
        self._slice: tuple[int, int | None] = (0, None)
        self._picked: list[Any] | None = None  # the rows of a slice that was read already
        self._picked_are_items = True
        self._traversal: ItemTraversal = "Shallow"
        self._chunk_size: int | None = None
        self._page_size: int | None = None
        self._cache: list[Any] | None = None

    # -- narrowing down ----------------------------------------------------------------------------

    def _with(self, **changes: Any) -> QuerySet[RowT]:
        twin: QuerySet[RowT] = QuerySet.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._cache = None
        twin.__dict__.update({f"_{name}": value for name, value in changes.items()})
        return twin

    def _whole(self, what: str) -> None:
        if self._slice != (0, None) or self._picked is not None:
            raise ValueError(f"{what} needs a whole query set, not a slice of one")

    def all(self) -> QuerySet[RowT]:
        """The same once more, not yet asked for."""
        twin = self._with()
        if self._picked is not None:
            twin._cache = self._cache
        return twin

    def none(self) -> QuerySet[RowT]:
        """Nothing, without a request."""
        return self._with(is_none=True)

    def filter(self, *expressions: Q | str, **lookups: Any) -> QuerySet[RowT]:
        """Those for which a search holds too; see `Q`. Raises: ValueError, TypeError for what can't be searched."""
        return self._with_q(self._q & Q(*expressions, **lookups))

    def exclude(self, *expressions: Q | str, **lookups: Any) -> QuerySet[RowT]:
        """Those for which a search doesn't hold; see `Q`."""
        return self._with_q(self._q & ~Q(*expressions, **lookups))

    def _with_q(self, q: Q) -> QuerySet[RowT]:
        self._whole("filter()")
        if self._view is not None and q:
            raise ValueError("a calendar view can't be filtered: EWS takes either")
        if q.query_string is None and not q.is_never:
            q.to_xml(self._kinds, ITEM_CLASSES)  # for its errors: before anything is sent
        return self._with(q=q)

    def _with_view(self, start: datetime, end: datetime, max_items: int | None) -> QuerySet[RowT]:
        begin, finish = EWSDateTime.from_datetime(start), EWSDateTime.from_datetime(end)
        if finish < begin:
            raise ValueError(f"'end' {end} is before 'start' {start}")
        if max_items is not None and max_items < 1:
            raise ValueError("'max_items' must be 1 or more")
        return self._with(view=(begin, finish, max_items))

    def order_by(self, *names: str) -> QuerySet[RowT]:
        """Sorted by fields; a "-" in front of a name sorts downwards. Raises: ValueError."""
        self._whole("order_by()")
        order = tuple((name.removeprefix("-"), name.startswith("-")) for name in names)
        for name, _ in order:
            for path in self._paths(name):
                if not path.is_searchable:
                    raise ValueError(f"'{name}' can't be sorted by")
                path.element()
        return self._with(order=order)

    def reverse(self) -> QuerySet[RowT]:
        """The other way round. Raises: ValueError when no order was given."""
        self._whole("reverse()")
        if not self._order:
            raise ValueError("reverse() needs an order: call order_by() before")
        return self._with(order=tuple((name, not down) for name, down in self._order))

    def only(self, *names: str) -> QuerySet[RowT]:
        """Items with these fields alone, and their ids. Raises: ValueError for a name that is none."""
        for name in names:
            self._paths(name)
        if self._picked is not None:
            self._picked_items()  # for its error
        return self._with(names=names)

    def values(self, *names: str) -> QuerySet[dict[str, Any]]:
        """Dictionaries with these fields, with all fields without any."""
        names = names or self._all_names()
        twin = cast("QuerySet[dict[str, Any]]", self.only(*names))
        getters = [(name, self._getter(name)) for name in names]
        twin._row = lambda item: {name: get(item) for name, get in getters}
        return twin

    @overload
    def values_list(self, name: str, /, *, flat: bool) -> QuerySet[Any]: ...
    @overload
    def values_list(self, *names: str) -> QuerySet[tuple[Any, ...]]: ...
    def values_list(self, *names: str, flat: bool = False) -> QuerySet[Any]:
        """Tuples of the values of these fields; with `flat`, of one field alone, the values themselves."""
        names = names or self._all_names()
        if flat and len(names) != 1:
            raise ValueError("flat=True needs exactly one name")
        twin = cast("QuerySet[Any]", self.only(*names))
        getters = [self._getter(name) for name in names]
        if flat:
            twin._row = getters[0]
        else:
            twin._row = lambda item: tuple(get(item) for get in getters)
        return twin

    def _all_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(path.name for path in default_paths(self._kinds, None)))

    def _getter(self, name: str) -> Callable[[Item], Any]:
        paths = self._paths(name)
        if len(paths) == 1 and paths[0].label is None:
            field = paths[0].field
            return lambda item: getattr(item, field.name, None)
        return lambda item: next((v for path in paths if (v := path.get_value(item)) is not None), None)

    def _paths(self, name: str) -> list[FieldPath]:
        return resolve(name, self._kinds, ITEM_CLASSES)

    # -- asking ------------------------------------------------------------------------------------

    def _wanted(self) -> list[FieldPath]:
        """What is asked for of each item."""
        if self._names is None:
            return default_paths(self._kinds, self._account.server_version)
        return [path for name in self._names for path in self._paths(name)]

    def _search(self) -> Search | None:
        """What FindItem is asked; None when it can't find anything."""
        if self._is_none or self._q.is_never or self._slice[1] == self._slice[0]:
            return None
        restriction = None
        if self._q and self._q.query_string is None:
            restriction = self._q.to_xml(self._kinds, ITEM_CLASSES)
        return Search(
            self._account,
            restriction=restriction,
            query_string=self._q.query_string,
            order=[(path, down) for name, down in self._order for path in self._paths(name)],
            view=self._view,
            traversal=self._traversal,
            page_size=self._page_size,
        )

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

    def __repr__(self) -> str:
        folders = ", ".join(folder.name or type(folder).__name__ for folder in self._folders)
        return f"<QuerySet of {folders}: {self._q!r}>"

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

    def _picked_items(self) -> list[Item]:
        if not self._picked_are_items:
            raise ValueError("this slice holds values, not items: take the slice first, then call values()")
        return list(self._picked or ())

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

    def soft_deleted(self) -> QuerySet[RowT]:
        """Those that were deleted and can be recovered, in their place."""
        self._whole("soft_deleted()")
        return self._with(traversal="SoftDeleted")

    def associated(self) -> QuerySet[RowT]:
        """The hidden ones, in which programs keep their settings."""
        self._whole("associated()")
        return self._with(traversal="Associated")

    @property
    def chunk_size(self) -> int | None:
        """How many items one GetItem asks for; None for the library's choice."""
        return self._chunk_size

    @chunk_size.setter
    def chunk_size(self, value: int | None) -> None:
        self._chunk_size = value

    @property
    def page_size(self) -> int | None:
        """How many items one FindItem asks for; None for the library's choice, 1000."""
        return self._page_size

    @page_size.setter
    def page_size(self, value: int | None) -> None:
        self._page_size = value
