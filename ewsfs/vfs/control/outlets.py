"""The places below `.ewsfs` that take files: `send/`, and `out-of-office.toml` in the control folder itself.

A file written there goes through the spool like any other, so that a killed process loses nothing; what stands for a
folder id in its journal is the place. This says which places there are and what becomes of a file that is closed in
one.

Threading: any thread; one file is delivered by one thread at a time (its own lock sees to that).
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from ewsfs.vfs.control import outofoffice, sending
from ewsfs.vfs.control.outofoffice import OutOfOffice
from ewsfs.vfs.control.sending import Sender
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.writing.data import Data, whole
from ewsfs.vfs.writing.temporary import is_temporary

CONTROL = ".ewsfs"  # what stands for a folder id in the journal of a file in the control folder itself


class Outlets:
    """The outlets of one mailbox."""

    def __init__(self, sender: Sender, out_of_office: OutOfOffice) -> None:
        self._sender = sender
        self._out_of_office = out_of_office

    @staticmethod
    def place(parts: tuple[str, ...], name: str) -> str | None:
        """What stands for a folder id in the journal of a file below `.ewsfs`; None where none can be written.

        Parameters: `parts`, the names of its directory below `.ewsfs`. Editors' temporaries have a place beside the
        file that they are for.
        """
        if parts == ("send",):
            return sending.PLACE
        if parts == () and (name == outofoffice.NAME or is_temporary(name)):
            return CONTROL
        return None

    @staticmethod
    def is_place(folder_id: str) -> bool:
        """Whether a journal's folder is an outlet; no folder id of a server begins with a dot (they are base64)."""
        return folder_id in (sending.PLACE, CONTROL)

    def check(self, folder_id: str, name: str, data: Data) -> None:
        """Refuse what the outlet can't take, without asking the server. Raises: VfsError (EINVAL, EPERM)."""
        if folder_id == sending.PLACE:
            self._sender.check(data)
        else:
            _must_be_known(name)
            self._out_of_office.check(whole(data))

    def deliver(
        self,
        folder_id: str,
        name: str,
        data: Data,
        upload_id: str,
        *,
        again: bool = False,
        begun: bool = False,
        on_begin: Callable[[], None] = lambda: None,
    ) -> None:
        """What a closed file is for: the message is sent, the settings are set. For the parameters see `Sender.send`.

        Raises: VfsError.
        """
        if folder_id == sending.PLACE:
            self._sender.send(data, upload_id, again=again, begun=begun, on_begin=on_begin)
        else:
            _must_be_known(name)
            self._out_of_office.write(whole(data))  # twice is as good as once


def _must_be_known(name: str) -> None:
    if name != outofoffice.NAME:
        raise VfsError(errno.EPERM, f"{name}: the only file that can be written in .ewsfs is {outofoffice.NAME}")
