"""MIME messages (RFC 5322, RFC 2045 to 2049, RFC 2183, RFC 2231) out of facts, the same bytes on every machine.

Used by the sample mailbox. The standard library's generators fold and encode differently between Python versions, so
the few lines that put a message together stand here; charsets, base64 and quoted-printable are the library's.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from .people import Person

CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class Part:
    """A MIME entity: its Content-* fields in order, and its body as it travels."""

    fields: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def raw(self) -> bytes:
        """Fields, an empty line, body."""
        return b"".join(f"{name}: {value}\r\n".encode() for name, value in self.fields) + CRLF + self.body


@lru_cache(maxsize=4096)
def encoded(text: str, charset: str = "utf-8", name: str = "Subject") -> str:
    """A header value: as it is when it is ASCII and short, else folded and in encoded words (RFC 2047)."""
    try:
        header = Header(text, "us-ascii" if text.isascii() else charset, maxlinelen=76, header_name=name)
    except UnicodeEncodeError:  # a name in one script, a message in the charset of another
        header = Header(text, "utf-8", maxlinelen=76, header_name=name)
    return header.encode(linesep="\r\n")


def mailbox(person: Person, charset: str = "utf-8") -> str:
    """`Name <address>` with the name quoted or encoded as it needs (RFC 5322 section 3.4)."""
    name = person.name
    if not name:
        return person.address
    if not name.isascii():
        name = encoded(name, charset, "To")
    elif any(mark in name for mark in '()<>[]:;@\\,."'):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{person.address}>"


def mailboxes(people: Iterable[Person], charset: str = "utf-8") -> str:
    """A folded list of mailboxes."""
    return ",\r\n ".join(mailbox(person, charset) for person in people)


def parameter(name: str, value: str) -> str:
    """`; name="value"`, or the extended form of RFC 2231 for what isn't ASCII."""
    if value.isascii():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{escaped}"'
    return f";\r\n {name}*=utf-8''{quote(value, safe='')}"


def text(content: str, subtype: str = "plain", charset: str = "utf-8", encoding: str = "") -> Part:
    """A text part. content: lines end with \\n. encoding: 7bit, 8bit, quoted-printable, base64, or "" for what fits."""
    raw = content.replace("\n", "\r\n").encode(charset)
    if not encoding:
        short = all(len(line) < 998 for line in raw.split(CRLF))
        encoding = "7bit" if short and max(raw, default=0) < 128 else "quoted-printable"
    if content.isascii() and charset == "utf-8":
        charset = "us-ascii"
    return Part(
        (("Content-Type", f"text/{subtype}; charset={charset}"), ("Content-Transfer-Encoding", encoding)),
        transfer(raw, encoding),
    )


def transfer(raw: bytes, encoding: str) -> bytes:
    """The bytes as that Content-Transfer-Encoding writes them."""
    if encoding == "base64":
        return base64.encodebytes(raw).replace(b"\n", CRLF)
    if encoding == "quoted-printable":
        lines = (quopri.encodestring(line) for line in raw.split(CRLF))
        return CRLF.join(line.replace(b"=\n", b"=\r\n") for line in lines)
    return raw


def attachment(name: str, content: bytes, content_type: str = "application/octet-stream", content_id: str = "") -> Part:
    """A file; with a Content-ID it is inline, for an HTML part that shows it as cid:ID (RFC 2392)."""
    fields = [
        ("Content-Type", content_type + (parameter("name", name) if name.isascii() else "")),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", ("inline" if content_id else "attachment") + parameter("filename", name)),
    ]
    if content_id:
        fields.append(("Content-ID", f"<{content_id}>"))
    return Part(tuple(fields), transfer(content, "base64"))


def attached_message(message: bytes, name: str = "") -> Part:
    """A message/rfc822 part: the message travels as it is (RFC 2046 section 5.2.1)."""
    disposition = "attachment" + (parameter("filename", name) if name else "")
    encoding = "7bit" if message.isascii() else "8bit"
    return Part(
        (
            ("Content-Type", "message/rfc822"),
            ("Content-Transfer-Encoding", encoding),
            ("Content-Disposition", disposition),
        ),
        message,
    )


def multipart(subtype: str, parts: Sequence[Part], parameters: str = "", boundary: str = "") -> Part:
    """Several parts in one; the boundary is made from what they hold when none is given."""
    raws = [part.raw for part in parts]
    boundary = boundary or f"=_{subtype[:3]}_{hashlib.sha256(b''.join(raws)).hexdigest()[:24]}"
    mark = b"--" + boundary.encode()
    body = b"".join(mark + CRLF + raw + CRLF for raw in raws) + mark + b"--" + CRLF
    return Part((("Content-Type", f'multipart/{subtype}; boundary="{boundary}"{parameters}'),), body)


def alternative(plain: str, html: str, charset: str = "utf-8", encoding: str = "") -> Part:
    """The same said twice, as text and as HTML."""
    return multipart("alternative", (text(plain, "plain", charset, encoding), text(html, "html", charset, encoding)))


def identifier(*facts: object, domain: str) -> str:
    """A Message-ID without its brackets, made from facts that no other message shares."""
    digest = hashlib.sha256("\0".join(map(str, facts)).encode()).hexdigest()
    return f"{digest[:8]}.{digest[8:20]}@{domain}"


@dataclass(slots=True)
class Letter:
    """What stands in the header of a message. when: UTC; the Date field shows it in the sender's zone."""

    sender: Person
    to: Sequence[Person]
    subject: str | None
    when: datetime
    cc: Sequence[Person] = ()
    bcc: Sequence[Person] = ()
    message_id: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    charset: str = "utf-8"
    received: datetime | None = None
    extra: list[tuple[str, str]] = field(default_factory=list)

    def compose(self, body: Part) -> bytes:
        """The whole message. A Received field is written when `received` is given (UTC)."""
        domain = self.sender.address.rpartition("@")[2]
        lines: list[tuple[str, str]] = []
        if self.received is not None:
            stamp = format_datetime(self.received)
            lines.append(("Received", f"from mx.{domain} by mail.example.test\r\n with ESMTPS; {stamp}"))
        lines.append(("From", mailbox(self.sender, self.charset)))
        for name, people in (("To", self.to), ("Cc", self.cc), ("Bcc", self.bcc)):
            if people:
                lines.append((name, mailboxes(people, self.charset)))
        if self.subject is not None:
            lines.append(("Subject", encoded(self.subject, self.charset)))
        lines.append(("Date", format_datetime(self.when.astimezone(ZoneInfo(self.sender.zone)))))
        message_id = self.message_id or identifier(self.when, self.subject, domain=domain)
        lines.append(("Message-ID", f"<{message_id}>"))
        if self.in_reply_to:
            lines.append(("In-Reply-To", f"<{self.in_reply_to}>"))
        if self.references:
            lines.append(("References", "\r\n ".join(f"<{reference}>" for reference in self.references)))
        lines += [*self.extra, ("MIME-Version", "1.0")]
        return b"".join(f"{name}: {value}\r\n".encode() for name, value in lines) + body.raw
