"""The mailbox as the filesystem sees it: a few questions and a few changes, in its own words and records.

The only part of `ewsfs.vfs` (with `properties`, `describe` and `files`) that speaks to `ewsfs.ews`; every error
leaves it as a `VfsError`.
"""

from __future__ import annotations

from ewsfs.vfs.remote.attaching import Attached, AttachedTo, RemoteAttaching
from ewsfs.vfs.remote.authoring import RemoteAuthoring
from ewsfs.vfs.remote.changes import NewMessage, RemoteChanges
from ewsfs.vfs.remote.contents import RemoteContents
from ewsfs.vfs.remote.folders import FolderChanges, RemoteFolders
from ewsfs.vfs.remote.items import ItemChanges, RemoteItems, Standing
from ewsfs.vfs.remote.link import OutcomeUnknown, SyncLost
from ewsfs.vfs.remote.service import RemoteService
from ewsfs.vfs.remote.uploads import RemoteUploads, Upload

__all__ = [
    "Attached",
    "AttachedTo",
    "FolderChanges",
    "ItemChanges",
    "Mailbox",
    "NewMessage",
    "OutcomeUnknown",
    "Standing",
    "SyncLost",
    "Upload",
]


class Mailbox(
    RemoteFolders,
    RemoteItems,
    RemoteContents,
    RemoteAttaching,
    RemoteChanges,
    RemoteAuthoring,
    RemoteUploads,
    RemoteService,
):
    """One mailbox on its server: all that is asked and changed there, over one connection."""
