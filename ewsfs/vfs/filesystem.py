"""The filesystem: POSIX calls on paths, answered from the catalogue, the contents and the mailbox.

This is all that a binding sees of `ewsfs.vfs`. It knows nothing of FUSE: paths are strings that begin with "/",
open files are handles, and every failure is a `VfsError` with its errno.

Threading: every method may be called from any thread at any time. Lock order, for the whole package:

    a pending file's lock  ->  the catalogue's lock  ->  the locks of index, store and spool

and nothing is asked of the network while the catalogue's lock is held.
"""

from __future__ import annotations

import errno
import functools
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from ewsfs.vfs import names
from ewsfs.vfs.attached.attaching import AttachmentWriter
from ewsfs.vfs.attached.attachments import Attachments
from ewsfs.vfs.attached.nested import Nested
from ewsfs.vfs.attached.orphans import Orphans
from ewsfs.vfs.attached.unseen import Unseen
from ewsfs.vfs.attached.veils import Veils
from ewsfs.vfs.attributes import Stat
from ewsfs.vfs.control import status
from ewsfs.vfs.control.folder import Control
from ewsfs.vfs.control.outlets import Outlets
from ewsfs.vfs.control.outofoffice import OutOfOffice
from ewsfs.vfs.control.searching import Searches
from ewsfs.vfs.control.sending import Sender
from ewsfs.vfs.control.xattrs import ExtendedAttributes, must_be_users
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.handles import Handle, PendingHandle
from ewsfs.vfs.known.behind import Behind
from ewsfs.vfs.known.cache import Slot, left_behind
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.known.content import Contents
from ewsfs.vfs.known.index import Index
from ewsfs.vfs.known.quota import QuotaKeeper
from ewsfs.vfs.known.store import ContentStore
from ewsfs.vfs.model import Attributes, Statistics
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
from ewsfs.vfs.opening import Opening
from ewsfs.vfs.paths import Paths
from ewsfs.vfs.remote import Mailbox
from ewsfs.vfs.settings import Settings
from ewsfs.vfs.writing.author import Author
from ewsfs.vfs.writing.changes import Changes
from ewsfs.vfs.writing.deferred import Deferred
from ewsfs.vfs.writing.delivery import Delivery
from ewsfs.vfs.writing.directories import Directories
from ewsfs.vfs.writing.journal import Settled, State
from ewsfs.vfs.writing.moves import Moves
from ewsfs.vfs.writing.parking import Parking
from ewsfs.vfs.writing.settling import Settler
from ewsfs.vfs.writing.spool import Spool
from ewsfs.vfs.writing.writer import Writer

log = logging.getLogger(__name__)

_BLOCK = 4096
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_TRUNC  # O_RDONLY | O_TRUNC empties the file on Linux
_LOOKS = 100  # at a path whose meaning changes under a call, before the call gives up

Method = TypeVar("Method", bound=Callable[..., Any])


def _anew(method: Method) -> Method:
    """Look at the path anew when what was a file being written became an item between the look and the deed."""

    @functools.wraps(method)
    def call(self: FileSystem, path: str, *args: Any, **more: Any) -> Any:
        for _ in range(_LOOKS):
            try:
                return method(self, path, *args, **more)
            except Settled:
                continue
        raise VfsError(errno.EAGAIN, f"{path} is never the same")

    return cast("Method", call)


