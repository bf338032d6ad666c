"""When what is attached was written: a server tells no time of an attachment that would outlive a copy of its item.

An attachment is as old as its item. One that was put there through us is as old as the file that it was, as long as
the index lives; and one that somebody else put in the place of another is as old as our knowing of it, so that a
program that has the earlier one open can see that it isn't the same any more.

Threading: any thread; one lock, with the index's inside it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence

from cachetools import LRUCache

from ewsfs.vfs.known.index import Index
from ewsfs.vfs.model import Attachment, Entry


class Times:
    """The times of attachments that differ from their items', by the attachments' ids; in the index, by item."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._known: LRUCache[str, dict[str, int]] = LRUCache(10_000)

    def of(self, entry: Entry, attachment: Attachment) -> int:
        """The modification time of what is attached to an item, nanoseconds since the epoch."""
        with self._lock:
            return self._of(entry.id).get(attachment.remote_id or "", entry.mtime_ns)

    def set(self, entry: Entry, attachment_id: str, mtime_ns: int, rows: Sequence[Attachment]) -> None:
        """A time that an attachment was given. Parameters: `rows`, all that is attached to the item now."""
        with self._lock:
            known = self._of(entry.id)
            there = {row.remote_id for row in rows}
            times = {known_id: when for known_id, when in known.items() if known_id in there}
            times.pop(attachment_id, None)
            if mtime_ns != entry.mtime_ns:
                times[attachment_id] = mtime_ns
            if times != known:
                self._known[entry.id] = times
                self._index.set(_key(entry.id), json.dumps(times))

    def compare(self, entry: Entry, before: Sequence[Attachment], rows: Sequence[Attachment]) -> None:
        """Note what took another's place. Parameters: what was attached as far as we knew, and what is now."""
        ids = {row.name: row.remote_id for row in before}
        for row in rows:
            if row.remote_id and ids.get(row.name) and row.remote_id not in ids.values():
                self.set(entry, row.remote_id, time.time_ns(), rows)

    def _of(self, item_id: str) -> dict[str, int]:
        known = self._known.get(item_id)
        if known is None:
            kept = self._index.get(_key(item_id))
            known = self._known[item_id] = json.loads(kept) if kept else {}
        return known


def _key(item_id: str) -> str:
    return f"attached:{item_id}"
