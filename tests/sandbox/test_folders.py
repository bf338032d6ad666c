"""Folders: the default set, finding, making, changing, moving, deleting, counters."""

from __future__ import annotations

import pytest
from lxml import etree

from ewsfs.sandbox.model import m, t
from tests.sandbox.client import Client, codes

DISTINGUISHED = [
    "root",
    "msgfolderroot",
    "inbox",
    "drafts",
    "sentitems",
    "deleteditems",
    "outbox",
    "junkemail",
    "calendar",
    "contacts",
    "tasks",
    "notes",
    "journal",
    "searchfolders",
    "recoverableitemsroot",
    "recoverableitemsdeletions",
    "recoverableitemsversions",
    "recoverableitemspurges",
    "conversationhistory",
    "syncissues",
    "conflicts",
    "localfailures",
    "serverfailures",
    "recipientcache",
    "quickcontacts",
    "imcontactlist",
]


def get(client: Client, place: str, shape: str = "AllProperties", extra: str = "") -> etree._Element:
    return client.call(
        f"<m:GetFolder><m:FolderShape><t:BaseShape>{shape}</t:BaseShape>{extra}</m:FolderShape>"
        f"<m:FolderIds>{place}</m:FolderIds></m:GetFolder>"
    )


def by_id(identifier: str, key: str = "") -> str:
    return f'<t:FolderId Id="{identifier}"{key}/>'


def named(name: str) -> str:
    return f'<t:DistinguishedFolderId Id="{name}"/>'


def names(
    client: Client, parent: str = "msgfolderroot", traversal: str = "Shallow", restriction: str = ""
) -> list[str]:
    reply = client.call(
        f'<m:FindFolder Traversal="{traversal}"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"{restriction}<m:ParentFolderIds>{named(parent)}</m:ParentFolderIds></m:FindFolder>"
    )
    assert codes(reply) == ["NoError"]
    return [str(element.text) for element in reply.iter(t("DisplayName"))]


def test_the_default_folders_and_what_is_refused(ada: Client) -> None:
    reply = get(ada, "".join(named(name) for name in [*DISTINGUISHED, "archiveroot", "publicfoldersroot"]))
    assert codes(reply) == ["NoError"] * len(DISTINGUISHED) + [
        "ErrorFolderNotFound",
        "ErrorNoPublicFolderServerAvailable",
    ]
    assert [element.text for element in reply.iter(t("DistinguishedFolderId"))] == DISTINGUISHED


@pytest.mark.parametrize(
    ("name", "kind", "folder_class"),
    [
        ("inbox", "Folder", "IPF.Note"),
        ("calendar", "CalendarFolder", "IPF.Appointment"),
        ("contacts", "ContactsFolder", "IPF.Contact"),
        ("tasks", "TasksFolder", "IPF.Task"),
        ("notes", "Folder", "IPF.StickyNote"),
        ("root", "Folder", None),
    ],
)
def test_kinds_and_classes(ada: Client, name: str, kind: str, folder_class: str | None) -> None:
    found = get(ada, named(name)).find(f".//{t(kind)}")
    assert found is not None
    assert found.findtext(t("FolderClass")) == folder_class


def test_find_folder_shallow_and_deep(ada: Client) -> None:
    inner = ada.folder("Inner", ada.folder("Outer"))
    assert "Outer" not in names(ada)
    assert names(ada, "inbox") == ["Outer"]
    assert names(ada, "inbox", "Deep") == ["Outer", "Inner"]
    assert inner != ""


@pytest.mark.parametrize(
    ("restriction", "found"),
    [
        ((
            '<t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURIOrConstant><t:Constant '
            'Value="Tasks"/></t:FieldURIOrConstant></t:IsEqualTo>'
        ), ["Tasks"]),
        ((
            '<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase"><t:FieldURI '
            'FieldURI="folder:DisplayName"/><t:Constant Value="ITEMS"/></t:Contains>'
        ), ["Sent Items", "Deleted Items"]),
        ((
            '<t:IsEqualTo><t:FieldURI FieldURI="folder:FolderClass"/><t:FieldURIOrConstant><t:Constant '
            'Value="IPF.Contact"/></t:FieldURIOrConstant></t:IsEqualTo>'
        ), ["Contacts"]),
        ((
            '<t:IsGreaterThan><t:FieldURI FieldURI="folder:TotalCount"/><t:FieldURIOrConstant><t:Constant '
            'Value="0"/></t:FieldURIOrConstant></t:IsGreaterThan>'
        ), ["Inbox"]),
    ],
)  # fmt: skip
def test_find_folder_with_a_restriction(ada: Client, restriction: str, found: list[str]) -> None:
    ada.message("one")
    assert names(ada, restriction=f"<m:Restriction>{restriction}</m:Restriction>") == found


