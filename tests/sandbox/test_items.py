"""Items: creating, reading, changing, moving, copying, deleting; ids, change keys and refusals."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.model import local, m, t
from tests.sandbox.client import Client, codes, ids

MIME = (
    b"From: Bob <bob@example.org>\r\nTo: ada@example.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Date: Mon, 02 Mar 2026 09:15:00 +0100\r\nMessage-ID: <1@example.org>\r\nX-Odd:  spaced \r\n\r\nBody\n.\r\n"
)
FLAGS = (
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/><t:Value>1</t:Value>'
    "</t:ExtendedProperty>"
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>'
    "<t:Value>2020-02-03T04:05:06Z</t:Value></t:ExtendedProperty>"
)


def update(
    item: str, key: str, updates: str, resolution: str = "AutoResolve", extra: str = 'MessageDisposition="SaveOnly"'
) -> str:
    given = f' ChangeKey="{key}"' if key else ""
    return (
        f'<m:UpdateItem ConflictResolution="{resolution}" {extra}><m:ItemChanges><t:ItemChange>'
        f'<t:ItemId Id="{item}"{given}/><t:Updates>{updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>'
    )


def subject(text: str) -> str:
    return (
        '<t:SetItemField><t:FieldURI FieldURI="item:Subject"/>'
        f"<t:Message><t:Subject>{text}</t:Subject></t:Message></t:SetItemField>"
    )


def mime_of(client: Client, item: str) -> bytes:
    element = client.get(item, "IdOnly", "<t:IncludeMimeContent>true</t:IncludeMimeContent>")
    return base64.b64decode(element.findtext(t("MimeContent")) or "")


def test_mime_comes_back_byte_for_byte(ada: Client) -> None:
    assert mime_of(ada, ada.mime(MIME)[0]) == MIME


def test_mime_of_the_corpus(sandbox: Sandbox, ada: Client, corpus: Path) -> None:
    for path in sorted((corpus / "eml").glob("*.eml")):
        source = path.read_bytes()
        assert mime_of(ada, ada.mime(source)[0]) == source, path.name


def test_rewritten_mime_is_another_text_of_the_same_message() -> None:
    with Sandbox(mime="rewritten") as sandbox:
        client = Client(sandbox)
        new = mime_of(client, client.mime(MIME)[0])
        client.session.close()
    assert new != MIME
    assert b"Message-ID: <1@example.org>" in new


def test_flags_and_times_of_a_copied_message(ada: Client) -> None:
    content = base64.b64encode(MIME).decode()
    item, _ = ada.create(f"<t:Message><t:MimeContent>{content}</t:MimeContent>{FLAGS}</t:Message>")[0]
    found = ada.get(item)
    assert found.findtext(t("IsDraft")) == "false"
    assert found.findtext(t("IsRead")) == "true"
    assert found.findtext(t("DateTimeReceived")) == "2020-02-03T04:05:06Z"
    assert found.findtext(t("DateTimeSent")) == "2026-03-02T08:15:00Z"
    assert mime_of(ada, item) == MIME


def test_errors_stand_in_their_place(ada: Client) -> None:
    item, _ = ada.message("one")
    folder = ada.folder("Folder")
    gone, _ = ada.message("gone")
    ada.codes(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{gone}"/></m:ItemIds></m:DeleteItem>')
    wanted = "".join(f'<t:ItemId Id="{one}"/>' for one in (item, gone, "AAMk", folder, "", item))
    reply = ada.call(
        f"<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>{wanted}"
        "</m:ItemIds></m:GetItem>"
    )
    assert codes(reply) == [
        "NoError",
        "ErrorItemNotFound",
        "ErrorInvalidIdMalformed",
        "ErrorCannotUseFolderIdForItemId",
        "ErrorInvalidIdEmpty",
        "NoError",
    ]
    assert [identifier for identifier, _ in ids(reply)] == [item, item]


@pytest.mark.parametrize(
    ("element", "folder", "code"),
    [
        ("<t:CalendarItem/>", "inbox", "ErrorCannotCreateCalendarItemInNonCalendarFolder"),
        ("<t:Contact/>", "inbox", "ErrorCannotCreateContactInNonContactFolder"),
        ("<t:Task/>", "inbox", "ErrorCannotCreateTaskInNonTaskFolder"),
        ("<t:Message><t:Size>3</t:Size></t:Message>", "inbox", "ErrorInvalidPropertySet"),
        ("<t:Message><t:MimeContent>!</t:MimeContent></t:Message>", "inbox", "ErrorMimeContentInvalidBase64String"),
    ],
)
def test_what_cannot_be_created(ada: Client, element: str, folder: str, code: str) -> None:
    body = (
        '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>'
        f'<t:DistinguishedFolderId Id="{folder}"/></m:SavedItemFolderId><m:Items>{element}</m:Items></m:CreateItem>'
    )
    assert ada.codes(body) == [code]


@pytest.mark.parametrize(
    ("element", "code"),
    [("<t:Message/>", "ErrorMessageDispositionRequired"), ("<t:CalendarItem/>", "ErrorSendMeetingInvitationsRequired")],
)
def test_what_a_creation_must_say(ada: Client, element: str, code: str) -> None:
    assert ada.codes(f"<m:CreateItem><m:Items>{element}</m:Items></m:CreateItem>") == [code]


@pytest.mark.parametrize(
    ("element", "home"),
    [
        ("<t:Message/>", "drafts"),
        ("<t:CalendarItem/>", "calendar"),
        ("<t:Contact/>", "contacts"),
        ("<t:DistributionList/>", "contacts"),
        ("<t:Task/>", "tasks"),
    ],
)
def test_items_have_a_home(ada: Client, element: str, home: str) -> None:
    reply = ada.call(
        f'<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:Items>{element}'
        "</m:Items></m:CreateItem>"
    )
    assert codes(reply) == ["NoError"]
    assert len(ada.subjects(home)) == 1


def test_every_change_gives_a_new_change_key(ada: Client) -> None:
    item, key = ada.message("one")
    keys = {key}
    for number in range(3):
        reply = ada.call(update(item, key, subject(str(number))))
        assert codes(reply) == ["NoError"]
        assert ids(reply)[0][0] == item
        key = ids(reply)[0][1]
        keys.add(key)
    assert len(keys) == 4
    assert reply.findtext(f".//{m('ConflictResults')}/{t('Count')}") == "0"


@pytest.mark.parametrize(
    ("resolution", "code"),
    [
        ("NeverOverwrite", "ErrorIrresolvableConflict"),
        ("AutoResolve", "ErrorIrresolvableConflict"),
        ("AlwaysOverwrite", "NoError"),
    ],
)
def test_a_stale_change_key(ada: Client, resolution: str, code: str) -> None:
    item, key = ada.message("one")
    ada.call(update(item, key, subject("two")))
    assert ada.codes(update(item, key, subject("three"), resolution)) == [code]
    assert ada.get(item).findtext(t("Subject")) == ("three" if code == "NoError" else "two")


@pytest.mark.parametrize(
    ("resolution", "code"), [("NeverOverwrite", "ErrorIrresolvableConflict"), ("AutoResolve", "NoError")]
)
def test_changes_of_different_properties(ada: Client, resolution: str, code: str) -> None:
    item, key = ada.message("one")
    importance = (
        '<t:SetItemField><t:FieldURI FieldURI="item:Importance"/><t:Message><t:Importance>High</t:Importance>'
        "</t:Message></t:SetItemField>"
    )
    assert ada.codes(update(item, key, subject("two"))) == ["NoError"]
    assert ada.codes(update(item, key, importance, resolution)) == [code]
    found = ada.get(item)
    assert found.findtext(t("Subject")) == "two"
    assert found.findtext(t("Importance")) == ("High" if code == "NoError" else "Normal")
    if resolution == "AutoResolve":  # an older key again, of properties that both were changed since
        assert ada.codes(update(item, key, importance)) == ["ErrorIrresolvableConflict"]


def test_an_update_needs_a_change_key(ada: Client) -> None:
    item, _ = ada.message("one")
    assert ada.codes(update(item, "", subject("two"))) == ["ErrorChangeKeyRequiredForWriteOperations"]
    assert ada.codes(update(item, "AAAA", subject("two"))) == ["ErrorInvalidChangeKey"]


def test_a_refused_update_changes_nothing(ada: Client) -> None:
    item, key = ada.message("one")
    size = (
        '<t:SetItemField><t:FieldURI FieldURI="item:Size"/><t:Message><t:Size>1</t:Size></t:Message></t:SetItemField>'
    )
    assert ada.codes(update(item, key, subject("two") + size)) == ["ErrorInvalidPropertySet"]
    found = ada.get(item)
    assert found.findtext(t("Subject")) == "one"
    assert found.find(t("ItemId")).get("ChangeKey") == key  # type: ignore[union-attr]  # every item has an id


def test_an_update_of_the_subject_makes_the_mime_anew(ada: Client) -> None:
    item, key = ada.create(f"<t:Message><t:MimeContent>{base64.b64encode(MIME).decode()}</t:MimeContent></t:Message>")[
        0
    ]
    ada.call(update(item, key, subject("Another")))
    assert b"Subject: Another" in mime_of(ada, item)


def test_an_update_of_the_read_flag_keeps_the_mime(ada: Client) -> None:
    item, key = ada.mime(MIME)
    flag = (
        '<t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>false</t:IsRead>'
        "</t:Message></t:SetItemField>"
    )
    assert ada.codes(update(item, key, flag)) == ["NoError"]
    assert mime_of(ada, item) == MIME


def test_move_gives_a_new_id(ada: Client) -> None:
    item, _ = ada.message("wanderer")
    for name, left in (("CopyItem", ["wanderer"]), ("MoveItem", [])):
        reply = ada.call(
            f'<m:{name}><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>'
            f'<m:ItemIds><t:ItemId Id="{item}"/><t:ItemId Id="AAMk"/></m:ItemIds></m:{name}>'
        )
        assert codes(reply) == ["NoError", "ErrorInvalidIdMalformed"]
        assert ids(reply)[0][0] != item
        assert ada.subjects() == left
    assert ada.subjects("drafts") == ["wanderer", "wanderer"]


def test_move_without_asking_for_the_new_ids(ada: Client) -> None:
    item, _ = ada.message("wanderer")
    reply = ada.call(
        '<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds><m:ReturnNewItemIds>false</m:ReturnNewItemIds></m:MoveItem>'
    )
    assert (codes(reply), ids(reply)) == (["NoError"], [])


def test_move_to_where_there_is_nothing(ada: Client) -> None:
    item, _ = ada.message("wanderer")
    folder = ada.folder("Gone")
    ada.call(
        f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds><t:FolderId Id="{folder}"/></m:FolderIds>'
        "</m:DeleteFolder>"
    )
    body = (
        f'<m:MoveItem><m:ToFolderId><t:FolderId Id="{folder}"/></m:ToFolderId><m:ItemIds><t:ItemId '
        f'Id="{item}"/></m:ItemIds></m:MoveItem>'
    )
    assert ada.codes(body) == ["ErrorToFolderNotFound"]


@pytest.mark.parametrize(
    ("how", "where"),
    [("HardDelete", None), ("SoftDelete", "recoverableitemsdeletions"), ("MoveToDeletedItems", "deleteditems")],
)
def test_delete(ada: Client, how: str, where: str | None) -> None:
    item, _ = ada.message("x")
    body = (
        f'<m:DeleteItem DeleteType="{how}"><m:ItemIds><t:ItemId Id="{item}"/><t:ItemId Id="{item}"/>'
        "</m:ItemIds></m:DeleteItem>"
    )
    assert ada.codes(body) == ["NoError", "ErrorItemNotFound"]
    assert ada.subjects() == []
    for place in ("recoverableitemsdeletions", "deleteditems"):
        assert ada.subjects(place) == (["x"] if place == where else [])


def test_soft_deleted_items_are_found_by_their_folder(ada: Client) -> None:
    item, _ = ada.message("x")
    ada.call(f'<m:DeleteItem DeleteType="SoftDelete"><m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:DeleteItem>')
    reply = ada.call(
        '<m:FindItem Traversal="SoftDeleted"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
    )
    assert len(ids(reply)) == 1


def test_deleting_an_appointment_or_task_must_say_more(ada: Client) -> None:
    appointment = ada.create("<t:CalendarItem/>", "calendar", 'SendMeetingInvitations="SendToNone"')[0][0]
    task = ada.create("<t:Task/>", "tasks")[0][0]
    body = (
        f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{appointment}"/><t:ItemId '
        f'Id="{task}"/></m:ItemIds></m:DeleteItem>'
    )
    assert ada.codes(body) == ["ErrorSendMeetingCancellationsRequired", "ErrorAffectedTaskOccurrencesRequired"]


def test_mark_all_items_as_read(ada: Client) -> None:
    ada.create("<t:Message><t:IsRead>false</t:IsRead></t:Message>" * 2)
    body = (
        "<m:MarkAllItemsAsRead><m:ReadFlag>true</m:ReadFlag><m:SuppressReadReceipts>true</m:SuppressReadReceipts>"
        '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:MarkAllItemsAsRead>'
    )
    assert ada.codes(body) == ["NoError"]
    reply = ada.call(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
    )
    assert [element.text for element in reply.iter(t("IsRead"))] == ["true", "true"]


KINDS: list[tuple[str, str, Callable[[etree._Element], object]]] = [
    ("<t:Contact><t:GivenName>Ada</t:GivenName><t:Surname>L</t:Surname></t:Contact>", "contacts", local),
    ("<t:Task><t:Subject>Do</t:Subject></t:Task>", "tasks", local),
    ("<t:PostItem><t:Subject>Post</t:Subject></t:PostItem>", "inbox", local),
    ("<t:CalendarItem><t:Subject>Meet</t:Subject></t:CalendarItem>", "calendar", local),
    ("<t:DistributionList><t:DisplayName>All</t:DisplayName></t:DistributionList>", "contacts", local),
]


@pytest.mark.parametrize(("element", "folder", "kind"), KINDS)
def test_every_kind_comes_back_as_its_kind(
    ada: Client, element: str, folder: str, kind: Callable[[etree._Element], object]
) -> None:
    extra = 'MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"'
    item, _ = ada.create(element, folder, extra)[0]
    assert element.startswith(f"<t:{kind(ada.get(item))}")
