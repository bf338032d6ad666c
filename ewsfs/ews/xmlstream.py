"""From the bytes of a reply to XML that a strict parser takes, while they arrive; and large contents to and from files.

The stages are generators that take and give pieces of any length; the result never depends on how a reply was cut:

    decode        bytes -> text: byte order mark, declared encoding, surrogates that were encoded one by one
    sanitize      removes what XML 1.0 forbids: characters, and numeric references to them
    prolog        drops the XML declaration, refuses a document type declaration
    divert        sends large base64 contents to files, leaving a token in their place
    split         one text for each Envelope of a streaming reply

Servers send `&#x0;` to `&#x1F;` in subjects and bodies (Exchange writes them, no parser reads them), and a strict
parser would lose the whole batch for one of them. References inside of CDATA sections are treated the same; EWS
servers don't write such sections.

Threading: a generator belongs to one thread. `Spools` and `Streams` may be shared by the requests of one call.
"""

from __future__ import annotations

import codecs
import re
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import BinaryIO

from ewsfs.ews import base64text
from ewsfs.ews.errors import MalformedResponse

NewFile = Callable[[], BinaryIO]
"""Makes the file that a large content goes to, open for writing and reading."""

_LONGEST_PROLOG = 64 * 1024
_LONGEST_REFERENCE = 4096
_LONGEST_TAG = 64 * 1024

# Surrogates encoded one by one as if they were characters (CESU-8), alone or in pairs.
_SURROGATE_BYTES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]|\xed[\xa0-\xbf][\x80-\xbf]")
_SURROGATE_BYTES_CUT = re.compile(rb"\xed(?:[\xa0-\xbf]|[\xa0-\xaf][\x80-\xbf](?:\xed[\xb0-\xbf]?)?)?\Z")
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")

_REFERENCE = "&#(?:[xX][0-9a-fA-F]+|[0-9]+);"
# Two patterns, each of a form that is searched quickly: a mailbox goes through them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN_BYTES = bytes(sorted({*range(0x20)} - {0x9, 0xA, 0xD}))  # those of ASCII
_REFERENCES = re.compile(f"{_REFERENCE}(?:{_REFERENCE})*")
_ONE_REFERENCE = re.compile("&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));")
# The end of a piece that the next piece may continue: a reference that isn't complete, and the first half of a
# surrogate pair before it.
_HIGH = "&#(?:[xX]0*[dD][89abAB][0-9a-fA-F]{2}|0*(?:5529[6-9]|55[3-9][0-9]{2}|56[0-2][0-9]{2}|563[01][0-9]));"
_REFERENCE_CUT = re.compile(f"(?:{_HIGH})?&(?:#(?:[xX][0-9a-fA-F]*|[0-9]*))?\\Z|{_HIGH}\\Z")

_PROLOG_PART = re.compile(r"[\s\ufeff]+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_DIVERTED = re.compile(r"<(?:[\w.-]+:)?(?:Content|MimeContent|MimeContentUTF8|Data)(?:\s[^<>]*)?(?<!/)>")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*\Z", re.ASCII)
_ENVELOPE_END = re.compile(r"</(?:[\w.-]+:)?Envelope\s*>")


def decode(chunks: Iterable[bytes]) -> Iterator[str]:
    """The text of a document: UTF-8 unless a byte order mark or its XML declaration says otherwise.

    Bytes that aren't valid in the encoding become U+FFFD; encoded surrogates are joined to the character they
    stand for, or removed when they stand alone.
    """
    pieces = iter(chunks)
    head = b""
    for piece in pieces:
        head += piece
        if _knows_encoding(head):
            break
    encoding, skip = _encoding(head)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    utf8 = encoding == "utf-8"
    held = b""
    for piece in _chain(head[skip:], pieces):
        data = held + piece
        held = b""
        if utf8 and b"\xed" in data:
            cut = _SURROGATE_BYTES_CUT.search(data)
            if cut is not None:
                held, data = data[cut.start() :], data[: cut.start()]
            data = _SURROGATE_BYTES.sub(_joined, data)
        text = decoder.decode(data)
        if text:
            yield text
    text = decoder.decode(_SURROGATE_BYTES.sub(_joined, held), final=True)
    if text:
        yield text


