"""`Query`: what is asked, and how it is narrowed down. The part of a `QuerySet` that makes no request.

Everything gives another one and leaves the old one as it was, so that one may be the start of many.

Threading: one query belongs to one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from ewsfs.ews.ewsdatetime import EWSDateTime
from ewsfs.ews.fieldpath import FieldPath, resolve
from ewsfs.ews.items import ITEM_CLASSES, Item
from ewsfs.ews.paging import Search
from ewsfs.ews.restriction import Q
from ewsfs.ews.shapes import default_paths

if TYPE_CHECKING:
    from typing_extensions import Self

    from ewsfs.ews.account import Account
    from ewsfs.ews.folders.base import BaseFolder
    from ewsfs.ews.queryset import QuerySet
    from ewsfs.ews.services.base import ItemTraversal

RowT = TypeVar("RowT", covariant=True)


class Query(Generic[RowT]):
    """What is asked of some folders.

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

    def _with(self, **changes: Any) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._cache = None
        twin.__dict__.update({f"_{name}": value for name, value in changes.items()})
        return twin

    def _whole(self, what: str) -> None:
        if self._slice != (0, None) or self._picked is not None:
            raise ValueError(f"{what} needs a whole query set, not a slice of one")

    def _picked_items(self) -> list[Item]:
        if not self._picked_are_items:
            raise ValueError("this slice holds values, not items: take the slice first, then call values()")
        return list(self._picked or ())

    def all(self) -> Self:
        """The same once more, not yet asked for."""
        twin = self._with()
        if self._picked is not None:
            twin._cache = self._cache
        return twin

    def none(self) -> Self:
        """Nothing, without a request."""
        return self._with(is_none=True)

    def filter(self, *expressions: Q | str, **lookups: Any) -> Self:
        """Those for which a search holds too; see `Q`. Raises: ValueError, TypeError for what can't be searched."""
        return self._with_q(self._q & Q(*expressions, **lookups))

    def exclude(self, *expressions: Q | str, **lookups: Any) -> Self:
        """Those for which a search doesn't hold; see `Q`."""
        return self._with_q(self._q & ~Q(*expressions, **lookups))

    def _with_q(self, q: Q) -> Self:
        self._whole("filter()")
        if self._view is not None and q:
            raise ValueError("a calendar view can't be filtered: EWS takes either")
        if q.query_string is None and not q.is_never:
            q.to_xml(self._kinds, ITEM_CLASSES)  # for its errors: before anything is sent
        return self._with(q=q)

    def _with_view(self, start: datetime, end: datetime, max_items: int | None) -> Self:
        begin, finish = EWSDateTime.from_datetime(start), EWSDateTime.from_datetime(end)
        if finish < begin:
            raise ValueError(f"'end' {end} is before 'start' {start}")
        if max_items is not None and max_items < 1:
            raise ValueError("'max_items' must be 1 or more")
        return self._with(view=(begin, finish, max_items))

    def order_by(self, *names: str) -> Self:
        """Sorted by fields; a "-" in front of a name sorts downwards. Raises: ValueError."""
        self._whole("order_by()")
        order = tuple((name.removeprefix("-"), name.startswith("-")) for name in names)
        for name, _ in order:
            for path in self._paths(name):
                if not path.is_searchable:
                    raise ValueError(f"'{name}' can't be sorted by")
                path.element()
        return self._with(order=order)

    def reverse(self) -> Self:
        """The other way round. Raises: ValueError when no order was given."""
        self._whole("reverse()")
        if not self._order:
            raise ValueError("reverse() needs an order: call order_by() before")
        return self._with(order=tuple((name, not down) for name, down in self._order))

    def only(self, *names: str) -> Self:
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

    def soft_deleted(self) -> Self:
        """Those that were deleted and can be recovered, in their place."""
        self._whole("soft_deleted()")
        return self._with(traversal="SoftDeleted")

    def associated(self) -> Self:
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

    # -- what that is as a request -----------------------------------------------------------------

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

    def __repr__(self) -> str:
        folders = ", ".join(folder.name or type(folder).__name__ for folder in self._folders)
        return f"<QuerySet of {folders}: {self._q!r}>"
