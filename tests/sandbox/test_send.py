"""Sending: drafts, copies, delivery to the other users, replies and forwards."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.model import t
from tests.sandbox.client import Client, codes, ids

TO_BEN = (
    "<t:ToRecipients><t:Mailbox><t:Name>Ben</t:Name><t:EmailAddress>ben@example.test</t:EmailAddress>"
    "</t:Mailbox></t:ToRecipients>"
)
COPIES = (
    "<t:CcRecipients><t:Mailbox><t:EmailAddress>cy@example.test</t:EmailAddress></t:Mailbox></t:CcRecipients>"
    "<t:BccRecipients><t:Mailbox><t:EmailAddress>far@example.org</t:EmailAddress></t:Mailbox></t:BccRecipients>"
)


def create(items: str, disposition: str) -> str:
    return f'<m:CreateItem MessageDisposition="{disposition}"><m:Items>{items}</m:Items></m:CreateItem>'


def first(client: Client, folder: str = "inbox") -> tuple[str, str]:
    reply = client.call(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        f'<m:ParentFolderIds><t:DistinguishedFolderId Id="{folder}"/></m:ParentFolderIds></m:FindItem>'
    )
    return ids(reply)[0]


def test_sent_mail_arrives_unread_without_blind_recipients(ada: Client, ben: Client) -> None:
    reply = ada.call(create(f"<t:Message><t:Subject>hi</t:Subject>{TO_BEN}{COPIES}</t:Message>", "SendAndSaveCopy"))
    assert (codes(reply), ids(reply)) == (["NoError"], [])
    sent, arrived = ada.get(first(ada, "sentitems")[0]), ben.get(first(ben)[0])
    assert [sent.findtext(t(name)) for name in ("IsDraft", "IsRead")] == ["false", "true"]
    assert [arrived.findtext(t(name)) for name in ("IsDraft", "IsRead", "Subject")] == ["false", "false", "hi"]
    assert arrived.findtext(f"{t('From')}/{t('Mailbox')}/{t('EmailAddress')}") == "ada@example.test"
    assert sent.find(t("BccRecipients")) is not None
    assert arrived.find(t("BccRecipients")) is None


def test_send_only_keeps_no_copy(ada: Client, ben: Client) -> None:
    assert ada.codes(create(f"<t:Message>{TO_BEN}</t:Message>", "SendOnly")) == ["NoError"]
    assert (len(ada.subjects("sentitems")), len(ben.subjects())) == (0, 1)


@pytest.mark.parametrize(
    "recipients",
    ["", "<t:ToRecipients><t:Mailbox><t:EmailAddress>nowhere</t:EmailAddress></t:Mailbox></t:ToRecipients>"],
)
def test_nobody_to_send_to(ada: Client, recipients: str) -> None:
    assert ada.codes(create(f"<t:Message>{recipients}</t:Message>", "SendAndSaveCopy")) == ["ErrorInvalidRecipients"]
    assert ada.subjects("sentitems") == []


def test_a_private_list_is_expanded(ada: Client, ben: Client) -> None:
    list_id, _ = ada.create(
        "<t:DistributionList><t:DisplayName>All</t:DisplayName><t:Members><t:Member><t:Mailbox>"
        "<t:EmailAddress>ben@example.test</t:EmailAddress></t:Mailbox></t:Member></t:Members></t:DistributionList>",
        "contacts",
    )[0]
    to = f'<t:ToRecipients><t:Mailbox><t:ItemId Id="{list_id}"/></t:Mailbox></t:ToRecipients>'
    assert ada.codes(create(f"<t:Message><t:Subject>all</t:Subject>{to}</t:Message>", "SendOnly")) == ["NoError"]
    assert ben.subjects() == ["all"]


def send(item: str, key: str, save: str = "true", folder: str = "") -> str:
    place = f'<m:SavedItemFolderId><t:DistinguishedFolderId Id="{folder}"/></m:SavedItemFolderId>' if folder else ""
    return (
        f'<m:SendItem SaveItemToFolder="{save}"><m:ItemIds><t:ItemId Id="{item}" ChangeKey="{key}"/>'
        f"</m:ItemIds>{place}</m:SendItem>"
    )


def test_send_item_moves_the_draft(ada: Client, ben: Client) -> None:
    item, key = ada.create(f"<t:Message><t:Subject>draft</t:Subject>{TO_BEN}</t:Message>", "drafts")[0]
    assert ada.codes(send(item, key, folder="sentitems")) == ["NoError"]
    assert (ada.subjects("drafts"), ada.subjects("sentitems"), ben.subjects()) == ([], ["draft"], ["draft"])
    assert ada.codes(send(item, key)) == ["ErrorItemNotFound"]


def test_send_item_without_a_copy(ada: Client, ben: Client) -> None:
    item, key = ada.create(f"<t:Message><t:Subject>draft</t:Subject>{TO_BEN}</t:Message>", "drafts")[0]
    assert ada.codes(send(item, key, "false", "sentitems")) == ["ErrorInvalidSendItemSaveSettings"]
    assert ada.codes(send(item, key, "false")) == ["NoError"]
    assert (ada.subjects("drafts"), ada.subjects("sentitems"), ben.subjects()) == ([], [], ["draft"])


def test_send_item_needs_the_newest_change_key(ada: Client) -> None:
    item, key = ada.create(f"<t:Message>{TO_BEN}</t:Message>", "drafts")[0]
    ada.codes(
        f'<m:CreateAttachment><m:ParentItemId Id="{item}"/><m:Attachments><t:FileAttachment><t:Name>a</t:Name>'
        "<t:Content>eA==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>"
    )
    assert ada.codes(send(item, key)) == ["ErrorIrresolvableConflict"]
    assert ada.codes(send(item, "").replace(' ChangeKey=""', "")) == ["ErrorChangeKeyRequiredForWriteOperations"]


def test_update_and_send(ada: Client, ben: Client) -> None:
    item, key = ada.create("<t:Message><t:Subject>x</t:Subject></t:Message>", "drafts")[0]
    body = (
        '<m:UpdateItem ConflictResolution="AutoResolve" MessageDisposition="SendAndSaveCopy"><m:ItemChanges>'
        "<t:ItemChange>"
        f'<t:ItemId Id="{item}" ChangeKey="{key}"/><t:Updates><t:SetItemField><t:FieldURI '
        'FieldURI="message:ToRecipients"/>'
        f"<t:Message>{TO_BEN}</t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )
    assert ada.codes(body) == ["NoError"]
    assert (ada.subjects("drafts"), ada.subjects("sentitems"), ben.subjects()) == ([], ["x"], ["x"])


def test_reply_all_and_forward(ada: Client, ben: Client) -> None:
    ada.call(
        create(
            f"<t:Message><t:Subject>plan</t:Subject><t:Body BodyType='Text'>old text</t:Body>{TO_BEN}{COPIES}"
            "</t:Message>",
            "SendOnly",
        )
    )
    item, key = first(ben)
    reference = (
        f'<t:ReferenceItemId Id="{item}" ChangeKey="{key}"/><t:NewBodyContent BodyType="Text">new text'
        "</t:NewBodyContent>"
    )
    answers = (
        f"<t:ReplyToItem>{reference}</t:ReplyToItem><t:ReplyAllToItem>{reference}</t:ReplyAllToItem>"
        f"<t:ForwardItem>{TO_BEN.replace('ben@', 'ada@')}{reference}</t:ForwardItem>"
    )
    assert ben.codes(create(answers, "SendAndSaveCopy")) == ["NoError"] * 3
    assert sorted(map(str, ada.subjects())) == ["FW: plan", "RE: plan", "RE: plan"]
    reply = ada.call(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
    )
    found = [ada.get(identifier) for identifier, _ in ids(reply)]
    assert all("new text" in (one.findtext(t("Body")) or "") for one in found)
    assert all("old text" in (one.findtext(t("Body")) or "") for one in found)
    assert sorted(str(one.findtext(t("DisplayCc"))) for one in found) == ["", "", "cy@example.test"]
    assert sum(one.find(t("InReplyTo")) is not None for one in found) == 2


def test_a_reply_to_nothing(ada: Client) -> None:
    body = create("<t:ReplyToItem><t:Subject>x</t:Subject></t:ReplyToItem>", "SaveOnly")
    assert ada.codes(body) == ["ErrorInvalidReferenceItem"]


def test_a_saved_reply_is_a_draft(ada: Client) -> None:
    item, key = ada.message("topic")
    body = create(f'<t:ReplyToItem><t:ReferenceItemId Id="{item}" ChangeKey="{key}"/></t:ReplyToItem>', "SaveOnly")
    reply = ada.call(body)
    assert ada.get(ids(reply)[0][0]).findtext(t("IsDraft")) == "true"
    assert ada.subjects("drafts") == ["RE: topic"]
