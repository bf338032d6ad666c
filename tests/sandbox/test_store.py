"""The store: transactions, what survives kill -9, many threads at once."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ewsfs.sandbox import Sandbox, SandboxError
from ewsfs.sandbox.model import Draft, new_properties
from ewsfs.sandbox.store import Store
from tests.sandbox.client import Client

OWNER = "ada@example.test"


def draft() -> Draft:
    return Draft("Message", new_properties("Message"))


def _fail(store: Store, work: Callable[[], object]) -> None:
    """A transaction that does some work and then fails."""

    def whole() -> None:
        with store.transaction():
            work()
            raise KeyError

    with pytest.raises(KeyError):
        whole()


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store()) as made:
        made.folders.ensure_mailbox(OWNER)
        yield made


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    inbox = store.folder(OWNER, "inbox")
    last = store.events.last
    _fail(store, lambda: store.items.add(draft().item(folder_id=inbox.id), OWNER))
    assert store.items.count(inbox.id) == 0
    assert store.events.last == last
    store.close()


def test_a_nested_transaction_is_part_of_the_outer_one(store: Store) -> None:
    inbox = store.folder(OWNER, "inbox")

    def add() -> None:
        with store.transaction():
            store.items.add(draft().item(folder_id=inbox.id), OWNER)

    _fail(store, add)
    assert store.items.count(inbox.id) == 0
    store.close()


def test_a_rolled_back_change_is_not_in_the_cache(store: Store) -> None:
    inbox = store.folder(OWNER, "inbox")
    item = store.items.add(draft().item(folder_id=inbox.id), OWNER)
    spoiled = item.copy()
    spoiled.properties.set("spoiled", "yes")
    _fail(store, lambda: store.items.update(spoiled))
    changed = item.copy()
    changed.properties.set("kept", "yes")
    store.items.update(changed)
    kept = store.items.get(item.id)
    assert kept is not None
    assert (kept.properties.get("spoiled"), kept.properties.get("kept")) == (None, "yes")
    store.close()


def test_another_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE x (y)")
    connection.close()
    with pytest.raises(SandboxError):
        Store(str(path))
    (tmp_path / "text").write_text("no database at all, but long enough to be looked at" * 50)
    with pytest.raises(SandboxError):
        Store(str(tmp_path / "text"))


CHILD = """
import sys
from ewsfs.sandbox import Sandbox
with Sandbox(store=sys.argv[1], auth=["basic"]) as sandbox:
    print(sandbox.endpoint, flush=True)
    sys.stdin.read()
"""


def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    path = str(tmp_path / "store.sqlite")
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, path], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        endpoint = child.stdout.readline().strip()

        class Remote(Sandbox):
            @property
            def endpoint(self) -> str:
                return endpoint

        client = Client(Remote())
        kept = [client.message(str(number))[0] for number in range(20)]
        os.kill(child.pid, signal.SIGKILL)
        client.session.close()
    with Sandbox(store=path) as sandbox:
        client = Client(sandbox)
        assert len(client.subjects()) == len(kept)
        for item in kept:
            client.get(item, "IdOnly")
        client.session.close()


def test_many_threads_at_once(sandbox: Sandbox) -> None:
    def work(number: int) -> int:
        client = Client(sandbox)
        for turn in range(5):
            client.message(f"{number} {turn}")
            client.subjects()
        client.session.close()
        return number

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(work, range(12))) == list(range(12))
    client = Client(sandbox)
    assert len(client.subjects()) == 60
    client.session.close()
