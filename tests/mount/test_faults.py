"""Faults of a real mount: uploads that are pending when it ends, and files that are open while it is to end."""

from __future__ import annotations

import os
from pathlib import Path

from tests.mount.conftest import MakeMount, StartSandbox
from tests.mount.driver import SandboxProcess, is_mounted, run
from tests.mount.letters import generated, tiny
from tests.mount.logs import Checker


def on_server(sandbox: SandboxProcess) -> list[bytes]:
    server = sandbox.server
    return sorted(mime for _, mime in server.kinds_and_mimes(server.items(server.folder("inbox"))))


def test_umount_waits_for_what_write_back_still_owes(start_sandbox: StartSandbox, make_any_mount: MakeMount) -> None:
    sandbox = start_sandbox("--latency", "100")
    mount = make_any_mount(sandbox, "--write-back").start()
    given = {f"letter {number}.eml": data for number, data in enumerate(generated(6, seed=5))}
    for name, data in given.items():
        (mount.path / "Inbox" / name).write_bytes(data)
    assert {p.name: p.read_bytes() for p in (mount.path / "Inbox").iterdir() if p.is_file()} == given
    done = run(["umount", str(mount.path)], mount.home)
    assert (done.returncode, "left" in done.stderr) == (0, False), done.stderr
    assert on_server(sandbox) == sorted(given.values())
    mount.stop()


def test_umount_says_what_is_left_and_the_next_mount_uploads_it(
    start_sandbox: StartSandbox, make_any_mount: MakeMount, log: Checker, tmp_path: Path
) -> None:
    log.expect(r"(?i)unreach|refused|connect|out of reach", r"still waits to be saved|not uploaded yet")
    store = ("--store", str(tmp_path / "mailbox.sqlite3"))
    sandbox = start_sandbox(*store)
    mount = make_any_mount(sandbox, "--write-back").start()
    assert os.listdir(mount.path / "Inbox") == []
    port = sandbox.port
    sandbox.stop()
    for number in range(2):
        (mount.path / "Inbox" / f"owed {number}.eml").write_bytes(tiny(number))
    done = run(["umount", str(mount.path)], mount.home)
    assert done.returncode == 0, done.stderr
    assert "2 files couldn't be uploaded yet" in done.stderr
    mount.stop()
    sandbox = start_sandbox(*store, "--port", str(port))
    with make_any_mount(sandbox).mounted() as again:
        assert sorted(p.read_bytes() for p in (again.path / "Inbox").iterdir()) == [tiny(0), tiny(1)]
    assert on_server(sandbox) == [tiny(0), tiny(1)]


def test_a_file_that_is_open_keeps_the_mount_and_is_whole_in_the_end(
    mailbox: SandboxProcess, make_any_mount: MakeMount
) -> None:
    mount = make_any_mount(mailbox).start()
    with (mount.path / "Inbox" / "long.eml").open("wb", buffering=0) as file:
        file.write(tiny(1)[:40])
        done = run(["umount", str(mount.path)], mount.home)
        assert done.returncode != 0
        assert "in use" in done.stderr
        assert is_mounted(mount.path)
        file.write(tiny(1)[40:])
    mount.stop()
    assert on_server(mailbox) == [tiny(1)]


def test_a_file_that_is_open_when_the_mount_is_taken_away_is_not_lost(
    mailbox: SandboxProcess, make_any_mount: MakeMount
) -> None:
    """A lazy end: the program may go on with what it has open, and the mount lives until it has closed it."""
    mount = make_any_mount(mailbox).start()
    with (mount.path / "Inbox" / "long.eml").open("wb", buffering=0) as file:
        file.write(tiny(1)[:40])
        done = run(["umount", "--lazy", "--no-wait", str(mount.path)], mount.home)
        assert done.returncode == 0, done.stderr
        assert not is_mounted(mount.path)
        file.write(tiny(1)[40:])
    mount.stop()
    assert on_server(mailbox) == [tiny(1)]
