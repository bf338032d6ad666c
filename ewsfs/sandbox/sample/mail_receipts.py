"""Sample mail: receipts, tickets, invoices and reminders, as shops send them, most with a PDF."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from . import compose, files
from .people import ADA, person
from .script import Mail, markup, utc


class Receipt(NamedTuple):
    """What was bought. when: UTC. amount: as the shop writes it."""

    when: str
    shop: str
    folder: str
    number: str
    what: str
    amount: str


# when | shop | folder | number | what | amount
RECEIPTS = """
2024-03-11 09:14 | rail | Travel | NR-55120 | Copenhagen to Hamburg, 14 March, seat 61 | 349.00 DKK
2024-03-15 18:40 | hotel | Travel | 24-0311 | Eine Nacht, Einzelzimmer mit Frühstück | 98,00 EUR
2024-05-02 07:30 | power | Home | F-240417 | Electricity, April 2024, 148 kWh | 412.60 DKK
2024-06-19 12:01 | books | Home | LB-8812 | The Tides of the North Sea, second hand | 18.50 GBP
2024-08-01 07:30 | power | Home | F-240717 | Electricity, July 2024, 96 kWh | 274.10 DKK
2024-09-20 16:22 | bike | Home | W-1107 | New chain, brake pads front and rear | 640.00 DKK
2024-11-04 10:05 | air | Travel | QK7RTZ | Copenhagen to Lisbon and back, 18 to 22 November | 1,880.00 DKK
2024-12-20 15:48 | bakery | Home | 771 | Two Christmas loaves, one of them with marzipan | 136.00 DKK
2025-01-15 06:58 | rail | Travel | NR-60233 | Copenhagen to Hamburg, 5 February, seat 44 | 369.00 DKK
2025-02-01 07:30 | power | Home | F-250117 | Electricity, January 2025, 201 kWh | 588.35 DKK
2025-02-06 09:12 | hotel | Travel | 25-0182 | Zwei Nächte, Zimmer zum Hafen | 216,00 EUR
2025-03-04 11:11 | parts | Work | EPD-90417 | 40 waterproof connectors, 2 reels of cable | 1.204,80 EUR
2025-03-28 13:37 | books | Home | LB-9120 | Barometers and How to Mend Them | 24.00 GBP
2025-04-17 08:20 | bakery | Home | 1204 | One rhubarb cake, one almond cake | 198.00 DKK
2025-05-02 07:30 | power | Home | F-250417 | Electricity, April 2025, 139 kWh | 401.15 DKK
2025-05-22 14:00 | parts | Work | EPD-91002 | 6 cabinets IP67, 12 cable glands | 2.118,00 EUR
2025-06-03 19:45 | rail | Travel | NR-64110 | Copenhagen to Oslo, 6 June, night train | 799.00 DKK
2025-07-09 10:10 | air | Travel | PL4MNA | Copenhagen to Reykjavik, 12 August | 2,240.00 DKK
2025-08-01 07:30 | power | Home | F-250717 | Electricity, July 2025, 88 kWh | 251.70 DKK
2025-09-08 07:05 | hotel | Travel | 25-0944 | Vier Nächte, Zimmer zum Hafen | 432,00 EUR
2025-10-02 17:30 | bike | Home | W-1288 | Winter tyres, lights, a bell that rings | 910.00 DKK
2025-11-28 12:15 | books | Home | LB-9977 | Three novels and a jigsaw of a lighthouse | 41.20 GBP
2026-01-08 09:00 | rail | Travel | NR-70001 | Copenhagen to Hamburg, 20 January, seat 12 | 389.00 DKK
2026-02-02 07:30 | power | Home | F-260117 | Electricity, January 2026, 187 kWh | 561.00 DKK
"""

# shop: subject, then what it says
WORDS = """
rail: Your ticket {number}
Thank you for travelling with us. Your ticket is attached, please show it with an identity
card.

hotel: Ihre Rechnung {number}
vielen Dank für Ihren Aufenthalt am Kai. Ihre Rechnung finden Sie im Anhang.
Wir freuen uns auf Ihren nächsten Besuch.

power: Your bill {number} is ready
Your bill is attached. The amount is drawn from your account on the 15th.

books: Order {number} is on its way
Your parcel left us this morning. It is wrapped in last week's newspaper, as always.

bike: Bicycle ready for collection, job {number}
Your bicycle is ready. We are open until six, and the dog does not bite.

air: Booking {number} confirmed
Your booking is confirmed. One piece of hand luggage, and please no tide gauges in it this
time.

bakery: Order {number}
Your order is ready on the day you wished. Thank you for baking with us, so to speak.

parts: Rechnung / invoice {number}
Anbei Ihre Rechnung. Please find attached our invoice, payable within 30 days.
"""

LOANS = (
    ("2025-02-10 04:00", "Two books are due on 17 February"),
    ("2025-02-18 04:00", "Two books are overdue"),
    ("2025-02-25 04:00", "Two books are overdue (second reminder)"),
    ("2025-09-30 04:00", "The book that you reserved has arrived"),
)


def messages() -> Iterator[Mail]:
    """Receipts with their PDF, and what the library has to say."""
    words = {}
    for block in WORDS.strip().split("\n\n"):
        head, _, text = block.partition("\n")
        shop, _, subject = head.partition(": ")
        words[shop] = subject, text
    for line in RECEIPTS.strip().splitlines():
        receipt = Receipt(*line.split(" | "))
        yield _receipt(receipt, *words[receipt.shop])
    for when, subject in LOANS:
        text = (
            f"Dear Ada Winther,\n\n{subject.lower()}. You can renew loans at https://library.example.org/loans, or by "
            "bringing them back.\n\nCity Library\nThis message was written by a machine.\n"
        )
        yield _mail("library", "Home", subject, utc(when), compose.text(text))


def _receipt(receipt: Receipt, title: str, words: str) -> Mail:
    subject = title.format(number=receipt.number)
    shop = person(receipt.shop)
    greeting = "Sehr geehrte Frau Winther" if receipt.shop == "hotel" else "Dear Ms Winther"
    plain = (
        f"{greeting},\n\n{words}\n\n- {receipt.number}\n- {receipt.what}\n- Total: {receipt.amount}\n\n{shop.name}\n"
    )
    paper = files.pdf(f"{shop.name}, {receipt.number}", [receipt.when[:10], receipt.what, f"Total: {receipt.amount}"])
    parts = [
        compose.alternative(plain, markup(plain)),
        compose.attachment(f"{receipt.number}.pdf", paper, "application/pdf"),
    ]
    return _mail(receipt.shop, receipt.folder, subject, utc(receipt.when), compose.multipart("mixed", parts))


def _mail(nick: str, folder: str, subject: str, when: datetime, body: compose.Part) -> Mail:
    received = when + timedelta(seconds=11)
    letter = compose.Letter(
        person(nick), [ADA], subject, when, received=received, extra=[("Auto-Submitted", "auto-generated")]
    )
    recent = when.year == 2026
    return Mail(
        f"Receipts/{when.year}/{folder}",
        letter.compose(body),
        received,
        frozenset({"unread"} if recent else ()),
        ("Tax",) if folder == "Work" else (),
    )
