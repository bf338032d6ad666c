"""Searches as folders of links: `.ewsfs/search/QUERY/` lists what the server finds for QUERY.

A query is Advanced Query Syntax, as in Outlook's search field: `from:ada invoice`, `subject:"past due" isread:false`
(EWS reference, QueryString). Each result is a symbolic link that bears the item's own name and leads to its file. Any
name is a query, and none is sent before its folder is read, or something in it is asked for.

Threading: any thread; several who want the same search at the same time get the outcome of one.
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Iterable
from typing import NamedTuple

from cachetools import LRUCache, TTLCache

from ewsfs.vfs import names
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.flight import SingleFlight
from ewsfs.vfs.known.catalog import Catalog, is_passing
from ewsfs.vfs.model import Entry
from ewsfs.vfs.remote import Mailbox

log = logging.getLogger(__name__)

_MOST = 1000  # results of a search; more than that nobody reads
_KEPT = 100  # searches whose results are kept
_UP = "../../../"  # from .ewsfs/search/QUERY/ to the top of the mount


class Link(NamedTuple):
    """A symbolic link: where it leads, and the time of what is there in nanoseconds since the epoch."""

    target: str
    mtime_ns: int


class _Place(NamedTuple):
    folder_id: str
    item_id: str


class Searches:
    """The searches of one mount.

    Parameters: `remote`, whom to ask; `catalog`, which knows the files of what was found; `ttl`, seconds for which
    results stand.
    """

    def __init__(self, remote: Mailbox, catalog: Catalog, ttl: float) -> None:
        self._remote = remote
        self._catalog = catalog
        self._lock = threading.Lock()
        self._flight: SingleFlight[str, dict[str, _Place]] = SingleFlight()
        self._found: LRUCache[str, dict[str, _Place]] = LRUCache(_KEPT)
        # A program reads the names first and then asks for each of them: never a new search in between.
        self._fresh: TTLCache[str, bool] = TTLCache(_KEPT, ttl=max(ttl, 5.0), timer=time.monotonic)

    def made(self) -> list[str]:
        """The queries made so far whose results are kept."""
        with self._lock:
            return list(self._found)

    @staticmethod
    def is_query(name: str) -> bool:
        """Whether a name can be a query. Names with a leading dot are what file managers look for in every folder."""
        return not name.startswith(".") and names.is_usable(name)

    def names(self, query: str) -> list[str]:
        """The names of what a query finds. Raises: VfsError when the server can't be asked, and never was."""
        return list(self._results(query))

    def link(self, query: str, name: str) -> Link | None:
        """A result of a query by its name, None when there is none of that name (any more)."""
        place = self._results(query).get(name)
        if place is None:
            return None
        try:
            entry = self._catalog.listing(place.folder_id).entries.get(place.item_id)
        except VfsError:  # its folder went
            return None
        with self._catalog.lock:
            return None if entry is None else Link(self._path(place.folder_id) + entry.name, entry.mtime_ns)

    # -- inside ------------------------------------------------------------------------------------

    def _results(self, query: str) -> dict[str, _Place]:
        with self._lock:
            known = self._found.get(query)
            if known is not None and query in self._fresh:
                return known
        try:
            return self._flight.do(query, lambda: self._search(query))
        except VfsError as error:
            if known is None or not is_passing(error):
                raise
            log.warning("the search %r shows what was found before: %s", query, error.reason)
            return known

    def _search(self, query: str) -> dict[str, _Place]:
        with self._catalog.lock:
            folders = self._catalog.tree.descendants(self._catalog.tree.root)
        hits = self._remote.search(query, folders, _MOST)
        if len(hits) == _MOST:
            log.info("the search %r finds more than %d items: the rest is not shown", query, _MOST)
        by_folder: dict[str, list[str]] = {}
        for hit in hits:
            by_folder.setdefault(hit.folder_id, []).append(hit.item_id)
        results: dict[str, _Place] = {}
        for folder_id, item_ids in by_folder.items():
            for entry in self._entries(folder_id, item_ids):
                results[self._free_name(results, folder_id, entry)] = _Place(folder_id, entry.id)
        with self._lock:
            self._found[query] = results
            self._fresh[query] = True
        return results

    def _entries(self, folder_id: str, item_ids: Iterable[str]) -> list[Entry]:
        """The files of what was found in a folder; what is newer than our listing of it is learnt first."""
        try:
            known = dict(self._catalog.listing(folder_id).entries)
            if any(item_id not in known for item_id in item_ids):
                self._catalog.expire(folder_id)
                self._catalog.refresh(folder_id)
                known = dict(self._catalog.listing(folder_id).entries)
        except VfsError as error:
            if error.errno not in (errno.ENOENT, errno.EACCES):
                raise
            return []  # the folder went meanwhile, or is not ours to list
        return [known[item_id] for item_id in item_ids if item_id in known]

    def _free_name(self, taken: Iterable[str], folder_id: str, entry: Entry) -> str:
        """The file's own name; with its folder's, or a mark, when another result has the same."""
        stem, extension = names.split(entry.name)
        folder = self._catalog.tree.get(folder_id)
        beside = names.fit(stem, extension, f" ({names.fit(folder.name, '', limit=64)})") if folder is not None else ""
        for name in (entry.name, beside):
            if name and name not in taken:
                return name
        return names.disambiguate(stem, extension, entry.id)

    def _path(self, folder_id: str) -> str:
        parts: list[str] = []
        for ancestor in self._catalog.tree.ancestors(folder_id):
            folder = self._catalog.tree.get(ancestor)
            if folder is not None:
                parts.insert(0, folder.name)
        return _UP + "".join(f"{part}/" for part in parts)
