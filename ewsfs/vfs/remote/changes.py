"""Changes of items on the server."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from datetime import datetime

from ewsfs.ews.items import Message
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote import properties
from ewsfs.vfs.remote.describe import CLASSES
from ewsfs.vfs.remote.link import Link
from ewsfs.vfs.writing.data import Data


class RemoteChanges(Link):
    """Items made, renamed, moved and removed."""

    def create_message(
        self, folder_id: str, mime: Data, *, given_name: str, upload_id: str, received: datetime | None
    ) -> tuple[str, str]:
        """A message from MIME: no draft, read, received when its headers say. Returns id and change key.

        Raises: OutcomeUnknown when it may or may not have been created, VfsError.
        """
        extra: Mapping[str, object] = {} if received is None else {"ewsfs_delivered": received}
        with self.speaking() as account:
            message = Message(
                account=account,
                folder=account.folder(folder_id),
                mime_content=mime,
                ewsfs_name=given_name,
                ewsfs_upload=upload_id,
                ewsfs_flags=properties.READ,
                **extra,
            )
            message.save()
            return message.item_id or "", message.changekey or ""

    def rename_item(self, item_id: str, change_key: str, kind: Kind, name: str) -> str:
        """Keep another file name with an item; its subject stays.

        Returns the new change key. Raises: VfsError, ESTALE when the item has another change key by now.
        """
        with self.speaking() as account:
            item = CLASSES[kind](account=account, item_id=item_id, changekey=change_key, ewsfs_name=name)
            item.save(update_fields=["ewsfs_name"], conflict_resolution="NeverOverwrite")
            return item.changekey or ""

    def move_item(self, item_id: str, folder_id: str, name: str) -> tuple[str, str]:
        """Returns the item's new id and change key."""
        with self.speaking() as account:
            target = account.folder(folder_id)
            moved = account.bulk_move([item_id], target)[0]
            if isinstance(moved, Exception):
                raise moved
            if moved is not None and moved[0]:
                return moved[0], moved[1] or ""
            # A server that gives no new ids (gromox): it is where it was put, under the name that we set.
            for item in target.filter(ewsfs_name=name).only("item_id", "changekey"):
                return item.item_id or "", item.changekey or ""
        raise VfsError(errno.ENOENT, f"{name} was moved and can't be found again")

    def delete_item(self, item_id: str, *, to_trash: bool) -> None:
        """To Deleted Items, or into the recoverable items. Nobody is told of a cancelled meeting."""
        with self.speaking() as account:
            result = account.bulk_delete(
                [item_id],
                delete_type="MoveToDeletedItems" if to_trash else "SoftDelete",
                send_meeting_cancellations="SendToNone",
                affected_task_occurrences="AllOccurrences",
            )[0]
            if isinstance(result, Exception):
                raise result
