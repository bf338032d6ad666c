"""Changes of items on the server."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ewsfs.ews.folders import Folder
from ewsfs.ews.items import ItemRef, Message
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote import properties
from ewsfs.vfs.remote.describe import CLASSES
from ewsfs.vfs.remote.link import Link, each
from ewsfs.vfs.writing.data import Data


class RemoteChanges(Link):
    """Items made, renamed, moved and removed."""

    def create_message(
        self, folder_id: str, mime: Data, *, given_name: str, upload_id: str, received: datetime | None
    ) -> tuple[str, str]:
        """A message from MIME: no draft, read, received when its headers say. Returns id and change key.

        Raises: OutcomeUnknown when it may or may not have been created, VfsError.
        """
        new = NewMessage(mime, given_name, upload_id, received)
        with self.speaking() as account:
            message = _message(new)
            message.account, message.folder = account, account.folder(folder_id)
            message.save()
            return message.item_id or "", message.changekey or ""

    def create_messages(self, folder_id: str, messages: Sequence[NewMessage]) -> list[tuple[str, str] | VfsError]:
        """As `create_message`, several in one request. Returns for each its id and change key, or the error.

        Raises: OutcomeUnknown when they may or may not have been created, VfsError when nothing is said of them all.
        """
        with self.speaking() as account:
            found = each(
                account.bulk_create(account.folder(folder_id), map(_message, messages), chunk_size=len(messages))
            )
        return [_ids(one) for one in found if one is not None]  # None is said of what is only sent

    def rename_items(self, items: Sequence[tuple[str, str, Kind, str]]) -> list[str | VfsError]:
        """Keep other file names with items; their subjects stay. One request.

        Parameters: `items`, of each its id, change key, kind and new name. Returns for each its new change key, or the
        error: ESTALE when it has another change key by now. Raises: VfsError when nothing can be said of them all.
        """
        with self.speaking() as account:
            named = (
                CLASSES[kind](account=account, item_id=item_id, changekey=change_key, ewsfs_name=name)
                for item_id, change_key, kind, name in items
            )
            found = each(
                account.bulk_update(
                    ((item, ["ewsfs_name"]) for item in named),
                    conflict_resolution="NeverOverwrite",
                    chunk_size=len(items),
                )
            )
        return [one if isinstance(one, VfsError) else one.changekey for one in found]

    def move_items(self, items: Sequence[tuple[str, str]], folder_id: str) -> list[tuple[str, str] | VfsError]:
        """Move items to a folder, in one request.

        Parameters: `items`, of each its id and its name. Returns for each its new id and change key, or the error.
        Raises: VfsError when nothing can be said of them all.
        """
        with self.speaking() as account:
            target = account.folder(folder_id)
            found = each(account.bulk_move([item_id for item_id, _ in items], target, chunk_size=len(items)))
            return [
                one if isinstance(one, VfsError) else self._moved(target, name, one)
                for one, (_, name) in zip(found, items, strict=True)
            ]

    @staticmethod
    def _moved(target: Folder, name: str, ref: ItemRef | None) -> tuple[str, str] | VfsError:
        if ref is not None and ref.item_id:
            return ref.item_id, ref.changekey or ""
        # A server that gives no new ids (gromox): it is where it was put, under the name that we set.
        for item in target.filter(ewsfs_name=name).only("item_id", "changekey"):
            return item.item_id or "", item.changekey or ""
        return VfsError(errno.ENOENT, f"{name} was moved and can't be found again")

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


class NewMessage(NamedTuple):
    """A message to be made from MIME. `received`, when it came, as its headers say."""

    mime: Data
    given_name: str
    upload_id: str
    received: datetime | None


def _ids(ref: ItemRef | VfsError) -> tuple[str, str] | VfsError:
    return ref if isinstance(ref, VfsError) else (ref.item_id, ref.changekey)


def _message(new: NewMessage) -> Message:
    extra: Mapping[str, Any] = {} if new.received is None else {"ewsfs_delivered": new.received}
    return Message(
        mime_content=new.mime,
        ewsfs_name=new.given_name,
        ewsfs_upload=new.upload_id,
        ewsfs_flags=properties.READ,
        **extra,
    )
