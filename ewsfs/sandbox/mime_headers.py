"""Header values of messages as they come: encoded words, raw 8-bit text, broken addresses, dates in any state.

Nothing here raises for a strange value: what can't be read is kept as text, or is None.

Source: RFC 5322, RFC 2047.

Threading: pure functions.
"""

from __future__ import annotations

import codecs
import email.header
import email.utils
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from email.errors import HeaderParseError
from email.message import Message
from functools import lru_cache

from dateutil import parser as dateutil_parser

from ewsfs.sandbox.text import xml_safe

# Names of character sets that mail uses and Python doesn't know.
_ALIASES = {
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "x-sjis": "shift_jis",
    "x-mac-roman": "mac_roman",
    "x-gbk": "gbk",
    "x-big5": "big5",
    "x-euc-jp": "euc_jp",
    "gb18030-2000": "gb18030",
    "ansi_x3.110-1983": "latin-1",
    "x-unknown": "utf-8",
    "unknown-8bit": "utf-8",
    "default": "utf-8",
    "8bit": "utf-8",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
}

_EARLIEST, _LATEST = 1601, 4500


def decode(raw: bytes, charset: str | None) -> str:
    """Bytes as text, whatever the charset is said to be.

    An unknown or wrong charset gives way to UTF-8 where that fits, then to Windows-1252. Characters that XML
    forbids are left out.
    """
    for name in (charset, "utf-8"):
        codec = _codec(name)
        if codec is None:
            continue
        try:
            return xml_safe(raw.decode(codec))
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    codec = _codec(charset)
    if codec is not None and codec not in {"ascii", "utf-8"}:
        try:
            return xml_safe(raw.decode(codec, "replace"))
        except (LookupError, ValueError):
            pass
    return xml_safe(raw.decode("cp1252", "replace"))


def _codec(charset: str | None) -> str | None:
    """A text codec of Python for a charset, None when there is none."""
    if not charset:
        return None
    name = charset.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    for candidate in (name, name.replace("cp-", "cp"), re.sub(r"^x-", "", name)):
        try:
            info = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        if getattr(info, "_is_text_encoding", True):
            return info.name
    return None


def raw_headers(message: Message) -> list[tuple[str, str]]:
    """The headers in order, as text that may hold encoded words; 8-bit bytes are read as UTF-8 or Windows-1252."""
    found = []
    for name, value in message.raw_items():
        raw = str(value).encode("ascii", "surrogateescape") if _has_bytes(str(value)) else None
        text = str(value) if raw is None else decode(raw, "utf-8")
        found.append((xml_safe(name), unfold(text)))
    return found


def _has_bytes(text: str) -> bool:
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)


def unfold(text: str) -> str:
    """A header value on one line (RFC 5322 2.2.3): line breaks go, the white space behind them stays."""
    return re.sub(r"[\r\n]+(?=[ \t])|[\r\n]+$", "", text).replace("\r", " ").replace("\n", " ").strip(" \t")


def decoded(text: str) -> str:
    """A header value with its encoded words decoded, on one line and safe for XML."""
    if "=?" not in text:
        return xml_safe(text)
    try:
        chunks = email.header.decode_header(text)
    except (HeaderParseError, ValueError, AssertionError):
        return xml_safe(text)
    parts = []
    for chunk, charset in chunks:
        if isinstance(chunk, str):
            parts.append(chunk)
        elif charset is None:
            # Python hands the unencoded parts over in raw-unicode-escape once there is an encoded word.
            parts.append(chunk.decode("raw-unicode-escape", "replace"))
        else:
            parts.append(decode(chunk, charset))
    found = xml_safe(re.sub(r"[\r\n\t]+", " ", "".join(parts)))
    return found if found.strip() else xml_safe(text)


def addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """(name, address) of every mailbox in some header values; groups are opened, nameless ones have name ""."""
    found = []
    for name, address in _parse_addresses(tuple(value for value in values if value.strip())):
        name = decoded(name).strip().strip('"')
        address = decoded(address).strip()
        if not name and not address:
            continue
        if address and "@" not in address and not name:
            name, address = address, ""
        found.append((name, re.sub(r"\s+", "", address)))
    return found


@lru_cache(maxsize=2048)  # the parser is slow, and people write to the same people again and again
def _parse_addresses(values: tuple[str, ...]) -> list[tuple[str, str]]:
    try:
        if getattr(email.utils, "supports_strict_parsing", False):
            return email.utils.getaddresses(list(values), strict=False)
        return email.utils.getaddresses(list(values))
    except (ValueError, IndexError, TypeError):
        return [(value, "") for value in values]


def date(value: str | None) -> datetime | None:
    """The instant of a Date header in UTC, None when no date can be read from it.

    A date without a zone counts as UTC.
    """
    if not value or not value.strip():
        return None
    value = decoded(value)
    moment: datetime | None = None
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        try:
            moment = dateutil_parser.parse(re.sub(r"\([^)]*\)", "", value), fuzzy=True, tzinfos={})
        except (ValueError, OverflowError, TypeError, AttributeError, IndexError):
            return None
    if not _EARLIEST < moment.year < _LATEST:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        return None


def received(values: Iterable[str]) -> datetime | None:
    """When the topmost Received header that has a date says that the message came (RFC 5321 4.4)."""
    for value in values:
        moment = date(value.rpartition(";")[2])
        if moment is not None:
            return moment
    return None
