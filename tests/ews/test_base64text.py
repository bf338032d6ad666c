"""Base64 that comes in pieces: whole and right, or an error."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ewsfs.ews.base64text import Decoder, decode
from ewsfs.ews.errors import MalformedResponse
from tests.ews.test_xmlstream import cut, sizes


def fed(pieces: list[str]) -> bytes:
    decoder = Decoder()
    data = b"".join(decoder.feed(piece) for piece in pieces)
    decoder.finish()
    return data


@given(st.binary(max_size=100), sizes, st.booleans())
def test_what_was_encoded_comes_out_however_it_is_cut(data: bytes, sizes: list[int], lines: bool) -> None:
    text = base64.encodebytes(data).decode() if lines else base64.b64encode(data).decode()
    assert fed(cut(text, sizes)) == data
    assert decode(text) == data


@given(st.binary(min_size=1, max_size=30), st.data(), sizes)
def test_what_was_cut_is_refused_unless_a_content_ends_there(
    data: bytes, draw: st.DataObject, sizes: list[int]
) -> None:
    text = base64.b64encode(data).decode()
    short = text[: draw.draw(st.integers(0, len(text) - 1))]
    if len(short) % 4:
        with pytest.raises(MalformedResponse):
            fed(cut(short, sizes))
    else:
        assert fed(cut(short, sizes)) == data[: len(short) // 4 * 3]


@given(
    st.sampled_from(
        ["QQ", "QUI", "Q", "=", "==", "====", "Q===", "QQ=", "QQ==QUJD", "QUJD=", "QUJD====", "QQ=Q", "QU!D", "QUJDä"]
    ),
    sizes,
)
@example("QQ==QUJD", [4, 0])
def test_what_is_no_base64_is_refused(text: str, sizes: list[int]) -> None:
    with pytest.raises(MalformedResponse):
        fed(cut(text, sizes))
