"""Deleting: to Deleted Items, to the recoverable items, or for good; items, folders and what is in them.

Threading: as `store`.

Source: EWS reference, "Deleting items by using EWS in Exchange", DisposalType.
"""

from __future__ import annotations

from ewsfs.sandbox.dispatch import Context
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.store import Folder, ItemRow, Store

TYPES = ("HardDelete", "SoftDelete", "MoveToDeletedItems")


def checked_type(text: str | None) -> str:
    """A DeleteType. Raises ResponseError for anything else."""
    if text not in TYPES:
        raise ResponseError("ErrorInvalidRequest", f"{text!r} is no DeleteType.")
    return text


def remove_item(context: Context, row: ItemRow, how: str) -> None:
    """Delete an item; already in the recoverable items it goes for good."""
    store = context.store
    place = store.folders.get(row.folder)
    in_dumpster = place is not None and "recoverableitems" in place.distinguished
    if how == "HardDelete" or in_dumpster:
        store.items.remove(row)
    elif how == "SoftDelete":
        target = _default(store, row.mailbox, "recoverableitemsdeletions")
        store.items.move(row, target.id, target.mailbox, origin=row.folder)
    else:
        target = _default(store, row.mailbox, "deleteditems")
        store.items.move(row, target.id, target.mailbox)


def _default(store: Store, mailbox: str, name: str) -> Folder:
    """A default folder of a mailbox or of an archive. Raises ResponseError for public folders, which have none."""
    return store.folder(mailbox, f"archive{name}" if mailbox.startswith("archive:") else name)


def remove_folder(context: Context, found: Folder, how: str) -> None:
    """Delete a folder with all that is in it. Raises ResponseError for a distinguished folder."""
    store = context.store
    if found.distinguished:
        raise ResponseError("ErrorDeleteDistinguishedFolder", "A distinguished folder can't be deleted.")
    if how == "MoveToDeletedItems":
        trash = _default(store, found.mailbox, "deleteditems")
        store.folders.move(found, trash, _free_name(context, found, trash))
        return
    for below in [*reversed(store.folders.descendants(found.id)), found]:
        empty_of_items(context, below, how)
        store.folders.remove(below)


def empty_of_items(context: Context, found: Folder, how: str) -> None:
    """Delete the items of a folder, associated ones too."""
    for associated in (False, True):
        for identifier in context.store.items.ids(found.id, associated=associated):
            row = context.store.items.row(identifier)
            if row is not None:
                remove_item(context, row, "HardDelete" if associated else how)


def _free_name(context: Context, found: Folder, parent: Folder) -> str:
    """The folder's name, with a number when a child of the parent has it already."""
    name, number = found.name, 0
    while True:
        other = context.store.folders.child_named(parent.id, name)
        if other is None or other.id == found.id:
            return name
        number += 1
        name = f"{found.name}{number}"
