"""`PostItem`: what was posted in a folder."""

from __future__ import annotations

from ewsfs.ews.fields import BooleanField, DateTimeField, TextField
from ewsfs.ews.items.base import Item
from ewsfs.ews.listfields import BinaryField
from ewsfs.ews.properties import MailboxField


class PostItem(Item):
    """EWS reference: PostItem. A note for everybody who reads a folder.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/postitem
    """

    __slots__ = ()
    ELEMENT = "PostItem"

    conversation_index = BinaryField("message:ConversationIndex", read_only=True, searchable=False)
    conversation_topic = TextField("message:ConversationTopic", read_only=True)
    author = MailboxField("message:From", searchable=True, read_only=True)
    message_id = TextField("message:InternetMessageId", read_only=True)
    is_read = BooleanField("message:IsRead")
    posted_time = DateTimeField("postitem:PostedTime", read_only=True)
    references = TextField("message:References")
    sender = MailboxField("message:Sender", read_only=True)
