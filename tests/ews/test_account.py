"""The account against the sandbox: what the filesystem and other programs ask of it, and how many requests that is."""

from __future__ import annotations

import itertools
import threading
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
    Contacts,
    Credentials,
    DistributionList,
    EWSDateTime,
    EWSTimeZone,
    FileAttachment,
    Folder,
    Message,
    Messages,
    Task,
    Tasks,
    errors,
)
from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.indexed import PhoneNumber, PhysicalAddress
from ewsfs.ews.properties import DistinguishedFolderId, FolderId, Member
from ewsfs.sandbox import Sandbox
from tests.filling import fill


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "secret", "ben": "hidden"}) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"))
    return Account(sandbox.address("ada"), config=config)


@pytest.fixture
def folder(account: Account) -> Iterator[BaseFolder]:
    made = Folder(parent=account.inbox, name="folder").save()
    yield made
    made.delete()


def filled(folder: BaseFolder, count: int) -> list[Message]:
    items = [Message(subject=f"{number:05}") for number in range(count)]
    folder.bulk_create(items)
    return items


# -- folders -------------------------------------------------------------------------------------------


def test_folders_in_one_request(account: Account, sandbox: Sandbox) -> None:
    before = sandbox.calls.total()
    asked: list[str | DistinguishedFolderId] = ["inbox", DistinguishedFolderId("calendar"), "archiveinbox", "tasks"]
    found = list(account.get_folders(asked, only_fields=["name"]))
    assert sandbox.calls.total() == before + 1
    assert [type(one) for one in found][:2] == [Messages, Calendar]
    assert isinstance(found[2], errors.EWSError)
    assert type(found[3]) is Tasks
    assert isinstance(found[0], BaseFolder)
    assert found[0].name == "Inbox"
    assert found[0].total_count is None


def test_a_folder_by_its_id_costs_nothing(account: Account, sandbox: Sandbox) -> None:
    inbox_id = account.inbox.folder_id or ""
    before = sandbox.calls.total()
    same = account.folder(inbox_id, folder_class="IPF.Note")
    assert isinstance(same, Messages)
    assert isinstance(account.folder("x", folder_class="IPF.Appointment.Birthday"), Calendar)
    assert isinstance(account.folder("x", folder_class="IPF.Contact.GalContacts"), Contacts)
    assert isinstance(account.folder("x", folder_class="IPF.Task"), Tasks)
    assert type(account.folder("x")) is type(account.folder("x", folder_class="IPF.Notebook")) is Folder
    assert sandbox.calls.total() == before
    assert same.all().count() == account.inbox.total_count
    assert list(account.get_folders([FolderId(inbox_id)])) == [account.inbox]


def test_default_folders_together_in_one_request(account: Account, sandbox: Sandbox) -> None:
    before = sandbox.calls.total()
    assert [account.inbox.name, account.sent.name, account.calendar.name] == ["Inbox", "Sent Items", "Calendar"]
    assert sandbox.calls.total() == before + 1


def test_subfolders_of_every_class(account: Account, folder: BaseFolder) -> None:
    for folder_class, kind in (
        ("IPF.Appointment", Calendar),
        ("IPF.Contact", Contacts),
        ("IPF.Task", Tasks),
        ("IPF.Note", Messages),
        ("IPF.Imap", Folder),
    ):
        made = folder.create_subfolder(folder_class, folder_class=folder_class)
        found = next(iter(account.get_folders([made.folder_id or ""])))
        assert type(found) is kind
        assert isinstance(found, BaseFolder)
        assert found.folder_class == folder_class
        assert made.parent == folder


def test_saving_a_folder_that_is_known_by_its_id_alone(account: Account, folder: BaseFolder, sandbox: Sandbox) -> None:
    same = account.folder(folder.folder_id or "", folder.changekey)
    same.name = "renamed"
    before = sandbox.calls.total()
    same.save(update_fields=["name"])
    assert sandbox.calls.total() == before + 1
    assert same.changekey != folder.changekey
    assert folder.refresh().name == "renamed"


