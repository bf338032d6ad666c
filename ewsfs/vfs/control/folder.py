"""The control folder `.ewsfs`: what the mount says of itself, and what could not be saved.

It answers to its name but is not listed in the top folder, so that `rsync`, `tar` and `grep -r` of a mailbox
meet the mailbox alone.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Mapping

from ewsfs.vfs.control import outofoffice, sending
from ewsfs.vfs.control.outlets import CONTROL, Outlets
from ewsfs.vfs.control.outofoffice import OutOfOffice
from ewsfs.vfs.control.searching import Link, Searches
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.writing.journal import Pending, State
from ewsfs.vfs.writing.spool import Spool

# What stands where a file manager would make its trash, and isn't listed: as a file, it tells GLib that there can be no
# trash (`access::can-trash`), and the user is asked whether to delete, in place of an error when that fails.
NO_TRASH = "no-trash"
_NO_TRASH_TEXT = b"What is removed here goes to the mailbox's own folder Deleted Items. That is the trash.\n"

_STATUS = "status.json"
_UNSAVED = "unsaved"
_SEARCH = "search"
_SEND = "send"


class Control:
    """The files below `.ewsfs`.

    Parameters: `status`, makes what `status.json` says; `spool`, whose unsaved files `unsaved/` shows; `searches`,
    which `search/` shows;
    `out_of_office`, the file of that name.
    """

    def __init__(
        self,
        status: Callable[[], Mapping[str, object]],
        spool: Spool,
        searches: Searches,
        out_of_office: OutOfOffice,
    ) -> None:
        self._status = status
        self._spool = spool
        self._searches = searches
        self._out_of_office = out_of_office

    def names(self, parts: tuple[str, ...]) -> list[str]:
        """The names in a folder below `.ewsfs`."""
        if parts == ():
            return list(dict.fromkeys([outofoffice.NAME, _SEARCH, _SEND, _STATUS, _UNSAVED, *self._written(CONTROL)]))
        if parts == (_SEND,):
            return self._written(sending.PLACE)
        if parts == (_UNSAVED,):
            return list(self._unsaved())
        if parts == (_SEARCH,):
            return self._searches.made()
        if parts[0] == _SEARCH and self.is_directory(parts):
            return self._searches.names(parts[1])
        raise VfsError(errno.ENOTDIR, "/".join(parts))

    def is_directory(self, parts: tuple[str, ...]) -> bool:
        """Raises: VfsError (ENOENT) when there is no such place."""
        if parts in ((), (_UNSAVED,), (_SEARCH,), (_SEND,)):
            return True
        if len(parts) == 2 and parts[0] == _SEARCH and self._searches.is_query(parts[1]):
            return True  # asked for or not: nobody lists a search before it was made
        place = Outlets.place(parts[:-1], parts[-1])
        if place is not None and self._spool.find(place, parts[-1]) is not None:
            return False
        if parts not in ((_STATUS,), (outofoffice.NAME,)) and self.link(parts) is None:
            self.find(parts)
        return False

    def link(self, parts: tuple[str, ...]) -> Link | None:
        """The symbolic link at a place, None when there is something else there, or nothing."""
        if len(parts) == 3 and parts[0] == _SEARCH and self._searches.is_query(parts[1]):
            return self._searches.link(parts[1], parts[2])
        return None

    def find(self, parts: tuple[str, ...]) -> bytes | Pending:
        """The bytes of a file, or the unsaved file that holds them."""
        if parts == (_STATUS,):
            return (json.dumps(self._status(), indent=2) + "\n").encode()
        if parts == (outofoffice.NAME,):
            return self._out_of_office.read()
        if parts == (NO_TRASH,):
            return _NO_TRASH_TEXT
        if len(parts) == 2 and parts[0] == _UNSAVED:
            found = self._unsaved().get(parts[1])
            if found is not None:
                return found
        raise VfsError(errno.ENOENT, "/".join(parts))

    def size(self, parts: tuple[str, ...]) -> int | Pending:
        """How long a file is, in bytes, without asking the server; or the unsaved file."""
        if parts == (outofoffice.NAME,):
            return self._out_of_office.size
        found = self.find(parts)
        return found if isinstance(found, Pending) else len(found)

    def discard(self, parts: tuple[str, ...]) -> None:
        """The owner has seen to an unsaved file."""
        if self.is_directory(parts):
            raise VfsError(errno.EISDIR, "/".join(parts))
        found = None if self.link(parts) is not None else self.size(parts)
        if not isinstance(found, Pending):
            raise VfsError(errno.EPERM, f"{'/'.join(parts)} can't be removed")
        self._spool.drop(found)

    def _written(self, place: str) -> list[str]:
        return [pending.journal.name for pending in self._spool.in_place(place)]

    def _unsaved(self) -> dict[str, Pending]:
        """Names may repeat: each file carries the first digits of its id."""
        return {f"{p.journal.id[:8]} {p.journal.name}": p for p in self._spool.in_state(State.UNSAVED)}
