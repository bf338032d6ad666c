"""kill -9 of the mount in the middle of things, and a plain `ewsfs mount` afterwards."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mount.conftest import MakeMount, StartSandbox
from tests.mount.driver import InBackground, Mount, SandboxProcess, is_mounted, run, tool, wait_for
from tests.mount.letters import generated, tiny
from tests.mount.logs import Checker

# The answer comes late enough for the mount to be killed while it waits. The server does what it is asked at once.
LATE = "ms=20000"


def late(start_sandbox: StartSandbox, operation: str, after: int = 0, letters: int = 10) -> SandboxProcess:
    """A mailbox with letters in the Inbox that answers one request late: the one after so many of an operation."""
    sandbox = start_sandbox("--faults", f"{operation}:slow:1:after={after}:{LATE}")
    sandbox.server.add_messages(sandbox.server.folder("inbox"), [tiny(number) for number in range(letters)])
    sandbox.server.reset_calls()
    return sandbox


def recovered(mount: Mount, make_mount: MakeMount, sandbox: SandboxProcess) -> Mount:
    """What a user does next: the same command again."""
    assert is_mounted(mount.path), "a crash must not look like an empty mailbox (DESIGN.md 8)"
    with pytest.raises(OSError, match="not connected"):
        list(mount.path.iterdir())
    again = make_mount(sandbox, "--ttl", "0", background=True)
    assert again.path == mount.path
    return again.start()


def test_killed_while_reading(start_sandbox: StartSandbox, make_mount: MakeMount) -> None:
    sandbox = late(start_sandbox, "GetItem", after=3)
    mount = make_mount(sandbox).start()
    paths = sorted((mount.path / "Inbox").iterdir())
    with InBackground(lambda: [path.read_bytes() for path in paths]) as reading:
        sandbox.wait_for_call("GetItem", 4)
        mount.kill()
    assert reading.errors
    again = recovered(mount, make_mount, sandbox)
    assert [path.read_bytes() for path in paths] == [tiny(number) for number in range(10)]
    again.stop()


def test_killed_while_listing(start_sandbox: StartSandbox, make_mount: MakeMount) -> None:
    sandbox = late(start_sandbox, "FindItem")
    mount = make_mount(sandbox).start()
    with InBackground(lambda: os.listdir(mount.path / "Inbox")) as listing:
        sandbox.wait_for_call("FindItem")
        mount.kill()
    assert listing.errors
    again = recovered(mount, make_mount, sandbox)
    assert len(os.listdir(mount.path / "Inbox")) == 10
    again.stop()


@pytest.mark.parametrize("before", [0, 2])
def test_killed_while_writing(start_sandbox: StartSandbox, make_mount: MakeMount, before: int) -> None:
    """Each file whose close has returned is there once, and so is the one that the server has not confirmed."""
    sandbox = late(start_sandbox, "CreateItem", after=before, letters=0)
    mount = make_mount(sandbox).start()
    given = {f"copy {number}.eml": data for number, data in enumerate(generated(before + 2, seed=3))}
    folder = mount.path / "Inbox" / "Copies"
    folder.mkdir()
    closed: list[str] = []

    def copy() -> None:
        for name, data in given.items():
            (folder / name).write_bytes(data)
            closed.append(name)

    with InBackground(copy) as copying:
        sandbox.wait_for_call("CreateItem", before + 1)
        mount.kill()
    assert copying.errors
    assert closed == list(given)[:before]
    again = recovered(mount, make_mount, sandbox)
    shown = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".eml"}
    assert shown == dict(list(given.items())[: before + 1])
    assert os.listdir(mount.path / ".ewsfs" / "unsaved") == []
    again.stop()
    (there,) = [f.id for f in sandbox.server.folders() if f.name == "Copies"]
    on_server = [mime for _, mime in sandbox.server.kinds_and_mimes(sandbox.server.items(there))]
    assert sorted(on_server) == sorted(shown.values())


def test_killed_before_a_file_is_closed(mailbox: SandboxProcess, make_mount: MakeMount, log: Checker) -> None:
    log.expect(r"was not saved: the mount ended while it was being written")
    mount = make_mount(mailbox).start()
    file = (mount.path / "Inbox" / "half.eml").open("wb", buffering=0)
    file.write(tiny(1)[:50])
    mount.kill()
    with pytest.raises(OSError, match="not connected"):
        file.write(b"more")
    with suppress(OSError):
        file.close()
    again = recovered(mount, make_mount, mailbox)
    wait_for(lambda: len(os.listdir(mount.path / ".ewsfs" / "unsaved")) == 1, "the half file is kept")
    (kept,) = (mount.path / ".ewsfs" / "unsaved").iterdir()
    assert kept.read_bytes() == tiny(1)[:50]
    assert os.listdir(mount.path / "Inbox") == []
    assert mailbox.server.items(mailbox.server.folder("inbox")) == []
    again.stop()


def test_umount_of_a_dead_mount_cleans_it_up(mailbox: SandboxProcess, make_mount: MakeMount) -> None:
    mount = make_mount(mailbox).start()
    mount.kill()
    assert is_mounted(mount.path)
    done = run(["umount", str(mount.path)], mount.home)
    assert done.returncode == 0, done.stderr
    assert not is_mounted(mount.path)
    assert list(mount.path.iterdir()) == []


def test_a_dead_mount_does_not_let_rsync_empty_a_backup(
    mailbox: SandboxProcess, make_mount: MakeMount, tmp_path: Path
) -> None:
    mailbox.server.add_messages(mailbox.server.folder("inbox"), [tiny(1), tiny(2)])
    mount = make_mount(mailbox).start()
    tool("rsync", "-a", f"{mount.path}/Inbox", tmp_path / "backup")
    mount.kill()
    done = subprocess.run(
        ["rsync", "-a", "--delete", f"{mount.path}/Inbox", str(tmp_path / "backup")], capture_output=True, check=False
    )
    assert done.returncode != 0
    assert len(os.listdir(tmp_path / "backup" / "Inbox")) == 2


@pytest.mark.parametrize("damage", [b"", b"this is no database" * 1000])
def test_a_damaged_index_is_made_anew(
    mailbox: SandboxProcess, make_any_mount: MakeMount, log: Checker, damage: bytes
) -> None:
    log.expect(r"(?i)index")
    mailbox.server.add_messages(mailbox.server.folder("inbox"), [tiny(1)])
    mount = make_any_mount(mailbox).start()
    (path,) = (mount.path / "Inbox").iterdir()
    assert path.read_bytes() == tiny(1)
    mount.kill()
    indexes = list(mount.cache.rglob("index.sqlite3"))
    assert indexes
    for index in indexes:
        for more in ("-wal", "-shm"):
            index.with_name(index.name + more).unlink(missing_ok=True)
        index.write_bytes(damage)
    again = recovered(mount, make_any_mount, mailbox)
    assert path.read_bytes() == tiny(1)
    again.stop()
