"""Servers that are older than the newest schema version that we know: found out in the first exchange, then kept to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ewsfs.ews import (
    UTC,
    Account,
    CalendarItem,
    Configuration,
    Contact,
    Credentials,
    EWSDateTime,
    EWSTimeZone,
    FileAttachment,
    Folder,
    Message,
)
from ewsfs.ews.indexed import EmailAddress
from ewsfs.ews.properties import Flag, RetentionTag
from ewsfs.ews.recurrence import Recurrence, WeeklyPattern
from ewsfs.ews.version import Build
from ewsfs.sandbox import Sandbox
from tests.ews.rogue import Call, Rogue, envelope

VERSIONS = ("Exchange2007_SP1", "Exchange2010", "Exchange2010_SP2", "Exchange2013", "Exchange2013_SP1", "Exchange2016")


def connect(sandbox: Sandbox) -> Account:
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"))
    return Account(sandbox.address("ada"), config=config)


def stranger(sandbox: Sandbox, name: str) -> Account:
    """An account of the same mailbox that knows nothing of the server yet, for another spelling of the name."""
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=Credentials(name, "secret"))
    account = Account(sandbox.address("ada"), config=config)
    assert account.server_version is None
    return account


@pytest.mark.parametrize("version", VERSIONS)
def test_a_mailbox_on_an_older_server_is_used_like_any_other(version: str) -> None:
    with Sandbox(users={"ada": "secret"}, version=version) as running:
        account = connect(running)
        assert account.protocol.known_version is None
        assert account.inbox.name == "Inbox"  # the first request names properties of the newest schema
        assert account.server_version == version
        assert account.version.api_version == version
        message = Message(folder=account.inbox, subject="x", body="text").save()
        start = UTC.localize(EWSDateTime(2026, 3, 1, 10))
        CalendarItem(folder=account.calendar, subject="x", start=start, end=start + timedelta(hours=1)).save()
        Contact(folder=account.contacts, display_name="x", phone_numbers={"CarPhone": "1"}).save()
        message.refresh()
        assert message.body == "text"
        assert account.inbox.get(subject="x").item_id == message.item_id
        assert [item.start for item in account.calendar.all()] == [start]
        assert [contact.display_name for contact in account.contacts.all()] == ["x"]
        assert "Top of Information Store" in account.root.tree()
        assert [change.kind for change in account.inbox.sync_items()] == ["create"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_is_asked_for_once(version: str) -> None:
    with Sandbox(users={"ada": "secret"}, version=version) as running:
        account = connect(running)
        _ = account.inbox
        before = running.calls.total()
        account.inbox.refresh()
        assert running.calls.total() == before + 1
        other = connect(running)
        assert other.server_version == version


@pytest.mark.parametrize("first", ["fetch", "filter", "sync", "hierarchy"])
def test_whatever_the_first_request_is(first: str) -> None:
    with Sandbox(users={"ada": "secret"}, version="Exchange2010_SP2") as running:
        inbox = connect(running).inbox
        message = Message(folder=inbox, subject="x").save()
        inbox_id = inbox.folder_id or ""
        del inbox
        account = stranger(running, "ADA")
        folder = account.folder(inbox_id, folder_class="IPF.Note")
        if first == "fetch":
            [found] = account.fetch([message])
            assert found.subject == "x"
        elif first == "filter":
            assert folder.get(subject="x").item_id == message.item_id
        elif first == "sync":
            assert len(list(folder.sync_items(only_fields=["subject", "flag"]))) == 1
        else:
            assert list(account.sync_hierarchy())
        assert account.server_version == "Exchange2010_SP2"


@pytest.mark.parametrize(
    ("version", "sent"), [("Exchange2007_SP1", "MeetingTimeZone"), ("Exchange2010", "StartTimeZone")]
)
def test_an_appointment_as_the_first_request(version: str, sent: str) -> None:
    seen: list[bytes] = []
    with Sandbox(users={"ada": "secret"}, version=version) as running:
        running.observers.append(lambda name, request, reply: seen.append(request))
        start = EWSTimeZone("Europe/Oslo").localize(EWSDateTime(2026, 3, 1, 10))
        account = connect(running)
        item = CalendarItem(account=account, subject="x", start=start, end=start + timedelta(hours=1)).save()
        assert f"<t:{sent} ".encode() in seen[-1]
        item.start, item.end = start + timedelta(days=1), start + timedelta(days=1, hours=1)
        item.save()
        assert [one.start for one in account.calendar.all()] == [start + timedelta(days=1)]


@pytest.mark.parametrize("version", ["Exchange2007_SP1", "Exchange2010"])
def test_what_is_written_first_is_written_as_the_server_knows_it(version: str) -> None:
    seen: list[bytes] = []
    with Sandbox(users={"ada": "secret"}, version=version) as running:
        running.observers.append(lambda name, request, reply: seen.append(request))
        message = Message(account=connect(running), subject="x", flag=Flag(flag_status="Flagged")).save()
        assert b"Flag" not in seen[-1]
        tag = RetentionTag(tag="12345678-1234-1234-1234-123456781234", is_explicit=True)
        above = message.refresh().parent_folder_id
        assert above is not None
        parent = stranger(running, "ADA").folder(above.id or "")
        Folder(parent=parent, name="x", policy_tag=tag).save()
        assert b"PolicyTag" not in seen[-1]
        picture = FileAttachment(name="x", content=b"x", is_inline=True, content_id="x")
        [made] = stranger(running, "Ada").create_attachments(message, [picture])
        assert isinstance(made, FileAttachment)
        assert (b"IsInline" in seen[-1]) is (version != "Exchange2007_SP1")


def test_parts_of_values_that_the_server_does_not_know_are_left_out() -> None:
    seen: list[bytes] = []
    with Sandbox(users={"ada": "secret"}, version="Exchange2010") as running:
        running.observers.append(lambda name, request, reply: seen.append(request))
        account = connect(running)
        address = EmailAddress(label="EmailAddress1", email="x@example.test", name="X", routing_type="SMTP")
        contact = Contact(folder=account.contacts, display_name="x", email_addresses=[address]).save()
        assert b'<t:Entry Key="EmailAddress1">x@example.test</t:Entry>' in seen[-1]
        assert [one.email for one in contact.refresh().email_addresses] == ["x@example.test"]
        start = UTC.localize(EWSDateTime(2026, 3, 2, 10))
        pattern = WeeklyPattern(interval=1, weekdays=["Monday"], first_day_of_week="Monday")
        recurrence = Recurrence(pattern=pattern, start=start.date(), number=2)
        CalendarItem(
            folder=account.calendar, subject="x", start=start, end=start + timedelta(hours=1), recurrence=recurrence
        ).save()
        assert b"<t:DaysOfWeek>Monday</t:DaysOfWeek></t:WeeklyRecurrence>" in seen[-1]


def test_a_change_that_only_newer_servers_know_is_refused_before_anything_is_sent() -> None:
    with Sandbox(users={"ada": "secret"}, version="Exchange2010") as running:
        saved = Message(account=connect(running), subject="x").save()
        message = Message(account=stranger(running, "ADA"), item_id=saved.item_id, changekey=saved.changekey)
        message.subject, message.flag = "y", Flag(flag_status="Flagged")
        with pytest.raises(ValueError, match="'flag' can't be changed here: it came with Exchange2013"):
            message.save()
        assert running.calls.count("UpdateItem") == 0
        message.save(update_fields=["subject"])
        assert saved.refresh().subject == "y"


def test_a_build_that_speaks_less_than_it_accepted_is_believed() -> None:
    def script(call: Call) -> None:
        message = (
            '<m:GetFolderResponse><m:ResponseMessages><m:GetFolderResponseMessage ResponseClass="Success">'
            '<m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder><t:FolderId Id="f" ChangeKey="c"/></t:Folder>'
            "</m:Folders></m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse>"
        )
        call.reply(200, envelope(message, build="14.3.123.4"))

    with Rogue(script) as server:
        config = Configuration(service_endpoint=server.endpoint, auth_type="no authentication")
        account = Account("ada@example.test", config=config)
        account.folder("f").refresh().refresh()
        assert b'"Exchange2016"' in server.calls[0].body
        assert b"folder:DistinguishedFolderId" in server.calls[0].body
        assert b'"Exchange2010_SP2"' in server.calls[1].body
        assert b"folder:DistinguishedFolderId" not in server.calls[1].body
        assert account.version.build == Build(14, 3, 123, 4)
        assert account.version.api_version == "Exchange2010_SP2"
