"""Answers to items, which are sent by creating an item of their kind: replies, forwards, answers to meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ewsfs.ews.element import ElementListField, EWSElement
from ewsfs.ews.fields import BooleanField, DateTimeField, TextField
from ewsfs.ews.properties import BodyField, InternetHeader, MailboxField, MailboxListField
from ewsfs.ews.xmlnames import Element, t

if TYPE_CHECKING:
    from ewsfs.ews.items.base import Item


class ReferringResponse(EWSElement):
    """What names the item that it answers."""

    __slots__ = ()
    REFERENCE_BEFORE: tuple[str, ...] = ()
    """The elements that come before t:ReferenceItemId end with one of these fields; the rest follows."""

    def element_for(self, name: str, item: Item, server: str | None = None) -> Element:
        """The element with this name that answers an item. Raises: ValueError for an item that was never saved."""
        element = self._render(t(name), self.supported_fields(server))
        reference = item.id_element()
        reference.tag = t("ReferenceItemId")
        later = [t(self.field(field).element) for field in self.REFERENCE_BEFORE]
        place = next((index for index, child in enumerate(element) if child.tag in later), len(element))
        element.insert(place, reference)
        return element


class SmartResponse(ReferringResponse):
    """EWS reference: ReplyToItem, ReplyAllToItem, ForwardItem, CancelCalendarItem."""

    __slots__ = ()
    REFERENCE_BEFORE = ("new_body_content",)

    subject = TextField("Subject")
    body = BodyField("Body")
    to_recipients = MailboxListField("ToRecipients")
    cc_recipients = MailboxListField("CcRecipients")
    bcc_recipients = MailboxListField("BccRecipients")
    is_read_receipt_requested = BooleanField("IsReadReceiptRequested")
    is_delivery_receipt_requested = BooleanField("IsDeliveryReceiptRequested")
    author = MailboxField("From")
    new_body_content = BodyField("NewBodyContent")


class MeetingAnswer(ReferringResponse):
    """EWS reference: AcceptItem, DeclineItem, TentativelyAcceptItem."""

    __slots__ = ()
    REFERENCE_BEFORE = ("proposed_start", "proposed_end")

    item_class = TextField("ItemClass")
    sensitivity = TextField("Sensitivity")
    body = BodyField("Body")
    headers = ElementListField("InternetMessageHeaders", InternetHeader)
    sender = MailboxField("Sender")
    to_recipients = MailboxListField("ToRecipients")
    cc_recipients = MailboxListField("CcRecipients")
    bcc_recipients = MailboxListField("BccRecipients")
    is_read_receipt_requested = BooleanField("IsReadReceiptRequested")
    is_delivery_receipt_requested = BooleanField("IsDeliveryReceiptRequested")
    author = MailboxField("From")
    proposed_start = DateTimeField("ProposedStart", since="Exchange2013_SP1")
    proposed_end = DateTimeField("ProposedEnd", since="Exchange2013_SP1")


class PostReply(ReferringResponse):
    """EWS reference: PostReplyItem."""

    __slots__ = ()
    REFERENCE_BEFORE = ("new_body_content",)

    subject = TextField("Subject")
    body = BodyField("Body")
    new_body_content = BodyField("NewBodyContent")
