"""The server out of reach: what is here can be read, what isn't fails at once, and nothing hangs."""

from __future__ import annotations

import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.mount.conftest import MakeMount, StartSandbox
from tests.mount.driver import InBackground, Mount, SandboxProcess, tool, wait_for
from tests.mount.letters import generated, tiny
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
    start_sandbox: StartSandbox, make_any_mount: MakeMount, log: Checker, tmp_path: Path
) -> None:
    log.expect(*SAID)
    store = ("--store", str(tmp_path / "mailbox.sqlite3"))
    sandbox = letters(start_sandbox(*store))
    mount = make_any_mount(sandbox, "--ttl", "0").start()
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
    log.expect(*SAID, r"still waits to be saved|was not saved|not uploaded yet")
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


def test_what_is_known_does_not_wait_for_a_slow_server(start_sandbox: StartSandbox, make_mount: MakeMount) -> None:
    sandbox = letters(start_sandbox("--faults", "GetItem:slow:1:after=1:ms=20000,SyncFolderItems:slow:ms=20000"))
    mount = make_mount(sandbox, "--ttl", "3600").start()
    paths = sorted((mount.path / "Inbox").iterdir())
    assert paths[0].read_bytes() == tiny(0)
    with InBackground(paths[1].read_bytes) as reading:
        sandbox.wait_for_call("GetItem", 2)
        tool("df", mount.path)
        assert sorted((mount.path / "Inbox").iterdir()) == paths
        assert [path.stat().st_size > 0 for path in paths] == [True] * 4
        assert paths[0].read_bytes() == tiny(0)
        assert paths[2].read_bytes() == tiny(2)  # another item isn't held up either
        assert not reading.is_over
        mount.kill()


def test_a_listing_that_waits_does_not_hold_up_stat(start_sandbox: StartSandbox, make_mount: MakeMount) -> None:
    """While a folder is being listed, the kernel lets nobody look up a name in it: so a listing may not wait long.

    (Without parallel directory operations, which libfuse 2 doesn't offer: fs/fuse/inode.c, fuse_lock_inode.)
    """
    sandbox = letters(start_sandbox("--faults", "SyncFolderItems:slow:ms=30000"))
    mount = make_mount(sandbox, "--ttl", "0").start()
    paths = sorted((mount.path / "Inbox").iterdir())

    def look() -> None:
        for path in [mount.path, mount.path / "Inbox", *paths]:
            path.stat()
        tool("df", mount.path)  # which opens the folder before it asks

    with InBackground(lambda: os.listdir(mount.path / "Inbox")):
        sandbox.wait_for_call("SyncFolderItems")
        with InBackground(look) as looking:
            try:
                wait_for(lambda: looking.is_over, "stat and df answer while the folder is being listed", 15)
            finally:
                mount.kill()
    assert looking.errors == []


TROUBLE = [
    "{0}:busy:every=3:ms=10,{0}:busy-fault:every=4:ms=0",
    "{0}:503:every=3:ms=10",
    "{0}:cut:every=4,{0}:drop:every=3,{0}:drop-after:every=5",
]


@pytest.mark.parametrize("faults", TROUBLE)
def test_a_server_in_trouble_is_asked_again(
    start_sandbox: StartSandbox, make_any_mount: MakeMount, log: Checker, faults: str
) -> None:
    log.expect(r"(?i)busy|again|retry|dropped|cut|closed|connection")
    sandbox = start_sandbox("--faults", faults.format("GetItem"))
    given = generated(12)
    sandbox.server.add_messages(sandbox.server.folder("inbox"), given)
    with make_any_mount(sandbox, "--ttl", "3600").mounted() as mount:
        shown = [path.read_bytes() for path in (mount.path / "Inbox").glob("*.eml")]
    assert sorted(shown) == sorted(given)


@pytest.mark.parametrize("faults", TROUBLE)
def test_a_server_in_trouble_is_given_each_message_once(
    start_sandbox: StartSandbox, make_any_mount: MakeMount, log: Checker, faults: str
) -> None:
    log.expect(r"(?i)busy|again|retry|dropped|cut|closed|connection|outcome")
    sandbox = start_sandbox("--faults", faults.format("CreateItem"))
    given = {f"letter {number}.eml": data for number, data in enumerate(generated(12, seed=4))}
    with make_any_mount(sandbox, "--ttl", "3600").mounted() as mount:
        for name, data in given.items():
            (mount.path / "Inbox" / name).write_bytes(data)
    with make_any_mount(sandbox, cache="another-cache").mounted() as mount:
        shown = {path.name: path.read_bytes() for path in (mount.path / "Inbox").iterdir() if path.is_file()}
    assert shown == given
    ids = sandbox.server.items(sandbox.server.folder("inbox"))
    assert sorted(mime for _, mime in sandbox.server.kinds_and_mimes(ids)) == sorted(given.values())


def test_umount_does_not_wait_for_a_look_at_the_server(start_sandbox: StartSandbox, make_mount: MakeMount) -> None:
    sandbox = letters(start_sandbox("--faults", "SyncFolderItems:slow:ms=30000"))
    mount = make_mount(sandbox, "--ttl", "0").start()
    paths = list((mount.path / "Inbox").iterdir())
    paths[0].stat()  # answered at once, and looked after behind
    sandbox.wait_for_call("SyncFolderItems")
    began = time.monotonic()
    mount.stop()
    assert time.monotonic() - began < AT_ONCE


def test_ten_readers_of_one_message_cost_one_request(start_sandbox: StartSandbox, make_mount: MakeMount) -> None:
    sandbox = letters(start_sandbox("--latency", "100"))
    mount = make_mount(sandbox, "--ttl", "3600").start()
    path = min((mount.path / "Inbox").iterdir())
    sandbox.server.reset_calls()
    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(lambda _: path.read_bytes(), range(10))) == [tiny(0)] * 10
    assert sandbox.calls() == {"GetItem": 1}
    mount.stop()
