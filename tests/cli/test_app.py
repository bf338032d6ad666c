from __future__ import annotations

from pathlib import Path

import pytest

from ewsfs import __version__
from tests.cli.conftest import ewsfs


def test_version() -> None:
    done = ewsfs("--version")
    assert done.stdout.startswith(f"ewsfs {__version__} ")


@pytest.mark.parametrize("command", ["mount", "umount", "demo", "sandbox"])
def test_each_command_explains_itself(command: str) -> None:
    done = ewsfs(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: ewsfs {command} ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mount", "ada", "MNT"], "not a mailbox address"),
        (["mount", "ada@example.test", "MNT"], "EWSFS_PASSWORD"),
        (["mount", "--endpoint", "http://mail.example.test/", "ada@example.test", "MNT"], "plain http"),
        (["mount", "-o", "auto_unmount", "ada@example.test", "MNT"], "auto_unmount is refused"),
        (["mount", "ada@example.test", "FULL"], "not empty"),
        (["demo", "FULL"], "not empty"),
        (["umount", "MNT"], "nothing is mounted on"),
        (["umount", "/proc"], "not an ewsfs mount"),
        (["sandbox", "--auth", "kerberos"], "--auth kerberos"),
        (["sandbox", "--faults", "nonsense"], "can't start"),
        (["sandbox", "--store", "FULL"], "can't start"),
    ],
)
def test_a_fault_is_one_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    places = {"MNT": str(tmp_path / "mnt"), "FULL": str(tmp_path / "full")}
    done = ewsfs(*(places.get(argument, argument) for argument in arguments))
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if not line.endswith(" is made.")]
    assert len(told) == 1
    assert told[0].startswith("ewsfs: ")
    assert said in told[0]


def test_a_folder_made_for_a_mount_that_failed_is_taken_away(tmp_path: Path) -> None:
    ewsfs("mount", "ada@example.test", tmp_path / "mnt")
    assert list(tmp_path.iterdir()) == []