class FileSystem:
    """One mailbox as a filesystem.

    Parameters: `remote`, the mailbox; `slot`, where index, contents and spool live; `settings`.
    Call `start` before anything else and `close` at the end.
    """

    def __init__(self, remote: Mailbox, slot: Slot, settings: Settings) -> None:
        self._remote = remote
        self._slot = slot
        self._settings = settings
        self._store = ContentStore(slot.content, settings.content_limit)
        self._spool = Spool(slot.spool)
        self._index = Index(slot.index)  # the last that may fail, since it alone would have to be closed then
        self._catalog = Catalog(remote, self._index, settings)
        self._contents = Contents(remote, self._store, self._catalog)
        self._attachments = Attachments(remote, self._index, self._store, self._catalog, self._contents)
        self._author = Author(remote, settings.timezone)
        self._orphans = Orphans()
        self._veils = Veils()
        self._unseen = Unseen()
        self._attaching = AttachmentWriter(remote, self._catalog, self._attachments, self._veils, settings.hold_seconds)
        self._out_of_office = OutOfOffice(remote, settings.timezone)
        outlets = Outlets(Sender(remote, self._catalog), self._out_of_office)
        nested = Nested(self._catalog, self._attachments, self._veils)
        self._delivery = Delivery(
            remote, self._spool, self._catalog, self._contents, self._author, self._attaching, nested, outlets
        )
        self._settler = Settler(self._spool, self._catalog, self._delivery, self._attaching, self._orphans, settings)
        self._writer = Writer(self._spool, self._catalog, self._contents, self._delivery, self._settler)
        self._changes = Changes(
            remote, self._catalog, self._contents, self._writer, self._attachments, self._attaching, self._orphans
        )
        self._deferred = Deferred(self._changes, self._writer, self._catalog, settings, slot.spool)
        self._xattrs = ExtendedAttributes(remote, self._catalog, self._contents)
        self._behind = Behind(self._catalog)
        self._searches = Searches(remote, self._catalog, settings.ttl)
        self._quota = QuotaKeeper(remote, self._index, settings.ttl)
        self._control = Control(self.status, self._spool, self._searches, self._out_of_office)
        self._paths = Paths(
            self._catalog,
            self._attachments,
            self._control,
            self._spool,
            self._orphans,
            self._veils,
            self._unseen,
            self._deferred,
        )
        self._moves = Moves(
            self._paths,
            self._catalog,
            self._changes,
            self._deferred,
            self._writer,
            Parking(self._spool, self._catalog, self._contents, self._settler),
            self._attachments,
            self._attaching,
            self._orphans,
        )
        self._directories = Directories(
            self._paths,
            self._catalog,
            self._changes,
            self._spool,
            self._moves,
            self._attaching,
            self._orphans,
            self._veils,
            self._unseen,
        )
        self._opening = Opening(
            self._paths,
            self._catalog,
            self._contents,
            self._attachments,
            self._orphans,
            self._unseen,
            self._control,
            self._writer,
            settings,
        )
        self._stat = Stat(settings, self._index, self._control, self._catalog, self._attachments.times)
        self._started_ns = time.time_ns()

    # -- life --------------------------------------------------------------------------------------

    def start(self) -> None:
        """Learn the folders, and finish what an earlier mount left.

        Raises: VfsError when the mailbox can't be opened.
        """
        self._catalog.start()
        with left_behind(self._settings.cache_dir, self._settings.address, self._slot) as slots:
            for slot in slots:
                self._spool.adopt(slot.spool)
            self._deferred.recover([slot.spool for slot in slots])
        self._settler.recover()

    def close(self, tell: Callable[[int], None] = lambda left: None) -> None:
        """Upload what is owed and let go of everything. What can't be uploaded, the next mount finishes.

        Parameters: `tell`, told now and then how many files are left.
        """
        self._behind.close()
        self._quota.close()
        self._deferred.close(tell)
        self._settler.close(tell)
        self._attaching.close()
        self._remote.close()
        self._index.close()
        self._slot.close()

    def tell_callers(self, asking: Callable[[], int]) -> None:
        """How to learn which process asks, by its id, in the thread that answers it; 0 when that isn't known."""
        self._unseen.asking = asking

    def status(self) -> Mapping[str, object]:
        """What `.ewsfs/status.json` says."""
        return status.of(
            self._settings,
            self._remote,
            self._spool,
            self._contents,
            self._quota,
            moves=len(self._deferred),
            mounted_ns=self._started_ns,
        )

    def pending(self) -> int:
        """How many files the server is still to get."""
        return len(self._spool.in_state(State.OPEN) + self._spool.in_state(State.READY)) + len(self._deferred)

    # -- looking -----------------------------------------------------------------------------------

    @_anew
    def getattr(self, path: str | None, handle: Handle | None = None) -> Attributes:
        """stat(2), or fstat(2) with a handle. What is known is answered without asking the server.

        Parameters: `path`, None of an open file that has no name any more, nor has the directory that it was in.
        """
        if isinstance(handle, PendingHandle) and (handle.pending.unlinked or not handle.pending.is_saved):
            return self._stat.pending(handle.pending)
        if path is None:
            return self._removed(handle)
        try:
            node = self._paths.resolve(path)
        except VfsError as error:
            if handle is None or error.errno != errno.ENOENT:
                raise
            return self._removed(handle)
        if isinstance(node, FolderNode):
            self._behind.refresh_tree()
        if isinstance(node, ItemNode):
            self._behind.refresh(node.folder_id)
            if node.entry.kind.made_here and not node.entry.exact:
                self._contents.prepare(node.folder_id, [node.entry])
        attributes = self._stat.of(node)
        if handle is not None and not attributes.is_directory:
            return attributes._replace(size=handle.size())
        return attributes

    @_anew
    def readdir(self, path: str) -> Iterator[tuple[str, bool]]:
        """The names in a directory, each with whether it is a directory itself; "." and ".." are left out."""
        node = self._paths.resolve(path)
        if isinstance(node, FolderNode):
            return iter(self._read_folder(node))
        if isinstance(node, AttachmentsNode):
            return iter(self._read_attachments(node))
        if isinstance(node, OrphanNode):
            inside = [(p.journal.name, False) for p in self._directories.seen(node.orphan.place)]
            return iter([*inside, *((name, True) for name in self._orphans.listed(node.orphan.place))])
        if isinstance(node, ControlNode):
            found = self._control.names(node.parts)
            return iter([(n, self._control.is_directory((*node.parts, n))) for n in found])
        raise VfsError(errno.ENOTDIR, path)

    def readlink(self, path: str) -> str:
        """readlink(2): only results of a search are links."""
        node = self._paths.resolve(path)
        link = self._control.link(node.parts) if isinstance(node, ControlNode) else None
        if link is None:
            raise VfsError(errno.EINVAL, f"{path} is no link")
        return link.target

    def statfs(self) -> Statistics:
        """statvfs(3), from what is known here: the mailbox's quota, else the room for what is written."""
        quota = self._quota.known()
        if quota is not None and quota.limit:
            left = max(quota.limit - quota.used, 0) // _BLOCK
            return Statistics(_BLOCK, left + -(-quota.used // _BLOCK), left, 0, 0, 255)
        disk = os.statvfs(self._slot.path)
        free = disk.f_bavail * disk.f_frsize // _BLOCK
        return Statistics(_BLOCK, max(free, 1), free, 0, 0, 255)

    @_anew
    def access(self, path: str, mode: int) -> None:
        """access(2) for the mounting user."""
        attributes = self.getattr(path)
        if mode & os.W_OK and self._settings.read_only:
            raise VfsError(errno.EROFS, "mounted read-only")
        if mode & os.W_OK and not attributes.mode & 0o222:
            raise VfsError(errno.EACCES, f"{path}: the server lets us only read here")
        if mode & os.X_OK and not attributes.mode & 0o111:
            raise VfsError(errno.EACCES, path)

    @_anew
    def getxattr(self, path: str, name: str) -> bytes:
        """getxattr(2): see `xattrs`."""
        must_be_users(name)  # before the path is looked at
        return self._xattrs.get(self._paths.settled(path), name)

    @_anew
    def listxattr(self, path: str) -> list[str]:
        """listxattr(2)."""
        return self._xattrs.names(self._paths.settled(path))

    @_anew
    def setxattr(self, path: str, name: str, value: bytes, flags: int) -> None:
        """setxattr(2), with its flags."""
        must_be_users(name)
        self._settings.must_be_writable()
        self._xattrs.set(self._paths.settled(path), name, value, flags)

    @_anew
    def removexattr(self, path: str, name: str) -> None:
        """removexattr(2)."""
        must_be_users(name)
        self._settings.must_be_writable()
        self._xattrs.remove(self._paths.settled(path), name)

    # -- open files --------------------------------------------------------------------------------

    @_anew
    def open(self, path: str, flags: int) -> Handle:
        """open(2) of what is there. The size is exact from the moment this returns.

        Raises: VfsError (EROFS for writing what can't be written to, EISDIR, ENOENT).
        """
        return self._opening.open(path, flags)

    @_anew
    def create(self, path: str, flags: int) -> Handle:
        """open(2) with O_CREAT of what may not be there yet."""
        self._settings.must_be_writable()
        return self._opening.create(path, flags)

    @_anew
    def truncate(self, path: str, size: int) -> None:
        """truncate(2)."""
        handle = self.open(path, os.O_WRONLY)
        try:
            handle.truncate(size)
            handle.flush()
        finally:
            handle.release()

    @_anew
    def utimens(self, path: str, mtime_ns: int | None) -> None:
        """utimensat(2); None for now. The server keeps no such time: it lasts here as long as the bytes do."""
        self._settings.must_be_writable()
        node = self._paths.settled(path)
        when = time.time_ns() if mtime_ns is None else mtime_ns
        if isinstance(node, PendingNode):
            self._writer.set_times(node.pending, when)
        elif isinstance(node, ItemNode):
            with self._catalog.lock:
                node.entry.mtime_ns = when
                self._catalog.save_entry(node.folder_id, node.entry)
        elif isinstance(node, AttachmentNode):
            self._attaching.set_time(node, when)
        elif isinstance(node, FolderNode):
            self._stat.set_folder_time(node.folder_id, when)

    @_anew
    def chmod(self, path: str, mode: int) -> None:
        """chmod(2): the server keeps no modes, and programs that copy can't do without asking for them: let pass."""
        self._settings.must_be_writable()
        self._paths.resolve(path)

    @_anew
    def chown(self, path: str, uid: int, gid: int) -> None:
        """chown(2): only to the owner that it has; -1 leaves as it is."""
        self._settings.must_be_writable()
        attributes = self._stat.of(self._paths.resolve(path))
        if uid not in (-1, attributes.uid) or gid not in (-1, attributes.gid):
            raise VfsError(errno.EPERM, f"{path}: the owner is who mounted")

    # -- names -------------------------------------------------------------------------------------

    @_anew
    def mkdir(self, path: str) -> None:
        """mkdir(2)."""
        self._settings.must_be_writable()
        parent, name = self._paths.parent(path)
        self._must_be_free(parent, name, path)
        self._directories.make(parent, name, path)

    @_anew
    def rmdir(self, path: str) -> None:
        """rmdir(2): only what is empty."""
        self._settings.must_be_writable()
        node = self._paths.settled(path)
        if not isinstance(node, (FolderNode, AttachmentsNode, OrphanNode)):
            raise VfsError(errno.EROFS if self._stat.of(node).is_directory else errno.ENOTDIR, path)
        if isinstance(node, FolderNode):
            self._deferred.settle()  # what is to move out of it must not go with it
        self._directories.remove(node, path)

    @_anew
    def unlink(self, path: str) -> None:
        """unlink(2): an item goes to Deleted Items."""
        self._settings.must_be_writable()
        node = self._paths.settled(path)
        if isinstance(node, (FolderNode, AttachmentsNode, OrphanNode)):
            raise VfsError(errno.EISDIR, path)
        if isinstance(node, ItemNode):
            self._changes.remove(node)
        elif isinstance(node, AttachmentNode):
            self._attaching.remove(node)
            self._writer.attachment_removed(node)
            inside = names.attachments_dir(node.attachment.name)
            if node.attachment.has_attachments and not self._veils.covers(node.parent, inside):
                self._orphans.linger(node.parent.folder_id, inside, node.parent.shelf)
        elif isinstance(node, PendingNode):
            self._moves.remove(node, path)
        elif isinstance(node, ControlNode):
            self._control.discard(node.parts)
        else:
            raise VfsError(errno.EROFS, f"{path}: it can't be removed")

    @_anew
    def rename(self, old: str, new: str) -> None:
        """rename(2), within and between folders; what stood at `new` is replaced."""
        self._settings.must_be_writable()
        self._moves.rename(old, new)

    # -- helpers -----------------------------------------------------------------------------------

    def _removed(self, handle: Handle | None) -> Attributes:
        if handle is None:
            raise VfsError(errno.ENOENT, "a file that was removed")
        return self._stat.removed(handle.size())

    def _read_folder(self, node: FolderNode) -> list[tuple[str, bool]]:
        self._unseen.listed(node.folder_id)
        if self._catalog.is_listed(node.folder_id):
            self._behind.refresh_for_a_moment(node.folder_id)
        else:
            self._catalog.refresh_all(node.folder_id)
        listing = self._catalog.listing(node.folder_id)
        with self._catalog.lock:
            entries = list(listing.entries.values())
            found = {folder.name: True for folder in self._catalog.tree.children(node.folder_id)}
        self._contents.prepare(node.folder_id, entries)
        for pending in self._directories.seen(node.folder_id):
            found.setdefault(pending.journal.name, False)
        for name in self._orphans.listed(node.folder_id):
            found.setdefault(name, True)
        for entry in entries:
            if self._spool.parked(entry.id):
                continue
            found.setdefault(entry.name, False)
            if entry.has_attachments:
                found.setdefault(names.attachments_dir(entry.name), True)
        return list(found.items())

    def _read_attachments(self, node: AttachmentsNode) -> list[tuple[str, bool]]:
        self._unseen.listed(node.shelf)
        found = {}
        for name in self._orphans.listed(node.shelf):
            found[name] = True
        for pending in self._directories.seen(node.place):
            found[pending.journal.name] = False
        found.update(self._veils.shown(node, self._attachments.listed(node)))
        return list(found.items())

    def _must_be_free(self, parent: Node, name: str, path: str) -> None:
        if self._paths.find_child(parent, name, path) is not None:
            raise VfsError(errno.EEXIST, path)
