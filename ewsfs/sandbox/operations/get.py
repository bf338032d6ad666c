"""GetItem.

Source: "GetItem operation" in the EWS reference.
"""

from __future__ import annotations

from functools import partial

from lxml import etree

from ewsfs.sandbox import shape_needs
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.model import children, m
from ewsfs.sandbox.occurrences import load_item
from ewsfs.sandbox.shape import Shape


@operation("GetItem")
def get_item(context: Context, request: etree._Element) -> etree._Element:
    element = required(request, m("ItemShape"))
    shape = Shape.parse(element, view=context.view())
    shapes = {context.user.address: shape}
    mime = shape_needs.mime(shape)

    def one(identifier: etree._Element) -> list[etree._Element]:
        row, item = load_item(context, identifier, mime=mime)
        own = shapes.get(row.mailbox)
        if own is None:
            own = shapes[row.mailbox] = Shape.parse(element, view=context.view(row.mailbox))
        return [payload("Items", own.render(item))]

    wanted = list(children(required(request, m("ItemIds"))))
    return respond(context, "GetItem", [partial(one, element) for element in wanted], "Items")
