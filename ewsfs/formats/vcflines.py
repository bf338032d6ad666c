"""The lines of one vCard of any version, as tolerantly as address books write them.

Used by `vcfread`. vobject splits lines and parameters and undoes quoted-printable; this module survives
the lines that it can't read, and takes values apart without losing commas that nobody escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from urllib.parse import unquote_to_bytes

from vobject import base as vbase
from vobject.icalendar import stringToTextValues

from ewsfs.formats.errors import FormatError
from ewsfs.formats.headers import base64_bytes, eight_bit
from ewsfs.formats.plaintext import clean

# What vobject raises for lines it can't read: its own errors, and slips of its decoding of 2.1.
_LINE_ERRORS = (vbase.VObjectError, ValueError, LookupError, TypeError, AttributeError, AssertionError)
_APPLE_LABEL = re.compile(r"^_\$!<(.*)>!\$_$")


@dataclass(slots=True)
class Line:
    """One property: its value still escaped, its TYPE values in lower case, its other parameters."""

    name: str
    group: str
    value: str
    types: list[str]
    parameters: dict[str, list[str]]

    @property
    def text(self) -> str:
        """The value as text; commas that aren't escaped are text too."""
        return unescape(self.value)

    def components(self, count: int) -> list[str]:
        """The parts of a structured value (N, ADR, ORG), made up to `count` with empty ones."""
        parts = [unescape(part).strip() for part in _split(self.value, ";")]
        return parts + [""] * (count - len(parts))

    def values(self) -> list[str]:
        """The parts of a list value (CATEGORIES, NICKNAME), without empty ones."""
        return [part for part in (unescape(each).strip() for each in _split(self.value, ",")) if part]

    def data(self) -> bytes | None:
        """The bytes of a binary value: base64, or a data: URI (RFC 6350 6.2.4); None for a link."""
        encodings = {each.lower() for each in self.parameters.get("ENCODING", [])}
        if encodings & {"b", "base64"}:
            return base64_bytes(self.value.encode("ascii", "ignore")) or None
        if not self.value.lower().startswith("data:"):
            return None
        head, _, content = self.value.partition(",")
        if head.lower().endswith(";base64"):
            return base64_bytes(content.encode("ascii", "ignore")) or None
        return unquote_to_bytes(content) or None


@dataclass(slots=True)
class Card:
    """One vCard: its lines in order, and those that couldn't be read."""

    lines: list[Line] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Line]:
        """The lines with one of these names that have a value, in order."""
        return (line for line in self.lines if line.name in names and line.value.strip())

    def first(self, *names: str) -> Line | None:
        """The first line of the first of these names that is there."""
        return next((line for name in names for line in self.all(name)), None)

    def text(self, *names: str) -> str | None:
        """The text of `first`."""
        line = self.first(*names)
        return line.text.strip() if line is not None else None


def read(data: bytes) -> Card:
    """The only vCard in `data`. Raises: FormatError when there is none, or more than one."""
    text = clean(eight_bit(data.removeprefix(b"\xef\xbb\xbf")))
    if not text.strip():
        raise FormatError("the file is empty, so it is no vCard")
    card: Card | None = None
    depth = 0
    for logical in _logical_lines(text):
        try:
            line = _line(vbase.textLineToContentLine(logical))
        except _LINE_ERRORS:
            if card is not None and depth:
                card.unreadable.append(logical[:80])
            continue
        if line.name == "BEGIN" and line.value.strip().upper() == "VCARD":
            if depth == 0 and card is not None:
                raise FormatError("the file holds more than one vCard; one file is one contact")
            depth += 1
            card = card or Card()
        elif line.name == "END" and line.value.strip().upper() == "VCARD":
            depth = max(0, depth - 1)
        elif card is not None and depth == 1:
            # Deeper ones are cards inside of the card (vCard 2.1 AGENT).
            card.lines.append(line)
    if card is None:
        raise FormatError("the file does not begin with BEGIN:VCARD, so it is no vCard")
    if depth:
        raise FormatError("the file ends before END:VCARD: a part of it is missing")
    _read_apple_labels(card.lines)
    return card


def unescape(value: str) -> str:
    """A text value without its backslashes (RFC 6350 3.4)."""
    text: str = stringToTextValues(_whole(value), listSeparator="")[0]
    # iPhones escape colons, too.
    return text.replace("\\:", ":")


def _split(value: str, separator: str) -> list[str]:
    """`value` at each separator that isn't escaped; the parts stay escaped."""
    parts: list[str] = stringToTextValues(_whole(value), listSeparator=separator, charList="")
    return parts


def _whole(value: str) -> str:
    """`value` without a backslash at its end that escapes nothing, which vobject would misread."""
    return value[:-1] if (len(value) - len(value.rstrip("\\"))) % 2 else value


def _logical_lines(text: str) -> Iterator[str]:
    # Soft breaks of quoted-printable need the slower reader, which is quadratic for long photos.
    has_qp = "quoted-printable" in text.lower()
    for line, _ in vbase.getLogicalLines(StringIO(text), allowQP=has_qp):
        yield line


def _line(found: vbase.ContentLine) -> Line:
    types = [value for each in found.params.get("TYPE", []) for value in each.split(",")]
    # vCard 2.1 leaves out the parameter's name.
    types += [each[0] if isinstance(each, list) else each for each in found.singletonparams]
    parameters = {key: list(values) for key, values in found.params.items() if key != "TYPE"}
    if any(each.upper() == "BASE64" for each in types):
        parameters.setdefault("ENCODING", []).append("BASE64")
    if parameters.get("PREF"):
        types.append("pref")
    known = [each.strip().lower() for each in types]
    return Line(found.name.upper(), (found.group or "").lower(), clean(found.value), known, parameters)


def _read_apple_labels(lines: Iterable[Line]) -> None:
    """Add Apple's labels, which stand in lines of their own, to the types of the lines that they are for."""
    labels = {line.group: line.text for line in lines if line.name == "X-ABLABEL" and line.group}
    for line in lines:
        label = labels.get(line.group)
        if label and line.name != "X-ABLABEL":
            found = _APPLE_LABEL.match(label)
            name = (found.group(1) if found else label).strip().lower()
            line.types.append({"assistantphone": "x-assistant", "workfax": "fax"}.get(name, name))
