"""Mount points: what is mounted where, telling a dead mount from a live one, making and cleaning them.

Used by the commands `mount`, `umount` and `demo`. What the kernel tells (/proc/self/mountinfo, proc(5)) is asked
before the folder itself, since a folder on which a filesystem hangs never answers.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ewsfs.cli.errors import CliError

# Seconds that a mounted filesystem is given to answer a stat(2).
PATIENCE = 20.0

# What stat(2) answers on a mount whose process has died.
DEAD = (errno.ENOTCONN, errno.ECONNABORTED)


@dataclass(frozen=True, slots=True)
class Mounted:
    """A line of /proc/self/mountinfo: the type of a mount of ours is "fuse.ewsfs", the source its mailbox."""

    path: str
    type: str
    source: str

    @property
    def is_fuse(self) -> bool:
        return self.type == "fuse" or self.type.startswith("fuse.")

    @property
    def is_ours(self) -> bool:
        return self.type == "fuse.ewsfs"


def resolve(path: str) -> Path:
    """The absolute path, with symbolic links resolved, without touching what may be mounted on it."""
    absolute = os.path.abspath(os.path.expanduser(path))
    parent, name = os.path.split(absolute)
    settled = os.path.join(os.path.realpath(parent), name)
    if name and find(Path(settled)) is None and os.path.islink(settled):
        settled = os.path.realpath(settled)
    return Path(settled)


def find(path: Path) -> Mounted | None:
    """What is mounted on a resolved path, the topmost if there are several; None if nothing is."""
    try:
        text = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
    except OSError as error:
        raise CliError(f"can't see what is mounted: /proc/self/mountinfo: {error.strerror}.") from error
    return next((mounted for mounted in reversed(parse(text)) if mounted.path == str(path)), None)


def parse(mountinfo: str) -> list[Mounted]:
    """The mounts in a mountinfo file, the topmost last (proc_pid_mountinfo(5))."""
    mounts = []
    for line in mountinfo.split("\n"):
        before, separator, after = line.partition(" - ")
        if separator:
            kind, source = after.split(" ")[:2]
            mounts.append(Mounted(_unescape(before.split(" ")[4]), kind, _unescape(source)))
    return mounts


def _unescape(field: str) -> str:
    raw = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), os.fsencode(field))
    return os.fsdecode(raw)


def probe(path: Path, patience: float = PATIENCE) -> int | None:
    """Ask what is mounted there for a sign of life.

    Parameters: `patience`, seconds to wait. Returns 0 when it answers, an errno (ENOTCONN: its process has
    died), or None when it doesn't answer in time.
    """
    answer: list[int] = []

    def ask() -> None:
        try:
            os.stat(path)
            answer.append(0)
        except OSError as error:
            answer.append(error.errno or errno.EIO)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(patience)
    return answer[0] if answer else None


def is_dead(path: Path) -> bool:
    """Whether the process behind a FUSE mount has died and left it standing."""
    return probe(path) in DEAD


def unmount(path: Path, *, lazy: bool = False) -> str | None:
    """Unmount with fusermount, or with umount where that isn't there.

    Parameters: `lazy`, take it out of the tree at once, whoever uses it. Returns None, or why it didn't work.
    """
    commands = []
    for name in ("fusermount3", "fusermount"):
        if shutil.which(name):
            commands.append([name, "-u", *(["-z"] if lazy else []), "--", str(path)])
            break
    if os.geteuid() == 0 or not commands:
        commands.append(["umount", *(["--lazy"] if lazy else []), "--", str(path)])
    reason = ""
    for command in commands:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
            )
        except OSError as error:
            reason = f"{command[0]}: {error.strerror}"
            continue
        if done.returncode == 0:
            return None
        reason = reason or (done.stderr.strip().splitlines() or [f"{command[0]} failed"])[-1]
    return reason


def clean(path: Path) -> None:
    """Take away a dead mount. Raises: CliError when that can't be done."""
    reason = unmount(path, lazy=True)
    if reason is not None:
        raise CliError(
            f"a dead mount stands on {path} and can't be cleaned: {reason}. "
            f"Unmount it by hand (fusermount -u -z {path}, or as root umount -l {path})."
        )


def users(path: Path, limit: int = 3) -> list[str]:
    """The programs that keep a mount busy, as "name (pid)", as far as /proc shows them to us."""
    inside = str(path)
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        if any(target == inside or target.startswith(inside + "/") for target in _targets(process)):
            try:
                name = (process / "comm").read_text().strip()
            except OSError:
                continue
            found.append(f"{name} ({process.name})")
            if len(found) == limit:
                break
    return found


def _targets(process: Path) -> list[str]:
    links = [process / "cwd", process / "root"]
    with contextlib.suppress(OSError):  # somebody else's process
        links += list((process / "fd").iterdir())
    targets = []
    for link in links:
        try:
            targets.append(os.readlink(link))
        except OSError:
            continue
    return targets


def prepare(path: Path, *, tell: Callable[[str], None]) -> bool:
    """Make a path ready to be mounted on: clean a dead mount, make a missing folder.

    Parameters: `path`, resolved; `tell`, is given a sentence for each thing done. Returns whether the folder was
    made. Raises: CliError when it can't be mounted on: a live mount, a file, a folder that holds something.
    """
    mounted = find(path)
    while mounted is not None and mounted.is_fuse and is_dead(path):
        clean(path)
        tell(f"{path} was left behind by a mount that has died; it is cleaned up.")
        mounted = find(path)
    if mounted is not None and mounted.is_ours:
        raise CliError(f"{path} is mounted already. To end that: ewsfs umount {path}")
    if mounted is not None and mounted.is_fuse:
        raise CliError(
            f"another filesystem ({mounted.source}, {mounted.type}) is mounted on {path}; choose another folder."
        )
    made = False
    try:
        if not path.exists():
            path.mkdir(parents=True, mode=0o700)
            made = True
            tell(f"{path} is made.")
        with os.scandir(path) as inside:
            first = next(inside, None)
    except NotADirectoryError as error:
        raise CliError(f"{path} is not a folder; a mount point has to be an empty one.") from error
    except OSError as error:
        raise CliError(f"{path} can't be mounted on: {error.strerror}.") from error
    if first is not None:
        raise CliError(
            f"{path} is not empty (it holds {first.name!r}), and a mount would hide that. "
            "Choose an empty folder, or one that isn't there yet."
        )
    if os.geteuid() != 0 and not os.access(path, os.W_OK):
        raise CliError(f"{path} can't be mounted on: you may not write to it. Choose a folder of your own.")
    return made