def _knows_encoding(head: bytes) -> bool:
    """Whether the start of a document is long enough to tell its encoding."""
    start = head.lstrip()
    if b"<?xml".startswith(start[:5]):
        return b">" in start or len(head) > 1024
    return len(head) >= 4


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _encoding(head: bytes) -> tuple[str, int]:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return name, len(mark)
    declared = _DECLARED_ENCODING.match(head.lstrip())
    if declared is None:
        return "utf-8", 0
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name
        codecs.getincrementaldecoder(name)
        "<".encode(name).decode(name)  # a codec of text, and one that reads what we have just read as ASCII
        return ("utf-8" if name in ("ascii", "utf-16", "utf-32") else name), 0
    except (LookupError, UnicodeError, TypeError):
        return "utf-8", 0


def _joined(match: re.Match[bytes]) -> bytes:
    if len(match[0]) < 6:
        return b""
    pair = match[0].decode("utf-8", "surrogatepass")
    return pair.encode("utf-16", "surrogatepass").decode("utf-16").encode()


def sanitize(texts: Iterable[str]) -> Iterator[str]:
    """The text without characters that XML 1.0 forbids and without numeric references to them.

    Two references that are the halves of one surrogate pair become one reference to the character.
    Source: https://www.w3.org/TR/xml/#charsets and #sec-references. Raises MalformedResponse for a reference of
    thousands of digits.
    """
    held = ""
    for piece in texts:
        text = held + piece
        start = _start_of_reference(text)
        held, text = text[start:], text[:start]
        if len(held) > _LONGEST_REFERENCE:
            raise MalformedResponse("a character reference of absurd length")
        if text:
            yield _sanitized(text)
    if held:
        yield _sanitized(held)


def _start_of_reference(text: str) -> int:
    """Where a reference starts that the next piece may continue; the end of the text when there is none."""
    last = text.rfind("&", max(0, len(text) - 2 * _LONGEST_REFERENCE))
    if last < 0:
        return len(text)
    cut = _REFERENCE_CUT.search(text, max(0, text.rfind("&", 0, last)))
    return len(text) if cut is None else cut.start()


def _sanitized(text: str) -> str:
    if text.isascii():  # large contents are
        data = text.encode("ascii")
        clean = data.translate(None, _FORBIDDEN_BYTES)
        text = text if len(clean) == len(data) else clean.decode("ascii")
    elif _FORBIDDEN.search(text):
        text = _FORBIDDEN.sub("", text)
    return _REFERENCES.sub(_allowed, text) if "&#" in text else text


def _allowed(match: re.Match[str]) -> str:
    kept: list[str] = []
    high = 0
    for reference in _ONE_REFERENCE.finditer(match[0]):
        digits = (reference[1] or reference[2]).lstrip("0")
        code = int(digits or "0", 16 if reference[1] else 10) if len(digits) <= 8 else 0
        if high and 0xDC00 <= code <= 0xDFFF:
            kept.append(f"&#{0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)};")
        elif _is_character(code):
            kept.append(f"&#{code};" if reference[0][2] == "X" else reference[0])
        high = code if 0xD800 <= code <= 0xDBFF else 0
    return "".join(kept)


