"""Serving a mount in this process, until it is unmounted: what `mount` and `demo` have in common.

The layers below are imported when they are used: `ewsfs --help` needs none of them, and libfuse and the client
library's threads may not be there before `mount` has gone into the background.
"""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ewsfs.cli import registry
from ewsfs.cli.errors import CliError, explain
from ewsfs.cli.fuse_options import FuseOptions
from ewsfs.cli.login import Login

if TYPE_CHECKING:
    from ewsfs.vfs import FileSystem, Settings

log = logging.getLogger(__name__)

_DEVICE = Path("/dev/fuse")


@dataclass(frozen=True, slots=True)
class SettingsGiven:
    """What the command line says of the filesystem's settings; None: as it is by default."""

    address: str
    cache_dir: Path
    ttl: float | None = None
    read_only: bool = False
    write_back: bool = False

    def settings(self, options: FuseOptions) -> Settings:
        from ewsfs.vfs import Settings

        said = {"ttl": self.ttl, "uid": options.uid, "gid": options.gid, "umask": options.umask}
        known: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
        return Settings(
            address=self.address,
            cache_dir=self.cache_dir,
            read_only=self.read_only,
            write_back=self.write_back,
            **known,
        )


def check_device() -> None:
    """Raises: CliError when the kernel's side of FUSE can't be reached from here."""
    if not _DEVICE.exists():
        raise CliError(
            f"{_DEVICE} is not here, so nothing can be mounted. Load the kernel module (as root: modprobe fuse), or "
            "start the container with --device /dev/fuse --cap-add SYS_ADMIN."
        )
    if not os.access(_DEVICE, os.R_OK | os.W_OK):
        raise CliError(f"{_DEVICE} can't be opened by you: ask to be given access to it.")


def serve(
    login: Login,
    given: SettingsGiven,
    mountpoint: Path,
    options: FuseOptions,
    on_ready: Callable[[FileSystem], None],
) -> None:
    """Connect, mount, and serve until somebody unmounts it or a signal (INT, TERM, HUP) ends it; then clean up.

    Parameters: `on_ready`, called from another thread once the kernel speaks to us. Raises: CliError.
    """
    check_device()
    from ewsfs.fuse import NoFuse, mount
    from ewsfs.vfs import open_filesystem

    os.umask(0o077)  # whatever is written from here on is the user's alone
    where = "" if login.endpoint is None else f" at {login.endpoint}"
    with registry.registered(mountpoint) as tell:
        try:
            filesystem = open_filesystem(login.account, given.settings(options))
        except OSError as error:
            raise CliError(explain(error, f"can't open the mailbox {given.address}{where}")) from error
        try:
            # libfuse ends the mount on these signals, but only if nobody else handles them.
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            log.info("mounting %s on %s", given.address, mountpoint)
            mount(
                filesystem,
                str(mountpoint),
                read_only=given.read_only,
                options={**options.fuse, "fsname": _source(given.address)},
                on_ready=lambda: on_ready(filesystem),
            )
            log.info("unmounted %s", mountpoint)
        except NoFuse as error:
            raise CliError(str(error)) from error
        except RuntimeError as error:
            raise CliError(f"{mountpoint} couldn't be mounted on: FUSE refused (code {error}).") from error
        finally:
            filesystem.close(tell)
            left = filesystem.pending()
            tell(left)
            if left:
                log.warning("files not uploaded yet: %d; the next mount goes on with them", left)


def _source(address: str) -> str:
    """What `df` and `mount` show as the source; a comma would end the option, a backslash escape the next letter."""
    return re.sub(r"[,\\\s]", "_", address)


def describe(filesystem: FileSystem, mountpoint: Path) -> str:
    """What to tell of a mount that has just become ready."""
    status = filesystem.status()
    told = f"{status['address']} is mounted on {mountpoint}."
    if not status["connected"]:
        told += " The server is out of reach: until it is back, only what was seen before can be read."
    if status["unsaved"]:
        told += f" {status['unsaved']} files that the server refused are in {mountpoint}/.ewsfs/unsaved."
    return told
