"""The classes of folders by what they are for, and which class a folder of a reply becomes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ewsfs.ews.element import ElementField
from ewsfs.ews.fields import ChoiceField, IntegerField, TextField
from ewsfs.ews.folders.base import BaseFolder, ItemT
from ewsfs.ews.folders.permissions import CalendarPermissionSet, PermissionSet
from ewsfs.ews.items import (
    CalendarItem,
    Contact,
    DistributionList,
    MeetingCancellation,
    MeetingRequest,
    MeetingResponse,
    Message,
    PostItem,
    Task,
)
from ewsfs.ews.queryset import QuerySet


class Folder(BaseFolder[ItemT]):
    """EWS reference: Folder. A folder, of whatever kind.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/folder
    """

    __slots__ = ()
    ELEMENT = "Folder"

    permission_set = ElementField("folder:PermissionSet", PermissionSet, rare=True)
    unread_count = IntegerField("folder:UnreadCount", read_only=True)


class Messages(Folder[Message]):
    """EWS reference: Folder. A folder for mail.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/folder
    """

    __slots__ = ()
    FOLDER_CLASS = "IPF.Note"
    ITEM_CLASSES = (Message, MeetingRequest, MeetingResponse, MeetingCancellation, PostItem)


class Calendar(Folder[CalendarItem]):
    """EWS reference: CalendarFolder. A folder for appointments.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/calendarfolder
    """

    __slots__ = ()
    ELEMENT = "CalendarFolder"
    FOLDER_CLASS = "IPF.Appointment"
    ITEM_CLASSES = (CalendarItem,)

    sharing_effective_rights = ChoiceField(
        "folder:SharingEffectiveRights",
        ("None", "TimeOnly", "TimeAndSubjectAndLocation", "FullDetails"),
        read_only=True,
        since="Exchange2010",
        rare=True,
    )
    calendar_permission_set = ElementField("folder:PermissionSet", CalendarPermissionSet, rare=True)

    def view(self, start: datetime, end: datetime, max_items: int | None = None) -> QuerySet[CalendarItem]:
        """What happens between two times, recurring items as the single occurrences that they are.

        Parameters: `start`, `end`, at most two years apart; `max_items`, no more than so many.
        Raises: ValueError for times that make no sense.
        """
        return self.all()._with_view(start, end, max_items)


class Contacts(Folder[Contact]):
    """EWS reference: ContactsFolder. A folder for contacts and distribution lists.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/contactsfolder
    """

    __slots__ = ()
    ELEMENT = "ContactsFolder"
    FOLDER_CLASS = "IPF.Contact"
    ITEM_CLASSES = (Contact, DistributionList)

    sharing_effective_rights = ChoiceField(
        "folder:SharingEffectiveRights", ("None", "FullDetails"), read_only=True, since="Exchange2010", rare=True
    )
    source_id = TextField("SourceId", since="Exchange2013", read_only=True, rare=True)
    account_name = TextField("AccountName", since="Exchange2013", read_only=True, rare=True)


class Tasks(Folder[Task]):
    """EWS reference: TasksFolder. A folder for tasks.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/tasksfolder
    """

    __slots__ = ()
    ELEMENT = "TasksFolder"
    FOLDER_CLASS = "IPF.Task"
    ITEM_CLASSES = (Task,)


class SearchFolder(Folder[ItemT]):
    """EWS reference: SearchFolder. What a search finds, shown as a folder.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/searchfolder
    """

    __slots__ = ()
    ELEMENT = "SearchFolder"


_BY_ELEMENT: dict[str, type[Folder[Any]]] = {
    "CalendarFolder": Calendar,
    "ContactsFolder": Contacts,
    "TasksFolder": Tasks,
    "SearchFolder": SearchFolder,
}
_BY_CLASS: tuple[type[Folder[Any]], ...] = (Calendar, Contacts, Tasks, Messages)


def class_for(element: str, folder_class: str | None) -> type[Folder[Any]]:
    """The class for a folder. Parameters: the local name of its element, and its FolderClass.

    The FolderClass of a kind may go on behind a dot: IPF.Appointment.Birthday is a calendar.
    """
    if element in _BY_ELEMENT:
        return _BY_ELEMENT[element]
    for kind in _BY_CLASS:
        if folder_class is not None and f"{folder_class}.".startswith(f"{kind.FOLDER_CLASS}."):
            return kind
    return Folder
