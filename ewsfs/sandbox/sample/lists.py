"""Sample mail that is made, not written: mailing lists, gauge reports and build logs, as many as wanted.

Every message comes from a seeded generator, so that number 4,711 of a list is the same message everywhere. They are
made fast (some 20 microseconds each for the text): 20,000 of them stand for a large mailbox.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from . import compose, files
from .people import ADA, CAST, Person, person
from .script import Mail, markup, utc

TOPICS = """
Radar gauge in heavy rain
Zero of the staff after dredging
Which antenna for the outer mole?
Clock drift over the winter
Seagulls, once more
Comparing two levels a mile apart
Battery at minus twenty
Filter for ferry waves
Who still has paper records?
Moving a benchmark without losing it
Ice in the stilling well
Salt on the connectors
Delivery over satellite
Sea level or land level?
Spikes at midnight
Calibration without a tank
A gauge in a lock chamber
Training for new colleagues
Data format for the national centre
Export of one-minute values
"""
OPENINGS = """
Has anybody seen this before?
I have read the manual, twice, and still do not understand it.
We had the same problem last spring, so let me tell you what we did.
Thank you for the quick answer.
A short report from the coast, since somebody asked.
I disagree, but only a little.
Here are the numbers that I promised.
This may be a stupid question.
"""
SENTENCES = """
The level jumps by four centimetres whenever a ferry berths, and comes back after six minutes.
We replaced the cable, then the plug, then the person who had fitted the plug.
In rain above twenty millimetres an hour the echo gets weaker, but it never disappears.
The old staff was read at eight, at noon and at four, and nobody worked on Sundays.
After the storm the zero was two centimetres too low, which turned out to be the pier and not the gauge.
Please compare with the neighbouring station before you correct anything.
The battery lasts nine days in winter and forever in summer.
Our divers found a bicycle in the stilling well, which explains the spring of 2019.
With a median of seven values the waves are gone and the tide is untouched.
The satellite needs eleven seconds for a message and costs less than the modem.
I would not trust a single value, but I trust the mean of sixty.
The benchmark is a brass bolt in the church wall, and the church does not move.
Our national centre wants metres, the harbour wants feet, and the fishermen want to know when.
In the table the summer time appears as a step of one hour, so somebody stored local time.
The ice lifted the float, froze, and kept the level of the third of January until March.
We paint the radar horn with the same wax that one uses for skis.
Two gauges on the same pier differ by eight millimetres, and both makers are sure.
The record goes back to 1889, with a gap of four days when the keeper married.
A cheap pressure sensor drifts by a centimetre a year, a good one by a millimetre.
The predicted high water was ten minutes early, as it is with every westerly wind.
"""
CLOSINGS = """
Any idea is welcome.
Regards from a windy pier
I will report when the tide has turned.
Thanks in advance
See you at the workshop in autumn
Back to the boat now.
"""


class Stream(NamedTuple):
    """A folder of made messages. kind: list, report or log. step: minutes between two of them, on average."""

    folder: str
    kind: str
    amount: int
    start: str
    step: int
    seed: int


# Always the same: parsers compile a pattern for each boundary that they meet, which takes longer than to parse.
INNER, OUTER = "=_inner_4f1b", "=_outer_4f1b"
SMALL = (Stream("Mailing lists/Gauge users", "list", 34, "2025-09-01 05:00", 2880, 11),)
LARGE = (
    Stream("Mailing lists/Port operations", "list", 10_000, "2024-01-01 04:00", 100, 21),
    Stream("Mailing lists/Gauge users/Before 2025", "list", 4_000, "2024-01-02 04:00", 120, 22),
    Stream("Archive/Gauge reports", "report", 4_000, "2024-01-01 00:05", 240, 23),
    Stream("Archive/Build logs", "log", 2_000, "2024-03-01 12:00", 400, 24),
)

_WRITERS = [who for nick, who in CAST.items() if nick not in {"ada", "team", "everyone", "alerts", "build", "daemon"}]
_STATIONS = ("outer-mole-1", "outer-mole-2", "outer-mole-3", "berth-1", "berth-2", "berth-4", "delta-7", "hofn-1")


def messages(streams: tuple[Stream, ...]) -> Iterator[Mail]:
    """The messages of several folders, oldest first within each."""
    makers: dict[str, type[_Maker]] = {"list": _Post, "report": _Report, "log": _Log}
    for stream in streams:
        maker = makers[stream.kind](stream)
        when = utc(stream.start)
        for number in range(stream.amount):
            yield maker.make(number, when)
            when += timedelta(seconds=stream.step * 30 + maker.random.randrange(stream.step * 60))


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


class _Maker:
    """Makes the messages of one stream, in order."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.random = random.Random(stream.seed)  # noqa: S311 - a mailbox, not a secret

    def make(self, number: int, when: datetime) -> Mail:
        """The next message. when: UTC."""
        raise NotImplementedError


