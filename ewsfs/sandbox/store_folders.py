"""The folders of the mailboxes: rows, tree, counters, and the folder set that every mailbox begins with.

A part of `store`. Folder ids stay for the life of a folder; its change number grows with each change.
Threading: as `database`; a Folder is immutable.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

from ewsfs.sandbox.database import Database
from ewsfs.sandbox.events import Event
from ewsfs.sandbox.ids import IdKind, change_key, new_id

FOLDER_PREFIX = b"\x01\x00\x00"

# distinguished id, parent's distinguished id, kind of element, FolderClass, display name.
DEFAULT_FOLDERS: tuple[tuple[str, str, str, str | None, str], ...] = (
    ("root", "", "Folder", None, "root"),
    ("msgfolderroot", "root", "Folder", None, "Top of Information Store"),
    ("inbox", "msgfolderroot", "Folder", "IPF.Note", "Inbox"),
    ("drafts", "msgfolderroot", "Folder", "IPF.Note", "Drafts"),
    ("sentitems", "msgfolderroot", "Folder", "IPF.Note", "Sent Items"),
    ("deleteditems", "msgfolderroot", "Folder", "IPF.Note", "Deleted Items"),
    ("outbox", "msgfolderroot", "Folder", "IPF.Note", "Outbox"),
    ("junkemail", "msgfolderroot", "Folder", "IPF.Note", "Junk Email"),
    ("calendar", "msgfolderroot", "CalendarFolder", "IPF.Appointment", "Calendar"),
    ("contacts", "msgfolderroot", "ContactsFolder", "IPF.Contact", "Contacts"),
    ("tasks", "msgfolderroot", "TasksFolder", "IPF.Task", "Tasks"),
    ("notes", "msgfolderroot", "Folder", "IPF.StickyNote", "Notes"),
    ("journal", "msgfolderroot", "Folder", "IPF.Journal", "Journal"),
    ("conversationhistory", "msgfolderroot", "Folder", "IPF.Note", "Conversation History"),
    ("searchfolders", "root", "Folder", None, "Finder"),
    ("recoverableitemsroot", "root", "Folder", None, "Recoverable Items"),
    ("recoverableitemsdeletions", "recoverableitemsroot", "Folder", None, "Deletions"),
    ("recoverableitemsversions", "recoverableitemsroot", "Folder", None, "Versions"),
    ("recoverableitemspurges", "recoverableitemsroot", "Folder", None, "Purges"),
    ("syncissues", "root", "Folder", "IPF.Note", "Sync Issues"),
    ("conflicts", "syncissues", "Folder", "IPF.Note", "Conflicts"),
    ("localfailures", "syncissues", "Folder", "IPF.Note", "Local Failures"),
    ("serverfailures", "syncissues", "Folder", "IPF.Note", "Server Failures"),
    ("recipientcache", "root", "ContactsFolder", "IPF.Contact.RecipientCache", "Recipient Cache"),
    ("quickcontacts", "root", "ContactsFolder", "IPF.Contact.MOC.QuickContacts", "Quick Contacts"),
    ("imcontactlist", "root", "ContactsFolder", "IPF.Contact.MOC.ImContactList", "IM Contact List"),
)

ARCHIVE_FOLDERS: tuple[tuple[str, str, str, str | None, str], ...] = (
    ("archiveroot", "", "Folder", None, "root"),
    ("archivemsgfolderroot", "archiveroot", "Folder", None, "Top of Information Store"),
    ("archiveinbox", "archivemsgfolderroot", "Folder", "IPF.Note", "Inbox"),
    ("archivedeleteditems", "archivemsgfolderroot", "Folder", "IPF.Note", "Deleted Items"),
    ("archiverecoverableitemsroot", "archiveroot", "Folder", None, "Recoverable Items"),
    ("archiverecoverableitemsdeletions", "archiverecoverableitemsroot", "Folder", None, "Deletions"),
)
PUBLIC_FOLDERS: tuple[tuple[str, str, str, str | None, str], ...] = (
    ("publicfoldersroot", "", "Folder", None, "IPM_SUBTREE"),
)
PUBLIC = "public"  # stands for the owner of the public folders


def archive_of(mailbox: str) -> str:
    """What stands for the owner of a mailbox's archive."""
    return f"archive:{mailbox}"


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder.

    mailbox: the primary address of its owner; PUBLIC for public folders; see also `archive_of`.
    parent: "" for the root. distinguished: "" for all that users made.
    folder_class: None where Exchange has none (the root folders).
    properties: XML text of an element with what clients set beside name and class (ExtendedProperty, PermissionSet,
        SearchParameters), or None.
    """

    id: str
    mailbox: str
    parent: str
    distinguished: str
    kind: str
    folder_class: str | None
    name: str
    properties: str | None
    created_number: int
    change_number: int

    @property
    def change_key(self) -> str:
        return change_key(self.change_number, FOLDER_PREFIX)


@dataclass(frozen=True, slots=True)
class Counters:
    """What a folder holds: items without associated ones, unread ones of them, folders directly below."""

    total: int = 0
    unread: int = 0
    children: int = 0


_COLUMNS = (
    "id, mailbox, coalesce(parent, ''), coalesce(distinguished, ''), kind, class, name, properties, "
    "created_number, change_number"
)
_BELOW = (
    "WITH RECURSIVE below(id, depth) AS (SELECT id, 1 FROM folders WHERE parent=? "
    "UNION ALL SELECT folders.id, depth + 1 FROM folders JOIN below ON folders.parent = below.id) "
)


class Folders:
    """The folder rows of all mailboxes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ensure_mailbox(
        self, mailbox: str, folders: Iterable[tuple[str, str, str, str | None, str]] = DEFAULT_FOLDERS
    ) -> None:
        """Make the default folder set of a mailbox, as far as it isn't there."""
        with self._db.transaction():
            for distinguished, parent, kind, folder_class, name in folders:
                if self.distinguished(mailbox, distinguished) is None:
                    above = self.distinguished(mailbox, parent) if parent else None
                    self.create(
                        mailbox, above.id if above else "", kind, folder_class, name, distinguished=distinguished
                    )

    def create(
        self,
        mailbox: str,
        parent: str,
        kind: str,
        folder_class: str | None,
        name: str,
        properties: str | None = None,
        distinguished: str = "",
    ) -> Folder:
        """A new folder; the caller has checked that the parent has no child of that name."""
        identifier = new_id(IdKind.FOLDER)
        with self._db.transaction():
            number = self._db.next_number()
            self._db.execute(
                "INSERT INTO folders (id, mailbox, parent, distinguished, kind, class, name, properties, "
                "created_number, change_number) VALUES (?,?,?,?,?,?,?,?,?,?)",
                identifier, mailbox, parent or None, distinguished or None, kind, folder_class, name, properties,
                number, number,
            )  # fmt: skip
            folder = self._required(identifier)
            self._publish("CreatedEvent", folder)
        return folder

    def get(self, identifier: str) -> Folder | None:
        """The folder of that id, None when there is none."""
        row = self._db.one(f"SELECT {_COLUMNS} FROM folders WHERE id=?", identifier)  # noqa: S608 - a constant
        return Folder(*row) if row else None

    def distinguished(self, mailbox: str, name: str) -> Folder | None:
        """The folder of that distinguished id in a mailbox, None when it has none."""
        row = self._db.one(
            f"SELECT {_COLUMNS} FROM folders WHERE mailbox=? AND distinguished=?",  # noqa: S608 - a constant
            mailbox,
            name,
        )
        return Folder(*row) if row else None

    def children(self, identifier: str) -> list[Folder]:
        """The folders directly below, in the order in which they came to be."""
        rows = self._db.all(
            f"SELECT {_COLUMNS} FROM folders WHERE parent=? ORDER BY row",  # noqa: S608 - a constant
            identifier,
        )
        return [Folder(*row) for row in rows]

    def descendants(self, identifier: str) -> list[Folder]:
        """All folders below, parents before their children."""
        rows = self._db.all(
            _BELOW + f"SELECT {_COLUMNS} FROM folders JOIN (SELECT id AS below_id, depth FROM below) "  # noqa: S608 - constants
            "ON below_id = id ORDER BY depth, row",
            identifier,
        )
        return [Folder(*row) for row in rows]

    def all(self, mailbox: str) -> list[Folder]:
        """Every folder of a mailbox."""
        rows = self._db.all(f"SELECT {_COLUMNS} FROM folders WHERE mailbox=? ORDER BY row", mailbox)  # noqa: S608 - constants
        return [Folder(*row) for row in rows]

    def child_named(self, parent: str, name: str) -> Folder | None:
        """The child of that display name; names are compared without case, as Exchange does."""
        folded = name.casefold()
        return next((folder for folder in self.children(parent) if folder.name.casefold() == folded), None)

    def is_below(self, identifier: str, ancestor: str) -> bool:
        """Whether the folder is the ancestor itself or somewhere below it."""
        current: Folder | None = self.get(identifier)
        while current is not None:
            if current.id == ancestor:
                return True
            current = self.get(current.parent) if current.parent else None
        return False

    def update(
        self, folder: Folder, *, name: str | None = None, folder_class: str | None = None, properties: str | None = None
    ) -> Folder:
        """Change what is given; the change key becomes a new one."""
        with self._db.transaction():
            self._db.execute(
                "UPDATE folders SET name=coalesce(?, name), class=coalesce(?, class), "
                "properties=coalesce(?, properties), change_number=? WHERE id=?",
                name, folder_class, properties, self._db.next_number(), folder.id,
            )  # fmt: skip
            changed = self._required(folder.id)
            self._publish("ModifiedEvent", changed)
        return changed

    def move(self, folder: Folder, parent: Folder, name: str | None = None) -> Folder:
        """Put a folder, with all that is in it, below another one, perhaps of another mailbox."""
        with self._db.transaction():
            if parent.mailbox != folder.mailbox:
                for below in [folder, *self.descendants(folder.id)]:
                    self._bury(below)
                    self._db.execute(
                        "UPDATE folders SET mailbox=?, created_number=? WHERE id=?",
                        parent.mailbox, self._db.next_number(), below.id,
                    )  # fmt: skip
                    self._db.execute("UPDATE items SET mailbox=? WHERE folder=?", parent.mailbox, below.id)
            self._db.execute(
                "UPDATE folders SET parent=?, name=coalesce(?, name), change_number=? WHERE id=?",
                parent.id, name, self._db.next_number(), folder.id,
            )  # fmt: skip
            moved = self._required(folder.id)
            self._publish("MovedEvent", moved, folder)
        return moved

    def remove(self, folder: Folder) -> None:
        """Forget a folder that has neither items nor folders in it any more."""
        with self._db.transaction():
            self._bury(folder)
            self._db.execute("DELETE FROM folders WHERE id=?", folder.id)
            self._db.execute("DELETE FROM tombstones WHERE scope=?", folder.id)
            self._publish("DeletedEvent", folder)

    def _bury(self, folder: Folder) -> None:
        self._db.execute(
            "INSERT INTO tombstones VALUES (?, ?, ?, ?)",
            self._db.next_number(), f"folders:{folder.mailbox}", folder.id, folder.created_number,
        )  # fmt: skip

    def changed_since(self, mailbox: str, number: int) -> list[Folder]:
        """The folders with a change after that number, oldest change first."""
        rows = self._db.all(
            f"SELECT {_COLUMNS} FROM folders WHERE mailbox=? AND change_number>? ORDER BY change_number",  # noqa: S608 - constants
            mailbox,
            number,
        )
        return [Folder(*row) for row in rows]

    def removed_since(self, mailbox: str, number: int) -> list[tuple[int, str, int]]:
        """(number, id, created number) of the folders that went after that number."""
        return self._db.all(
            "SELECT number, id, created_number FROM tombstones WHERE scope=? AND number>? ORDER BY number",
            f"folders:{mailbox}",
            number,
        )

    def counters(self, folders: Iterable[Folder]) -> dict[str, Counters]:
        """The counters of several folders at once, by id."""
        wanted = {folder.id for folder in folders}
        items: dict[str, tuple[int, int]] = {}
        below: dict[str, int] = {}
        if len(wanted) > 20:
            for folder, total, unread in self._db.all(
                "SELECT folder, count(*), sum(is_read=0) FROM items WHERE associated=0 GROUP BY folder"
            ):
                items[folder] = (total, unread or 0)
            below = dict(self._db.all("SELECT parent, count(*) FROM folders WHERE parent IS NOT NULL GROUP BY parent"))
        else:
            for identifier in wanted:
                row = self._db.one(
                    "SELECT count(*), sum(is_read=0) FROM items WHERE folder=? AND associated=0", identifier
                )
                items[identifier] = (row[0], row[1] or 0) if row else (0, 0)
                row = self._db.one("SELECT count(*) FROM folders WHERE parent=?", identifier)
                below[identifier] = row[0] if row else 0
        return {identifier: Counters(*items.get(identifier, (0, 0)), below.get(identifier, 0)) for identifier in wanted}

    def size(self, identifier: str) -> int:
        """Bytes of all the items in a folder, without those of the folders below."""
        row = self._db.one("SELECT coalesce(sum(size), 0) FROM items WHERE folder=?", identifier)
        return int(row[0]) if row else 0

    def _required(self, identifier: str) -> Folder:
        folder = self.get(identifier)
        if folder is None:
            raise LookupError(identifier)
        return folder

    def _publish(self, kind: str, folder: Folder, before: Folder | None = None) -> None:
        self._db.publish(
            Event(
                kind=kind,
                mailbox=folder.mailbox,
                is_folder=True,
                object_id=folder.id,
                object_key=folder.change_key,
                parent_id=folder.parent,
                time=datetime.now(timezone.utc),
                old_id=before.id if before else "",
                old_parent_id=before.parent if before else "",
            )
        )
