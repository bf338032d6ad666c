"""Random operations on a few files, beside the same on a local filesystem: after each, both show the same.

The idea is fsx's, the file system exerciser of Apple and later of the Linux Test Project. Scratch files never leave
this machine; in the mixed run one of the names is a document's, so that closing and renaming go to the server too.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.mount.logs import Checker
from tests.posix.calls import Calls, OsCalls, attempt, content, put
from tests.posix.conftest import MOUNTS

SCRATCH = (".a.swp", ".b.swp", "c.part")
MIXED = (".a.swp", "report.pdf", "c.part")
ROOM = 20_000  # bytes; a few pages

Outcome = TypeVar("Outcome")

offsets = st.integers(0, ROOM) | st.sampled_from([0, 1, 4095, 4096, 4097, 8192])
sizes = st.integers(0, ROOM)
pieces = st.builds(lambda byte, size: bytes([byte]) * size, st.integers(1, 255), st.integers(0, 9000))
names = st.integers(0, 2)
which = st.integers(0, 5)
accesses = st.sampled_from([os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_RDWR])
more_flags = st.sampled_from(
    [0, os.O_TRUNC, *[os.O_CREAT] * 3, *(os.O_CREAT | more for more in (os.O_APPEND, os.O_TRUNC, os.O_EXCL))]
)

_runs = itertools.count(1)


class Twins(NamedTuple):
    """A descriptor on either ground."""

    here: int
    there: int


class Exerciser(RuleBasedStateMachine):
    """Does the same on `calls` and on `local`, which begin with an empty folder each."""

    def __init__(self, calls: Calls, local: OsCalls, names: tuple[str, ...]) -> None:
        super().__init__()
        folder = f"run {next(_runs)}"
        for ground in (calls, local):
            ground.mkdir(folder)
        self.folder, self.grounds, self.names = folder, (calls, local), names
        self.calls, self.local = calls.below(folder), local.below(folder)
        self.open: list[Twins] = []
        for ground in (self.calls, self.local):
            put(ground, names[0], b"in the beginning")
        self.open_file(0, os.O_RDWR, 0)

    def teardown(self) -> None:
        for twins in self.open:
            self.calls.close(twins.here)
            self.local.close(twins.there)

    def both(self, deed: Callable[[Calls], Outcome]) -> Outcome | str:
        """The same call on a path on both grounds, with the same answer."""
        here, there = attempt(lambda: deed(self.calls)), attempt(lambda: deed(self.local))
        assert here == there
        return here

    def twins(self, number: int, deed: Callable[[Calls, int], Outcome]) -> Outcome | str:
        """The same call on an open file."""
        twins = self.open[number % len(self.open)]
        here = attempt(lambda: deed(self.calls, twins.here))
        assert here == attempt(lambda: deed(self.local, twins.there))
        return here

    # -- paths -------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.open) < 6)
    @rule(name=names, access=accesses, more=more_flags)
    def open_file(self, name: int, access: int, more: int) -> None:
        path = self.names[name]
        if access == os.O_RDONLY and path.endswith(".pdf"):
            access = os.O_RDWR  # what is open for reading only stays what the item was then: see `ReadHandle`
        here = attempt(lambda: self.calls.open(path, access | more))
        there = attempt(lambda: self.local.open(path, access | more))
        if isinstance(here, int) and isinstance(there, int):
            self.open.append(Twins(here, there))
        else:
            assert here == there

    @rule(name=names, size=sizes)
    def truncate(self, name: int, size: int) -> None:
        self.both(lambda ground: ground.truncate(self.names[name], size))

    @rule(old=names, new=names)
    def rename(self, old: int, new: int) -> None:
        self.both(lambda ground: ground.rename(self.names[old], self.names[new]))

    @rule(name=names)
    def unlink(self, name: int) -> None:
        self.both(lambda ground: ground.unlink(self.names[name]))

    # -- open files --------------------------------------------------------------------------------

    @precondition(lambda self: self.open)
    @rule(number=which, data=pieces)
    def write(self, number: int, data: bytes) -> None:
        self.twins(number, lambda ground, fd: ground.write(fd, data))

    @precondition(lambda self: self.open)
    @rule(number=which, data=pieces, offset=offsets)
    def pwrite(self, number: int, data: bytes, offset: int) -> None:
        self.twins(number, lambda ground, fd: ground.pwrite(fd, data, offset))

    @precondition(lambda self: self.open)
    @rule(number=which, size=sizes)
    def read(self, number: int, size: int) -> None:
        self.twins(number, lambda ground, fd: ground.read(fd, size))

    @precondition(lambda self: self.open)
    @rule(number=which, size=sizes, offset=offsets)
    def pread(self, number: int, size: int, offset: int) -> None:
        self.twins(number, lambda ground, fd: ground.pread(fd, size, offset))

    @precondition(lambda self: self.open)
    @rule(number=which, offset=offsets)
    def seek(self, number: int, offset: int) -> None:
        self.twins(number, lambda ground, fd: ground.seek(fd, offset))

    @precondition(lambda self: self.open)
    @rule(number=which, size=sizes)
    def ftruncate(self, number: int, size: int) -> None:
        self.twins(number, lambda ground, fd: ground.ftruncate(fd, size))

    @precondition(lambda self: self.open)
    @rule(number=which)
    def fsync(self, number: int) -> None:
        self.twins(number, lambda ground, fd: ground.fsync(fd))

    @precondition(lambda self: self.open)
    @rule(number=which)
    def close(self, number: int) -> None:
        self.twins(number, lambda ground, fd: ground.close(fd))
        del self.open[number % len(self.open)]

    # -- after each --------------------------------------------------------------------------------

    @invariant()
    def the_same_is_there(self) -> None:
        # A file that is removed while it is open keeps a name of libfuse's until it is closed.
        assert self.calls.names() == self.local.names()
        for name in self.names:
            self.both(partial(size_of, path=name))
            self.both(partial(content, path=name))
        for number in range(len(self.open)):
            self.twins(number, lambda ground, fd: ground.fsize(fd))


def size_of(ground: Calls, path: str) -> int:
    return ground.size(path)


def exercise(calls: Calls, local: OsCalls, names: tuple[str, ...], runs: int, steps: int) -> None:
    run: Any = run_state_machine_as_test  # which not every version of hypothesis has typed, nor for any maker of one
    run(
        partial(Exerciser, calls, local, names),
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.timeout(600)  # to find the smallest example takes hypothesis up to five minutes
@pytest.mark.parametrize("ground", ["vfs"], indirect=True)
def test_thousands_of_operations_on_scratch_files(calls: Calls, local: OsCalls) -> None:
    exercise(calls, local, SCRATCH, runs=50, steps=60)


@pytest.mark.timeout(600)  # to find the smallest example takes hypothesis up to five minutes
@pytest.mark.parametrize("ground", ["vfs"], indirect=True)
def test_operations_on_scratch_files_and_a_document(calls: Calls, local: OsCalls) -> None:
    exercise(calls, local, MIXED, runs=15, steps=40)


@pytest.mark.timeout(600)  # to find the smallest example takes hypothesis up to five minutes
@pytest.mark.parametrize("ground", MOUNTS, indirect=True)
def test_operations_on_scratch_files_of_a_mount(calls: Calls, local: OsCalls, log: Checker) -> None:
    exercise(calls, local, SCRATCH, runs=6, steps=30)
