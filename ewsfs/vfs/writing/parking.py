"""Items that an editor calls like a temporary, to make room for a new version: a local file stands for one for now.

    park    letter.eml  ->  letter.eml~    the item shows no more, a local file of its bytes does
    back    letter.eml~ ->  letter.eml     the item itself shows again

If another file takes the item's name instead, it becomes the item's new version (see `Writer.rename`). An attachment
called so is a local file from then on.

Threading: as in `writer`.
"""

from __future__ import annotations

from typing import BinaryIO

from ewsfs.vfs import names
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.content import Contents
from ewsfs.vfs.model import Entry
from ewsfs.vfs.nodes import AttachmentNode
from ewsfs.vfs.writing.journal import Pending, Settled, State
from ewsfs.vfs.writing.settling import Settler
from ewsfs.vfs.writing.spool import Spool


class Parking:
    """The items of one filesystem that local files stand for."""

    def __init__(self, spool: Spool, catalog: Catalog, contents: Contents, settler: Settler) -> None:
        self._spool = spool
        self._catalog = catalog
        self._contents = contents
        self._settler = settler

    def park(self, folder_id: str, name: str, parked_in: str, entry: Entry) -> None:
        """An item is called like a temporary: an editor's way to make room. A local file stands for it for now."""
        names.check_given(name)
        with self._catalog.lock:
            pending = self._settler.open_items.pop(entry.id, None)
        if pending is not None:
            with pending.lock:
                if pending.is_saved and pending.file is not None:
                    self._spool.park_open(pending, folder_id, name, parked_in, entry)
                    return
                if not pending.is_saved:
                    raise Settled  # it was written to just now
        with self._contents.open(parked_in, entry) as file:
            self._spool.park(folder_id, name, parked_in, entry, file)

    def park_edited(self, pending: Pending, folder_id: str, name: str, parked_in: str, entry: Entry) -> None:
        """As `park`, of an item whose file was written to and not closed yet. Raises: Settled when it was closed."""
        names.check_given(name)
        with pending.lock:
            pending.must_be_here()
            self._spool.park_edited(pending, folder_id, name, parked_in, entry)

    def back(self, pending: Pending, folder_id: str, entry: Entry) -> None:
        """The item that an unchanged local file stood for is itself again, also for whoever has it open.

        Raises: Settled when the file was written to just now: then it is one of its own, to be renamed over the item.
        """
        with pending.lock:
            pending.must_be_here()
            if pending.journal.changed:
                self._spool.unpark(entry.id)
                raise Settled
            self._spool.drop(pending)
            if not pending.handles:
                pending.unlinked = True
                return
            journal = pending.journal
            journal.folder_id, journal.name, journal.state, journal.parks = folder_id, entry.name, State.OPEN, ""
            pending.entry, pending.is_saved, pending.dirty, pending.dirty_before = entry, True, False, False
            with self._catalog.lock:
                self._settler.open_items[entry.id] = pending

    def unpark(self, pending: Pending) -> None:
        """A local file that stood for an item is one of its own, and the item shows again."""
        with pending.lock:
            self._spool.unpark(pending.journal.parks)

    def keep_here(self, node: AttachmentNode, name: str, file: BinaryIO) -> None:
        """An attachment is called like a temporary, `file` has its bytes: a local file is what it is from now on.

        Whoever has it open goes on with the local file. The attachment itself is still there.
        """
        names.check_given(name)
        folder_id, place = node.parent.folder_id, node.parent.place
        pending = self._settler.open_attachments.take(place, node.attachment.name)
        if pending is not None:
            with pending.lock:
                if not pending.is_saved:
                    raise Settled  # it was written to just now
                if pending.file is not None:
                    pending.journal.name = name
                    self._spool.again(pending, half=False, state=State.LOCAL)
                    pending.dirty_before = False
                    return
        self._spool.copy(folder_id, name, file, owner=place, state=State.LOCAL)
