"""`Message`: mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ewsfs.ews.element import ElementField
from ewsfs.ews.fields import BooleanField, TextField
from ewsfs.ews.insights import MessageSafety
from ewsfs.ews.items.base import Item
from ewsfs.ews.listfields import BinaryField
from ewsfs.ews.properties import (
    ApprovalRequestData,
    Mailbox,
    MailboxField,
    MailboxListField,
    ReminderMessageData,
    VotingInformation,
)

if TYPE_CHECKING:
    from ewsfs.ews.folders.base import BaseFolder


class Message(Item):
    """EWS reference: Message. Mail, sent or received or still a draft.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/message-ex15websvcsotherref
    """

    __slots__ = ()
    ELEMENT = "Message"

    sender = MailboxField("message:Sender", read_only_after_send=True)
    to_recipients = MailboxListField("message:ToRecipients", searchable=True, read_only_after_send=True)
    cc_recipients = MailboxListField("message:CcRecipients", searchable=True, read_only_after_send=True)
    bcc_recipients = MailboxListField("message:BccRecipients", searchable=True, read_only_after_send=True)
    is_read_receipt_requested = BooleanField("message:IsReadReceiptRequested", read_only_after_send=True)
    is_delivery_receipt_requested = BooleanField("message:IsDeliveryReceiptRequested", read_only_after_send=True)
    conversation_index = BinaryField("message:ConversationIndex", read_only=True, searchable=False)
    conversation_topic = TextField("message:ConversationTopic", read_only=True)
    author = MailboxField("message:From", searchable=True, read_only_after_send=True)
    message_id = TextField("message:InternetMessageId", read_only_after_send=True)
    is_read = BooleanField("message:IsRead")
    is_response_requested = BooleanField("message:IsResponseRequested")
    references = TextField("message:References", read_only_after_send=True)
    reply_to = MailboxListField("message:ReplyTo", read_only_after_send=True)
    received_by = MailboxField("message:ReceivedBy", read_only=True)
    received_representing = MailboxField("message:ReceivedRepresenting", read_only=True)
    approval_request_data = ElementField(
        "message:ApprovalRequestData", ApprovalRequestData, since="Exchange2013", read_only=True, rare=True
    )
    voting_information = ElementField(
        "message:VotingInformation", VotingInformation, since="Exchange2013", read_only=True, rare=True
    )
    reminder_message_data = ElementField(
        "message:ReminderMessageData", ReminderMessageData, since="Exchange2013_SP1", rare=True
    )

    message_safety = ElementField(
        "message:MessageSafety", MessageSafety, since="V2016_10_10", read_only=True, rare=True
    )
    published_calendar_item_ics = TextField(
        "message:PublishedCalendarItemIcs", since="V2016_10_10", read_only=True, rare=True
    )
    published_calendar_item_name = TextField(
        "message:PublishedCalendarItemName", since="V2016_10_10", read_only=True, rare=True
    )

    def send(self, *, save_copy: bool = False, copy_to_folder: BaseFolder[Any] | None = None) -> None:
        """Send it; a draft that was saved is gone from its folder afterwards.

        Parameters: `save_copy`, keep a copy, in `copy_to_folder` or Sent Items. Raises: EWSError.
        """
        if copy_to_folder is not None and not save_copy:
            raise ValueError("'copy_to_folder' needs 'save_copy'")
        self._account()._send_one(self, save_copy=save_copy, folder=copy_to_folder)
        self._values.pop("item_id", None)
        self._values.pop("changekey", None)

    def send_and_save(self, *, copy_to_folder: BaseFolder[Any] | None = None) -> None:
        """Send it, with a copy in its folder, Sent Items when it has none. Raises: EWSError."""
        folder = copy_to_folder
        if folder is None and self.item_id is None:
            folder = self.folder
        self.send(save_copy=True, copy_to_folder=folder)

    # -- answers -----------------------------------------------------------------------------------

    def reply(
        self,
        subject: str | None = None,
        body: str | None = None,
        to_recipients: Iterable[Mailbox | str] | None = None,
        cc_recipients: Iterable[Mailbox | str] | None = None,
        bcc_recipients: Iterable[Mailbox | str] | None = None,
    ) -> None:
        """Answer the sender, or `to_recipients`; the old text follows `body`. Raises: EWSError."""
        self._answer("ReplyToItem", subject, body, to_recipients, cc_recipients, bcc_recipients)

    def reply_all(
        self,
        subject: str | None = None,
        body: str | None = None,
        to_recipients: Iterable[Mailbox | str] | None = None,
        cc_recipients: Iterable[Mailbox | str] | None = None,
        bcc_recipients: Iterable[Mailbox | str] | None = None,
    ) -> None:
        """Answer the sender and all who got it. Raises: EWSError."""
        self._answer("ReplyAllToItem", subject, body, to_recipients, cc_recipients, bcc_recipients)

    def forward(
        self,
        subject: str | None = None,
        body: str | None = None,
        to_recipients: Iterable[Mailbox | str] | None = None,
        cc_recipients: Iterable[Mailbox | str] | None = None,
        bcc_recipients: Iterable[Mailbox | str] | None = None,
    ) -> None:
        """Send it on, attachments included. Raises: EWSError."""
        self._answer("ForwardItem", subject, body, to_recipients, cc_recipients, bcc_recipients)

    def _answer(
        self,
        element: str,
        subject: str | None,
        body: str | None,
        to_recipients: Iterable[Mailbox | str] | None,
        cc_recipients: Iterable[Mailbox | str] | None,
        bcc_recipients: Iterable[Mailbox | str] | None,
    ) -> None:
        from ewsfs.ews.items.response import SmartResponse

        response = SmartResponse(
            subject=subject,
            to_recipients=to_recipients,
            cc_recipients=cc_recipients,
            bcc_recipients=bcc_recipients,
            new_body_content=body,
        )
        self._account()._respond(response.element_for(element, self))
