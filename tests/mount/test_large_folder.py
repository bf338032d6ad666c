"""A folder of 10,000 messages: what listing it asks of the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from ewsfs.sandbox.store import Store
from tests.filling import fill
from tests.mount.conftest import MakeMount
from tests.mount.driver import ADDRESS, Home, SandboxProcess, counted, tool
from tests.mount.logs import Checker

COUNT = 10_000


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory, checker: Checker) -> Iterator[SandboxProcess]:
    home = Home(tmp_path_factory.mktemp("large"))
    path = home.path / "store"
    with closing(Store(str(path))) as store:
        store.folders.ensure_mailbox(ADDRESS)
        root = store.folder(ADDRESS, "msgfolderroot").id
        folder = store.folders.create(ADDRESS, root, "Folder", "IPF.Note", "Large")
        fill(store, ADDRESS, folder.id, COUNT)
    sandbox = SandboxProcess(home, checker, "--store", str(path))
    try:
        yield sandbox
    finally:
        sandbox.stop()


def test_ls_of_ten_thousand_messages(large: SandboxProcess, make_any_mount: MakeMount) -> None:
    with make_any_mount(large, "--ttl", "3600").mounted() as mount:
        folder = mount.path / "Large"
        listed: list[str] = []
        first = counted(large.server, lambda: listed.extend(tool("ls", "-l", folder).splitlines()))
        assert sum(first.values()) < 11, first
        assert len(set(listed)) == COUNT + 1  # and the line with the total
        again: list[str] = []
        second = counted(large.server, lambda: again.extend(tool("ls", "-l", folder).splitlines()))
        assert second == {}
        assert again == listed
    # A later mount knows the names from its index. To know what has changed, the folder has to be walked once:
    # only that gives a sync state (EWS reference, "SyncFolderItems operation"). From then on, the changes alone.
    for most in (COUNT // 512 + 1, 1):
        with make_any_mount(large, "--ttl", "3600").mounted() as mount:
            large.server.reset_calls()
            assert tool("ls", "-l", mount.path / "Large").splitlines() == listed
            calls = large.calls()
            assert sum(calls.values()) <= most, calls
