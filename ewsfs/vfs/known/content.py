"""The bytes of items: fetched once, kept on disk under (item id, change key), exact from the moment they are here.

Mail is the server's MIME, one request an item when it is opened; a large one goes to the disk while it arrives.
Everything that we make from properties is fetched for a folder at once, in batches, the first time that somebody lists
it or asks for a size. Read-ahead (batches of mail while a folder is read in order) belongs in `Contents.open`, over the
same single flight. Where the cache folder has no room for it, an item is read from a file of the moment elsewhere.

Threading: any thread; fetches of one item are single flight. No lock is held during a request.
"""

from __future__ import annotations

import errno
import io
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.flight import SingleFlight
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.store import ContentStore
from ewsfs.vfs.model import Entry, Kind
from ewsfs.vfs.remote import Mailbox

log = logging.getLogger(__name__)


class Contents:
    """The bytes of one mailbox's items.

    Parameters: `remote`, where they come from; `store`, where they stay; `catalog`, whose entries learn sizes.
    """

    def __init__(self, remote: Mailbox, store: ContentStore, catalog: Catalog) -> None:
        self._remote = remote
        self._store = store
        self._catalog = catalog
        self._mail: SingleFlight[str, None] = SingleFlight()
        self._made: SingleFlight[str, None] = SingleFlight()
        self._lock = threading.Lock()
        self._hits = self._misses = 0

    def open(self, folder_id: str, entry: Entry) -> BinaryIO:
        """The bytes of an item as an open file; its entry's size is exact when this returns.

        Raises: VfsError (ENOENT when the item has gone).
        """
        for look in range(3):
            file = self._store.open(entry.id, entry.change_key)
            if file is not None:
                self._count(was_here=not look)
                self.learn_size(folder_id, entry, _length(file))
                return file
            try:
                self._fetch(folder_id, entry)
            except OSError as error:
                if not is_no_room(error):
                    raise
                log.warning("%s isn't kept in the cache folder: %s", entry.name, error.strerror)
                return self._open_elsewhere(folder_id, entry)
        raise VfsError(errno.EAGAIN, f"{entry.name} changes faster than it can be read, or the cache is full")

    @property
    def hits(self) -> int:
        """How often an item was opened whose bytes were here."""
        with self._lock:
            return self._hits

    @property
    def misses(self) -> int:
        """How often an item was opened whose bytes had to be asked for."""
        with self._lock:
            return self._misses

    def _count(self, *, was_here: bool) -> None:
        with self._lock:
            self._hits += was_here
            self._misses += not was_here

    def cached(self, entry: Entry) -> BinaryIO | None:
        """The bytes of an item if they are here, without asking the server."""
        return self._store.open(entry.id, entry.change_key)

    def keep(self, entry: Entry, data: bytes | BinaryIO) -> None:
        """Keep bytes that we know to be the content of an entry (what a user wrote), if the disk has room for them."""
        try:
            self._store.put(entry.id, entry.change_key, data)
        except OSError as error:
            log.warning("the bytes of %s aren't kept here: %s", entry.name, error)

    def carry_over(self, item_id: str, change_key: str, entry: Entry) -> None:
        """The item has a new id or change key, not new content: keep the bytes under the new key."""
        file = self._store.open(item_id, change_key)
        if file is not None:
            with file:
                self._store.put(entry.id, entry.change_key, file)
            self._store.drop(item_id, change_key)

    def learn_size(self, folder_id: str, entry: Entry, size: int) -> None:
        if not entry.exact or entry.size != size:
            entry.size = size
            entry.exact = True
            self._catalog.save_entry(folder_id, entry)

    def prepare(self, folder_id: str, entries: Iterable[Entry]) -> None:
        """Make what we make ourselves, so that the sizes of `entries` are exact.

        A failure is logged and leaves the estimate: a directory is listed also when one item in it is odd.
        """
        if any(e.kind.made_here and not e.exact for e in entries):
            try:
                self._made.do(folder_id, lambda: self._make_all(folder_id))
            except VfsError as error:
                log.warning("sizes stay estimates: %s", error.reason)

    def _fetch(self, folder_id: str, entry: Entry) -> None:
        if entry.kind.made_here:
            self._made.do(entry.id, lambda: self._make(folder_id, [entry], alone=True))
        else:
            self._mail.do(entry.id, lambda: self._fetch_whole(folder_id, entry))

    def _fetch_whole(self, folder_id: str, entry: Entry) -> None:
        if self._store.size(entry.id, entry.change_key) is not None:
            return  # the flight before this one brought it
        try:
            change_key, file = self._ask(entry, self._store.incoming)
        except VfsError as error:
            if error.errno == errno.ENOENT:
                self._catalog.drop_entry(folder_id, entry.id)
            raise
        with file:
            self._arrived(folder_id, entry, change_key, file)

    def _ask(self, entry: Entry, new_file: Callable[[], BinaryIO]) -> tuple[str, BinaryIO]:
        """The change key and the bytes of an item as the server has it; `new_file`, makes a file for many bytes."""
        if entry.kind is Kind.DOCUMENT:
            return self._remote.open_document(entry.id, new_file)
        if not entry.kind.made_here:
            return self._remote.open_mime(entry.id, entry.change_key, new_file)
        ((_, made),) = self._remote.make_files(entry.kind, [(entry.id, entry.change_key)])
        if isinstance(made, VfsError):
            raise made
        return made[0], io.BytesIO(made[1])

    def _open_elsewhere(self, folder_id: str, entry: Entry) -> BinaryIO:
        """The bytes of an item in a file where the system has its temporary ones, gone when it is closed."""
        change_key, found = self._ask(entry, tempfile.TemporaryFile)
        file = in_a_file(found)
        try:
            self._is_now(folder_id, entry, change_key)
            self.learn_size(folder_id, entry, _length(file))
        except BaseException:
            file.close()
            raise
        return file

    def _make_all(self, folder_id: str) -> None:
        with self._catalog.lock:
            entries = self._catalog.listing(folder_id).entries.values()
            wanted = [e for e in entries if e.kind.made_here and not e.exact]
        if wanted:
            self._make(folder_id, wanted, alone=False)

    def _make(self, folder_id: str, entries: Sequence[Entry], *, alone: bool) -> None:
        by_id = {entry.id: entry for entry in entries}
        for kind in Kind:
            asked = [(e.id, e.change_key) for e in entries if e.kind is kind]
            if not asked:
                continue
            for item_id, result in self._remote.make_files(kind, asked):
                entry = by_id[item_id]
                if isinstance(result, VfsError):
                    if result.errno == errno.ENOENT:
                        self._catalog.drop_entry(folder_id, item_id)
                    if alone:
                        raise result
                    log.warning("%s can't be shown yet: %s", entry.name, result.reason)
                else:
                    try:
                        self._arrived(folder_id, entry, *result)
                    except OSError as error:
                        if alone or not is_no_room(error):
                            raise
                        self.learn_size(folder_id, entry, len(result[1]))

    def _arrived(self, folder_id: str, entry: Entry, change_key: str, data: bytes | BinaryIO) -> None:
        self._is_now(folder_id, entry, change_key)
        size = self._store.put(entry.id, entry.change_key, data)
        self.learn_size(folder_id, entry, size)

    def _is_now(self, folder_id: str, entry: Entry, change_key: str) -> None:
        if change_key and change_key != entry.change_key:
            # The item changed since it was listed: these bytes are the new ones, the rest is told by a sync.
            with self._catalog.lock:
                entry.change_key = change_key
                entry.exact = False
            self._catalog.expire(folder_id)


def is_no_room(error: OSError) -> bool:
    """Whether it is the disk, with the cache on it, that refuses."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS) and not isinstance(error, VfsError)


def in_a_file(found: BinaryIO) -> BinaryIO:
    """What was found, which is closed, as a file where the system has its temporary ones: gone when it is closed."""
    with found:
        file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            found.seek(0)
            shutil.copyfileobj(found, file)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file


def _length(file: BinaryIO) -> int:
    return file.seek(0, 2)
