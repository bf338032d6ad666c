"""FindItem and FindFolder: one page of what folders hold.

Paging is the caller's: which page comes next, how many are asked for at a time, and what counts as the end are
decisions of the query, not of the wire.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from ewsfs.ews import errors
from ewsfs.ews.errors import EWSError
from ewsfs.ews.services.base import BatchService, FolderTraversal, ItemTraversal, id_list
from ewsfs.ews.soap import Request
from ewsfs.ews.xmlnames import Element, child, children, m, make


@dataclass(frozen=True, slots=True)
class Page:
    """One page of one folder.

    elements: t:Message, t:CalendarItem ... or t:Folder ..., in the server's order; groups are flattened.
    next_offset: IndexedPagingOffset, where the next page starts, None when the server doesn't say.
    total: TotalItemsInView, None when the server doesn't say (calendar views don't always).
    last: IncludesLastItemInRange; servers contradict themselves, so that an empty page is the end too.
    """

    elements: list[Element]
    next_offset: int | None
    total: int | None
    last: bool


def indexed_view(
    offset: int,
    max_entries: int | None,
    *,
    folders: bool = False,
    base_point: Literal["Beginning", "End"] = "Beginning",
) -> Element:
    """An m:IndexedPageItemView, or m:IndexedPageFolderView with `folders`: EWS reference of these names."""
    name = "IndexedPageFolderView" if folders else "IndexedPageItemView"
    return make(m(name), MaxEntriesReturned=max_entries, Offset=offset, BasePoint=base_point)


class _Find(BatchService[Page]):
    REPEATABLE = True
    PAYLOAD = "RootFolder"
    BATCH = 50
    CONTENT: ClassVar[str]

    def _read(self, message: Element) -> Page:
        root = child(message, "RootFolder")
        if root is None:
            raise errors.MalformedResponse(f"{self.NAME}: a response message without RootFolder")
        elements = list(children(child(root, self.CONTENT)))
        for group in children(child(root, "Groups")):
            elements.extend(children(child(group, self.CONTENT)))
        return Page(
            elements=elements,
            next_offset=_number(root.get("IndexedPagingOffset")),
            total=_number(root.get("TotalItemsInView")),
            last=root.get("IncludesLastItemInRange", "true") in ("true", "1"),
        )


class FindItem(_Find):
    """Items of folders, searched, sorted and paged. EWS reference: FindItem operation."""

    NAME = "FindItem"
    CONTENT = "Items"

    def call(
        self,
        parent_folders: Iterable[Element],
        *,
        shape: Element,
        view: Element | None = None,
        restriction: Element | None = None,
        sort_order: Element | None = None,
        group_by: Element | None = None,
        query_string: str | None = None,
        traversal: ItemTraversal = "Shallow",
    ) -> Iterator[Page | EWSError]:
        """One `Page`, or an error, for each parent folder, in order; one request as long as they fit into a batch.

        Parameters: `shape`, a complete m:ItemShape; `view`, m:IndexedPageItemView, m:FractionalPageItemView,
        m:CalendarView or m:ContactsView; `restriction`, m:Restriction; `sort_order`, m:SortOrder; `group_by`,
        m:GroupBy; `query_string` in AQS (Exchange 2010 and later), not together with a restriction.
        """
        middle = [part for part in (shape, view, group_by, restriction, sort_order) if part is not None]

        def build(units: list[Element]) -> Request:
            parts = [copy.deepcopy(part) for part in middle]
            parts.append(id_list("ParentFolderIds", units))
            if query_string is not None:
                parts.append(make(m("QueryString"), text=query_string))
            return self._request(*parts, Traversal=traversal)

        return self._batched(parent_folders, build)


class FindFolder(_Find):
    """Folders below folders. EWS reference: FindFolder operation."""

    NAME = "FindFolder"
    CONTENT = "Folders"

    def call(
        self,
        parent_folders: Iterable[Element],
        *,
        shape: Element,
        view: Element | None = None,
        restriction: Element | None = None,
        traversal: FolderTraversal = "Deep",
    ) -> Iterator[Page | EWSError]:
        """One `Page`, or an error, for each parent folder; `shape` is a complete m:FolderShape."""
        middle = [part for part in (shape, view, restriction) if part is not None]

        def build(units: list[Element]) -> Request:
            parts = [copy.deepcopy(part) for part in middle]
            return self._request(*parts, id_list("ParentFolderIds", units), Traversal=traversal)

        return self._batched(parent_folders, build)


def _number(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None
