"""Fixtures for real mounts: who can't have one is told why and skips, and nothing is left mounted.

Mounts and sandboxes that tests only read are shared by the whole session, once for each binding; a test that
writes gets its own of both from `mailbox` and `mount`.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from tests.mount.driver import Home, Mount, SandboxProcess
from tests.mount.letters import Letters
from tests.mount.logs import Checker

BINDINGS = ("fusepy", "mfusepy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.mount)


def why_not(binding: str) -> str | None:
    """Why there can be no mount here with a binding, or None."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is missing, or not ours to open"
    if shutil.which("fusermount") is None and shutil.which("fusermount3") is None:
        return "fusermount is missing"
    module = {"fusepy": "fuse", "mfusepy": "mfusepy"}[binding]
    if importlib.util.find_spec(module) is None:
        return f"{binding} is not installed"
    library = {"fusepy": "fuse", "mfusepy": "fuse3"}[binding]
    if ctypes.util.find_library(library) is None:
        return f"lib{library}, which {binding} is tried with, is missing"
    return None


@pytest.fixture(scope="session", params=BINDINGS)
def binding(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    reason = why_not(name)
    if reason is not None:
        pytest.skip(reason)
    return name


@pytest.fixture(scope="session")
def any_binding() -> str:
    """One binding that works, for tests of what doesn't depend on which."""
    reasons = {name: why_not(name) for name in BINDINGS}
    for name, reason in reasons.items():
        if reason is None:
            return name
    pytest.skip("; ".join(reason for reason in reasons.values() if reason))


@pytest.fixture(scope="session")
def checker() -> Iterator[Checker]:
    checker = Checker()
    yield checker
    surprises = checker.surprises()  # what the shared mounts and sandboxes said when they ended
    assert not surprises, "\n".join(surprises)


@pytest.fixture(autouse=True)
def log(checker: Checker) -> Iterator[Checker]:
    """Fails a test in which something was logged that it didn't announce with `log.expect(REGEX)`."""
    yield checker
    surprises = checker.surprises()
    checker.forget()
    assert not surprises, "logged without being announced:\n" + "\n".join(surprises)


@pytest.fixture(scope="session")
def binding_home(binding: str, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp(binding), binding)


@pytest.fixture
def home(binding: str, tmp_path: Path) -> Home:
    return Home(tmp_path / "home", binding)


@pytest.fixture
def any_home(any_binding: str, tmp_path: Path) -> Home:
    return Home(tmp_path / "home", any_binding)


# -- shared, for reading -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, checker: Checker) -> Iterator[tuple[SandboxProcess, Letters]]:
    """The sample mailbox, and in it a folder "Letters" of messages whose every byte we know."""
    sandbox = SandboxProcess(Home(tmp_path_factory.mktemp("sample")), checker, "--sample", "small")
    try:
        yield sandbox, Letters.give(sandbox.server)
    finally:
        sandbox.stop()


@pytest.fixture(scope="session")
def sample_mount(sample: tuple[SandboxProcess, Letters], binding_home: Home, checker: Checker) -> Iterator[Mount]:
    """A mount of the sample mailbox that is never stale: what it asks of the server, a test has made it ask."""
    with Mount(binding_home, checker, sample[0].endpoint, "--ttl", "3600").mounted() as mount:
        yield mount


# -- a test's own ------------------------------------------------------------------------------------------------


class StartSandbox(Protocol):
    def __call__(self, *options: str) -> SandboxProcess: ...


@pytest.fixture
def start_sandbox(tmp_path: Path, checker: Checker) -> Iterator[StartSandbox]:
    """Starts sandboxes that live as long as the test."""
    home = Home(tmp_path / "servers")
    started: list[SandboxProcess] = []

    def start(*options: str) -> SandboxProcess:
        sandbox = SandboxProcess(home, checker, *options, name=f"sandbox-{len(started)}")
        started.append(sandbox)
        return sandbox

    yield start
    for sandbox in started:
        sandbox.stop()


@pytest.fixture
def mailbox(start_sandbox: StartSandbox) -> SandboxProcess:
    """An empty mailbox of the test's own."""
    return start_sandbox()


MakeMount = Callable[..., Mount]


@contextmanager
def mounts_of(home: Home, checker: Checker) -> Iterator[MakeMount]:
    made: list[Mount] = []

    def make(sandbox: SandboxProcess, *options: str, **details: object) -> Mount:
        mount = Mount(home, checker, sandbox.endpoint, *options, **details)  # type: ignore[arg-type]  # Mount's own keywords
        made.append(mount)
        return mount

    try:
        yield make
    finally:
        for mount in made:
            mount.take_away()


@pytest.fixture
def make_mount(home: Home, checker: Checker) -> Iterator[MakeMount]:
    """Makes mounts, not started yet; what the test leaves mounted is taken away."""
    with mounts_of(home, checker) as make:
        yield make


@pytest.fixture
def make_any_mount(any_home: Home, checker: Checker) -> Iterator[MakeMount]:
    """The same for tests of what the binding has no part in: they run once."""
    with mounts_of(any_home, checker) as make:
        yield make


@pytest.fixture
def mount(mailbox: SandboxProcess, make_mount: MakeMount) -> Iterator[Mount]:
    """A mount of the test's own empty mailbox, unmounted as a user would when the test is over."""
    mount = make_mount(mailbox, "--ttl", "3600").start()
    yield mount
    mount.stop()
