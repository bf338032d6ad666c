"""What every sandbox of a process hears and says, appended to a file for whoever looks it over later.

A file a process, and no file an exchange: making two files for each takes longer than many an answer. Each exchange is
a line, `NAME LENGTH LENGTH`, and the bytes of the request and of the response. A writer holds the lock of the file
(flock(2)) while it appends; a reader that holds it sees whole exchanges, except for a last one whose writer was
killed, and may empty the file.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SUFFIX = ".exchanges"


class Exchange(NamedTuple):
    """name: the operation's, "Unreadable" when the request named none."""

    name: str
    request: bytes
    response: bytes


def add(folder: Path, exchange: Exchange) -> None:
    """Append an exchange to the file of this process in a folder, made when it isn't there. Raises: OSError."""
    name, request, response = exchange
    path = folder / f"{os.getpid()}{_SUFFIX}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # of this opening alone, so that it keeps threads apart as well
        for piece in (b"%s %d %d\n" % (name.encode(), len(request), len(response)), request, response):
            rest = memoryview(piece)
            while rest:
                rest = rest[file.write(rest) :]


def take(folder: Path) -> Iterator[Exchange]:
    """The exchanges that were recorded since the last time, each once: the files are emptied."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        if not path.stat().st_size:
            continue
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            data = file.read()
            file.truncate(0)
        yield from _exchanges(data)


def _exchanges(data: bytes) -> Iterator[Exchange]:
    at = 0
    while (end := data.find(b"\n", at)) >= 0:
        name, asked, answered = data[at:end].split(b" ")
        middle = end + 1 + int(asked)
        at = middle + int(answered)
        if at > len(data):
            return  # its writer was killed
        yield Exchange(name.decode(), data[end + 1 : middle], data[middle:at])
