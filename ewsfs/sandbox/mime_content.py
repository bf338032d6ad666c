"""Which bytes an item's MimeContent is: the kept ones, or ones made from its properties, by its kind.

Threading: pure functions of an item.
"""

from __future__ import annotations

from ewsfs.sandbox.ical_writer import calendar_from_item
from ewsfs.sandbox.mime_writer import mime_from_item
from ewsfs.sandbox.model import Item
from ewsfs.sandbox.vcard import contact_from_item
from ewsfs.sandbox.view import View


def mime_of(item: Item, view: View) -> bytes:
    """The MIME of an item: iCalendar for a calendar item, vCard for a contact, RFC 5322 for everything else.

    The bytes that the item was created with, as long as they say the same as its properties and
    view.rewrite_mime doesn't want them made anew.
    """
    if item.mime is not None and not view.rewrite_mime:
        return item.mime
    if item.kind == "CalendarItem":
        return calendar_from_item(item)
    if item.kind == "Contact":
        return contact_from_item(item)
    return mime_from_item(item, keep_inner=not view.rewrite_mime)
