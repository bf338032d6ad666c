"""`BaseFolder`: what all folders have, and what can be done with one. The tree they form is in `tree`.

Threading: as with items, a folder belongs to one thread at a time; the account it came from may serve several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from ewsfs.ews.element import ElementField, EWSElement
from ewsfs.ews.fields import BooleanField, IntegerField, TextField
from ewsfs.ews.items import ITEM_CLASSES, Item
from ewsfs.ews.listfields import TextListField
from ewsfs.ews.properties import (
    DistinguishedFolderId,
    EffectiveRights,
    FolderId,
    IdField,
    ParentFolderId,
    PartOfIdField,
    RetentionTag,
)
from ewsfs.ews.queryset import QuerySet
from ewsfs.ews.restriction import Q
from ewsfs.ews.tracked import Tracked
from ewsfs.ews.xmlnames import Element, t

if TYPE_CHECKING:
    from typing_extensions import Self, TypeVar

    from ewsfs.ews.account import Account
    from ewsfs.ews.services.base import DisposalType
    from ewsfs.ews.sync import ItemSync

    ItemT = TypeVar("ItemT", bound=Item, default=Item, covariant=True)
else:
    from typing import TypeVar

    ItemT = TypeVar("ItemT", covariant=True)


class ManagedFolderInformation(EWSElement):
    """EWS reference: ManagedFolderInformation.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/managedfolderinformation
    """

    __slots__ = ()
    ELEMENT = "ManagedFolderInformation"

    can_delete = BooleanField("CanDelete")
    can_rename_or_move = BooleanField("CanRenameOrMove")
    must_display_comment = BooleanField("MustDisplayComment")
    has_quota = BooleanField("HasQuota")
    is_managed_folders_root = BooleanField("IsManagedFoldersRoot")
    managed_folder_id = TextField("ManagedFolderId")
    comment = TextField("Comment")
    storage_quota = IntegerField("StorageQuota")
    folder_size = IntegerField("FolderSize")
    home_page = TextField("HomePage")


class BaseFolder(Tracked, Generic[ItemT]):
    """EWS reference: Folder. What all folders have.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/folder

    Parameters of the constructor: `parent`, where it is or will be created (it knows its account), or `account`; and
    the fields, by name. Raises: TypeError, ValueError for a field set wrongly, with its name.
    """

    __slots__ = ("_parent", "account")
    ELEMENT = "Folder"
    EXTENDED_AFTER = "child_folder_count"
    FOLDER_CLASS: ClassVar[str] = ""
    """The FolderClass of such folders; that of special ones has it at the front."""
    ITEM_CLASSES: ClassVar[tuple[type[Item], ...]] = ITEM_CLASSES
    """The kinds of items that such folders are for, though any folder may hold any."""

    folder_id = IdField("folder:FolderId")
    changekey = PartOfIdField("folder:FolderId")
    parent_folder_id = ElementField("folder:ParentFolderId", ParentFolderId, read_only=True)
    folder_class = TextField("folder:FolderClass")
    name = TextField("folder:DisplayName")
    total_count = IntegerField("folder:TotalCount", read_only=True)
    child_folder_count = IntegerField("folder:ChildFolderCount", read_only=True)
    managed_folder_information = ElementField(
        "folder:ManagedFolderInformation", ManagedFolderInformation, read_only=True, rare=True
    )
    effective_rights = ElementField("folder:EffectiveRights", EffectiveRights, read_only=True)
    distinguished_folder_id = TextField("folder:DistinguishedFolderId", read_only=True, since="Exchange2013")
    policy_tag = ElementField("folder:PolicyTag", RetentionTag, since="Exchange2013", rare=True)
    archive_tag = ElementField("folder:ArchiveTag", RetentionTag, since="Exchange2013", rare=True)
    replica_list = TextListField(
        "folder:ReplicaList", since="Exchange2013", read_only=True, rare=True, searchable=False
    )

    def __init__(self, *, account: Account | None = None, parent: BaseFolder[Any] | None = None, **values: Any) -> None:
        self._start_tracking()
        self._parent: BaseFolder[Any] | None = parent
        self.account: Account | None = account if account is not None or parent is None else parent.account
        super().__init__(**values)

    def _loaded(self) -> None:
        super()._loaded()
        self._parent = None
        self.account = None

    def __eq__(self, other: object) -> bool:
        """Whether it is the same folder, whatever is known of it."""
        if not isinstance(other, BaseFolder):
            return NotImplemented
        if self.folder_id and other.folder_id:
            return self.folder_id == other.folder_id
        return self is other

    def __hash__(self) -> int:
        return hash(self.folder_id) if self.folder_id else hash(type(self))

    def __str__(self) -> str:
        return f"{type(self).__name__} ({self.name})"

    def id_element(self) -> Element:
        """The t:FolderId (or t:DistinguishedFolderId). Raises: ValueError when it was never saved."""
        if not self.folder_id:
            raise ValueError(f"this {type(self).__name__} has no 'folder_id': it was not saved yet")
        return type(self).folder_id.id_element(self._values)

    def _account(self) -> Account:
        if self.account is None:
            raise ValueError(f"this {type(self).__name__} has no 'account'")
        return self.account

    # -- changes -----------------------------------------------------------------------------------

    def to_create_xml(self, server: str | None = None) -> Element:
        """The element that makes a new folder."""
        if not self.name:
            raise ValueError("'name' is missing: a folder needs one")
        fields = [field for field in self.supported_fields(server) if not field.is_read_only]
        return self._render(t(self.ELEMENT), fields)

    def save(self, update_fields: Iterable[str] | None = None) -> Self:
        """Create it below its parent, or send what was changed.

        Parameters: `update_fields`, names of the only fields to send. Raises: ValueError, EWSError.
        """
        account = self._account()
        if self.folder_id is None:
            if self._parent is None:
                raise ValueError("'parent' is missing: where is the folder to be created?")
            account._create_folder(self, self._parent)
        else:
            account._update_folder(self, None if update_fields is None else list(update_fields))
        return self

    def create_subfolder(self, name: str, *, folder_class: str | None = None) -> BaseFolder[Any]:
        """Create a folder below this one. Parameters: `folder_class`, for example "IPF.Appointment"."""
        from ewsfs.ews.folders import class_for

        kind = class_for("Folder", folder_class)
        folder = kind(parent=self, name=name)
        if folder_class and folder_class != kind.FOLDER_CLASS:
            folder.folder_class = folder_class
        folder.save()
        return folder

    def refresh(self) -> Self:
        """Fetch it anew, counters included. Raises: EWSError."""
        account = self._account()
        found = next(iter(account.get_folders([self])))
        if isinstance(found, Exception):
            raise found
        self._values = found._values
        self._settle()
        return self

    def move(self, to_folder: BaseFolder[Any]) -> Self:
        """Put it below another folder; it keeps its id. Raises: EWSError."""
        self._account()._move_folder(self, to_folder)
        return self

    def delete(self, delete_type: DisposalType = "HardDelete") -> None:
        """Delete it, with all that is in it. Raises: EWSError."""
        self._account()._delete_folder(self, delete_type)
        self._values.pop("folder_id", None)
        self._values.pop("changekey", None)

    def empty(self, delete_type: DisposalType = "HardDelete", *, delete_sub_folders: bool = False) -> None:
        """Delete all items in it, and with `delete_sub_folders` the folders. Raises: EWSError."""
        self._account()._empty_folder(self, delete_type, delete_sub_folders)

    # -- items -------------------------------------------------------------------------------------

    def all(self) -> QuerySet[ItemT]:
        """All items of the folder, when they are iterated over."""
        return QuerySet(self._account(), (self,))

    def none(self) -> QuerySet[ItemT]:
        """No items."""
        return self.all().none()

    def filter(self, *expressions: Q | str, **lookups: Any) -> QuerySet[ItemT]:
        """The items for which a search holds; see `Q`."""
        return self.all().filter(*expressions, **lookups)

    def exclude(self, *expressions: Q | str, **lookups: Any) -> QuerySet[ItemT]:
        """The items for which a search doesn't hold; see `Q`."""
        return self.all().exclude(*expressions, **lookups)

    def get(self, *expressions: Q | str, **lookups: Any) -> ItemT:
        """The one item for which a search holds. Raises: DoesNotExist, MultipleObjectsReturned, EWSError."""
        return self.all().get(*expressions, **lookups)

    def bulk_create(self, items: Iterable[Item], **options: Any) -> list[Any]:
        """Create items in it; see `Account.bulk_create`."""
        return self._account().bulk_create(folder=self, items=items, **options)

    def sync_items(
        self, sync_state: str | None = None, only_fields: Iterable[str] = (), max_changes: int = 512
    ) -> ItemSync[ItemT]:
        """What has changed since a sync state; everything without one. See `ewsfs.ews.sync`.

        Parameters: `only_fields`, what is told of an item besides its id; `max_changes` in one request, 512 at most.
        """
        from ewsfs.ews.sync import ItemSync

        return ItemSync(self._account(), self, sync_state, tuple(only_fields), max_changes)

    # -- the tree ----------------------------------------------------------------------------------

    @property
    def root(self) -> BaseFolder[Any]:
        """The root of the tree of folders that it stands in."""
        return self._account()._tree.top(self)

    @property
    def parent(self) -> BaseFolder[Any] | None:
        """The folder that it is in; None for the root."""
        if self._parent is not None:
            return self._parent
        return self._account()._tree.parent(self)

    @parent.setter
    def parent(self, value: BaseFolder[Any] | None) -> None:
        if self.folder_id is not None:
            raise ValueError("'parent' can't be assigned: use move()")
        self._parent = value
        if value is not None and self.account is None:
            self.account = value.account

    @property
    def children(self) -> Iterator[BaseFolder[Any]]:
        """The folders in it."""
        return iter(self._account()._tree.children(self))

    @property
    def parts(self) -> list[BaseFolder[Any]]:
        """It, its parent, the parent of that, and so on up to the root."""
        found: list[BaseFolder[Any]] = [self]
        while (above := found[-1].parent) is not None and len(found) < 1000:
            found.append(above)
        return found

    @property
    def absolute(self) -> str:
        """The names from the root down, each with a slash before it."""
        return "".join(f"/{folder.name or ''}" for folder in reversed(self.parts))

    def walk(self) -> FolderCollection:
        """All folders below, each before those in it; an iterator, and something that can be searched."""
        from ewsfs.ews.folders.tree import below

        return FolderCollection(self._account(), below(self))

    def glob(self, pattern: str) -> FolderCollection:
        """The folders below whose path fits a pattern: * and ? inside of a name, ** for any number of folders.

        An iterator, and something that can be searched. Raises: ValueError for an empty part.
        """
        from ewsfs.ews.folders.tree import glob

        return FolderCollection(self._account(), glob(self, pattern))

    def __truediv__(self, name: str) -> BaseFolder[Any]:
        """The folder of that name in it. Raises: ErrorFolderNotFound."""
        from ewsfs.ews.folders.tree import child_of

        return child_of(self, name)

    def tree(self) -> str:
        """The folders below as a drawing."""
        from ewsfs.ews.folders.tree import draw

        return draw(self)


