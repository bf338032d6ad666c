"""Thousands of folders, archives, public folders, localised names: what is read, and in how many requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ewsfs.ews import Account, Configuration, Credentials, Folder, Message, errors
from ewsfs.ews.folders.permissions import Permission, PermissionSet, UserId
from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.store_folders import Folder as Stored

MANY = 2500


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "secret", "ben": "hidden"}, archives=True, public_folders=True) as running:
        yield running


@pytest.fixture(scope="module")
def large() -> Iterator[Sandbox]:
    """A mailbox with a folder "Projects", in it 50 folders with 49 in each."""
    with Sandbox(users={"ada": "secret"}) as running:
        top = running.store.folder("ada@example.test", "msgfolderroot")
        projects = make(running, top, "Projects")
        for number in range(50):
            below = make(running, projects, f"p{number:02}")
            for deeper in range(49):
                make(running, below, f"d{deeper:02}")
        yield running


def make(sandbox: Sandbox, parent: Stored, name: str) -> Stored:
    return sandbox.store.folders.create(parent.mailbox, parent.id, "Folder", "IPF.Note", name)


def connect(sandbox: Sandbox, name: str = "ada") -> Account:
    credentials = Credentials(name, {"ada": "secret", "ben": "hidden"}[name])
    return Account(
        sandbox.address(name), config=Configuration(service_endpoint=sandbox.endpoint, credentials=credentials)
    )


class Counter:
    """How many requests were made since."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._before = sandbox.calls.total()

    def __call__(self) -> int:
        made, self._before = self._sandbox.calls.total() - self._before, self._sandbox.calls.total()
        return made


def test_nothing_is_read_before_it_is_asked_for(large: Sandbox) -> None:
    account = connect(large)
    requests = Counter(large)
    folders = account.msg_folder_root.walk()
    assert requests() == 1  # the default folders
    assert next(folders).name == "Inbox"
    assert requests() == 3  # all folders, a thousand in a request
    assert sum(1 for _ in folders) == MANY + 12
    assert requests() == 0


def test_one_level_is_one_request(large: Sandbox) -> None:
    account = connect(large)
    top = account.msg_folder_root
    requests = Counter(large)
    projects = top / "Projects"
    assert requests() == 1
    assert [child.name for child in projects.children] == [f"p{number:02}" for number in range(50)]
    assert requests() == 1
    leaf = projects / "p07" / "d33"
    assert requests() == 1
    assert list(leaf.children) == []  # the server said that there is nothing in it
    assert leaf.parent == projects / "p07"
    assert requests() == 0
    assert leaf.absolute == "/root/Top of Information Store/Projects/p07/d33"
    assert requests() == 1  # the root
    assert leaf.root is account.root
    assert requests() == 0


def test_who_goes_through_all_of_it_level_by_level_does_not_pay_for_each(large: Sandbox) -> None:
    account = connect(large)
    requests = Counter(large)
    seen = 0
    waiting: list[Folder] = [account.root]
    while waiting:
        for child in waiting.pop().children:
            seen += 1
            assert isinstance(child, Folder)
            waiting.append(child)
    assert seen > MANY
    assert requests() <= 1 + 4 + 3


def test_a_pattern_costs_what_it_needs(large: Sandbox) -> None:
    account = connect(large)
    top = account.msg_folder_root
    requests = Counter(large)
    assert [folder.name for folder in top.glob("Proj*")] == ["Projects"]
    assert requests() == 1
    assert [folder.name for folder in top.glob("Projects/p0?")] == [f"p{number:02}" for number in range(10)]
    assert requests() == 1
    assert len(list(top.glob("Projects/*/d00"))) == 50
    assert requests() <= 6
    assert len(list(top.glob("**/d01"))) == 50
    assert requests() <= 3
    assert len((top / "Projects").tree().splitlines()) == MANY + 1
    assert requests() == 0


def test_the_tree_is_drawn_from_one_reading(large: Sandbox) -> None:
    projects = connect(large).msg_folder_root / "Projects"
    requests = Counter(large)
    assert len(projects.tree().splitlines()) == MANY + 1
    assert requests() == 3


def test_a_folder_by_its_id_knows_where_it_is(large: Sandbox) -> None:
    leaf_id = (connect(large).msg_folder_root / "Projects" / "p01" / "d02").folder_id or ""
    account = connect(large)
    requests = Counter(large)
    leaf = account.folder(leaf_id)
    assert leaf.parent is not None
    assert leaf.parent.name == "p01"
    assert [part.name for part in leaf.parts][1:] == ["p01", "Projects", "Top of Information Store", "root"]
    assert leaf.root is account.root
    assert requests() <= 6