def test_a_folder_cannot_be_there_twice(account: Account, folder: BaseFolder) -> None:
    folder.create_subfolder("one")
    with pytest.raises(errors.ErrorFolderExists):
        folder.create_subfolder("one")


def test_the_tree_is_synced(account: Account, folder: BaseFolder) -> None:
    sync = account.sync_hierarchy(only_fields=["name", "parent_folder_id"])
    first = list(sync)
    assert {change.kind for change in first} == {"create"}
    assert folder.folder_id in {change.folder.folder_id for change in first}
    below = folder.create_subfolder("below")
    folder.name = "other"
    folder.save()
    again = account.sync_hierarchy(sync.sync_state, only_fields=["name"])
    assert {(change.kind, change.folder.name) for change in again} == {("create", "below"), ("update", "other")}
    gone = below.folder_id
    below.delete()
    last = account.sync_hierarchy(again.sync_state)
    assert [(change.kind, change.folder.folder_id) for change in last if change.kind == "delete"] == [("delete", gone)]
    with pytest.raises(errors.ErrorInvalidSyncStateData):
        list(account.sync_hierarchy("nonsense"))


# -- items ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1000, 1), (1001, 2), (2500, 3)])
def test_a_listing_costs_a_request_a_thousand(
    count: int, requests: int, account: Account, folder: BaseFolder, sandbox: Sandbox
) -> None:
    fill(sandbox.store, sandbox.address("ada"), str(folder.folder_id), count)
    before = sandbox.calls.total()
    found = [item.subject for item in folder.all().only("subject", "start", "display_name").iterator()]
    assert sandbox.calls.total() == before + requests
    assert sorted(found, key=str) == sorted(f"Number {number}" for number in range(count))


def test_mail_comes_and_goes_while_a_folder_is_read(account: Account, folder: BaseFolder) -> None:
    items = filled(folder, 300)
    stay = {item.item_id for item in items[::2]}
    go = items[1::2]
    done = threading.Event()

    def traffic() -> None:
        for item in go:
            if done.is_set():
                return
            account.bulk_delete([item])
            Message(folder=folder, subject="new").save()
            Message(folder=folder, subject="newer").save()

    thread = threading.Thread(target=traffic)
    thread.start()
    try:
        wanted = folder.all().only("subject")
        wanted.page_size = 20
        for _ in range(3):
            found = [item.item_id for item in wanted.iterator()]
            assert len(found) == len(set(found))
            assert stay <= set(found)
    finally:
        done.set()
        thread.join()


def test_items_are_synced(account: Account, folder: BaseFolder, sandbox: Sandbox) -> None:
    one, two, three = filled(folder, 3)
    sync = folder.sync_items(only_fields=["subject"], max_changes=2)
    assert [(c.kind, c.item.subject) for c in sync] == [("create", f"{n:05}") for n in range(3)]
    assert sync.sync_state
    one.subject = "changed"
    one.save()
    two.delete()
    three.is_read = not three.is_read
    three.save()
    changes = {c.kind: c for c in folder.sync_items(sync.sync_state, only_fields=["subject", "body"])}
    assert changes["update"].item.subject == "changed"
    assert changes["delete"].item.item_id is not None
    assert changes["read_flag_change"].is_read is three.is_read
    assert changes["read_flag_change"].item.item_id == three.item_id
    with pytest.raises(errors.ErrorInvalidSyncStateData):
        list(folder.sync_items("nonsense"))


def test_the_state_of_a_sync_moves_with_its_pages(folder: BaseFolder) -> None:
    filled(folder, 3)
    sync = folder.sync_items(max_changes=2)
    changes = iter(sync)
    next(changes)
    states = [sync.sync_state]
    assert len(list(itertools.islice(changes, 2))) == 2
    states.append(sync.sync_state)
    assert states[0] is None
    assert len(list(folder.sync_items(states[1]))) == 1


