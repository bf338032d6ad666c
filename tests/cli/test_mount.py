"""`ewsfs mount` and `ewsfs umount` on real mounts: when they return, what they say, what they leave behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ewsfs.cli import mountpoint, registry
from tests.cli.conftest import ewsfs, sandbox

pytestmark = [pytest.mark.mount, pytest.mark.usefixtures("fuse")]

ADDRESS = "ada@example.test"
PASSWORD = "geheim"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with sandbox(password=PASSWORD) as process:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("Endpoint: ").strip()


def mount(endpoint: str, place: Path, *options: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    return ewsfs("mount", "--endpoint", endpoint, *options, ADDRESS, place, password=password)


def server_process(place: Path) -> int:
    pid = registry.serving(place)
    assert pid is not None
    return pid


def test_a_mount_answers_when_the_command_returns_and_is_gone_when_umount_returns(
    endpoint: str, place: Path, home: Path
) -> None:
    done = mount(endpoint, place)
    assert (done.returncode, done.stdout) == (0, f"{ADDRESS} is mounted on {place}.\n"), done.stderr
    assert (place / "Inbox").is_dir()
    assert mountpoint.find(place) == mountpoint.Mounted(str(place), "fuse.ewsfs", ADDRESS)
    pid = server_process(place)
    assert os.getpgid(pid) == pid
    assert PASSWORD not in Path(f"/proc/{pid}/cmdline").read_text()

    done = ewsfs("umount", place)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert mountpoint.find(place) is None
    assert not Path(f"/proc/{pid}").exists() or "(zombie)" in Path(f"/proc/{pid}/status").read_text()
    logs = list((home / ".local/state/ewsfs/log").iterdir())
    assert [stat.S_IMODE(log.stat().st_mode) for log in logs] == [0o600]
    assert PASSWORD not in logs[0].read_text()


def test_a_mount_in_the_foreground_ends_with_ctrl_c(endpoint: str, place: Path) -> None:
    command = [sys.executable, "-m", "ewsfs", "mount", "-f", "--endpoint", endpoint, ADDRESS, str(place)]
    environment = {**os.environ, "EWSFS_PASSWORD": PASSWORD}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        while "is mounted on" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(30) == 0, said
    assert mountpoint.find(place) is None
    assert "Traceback" not in said


def test_a_live_mount_is_refused(endpoint: str, place: Path) -> None:
    assert mount(endpoint, place).returncode == 0
    done = mount(endpoint, place)
    assert done.returncode == 1
    assert "mounted already" in done.stderr
    assert (place / "Inbox").is_dir()
    assert ewsfs("umount", place).returncode == 0


def test_a_dead_mount_is_told_and_mounted_over(endpoint: str, place: Path) -> None:
    assert mount(endpoint, place).returncode == 0
    os.kill(server_process(place), signal.SIGKILL)
    registry.wait_gone(place)
    done = mount(endpoint, place)
    assert done.returncode == 0
    assert "has died" in done.stderr
    assert (place / "Inbox").is_dir()
    assert ewsfs("umount", place).returncode == 0


def test_a_dead_mount_is_cleaned_by_umount(endpoint: str, place: Path) -> None:
    assert mount(endpoint, place).returncode == 0
    os.kill(server_process(place), signal.SIGKILL)
    registry.wait_gone(place)
    done = ewsfs("umount", place)
    assert done.returncode == 0
    assert "had died" in done.stdout
    assert mountpoint.find(place) is None


def test_a_mount_in_use_names_who_uses_it(endpoint: str, place: Path) -> None:
    assert mount(endpoint, place).returncode == 0
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], cwd=place, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as using:  # fmt: skip
        assert using.stdout is not None
        using.stdout.readline()
        done = ewsfs("umount", place)
        assert done.returncode == 1
        assert f"({using.pid})" in done.stderr
        using.communicate(b"\n")
    assert ewsfs("umount", place).returncode == 0


def test_a_mount_in_use_can_be_taken_away(endpoint: str, place: Path) -> None:
    assert mount(endpoint, place).returncode == 0
    inside = os.open(place, os.O_RDONLY)
    try:
        done = ewsfs("umount", "--lazy", "--no-wait", place)
        assert (done.returncode, done.stderr) == (0, "")
        assert mountpoint.find(place) is None
    finally:
        os.close(inside)
    registry.wait_gone(place)


def test_a_read_only_mount_says_so_to_the_kernel(endpoint: str, place: Path) -> None:
    assert mount(endpoint, place, "-o", "ro,noatime").returncode == 0
    with pytest.raises(OSError, match="Read-only file system"):
        (place / "Inbox" / "new").mkdir()
    assert ewsfs("umount", place).returncode == 0


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_a_wrong_password_is_told_in_a_sentence(endpoint: str, place: Path, auth: str) -> None:
    done = mount(endpoint, place, "--auth", auth, password="wrong")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ewsfs: can't open the mailbox {ADDRESS} at ")
    assert "--user" in done.stderr
    assert not place.exists()


def test_a_server_that_is_not_there_is_told_in_a_sentence(place: Path) -> None:
    done = mount("http://127.0.0.1:9/", place)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ewsfs: can't open the mailbox {ADDRESS} at ")
    assert "Connection refused" in done.stderr
    assert "--endpoint" in done.stderr


def test_without_the_server_a_known_mailbox_is_mounted_and_told_to_be_out_of_reach(place: Path) -> None:
    with sandbox(password=PASSWORD) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("Endpoint: ").strip()
        assert mount(url, place).returncode == 0
        assert ewsfs("umount", place).returncode == 0
    done = mount(url, place)
    assert done.returncode == 0
    assert "out of reach" in done.stdout
    assert (place / "Inbox").is_dir()
    assert ewsfs("umount", place).returncode == 0


def test_a_certificate_that_nobody_vouches_for_is_told_in_a_sentence(place: Path) -> None:
    with sandbox("--tls", password=PASSWORD) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("Endpoint: ").strip()
        done = mount(url, place)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ewsfs: can't open the mailbox {ADDRESS} at ")
    assert "certificate" in done.stderr


def test_what_libfuse_says_reaches_the_user(endpoint: str, place: Path) -> None:
    done = mount(endpoint, place, "-o", "max_read=18446744073709551617")
    assert done.returncode == 1
    assert "couldn't be mounted" in done.stderr
