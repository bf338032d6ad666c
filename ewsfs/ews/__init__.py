"""A client library for Microsoft Exchange Web Services (EWS): Exchange 2007 to SE, and what else speaks it.

    from ewsfs.ews import Account, Configuration, Credentials

    credentials = Credentials("ada@example.com", "secret")
    account = Account("ada@example.com", config=Configuration(server="mail.example.com", credentials=credentials))
    for message in account.inbox.filter(subject__contains="report").order_by("-datetime_received")[:10]:
        print(message.datetime_received, message.subject)

What is used most can be imported from here; all of it is in the modules of its subject.
"""

from __future__ import annotations

from ewsfs.ews.account import Account
from ewsfs.ews.attachments import Attachment, FileAttachment, ItemAttachment, ReferenceAttachment
from ewsfs.ews.configuration import BASIC, DIGEST, GSSAPI, NOAUTH, NTLM, OAUTH2, Configuration
from ewsfs.ews.credentials import DELEGATE, IMPERSONATION, Credentials, OAuth2Credentials, ServiceAccount
from ewsfs.ews.errors import DoesNotExist, EWSError, MultipleObjectsReturned
from ewsfs.ews.ewsdatetime import UTC, UTC_NOW, EWSDate, EWSDateTime, EWSTimeZone
from ewsfs.ews.extended_properties import ExtendedProperty
from ewsfs.ews.folders import (
    BaseFolder,
    Calendar,
    Contacts,
    DistinguishedFolderId,
    Folder,
    FolderCollection,
    FolderId,
    Messages,
    Tasks,
)
from ewsfs.ews.items import (
    CalendarItem,
    Contact,
    DistributionList,
    Item,
    MeetingCancellation,
    MeetingRequest,
    MeetingResponse,
    Message,
    PostItem,
    Task,
)
from ewsfs.ews.oof import OofSettings
from ewsfs.ews.properties import Attendee, Body, HTMLBody, ItemId, Mailbox
from ewsfs.ews.queryset import QuerySet
from ewsfs.ews.restriction import Q
from ewsfs.ews.version import Build, Version

__all__ = [
    "BASIC",
    "DELEGATE",
    "DIGEST",
    "GSSAPI",
    "IMPERSONATION",
    "NOAUTH",
    "NTLM",
    "OAUTH2",
    "UTC",
    "UTC_NOW",
    "Account",
    "Attachment",
    "Attendee",
    "BaseFolder",
    "Body",
    "Build",
    "Calendar",
    "CalendarItem",
    "Configuration",
    "Contact",
    "Contacts",
    "Credentials",
    "DistinguishedFolderId",
    "DistributionList",
    "DoesNotExist",
    "EWSDate",
    "EWSDateTime",
    "EWSError",
    "EWSTimeZone",
    "ExtendedProperty",
    "FileAttachment",
    "Folder",
    "FolderCollection",
    "FolderId",
    "HTMLBody",
    "Item",
    "ItemAttachment",
    "ItemId",
    "Mailbox",
    "MeetingCancellation",
    "MeetingRequest",
    "MeetingResponse",
    "Message",
    "Messages",
    "MultipleObjectsReturned",
    "OAuth2Credentials",
    "OofSettings",
    "PostItem",
    "Q",
    "QuerySet",
    "ReferenceAttachment",
    "ServiceAccount",
    "Task",
    "Tasks",
    "Version",
]
