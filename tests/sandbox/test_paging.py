"""Pages: whatever their size and base point, following them meets everything once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ewsfs.sandbox.paging import PAGE_LIMIT, Page, page


def indexed(most: int, offset: int, base: str) -> etree._Element:
    return etree.Element("v", MaxEntriesReturned=str(most), Offset=str(offset), BasePoint=base)


def follow(total: int, most: int, base: str) -> list[int]:
    seen: list[int] = []
    offset, part = 0, Page(0, 0, 0, last=False)
    while not part.last:
        part = page(indexed(most, offset, base), total)
        assert part.count <= min(most, PAGE_LIMIT)
        seen += range(part.start, part.start + part.count)
        assert part.offset is not None
        offset = part.offset
    return seen


@given(total=st.integers(0, 5000), most=st.integers(100, 6000), base=st.sampled_from(["Beginning", "End"]))
def test_pages_meet_everything_once(total: int, most: int, base: str) -> None:
    assert sorted(follow(total, most, base)) == list(range(total))


@given(total=st.integers(0, 5000), numerator=st.integers(0, 50), denominator=st.integers(1, 50))
def test_fractions_stay_inside(total: int, numerator: int, denominator: int) -> None:
    if numerator <= denominator:
        part = page(etree.Element("v", Numerator=str(numerator), Denominator=str(denominator)), total)
        assert 0 <= part.start <= part.start + part.count <= total


def test_without_a_view_the_first_thousand() -> None:
    part = page(None, 2500)
    assert (part.start, part.count, part.last, part.offset) == (0, 1000, False, 1000)
