"""Who looks at an item, as far as that shows in it; and what functions that compute a property take and give.

Threading: a View is immutable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from ewsfs.sandbox.model import Item


@dataclass(frozen=True, slots=True)
class View:
    """The reader of a mailbox.

    owner: address of the mailbox' owner; owner_name: what people call them.
    rewrite_mime: MIME is made anew from the properties, though the bytes that were given are still there.
    """

    owner: str = ""
    owner_name: str = ""
    rewrite_mime: bool = False


NOBODY = View()

# An element, the text of a simple one, or nothing.
Made = etree._Element | str | None
Maker = Callable[[Item, View], Made]