def test_fetching_by_ids(account: Account, folder: BaseFolder, sandbox: Sandbox) -> None:
    items = filled(folder, 3)
    ids = [items[0].item_id, (items[1].item_id, items[1].changekey), items[2]]
    found = list(account.fetch(ids, only_fields=["subject"]))
    assert [item.subject for item in found] == ["00000", "00001", "00002"]
    mime = next(iter(account.fetch([items[0]], only_fields=["mime_content"])))
    assert b"00000" in mime.mime_content
    assert mime.changekey == items[0].changekey
    with pytest.raises(ValueError, match="'nothing'"):
        account.fetch(ids, only_fields=["nothing"])
    with pytest.raises(TypeError, match="the id of one"):
        list(account.fetch([3.14]))


def test_a_message_from_mime_comes_back_as_it_was(account: Account, folder: BaseFolder) -> None:
    mime = b"Subject: =?utf-8?q?=C3=A6?=\r\nFrom: a@example.com\r\n\r\nText\r\n"
    message = Message(folder=folder, mime_content=mime).save()
    assert message.item_id
    found = next(iter(account.fetch([message], only_fields=["mime_content", "subject"])))
    assert (found.mime_content, found.subject) == (mime, "æ")


def test_changes_are_told_apart(folder: BaseFolder) -> None:
    message = Message(folder=folder, subject="one", categories=["a"]).save()
    first, second = folder.get(subject="one"), folder.get(subject="one")
    first.categories.append("b")
    first.save()
    second.importance = "High"
    second.save()  # another property than the other change: both are kept
    message.refresh()
    assert (message.categories, message.importance) == (["a", "b"], "High")
    first.subject = "two"
    with pytest.raises(errors.ErrorIrresolvableConflict):
        first.save(conflict_resolution="NeverOverwrite")
    first.refresh()
    first.importance = "Low"
    first.save()
    second.importance = "Normal"
    second.changekey = message.changekey
    with pytest.raises(errors.ErrorIrresolvableConflict):
        second.save()
    second.save(conflict_resolution="AlwaysOverwrite")
    assert message.refresh().importance == "Normal"


def test_saving_what_was_not_changed_costs_nothing(folder: BaseFolder, sandbox: Sandbox) -> None:
    message = Message(folder=folder, subject="one").save()
    before = sandbox.calls.total()
    message.save()
    folder.get(subject="one").save()
    assert sandbox.calls.total() == before + 2  # those of get()


def test_a_field_is_emptied(folder: BaseFolder) -> None:
    message = Message(folder=folder, subject="one", categories=["a"], body="text").save()
    message.categories = []
    message.subject = None
    message.save()
    message.refresh()
    assert (message.categories, message.subject or "") == ([], "")


def test_labelled_values_are_changed_one_by_one(account: Account) -> None:
    contact = Contact(
        folder=account.contacts,
        display_name="x",
        phone_numbers={"CarPhone": "1", "HomePhone": "2"},
        email_addresses={"EmailAddress1": "a@example.com", "EmailAddress2": "b@example.com"},
        physical_addresses=[PhysicalAddress(label="Home", street="S", city="C")],
    ).save()
    contact = next(iter(account.fetch([contact])))
    contact.phone_numbers["CarPhone"].phone_number = "3"
    contact.phone_numbers.append(PhoneNumber(label="Pager", phone_number="4"))
    contact.email_addresses = {"EmailAddress2": "b@example.com"}
    contact.physical_addresses["Home"].city = None
    contact.physical_addresses["Home"].zipcode = "Z"
    assert contact.changed_fields == ["email_addresses", "physical_addresses", "phone_numbers"]
    contact.save()
    contact.refresh()
    assert {p.label: p.phone_number for p in contact.phone_numbers} == {"CarPhone": "3", "HomePhone": "2", "Pager": "4"}
    assert {e.label: e.email for e in contact.email_addresses} == {"EmailAddress2": "b@example.com"}
    home = contact.physical_addresses["Home"]
    assert (home.street, home.city, home.zipcode) == ("S", None, "Z")
    contact.delete()


