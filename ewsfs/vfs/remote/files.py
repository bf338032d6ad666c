"""Which properties an item's file is made from, and the file: the filesystem's use of `ewsfs.formats`."""

from __future__ import annotations

from collections.abc import Sequence

from ewsfs.ews.items import CalendarItem, Contact, DistributionList, Item, Task
from ewsfs.formats import ics, vcf
from ewsfs.vfs.model import Kind

FIELDS: dict[Kind, Sequence[str]] = {
    Kind.EVENT: ics.EVENT_FIELDS,
    Kind.TASK: ics.TASK_FIELDS,
    Kind.CONTACT: vcf.CONTACT_FIELDS,
    Kind.LIST: vcf.LIST_FIELDS,
}
EXCEPTION_FIELDS: Sequence[str] = ics.EXCEPTION_FIELDS


def make_file(item: Item, exceptions: Sequence[CalendarItem] = (), photo: bytes | None = None) -> bytes:
    """The bytes of an item that isn't shown as MIME.

    Parameters: `exceptions`, the changed occurrences of a recurring event; `photo`, a contact's picture.
    Raises: TypeError for an item of any other kind.
    """
    if isinstance(item, CalendarItem):
        return ics.event(item, exceptions)
    if isinstance(item, Task):
        return ics.task(item)
    if isinstance(item, Contact):
        return vcf.contact(item, photo)
    if isinstance(item, DistributionList):
        return vcf.distribution_list(item)
    raise TypeError(f"a {type(item).__name__} is shown as its MIME")
