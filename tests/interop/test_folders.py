"""Folders: the tree, finding in it, and changing it."""

from __future__ import annotations

import pytest
from exchangelib import Account, ExtendedProperty, Folder, FolderCollection, Message
from exchangelib.errors import ErrorDeleteDistinguishedFolder, ErrorFolderExists, ErrorFolderNotFound
from exchangelib.folders import Calendar, Contacts, Inbox, Messages, SingleFolderQuerySet, Tasks


def names(folder: Folder) -> list[str]:
    return sorted(child.name for child in folder.children)


@pytest.fixture
def tree(account: Account) -> Folder:
    """Inbox/Projects with two folders below, one of them with one below."""
    projects = Messages(parent=account.inbox, name="Projects").save()
    north = Messages(parent=projects, name="North").save()
    Messages(parent=north, name="Sensors").save()
    Messages(parent=projects, name="South").save()
    return projects


def test_the_default_folders_are_found_by_their_kind(account: Account) -> None:
    assert isinstance(account.inbox, Inbox)
    assert isinstance(account.calendar, Calendar)
    assert isinstance(account.contacts, Contacts)
    assert isinstance(account.tasks, Tasks)
    found = [account.drafts, account.sent, account.trash, account.junk, account.outbox]
    assert [folder.name for folder in found] == ["Drafts", "Sent Items", "Deleted Items", "Junk Email", "Outbox"]
    assert [folder.total_count for folder in found] == [0, 0, 0, 0, 0]


def test_children_walk_and_tree_agree(account: Account, tree: Folder) -> None:
    assert names(tree) == ["North", "South"]
    assert sorted(folder.name for folder in tree.walk()) == ["North", "Sensors", "South"]
    assert tree.tree().splitlines() == ["Projects", "├── North", "│   └── Sensors", "└── South"]
    tree.refresh()
    assert tree.child_folder_count == 2
    assert account.inbox.absolute == "/root/Top of Information Store/Inbox"


def test_glob_and_division_find_folders(account: Account, tree: Folder) -> None:
    inbox = account.inbox
    assert [folder.name for folder in inbox.glob("Pro*")] == ["Projects"]
    assert sorted(folder.name for folder in inbox.glob("*/*th")) == ["North", "South"]
    assert [folder.name for folder in inbox.glob("**/Sensors")] == ["Sensors"]
    sensors = inbox / "Projects" / "North" / "Sensors"
    assert [part.name for part in sensors.parts][-4:] == ["Inbox", "Projects", "North", "Sensors"]
    with pytest.raises(ErrorFolderNotFound):
        _ = inbox / "Projects" / "West"


def test_a_folder_is_renamed(account: Account, tree: Folder) -> None:
    before = tree.changekey
    tree.name = "Old projects / 2025"
    tree.save()
    assert tree.changekey != before
    account.root.clear_cache()
    assert "Old projects / 2025" in names(account.inbox)


def test_a_folder_is_moved_and_keeps_its_id(account: Account, tree: Folder) -> None:
    north = tree / "North"
    before = north.id
    north.move(to_folder=account.drafts)
    account.root.clear_cache()
    moved = account.drafts / "North"
    assert moved.id == before
    assert names(moved) == ["Sensors"]


def test_a_folder_is_deleted_with_what_is_below(account: Account, tree: Folder) -> None:
    north = tree / "North"
    tree.delete()
    account.root.clear_cache()
    assert names(account.inbox) == []
    with pytest.raises(ErrorFolderNotFound):
        north.refresh()


def test_a_folder_is_emptied(account: Account, tree: Folder) -> None:
    for number in range(3):
        Message(account=account, folder=tree, subject=f"Message {number}").save()
    tree.empty()
    assert tree.all().count() == 0
    assert names(tree) == ["North", "South"]
    tree.empty(delete_sub_folders=True)
    account.root.clear_cache()
    assert names(account.inbox / "Projects") == []


def test_wipe_leaves_nothing(account: Account, tree: Folder) -> None:
    Message(account=account, folder=tree / "North", subject="deep").save()
    tree.wipe()
    account.root.clear_cache()
    assert names(account.inbox / "Projects") == []


def test_a_folder_is_made_of_its_own_kind(account: Account) -> None:
    folder = Calendar(parent=account.calendar, name="Duty").save()
    account.root.clear_cache()
    found = account.calendar / "Duty"
    assert isinstance(found, Calendar)
    assert found.id == folder.id
    assert found.folder_class == "IPF.Appointment"


def test_two_folders_of_one_name_are_refused(account: Account, tree: Folder) -> None:
    with pytest.raises(ErrorFolderExists):
        Messages(parent=account.inbox, name="projects").save()


def test_a_default_folder_stays(account: Account) -> None:
    with pytest.raises(ErrorDeleteDistinguishedFolder):
        account.sent.delete()


def test_counters_follow_the_items(account: Account, tree: Folder) -> None:
    Message(account=account, folder=tree, subject="unread", is_read=False).save()
    Message(account=account, folder=tree, subject="read", is_read=True).save()
    tree.refresh()
    assert (tree.total_count, tree.unread_count) == (2, 1)


def test_a_folder_query_filters(account: Account, tree: Folder) -> None:
    query = FolderCollection(account=account, folders=[account.inbox])
    found = {folder.name for folder in query.find_folders()}
    assert {"Projects", "North", "South", "Sensors"} <= found
    one = SingleFolderQuerySet(account=account, folder=tree).get(name="South")
    assert one.name == "South"
    assert tree.all().exists() is False


def test_a_folder_carries_an_extended_property(account: Account, tree: Folder) -> None:
    class Colour(ExtendedProperty):  # type: ignore[misc]  # the library has no types
        property_set_id = "d0ad341d-3479-4c0b-9d1f-0f1f6f0c6a01"
        property_name = "Colour"
        property_type = "String"

    Folder.register("colour", Colour)
    try:
        folder = Messages(parent=tree, name="Blue", colour="#1f5da0").save()
        folder.refresh()
        assert folder.colour == "#1f5da0"
        folder.colour = "#a01f1f"
        folder.save(update_fields=["colour"])
        account.root.clear_cache()
        assert (account.inbox / "Projects" / "Blue").colour == "#a01f1f"
    finally:
        Folder.deregister("colour")


def test_a_folder_says_its_size(account: Account, tree: Folder) -> None:
    class FolderSize(ExtendedProperty):  # type: ignore[misc]  # the library has no types
        property_tag = 0x0E08
        property_type = "Integer"

    Message(account=account, folder=tree, subject="some bytes", body="x" * 3000).save()
    Folder.register("size", FolderSize)
    try:
        tree.refresh()
        assert tree.size > 3000
    finally:
        Folder.deregister("size")
