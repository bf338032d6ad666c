"""What an attachment is called here, and what is learnt of it from its bytes: pure functions, used by `attachments`."""

from __future__ import annotations

import itertools
import mimetypes
from collections.abc import Sequence
from typing import NamedTuple

from ewsfs.formats import eml
from ewsfs.formats.source import Source
from ewsfs.vfs import names
from ewsfs.vfs.model import Attachment

# How the Content-ID of an attachment begins that was a file here: its name is then the one that a user gave.
MARK = "ewsfs-"


class Found(NamedTuple):
    """An attachment as it was learnt, before it has its name here; `given`, a user gave the one that it has."""

    attachment: Attachment
    given: bool


def plain_name(found: Found) -> str:
    """The name of an attachment if there were no other: as a user gave it, else made fit to be a name."""
    own = found.attachment.name
    if found.given and names.is_usable(own):
        return own
    stem, extension = names.split(names.sanitize(own, empty="attachment"))
    return names.fit(stem, extension)


def is_name_of(known: str, own: str) -> bool:
    """Whether an attachment that was shown as `known` can be the one with that name of its own."""
    stem, extension = names.split(own)
    return known == own or (known.startswith(f"{stem[:100]}") and " ~" in known and known.endswith(extension))


def name_keys(name: str, *, is_message: bool) -> set[str]:
    """What no other name in the folder may have in common with this one, and with a message's attachment folder.

    `figures.xlsx` and `figures.pdf` stand side by side; of two messages that would share a folder, one gives way.
    """
    return {names.key(name), names.key(names.attachments_dir(name))} if is_message else {names.key(name)}


def from_parts(parts: Sequence[eml.Part], *, measured: bool = True) -> list[Found]:
    """What is attached to a message, from its MIME. What has no name is called as Exchange calls it.

    Parameters: `measured`, with the sizes of files, for which their contents are gone through.
    """
    made = []
    nameless = itertools.count(1)
    for number, part in enumerate(parts):
        name = part.name
        if not name and not part.is_message:
            name = f"ATT{next(nameless):05}{mimetypes.guess_extension(part.content_type) or '.bin'}"
        if part.is_message:
            made.append(Found(attached_item(Attachment(name, 0, True, False, False, number, None), part.look()), False))
        else:
            size = part.size if measured else 0
            given = (part.content_id or "").startswith(MARK)
            made.append(Found(Attachment(name, size, measured, False, False, number, None), given))
    return made


_HEAD = 1000  # bytes
# How an item begins that a server gives as something else than MIME.
_EXTENSIONS = ((b"BEGIN:VCALENDAR", ".ics"), (b"BEGIN:VCARD", ".vcf"))


def attached_item(attachment: Attachment, content: Source) -> Attachment:
    """An attached item, now that its bytes are known.

    A message is called by its subject: that is what Exchange knows it by, whatever file name its sender gave, and
    both ways to learn of an attachment must lead to one name.
    """
    head = content[:_HEAD].lstrip().upper()
    for beginning, extension in _EXTENSIONS:
        if head.startswith(beginning):
            name = f"{attachment.name.removesuffix(extension)}{extension}"
            return attachment._replace(name=name, size=len(content), exact=True)
    title = eml.subject(content) or attachment.name.removesuffix(".eml") or names.NO_SUBJECT
    return attachment._replace(
        name=f"{title}.eml",
        size=len(content),
        exact=True,
        is_message=True,
        has_attachments=bool(eml.attachments(content)),
    )
