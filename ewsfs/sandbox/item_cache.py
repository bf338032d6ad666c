"""Items as they come out of the store: parsed, kept for the next reader, with their size known.

Used by `store_items`. Threading: used under the lock of the database.
"""

from __future__ import annotations

from collections import OrderedDict

from ewsfs.sandbox.model import Item


class StoredItem(Item):
    """An item whose size is known without adding it up; a changed copy adds it up again."""

    __slots__ = ("stored_size",)
    stored_size: int

    @property
    def size(self) -> int:
        return self.stored_size if hasattr(self, "stored_size") else super().size

    def added_up(self) -> int:
        """The size as the properties and attachments are now."""
        return super().size

    def copy(self) -> Item:
        copied = super().copy()
        if isinstance(copied, StoredItem) and hasattr(copied, "stored_size"):
            del copied.stored_size
        return copied


class ItemCache:
    """The items that were read last, by id, each good for one change number."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: OrderedDict[str, tuple[int, Item]] = OrderedDict()

    def get(self, identifier: str, number: int) -> Item | None:
        """The item as it was at that change number, None when it isn't kept."""
        kept = self._items.get(identifier)
        if kept is None or kept[0] != number:
            return None
        self._items.move_to_end(identifier)
        return kept[1]

    def put(self, identifier: str, number: int, item: Item) -> None:
        """Keep an item; the one that was asked for longest ago goes when there are too many."""
        self._items.pop(identifier, None)
        self._items[identifier] = number, item
        while len(self._items) > self._limit:
            self._items.popitem(last=False)

    def drop(self, identifier: str) -> None:
        """Forget an item."""
        self._items.pop(identifier, None)
