"""Every operation: its request follows the schema of EWS, and recorded replies of Exchange are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from ewsfs.ews import NOAUTH, Account, Configuration, errors, services
from ewsfs.ews.errors import EWSError
from ewsfs.ews.protocol import Protocol
from ewsfs.ews.rules import Rule
from ewsfs.ews.services.directory import mailbox
from ewsfs.ews.xmlnames import Element, local, m, make, t, text_of
from tests.ews.rogue import Call, Rogue, envelope

INBOX = make(t("DistinguishedFolderId"), Id="inbox")
FOLDER = make(t("FolderId"), Id="AAMk", ChangeKey="AQ==")
ITEM = make(t("ItemId"), Id="AAMk", ChangeKey="CQ==")
ITEM_SHAPE = make(m("ItemShape"), make(t("BaseShape"), text="IdOnly"))
FOLDER_SHAPE = make(m("FolderShape"), make(t("BaseShape"), text="IdOnly"))
ATTACHMENT_ID = make(t("AttachmentId"), Id="AAMkA")
MESSAGE = make(t("Message"), make(t("Subject"), text="hello"))
USER = make(t("UserId"), make(t("PrimarySmtpAddress"), text="bob@example.test"))
DELEGATE = make(t("DelegateUser"), USER)
ALTERNATE = make(t("AlternateId"), Format="EwsId", Id="AAMk", Mailbox="ada@example.test")
TIME = [make(t("Bias"), text="0"), make(t("Time"), text="02:00:00"), make(t("DayOrder"), text="5")]
TIME += [make(t("Month"), text="10"), make(t("DayOfWeek"), text="Sunday")]
SUMMER = [make(t("Bias"), text="-60"), make(t("Time"), text="02:00:00"), make(t("DayOrder"), text="5")]
SUMMER += [make(t("Month"), text="3"), make(t("DayOfWeek"), text="Sunday")]
ZONE = make(
    t("TimeZone"),
    make(t("Bias"), text="-60"),
    make(t("StandardTime"), *TIME),
    make(t("DaylightTime"), *SUMMER),
)
MAILBOX_DATA = make(
    t("MailboxData"),
    make(t("Email"), make(t("Address"), text="bob@example.test")),
    make(t("AttendeeType"), text="Required"),
)
WINDOW = [make(t("StartTime"), text="2026-01-01T00:00:00"), make(t("EndTime"), text="2026-01-02T00:00:00")]
VIEW = make(t("FreeBusyViewOptions"), make(t("TimeWindow"), *WINDOW), make(t("RequestedView"), text="FreeBusy"))
OOF = make(t("UserOofSettings"), make(t("OofState"), text="Disabled"), make(t("ExternalAudience"), text="None"))
DICTIONARY = make(t("Dictionary"))


def subject_path() -> Element:
    return make(t("FieldURI"), FieldURI="item:Subject")


ITEM_CHANGE = make(
    t("ItemChange"),
    make(t("ItemId"), Id="AAMk"),
    make(t("Updates"), make(t("SetItemField"), subject_path(), make(t("Message"), make(t("Subject"), text="x")))),
)
FOLDER_CHANGE = make(
    t("FolderChange"),
    make(t("FolderId"), Id="AAMk"),
    make(
        t("Updates"),
        make(
            t("SetFolderField"),
            make(t("FieldURI"), FieldURI="folder:DisplayName"),
            make(t("Folder"), make(t("DisplayName"), text="x")),
        ),
    ),
)
UPLOAD = make(t("Item"), make(t("ParentFolderId"), Id="AAMk"), make(t("Data"), text="QUJD"), CreateAction="CreateNew")
NEW_FILE = make(t("FileAttachment"), make(t("Name"), text="a.txt"), make(t("Content"), text="QUJD"))

# Every call of every operation; what is sent is checked, not what comes back.
CALLS: list[Callable[[Protocol], Any]] = [
    lambda p: services.GetItem(p).call([ITEM], shape=ITEM_SHAPE),
    lambda p: services.CreateItem(p).call([MESSAGE], folder=INBOX),
    lambda p: services.CreateItem(p).call(
        [MESSAGE], folder=INBOX, message_disposition="SendAndSaveCopy", send_meeting_invitations=None
    ),
    lambda p: services.UpdateItem(p).call([ITEM_CHANGE], suppress_read_receipts=True, folder=FOLDER),
    lambda p: services.DeleteItem(p).call([ITEM], delete_type="MoveToDeletedItems", suppress_read_receipts=True),
    lambda p: services.MoveItem(p).call([ITEM], to_folder=FOLDER),
    lambda p: services.CopyItem(p).call([ITEM], to_folder=INBOX),
    lambda p: services.ArchiveItem(p).call([ITEM], source_folder=INBOX),
    lambda p: services.SendItem(p).call([ITEM], save_to_folder=True, folder=FOLDER),
    lambda p: services.MarkAsJunk(p).call([ITEM], is_junk=True),
    lambda p: services.GetFolder(p).call([INBOX, FOLDER], shape=FOLDER_SHAPE),
    lambda p: services.CreateFolder(p).call([make(t("Folder"), make(t("DisplayName"), text="x"))], parent=INBOX),
    lambda p: services.UpdateFolder(p).call([FOLDER_CHANGE]),
    lambda p: services.DeleteFolder(p).call([FOLDER], delete_type="SoftDelete"),
    lambda p: services.EmptyFolder(p).call([FOLDER], delete_type="HardDelete", delete_sub_folders=False),
    lambda p: services.MoveFolder(p).call([FOLDER], to_folder=INBOX),
    lambda p: services.CopyFolder(p).call([FOLDER], to_folder=INBOX),
    lambda p: services.MarkAllItemsAsRead(p).call([FOLDER]),
    lambda p: services.FindItem(p).call([INBOX], shape=ITEM_SHAPE, view=services.indexed_view(0, 100)),
    lambda p: services.FindItem(p).call(
        [INBOX],
        shape=ITEM_SHAPE,
        view=make(m("CalendarView"), StartDate="2026-01-01T00:00:00Z", EndDate="2026-02-01T00:00:00Z"),
        restriction=make(m("Restriction"), make(t("Exists"), subject_path())),
        sort_order=make(m("SortOrder"), make(t("FieldOrder"), subject_path(), Order="Ascending")),
    ),
    lambda p: services.FindItem(p).call([FOLDER], shape=ITEM_SHAPE, query_string="from:ada", traversal="Associated"),
    lambda p: services.FindFolder(p).call(
        [INBOX],
        shape=FOLDER_SHAPE,
        view=services.indexed_view(0, None, folders=True),
        restriction=make(m("Restriction"), make(t("Exists"), make(t("FieldURI"), FieldURI="folder:DisplayName"))),
    ),
    lambda p: services.CreateAttachment(p).call([NEW_FILE], parent=ITEM),
    lambda p: services.GetAttachment(p).call(
        [ATTACHMENT_ID], shape=make(m("AttachmentShape"), make(t("IncludeMimeContent"), text="true"))
    ),
    lambda p: services.DeleteAttachment(p).call([ATTACHMENT_ID]),
    lambda p: services.SyncFolderHierarchy(p).call(shape=FOLDER_SHAPE, folder=INBOX, sync_state="QUJD"),
    lambda p: services.SyncFolderItems(p).call(
        shape=ITEM_SHAPE, folder=INBOX, sync_state="QUJD", ignore=[ITEM], scope="NormalItems"
    ),
    lambda p: services.Subscribe(p).pull([INBOX, FOLDER], watermark="QUJD"),
    lambda p: services.Subscribe(p).pull(None),
    lambda p: services.Subscribe(p).streaming([INBOX]),
    lambda p: services.Unsubscribe(p).call("abc"),
    lambda p: services.GetEvents(p).call("abc", "QUJD"),
    lambda p: services.GetStreamingEvents(p).call(["abc", "def"], timeout_minutes=1),
    lambda p: services.ResolveNames(p).call("ada"),
    lambda p: services.ResolveNames(p).call(
        "ada",
        parent_folders=[INBOX],
        full_contact_data=True,
        search_scope="ContactsActiveDirectory",
        contact_data_shape="AllProperties",
    ),
    lambda p: services.ExpandDL(p).call("team@example.test"),
    lambda p: services.ExpandDL(p).call(item_id=ITEM),
    lambda p: services.GetRoomLists(p).call(),
    lambda p: services.GetRooms(p).call("rooms@example.test"),
    lambda p: services.GetMailTips(p).call(["bob@example.test"], sending_as="ada@example.test"),
    lambda p: services.GetUserPhoto(p).call("bob@example.test"),
    lambda p: services.GetUserOofSettings(p).call("ada@example.test"),
    lambda p: services.SetUserOofSettings(p).call("ada@example.test", OOF),
    lambda p: services.GetUserAvailability(p).call([MAILBOX_DATA], time_zone=ZONE, free_busy_view=VIEW),
    lambda p: services.GetServerTimeZones(p).call(["UTC"], full=True),
    lambda p: services.GetServerTimeZones(p).call(),
    lambda p: services.ExportItems(p).call([ITEM]),
    lambda p: services.UploadItems(p).call([UPLOAD]),
    lambda p: services.ConvertId(p).call([ALTERNATE], destination_format="HexEntryId"),
    lambda p: services.GetDelegate(p).call("ada@example.test", user_ids=[USER]),
    lambda p: services.AddDelegate(p).call("ada@example.test", [DELEGATE], deliver_meeting_requests="DelegatesAndMe"),
    lambda p: services.UpdateDelegate(p).call("ada@example.test", [DELEGATE]),
    lambda p: services.RemoveDelegate(p).call("ada@example.test", [USER]),
    lambda p: services.GetInboxRules(p).call("ada@example.test"),
    lambda p: services.UpdateInboxRules(p).call(
        [make(t("DeleteRuleOperation"), make(t("RuleId"), text="QUJD"))],
        email_address="ada@example.test",
        remove_outlook_rule_blob=True,
    ),
    lambda p: services.GetUserConfiguration(p).call("x", INBOX),
    lambda p: services.CreateUserConfiguration(p).call("x", FOLDER, [DICTIONARY]),
    lambda p: services.UpdateUserConfiguration(p).call("x", INBOX, [DICTIONARY]),
    lambda p: services.DeleteUserConfiguration(p).call("x", INBOX),
]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_a_request_follows_the_schema(number: int, ews_schema: etree.XMLSchema) -> None:
    with Rogue(lambda call: call.reply(403)) as server:
        try:
            result = CALLS[number](server.protocol())
            if isinstance(result, Iterator):
                list(result)
        except EWSError:
            pass
        [call] = server.calls
    body = etree.fromstring(call.body)[1]
    ews_schema.assertValid(etree.ElementTree(etree.fromstring(etree.tostring(body[0]))))


def test_every_operation_is_among_them() -> None:
    names = {name for name in services.__all__ if name[0].isupper() and hasattr(getattr(services, name), "NAME")}
    called = {part for call in CALLS for part in call.__code__.co_names}
    assert names <= called


@pytest.fixture
def replay(corpus: Path) -> Iterator[Callable[[str], Protocol]]:
    """A protocol to a server that answers with one recorded reply."""
    running: list[Rogue] = []

    def start(name: str) -> Protocol:
        data = (corpus / "ews-responses" / f"{name}.xml").read_bytes()
        server = Rogue(lambda call: call.reply(200, data))
        server.__enter__()
        running.append(server)
        return server.protocol()

    yield start
    for server in running:
        server.__exit__(None, None, None)


Replay = Callable[[str], Protocol]


def addresses(elements: list[Element]) -> list[str | None]:
    return [text_of(element, "EmailAddress") for element in elements]


def test_a_name_with_several_hits(replay: Replay) -> None:
    found = services.ResolveNames(replay("ResolveNames/msdocs-1")).call("brian")
    assert [text_of(resolution, "Mailbox", "EmailAddress") for resolution in found] == [
        "brian_1@contoso.com",
        "brian_2@contoso.com",
    ]


def test_a_name_that_nobody_has(replay: Replay) -> None:
    assert services.ResolveNames(replay("ResolveNames/msdocs-4")).call("nobody") == []


def test_the_members_of_a_list(replay: Replay) -> None:
    found = services.ExpandDL(replay("ExpandDL/msdocs-1")).call("team@contoso.com")
    assert addresses(found)[:2] == ["sadie@contoso.com", "alfred@contoso.com"]
    with pytest.raises(errors.NotFound):
        services.ExpandDL(replay("ExpandDL/msdocs-3")).call("team@contoso.com")


def test_a_list_is_expanded_by_address_or_by_id() -> None:
    with Rogue(lambda call: call.reply(403)) as server, pytest.raises(ValueError, match="either"):
        services.ExpandDL(server.protocol()).call()


def test_rooms_and_their_lists(replay: Replay) -> None:
    lists = services.GetRoomLists(replay("GetRoomLists/msdocs-1")).call()
    assert addresses(lists)[0] == "bldg1rooms@contoso.com"
    rooms = services.GetRooms(replay("GetRooms/msdocs-1")).call("bldg1rooms@contoso.com")
    assert text_of(rooms[0], "Id", "EmailAddress") == "cf3101@contoso.com"
    with pytest.raises(errors.NotFound):
        services.GetRooms(replay("GetRooms/msdocs-3")).call("x@contoso.com")


def test_mail_tips(replay: Replay) -> None:
    [tips] = services.GetMailTips(replay("GetMailTips/msdocs-1")).call(
        ["user2@contoso.com"], sending_as="a@contoso.com"
    )
    assert not isinstance(tips, EWSError)
    assert text_of(tips, "CustomMailTip") == "Hello World Mailtips"


def test_out_of_office(replay: Replay) -> None:
    settings, audience = services.GetUserOofSettings(replay("GetUserOofSettings/msdocs-1")).call("a@contoso.com")
    assert text_of(settings, "OofState") == "Disabled"
    assert audience == "All"
    services.SetUserOofSettings(replay("SetUserOofSettings/msdocs-1")).call("a@contoso.com", OOF)


def test_free_and_busy(replay: Replay) -> None:
    [view, *_], suggestions = services.GetUserAvailability(replay("GetUserAvailability/msdocs-1")).call(
        [MAILBOX_DATA], time_zone=ZONE, free_busy_view=VIEW
    )
    assert not isinstance(view, EWSError)
    assert text_of(view, "FreeBusyViewType") == "FreeBusy"
    assert suggestions is not None
    assert local(suggestions[0]) == "SuggestionDayResult"


def test_time_zones(replay: Replay) -> None:
    zones = list(services.GetServerTimeZones(replay("GetServerTimeZones/msdocs-1")).call())
    assert [zone.get("Id") for zone in zones] == ["Eastern Standard Time", "Pacific Standard Time"]


def test_exported_items(replay: Replay) -> None:
    results = list(services.ExportItems(replay("ExportItems/msdocs-2")).call([ITEM, ITEM, ITEM]))
    assert [type(result).__name__ for result in results] == [
        "_Element",
        "ErrorInvalidChangeKey",
        "ErrorNonExistentMailbox",
    ]


def test_uploaded_items(replay: Replay) -> None:
    results = list(services.UploadItems(replay("UploadItems/msdocs-1")).call([UPLOAD, UPLOAD]))
    assert [local(result) for result in results if isinstance(result, Element)] == ["ItemId", "ItemId"]


def test_converted_ids(replay: Replay) -> None:
    [found] = services.ConvertId(replay("ConvertId/msdocs-1")).call([ALTERNATE], destination_format="OwaId")
    assert not isinstance(found, EWSError)
    assert found.get("Format") == "OwaId"


def test_delegates(replay: Replay) -> None:
    [delegate], deliver = services.GetDelegate(replay("GetDelegate/msdocs-1")).call("a@contoso.com")
    assert not isinstance(delegate, EWSError)
    assert text_of(delegate, "UserId", "DisplayName") == "User1"
    assert deliver == "DelegatesAndMe"
    [refused] = services.AddDelegate(replay("AddDelegate/msdocs-3")).call("a@contoso.com", [DELEGATE])
    assert isinstance(refused, errors.AlreadyExists)
    assert services.RemoveDelegate(replay("RemoveDelegate/msdocs-1")).call("a@contoso.com", [USER, USER]) == [
        None,
        None,
    ]


def test_no_delegates() -> None:
    empty = envelope(
        '<m:GetDelegateResponse ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:ResponseMessages/>'
        "<m:DeliverMeetingRequests>NoForward</m:DeliverMeetingRequests></m:GetDelegateResponse>"
    )
    with Rogue(lambda call: call.reply(200, empty)) as server:
        assert services.GetDelegate(server.protocol()).call("a@contoso.com") == ([], "NoForward")


def test_inbox_rules(replay: Replay) -> None:
    rules, blob = services.GetInboxRules(replay("GetInboxRules/msdocs-1")).call()
    assert [text_of(rule, "DisplayName") for rule in rules][:2] == ["Alfred", "Important"]
    assert blob is False
    services.UpdateInboxRules(replay("UpdateInboxRules/msdocs-1")).call([])


def test_user_configuration(replay: Replay) -> None:
    found = services.GetUserConfiguration(replay("GetUserConfiguration/msdocs-1")).call("TestConfig", INBOX)
    assert text_of(found, "Dictionary", "DictionaryEntry", "DictionaryKey", "Value") == "Key1"


def test_pull_subscriptions(replay: Replay) -> None:
    subscription = services.Subscribe(replay("Subscribe/msdocs-1")).streaming(None)
    assert subscription.id.startswith("JgBj")
    assert subscription.watermark is None
    notification = services.GetEvents(replay("GetEvents/msdocs-1")).call("f6bc", "AAAA")
    assert [local(event) for event in notification.events] == ["NewMailEvent", "NewMailEvent"]
    assert notification.watermark == "AAAAAOQGAAAAAAAAAQ=="
    assert not notification.more
    services.Unsubscribe(replay("Unsubscribe/msdocs-1")).call("x")
    with pytest.raises(errors.class_of("ErrorSubscriptionNotFound")):
        services.Unsubscribe(replay("Unsubscribe/msdocs-2")).call("x")


def test_addresses_keep_the_order_of_the_schema() -> None:
    element = mailbox(m("Mailbox"), "a@b.test", name="A", routing_type="SMTP")
    assert [local(part) for part in element] == ["Name", "EmailAddress", "RoutingType"]


def test_rules_of_outlook_are_not_lost_unasked() -> None:
    """Changing rules by EWS can cost those that Outlook keeps for itself: only who says so pays that."""

    def script(call: Call) -> None:
        if b"RemoveOutlookRuleBlob>true<" in call.body:
            body = '<m:UpdateInboxRulesResponse ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        else:
            body = (
                '<m:UpdateInboxRulesResponse ResponseClass="Error"><m:MessageText>x</m:MessageText>'
                "<m:ResponseCode>ErrorOutlookRuleBlobExists</m:ResponseCode>"
            )
        call.reply(200, envelope(f"{body}</m:UpdateInboxRulesResponse>"))

    rule = Rule(display_name="x", priority=1, is_enabled=True, rule_id="r")
    with Rogue(script) as server:
        account = Account("ada@example.com", config=Configuration(service_endpoint=server.endpoint, auth_type=NOAUTH))
        for change in (account.create_inbox_rule, account.update_inbox_rule, account.delete_inbox_rule):
            with pytest.raises(errors.ErrorOutlookRuleBlobExists):
                change(rule)
            change(rule, remove_outlook_rules=True)