class FolderCollection(Iterator[BaseFolder[Any]]):
    """Some folders: an iterator over them, and something whose items can be searched together.

        account.inbox.walk().filter(subject__contains="report").order_by("-datetime_received")

    Parameters: `account`; `folders`, of it. Without an order, items come folder by folder.
    """

    def __init__(self, account: Account, folders: Iterable[BaseFolder[Any]]) -> None:
        self.account = account
        self._folders = iter(folders)

    def __repr__(self) -> str:
        return f"<FolderCollection of {self.account}>"

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> BaseFolder[Any]:
        return next(self._folders)

    def all(self) -> QuerySet[Any]:
        """All items in those of the folders that were not iterated over yet."""
        folders = list(self._folders)
        self._folders = iter(folders)
        return QuerySet(self.account, folders)

    def none(self) -> QuerySet[Any]:
        """No items."""
        return self.all().none()

    def filter(self, *expressions: Q | str, **lookups: Any) -> QuerySet[Any]:
        """The items for which a search holds; see `Q`."""
        return self.all().filter(*expressions, **lookups)

    def exclude(self, *expressions: Q | str, **lookups: Any) -> QuerySet[Any]:
        """The items for which a search doesn't hold; see `Q`."""
        return self.all().exclude(*expressions, **lookups)

    def get(self, *expressions: Q | str, **lookups: Any) -> Any:
        """The one item for which a search holds. Raises: DoesNotExist, MultipleObjectsReturned, EWSError."""
        return self.all().get(*expressions, **lookups)


AnyFolder = BaseFolder[Any] | FolderId | DistinguishedFolderId
"""A folder, or what says which one it is."""


def to_folder_id(folder: object) -> Element:
    """The element of a folder's id. Parameters: a folder, an id, or the text of an id."""
    if isinstance(folder, BaseFolder):
        return folder.id_element()
    if isinstance(folder, (FolderId, DistinguishedFolderId)):
        return folder.to_xml()
    if isinstance(folder, str):
        return FolderId(folder).to_xml()
    raise TypeError(f"a folder or the id of one is wanted, not {folder!r:.200}")
