"""kill -9 at every step of a write, and a mount afterwards: what was written is on the server once, or set aside."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from tests.vfs.conftest import MAIL, names_in, opener, read
from tests.vfs.deeds import (
    CONTACT,
    DOCUMENT,
    EVENT,
    LARGE,
    NEW,
    NEW_CONTACT,
    NEW_DOCUMENT,
    NEW_EVENT,
    SERIES,
    TO_MOVE,
    TO_WRITE,
)
from tests.vfs.dying import START

_KILLED = -9


class Dying:
    """The process that has things done by others who die."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `close`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.vfs.dying"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )

    def do(self, sandbox: Sandbox, cache: Path, deed: str, step: int, *, full: bool = False, **settings: Any) -> bool:
        """Whether it was done before that step came; `full`, the disk is full from then on, and nobody dies."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {
            "endpoint": sandbox.endpoint,
            "address": sandbox.address("ada"),
            "cache": str(cache),
            "deed": deed,
            "step": step,
            "settings": settings,
            "full": full,
        }
        print(json.dumps(order), file=self._process.stdin, flush=True)
        code = int(self._process.stdout.readline() or 1)
        if code not in (0, _KILLED):
            self._said.seek(0)
            raise AssertionError(f"{deed} ended with {code} before step {step}: {self._said.read()}")
        return code == 0

    def close(self) -> None:
        with self._said, self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


@pytest.fixture(scope="module")
def dying(traffic: object) -> Iterator[Dying]:
    process = Dying()
    yield process
    process.close()


class Found(NamedTuple):
    """What is there after a death. `server`, the files of the folder with what another machine reads in them."""

    server: dict[str, bytes]
    trash: list[bytes]
    local: dict[str, bytes]
    unsaved: list[bytes]


def look(fs: FileSystem, other: FileSystem, folder: str) -> Found:
    assert fs.pending() == 0, "something is still owed"
    server = contents(other, folder)
    here = contents(fs, folder)
    local = {name: data for name, data in here.items() if name not in server}
    assert {name: norm(data) for name, data in here.items() if name in server} == {
        name: norm(data) for name, data in server.items()
    }
    return Found(
        server,
        list(contents(other, "/Deleted Items").values()),
        local,
        list(contents(fs, "/.ewsfs/unsaved").values()),
    )


def contents(fs: FileSystem, folder: str) -> dict[str, bytes]:
    with suppress(VfsError):
        return {name: read(fs, f"{folder}/{name}") for name, is_folder in fs.readdir(folder) if not is_folder}
    return {}


def norm(data: bytes) -> bytes:
    """Files that are made of properties say the same in other words: what of them tells the versions apart."""
    for mark in (b"77777", b"88888"):
        if mark in data and b"VCARD" in data:
            return CONTACT if mark == b"77777" else NEW_CONTACT
    if b"BEGIN:VCALENDAR" in data:
        if data.count(b"BEGIN:VEVENT") == 2 and b"EXDATE" in data:
            return SERIES
        return {(True, False): EVENT, (False, True): NEW_EVENT}.get((b"Standup" in data, b"Sit-down" in data), data)
    return data


def spooled(cache: Path) -> set[str]:
    return {path.stem for path in cache.glob("*/*/spool/*")}


WRITES = {
    "new mail": ("/Inbox", None, NEW),
    "mail saved over": ("/Inbox", MAIL, NEW),
    "new contact": ("/Contacts", None, NEW_CONTACT),
    "contact edited": ("/Contacts", CONTACT, NEW_CONTACT),
    "event edited": ("/Calendar", EVENT, NEW_EVENT),
    "new series": ("/Calendar", None, SERIES),
    "new document": ("/Inbox", None, NEW_DOCUMENT),
    "document saved over": ("/Inbox", DOCUMENT, NEW_DOCUMENT),
    "new attachment": ("/Inbox/letter.attachments", None, NEW_DOCUMENT),
    "attachment saved over": ("/Inbox/letter.attachments", DOCUMENT, NEW_DOCUMENT),
    "mail renamed from a temporary": ("/Inbox", None, NEW),
    "mail replaced by a temporary": ("/Inbox", MAIL, NEW),
    "contact replaced by a temporary": ("/Contacts", CONTACT, NEW_CONTACT),
    "attachment replaced by a temporary": ("/Inbox/letter.attachments", DOCUMENT, NEW_DOCUMENT),
    "mail saved with a backup": ("/Inbox", MAIL, NEW),
}


# Those that are killed at every step; the others, which share most of these, only round their requests.
THOROUGHLY = {"mail saved over", "attachment saved over"}
EVERYTHING = "EWSFS_EVERY_STEP" in os.environ


@pytest.mark.parametrize("deed", WRITES)
def test_killed_at_any_step_of_a_write(dying: Dying, tmp_path: Path, deed: str) -> None:
    for step in [0, *steps_of(dying, tmp_path, deed, every=EVERYTHING or deed in THOROUGHLY)]:
        place = tmp_path / str(step)
        place.mkdir()
        folder, old, new = WRITES[deed]
        with Sandbox(users={"ada": "secret"}) as sandbox, opener(sandbox, place) as open_fs:
            is_done = dying.do(sandbox, place / "cache", deed, step)
            assert is_done or step
            try:
                proven(look(open_fs(), open_fs("other"), folder), old, new, place, is_done)
            except AssertionError as error:
                raise AssertionError(f"killed at step {step}: {error}") from error


@pytest.mark.parametrize("deed", ["mail saved over", "new series", "attachment saved over", "document saved over"])
def test_killed_again_while_it_is_being_finished(dying: Dying, tmp_path: Path, deed: str) -> None:
    """The first one dies when the server has answered, the second one at any step round its requests."""
    folder, old, new = WRITES[deed]
    first = next(n for n in steps_of(dying, tmp_path, deed, every=False) if n > 1)
    for step in itertools.count(1):
        place = tmp_path / str(step)
        place.mkdir()
        with Sandbox(users={"ada": "secret"}) as sandbox, opener(sandbox, place) as open_fs:
            assert not dying.do(sandbox, place / "cache", deed, first + 1)
            assert (place / "written").exists()
            is_done = dying.do(sandbox, place / "cache", START, step * 3)
            proven(look(open_fs(), open_fs("other"), folder), old, new, place, is_done)
        if is_done:
            assert step > 3
            return


@pytest.mark.parametrize("deed", ["mail saved over", "contact edited", "attachment saved over"])
def test_the_disk_is_full_from_some_step_on(dying: Dying, tmp_path: Path, deed: str) -> None:
    """Who is told that it is saved has it saved; who is told that there is no room has lost nothing that was there."""
    folder, old, new = WRITES[deed]
    refused = 0
    for step in steps_of(dying, tmp_path, deed, every=EVERYTHING, alike=5):
        place = tmp_path / str(step)
        place.mkdir()
        with Sandbox(users={"ada": "secret"}) as sandbox, opener(sandbox, place) as open_fs:
            assert dying.do(sandbox, place / "cache", deed, step, full=True)
            is_refused = (place / "refused").exists()
            assert not is_refused or (place / "refused").read_text() == "ENOSPC"
            refused += is_refused
            found = look(open_fs(), open_fs("other"), folder)
            try:
                proven(found, old, new, place, is_done=False)
            except AssertionError as error:
                raise AssertionError(f"full from step {step} on: {error}") from error
            assert is_refused or [norm(data) for data in found.server.values()] == [new]
    assert refused > 2


def test_killed_at_any_step_of_writing_and_moving_behind(dying: Dying, tmp_path: Path) -> None:
    behind: dict[str, Any] = {"write_back": True, "write_back_seconds": 3600.0}
    every = 1 if EVERYTHING else 9
    for step in [0, *steps_of(dying, tmp_path, "write and move", every=False, alike=every, **behind)]:
        place = tmp_path / str(step)
        place.mkdir()
        with Sandbox(users={"ada": "secret"}) as sandbox, opener(sandbox, place) as open_fs:
            is_done = dying.do(sandbox, place / "cache", "write and move", step, **behind)
            assert is_done or step
            open_fs().close()
            other = open_fs("other")
            inbox, drafts = names_in(other, "/Inbox"), names_in(other, "/Drafts")
            assert not names_in(other, "/Deleted Items"), step
            written = [name for name in inbox if name not in TO_MOVE]
            assert sorted(set(inbox) - set(written) | set(drafts)) == TO_MOVE, step
            assert len(inbox) + len(drafts) == len(written) + len(TO_MOVE), step
            assert set(written) <= set(TO_WRITE), step
            if (place / "written").exists():
                assert (written, drafts) == (TO_WRITE, TO_MOVE), step
            assert all(norm(read(other, f"/Inbox/{name}")) == NEW for name in written), step


@pytest.mark.parametrize("deed", ["large mail", "large document"])
def test_a_large_file_does_not_go_through_memory(dying: Dying, tmp_path: Path, deed: str) -> None:
    with Sandbox(users={"ada": "secret"}) as sandbox, opener(sandbox, tmp_path) as open_fs:
        assert dying.do(sandbox, tmp_path / "cache", deed, 0)
        (data,) = contents(open_fs("other"), "/Inbox").values()
    assert len(data) >= LARGE
    assert data.endswith(b"A" * 76 + b"\r\n")


def steps_of(dying: Dying, tmp_path: Path, deed: str, *, every: bool, alike: int = 0, **settings: Any) -> list[int]:
    """The numbers of the steps to die at: all, or those before, during and after requests, or each `alike`-th."""
    place = tmp_path / "alive"
    place.mkdir()
    with Sandbox(users={"ada": "secret"}) as sandbox:
        assert dying.do(sandbox, place / "cache", deed, 0, **settings)
    steps = ["", *json.loads((place / "steps").read_text())]
    assert len(steps) > 5, steps
    assert "send" in steps
    if alike and not every:
        return list(range(1, len(steps), alike))
    return [n for n in range(1, len(steps)) if every or steps[n] in ("send", "answered") or steps[n - 1] == "answered"]


def proven(found: Found, old: bytes | None, new: bytes, place: Path, is_done: bool) -> None:
    """Nothing is lost, nothing is there twice, and nothing is left lying about."""
    server = [norm(data) for data in found.server.values()]
    before = [] if old is None else [old]
    assert server in (before, [new]), found
    backups = [name for name in found.local if name.endswith("~")]  # the editor's own, which it had no time to remove
    everywhere = [*server, *(norm(data) for data in (*found.unsaved, *found.local.values()))]
    if is_done:
        assert server == [new]
        assert found.unsaved == []
    if (place / "written").exists():
        before = [MAIL] if backups else []
        assert everywhere.count(new) == 1, found
    else:
        before += [old or b""]  # a copy that nothing was written to yet
    for data in (*found.unsaved, *found.local.values()):
        assert new.startswith(data) or norm(data) in (new, *before), found
    if old == MAIL:
        assert [*server, *found.trash].count(MAIL) == 1, found
        assert len(found.trash) == (server == [new]), found
    assert len(spooled(place / "cache")) == len(found.unsaved) + len(found.local), "the spool holds what nobody knows"
