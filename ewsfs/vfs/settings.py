"""What a mount is asked to be: the one place for the filesystem's settings and their units.

Made by the command line (or a test), read by everything in `ewsfs.vfs`; never changed once made.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

import tzlocal

from ewsfs.vfs.errors import VfsError


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one mount.

    Parameters: `address`, the mailbox's primary SMTP address; `cache_dir`, where index, content and spool live
    (made with mode 0700); `ttl`, seconds for which a folder's listing is taken as it is; `read_only`, answer
    EROFS to every change; `content_limit`, bytes of item content kept on disk; `timezone`, the zone of the dates
    in names; `portable_names`, replace what Windows file systems refuse; `uid`, `gid`, the owner shown;
    `umask`, permission bits never given; `offline_seconds`, how long after a failed connection the server is
    not asked again; `write_back`, a close is done when the journal has the file, and uploads follow behind, after
    `write_back_seconds`; `retry_seconds`, after how long an upload is tried again that failed in passing;
    `hold_seconds`, for how long the removal of an attachment is held back.
    """

    address: str
    cache_dir: Path
    ttl: float = 60.0
    read_only: bool = False
    content_limit: int = 2 * 1024**3
    timezone: tzinfo = field(default_factory=tzlocal.get_localzone)
    portable_names: bool = False
    uid: int = field(default_factory=os.getuid)
    gid: int = field(default_factory=os.getgid)
    umask: int = 0o077
    offline_seconds: float = 5.0
    write_back: bool = False
    write_back_seconds: float = 1.0
    retry_seconds: float = 5.0
    hold_seconds: float = 5.0

    def must_be_writable(self) -> None:
        """Raises: VfsError (EROFS) on a mount that changes nothing."""
        if self.read_only:
            raise VfsError(errno.EROFS, "mounted read-only")
