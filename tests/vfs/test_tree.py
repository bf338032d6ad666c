"""Folders as directories: names, parents, cycles, and what a sync changes."""

from __future__ import annotations

from ewsfs.vfs import names
from ewsfs.vfs.known.tree import FolderTree
from ewsfs.vfs.model import RemoteFolder


def folder(folder_id: str, name: str, parent: str = "root", given: str | None = None) -> RemoteFolder:
    return RemoteFolder(folder_id, "k", parent, name, "IPF.Note", given)


def tree(*folders: RemoteFolder, distinguished: dict[str, str] | None = None) -> FolderTree:
    made = FolderTree("root", distinguished or {})
    made.merge(folders)
    return made


def test_a_folder_is_found_below_its_parent() -> None:
    made = tree(folder("p", "Projects"), folder("a", "Alpha", "p"))
    found = made.child("p", "Alpha")
    assert found is not None
    assert found.id == "a"
    assert made.child("root", "Alpha") is None


def test_names_that_differ_in_case_alone_are_told_apart_and_default_folders_come_first() -> None:
    made = tree(folder("a", "INBOX"), folder("z", "Inbox"), distinguished={"z": "inbox"})
    assert {f.name for f in made.children("root")} == {"Inbox", f"INBOX ~{names.short_hash('a')}"}


def test_a_hostile_name_stays_inside_its_directory() -> None:
    made = tree(folder("a", "../../x"), folder("b", ".."), folder("c", ""))
    for found in made.children("root"):
        assert "/" not in found.name
        assert not found.name.startswith(".")


def test_the_control_folders_name_is_not_given_away() -> None:
    made = tree(folder("a", "x", given=".ewsfs"))
    assert made.child("root", ".ewsfs") is None


def test_a_moved_folder_leaves_its_old_place() -> None:
    made = tree(folder("p", "P"), folder("a", "A"))
    made.merge([folder("a", "A", "p")])
    assert made.child("root", "A") is None
    assert made.child("p", "A") is not None


def test_removing_a_folder_removes_what_is_below_it() -> None:
    made = tree(folder("p", "P"), folder("a", "A", "p"), folder("b", "B", "a"))
    assert set(made.remove("p")) == {"p", "a", "b"}
    assert made.get("b") is None


def test_a_cycle_ends() -> None:
    made = tree(folder("a", "A", "b"), folder("b", "B", "a"))
    assert set(made.ancestors("a")) == {"a", "b"}
    assert set(made.descendants("a")) == {"b"}
    assert made.children("root") == []


def test_merging_the_same_again_changes_nothing() -> None:
    made = tree(folder("a", "A"), folder("b", "a"))
    assert made.merge([folder("b", "a"), folder("a", "A")]) == []
