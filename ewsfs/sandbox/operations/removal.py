"""DeleteItem, DeleteFolder, EmptyFolder.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

from functools import partial

from lxml import etree

from ewsfs.sandbox import meetings, occurrences
from ewsfs.sandbox.dispatch import Context, operation, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import IdKind, id_kind
from ewsfs.sandbox.model import children, local, m
from ewsfs.sandbox.removal import checked_type, empty_of_items, remove_folder, remove_item
from ewsfs.sandbox.targets import folder


@operation("DeleteItem")
def delete_item(context: Context, request: etree._Element) -> etree._Element:
    how = checked_type(request.get("DeleteType"))
    cancellations = request.get("SendMeetingCancellations")
    tasks = request.get("AffectedTaskOccurrences")

    def one(element: etree._Element) -> list[etree._Element]:
        with context.store.transaction():
            row, item = occurrences.load_item(context, element)
            if row.kind == "CalendarItem":
                if cancellations is None:
                    raise ResponseError(
                        "ErrorSendMeetingCancellationsRequired",
                        "SendMeetingCancellations is required for calendar items.",
                    )
                if cancellations != "SendToNone":
                    meetings.cancel(context, item, save_copy=cancellations == "SendToAllAndSaveCopy")
            elif row.kind == "Task" and tasks is None:
                raise ResponseError(
                    "ErrorAffectedTaskOccurrencesRequired", "AffectedTaskOccurrences is required for tasks."
                )
            if _is_occurrence(element):
                occurrences.delete(context, row, item)
            else:
                remove_item(context, row, how)
        return []

    wanted = list(children(required(request, m("ItemIds"))))
    return respond(context, "DeleteItem", [partial(one, element) for element in wanted])


def _is_occurrence(element: etree._Element) -> bool:
    name = local(element)
    return name == "OccurrenceItemId" or (name == "ItemId" and id_kind(element.get("Id")) is IdKind.OCCURRENCE)


@operation("DeleteFolder")
def delete_folder(context: Context, request: etree._Element) -> etree._Element:
    how = checked_type(request.get("DeleteType"))

    def one(element: etree._Element) -> list[etree._Element]:
        with context.store.transaction():
            remove_folder(context, folder(context, element), how)
        return []

    wanted = list(children(required(request, m("FolderIds"))))
    return respond(context, "DeleteFolder", [partial(one, element) for element in wanted])


@operation("EmptyFolder")
def empty_folder(context: Context, request: etree._Element) -> etree._Element:
    how = checked_type(request.get("DeleteType"))
    subfolders = request.get("DeleteSubFolders", "false") in ("true", "1")

    def one(element: etree._Element) -> list[etree._Element]:
        with context.store.transaction():
            found = folder(context, element)
            if found.kind in ("CalendarFolder", "SearchFolder") or found.distinguished in ("root", "msgfolderroot"):
                raise ResponseError("ErrorCannotEmptyFolder", "This folder can't be emptied.")
            if not (found.distinguished == "deleteditems" and how == "MoveToDeletedItems"):
                empty_of_items(context, found, how)
            for below in context.store.folders.children(found.id) if subfolders else ():
                if not below.distinguished:
                    remove_folder(context, below, how)
        return []

    wanted = list(children(required(request, m("FolderIds"))))
    return respond(context, "EmptyFolder", [partial(one, element) for element in wanted])
