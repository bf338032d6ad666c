"""GetFolder, FindFolder, CreateFolder, UpdateFolder and MoveFolder.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

import copy
from functools import partial

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.fields import stored_extended
from ewsfs.sandbox.folder_shape import FolderShape, folder_readers, kind_of_class
from ewsfs.sandbox.model import children, local, m, t
from ewsfs.sandbox.paging import page
from ewsfs.sandbox.paths import ExtendedFieldURI, FieldURI, find_in, parse
from ewsfs.sandbox.restriction import compile_for
from ewsfs.sandbox.soap import SoapFault
from ewsfs.sandbox.store import Folder
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.store_folders import PUBLIC
from ewsfs.sandbox.targets import folder, folder_element

_KINDS = ("Folder", "CalendarFolder", "ContactsFolder", "SearchFolder", "TasksFolder")
_KEPT = ("ExtendedProperty", "PermissionSet", "SearchParameters", "PolicyTag", "ArchiveTag")
_PERMISSION = (
    "UserId", "CanCreateItems", "CanCreateSubFolders", "IsFolderOwner", "IsFolderVisible", "IsFolderContact",
    "EditItems", "DeleteItems", "ReadItems",
)  # fmt: skip
_NAME_LIMIT = 255
_PARENT, _TO = "ErrorParentFolderNotFound", "ErrorToFolderNotFound"


@operation("GetFolder")
def get_folder(context: Context, request: etree._Element) -> etree._Element:
    shape = FolderShape(context, request.find(m("FolderShape")))
    wanted = list(children(required(request, m("FolderIds"))))

    def one(element: etree._Element) -> list[etree._Element]:
        return [payload("Folders", *shape.render([folder(context, element)]))]

    return respond(context, "GetFolder", [partial(one, element) for element in wanted])


@operation("FindFolder")
def find_folder(context: Context, request: etree._Element) -> etree._Element:
    shape = FolderShape(context, request.find(m("FolderShape")))
    traversal = request.get("Traversal", "Shallow")
    view = request.find(m("IndexedPageFolderView"))
    view = request.find(m("FractionalPageFolderView")) if view is None else view

    def one(element: etree._Element) -> list[etree._Element]:
        meant = compile_for(request.find(m("Restriction")), folder_readers(context))
        parent = folder(context, element)
        if traversal == "SoftDeleted":
            found: list[Folder] = []
        elif traversal == "Deep" and parent.mailbox == PUBLIC:
            raise ResponseError("ErrorInvalidOperation", "A deep traversal is not supported on public folders.")
        elif traversal == "Deep":
            found = context.store.folders.descendants(parent.id)
        else:
            found = context.store.folders.children(parent.id)
        found = [candidate for candidate in found if meant(candidate)]
        part = page(view, len(found))
        root = payload("RootFolder")
        part.mark(root)
        shown = etree.SubElement(root, t("Folders"))
        shown.extend(shape.render(found[part.start : part.start + part.count]))
        return [root]

    parents = list(children(required(request, m("ParentFolderIds"))))
    return respond(context, "FindFolder", [partial(one, element) for element in parents])


@operation("CreateFolder")
def create_folder(context: Context, request: etree._Element) -> etree._Element:
    target = required(request, m("ParentFolderId"))
    wanted = list(children(required(request, m("Folders"))))
    shape = FolderShape(context, None)

    def one(element: etree._Element) -> list[etree._Element]:
        made = create(context, folder_element(context, target, _PARENT), element)
        return [payload("Folders", *shape.render([made]))]

    return respond(context, "CreateFolder", [partial(one, element) for element in wanted])


def create(context: Context, parent: Folder, element: etree._Element) -> Folder:
    """A new folder from its element. Raises ResponseError, see the page of CreateFolder."""
    kind = local(element)
    if kind not in _KINDS:
        raise ResponseError("ErrorInvalidFolderTypeForOperation", f"A {kind} can't be created.")
    name = checked_name(element.findtext(t("DisplayName")))
    given = element.findtext(t("FolderClass"))
    default = {"CalendarFolder": "IPF.Appointment", "ContactsFolder": "IPF.Contact", "TasksFolder": "IPF.Task"}
    if kind in default and given and kind_of_class(given) != kind:
        raise ResponseError(
            "ErrorObjectTypeChanged", f"The folder class {given} doesn't belong to a {kind}.", path="folder:FolderClass"
        )
    folder_class = given or default.get(kind, "IPF.Note")
    if kind == "Folder":
        kind = kind_of_class(folder_class)
    for child in children(element):
        prop = schema.property_of(local(element), child)
        if prop is not None and prop.uri and not prop.creatable and prop.name != "FolderClass":
            raise ResponseError("ErrorInvalidPropertySet", f"{prop.name} can only be read.", path=prop.uri)
    kept = _kept(element)
    with context.store.transaction():
        if context.store.folders.child_named(parent.id, name) is not None:
            raise folder_exists()
        return context.store.folders.create(parent.mailbox, parent.id, kind, folder_class, name, kept)


def folder_exists() -> ResponseError:
    """A second folder of the same name below the same parent."""
    return ResponseError("ErrorFolderExists", "A folder with the specified name already exists.")


def checked_name(name: str | None) -> str:
    """A display name that a folder can have. Raises ResponseError."""
    if not name or not name.strip():
        raise ResponseError("ErrorFolderSave", "A folder needs a display name.", path="folder:DisplayName")
    if len(name) > _NAME_LIMIT:
        raise ResponseError("ErrorFolderSave", "The display name is too long.", path="folder:DisplayName")
    return name


def _kept(element: etree._Element) -> str | None:
    out = etree.Element(element.tag)
    for child in children(element):
        if local(child) in _KEPT:
            if local(child) == "ExtendedProperty":
                parse(find_in(child))
            if local(child) == "PermissionSet":
                check_permissions(child)
            out.append(copy.deepcopy(child))
    return etree.tostring(out, encoding="unicode") if len(out) else None


def check_permissions(element: etree._Element) -> None:
    """Whether the entries of a PermissionSet are in the order of the schema. Raises SoapFault."""
    for entries in children(element):
        level = "CalendarPermissionLevel" if local(entries) == "CalendarPermissions" else "PermissionLevel"
        for entry in children(entries) if local(entries) != "UnknownEntries" else ():
            names = [local(child) for child in children(entry)]
            order = [name for name in (*_PERMISSION, level) if name in names]
            if names != order or not {"UserId", level} <= set(names):
                raise SoapFault(
                    "ErrorSchemaValidation",
                    f"The request failed schema validation: a '{local(entry)}' can't hold {', '.join(names)}.",
                )


@operation("UpdateFolder")
def update_folder(context: Context, request: etree._Element) -> etree._Element:
    changes = list(children(required(request, m("FolderChanges"))))
    shape = FolderShape(context, None)

    def one(change: etree._Element) -> list[etree._Element]:
        with context.store.transaction():
            found = folder(context, next(children(change)), check_key=True)
            for update in children(required(change, t("Updates"))):
                found = _apply(context, found, update)
        return [payload("Folders", *shape.render([found]))]

    return respond(context, "UpdateFolder", [partial(one, change) for change in changes])


def _apply(context: Context, found: Folder, update: etree._Element) -> Folder:
    path = parse(find_in(update))
    kind = local(update)
    value = next((child for entry in children(update) if local(entry) in _KINDS for child in children(entry)), None)
    if kind == "DeleteFolderField":
        value = None
    elif value is None:
        raise ResponseError("ErrorUpdatePropertyMismatch", "The update names a property but gives no value.")
    if isinstance(path, FieldURI) and path.uri == "folder:DisplayName":
        if value is None:
            raise ResponseError("ErrorInvalidPropertyDelete", "A display name can't be deleted.", path=path.uri)
        return rename(context, found, value.text)
    if isinstance(path, FieldURI) and path.uri == "folder:FolderClass" and value is not None:
        folder_class = (value.text or "").strip()
        if not folder_class or kind_of_class(folder_class) != found.kind:
            raise ResponseError("ErrorObjectTypeChanged", f"A {found.kind} can't be {folder_class!r}.", path=path.uri)
        return context.store.folders.update(found, folder_class=folder_class)
    if isinstance(path, FieldURI) and path.uri not in (
        "folder:PermissionSet",
        "folder:SearchParameters",
        "folder:PolicyTag",
        "folder:ArchiveTag",
    ):
        code = "ErrorInvalidPropertySet" if value is not None else "ErrorInvalidPropertyDelete"
        raise ResponseError(code, f"{path.uri} can't be changed.", path=path.uri)
    if value is not None and local(value) == "PermissionSet":
        check_permissions(value)
    kept = parse_properties(found.properties) if found.properties else etree.Element(t(found.kind))
    if isinstance(path, ExtendedFieldURI):
        old = stored_extended(kept, path)
    else:
        old = kept.find(t(str(path).rpartition(":")[2]))
    if old is not None:
        kept.remove(old)
    if value is not None:
        kept.append(copy.deepcopy(value))
    return context.store.folders.update(found, properties=etree.tostring(kept, encoding="unicode"))


def rename(context: Context, found: Folder, text: str | None) -> Folder:
    """Give a folder another display name. Raises ResponseError for a name that a sibling has."""
    name = checked_name(text)
    if found.distinguished in ("root", "msgfolderroot"):
        raise ResponseError("ErrorFolderSave", "This folder can't be renamed.")
    other = context.store.folders.child_named(found.parent, name) if found.parent else None
    if other is not None and other.id != found.id:
        raise folder_exists()
    return context.store.folders.update(found, name=name)


@operation("MoveFolder")
def move_folder(context: Context, request: etree._Element) -> etree._Element:
    target = required(request, m("ToFolderId"))
    shape = FolderShape(context, None)

    def one(element: etree._Element) -> list[etree._Element]:
        with context.store.transaction():
            moved = move(context, folder(context, element, check_key=True), folder_element(context, target, _TO))
        return [payload("Folders", *shape.render([moved]))]

    wanted = list(children(required(request, m("FolderIds"))))
    return respond(context, "MoveFolder", [partial(one, element) for element in wanted])


def move(context: Context, found: Folder, parent: Folder) -> Folder:
    """Put a folder below another one. Raises ResponseError, see the page of MoveFolder."""
    if found.distinguished:
        raise ResponseError("ErrorMoveDistinguishedFolder", "A distinguished folder can't be moved.")
    if parent.kind == "SearchFolder":
        raise ResponseError("ErrorMoveCopyFailed", "A search folder can't hold folders.")
    if context.store.folders.is_below(parent.id, found.id):
        raise ResponseError("ErrorMoveCopyFailed", "A folder can't be moved into itself.")
    other = context.store.folders.child_named(parent.id, found.name)
    if other is not None and other.id != found.id:
        raise folder_exists()
    return context.store.folders.move(found, parent)
