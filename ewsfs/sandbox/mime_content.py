"""Which bytes an item's MimeContent is: the kept ones, or ones made from its properties, by its kind.

Threading: pure functions of an item.
"""

from __future__ import annotations

from ewsfs.sandbox.computed import View
from ewsfs.sandbox.mime import mime_from_item
from ewsfs.sandbox.model import Item


def mime_of(item: Item, view: View) -> bytes:
    """The MIME of an item: iCalendar for a calendar item, vCard for a contact, RFC 5322 for everything else.

    The bytes that the item was created with, as long as they say the same as its properties and
    view.rewrite_mime doesn't want them made anew.
    """
    if item.mime is not None and not view.rewrite_mime:
        return item.mime
    return mime_from_item(item)
