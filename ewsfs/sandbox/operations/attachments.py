"""CreateAttachment, GetAttachment, DeleteAttachment.

Attachments that come or go change the item that they are attached to: it gets a new change key, which the replies
tell as RootItemChangeKey.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

from functools import partial

from lxml import etree

from ewsfs.sandbox import shape as shapes
from ewsfs.sandbox.create import attachment_from_element
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import IdKind, id_kind
from ewsfs.sandbox.model import Attachment, children, m, t
from ewsfs.sandbox.operations.create import author
from ewsfs.sandbox.shape import Shape
from ewsfs.sandbox.targets import item_row, row_of

_MAXIMUM_DEPTH = 30


@operation("CreateAttachment")
def create_attachment(context: Context, request: etree._Element) -> etree._Element:
    parent = required(request, m("ParentItemId"))

    def one(element: etree._Element) -> list[etree._Element]:
        row = item_row(context, parent)
        attachment = attachment_from_element(element, author(context, mailbox=row.mailbox))
        if _depth(attachment) > _MAXIMUM_DEPTH:
            raise ResponseError("ErrorAttachmentNestLevelLimitExceeded", "The attachment is nested too deeply.")
        with context.store.transaction():
            row = item_row(context, parent)
            identifier = context.store.attachments.add(row.id, attachment)
            item = context.store.items.attachments_changed(row.id)
        out = etree.Element(t(attachment.kind))
        etree.SubElement(out, t("AttachmentId"), Id=identifier, RootItemId=item.id, RootItemChangeKey=item.change_key)
        return [payload("Attachments", out)]

    wanted = list(children(required(request, m("Attachments"))))
    return respond(context, "CreateAttachment", [partial(one, element) for element in wanted], "Attachments")


def _depth(attachment: Attachment) -> int:
    if attachment.item is None:
        return 1
    return 1 + max((_depth(below) for below in attachment.item.attachments), default=0)


def _found(context: Context, element: etree._Element) -> tuple[str, Attachment]:
    """The item's id and the attachment. Raises ResponseError, also when the user may not open the item."""
    identifier = element.get("Id")
    if id_kind(identifier) is not IdKind.ATTACHMENT:
        raise ResponseError("ErrorInvalidAttachmentId", "The id is not that of an attachment.")
    found = context.store.attachments.get(str(identifier))
    if found is None:
        raise ResponseError("ErrorItemNotFound", "The specified attachment was not found in the store.")
    row_of(context, found[0])
    return found


@operation("GetAttachment")
def get_attachment(context: Context, request: etree._Element) -> etree._Element:
    shape = Shape.parse(request.find(m("AttachmentShape")), view=context.view())

    def one(element: etree._Element) -> list[etree._Element]:
        return [payload("Attachments", shapes.attachment(_found(context, element)[1], shape))]

    wanted = list(children(required(request, m("AttachmentIds"))))
    return respond(context, "GetAttachment", [partial(one, element) for element in wanted], "Attachments")


@operation("DeleteAttachment")
def delete_attachment(context: Context, request: etree._Element) -> etree._Element:
    def one(element: etree._Element) -> list[etree._Element]:
        with context.store.transaction():
            root, attachment = _found(context, element)
            context.store.attachments.remove(attachment.id)
            item = context.store.items.attachments_changed(root)
        return [etree.Element(m("RootItemId"), {"RootItemId": item.id, "RootItemChangeKey": item.change_key})]

    wanted = list(children(required(request, m("AttachmentIds"))))
    return respond(context, "DeleteAttachment", [partial(one, element) for element in wanted])
