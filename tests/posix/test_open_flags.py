"""open(2): every combination of flags on everything that a name can stand for, as a local filesystem answers it.

A scratch name stays on this machine, a document and a message go to the server when they are closed. One thing is
different there, and only that: a message can't be empty, so the close that would leave an empty one fails with EINVAL
and what was there before stays (DESIGN.md 7).
"""

from __future__ import annotations

import itertools
import os
from typing import NamedTuple

import pytest

from tests.mount.driver import wait_for
from tests.mount.logs import Checker
from tests.posix.calls import Calls, OsCalls, attempt, content, put

ACCESS = {"RDONLY": os.O_RDONLY, "WRONLY": os.O_WRONLY, "RDWR": os.O_RDWR}
MORE = {"CREAT": os.O_CREAT, "EXCL": os.O_EXCL, "TRUNC": os.O_TRUNC, "APPEND": os.O_APPEND}
NAMES = {"scratch": ".scratch.swp", "document": "report.pdf", "message": "letter.eml"}

# As bytes of a message both are right wherever the second is written over the first: equally long header fields.
BEFORE = b"X-Before: 0123456789\r\nSubject: Greetings\r\n\r\nHello Ada,\r\nthis is a letter.\r\n"
WRITTEN = b"X-Writes: abcdefghij\r\n"
assert BEFORE.index(b"\n") == WRITTEN.index(b"\n")


class Deed(NamedTuple):
    """What is done: open with these flags, write or not, close."""

    flags: tuple[str, ...]
    writes: bool

    @property
    def number(self) -> int:
        first, *more = self.flags
        return ACCESS[first] | sum(MORE[flag] for flag in more)


class Outcome(NamedTuple):
    """What came of it: what each call answered, and what is there afterwards."""

    opened: str
    wrote: int | str = ""
    size: int | str = ""
    read: bytes | str = ""
    closed: str = ""
    content: bytes | str = ""


DEEDS = [
    Deed((access, *more), writes)
    for access in ACCESS
    for count in range(len(MORE) + 1)
    for more in itertools.combinations(MORE, count)
    for writes in (False, True)
]


def prepare(calls: Calls, name: str, there: str) -> None:
    """Have at a name what a deed is to meet."""
    if there == "directory":
        if name not in calls.names():
            calls.mkdir(name)
    elif there == "file":
        if attempt(lambda: content(calls, name)) != BEFORE:
            put(calls, name, BEFORE)
    elif name in calls.names():
        calls.unlink(name)


def carry_out(calls: Calls, name: str, deed: Deed) -> Outcome:
    opened = attempt(lambda: calls.open(name, deed.number))
    if isinstance(opened, str):
        return Outcome(opened, content=attempt(lambda: content(calls, name)))
    wrote: int | str = attempt(lambda: calls.write(opened, WRITTEN)) if deed.writes else ""
    # The size of a directory is each filesystem's own affair.
    size: int | str = "" if (read := attempt(lambda: calls.pread(opened, 1000, 0))) == "EISDIR" else calls.fsize(opened)
    closed = attempt(lambda: calls.close(opened)) or "closed"
    if closed == "EINVAL":
        # The kernel releases the file behind the program's back, and only then it goes.
        wait_for(lambda: attempt(lambda: calls.size(name)) != 0, "the empty message has gone")
    return Outcome("opened", wrote, size, read, closed, attempt(lambda: content(calls, name)))


def without_emptiness(outcome: Outcome, there: str) -> Outcome:
    """What a message makes of a deed that would leave an empty file."""
    before: bytes | str = BEFORE if there == "file" else "ENOENT"
    return outcome._replace(closed="EINVAL", content=before) if outcome.content == b"" else outcome


@pytest.mark.parametrize("there", ["file", "nothing", "directory"])
@pytest.mark.parametrize("kind", NAMES)
def test_open_answers_as_a_local_filesystem(calls: Calls, local: OsCalls, log: Checker, kind: str, there: str) -> None:
    log.expect(r"letter\.eml stays empty")
    name = NAMES[kind]
    wrong: dict[Deed, tuple[Outcome, Outcome]] = {}
    # A mount is asked for each set of flags once: writing and not, in turn.
    deeds = DEEDS
    if isinstance(calls, OsCalls):
        deeds = [deed for number, deed in enumerate(DEEDS) if (number // 2 + number) % 2]
    for deed in deeds:
        for ground in (calls, local):
            prepare(ground, name, there)
        right = carry_out(local, name, deed)
        if kind == "message":
            right = without_emptiness(right, there)
        answer = carry_out(calls, name, deed)
        if answer != right:
            wrong[deed] = answer, right
    assert not wrong, "\n".join(
        f"{deed}:\n  {answer}\n  {right}, said the local one" for deed, (answer, right) in wrong.items()
    )
    assert set(calls.names()) <= {name}, "something else has come to be"
