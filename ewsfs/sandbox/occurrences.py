"""Items as requests name them: by their id, as an occurrence of a series, or as the master of an occurrence.

The bridge between `calendar`, which knows series, and the store, which keeps masters only.
Threading: as `store`; what `load_item` returns must be copied before it is changed.

Source: EWS reference, ItemId, OccurrenceItemId, RecurringMasterItemId, CalendarView.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime

from lxml import etree

from ewsfs.sandbox import calendar, ids
from ewsfs.sandbox.dispatch import Context
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import IdKind
from ewsfs.sandbox.model import Item, local
from ewsfs.sandbox.store import Folder, ItemRow
from ewsfs.sandbox.store_items import now
from ewsfs.sandbox.targets import row_of


def load_item(context: Context, element: etree._Element, *, mime: bool = False) -> tuple[ItemRow, Item]:
    """The stored row and the item that an ItemId, OccurrenceItemId or RecurringMasterItemId names.

    Of an occurrence the row is that of its master. Raises ResponseError, see `targets.row_of` and
    `calendar.find_occurrence`.
    """
    name = local(element)
    if name == "OccurrenceItemId":
        row, master = _stored(context, element.get("RecurringMasterId"), mime)
        try:
            index = int(element.get("InstanceIndex", ""))
        except ValueError:
            raise ResponseError("ErrorInvalidRequest", "InstanceIndex must be a number.") from None
        ordinal = calendar.ordinal_of_index(master, index)
        return row, calendar.occurrence_item(master, calendar.find_occurrence(master, ordinal))
    if name == "RecurringMasterItemId":
        identifier = element.get("OccurrenceId")
        if ids.id_kind(identifier) is not IdKind.OCCURRENCE:
            raise ResponseError(
                "ErrorCalendarCannotUseIdForOccurrenceId", "The id is not that of an occurrence of a series."
            )
        return _stored(context, ids.split_occurrence(str(identifier))[0], mime)
    identifier = element.get("Id")
    if ids.id_kind(identifier) is IdKind.OCCURRENCE:
        master_id, ordinal = ids.split_occurrence(str(identifier))
        row, master = _stored(context, master_id, mime)
        return row, calendar.occurrence_item(master, calendar.find_occurrence(master, ordinal))
    return _stored(context, identifier, mime)


def _stored(context: Context, identifier: str | None, mime: bool) -> tuple[ItemRow, Item]:
    row = row_of(context, identifier)
    item = context.store.items.get(row.id, mime=mime)
    if item is None:
        raise ResponseError("ErrorItemNotFound", "The specified object was not found in the store.")
    return row, item


def ordinal(item: Item) -> int | None:
    """Which occurrence of its series an item is, None when it is none."""
    if ids.id_kind(item.id) is not IdKind.OCCURRENCE:
        return None
    return ids.split_occurrence(item.id)[1]


def in_view(context: Context, folder: Folder, start: datetime, end: datetime) -> list[Item]:
    """The single items and occurrences that overlap [start, end), by their start."""
    store = context.store
    return calendar.view(store.items.load(store.items.ids_between(folder.id, start, end)), start, end)


def delete(context: Context, row: ItemRow, item: Item) -> None:
    """Take an occurrence out of its series. Inside a transaction."""
    master = _master(context, row)
    found = ordinal(item)
    if found is not None:
        calendar.delete_occurrence(master, found)
        context.store.items.update(master)


def change(context: Context, row: ItemRow, item: Item) -> Item:
    """Keep what was changed on an occurrence; the occurrence as it is then. Inside a transaction."""
    master = _master(context, row)
    found = ordinal(item)
    if found is None:
        raise ResponseError("ErrorItemNotFound", "The item is no occurrence.")
    calendar.change_occurrence(master, found, item)
    stored = context.store.items.update(master)
    return calendar.occurrence_item(stored, calendar.find_occurrence(stored, found))


def _master(context: Context, row: ItemRow) -> Item:
    stored = context.store.items.get(row.id, mime=True)
    if stored is None:
        raise ResponseError("ErrorItemNotFound", "The specified object was not found in the store.")
    return dataclasses.replace(stored.copy(), modified=now())
