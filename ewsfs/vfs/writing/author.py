"""Files that become items: what a written file says, as requests that make it so on the server.

    kind_of  ->  create                 a new file
                 update (base, data)    a file that was edited: only what differs is sent

Used by the writer when a file was closed. What takes several requests (a series with exceptions, a contact with a
picture, a document) begins with the item itself, which carries the upload id; whatever cuts it short, an `update` from
what the server has by then to what the file says finishes it.

Threading: stateless but for the connection; any thread.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo

from ewsfs.formats import eml, icsread, vcfread
from ewsfs.formats import series as formats
from ewsfs.formats.errors import FormatError
from ewsfs.vfs.errors import LoginRefused, VfsError
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote import Mailbox, NewMessage, OutcomeUnknown
from ewsfs.vfs.remote.keys import must_be
from ewsfs.vfs.writing import data as contents
from ewsfs.vfs.writing import documents, said
from ewsfs.vfs.writing.data import Data
from ewsfs.vfs.writing.said import Changes, Said

log = logging.getLogger(__name__)

# As often a change is tried again after a look at what the server has by now.
_ATTEMPTS = 3
# What a server will answer to the same request every time.
_REFUSALS = frozenset({errno.EINVAL, errno.EFBIG, errno.EACCES, errno.EPERM, errno.ENOTSUP})


class Author:
    """Makes and changes items as files say.

    Parameters: `remote`, the mailbox; `zone`, where times without a zone are local.
    """

    def __init__(self, remote: Mailbox, zone: tzinfo) -> None:
        self._remote = remote
        self._zone = zone

    def kind_of(self, name: str, data: Data) -> Kind:
        """What kind of item a file becomes, by its extension and its content.

        Raises: VfsError EINVAL with the reason for a file that can't be an item of its kind.
        """
        if Kind.DOCUMENT.fits(name):
            return Kind.DOCUMENT
        with refusing(name):
            if Kind.MAIL.fits(name):
                eml.check(contents.beginning(data))
                return Kind.MAIL
            if Kind.EVENT.fits(name):
                kind = Kind.EVENT if icsread.kind(contents.whole(data)) == "event" else Kind.TASK
            else:
                kind = Kind.LIST if vcfread.kind(contents.whole(data)) == "list" else Kind.CONTACT
            said.read(kind, contents.whole(data), self._zone)
            return kind

    def create(
        self, kind: Kind, folder_id: str, data: Data, *, name: str, upload_id: str, mtime_ns: int
    ) -> tuple[str, str]:
        """A new item. Nobody is invited.

        Parameters: `kind`, what `kind_of` said; `data`, the file; `name`, kept with the item; `upload_id`, by which
        it can be found again; `mtime_ns`, since the epoch.
        Returns the item's id and change key. Raises: VfsError, EINVAL with the reason for a file that can't be such
        an item, and then there is none; OutcomeUnknown when the item may come to be yet. After any other error there
        may be an item with the upload id that doesn't say all yet: `update` it.
        """
        with refusing(name):
            if kind is Kind.MAIL:
                return self._create_message(folder_id, data, name, upload_id)
            if kind is Kind.DOCUMENT:
                return self._create_document(folder_id, data, name, upload_id)
            new = said.read(kind, contents.whole(data), self._zone)
            said.refuse_strays(new, self._zone)
            for each in new.left_out:
                log.info("%s: the server has no place for %s", name, each)
            item_id, change_key = self._made(
                folder_id,
                upload_id,
                lambda: self._remote.create_item(kind, folder_id, new.fields, given_name=name, upload_id=upload_id),
            )
            rest = said.whole(new)
            if not rest:
                return item_id, change_key
            with self._whole_or_not_at_all(item_id):
                bare = Said(new.fields)
                return item_id, self._bring(kind, item_id, None, bare, new, rest, self._zone) or change_key

    def create_messages(
        self, folder_id: str, messages: Sequence[tuple[Data, str, str]]
    ) -> list[tuple[str, str] | VfsError]:
        """Several new messages in one request.

        Parameters: `messages`, of each its file, its name and its upload id, as for `create`.
        Returns for each its id and change key, or why the server made none. Raises: as `create`.
        """
        new = [
            NewMessage(contents.whole(data), name, upload_id, eml.received(contents.beginning(data)))
            for data, name, upload_id in messages
        ]
        with _noting_untouched():
            return self._remote.create_messages(folder_id, new)

    def update(self, kind: Kind, item_id: str, change_key: str, base: Data | None, data: Data) -> str:
        """Make an item what an edited file says; only what differs from `base` is sent.

        Parameters: `change_key`, of the item when `base` was its file; `base`, None when that isn't known; `data`, the
        file now.
        Returns the new change key, the old one when there was nothing to do. Raises: VfsError, EINVAL with the
        reason; ESTALE when the item was changed elsewhere in what the file shows; ENOENT when it is gone.
        """
        with refusing("what was written"):
            if kind is Kind.DOCUMENT:
                return documents.update(self._remote, item_id, change_key, base, data)
            zone = self._zone
            new = said.read(kind, contents.whole(data), zone)
            said_before = None if base is None else contents.whole(base)
            old = self._before(kind, item_id, change_key, said_before, zone)
            changes = said.changes(kind, old, new)
            if old.is_whole_day and (changes.changed or changes.deleted or "start" in changes.fields):
                # The days of this event begin at midnight in its own zone.
                zone = self._remote.look_at_series(item_id).zone or zone
                new = said.read(kind, contents.whole(data), zone)
                old = self._before(kind, item_id, change_key, said_before, zone)
                changes = said.changes(kind, old, new)
            if not changes:
                return change_key
            said.refuse_strays(new, zone, old)
            return self._bring(kind, item_id, change_key, old, new, changes, zone)

    # -- items of fields ---------------------------------------------------------------------------

    def _before(self, kind: Kind, item_id: str, change_key: str, base: bytes | None, zone: tzinfo) -> Said:
        """What an item said when its file was `base`: as the file has it, or the server when that can't be read."""
        if base is not None:
            try:
                return said.read(kind, base, zone)
            except FormatError as error:
                log.info("the file that an item was can't be read: %s", error)
        found, now = self._now(kind, item_id, zone)
        must_be(found, change_key)
        return now

    def _bring(
        self,
        kind: Kind,
        item_id: str,
        change_key: str | None,
        old: Said,
        new: Said,
        changes: Changes,
        zone: tzinfo,
    ) -> str:
        """Bring an item from what it says to what it shall say, also when an answer is lost on its way.

        Parameters: `change_key`, None for an item that was made a moment ago, so that nobody can have changed it.
        """
        is_new = change_key is None
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._carry_out(kind, item_id, change_key, old, new, changes, zone)
            except VfsError as error:
                if error.errno != errno.ESTALE and not isinstance(error, OutcomeUnknown):
                    raise
                change_key, now = self._now(kind, item_id, zone)
                if not is_new and not said.is_on_the_way(old, now, new):
                    raise VfsError(errno.ESTALE, "the item was changed elsewhere since it was opened") from error
                if attempt == _ATTEMPTS:
                    raise VfsError(errno.EAGAIN, error.reason) from error
                old, changes = now, said.changes(kind, now, new)
                if not changes:
                    return change_key
        raise AssertionError  # the last attempt returns or raises

    def _carry_out(
        self, kind: Kind, item_id: str, change_key: str | None, old: Said, new: Said, changes: Changes, zone: tzinfo
    ) -> str:
        """The first request is refused when the item isn't the one with that change key, which says all about it."""
        found = ""
        if changes.fields:
            assert change_key is not None  # a new item has its fields
            found = self._remote.change_item(kind, item_id, change_key, changes.fields, old.fields)
            change_key = None
        if changes.changed or changes.deleted:
            found = self._change_occurrences(item_id, change_key, new, changes, zone)
        if changes.photo:
            found = self._remote.set_photo(item_id, change_key, new.photo)
        return found

    def _change_occurrences(
        self, item_id: str, change_key: str | None, new: Said, changes: Changes, zone: tzinfo
    ) -> str:
        series = self._remote.look_at_series(item_id)
        must_be(series.change_key, change_key)
        starts = [start for start, _ in changes.changed]
        places = formats.places(new.event(), [*starts, *changes.deleted], zone)
        found = self._remote.find_occurrences(series, [*starts, *changes.deleted], places)
        missing = [start for start in starts if start not in found]
        if missing:
            raise VfsError(errno.EINVAL, f"the series on the server has no occurrence at {missing[0]}")
        if changes.changed:
            self._remote.change_occurrences([(found[start], fields) for start, fields in changes.changed])
        # One that isn't there needn't be deleted: a file may take away days that its rule doesn't mean.
        gone = [found[start] for start in changes.deleted if start in found]
        if gone:
            self._remote.delete_occurrences(gone)
        return self._remote.look_at_series(item_id).change_key

    def _now(self, kind: Kind, item_id: str, zone: tzinfo) -> tuple[str, Said]:
        """The change key of an item, and what its file would say, now."""
        ((_, found),) = self._remote.make_files(kind, [(item_id, "")])
        if isinstance(found, VfsError):
            raise found
        change_key, data = found
        return change_key, said.read(kind, data, zone)

    # -- creating ----------------------------------------------------------------------------------

    def _made(self, folder_id: str, upload_id: str, create: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        """The item that `create` makes, also when the answer was lost on its way."""
        try:
            with _noting_untouched():
                return create()
        except OutcomeUnknown:
            found = self._remote.find_upload(folder_id, upload_id)
            if found is None:
                raise
            return found

    @contextmanager
    def _whole_or_not_at_all(self, item_id: str) -> Iterator[None]:
        """When the server refuses a part of what an item shall say, the half of it that is there goes."""
        try:
            yield
        except VfsError as error:
            if error.errno in _REFUSALS and not isinstance(error, LoginRefused):
                self._remote.delete_item(item_id, to_trash=False)
            raise

    def _create_message(self, folder_id: str, data: Data, name: str, upload_id: str) -> tuple[str, str]:
        head = contents.beginning(data)
        eml.check(head)
        return self._made(
            folder_id,
            upload_id,
            lambda: self._remote.create_message(
                folder_id,
                data if isinstance(data, bytes) else contents.stream(data),
                given_name=name,
                upload_id=upload_id,
                received=eml.received(head),
            ),
        )

    def _create_document(self, folder_id: str, data: Data, name: str, upload_id: str) -> tuple[str, str]:
        item_id, change_key = self._made(
            folder_id,
            upload_id,
            lambda: self._remote.create_document(folder_id, given_name=name, upload_id=upload_id),
        )
        with self._whole_or_not_at_all(item_id):
            return item_id, documents.fill(self._remote, item_id, change_key, name, data)


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """What can't be read, or can't be said to a server, is EINVAL with the reason."""
    try:
        yield
    except FormatError as error:
        raise VfsError(errno.EINVAL, f"{name} can't be saved: {error}") from error
    except (ValueError, TypeError) as error:
        raise VfsError(errno.EINVAL, f"{name} can't be saved: the server takes no such value: {error}") from error


@contextmanager
def _noting_untouched() -> Iterator[None]:
    """Note with an error whether the server can have done anything."""
    try:
        yield
    except VfsError as error:
        error.untouched = error.errno == errno.EHOSTUNREACH or isinstance(error, LoginRefused)
        raise
