"""A home of the test's own, so that nothing of the person who runs the tests is read or written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ewsfs.cli import mountpoint, serving
from ewsfs.cli.errors import CliError
from ewsfs.fuse import binding


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder; the XDG folders and TMPDIR are inside it."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("EWSFS_PASSWORD", raising=False)
    return folder


def ewsfs(*arguments: str | Path, password: str | None = None, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, without a terminal; no answer of it may hold a traceback."""
    environment = dict(os.environ)
    if password is not None:
        environment["EWSFS_PASSWORD"] = password
    done = subprocess.run(
        [sys.executable, "-m", "ewsfs", *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=environment,
        timeout=timeout,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


@contextmanager
def sandbox(*arguments: str, password: str | None = None) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, **({"EWSFS_PASSWORD": password} if password else {})}
    command = [sys.executable, "-m", "ewsfs", "sandbox", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            assert process.wait(30) == 0


@pytest.fixture(scope="session")
def fuse() -> None:
    """For tests that mount: skips with the reason where that can't be done."""
    try:
        serving.check_device()
        binding.load()
    except (CliError, binding.NoFuse) as error:
        pytest.skip(str(error))


@pytest.fixture
def place(fuse: None, tmp_path: Path) -> Iterator[Path]:
    """A mount point that isn't there yet; nothing is left mounted on it."""
    path = tmp_path / "a folder" / "mail"
    yield path
    if mountpoint.find(path) is not None:
        mountpoint.clean(path)
