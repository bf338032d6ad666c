"""Files that become items: what a written .eml, .ics or .vcf says, as requests that make it so on the server.

    kind_of  ->  create                 a new file
                 update (base, data)    a file that was edited: only what differs is sent

Used by the writer when a file was closed. Stateless but for the connection: any thread.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import tzinfo
from typing import Any

from ewsfs.formats import edits, eml, icsread, vcfread
from ewsfs.formats.errors import FormatError
from ewsfs.vfs import data as contents
from ewsfs.vfs.data import Data
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote import Mailbox, OutcomeUnknown
from ewsfs.vfs.remote.documents import Document

log = logging.getLogger(__name__)

# What stands for a field that the new file doesn't have any more, and that an item can't be without.
_PLAIN: dict[str, Any] = {
    "sensitivity": "Normal",
    "importance": "Normal",
    "legacy_free_busy_status": "Busy",
    "status": "NotStarted",
    "percent_complete": 0.0,
    "postal_address_index": "None",
    "members": [],
}
# What has no meaning of its own and goes with the field that it belongs to.
_FOLLOWING = frozenset(
    {"start_timezone", "end_timezone", "complete_date", "reminder_due_by", "reminder_minutes_before_start"}
)


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
                return Kind.EVENT if icsread.kind(contents.whole(data)) == "event" else Kind.TASK
            return Kind.LIST if vcfread.kind(contents.whole(data)) == "list" else Kind.CONTACT

    def create(
        self, kind: Kind, folder_id: str, data: Data, *, name: str, upload_id: str, mtime_ns: int
    ) -> tuple[str, str]:
        """A new item. Nobody is invited.

        Parameters: `kind`, what `kind_of` said; `data`, the file; `name`, kept with the item; `upload_id`, by which
        it can be found again; `mtime_ns`, since the epoch.
        Returns the item's id and change key. Raises: VfsError, EINVAL with the reason for a file that can't be such
        an item; OutcomeUnknown when the item may or may not be there, without anything in it: look for it by its
        upload id, and `update` it.
        """
        with refusing(name):
            if kind is Kind.MAIL:
                return self._create_message(folder_id, data, name, upload_id)
            if kind is Kind.DOCUMENT:
                return self._create_document(folder_id, data, name, upload_id)
            fields = self._read(kind, contents.whole(data))
            return self._made(
                folder_id,
                upload_id,
                lambda: self._remote.create_item(kind, folder_id, fields, given_name=name, upload_id=upload_id),
            )

    def update(self, kind: Kind, item_id: str, change_key: str, base: Data, data: Data) -> str:
        """Make an item what an edited file says; only what differs from `base` is sent.

        Parameters: `change_key`, of the item when `base` was its file; `data`, the file now.
        Returns the new change key, the old one when there was nothing to do. Raises: VfsError, EINVAL with the
        reason; ESTALE when the item was changed elsewhere; ENOENT when it is gone.
        """
        with refusing(item_id):
            if kind is Kind.DOCUMENT:
                return self._update_document(item_id, change_key, base, data)
            old, new = (self._read(kind, contents.whole(each)) for each in (base, data))
            changes = complete(edits.differences(old, new))
            if not changes:
                return change_key
            return self._remote.change_item(kind, item_id, change_key, changes)

    # -- inside ------------------------------------------------------------------------------------

    def _read(self, kind: Kind, data: bytes) -> dict[str, Any]:
        if kind is Kind.EVENT:
            return icsread.parse_event(data, self._zone).master
        if kind is Kind.TASK:
            return icsread.parse_task(data, self._zone).fields
        if kind is Kind.CONTACT:
            return vcfread.parse_contact(data).fields
        return vcfread.parse_list(data).fields

    def _made(self, folder_id: str, upload_id: str, create: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        """The item that `create` makes, also when the answer was lost on its way."""
        try:
            return create()
        except OutcomeUnknown:
            found = self._remote.find_upload(folder_id, upload_id)
            if found is None:
                raise
            return found

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
        return item_id, self._replace_file(item_id, Document(change_key, (), name), data)

    def _update_document(self, item_id: str, change_key: str, base: Data, data: Data) -> str:
        if contents.same(base, data):
            return change_key
        document = self._remote.look_at_document(item_id)
        if document.change_key != change_key:
            _, now = self._remote.open_document(item_id)
            with now:
                if contents.same(now, data) and len(document.files) < 2:
                    return document.change_key
                if not contents.same(now, base):
                    raise VfsError(errno.ESTALE, f"{document.name} was changed elsewhere since it was opened")
        return self._replace_file(item_id, document, data)

    def _replace_file(self, item_id: str, document: Document, data: Data) -> str:
        """First the new one, then the old one goes: whoever looks in between finds one of them."""
        change_key = self._add_file(item_id, document, data) if contents.length(data) else document.change_key
        if document.files:
            change_key = self._remote.remove_files(document.files) or change_key
        return change_key

    def _add_file(self, item_id: str, document: Document, data: Data) -> str:
        for attempt in (1, 2):
            try:
                return self._remote.add_file(item_id, document.name, contents.stream(data))
            except OutcomeUnknown as error:
                now = self._remote.look_at_document(item_id)
                if set(now.files) - set(document.files):
                    return now.change_key
                if attempt == 2:
                    raise VfsError(errno.EAGAIN, error.reason) from error
        raise AssertionError  # the second attempt returns or raises


def complete(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes as a server takes them: what an item can't be without gets its plain value."""
    return {
        name: _PLAIN.get(name) if value is None else value
        for name, value in changes.items()
        if value is not None or name not in _FOLLOWING
    }


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """What can't be read, or can't be said to a server, is EINVAL with the reason."""
    try:
        yield
    except FormatError as error:
        raise VfsError(errno.EINVAL, f"{name} can't be saved: {error}") from error
    except (ValueError, TypeError) as error:
        raise VfsError(errno.EINVAL, f"{name} can't be saved: the server takes no such value: {error}") from error
