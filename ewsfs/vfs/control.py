"""The control folder `.ewsfs`: what the mount says of itself, and what could not be saved.

It answers to its name but is not listed in the top folder, so that `rsync`, `tar` and `grep -r` of a mailbox
meet the mailbox alone.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Mapping

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.spool import Pending, Spool, State

_STATUS = "status.json"
_UNSAVED = "unsaved"


class Control:
    """The files below `.ewsfs`.

    Parameters: `status`, makes what `status.json` says; `spool`, whose unsaved files `unsaved/` shows.
    """

    def __init__(self, status: Callable[[], Mapping[str, object]], spool: Spool) -> None:
        self._status = status
        self._spool = spool

    def names(self, parts: tuple[str, ...]) -> list[str]:
        """The names in a folder below `.ewsfs`."""
        if parts == ():
            return [_STATUS, _UNSAVED]
        if parts == (_UNSAVED,):
            return list(self._unsaved())
        raise VfsError(errno.ENOTDIR, "/".join(parts))

    def is_directory(self, parts: tuple[str, ...]) -> bool:
        """Raises: VfsError (ENOENT) when there is no such place."""
        if parts in ((), (_UNSAVED,)):
            return True
        self.find(parts)
        return False

    def find(self, parts: tuple[str, ...]) -> bytes | Pending:
        """The bytes of a file, or the unsaved file that holds them."""
        if parts == (_STATUS,):
            return (json.dumps(self._status(), indent=2) + "\n").encode()
        if len(parts) == 2 and parts[0] == _UNSAVED:
            found = self._unsaved().get(parts[1])
            if found is not None:
                return found
        raise VfsError(errno.ENOENT, "/".join(parts))

    def discard(self, parts: tuple[str, ...]) -> None:
        """The owner has seen to an unsaved file."""
        found = self.find(parts)
        if not isinstance(found, Pending):
            raise VfsError(errno.EPERM, f"{'/'.join(parts)} can't be removed")
        self._spool.drop(found)

    def _unsaved(self) -> dict[str, Pending]:
        """Names may repeat: each file carries the first digits of its id."""
        return {f"{p.journal.id[:8]} {p.journal.name}": p for p in self._spool.in_state(State.UNSAVED)}
