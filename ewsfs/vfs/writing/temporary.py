"""Names that programs give to files of the moment: they stay on this machine until they get a real name.

An editor writes beside the file that it saves and renames, a copier renames when it is through, a desktop leaves its
notes everywhere. None of that is mail. A name is all there is to tell by, so each pattern says whose it is.

Pure functions: any thread.
"""

from __future__ import annotations

import re

# What libfuse calls a file that was removed while it is open, and removes when it is closed.
HIDDEN = ".fuse_hidden"

_PATTERNS = (
    r"\.goutputstream-.+",  # GLib
    r"\.~lock\..+#",  # LibreOffice
    r"lu[0-9a-z]+\.tmp|~\$.+",  # LibreOffice, Microsoft Office
    r".+\.sw[a-z]|\.sw[a-z]",  # vim, nano
    r"\..+\.kate-swp",  # Kate
    r".*~",  # backups of vim, emacs, gedit
    r"#.+#|\.#.+",  # emacs: auto-saves, locks
    r".+\.(?:part|partial|crdownload|download|tmp|temp|filepart)",  # browsers, KDE, scp programs
    r"\..+\.[A-Za-z0-9]{6}",  # rsync, and whatever uses mkstemp(3) beside a hidden name
    r"sed[A-Za-z0-9]{6}",  # sed -i
    r"\.(?:fuse_hidden|nfs)[0-9a-fA-F]+",  # a file removed while it was open
    r"\.DS_Store|\._.+|\.Spotlight-.+|\.fseventsd|\.Trashes",  # macOS
    r"\.directory|desktop\.ini|Thumbs\.db|\.hidden|\.sh_thumbnails|\.thumbnails|\.comments|\.xvpics",  # desktops
    r".+\.(?:db3?|sqlite3?)-(?:journal|wal|shm)",  # SQLite, beside a database that is open
    r"\.rsync-tmp|\.~tmp~|rsync\.[A-Za-z0-9]{6}",
)
# Directories that hold nothing else; rsync's are those of --delay-updates and, as its manual names it, --partial-dir.
_FOLDERS = re.compile(
    r"\.~tmp~|\.rsync-(?:partial|tmp)|\.Spotlight-.+|\.fseventsd|\.TemporaryItems"  # rsync, macOS
    r"|\.sh_thumbnails|\.thumbnails|\.comments|\.xvpics",  # desktops
    re.DOTALL | re.IGNORECASE,
)
_TEMPORARY = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.DOTALL)

# What file managers look for in each folder they show (XDG trash specification; GLib; Thunar).
_TRASH = re.compile(r"\.Trash(?:-[0-9]+)?")

_VIM_PROBE, _VIM_STEP = 4913, 123


def is_temporary(name: str) -> bool:
    """Whether a file of that name is of the moment, by the customs of editors, copiers and desktops."""
    return _TEMPORARY.fullmatch(name) is not None or _is_vim_probe(name)


def is_temporary_folder(name: str) -> bool:
    """Whether a directory of that name holds files of the moment and nothing else."""
    return _FOLDERS.fullmatch(name) is not None


def is_kept_here(place: str) -> bool:
    """Whether all that is in a directory stays here, whatever it is called. Parameters: `place`, see `Orphan.place`."""
    return any(is_temporary_folder(part) for part in place.split("\0")[1:])


def is_hidden(name: str) -> bool:
    """Whether libfuse calls a file so that was removed: nobody sees it any more but who has it open."""
    return name.startswith(HIDDEN)


def is_trash(name: str) -> bool:
    """Whether a folder of that name would be a file manager's trash: Deleted Items is the trash here."""
    return _TRASH.fullmatch(name) is not None


def is_users_trash(name: str) -> bool:
    """Whether a file manager would make its trash under that name, at the top of what is mounted (`.Trash-1000`)."""
    return is_trash(name) and name.startswith(".Trash-")


def is_ours_alone(name: str) -> bool:
    """Whether the server need not be asked for that name: no item has it."""
    return is_temporary(name) or is_trash(name)


def _is_vim_probe(name: str) -> bool:
    """vim makes a file `4913`, or the next free one 123 further on, to learn whether a folder can be written."""
    if not (name.isascii() and name.isdigit() and len(name) <= 5):
        return False
    number = int(name)
    return number >= _VIM_PROBE and (number - _VIM_PROBE) % _VIM_STEP == 0
