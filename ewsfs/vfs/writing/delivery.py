"""The way of a written file to the server: as a new item, as a change of one, or in the place of one.

What is a change of the item that a file shows (events, tasks, contacts, documents) becomes an update of it. A message
can't be given other bytes: the new one is made first, then the old one goes to Deleted Items. The journal's id goes
with whatever is made, so that after a cut connection, or a killed process, it can be asked whether it came to be.

Threading: any thread, with the pending file's own lock held; the catalogue's lock is taken inside it, and never held
during a request.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

from ewsfs.formats import eml
from ewsfs.vfs.attached.attaching import AttachmentWriter
from ewsfs.vfs.attached.nested import Nested
from ewsfs.vfs.control.outlets import Outlets
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.content import Contents
from ewsfs.vfs.model import Entry, Kind
from ewsfs.vfs.nodes import AttachmentsNode
from ewsfs.vfs.remote import Mailbox, OutcomeUnknown, Upload
from ewsfs.vfs.source import source_of
from ewsfs.vfs.writing.author import Author
from ewsfs.vfs.writing.data import beginning, length, same, stream
from ewsfs.vfs.writing.journal import Journal, Pending
from ewsfs.vfs.writing.spool import Spool
from ewsfs.vfs.writing.uploads import Uploads

log = logging.getLogger(__name__)

TRASH = "deleteditems"

_MODERATE = 256 << 10  # bytes up to which a message goes with others


class Delivery:
    """Brings files of the spool to one mailbox."""

    def __init__(
        self,
        remote: Mailbox,
        spool: Spool,
        catalog: Catalog,
        contents: Contents,
        author: Author,
        attaching: AttachmentWriter,
        nested: Nested,
        outlets: Outlets,
    ) -> None:
        self._remote = remote
        self._spool = spool
        self._catalog = catalog
        self._contents = contents
        self._author = author
        self._attaching = attaching
        self._nested = nested
        self._outlets = outlets
        self._uploads = Uploads(remote, catalog)

    def check(self, pending: Pending) -> None:
        """Refuse what can't be an item of its kind, without asking the server. Raises: VfsError (EINVAL)."""
        journal = pending.journal
        if Outlets.is_place(journal.place):
            with open(pending.data, "rb") as file:
                self._outlets.check(journal.folder_id, journal.name, file)
        elif not journal.owner:
            with open(pending.data, "rb") as file:
                self._author.kind_of(journal.name, file)

    def has_come(self, pending: Pending) -> bool:
        """Whether the message is there by now in whose attachment folder a file was put before it came.

        A file that is to be attached to an item knows from then on to which. Raises: VfsError.
        """
        journal = pending.journal
        node = self._nested.find(journal.owner)
        if node is not None and not node.trail:
            journal.owner = node.entry.id
            self._spool.save(pending)
        return node is not None

    def inside(self, pending: Pending, entry: Entry | None) -> list[Pending]:
        """What waits in attachment folders inside that of an item that has just come, or been given an attachment.

        Parameters: `entry`, the item that the file has become; None for an attachment.
        """
        journal = pending.journal
        if entry is None and journal.owner:
            entry = self._replaced(journal.folder_id, journal.owner)
        if entry is None:
            return []
        return self._spool.below(AttachmentsNode(journal.folder_id, entry).shelf)

    def deliver(self, pending: Pending, *, again: bool = False) -> Entry | None:
        """Have the server take a file. When this returns, it has it. Returns the item's entry; None for what is
        no item in the file's folder: an attachment, what is written below `.ewsfs`, or what somebody has moved since.

        Parameters: `again`, it may have come to be already: ask first.
        Raises: VfsError, EINVAL for what can't be an item of its kind, ESTALE when the item was changed elsewhere.
        """
        journal = pending.journal
        if journal.owner:
            self._attach(pending)
            return None
        if Outlets.is_place(journal.folder_id):
            self._let_out(pending, again=again)
            return None
        with open(pending.data, "rb") as file:
            return self._deliver_item(pending, file, again=again)

    def is_plain(self, pending: Pending) -> bool:
        """Whether a file is a new message of moderate size and nothing else, so that it can go together with others."""
        journal = pending.journal
        return (
            journal.name.lower().endswith(Kind.MAIL.extension)
            and not (journal.tried or journal.owner or journal.replaces or journal.earlier)
            and not Outlets.is_place(journal.folder_id)
            and pending.size <= _MODERATE
        )

    def deliver_together(self, pendings: Sequence[Pending]) -> list[Entry | VfsError]:
        """Have the server take files that are plain, all of one folder, in one request.

        Returns for each its entry, or why the server made no item of it. Raises: VfsError, and some may be there.
        """
        folder_id = pendings[0].journal.folder_id
        with ExitStack() as files:
            opened = [files.enter_context(open(pending.data, "rb")) for pending in pendings]
            made = self._author.create_messages(
                folder_id,
                [(file, p.journal.name, p.journal.upload) for file, p in zip(opened, pendings, strict=True)],
            )
            return [
                one if isinstance(one, VfsError) else self._created(pending, Kind.MAIL, *one, file)
                for one, pending, file in zip(made, pendings, opened, strict=True)
            ]

    # -- inside ------------------------------------------------------------------------------------

    def _let_out(self, pending: Pending, *, again: bool) -> None:
        journal = pending.journal

        def begin() -> None:
            journal.begun = True
            self._spool.save(pending)

        with open(pending.data, "rb") as data:
            self._outlets.deliver(
                journal.folder_id, journal.name, data, journal.upload, again=again, begun=journal.begun, on_begin=begin
            )

    def _deliver_item(self, pending: Pending, data: BinaryIO, *, again: bool) -> Entry | None:
        journal = pending.journal
        kind = self._author.kind_of(journal.name, data)
        old = self._replaced(journal.folder_id, journal.replaces)
        if old is not None and old.kind is kind and kind is not Kind.MAIL:
            entry = self._update(pending, old, data)
            if entry is not None:
                return entry
            old = None  # it has gone meanwhile: what was written is kept as a new item
        if old is not None and old.kind is kind and not again and self._is_there_so(pending, old):
            entry = replace(old, mtime_ns=journal.mtime_ns or old.mtime_ns)
            self._catalog.put_entry(journal.folder_id, entry)
            self._spool.unpark(old.id)
            return entry
        made = self._uploads.find(journal.folder_id, journal.upload) if again else None
        if made is None:
            if old is not None and not journal.half:
                self._must_be_unchanged(pending, old)
            made = self._create(pending, kind, data)
        else:
            made = self._completed(journal.name, kind, made, data)
        if made.folder_id == journal.folder_id:
            entry = self._created(pending, kind, made.item_id, made.change_key, data)
        else:
            entry = None
            self._is_elsewhere(journal, made)
        self._remove_earlier(journal)
        return entry

    def _is_there_so(self, pending: Pending, old: Entry) -> bool:
        """Whether a message is saved as it was, and is still there: a second copy of it would be of no use."""
        journal = pending.journal
        if journal.half or journal.earlier or old.name != journal.name or not pending.is_as_before():
            return False
        (now,) = self._remote.describe(journal.folder_id, [(old.id, old.change_key)]) or (None,)
        return now is not None and now.change_key == journal.base_key

    def _replaced(self, folder_id: str, item_id: str | None) -> Entry | None:
        if item_id is None:
            return None
        listing = self._catalog.listing(folder_id)
        with self._catalog.lock:
            return listing.entries.get(item_id)

    def _update(self, pending: Pending, old: Entry, data: BinaryIO) -> Entry | None:
        """None when the item isn't there any more."""
        journal = pending.journal
        try:
            with pending.open_base() as base:
                change_key = self._author.update(old.kind, old.id, journal.base_key, base, data)
        except VfsError as error:
            if error.errno != errno.ENOENT:
                raise
            self._catalog.drop_entry(journal.folder_id, old.id)
            return None
        entry = replace(
            old,
            change_key=change_key,
            size=length(data),
            exact=True,
            mtime_ns=pending.mtime_ns,
            ctime_ns=pending.mtime_ns,
        )
        self._contents.keep(entry, stream(data))
        self._catalog.put_entry(journal.folder_id, entry)
        self._spool.unpark(old.id)
        return entry

    def _completed(self, name: str, kind: Kind, made: Upload, data: BinaryIO) -> Upload:
        """What was cut off may be the item alone, without what belongs to it; of a message that is all of it."""
        if kind is Kind.MAIL:
            return made
        if not made.folder_id:
            raise VfsError(errno.ENOENT, f"{name} was removed elsewhere, perhaps before all of it was there")
        now = self._now(kind, made)
        return made._replace(change_key=self._author.update(kind, made.item_id, made.change_key, now, data))

    def _now(self, kind: Kind, made: Upload) -> bytes:
        """What the file of an item of ours says as the server has it."""
        entry = Entry(made.item_id, made.change_key, kind, "", 0, False, 0, 0, False, True)
        with self._contents.open(made.folder_id, entry) as file:
            file.seek(0)
            return file.read()

    def _is_elsewhere(self, journal: Journal, made: Upload) -> None:
        """Somebody has moved the item, and that stands. What it replaced goes, but not when both would be gone then."""
        is_removed = self._uploads.is_removed(made)
        log.info("%s was %s elsewhere after it was saved", journal.name, "removed" if is_removed else "moved")
        if journal.replaces is not None and not is_removed:
            self._catalog.drop_entry(journal.folder_id, journal.replaces)
            self._remove_replaced(journal.folder_id, journal.replaces, half=journal.half)
        elif journal.replaces is not None:
            self._spool.unpark(journal.replaces)
        for folder_id in (made.folder_id, journal.folder_id):
            self._catalog.expire(folder_id)

    def _must_be_unchanged(self, pending: Pending, old: Entry) -> None:
        """Raises: VfsError (ESTALE) when the message that is to be replaced is no longer what the program read."""
        journal = pending.journal
        if not pending.base.exists():
            return
        (now,) = self._remote.describe(journal.folder_id, [(old.id, old.change_key)]) or (None,)
        if now is None or now.change_key == journal.base_key:
            return
        # A message that was read, or flagged, has another change key and the same bytes.
        at_server = self._contents.open(journal.folder_id, replace(old, change_key=now.change_key))
        with at_server, open(pending.base, "rb") as base:
            if not same(at_server, base):
                raise VfsError(errno.ESTALE, f"{journal.name} was changed elsewhere since it was opened")

    def _create(self, pending: Pending, kind: Kind, data: BinaryIO) -> Upload:
        journal = pending.journal
        for attempt in (1, 2):
            try:
                item_id, change_key = self._author.create(
                    kind,
                    journal.folder_id,
                    data,
                    name=journal.name,
                    upload_id=journal.upload,
                    mtime_ns=pending.mtime_ns,
                )
            except OutcomeUnknown as error:
                found = self._uploads.find(journal.folder_id, journal.upload)
                if found is not None:
                    return self._completed(journal.name, kind, found, data)
                if attempt == 2:
                    raise VfsError(errno.EAGAIN, error.reason) from error
            else:
                return Upload(journal.folder_id, item_id, change_key)
        raise AssertionError  # the second attempt returns or raises

    def _created(self, pending: Pending, kind: Kind, item_id: str, change_key: str, data: BinaryIO) -> Entry:
        journal = pending.journal
        is_mail = kind is Kind.MAIL
        received = _ns(eml.received(beginning(data))) if is_mail else None
        entry = Entry(
            id=item_id,
            change_key=change_key,
            kind=kind,
            name=journal.name,
            size=length(data),
            exact=True,
            mtime_ns=journal.mtime_ns or received or pending.mtime_ns,
            ctime_ns=pending.mtime_ns,
            has_attachments=is_mail and bool(eml.attachments(source_of(data))),
            is_read=True,
            given=True,
        )
        self._contents.keep(entry, stream(data))
        with self._catalog.lock:
            if journal.replaces is not None:
                self._catalog.drop_entry(journal.folder_id, journal.replaces)
            self._catalog.put_entry(journal.folder_id, entry)
        if journal.replaces is not None:
            self._remove_replaced(journal.folder_id, journal.replaces, half=journal.half)
        return entry

    def _remove_earlier(self, journal: Journal) -> None:
        """What the server may have made of it before it said this."""
        for folder_id, upload_id in journal.earlier:
            found = self._uploads.find(folder_id, upload_id)
            if found is not None and not self._uploads.is_removed(found):
                # Nobody has seen the one that is where we made it; one that was put elsewhere may be missed.
                self._remote.delete_item(found.item_id, to_trash=found.folder_id != folder_id)
                self._catalog.drop_entry(found.folder_id, found.item_id)

    def _remove_replaced(self, folder_id: str, item_id: str, *, half: bool) -> None:
        """The old one goes to Deleted Items; but the first half of what we have just written whole goes for good."""
        trash = self._catalog.tree.by_distinguished(TRASH)
        in_trash = trash is not None and trash.id in self._catalog.tree.ancestors(folder_id)
        self._attaching.forget(item_id)
        try:
            self._remote.delete_item(item_id, to_trash=not (half or in_trash))
        except VfsError as error:
            if error.errno != errno.ENOENT:
                raise
        self._spool.unpark(item_id)
        if trash is not None:
            self._catalog.expire(trash.id)

    def _attach(self, pending: Pending) -> None:
        journal = pending.journal
        if "\0" in journal.owner:
            self._compare(pending)
            return
        entry = self._replaced(journal.folder_id, journal.owner)
        if entry is None:
            raise VfsError(errno.ENOENT, f"the item that {journal.name} was to be attached to is not there")
        with open(pending.data, "rb") as file:
            node = AttachmentsNode(journal.folder_id, entry)
            self._attaching.put(node, journal.name, file, upload_id=journal.upload, mtime_ns=pending.mtime_ns)

    def _compare(self, pending: Pending) -> None:
        """What is attached to an attached message came with it, or can't come at all."""
        journal = pending.journal
        node = self._nested.find(journal.owner)
        if node is None:
            raise VfsError(errno.ENOENT, f"the message that {journal.name} was to be attached to is not there")
        with open(pending.data, "rb") as file:
            if not self._nested.has(node, journal.name, file):
                reason = "what is attached to an attached message can't be changed"
                raise VfsError(errno.EROFS, f"{journal.name}: {reason}")


def _ns(when: datetime | None) -> int | None:
    return None if when is None else int(when.timestamp()) * 1_000_000_000
