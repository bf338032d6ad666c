"""Delegates: who else may act in a mailbox, and as what."""

from __future__ import annotations

from ewsfs.ews.element import ElementField, EWSElement
from ewsfs.ews.fields import BooleanField, ChoiceField
from ewsfs.ews.folders.permissions import UserId

LEVELS = ("None", "Editor", "Reviewer", "Author", "Custom")


class DelegatePermissions(EWSElement):
    """EWS reference: DelegatePermissions. What a delegate may do in the default folders.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/delegatepermissions
    """

    __slots__ = ()
    ELEMENT = "DelegatePermissions"

    calendar = ChoiceField("CalendarFolderPermissionLevel", LEVELS)
    tasks = ChoiceField("TasksFolderPermissionLevel", LEVELS)
    inbox = ChoiceField("InboxFolderPermissionLevel", LEVELS)
    contacts = ChoiceField("ContactsFolderPermissionLevel", LEVELS)
    notes = ChoiceField("NotesFolderPermissionLevel", LEVELS)
    journal = ChoiceField("JournalFolderPermissionLevel", LEVELS)


class DelegateUser(EWSElement):
    """EWS reference: DelegateUser. Somebody who may act for the owner of a mailbox.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/delegateuser
    """

    __slots__ = ()
    ELEMENT = "DelegateUser"

    user_id = ElementField("UserId", UserId, required=True)
    delegate_permissions = ElementField("DelegatePermissions", DelegatePermissions)
    receive_copies_of_meeting_messages = BooleanField("ReceiveCopiesOfMeetingMessages")
    view_private_items = BooleanField("ViewPrivateItems")
