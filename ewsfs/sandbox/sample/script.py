"""The script that most of the sample mail is written in, and the messages that come out of it.

A script is text, so that the mail in it reads like mail. A message begins with a line

    == 2025-03-04 09:12 ines > ada, bjarne; tomasz

that gives the time (UTC), the sender, the To and (after ';') the Cc recipients by their nicks in `people`. Lines
`Key: value` follow (a line that begins with two blanks continues the one before), then perhaps an empty line, then
the body up to the next message. The keys:

    Subject      absent in a reply: "Re: " and the subject that it answers
    Re           the Id of the message that it answers (also sets In-Reply-To and References)
    Id           a name for later Re keys
    Folder       where it lies, path below the top folder; default: the folder given for the script, and
                 Sent Items for what Ada sent
    Form         text (default), html (HTML alone), both (multipart/alternative)
    Charset      default utf-8          Encoding     default: what fits
    Attach       file name | line | line ...  (see files.make); may be repeated
    Inline       file name of a picture that the HTML shows; may be repeated
    Marks        words of: unread, high, low, flagged, done, private, confidential, draft
    Categories   separated by commas
    Header       a further header field, `Name: value`; may be repeated
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from . import compose, files
from .people import Person, person

SENT = "Sent Items"
INBOX = "Inbox"
_SINGLE = frozenset({"Subject", "Re", "Id", "Folder", "Form", "Charset", "Encoding", "Marks", "Categories"})
_REPEATED = frozenset({"Attach", "Inline", "Header"})
_HEAD = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) (\S+) > ([^;]*)(?:;(.*))?$")


@dataclass(slots=True)
class Mail:
    """A message and what Exchange knows of it besides its MIME.

    folder: path below the top folder, with '/'. received: UTC. marks: as in the script.
    """

    folder: str
    mime: bytes
    received: datetime
    marks: frozenset[str] = frozenset()
    categories: tuple[str, ...] = ()


@dataclass(slots=True)
class _Source:
    when: datetime
    sender: Person
    to: list[Person]
    cc: list[Person]
    body: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Sent:
    """What a reply needs to know of the message that it answers."""

    message_id: str
    references: list[str]
    subject: str


def mails(script: str, folder: str = INBOX) -> Iterator[Mail]:
    """The messages of a script, in its order. ValueError when a line of it can't be understood."""
    known: dict[str, _Sent] = {}
    for source in _parse(script):
        yield _mail(source, folder, known)


def _parse(script: str) -> Iterator[_Source]:
    for block in re.split(r"(?m)^== ", script)[1:]:
        head, _, rest = block.partition("\n")
        found = _HEAD.match(head.rstrip())
        if found is None:
            raise ValueError(f"not the first line of a message: {head!r}")
        when, sender, to, cc = found.groups()
        source = _Source(utc(when), person(sender), _people(to), _people(cc or ""))
        while ":" in rest.partition("\n")[0]:
            line, _, following = rest.partition("\n")
            key, _, value = line.partition(":")
            if key not in _SINGLE | _REPEATED:
                break
            while following.startswith("  "):
                more, _, following = following.partition("\n")
                value += f" {more.strip()}"
            rest = following
            if key in _REPEATED:
                source.lists.setdefault(key, []).append(value.strip())
            else:
                source.keys[key] = value.strip()
        source.body = rest.strip("\n") + "\n"
        yield source


def utc(text: str) -> datetime:
    """A time like 2025-03-04 09:12, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def _people(nicks: str) -> list[Person]:
    return [person(nick.strip()) for nick in nicks.split(",") if nick.strip()]


def _mail(source: _Source, folder: str, known: dict[str, _Sent]) -> Mail:
    keys = source.keys
    answered = known[keys["Re"]] if "Re" in keys else None
    subject = keys.get("Subject")
    if subject is None and answered is not None:
        subject = re.sub(r"^(Re: )*", "Re: ", answered.subject, count=1)
    domain = source.sender.address.rpartition("@")[2]
    own = compose.identifier(source.when, source.sender.address, subject, source.body, domain=domain)
    references = [*answered.references, answered.message_id] if answered else []
    if "Id" in keys:
        known[keys["Id"]] = _Sent(own, references, subject or "")
    by_ada = source.sender is person("ada")
    marks = frozenset(keys.get("Marks", "").split())
    received = source.when + timedelta(seconds=len(source.body) % 40 + 2)
    extra = [_pair(line) for line in source.lists.get("Header", ())]
    if marks & {"high", "low"}:
        level = "high" if "high" in marks else "low"
        extra += [("Importance", level), ("X-Priority", "1" if level == "high" else "5")]
    if marks & {"private", "confidential"}:
        extra.append(("Sensitivity", "Private" if "private" in marks else "Company-Confidential"))
    letter = compose.Letter(
        source.sender,
        source.to,
        subject,
        source.when,
        cc=source.cc,
        message_id=own,
        in_reply_to=answered.message_id if answered else "",
        references=references,
        charset=keys.get("Charset", "utf-8"),
        received=None if by_ada else received,
        extra=extra,
    )
    return Mail(
        keys.get("Folder", SENT if by_ada else folder),
        letter.compose(_body(source)),
        source.when if by_ada else received,
        marks,
        tuple(name.strip() for name in keys.get("Categories", "").split(",") if name.strip()),
    )


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()


def _body(source: _Source) -> compose.Part:
    charset, encoding = source.keys.get("Charset", "utf-8"), source.keys.get("Encoding", "")
    form = source.keys.get("Form", "text")
    pictures = []
    for name in source.lists.get("Inline", ()):
        kind, content = files.make(name, ())
        pictures.append(compose.attachment(name, content, kind, f"{name.partition('.')[0]}@picture.example.test"))
    shown = [name.partition(".")[0] for name in source.lists.get("Inline", ())]
    page = markup(source.body, shown, charset)
    if form == "text":
        body = compose.text(source.body, "plain", charset, encoding)
    elif form == "html":
        body = compose.text(page, "html", charset, encoding)
    else:
        body = compose.alternative(source.body, page, charset, encoding)
    if pictures:
        body = compose.multipart("related", [body, *pictures])
    parts = [body]
    for line in source.lists.get("Attach", ()):
        name, *lines = (piece.strip() for piece in line.split(" | "))
        kind, content = files.make(name, lines)
        parts.append(compose.attachment(name, content, kind))
    return compose.multipart("mixed", parts) if len(parts) > 1 else body


def markup(plain: str, pictures: Sequence[str] = (), charset: str = "utf-8") -> str:
    """A plain HTML page that says what the text says: paragraphs, `- ` lists, links, then the pictures."""
    blocks = []
    for block in plain.strip("\n").split("\n\n"):
        lines = html.escape(block, quote=False).split("\n")
        if all(line.startswith("- ") for line in lines):
            blocks.append("<ul>" + "".join(f"<li>{line[2:]}</li>" for line in lines) + "</ul>")
        elif len(lines) == 1 and lines[0].startswith("# "):
            blocks.append(f"<h2>{lines[0][2:]}</h2>")
        else:
            blocks.append("<p>" + "<br>\n".join(lines) + "</p>")
    body = re.sub(r"(https?://[^\s<]+[^\s<.,)])", r'<a href="\1">\1</a>', "\n".join(blocks))
    shown = "".join(f'\n<p><img src="cid:{name}@picture.example.test" alt="{name}"></p>' for name in pictures)
    return f'<html><head><meta charset="{charset}"></head>\n<body dir="auto">\n{body}{shown}\n</body></html>\n'
