"""The folders of an account as far as they are known: read lazily, kept until they are forgotten; and ways in them.

A mailbox may have thousands of folders, and most programs look at a few. So one level is read when the children of a
folder are asked for, and one folder when its parent is. Somebody who goes through everything shouldn't pay a request
for each folder: `walk` reads all that is below in one go, a thousand folders in a request, and after a few single
levels the rest is read so too. Public folders can't be read that way; theirs are read level by level.

What is known is forgotten with `refresh` of a root, and when a folder is created, moved or deleted here.

Threading: a tree may be used by several threads; it is read under a lock.
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ewsfs.ews import errors
from ewsfs.ews.errors import EWSError, ResponseError
from ewsfs.ews.folders.base import BaseFolder

if TYPE_CHECKING:
    from ewsfs.ews.account import Account

_LEVELS = 4  # that are read one by one before the rest is read at once
ROOTS = ("root", "archiveroot", "publicfoldersroot")
_PUBLIC = "publicfoldersroot"

AnyFolder = BaseFolder[Any]


class FolderTree:
    """The folders that an account has seen. Parameters: `account`."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._lock = threading.RLock()
        self._roots: dict[str, AnyFolder] = {}
        self._by_id: dict[str, AnyFolder] = {}
        self._noted: dict[str, AnyFolder] = {}
        self._children: dict[str, list[AnyFolder]] = {}
        self._whole: set[str] = set()  # folders below which all was read
        self._flat: set[str] = set()  # folders below which only one level can be read at a time
        self._levels = 0

    def root(self, name: str) -> AnyFolder:
        """One of ROOTS. Raises: EWSError when the account has none, or may not open it."""
        with self._lock:
            if name not in self._roots:
                self._roots[name] = self.account._fetch_root(name)
            return self._roots[name]

    def note(self, folders: Iterable[AnyFolder]) -> None:
        """Folders that were fetched in another way: somebody's parents."""
        with self._lock:
            self._noted.update((folder.folder_id or "", folder) for folder in folders)

    def forget(self) -> None:
        """Read everything anew at the next use."""
        with self._lock:
            self._by_id = {}
            self._noted = {}
            self._children = {}
            self._whole = set()
            self._flat = set()
            self._levels = 0

    # -- down --------------------------------------------------------------------------------------

    def children(self, folder: AnyFolder) -> list[AnyFolder]:
        """The folders in a folder, in the server's order. Raises: EWSError."""
        key = folder.folder_id or ""
        with self._lock:
            if key not in self._children:
                self._by_id.setdefault(key, folder)
                if self._levels >= _LEVELS and not self._is_flat(folder):
                    self._read_below(self._highest(folder))
                if key not in self._children:
                    self._read_level(folder)
            return self._children[key]

    def read_below(self, folder: AnyFolder) -> None:
        """Read all that is below a folder, if the server lets us do that at once. Raises: EWSError."""
        with self._lock:
            key = folder.folder_id or ""
            if not self._is_flat(folder) and key not in self._whole:
                self._by_id.setdefault(key, folder)
                self._read_below(folder)

    def _read_level(self, folder: AnyFolder) -> None:
        self._levels += 1
        key = folder.folder_id or ""
        found = list(self.account._find_folders(folder, traversal="Shallow"))
        self._children[key] = [self._known(one) for one in found]
        for one in found:
            if one.child_folder_count == 0:
                self._children.setdefault(one.folder_id or "", [])
            if key in self._flat:
                self._flat.add(one.folder_id or "")

    def _read_below(self, folder: AnyFolder) -> None:
        key = folder.folder_id or ""
        try:
            found = [self._known(one) for one in self.account._find_folders(folder, traversal="Deep")]
        except ResponseError as error:
            if error.temporary:
                raise
            self._flat.add(key)  # if it is for another reason, that comes up again when one level is read
            return
        children: dict[str, list[AnyFolder]] = {key: []}
        for one in found:
            children.setdefault(one.folder_id or "", [])
        for one in found:
            above = one.parent_folder_id.id if one.parent_folder_id is not None else None
            children[above if above in children else key].append(one)
        self._children.update(children)
        self._whole.update(children)

    def _known(self, folder: AnyFolder) -> AnyFolder:
        return self._by_id.setdefault(folder.folder_id or "", folder)

    def _is_flat(self, folder: AnyFolder) -> bool:
        public = self._roots.get(_PUBLIC)
        if public is not None and folder.folder_id == public.folder_id:
            self._flat.add(public.folder_id or "")
        return folder.folder_id in self._flat

    def _highest(self, folder: AnyFolder) -> AnyFolder:
        """The highest folder above one that is known without a request."""
        seen: set[str] = set()
        while (above := self._id_above(folder)) in self._by_id and above not in seen:
            seen.add(above)
            folder = self._by_id[above]
        return folder

    # -- up ----------------------------------------------------------------------------------------

    def parent(self, folder: AnyFolder) -> AnyFolder | None:
        """The folder that a folder is in; None for a root, and where one may not look. Raises: EWSError."""
        with self._lock:
            if self._is_root(folder):
                return None
            above = self._id_above(folder) or self._ask_above(folder)
            if not above or above == folder.folder_id:
                return None
            found = self._root_of_id(above) or self._by_id.get(above) or self._noted.get(above)
            if found is None:
                self._learn_root()
                found = self._root_of_id(above) or self._fetch(above)
            return found

    def top(self, folder: AnyFolder) -> AnyFolder:
        """The highest folder above one, the root of its mailbox if one may look there. Raises: EWSError."""
        seen: set[str] = set()
        while (above := self.parent(folder)) is not None and above.folder_id not in seen:
            seen.add(above.folder_id or "")
            folder = above
        return self._root_of_id(folder.folder_id or "") or folder

    def _is_root(self, folder: AnyFolder) -> bool:
        return folder.distinguished_folder_id in ROOTS or self._root_of_id(folder.folder_id or "") is not None

    def _root_of_id(self, folder_id: str) -> AnyFolder | None:
        return next((root for root in self._roots.values() if root.folder_id == folder_id), None)

    def _id_above(self, folder: AnyFolder) -> str:
        known = self._by_id.get(folder.folder_id or "", folder)
        above = known.parent_folder_id or folder.parent_folder_id
        return (above.id or "") if above is not None else ""

    def _ask_above(self, folder: AnyFolder) -> str:
        """The id of the parent of a folder of which no more than its own id is known."""
        found = self._fetch(folder.folder_id or "")
        return self._id_above(found) if found is not None else ""

    def _learn_root(self) -> None:
        try:
            self.root("root")
        except ResponseError as error:  # the mailbox is somebody else's, who shares some of its folders
            if error.temporary:
                raise

    def _fetch(self, folder_id: str) -> AnyFolder | None:
        found = next(iter(self.account.get_folders([self.account.folder(folder_id)])))
        if isinstance(found, (errors.AccessDenied, errors.NotFound)):
            return None
        if isinstance(found, EWSError):
            raise found
        self._by_id[folder_id] = found
        return found


