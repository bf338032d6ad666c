"""What an account does with folders: the default ones, the trees, creating, changing, syncing."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ewsfs.ews import errors
from ewsfs.ews.errors import EWSError
from ewsfs.ews.fieldpath import FieldPath, resolve
from ewsfs.ews.folders import (
    BaseFolder,
    Calendar,
    Contacts,
    Folder,
    Messages,
    SearchFolder,
    Tasks,
    class_for,
    folder_from_xml,
    to_folder_id,
)
from ewsfs.ews.folders.tree import FolderTree
from ewsfs.ews.properties import DistinguishedFolderId, FolderId, Mailbox, ParentFolderId
from ewsfs.ews.services.find import FindFolder, indexed_view
from ewsfs.ews.services.folders import (
    CreateFolder,
    DeleteFolder,
    EmptyFolder,
    GetFolder,
    MoveFolder,
    UpdateFolder,
)
from ewsfs.ews.shapes import default_paths, folder_shape
from ewsfs.ews.updates import change_element, checked_fields, refuse_newer, sendable
from ewsfs.ews.xmlnames import Element, child

if TYPE_CHECKING:
    from ewsfs.ews.account import Account
    from ewsfs.ews.element import EWSElement
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.services.base import DisposalType, FolderTraversal
    from ewsfs.ews.soap import RequestHeader
    from ewsfs.ews.sync import HierarchySync

F = TypeVar("F", bound=BaseFolder[Any])

# The default folders that are asked for together: EWS reference, DistinguishedFolderId.
_TOGETHER = (
    "msgfolderroot", "calendar", "contacts", "deleteditems", "drafts", "inbox", "journal", "junkemail", "notes",
    "outbox", "sentitems", "tasks",
)  # fmt: skip
_FOLDER_KINDS: tuple[type[Folder[Any]], ...] = (Folder, Calendar, Contacts, Messages, Tasks, SearchFolder)
_PAGE = 1000
_DUMMY = "AQAAAA=="  # the change key that stands where there is none


class FolderOperations:
    """The part of `Account` that is about folders."""

    primary_smtp_address: str
    protocol: Protocol
    _lock: threading.RLock
    _tree: FolderTree
    _defaults: dict[str, Any]

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

        @property
        def server_version(self) -> str | None: ...

        def _version_for(self, sent: EWSElement) -> str | None: ...

    def _myself(self) -> Account:
        return cast("Account", self)

    # -- default folders ---------------------------------------------------------------------------

    def _distinguished(self, name: str) -> DistinguishedFolderId:
        return DistinguishedFolderId(name, mailbox=Mailbox(email_address=self.primary_smtp_address))

    def _default(self, name: str, kind: type[F]) -> F:
        """A default folder; the common ones are asked for together, in one request."""
        with self._lock:
            found = self._defaults.get(name)
            if found is None:
                asked = _TOGETHER if name in _TOGETHER and name not in self._defaults else (name,)
                for one, folder in zip(asked, self.get_folders(asked), strict=True):
                    if self._defaults.setdefault(one, folder) is folder and isinstance(folder, BaseFolder):
                        self._tree.note([folder])
                found = self._defaults[name]
        if isinstance(found, EWSError):
            self._defaults.pop(name, None)
            raise found
        if not isinstance(found, kind):
            values, extra = found._values, found.account
            found = kind(account=extra)
            found._values = values
            found._settle()
            self._defaults[name] = found
        return found

    @property
    def inbox(self) -> Messages:
        return self._default("inbox", Messages)

    @property
    def outbox(self) -> Messages:
        return self._default("outbox", Messages)

    @property
    def sent(self) -> Messages:
        return self._default("sentitems", Messages)

    @property
    def drafts(self) -> Messages:
        return self._default("drafts", Messages)

    @property
    def junk(self) -> Messages:
        return self._default("junkemail", Messages)

    @property
    def trash(self) -> Folder:
        return self._default("deleteditems", Folder)

    @property
    def calendar(self) -> Calendar:
        return self._default("calendar", Calendar)

    @property
    def contacts(self) -> Contacts:
        return self._default("contacts", Contacts)

    @property
    def tasks(self) -> Tasks:
        return self._default("tasks", Tasks)

    @property
    def notes(self) -> Folder:
        return self._default("notes", Folder)

    @property
    def journal(self) -> Folder:
        return self._default("journal", Folder)

    @property
    def msg_folder_root(self) -> Folder:
        """The top of what a user sees, "Top of Information Store"."""
        return self._default("msgfolderroot", Folder)

    def default_folder(self, name: str) -> BaseFolder[Any]:
        """A default folder by its name in EWS ("recoverableitemsdeletions"). EWS reference: DistinguishedFolderId."""
        return self._default(name, BaseFolder)

    # -- trees -------------------------------------------------------------------------------------

    @property
    def root(self) -> Folder:
        """The root of the mailbox. The folders below are kept when they were read: `refresh` it to read them anew."""
        return cast("Folder", self._tree.root("root"))

    @property
    def public_folders_root(self) -> Folder:
        """The root of the public folders. Raises: ErrorNoPublicFolderServerAvailable, and other EWSErrors."""
        return cast("Folder", self._tree.root("publicfoldersroot"))

    @property
    def archive_root(self) -> Folder:
        """The root of the archive mailbox. Raises: ErrorFolderNotFound when there is none, and other EWSErrors."""
        return cast("Folder", self._tree.root("archiveroot"))

    def _fetch_root(self, name: str) -> Folder[Any]:
        if name == "publicfoldersroot":  # there is one for everybody: it belongs to no mailbox
            asked: FolderId | DistinguishedFolderId = DistinguishedFolderId(name)
        else:
            asked = self._distinguished(name)
        found = next(iter(self.get_folders([asked])))
        if isinstance(found, EWSError):
            raise found
        root = Root(account=self._myself())
        root._values = found._values
        root._settle()
        return root

    @property
    def folders(self) -> dict[type[BaseFolder[Any]], list[BaseFolder[Any]]]:
        """All folders by their class: `account.folders[Calendar]`."""
        found: dict[type[BaseFolder[Any]], list[BaseFolder[Any]]] = {kind: [] for kind in _FOLDER_KINDS}
        for folder in self.root.walk():
            found.setdefault(type(folder), []).append(folder)
        return found

    # -- by id -------------------------------------------------------------------------------------

    def folder(self, folder_id: str, changekey: str | None = None, folder_class: str | None = None) -> Folder[Any]:
        """A folder of which the id is known, without a request.

        Parameters: `folder_class`, its FolderClass, which decides what it holds.
        """
        folder = class_for("Folder", folder_class)(account=self._myself())
        folder._values["folder_id"] = folder_id
        if changekey and changekey != _DUMMY:
            folder._values["changekey"] = changekey
        folder._settle()
        return folder

    def get_folders(
        self,
        ids: Iterable[BaseFolder[Any] | FolderId | DistinguishedFolderId | str],
        only_fields: Iterable[str] | None = None,
    ) -> Iterator[Folder[Any] | EWSError]:
        """Folders, or what went wrong, in the order of their ids; one request for a hundred of them.

        Parameters: `ids`, ids, or names of default folders ("inbox"); `only_fields`, names of the fields to fetch.
        """
        elements = [self._folder_id(one) for one in ids]
        if not elements:
            return
        shape = folder_shape(self._folder_paths(only_fields), self.server_version)
        for found in GetFolder(self.protocol, self.header).call(elements, shape=shape):
            yield found if isinstance(found, EWSError) else self._to_folder(found)

    def _folder_id(self, folder: BaseFolder[Any] | FolderId | DistinguishedFolderId | str) -> Element:
        if isinstance(folder, str) and folder.islower() and folder.isalpha() and len(folder) < 40:
            return self._distinguished(folder).to_xml()
        if isinstance(folder, DistinguishedFolderId) and folder.mailbox is None and folder.id != "publicfoldersroot":
            return self._distinguished(folder.id or "").to_xml()
        return to_folder_id(folder)

    def _folder_paths(self, only_fields: Iterable[str] | None) -> list[FieldPath]:
        if only_fields is None:
            return default_paths(_FOLDER_KINDS, self.server_version)
        names = dict.fromkeys((*only_fields, "folder_class"))  # the class of a folder hangs on it
        return [path for name in names for path in resolve(name, _FOLDER_KINDS)]

    def _to_folder(self, element: Element) -> Folder[Any]:
        folder = folder_from_xml(element)
        folder.account = self._myself()
        return folder

    def _find_folders(self, folder: BaseFolder[Any], *, traversal: FolderTraversal) -> Iterator[Folder[Any]]:
        """The folders below one, page by page."""
        shape = folder_shape(self._folder_paths(None), self.server_version)
        service = FindFolder(self.protocol, self.header)
        seen: set[str] = set()
        offset = 0
        while True:
            view = indexed_view(offset, _PAGE, folders=True)
            page = next(iter(service.call([folder.id_element()], shape=shape, view=view, traversal=traversal)))
            if isinstance(page, EWSError):
                raise page
            fresh = 0
            for element in page.elements:
                found = self._to_folder(element)
                if found.folder_id and found.folder_id not in seen:
                    seen.add(found.folder_id)
                    fresh += 1
                    yield found
            offset += len(page.elements)
            if page.last or not fresh:
                return

    # -- changes -----------------------------------------------------------------------------------

    def _create_folder(self, folder: BaseFolder[Any], parent: BaseFolder[Any]) -> None:
        service = CreateFolder(self.protocol, self.header)
        element = folder.to_create_xml(self._version_for(folder))
        self._take_id(folder, _one(service.call([element], parent=parent.id_element())))
        folder.account = self._myself()
        if parent.folder_id and folder._values.get("parent_folder_id") is None:
            folder._values["parent_folder_id"] = ParentFolderId(parent.folder_id)
        folder._parent = None
        folder._settle()
        self._tree.forget()

    def _update_folder(self, folder: BaseFolder[Any], names: Sequence[str] | None) -> None:
        names = sendable(folder) if names is None else checked_fields(folder, names)
        refuse_newer(folder, names, self._version_for(folder))
        change = change_element("Folder", folder, folder.id_element(), names, folder.ELEMENT)
        if change is None:
            return
        self._take_id(folder, _one(UpdateFolder(self.protocol, self.header).call([change])))
        folder._settle(names)
        self._tree.forget()

    def _move_folder(self, folder: BaseFolder[Any], to_folder: BaseFolder[Any]) -> None:
        service = MoveFolder(self.protocol, self.header)
        self._take_id(folder, _one(service.call([folder.id_element()], to_folder=to_folder.id_element())))
        if to_folder.folder_id:
            folder._values["parent_folder_id"] = ParentFolderId(to_folder.folder_id)
        folder._parent = None
        self._tree.forget()

    def _delete_folder(self, folder: BaseFolder[Any], delete_type: DisposalType) -> None:
        _one(DeleteFolder(self.protocol, self.header).call([folder.id_element()], delete_type=delete_type))
        self._tree.forget()

    def _empty_folder(self, folder: BaseFolder[Any], delete_type: DisposalType, delete_sub_folders: bool) -> None:
        service = EmptyFolder(self.protocol, self.header)
        ids = [folder.id_element()]
        _one(service.call(ids, delete_type=delete_type, delete_sub_folders=delete_sub_folders))
        if delete_sub_folders:
            self._tree.forget()

    @staticmethod
    def _take_id(folder: BaseFolder[Any], element: Element | None) -> None:
        found = None if element is None else child(element, "FolderId")
        if found is not None:
            type(folder).folder_id.read(found, folder._values)

    # -- sync --------------------------------------------------------------------------------------

    def sync_hierarchy(
        self,
        sync_state: str | None = None,
        root: str | BaseFolder[Any] | FolderId | DistinguishedFolderId = "msgfolderroot",
        only_fields: Iterable[str] | None = None,
    ) -> HierarchySync:
        """What has changed in the tree of folders since a sync state; everything without one.

        Parameters: `root`, the folder below which; `only_fields`, what is told of a folder. See `ewsfs.ews.sync`.
        """
        from ewsfs.ews.sync import HierarchySync

        return HierarchySync(self._myself(), self._folder_id(root), sync_state, self._folder_paths(only_fields))


class Root(Folder[Any]):
    """EWS reference: Folder. The root of a tree; when it is fetched anew, so is the tree.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/folder
    """

    __slots__ = ()

    def refresh(self) -> Root:
        super().refresh()
        self._account()._tree.forget()
        return self


R = TypeVar("R")


def _one(results: Iterable[R | EWSError]) -> R:
    """The only result, or its error raised."""
    for result in results:
        if isinstance(result, EWSError):
            raise result
        return result
    raise errors.MalformedResponse("no result")
