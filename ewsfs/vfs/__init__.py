"""The filesystem without FUSE: a mailbox as paths, directories and open files.

Used by a binding (`ewsfs.fuse`) and by tests; `open_filesystem` is the way in.
"""

from __future__ import annotations

from collections.abc import Callable

from ewsfs.ews import Account
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.filesystem import FileSystem
from ewsfs.vfs.known.cache import take_slot
from ewsfs.vfs.remote import Mailbox
from ewsfs.vfs.settings import Settings

__all__ = ["FileSystem", "Settings", "VfsError", "open_filesystem"]


def open_filesystem(make_account: Callable[[], Account], settings: Settings) -> FileSystem:
    """The filesystem of a mailbox, ready for calls.

    Parameters: `make_account`, makes the account to speak through (called once, in this process); `settings`.
    Returns a started filesystem; its caller closes it. Raises: VfsError when the mailbox can't be opened (EACCES
    for a refused login, EHOSTUNREACH) or the cache folder can't be used.
    """
    slot = take_slot(settings.cache_dir, settings.address)
    try:
        filesystem = FileSystem(Mailbox(make_account, settings), slot, settings)
    except BaseException:
        slot.close()
        raise
    try:
        filesystem.start()
    except BaseException:
        filesystem.close()
        raise
    return filesystem