def child_of(folder: AnyFolder, name: str) -> AnyFolder:
    """The folder of that name in a folder; "." and ".." as in a path. Raises: ErrorFolderNotFound."""
    if name == ".":
        return folder
    if name == "..":
        return folder.parent or folder
    found = next((child for child in folder.children if child.name == name), None)
    if found is None:
        raise errors.response_error("ErrorFolderNotFound", f"there is no folder {name!r} in {folder.absolute!r}")
    return found


def below(folder: AnyFolder) -> Iterator[AnyFolder]:
    """All folders below one, each before those in it."""
    tree = folder._account()._tree
    tree.read_below(folder)
    waiting = list(reversed(tree.children(folder)))
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(tree.children(found)))


def glob(folder: AnyFolder, pattern: str) -> Iterator[AnyFolder]:
    """The folders below whose names fit the parts of a pattern, each once."""
    parts = pattern.split("/")
    if not all(parts):
        raise ValueError(f"{pattern!r} is no pattern for folders below: it has an empty part")
    return _each_once(folder, parts)


def _each_once(folder: AnyFolder, parts: list[str]) -> Iterator[AnyFolder]:
    seen: set[str | None] = set()
    for found in _glob(folder, parts):
        if found.folder_id not in seen:
            seen.add(found.folder_id)
            yield found


def _glob(folder: AnyFolder, parts: list[str]) -> Iterator[AnyFolder]:
    part, *rest = parts
    if part == "**":
        if not rest:
            yield from folder.walk()
            return
        yield from _glob(folder, rest)
        for found in folder.walk():
            yield from _glob(found, rest)
        return
    if part == "..":
        matches = [folder.parent] if folder.parent is not None else []
    else:
        matches = [child for child in folder.children if fnmatch.fnmatchcase(child.name or "", part)]
    for child in matches:
        if rest:
            yield from _glob(child, rest)
        else:
            yield child


def draw(folder: AnyFolder) -> str:
    """The folders below, a line each, with the lines of the tree before their names."""
    folder._account()._tree.read_below(folder)
    lines = [folder.name or ""]
    waiting = [(child, "", last) for child, last in _with_last(list(folder.children))]
    waiting.reverse()
    while waiting:
        child, indent, is_last = waiting.pop()
        lines.append(f"{indent}{'└── ' if is_last else '├── '}{child.name or ''}")
        deeper = indent + ("    " if is_last else "│   ")
        waiting.extend(reversed([(one, deeper, last) for one, last in _with_last(list(child.children))]))
    return "\n".join(lines)


def _with_last(folders: list[AnyFolder]) -> list[tuple[AnyFolder, bool]]:
    return [(folder, index == len(folders) - 1) for index, folder in enumerate(folders)]