def test_a_new_folder_shows_at_once_and_others_after_a_refresh(sandbox: Sandbox) -> None:
    account = connect(sandbox)
    assert [folder.name for folder in account.notes.children] == []
    Folder(parent=account.notes, name="mine").save()
    assert [folder.name for folder in account.notes.children] == ["mine"]
    make(sandbox, sandbox.store.folder("ada@example.test", "notes"), "other")
    assert [folder.name for folder in account.notes.children] == ["mine"]
    account.root.refresh()
    assert [folder.name for folder in account.notes.children] == ["mine", "other"]
    make(sandbox, sandbox.store.folder("ada@example.test", "journal"), "third")
    account.root.refresh()
    assert [folder.name for folder in account.msg_folder_root.glob("Journal/*")] == ["third"]
    for folder in (account.notes, account.journal):
        folder.empty(delete_sub_folders=True)


def test_default_folders_are_found_whatever_they_are_called() -> None:
    names = {
        "inbox": "Posteingang",
        "sentitems": "Gesendete Elemente",
        "calendar": "予定表",
        "deleteditems": "Удаленные",
    }
    with Sandbox(users={"ada": "secret"}) as running:
        for distinguished, name in names.items():
            folder = running.store.folder("ada@example.test", distinguished)
            running.store.folders.update(folder, name=name)
        account = connect(running)
        assert account.inbox.name == "Posteingang"
        assert (account.sent.name, account.calendar.name) == ("Gesendete Elemente", "予定表")
        message = Message(folder=account.inbox, subject="x").save()
        message.move_to_trash()
        assert account.trash.get(subject="x").subject == "x"
        assert account.inbox.absolute == "/root/Top of Information Store/Posteingang"
        assert account.msg_folder_root / "予定表" == account.calendar


def test_the_archive_is_a_tree_of_its_own(sandbox: Sandbox) -> None:
    account = connect(sandbox)
    archive = account.archive_root
    assert [folder.name for folder in archive.glob("*/*")] == ["Inbox", "Deleted Items", "Deletions"]
    inbox = account.default_folder("archiveinbox")
    assert inbox.parent == archive / "Top of Information Store"
    assert inbox.root is archive
    assert connect(sandbox).default_folder("archiveinbox").root == archive
    assert inbox not in list(account.root.walk())
    message = Message(folder=inbox, subject="old").save()
    assert inbox.get(subject="old").item_id == message.item_id
    year = Folder(parent=inbox, name="2024").save()
    message.move(year)
    assert year.absolute == "/root/Top of Information Store/Inbox/2024"
    assert [found.subject for found in archive.walk().filter(subject="old")] == ["old"]
    year.delete()
    archive.refresh()
    assert list(inbox.children) == []


def test_there_may_be_no_archive_and_no_public_folders(large: Sandbox) -> None:
    account = connect(large)
    with pytest.raises(errors.ErrorFolderNotFound):
        _ = account.archive_root
    with pytest.raises(errors.ErrorNoPublicFolderServerAvailable):
        _ = account.public_folders_root


def test_public_folders_are_everybodys_and_read_level_by_level(sandbox: Sandbox) -> None:
    account = connect(sandbox)
    public = account.public_folders_root
    team = Folder(parent=public, name="Team").save()
    plans = Folder(parent=team, name="Plans").save()
    Message(folder=plans, subject="for all").save()

    other = connect(sandbox, "ben")
    requests = Counter(sandbox)
    folders = other.public_folders_root.walk()
    assert [folder.name for folder in folders] == ["Team", "Plans"]
    assert requests() == 3  # the root, what is in it, what is in the one that has folders in it
    found = other.public_folders_root / "Team" / "Plans"
    assert found.get(subject="for all").subject == "for all"
    assert found.root is other.public_folders_root
    assert found.absolute == "/IPM_SUBTREE/Team/Plans"
    assert other.public_folders_root.tree() == "IPM_SUBTREE\n└── Team\n    └── Plans"
    assert found not in list(other.root.walk())
    team.delete()


def test_a_public_folder_by_its_id_is_read_level_by_level_too(sandbox: Sandbox) -> None:
    account = connect(sandbox)
    team = Folder(parent=account.public_folders_root, name="Team").save()
    Folder(parent=Folder(parent=team, name="a").save(), name="b").save()
    other = connect(sandbox, "ben").folder(team.folder_id or "")
    assert [folder.name for folder in other.walk()] == ["a", "b"]
    team.delete()


def test_a_shared_folder_is_the_top_of_what_may_be_seen(sandbox: Sandbox) -> None:
    boss = connect(sandbox)
    inbox = boss.inbox
    user = UserId(primary_smtp_address=sandbox.address("ben"))
    inbox.permission_set = PermissionSet(permissions=[Permission(user_id=user, permission_level="Reviewer")])
    inbox.save(update_fields=["permission_set"])
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=Credentials("ben", "hidden"))
    shared = Account(sandbox.address("ada"), config=config)
    assert shared.inbox.parent is None
    assert shared.inbox.root == shared.inbox
    assert shared.inbox.absolute == "/Inbox"
    assert list(shared.inbox.children) == []
