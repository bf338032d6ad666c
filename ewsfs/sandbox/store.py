"""Everything that the sandbox keeps, in one SQLite database: folders, items, attachments, settings.

Used by the operations and by the sample mailbox. `store_folders`, `store_items` and `store_attachments` are its
parts; `database` has the tables and the lock.
Threading: every method may be called from any thread; `with store.transaction():` makes several of them one.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from ewsfs.sandbox.database import Database
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.events import EventLog
from ewsfs.sandbox.item_rows import ItemRow
from ewsfs.sandbox.store_attachments import Attachments
from ewsfs.sandbox.store_folders import Counters, Folder, Folders
from ewsfs.sandbox.store_items import Items

__all__ = ["Counters", "Folder", "ItemRow", "Store"]


class Store:
    """The state of one sandbox.

    path: a file, made when it isn't there, or ":memory:". A file survives kill -9 with every answered change.
    Raises SandboxError when the file is something else.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._db = Database(path)
        self.folders = Folders(self._db)
        self.attachments = Attachments(self._db)
        self.items = Items(self._db, self.attachments)
        self.name = self._db.meta("store")

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; may be nested. Holds the lock of the store."""
        return self._db.transaction()

    @property
    def events(self) -> EventLog:
        """What happened, for the subscriptions."""
        return self._db.events

    @property
    def number(self) -> int:
        """The number of the newest change: while it stays, nothing changed."""
        return self._db.number

    def setting(self, mailbox: str, name: str) -> str | None:
        """A setting of a mailbox (out of office, rules, ...) as the text that `set_setting` was given."""
        row = self._db.one("SELECT value FROM settings WHERE mailbox=? AND name=?", mailbox, name)
        return str(row[0]) if row else None

    def settings(self, mailbox: str, prefix: str) -> list[tuple[str, str]]:
        """The settings of a mailbox whose name begins with a prefix, by name."""
        return [
            (name, value)
            for name, value in self._db.all("SELECT name, value FROM settings WHERE mailbox=? ORDER BY name", mailbox)
            if name.startswith(prefix)
        ]

    def set_setting(self, mailbox: str, name: str, value: str | None) -> None:
        """Keep a setting; None forgets it."""
        with self._db.transaction():
            if value is None:
                self._db.execute("DELETE FROM settings WHERE mailbox=? AND name=?", mailbox, name)
            else:
                self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?)", mailbox, name, value)

    def folder(self, mailbox: str, distinguished: str) -> Folder:
        """A default folder. Raises ResponseError ErrorFolderNotFound when the mailbox has none of that name."""
        folder = self.folders.distinguished(mailbox, distinguished)
        if folder is None:
            raise ResponseError("ErrorFolderNotFound", "The specified folder could not be found in the store.")
        return folder

    def close(self) -> None:
        """Wake up who waits for events and close the file."""
        self.events.close()
        self._db.close()
