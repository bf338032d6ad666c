"""The plain records that the filesystem's modules hand to each other: no server, no FUSE, no SQLite.

`Remote*` is what the server said, `Entry` and `Folder` what we made of it, `Attributes` what `stat` shows.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Kind(str, Enum):
    """What an item is as a file; the value is what the index stores."""

    MAIL = "mail"
    EVENT = "event"
    TASK = "task"
    CONTACT = "contact"
    LIST = "list"
    DOCUMENT = "document"

    @property
    def extension(self) -> str:
        """What the names of its files end in; "" for a document, whose name has any ending."""
        return _EXTENSIONS[self]

    @property
    def has_folder(self) -> bool:
        """Whether an attachment folder can stand beside its file. A document is its attachment."""
        return self is not Kind.DOCUMENT

    def fits(self, name: str) -> bool:
        """Whether a file with that name can be of this kind, going by the ending of the name."""
        ending = name.lower()[-4:]
        return ending == self.extension if self.extension else ending not in _EXTENSIONS.values()

    @property
    def made_here(self) -> bool:
        """True when we make the bytes from properties, so that the size is exact from the start."""
        return self not in (Kind.MAIL, Kind.DOCUMENT)


_EXTENSIONS = {
    Kind.MAIL: ".eml",
    Kind.EVENT: ".ics",
    Kind.TASK: ".ics",
    Kind.CONTACT: ".vcf",
    Kind.LIST: ".vcf",
    Kind.DOCUMENT: "",
}


class RemoteFolder(NamedTuple):
    """A folder as the server describes it. `may_create`: items; `may_make_folders`: folders in it."""

    id: str
    change_key: str
    parent_id: str
    name: str
    folder_class: str
    given_name: str | None
    may_create: bool = True
    may_make_folders: bool = True


class RemoteItem(NamedTuple):
    """An item as a listing describes it. Times are nanoseconds since the epoch; `size` is the server's, bytes."""

    id: str
    change_key: str
    kind: Kind
    title: str
    when_ns: int | None
    mtime_ns: int
    ctime_ns: int
    size: int
    has_attachments: bool
    given_name: str | None
    is_read: bool
    is_all_day: bool = False


@dataclass(slots=True)
class Entry:
    """An item as a file in its folder. `size` is exact when `exact`, else an estimate on the high side.

    `given`: the server keeps this name with the item, so that every machine shows it.
    """

    id: str
    change_key: str
    kind: Kind
    name: str
    size: int
    exact: bool
    mtime_ns: int
    ctime_ns: int
    has_attachments: bool
    is_read: bool
    given: bool = False


@dataclass(slots=True)
class Folder:
    """A folder as a directory. `distinguished` names a default folder, which can't be moved or removed.

    `may_create`, `may_make_folders`: whether the server lets us make items, and folders, in it.
    """

    id: str
    change_key: str
    parent_id: str
    name: str
    folder_class: str
    distinguished: str | None
    may_create: bool = True
    may_make_folders: bool = True


class Attachment(NamedTuple):
    """One attachment of an item or of an attached message, as a file in an attachment folder.

    `part` is its place among the attachments decoded from the owner's MIME, `remote_id` its AttachmentId:
    at least one of them is set. `size` as in `Entry`. `has_attachments` is for an attached message.
    """

    name: str
    size: int
    exact: bool
    is_message: bool
    has_attachments: bool
    part: int | None
    remote_id: str | None


class Attributes(NamedTuple):
    """What stat(2) shows. Times are nanoseconds since the epoch."""

    mode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    uid: int
    gid: int
    nlink: int = 1

    @property
    def is_directory(self) -> bool:
        return stat.S_ISDIR(self.mode)


class Statistics(NamedTuple):
    """What statvfs(3) shows, in blocks of `block_size` bytes."""

    block_size: int
    blocks: int
    blocks_free: int
    files: int
    files_free: int
    name_max: int
