"""Contents as base64, the way they travel in XML: what is cut or isn't base64 is an error, never other bytes.

The standard library's decoder skips what it doesn't know and stops where padding stands, so that half a content would
pass for a whole one. Python 3.10 has no strict mode yet. Source: RFC 4648, sections 3.3 and 4; xs:base64Binary allows
white space (XML Schema part 2, 3.2.16).

Threading: a decoder belongs to one thread.
"""

from __future__ import annotations

import binascii
import re

from ewsfs.ews.errors import MalformedResponse

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BLANK = b" \t\r\n"
_HALF_PADDED = re.compile(rb"[^=]{2}=")  # another sign must follow


class Decoder:
    """Decodes a content that comes in pieces of any length."""

    def __init__(self) -> None:
        self._rest = b""
        self._ended = False

    def feed(self, text: str) -> bytes:
        """The bytes of the next piece, as far as they are complete. Raises: MalformedResponse."""
        try:
            letters = text.encode("ascii").translate(None, _BLANK)
        except UnicodeEncodeError:
            raise MalformedResponse("a content is not base64") from None
        if self._ended and letters:
            raise MalformedResponse("a content goes on after its end")
        padding = letters.translate(None, _ALPHABET)
        if padding not in (b"", b"=", b"==") or not letters.endswith(padding):
            raise MalformedResponse("a content is not base64")
        letters = self._rest + letters
        whole = len(letters) // 4 * 4
        self._rest = letters[whole:]
        self._ended = self._ended or letters[:whole].endswith(b"=")  # an empty piece ends nothing, and begins nothing
        if (self._ended and self._rest) or (b"=" in self._rest and not _HALF_PADDED.fullmatch(self._rest)):
            raise MalformedResponse("a content is not base64")
        try:
            return binascii.a2b_base64(letters[:whole])
        except binascii.Error:
            raise MalformedResponse("a content is not base64") from None

    def finish(self) -> None:
        """Nothing comes any more. Raises: MalformedResponse when something is missing."""
        if self._rest:
            raise MalformedResponse("a content is cut")


def decode(text: str) -> bytes:
    """The bytes of a content that is here whole. Raises: MalformedResponse."""
    decoder = Decoder()
    data = decoder.feed(text)
    decoder.finish()
    return data
