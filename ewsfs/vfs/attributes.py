"""What stat(2) shows of each kind of node: from what is known here, without asking the server.

Threading: any thread; nothing is kept here but what a mount was given, and the folders' times.
"""

from __future__ import annotations

import os
import stat
import time

from ewsfs.vfs.attached.times import Times
from ewsfs.vfs.control.folder import Control
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.index import Index
from ewsfs.vfs.model import Attributes
from ewsfs.vfs.nodes import (
    AttachmentNode,
    AttachmentsNode,
    ControlNode,
    FolderNode,
    ItemNode,
    Node,
    OrphanNode,
    PendingNode,
)
from ewsfs.vfs.settings import Settings
from ewsfs.vfs.writing.journal import Pending


class Stat:
    """Attributes of nodes, as a mount shows them."""

    def __init__(self, settings: Settings, index: Index, control: Control, catalog: Catalog, attached: Times) -> None:
        self._settings = settings
        self._catalog = catalog
        self._attached = attached
        self._index = index
        self._control = control
        self._started_ns = time.time_ns()
        # The server tells no time of a folder. One that never changes keeps a second rsync from touching it.
        born = index.get("born") or str(self._started_ns)
        index.set("born", born)
        self._born_ns = int(born)
        # Every look at a path asks for the folders on the way, thousands of times while a file manager opens one.
        self._folder_times: dict[str, int] = {}

    def of(self, node: Node) -> Attributes:
        """The attributes of any node."""
        if isinstance(node, ItemNode):
            may_write = self._catalog.tree.may_create(node.folder_id)
            return self._file(node.entry.size, node.entry.mtime_ns, node.entry.ctime_ns, may_write=may_write)
        if isinstance(node, AttachmentsNode):
            return self._directory(node.entry.mtime_ns)
        if isinstance(node, AttachmentNode):
            entry = node.parent.entry
            mtime_ns = entry.mtime_ns if node.parent.trail else self._attached.of(entry, node.attachment)
            return self._file(node.attachment.size, mtime_ns, entry.ctime_ns)
        if isinstance(node, PendingNode):
            return self.pending(node.pending)
        if isinstance(node, FolderNode):
            tree = self._catalog.tree
            may_write = tree.may_create(node.folder_id) or tree.may_make_folders(node.folder_id)
            return self._directory(self._folder_time(node.folder_id), may_write=may_write)
        if isinstance(node, OrphanNode):
            return self._directory(self._born_ns)
        if self._control.is_directory(node.parts):
            return self._directory(self._started_ns)
        return self._of_control_file(node)

    def removed(self, size: int) -> Attributes:
        """A file whose name has gone, while somebody still has it open."""
        return self._file(size, self._started_ns, self._started_ns)

    def pending(self, pending: Pending) -> Attributes:
        return self._file(pending.size, pending.mtime_ns, pending.mtime_ns)

    def set_folder_time(self, folder_id: str, mtime_ns: int) -> None:
        """What utimensat(2) gave a folder; kept here, since a server has no place for it."""
        self._index.set(self._time_key(folder_id), str(mtime_ns))
        self._folder_times[folder_id] = mtime_ns

    # -- inside ------------------------------------------------------------------------------------

    def _folder_time(self, folder_id: str) -> int:
        known = self._folder_times.get(folder_id)
        if known is not None:
            return known
        kept = self._index.get(self._time_key(folder_id))
        # A time that is set meanwhile is newer than the one that was read.
        return self._folder_times.setdefault(folder_id, int(kept) if kept else self._born_ns)

    @staticmethod
    def _time_key(folder_id: str) -> str:
        return f"mtime:{folder_id}"

    def _of_control_file(self, node: ControlNode) -> Attributes:
        link = self._control.link(node.parts)
        if link is not None:
            mode = stat.S_IFLNK | 0o777
            size = len(os.fsencode(link.target))
            return Attributes(mode, size, link.mtime_ns, link.mtime_ns, self._settings.uid, self._settings.gid)
        found = self._control.size(node.parts)
        if isinstance(found, Pending):
            return self.pending(found)
        now = time.time_ns()
        return self._file(found, now, now)

    def _file(self, size: int, mtime_ns: int, ctime_ns: int, *, may_write: bool = True) -> Attributes:
        mode = stat.S_IFREG | (0o666 & ~self._settings.umask & self._rights(may_write))
        return Attributes(mode, size, mtime_ns, ctime_ns, self._settings.uid, self._settings.gid)

    def _directory(self, when_ns: int, *, may_write: bool = True) -> Attributes:
        mode = stat.S_IFDIR | (0o777 & ~self._settings.umask & self._rights(may_write))
        return Attributes(mode, 0, when_ns, when_ns, self._settings.uid, self._settings.gid)

    def _rights(self, may_write: bool) -> int:
        return 0o777 if may_write and not self._settings.read_only else 0o555
