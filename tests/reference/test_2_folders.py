"""Folders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ewsfs.ews import Account, Calendar, Folder, Message, Messages, errors
from ewsfs.sandbox import Sandbox


@pytest.fixture
def some_folder(account: Account) -> Iterator[Folder]:
    above = Folder(parent=account.inbox, name="some folder")
    above.save()
    for name in ("foo", "foobar", "bar"):
        below = Folder(parent=above, name=name).save()
        Folder(parent=below, name="foo").save()
    yield above
    above.delete()


def test_navigation(account: Account, some_folder: Folder) -> None:
    assert some_folder.parent == account.inbox
    top = some_folder.parent.parent if some_folder.parent else None
    assert top is not None
    assert top.parent == account.root
    assert some_folder.root == account.root
    assert [child.name for child in some_folder.children] == ["foo", "foobar", "bar"]
    assert some_folder.absolute == "/root/Top of Information Store/Inbox/some folder"
    assert [folder.name for folder in some_folder.walk()] == ["foo", "foo", "foobar", "foo", "bar", "foo"]
    assert [part.name for part in some_folder.parts][:2] == ["some folder", "Inbox"]


def test_globbing(some_folder: Folder) -> None:
    assert [folder.name for folder in some_folder.glob("foo*")] == ["foo", "foobar"]
    assert [folder.name for folder in some_folder.glob("?ar")] == ["bar"]
    assert [folder.parts[1].name for folder in some_folder.glob("*/foo")] == ["foo", "foobar", "bar"]
    assert len(list(some_folder.glob("**/foo"))) == 4
    assert len(list(some_folder.glob("**"))) == 6


def test_paths(some_folder: Folder) -> None:
    leaf = some_folder / "foobar" / "foo"
    assert leaf.absolute.endswith("/some folder/foobar/foo")
    with pytest.raises(errors.ErrorFolderNotFound):
        some_folder / "nowhere"


def test_tree(some_folder: Folder) -> None:
    assert some_folder.tree() == ("some folder\n├── foo\n│   └── foo\n├── foobar\n│   └── foo\n└── bar\n    └── foo")


def test_counters(account: Account, some_folder: Folder) -> None:
    account.inbox.refresh()
    assert (account.inbox.total_count, account.inbox.unread_count) == (0, 0)
    assert account.inbox.child_folder_count == 1
    Message(folder=account.inbox, subject="one").save()
    assert account.inbox.total_count == 0
    account.inbox.refresh()
    assert account.inbox.total_count == 1


def test_the_structure_is_kept_until_the_root_is_refreshed(account: Account, sandbox: Sandbox) -> None:
    list(account.root.walk())
    before = sandbox.calls.count("FindFolder")
    list(account.root.walk())
    assert sandbox.calls.count("FindFolder") == before
    account.root.refresh()
    list(account.root.walk())
    assert sandbox.calls.count("FindFolder") == before + 1


def test_creating_updating_and_deleting(account: Account) -> None:
    f = Folder(parent=account.inbox, name="My New Folder")
    f.save()
    f.name = "My New Subfolder"
    f.save()
    assert [child.name for child in account.inbox.children] == ["My New Subfolder"]
    f.delete()
    assert list(account.inbox.children) == []


def test_moving_and_emptying(account: Account) -> None:
    one = Folder(parent=account.inbox, name="one").save()
    two = Folder(parent=account.inbox, name="two").save()
    two.move(one)
    assert (account.inbox / "one" / "two").folder_id == two.folder_id
    Message(folder=two, subject="x").save()
    two.empty()
    assert two.all().count() == 0
    one.delete()


def test_folders_by_class(account: Account) -> None:
    other = Calendar(parent=account.calendar, name="Other").save()
    assert {folder.name for folder in account.folders[Calendar]} == {"Calendar", "Other"}
    assert account.inbox in account.folders[Messages]
    other.delete()
