"""The MAPI properties by which the filesystem keeps its own facts with an item or folder on the server.

Named properties under a set of our own survive moves and copies and are seen by every machine; the tags are
those of [MS-OXPROPS]. They are registered with the item classes when this module is imported.
"""

from __future__ import annotations

from ewsfs.ews import ExtendedProperty, Folder
from ewsfs.ews.items import Item

_SET = "6b1c4f7e-5a0d-4e0b-9d7c-3f1f6e2a8c51"


class GivenName(ExtendedProperty):
    """The file name that a user gave."""

    property_set_id = _SET
    property_name = "ewsfs-name"
    property_type = "String"


class UploadId(ExtendedProperty):
    """Made here before an item is created, so that one can ask afterwards whether it was."""

    property_set_id = _SET
    property_name = "ewsfs-upload"
    property_type = "String"


class MessageFlags(ExtendedProperty):
    """PidTagMessageFlags: without its "unsent" bit an item made from MIME is no draft."""

    property_tag = 0x0E07
    property_type = "Integer"


class DeliveryTime(ExtendedProperty):
    """PidTagMessageDeliveryTime: what EWS shows as DateTimeReceived, and lets nobody set."""

    property_tag = 0x0E06
    property_type = "SystemTime"


class HasAnyAttachment(ExtendedProperty):
    """PidTagHasAttachments: also true for inline images, of which HasAttachments takes no notice."""

    property_tag = 0x0E1B
    property_type = "Boolean"


class SendQuota(ExtendedProperty):
    """PidTagProhibitSendQuota: kilobytes, from which on the mailbox can't send."""

    property_tag = 0x666E
    property_type = "Integer"


class ReceiveQuota(ExtendedProperty):
    """PidTagProhibitReceiveQuota: kilobytes, from which on nothing can be put into the mailbox."""

    property_tag = 0x666A
    property_type = "Integer"


class TotalSize(ExtendedProperty):
    """PidTagMessageSizeExtended: bytes that a folder holds; of the root folder, those of the mailbox."""

    property_tag = 0x0E08
    property_type = "Long"


class DisplayName(ExtendedProperty):
    """PidTagDisplayName: by which Outlook calls a document."""

    property_tag = 0x3001
    property_type = "String"


# PidTagMessageFlags, mfRead: read, and (bit 3 not set) not a draft.
READ = 1

ITEM_PROPERTIES: dict[str, type[ExtendedProperty]] = {
    "ewsfs_name": GivenName,
    "ewsfs_upload": UploadId,
    "ewsfs_flags": MessageFlags,
    "ewsfs_delivered": DeliveryTime,
    "ewsfs_has_attachments": HasAnyAttachment,
    "ewsfs_display_name": DisplayName,
}

for _name, _property in ITEM_PROPERTIES.items():
    Item.register(_name, _property)
Folder.register("ewsfs_name", GivenName)
Folder.register("ewsfs_send_quota", SendQuota)
Folder.register("ewsfs_receive_quota", ReceiveQuota)
Folder.register("ewsfs_total_size", TotalSize)
