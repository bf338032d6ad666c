"""What a path can name: the kinds of nodes, and how a path is resolved to one.

A node is a small value made anew for each call: it says what is meant and holds no state of its own. Entries in
it are shared with the catalogue, so that a size learnt at `open` shows at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ewsfs.vfs import names
from ewsfs.vfs.attached.orphans import Orphan
from ewsfs.vfs.model import Attachment, Entry
from ewsfs.vfs.writing.journal import Pending


@dataclass(frozen=True, slots=True)
class FolderNode:
    """A folder as a directory."""

    folder_id: str


@dataclass(frozen=True, slots=True)
class ItemNode:
    """An item as a file."""

    folder_id: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class AttachmentsNode:
    """The attachment folder of an item (`trail` empty), or of a message attached to it, to any depth.

    `trail` holds the position of an attached message in its owner's attachments, level by level; `inside`, how the
    attachment folder of each is called.
    """

    folder_id: str
    entry: Entry
    trail: tuple[int, ...] = ()
    inside: tuple[str, ...] = ()

    @property
    def owner(self) -> str:
        """The key under which the attachments are kept in index and store; no item id holds a NUL."""
        return "\0".join([self.entry.id, *map(str, self.trail)])

    @property
    def shelf(self) -> str:
        """Which directory it is, by names alone: the same as `Orphan.place` while the item isn't there."""
        return "\0".join([self.folder_id, *map(names.key, [names.attachments_dir(self.entry.name), *self.inside])])

    @property
    def above(self) -> AttachmentsNode:
        """The attachment folder that it is in; only an attached message's is in one."""
        return AttachmentsNode(self.folder_id, self.entry, self.trail[:-1], self.inside[:-1])

    @property
    def place(self) -> str:
        """Where the spool keeps the files being written in it (see `Journal.place`)."""
        return self.shelf if self.trail else self.entry.id


@dataclass(frozen=True, slots=True)
class AttachmentNode:
    """An attachment as a file, the one at `position` in its folder."""

    parent: AttachmentsNode
    position: int
    attachment: Attachment


@dataclass(frozen=True, slots=True)
class OrphanNode:
    """An attachment folder whose item isn't there."""

    orphan: Orphan


@dataclass(frozen=True, slots=True)
class PendingNode:
    """A file being written, or written and not yet an item."""

    pending: Pending


@dataclass(frozen=True, slots=True)
class ControlNode:
    """A place below `.ewsfs`; `parts` are the names below it."""

    parts: tuple[str, ...]


Node: TypeAlias = FolderNode | ItemNode | AttachmentsNode | AttachmentNode | OrphanNode | PendingNode | ControlNode
