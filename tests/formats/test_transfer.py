"""Contents decoded a piece at a time are those that are decoded whole."""

from __future__ import annotations

import base64
import binascii
import quopri

from hypothesis import given
from hypothesis import strategies as st

from ewsfs.formats import headers, transfer
from tests.ews.test_xmlstream import cut_bytes, sizes


@given(
    st.one_of(
        st.binary(max_size=60).map(base64.encodebytes),
        st.lists(st.sampled_from([b"=", b"==", b"QUJD", b"Q", b"\r\n", b"!", b"Q="]), max_size=12).map(b"".join),
    ),
    sizes,
)
def test_base64(raw: bytes, sizes: list[int]) -> None:
    assert b"".join(transfer.base64(cut_bytes(raw, sizes))) == headers.base64_bytes(raw)


@given(
    st.one_of(
        st.binary(max_size=60).map(quopri.encodestring),
        st.lists(st.sampled_from([b"=", b"=3D", b"=\r\n", b"x", b"\n", b"=0", b" "]), max_size=12).map(b"".join),
    ),
    sizes,
)
def test_quoted_printable(raw: bytes, sizes: list[int]) -> None:
    assert b"".join(transfer.quoted_printable(cut_bytes(raw, sizes))) == binascii.a2b_qp(raw)


def test_a_line_of_absurd_length() -> None:
    raw = b"=41" * 1_000_000
    pieces = list(transfer.quoted_printable(raw[at : at + 65_536] for at in range(0, len(raw), 65_536)))
    assert b"".join(pieces) == b"A" * 1_000_000
    assert max(map(len, pieces)) < 500_000
