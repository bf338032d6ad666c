"""A home of the test's own, so that nothing of the person who runs the tests is read or written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


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