class _Post(_Maker):
    """The messages of a mailing list: new topics and answers to the last ones."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._name = stream.folder.split("/")[1].lower().replace(" ", "-")
        self._list = Person("", f"{self._name}@lists.example.org")
        self._threads: list[tuple[str, str, list[str]]] = []
        self._topics, self._openings = _lines(TOPICS), _lines(OPENINGS)
        self._sentences, self._closings = _lines(SENTENCES), _lines(CLOSINGS)

    def make(self, number: int, when: datetime) -> Mail:
        chance = self.random
        writer = chance.choice(_WRITERS)
        domain = writer.address.rpartition("@")[2]
        own = f"{self.stream.seed}.{number}.{int(when.timestamp())}@{domain}"
        references: list[str] = []
        if self._threads and chance.random() < 0.7:
            subject, parent, references = chance.choice(self._threads)
            quoted = chance.choice(self._sentences)
            subject, references = f"Re: {subject.removeprefix('Re: ')}", [*references, parent][-8:]
            lead = f"On the list somebody wrote:\n> {quoted}\n\n"
        else:
            subject = f"[{self._name}] {chance.choice(self._topics)} ({number})"
            parent, lead = "", f"Dear list,\n\n{chance.choice(self._openings)}\n\n"
        self._threads = [*self._threads[-11:], (subject, own, references)]
        plain = lead + self._prose() + f"\n{chance.choice(self._closings)}\n{writer.given}\n"
        body = compose.text(plain)
        if number % 4 == 0:
            body = compose.multipart("alternative", [body, compose.text(markup(plain), "html")], "", INNER)
        parts = self._files(number)
        if parts:
            body = compose.multipart("mixed", [body, *parts], "", OUTER)
        received = when + timedelta(seconds=9)
        letter = compose.Letter(
            writer, [self._list], subject, when, message_id=own, in_reply_to=parent, references=references,
            received=received, extra=[("List-Id", f"<{self._name}.lists.example.org>"), ("Precedence", "list")],
        )  # fmt: skip
        unread = frozenset({"unread"}) if chance.random() < 0.1 else frozenset[str]()
        return Mail(self.stream.folder, letter.compose(body), received, unread)

    def _prose(self) -> str:
        """Two to seven paragraphs."""
        chance = self.random
        return "".join(
            "\n".join(chance.choices(self._sentences, k=chance.randrange(3, 7))) + "\n\n"
            for _ in range(chance.randrange(2, 8))
        )

    def _files(self, number: int) -> list[compose.Part]:
        if number % 20 == 7:
            values = [self.random.randrange(5, 90) for _ in range(24)]
            return [compose.attachment(f"levels-{number}.png", files.chart(values, height=16), "image/png")]
        if number % 50 == 9:
            lines = [f"{hour:02}:00;{self.random.randrange(20, 240) / 100}" for hour in range(24)]
            kind, content = files.make("levels.csv", lines)
            return [compose.attachment(f"levels-{number}.csv", content, kind)]
        return []


class _Report(_Maker):
    """The reports of gauges: short tables."""

    def make(self, number: int, when: datetime) -> Mail:
        station = _STATIONS[number % len(_STATIONS)]
        rows = "".join(
            f"{when - timedelta(minutes=5 * row):%Y-%m-%d %H:%M}  {self.random.gauss(1.4, 0.5):7.3f} m\n"
            for row in range(24, 0, -1)
        )
        plain = f"station: {station}\nvalues:  24\n\ntime (UTC)          level\n{rows}"
        subject = f"[gauge-monitor] {station}: report of {when:%Y-%m-%d %H:%M}"
        letter = compose.Letter(
            person("alerts"), [person("team")], subject, when, cc=[ADA], received=when,
            message_id=f"{number}.{int(when.timestamp())}@monitor.example.test", extra=[("X-Gauge", station)],
        )  # fmt: skip
        return Mail(self.stream.folder, letter.compose(compose.text(plain)), when)


class _Log(_Maker):
    """The mail of the build server: a verdict, and the log as an attachment."""

    def make(self, number: int, when: datetime) -> Mail:
        failed = self.random.random() < 0.2
        commit = f"{self.random.getrandbits(28):07x}"
        log = "".join(f"[{step:3}/96] cc -Wall -Werror -c module{step:02}.c\r\n" for step in range(1, 97))
        log += "module96.c:17: error: unused level\r\n" if failed else "214 of 214 tests passed\r\n"
        plain = f"{'FAILED' if failed else 'PASSED'} in {self.random.randrange(40, 90)} s\ncommit {commit}\n"
        letter = compose.Letter(
            person("build"), [ADA, person("tomasz")],
            f"Build {number + 100} {'failed' if failed else 'passed'}: logger-firmware", when, received=when,
            message_id=f"build-{number}-{commit}@build.example.test",
        )  # fmt: skip
        parts = [compose.text(plain), compose.attachment(f"build-{number + 100}.log", log.encode(), "text/plain")]
        unread = frozenset({"unread"}) if failed else frozenset[str]()
        return Mail(self.stream.folder, letter.compose(compose.multipart("mixed", parts, "", OUTER)), when, unread)
