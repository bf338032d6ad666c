"""Identifiers and change keys."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import IdKind, change_key, change_number, id_kind, new_id, occurrence_id, split_occurrence

MADE = [IdKind.FOLDER, IdKind.ITEM, IdKind.ATTACHMENT]


@pytest.mark.parametrize("kind", MADE)
def test_an_id_tells_its_kind(kind: IdKind) -> None:
    made = {new_id(kind) for _ in range(100)}
    assert len(made) == 100
    assert {id_kind(one) for one in made} == {kind}
    assert all(one.startswith("AAMk") for one in made)


@given(ordinal=st.integers(-(2**40), 2**40))
def test_an_occurrence_leads_to_its_master(ordinal: int) -> None:
    master = new_id(IdKind.ITEM)
    occurrence = occurrence_id(master, ordinal)
    assert id_kind(occurrence) is IdKind.OCCURRENCE
    assert split_occurrence(occurrence) == (master, ordinal)


@given(position=st.integers(0, 80), bit=st.integers(0, 7))
def test_a_damaged_id_is_malformed(position: int, bit: int) -> None:
    raw = bytearray(base64.b64decode(new_id(IdKind.ITEM)))
    raw[position] ^= 1 << bit
    with pytest.raises(ResponseError, match="ErrorInvalidIdMalformed"):
        id_kind(base64.b64encode(raw).decode())


@given(text=st.text(min_size=1))
def test_a_text_is_no_id(text: str) -> None:
    with pytest.raises(ResponseError, match="ErrorInvalidIdMalformed"):
        id_kind(text)


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_id(nothing: str | None) -> None:
    with pytest.raises(ResponseError, match="ErrorInvalidIdEmpty"):
        id_kind(nothing)


@given(number=st.integers(0, 2**63))
def test_a_change_key_is_its_number(number: int) -> None:
    assert change_number(change_key(number)) == number


@given(text=st.text(min_size=1))
def test_a_text_is_no_change_key(text: str) -> None:
    with pytest.raises(ResponseError, match="ErrorInvalidChangeKey"):
        change_number(text)


def test_no_change_key() -> None:
    assert change_number(None) is None
