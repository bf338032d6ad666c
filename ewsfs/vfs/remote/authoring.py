"""Items made and changed from what a file says: fields by name, as `ewsfs.formats` reads them.

Used by `ewsfs.vfs.writing.author`. Every change is refused when somebody else changed the item in between. Sources: the
pages "CreateItem operation", "UpdateItem operation" (ConflictResolution) and "IsContactPhoto" of the EWS reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ewsfs.ews.attachments import FileAttachment
from ewsfs.ews.indexed import Labelled
from ewsfs.ews.items import NEVER_OVERWRITE
from ewsfs.vfs.model import Kind
from ewsfs.vfs.remote.describe import CLASSES
from ewsfs.vfs.remote.documents import RemoteDocuments
from ewsfs.vfs.remote.keys import must_be
from ewsfs.vfs.remote.series import RemoteSeries

# Lists of which a file says less than the server knows: entries that a file leaves alone stay as they are.
_LABELLED = frozenset({"email_addresses", "phone_numbers", "physical_addresses", "im_addresses"})
_PEOPLE = frozenset({"required_attendees", "optional_attendees", "resources", "members"})

_PHOTO = "ContactPicture.jpg"  # what Outlook calls it, of whatever type it is ([MS-OXOCNTC] 2.2.1.8.3)


class RemoteAuthoring(RemoteDocuments, RemoteSeries):
    """Items made and changed, field by field."""

    def create_item(
        self, kind: Kind, folder_id: str, fields: Mapping[str, Any], *, given_name: str, upload_id: str
    ) -> tuple[str, str]:
        """A new item. Nobody is invited. Returns its id and change key.

        Parameters: `fields`, by the names of the client library. Raises: ValueError for values that can't be sent,
        OutcomeUnknown when it may or may not have been created, VfsError.
        """
        values = {name: _with_address(value) if name in _PEOPLE else value for name, value in fields.items()}
        with self.speaking() as account:
            item = CLASSES[kind](
                account=account,
                folder=account.folder(folder_id),
                ewsfs_name=given_name,
                ewsfs_upload=upload_id,
                **values,
            )
            item.save()
            return item.item_id or "", item.changekey or ""

    def change_item(
        self, kind: Kind, item_id: str, change_key: str, fields: Mapping[str, Any], old: Mapping[str, Any]
    ) -> str:
        """Set some fields of an item, and empty those that are None. Returns the new change key.

        Parameters: `old`, what the file said of the item before, by which entries of lists are found again.
        Raises: ValueError for values that can't be sent; OutcomeUnknown; VfsError, ESTALE when the item isn't the one
        with that change key any more.
        """
        lists = [name for name in fields if name in _LABELLED or name in _PEOPLE]
        with self.speaking() as account:
            item = CLASSES[kind](account=account, item_id=item_id, changekey=change_key)
            if lists:
                found = next(iter(account.fetch([item_id], only_fields=lists)))
                if isinstance(found, Exception):
                    raise found
                must_be(found.changekey, change_key)
                item = found
            for name, value in fields.items():
                if name in _LABELLED:
                    value = _relabelled(getattr(item, name), old.get(name) or (), value or ())
                elif name in _PEOPLE:
                    value = _regrouped(getattr(item, name), old.get(name) or (), value or ())
                setattr(item, name, value)
            item.save(update_fields=list(fields), conflict_resolution=NEVER_OVERWRITE)
            return item.changekey or ""

    def set_photo(self, item_id: str, change_key: str | None, photo: bytes | None) -> str:
        """Give a contact another picture, or (None) none. Returns the new change key.

        The new one is there before the old one goes. Parameters: `change_key`, None for whichever the contact has.
        Raises: OutcomeUnknown; VfsError, ESTALE when the contact isn't the one with that change key any more.
        """
        with self.speaking() as account:
            item = next(iter(account.fetch([item_id], only_fields=["attachments"])))
            if isinstance(item, Exception):
                raise item
            must_be(item.changekey, change_key)
            found = item.changekey or ""
            old = [a.attachment_id for a in item.attachments or () if getattr(a, "is_contact_photo", None)]
            if photo is not None:
                picture = FileAttachment(name=_PHOTO, content=photo, is_contact_photo=True, is_inline=False)
                made = account.create_attachments(item_id, [picture])[0]
                if isinstance(made, Exception):
                    raise made
                found = made.root_item_changekey or ""
            for gone in account.delete_attachments([each for each in old if each]):
                if isinstance(gone, Exception):
                    raise gone
                found = gone.changekey if gone is not None else found
        return found


def _relabelled(there: Sequence[Labelled], old: Sequence[Labelled], new: Sequence[Labelled]) -> list[Labelled]:
    """Addresses or numbers as the server has them, with the labels that a file changed as the file has them now."""
    before = {entry.label: entry for entry in old}
    after = {entry.label: entry for entry in new}
    touched = {label for label in (*before, *after) if before.get(label) != after.get(label)}
    kept = [entry for entry in there if entry.label not in touched]
    return kept + [entry for entry in new if entry.label in touched]


def _regrouped(there: Sequence[Any], old: Sequence[Any], new: Sequence[Any]) -> list[Any]:
    """People as a file has them now, those that it left alone as the server has them.

    The server knows more of them: a directory name in place of an address, an answer, an id.
    """
    known = list(zip(old, there, strict=True)) if len(old) == len(there) else []
    result = []
    for each in new:
        same = next((pair for pair in known if pair[0] == each), None)
        if same is not None:
            known.remove(same)
            result.append(same[1])
        else:
            result += _with_address([each])
    return result


def _with_address(people: Sequence[Any]) -> list[Any]:
    """Those whom a server takes: one who has a name alone is nobody that it could write to."""
    return [
        each
        for each in people
        if each.mailbox is not None and (each.mailbox.email_address or each.mailbox.item_id is not None)
    ]
