"""A power cut, in small: of what a process wrote, what is left is only what it asked the system to keep.

    with Power(folder) as power:
        ...                         a process writes below `folder`
        power.cut(other)            what the disk would hold now, in the worst case, put into `other`
        power.history               the files that it would have held after each sync

A file holds what it held when it was last synced, or nothing; a folder has the names that it had when it was last
synced itself (fsync(2): "Calling fsync() does not necessarily ensure that the entry in the directory containing the
file has also reached disk"). SQLite's own files are taken for lost, as are names that nobody synced.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import pytest


class Power:
    """Notes what is durable of the files below a folder, which itself is there already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.history: list[dict[str, bytes]] = []
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, dict[str, tuple[int, bool]]] = {}
        self._patch = pytest.MonkeyPatch()
        self._kept: list[int] = []  # so that no inode is used a second time

    def __enter__(self) -> Power:
        real = os.fsync

        def fsync(descriptor: int) -> None:
            real(descriptor)
            self._note(descriptor)
            self.history.append(dict(self._files(self._folder.stat().st_ino)))

        self._patch.setattr(os, "fsync", fsync)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._patch.undo()
        for descriptor in self._kept:
            os.close(descriptor)

    def cut(self, to: Path) -> None:
        """Put what would be left into a folder that isn't there yet."""
        to.mkdir()
        self._put(self._folder.stat().st_ino, to)

    def _note(self, descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        found = os.fstat(descriptor)
        if path != self._folder and self._folder not in path.parents:
            return
        self._kept.append(os.dup(descriptor))
        if not stat.S_ISDIR(found.st_mode):
            self._contents[found.st_ino] = Path(f"/proc/self/fd/{descriptor}").read_bytes()
            return
        names = {}
        with os.scandir(path) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # another thread has just removed it
                    self._kept.append(os.open(entry.path, os.O_RDONLY))
                    names[entry.name] = entry.inode(), entry.is_dir()
        self._names[found.st_ino] = names

    def _files(self, inode: int) -> Iterator[tuple[str, bytes]]:
        for name, (child, is_folder) in self._names.get(inode, {}).items():
            if is_folder:
                yield from self._files(child)
            else:
                yield name, self._contents.get(child, b"")

    def _put(self, inode: int, to: Path) -> None:
        for name, (child, is_folder) in self._names.get(inode, {}).items():
            if is_folder:
                (to / name).mkdir()
                self._put(child, to / name)
            else:
                (to / name).write_bytes(self._contents.get(child, b""))
