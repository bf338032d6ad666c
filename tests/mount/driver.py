"""Real mounts through the real command line: start them, wait for them, and end them whatever happens.

Used by `conftest.py`, which makes fixtures of it. Only processes started here are ended, by their pid. Every
process writes its log to a file that `logs.Checker` reads.
"""

from __future__ import annotations

import contextlib
import ctypes.util
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.mount import zygote
from tests.mount.logs import Checker
from tests.mount.soap import Server

USER = "ada"
ADDRESS = "ada@example.test"
PASSWORD = "correct horse"
PATIENCE = 60.0  # seconds for what takes less than one on an idle machine


def wait_for(condition: Callable[[], bool], what: str, patience: float = PATIENCE, pause: float = 0.01) -> None:
    """Look again and again, `pause` seconds apart, until a condition holds.

    Raises: AssertionError that says what didn't happen.
    """
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"in vain waited {patience:.0f} s for: {what}"
        time.sleep(pause)


def is_mounted(path: Path) -> bool:
    """Whether something is mounted there; the kernel is asked, not the mount (proc(5), /proc/mounts)."""
    return any(line.split(" ")[1] == str(path) for line in Path("/proc/self/mounts").read_text().splitlines())


class Home:
    """A home folder of a test's own, so that no command sees or changes the one of whoever runs the tests."""

    def __init__(self, path: Path, binding: str | None = None) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        inherited = {k: v for k, v in os.environ.items() if k in ("PATH", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")}
        self.environment: dict[str, str] = {
            **inherited,
            "HOME": str(path),
            "XDG_CACHE_HOME": str(path / "cache"),
            "XDG_CONFIG_HOME": str(path / "config"),
            "XDG_STATE_HOME": str(path / "state"),
            "XDG_DATA_HOME": str(path / "data"),
            "XDG_RUNTIME_DIR": str(path / "run"),
            "EWSFS_PASSWORD": PASSWORD,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONUNBUFFERED": "1",
        }
        (path / "run").mkdir(mode=0o700, exist_ok=True)
        if binding is not None:
            self.environment["EWSFS_FUSE"] = binding
        if binding == "mfusepy":
            # It would take libfuse 2 where both are installed, and that is what fusepy is tried with.
            self.environment["FUSE_LIBRARY_PATH"] = ctypes.util.find_library("fuse3") or ""
        for name in ("EWSFS_SANDBOX_RECORD",):
            if name in os.environ:
                self.environment[name] = os.environ[name]


class Running:
    """A command that goes on until it is ended; what it says goes to files."""

    def __init__(self, arguments: Sequence[str], home: Home, stem: str, checker: Checker) -> None:
        self.arguments = list(arguments)
        self.out = home.path / f"{stem}.out"
        self.err = home.path / f"{stem}.err"
        checker.watch(self.err)
        reading, writing = os.pipe()
        self._stdin = os.fdopen(writing, "wb")  # its end tells a sandbox that the tests were killed
        with self.out.open("ab") as out, self.err.open("ab") as err, os.fdopen(reading) as stdin:
            self._process = zygote.start(arguments, home.environment, home.path, (stdin, out, err), session=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, patience: float = PATIENCE) -> int:
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired as error:
            self.signal(signal.SIGABRT)
            self._process.wait(patience)
            raise AssertionError(f"it goes on after {patience:.0f} s: {self.said()}") from error
        finally:
            self._stdin.close()
        return code

    def end(self) -> None:
        """SIGTERM, and SIGKILL for what doesn't listen."""
        self.signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
        self.wait()

    def said(self) -> str:
        return self.out.read_text(errors="replace") + self.err.read_text(errors="replace")


def run(
    arguments: Sequence[str], home: Home, *, patience: float = PATIENCE, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run an ewsfs command to its end and return what it said; its exit code isn't judged."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull, "rb") as nothing:
        streams = (nothing, out, err)
        process = zygote.start(arguments, {**home.environment, **environment}, home.path, streams, session=False)
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            raise
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read().decode(errors="replace"))
    return subprocess.CompletedProcess(arguments, code, *said)


def tool(*arguments: str | Path, patience: float = 120.0) -> str:
    """Run one of the system's programs that must succeed without a complaint; returns what it said."""
    done = subprocess.run(
        [str(a) for a in arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        timeout=patience,
        check=False,
    )
    complaint = done.stderr.decode(errors="replace")
    assert (done.returncode, complaint) == (0, ""), f"{arguments[0]} ended with {done.returncode}: {complaint[:2000]}"
    return done.stdout.decode(errors="surrogateescape")


class SandboxProcess:
    """`ewsfs sandbox` as a process, and a connection of its own to look into it and count."""

    def __init__(self, home: Home, checker: Checker, *options: str, name: str = "sandbox") -> None:
        arguments = ["sandbox", "--with-parent", "--user", USER, *options]
        self._running = Running(arguments, home, name, checker)
        try:
            wait_for(self._has_spoken, "the sandbox prints where it is")
            found = re.search(r"https?://\S+?\.asmx", self._running.out.read_text().splitlines()[0])
            assert found is not None, self._running.said()
            self.endpoint = found.group()
        except BaseException:
            self._running.end()
            raise
        certificate = re.search(r"^Certificate: (.+)$", self._running.out.read_text(), re.MULTILINE)
        self.certificate = Path(certificate[1]) if certificate else None
        self.server = Server(self.endpoint, ADDRESS, PASSWORD, self.certificate)

    @property
    def port(self) -> int:
        return int(self.endpoint.split(":")[2].split("/")[0])

    def _has_spoken(self) -> bool:
        assert self._running.exit_code is None, self._running.said()
        said = self._running.out.read_text()
        return "Password: " in said and said.endswith("\n") and ("https:" not in said or "Certificate: " in said)

    def stop(self) -> None:
        self.server.__exit__(None, None, None)
        self._running.end()

    def calls(self) -> dict[str, int]:
        return self.server.calls()

    def wait_for_call(self, operation: str, count: int = 1) -> None:
        """Until a request has reached the server: then its answer is on its way."""
        wait_for(lambda: self.calls().get(operation, 0) >= count, f"{operation} reaches the server {count} times")


class Mount:
    """`ewsfs mount` of a sandbox's mailbox.

    Parameters: `home`; `endpoint`; `name`, distinguishes mounts of one home (mount point, log); `cache`, the name
    of its cache folder; `background`, as a user runs it, or in the foreground, where we hold its process.
    """

    def __init__(
        self,
        home: Home,
        checker: Checker,
        endpoint: str,
        *options: str,
        name: str = "mail",
        cache: str = "cache-of-mail",
        background: bool = False,
    ) -> None:
        self.home = home
        self.path = home.path / name
        self.cache = home.path / cache
        self.log = home.path / f"{name}.log"
        self._checker = checker
        self._name = name
        self._endpoint = endpoint
        self._options = options
        self._background = background
        self._running: Running | None = None

    @property
    def arguments(self) -> list[str]:
        return [
            *("mount", "--endpoint", self._endpoint, "--auth", "basic", "--cache-dir", str(self.cache)),
            *("--log-file", str(self.log), *self._options, ADDRESS, str(self.path)),
        ]

    def start(self) -> Mount:
        """Mount, and wait until it answers."""
        self._checker.watch(self.log)
        if self._background:
            done = run(self.arguments, self.home)
            assert done.returncode == 0, f"{done.stderr}\n{self.log_text()}"
            assert is_mounted(self.path)
        else:
            running = Running([*self.arguments, "--foreground"], self.home, self._name, self._checker)
            self._running = running

            def is_up() -> bool:
                assert running.exit_code is None, f"the mount has ended: {running.said()}\n{self.log_text()}"
                return is_mounted(self.path)

            wait_for(is_up, f"{self.path.name} is mounted")
        return self

    def stop(self) -> None:
        """`ewsfs umount`, and by force if that fails."""
        if is_mounted(self.path):
            done = run(["umount", str(self.path)], self.home)
            if done.returncode != 0:
                self.take_away()
            assert done.returncode == 0, done.stderr
        if self._running is not None:
            try:
                assert self._running.wait(30) == 0, self._running.said()
            finally:
                self._running.end()
                self._running = None

    def take_away(self) -> None:
        """Never leave a mount behind, whatever state it is in."""
        if is_mounted(self.path):
            for command in ("fusermount3", "fusermount"):
                with contextlib.suppress(OSError):
                    subprocess.run([command, "-u", "-z", str(self.path)], capture_output=True, check=False, timeout=30)
        if self._running is not None:
            self._running.end()
            self._running = None

    def kill(self) -> None:
        """kill -9, as the kernel's memory watch would."""
        assert self._running is not None, "only a mount in the foreground is ours to kill"
        self._running.signal(signal.SIGKILL)
        self._running.wait()
        self._running = None

    def log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @contextlib.contextmanager
    def mounted(self) -> Iterator[Mount]:
        try:
            yield self.start()
            self.stop()
        finally:
            self.take_away()


class InBackground:
    """Does something in a thread while the block runs, which may end it with an OSError; waits for it at the end."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self.errors: list[OSError] = []

    def _run(self) -> None:
        try:
            self._work()
        except OSError as error:
            self.errors.append(error)

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def __enter__(self) -> InBackground:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(PATIENCE)
        assert self.is_over, "a program hangs on the mount"


def counted(server: Server, work: Callable[[], object]) -> Mapping[str, int]:
    """What a piece of work asks of the server."""
    server.reset_calls()
    work()
    return server.calls()
