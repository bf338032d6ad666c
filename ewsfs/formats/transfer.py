"""Content transfer encodings undone while the content is read, a piece at a time (RFC 2045, section 6).

The pieces may be cut anywhere; the outcome is that of the whole. Nothing raises on account of its input: wrong base64
gives what can be decoded, as `headers.base64_bytes` does.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_OTHERS = bytes(set(range(256)).difference(_LETTERS))
_SIGNS = re.compile(rb"=+")
_LONGEST_LINE = 1 << 20  # bytes; a longer one is cut


def base64(raw: Iterable[bytes]) -> Iterator[bytes]:
    """Base64, read past what isn't in its alphabet, to its padding or its end."""
    rest = b""
    for piece in raw:
        letters, rest, ended = _letters(rest + piece.translate(None, _OTHERS))
        whole = len(letters) if ended else len(letters) // 4 * 4
        yield binascii.a2b_base64(letters[:whole])
        if ended:
            return
        rest = letters[whole:] + rest
    letters = rest.rstrip(b"=")
    if len(letters) > 1:
        yield binascii.a2b_base64(letters + b"==")


def _letters(text: bytes) -> tuple[bytes, bytes, bool]:
    """Text that begins where four letters begin: what of it counts, a sign at its end that may, whether it ended."""
    if b"=" not in text:
        return text, b"", False
    kept: list[bytes] = []
    count = position = 0
    for signs in _SIGNS.finditer(text):
        kept.append(text[position : signs.start()])
        count += signs.start() - position
        position = signs.end()
        missing = 4 - count % 4
        if missing <= min(2, len(signs[0])):  # a padding; what follows was written below by somebody else
            return b"".join((*kept, b"=" * missing)), b"", True
        if missing == 2 and position == len(text):
            return b"".join(kept), b"=", False  # half a padding, perhaps
    return b"".join((*kept, text[position:])), b"", False


def quoted_printable(raw: Iterable[bytes]) -> Iterator[bytes]:
    """Quoted-printable; line breaks are those of the sender."""
    return (binascii.a2b_qp(text) for text in lines(raw))


def lines(raw: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces cut at the ends of lines; a line of absurd length is cut where no quoted character is."""
    held = b""
    for piece in raw:
        text = held + piece
        end = text.rfind(b"\n") + 1
        if not end and len(text) > _LONGEST_LINE:
            sign = text.rfind(b"=", len(text) - 3)
            end = sign if sign >= 0 else len(text)
        if end:
            yield text[:end]
        held = text[end:]
    if held:
        yield held
