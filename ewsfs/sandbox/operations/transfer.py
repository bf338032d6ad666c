"""ExportItems and UploadItems: items as opaque bytes that make the same item again.

The bytes are this sandbox's own: a magic, then zlib-compressed JSON with the properties, the MIME and the
attachments. Exchange's are its own too, and a client may only pass them on.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from functools import partial
from typing import Any

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.dispatch import Context, operation, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Attachment, Item, children, m, t
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.store_items import now
from ewsfs.sandbox.targets import folder, item_row
from ewsfs.sandbox.values import format_datetime, parse_datetime

_MAGIC = b"EWSFSX1\0"
_LARGEST = 512 * 1024 * 1024


def pack(item: Item) -> bytes:
    """An item as bytes."""
    return _MAGIC + zlib.compress(json.dumps(_of_item(item)).encode(), 6)


def _of_item(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "properties": etree.tostring(item.properties, encoding="unicode"),
        "mime": None if item.mime is None else base64.b64encode(item.mime).decode(),
        "created": format_datetime(item.created),
        "modified": format_datetime(item.modified),
        "attachments": [_of_attachment(attachment) for attachment in item.attachments],
    }


def _of_attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "kind": attachment.kind,
        "name": attachment.name,
        "content_type": attachment.content_type,
        "content_id": attachment.content_id,
        "content_location": attachment.content_location,
        "is_inline": attachment.is_inline,
        "is_contact_photo": attachment.is_contact_photo,
        "last_modified": format_datetime(attachment.last_modified),
        "content": base64.b64encode(attachment.content).decode() if attachment.item is None else None,
        "item": None if attachment.item is None else _of_item(attachment.item),
    }


def unpack(data: bytes) -> Item:
    """The item in bytes that `pack` made. Raises ResponseError ErrorCorruptData for anything else."""
    try:
        if not data.startswith(_MAGIC):
            raise ValueError("no magic")
        unzip = zlib.decompressobj()
        text = unzip.decompress(data[len(_MAGIC) :], _LARGEST)
        if not unzip.eof:
            raise ValueError("cut")
        return _to_item(json.loads(text))
    except (ValueError, KeyError, TypeError, zlib.error, etree.XMLSyntaxError) as error:
        raise ResponseError("ErrorCorruptData", "The data is corrupt.") from error


def _to_item(value: dict[str, Any]) -> Item:
    if value["kind"] not in schema.ITEM_CLASSES and value["kind"] != "Item":
        raise ValueError(value["kind"])
    return Item(
        id="",
        change_key="",
        folder_id="",
        kind=value["kind"],
        properties=parse_properties(value["properties"]),
        mime=None if value["mime"] is None else base64.b64decode(value["mime"]),
        attachments=[_to_attachment(one) for one in value["attachments"]],
        created=parse_datetime(value["created"]),
        modified=parse_datetime(value["modified"]),
    )


def _to_attachment(value: dict[str, Any]) -> Attachment:
    return Attachment(
        id="",
        kind=value["kind"],
        name=value["name"],
        content_type=value["content_type"],
        content_id=value["content_id"],
        content_location=value["content_location"],
        is_inline=value["is_inline"],
        is_contact_photo=value["is_contact_photo"],
        content=b"" if value["content"] is None else base64.b64decode(value["content"]),
        item=None if value["item"] is None else _to_item(value["item"]),
        last_modified=parse_datetime(value["last_modified"]),
    )


@operation("ExportItems")
def export_items(context: Context, request: etree._Element) -> etree._Element:
    def one(element: etree._Element) -> list[etree._Element]:
        row = item_row(context, element)
        item = context.store.items.get(row.id, mime=True)
        if item is None:
            raise ResponseError("ErrorItemNotFound", "The specified object was not found in the store.")
        for attachment in item.attachments:
            if attachment.item is not None:
                attachment.item.mime = context.store.attachments.content(attachment.id) or None
        identifier = etree.Element(m("ItemId"), Id=item.id, ChangeKey=item.change_key)
        data = etree.Element(m("Data"))
        data.text = base64.b64encode(pack(item)).decode("ascii")
        return [identifier, data]

    wanted = list(children(required(request, m("ItemIds"))))
    return respond(context, "ExportItems", [partial(one, element) for element in wanted])


@operation("UploadItems")
def upload_items(context: Context, request: etree._Element) -> etree._Element:
    def one(element: etree._Element) -> list[etree._Element]:
        item = _upload(context, element)
        return [etree.Element(m("ItemId"), Id=item.id, ChangeKey=item.change_key)]

    wanted = list(children(required(request, m("Items"))))
    return respond(context, "UploadItems", [partial(one, element) for element in wanted])


def _upload(context: Context, element: etree._Element) -> Item:
    action = element.get("CreateAction", "CreateNew")
    associated = element.get("IsAssociated", "false") in ("true", "1")
    try:
        data = base64.b64decode("".join((element.findtext(t("Data")) or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise ResponseError("ErrorCorruptData", "The data isn't base64.") from None
    item = unpack(data)
    store = context.store
    with store.transaction():
        place = folder(context, required(element, t("ParentFolderId")))
        reference = element.find(t("ItemId"))
        row = None
        if action != "CreateNew":
            try:
                row = item_row(context, required(element, t("ItemId"))) if reference is not None else None
            except ResponseError as error:
                if action == "Update" or error.code != "ErrorItemNotFound":
                    raise
        if row is None:
            if action == "Update":
                raise ResponseError("ErrorItemNotFound", "The specified object was not found in the store.")
            item.folder_id = place.id
            return store.items.add(item, place.mailbox, associated=associated)
        store.attachments.remove_all(row.id)
        for attachment in item.attachments:
            store.attachments.add(row.id, attachment)
        item.id, item.folder_id, item.modified = row.id, row.folder, now()
        return store.items.update(item)
