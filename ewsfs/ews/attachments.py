"""Attachments: files, and items, with their content or yet to be fetched.

An attachment of an item that was fetched knows its id, name and size; its content comes with the first use of
`content` or `item`, in one request. The account does the work: see `Account.get_attachments`.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

from ewsfs.ews.element import EWSElement
from ewsfs.ews.fields import BooleanField, DateTimeField, Field, IntegerField, TextField
from ewsfs.ews.listfields import BinaryField, ListField, is_file, read_whole
from ewsfs.ews.properties import IdField, PartOfIdField
from ewsfs.ews.xmlnames import Element, local

if TYPE_CHECKING:
    from typing_extensions import Self

    from ewsfs.ews.account import Account
    from ewsfs.ews.items import Item


class Attachment(EWSElement):
    """EWS reference: FileAttachment, ItemAttachment; what both have."""

    __slots__ = ("account",)

    attachment_id = IdField(
        "AttachmentId", others={"RootItemId": "root_item_id", "RootItemChangeKey": "root_item_changekey"}
    )
    root_item_id = PartOfIdField("AttachmentId")
    root_item_changekey = PartOfIdField("AttachmentId")
    name = TextField("Name")
    content_type = TextField("ContentType")
    content_id = TextField("ContentId")
    content_location = TextField("ContentLocation")
    attachment_original_url = TextField("AttachmentOriginalUrl", since="V2016_10_10", read_only=True)
    size = IntegerField("Size", since="Exchange2010", read_only=True)
    last_modified_time = DateTimeField("LastModifiedTime", since="Exchange2010", read_only=True)
    is_inline = BooleanField("IsInline", since="Exchange2010")

    def __init__(self, *, account: Account | None = None, **values: Any) -> None:
        self.account = account
        super().__init__(**values)

    @classmethod
    def from_xml(cls, element: Element) -> Self:
        self = super().from_xml(element)
        self.account = None
        return self

    def clone(self, **changes: Any) -> Self:
        twin = super().clone(**changes)
        twin.account = self.account
        return twin

    def _fetched(self, name: str) -> Any:
        """A value that the server has and we haven't."""
        if self._values.get(name) is None and self.attachment_id and self.account is not None:
            found = next(iter(self.account.get_attachments([self.attachment_id])))
            if isinstance(found, Exception):
                raise found
            value = found._values.get(name)
            if value is not None:
                self._values[name] = value
        return self._values.get(name)


