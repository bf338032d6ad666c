"""SyncFolderItems and SyncFolderHierarchy.

A state is three numbers of the one sequence of changes, sealed against damage: what the client knew when the
round of pages began, where the sequence was then, and how far the pages have come. Nothing is kept on the server,
so a state is good for as long as the store is.

Source: the pages of these operations in the EWS reference; SyncState, SyncScope, ReadFlagChange.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from dataclasses import dataclass

from lxml import etree

from ewsfs.sandbox import shape_needs
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.folder_shape import FolderShape
from ewsfs.sandbox.model import Item, m, t
from ewsfs.sandbox.shape import Shape
from ewsfs.sandbox.store import Folder, ItemRow
from ewsfs.sandbox.targets import folder_element
from ewsfs.sandbox.values import format_boolean

MAXIMUM_CHANGES = 512
_STATE = struct.Struct(">4sQQQ")
_MAGIC = {"items": b"ESI1", "folders": b"ESF1"}
_MISSING = "ErrorSyncFolderNotFound"


@dataclass(frozen=True, slots=True)
class State:
    """known: changes up to here were told before this round. seen: the newest change when the round began.
    told: changes up to here are told now; equal to `known` when a round is complete.
    """

    known: int = 0
    seen: int = 0
    told: int = 0

    def seal(self, what: str, store: str, folder: str) -> str:
        """The opaque text for the client."""
        raw = _STATE.pack(_MAGIC[what], self.known, self.seen, self.told)
        return base64.b64encode(raw + _check(raw, store, folder)).decode("ascii")


def _check(raw: bytes, store: str, folder: str) -> bytes:
    return struct.pack(">I", zlib.crc32(raw + store.encode() + folder.encode()))


def unseal(text: str | None, what: str, store: str, folder: str) -> State:
    """The state that a client gives back; None or "" begins anew.

    Raises ResponseError ErrorInvalidSyncStateData for anything that `seal` didn't make for this store and folder.
    """
    if not (text or "").strip():
        return State()
    broken = ResponseError(
        "ErrorInvalidSyncStateData", "The synchronization state data is corrupt or otherwise invalid."
    )
    try:
        raw = base64.b64decode("".join(str(text).split()), validate=True)
        magic, known, seen, told = _STATE.unpack(raw[:-4])
    except (binascii.Error, ValueError, struct.error):
        raise broken from None
    if magic != _MAGIC[what] or raw[-4:] != _check(raw[:-4], store, folder):
        raise broken
    return State(known, seen, told)


@dataclass(slots=True)
class Changes:
    """A page of changes. entries: (kind, id, row), kind as in SyncFolderItemsChangesType."""

    entries: list[tuple[str, str, ItemRow | None]]
    state: State
    last: bool


def next_changes(
    context: Context, folder: Folder, state: State, limit: int, associated: bool, ignored: frozenset[str]
) -> Changes:
    """The next page of changes of a folder's items."""
    store = context.store
    number = store.number
    if state.told == state.known:
        state = State(state.known, number, state.told)
    entries: list[tuple[str, str, ItemRow | None]] = []
    created: set[str] = set()
    told = state.told
    while True:
        events = store.items.changes(folder.id, told, limit + 1)
        for position, what, row, identifier, came in events:
            kind = _kind(what, row, position, came, state)
            skip = (row is not None and row.associated and not associated) or identifier in ignored
            if kind is not None and not skip and not (kind != "Create" and identifier in created):
                if len(entries) == limit:
                    return Changes(entries, State(state.known, state.seen, told), last=False)
                entries.append((kind, identifier, row))
                if kind == "Create":
                    created.add(identifier)
            told = position
        if not events:
            return Changes(entries, State(number, number, number), last=True)


def _kind(what: str, row: ItemRow | None, position: int, came: int, state: State) -> str | None:
    """What a change is to this client; None when it is nothing new."""
    if what == "come":
        return "Create"
    # Told as "Create" in this round, with what had happened to it up to then; or not told at all, being gone.
    untold = came > state.known and position <= state.seen
    if untold or came > state.told:
        return None
    if what == "go":
        return "Delete"
    return "Update" if row is None or row.content_number > state.known else "ReadFlagChange"


