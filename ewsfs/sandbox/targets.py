"""Finding what a request names: folders by id or distinguished name, items by id, and whether one may.

Used by every operation on folders and items. Threading: as `store`.

Sources: EWS reference, FolderId, DistinguishedFolderId, ItemId, OccurrenceItemId, RecurringMasterItemId.
"""

from __future__ import annotations

from lxml import etree

from ewsfs.sandbox import ids, sharing
from ewsfs.sandbox.dispatch import Context
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import IdKind
from ewsfs.sandbox.model import children, local, t
from ewsfs.sandbox.soap import SoapFault
from ewsfs.sandbox.store import Folder, ItemRow
from ewsfs.sandbox.store_folders import PUBLIC, archive_of


def folder_element(context: Context, parent: etree._Element, missing: str = "ErrorFolderNotFound") -> Folder:
    """The folder that the one child of an element names (ParentFolderId, ToFolderId ...).

    missing: the ResponseCode of this operation for a folder that isn't there.
    """
    for child in children(parent):
        try:
            return folder(context, child)
        except ResponseError as error:
            if error.code == "ErrorFolderNotFound" and missing != error.code:
                raise ResponseError(missing, error.message) from error
            raise
    raise SoapFault(
        "ErrorSchemaValidation", f"The request failed schema validation: '{local(parent)}' names no folder."
    )


def folder(context: Context, element: etree._Element, *, check_key: bool = False) -> Folder:
    """The folder of a FolderId or DistinguishedFolderId.

    check_key: whether a change key that is given must be the newest one.
    Raises ResponseError: ErrorFolderNotFound, ErrorInvalidIdMalformed, ErrorAccessDenied, ErrorNonExistentMailbox ...
    """
    if local(element) == "DistinguishedFolderId":
        return _distinguished(context, element)
    identifier = element.get("Id")
    kind = ids.id_kind(identifier)
    if kind is not IdKind.FOLDER:
        raise ResponseError("ErrorCannotUseItemIdForFolderId", "An item id was used where a folder id is needed.")
    number = ids.change_number(element.get("ChangeKey")) if check_key else None
    found = context.store.folders.get(str(identifier))
    if found is None:
        raise ResponseError("ErrorFolderNotFound", "The specified folder could not be found in the store.")
    may_open(context, found)
    if number is not None and number != found.change_number:
        raise ResponseError("ErrorStaleObject", "The specified folder's change key is out of date.")
    return found


def _distinguished(context: Context, element: etree._Element) -> Folder:
    name = element.get("Id", "")
    address = (element.findtext(f"{t('Mailbox')}/{t('EmailAddress')}") or "").strip()
    mailbox = context.user.address
    if element.find(t("Mailbox")) is not None:
        owner = context.users.by_address(address)
        if owner is None:
            raise ResponseError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        mailbox = owner.address
    if name == "publicfoldersroot":
        public = context.store.folders.distinguished(PUBLIC, name)
        if public is None:
            raise ResponseError("ErrorNoPublicFolderServerAvailable", "No public folder server is available.")
        return public
    if name.startswith("archive") and name != "archive":
        mailbox = archive_of(mailbox)
    found = context.store.folder(mailbox, name)
    may_open(context, found)
    return found


def may_open(context: Context, target: Folder) -> None:
    """Whether the user may do to a folder what the request wants: one's own, a public one, or one that is shared.

    Raises ResponseError ErrorAccessDenied.
    """
    if is_own(context, target):
        if context.writes and sharing.forbids_owner(target, context.user.address):
            raise ResponseError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return
    if not sharing.may(context.store, target, context.user.address, write=context.writes):
        raise ResponseError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def is_own(context: Context, target: Folder) -> bool:
    """Whether a folder is of the user's own mailbox or archive, or public."""
    return target.mailbox in (context.user.address, archive_of(context.user.address), PUBLIC)


def item_row(context: Context, element: etree._Element) -> ItemRow:
    """The item of an ItemId (for an occurrence: its master).

    Raises ResponseError: ErrorItemNotFound, ErrorInvalidIdMalformed, ErrorCannotUseFolderIdForItemId ...
    """
    identifier = element.get("Id")
    kind = ids.id_kind(identifier)
    if kind is IdKind.OCCURRENCE:
        identifier, _ = ids.split_occurrence(str(identifier))
    return row_of(context, identifier)


def row_of(context: Context, identifier: str | None) -> ItemRow:
    """The item of an id. Raises ResponseError, see `item_row`."""
    kind = ids.id_kind(identifier)
    if kind is IdKind.FOLDER:
        raise ResponseError("ErrorCannotUseFolderIdForItemId", "A folder id was used where an item id is needed.")
    if kind is IdKind.ATTACHMENT:
        raise ResponseError("ErrorInvalidIdNotAnItemAttachmentId", "The id is that of an attachment.")
    found = context.store.items.row(str(identifier))
    if found is None:
        raise ResponseError("ErrorItemNotFound", "The specified object was not found in the store.")
    if found.mailbox != context.user.address or context.writes:
        place = context.store.folders.get(found.folder)
        if place is not None:
            may_open(context, place)
    return found
