"""ConvertId: the forms of an id, there and back, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import IdKind, new_id, occurrence_id
from ewsfs.sandbox.operations.identifiers import converted

FORMATS = ("EwsId", "EwsLegacyId", "EntryId", "HexEntryId", "StoreId", "OwaId")


@given(kind=st.sampled_from([IdKind.FOLDER, IdKind.ITEM, IdKind.ATTACHMENT]), form=st.sampled_from(FORMATS))
def test_every_form_comes_back(kind: IdKind, form: str) -> None:
    identifier = new_id(kind)
    assert converted(converted(identifier, "EwsId", form), form, "EwsId") == identifier


def test_the_forms_are_different() -> None:
    identifier = occurrence_id(new_id(IdKind.ITEM), 1_740_000_000)
    assert len({converted(identifier, "EwsId", form) for form in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize(
    ("identifier", "source", "wanted", "code"),
    [
        ("", "EwsId", "EntryId", "ErrorInvalidIdEmpty"),
        ("DUMMY", "EwsId", "EntryId", "ErrorInvalidIdMalformed"),
        ("AAAA", "EwsId", "EntryId", "ErrorInvalidIdMalformed"),
        ("zz", "HexEntryId", "EwsId", "ErrorInvalidIdMalformed"),
        ("AAAA", "StoreId", "EwsId", "ErrorInvalidIdMalformed"),
        ("AAAA", "WhateverId", "EwsId", "ErrorInvalidIdMalformed"),
    ],
)
def test_what_is_no_id_is_refused(identifier: str, source: str, wanted: str, code: str) -> None:
    with pytest.raises(ResponseError) as raised:
        converted(identifier, source, wanted)
    assert raised.value.code == code
