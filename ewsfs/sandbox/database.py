"""The SQLite file of the sandbox: its tables, one connection, one lock, transactions, the sequence of changes.

Used by `store` and its parts alone. Threading: one connection serves all threads under one re-entrant lock,
held for the length of a transaction; SQLite would serialise the writers anyway, and the readers here are
short. A file is in WAL mode with synchronous=NORMAL: a transaction that was committed survives kill -9.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ewsfs.sandbox.errors import SandboxError
from ewsfs.sandbox.events import Event, EventLog

SCHEMA_VERSION = 2

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE settings (mailbox TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (mailbox, name)) WITHOUT ROWID;
CREATE TABLE folders (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    mailbox TEXT NOT NULL,
    parent TEXT,
    distinguished TEXT,
    kind TEXT NOT NULL,
    class TEXT,
    name TEXT NOT NULL,
    properties TEXT,
    created_number INTEGER NOT NULL,
    change_number INTEGER NOT NULL
);
CREATE INDEX folders_parent ON folders (parent);
CREATE UNIQUE INDEX folders_distinguished ON folders (mailbox, distinguished) WHERE distinguished IS NOT NULL;
CREATE TABLE items (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    mailbox TEXT NOT NULL,
    folder TEXT NOT NULL,
    kind TEXT NOT NULL,
    class TEXT NOT NULL,
    associated INTEGER NOT NULL DEFAULT 0,
    created_number INTEGER NOT NULL,
    change_number INTEGER NOT NULL,
    content_number INTEGER NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    received TEXT,
    starts TEXT,
    ends TEXT,
    subject TEXT,
    is_read INTEGER,
    has_attachments INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    origin TEXT,
    listing TEXT NOT NULL,
    properties TEXT NOT NULL
);
CREATE INDEX items_origin ON items (origin) WHERE origin IS NOT NULL;
CREATE INDEX items_listing ON items (folder, associated, received, row);
CREATE INDEX items_counts ON items (folder, associated, is_read);
CREATE INDEX items_changes ON items (folder, change_number);
CREATE INDEX items_creations ON items (folder, created_number);
CREATE TABLE contents (item TEXT PRIMARY KEY, mime BLOB NOT NULL);
CREATE TABLE attachments (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    root TEXT NOT NULL,
    parent TEXT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT,
    content_id TEXT,
    content_location TEXT,
    is_inline INTEGER NOT NULL,
    is_contact_photo INTEGER NOT NULL,
    last_modified TEXT NOT NULL,
    item_kind TEXT,
    item_properties TEXT,
    item_created TEXT,
    item_modified TEXT,
    size INTEGER NOT NULL,
    content BLOB
);
CREATE INDEX attachments_root ON attachments (root, row);
CREATE TABLE tombstones (
    number INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    created_number INTEGER NOT NULL
);
CREATE INDEX tombstones_scope ON tombstones (scope, number);
"""


class Database:
    """One SQLite database, made when it is not there yet.

    path: a file, or ":memory:".
    Raises SandboxError when the file is a database of something else.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.events = EventLog()
        self._depth = 0
        self._number = 0
        self._pending: list[Event] = []
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        except sqlite3.DatabaseError as error:
            raise SandboxError(f"{path} can't be used as a store: {error}") from error
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute("PRAGMA cache_size=-32768")
            self._open()
        except BaseException as error:
            self._connection.close()
            if isinstance(error, sqlite3.DatabaseError):
                raise SandboxError(f"{path} can't be used as a store: {error}") from error
            raise
        row = self._connection.execute("SELECT value FROM meta WHERE name='number'").fetchone()
        self._number = int(row[0])

    def _open(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version == SCHEMA_VERSION:
            return
        if tables or version:
            raise SandboxError(f"{self.path} is a database, but not one of this sandbox")
        with self.transaction():
            for statement in _TABLES.split(";\n"):
                if statement.strip():
                    self._connection.execute(statement)
            self._connection.execute("INSERT INTO meta VALUES ('number', '0'), ('store', lower(hex(randomblob(16))))")
            self._connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction inside another one is part of it."""
        with self.lock:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            before = self._number
            try:
                yield
                if before != self._number:
                    self._connection.execute("UPDATE meta SET value=? WHERE name='number'", (str(self._number),))
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")  # the numbers are not given again: caches go by them
                self._pending.clear()
                raise
            finally:
                self._depth = 0
            happened, self._pending = self._pending, []
            self.events.append(happened)

    def publish(self, event: Event) -> None:
        """Tell the subscribers about a change when, and only when, the transaction is committed."""
        self._pending.append(event)

    @property
    def number(self) -> int:
        """The number of the newest change."""
        with self.lock:
            return self._number

    def next_number(self) -> int:
        """A number for a change, larger than any before. Only inside a transaction."""
        self._number += 1
        return self._number

    def meta(self, name: str) -> str:
        """A value of the store itself: "store" is its random name."""
        value = self.one("SELECT value FROM meta WHERE name=?", name)
        return str(value[0]) if value else ""

    def execute(self, sql: str, *values: Any) -> int:
        """Run one statement that changes something; the number of rows it changed."""
        with self.lock:
            return self._connection.execute(sql, values).rowcount

    def one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        with self.lock:
            row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows."""
        with self.lock:
            return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close the file; the database can't be used any more."""
        with self.lock:
            self._connection.close()
