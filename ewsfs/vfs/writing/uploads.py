"""What became of a file whose upload was cut off: whether the server has made an item of it, and where that is now.

Used by `delivery`, and only when it can't be known otherwise. Somebody at another machine may have seen the item,
and moved or removed it, before we ask: it is looked for in its folder first, then in all others, in Deleted Items, and
among what can be recovered. Who removed it doesn't want it back; so it is taken for saved wherever it is.

Threading: stateless; any thread, without the catalogue's lock.
"""

from __future__ import annotations

from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.remote import Mailbox, Upload

_TRASH = "deleteditems"


class Uploads:
    """Finds items of one mailbox by the ids that went to the server with them."""

    def __init__(self, remote: Mailbox, catalog: Catalog) -> None:
        self._remote = remote
        self._catalog = catalog

    def find(self, folder_id: str, upload_id: str) -> Upload | None:
        """The item that was to be made in a folder with an upload id; None when it never came to be.

        Raises: VfsError, also when one of the folders can't be asked now.
        """
        here = self._remote.find_upload(folder_id, upload_id)
        if here is not None:
            return Upload(folder_id, *here)
        return self._remote.find_upload_in(self._others(folder_id), upload_id) or self._remote.find_removed_upload(
            upload_id
        )

    def is_removed(self, upload: Upload) -> bool:
        """Whether somebody removed it since."""
        return not upload.folder_id or upload.folder_id in self._in_trash()

    # -- inside ------------------------------------------------------------------------------------

    def _others(self, folder_id: str) -> list[str]:
        """All folders but that one; of a copy that was kept and an original that was removed, the copy counts."""
        removed = self._in_trash()
        with self._catalog.lock:
            everywhere = [i for i in self._catalog.tree.descendants(self._catalog.tree.root) if i != folder_id]
        return [i for i in everywhere if i not in removed] + [i for i in everywhere if i in removed]

    def _in_trash(self) -> set[str]:
        with self._catalog.lock:
            trash = self._catalog.tree.by_distinguished(_TRASH)
            return set() if trash is None else {trash.id, *self._catalog.tree.descendants(trash.id)}