@operation("SyncFolderItems")
def sync_folder_items(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        parent = folder_element(context, required(request, m("SyncFolderId")), _MISSING)
        shape = Shape.parse(required(request, m("ItemShape")), find=True, view=context.view(parent.mailbox))
        state = unseal(request.findtext(m("SyncState")), "items", context.store.name, parent.id)
        limit = _limit(request.findtext(m("MaxChangesReturned")))
        associated = request.findtext(m("SyncScope")) == "NormalAndAssociatedItems"
        ignored = frozenset(entry.get("Id", "") for entry in request.iterfind(f"{m('Ignore')}/*"))
        with context.store.transaction():
            changes = next_changes(context, parent, state, limit, associated, ignored)
            shown = [identifier for kind, identifier, _ in changes.entries if kind in ("Create", "Update")]
            items = {item.id: item for item in context.store.items.load(shown, short=shape_needs.short(shape))}
        out = payload("Changes")
        for kind, identifier, row in changes.entries:
            _append(out, kind, identifier, row, items.get(identifier), shape)
        return [
            _text("SyncState", changes.state.seal("items", context.store.name, parent.id)),
            _text("IncludesLastItemInRange", format_boolean(changes.last)),
            out,
        ]

    return respond(context, "SyncFolderItems", [work])


def _append(
    out: etree._Element, kind: str, identifier: str, row: ItemRow | None, item: Item | None, shape: Shape
) -> None:
    if kind in ("Create", "Update") and item is not None:
        etree.SubElement(out, t(kind)).append(shape.render(item))
    elif kind == "Delete":
        etree.SubElement(etree.SubElement(out, t(kind)), t("ItemId"), Id=identifier)
    elif kind == "ReadFlagChange" and row is not None:
        entry = etree.SubElement(out, t(kind))
        etree.SubElement(entry, t("ItemId"), Id=identifier, ChangeKey=row.change_key)
        etree.SubElement(entry, t("IsRead")).text = format_boolean(row.is_read)


def _limit(text: str | None) -> int:
    try:
        limit = int(text or "")
    except ValueError:
        limit = 0
    if limit <= 0:
        raise ResponseError("ErrorInvalidPagingMaxRows", "MaxChangesReturned must be a number from 1 to 512.")
    return min(limit, MAXIMUM_CHANGES)


def _text(name: str, text: str) -> etree._Element:
    element = payload(name)
    element.text = text
    return element


@operation("SyncFolderHierarchy")
def sync_folder_hierarchy(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        shape = FolderShape(context, request.find(m("FolderShape")))
        target = request.find(m("SyncFolderId"))
        with context.store.transaction():
            if target is not None:
                root = folder_element(context, target, _MISSING)
            else:
                root = context.store.folder(context.user.address, "msgfolderroot")
            state = unseal(request.findtext(m("SyncState")), "folders", context.store.name, root.id)
            number = context.store.number
            out = _hierarchy(context, root, state.known, shape)
        return [
            _text("SyncState", State(number, number, number).seal("folders", context.store.name, root.id)),
            _text("IncludesLastFolderInRange", "true"),
            out,
        ]

    return respond(context, "SyncFolderHierarchy", [work])


def _hierarchy(context: Context, root: Folder, known: int, shape: FolderShape) -> etree._Element:
    folders = context.store.folders
    below = folders.descendants(root.id)
    inside = {folder.id for folder in below}
    changed = [folder for folder in below if folder.change_number > known]
    gone = [identifier for _, identifier, came in folders.removed_since(root.mailbox, known) if came <= known] + [
        folder.id
        for folder in folders.changed_since(root.mailbox, known)
        if folder.id not in inside and folder.created_number <= known and folder.id != root.id and known
    ]
    out = payload("Changes")
    for kind, some in (
        ("Create", [folder for folder in changed if folder.created_number > known]),
        ("Update", [folder for folder in changed if folder.created_number <= known]),
    ):
        for element in shape.render(some):
            etree.SubElement(out, t(kind)).append(element)
    for identifier in dict.fromkeys(gone):
        if identifier not in inside:
            etree.SubElement(etree.SubElement(out, t("Delete")), t("FolderId"), Id=identifier)
    return out