def test_lists_of_people(account: Account) -> None:
    made = DistributionList(
        folder=account.contacts, display_name="list", members=["a@example.com", Member(mailbox="b@example.com")]
    )
    # The server numbers the members.
    made.save()
    made.refresh()
    addresses = {member.mailbox.email_address for member in made.members if member.mailbox}
    assert addresses == {"a@example.com", "b@example.com"}
    made.delete()


def test_a_meeting_that_moves_keeps_its_zone(account: Account) -> None:
    oslo = EWSTimeZone("Europe/Oslo")
    start = oslo.localize(EWSDateTime(2026, 3, 1, 10))
    item = CalendarItem(folder=account.calendar, subject="x", start=start, end=start + timedelta(hours=1)).save()
    item.refresh()
    assert item.start_timezone is not None
    assert item.start_timezone.ms_id == "W. Europe Standard Time"
    item.start, item.end = start + timedelta(days=1), start + timedelta(days=1, hours=1)
    item.save()
    item.refresh()
    assert item.start == start + timedelta(days=1)
    assert item.start_timezone is not None
    assert item.start_timezone.ms_id == "W. Europe Standard Time"
    item.end = UTC.localize(EWSDateTime(2026, 1, 1))
    with pytest.raises(ValueError, match="'end'"):
        item.save()
    account.bulk_delete([item])


def test_a_task_is_done(account: Account) -> None:
    task = Task(folder=account.tasks, subject="x").save()
    task.complete()
    task.refresh()
    assert task.is_complete
    task.delete()


def test_attachments_by_item_id(account: Account, folder: BaseFolder) -> None:
    message = Message(folder=folder, subject="x").save()
    attached = account.create_attachments(message.item_id, [FileAttachment(name="a", content=b"1")])
    assert isinstance(attached[0], FileAttachment)
    assert attached[0].root_item_changekey
    found = next(iter(account.get_attachments([attached[0].attachment_id or ""])))
    assert isinstance(found, FileAttachment)
    assert found.content == b"1"
    gone = account.delete_attachments([attached[0].attachment_id or "", "nonsense"])
    assert not isinstance(gone[0], errors.EWSError)
    assert isinstance(gone[1], errors.EWSError)


def test_moving_tells_the_new_id(account: Account, folder: BaseFolder) -> None:
    message = Message(folder=folder, subject="x").save()
    moved = account.bulk_move([message.item_id, "nonsense"], account.drafts)
    assert not isinstance(moved[0], errors.EWSError)
    assert moved[0] is not None
    assert account.drafts.get(subject="x").item_id == moved[0][0] == moved[0].item_id
    assert isinstance(moved[1], errors.EWSError)
    account.bulk_delete([moved[0]])


def test_what_was_deleted_meanwhile_is_left_out(account: Account, folder: BaseFolder) -> None:
    items = filled(folder, 3)
    found = iter(folder.all().order_by("subject"))
    wanted = folder.all().order_by("subject")
    wanted.chunk_size = 1
    found = wanted.iterator()
    assert next(found).subject == "00000"
    items[2].delete()
    assert [item.subject for item in found][:1] == ["00001"]


def test_another_mailbox_is_refused_and_not_mixed_up(sandbox: Sandbox) -> None:
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=Credentials("ben", "hidden"))
    with pytest.raises(errors.ResponseError):
        _ = Account(sandbox.address("ada"), config=config).inbox
    with pytest.raises(errors.ResponseError):
        _ = Account("nobody@example.test", config=config).inbox


def test_parameters_that_do_not_fit() -> None:
    config = Configuration(server="mail.example.com", credentials=Credentials("a", "b"))
    with pytest.raises(ValueError, match="'primary_smtp_address'"):
        Account("ada", config=config)
    with pytest.raises(ValueError, match="'access_type'"):
        Account("ada@example.com", config=config, access_type="owner")
    with pytest.raises(ValueError, match="'config' is missing"):
        Account("ada@example.com", credentials=Credentials("a", "b"))
