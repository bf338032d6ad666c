"""The paging views of FindItem and FindFolder, and the attributes that a page carries.

Threading: pure functions.

Source: EWS reference, IndexedPageItemView, FractionalPageItemView, "Paging in EWS" and RootFolder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.values import format_boolean

PAGE_LIMIT = 1000  # what the throttling policy of Exchange lets one Find call return


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a result: [start, start + count) of `total`.

    last: whether nothing follows (or, when paging from the end, nothing precedes).
    offset: the IndexedPagingOffset to go on from; None for fractional paging.
    fraction: NumeratorOffset and AbsoluteDenominator of fractional paging.
    """

    start: int
    count: int
    total: int
    last: bool
    offset: int | None = None
    fraction: tuple[int, int] | None = None

    def mark(self, root: etree._Element) -> None:
        """Set the paging attributes of a RootFolder."""
        if self.offset is not None:
            root.set("IndexedPagingOffset", str(self.offset))
        if self.fraction is not None:
            root.set("NumeratorOffset", str(self.fraction[0]))
            root.set("AbsoluteDenominator", str(self.fraction[1]))
        root.set("TotalItemsInView", str(self.total))
        root.set("IncludesLastItemInRange", format_boolean(self.last))


def page(
    view: etree._Element | None, total: int, *, limit: int = PAGE_LIMIT, seek: Callable[[], int] | None = None
) -> Page:
    """The part of a result of `total` that a view asks for; without a view the first `limit`.

    seek: for SeekToConditionPageItemView, finds the index to start at.
    Raises ResponseError for impossible numbers.
    """
    if view is None:
        count = min(total, limit)
        return Page(0, count, total, count == total, offset=count)
    wanted = min(_number(view, "MaxEntriesReturned", limit), limit)
    if wanted <= 0:
        raise ResponseError("ErrorInvalidPagingMaxRows", "The maximum number of rows must be more than zero.")
    if view.get("Numerator") is not None:
        return _fractional(view, total, wanted)
    offset = seek() if seek is not None else _number(view, "Offset", 0)
    if offset < 0:
        raise ResponseError("ErrorInvalidIndexedPagingParameters", "The offset must not be negative.")
    if view.get("BasePoint") == "End":
        end = max(total - offset, 0)
        start = max(end - wanted, 0)
        return Page(start, end - start, total, start == 0, offset=total - start)
    start = min(offset, total)
    count = min(wanted, total - start)
    return Page(start, count, total, start + count == total, offset=start + count)


def _fractional(view: etree._Element, total: int, wanted: int) -> Page:
    numerator, denominator = _number(view, "Numerator", 0), _number(view, "Denominator", 1)
    if denominator <= 0 or numerator < 0 or numerator > denominator:
        raise ResponseError(
            "ErrorInvalidFractionalPagingParameters", "The numerator and denominator must name a fraction from 0 to 1."
        )
    start = total * numerator // denominator
    count = min(wanted, total - start)
    return Page(start, count, total, start + count == total, fraction=(start + count, max(total, 1)))


def _number(view: etree._Element, name: str, default: int) -> int:
    text = view.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise ResponseError("ErrorInvalidIndexedPagingParameters", f"{name} must be a number.") from None
