from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ewsfs.cli import registry
from ewsfs.cli.errors import CliError

POINT = Path("/some/mount point")


def test_a_serving_process_is_found_while_it_serves() -> None:
    assert registry.serving(POINT) is None
    with registry.registered(POINT):
        assert registry.serving(POINT) == os.getpid()
        assert registry.serving(Path("/other")) is None
    assert registry.serving(POINT) is None


def test_waiting_ends_with_the_serving() -> None:
    waiter = threading.Thread(target=registry.wait_gone, args=(POINT,))
    with registry.registered(POINT):
        waiter.start()
        waiter.join(0.2)
        assert waiter.is_alive()
    waiter.join(60)
    assert not waiter.is_alive()


def test_who_waits_is_told_what_is_left() -> None:
    with registry.registered(POINT) as tell:
        tell(3)
        assert registry.serving(POINT) == os.getpid()
    assert registry.wait_gone(POINT) == 3
    told: queue.Queue[int] = queue.Queue()
    with registry.registered(POINT) as tell:
        tell(12)
        tell(2)
        waiter = threading.Thread(target=registry.wait_gone, args=(POINT, told.put))
        waiter.start()
        assert told.get(timeout=60) == 2
    waiter.join(60)
    assert not waiter.is_alive()
    with registry.registered(POINT):
        pass
    assert registry.wait_gone(POINT) == 0


def test_waiting_for_nobody_returns_at_once() -> None:
    registry.wait_gone(POINT)


def test_a_second_one_is_told_who_is_there() -> None:
    with (
        registry.registered(POINT),
        pytest.raises(CliError, match=f"process {os.getpid()}"),
        registry.registered(POINT, patience=0),
    ):
        pass


def test_a_killed_process_leaves_nothing_behind() -> None:
    program = (
        "import os, pathlib; from ewsfs.cli import registry\n"
        f"with registry.registered(pathlib.Path({str(POINT)!r})): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert registry.serving(POINT) is None
    with registry.registered(POINT, patience=0):
        assert registry.serving(POINT) == os.getpid()


def test_a_home_that_cannot_be_written_is_no_reason_not_to_mount(home: Path) -> None:
    (home / ".local").write_text("a file where the folder would be")
    with registry.registered(POINT):
        assert registry.serving(POINT) is None
