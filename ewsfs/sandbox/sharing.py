"""Who may open a folder of somebody else: delegates, and those whom the folder's permissions name.

Used by `targets` for every folder and item that a request names. Threading: as `store`.

Source: EWS reference, "Delegate access and EWS in Exchange", DelegatePermissions, PermissionSet.
"""

from __future__ import annotations

from lxml import etree

from ewsfs.sandbox.model import children, t
from ewsfs.sandbox.store import Folder, Store
from ewsfs.sandbox.store_attachments import parse_properties

_LEVELS = {
    "calendar": "CalendarFolderPermissionLevel",
    "tasks": "TasksFolderPermissionLevel",
    "inbox": "InboxFolderPermissionLevel",
    "contacts": "ContactsFolderPermissionLevel",
    "notes": "NotesFolderPermissionLevel",
    "journal": "JournalFolderPermissionLevel",
}
RIGHTS = ("CreateAssociated", "CreateContents", "CreateHierarchy", "Delete", "Modify", "Read", "ViewPrivateItems")
_READERS = frozenset({"Reviewer", "Author", "NoneditingAuthor", "PublishingAuthor"})
_WRITERS = frozenset({"Editor", "PublishingEditor", "Owner"})


def may(store: Store, folder: Folder, address: str, *, write: bool) -> bool:
    """Whether the user of an address may read (write: change) what is in a folder of somebody else."""
    return any(_allows(level, write) for level in (_delegated(store, folder, address), _permitted(folder, address)))


def rights(store: Store, folder: Folder, address: str, *, is_own: bool) -> frozenset[str]:
    """What the user of an address may do with a folder: names of the elements of EffectiveRights.

    is_own: it is of the user's own mailbox, or public, where everything is allowed that a permission of the folder for
    this very user doesn't take away.
    """
    levels = {_permitted(folder, address)} if is_own else {_delegated(store, folder, address)}
    if not is_own:
        levels.add(_permitted(folder, address))
    if levels & {"Owner"} or (is_own and levels == {None}):
        return frozenset(RIGHTS)
    if levels & _WRITERS:
        return frozenset(RIGHTS) - {"CreateAssociated", "CreateHierarchy"}
    return frozenset({"Read"}) if levels & _READERS else frozenset()


def forbids_owner(folder: Folder, address: str) -> bool:
    """Whether the folder's permissions let its own owner only read: how a test makes a folder for reading only."""
    return _permitted(folder, address) in _READERS


def _allows(level: str | None, write: bool) -> bool:
    return level in _WRITERS or (not write and level in _READERS)


def _delegated(store: Store, folder: Folder, address: str) -> str | None:
    name = _LEVELS.get(folder.distinguished)
    kept = store.setting(folder.mailbox, delegate_key(address)) if name else None
    return parse_properties(kept).findtext(f"{t('DelegatePermissions')}/{t(str(name))}") if kept else None


def delegate_key(address: str) -> str:
    """The name of the setting that keeps a delegate of a mailbox."""
    return f"delegate:{address.lower()}"


def _permitted(folder: Folder, address: str) -> str | None:
    if not folder.properties or "PermissionSet" not in folder.properties:
        return None
    for permission in parse_properties(folder.properties).iterfind(f"{t('PermissionSet')}/*/*"):
        if (permission.findtext(f"{t('UserId')}/{t('PrimarySmtpAddress')}") or "").lower() == address:
            return _level(permission)
    return None


def _level(permission: etree._Element) -> str | None:
    level = permission.findtext(t("PermissionLevel")) or permission.findtext(t("CalendarPermissionLevel"))
    if level != "Custom":
        return level
    texts = {str(child.tag): child.text for child in children(permission)}
    if texts.get(t("EditItems")) == "All":
        return "Editor"
    return "Reviewer" if texts.get(t("ReadItems")) == "FullDetails" else None
