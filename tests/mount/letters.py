"""Messages whose every byte the tests know, and their way to a server past the code under test."""

from __future__ import annotations

import email
import email.policy
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

from tests.mount.soap import Server

FOLDER = "Letters"
TOKEN = "xylophone-4711"  # in the text of exactly one letter
SUBJECTS = (
    "Quarterly report",
    "Quarterly report",
    "",
    "Either/or",
    "../../etc/passwd",
    ".hidden",
    "Grüße aus Köln",
    "見積書の件",
    "Привет",
    "\u05e9\u05dc\u05d5\u05dd",
    "party \U0001f389 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "long " * 80,
    "Ünïcödé " * 40,
    "Fwd: Re: AW: 100% \"quoted\" <angles> & 'more' | * ?",
    "con",
    "a\\b",
)


def generated(count: int, seed: int = 1) -> list[bytes]:
    """Messages as mail programs write them; deterministic."""
    dice = random.Random(seed)
    start = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
    return [_letter(dice, number, start + timedelta(hours=7 * number)) for number in range(count)]


def _letter(dice: random.Random, number: int, when: datetime) -> bytes:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Grace Hopper <grace@example.test>"
    message["To"] = "Ada Lovelace <ada@example.test>"
    message["Subject"] = SUBJECTS[number % len(SUBJECTS)]
    message["Date"] = when
    message["Message-ID"] = f"<letter-{number}-{dice.randrange(10**9)}@example.test>"
    words = [dice.choice(["tide", "gauge", "höhe", "港", "harbour", "ebb"]) for _ in range(dice.randrange(5, 400))]
    message.set_content(" ".join(words) + (f"\n{TOKEN}\n" if number == 7 else "\n"))
    if number % 3 == 1:
        message.add_alternative(f"<html><body><p>{' '.join(words)}</p></body></html>", subtype="html")
    if number % 4 == 2:
        data = dice.randbytes(dice.randrange(1, 30_000))
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=f"data {number}.bin")
    return message.as_bytes()


def nested(figures: bytes) -> bytes:
    """A message with a message attached, which has a message attached, which has a file."""
    innermost = _plain("Innermost invoice", 3)
    innermost.add_attachment(figures, maintype="application", subtype="octet-stream", filename="figures.bin")
    inner = _plain("Forwarded invoice", 2)
    inner.add_attachment(innermost)
    inner.add_attachment(figures[::-1], maintype="application", subtype="octet-stream", filename="backwards.bin")
    outer = _plain("Outer envelope", 1)
    outer.add_attachment(inner)
    return outer.as_bytes()


def _plain(subject: str, hour: int) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Charles Babbage <charles@example.test>"
    message["To"] = "Ada Lovelace <ada@example.test>"
    message["Subject"] = subject
    message["Date"] = datetime(2026, 3, 2, hour, 15, tzinfo=timezone.utc)
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@example.test>"
    message.set_content("See attached.\n")
    return message


def tiny(number: int) -> bytes:
    """The smallest thing that is still a message, for folders of thousands."""
    return (
        f"From: grace@example.test\r\nTo: ada@example.test\r\nSubject: Number {number}\r\n"
        f"Date: Mon, 02 Mar 2026 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0000\r\n"
        f"Message-ID: <{number}@example.test>\r\n\r\nThis is number {number}.\r\n"
    ).encode()


@dataclass(frozen=True)
class Letters:
    """What was given to a server: `plain` messages, and one with three levels whose file is `figures`."""

    plain: Sequence[bytes]
    figures: bytes
    outer: bytes

    @classmethod
    def give(cls, server: Server, count: int = 40) -> Letters:
        """Put letters into a new folder `FOLDER` of a mailbox."""
        figures = random.Random(7).randbytes(50_000)
        letters = cls(generated(count), figures, nested(figures))
        folder = server.make_folder(server.folder("msgfolderroot"), FOLDER)
        server.add_messages(folder, [*letters.plain, letters.outer])
        return letters
