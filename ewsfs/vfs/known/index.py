"""What is known of a mailbox, kept on disk: folders, items with their names and sizes, sync states.

One SQLite file per mount slot (see `cache.py`), so that a remount starts from what the last one knew. It is a
cache: a damaged one, or one of another version, is set aside and made anew; what users wrote never lives here. What
can't be kept while a mount lives, on a full disk, is asked of the server again: that must cost time, not a write.

Threading: every method may be called from any thread; one connection, one lock, no call out while it is held.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.model import Attachment, Entry, Folder, Kind

log = logging.getLogger(__name__)

VERSION = 2

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE folders (
    id TEXT PRIMARY KEY, change_key TEXT NOT NULL, parent_id TEXT NOT NULL, name TEXT NOT NULL,
    folder_class TEXT NOT NULL, distinguished TEXT,
    may_create INTEGER NOT NULL, may_make_folders INTEGER NOT NULL,
    sync_state TEXT, listed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE items (
    id TEXT PRIMARY KEY, folder_id TEXT NOT NULL, change_key TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    size INTEGER NOT NULL, exact INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
    has_attachments INTEGER NOT NULL, is_read INTEGER NOT NULL, given INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX items_by_folder ON items (folder_id);
CREATE TABLE attachments (
    owner TEXT NOT NULL, change_key TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
    size INTEGER NOT NULL, exact INTEGER NOT NULL, is_message INTEGER NOT NULL, has_attachments INTEGER NOT NULL,
    part INTEGER, remote_id TEXT,
    PRIMARY KEY (owner, position)
) WITHOUT ROWID;
"""

_ENTRY = "id, change_key, kind, name, size, exact, mtime_ns, ctime_ns, has_attachments, is_read, given"
_ENTRIES_OF_FOLDER = f"SELECT {_ENTRY} FROM items WHERE folder_id = ?"  # noqa: S608 - our own column names
_ATTACHMENT = "name, size, exact, is_message, has_attachments, part, remote_id"


