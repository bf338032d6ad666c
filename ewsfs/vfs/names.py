"""Names: how a subject, a display name or an attachment's name becomes a file name that every tool can carry.

Used by everything in `ewsfs.vfs` that shows or takes a name. Pure functions, no state: any thread.

Two kinds of name are kept apart. A name that we make (`sanitize`, `fit`, `disambiguate`) obeys all rules of the
design: no '/', no control character, no leading dot, NFC, short enough for its attachment folder beside it. A
name that a user gave (`is_usable`, `check_given`) is kept as it is as long as a file name and an XML document
can hold it.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import re
import unicodedata
from datetime import datetime

from ewsfs.vfs.errors import VfsError

NAME_MAX = 255  # bytes, what Linux file systems allow (limits.h)
ATTACHMENTS = ".attachments"
NO_SUBJECT = "(no subject)"

# The extensions of files that have an attachment folder beside them.
_ITEM_EXTENSIONS = {".eml", ".ics", ".vcf"}
_EXTENSION = re.compile(r"(?<=.)\.[0-9A-Za-z_+-]{1,16}\Z", re.DOTALL)

_REPLACEMENT = "_"
# A folded subject or one with tabs reads best on one line: U+0085, U+2028 and U+2029 break lines too.
_LINE_BREAKS = re.compile("[ ]*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029][ \t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]*")
# '/', C0, DEL, C1; embeddings, overrides and isolates of the bidirectional algorithm (UAX 9), which can make
# "gpj.exe" read as "exe.jpg"; the byte order mark; lone surrogates; what Unicode calls noncharacters.
_REFUSED = re.compile(
    "[/\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
_REFUSED_BY_WINDOWS = re.compile(r'[<>:"\\|?*]')
# "Naming Files, Paths, and Namespaces" (Win32): with any extension, and the superscript digits count too.
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])\s*(?:\.|\Z)", re.IGNORECASE)
_TRAILING = re.compile(r"[\s.]+\Z")
# What can't be in a file name, or in the named property that keeps it (XML 1.0, section 2.2: Char).
_NOT_GIVEN = re.compile("[/\x00-\x1f\x7f-\x9f\ufffe\uffff]")

_ZWJ = "\u200d"


def normal(name: str) -> str:
    """The name in Unicode's normal form C, the one that we show."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def key(name: str) -> str:
    """What two names have in common when they differ only in case or in Unicode form.

    For comparing, never for showing. Source: Unicode standard, D145 (canonical caseless matching).
    """
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFD", name)
    while True:
        # Folding U+0345 makes a letter of a mark, after which others may come to stand in another order.
        again = unicodedata.normalize("NFD", folded.casefold())
        if again == folded:
            return folded
        folded = again


def sanitize(text: str | None, *, portable: bool = False, empty: str = NO_SUBJECT) -> str:
    """A text from the server as (part of) a file name, of any length.

    Parameters: `text`, a subject, a display name, an attachment's name, with whatever is in it; `portable`,
    replace also what Windows file systems refuse; `empty`, what stands for a text with nothing to see in it.
    Returns a name that isn't empty, isn't '.' or '..', doesn't begin with a dot and doesn't end with a space.
    Sanitizing twice gives the same as once.
    """
    name = normal(text or "")
    name = _LINE_BREAKS.sub(" ", name)
    name = _REFUSED.sub(_REPLACEMENT, name)
    if portable:
        name = _REFUSED_BY_WINDOWS.sub(_REPLACEMENT, name)
    # What was replaced may have kept a letter and its accent apart.
    name = normal(name).strip()
    if portable:
        name = _TRAILING.sub("", name)
        if _DEVICES.match(name):
            name = _REPLACEMENT + name
    if not _is_visible(name):
        return empty
    if name.startswith("."):
        name = _REPLACEMENT + name[1:]
    return name


def mail_stem(when: datetime | None, subject: str | None, *, portable: bool = False) -> str:
    """`2026-03-02 0915 Quarterly report`: the name of a message or an event, without extension.

    Parameters: `when`, in the zone that the name shall show, None when there is no date; `subject`; `portable`
    as for `sanitize`.
    """
    if not subject or not _is_visible(subject):
        subject = NO_SUBJECT
    if when is None:
        return sanitize(subject, portable=portable)
    # strftime's %Y doesn't pad years before 1000 everywhere.
    date = f"{when.year:04}-{when.month:02}-{when.day:02} {when.hour:02}{when.minute:02}"
    return sanitize(f"{date} {subject.strip()}", portable=portable)


def split(name: str) -> tuple[str, str]:
    """Stem and extension, which begins with its dot: `("J. Smith.eml")` is `("J. Smith", ".eml")`.

    Only what looks like an extension is one: "About J. Smith and others" has none. The stem is never empty.
    """
    found = _EXTENSION.search(name)
    if found is None:
        return name, ""
    return name[: found.start()], found.group()


