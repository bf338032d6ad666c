"""ExportItems and UploadItems: the same item again, in another mailbox, and refusals."""

from __future__ import annotations

import base64

import pytest

from ewsfs.sandbox.model import t
from tests.sandbox.client import Client, codes, ids

SOURCE = b"From: a@example.org\r\nSubject: kept\r\nDate: Mon, 02 Mar 2026 09:15:00 +0100\r\n\r\nbody\r\n"


def export(client: Client, *items: str) -> list[str]:
    wanted = "".join(f'<t:ItemId Id="{item}"/>' for item in items)
    reply = client.call(f"<m:ExportItems><m:ItemIds>{wanted}</m:ItemIds></m:ExportItems>")
    return [str(element.text) for element in reply.iter("{*}Data")]


def folder_id(client: Client, name: str) -> str:
    reply = client.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
        f'<m:FolderIds><t:DistinguishedFolderId Id="{name}"/></m:FolderIds></m:GetFolder>'
    )
    found = reply.find(f".//{t('FolderId')}")
    assert found is not None
    return found.get("Id", "")


def upload(folder: str, data: str, action: str = "CreateNew", item: str = "", attributes: str = "") -> str:
    old = f'<t:ItemId Id="{item}"/>' if item else ""
    return (
        f'<m:UploadItems><m:Items><t:Item CreateAction="{action}" {attributes}><t:ParentFolderId Id="{folder}"/>{old}'
        f"<t:Data>{data}</t:Data></t:Item></m:Items></m:UploadItems>"
    )


def mime(client: Client, item: str) -> bytes:
    element = client.get(item, "IdOnly", "<t:IncludeMimeContent>true</t:IncludeMimeContent>")
    return base64.b64decode(element.findtext(t("MimeContent")) or "")


def test_into_another_mailbox(ada: Client, ben: Client) -> None:
    item, _ = ada.mime(SOURCE)
    ada.call(
        f'<m:CreateAttachment><m:ParentItemId Id="{item}"/><m:Attachments><t:FileAttachment><t:Name>a</t:Name>'
        "<t:Content>eA==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>"
    )
    (data,) = export(ada, item)
    reply = ben.call(upload(folder_id(ben, "inbox"), data))
    assert codes(reply) == ["NoError"]
    new = "".join(element.get("Id", "") for element in reply.iter("{*}ItemId"))
    found = ben.get(new)
    assert found.findtext(t("Subject")) == "kept"
    assert found.findtext(t("DateTimeReceived")) == ada.get(item).findtext(t("DateTimeReceived"))
    assert found.findtext(f"{t('Attachments')}/{t('FileAttachment')}/{t('Name')}") == "a"
    assert export(ben, new) == export(ben, new)


def test_mime_survives(ada: Client) -> None:
    item, _ = ada.mime(SOURCE)
    (data,) = export(ada, item)
    reply = ada.call(upload(folder_id(ada, "drafts"), data))
    assert mime(ada, "".join(element.get("Id", "") for element in reply.iter("{*}ItemId"))) == SOURCE


def test_update_and_update_or_create(ada: Client) -> None:
    folder = folder_id(ada, "inbox")
    item, _ = ada.mime(SOURCE)
    (data,) = export(ada, item)
    other, _ = ada.message("other")
    assert ada.codes(upload(folder, data, "Update", other)) == ["NoError"]
    assert ada.subjects() == ["kept", "kept"] or sorted(map(str, ada.subjects())) == ["kept", "kept"]
    ada.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{other}"/></m:ItemIds></m:DeleteItem>')
    assert ada.codes(upload(folder, data, "Update", other)) == ["ErrorItemNotFound"]
    assert ada.codes(upload(folder, data, "UpdateOrCreate", other)) == ["NoError"]
    assert len(ada.subjects()) == 2


def test_an_associated_item_is_not_listed_with_the_others(ada: Client) -> None:
    item, _ = ada.message("hidden")
    (data,) = export(ada, item)
    assert ada.codes(upload(folder_id(ada, "drafts"), data, attributes='IsAssociated="true"')) == ["NoError"]
    assert ada.subjects("drafts") == []
    reply = ada.call(
        '<m:FindItem Traversal="Associated"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="drafts"/></m:ParentFolderIds></m:FindItem>'
    )
    assert [element.text for element in reply.iter(t("IsAssociated"))] == ["true"]
    assert len(ids(reply)) == 1


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:40], lambda data: "AAAA" + data, lambda data: "eA==", lambda data: data[:-40]]
)
def test_broken_data(ada: Client, spoil: object) -> None:
    item, _ = ada.message("x")
    (data,) = export(ada, item)
    assert ada.codes(upload(folder_id(ada, "inbox"), spoil(data))) == ["ErrorCorruptData"]  # type: ignore[operator]  # a function
