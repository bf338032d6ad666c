"""The shell functions of `scripts/lib.sh`, with package managers that only say what they were asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LIB = Path(__file__).resolve().parents[2] / "scripts" / "lib.sh"
BASH = shutil.which("bash") or "/bin/bash"
NEEDED = ("basename", "cat", "cut", "dirname", "grep", "sed", "env", "sleep")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is all of PATH: the few programs that the functions use, no package manager, and we are root."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    add(folder, "id", "echo 0")
    return folder


def add(programs: Path, name: str, *lines: str) -> None:
    """A program that writes down how it was called; `lines` may follow."""
    path = programs / name
    path.write_text("\n".join([f"#!{BASH}", f'echo "{name} $*" >>"{programs}/../calls"', *lines]) + "\n")
    path.chmod(0o755)


def run(programs: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run shell code after sourcing the library."""
    return subprocess.run(
        [BASH, "-c", f". {LIB}\nhas_library() {{ return 1; }}\n{script}"],
        env={"PATH": str(programs)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def calls(programs: Path) -> list[str]:
    file = programs.parent / "calls"
    return [] if not file.exists() else [c for c in file.read_text().splitlines() if not c.startswith("id ")]


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("dnf", "dnf --quiet --assumeyes install fuse-libs fuse fuse3 rsync attr"),
        ("pacman", "pacman --sync --needed --noconfirm fuse2 fuse3 rsync attr"),
        ("zypper", "zypper --quiet --non-interactive install libfuse2 fuse3 rsync attr"),
    ],
)
def test_each_package_manager_gets_its_own_names(programs: Path, manager: str, expected: str) -> None:
    add(programs, manager)
    done = run(programs, "need libfuse2 fusermount rsync getfattr")
    assert calls(programs)[0] == expected
    assert done.returncode == 1  # it only said so


def test_programs_come_in_packages_of_other_names(programs: Path) -> None:
    add(programs, "apt-get")
    run(programs, "need vim nano gio unzip")
    installs = [call for call in calls(programs) if " install " in call]
    assert installs[0].endswith("install --yes --no-install-recommends vim-tiny nano libglib2.0-bin unzip")
    add(programs, "vim.tiny")
    (programs.parent / "calls").unlink()
    assert run(programs, "need vim").returncode == 0
    assert calls(programs) == []


@pytest.mark.parametrize("name", ["libfuse2t64", "libfuse2"])
def test_debian_gets_the_name_that_its_release_has(programs: Path, name: str) -> None:
    add(programs, "apt-get")
    add(
        programs,
        "apt-cache",
        f'[ "$3" != {name} ] || echo "  Candidate: 2.9"',
        '[ "$3" != libc6 ] || echo " 500 http://x y"',
    )
    run(programs, "need libfuse2 fusermount")
    installs = [call for call in calls(programs) if " install " in call]
    assert installs[0].endswith(f"install --yes --no-install-recommends {name} fuse3")


def test_package_lists_are_fetched_when_there_are_none(programs: Path) -> None:
    add(programs, "apt-get")
    add(programs, "apt-cache", '[ "$3" != libc6 ] || echo " 100 /var/lib/dpkg/status"')
    run(programs, "need rsync")
    asked = [call for call in calls(programs) if call.startswith("apt-get")]
    assert asked[0] == "apt-get -qq update"


def test_what_is_there_is_not_installed(programs: Path) -> None:
    add(programs, "dnf")
    add(programs, "rsync")
    assert run(programs, "need rsync").returncode == 0
    assert calls(programs) == []


def test_without_a_package_manager_one_sentence_says_what_to_install(programs: Path) -> None:
    done = run(programs, "need libfuse2 fusermount rsync")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "please install libfuse2 fuse3 rsync with the system's package manager; that couldn't be done from here."
    )


def test_a_python_that_is_too_old_or_only_a_wrapper_is_passed_over(programs: Path) -> None:
    add(programs, "python3.13", "exit 127")
    add(programs, "python3", 'case "$2" in *version_info*) exit 1;; esac')
    assert run(programs, "find_python").returncode == 1
    (programs / "python3.10").symlink_to(os.path.realpath(sys.executable))
    assert run(programs, "find_python").stdout.strip()


def test_no_password_is_waited_for_without_a_terminal(programs: Path) -> None:
    add(programs, "id", "echo 1000")
    add(programs, "sudo", "exit 1")
    add(programs, "dnf")
    assert run(programs, "need rsync").returncode == 1
    assert calls(programs)[0] == "sudo -n dnf --quiet --assumeyes install rsync"
