from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ewsfs.cli import mountpoint
from ewsfs.cli.errors import CliError

MOUNTINFO = r"""22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
90 28 0:50 / /home/ada/my\040mail rw,nosuid,nodev shared:9 - fuse.ewsfs ada@example.test rw,user_id=0
91 28 0:51 / /srv rw - ext4 /dev/sda1 rw
92 91 0:52 / /srv rw - fuse.sshfs host:/ rw
93 28 0:53 / /back\134slash rw - fuse host\040name rw
"""


def test_mountinfo_is_taken_apart() -> None:
    mounts = {mounted.path: mounted for mounted in mountpoint.parse(MOUNTINFO)}
    assert mounts["/home/ada/my mail"] == mountpoint.Mounted("/home/ada/my mail", "fuse.ewsfs", "ada@example.test")
    assert [m.type for m in mountpoint.parse(MOUNTINFO) if m.path == "/srv"] == ["ext4", "fuse.sshfs"]
    assert mounts["/back\\slash"].source == "host name"
    assert mounts["/home/ada/my mail"].is_ours
    assert mounts["/srv"].is_fuse
    assert not mounts["/srv"].is_ours
    assert not mounts["/sys"].is_fuse


def test_the_root_is_found_mounted_and_a_plain_folder_is_not(tmp_path: Path) -> None:
    assert mountpoint.find(Path("/proc")) is not None
    assert mountpoint.find(tmp_path) is None


def test_a_path_is_resolved_through_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert mountpoint.resolve("link") == real.resolve()
    assert mountpoint.resolve("link/new") == real.resolve() / "new"
    assert mountpoint.resolve("~/mail/") == tmp_path.resolve() / "mail"


def test_a_missing_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    told: list[str] = []
    path = tmp_path / "new" / "mail"
    assert mountpoint.prepare(path, tell=told.append)
    assert path.stat().st_mode & 0o777 == 0o700
    assert told == [f"{path} is made."]


def test_an_empty_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert not mountpoint.prepare(tmp_path, tell=pytest.fail)


def test_a_folder_that_holds_something_is_refused_and_named(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(CliError, match=r"not empty .*letter\.txt"):
        mountpoint.prepare(tmp_path, tell=pytest.fail)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CliError, match="not a folder"):
        mountpoint.prepare(tmp_path / "file", tell=pytest.fail)
    with pytest.raises(CliError, match=r"can't be mounted on|not a folder"):
        mountpoint.prepare(tmp_path / "file" / "below", tell=pytest.fail)


def test_a_live_mount_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = mountpoint.Mounted(str(tmp_path), "fuse.ewsfs", "ewsfs")
    monkeypatch.setattr(mountpoint, "find", lambda path: ours)
    with pytest.raises(CliError, match=r"mounted already.*ewsfs umount"):
        mountpoint.prepare(tmp_path, tell=pytest.fail)


def test_probe_answers(tmp_path: Path) -> None:
    assert mountpoint.probe(tmp_path) == 0
    assert mountpoint.probe(tmp_path / "missing") == 2


def test_who_uses_a_folder_is_found(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "print('here', flush=True); input()"]
    with subprocess.Popen(program, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as using:
        assert using.stdout is not None
        using.stdout.readline()
        assert [name.endswith(f"({using.pid})") for name in mountpoint.users(tmp_path)] == [True]
        using.communicate(b"\n")
    assert mountpoint.users(tmp_path) == []
