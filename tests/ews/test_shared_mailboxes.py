"""The mailbox of somebody else, opened as a delegate: what an account does there never lands in one's own."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import timedelta

import pytest

from ewsfs.ews import (
    UTC,
    Account,
    Calendar,
    CalendarItem,
    Configuration,
    Contact,
    Credentials,
    DistinguishedFolderId,
    DistributionList,
    EWSDateTime,
    Folder,
    Mailbox,
    Message,
    PostItem,
    Task,
    errors,
)
from ewsfs.ews.folders.permissions import CalendarPermission, CalendarPermissionSet, Permission, PermissionSet, UserId
from ewsfs.ews.items import Item
from ewsfs.sandbox import Sandbox

TYPES = "{http://schemas.microsoft.com/exchange/services/2006/types}"
OWNED = ("inbox", "drafts", "calendar", "contacts", "tasks", "sentitems", "deleteditems")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"boss": "1", "ada": "2", "ben": "3"}) as running:
        yield running


def connect(sandbox: Sandbox, user: str, mailbox: str) -> Account:
    credentials = Credentials(user, {"boss": "1", "ada": "2", "ben": "3"}[user])
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=credentials)
    return Account(sandbox.address(mailbox), config=config)


@pytest.fixture
def shared(sandbox: Sandbox) -> Account:
    """The mailbox of the boss as Ada sees it, who may do everything there."""
    boss = connect(sandbox, "boss", "boss")
    for name in OWNED:
        folder = boss.default_folder(name)
        user = UserId(primary_smtp_address=sandbox.address("ada"))
        share(folder, user)
    return connect(sandbox, "ada", "boss")


def share(folder: object, user: UserId) -> None:
    if isinstance(folder, Calendar):
        folder.calendar_permission_set = CalendarPermissionSet(
            permissions=[CalendarPermission(user_id=user, calendar_permission_level="Editor")]
        )
        folder.save(update_fields=["calendar_permission_set"])
    elif isinstance(folder, Folder):
        folder.permission_set = PermissionSet(permissions=[Permission(user_id=user, permission_level="Editor")])
        folder.save(update_fields=["permission_set"])


@pytest.fixture
def named(sandbox: Sandbox) -> list[tuple[str, str | None]]:
    """The default folders that requests named from now on, each with its owner."""
    seen: list[tuple[str, str | None]] = []

    def observe(name: str, request: bytes, reply: bytes) -> None:
        for element in ET.fromstring(request).iter(f"{TYPES}DistinguishedFolderId"):  # noqa: S314 - our own request
            seen.append((element.get("Id", ""), element.findtext(f"{TYPES}Mailbox/{TYPES}EmailAddress")))

    sandbox.observers.append(observe)
    return seen


def counts(sandbox: Sandbox, user: str) -> dict[str, int]:
    account = connect(sandbox, user, user)
    return {name: account.default_folder(name).all().count() for name in OWNED}


@pytest.mark.parametrize(
    ("item", "home"),
    [
        (Message(subject="x"), "drafts"),
        (CalendarItem(subject="x"), "calendar"),
        (Contact(display_name="x"), "contacts"),
        (DistributionList(display_name="x"), "contacts"),
        (Task(subject="x"), "tasks"),
        (PostItem(subject="x"), "inbox"),
    ],
    ids=lambda value: value.ELEMENT if isinstance(value, Item) else value,
)
def test_an_item_without_a_folder_gets_home_in_the_mailbox_of_the_account(
    sandbox: Sandbox, shared: Account, item: Item, home: str
) -> None:
    item = item.clone()
    item.account = shared
    item.save()
    assert counts(sandbox, "boss") == {name: int(name == home) for name in OWNED}
    assert sum(counts(sandbox, "ada").values()) == 0


def test_many_kinds_at_once_each_go_home_and_stay_in_order(sandbox: Sandbox, shared: Account) -> None:
    items = [Message(subject="1"), Message(subject="2"), Task(subject="3"), Message(subject="4"), CalendarItem()]
    results = shared.bulk_create(items=items)
    assert results == [(item.item_id, item.changekey) for item in items]
    assert counts(sandbox, "boss") | {"drafts": 3, "tasks": 1, "calendar": 1} == counts(sandbox, "boss")
    assert sum(counts(sandbox, "ada").values()) == 0


def test_copies_of_what_is_sent_stay_there_too(sandbox: Sandbox, shared: Account) -> None:
    boss = connect(sandbox, "boss", "boss")
    Message(account=shared, subject="sent", to_recipients=["ben@example.test"]).send_and_save()
    Message(account=shared, subject="gone", to_recipients=["ben@example.test"]).send()
    draft = Message(account=shared, subject="draft", to_recipients=["ben@example.test"]).save()
    shared.bulk_send([draft])
    Message(account=connect(sandbox, "ben", "ben"), subject="question", to_recipients=["boss@example.test"]).send()
    shared.inbox.get(subject="question").reply(subject="answer", body="yes")
    assert {message.subject for message in boss.sent.all()} == {"sent", "draft", "answer"}
    assert sum(counts(sandbox, "ada").values()) == 0
    assert connect(sandbox, "ben", "ben").inbox.all().count() == 4


def test_every_default_folder_is_named_with_its_owner(
    sandbox: Sandbox, shared: Account, named: list[tuple[str, str | None]]
) -> None:
    moment = UTC.localize(EWSDateTime(2026, 3, 1, 10))
    shared.bulk_create(
        DistinguishedFolderId("calendar"), [CalendarItem(subject="x", start=moment, end=moment + timedelta(hours=1))]
    )
    message = Message(account=shared, subject="x").save()
    shared.bulk_copy([message], DistinguishedFolderId("inbox"))
    message.move_to_trash()
    list(shared.get_folders(["inbox", DistinguishedFolderId("tasks")]))
    assert list(shared.calendar.view(moment, moment + timedelta(days=1)))
    list(shared.inbox.sync_items())
    with pytest.raises(errors.EWSError):  # the root is nobody's but the owner's
        list(shared.sync_hierarchy())
    with pytest.raises(errors.EWSError):
        _ = shared.root
    assert {owner for _, owner in named} == {"boss@example.test"}
    assert {name for name, _ in named} >= {"inbox", "calendar", "drafts", "msgfolderroot", "root", "tasks"}


def test_a_folder_that_names_its_owner_is_taken_at_its_word(
    sandbox: Sandbox, named: list[tuple[str, str | None]]
) -> None:
    account = connect(sandbox, "ada", "ada")
    theirs = DistinguishedFolderId("inbox", mailbox=Mailbox(email_address="boss@example.test"))
    [found] = account.get_folders([theirs])
    assert isinstance(found, errors.EWSError)
    assert named == [("inbox", "boss@example.test")]
