"""Sample mail: newsletters, which come every week or month and say something else each time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from . import compose, files
from .people import ADA, person
from .script import Mail, markup, utc

# Editions: a title, then the text.
TIDE_WEEKLY = """
# Why the night tide is higher
The moon stands north of the equator this month, so the two tides of a day are not twins.
Look at your table: the higher one comes at night until the equinox.

# A seiche in the bathtub
Push the water in a bathtub with your hand and let go. What you see is a seiche, and
harbours have them too, with periods of minutes. Gauges that average over ten minutes
never notice.

# Spring tides at the weekend
Full moon on Friday, so Sunday has the largest range of the month. Tie your boats with
more rope than you think, and look under the bridge before you go through it.

# Reader's question: what is mean sea level?
It is a decision. Somebody measures for nineteen years, takes the mean, and declares it to
be zero. Then the sea goes on rising and the zero stays where it was.

# The gauge in the lighthouse cellar
We visited the last float gauge of the coast. The keeper winds the clock on Mondays and
says that the paper drum is the only thing in the house that never lied to him.

# Storm surge: what the forecast leaves out
Wind pushes, low pressure lifts, and the shape of the bay decides. The models have become
good at the first two.

# Neap tides and lazy mornings
Half moon on Tuesday. The range is small, the currents are tired, and divers have a week
of slack water that deserves the name.

# Twelve harmonics make a year
Thirty-seven constituents are in the official table, but twelve of them give you a
prediction that is good to ten centimetres. We print the twelve.

# Ice on the gauge
A frozen stilling well shows a wonderfully calm sea. If yours shows no waves in January,
go and look before you believe in peace.

# The moon at its farthest
Apogee on Thursday, so the tides are a fifth smaller than in the last week of the month.
Good days for painting the hull below the waterline.

# How Brest got its long record
Two hundred years of levels, four wars, one zero. The secret was a brass bolt in the quay
wall that nobody was allowed to touch.

# Corrections
In number 208 we wrote that high water at Esbjerg was at 25:10. It was at 01:10 on the next
day, and our proofreader has been given a watch.
"""
PYTHON = """
# Dictionaries remember
Since 3.7 a dictionary keeps its order, and programs quietly rely on it. This month we
look at code that is slower because somebody sorted what was sorted already.

# Generators for people in a hurry
Read a file of ten gigabytes with a hundred megabytes of memory: a pipeline of four
generators, none of them longer than six lines.

# What an async function costs
Nothing until you await it, and then a little. We measured, and the answer depends on how
many of them wait at the same time.

# Time zones without tears
Store instants in UTC, show them in the zone of the reader, and never, ever, add
twenty-four hours when you mean tomorrow.

# pathlib everywhere
A reader asked whether os.path still has a place. It has: in the code of people who
learned it well and sleep at night. For everybody else there is pathlib.

# Typing that pays
Annotations found eleven bugs in our own tools last year. Nine were None where nobody
expected it, two were bytes in a string's clothing.

# Testing with properties
Instead of three examples, state what is always true, and let the machine look for the
fourth. It found an empty list within a second.

# SQLite as a file format
Before you invent a format, ask whether a database in one file would do. It comes with
transactions, an index and thirty years of patience.
"""
GARDEN = """
# Sow tomatoes now
On the window sill, two seeds a pot, and no more water than you would give a cactus. You
will be glad of them in August, and so will the neighbours in September.

# Slugs: a truce
Put a board between the lettuces in the evening, turn it over in the morning, carry away
what you find. It costs nothing and nobody has to be poisoned.

# Lavender after the bloom
Cut it back by a third, never into the old wood, and it will forgive you for another ten
years.

# What to do with forty courgettes
Soup, cake, fritters, and a doorbell to ring and run away from.

# Bulbs for people who forget
Plant crocuses now, forget them, and be surprised in February.

# Winter on the balcony
Wrap the pots and not the plants: roots freeze first. An old jumper will do.
"""


WEEKLY_FRAME = """\
Tide Tables Weekly, number {number}

# {title}

{text}

The high waters of the fortnight at our home gauge are in the picture below.

You get this because you asked for it: https://tidetables.example.org/unsubscribe.
"""
DIGEST_FRAME = """\
PYTHON IN PRACTICE - digest {number}

* {title}

{text}

* Jobs

The weather service is looking for somebody who can read Fortran.

--\x20
To leave the list, write to digest-leave@pythonpractice.example.org
"""


def _editions(script: str) -> list[tuple[str, str]]:
    """(title, text) of each edition."""
    blocks = (block.partition("\n") for block in script.strip().removeprefix("# ").split("\n\n# "))
    return [(title, text) for title, _, text in blocks]


def messages() -> Iterator[Mail]:
    """All editions: one list is HTML alone, one is text alone, one says everything twice and has a chart in it."""
    yield from _tide_weekly()
    yield from _python_digest()
    yield from _garden()


def _tide_weekly() -> Iterator[Mail]:
    for number, (title, text) in enumerate(_editions(TIDE_WEEKLY), 201):
        when = utc("2025-01-05 06:00") + timedelta(weeks=number - 201)
        plain = WEEKLY_FRAME.format(number=number, title=title, text=text)
        levels = [2 + (number * day * 7 + day * day) % 11 for day in range(1, 15)]
        picture = compose.attachment(
            "levels.png", files.chart(levels), "image/png", f"levels-{number}@tidetables.example.org"
        )
        page = markup(plain).replace(
            "</body>", f'<p><img src="cid:levels-{number}@tidetables.example.org" alt="levels"></p>\n</body>'
        )
        related = compose.multipart("related", [compose.text(page, "html"), picture])
        body = compose.multipart("alternative", [compose.text(plain), related])
        yield _mail("tideweekly", "Tide Tables", f"Tide Tables Weekly {number}: {title}", when, body, number > 210)


def _python_digest() -> Iterator[Mail]:
    for number, (title, text) in enumerate(_editions(PYTHON), 41):
        when = utc("2024-06-15 05:30") + timedelta(days=61 * (number - 41))
        plain = DIGEST_FRAME.format(number=number, title=title, text=text)
        yield _mail("python", "Python", f"[digest {number}] {title}", when, compose.text(plain), number > 46)


def _garden() -> Iterator[Mail]:
    for number, (title, text) in enumerate(_editions(GARDEN), 1):
        when = utc("2025-03-02 08:00") + timedelta(days=42 * (number - 1))
        page = markup(f"# {title}\n\nHello Ada,\n\n{text}\n\nYours,\nThe Balcony Gardener\n")
        yield _mail("garden", "Garden", f"🌱 {title}", when, compose.text(page, "html"), number in {3, 6})


def _mail(nick: str, folder: str, subject: str, when: datetime, body: compose.Part, unread: bool) -> Mail:
    sender = person(nick)
    domain = sender.address.rpartition("@")[2]
    received = when + timedelta(seconds=37)
    letter = compose.Letter(
        sender,
        [ADA],
        subject,
        when,
        received=received,
        extra=[
            ("List-Id", f"<{nick}.{domain}>"),
            ("List-Unsubscribe", f"<https://{domain}/unsubscribe>"),
            ("Precedence", "bulk"),
        ],
    )
    marks = frozenset({"unread"}) if unread else frozenset()
    return Mail(f"Newsletters/{folder}", letter.compose(body), received, marks)
