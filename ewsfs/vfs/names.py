"""File names: made from subjects and dates, cleaned, fitted into what a directory entry holds, told apart.

Pure functions (DESIGN.md 5). A *stem* is a name without its extension. Everything made here is NFC; names that
users give are kept as they are and only compared in that form.
"""

from __future__ import annotations

import errno
import hashlib
import re
import unicodedata
from datetime import datetime

from ewsfs.vfs.errors import VfsError

LIMIT = 255  # bytes of UTF-8 in a directory entry (NAME_MAX, limits.h)
ATTACHMENTS = ".attachments"
NO_SUBJECT = "(no subject)"

_HASH_DIGITS = 8
# Room for " ~" and the hash, and for the attachment folder's longer ending in place of the extension.
_MARK = 2 + _HASH_DIGITS
_MAX_EXTENSION = 32

# Controls (C0, DEL, C1), line and paragraph separators, and what turns the direction of the text around it.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_WINDOWS = re.compile(r'[<>:"\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def normal(name: str) -> str:
    """The name in NFC."""
    return unicodedata.normalize("NFC", name)


def key(name: str) -> str:
    """What names are compared by: two names with the same key can't stand in one directory."""
    return normal(normal(name).casefold())


def sanitize(text: str | None, *, portable: bool = False, empty: str = NO_SUBJECT) -> str:
    """A text as a file name without extension: never empty, never hidden, no separator or control in it.

    Parameters: `text`, a subject, a display name, an attachment's name; `portable`, replace what Windows file
    systems refuse too; `empty`, what stands for nothing.
    """
    name = normal(text or "")
    name = _SPACES.sub(" ", name)
    name = _CONTROL.sub("_", name.strip()).replace("/", "_")
    if portable:
        name = _WINDOWS.sub("_", name).rstrip(". ")
        if _RESERVED.match(name):
            name = f"_{name}"
    name = name.strip()
    if name.startswith("."):
        name = f"_{name[1:]}"
    return name or empty


def mail_stem(when: datetime | None, subject: str | None, *, portable: bool = False) -> str:
    """The stem for what has a date: `2026-03-02 0915 Quarterly report`; without the date when there is none."""
    title = sanitize(subject, portable=portable)
    # strftime pads no year below 1000, and a name should sort as its date does.
    return title if when is None else f"{when.year:04d}-{when:%m-%d %H%M} {title}"


def split(name: str) -> tuple[str, str]:
    """Stem and extension; a name without an extension, or that only begins with a dot, has an empty one."""
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or len(extension.encode()) >= _MAX_EXTENSION or " " in extension:
        return name, ""
    return stem, f".{extension}"


def fit(stem: str, extension: str, suffix: str = "") -> str:
    """The whole name, cut in its stem so that it and the attachment folder beside it fit, mark included."""
    room = LIMIT - _MARK - max(len(extension.encode()), len(ATTACHMENTS))
    return f"{_cut(stem, room)}{suffix}{extension}"


def short_hash(item_id: str) -> str:
    """Eight hexadecimal digits that stand for an item id."""
    return hashlib.sha256(item_id.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]


def disambiguate(stem: str, extension: str, item_id: str) -> str:
    """The name of an item whose plain name is taken: `Report ~3f2a9c01.eml`."""
    return fit(stem, extension, f" ~{short_hash(item_id)}")


def attachments_dir(name: str) -> str:
    """The name of the attachment folder beside the file `name`."""
    stem, _ = split(name)
    return f"{_cut(stem, LIMIT - len(ATTACHMENTS))}{ATTACHMENTS}"


def is_usable(name: str) -> bool:
    """Whether a name that somebody gave, here or elsewhere, can stand in a directory as it is."""
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return False
    return 0 < len(encoded) <= LIMIT and name not in (".", "..") and not re.search("[/\x00-\x1f\x7f]", name)


def check_given(name: str) -> None:
    """Refuse a name that the server can't keep.

    Raises: VfsError, ENAMETOOLONG, EILSEQ for bytes that are not UTF-8, EINVAL for control characters.
    """
    try:
        length = len(name.encode())
    except UnicodeEncodeError as error:
        raise VfsError(errno.EILSEQ, f"{name!a} is not UTF-8") from error
    if length > LIMIT:
        raise VfsError(errno.ENAMETOOLONG, f"{name} has {length} bytes, {LIMIT} fit")
    if not is_usable(name):
        raise VfsError(errno.EINVAL, f"{name!a} holds what a name on the server can't hold")


def _cut(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, cut between characters as people see them."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return text
    end = len(encoded[:limit].decode("utf-8", "ignore"))
    while end and _joins(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip() or text[: len(encoded[:limit].decode("utf-8", "ignore"))]


def _joins(before: str, after: str) -> bool:
    """Whether no cut may fall between two code points (a short form of UAX #29, section 3.1.1)."""
    if unicodedata.combining(after) or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return True
    regional = "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"
    return after in "\u200d\ufe0e\ufe0f" or before == "\u200d" or "\U0001f3fb" <= after <= "\U0001f3ff" or regional
