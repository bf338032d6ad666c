"""`-o OPTS`: which mount options are taken, and what each becomes. Pure, apart from a look at /etc/fuse.conf."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ewsfs.cli.errors import CliError

_FUSE_CONF = Path("/etc/fuse.conf")

# Handed to FUSE or the kernel as they are: fuse(8), mount(8).
_FLAGS = frozenset(
    {"allow_other", "allow_root", "default_permissions", "dev", "nodev", "suid", "nosuid", "exec", "noexec"}
    | {"atime", "noatime", "sync", "async", "dirsync", "debug"}
)
_VALUES = frozenset({"max_read", "max_readahead", "max_write", "max_background", "congestion_threshold"})

# Why some that FUSE knows are refused.
_REFUSED = {
    "auto_unmount": "after a crash, an empty folder in place of the mailbox would look as if all mail were gone",
    "nonempty": "a mount would hide what the folder holds",
    "attr_timeout": "sizes become exact only when a file is opened, so the kernel may not keep them",
    "entry_timeout": "what has gone on the server must be gone here too",
    "ac_attr_timeout": "sizes become exact only when a file is opened, so the kernel may not keep them",
    "kernel_cache": "ewsfs tells the kernel by itself which pages are still good",
    "direct_io": "it would forbid mmap",
}


@dataclass(slots=True)
class FuseOptions:
    """What `-o` asks for.

    `fuse`, options for FUSE itself; `read_only`; `uid`, `gid`, the owner shown; `umask`, permission bits never
    given. None: not said.
    """

    fuse: dict[str, str | bool] = field(default_factory=dict)
    read_only: bool = False
    uid: int | None = None
    gid: int | None = None
    umask: int | None = None


def parse(given: tuple[str, ...]) -> FuseOptions:
    """Take apart what stood behind the `-o`s.

    Parameters: `given`, each a comma list as mount(8) takes it. Raises: CliError that names the option and why.
    """
    options = FuseOptions()
    for option in (part.strip() for text in given for part in text.split(",")):
        if option:
            _take(options, option)
    if options.fuse.get("allow_other") or options.fuse.get("allow_root"):
        _check_allowed_to_share()
        # The kernel is to check the modes: the filesystem doesn't see who asks.
        options.fuse["default_permissions"] = True
        if options.umask is None:
            options.umask = 0o022
    return options


def _take(options: FuseOptions, option: str) -> None:
    name, has_value, value = option.partition("=")
    if name in _REFUSED:
        raise CliError(f"-o {name} is refused: {_REFUSED[name]}.")
    if option in ("ro", "rw"):
        options.read_only = option == "ro"
    elif name in ("uid", "gid") and has_value:
        setattr(options, name, _number(option, value, 10))
    elif name == "umask" and has_value:
        options.umask = _number(option, value, 8) & 0o777
    elif name in _FLAGS and not has_value:
        options.fuse[name] = True
    elif name in _VALUES and has_value:
        options.fuse[name] = str(_number(option, value, 10))
    elif name in _FLAGS | _VALUES | {"uid", "gid", "umask", "ro", "rw"}:
        raise CliError(
            f"-o {option}: this option {'takes no value' if has_value else 'needs a value, as in ' + name + '=N'}."
        )
    else:
        known = sorted(_FLAGS | {f"{v}=N" for v in _VALUES} | {"ro", "rw", "uid=N", "gid=N", "umask=OCTAL"})
        raise CliError(f"-o {option}: not an option that ewsfs knows. It knows: {', '.join(known)}.")


def _number(option: str, value: str, base: int) -> int:
    try:
        number = int(value, base)
    except ValueError:
        number = -1
    if number < 0:
        raise CliError(f"-o {option}: {value!r} is not {'an octal' if base == 8 else 'a'} number.")
    return number


def _check_allowed_to_share() -> None:
    if os.geteuid() == 0:
        return
    try:
        lines = _FUSE_CONF.read_text().splitlines()
    except OSError:
        lines = []
    if "user_allow_other" not in (line.strip() for line in lines):
        raise CliError(
            "-o allow_other is for root only on this system. To allow it to everybody, put a line user_allow_other "
            f"into {_FUSE_CONF}."
        )
