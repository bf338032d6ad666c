"""The tree of folders of a mailbox: read once, lazily, and what navigates in it.

One FindFolder reads all folders below a root, a thousand in a request. Public folders can't be read that way: theirs
are asked for level by level. The tree is kept until `refresh` of its root, or until a folder is created, moved or
deleted here.

Threading: a tree may be used by several threads; it is read under a lock.
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ewsfs.ews import errors
from ewsfs.ews.folders.base import BaseFolder

if TYPE_CHECKING:
    from ewsfs.ews.account import Account


class FolderTree:
    """The folders below one root.

    Parameters: `account`; `root`, which was fetched; `is_flat`, whether only one level can be read at a time.
    """

    def __init__(self, account: Account, root: BaseFolder[Any], *, is_flat: bool = False) -> None:
        self.account = account
        self.root: BaseFolder[Any] = root
        self._is_flat = is_flat
        self._lock = threading.Lock()
        self._by_id: dict[str, BaseFolder[Any]] | None = None
        self._children: dict[str, list[BaseFolder[Any]]] = {}

    def _read(self) -> dict[str, BaseFolder[Any]]:
        with self._lock:
            if self._by_id is None:
                root_id = self.root.folder_id or ""
                by_id: dict[str, BaseFolder[Any]] = {root_id: self.root}
                children: dict[str, list[BaseFolder[Any]]] = {}
                if not self._is_flat:
                    for found in self.account._find_folders(self.root, traversal="Deep"):
                        by_id.setdefault(found.folder_id or "", found)
                    for folder in by_id.values():
                        above = folder.parent_folder_id.id if folder.parent_folder_id is not None else None
                        if folder is not self.root:
                            children.setdefault(above if above in by_id else root_id, []).append(folder)
                self._by_id, self._children = by_id, children
            return self._by_id

    def children(self, folder: BaseFolder[Any]) -> list[BaseFolder[Any]]:
        """The folders in a folder, in the server's order."""
        by_id = self._read()
        key = folder.folder_id or ""
        if self._is_flat and key not in self._children:
            found: list[BaseFolder[Any]] = list(self.account._find_folders(folder, traversal="Shallow"))
            with self._lock:
                self._children[key] = found
                by_id.update((one.folder_id or "", one) for one in found)
        return self._children.get(key, [])

    def parent(self, folder: BaseFolder[Any]) -> BaseFolder[Any] | None:
        """The folder that a folder is in, None for the root."""
        if folder.folder_id == self.root.folder_id:
            return None
        by_id = self._read()
        known = by_id.get(folder.folder_id or "", folder)
        above = known.parent_folder_id or folder.parent_folder_id
        return by_id.get(above.id or "", self.root) if above is not None else self.root

    def __iter__(self) -> Iterator[BaseFolder[Any]]:
        return iter(self._read().values())

    def knows(self, folder: BaseFolder[Any]) -> bool:
        """Whether the folder is in what was read so far."""
        return folder.folder_id == self.root.folder_id or folder.folder_id in (self._by_id or ())

    def forget(self) -> None:
        """Read it anew at the next use."""
        with self._lock:
            self._by_id = None
            self._children = {}


def child_of(folder: BaseFolder[Any], name: str) -> BaseFolder[Any]:
    """The folder of that name in a folder; "." and ".." as in a path. Raises: ErrorFolderNotFound."""
    if name == ".":
        return folder
    if name == "..":
        return folder.parent or folder
    found = next((child for child in folder.children if child.name == name), None)
    if found is None:
        raise errors.response_error("ErrorFolderNotFound", f"there is no folder {name!r} in {folder.absolute!r}")
    return found


def glob(folder: BaseFolder[Any], pattern: str) -> Iterator[BaseFolder[Any]]:
    """The folders below whose names fit the parts of a pattern, each once."""
    parts = pattern.split("/")
    if not all(parts):
        raise ValueError(f"{pattern!r} is no pattern for folders below: it has an empty part")
    return _each_once(folder, parts)


def _each_once(folder: BaseFolder[Any], parts: list[str]) -> Iterator[BaseFolder[Any]]:
    seen: set[int] = set()
    for found in _glob(folder, parts):
        if id(found) not in seen:
            seen.add(id(found))
            yield found


def _glob(folder: BaseFolder[Any], parts: list[str]) -> Iterator[BaseFolder[Any]]:
    part, *rest = parts
    if part == "**":
        if not rest:
            yield from folder.walk()
            return
        yield from _glob(folder, rest)
        for below in folder.walk():
            yield from _glob(below, rest)
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


def draw(folder: BaseFolder[Any]) -> str:
    """The folders below, a line each, with the lines of the tree before their names."""
    lines = [folder.name or ""]
    waiting = [(child, "", last) for child, last in _with_last(list(folder.children))]
    waiting.reverse()
    while waiting:
        child, indent, is_last = waiting.pop()
        lines.append(f"{indent}{'└── ' if is_last else '├── '}{child.name or ''}")
        below = indent + ("    " if is_last else "│   ")
        waiting.extend(reversed([(one, below, last) for one, last in _with_last(list(child.children))]))
    return "\n".join(lines)


def _with_last(folders: list[BaseFolder[Any]]) -> list[tuple[BaseFolder[Any], bool]]:
    return [(folder, index == len(folders) - 1) for index, folder in enumerate(folders)]
