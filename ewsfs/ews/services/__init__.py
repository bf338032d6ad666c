"""The operations of EWS, one small class each; see `base` for what they share."""

from ewsfs.ews.services.attachments import CreateAttachment, DeleteAttachment, GetAttachment
from ewsfs.ews.services.find import FindFolder, FindItem, Page, indexed_view
from ewsfs.ews.services.folders import (
    CopyFolder,
    CreateFolder,
    DeleteFolder,
    EmptyFolder,
    GetFolder,
    MarkAllItemsAsRead,
    MoveFolder,
    UpdateFolder,
)
from ewsfs.ews.services.items import (
    ArchiveItem,
    CopyItem,
    CreateItem,
    DeleteItem,
    GetItem,
    MarkAsJunk,
    MoveItem,
    SendItem,
    UpdateItem,
)
from ewsfs.ews.services.sync import SyncFolderHierarchy, SyncFolderItems, SyncPage

__all__ = [
    "ArchiveItem",
    "CopyFolder",
    "CopyItem",
    "CreateAttachment",
    "CreateFolder",
    "CreateItem",
    "DeleteAttachment",
    "DeleteFolder",
    "DeleteItem",
    "EmptyFolder",
    "FindFolder",
    "FindItem",
    "GetAttachment",
    "GetFolder",
    "GetItem",
    "MarkAllItemsAsRead",
    "MarkAsJunk",
    "MoveFolder",
    "MoveItem",
    "Page",
    "SendItem",
    "SyncFolderHierarchy",
    "SyncFolderItems",
    "SyncPage",
    "UpdateFolder",
    "UpdateItem",
    "indexed_view",
]
