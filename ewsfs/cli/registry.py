"""Which process serves which mount point, so that `ewsfs umount` can wait for its last upload.

One file for each mount point in the user's state folder, locked (flock(2)) by the serving process for as long as
it lives. The kernel frees the lock when the process dies, however it dies, so nothing here can be stale. In it stand
the process's id and, when it is ending, the number of files that are still to be uploaded.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from ewsfs.cli.errors import CliError

log = logging.getLogger(__name__)

_LOOK = 0.5  # seconds between two looks at how far it is
_POLL = 0.05  # seconds between two tries for a lock that is to be had within a limit


def _file(mountpoint: Path) -> Path:
    mark = hashlib.sha256(os.fsencode(mountpoint)).hexdigest()[:16]
    return platformdirs.user_state_path("ewsfs") / "mounts" / mark


@contextmanager
def registered(mountpoint: Path, patience: float = 30.0) -> Iterator[Callable[[int], None]]:
    """Say, for the duration of the block, that this process serves a mount point.

    Parameters: `patience`, seconds to wait for an earlier mount that is still finishing its uploads.
    Gives a function to be told in the end how many files are not uploaded yet. Raises: CliError when the earlier mount
    takes longer.
    """
    path = _file(mountpoint)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        # Only the waiting of `ewsfs umount` hangs on it, so this is no reason not to mount.
        log.warning("ewsfs umount won't be able to wait for this mount: %s", error)
        yield lambda left: None
        return
    try:
        if not _locked(descriptor, fcntl.LOCK_EX, patience):
            raise CliError(
                f"process {_pid(descriptor) or '?'}, which had {mountpoint} mounted before, is still finishing its "
                "uploads. Wait for it, or end it (kill): what it didn't upload, the next mount will."
            )
        os.ftruncate(descriptor, 0)
        pid = str(os.getpid()).encode()
        os.pwrite(descriptor, pid, 0)

        def tell(left: int) -> None:
            os.pwrite(descriptor, b"%s %-9d" % (pid, left), 0)

        yield tell
    finally:
        os.close(descriptor)


def serving(mountpoint: Path) -> int | None:
    """The id of the process that serves a mount point or is finishing its uploads; None when there is none."""
    try:
        descriptor = os.open(_file(mountpoint), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _locked(descriptor, fcntl.LOCK_SH, 0) else _pid(descriptor)
    finally:
        os.close(descriptor)


def wait_gone(mountpoint: Path, tell: Callable[[int], object] = lambda left: None) -> int:
    """Wait until no process serves the mount point.

    Parameters: `tell`, told now and then how many files are still to be uploaded.
    Returns how many could not be, as far as the process said.
    """
    try:
        descriptor = os.open(_file(mountpoint), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        while not _locked(descriptor, fcntl.LOCK_SH, _LOOK):
            tell(_left(descriptor))
        return _left(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)
        else:
            return True


def _pid(descriptor: int) -> int | None:
    text, _, _ = os.pread(descriptor, 64, 0).partition(b" ")
    return int(text) if text.isdigit() else None


def _left(descriptor: int) -> int:
    _, _, left = os.pread(descriptor, 64, 0).partition(b" ")
    return int(left) if left.strip().isdigit() else 0