def _is_character(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or code in (0x9, 0xA, 0xD) or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def prolog(texts: Iterable[str]) -> Iterator[str]:
    """The document from its root element on: no XML declaration, and never a document type declaration.

    Raises MalformedResponse for a DOCTYPE (entity bombs, external entities), before any parser sees it.
    """
    pieces = iter(texts)
    head = ""
    for piece in pieces:
        head += piece
        rest = _after_prolog(head)
        if rest is not None:
            yield rest
            yield from pieces
            return
        if len(head) > _LONGEST_PROLOG:
            raise MalformedResponse("a document without a root element")
    if head.strip():
        yield head


def _after_prolog(text: str) -> str | None:
    """The text from the root element on, None when more is needed to know."""
    position = 0
    while True:
        part = _PROLOG_PART.match(text, position)
        if part is None:
            break
        position = part.end()
    rest = text[position:]
    if len(rest) < 2 or rest.startswith(("<?", "<!--")):
        return None
    if rest.startswith("<!"):
        if "<!--".startswith(rest[:4]):
            return None
        raise MalformedResponse("the reply has a document type declaration, which EWS never sends")
    return rest


def divert(texts: Iterable[str], spools: Spools) -> Iterator[str]:
    """The document with large base64 contents replaced by tokens; the contents go, decoded, to files of `spools`.

    Only the elements Content, MimeContent, MimeContentUTF8 and Data, and only when their text is longer than
    `spools.over` characters; everything else passes untouched. Raises MalformedResponse for a content that starts
    as base64 and goes on as something else.
    """
    sink: _Base64Sink | None = None
    inside = False  # between the start tag of a content and the next "<"
    held = ""
    try:
        for piece in texts:
            text = held + piece
            held = ""
            while text:
                if not inside:
                    tag = _DIVERTED.search(text)
                    if tag is None:
                        start = text.rfind("<")
                        if start >= 0 and ">" not in text[start:] and len(text) - start < _LONGEST_TAG:
                            held, text = text[start:], text[:start]
                        if text:
                            yield text
                        break
                    yield text[: tag.end()]
                    text = text[tag.end() :]
                    inside = True
                end = text.find("<")
                content = text if end < 0 else text[:end]
                if sink is None and len(content) > spools.over and _BASE64.match(content):
                    sink = spools.open_sink()
                if sink is not None:
                    sink.write(content)
                    content = ""
                if end < 0:
                    if sink is None and len(content) <= spools.over:
                        held = content
                        break
                    if sink is None:  # too long, and not base64: not ours
                        inside = False
                    text = content
                    continue
                if sink is not None:
                    yield sink.finish()
                    sink = None
                elif content:
                    yield content
                text = text[end:]
                inside = False
        if held:
            yield held
    finally:
        if sink is not None:
            sink.abandon()


def split(texts: Iterable[str]) -> Iterator[str]:
    """One complete document for each Envelope of a reply that holds several back to back.

    Raises MalformedResponse when something is left at the end that isn't a complete Envelope.
    """
    held = ""
    for piece in texts:
        seen = max(0, len(held) - 100)
        held += piece
        while (end := _ENVELOPE_END.search(held, seen)) is not None:
            yield held[: end.end()]
            held = held[end.end() :]
            seen = 0
    if held.strip():
        raise MalformedResponse("the stream ends within an Envelope")


class Spools:
    """The files that large contents of replies go to.

    Parameters: `over`, characters of base64 above which a content goes to a file; `new_file`, makes such a file, which
    is closed when nobody wants it; without it they are made where the system has its temporary files, without a name.

    A program passes it along with a call, and asks `take` with the text of the element that it got:

        with Spools() as spools:
            for attachment in GetAttachment(protocol).call(ids, spools=spools):
                file = spools.take(attachment.findtext(t("Content")))   # None: the text is the base64 content
    """

    def __init__(self, over: int = 1024 * 1024, new_file: NewFile | None = None) -> None:
        self.over = over
        self._new_file = new_file or tempfile.TemporaryFile
        self._files: dict[str, BinaryIO] = {}
        self._lock = threading.Lock()

    def open_sink(self) -> _Base64Sink:
        """A new file for one content (for `divert`)."""
        return _Base64Sink(self, self._new_file())

    def keep(self, file: BinaryIO) -> str:
        """Keeps a complete content and returns the token that stands for it (for `divert`)."""
        token = f"ewsfs-spool-{uuid.uuid4()}"
        with self._lock:
            self._files[token] = file
        return token

    def take(self, text: str | None) -> BinaryIO | None:
        """The file behind an element's text, at its start and the caller's to close; None if there is none."""
        with self._lock:
            return self._files.pop(text or "", None)

    def close(self) -> None:
        """Closes what nobody took."""
        with self._lock:
            files, self._files = list(self._files.values()), {}
        for file in files:
            file.close()

    def __enter__(self) -> Spools:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Base64Sink:
    """Decodes base64 on its way into a file."""

    def __init__(self, spools: Spools, file: BinaryIO) -> None:
        self._spools = spools
        self._file = file
        self._decoder = base64text.Decoder()

    def write(self, text: str) -> None:
        self._file.write(self._decoder.feed(text))

    def finish(self) -> str:
        self._decoder.finish()
        self._file.seek(0)
        return self._spools.keep(self._file)

    def abandon(self) -> None:
        self._file.close()
