"""Items made and changed from what a file says: fields by name, as `ewsfs.formats` reads them.

Used by `ewsfs.vfs.author`. Every change is refused when somebody else changed the item in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ewsfs.ews.items import NEVER_OVERWRITE
from ewsfs.vfs.describe import CLASSES
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote.documents import RemoteDocuments


class RemoteAuthoring(RemoteDocuments):
    """Items made and changed, field by field."""

    def create_item(
        self, kind: Kind, folder_id: str, fields: Mapping[str, Any], *, given_name: str, upload_id: str
    ) -> tuple[str, str]:
        """A new item. Nobody is invited. Returns its id and change key.

        Parameters: `fields`, by the names of the client library. Raises: ValueError for values that can't be sent,
        OutcomeUnknown when it may or may not have been created, VfsError.
        """
        with self.speaking() as account:
            item = CLASSES[kind](
                account=account,
                folder=account.folder(folder_id),
                ewsfs_name=given_name,
                ewsfs_upload=upload_id,
                **fields,
            )
            item.save()
            return item.item_id or "", item.changekey or ""

    def change_item(self, kind: Kind, item_id: str, change_key: str, fields: Mapping[str, Any]) -> str:
        """Set some fields of an item, and empty those that are None. Returns the new change key.

        Raises: ValueError for values that can't be sent; VfsError, ESTALE when the item isn't the one with that
        change key any more.
        """
        values = {name: value for name, value in fields.items() if value is not None}
        with self.speaking() as account:
            item = CLASSES[kind](account=account, item_id=item_id, changekey=change_key, **values)
            item.save(update_fields=list(fields), conflict_resolution=NEVER_OVERWRITE)
            return item.changekey or ""
