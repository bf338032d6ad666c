"""`ewsfs demo` as a user runs it: it says what to try, that works, and nothing is left when it ends."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ewsfs.cli import mountpoint
from tests.cli.conftest import ewsfs

pytestmark = [pytest.mark.mount, pytest.mark.usefixtures("fuse")]


@contextmanager
def demo(place: Path, temporary: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The running demo, and the commands that it proposes."""
    command = [sys.executable, "-m", "ewsfs", "demo", str(place)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        try:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if "Ctrl-C" in line:
                    break
            assert process.poll() is None, said
            yield process, [line.strip() for line in said if line.startswith("  ")]
        finally:
            if process.poll() is None:
                process.kill()


def servers(temporary: Path) -> list[int]:
    """The sandboxes that a demo with this folder for temporary files has started."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            ours = f"TMPDIR={temporary}".encode() in (process / "environ").read_bytes().split(b"\0")
            if ours and b"--with-parent" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def left(temporary: Path) -> list[str]:
    return [path.name for path in temporary.iterdir() if path.name.startswith("ewsfs-demo-")]


def test_what_it_proposes_works(place: Path, tmp_path: Path) -> None:
    with demo(place, tmp_path) as (_, proposed):
        assert [shlex.split(line)[0] for line in proposed] == ["ls", "grep", "cp"]
        for line in proposed:
            words = shlex.split(line)
            if words[0] == "cp":
                words[2] = str(tmp_path / "copy")
            done = subprocess.run(words, capture_output=True, check=True, timeout=100)
            assert done.stderr == b""
            assert done.stdout or (tmp_path / "copy").stat().st_size


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_cleanly(place: Path, tmp_path: Path, number: signal.Signals) -> None:
    with demo(place, tmp_path) as (process, _):
        os.killpg(process.pid, number)  # as a terminal does
        assert process.wait(30) == 0
    assert mountpoint.find(place) is None
    assert not place.exists()
    assert left(tmp_path) == []
    assert servers(tmp_path) == []


def test_it_recovers_from_a_crash_of_itself(place: Path, tmp_path: Path) -> None:
    with demo(place, tmp_path) as (process, _):
        process.kill()
        process.wait()
        deadline = time.monotonic() + 30
        while servers(tmp_path):
            assert time.monotonic() < deadline, "the sandbox has outlived the demo"
    with demo(place, tmp_path) as (process, _):
        assert (place / "Inbox").is_dir()
        assert len(left(tmp_path)) == 1
        done = ewsfs("demo", place)
        assert done.returncode == 1
        assert "mounted already" in done.stderr
        process.terminate()
        assert process.wait(30) == 0
    assert left(tmp_path) == []


def test_unmounting_ends_it(place: Path, tmp_path: Path) -> None:
    with demo(place, tmp_path) as (process, _):
        assert ewsfs("umount", place).returncode == 0
        assert process.wait(30) == 0
