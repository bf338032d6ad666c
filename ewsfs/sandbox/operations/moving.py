"""MoveItem, CopyItem, CopyFolder, MarkAllItemsAsRead.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.folder_shape import FolderShape
from ewsfs.sandbox.ids import IdKind, id_kind
from ewsfs.sandbox.model import Item, children, m
from ewsfs.sandbox.operations.folders import folder_exists
from ewsfs.sandbox.shape import Shape
from ewsfs.sandbox.store import Folder, ItemRow
from ewsfs.sandbox.store_items import now
from ewsfs.sandbox.targets import folder, folder_element, item_row

_TO = "ErrorToFolderNotFound"


@operation("MoveItem")
def move_item(context: Context, request: etree._Element) -> etree._Element:
    return _each(context, request, "MoveItem", context.store.items.move)


@operation("CopyItem")
def copy_item(context: Context, request: etree._Element) -> etree._Element:
    return _each(context, request, "CopyItem", context.store.items.copy)


def _each(
    context: Context, request: etree._Element, name: str, act: Callable[[ItemRow, str, str], Item]
) -> etree._Element:
    target = required(request, m("ToFolderId"))
    with_ids = (request.findtext(m("ReturnNewItemIds")) or "true").strip() in ("true", "1")
    shape = Shape("IdOnly")

    def one(element: etree._Element) -> list[etree._Element]:
        if element.get("Id") and id_kind(element.get("Id")) is IdKind.OCCURRENCE:
            raise ResponseError("ErrorCalendarCannotMoveOrCopyOccurrence", "An occurrence can't be moved or copied.")
        with context.store.transaction():
            place = folder_element(context, target, _TO)
            row = item_row(context, element)
            if place.kind == "SearchFolder":
                raise ResponseError("ErrorMoveCopyFailed", "Nothing can be put into a search folder.")
            item = act(row, place.id, place.mailbox)
        return [payload("Items", *([shape.render(item)] if with_ids else []))]

    wanted = list(children(required(request, m("ItemIds"))))
    return respond(context, name, [partial(one, element) for element in wanted], "Items")


@operation("CopyFolder")
def copy_folder(context: Context, request: etree._Element) -> etree._Element:
    target = required(request, m("ToFolderId"))
    shape = FolderShape(context, None)

    def one(element: etree._Element) -> list[etree._Element]:
        with context.store.transaction():
            source, parent = folder(context, element), folder_element(context, target, _TO)
            if source.distinguished in ("root", "msgfolderroot"):
                raise ResponseError("ErrorMoveCopyFailed", "The root of a mailbox can't be copied.")
            if context.store.folders.is_below(parent.id, source.id):
                raise ResponseError("ErrorMoveCopyFailed", "A folder can't be copied into itself.")
            if context.store.folders.child_named(parent.id, source.name) is not None:
                raise folder_exists()
            copied = _copy_tree(context, source, parent)
        return [payload("Folders", *shape.render([copied]))]

    wanted = list(children(required(request, m("FolderIds"))))
    return respond(context, "CopyFolder", [partial(one, element) for element in wanted])


def _copy_tree(context: Context, source: Folder, parent: Folder) -> Folder:
    store = context.store
    copied = store.folders.create(
        parent.mailbox, parent.id, source.kind, source.folder_class, source.name, source.properties
    )
    for identifier in store.items.ids(source.id):
        row = store.items.row(identifier)
        if row is not None:
            store.items.copy(row, copied.id, copied.mailbox)
    for below in store.folders.children(source.id):
        _copy_tree(context, below, copied)
    return copied


@operation("MarkAllItemsAsRead")
def mark_all_items_as_read(context: Context, request: etree._Element) -> etree._Element:
    flag = request.findtext(m("ReadFlag")) or "true"
    is_read = flag.strip() in ("true", "1")

    def one(element: etree._Element) -> list[etree._Element]:
        with context.store.transaction():
            found = folder(context, element)
            for identifier in context.store.items.ids(found.id):
                row = context.store.items.row(identifier)
                stored = context.store.items.get(identifier, mime=True)
                if row is None or stored is None or row.is_read == is_read:
                    continue
                item = stored.copy()
                schema.set_text(item.properties, "IsRead", "true" if is_read else "false")
                item.modified = now()
                context.store.items.update(item, only_read_flag=True)
        return []

    wanted = list(children(required(request, m("FolderIds"))))
    return respond(context, "MarkAllItemsAsRead", [partial(one, element) for element in wanted])
