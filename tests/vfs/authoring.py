"""An author over a sandbox, and what its tests ask: the server's own file of an item, and requests that were made."""

from __future__ import annotations

from datetime import timezone
from pathlib import Path

from ewsfs.ews import Account
from ewsfs.ews.items import Item
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import Settings, VfsError
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote import Mailbox
from ewsfs.vfs.writing.author import Author
from tests.vfs.conftest import make_account

HOMES = {
    Kind.MAIL: "inbox",
    Kind.EVENT: "calendar",
    Kind.TASK: "tasks",
    Kind.CONTACT: "contacts",
    Kind.LIST: "contacts",
    Kind.DOCUMENT: "inbox",
}


class Desk:
    """One mailbox, the author who writes to it, and an account to look with."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.endpoint = sandbox.endpoint
        settings = Settings(sandbox.address("ada"), folder, timezone=timezone.utc)
        self.remote = Mailbox(lambda: make_account(sandbox, self.endpoint), settings)
        self.author = Author(self.remote, timezone.utc)
        self.account: Account = make_account(sandbox, self.endpoint)
        _, found = self.remote.default_folders()
        self.folders = {name: folder_id for folder_id, name in found.items()}

    def close(self) -> None:
        self.remote.close()
        self.account.close()

    def home(self, kind: Kind) -> str:
        return self.folders[HOMES[kind]]

    def create(self, name: str, data: bytes, *, upload_id: str = "u-1", mtime_ns: int = 0) -> tuple[Kind, str, str]:
        """As the writer does it: the kind, the id, the change key."""
        kind = self.author.kind_of(name, data)
        return kind, *self.author.create(kind, self.home(kind), data, name=name, upload_id=upload_id, mtime_ns=mtime_ns)

    def file(self, kind: Kind, item_id: str) -> tuple[str, bytes]:
        """What the server has, as a file: change key and bytes."""
        ((_, found),) = self.remote.make_files(kind, [(item_id, "")])
        if isinstance(found, VfsError):
            raise found
        return found

    def item(self, item_id: str) -> Item:
        found = next(iter(self.account.fetch([item_id])))
        assert isinstance(found, Item), found
        return found

    def requests(self) -> int:
        return sum(self.remote.requests().values())


def lines(*text: str) -> bytes:
    return "".join(f"{line}\r\n" for line in text).encode()


def event(*more: str, summary: str = "Standup") -> bytes:
    return lines(
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:standup-1@example.test",
        "DTSTART:20260302T091500Z",
        "DTEND:20260302T093000Z",
        f"SUMMARY:{summary}",
        *more,
        "END:VEVENT",
        "END:VCALENDAR",
    )


def task(*more: str) -> bytes:
    return lines(
        "BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VTODO", "UID:t1", "SUMMARY:Tax", *more, "END:VTODO", "END:VCALENDAR"
    )


def card(*more: str, version: str = "3.0") -> bytes:
    return lines("BEGIN:VCARD", f"VERSION:{version}", "N:Lovelace;Ada;;;", "FN:Ada Lovelace", *more, "END:VCARD")


def group(*more: str) -> bytes:
    return lines("BEGIN:VCARD", "VERSION:4.0", "KIND:group", "FN:Team", *more, "END:VCARD")