def fit(stem: str, ext: str, suffix: str = "", limit: int = NAME_MAX) -> str:
    """`stem + suffix + ext`, its stem cut between characters so that the whole is at most `limit` bytes of UTF-8.

    Parameters: `stem`, a sanitized name; `ext`, the extension with its dot, or ""; `suffix`, what stands between
    them; `limit`, bytes. The name of an item leaves room for its attachment folder, `stem + suffix +
    ".attachments"`, to fit as well.
    """
    tail = max(len(ext.encode()), len(ATTACHMENTS) if ext.lower() in _ITEM_EXTENSIONS else 0)
    room = limit - tail - len(suffix.encode())
    if len(stem.encode(errors="replace")) > room:
        stem = _TRAILING.sub("", _cut(stem, room))
    return f"{stem or _REPLACEMENT}{suffix}{ext}"


def short_hash(item_id: str) -> str:
    """Eight letters and digits that stand for an item id. Ids are case-sensitive, the hash is lower case."""
    digest = hashlib.sha256(item_id.encode(errors="surrogatepass")).digest()
    return base64.b32encode(digest[:5]).decode().lower()


def disambiguate(stem: str, ext: str, item_id: str) -> str:
    """The name of an item whose own name is taken: `stem ~hash.ext`, cut to fit."""
    return fit(stem, ext, f" ~{short_hash(item_id)}")


def attachments_dir(file_name: str) -> str:
    """The name of the folder beside an item's file: `a.eml` has `a.attachments`.

    A user may give a file a name so long that the folder's would be too long: then its stem is cut and marked.
    """
    stem, _ = split(file_name)
    folder = stem + ATTACHMENTS
    if len(folder.encode(errors="replace")) <= NAME_MAX:
        return folder
    return fit(stem, ATTACHMENTS, f" ~{short_hash(stem)}")


def is_usable(name: str) -> bool:
    """Whether a name that was given to a file, here or elsewhere, can be shown as it is."""
    return _refusal(name) is None


def check_given(name: str) -> None:
    """Refuse a name that couldn't be kept on the server and shown again as it was given.

    Raises: VfsError, ENAMETOOLONG above 255 bytes, EILSEQ for bytes that are not UTF-8, EINVAL for control
    characters and the like.
    """
    refusal = _refusal(name)
    if refusal is not None:
        number, why = refusal
        raise VfsError(number, f"{name!r} can't be the name of a file here: {why}")


def _refusal(name: str) -> tuple[int, str] | None:
    try:
        length = len(name.encode())
    except UnicodeEncodeError:  # a lone surrogate: how Python shows a byte that is not UTF-8
        return errno.EILSEQ, "it is not UTF-8"
    if length > NAME_MAX:
        return errno.ENAMETOOLONG, f"it is longer than {NAME_MAX} bytes"
    if name in ("", ".", ".."):
        return errno.EINVAL, "it stands for something else"
    if _NOT_GIVEN.search(name):
        return errno.EINVAL, "it holds a control character or '/'"
    return None


def _is_visible(text: str) -> bool:
    """Whether there is anything to see: not only spaces and formatting characters."""
    return any(unicodedata.category(c) not in ("Zs", "Zl", "Zp", "Cc", "Cf") for c in text)


def _cut(text: str, room: int) -> str:
    """The longest beginning of `text` within `room` bytes that ends between two characters, as a reader sees them."""
    used = end = 0
    for end, character in enumerate(text):  # noqa: B007 - the position is what we are after
        used += len(character.encode(errors="replace"))
        if used > room:
            break
    else:
        return text
    hard = end
    while end > 0 and not _is_boundary(text, end):
        end -= 1
    # One letter under two hundred accents: better a part of it than nothing.
    return text[: end or hard]


def _is_boundary(text: str, position: int) -> bool:
    """Whether a reader sees a new character begin at `position`.

    Source: UAX 29, grapheme cluster boundaries, as far as the standard library knows the properties.
    """
    before, after = text[position - 1], text[position]
    if before == _ZWJ or _extends(after):
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        halves = 0
        while halves < position and _is_flag_half(text[position - 1 - halves]):
            halves += 1
        return halves % 2 == 0
    return not (_is_jamo(before) and "\u1160" <= after <= "\u11ff")


def _extends(character: str) -> bool:
    """Marks (variation selectors too), joiners, skin tones, the tags of regional flags, two Thai and Lao vowels."""
    return (
        unicodedata.category(character).startswith("M")
        or character in "\u200c\u200d\u0e33\u0eb3"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_jamo(character: str) -> bool:
    """A Korean letter or syllable that the next letter may belong to."""
    return "\u1100" <= character <= "\u11ff" or "\uac00" <= character <= "\ud7a3"
