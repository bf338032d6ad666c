"""The server out of reach: what is here can be read, what isn't fails at once, and nothing hangs."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from tests.mount.conftest import MakeMount, StartSandbox
from tests.mount.driver import Mount, SandboxProcess, tool, wait_for
from tests.mount.letters import tiny
from tests.mount.logs import Checker

UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNREFUSED, errno.EHOSTDOWN, errno.ENETDOWN}
AT_ONCE = 10.0  # seconds, on a busy machine
SAID = (r"(?i)unreach|refused|connect|offline|out of reach|EHOST",)


def letters(sandbox: SandboxProcess) -> SandboxProcess:
    sandbox.server.add_messages(sandbox.server.folder("inbox"), [tiny(number) for number in range(4)])
    return sandbox


def assert_unreachable(path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is what is looked at
        path.read_bytes()
    assert caught.value.errno in UNREACHABLE, caught.value
    assert time.monotonic() - began < AT_ONCE


@pytest.mark.parametrize("ttl", ["3600", "0"])
def test_without_the_server(start_sandbox: StartSandbox, make_mount: MakeMount, log: Checker, ttl: str) -> None:
    log.expect(*SAID)
    sandbox = letters(start_sandbox())
    mount: Mount = make_mount(sandbox, "--ttl", ttl).start()
    inbox = mount.path / "Inbox"
    paths = sorted(inbox.iterdir())
    assert [path.read_bytes() for path in paths[:2]] == [tiny(0), tiny(1)]
    sandbox.stop()
    began = time.monotonic()
    tool("df", mount.path)
    assert [path.stat().st_size for path in paths[:2]] == [len(tiny(0)), len(tiny(1))]
    assert sorted(inbox.iterdir()) == paths
    assert [path.read_bytes() for path in paths[:2]] == [tiny(0), tiny(1)]
    assert time.monotonic() - began < AT_ONCE
    for path in paths[2:]:
        assert_unreachable(path)
    mount.stop()


def test_the_server_comes_back(
    start_sandbox: StartSandbox, make_mount: MakeMount, log: Checker, tmp_path: Path
) -> None:
    log.expect(*SAID)
    store = ("--store", str(tmp_path / "mailbox.sqlite3"))
    sandbox = letters(start_sandbox(*store))
    mount = make_mount(sandbox, "--ttl", "0").start()
    paths = sorted((mount.path / "Inbox").iterdir())
    port = sandbox.port
    sandbox.stop()
    assert_unreachable(paths[0])
    start_sandbox(*store, "--port", str(port))

    def is_back() -> bool:
        try:
            return paths[0].read_bytes() == tiny(0)
        except OSError:
            return False

    wait_for(is_back, "the mount notices that the server is back")
    mount.stop()


def test_writing_without_the_server_loses_nothing(
    start_sandbox: StartSandbox, make_mount: MakeMount, log: Checker, tmp_path: Path
) -> None:
    log.expect(*SAID, r"still waits to be saved|was not saved")
    store = ("--store", str(tmp_path / "mailbox.sqlite3"))
    sandbox = start_sandbox(*store)
    mount = make_mount(sandbox).start()
    port = sandbox.port
    assert os.listdir(mount.path / "Inbox") == []
    sandbox.stop()
    began = time.monotonic()
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is what is looked at
        (mount.path / "Inbox" / "owed.eml").write_bytes(tiny(1))
    assert caught.value.errno in UNREACHABLE
    assert time.monotonic() - began < AT_ONCE
    mount.stop()
    sandbox = start_sandbox(*store, "--port", str(port))
    with make_mount(sandbox).mounted() as again:
        assert {p.name: p.read_bytes() for p in (again.path / "Inbox").iterdir()} == {"owed.eml": tiny(1)}