class Index:
    """The index in the file `path`; made, or made anew, as needed.

    Raises: VfsError when the file can't be written at all (a full disk, a read-only folder).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._db = self._open()
        except (sqlite3.Error, OSError) as error:
            raise VfsError(
                _number(error), f"the index {path} can't be used: {error}; choose another folder with --cache-dir"
            ) from error

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _open(self) -> sqlite3.Connection:
        try:
            db = self._connect()
            try:
                if db.execute("PRAGMA user_version").fetchone()[0] == VERSION:
                    if db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok":
                        return db
                    log.warning("the index %s is damaged: it is made anew", self._path)
                elif db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    log.info("the index %s is of another version: it is made anew", self._path)
            except BaseException:
                db.close()
                raise
            db.close()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not self._path.exists():
                raise
            log.warning("the index %s can't be read (%s): it is made anew", self._path, error)
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        db = self._connect()
        db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        return db

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=5)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            # A cache may lose its last second on a power cut; it must not cost a sync of the disk for each listing.
            db.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error:
            db.close()
            raise
        return db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, whole or not at all."""
        with self._lock:
            try:
                self._db.execute("BEGIN")
                with self._db:
                    yield self._db
            except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
                raise
            except sqlite3.DatabaseError as error:
                log.warning("the index %s can't be written: %s", self._path, error)

    # -- one value each ----------------------------------------------------------------------------

    def get(self, key: str) -> str | None:
        """A value set earlier, or None."""
        with self._lock:
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set(self, key: str, value: str) -> None:
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # -- folders -----------------------------------------------------------------------------------

    def folders(self) -> list[Folder]:
        with self._lock:
            rows = self._db.execute(
                "SELECT id, change_key, parent_id, name, folder_class, distinguished, may_create, may_make_folders"
                " FROM folders"
            ).fetchall()
        return [Folder(i, ck, up, name, kind, known, bool(c), bool(m)) for i, ck, up, name, kind, known, c, m in rows]

    def save_folders(self, folders: Iterable[Folder], gone: Iterable[str], sync_state: str) -> None:
        """Keep changed folders, forget those that are gone with their items, and the hierarchy's sync state."""
        rows = [
            (
                f.id, f.change_key, f.parent_id, f.name, f.folder_class, f.distinguished, f.may_create,
                f.may_make_folders,
            )
            for f in folders
        ]  # fmt: skip
        with self._writing() as db:
            db.executemany(
                "INSERT INTO folders (id, change_key, parent_id, name, folder_class, distinguished, may_create,"
                " may_make_folders)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET change_key = excluded.change_key,"
                " parent_id = excluded.parent_id, name = excluded.name, folder_class = excluded.folder_class,"
                " distinguished = excluded.distinguished, may_create = excluded.may_create,"
                " may_make_folders = excluded.may_make_folders",
                rows,
            )
            ids = [(folder_id,) for folder_id in gone]
            db.executemany("DELETE FROM items WHERE folder_id = ?", ids)
            db.executemany("DELETE FROM folders WHERE id = ?", ids)
            db.execute("INSERT OR REPLACE INTO meta VALUES ('hierarchy', ?)", (sync_state,))

    def folder_state(self, folder_id: str) -> tuple[bool, str | None]:
        """Whether the folder was ever listed whole, and the sync state that its items stand at (None: none yet)."""
        with self._lock:
            row = self._db.execute("SELECT listed, sync_state FROM folders WHERE id = ?", (folder_id,)).fetchone()
        return (bool(row[0]), row[1]) if row else (False, None)

    # -- items -------------------------------------------------------------------------------------

    def entries(self, folder_id: str) -> list[Entry]:
        with self._lock:
            rows = self._db.execute(_ENTRIES_OF_FOLDER, (folder_id,)).fetchall()
        return [
            Entry(i, ck, Kind(kind), name, size, bool(exact), mtime, ctime, bool(has), bool(read), bool(given))
            for i, ck, kind, name, size, exact, mtime, ctime, has, read, given in rows
        ]

    def save_entries(
        self,
        folder_id: str,
        changed: Iterable[Entry],
        gone: Iterable[str] = (),
        *,
        sync_state: str | None = None,
        listed: bool = False,
    ) -> None:
        """Keep what a listing, a sync or one of our own changes brought, in one transaction.

        Parameters: `sync_state`, where the items now stand, None to leave it; `listed`, set when they are all.
        """
        rows = [
            (
                e.id, folder_id, e.change_key, e.kind.value, e.name, e.size, e.exact, e.mtime_ns, e.ctime_ns,
                e.has_attachments, e.is_read, e.given,
            )
            for e in changed
        ]  # fmt: skip
        ids = [(item_id,) for item_id in gone]
        with self._writing() as db:
            # An item that has meanwhile turned up in another folder stays there.
            db.executemany("DELETE FROM items WHERE id = ? AND folder_id = ?", [(i, folder_id) for (i,) in ids])
            db.executemany("DELETE FROM attachments WHERE owner = ?", ids)
            db.executemany("INSERT OR REPLACE INTO items VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows)
            if sync_state is not None:
                db.execute("UPDATE folders SET sync_state = ? WHERE id = ?", (sync_state, folder_id))
            if listed:
                db.execute("UPDATE folders SET listed = 1 WHERE id = ?", (folder_id,))

    # -- attachments -------------------------------------------------------------------------------

    def attachments(self, owner: str, change_key: str) -> list[Attachment] | None:
        """The attachments of an item (or attached message) at that change key; None when they aren't known."""
        with self._lock:
            known = self._db.execute(
                "SELECT 1 FROM attachments WHERE owner = ? AND change_key = ? AND position = -1",
                (owner, change_key),
            ).fetchone()
            return self._attachments(owner) if known else None

    def attachments_before(self, owner: str) -> list[Attachment]:
        """The attachments as they were last known, at whatever change key: whence names and ids are kept."""
        with self._lock:
            return self._attachments(owner)

    def _attachments(self, owner: str) -> list[Attachment]:
        rows = self._db.execute(
            f"SELECT {_ATTACHMENT} FROM attachments WHERE owner = ? AND position >= 0 ORDER BY position",  # noqa: S608 - our own column names
            (owner,),
        ).fetchall()
        return [
            Attachment(name, size, bool(exact), bool(message), bool(has), part, remote_id)
            for name, size, exact, message, has, part, remote_id in rows
        ]

    def save_attachments(self, owner: str, change_key: str, attachments: Sequence[Attachment]) -> None:
        """Keep the attachments of `owner`; a row at position -1 says that they are known, also when there are none."""
        rows = [(owner, change_key, n, *attachment) for n, attachment in enumerate(attachments)]
        with self._writing() as db:
            db.execute("DELETE FROM attachments WHERE owner = ?", (owner,))
            db.execute(
                "INSERT INTO attachments VALUES (?, ?, -1, '', 0, 1, 0, 0, NULL, NULL)",
                (owner, change_key),
            )
            db.executemany("INSERT INTO attachments VALUES (?,?,?,?,?,?,?,?,?,?)", rows)


def _number(error: Exception) -> int:
    """The errno of what SQLite says: https://www.sqlite.org/rescode.html."""
    if isinstance(error, OSError):
        return error.errno or errno.EIO
    said = str(error)
    known = {"full": errno.ENOSPC, "readonly": errno.EROFS, "unable to open": errno.EACCES}
    return next((number for word, number in known.items() if word in said), errno.EIO)