def test_find_folder_pages(ada: Client) -> None:
    seen: list[str] = []
    for offset in range(0, 100, 5):
        reply = ada.call(
            '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
            f'<m:IndexedPageFolderView MaxEntriesReturned="5" Offset="{offset}" BasePoint="Beginning"/>'
            f"<m:ParentFolderIds>{named('msgfolderroot')}</m:ParentFolderIds></m:FindFolder>"
        )
        seen += [str(element.text) for element in reply.iter(t("DisplayName"))]
        root = reply.find(f".//{m('RootFolder')}")
        assert root is not None
        if root.get("IncludesLastItemInRange") == "true":
            break
    assert seen == names(ada)


def test_counters(ada: Client) -> None:
    ada.message("read")
    ada.create("<t:Message><t:Subject>unread</t:Subject><t:IsRead>false</t:IsRead></t:Message>")
    ada.folder("Below")
    found = get(ada, named("inbox")).find(f".//{t('Folder')}")
    assert found is not None
    assert [found.findtext(t(name)) for name in ("TotalCount", "UnreadCount", "ChildFolderCount")] == ["2", "1", "1"]


def test_a_name_is_there_once_below_a_parent(ada: Client) -> None:
    ada.folder("Twice")
    body = (
        f"<m:CreateFolder><m:ParentFolderId>{named('inbox')}</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>"
        "TWICE</t:DisplayName></t:Folder><t:Folder><t:DisplayName>Other</t:DisplayName></t:Folder></m:Folders>"
        "</m:CreateFolder>"
    )
    assert ada.codes(body) == ["ErrorFolderExists", "NoError"]


def test_the_kind_of_a_new_folder_follows_its_class(ada: Client) -> None:
    reply = ada.call(
        f"<m:CreateFolder><m:ParentFolderId>{named('msgfolderroot')}</m:ParentFolderId><m:Folders>"
        "<t:Folder><t:FolderClass>IPF.Appointment</t:FolderClass><t:DisplayName>A</t:DisplayName></t:Folder>"
        "<t:ContactsFolder><t:DisplayName>B</t:DisplayName></t:ContactsFolder>"
        "<t:CalendarFolder><t:FolderClass>IPF.Note</t:FolderClass><t:DisplayName>C</t:DisplayName></t:CalendarFolder>"
        "<t:TasksFolder><t:DisplayName>D</t:DisplayName></t:TasksFolder></m:Folders></m:CreateFolder>"
    )
    assert codes(reply) == ["NoError", "NoError", "ErrorObjectTypeChanged", "NoError"]
    kinds = [element[0].tag for element in reply.iter(m("Folders")) if len(element)]
    assert kinds == [t("CalendarFolder"), t("ContactsFolder"), t("TasksFolder")]


def test_rename_gives_a_new_change_key_and_keeps_the_id(ada: Client) -> None:
    folder = ada.folder("Before")
    ada.folder("Taken")

    def update(name: str, key: str = "") -> etree._Element:
        return ada.call(
            f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{by_id(folder, key)}<t:Updates><t:SetFolderField>"
            f'<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>{name}</t:DisplayName></t:Folder>'
            "</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
        )

    old = get(ada, by_id(folder)).find(f".//{t('FolderId')}")
    new = update("After").find(f".//{t('FolderId')}")
    assert old is not None
    assert new is not None
    assert new.get("Id") == folder
    assert new.get("ChangeKey") != old.get("ChangeKey")
    assert codes(update("taken")) == ["ErrorFolderExists"]
    assert codes(update("AFTER")) == ["NoError"]
    assert codes(update("x", f' ChangeKey="{old.get("ChangeKey")}"')) == ["ErrorStaleObject"]


def test_extended_properties_of_a_folder(ada: Client) -> None:
    field = (
        '<t:ExtendedFieldURI PropertySetId="11111111-2222-3333-4444-555555555555" PropertyName="x" '
        'PropertyType="String"/>'
    )
    ada.call(
        f"<m:CreateFolder><m:ParentFolderId>{named('inbox')}</m:ParentFolderId><m:Folders><t:Folder>"
        "<t:DisplayName>E</t:DisplayName>"
        f"<t:ExtendedProperty>{field}<t:Value>one</t:Value></t:ExtendedProperty></t:Folder></m:Folders>"
        "</m:CreateFolder>"
    )
    restriction = (
        f"<m:Restriction><t:IsEqualTo>{field}<t:FieldURIOrConstant><t:Constant Value='one'/></t:FieldURIOrConstant>"
        "</t:IsEqualTo></m:Restriction>"
    )
    assert names(ada, "inbox", restriction=restriction) == ["E"]
    reply = ada.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>'
        f"<t:AdditionalProperties>{field}</t:AdditionalProperties></m:FolderShape>"
        f"<m:ParentFolderIds>{named('inbox')}</m:ParentFolderIds></m:FindFolder>"
    )
    assert reply.findtext(f".//{t('Value')}") == "one"


