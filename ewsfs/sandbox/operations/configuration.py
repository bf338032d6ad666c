"""CreateUserConfiguration, GetUserConfiguration, UpdateUserConfiguration, DeleteUserConfiguration.

A configuration is an associated item of its folder, with the item class IPM.Configuration.NAME; what it holds is
kept beside it.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

import copy

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Draft, Item, m, new_properties, t
from ewsfs.sandbox.store import Folder
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.store_items import now
from ewsfs.sandbox.targets import folder_element
from ewsfs.sandbox.values import write_booleans

_PARTS = ("Dictionary", "XmlData", "BinaryData")


def _class(name: str) -> str:
    return f"IPM.Configuration.{name}"


def _find(context: Context, folder: Folder, name: str) -> Item | None:
    wanted = _class(name).casefold()
    ids = context.store.items.ids(folder.id, associated=True)
    return next(
        (item for item in context.store.items.load(ids) if (item.get("ItemClass") or "").casefold() == wanted), None
    )


def _required(context: Context, element: etree._Element) -> tuple[Folder, Item]:
    folder = folder_element(context, element)
    item = _find(context, folder, element.get("Name", ""))
    if item is None:
        raise ResponseError("ErrorItemNotFound", "The specified configuration was not found.")
    return folder, item


def _setting(item: Item) -> str:
    return f"configuration:{item.id}"


@operation("CreateUserConfiguration")
def create_user_configuration(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        given = required(request, m("UserConfiguration"))
        element = required(given, t("UserConfigurationName"))
        with context.store.transaction():
            folder = folder_element(context, element)
            name = element.get("Name", "")
            if _find(context, folder, name) is not None:
                raise ResponseError("ErrorItemSave", "A configuration of that name exists already.")
            properties = new_properties("Message")
            for key, value in (("ItemClass", _class(name)), ("Subject", _class(name)), ("IsDraft", "false")):
                schema.set_text(properties, key, value)
            draft = Draft("Message", properties)
            item = context.store.items.add(draft.item(folder_id=folder.id, now=now()), folder.mailbox, associated=True)
            context.store.set_setting(folder.mailbox, _setting(item), etree.tostring(given, encoding="unicode"))
        return []

    return respond(context, "CreateUserConfiguration", [work])


@operation("UpdateUserConfiguration")
def update_user_configuration(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        given = required(request, m("UserConfiguration"))
        with context.store.transaction():
            folder, item = _required(context, required(given, t("UserConfigurationName")))
            kept = parse_properties(context.store.setting(folder.mailbox, _setting(item)) or "<x/>")
            merged = etree.Element(kept.tag)
            for part in _PARTS:
                found = given.find(t(part))
                found = kept.find(t(part)) if found is None else found
                if found is not None:
                    merged.append(copy.deepcopy(found))
            context.store.set_setting(folder.mailbox, _setting(item), etree.tostring(merged, encoding="unicode"))
            changed = item.copy()
            changed.modified = now()
            context.store.items.update(changed)
        return []

    return respond(context, "UpdateUserConfiguration", [work])


@operation("GetUserConfiguration")
def get_user_configuration(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        element = required(request, m("UserConfigurationName"))
        wanted = (request.findtext(m("UserConfigurationProperties")) or "All").split()
        folder, item = _required(context, element)
        kept = parse_properties(context.store.setting(folder.mailbox, _setting(item)) or "<x/>")
        name = etree.Element(t("UserConfigurationName"), Name=element.get("Name", ""))
        etree.SubElement(name, t("FolderId"), Id=folder.id, ChangeKey=folder.change_key)
        out = payload("UserConfiguration", name)
        if {"Id", "All"} & set(wanted):
            etree.SubElement(out, t("ItemId"), Id=item.id, ChangeKey=item.change_key)
        for part in _PARTS:
            found = kept.find(t(part))
            if found is not None and {part, "All"} & set(wanted):
                shown = copy.deepcopy(found)
                for typed in shown.iter(t("DictionaryKey"), t("DictionaryValue")):
                    if typed.findtext(t("Type")) == "Boolean":
                        write_booleans(typed, {"Value"})
                out.append(shown)
        return [out]

    return respond(context, "GetUserConfiguration", [work])


@operation("DeleteUserConfiguration")
def delete_user_configuration(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        with context.store.transaction():
            folder, item = _required(context, required(request, m("UserConfigurationName")))
            row = context.store.items.row(item.id)
            if row is not None:
                context.store.items.remove(row)
            context.store.set_setting(folder.mailbox, _setting(item), None)
        return []

    return respond(context, "DeleteUserConfiguration", [work])
