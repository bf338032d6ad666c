"""The stages between the bytes of a reply and the parser: pure, and independent of how a reply is cut."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ewsfs.ews.errors import MalformedResponse
from ewsfs.ews.xmlstream import Spools, decode, divert, prolog, sanitize, split

FORBIDDEN = [*range(0x9), 0xB, 0xC, *range(0xE, 0x20), 0xFFFE, 0xFFFF]


def cut(data: str, sizes: list[int]) -> list[str]:
    pieces, position = [], 0
    for size in sizes:
        pieces.append(data[position : position + size])
        position += size
    return [*pieces, data[position:]]


def cut_bytes(data: bytes, sizes: list[int]) -> list[bytes]:
    return [piece.encode("latin-1") for piece in cut(data.decode("latin-1"), sizes)]


sizes = st.lists(st.integers(0, 9), max_size=40)
# Text that is rich in what the stages look for.
snippets = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "&",
                "&#",
                "&#x",
                "&#0;",
                "&#x1F;",
                "&#x1f;",
                "&#13;",
                "&#xD83D;",
                "&#xDE00;",
                "&#55357;",
                "&#56832;",
                "&amp;",
            ]
        ),
        st.sampled_from(
            ["&#x0000000D;", "&#00000011;", "&#xFFFF;", "&#x10FFFF;", "&#x110000;", "&#X1;", "\x00", "\x1f"]
        ),
        st.text(st.characters(codec="utf-8"), max_size=5),
    ),
    max_size=20,
).map("".join)


@given(snippets, sizes)
def test_sanitizing_does_not_depend_on_the_cuts(text: str, sizes: list[int]) -> None:
    assert "".join(sanitize(cut(text, sizes))) == "".join(sanitize([text]))


@given(st.text(st.one_of(st.characters(), st.sampled_from([chr(c) for c in FORBIDDEN])), max_size=50), sizes)
def test_every_text_becomes_parsable_and_keeps_what_is_allowed(text: str, sizes: list[int]) -> None:
    written = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    cleaned = "".join(sanitize(cut(written, sizes)))
    root = etree.fromstring(f"<a>{cleaned}</a>".encode())
    assert (root.text or "") == re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)


@given(st.integers(0, 0x120000), st.booleans(), st.integers(0, 5), sizes)
def test_a_reference_stays_exactly_when_xml_allows_its_character(
    code: int, hexadecimal: bool, zeros: int, sizes: list[int]
) -> None:
    reference = f"&#x{'0' * zeros}{code:x};" if hexadecimal else f"&#{'0' * zeros}{code};"
    allowed = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    cleaned = "".join(sanitize(cut(f"a{reference}b", sizes)))
    assert cleaned == (f"a{reference}b" if allowed else "ab")


def test_the_halves_of_a_surrogate_pair_become_their_character() -> None:
    root = etree.fromstring("".join(sanitize(["<a>x&#xD83D;&#xDE00;y&#55357;&#56832;z&#xD83D;</a>"])))
    assert root.text == "x\U0001f600y\U0001f600z"


def test_a_reference_of_absurd_length_is_refused() -> None:
    with pytest.raises(MalformedResponse):
        list(sanitize(["&#" + "0" * 3000, "0" * 3000, "1;"]))


@given(st.text(max_size=40), sizes)
def test_utf8_is_decoded_whatever_the_cuts(text: str, sizes: list[int]) -> None:
    data = text.encode("utf-8", "ignore")
    if not data.lstrip().startswith(b"<?xml"):
        assert "".join(decode(cut_bytes(data, sizes))) == data.decode().removeprefix("\ufeff")


@given(st.binary(max_size=60), sizes)
def test_any_bytes_are_decoded_alike_whatever_the_cuts(data: bytes, sizes: list[int]) -> None:
    assert "".join(decode(cut_bytes(data, sizes))) == "".join(decode([data]))


@given(
    st.lists(
        st.sampled_from([b"\xed", b"\xa0", b"\xbd", b"\xb8", b"\x80", b"a", b"\xed\xa0\xbd\xed\xb8\x80"]), max_size=12
    ),
    sizes,
)
def test_encoded_surrogates_are_treated_alike_whatever_the_cuts(parts: list[bytes], sizes: list[int]) -> None:
    data = b"".join(parts)
    assert "".join(decode(cut_bytes(data, sizes))) == "".join(decode([data]))


def test_encoded_surrogates_are_joined_or_removed() -> None:
    assert "".join(decode([b"a\xed\xa0\xbd\xed\xb8\x80b\xed\xa0\xbdc\xed\xb8\x80d"])) == "a\U0001f600bcd"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_counts(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?><a>ü</a>'.encode(encoding)
    for size in (1, 3, 1000):
        pieces = [data[start : start + size] for start in range(0, len(data), size)]
        assert "".join(prolog(decode(pieces))) == "<a>ü</a>"


@pytest.mark.parametrize("encoding", ["nonsense", "rot13", "hex", "undefined", "utf-16"])
def test_an_encoding_that_cannot_be_is_taken_for_utf8(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><a>ü</a>'.encode()
    assert "".join(prolog(decode([data]))) == "<a>ü</a>"


PROLOGS = ["", " \r\n", "\ufeff", '<?xml version="1.0"?>', "<!-- <!DOCTYPE --> ", "<?pi <a?>"]


@given(st.lists(st.sampled_from(PROLOGS), max_size=4).map("".join), sizes)
def test_what_stands_before_the_root_is_dropped(head: str, sizes: list[int]) -> None:
    assert "".join(prolog(cut(f"{head}<a>b</a>", sizes))) == "<a>b</a>"


@given(st.lists(st.sampled_from(PROLOGS), max_size=4).map("".join), sizes)
def test_a_document_type_is_refused_wherever_it_hides(head: str, sizes: list[int]) -> None:
    with pytest.raises(MalformedResponse):
        list(prolog(cut(f'{head}<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', sizes)))


def test_a_prolog_without_end_is_refused() -> None:
    with pytest.raises(MalformedResponse):
        list(prolog(["<!--"] + ["x" * 10_000] * 10))


@given(
    st.binary(min_size=200, max_size=3000),
    st.sampled_from(["t:Content", "MimeContent", "x-y.z:Data"]),
    sizes,
    st.booleans(),
)
def test_a_large_content_goes_to_a_file(data: bytes, name: str, sizes: list[int], lines: bool) -> None:
    text = base64.encodebytes(data).decode() if lines else base64.b64encode(data).decode()
    document = f'<r><{name} CharacterSet="UTF-8">{text}</{name}><b>rest</b></r>'
    with Spools(over=100) as spools:
        out = "".join(divert(cut(document, [size * 10 for size in sizes]), spools))
        token = re.search(rf"<{name} [^>]*>([^<]*)<", out)
        assert token is not None
        file = spools.take(token[1])
        assert file is not None
        with file:
            assert file.read() == data
        assert out == document.replace(text, token[1])


@given(st.text("<>/tConetaQ= \n", max_size=60), sizes)
def test_everything_else_passes_untouched(text: str, sizes: list[int]) -> None:
    document = f"<r>{text}<t:Content/><t:Content>QUJD</t:Content></r>"
    with Spools(over=100) as spools:
        assert "".join(divert(cut(document, sizes), spools)) == document


def test_a_long_text_that_is_no_base64_stays() -> None:
    document = f"<t:Content>{'ä' * 500}</t:Content>"
    with Spools(over=100) as spools:
        assert "".join(divert([document[:150], document[150:]], spools)) == document


def test_base64_that_turns_into_something_else_is_refused() -> None:
    with Spools(over=100) as spools, pytest.raises(MalformedResponse):
        list(divert(["<Content>" + "QUJD" * 50, "!!!!</Content>"], spools))


def test_a_token_is_good_for_one_file_only() -> None:
    with Spools(over=10) as spools:
        out = "".join(divert(["<Data>" + "QUJD" * 5 + "</Data>"], spools))
        token = out[len("<Data>") : -len("</Data>")]
        first = spools.take(token)
        assert first is not None
        first.close()
        assert spools.take(token) is None
        assert spools.take(None) is None


@given(sizes)
def test_envelopes_back_to_back_are_told_apart(sizes: list[int]) -> None:
    parts = ["<s:Envelope>1</s:Envelope>", " <Envelope>2</Envelope >", "\n<a-b:Envelope/><x></a-b:Envelope>"]
    assert list(split(cut("".join(parts), sizes))) == parts


def test_a_stream_that_ends_within_an_envelope_is_malformed() -> None:
    with pytest.raises(MalformedResponse):
        list(split(["<s:Envelope>1</s:Envelope><s:Env"]))


def test_a_recorded_stream_has_three_envelopes(corpus: Path) -> None:
    data = (corpus / "ews-responses/_invalid-xml/streaming-3-envelopes-concatenated.stream").read_bytes()
    documents = list(split(sanitize(decode(data[i : i + 7] for i in range(0, len(data), 7)))))
    assert [etree.fromstring("".join(prolog([document]))).tag for document in documents] == [
        "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    ] * 3


def test_a_large_content_costs_little_memory() -> None:
    import tracemalloc

    block = base64.b64encode(zlib.compress(bytes(30_000), 0)[:30_000]).decode()
    with Spools() as spools:
        tracemalloc.start()
        out = list(divert(_repeated("<t:Content>", block, 500, "</t:Content>"), spools))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        file = spools.take(out[1])
        assert file is not None
        with file:
            assert len(file.read()) == 30_000 * 500
    assert peak < 8_000_000


def _repeated(head: str, block: str, count: int, tail: str) -> list[str]:
    return [head, *[block] * count, tail]
