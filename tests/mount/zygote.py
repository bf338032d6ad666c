"""ewsfs commands as processes that begin as forks of one which has loaded the modules already.

An interpreter and its imports take as long as most of what the tests on mounts have a command do, and they start
thousands; tests/cli begins its commands the long way, as a user does. From the fork on nothing is different: the
arguments, environment, folder and standard streams are the command's own, and it ends as an interpreter does.

    python -m tests.mount.zygote FD     takes orders on that socket, JSON with three streams, and tells who has ended
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import functools
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

TOP = Path(__file__).resolve().parents[2]


class Order(NamedTuple):
    """A command. `session`: whether it leads a session of its own."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    session: bool


# -- the tests' side ---------------------------------------------------------------------------------------------


class Process:
    """A command that was started; what of subprocess.Popen the tests use, with the same meaning."""

    def __init__(self, zygote: Zygote, pid: int) -> None:
        self._zygote = zygote
        self.pid = pid

    def poll(self) -> int | None:
        return self._zygote.code_of(self.pid, 0)

    def wait(self, patience: float) -> int:
        """Raises: subprocess.TimeoutExpired after that many seconds."""
        code = self._zygote.code_of(self.pid, patience)
        if code is None:
            raise subprocess.TimeoutExpired(f"ewsfs, process {self.pid}", patience)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Zygote:
    """The process that has everything loaded. Any thread may use it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.mount.zygote", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=TOP,
                env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        self._socket = ours
        self._lock = threading.Lock()
        self._started: list[int] = []
        self._codes: dict[int, int] = {}

    def start(self, order: Order, stdin: IO[Any] | int, stdout: IO[Any], stderr: IO[Any]) -> Process:
        streams = [stream if isinstance(stream, int) else stream.fileno() for stream in (stdin, stdout, stderr)]
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(order).encode()], streams)
            while not self._started:
                self._hear(60)
            return Process(self, self._started.pop())

    def code_of(self, pid: int, patience: float) -> int | None:
        """The exit code of a process, None when it goes on; -9 when it was killed."""
        deadline = time.monotonic() + patience
        while True:
            with self._lock:
                # Not for longer, since another thread may want to start something.
                while pid not in self._codes and self._hear(min(0.05, max(0.0, deadline - time.monotonic()))):
                    pass
                if pid in self._codes:
                    return self._codes[pid]
            if time.monotonic() >= deadline:
                return None

    def _hear(self, patience: float) -> bool:
        """Take one message, if there is one in time."""
        if not select.select([self._socket], [], [], patience)[0]:
            return False
        said = self._socket.recv(4096)
        assert said, f"the zygote has ended with {self._process.wait(10)}"
        pid, code = json.loads(said)
        if code is None:
            self._started.append(pid)
        else:
            self._codes[pid] = code
        return True

    def close(self) -> None:
        self._socket.close()
        self._process.wait(30)


@functools.cache
def zygote() -> Zygote:
    """The one of this run of the tests, begun when it is first needed."""
    made = Zygote()
    atexit.register(made.close)
    return made


def start(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    streams: tuple[IO[Any] | int, IO[Any], IO[Any]],
    *,
    session: bool,
) -> Process:
    """Start `ewsfs ARGUMENTS`. Parameters: `streams`, what it has as standard input, output and error."""
    return zygote().start(Order(list(arguments), dict(environment), str(folder), session), *streams)


# -- the zygote's side -------------------------------------------------------------------------------------------


def load() -> None:
    """What the commands import. Not the FUSE bindings: which one it is, and of which library, an order tells."""
    import ewsfs.cli.mount
    import ewsfs.cli.sandbox
    import ewsfs.cli.umount
    import ewsfs.fuse
    import ewsfs.sandbox
    import ewsfs.vfs  # noqa: F401

    gc.collect()
    gc.freeze()  # else the first collection of each child would copy every page


def serve(number: int) -> None:
    """Take orders until nobody gives any more, and exit; returns only in a child, which is what was ordered."""
    orders = socket.socket(fileno=number)
    poll = select.poll()
    poll.register(orders, select.POLLIN)
    children: dict[int, int] = {}
    while True:
        for ready, _ in poll.poll():
            said: tuple[int, int | None]
            if ready == number:
                data, streams, _, _ = socket.recv_fds(orders, 1 << 20, 3)
                if not data:
                    os._exit(0)
                pid = os.fork()
                if pid == 0:
                    orders.detach()
                    become(Order(*json.loads(data)), streams)
                    return
                for stream in streams:
                    os.close(stream)
                pidfd = os.pidfd_open(pid)
                children[pidfd] = pid
                poll.register(pidfd, select.POLLIN)
                said = (pid, None)
            else:
                poll.unregister(ready)
                os.close(ready)
                pid, status = os.waitpid(children.pop(ready), 0)
                said = (pid, os.waitstatus_to_exitcode(status))
            with contextlib.suppress(OSError):  # the tests are over; the next message says so
                orders.send(json.dumps(said).encode())


def become(order: Order, streams: list[int]) -> None:
    """Be as a process that has just begun."""
    for wanted, stream in enumerate(streams):
        os.dup2(stream, wanted)
    os.closerange(3, 1 << 16)
    if order.session:
        os.setsid()
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    faulthandler.enable()  # SIGABRT shows where each thread is
    sys.argv = ["ewsfs", *order.arguments]


if __name__ == "__main__":
    load()
    serve(int(sys.argv[1]))
    from ewsfs.cli import main

    main()
