"""What the mailbox holds, as far as it is known, and how that is kept up to date.

The catalogue joins the tree of folders and one listing a folder (in memory) with the index (on disk) and the
mailbox (over the network). A folder is listed once; from then on it is brought up to date by syncs, at most one
in `ttl` seconds and one at a time. A push of changes (notifications) will call `expire`, nothing else.

Threading and lock order: `lock` guards tree, listings and freshness. It is held for moments and never during a
request; the index has its own lock, taken inside `lock` or alone, never the other way round. Refreshes of one
folder are single flight.
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace

from cachetools import TTLCache

from ewsfs.vfs import names
from ewsfs.vfs.errors import LoginRefused, VfsError
from ewsfs.vfs.flight import SingleFlight
from ewsfs.vfs.known.index import Index
from ewsfs.vfs.known.listing import Listing
from ewsfs.vfs.known.tree import FolderTree
from ewsfs.vfs.model import Entry, Folder, RemoteFolder, RemoteItem
from ewsfs.vfs.remote import Mailbox, SyncLost
from ewsfs.vfs.settings import Settings

log = logging.getLogger(__name__)

# Failures that say nothing about what was asked for: what is known is served in their stead.
PASSING = frozenset(
    {
        errno.EHOSTUNREACH,
        errno.ETIMEDOUT,
        errno.EAGAIN,
        errno.ENETUNREACH,
        errno.ECONNREFUSED,
        errno.EREMOTEIO,
    }
)

_TREE = "\0hierarchy"  # no folder id holds a NUL


class Catalog:
    """The folders and items of one mailbox.

    Parameters: `remote`, the mailbox; `index`, what is known of it on disk; `settings`.
    """

    def __init__(self, remote: Mailbox, index: Index, settings: Settings) -> None:
        self._remote = remote
        self._index = index
        self._settings = settings
        self._flight: SingleFlight[str, None] = SingleFlight()
        self._listings: dict[str, Listing] = {}
        self._listed: set[str] = set()
        self._fresh: TTLCache[str, bool] = TTLCache(maxsize=1_000_000, ttl=settings.ttl, timer=time.monotonic)
        # When we changed an item ourselves: an answer that was asked for before then doesn't know of it.
        self._touched: TTLCache[str, float] = TTLCache(maxsize=100_000, ttl=600.0, timer=time.monotonic)
        # Attachment folders made or removed here, whatever the server says of the item: by item id.
        self._shown: dict[str, bool] = {}
        # Items shown where they are to be, whose move the server doesn't know of yet: the folder, by item id.
        self._moving: dict[str, str] = {}
        self.lock = threading.RLock()
        self.tree: FolderTree

    def start(self) -> None:
        """Learn the tree of folders: from the index with one sync behind it, or from the server.

        Raises: VfsError when the server refuses us, or can't be reached and nothing is known yet.
        """
        root = self._index.get("root")
        distinguished = {
            key_id: name for name in self._remote.DISTINGUISHED if (key_id := self._index.get(f"id:{name}"))
        }
        known = self._index.folders() if root else []
        if root is None or not known:
            root, distinguished = self._remote.default_folders()
            self._index.set("root", root)
            for folder_id, name in distinguished.items():
                self._index.set(f"id:{name}", folder_id)
        self._remote.know_sent_folder(next((i for i, n in distinguished.items() if n == "sentitems"), ""))
        self.tree = FolderTree(root, distinguished, portable=self._settings.portable_names, folders=known)
        try:
            self.refresh_tree()
        except VfsError as error:
            # A certificate that can't be trusted may pass while a mount lives, but none begins with it.
            if not known or error.errno not in PASSING - {errno.EKEYREJECTED}:
                raise
            log.warning("the server is out of reach (%s): showing what is known", error.reason)

    # -- the tree ----------------------------------------------------------------------------------

    def refresh_tree(self) -> None:
        """Bring the tree of folders up to date, unless that was done less than `ttl` ago."""
        if not self._is_fresh(_TREE):
            self._flight.do(_TREE, self._sync_tree)

    def _sync_tree(self) -> None:
        state = self._index.get("hierarchy")
        try:
            changes = self._remote.sync_folders(state)
        except SyncLost:
            log.info("the server no longer knows our place in the folder tree: reading it anew")
            state = None
            changes = self._remote.sync_folders(None)
        with self.lock:
            gone = [i for folder_id in changes.gone for i in self.tree.remove(folder_id)]
            if state is None:
                told = {folder.id for folder in changes.changed}
                unknown = [i for i in self.tree.descendants(self.tree.root) if i not in told]
                gone += [i for folder_id in unknown for i in self.tree.remove(folder_id)]
            changed = self.tree.merge(changes.changed)
            for folder_id in gone:
                self._forget(folder_id)
            self._index.save_folders(changed, gone, changes.sync_state)
            self._fresh[_TREE] = True

    def put_folder(self, remote: RemoteFolder) -> Folder:
        """Take a folder of our own making or changing at once, before the next sync tells of it."""
        with self.lock:
            self.tree.merge([remote])
            folder = self.tree.get(remote.id)
            assert folder is not None  # merge has just put it there
            self._index.save_folders([folder], [], self._index.get("hierarchy") or "")
            return folder

    def drop_folder(self, folder_id: str) -> None:
        with self.lock:
            gone = self.tree.remove(folder_id)
            for gone_id in gone:
                self._forget(gone_id)
            self._index.save_folders([], gone, self._index.get("hierarchy") or "")

    # -- the items of a folder ---------------------------------------------------------------------

    def listing(self, folder_id: str) -> Listing:
        """The listing of a folder as it is known; fetched when it never was. Use it under `lock`."""
        if not self.is_listed(folder_id):
            self.refresh(folder_id)
        with self.lock:
            return self._load(folder_id)

    def is_listed(self, folder_id: str) -> bool:
        """Whether the folder's items were listed whole, now or in an earlier mount."""
        with self.lock:
            if folder_id not in self._listed and self._index.folder_state(folder_id)[0]:
                self._listed.add(folder_id)
            return folder_id in self._listed

    def is_fresh(self, folder_id: str) -> bool:
        """Whether a folder's items and the tree need no look at the server now."""
        return self._is_fresh(folder_id) and self.is_tree_fresh()

    def is_tree_fresh(self) -> bool:
        """Whether the tree of folders needs no look at the server now."""
        return self._is_fresh(_TREE)

    def refresh(self, folder_id: str) -> None:
        """Bring a folder's items up to date, unless that was done less than `ttl` ago.

        Raises: VfsError when the folder can't be read; but while it was once listed and the server is out of
        reach, what is known stands, and the log says so.
        """
        if not self._is_fresh(folder_id):
            self._flight.do(folder_id, lambda: self._bring_up_to_date(folder_id))

    def refresh_all(self, folder_id: str) -> None:
        """Bring both the tree and a folder's items up to date; a failure as in `refresh`."""
        try:
            self.refresh_tree()
        except VfsError as error:
            if not is_passing(error):
                raise
            log.warning("folders can't be brought up to date: %s", error.reason)
        self.refresh(folder_id)

    def expire(self, folder_id: str) -> None:
        """Somebody changed the folder's items: look at the server when they are next asked for."""
        with self.lock:
            self._fresh.pop(folder_id, None)

    def put_entry(self, folder_id: str, entry: Entry) -> None:
        """Take an item of our own making or changing at once."""
        with self.lock:
            self._touched[entry.id] = time.monotonic()
            listing = self._load(folder_id)
            changed = [entry]
            other = listing.file(entry.name)
            if other is not None and other.id != entry.id:
                # It came from elsewhere while ours was under way; ours was promised this name.
                listing.rename(other, names.disambiguate(*names.split(other.name), other.id))
                changed.append(other)
            listing.add(entry)
            self._index.save_entries(folder_id, changed)

    def drop_entry(self, folder_id: str, item_id: str) -> None:
        with self.lock:
            self._touched[item_id] = time.monotonic()
            listing = self._listings.get(folder_id)
            if listing is not None:
                listing.remove(item_id)
            self._index.save_entries(folder_id, [], [item_id])

    def save_entry(self, folder_id: str, entry: Entry) -> None:
        """Keep what was learnt of an entry (its exact size) in the index."""
        with self.lock:
            if self._load(folder_id).entries.get(entry.id) is entry:
                self._index.save_entries(folder_id, [entry])

    def show_moved(self, folder_id: str, entry: Entry, to: str, name: str) -> None:
        """An item is to move: show it where it will be. In the index it stays where it is until the server moved it."""
        with self.lock:
            self._load(folder_id).remove(entry.id)
            self._load(to).add(replace(entry, name=name, given=True))
            self._moving[entry.id] = to

    def end_move(self, item_id: str, back: tuple[str, Entry] | None = None) -> None:
        """An item that was to move has got there, or not: show it no more.

        Parameters: `back`, where it stays, and as what.
        """
        with self.lock:
            to = self._moving.pop(item_id, None)
            if to is not None:
                self._load(to).remove(item_id)
                if back is not None and self.tree.get(back[0]) is not None:
                    self._load(back[0]).add(back[1])

    def is_moving(self, item_id: str) -> bool:
        """Whether an item is shown where it is to be, and isn't there yet."""
        with self.lock:
            return item_id in self._moving

    def show_attachments(self, folder_id: str, item_id: str, shown: bool | None) -> None:
        """mkdir and rmdir of an item's attachment folder: it shows or doesn't, whatever the server says of the item.

        Parameters: `shown`, None to go by what is known of the server's again.
        """
        with self.lock:
            self._shown.pop(item_id, None)
            self._load(folder_id).lingering.discard(item_id)
            if shown is not None:
                self.note_attachments(folder_id, item_id, shown)
                self._shown[item_id] = shown

    def follow(self, old_id: str, new_id: str) -> None:
        """An item has another id by now: what mkdir and rmdir did to its attachment folder stays."""
        with self.lock:
            if old_id != new_id and old_id in self._shown:
                self._shown[new_id] = self._shown.pop(old_id)

    def note_attachments(self, folder_id: str, item_id: str, has: bool, *, linger: bool = False) -> None:
        """Whether the server has something attached to an item that would show: it was looked at.

        Parameters: `linger`, when it hasn't, the folder is still found by its name, though listed no more.
        """
        with self.lock:
            listing = self._load(folder_id)
            entry = listing.entries.get(item_id)
            if entry is not None and item_id not in self._shown and entry.has_attachments != has:
                if linger:
                    listing.lingering.add(item_id)
                entry.has_attachments = has
                self._index.save_entries(folder_id, [entry])

    # -- inside ------------------------------------------------------------------------------------

    def _is_fresh(self, key: str) -> bool:
        with self.lock:
            return key in self._fresh

    def _forget(self, folder_id: str) -> None:
        self._listings.pop(folder_id, None)
        self._listed.discard(folder_id)
        self._fresh.pop(folder_id, None)

    def _load(self, folder_id: str) -> Listing:
        listing = self._listings.get(folder_id)
        if listing is None:
            listing = Listing(
                self._settings.timezone,
                portable=self._settings.portable_names,
                entries=self._index.entries(folder_id),
            )
            self._listings[folder_id] = listing
        return listing

    def _bring_up_to_date(self, folder_id: str) -> None:
        listed, state = self._index.folder_state(folder_id)
        try:
            if not listed:
                self._list(folder_id)
            else:
                self._sync(folder_id, state)
        except VfsError as error:
            if error.errno == errno.ENOENT:
                self.drop_folder(folder_id)
            if not listed or not is_passing(error):
                raise
            log.warning("%s: showing what is known", error.reason)
        with self.lock:
            self._fresh[folder_id] = True

    def _list(self, folder_id: str) -> None:
        began = time.monotonic()
        items = self._remote.list_items(folder_id)
        self._take(folder_id, items, began, keep={item.id for item in items}, listed=True)

    def _sync(self, folder_id: str, state: str | None) -> None:
        began = time.monotonic()
        if state is not None:
            try:
                changes = self._remote.sync_items(folder_id, state)
            except SyncLost:
                log.info("the server no longer knows our place in a folder: comparing it whole")
            else:
                with self.lock:
                    known = self._load(folder_id).entries
                    flags = [(known[i], read) for i, read in changes.read_flags if i in known]
                    for entry, is_read in flags:
                        entry.is_read = is_read
                self._take(
                    folder_id,
                    changes.changed,
                    began,
                    gone=changes.gone,
                    also=[entry for entry, _ in flags],
                    sync_state=changes.sync_state,
                )
                return
        # The first sync of a folder tells all its ids: what we know already needs no second telling.
        stand = self._remote.sync_ids(folder_id)
        with self.lock:
            known = self._load(folder_id).entries
            asked = [(i, ck) for i, ck in stand.keys.items() if i not in known or known[i].change_key != ck]
        items = self._remote.describe(folder_id, asked)
        self._take(folder_id, items, began, keep=stand.keys, sync_state=stand.sync_state)

    def _take(
        self,
        folder_id: str,
        items: Iterable[RemoteItem],
        began: float,
        *,
        keep: Iterable[str] | None = None,
        gone: Iterable[str] = (),
        also: Iterable[Entry] = (),
        sync_state: str | None = None,
        listed: bool = False,
    ) -> None:
        with self.lock:
            listing = self._load(folder_id)
            removed = list(gone)
            if keep is not None:
                kept = set(keep)
                removed += [i for i in listing.entries if i not in kept and not self._is_ours(i, began)]
            for item_id in removed:
                listing.remove(item_id)
            told = [item for item in items if not self._is_ours(item.id, began)]
            changed = listing.merge(told, self.tree.taken(folder_id))
            for entry in changed:
                entry.has_attachments = self._shown.get(entry.id, entry.has_attachments)
            self._index.save_entries(folder_id, [*changed, *also], removed, sync_state=sync_state, listed=listed)
            if listed:
                self._listed.add(folder_id)  # also where the index has no room for that

    def _is_ours(self, item_id: str, began: float) -> bool:
        """Whether we changed an item after that moment, or are to: the server's answer doesn't know of it."""
        return item_id in self._moving or self._touched.get(item_id, -1.0) >= began


def is_passing(error: VfsError) -> bool:
    """Whether a failure says nothing about what was asked for: what is known stands, and it can be tried again."""
    return error.errno in PASSING or isinstance(error, LoginRefused)
