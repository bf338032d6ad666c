"""From the client library's items and folders to the filesystem's records: pure functions, used by `remote`."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.items import CalendarItem, Contact, DistributionList, Item, Message, Task
from ewsfs.vfs.model import Kind, RemoteFolder, RemoteItem

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# What a listing asks for of every item; `start` only where a calendar item can be met.
COMMON_FIELDS = (
    "subject",
    "size",
    "has_attachments",
    "last_modified_time",
    "datetime_created",
    "ewsfs_name",
    "ewsfs_has_attachments",
    "item_class",
)
MAIL_FIELDS = ("datetime_received", "datetime_sent", "is_read", "is_draft")


# Of which class of the client library the items of a kind are.
CLASSES: dict[Kind, type[Item]] = {
    Kind.MAIL: Message,
    Kind.EVENT: CalendarItem,
    Kind.TASK: Task,
    Kind.CONTACT: Contact,
    Kind.LIST: DistributionList,
    Kind.DOCUMENT: Message,
}
# The item class of a file in a folder, by [MS-OXODOC] 2.2.2.1; a part of it follows that tells the type of file.
DOCUMENT_CLASS = "IPM.Document"


def kind_of(item: Item) -> Kind:
    """Which kind of file an item is; whatever has no format of its own is shown as its MIME."""
    if isinstance(item, CalendarItem):
        return Kind.EVENT
    if isinstance(item, Task):
        return Kind.TASK
    if isinstance(item, Contact):
        return Kind.CONTACT
    if isinstance(item, DistributionList):
        return Kind.LIST
    if f"{item.item_class or ''}.".casefold().startswith(f"{DOCUMENT_CLASS}.".casefold()):
        return Kind.DOCUMENT
    return Kind.MAIL


def to_item(item: Item, *, sent_folder: bool = False) -> RemoteItem | None:
    """The record of an item from a listing or a sync; None for one that has no id.

    Parameters: `sent_folder`, date mail by when it was sent (DESIGN.md 5).
    """
    if not item.item_id:
        return None
    kind = kind_of(item)
    created = ns(item.datetime_created)
    modified = ns(item.last_modified_time)
    received = ns(getattr(item, "datetime_received", None))
    sent = ns(getattr(item, "datetime_sent", None))
    when: int | None
    mtime = modified
    if kind is Kind.EVENT:
        when = ns(getattr(item, "start", None))
    elif kind is Kind.MAIL:
        if getattr(item, "is_draft", None):
            when = modified or created
        else:
            when = (sent or received) if sent_folder else (received or sent)
            mtime = when or modified
            when = when or created
    else:
        when = created
    return RemoteItem(
        id=item.item_id,
        change_key=item.changekey or "",
        kind=kind,
        title=_title(item),
        when_ns=when,
        mtime_ns=_bounded(mtime or created or 0),
        ctime_ns=_bounded(modified or created or 0),
        size=max(item.size or 0, 0),
        has_attachments=kind.has_folder and bool(item.has_attachments or getattr(item, "ewsfs_has_attachments", None)),
        given_name=getattr(item, "ewsfs_name", None) or None,
        is_read=getattr(item, "is_read", None) is not False,
        is_all_day=bool(getattr(item, "is_all_day", None)),
    )


def _bounded(time_ns: int) -> int:
    """A time that the index and stat(2) can hold, in 64 bits: servers mean "none" by the year 4501."""
    return min(max(time_ns, -(2**63)), 2**63 - 1)


def _title(item: Item) -> str:
    shown = getattr(item, "display_name", None) if isinstance(item, (Contact, DistributionList)) else None
    return str(shown or item.subject or "")


def to_folder(folder: BaseFolder) -> RemoteFolder | None:
    """The record of a folder; None for one that has no id."""
    if not folder.folder_id:
        return None
    rights = folder.effective_rights
    return RemoteFolder(
        id=folder.folder_id,
        change_key=folder.changekey or "",
        parent_id=folder.parent_folder_id.id if folder.parent_folder_id else "",
        name=folder.name or "",
        folder_class=folder.folder_class or "",
        given_name=getattr(folder, "ewsfs_name", None) or None,
        # A server that doesn't tell says no when it is asked.
        may_create=rights is None or rights.create_contents is not False,
        may_make_folders=rights is None or rights.create_hierarchy is not False,
    )


def ns(when: date | datetime | None) -> int | None:
    """Nanoseconds since the epoch; exact to the microsecond, also before 1970; None stays None."""
    if when is None:
        return None
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=timezone.utc)
    return (when - _EPOCH) // timedelta(microseconds=1) * 1000
