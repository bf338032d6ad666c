"""Extended attributes: the properties of an item or folder as `user.ews.*` (xattr(7)), four of which can be set.

Every item of a kind has the same names, so that listing them asks nothing of the server: some programs list the
attributes of every file that they show. A property that an item has no value for reads as an empty one. Values are
UTF-8; times are ISO 8601 in UTC, addresses and categories one a line.

Threading: any thread. What the server said of an item is kept under its id and change key.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timezone

from cachetools import LRUCache, TTLCache

from ewsfs.ews.items import Item
from ewsfs.ews.properties import Flag, Mailbox
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.content import Contents
from ewsfs.vfs.model import Entry, Kind
from ewsfs.vfs.nodes import FolderNode, ItemNode, Node
from ewsfs.vfs.remote import Mailbox as Remote

PREFIX = "user.ews."
_SIZE_MAX = 65536  # bytes of a value: XATTR_SIZE_MAX of Linux's limits.h
_AT_ONCE = 50  # items that are asked about together once a program goes through a folder

_IMPORTANCES = ("Low", "Normal", "High")
_FLAGS = (Flag.NOT_FLAGGED, Flag.FLAGGED, Flag.COMPLETE)
_TRUTHS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}

# Name of the attribute -> name of the field.
_COMMON = {
    "subject": "subject",
    "item_class": "item_class",
    "size": "size",
    "created": "datetime_created",
    "modified": "last_modified_time",
    "modified_by": "last_modified_name",
    "categories": "categories",
    "importance": "importance",
    "sensitivity": "sensitivity",
    "flag": "flag",
    "has_attachments": "has_attachments",
    "conversation_id": "conversation_id",
}
_BY_KIND: dict[Kind, dict[str, str]] = {
    Kind.MAIL: {
        "from": "author",
        "to": "to_recipients",
        "cc": "cc_recipients",
        "received": "datetime_received",
        "sent": "datetime_sent",
        "message_id": "message_id",
        "is_read": "is_read",
        "is_draft": "is_draft",
    },
    Kind.EVENT: {"start": "start", "end": "end", "location": "location", "organizer": "organizer"},
    Kind.TASK: {"status": "status", "due": "due_date", "start": "start_date"},
    Kind.CONTACT: {"display_name": "display_name", "company": "company_name"},
    Kind.LIST: {"display_name": "display_name"},
}
_IN_FILES = frozenset({"categories", "importance"})
_OF_FOLDERS = ("id", "class", "default", "total_count", "unread_count", "child_folder_count")


class ExtendedAttributes:
    """The extended attributes of one mailbox.

    Parameters: `mailbox`, where properties come from and go to; `catalog`, `contents`, which learn of changes.
    """

    def __init__(self, mailbox: Remote, catalog: Catalog, contents: Contents) -> None:
        self._remote = mailbox
        self._catalog = catalog
        self._contents = contents
        self._lock = threading.Lock()
        self._known: LRUCache[tuple[str, str], dict[str, str]] = LRUCache(10_000)
        # Counters change without anybody telling: believed for as long as one `getfattr -d` takes.
        self._folders: TTLCache[str, dict[str, str]] = TTLCache(1000, ttl=2.0, timer=time.monotonic)
        self._last_folder = ""

    def names(self, node: Node) -> list[str]:
        """What listxattr(2) answers; asks nothing of the server."""
        if isinstance(node, FolderNode):
            return [PREFIX + name for name in _OF_FOLDERS]
        if isinstance(node, ItemNode):
            return [PREFIX + name for name in ("id", "change_key", *_fields(node.entry.kind))]
        return []

    def get(self, node: Node, name: str) -> bytes:
        """What getxattr(2) answers. Raises: VfsError, ENOTSUP outside `user.`, ENODATA for an unknown name."""
        must_be_users(name)
        if name not in self.names(node):
            raise VfsError(errno.ENODATA, name)
        short = name.removeprefix(PREFIX)
        if isinstance(node, FolderNode):
            return _limited(self._folder(node.folder_id)[short])
        assert isinstance(node, ItemNode)  # nothing else has names
        if short == "id":
            return _limited(node.entry.id)
        if short == "change_key":
            return _limited(node.entry.change_key)
        if short == "is_read":
            return _limited(_text(node.entry.is_read))  # kept up to date by syncs, which leave the change key alone
        return _limited(self._item(node)[short])

    def set(self, node: Node, name: str, value: bytes, flags: int = 0) -> None:
        """What setxattr(2) does. An attribute counts as missing for `flags` while its value is empty.

        Parameters: `flags`, os.XATTR_CREATE, os.XATTR_REPLACE or 0.
        Raises: VfsError, ENOTSUP for what can't be set, EINVAL for a value that is none, EEXIST and ENODATA as `flags`
        say, ESTALE when somebody else changes the item all the time.
        """
        must_be_users(name)
        if not isinstance(node, ItemNode) or name not in self.names(node):
            raise VfsError(errno.ENOTSUP, f"{name} can't be set here")
        short = name.removeprefix(PREFIX)
        before = self.get(node, name)
        is_there = _is_there(short, before)
        if flags & os.XATTR_CREATE and is_there:
            raise VfsError(errno.EEXIST, f"{name} is set already")
        if flags & os.XATTR_REPLACE and not is_there:
            raise VfsError(errno.ENODATA, f"{name} isn't set")
        if value == before:
            return
        read = _SETTABLE.get(short)
        if read is None:
            raise VfsError(errno.ENOTSUP, f"{name} can't be set: only {', '.join(_SETTABLE)} can")
        try:
            wanted = read(value.decode().strip())
        except UnicodeDecodeError:
            raise VfsError(errno.EINVAL, f"{name}: the value is not UTF-8") from None
        except ValueError as error:
            raise VfsError(errno.EINVAL, f"{name}: {error}") from None
        self._change(node, short, wanted)

    def remove(self, node: Node, name: str) -> None:
        """What removexattr(2) does, for categories and flag.

        Raises: VfsError, ENOTSUP for what can't be removed, ENODATA for what isn't set.
        """
        must_be_users(name)
        if name not in self.names(node):
            raise VfsError(errno.ENODATA, name)
        short = name.removeprefix(PREFIX)
        if not isinstance(node, ItemNode) or short not in ("categories", "flag"):
            raise VfsError(errno.ENOTSUP, f"{name} can't be removed")
        if not _is_there(short, self.get(node, name)):
            raise VfsError(errno.ENODATA, f"{name} isn't set")
        self._change(node, short, Flag(flag_status=Flag.NOT_FLAGGED) if short == "flag" else None)

    # -- inside ------------------------------------------------------------------------------------

    def _change(self, node: ItemNode, short: str, wanted: object) -> None:
        entry = node.entry
        values = {_fields(entry.kind)[short]: wanted}
        try:
            change_key = self._remote.set_properties(entry.id, entry.change_key, entry.kind, values)
            is_same = True
        except VfsError as error:
            if error.errno == errno.ENOENT:
                self._catalog.drop_entry(node.folder_id, entry.id)
            if error.errno != errno.ESTALE:
                raise
            # Changed elsewhere since we saw it: its bytes may be others, the property is set all the same.
            fresh = self._remote.item_properties([entry.id], ["item_id"])[0]
            if isinstance(fresh, VfsError):
                raise fresh from error
            change_key = self._remote.set_properties(entry.id, fresh.changekey or "", entry.kind, values)
            is_same = False
        # Calendars and cards say categories and importance, so that they have to be made anew.
        is_same = is_same and not (entry.kind.made_here and short in _IN_FILES)
        new = replace(entry, change_key=change_key, exact=entry.exact and is_same, ctime_ns=time.time_ns())
        if short == "is_read":
            new.is_read = bool(wanted)
        if not is_same and entry.kind.made_here:
            new.mtime_ns = new.ctime_ns
        if is_same and change_key != entry.change_key:
            self._contents.carry_over(entry.id, entry.change_key, new)
        self._catalog.put_entry(node.folder_id, new)
        if not is_same:
            self._catalog.expire(node.folder_id)
        with self._lock:
            self._known.pop((entry.id, entry.change_key), None)
            self._known.pop((entry.id, change_key), None)

    def _item(self, node: ItemNode) -> dict[str, str]:
        entry = node.entry
        key = (entry.id, entry.change_key)
        with self._lock:
            known = self._known.get(key)
            asks_again, self._last_folder = self._last_folder == node.folder_id, node.folder_id
        if known is not None:
            return known
        wanted = [entry, *(self._unknown_beside(node) if asks_again else ())]
        found = self._remote.item_properties([e.id for e in wanted], [*_fields(entry.kind).values()])
        if isinstance(found[0], VfsError):
            if found[0].errno == errno.ENOENT:
                self._catalog.drop_entry(node.folder_id, entry.id)
            raise found[0]
        values = {
            (one.id, item.changekey or one.change_key): _values(item, one.kind)
            for one, item in zip(wanted, found, strict=True)
            if isinstance(item, Item)
        }
        with self._lock:
            self._known.update(values)
        return _values(found[0], entry.kind)

    def _unknown_beside(self, node: ItemNode) -> list[Entry]:
        """The next items of the same folder: who asked about two of them asks about all."""
        with self._catalog.lock:
            entries = list(self._catalog.listing(node.folder_id).entries.values())
        position = next((n for n, entry in enumerate(entries) if entry.id == node.entry.id), len(entries))
        with self._lock:
            unknown = (
                entry
                for entry in entries[position + 1 :]
                if entry.kind is node.entry.kind and (entry.id, entry.change_key) not in self._known
            )
            return list(itertools.islice(unknown, _AT_ONCE - 1))

    def _folder(self, folder_id: str) -> dict[str, str]:
        with self._lock:
            known = self._folders.get(folder_id)
        if known is None:
            found = self._remote.folder_properties(folder_id)
            folder = self._catalog.tree.get(folder_id)
            known = {
                "id": folder_id,
                "class": found.folder_class or "",
                "default": (folder.distinguished if folder is not None else None) or "",
                **{name: _text(getattr(found, name, None)) for name in _OF_FOLDERS if name.endswith("_count")},
            }
            with self._lock:
                self._folders[folder_id] = known
        return known


def must_be_users(name: str) -> None:
    """Refuse what is not in the `user.` name space. ENOTSUP, not ENODATA, so that `ls` stops asking (DESIGN.md 4)."""
    if not name.startswith("user."):
        raise VfsError(errno.ENOTSUP, f"{name}: only user. attributes exist here")


def _fields(kind: Kind) -> dict[str, str]:
    return {**_COMMON, **_BY_KIND.get(kind, {})}


def _values(item: Item, kind: Kind) -> dict[str, str]:
    values = {name: _text(getattr(item, field, None)) for name, field in _fields(kind).items()}
    values["flag"] = values["flag"] or Flag.NOT_FLAGGED
    return values


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mailbox):
        name, address = value.name or "", value.email_address or ""
        return f"{name} <{address}>" if name and address and name != address else address or name
    if isinstance(value, Flag):
        return value.flag_status or Flag.NOT_FLAGGED
    if isinstance(value, (list, tuple)):
        return "\n".join(_text(one).replace("\n", " ") for one in value)
    if hasattr(value, "mailbox"):  # an attendee
        return _text(value.mailbox)
    if hasattr(value, "id"):
        return str(value.id or "")
    return str(value)


def _limited(text: str) -> bytes:
    return text.encode(errors="replace")[:_SIZE_MAX].decode(errors="ignore").encode()


def _is_there(short: str, value: bytes) -> bool:
    return bool(value) and not (short == "flag" and value == Flag.NOT_FLAGGED.encode())


def _truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise ValueError(f"{text!r} is neither true nor false")
    return _TRUTHS[text.lower()]


def _choice(choices: Sequence[str], text: str) -> str:
    for choice in choices:
        if choice.lower() == text.lower():
            return choice
    raise ValueError(f"{text!r} is none of {', '.join(choices)}")


def _categories(text: str) -> list[str] | None:
    """One a line, or with commas between; None (delete it) when there are none."""
    if any(ord(character) < 32 and character not in "\r\n\t" for character in text):
        raise ValueError("a category can't hold control characters")
    found = [part.strip() for part in re.split(r"[\n,]", text)]
    return list(dict.fromkeys(part for part in found if part)) or None


_SETTABLE: dict[str, Callable[[str], object]] = {
    "is_read": _truth,
    "categories": _categories,
    "importance": lambda text: _choice(_IMPORTANCES, text),
    "flag": lambda text: Flag(flag_status=_choice(_FLAGS, text)),
}
