"""The folders of a mailbox on its server: learnt, synchronised, made and changed."""

from __future__ import annotations

from typing import NamedTuple

from ewsfs.ews.folders import BaseFolder
from ewsfs.vfs.errors import translate
from ewsfs.vfs.model import RemoteFolder
from ewsfs.vfs.remote import describe
from ewsfs.vfs.remote.link import Link, sync_lost

_FIELDS = ("name", "parent_folder_id", "folder_class", "effective_rights", "ewsfs_name")


class FolderChanges(NamedTuple):
    """What a sync of the tree told."""

    changed: list[RemoteFolder]
    gone: list[str]
    sync_state: str


class RemoteFolders(Link):
    """Questions about folders, and changes of them."""

    # The names that every version knows: an unknown one would be a fault for the whole request.
    DISTINGUISHED = (
        "inbox", "drafts", "sentitems", "deleteditems", "outbox", "junkemail", "calendar", "contacts", "tasks",
        "notes", "journal", "searchfolders",
    )  # fmt: skip

    def default_folders(self) -> tuple[str, dict[str, str]]:
        """The id of the top folder, and the names of the default folders by id; one request."""
        with self.speaking() as account:
            asked = ("msgfolderroot", *self.DISTINGUISHED)
            found = dict(zip(asked, account.get_folders(asked, only_fields=["name"]), strict=True))
        root = found["msgfolderroot"]
        if isinstance(root, Exception):
            raise translate(root)
        names = {
            folder.folder_id: name
            for name, folder in found.items()
            if isinstance(folder, BaseFolder) and folder.folder_id and name != "msgfolderroot"
        }
        assert root.folder_id is not None  # the server gave it
        return root.folder_id, names

    def sync_folders(self, sync_state: str | None) -> FolderChanges:
        """What changed in the tree of folders since `sync_state`; everything for None.

        Raises: SyncLost, VfsError.
        """
        changed, gone = {}, []
        with self.speaking() as account, sync_lost():
            sync = account.sync_hierarchy(sync_state, only_fields=_FIELDS)
            for change in sync:
                folder = describe.to_folder(change.folder)
                if change.kind == "delete":
                    if change.folder.folder_id:
                        gone.append(change.folder.folder_id)
                elif folder is not None:
                    changed[folder.id] = folder
            return FolderChanges(list(changed.values()), gone, sync.sync_state or "")

    def create_folder(self, parent_id: str, name: str, folder_class: str) -> RemoteFolder:
        with self.speaking() as account:
            parent = account.folder(parent_id, folder_class=folder_class)
            folder = parent.create_subfolder(name, folder_class=folder_class)
            return self.as_folder(folder.folder_id or "", folder.changekey or "", parent_id, name, folder_class)

    @staticmethod
    def as_folder(folder_id: str, change_key: str, parent_id: str, name: str, folder_class: str) -> RemoteFolder:
        """The record of a folder as we have just made it; its name is the one that was asked for."""
        return RemoteFolder(folder_id, change_key, parent_id, name, folder_class, given_name=name)

    def rename_folder(self, folder_id: str, change_key: str, name: str) -> str:
        """Returns the new change key."""
        with self.speaking() as account:
            folder = account.folder(folder_id, change_key)
            folder.name = name
            folder.save(update_fields=["name"])
            return folder.changekey or ""

    def move_folder(self, folder_id: str, parent_id: str) -> str:
        """Returns the new change key; a folder keeps its id."""
        with self.speaking() as account:
            folder = account.folder(folder_id)
            folder.move(account.folder(parent_id))
            return folder.changekey or ""

    def delete_folder(self, folder_id: str) -> None:
        """To Deleted Items, as Outlook does; a folder there already is deleted."""
        with self.speaking() as account:
            account.folder(folder_id).delete(delete_type="MoveToDeletedItems")
