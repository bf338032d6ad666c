"""`.ewsfs/status.json`: what it tells of connection, calls, cache and queue, without asking the server."""

from __future__ import annotations

import errno
import json
import os
from typing import Any

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.vfs.conftest import MAIL, Open, names_in, read, refused, write

NAME = "/Inbox/letter.eml"


def status(fs: FileSystem) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(read(fs, "/.ewsfs/status.json"))
    return told


def test_it_tells_of_the_connection_and_asks_nothing(fs: FileSystem, sandbox: Sandbox) -> None:
    sandbox.calls.reset()
    told = status(fs)
    assert told["address"] == "ada@example.test"
    assert told["connected"] is True
    assert told["connection"]["endpoint"] == sandbox.endpoint
    assert told["connection"]["version"].startswith("Exchange20")
    assert told["connection"]["bytes_in"] > 1000
    assert told["requests"]["SyncFolderHierarchy"] == 1
    assert told["quota"] is None
    assert sandbox.calls.total() == 0
    assert "secret" not in json.dumps(told)


def test_it_counts_what_the_cache_saved(fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    other = open_fs("other machine")
    before = status(other)["cache"]
    read(other, NAME)
    read(other, NAME)
    read(other, NAME)
    after = status(other)["cache"]
    assert (after["hits"] - before["hits"], after["misses"] - before["misses"]) == (2, 1)


def test_it_shows_what_is_being_written_and_what_could_not_be(fs: FileSystem) -> None:
    handle = fs.create(NAME, os.O_WRONLY)
    handle.write(MAIL, 0)
    told = status(fs)
    assert told["pending"] == 1
    (waiting,) = told["queue"]
    assert (waiting["name"], waiting["state"], waiting["bytes"]) == ("letter.eml", "open", len(MAIL))
    handle.flush()
    handle.release()
    assert status(fs)["queue"] == []
    with refused(errno.EINVAL):
        write(fs, "/Inbox/broken.eml", b"hello")
    told = status(fs)
    assert told["unsaved"] == 1
    (refusal,) = told["unsaved_files"]
    assert refusal["name"] == "broken.eml"
    assert "header fields" in refusal["reason"]


def test_it_says_why_there_is_no_connection(fs: FileSystem, sandbox: Sandbox, open_fs: Open) -> None:
    sandbox.stop()
    with refused(errno.EHOSTUNREACH):
        names_in(fs, "/Inbox")
    told = status(fs)
    assert told["connected"] is False
    assert told["connection"]["reason"]
