"""The grounds of the suite: a filesystem without FUSE, and real mounts through the real command line.

Each is made once and shared by all tests, which have a folder of their own in it, and a local folder beside it whose
answers are the measure.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timezone
from pathlib import Path

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import Settings, open_filesystem
from tests.mount.conftest import BINDINGS, why_not
from tests.mount.driver import Home, Mount, SandboxProcess
from tests.mount.logs import Checker
from tests.posix.calls import Calls, OsCalls, VfsCalls
from tests.vfs.conftest import make_account

MOUNTS = [pytest.param(binding, marks=pytest.mark.mount) for binding in BINDINGS]

_folders = itertools.count(1)


@pytest.fixture(scope="session")
def checker() -> Iterator[Checker]:
    checker = Checker()
    yield checker
    surprises = checker.surprises()  # what mounts and sandboxes said when they ended
    assert not surprises, "\n".join(surprises)


@pytest.fixture
def log(checker: Checker) -> Iterator[Checker]:
    """Fails a test in which a mount logged something that it didn't announce with `log.expect(REGEX)`."""
    yield checker
    surprises = checker.surprises()
    checker.forget()
    assert not surprises, "logged without being announced:\n" + "\n".join(surprises)


@contextmanager
def _without_fuse(cache: Path) -> Iterator[Calls]:
    with Sandbox(users={"ada": "secret"}) as sandbox:
        settings = Settings(sandbox.address("ada"), cache, ttl=3600.0, timezone=timezone.utc)
        filesystem = open_filesystem(lambda: make_account(sandbox), settings)
        try:
            yield VfsCalls(filesystem)
        finally:
            filesystem.close()


@contextmanager
def _mounted(binding: str, folder: Path, checker: Checker) -> Iterator[Calls]:
    reason = why_not(binding)
    if reason is not None:
        pytest.skip(reason)
    home = Home(folder, binding)
    sandbox = SandboxProcess(home, checker)
    try:
        with Mount(home, checker, sandbox.endpoint, "--ttl", "3600").mounted() as mount:
            yield OsCalls(mount.path)
    finally:
        sandbox.stop()


@pytest.fixture(scope="session", params=["vfs", *MOUNTS])
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, checker: Checker
) -> Iterator[Calls]:
    """System calls on the top of a mailbox that was empty when the session began.

    A test that needs a real mount says so: `@pytest.mark.parametrize("ground", MOUNTS, indirect=True)`.
    """
    folder = tmp_path_factory.mktemp(f"posix-{request.param}")
    made = _without_fuse(folder) if request.param == "vfs" else _mounted(request.param, folder, checker)
    with made as calls:
        yield calls


@pytest.fixture
def calls(ground: Calls, log: Checker) -> Calls:
    """System calls below a new, empty folder of mail."""
    name = f"Inbox/test {next(_folders)}"
    ground.mkdir(name)
    return ground.below(name)


@pytest.fixture
def local(tmp_path: Path) -> OsCalls:
    """A folder of the local filesystem: what it answers is right."""
    folder = tmp_path / "local"
    folder.mkdir()
    return OsCalls(folder)
