"""The order in which a server sorts items, to merge what comes sorted from several folders.

Pure. Servers sort text by their own collation: where that differs from ours, items of different folders may stand
side by side the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from ewsfs.ews.fieldpath import FieldPath
from ewsfs.ews.fields import ChoiceField
from ewsfs.ews.items import Item


class SortKey:
    """The place of an item in an order of several fields; without a value it comes first, as on servers."""

    __slots__ = ("values",)

    def __init__(self, item: Item, order: Sequence[tuple[FieldPath, bool]]) -> None:
        self.values = [(_comparable(path.get_value(item), path), down) for path, down in order]

    def __lt__(self, other: SortKey) -> bool:
        for (mine, down), (theirs, _) in zip(self.values, other.values, strict=True):
            if mine == theirs:
                continue
            if mine is None or theirs is None:
                return (mine is None) != down
            return bool(mine < theirs) != down
        return False


def _comparable(value: Any, path: FieldPath) -> Any:
    """What servers compare: text without case, choices by their rank, of a list the first; None for nothing."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        field = path.part or path.field
        if isinstance(field, ChoiceField) and value in field.choices:
            return field.choices.index(value)
        return value.casefold()
    return value if value is None or isinstance(value, (int, float, date)) else str(value)
