"""The index remembers, and starts anew when it can't."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ewsfs.vfs.known.index import Index
from ewsfs.vfs.model import Attachment, Entry, Folder, Kind

FOLDER = Folder("f1", "k", "root", "Inbox", "IPF.Note", "inbox")


def entry(item_id: str, name: str = "a.eml", **changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "change_key": "k", "kind": Kind.MAIL, "size": 5, "exact": True, "mtime_ns": 1, "ctime_ns": 2,
        "has_attachments": False, "is_read": True, "given": True,
    }  # fmt: skip
    return Entry(id=item_id, name=name, **{**fields, **changes})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite3"


@pytest.fixture
def index(path: Path) -> Iterator[Index]:
    with closing(Index(path)) as made:
        made.save_folders([FOLDER], [], "state-1")
        yield made


def test_everything_is_there_after_a_restart(index: Index, path: Path) -> None:
    index.save_entries("f1", [entry("a"), entry("b", "b.eml")], sync_state="s", listed=True)
    index.set("root", "r")
    index.close()
    with closing(Index(path)) as again:
        assert again.folders() == [FOLDER]
        assert {e.id: e for e in again.entries("f1")} == {"a": entry("a"), "b": entry("b", "b.eml")}
        assert again.folder_state("f1") == (True, "s")
        assert (again.get("root"), again.get("hierarchy"), again.get("other")) == ("r", "state-1", None)


def test_ids_are_case_sensitive(index: Index) -> None:
    index.save_entries("f1", [entry("AAA", "a.eml"), entry("aaa", "b.eml")])
    index.save_entries("f1", [], ["AAA"])
    assert [e.id for e in index.entries("f1")] == ["aaa"]


def test_a_folder_that_goes_takes_its_items_along(index: Index) -> None:
    index.save_entries("f1", [entry("a")])
    index.save_folders([], ["f1"], "state-2")
    assert index.folders() == []
    assert index.entries("f1") == []


def test_a_folder_that_changes_keeps_its_items_and_its_state(index: Index) -> None:
    index.save_entries("f1", [entry("a")], sync_state="s", listed=True)
    index.save_folders([Folder("f1", "k2", "root", "Inbox", "IPF.Note", "inbox")], [], "state-2")
    assert index.folder_state("f1") == (True, "s")
    assert len(index.entries("f1")) == 1


def test_attachments_are_known_at_one_change_key_only(index: Index) -> None:
    attached = [Attachment("x.pdf", 3, True, False, False, 0, None)]
    assert index.attachments("a", "k1") is None
    index.save_attachments("a", "k1", attached)
    assert index.attachments("a", "k1") == attached
    assert index.attachments("a", "k2") is None
    index.save_attachments("a", "k2", [])
    assert index.attachments("a", "k2") == []


def test_a_damaged_file_is_made_anew(path: Path) -> None:
    path.write_bytes(b"this is not a database, " * 1000)
    with closing(Index(path)) as index:
        index.set("a", "b")
        assert index.get("a") == "b"


def test_a_torn_file_is_made_anew(index: Index, path: Path) -> None:
    index.save_entries("f1", [entry(f"id{n}", f"{n}.eml") for n in range(2000)], listed=True)
    index.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288 : len(whole) // 2])
    with closing(Index(path)) as again:
        assert again.folder_state("f1") == (False, None)


def test_another_version_is_made_anew(index: Index, path: Path) -> None:
    index.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with closing(Index(path)) as again:
        assert again.folders() == []
