"""The text in mail headers: charsets, encoded words, parameters, dates, also as broken software writes them.

Used by `mimetree` and `eml`. Nothing here raises on account of its input. Python's `email` package does
the parsing; this module gives it text that it doesn't trip over, and a second try for what it gives up on.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

Headers = Message
"""A header block: a message of the `email` package whose values are text without surrogates."""

# What the standard library raises on malformed headers: its own errors, and slips of its parsers.
_PARSER_ERRORS = (MessageError, ValueError, LookupError, TypeError, AttributeError, OverflowError)

# Longer ones hold nothing that could be a name, and the library's parameter parser is not linear.
_LONGEST_HEADER = 32_768
_LONGEST_PARAMETERS = 8_192

# Charsets that mail names but Python does not, and those whose superset is what was really meant.
_CHARSETS = {
    "ansi_x3.110-1983": "latin-1",
    "big5": "big5hkscs",
    "cp-850": "cp850",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "us-ascii": "utf-8",
    "windows-874": "cp874",
    "windows-31j": "cp932",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "x-unknown": "utf-8",
}
# Names of Python codecs that no mail can mean; the first two also warn about their input.
_NO_CHARSETS = ("unicode_escape", "raw_unicode_escape", "punycode", "idna")

_ENCODED_WORDS = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=(?:\s*=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)*")
# RFC 5322 4.5: old senders put blanks before the colon; Python's parser would end the headers there.
_BLANKS_BEFORE_COLON = re.compile(r"^([!-9;-~]+)[ \t]+:", re.MULTILINE)
_ONE_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
_EXTENDED_VALUE = re.compile(r"^([\w.:-]*)'([\w-]*)'((?:[^%]|%[0-9A-Fa-f]{2})*)$", re.DOTALL)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


def parse_headers(block: bytes) -> Headers:
    """The header fields of `block`, the bytes up to the empty line (RFC 5322 2.2).

    8-bit text is read as UTF-8 (RFC 6532), and line by line as Windows-1252 where it is not.
    """
    text = _BLANKS_BEFORE_COLON.sub(r"\1:", eight_bit(block))
    return HeaderParser().parsestr(text, headersonly=True)


def eight_bit(raw: bytes) -> str:
    """Text of header bytes that name no charset."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_line(line) for line in raw.splitlines(keepends=True))


def _line(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return decode(raw, "cp1252")


def decode(raw: bytes, charset: str | None) -> str:
    """`raw` as text in `charset`; wrong bytes are replaced, and a charset nobody knows is read as UTF-8."""
    name = (charset or "utf-8").strip("\"' ").partition("*")[0].lower()
    if name.replace("-", "_") in _NO_CHARSETS:
        name = "utf-8"
    for candidate, errors in ((_CHARSETS.get(name, name), "strict"), (name, "strict"), (name, "replace")):
        try:
            return raw.decode(candidate, errors).encode("utf-8", "replace").decode("utf-8")
        except (UnicodeError, LookupError, ValueError):
            continue
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def unfold(value: str) -> str:
    """A header value on one line: line breaks go, the white space after them stays (RFC 5322 2.2.3)."""
    return re.sub(r"[\r\n]+", "", value).strip()


def decode_words(text: str) -> str:
    """`text` with its encoded words (RFC 2047) decoded; what isn't one stays as it stands."""
    return _ENCODED_WORDS.sub(_decode_run, text)


def _decode_run(found: re.Match[str]) -> str:
    # One run at a time, because a character may be split over neighbouring words of one charset.
    try:
        pieces = decode_header(found.group())
    except _PARSER_ERRORS:
        return _ONE_WORD.sub(_decode_word, found.group())
    return "".join(piece if isinstance(piece, str) else decode(piece, charset) for piece, charset in pieces)


def _decode_word(found: re.Match[str]) -> str:
    charset, encoding, text = found.groups()
    if encoding in "bB":
        return decode(base64_bytes(text.encode("ascii", "replace")), charset)
    return decode(binascii.a2b_qp(text.encode("utf-8"), header=True), charset)


def base64_bytes(raw: bytes) -> bytes:
    """The bytes that `raw` stands for, or as many of them as can be had (RFC 2045 6.8).

    Characters outside the alphabet are skipped, missing padding is made up for, and the text ends at
    its padding: what a mailing list wrote below is not content.
    """
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        return binascii.a2b_base64(letters + b"==")


def field(headers: Headers, name: str) -> str:
    """The first `name` field, unfolded but not decoded; "" when there is none."""
    value = headers.get(name)
    return "" if value is None else unfold(str(value)[:_LONGEST_HEADER])


def text(headers: Headers, name: str) -> str:
    """The first `name` field as a person reads it; "" when there is none."""
    return decode_words(field(headers, name))


def parameter(headers: Headers, name: str, header: str) -> str | None:
    """Parameter `name` of a structured header field, decoded; None when it isn't there.

    The form of RFC 2231 wins over the plain one. Read as well are encoded words inside quotes, an
    extended value without the asterisk, and one that names no charset.
    """
    value = field(headers, header)[:_LONGEST_PARAMETERS]
    if not value:
        return None
    carrier: Message[str, str] = Message()
    carrier[header] = value
    try:
        pairs: Sequence[tuple[str, object]] = carrier.get_params([], header)
    except _PARSER_ERRORS:
        return None
    plain: str | None = None
    for key, found in pairs:
        if key.lower().rstrip("*") != name:
            continue
        if isinstance(found, tuple):
            charset, _, content = found
            return _extended(content, charset)
        if plain is None:
            plain = str(found)
    if plain is None:
        return None
    extended = _EXTENDED_VALUE.match(plain)
    if extended and _PERCENT.search(extended.group(3)):
        return _extended(unquote_to_bytes(extended.group(3)).decode("latin-1"), extended.group(1))
    return decode_words(plain).strip()


def _extended(content: str, charset: str | None) -> str:
    # email has turned %XX into characters of Latin-1; characters beyond that stood there unescaped.
    try:
        raw = content.encode("latin-1")
    except UnicodeEncodeError:
        return decode_words(content).strip()
    if charset is None and _PERCENT.search(content):
        raw = unquote_to_bytes(raw)
    return decode_words(decode(raw, charset)).strip()


def date(value: str) -> datetime | None:
    """A date-time of RFC 5322 3.3 in UTC, or None when it isn't one; without a zone it is taken as UTC."""
    try:
        moment = parsedate_to_datetime(decode_words(value))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except _PARSER_ERRORS:
        return None
