"""Arguments that are easily given wrongly: one where several are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def several(values: Iterable[T], what: str) -> Iterable[T]:
    """The values. Parameters: `what`, what they are, as the beginning of a sentence.

    Raises: TypeError for one alone: a text would be taken for its letters, an item's id and change key for two ids.
    """
    given: Any = values
    if isinstance(given, (str, bytes)) or hasattr(given, "item_id") or not isinstance(given, Iterable):
        raise TypeError(f"{what} are wanted in a list, even when it is one alone; not {given!r:.200}")
    return values
