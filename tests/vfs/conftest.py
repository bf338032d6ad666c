"""A sandbox with one mailbox, and filesystems over it, without FUSE."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timezone
from pathlib import Path
from typing import Any

import pytest

from ewsfs.ews import DELEGATE, Account, Configuration, Credentials
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, Settings, VfsError, open_filesystem

MAIL = b"""From: Bob <bob@example.test>\r
To: Ada <ada@example.test>\r
Subject: Greetings\r
Date: Mon, 02 Mar 2026 09:15:00 +0000\r
Message-ID: <1@example.test>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
Hello Ada,\r
this is a letter.\r
"""


def make_account(sandbox: Sandbox, endpoint: str | None = None) -> Account:
    return account_at(sandbox.address("ada"), endpoint or sandbox.endpoint)


def account_at(address: str, endpoint: str) -> Account:
    config = Configuration(
        service_endpoint=endpoint,
        credentials=Credentials(username=address, password="secret"),
        auth_type="basic",
    )
    return Account(primary_smtp_address=address, config=config, autodiscover=False, access_type=DELEGATE)


@pytest.fixture(scope="session")
def sample() -> Iterator[Sandbox]:
    """The sample mailbox; tests that use it only read."""
    with Sandbox(users={"ada": "secret"}, sample="small") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An empty mailbox of the test's own."""
    with Sandbox(users={"ada": "secret"}) as sandbox:
        yield sandbox


Open = Callable[..., FileSystem]


@contextmanager
def opener(sandbox: Sandbox, tmp_path: Path) -> Iterator[Open]:
    """Opens filesystems over a sandbox: `cache` names the cache folder, the rest are settings."""
    endpoint = sandbox.endpoint  # asked for while it runs; tests stop it
    with ExitStack() as stack:

        def open_one(cache: str = "cache", **changes: Any) -> FileSystem:
            settings = Settings(sandbox.address("ada"), tmp_path / cache, timezone=timezone.utc)
            settings = replace(settings, **changes)
            filesystem = open_filesystem(lambda: make_account(sandbox, endpoint), settings)
            stack.callback(filesystem.close)
            return filesystem

        yield open_one


@pytest.fixture
def open_fs(sandbox: Sandbox, tmp_path: Path) -> Iterator[Open]:
    with opener(sandbox, tmp_path) as open_one:
        yield open_one


@pytest.fixture
def fs(open_fs: Open) -> FileSystem:
    return open_fs()


def names_in(fs: FileSystem, path: str) -> list[str]:
    return sorted(name for name, _ in fs.readdir(path))


def read(fs: FileSystem, path: str) -> bytes:
    handle = fs.open(path, os.O_RDONLY)
    try:
        size = fs.getattr(path, handle).size
        offsets = itertools.count(0, 65536)
        data = b"".join(iter(lambda: handle.read(65536, next(offsets)), b""))
        assert len(data) == size
        return data
    finally:
        handle.release()


def write(fs: FileSystem, path: str, data: bytes) -> None:
    handle = fs.create(path, os.O_WRONLY | os.O_CREAT)
    try:
        handle.write(data, 0)
        handle.flush()
    finally:
        handle.release()


@contextmanager
def refused(number: int) -> Iterator[None]:
    """The call inside answers with this errno."""
    with pytest.raises(VfsError) as caught:
        yield
    assert errno.errorcode[caught.value.number] == errno.errorcode[number], caught.value.reason
