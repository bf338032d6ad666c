"""Delegates and folder permissions, and what they open."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.model import t
from tests.sandbox.client import Client, codes

OWNER = "<m:Mailbox><t:EmailAddress>ben@example.test</t:EmailAddress></m:Mailbox>"


def user(address: str = "ada@example.test") -> str:
    return f"<t:UserId><t:PrimarySmtpAddress>{address}</t:PrimarySmtpAddress></t:UserId>"


def grant(name: str, level: str, address: str = "ada@example.test", owner: str = OWNER) -> str:
    return (
        f"<m:{name}>{owner}<m:DelegateUsers><t:DelegateUser>{user(address)}<t:DelegatePermissions>"
        f"<t:InboxFolderPermissionLevel>{level}</t:InboxFolderPermissionLevel></t:DelegatePermissions>"
        f"</t:DelegateUser></m:DelegateUsers></m:{name}>"
    )


def place(folder: str) -> str:
    mailbox = "<t:Mailbox><t:EmailAddress>ben@example.test</t:EmailAddress></t:Mailbox>"
    return f'<t:DistinguishedFolderId Id="{folder}">{mailbox}</t:DistinguishedFolderId>'


def find(client: Client, folder: str = "inbox") -> list[str]:
    return client.codes(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        f"<m:ParentFolderIds>{place(folder)}</m:ParentFolderIds></m:FindItem>"
    )


def create(client: Client) -> list[str]:
    return client.codes(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{place("inbox")}</m:SavedItemFolderId>'
        "<m:Items><t:Message><t:Subject>from ada</t:Subject></t:Message></m:Items></m:CreateItem>"
    )


@pytest.mark.parametrize(
    ("level", "read", "write"),
    [
        ("None", "ErrorAccessDenied", "ErrorAccessDenied"),
        ("Reviewer", "NoError", "ErrorAccessDenied"),
        ("Editor", "NoError", "NoError"),
    ],
)
def test_what_a_level_opens(ada: Client, ben: Client, level: str, read: str, write: str) -> None:
    assert set(ben.codes(grant("AddDelegate", level))) == {"NoError"}
    assert find(ada) == [read]
    assert find(ada, "calendar") == ["ErrorAccessDenied"]
    assert create(ada) == [write]
    assert ben.subjects() == (["from ada"] if write == "NoError" else [])


def test_update_get_and_remove(ada: Client, ben: Client) -> None:
    ben.call(grant("AddDelegate", "None"))
    assert set(ben.codes(grant("UpdateDelegate", "Reviewer"))) == {"NoError"}
    reply = ben.call(f'<m:GetDelegate IncludePermissions="true">{OWNER}</m:GetDelegate>')
    assert reply.findtext(f".//{t('InboxFolderPermissionLevel')}") == "Reviewer"
    assert reply.findtext(f".//{t('PrimarySmtpAddress')}") == "ada@example.test"
    remove = f"<m:RemoveDelegate>{OWNER}<m:UserIds>{user()}</m:UserIds></m:RemoveDelegate>"
    assert set(ben.codes(remove)) == {"NoError"}
    assert "ErrorNotDelegate" in ben.codes(remove)
    assert find(ada) == ["ErrorAccessDenied"]
    assert codes(ben.call(f'<m:GetDelegate IncludePermissions="true">{OWNER}</m:GetDelegate>')) == ["NoError"]


@pytest.mark.parametrize(
    ("address", "code"),
    [("ben@example.test", "ErrorDelegateCannotAddOwner"), ("x@example.test", "ErrorDelegateNoUser")],
)
def test_who_cannot_be_a_delegate(ben: Client, address: str, code: str) -> None:
    assert code in ben.codes(grant("AddDelegate", "Editor", address))


def test_twice(ben: Client) -> None:
    ben.call(grant("AddDelegate", "Editor"))
    assert "ErrorDelegateAlreadyExists" in ben.codes(grant("AddDelegate", "Editor"))


def test_only_the_owner_says_who(ada: Client) -> None:
    assert ada.codes(grant("AddDelegate", "Editor")) == ["ErrorAccessDenied"]


def test_folder_permissions(ada: Client, ben: Client) -> None:
    body = (
        '<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:DistinguishedFolderId Id="inbox"/><t:Updates>'
        "<t:SetFolderField>"
        '<t:FieldURI FieldURI="folder:PermissionSet"/><t:Folder><t:PermissionSet><t:Permissions><t:Permission>'
        f"{user()}<t:PermissionLevel>Reviewer</t:PermissionLevel></t:Permission></t:Permissions>"
        "</t:PermissionSet></t:Folder>"
        "</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    )
    assert ben.codes(body) == ["NoError"]
    assert find(ada) == ["NoError"]
    assert create(ada) == ["ErrorAccessDenied"]
