"""Which process serves which mount point, so that `ewsfs umount` can wait for its last upload.

One file for each mount point in the user's state folder, locked (flock(2)) by the serving process for as long as
it lives. The kernel frees the lock when the process dies, however it dies, so nothing here can be stale.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from ewsfs.cli.errors import CliError

log = logging.getLogger(__name__)

_POLL = 0.05  # seconds between two tries for a lock that is to be had within a limit


def _file(mountpoint: Path) -> Path:
    mark = hashlib.sha256(os.fsencode(mountpoint)).hexdigest()[:16]
    return platformdirs.user_state_path("ewsfs") / "mounts" / mark


@contextmanager
def registered(mountpoint: Path, patience: float = 30.0) -> Iterator[None]:
    """Say, for the duration of the block, that this process serves a mount point.

    Parameters: `patience`, seconds to wait for an earlier mount that is still finishing its uploads.
    Raises: CliError when that one takes longer.
    """
    path = _file(mountpoint)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        # Only the waiting of `ewsfs umount` hangs on it, so this is no reason not to mount.
        log.warning("ewsfs umount won't be able to wait for this mount: %s", error)
        yield
        return
    try:
        if not _locked(descriptor, fcntl.LOCK_EX, patience):
            raise CliError(
                f"process {_pid(descriptor) or '?'}, which had {mountpoint} mounted before, is still finishing its "
                "uploads. Wait for it, or end it (kill): what it didn't upload, the next mount will."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
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


def wait_gone(mountpoint: Path) -> None:
    """Wait until no process serves the mount point."""
    try:
        descriptor = os.open(_file(mountpoint), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
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
    text = os.pread(descriptor, 32, 0)
    return int(text) if text.isdigit() else None
