"""The items of one folder as the files of one directory: which names are given, kept, and found again.

Pure bookkeeping in memory: what comes in is what the server said, what comes out is what the index should keep.
Not thread-safe by itself: the filesystem's lock is held around every call.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta, timezone, tzinfo

from ewsfs.vfs import names
from ewsfs.vfs.model import Entry, Kind, RemoteItem

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_HALF_DAY = timedelta(hours=12)

# MIME is base64 and lines, the server's Size is not: so that no program sees a file cut short before it is opened.
_SIZE_FACTOR = 1.5
_SIZE_HEADERS = 8192


class Listing:
    """The files of one folder.

    Parameters: `zone`, the zone of dates in names; `portable`, see `Settings`; `entries`, what the index had.
    """

    def __init__(self, zone: tzinfo, *, portable: bool = False, entries: Iterable[Entry] = ()) -> None:
        self._zone = zone
        self._portable = portable
        self.entries: dict[str, Entry] = {}
        self._files: dict[str, Entry] = {}
        self._folders: dict[str, Entry] = {}
        self._keys: dict[str, str] = {}
        # Items that turned out to have nothing attached that shows. Who was told of their folder may still come to it.
        self.lingering: set[str] = set()
        for entry in entries:
            self._link(entry)

    # -- looking up --------------------------------------------------------------------------------

    def file(self, name: str) -> Entry | None:
        """The item whose file has that name."""
        return self._files.get(name) or self._files.get(names.normal(name))

    def attachment_folder(self, name: str) -> Entry | None:
        """The item whose attachment folder has that name; None as well when it has no attachments."""
        entry = self._folders.get(name) or self._folders.get(names.normal(name))
        return entry if entry is not None and (entry.has_attachments or entry.id in self.lingering) else None

    def owner(self, name: str) -> Entry | None:
        """The item whose attachment folder has that name, or would have it."""
        return self._folders.get(name) or self._folders.get(names.normal(name))

    def is_taken(self, name: str, *, but: str | None = None) -> bool:
        """Whether an item other than the one with the id `but` has a name equal to this but for case."""
        holder = self._keys.get(names.key(name))
        return holder is not None and holder != but

    # -- changing ----------------------------------------------------------------------------------

    def merge(self, items: Iterable[RemoteItem], taken: Container[str]) -> list[Entry]:
        """Take what the server says of items, new ones and known ones.

        Parameters: `items`; `taken`, the keys (`names.key`) of the sub-folders' names. Returns the entries that
        are new or differ. Earlier items choose first, so that two machines that list the same items agree.
        """
        changed = []
        for item in sorted(items, key=lambda i: (i.when_ns or i.ctime_ns, i.id)):
            old = self.entries.get(item.id)
            entry = self._entry(item, old)
            if old is not None:
                if old == entry and not self._given_anew(item, old):
                    continue
                self._unlink(old)
            if old is None or self._given_anew(item, old):
                entry.name = self._choose(item, taken)
            self._link(entry)
            changed.append(entry)
        return changed

    def remove(self, item_id: str) -> Entry | None:
        """Forget an item; returns what it was."""
        entry = self.entries.get(item_id)
        if entry is not None:
            self._unlink(entry)
        return entry

    def add(self, entry: Entry) -> None:
        """Take an entry of our own making, under the name that it has."""
        if entry.id in self.entries:
            self._unlink(self.entries[entry.id])
        self._link(entry)

    def rename(self, entry: Entry, name: str) -> None:
        self._unlink(entry)
        entry.name = name
        self._link(entry)

    # -- names -------------------------------------------------------------------------------------

    def _given_anew(self, item: RemoteItem, old: Entry) -> bool:
        """A name that somebody gave elsewhere wins over the one we have made, else the old one stays."""
        if item.given_name is None or item.given_name == old.name:
            return False
        # The same given name may have been taken here: then it carries the item's hash already.
        stem, extension = names.split(item.given_name)
        return old.name != names.disambiguate(stem, extension, item.id)

    def _choose(self, item: RemoteItem, taken: Container[str]) -> str:
        if item.given_name is not None and names.is_usable(item.given_name):
            name = item.given_name
            stem, extension = names.split(name)
        else:
            stem, extension = self._stem(item), item.kind.extension
            if item.kind is Kind.DOCUMENT:
                stem, extension = names.split(stem)
            name = names.fit(stem, extension)
        # The attachment folder's name must be free too: it may come to be needed later.
        wanted = (name, names.attachments_dir(name)) if item.kind.has_folder else (name,)
        if any(self.is_taken(n) or names.key(n) in taken for n in wanted):
            return names.disambiguate(stem, extension, item.id)
        return name

    def _stem(self, item: RemoteItem) -> str:
        if item.kind in (Kind.CONTACT, Kind.LIST, Kind.TASK, Kind.DOCUMENT):
            return names.sanitize(item.title, portable=self._portable)
        when = None
        if item.when_ns is not None:
            try:
                moment = _EPOCH + timedelta(microseconds=item.when_ns // 1000)
                # A whole day begins at midnight in its own zone, which may be the day before in UTC: the nearest.
                when = (
                    (moment + _HALF_DAY).replace(hour=0, minute=0) if item.is_all_day else moment.astimezone(self._zone)
                )
            except OverflowError:  # year 1 or 9999, moved over the edge by the zone
                when = None
        return names.mail_stem(when, item.title, portable=self._portable)

    def _entry(self, item: RemoteItem, old: Entry | None) -> Entry:
        same = old is not None and old.change_key == item.change_key
        size = old.size if old is not None and same else int(item.size * _SIZE_FACTOR) + _SIZE_HEADERS
        return Entry(
            id=item.id,
            change_key=item.change_key,
            kind=item.kind,
            name=old.name if old is not None else "",
            size=size,
            exact=old is not None and same and old.exact,
            mtime_ns=old.mtime_ns if old is not None and same else item.mtime_ns,
            ctime_ns=item.ctime_ns,
            has_attachments=item.has_attachments,
            is_read=item.is_read,
            given=item.given_name is not None,
        )

    def _link(self, entry: Entry) -> None:
        self.entries[entry.id] = entry
        self._files[entry.name] = entry
        self._keys[names.key(entry.name)] = entry.id
        if entry.kind.has_folder:
            folder = names.attachments_dir(entry.name)
            self._folders[folder] = entry
            self._keys[names.key(folder)] = entry.id

    def _unlink(self, entry: Entry) -> None:
        self.entries.pop(entry.id, None)
        self._files.pop(entry.name, None)
        self._keys.pop(names.key(entry.name), None)
        if entry.kind.has_folder:
            folder = names.attachments_dir(entry.name)
            self._folders.pop(folder, None)
            self._keys.pop(names.key(folder), None)
