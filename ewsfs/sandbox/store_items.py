"""The items of the folders: rows with the columns that listings need, the MIME apart, parsed items in a cache.

A part of `store`. The properties are kept twice: whole, and without what can be long and no listing shows (bodies,
headers), since a page of a thousand items needs no more than that. Three numbers of the one sequence of changes
describe an item's life in its folder: when it came (`created_number`), when anything but its read flag changed
(`content_number`), when anything changed (`change_number`, the change key). Together with the tombstones of what
went, a synchronisation needs no memory of its own.
Threading: as `database`. Items that come out of `get` and `load` belong to the cache: copy before changing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone

from ewsfs.sandbox import schema
from ewsfs.sandbox.database import Database
from ewsfs.sandbox.events import Event
from ewsfs.sandbox.ids import IdKind, new_id
from ewsfs.sandbox.item_cache import ItemCache, StoredItem
from ewsfs.sandbox.item_rows import ROW, ItemRow, columns_of, key_of, moment, row_of
from ewsfs.sandbox.model import Item
from ewsfs.sandbox.store_attachments import Attachments, parse_properties
from ewsfs.sandbox.values import format_datetime

_ORDERS = frozenset({"received", "created", "modified"})
_WHOLE_ITEMS, _SHORT_ITEMS = 2_000, 6_000  # kept parsed


class Items:
    """The item rows of all folders."""

    def __init__(self, database: Database, attachments: Attachments) -> None:
        self._db = database
        self._attachments = attachments
        self._whole = ItemCache(_WHOLE_ITEMS)
        self._short = ItemCache(_SHORT_ITEMS)

    # Reading

    def row(self, identifier: str) -> ItemRow | None:
        """The columns of an item, None when it is gone."""
        found = self._db.one(f"SELECT {ROW} FROM items WHERE id=?", identifier)  # noqa: S608 - a constant
        return row_of(found) if found else None

    def get(self, identifier: str, *, mime: bool = False) -> Item | None:
        """An item, with its MIME when asked for; None when it is gone."""
        found = self.load([identifier])
        if not found:
            return None
        return dataclasses.replace(found[0], mime=self.mime(identifier)) if mime else found[0]

    def mime(self, identifier: str) -> bytes | None:
        """The MIME that was kept for an item, None when there is none."""
        row = self._db.one("SELECT mime FROM contents WHERE item=?", identifier)
        return bytes(row[0]) if row else None

    def load(self, identifiers: Sequence[str], *, short: bool = False) -> list[Item]:
        """Items without MIME, in the order of their ids; those that are gone are left out.

        short: without the properties in `item_rows.LONG`.
        """
        cache = self._short if short else self._whole
        found: dict[str, Item] = {}
        with self._db.lock:
            for start in range(0, len(identifiers), 500):
                part = list(identifiers[start : start + 500])
                marks = ",".join("?" * len(part))
                stale = []
                for identifier, number in self._db.all(
                    f"SELECT id, change_number FROM items WHERE id IN ({marks})",  # noqa: S608 - question marks
                    *part,
                ):
                    cached = cache.get(identifier, number)
                    if cached is not None:
                        found[identifier] = cached
                    else:
                        stale.append(identifier)
                for item in self._parse(stale, cache, "listing" if short else "properties"):
                    found[item.id] = item
        return [found[identifier] for identifier in identifiers if identifier in found]

    def _parse(self, identifiers: Sequence[str], cache: ItemCache, column: str) -> Iterable[Item]:
        if not identifiers:
            return
        rows = self._db.all(
            f"SELECT id, folder, kind, change_number, created, modified, has_attachments, size, {column} FROM items "  # noqa: S608 - constants
            f"WHERE id IN ({','.join('?' * len(identifiers))})",
            *identifiers,
        )
        attachments = self._attachments.of_items([row[0] for row in rows if row[6]])
        for identifier, folder, kind, number, created, modified, _, size, properties in rows:
            item = StoredItem(
                id=identifier,
                change_key=key_of(kind, number),
                folder_id=folder,
                kind=kind,
                properties=parse_properties(properties),
                attachments=attachments.get(identifier, []),
                created=moment(created),
                modified=moment(modified),
            )
            item.stored_size = size
            cache.put(identifier, number, item)
            yield item

    def ids(self, folder: str, *, associated: bool = False) -> list[str]:
        """The ids of a folder's items in the default order: the newest received first."""
        rows = self._db.all(
            "SELECT id FROM items WHERE folder=? AND associated=? ORDER BY received DESC, row DESC", folder, associated
        )
        return [row[0] for row in rows]

    def page(
        self, folder: str, offset: int, limit: int, *, associated: bool = False, order: tuple[str, bool] | None = None
    ) -> list[str]:
        """A part of a folder's items, in the default order or by one column.

        order: "received", "created" or "modified", and whether it descends.
        """
        column, descending = order or ("received", True)
        if column not in _ORDERS:
            raise ValueError(column)
        way = "DESC" if descending else "ASC"
        rows = self._db.all(
            f"SELECT id FROM items WHERE folder=? AND associated=? "  # noqa: S608 - a name of the list above
            f"ORDER BY {column} {way}, row DESC LIMIT ? OFFSET ?",
            folder, associated, limit, offset,
        )  # fmt: skip
        return [row[0] for row in rows]

    def count(self, folder: str, *, associated: bool = False) -> int:
        """How many items a folder has."""
        row = self._db.one("SELECT count(*) FROM items WHERE folder=? AND associated=?", folder, associated)
        return int(row[0]) if row else 0

    def soft_deleted(self, origin: str) -> list[str]:
        """The ids of the items that were soft-deleted from a folder and can be recovered."""
        rows = self._db.all("SELECT id FROM items WHERE origin=? ORDER BY received DESC, row DESC", origin)
        return [row[0] for row in rows]

    def ids_between(self, folder: str, start: datetime, end: datetime) -> list[str]:
        """Calendar items that overlap [start, end), and every one without known bounds (recurring ones)."""
        rows = self._db.all(
            "SELECT id FROM items WHERE folder=? AND associated=0 AND (starts IS NULL OR ends IS NULL "
            "OR (starts < ? AND ends >= ?)) ORDER BY starts, row",
            folder, format_datetime(end), format_datetime(start),
        )  # fmt: skip
        return [row[0] for row in rows]

    def changes(self, folder: str, after: int, limit: int) -> list[tuple[int, str, ItemRow | None, str, int]]:
        """What happened to a folder's items after a number, oldest first.

        Returns (number, "come" | "change" | "go", row, id, number at which the item had come); no row for "go".
        An item that came and changed since is there twice.
        """
        events: list[tuple[int, str, ItemRow | None, str, int]] = []
        for values in self._db.all(
            f"SELECT {ROW} FROM items WHERE folder=? AND created_number>? ORDER BY created_number LIMIT ?",  # noqa: S608 - constants
            folder, after, limit,
        ):  # fmt: skip
            row = row_of(values)
            events.append((row.created_number, "come", row, row.id, row.created_number))
        for values in self._db.all(
            f"SELECT {ROW} FROM items WHERE folder=? AND change_number>? AND change_number>created_number "  # noqa: S608 - constants
            "ORDER BY change_number LIMIT ?",
            folder, after, limit,
        ):  # fmt: skip
            row = row_of(values)
            events.append((row.change_number, "change", row, row.id, row.created_number))
        for number, identifier, created in self._db.all(
            "SELECT number, id, created_number FROM tombstones WHERE scope=? AND number>? ORDER BY number LIMIT ?",
            folder, after, limit,
        ):  # fmt: skip
            events.append((number, "go", None, identifier, created))
        events.sort(key=lambda event: event[0])
        return events[:limit]

    # Writing

    def add(self, item: Item, mailbox: str, *, associated: bool = False) -> Item:
        """Store a new item in its folder; the stored one, with its id, change key and attachment ids."""
        identifier = new_id(IdKind.ITEM)
        if associated:
            schema.set_text(item.properties, "IsAssociated", "true")
        with self._db.transaction():
            number = self._db.next_number()
            columns = columns_of(item)
            names = ", ".join(columns)
            self._db.execute(
                f"INSERT INTO items (id, mailbox, folder, kind, associated, created_number, change_number, "  # noqa: S608 - constants
                f"content_number, {names}) VALUES (?,?,?,?,?,?,?,?{',?' * len(columns)})",
                identifier, mailbox, item.folder_id, item.kind, associated, number, number, number,
                *columns.values(),
            )  # fmt: skip
            if item.mime is not None:
                self._db.execute("INSERT INTO contents VALUES (?, ?)", identifier, item.mime)
            for attachment in item.attachments:
                self._attachments.add(identifier, attachment)
            stored = self._required(identifier)
            self._publish("CreatedEvent", identifier)
        return stored

    def update(self, item: Item, *, only_read_flag: bool = False) -> Item:
        """Keep changed properties (and MIME: None drops it) of an item; its attachments stay as stored."""
        with self._db.transaction():
            number = self._db.next_number()
            columns = columns_of(item)
            assignments = ", ".join(f"{name}=?" for name in columns)
            self._db.execute(
                f"UPDATE items SET kind=?, change_number=?, content_number=CASE WHEN ? THEN content_number ELSE ? END, "  # noqa: S608 - constants
                f"{assignments} WHERE id=?",
                item.kind, number, only_read_flag, number, *columns.values(), item.id,
            )  # fmt: skip
            self._db.execute("DELETE FROM contents WHERE item=?", item.id)
            if item.mime is not None:
                self._db.execute("INSERT INTO contents VALUES (?, ?)", item.id, item.mime)
            self._publish("ModifiedEvent", item.id)
        return self._required(item.id)

    def move(self, row: ItemRow, folder: str, mailbox: str, *, origin: str = "") -> Item:
        """Put an item into another folder: it gets a new id and goes from the old folder."""
        identifier = new_id(IdKind.ITEM)
        with self._db.transaction():
            self._bury(row)
            number = self._db.next_number()
            self._db.execute(
                "UPDATE items SET id=?, mailbox=?, folder=?, origin=?, created_number=?, change_number=?, "
                "content_number=? WHERE id=?",
                identifier, mailbox, folder, origin or None, number, number, number, row.id,
            )  # fmt: skip
            self._db.execute("UPDATE contents SET item=? WHERE item=?", identifier, row.id)
            self._attachments.move_all(row.id, identifier)
            self._publish("MovedEvent", identifier, row)
        return self._required(identifier)

    def copy(self, row: ItemRow, folder: str, mailbox: str) -> Item:
        """A copy of an item in a folder."""
        identifier = new_id(IdKind.ITEM)
        same = (
            "kind, class, associated, created, modified, received, starts, ends, subject, is_read, has_attachments, "
            "size, listing, properties"
        )
        with self._db.transaction():
            number = self._db.next_number()
            self._db.execute(
                "INSERT INTO items (id, mailbox, folder, created_number, change_number, content_number, "  # noqa: S608 - constants
                f"{same}) SELECT ?, ?, ?, ?, ?, ?, {same} FROM items WHERE id=?",
                identifier, mailbox, folder, number, number, number, row.id,
            )  # fmt: skip
            self._db.execute("INSERT INTO contents SELECT ?, mime FROM contents WHERE item=?", identifier, row.id)
            self._attachments.copy_all(row.id, identifier)
            self._publish("CopiedEvent", identifier, row)
        return self._required(identifier)

    def remove(self, row: ItemRow) -> None:
        """Delete an item for good."""
        with self._db.transaction():
            self._bury(row)
            self._db.execute("DELETE FROM items WHERE id=?", row.id)
            self._db.execute("DELETE FROM contents WHERE item=?", row.id)
            self._attachments.remove_all(row.id)
            self._db.publish(self._event("DeletedEvent", row))

    def attachments_changed(self, identifier: str) -> Item:
        """A new change key, size and attachment flag after attachments came or went; kept MIME is dropped."""
        with self._db.transaction():
            self._forget(identifier)
            self._db.execute("UPDATE items SET has_attachments=1 WHERE id=?", identifier)  # so that they are loaded
            item = self._required(identifier)
            return self.update(dataclasses.replace(item, modified=now(), mime=None))

    def announce(self, identifier: str) -> None:
        """Tell the subscribers that an item is new mail. Inside the transaction that made it."""
        self._publish("NewMailEvent", identifier)

    def _bury(self, row: ItemRow) -> None:
        self._forget(row.id)
        self._db.execute(
            "INSERT INTO tombstones VALUES (?, ?, ?, ?)",
            self._db.next_number(), row.folder, row.id, row.created_number,
        )  # fmt: skip

    def _forget(self, identifier: str) -> None:
        self._whole.drop(identifier)
        self._short.drop(identifier)

    def _required(self, identifier: str) -> Item:
        item = self.get(identifier)
        if item is None:
            raise LookupError(identifier)
        return item

    def _publish(self, kind: str, identifier: str, before: ItemRow | None = None) -> None:
        row = self.row(identifier)
        if row is not None:
            self._db.publish(self._event(kind, row, before))

    @staticmethod
    def _event(kind: str, row: ItemRow, before: ItemRow | None = None) -> Event:
        return Event(
            kind=kind,
            mailbox=row.mailbox,
            is_folder=False,
            object_id=row.id,
            object_key=row.change_key,
            parent_id=row.folder,
            time=now(),
            old_id=before.id if before else "",
            old_parent_id=before.folder if before else "",
        )


def now() -> datetime:
    """This moment, in UTC, to the second, as Exchange keeps times that clients see."""
    return datetime.now(timezone.utc).replace(microsecond=0)