def test_move_keeps_ids_and_contents(ada: Client) -> None:
    folder, target = ada.folder("Moving"), ada.folder("Target")
    ada.message("inside", by_id(folder))

    def move(what: str, where: str) -> list[str]:
        return ada.codes(
            f"<m:MoveFolder><m:ToFolderId>{where}</m:ToFolderId><m:FolderIds>{what}</m:FolderIds></m:MoveFolder>"
        )

    assert move(by_id(folder), by_id(target)) == ["NoError"]
    assert ada.subjects(folder) == ["inside"]
    assert move(by_id(target), by_id(folder)) == ["ErrorMoveCopyFailed"]
    assert move(named("inbox"), by_id(target)) == ["ErrorMoveDistinguishedFolder"]
    ada.folder("Moving")
    assert move(by_id(folder), named("inbox")) == ["ErrorFolderExists"]


def delete(client: Client, what: str, how: str) -> list[str]:
    return client.codes(f'<m:DeleteFolder DeleteType="{how}"><m:FolderIds>{what}</m:FolderIds></m:DeleteFolder>')


def test_a_deleted_folder_goes_below_deleted_items(ada: Client) -> None:
    for _ in range(2):
        folder = ada.folder("Gone")
        ada.message("inside", by_id(folder))
        assert delete(ada, by_id(folder), "MoveToDeletedItems") == ["NoError"]
        assert ada.subjects(folder) == ["inside"]
    assert names(ada, "deleteditems") == ["Gone", "Gone1"]


def test_a_hard_deleted_folder_is_gone_with_all_below(ada: Client) -> None:
    folder = ada.folder("Gone")
    inner = ada.folder("Inner", folder)
    ada.message("inside", by_id(inner))
    assert delete(ada, by_id(folder), "HardDelete") == ["NoError"]
    assert codes(get(ada, by_id(folder) + by_id(inner))) == ["ErrorFolderNotFound"] * 2


def test_items_of_a_soft_deleted_folder_can_be_recovered(ada: Client) -> None:
    folder = ada.folder("Gone")
    ada.message("inside", by_id(folder))
    assert delete(ada, by_id(folder), "SoftDelete") == ["NoError"]
    assert ada.subjects("recoverableitemsdeletions") == ["inside"]


@pytest.mark.parametrize("name", ["inbox", "calendar", "root"])
def test_distinguished_folders_stay(ada: Client, name: str) -> None:
    assert delete(ada, named(name), "HardDelete") == ["ErrorDeleteDistinguishedFolder"]


def test_empty_folder(ada: Client) -> None:
    ada.message("one")
    ada.folder("Below")
    for how, left in (("false", ["Below"]), ("true", [])):
        body = (
            f'<m:EmptyFolder DeleteType="MoveToDeletedItems" DeleteSubFolders="{how}">'
            f"<m:FolderIds>{named('inbox')}</m:FolderIds></m:EmptyFolder>"
        )
        assert ada.codes(body) == ["NoError"]
        assert names(ada, "inbox") == left
    assert ada.subjects() == []
    assert ada.subjects("deleteditems") == ["one"]


def test_copy_folder(ada: Client) -> None:
    folder, target = ada.folder("Original"), ada.folder("Target")
    ada.message("inside", by_id(folder))
    reply = ada.call(
        f"<m:CopyFolder><m:ToFolderId>{by_id(target)}</m:ToFolderId><m:FolderIds>{by_id(folder)}"
        "</m:FolderIds></m:CopyFolder>"
    )
    found = reply.find(f".//{t('FolderId')}")
    assert found is not None
    assert ada.subjects(found.get("Id", "")) == ["inside"]
    assert ada.subjects(folder) == ["inside"]


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ("", "ErrorInvalidIdEmpty"),
        ("foo", "ErrorInvalidIdMalformed"),
        ("QUFBQUFBQUFBQUFBQUFB", "ErrorInvalidIdMalformed"),
    ],
)
def test_ids_that_are_none(ada: Client, identifier: str, code: str) -> None:
    assert codes(get(ada, by_id(identifier))) == [code]


def test_an_item_id_is_no_folder_id(ada: Client) -> None:
    item, _ = ada.message("x")
    assert codes(get(ada, by_id(item))) == ["ErrorCannotUseItemIdForFolderId"]


def test_a_search_folder_lists_what_it_searches(ada: Client) -> None:
    ada.message("a needle")
    ada.message("hay", "drafts")
    ada.message("needle two", "drafts")
    reply = ada.call(
        f"<m:CreateFolder><m:ParentFolderId>{named('searchfolders')}</m:ParentFolderId><m:Folders><t:SearchFolder>"
        '<t:DisplayName>Needles</t:DisplayName><t:SearchParameters Traversal="Deep"><t:Restriction>'
        '<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase"><t:FieldURI '
        'FieldURI="item:Subject"/>'
        f'<t:Constant Value="needle"/></t:Contains></t:Restriction><t:BaseFolderIds>{named("msgfolderroot")}'
        "</t:BaseFolderIds></t:SearchParameters></t:SearchFolder></m:Folders></m:CreateFolder>"
    )
    found = reply.find(f".//{t('FolderId')}")
    assert found is not None
    assert sorted(map(str, ada.subjects(found.get("Id", "")))) == ["a needle", "needle two"]
