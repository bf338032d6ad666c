"""Attachments: files and items, nested, coming and going; what that does to the item."""

from __future__ import annotations

import base64

from lxml import etree

from ewsfs.sandbox.model import m, t
from tests.sandbox.client import Client, codes

INNER = b"Subject: inner\r\nFrom: a@example.org\r\n\r\ninner body\r\n"


def file(name: str, content: bytes, extra: str = "") -> str:
    return (
        f"<t:FileAttachment><t:Name>{name}</t:Name>{extra}<t:Content>{base64.b64encode(content).decode()}"
        "</t:Content></t:FileAttachment>"
    )


def attach(client: Client, item: str, attachments: str) -> etree._Element:
    return client.call(
        f'<m:CreateAttachment><m:ParentItemId Id="{item}"/><m:Attachments>{attachments}</m:Attachments>'
        "</m:CreateAttachment>"
    )


def get(client: Client, *identifiers: str, mime: bool = False) -> etree._Element:
    wanted = "".join(f'<t:AttachmentId Id="{identifier}"/>' for identifier in identifiers)
    shape = "<m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:AttachmentShape>" if mime else ""
    return client.call(f"<m:GetAttachment>{shape}<m:AttachmentIds>{wanted}</m:AttachmentIds></m:GetAttachment>")


def identifiers(element: etree._Element) -> list[str]:
    return [found.get("Id", "") for found in element.iter(t("AttachmentId"))]


def key_of(client: Client, item: str) -> str:
    found = client.get(item).find(t("ItemId"))
    assert found is not None
    return found.get("ChangeKey", "")


def test_a_file_comes_and_goes_and_changes_the_item(ada: Client) -> None:
    item, before = ada.message("x")
    reply = attach(ada, item, file("a.txt", b"one") + file("b.txt", b"two"))
    assert codes(reply) == ["NoError", "NoError"]
    found = reply.findall(f".//{t('AttachmentId')}")
    assert {one.get("RootItemId") for one in found} == {item}
    assert found[-1].get("RootItemChangeKey") == key_of(ada, item) != before
    assert ada.get(item).findtext(t("HasAttachments")) == "true"
    assert [element.text for element in ada.get(item).iterfind(f"{t('Attachments')}/*/{t('Name')}")] == [
        "a.txt",
        "b.txt",
    ]
    content = [element.text for element in get(ada, *identifiers(reply)).iter(t("Content"))]
    assert content == [base64.b64encode(one).decode() for one in (b"one", b"two")]
    wanted = "".join(f'<t:AttachmentId Id="{one}"/>' for one in identifiers(reply))
    reply = ada.call(f"<m:DeleteAttachment><m:AttachmentIds>{wanted}</m:AttachmentIds></m:DeleteAttachment>")
    assert codes(reply) == ["NoError", "NoError"]
    assert reply.findall(f".//{m('RootItemId')}")[-1].get("RootItemChangeKey") == key_of(ada, item)
    assert ada.get(item).findtext(t("HasAttachments")) == "false"


def test_inline_files_are_not_counted_but_are_there(ada: Client) -> None:
    field = (
        '<t:AdditionalProperties><t:ExtendedFieldURI PropertyTag="0x0E1B" PropertyType="Boolean"/>'
        "</t:AdditionalProperties>"
    )
    item, _ = ada.message("x")
    attach(ada, item, file("a.png", b"x", "<t:ContentId>1</t:ContentId><t:IsInline>true</t:IsInline>"))
    found = ada.get(item, "AllProperties", field)
    assert found.findtext(t("HasAttachments")) == "false"
    assert found.findtext(f"{t('ExtendedProperty')}/{t('Value')}") == "true"


def test_created_with_the_item(ada: Client) -> None:
    reply = ada.call(
        '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>x</t:Subject><t:Attachments>'
        f"{file('a.txt', b'one')}</t:Attachments></t:Message></m:Items></m:CreateItem>"
    )
    assert codes(get(ada, *identifiers(reply))) == ["NoError"]


def test_messages_in_messages(ada: Client) -> None:
    source = (
        b"Subject: outer\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
        b"Content-Type: message/rfc822\r\n\r\n" + INNER + b"\r\n--x--\r\n"
    )
    item, _ = ada.mime(source)
    (attached,) = identifiers(ada.get(item))
    reply = get(ada, attached, mime=True)
    assert reply.findtext(f".//{t('Subject')}") == "inner"
    assert base64.b64decode(reply.findtext(f".//{t('MimeContent')}") or "").rstrip() == INNER.rstrip()


def test_an_attached_item_with_its_own_attachment(ada: Client) -> None:
    item, _ = ada.message("x")
    nested = (
        "<t:ItemAttachment><t:Name>n</t:Name><t:Message><t:Subject>inner</t:Subject><t:Attachments>"
        f"{file('deep.txt', b'deep')}</t:Attachments></t:Message></t:ItemAttachment>"
    )
    (attached,) = identifiers(attach(ada, item, nested))
    reply = get(ada, attached)
    deep = [one for one in identifiers(reply) if one != attached]
    assert get(ada, *deep).findtext(f".//{t('Content')}") == base64.b64encode(b"deep").decode()


def test_moved_items_have_new_attachment_ids(ada: Client) -> None:
    item, _ = ada.message("x")
    old = identifiers(attach(ada, item, file("a.txt", b"one")))
    reply = ada.call(
        '<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:MoveItem>'
    )
    moved = reply.find(f".//{t('ItemId')}")
    assert moved is not None
    new = identifiers(ada.get(moved.get("Id", "")))
    assert codes(get(ada, *old)) == ["ErrorItemNotFound"]
    assert get(ada, *new).findtext(f".//{t('Content')}") == base64.b64encode(b"one").decode()


def test_errors_stand_in_their_place(ada: Client) -> None:
    item, _ = ada.message("x")
    (good,) = identifiers(attach(ada, item, file("a.txt", b"one")))
    assert codes(get(ada, item, good, "x")) == ["ErrorInvalidAttachmentId", "NoError", "ErrorInvalidIdMalformed"]
    assert codes(attach(ada, good, file("a.txt", b"one"))) == ["ErrorInvalidIdNotAnItemAttachmentId"]


def test_a_large_file(ada: Client) -> None:
    content = bytes(range(256)) * 80_000
    item, _ = ada.message("x")
    (big,) = identifiers(attach(ada, item, file("big.bin", content)))
    assert base64.b64decode(get(ada, big).findtext(f".//{t('Content')}") or "") == content
