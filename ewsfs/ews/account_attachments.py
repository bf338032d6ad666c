"""What an account does with attachments: fetch, open, add, remove; and contents that are files on both ways."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ewsfs.ews import base64text, errors
from ewsfs.ews.attachments import Attachment, FileAttachment, ItemAttachment, ReferenceAttachment, attachment_from_xml
from ewsfs.ews.body import Streams
from ewsfs.ews.errors import EWSError
from ewsfs.ews.fieldpath import FieldPath, resolve
from ewsfs.ews.itemrefs import attachment_element, raised, to_item_id
from ewsfs.ews.items import ITEM_CLASSES, Item, ItemRef
from ewsfs.ews.listfields import is_file
from ewsfs.ews.services.attachments import CreateAttachment, DeleteAttachment, GetAttachment
from ewsfs.ews.services.items import GetItem
from ewsfs.ews.shapes import attachment_shape, default_paths, item_shape
from ewsfs.ews.xmlnames import Element, child, children, local
from ewsfs.ews.xmlstream import NewFile, Spools

if TYPE_CHECKING:
    from ewsfs.ews.account import Account
    from ewsfs.ews.element import EWSElement
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.soap import RequestHeader

_NOT_OF_ATTACHED = frozenset({"item:EffectiveRights", "item:ParentFolderId", "item:ConversationId"})


class AttachmentOperations:
    """The part of `Account` that is about attachments."""

    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

        @property
        def server_version(self) -> str | None: ...

        def _version_for(self, sent: EWSElement) -> str | None: ...

    def _this(self) -> Account:
        return cast("Account", self)

    def get_attachments(
        self,
        attachment_ids: Iterable[str],
        include_mime: bool = True,
        only_fields: Iterable[str] | None = None,
    ) -> Iterator[FileAttachment | ItemAttachment | ReferenceAttachment | EWSError]:
        """Attachments with their content, or what went wrong, in the order of their ids.

        Parameters: `include_mime`, whether attached items come with their MIME content; `only_fields`, names of the
        only fields of attached items.
        """
        if only_fields is None:
            paths = [
                path
                for path in default_paths(ITEM_CLASSES, self.server_version)
                if path.field.uri not in _NOT_OF_ATTACHED
            ]
        else:
            paths = [path for name in only_fields for path in resolve(name, ITEM_CLASSES)]
        shape = attachment_shape(paths, self.server_version, include_mime=include_mime)
        service = GetAttachment(self.protocol, self.header)
        with Spools() as spools:
            ids = (attachment_element(one) for one in attachment_ids)
            for found in service.call(ids, shape=shape, spools=spools):
                yield found if isinstance(found, EWSError) else self._attachment(found, spools)

    def _attachment(
        self, found: Element, spools: Spools
    ) -> FileAttachment | ItemAttachment | ReferenceAttachment | EWSError:
        """The attachment that an element is; its large content comes by way of the disk, once and not in base64."""
        contents: list[tuple[str, BinaryIO]] = []
        for node in [node for node in found.iter() if local(node) in ("Content", "MimeContent")]:
            file, holder = spools.take(node.text), node.getparent()
            if file is None or holder is None:
                continue
            holder.remove(node)
            if holder is found and local(node) == "Content":
                contents.append(("content", file))
            elif holder.getparent() is found and local(node) == "MimeContent":
                contents.append(("mime_content", file))
            else:
                file.close()  # deeper inside: it is fetched when it is used
        attachment = attachment_from_xml(found)
        if attachment is None:
            return errors.MalformedResponse(f"{local(found)} is no attachment")
        attachment.account = self._this()
        item: Item | None = attachment._values.get("item")
        if item is not None:
            item.account = self._this()
            for inner in item._values.get("attachments") or ():
                inner.account = self._this()
        for field, file in contents:
            owner = attachment if field == "content" else item
            with file:
                if owner is not None:
                    owner._values[field] = file.read()
        return cast("FileAttachment | ItemAttachment | ReferenceAttachment", attachment)

    def open_attachment(self, attachment_id: str, *, new_file: NewFile | None = None) -> BinaryIO:
        """The content of an attachment as a file to read from, which a large one is on disk: see `open_attachments`.

        Raises: EWSError.
        """
        return raised(next(self.open_attachments([attachment_id], new_file=new_file)))

    def open_attachments(
        self, attachment_ids: Iterable[str], *, new_file: NewFile | None = None
    ) -> Iterator[BinaryIO | EWSError]:
        """The contents of attachments as files to read from, or errors, in order: of a file its bytes, of an attached
        item its MIME content. They are the caller's to close, also those that nobody reads.

        Parameters: `new_file`, makes the files that large ones go to, decoded while they arrive; without it they are
        made where the system has its temporary files.
        """
        shape = attachment_shape((), self.server_version, include_mime=True)
        service = GetAttachment(self.protocol, self.header)
        with Spools(new_file=new_file) as spools:
            for found in service.call((attachment_element(one) for one in attachment_ids), shape=shape, spools=spools):
                yield found if isinstance(found, EWSError) else _attached(found, spools)

    def open_mime(self, item_id: Any, *, new_file: NewFile | None = None) -> tuple[ItemRef, BinaryIO]:
        """The MIME content of an item as a file to read from, which a large one is on disk; and the item's change key.

        Parameters: `item_id` as in `fetch`; `new_file` as in `open_attachments`. Raises: EWSError.
        """
        with Spools(new_file=new_file) as spools:
            shape = item_shape([FieldPath(Item.mime_content)], self.server_version)
            service = GetItem(self.protocol, self.header)
            found = raised(next(iter(service.call([to_item_id(item_id)], shape=shape, spools=spools))))
            identity = child(found, "ItemId")
            ref = ItemRef("", "")
            if identity is not None:
                ref = ItemRef(identity.get("Id") or "", identity.get("ChangeKey") or "")
            return ref, _opened(child(found, "MimeContent"), spools)

    def create_attachments(self, item_id: Any, attachments: Iterable[Attachment]) -> list[Attachment | EWSError]:
        """Add attachments to an item. Each gets its id, and the item's new change key as `root_item_changekey`.

        Parameters: `item_id` as in `fetch`. Returns the attachments, or an error in the place of one.
        """
        waiting = list(attachments)
        service = CreateAttachment(self.protocol, self.header)
        results: list[Attachment | EWSError] = []
        streams = Streams()
        units = (self._attachment_element(one, streams) for one in waiting)
        created = service.call(units, parent=to_item_id(item_id), streams=streams)
        for attachment, found in zip(waiting, created, strict=True):
            if isinstance(found, EWSError):
                results.append(found)
                continue
            for node in children(found):
                if local(node) == "AttachmentId":
                    type(attachment).attachment_id.read(node, attachment._values)
            attachment.account = self._this()
            if is_file(attachment._values.get("content")):
                del attachment._values["content"]  # the server has it: it is fetched from there when it is used
            results.append(attachment)
        return results

    def _attachment_element(self, attachment: Attachment, streams: Streams) -> Element:
        with streams.collecting(also_bytes=True):
            return attachment.to_xml(self._version_for(attachment))

    def delete_attachments(self, attachment_ids: Iterable[str]) -> list[ItemRef | EWSError | None]:
        """Remove attachments. Returns for each the id and the new change key of its item, or an error."""
        service = DeleteAttachment(self.protocol, self.header)
        results: list[ItemRef | EWSError | None] = []
        for found in service.call(attachment_element(one) for one in attachment_ids):
            if found is None or isinstance(found, EWSError):
                results.append(found)
            else:
                results.append(ItemRef(found.get("RootItemId") or "", found.get("RootItemChangeKey") or ""))
        return results

    def _attach_all(self, item: Item, attachments: Sequence[Attachment]) -> EWSError | None:
        """The first error, if there was one; the item has its new change key."""
        error: EWSError | None = None
        for result in self.create_attachments(item, attachments):
            if isinstance(result, EWSError):
                error = error or result
            elif result.root_item_changekey:
                item._values["changekey"] = result.root_item_changekey
        return error

    def _attach(self, item: Item, attachments: Sequence[Attachment]) -> None:
        error = self._attach_all(item, attachments) if attachments else None
        if error is not None:
            raise error

    def _detach(self, item: Item, attachments: Sequence[Attachment]) -> None:
        error: EWSError | None = None
        for result in self.delete_attachments([one.attachment_id or "" for one in attachments]):
            if isinstance(result, EWSError):
                error = error or result
            elif result is not None and result.changekey:
                item._values["changekey"] = result.changekey
        if error is not None:
            raise error


def _attached(found: Element, spools: Spools) -> BinaryIO | EWSError:
    try:
        if local(found) != "ItemAttachment":
            return _opened(child(found, "Content"), spools)
        inside = (child(node, "MimeContent") for node in children(found))
        mime = next((content for content in inside if content is not None), None)
        if mime is None or not mime.text:
            return errors.MalformedResponse("the server gives no content for an attached item")
        return _opened(mime, spools)
    except EWSError as error:
        return error


def _opened(element: Element | None, spools: Spools) -> BinaryIO:
    text = None if element is None else element.text
    return spools.take(text) or io.BytesIO(base64text.decode(text or ""))


def streamed(build: Callable[[str | None], Element], streams: Streams, server: str | None) -> Element:
    """The element of an item; contents that are files, however deep in it, are read while it is sent.

    Parameters: `build`, makes it for a server's version.
    """
    with streams.collecting():
        return build(server)