class ContentOnDemand(BinaryField):
    """The bytes of a file, asked for when they are first used."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        if instance._values.get(self.name) is None and instance.attachment_id and instance.account is not None:
            with instance.fp as file:  # by way of the disk: the reply with its base64 is never in memory
                instance._values[self.name] = file.read()
        return read_whole(instance._values.get(self.name))


class _View(io.RawIOBase):
    """A file from where it stands to its end, read without moving it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._start = file.tell()
        self._position = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Goes to a place, counted from where the file stood. Raises: ValueError for one before that."""
        if whence == os.SEEK_END:
            before = self._file.tell()
            offset += self._file.seek(0, os.SEEK_END) - self._start
            self._file.seek(before)
        elif whence == os.SEEK_CUR:
            offset += self._position
        if offset < 0:
            raise ValueError(f"there is nothing at {offset}")
        self._position = offset
        return offset

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed wants WriteableBuffer
        """Fills the buffer as far as the file goes; 0 at the end."""
        before = self._file.tell()
        try:
            self._file.seek(self._start + self._position)
            data = self._file.read(len(buffer))
        finally:
            self._file.seek(before)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class FileAttachment(Attachment):
    """EWS reference: FileAttachment. A file, with its bytes as `content`.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/fileattachment

    A binary file will do for the bytes: it is read while it is sent. What is attached can be read through `fp`, so that
    a large one is never in memory:

        with attachment.fp as fp:
            shutil.copyfileobj(fp, somewhere)
    """

    __slots__ = ()
    ELEMENT = "FileAttachment"

    is_contact_photo = BooleanField("IsContactPhoto", since="Exchange2010")
    if TYPE_CHECKING:
        content: Field[bytes]
    else:
        content = ContentOnDemand("Content", streamed=True)

    @property
    def fp(self) -> BinaryIO:
        """The content as a file to read from; close it. Raises: ValueError when there is none yet, EWSError.

        Of a file that is yet to be sent it is a view, which leaves that where it stands, and open.
        """
        value = self._values.get("content")
        if is_file(value):
            return cast("BinaryIO", io.BufferedReader(_View(cast("BinaryIO", value))))
        if value is not None:
            return io.BytesIO(value)
        if not self.attachment_id or self.account is None:
            raise ValueError(f"the attachment {self.name!r} has no content")
        return self.account.open_attachment(self.attachment_id)


class ReferenceAttachment(Attachment):
    """EWS reference: ReferenceAttachment. A link to a file that lies elsewhere; it has no content here.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/referenceattachment
    """

    __slots__ = ()
    ELEMENT = "ReferenceAttachment"

    attach_long_path_name = TextField("AttachLongPathName")
    provider_type = TextField("ProviderType")
    provider_endpoint_url = TextField("ProviderEndpointUrl")
    attachment_thumbnail_url = TextField("AttachmentThumbnailUrl")
    attachment_preview_url = TextField("AttachmentPreviewUrl")
    permission_type = IntegerField("PermissionType")
    original_permission_type = IntegerField("OriginalPermissionType")
    attachment_is_folder = BooleanField("AttachmentIsFolder")

    @property
    def content(self) -> None:
        """None: the file isn't in the mailbox."""
        return None


class AttachedItemField(Field["Item"]):
    """The item that is attached, asked for when it is first used.

    Its element has the name of the item's kind, so `ItemAttachment.from_xml` reads it.
    """

    mutable = True
    is_read_by_tag = False

    if not TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any = None) -> Any:
            return self if instance is None else instance._fetched(self.name)

    def _checked(self, value: Any) -> Item:

        from ewsfs.ews.items import Item

        if not isinstance(value, Item):
            raise self.wrong_type(value, "an item")
        return value

    def render(self, value: Item) -> Element | None:
        return value.to_create_xml(attachments=True)


class ItemAttachment(Attachment):
    """EWS reference: ItemAttachment. A message, an appointment or the like, as `item`.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/itemattachment
    """

    __slots__ = ()
    ELEMENT = "ItemAttachment"

    if TYPE_CHECKING:
        item: Field[Item]
    else:
        item = AttachedItemField("Item")

    @classmethod
    def from_xml(cls, element: Element) -> Self:
        from ewsfs.ews.items import is_item, item_from_xml

        self = super().from_xml(element)
        for child in element:
            if is_item(local(child)):
                self._values["item"] = item_from_xml(child)
        return self


class AttachmentField(ListField[Attachment]):
    """The attachments of an item."""

    KINDS: ClassVar[dict[str, type[Attachment]]] = {
        kind.ELEMENT: kind for kind in (FileAttachment, ItemAttachment, ReferenceAttachment)
    }

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, item="FileAttachment", listed=False, **options)

    def _checked_item(self, value: Any) -> Attachment:
        if not isinstance(value, Attachment):
            raise self.wrong_type(value, "a list of attachments")
        return value

    def parse(self, element: Element) -> list[Attachment] | None:
        return [self.KINDS[local(child)].from_xml(child) for child in element if local(child) in self.KINDS]

    def _render_item(self, value: Attachment) -> Element:
        return value.to_xml()


def attachment_from_xml(element: Element) -> Attachment | None:
    """An attachment of whatever kind the element is; None for none that we know."""
    kind = AttachmentField.KINDS.get(local(element))
    return None if kind is None else kind.from_xml(element)
