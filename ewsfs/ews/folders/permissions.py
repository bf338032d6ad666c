"""Who may do what in a folder."""

from __future__ import annotations

from ewsfs.ews.element import ElementField, ElementListField, EWSElement
from ewsfs.ews.fields import BooleanField, ChoiceField, TextField
from ewsfs.ews.listfields import TextListField

ACTIONS = ("None", "Owned", "All")
LEVELS = (
    "None", "Owner", "PublishingEditor", "Editor", "PublishingAuthor", "Author", "NoneditingAuthor", "Reviewer",
    "Contributor", "Custom",
)  # fmt: skip


class UserId(EWSElement):
    """EWS reference: UserId. Somebody who has rights, or everybody ("Default"), or the unknown ("Anonymous").

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/userid
    """

    __slots__ = ()
    ELEMENT = "UserId"

    sid = TextField("SID")
    primary_smtp_address = TextField("PrimarySmtpAddress")
    display_name = TextField("DisplayName")
    distinguished_user = ChoiceField("DistinguishedUser", ("Default", "Anonymous"))
    external_user_identity = TextField("ExternalUserIdentity")


class Permission(EWSElement):
    """EWS reference: Permission. What one of them may do.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/permission
    """

    __slots__ = ()
    ELEMENT = "Permission"

    user_id = ElementField("UserId", UserId)
    can_create_items = BooleanField("CanCreateItems")
    can_create_subfolders = BooleanField("CanCreateSubFolders")
    is_folder_owner = BooleanField("IsFolderOwner")
    is_folder_visible = BooleanField("IsFolderVisible")
    is_folder_contact = BooleanField("IsFolderContact")
    edit_items = ChoiceField("EditItems", ACTIONS)
    delete_items = ChoiceField("DeleteItems", ACTIONS)
    read_items = ChoiceField("ReadItems", ("None", "FullDetails"))
    permission_level = ChoiceField("PermissionLevel", LEVELS)


class CalendarPermission(EWSElement):
    """EWS reference: CalendarPermission. What one of them may do in a calendar.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/calendarpermission
    """

    __slots__ = ()
    ELEMENT = "CalendarPermission"

    user_id = ElementField("UserId", UserId)
    can_create_items = BooleanField("CanCreateItems")
    can_create_subfolders = BooleanField("CanCreateSubFolders")
    is_folder_owner = BooleanField("IsFolderOwner")
    is_folder_visible = BooleanField("IsFolderVisible")
    is_folder_contact = BooleanField("IsFolderContact")
    edit_items = ChoiceField("EditItems", ACTIONS)
    delete_items = ChoiceField("DeleteItems", ACTIONS)
    read_items = ChoiceField("ReadItems", ("None", "TimeOnly", "TimeAndSubjectAndLocation", "FullDetails"))
    calendar_permission_level = ChoiceField(
        "CalendarPermissionLevel", (*LEVELS[:-1], "FreeBusyTimeOnly", "FreeBusyTimeAndSubjectAndLocation", "Custom")
    )


class PermissionSet(EWSElement):
    """EWS reference: PermissionSet (of folders that are no calendars).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/permissionset-permissionsettype
    """

    __slots__ = ()
    ELEMENT = "PermissionSet"

    permissions = ElementListField("Permissions", Permission)
    unknown_entries = TextListField("UnknownEntries", item="UnknownEntry")


class CalendarPermissionSet(EWSElement):
    """EWS reference: PermissionSet (of calendars).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/permissionset-calendarpermissionsettype
    """

    __slots__ = ()
    ELEMENT = "PermissionSet"

    permissions = ElementListField("CalendarPermissions", CalendarPermission)
    unknown_entries = TextListField("UnknownEntries", item="UnknownEntry")
