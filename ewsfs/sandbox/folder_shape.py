"""Rendering folders: FolderShape, counters, rights, extended properties; reading what clients set on them.

Used by the folder operations and SyncFolderHierarchy. Threading: pure functions, but for the store's counters.

Source: EWS reference, FolderShape, Folder, "Property sets and response shapes in EWS in Exchange".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

from lxml import etree

from ewsfs.sandbox import schema, sharing
from ewsfs.sandbox.dispatch import Context
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.fields import stored_extended
from ewsfs.sandbox.model import TYPES, local, t
from ewsfs.sandbox.paths import ExtendedFieldURI, FieldURI, Path, parse
from ewsfs.sandbox.store import Counters, Folder, Store
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.targets import is_own
from ewsfs.sandbox.values import Value, format_boolean, of_extended

PARENT_KEY = "AQAAAA=="  # the change key that Exchange gives every ParentFolderId

# PidTagContentCount, PidTagContentUnreadCount, PidTagSubfolders.
_COUNTERS: dict[int, Callable[[Counters], str]] = {
    0x3602: lambda counters: str(counters.total),
    0x3603: lambda counters: str(counters.unread),
    0x360A: lambda counters: format_boolean(counters.children > 0),
}
# PidTagProhibitReceiveQuota and PidTagProhibitSendQuota of a mailbox, in kilobytes: [MS-OXCSTOR] 2.2.2.1. A client may
# set others on the root folder; nothing is refused for them.
_QUOTAS = {0x666A: 50 << 20, 0x666E: 49 << 20}
_KINDS = (
    ("IPF.Appointment", "CalendarFolder"),
    ("IPF.Contact", "ContactsFolder"),
    ("IPF.Task", "TasksFolder"),
)


def kind_of_class(folder_class: str | None) -> str:
    """The element that folders of a class are shown as."""
    folded = (folder_class or "").casefold() + "."
    return next((kind for prefix, kind in _KINDS if folded.startswith(prefix.casefold() + ".")), "Folder")


class FolderShape:
    """Which properties of a folder a reply shows.

    element: a FolderShape, None for ids alone. Raises ResponseError for a property path that isn't one.
    """

    def __init__(self, context: Context, element: etree._Element | None) -> None:
        self._context = context
        base = (element.findtext(t("BaseShape")) if element is not None else None) or "IdOnly"
        additional = element.find(t("AdditionalProperties")) if element is not None else None
        paths = [parse(child) for child in additional if local(child)] if additional is not None else []
        self._named = {path.uri for path in paths if isinstance(path, FieldURI)}
        for uri in self._named:
            known = schema.known(uri)
            if known is None and not uri.startswith("folder:"):
                raise ResponseError("ErrorInvalidPropertyRequest", f"There is no property {uri}.", path=uri)
        self._extended = [path for path in dict.fromkeys(paths) if isinstance(path, ExtendedFieldURI)]
        self._base = base

    def render(self, folders: Iterable[Folder]) -> list[etree._Element]:
        """The elements of some folders, in order."""
        shown = list(folders)
        counters = {} if self._base == "IdOnly" and not self._named else self._context.store.folders.counters(shown)
        return [self._one(folder, counters.get(folder.id, Counters())) for folder in shown]

    def _one(self, folder: Folder, counters: Counters) -> etree._Element:
        out = etree.Element(t(folder.kind), nsmap={"t": TYPES})
        kept = parse_properties(folder.properties) if folder.properties else None
        for prop in schema.KINDS[folder.kind]:
            if prop.name == "ExtendedProperty":
                for path in self._extended:
                    element = _extended(self._context.store, folder, kept, path)
                    if element is not None:
                        out.append(element)
            elif self._shows(prop):
                made = self._property(folder, prop.name, counters, kept)
                if made is not None:
                    out.append(made)
        return out

    def _shows(self, prop: schema.Property) -> bool:
        if prop.name == "FolderId" or prop.uri in self._named:
            return True
        if prop.name == "DistinguishedFolderId":
            return self._base != "IdOnly"
        return (self._base == "Default" and prop.in_default) or (self._base == "AllProperties" and prop.in_all)

    def _property(
        self, folder: Folder, name: str, counters: Counters, kept: etree._Element | None
    ) -> etree._Element | None:
        if name == "FolderId":
            return etree.Element(t(name), Id=folder.id, ChangeKey=folder.change_key)
        if name == "ParentFolderId":
            return etree.Element(t(name), Id=folder.parent, ChangeKey=PARENT_KEY) if folder.parent else None
        if name == "EffectiveRights":
            return self._rights(folder)
        if name == "PermissionSet":
            found = kept.find(t(name)) if kept is not None else None
            return copy.deepcopy(found) if found is not None else _permissions(folder)
        if name in ("SearchParameters", "PolicyTag", "ArchiveTag"):
            found = kept.find(t(name)) if kept is not None else None
            return copy.deepcopy(found) if found is not None else None
        text = _text(folder, name, counters)
        if text is None:
            return None
        element = etree.Element(t(name))
        element.text = text
        return element

    def _rights(self, folder: Folder) -> etree._Element:
        own = is_own(self._context, folder)
        allowed = sharing.rights(self._context.store, folder, self._context.user.address, is_own=own)
        element = etree.Element(t("EffectiveRights"))
        for right in sharing.RIGHTS:
            etree.SubElement(element, t(right)).text = format_boolean(right in allowed)
        return element


def _text(folder: Folder, name: str, counters: Counters) -> str | None:
    if name == "UnreadCount" and folder.kind not in ("Folder", "SearchFolder", "TasksFolder"):
        return None
    return {
        "FolderClass": folder.folder_class,
        "DisplayName": folder.name,
        "TotalCount": str(counters.total),
        "ChildFolderCount": str(counters.children),
        "UnreadCount": str(counters.unread),
        "DistinguishedFolderId": folder.distinguished or None,
    }.get(name)


def _permissions(folder: Folder) -> etree._Element:
    calendar = folder.kind == "CalendarFolder"
    out = etree.Element(t("PermissionSet"))
    entries = etree.SubElement(out, t("CalendarPermissions" if calendar else "Permissions"))
    for who in ("Default", "Anonymous"):
        entry = etree.SubElement(entries, t("CalendarPermission" if calendar else "Permission"))
        etree.SubElement(etree.SubElement(entry, t("UserId")), t("DistinguishedUser")).text = who
        for name in ("CanCreateItems", "CanCreateSubFolders", "IsFolderOwner", "IsFolderVisible", "IsFolderContact"):
            etree.SubElement(entry, t(name)).text = "false"
        etree.SubElement(entry, t("EditItems")).text = "None"
        etree.SubElement(entry, t("DeleteItems")).text = "None"
        etree.SubElement(entry, t("ReadItems")).text = "None"
        etree.SubElement(entry, t("CalendarPermissionLevel" if calendar else "PermissionLevel")).text = "None"
    return out


def _extended(
    store: Store, folder: Folder, kept: etree._Element | None, path: ExtendedFieldURI
) -> etree._Element | None:
    found = stored_extended(kept, path) if kept is not None else None
    if found is not None:
        return copy.deepcopy(found)
    text = _mapi_text(store, folder, path)
    if text is None:
        return None
    element = etree.Element(t("ExtendedProperty"))
    element.append(path.element())
    etree.SubElement(element, t("Value")).text = text
    return element


def _mapi_text(store: Store, folder: Folder, path: ExtendedFieldURI) -> str | None:
    """The MAPI properties that a folder has anyway: [MS-OXCFOLD] 2.2.2.2."""
    if path.tag == 0x0E08:
        # That of the root is the mailbox's: it is the only folder that clients can ask for it.
        whole = store.folders.all(folder.mailbox) if folder.distinguished == "root" else [folder]
        return str(sum(store.folders.size(one.id) for one in whole))
    if path.tag in _QUOTAS and folder.distinguished == "root":
        return str(_QUOTAS[path.tag])
    if path.tag in _COUNTERS:
        return _COUNTERS[path.tag](store.folders.counters([folder])[folder.id])
    if path.tag == 0x10F4:
        return format_boolean(folder.distinguished in ("recipientcache", "quickcontacts", "imcontactlist"))
    if path.tag == 0x3601:
        return "2" if folder.kind == "SearchFolder" else ("0" if folder.distinguished == "root" else "1")
    if path.tag == 0x3001:
        return folder.name
    if path.tag == 0x3613:
        return folder.folder_class
    return None


def folder_readers(context: Context) -> Callable[[Path], Callable[[Folder], Value]]:
    """What `restriction.compile_for` needs to search folders."""

    def make(path: Path) -> Callable[[Folder], Value]:
        def read(folder: Folder) -> Value:
            if isinstance(path, ExtendedFieldURI):
                kept = parse_properties(folder.properties) if folder.properties else None
                found = _extended(context.store, folder, kept, path)
                return of_extended(path.type, found) if found is not None else None
            name = str(path).rpartition(":")[2]
            if name in ("TotalCount", "UnreadCount", "ChildFolderCount"):
                counters = context.store.folders.counters([folder])[folder.id]
                return {
                    "TotalCount": counters.total, "UnreadCount": counters.unread, "ChildFolderCount": counters.children,
                }[name]  # fmt: skip
            return {
                "DisplayName": folder.name,
                "FolderClass": folder.folder_class,
                "FolderId": folder.id,
                "ParentFolderId": folder.parent,
            }.get(name)

        return read

    return make
