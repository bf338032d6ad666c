"""Files that become items: what a written .eml, .ics or .vcf says, as requests that make it so on the server.

    kind_of  ->  create                       a new file
                 update (base, data)          a file that was edited: only what differs is sent

Used by the writer when a file was closed. Stateless but for the connection: any thread.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import tzinfo
from typing import Any

from ewsfs.formats import edits, eml, icsread, vcfread
from ewsfs.formats.errors import FormatError
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote import Mailbox

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

    def kind_of(self, name: str, data: bytes) -> Kind:
        """What kind of item a file becomes, by its extension and its content.

        Raises: VfsError EINVAL with the reason for a file that can't be an item of its kind.
        """
        extension = name.lower()[-4:]
        with refusing(name):
            if extension == ".eml":
                eml.check(data)
                return Kind.MAIL
            if extension == ".ics":
                return Kind.EVENT if icsread.kind(data) == "event" else Kind.TASK
            if extension == ".vcf":
                return Kind.LIST if vcfread.kind(data) == "list" else Kind.CONTACT
        raise VfsError(errno.ENOTSUP, f"{name}: only .eml, .ics and .vcf files can be written so far")

    def create(
        self, kind: Kind, folder_id: str, data: bytes, *, name: str, upload_id: str, mtime_ns: int
    ) -> tuple[str, str]:
        """A new item. Nobody is invited.

        Parameters: `kind`, what `kind_of` said; `data`, the file; `name`, kept with the item; `upload_id`, by which
        it can be found again; `mtime_ns`, since the epoch.
        Returns the item's id and change key. Raises: VfsError, EINVAL with the reason for a file that can't be such
        an item; OutcomeUnknown.
        """
        with refusing(name):
            if kind is Kind.MAIL:
                eml.check(data)
                return self._remote.create_message(
                    folder_id, data, given_name=name, upload_id=upload_id, received=eml.received(data)
                )
            fields = self._read(kind, data)
            return self._remote.create_item(kind, folder_id, fields, given_name=name, upload_id=upload_id)

    def update(self, kind: Kind, item_id: str, change_key: str, base: bytes, data: bytes) -> str:
        """Make an item what an edited file says; only what differs from `base` is sent.

        Parameters: `change_key`, of the item when `base` was its file; `data`, the file now.
        Returns the new change key, the old one when there was nothing to do. Raises: VfsError, EINVAL with the
        reason; ESTALE when the item was changed elsewhere; ENOENT when it is gone.
        """
        with refusing(item_id):
            changes = complete(edits.differences(self._read(kind, base), self._read(kind, data)))
            if not changes:
                return change_key
            return self._remote.change_item(kind, item_id, change_key, changes)

    def _read(self, kind: Kind, data: bytes) -> dict[str, Any]:
        if kind is Kind.EVENT:
            return icsread.parse_event(data, self._zone).master
        if kind is Kind.TASK:
            return icsread.parse_task(data, self._zone).fields
        if kind is Kind.CONTACT:
            return vcfread.parse_contact(data).fields
        return vcfread.parse_list(data).fields


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
