"""The folders of a mailbox as a tree of directories: names, parents, and what a hierarchy sync changes in it.

Pure bookkeeping in memory, like `listing.py`, and like it used under the filesystem's lock.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from ewsfs.vfs import names
from ewsfs.vfs.model import Folder, RemoteFolder

# Names that the file system itself answers to, in the top folder.
CONTROL = ".ewsfs"


class FolderTree:
    """The folders below `root`.

    Parameters: `root`, the id of the folder that is the mount point (the top of the information store);
    `distinguished`, the names of default folders by id; `folders`, what the index had.
    """

    def __init__(
        self,
        root: str,
        distinguished: dict[str, str],
        *,
        portable: bool = False,
        folders: Iterable[Folder] = (),
    ) -> None:
        self.root = root
        self._distinguished = distinguished
        self._portable = portable
        self._folders: dict[str, Folder] = {}
        self._children: dict[str, dict[str, Folder]] = {}
        self._keys: dict[str, dict[str, Folder]] = {}  # the same by `names.key` of the name
        for folder in folders:
            self._link(folder)

    # -- looking up --------------------------------------------------------------------------------

    def get(self, folder_id: str) -> Folder | None:
        return self._folders.get(folder_id)

    def child(self, parent_id: str, name: str) -> Folder | None:
        children = self._children.get(parent_id, {})
        return children.get(name) or children.get(names.normal(name))

    def children(self, parent_id: str) -> list[Folder]:
        return list(self._children.get(parent_id, {}).values())

    def taken(self, parent_id: str) -> Container[str]:
        """The keys of the names of a folder's sub-folders, as `names.key` makes them."""
        return self._keys.get(parent_id, {})

    def by_distinguished(self, distinguished: str) -> Folder | None:
        return next((f for f in self._folders.values() if f.distinguished == distinguished), None)

    def ancestors(self, folder_id: str) -> Iterator[str]:
        """The ids from a folder up to the root, itself included; ends also where a server's tree has a cycle."""
        seen: set[str] = set()
        while folder_id not in seen:
            seen.add(folder_id)
            yield folder_id
            folder = self._folders.get(folder_id)
            if folder is None:
                return
            folder_id = folder.parent_id

    def descendants(self, folder_id: str) -> list[str]:
        """The ids of all folders below one, itself not included."""
        found: dict[str, None] = {}
        pending = [folder_id]
        while pending:
            for folder in self._children.get(pending.pop(), {}).values():
                if folder.id not in found and folder.id != folder_id:
                    found[folder.id] = None
                    pending.append(folder.id)
        return list(found)

    def may_create(self, folder_id: str) -> bool:
        """Whether items can be made in a folder."""
        folder = self._folders.get(folder_id)
        return folder is None or folder.may_create

    def may_make_folders(self, folder_id: str) -> bool:
        """Whether folders can be made in a folder."""
        folder = self._folders.get(folder_id)
        return folder is None or folder.may_make_folders

    # -- changing ----------------------------------------------------------------------------------

    def merge(self, remote: Iterable[RemoteFolder]) -> list[Folder]:
        """Take what the server says of folders; returns those that are new or differ."""
        changed = []
        for item in sorted(remote, key=lambda f: (f.id not in self._distinguished, f.id)):
            if item.id == self.root:
                continue
            old = self._folders.get(item.id)
            if old is not None:
                self._unlink(old)
            folder = Folder(
                id=item.id,
                change_key=item.change_key,
                parent_id=item.parent_id,
                name=self._choose(item, old),
                folder_class=item.folder_class,
                distinguished=self._distinguished.get(item.id),
                may_create=item.may_create,
                may_make_folders=item.may_make_folders,
            )
            self._link(folder)
            if folder != old:
                changed.append(folder)
        return changed

    def remove(self, folder_id: str) -> list[str]:
        """Forget a folder and all below it; returns the ids that went."""
        folder = self._folders.get(folder_id)
        if folder is None:
            return []
        gone = [*self.descendants(folder_id), folder_id]
        for gone_id in gone:
            self._unlink(self._folders[gone_id])
        return gone

    def _choose(self, item: RemoteFolder, old: Folder | None) -> str:
        given = item.given_name
        if given is not None and names.is_usable(given):
            name = given
        else:
            name = names.fit(names.sanitize(item.name, portable=self._portable), "")
        marked = names.disambiguate(name, "", item.id)
        if old is not None and old.parent_id == item.parent_id and old.name == marked:
            return marked  # a name once given stays, also when the other one has gone
        siblings = self.taken(item.parent_id)
        if names.key(name) in siblings or (item.parent_id == self.root and name == CONTROL):
            return marked
        return name

    def _link(self, folder: Folder) -> None:
        self._folders[folder.id] = folder
        self._children.setdefault(folder.parent_id, {})[folder.name] = folder
        self._keys.setdefault(folder.parent_id, {})[names.key(folder.name)] = folder

    def _unlink(self, folder: Folder) -> None:
        self._folders.pop(folder.id, None)
        siblings = self._children.get(folder.parent_id, {})
        if siblings.get(folder.name) is folder:
            del siblings[folder.name]
        keys = self._keys.get(folder.parent_id, {})
        if keys.get(names.key(folder.name)) is folder:
            del keys[names.key(folder.name)]
