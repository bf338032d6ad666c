"""The attachments of items on the server: listed with what tells them apart, added, removed.

Source: the pages "CreateAttachment operation", "DeleteAttachment operation", "FileAttachment" and "ItemAttachment" of
the EWS reference. A message is attached by its MIME alone, as "CreateAttachmentType class" says; a Content-ID is there
for programs' own marks, as "ItemAttachment" says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from ewsfs.ews import errors as ews
from ewsfs.ews.attachments import Attachment, FileAttachment, ItemAttachment
from ewsfs.ews.items import Message
from ewsfs.vfs.errors import VfsError, translate
from ewsfs.vfs.remote.link import Link

_MARGIN = 4096  # bytes by which servers tell less than an attachment has


class Attached(NamedTuple):
    """An attachment as the server lists it.

    `size` is an estimate on the high side, in bytes; `mark` is its Content-ID, "" without one.
    """

    id: str
    name: str
    size: int
    is_item: bool
    mark: str


class AttachedTo(NamedTuple):
    """What is attached to an item, and the change key that the item has with it."""

    change_key: str
    attached: list[Attached]


class RemoteAttaching(Link):
    """Questions about attachments, and changes of them."""

    def list_attachments(self, ids: Sequence[str]) -> list[AttachedTo | VfsError]:
        """What is attached to each of some items, pictures of contacts left out; one request."""
        listed: list[AttachedTo | VfsError] = []
        with self.speaking() as account:
            for item in account.fetch(ids, only_fields=["attachments"]):
                if isinstance(item, Exception):
                    listed.append(translate(item))
                else:
                    attached = [_told(a) for a in item.attachments or () if _is_file(a)]
                    listed.append(AttachedTo(item.changekey or "", attached))
        return listed

    def attach_file(self, item_id: str, name: str, data: BinaryIO, *, content_type: str, mark: str) -> tuple[str, str]:
        """Attach a file, which is read while it is sent. Returns the attachment's id and the item's new change key.

        Raises: OutcomeUnknown when it may or may not have been attached, VfsError.
        """
        return self._attach(
            item_id,
            FileAttachment(name=name, content_type=content_type, content_id=mark, content=data, is_inline=False),
        )

    def attach_message(self, item_id: str, name: str, mime: BinaryIO, *, mark: str) -> tuple[str, str]:
        """Attach a message, given as MIME, which is read while it is sent. Returns and raises as `attach_file`."""
        message = Message(mime_content=mime)
        return self._attach(item_id, ItemAttachment(name=name, content_id=mark, item=message, is_inline=False))

    def _attach(self, item_id: str, attachment: Attachment) -> tuple[str, str]:
        with self.speaking() as account:
            found = account.create_attachments(item_id, [attachment])[0]
            if isinstance(found, Exception):
                raise found
            return found.attachment_id or "", found.root_item_changekey or ""

    def detach(self, attachment_ids: Sequence[str]) -> list[str | VfsError]:
        """Remove attachments. Returns for each the new change key of its item ("" untold), or what went wrong.

        Raises: OutcomeUnknown when they may or may not have been removed, VfsError.
        """
        results: list[str | VfsError] = []
        with self.speaking() as account:
            for found in account.delete_attachments(attachment_ids):
                if isinstance(found, ews.OutcomeUnknown):
                    raise found
                if isinstance(found, Exception):
                    results.append(translate(found))
                else:
                    results.append(found.changekey or "" if found is not None else "")
        return results


def _is_file(attachment: Attachment) -> bool:
    return bool(attachment.attachment_id) and not getattr(attachment, "is_contact_photo", None)


def _told(attachment: Attachment) -> Attached:
    return Attached(
        id=attachment.attachment_id or "",
        name=attachment.name or "",
        size=max(attachment.size or 0, 0) + _MARGIN,
        is_item=isinstance(attachment, ItemAttachment),
        mark=attachment.content_id or "",
    )
