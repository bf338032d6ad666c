"""The attachments of stored items: rows, the tree of attached items, contents that are read only when asked for.

A part of `store`. All attachments below one stored item, to any depth, share its id as `root`; `parent` is the
attachment of the item that an attachment is attached to, none for those of the stored item itself.
Threading: as `database`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, cast

from lxml import etree

from ewsfs.sandbox.database import Database
from ewsfs.sandbox.ids import IdKind, new_id
from ewsfs.sandbox.model import Attachment, AttachmentKind, Item
from ewsfs.sandbox.values import format_datetime, parse_datetime

_COLUMNS = (
    "id, root, parent, kind, name, content_type, content_id, content_location, is_inline, is_contact_photo, "
    "last_modified, item_kind, item_properties, item_created, item_modified, size"
)


class StoredAttachment(Attachment):
    """An attachment whose bytes stay in the database until somebody reads them."""

    __slots__ = ("_attachments", "_length")

    @property
    def content(self) -> bytes:
        return self._attachments.content(self.id)

    @content.setter
    def content(self, value: bytes) -> None:
        """What the constructor of the base class sets; the stored bytes never change."""

    @property
    def size(self) -> int:
        return self.item.size if self.item is not None else self._length

    def bind(self, attachments: Attachments, length: int) -> StoredAttachment:
        """Tell where the bytes are and how many."""
        self._attachments = attachments
        self._length = length
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> StoredAttachment:
        copied = StoredAttachment(
            self.id, self.kind, self.name, self.content_type, self.content_id, self.content_location,
            self.is_inline, self.is_contact_photo, b"", self.item.copy() if self.item else None, self.last_modified,
        )  # fmt: skip
        return copied.bind(self._attachments, self._length)


class Attachments:
    """The attachment rows of all items."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, root: str, attachment: Attachment, parent: str | None = None) -> str:
        """Store an attachment, with all that is attached to it; its new id."""
        identifier = new_id(IdKind.ATTACHMENT)
        item = attachment.item
        content = (item.mime or b"") if item is not None else attachment.content
        with self._db.transaction():
            self._db.execute(
                f"INSERT INTO attachments ({_COLUMNS}, content) "  # noqa: S608 - a constant
                "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                identifier, root, parent, attachment.kind, attachment.name, attachment.content_type,
                attachment.content_id, attachment.content_location, attachment.is_inline,
                attachment.is_contact_photo, format_datetime(attachment.last_modified),
                item.kind if item else None,
                etree.tostring(item.properties, encoding="unicode") if item else None,
                format_datetime(item.created) if item else None,
                format_datetime(item.modified) if item else None,
                len(content), content,
            )  # fmt: skip
            for below in item.attachments if item else ():
                self.add(root, below, identifier)
        return identifier

    def of_items(self, roots: Iterable[str]) -> dict[str, list[Attachment]]:
        """The attachments of several stored items, by item id; items without any are left out."""
        found: dict[str, list[Attachment]] = {}
        wanted = list(roots)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            rows = self._db.all(
                f"SELECT {_COLUMNS} FROM attachments "  # noqa: S608 - a constant and question marks
                f"WHERE root IN ({','.join('?' * len(part))}) ORDER BY row",
                *part,
            )
            by_root: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
            for row in rows:
                by_root[row[1]].append(row)
            for root, own in by_root.items():
                found[root] = self._tree(own)
        return found

    def _tree(self, rows: list[tuple[Any, ...]]) -> list[Attachment]:
        top: list[Attachment] = []
        items: dict[str, Item] = {}
        for row in rows:
            (identifier, _, parent, kind, name, content_type, content_id, location, inline, photo, modified,
             item_kind, properties, item_created, item_modified, size) = row  # fmt: skip
            item = None
            if item_kind is not None:
                item = Item(
                    id=identifier,
                    change_key="",
                    folder_id="",
                    kind=item_kind,
                    properties=parse_properties(properties),
                    created=parse_datetime(item_created),
                    modified=parse_datetime(item_modified),
                )
                items[identifier] = item
            attachment = StoredAttachment(
                identifier, cast(AttachmentKind, kind), name, content_type, content_id, location,
                bool(inline), bool(photo), b"", item, parse_datetime(modified),
            ).bind(self, size)  # fmt: skip
            if parent is None:
                top.append(attachment)
            elif parent in items:
                items[parent].attachments.append(attachment)
        return top

    def get(self, identifier: str) -> tuple[str, Attachment] | None:
        """The id of the stored item and the attachment, with the MIME of an attached item; None when it is gone."""
        row = self._db.one("SELECT root FROM attachments WHERE id=?", identifier)
        if row is None:
            return None
        attachment = find(self.of_items([row[0]]).get(row[0], []), identifier)
        if attachment is None:
            return None
        if attachment.item is not None:
            attachment.item.mime = self.content(identifier) or None
        return row[0], attachment

    def content(self, identifier: str) -> bytes:
        """The bytes of a file, or the MIME of an attached item (b"" when it has none)."""
        row = self._db.one("SELECT content FROM attachments WHERE id=?", identifier)
        return bytes(row[0]) if row and row[0] is not None else b""

    def remove(self, identifier: str) -> None:
        """Delete an attachment and all that is attached to it."""
        with self._db.transaction():
            for (below,) in self._db.all("SELECT id FROM attachments WHERE parent=?", identifier):
                self.remove(below)
            self._db.execute("DELETE FROM attachments WHERE id=?", identifier)

    def remove_all(self, root: str) -> None:
        """Delete every attachment of a stored item."""
        self._db.execute("DELETE FROM attachments WHERE root=?", root)

    def copy_all(self, root: str, new_root: str) -> None:
        """Give a copy of every attachment of an item to another one, under new ids."""
        self._renumber(root, new_root, copy=True)

    def move_all(self, root: str, new_root: str) -> None:
        """Give every attachment of an item to another one, under new ids, as Exchange does when an item moves."""
        self._renumber(root, new_root, copy=False)

    def _renumber(self, root: str, new_root: str, *, copy: bool) -> None:
        with self._db.transaction():
            names: dict[str | None, str | None] = {None: None}
            for identifier, parent in self._db.all(
                "SELECT id, parent FROM attachments WHERE root=? ORDER BY row", root
            ):
                names[identifier] = new_id(IdKind.ATTACHMENT)
                if copy:
                    columns = _COLUMNS.replace("id, root, parent, ", "", 1)
                    self._db.execute(
                        f"INSERT INTO attachments (id, root, parent, {columns}, content) "  # noqa: S608 - constants
                        f"SELECT ?, ?, ?, {columns}, content FROM attachments WHERE id=?",
                        names[identifier], new_root, names.get(parent), identifier,
                    )  # fmt: skip
                else:
                    self._db.execute(
                        "UPDATE attachments SET id=?, root=?, parent=? WHERE id=?",
                        names[identifier], new_root, names.get(parent), identifier,
                    )  # fmt: skip


def parse_properties(text: str) -> etree._Element:
    """The properties of an item from the text in the database."""
    return etree.fromstring(text, _PARSER)


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def find(attachments: Iterable[Attachment], identifier: str) -> Attachment | None:
    """The attachment of that id among some attachments and all that is attached to them."""
    for attachment in attachments:
        if attachment.id == identifier:
            return attachment
        if attachment.item is not None:
            found = find(attachment.item.attachments, identifier)
            if found is not None:
                return found
    return None
