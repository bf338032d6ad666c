"""A process that dies at the n-th step of what it does to a filesystem, as by kill -9: nothing is tidied up.

    python -m tests.vfs.dying       reads orders, a JSON object a line, and answers each with an exit code

Each order is carried out in a fork, so that the modules are loaded once. A step is whatever the outside world can see
of a process: a file of the cache opened for writing, written to, synced, renamed or removed, a row of the index, a
request on its way out and the answer on its way in. Beside the cache it leaves `steps`, a list of them, when it was not
killed, and `written` once all its bytes were taken. What is done is one of `deeds`: a preparation, which nobody dies
in, and the deed itself; or START: nothing but what a mount does by itself when it begins.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timezone
from pathlib import Path
from typing import Any, NamedTuple

from requests.adapters import HTTPAdapter

from ewsfs.vfs import FileSystem, Settings, open_filesystem
from ewsfs.vfs.known.index import Index
from tests.vfs.conftest import account_at

FAILED = 1
START = "start"
_NEEDS_ROOM = frozenset({"open", "pwrite", "fsync", "_writing"})
_OPENED_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Order(NamedTuple):
    """What to do. `step`, at which to die, 0 for never; `settings`, more of them.

    `full`: from that step on the disk is full, and nobody dies.
    """

    endpoint: str
    address: str
    cache: str
    deed: str
    step: int
    settings: dict[str, Any]
    full: bool = False


class Steps:
    """Counts the steps of this process below a folder, and ends it at one of them."""

    def __init__(self, folder: str, last: int, full: bool) -> None:
        self._folder = folder
        self._last = last
        self._full = full
        self.taken: list[str] = []
        self.armed = False

    def step(self, what: str) -> None:
        if self.armed:
            self.taken.append(what)
            if self._full:
                if 0 < self._last <= len(self.taken) and what in _NEEDS_ROOM:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            elif len(self.taken) == self._last:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        self.armed = True
        sys.addaudithook(self._audit)
        for holder, name, also_after in (
            (os, "fsync", False),
            (os, "pwrite", False),
            (Index, "_writing", False),
            (HTTPAdapter, "send", True),
        ):
            self._wrap(holder, name, also_after)

    def _wrap(self, holder: Any, name: str, also_after: bool) -> None:
        original = getattr(holder, name)

        def wrapped(*args: Any, **more: Any) -> Any:
            try:
                self.step(name)
            except OSError:
                if holder is not Index:
                    raise
                return _unkept(original(*args, **more))
            result = original(*args, **more)
            if also_after:
                self.step("answered")
            return result

        setattr(holder, name, wrapped)

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            if isinstance(args[0], (str, os.PathLike)) and args[2] & _OPENED_TO_WRITE:
                self._at(event, args[0])
        elif event in ("os.remove", "os.rename", "os.link", "os.truncate"):
            self._at(event, args[0])

    def _at(self, event: str, path: Any) -> None:
        if isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(self._folder):
            self.step(event)


@contextmanager
def _unkept(writing: AbstractContextManager[sqlite3.Connection]) -> Iterator[sqlite3.Connection]:
    """A transaction for which the disk has no room in the end."""
    with writing as db:
        yield db
        raise sqlite3.OperationalError("database or disk is full")


class Deed(NamedTuple):
    """`prepare` and `act` take the filesystem; the latter tells when all its bytes were taken from the program."""

    prepare: Callable[[FileSystem], None]
    act: Callable[[FileSystem, Callable[[], None]], None]


def carry_out(order: Order, deeds: dict[str, Deed]) -> None:
    beside = Path(order.cache)
    steps = Steps(order.cache, order.step, order.full)
    settings = Settings(order.address, beside, timezone=timezone.utc, **order.settings)
    if order.deed == START:
        steps.watch()
    filesystem = open_filesystem(lambda: account_at(order.address, order.endpoint), settings)
    if order.deed != START:
        deed = deeds[order.deed]
        deed.prepare(filesystem)
        steps.watch()
        try:
            deed.act(filesystem, beside.with_name("written").touch)
        except OSError as error:
            if not order.full:
                raise
            beside.with_name("refused").write_text(errno.errorcode[error.errno or 0])
    steps.armed = False
    beside.with_name("steps").write_text(json.dumps(steps.taken))


def main() -> None:
    from tests.vfs.deeds import DEEDS

    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if child == 0:
            code = FAILED
            try:
                carry_out(order, DEEDS)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
