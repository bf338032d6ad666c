"""Sample calendar: two years of appointments, meetings and recurring meetings of every pattern."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from .elements import HOME_ZONE, Change, Entry, attached, body, categories, element, item, mailbox
from .people import ADA, person
from .script import utc

# start (in the zone) | minutes, or Nd for N whole days | subject | location | who | more
# who: nicks; behind a nick + has accepted, ? perhaps, - declined; (nick) is optional; @nick is the organizer.
# more: cat:..., zone:..., free, oof, tentative, private, note:..., file:..., remind:minutes
DIARY = """
2024-09-05 10:00 | 60 | Harbour North: first call | Telephone | jonas+ | cat:Harbour North
2024-09-12 09:30 | 45 | Tide Atlas: who writes what | Kitchen | odile+ (mette) | cat:Tide Atlas
2024-09-20 16:00 | 30 | Bicycle to the workshop | Two Wheels | | free
2024-10-03 1d | 1d | Company outing to the lighthouse | Lighthouse | | cat:Fun
2024-10-11 13:00 | 90 | Dentist | Dr. Bang | | private; remind:120
2024-10-14 5d | 5d | Autumn holiday | | | oof; cat:Holiday
2024-11-18 08:35 | 205 | Flight to Lisbon | Terminal 3 | | oof; note:Booking QK7RTZ, seat 14C
2024-11-19 10:00 | 240 | Supplier visit: connectors | Lisbon | ines+ | zone:GMT Standard Time; cat:Purchasing
2024-11-22 18:10 | 200 | Flight home | Lisbon | | zone:GMT Standard Time; oof
2024-12-06 18:00 | 300 | Christmas lunch, which is a dinner | Canteen | everyone |
2024-12-23 17:20 | 180 | Late train to Mum and Dad | Platform 5 | | oof
2024-12-24 3d | 3d | Christmas | | | oof; cat:Family
2025-01-16 10:00 | 120 | Harbour North: first meeting | Port authority, room 2 |
  jonas+ annegret+ tomasz+ bjarne? | cat:Harbour North;
  file:Agenda.docx=Agenda; note:Bring the standard contract, part 3.
2025-01-29 14:00 | 60 | Appraisal | Bjarne's office | @bjarne | private
2025-02-05 09:00 | 480 | Stilling well at berth 4 | Berth 4 | tomasz+ jonas? | cat:Harbour North;
  note:Boots. No ladders.
2025-02-24 11:00 | 30 | Purchase of the radar heads | | ines+ bjarne+ | cat:Harbour North
2025-03-10 3d | 3d | Conference: Sea level and society | Rotterdam | | oof; zone:W. Europe Standard Time
2025-03-11 15:20 | 30 | My talk: Thirty harbours by their first names | Rotterdam, hall B | |
  zone:W. Europe Standard Time;
  file:Slides.pdf=Thirty harbours; remind:60
2025-03-14 1d | 1d | My birthday | | | free; cat:Family
2025-03-30 02:30 | 90 | Does this half hour exist? | In bed | | note:The clocks go forward tonight.
2025-04-18 4d | 4d | Easter at home | Mum and Dad | | oof; cat:Family
2025-04-22 08:00 | 30 | Delta Survey: telephone with the boat | | priya+ sam? ruth? |
  zone:W. Central Africa Standard Time
2025-05-17 18:30 | 240 | Concert | Cathedral | nils+ mum+ dad+ (kaspar) | cat:Choir
2025-05-27 09:00 | 420 | Calibration of the radar heads | Wave tank 2 | priya+ tomasz? | cat:Harbour North
2025-06-06 22:10 | 540 | Night train to Oslo | Platform 2 | | oof
2025-06-07 2d | 2d | Goats and fence | Liv's farm | liv+ | cat:Family
2025-06-20 16:00 | 420 | Summer party | The boat at pier 3 | @people everyone | cat:Fun
2025-07-14 5d | 5d | Summer house, roof | Summer house | dad+ kaspar- | oof; cat:Holiday
2025-07-15 07:00 | 270 | Divers at berth 4 | Berth 4 | tomasz+ jonas+ | cat:Harbour North; tentative
2025-08-12 07:50 | 190 | Flight to Reykjavik | Terminal 2 | | oof
2025-08-13 09:00 | 360 | Höfn: new solar panels | Höfn harbour | gudrun+ | zone:Greenwich Standard Time
2025-09-09 07:00 | 600 | Outer mole, day 1 | The launch | tomasz+ ines+ jonas? | cat:Harbour North;
  note:Warm clothes.
2025-09-10 07:00 | 600 | Outer mole, day 2 | The launch | tomasz+ ines+ | cat:Harbour North
2025-09-11 07:00 | 600 | Outer mole, day 3 | The launch | tomasz+ ines- | cat:Harbour North
2025-09-29 12:00 | 60 | All six gauges live 🎉 | Control room | jonas+ tomasz+ ines+ bjarne+ priya+ |
  cat:Harbour North
2025-10-11 2d | 2d | Choir weekend | Folk high school | @nils choir | cat:Choir
2025-10-26 02:30 | 60 | The hour that comes twice | In bed | | note:The clocks go back tonight.
2025-11-07 14:00 | 60 | Call with Busan / 부산 회의 | | minjun+ haruka+ wei? | zone:Korea Standard Time
2025-11-13 11:00 | 45 | 横浜港との打ち合わせ | 電話会議 | haruka+ | zone:Tokyo Standard Time; cat:Tide Atlas
2025-11-20 15:00 | 60 | Aarhus: price, finally | Greg's desk | @greg bjarne+ | remind:15
2025-11-21 08:45 | 10 | Ten minutes with Bjarne | | @bjarne |
2025-12-12 12:00 | 180 | Lunch and the great biscuit swap | Kitchen | @people everyone | cat:Fun
2025-12-24 3d | 3d | Christmas, here this time | Home | mum+ dad+ kaspar? aunt? | oof; cat:Family
2026-01-20 09:00 | 420 | Yearly check of the offsets | Outer mole | jonas+ priya? | cat:Harbour North;
  file:Checklist.xlsx=Gauge;Offset
2026-02-11 10:00 | 60 | Delft: what did you think of the demo? | | greg+ | zone:W. Europe Standard Time
2026-03-14 1d | 1d | My birthday, again | | | free; cat:Family
2026-04-03 4d | 4d | Easter | Mum and Dad | | oof; cat:Family
2026-05-22 10:00 | 90 | Workshop: gauges for the next twenty years | Hall | @odile everyone | cat:Tide Atlas
2026-06-15 17:00 | 360 | Tidewater turns twenty | Everywhere | @people everyone | cat:Fun
2026-08-03 10d | 10d | Sailing with Kaspar (two buckets) | Tordenskjold | kaspar+ | oof; cat:Holiday
"""

_ANSWERS = {"+": "Accept", "?": "Tentative", "-": "Decline"}


def entries() -> Iterator[Entry]:
    """Single appointments, then the series."""
    for line in DIARY.strip().replace("\n  ", " ").splitlines():
        yield _single(*(cell.strip() for cell in line.split("|")))
    yield from _series()


def uid(*facts: object) -> str:
    """A UID in the form of a global object id ([MS-OXOCAL] 2.2.1.27), always the same for the same facts."""
    digest = hashlib.sha256("\0".join(map(str, facts)).encode()).hexdigest()[:32].upper()
    return "040000008200E00074C5B7101A82E008" + "0" * 40 + "10000000" + digest


def times(start: str, length: str, zone: str) -> list[etree._Element]:
    """Start, End, IsAllDayEvent and the zones. start: in the zone. length: minutes, or Nd for whole days."""
    whole = length.endswith("d")
    begin = datetime.fromisoformat(start[:10] if whole else start)
    end = begin + (timedelta(days=int(length[:-1])) if whole else timedelta(minutes=int(length)))
    return [
        element("Start", begin.isoformat()),
        element("End", end.isoformat()),
        element("IsAllDayEvent", whole),
        element("StartTimeZone", Id=zone),
        element("EndTimeZone", Id=zone),
    ]


def attendees(who: str, answered: datetime) -> tuple[list[etree._Element], str]:
    """RequiredAttendees and OptionalAttendees as far as there are any, and the nick of the organizer or ""."""
    groups: dict[str, list[etree._Element]] = {"RequiredAttendees": [], "OptionalAttendees": []}
    organizer = ""
    for word in who.split():
        if word.startswith("@"):
            organizer = word[1:]
            continue
        answer = _ANSWERS.get(word.strip("()")[-1], "Unknown")
        group = "OptionalAttendees" if word.startswith("(") else "RequiredAttendees"
        groups[group].append(
            element(
                "Attendee",
                mailbox(person(word.strip("()+?-"))),
                element("ResponseType", answer),
                element("LastResponseTime", answered) if answer != "Unknown" else None,
            )
        )
    if organizer:
        groups["RequiredAttendees"].append(element("Attendee", mailbox(ADA), element("ResponseType", "Accept")))
    return [element(name, *people) for name, people in groups.items() if people], organizer


def organized_by(nick: str) -> list[etree._Element]:
    """What the server says of a meeting to which somebody else invited Ada, who accepted."""
    return [element("Organizer", mailbox(person(nick))), element("MyResponseType", "Accept")] if nick else []


def _single(start: str, length: str, subject: str, location: str, who: str, more: str) -> Entry:
    options = dict.fromkeys(("cat", "zone", "note", "file", "remind"), "")
    flags = set()
    for word in (part.strip() for part in more.split("; ") if part.strip()):
        name, mark, value = word.strip(";").partition(":")
        if mark:
            options[name] = value
        else:
            flags.add(name)
    created = utc(f"{start[:10]} 08:00") - timedelta(days=30 + len(subject) % 20)
    people, organizer = attendees(who, created + timedelta(hours=5))
    status = next((value for name, value in _STATUS.items() if name in flags), None)
    file_name, _, text = options["file"].partition("=")
    return Entry(
        "Calendar",
        item(
            "CalendarItem",
            [
                element("Subject", subject),
                element("Sensitivity", "Private") if "private" in flags else None,
                body(f"{options['note']}\n") if options["note"] else None,
                categories(options["cat"]),
                element("ReminderIsSet", bool(options["remind"])),
                element("ReminderMinutesBeforeStart", int(options["remind"] or 15)),
                element("UID", uid(start, subject)),
                *times(start, length, options["zone"] or HOME_ZONE),
                element("LegacyFreeBusyStatus", status) if status else None,
                element("Location", location) if location else None,
                *people,
            ],
        ),
        created,
        [attached(file_name, [text])] if file_name else [],
        organized_by(organizer),
    )


_STATUS = {"free": "Free", "oof": "OOF", "tentative": "Tentative"}


def _recurring(
    start: str,
    length: str,
    subject: str,
    pattern: etree._Element,
    until: str | int | None,
    *,
    location: str = "",
    who: str = "",
    zone: str = HOME_ZONE,
    note: str = "",
    category: str = "",
    folder: str = "Calendar",
    changes: tuple[Change, ...] = (),
) -> Entry:
    """A series. until: a date, a number of occurrences, or None for no end."""
    first = element("StartDate", start[:10])
    if until is None:
        span = element("NoEndRecurrence", first)
    elif isinstance(until, int):
        span = element("NumberedRecurrence", first, element("NumberOfOccurrences", until))
    else:
        span = element("EndDateRecurrence", first, element("EndDate", until))
    created = utc(f"{start[:10]} 07:00") - timedelta(days=10)
    people, organizer = attendees(who, created + timedelta(hours=2))
    properties = [
        element("Subject", subject),
        body(f"{note}\n") if note else None,
        categories(category),
        element("ReminderIsSet", bool(who)),
        element("ReminderMinutesBeforeStart", 15),
        element("UID", uid(start, subject)),
        *times(start, length, zone),
        element("Location", location) if location else None,
        *people,
        element("Recurrence", pattern, span),
    ]
    return Entry(folder, item("CalendarItem", properties), created, [], organized_by(organizer), changes)


def _weekly(interval: int, days: str) -> etree._Element:
    return element(
        "WeeklyRecurrence",
        element("Interval", interval),
        element("DaysOfWeek", days),
        element("FirstDayOfWeek", "Monday"),
    )


def _moved(number: int, start: str, end: str, *more: etree._Element) -> Change:
    return Change(number, [element("Start", utc(start)), element("End", utc(end)), *more])


def _series() -> Iterator[Entry]:
    yield _recurring(
        "2024-09-02 09:15", "15", "Stand-up", _weekly(1, "Monday Tuesday Wednesday Thursday"), "2026-08-27",
        location="Kitchen", who="tomasz+ ines+ priya+ (odile)", note="Standing. Fifteen minutes. No slides.",
        changes=(
            Change(3),
            _moved(10, "2024-09-17 12:00", "2024-09-17 12:15", element("Subject", "Stand-up, after lunch today")),
            Change(60),
            Change(61),
            Change(20, [element("Location", "The boat")]),
        ),
    )  # fmt: skip
    yield _recurring(
        "2024-09-06 09:00", "60", "Weekly", _weekly(1, "Friday"), None,
        location="Meeting room", who="@bjarne tomasz+ ines+ priya+ greg?", category="Planning",
        changes=(
            Change(17),
            _moved(30, "2025-03-27 13:00", "2025-03-27 14:00"),
            Change(41, [body("This time with a guest from Delft.\n"), element("Subject", "Weekly (with Delft)")]),
        ),
    )  # fmt: skip
    yield _recurring(
        "2024-09-11 19:00", "150", "Choir practice", _weekly(1, "Wednesday"), "2026-06-24",
        location="School, music room", category="Choir", changes=(Change(6), Change(16), Change(17)),
    )  # fmt: skip
    yield _recurring(
        "2024-09-10 15:00", "45", "Harbour North: call", _weekly(2, "Tuesday"), 30,
        who="jonas+ annegret? tomasz+", zone="W. Europe Standard Time", category="Harbour North",
        changes=(_moved(5, "2024-11-06 09:00", "2024-11-06 09:45"), Change(8)),
    )  # fmt: skip
    daily = element("DailyRecurrence", element("Interval", 1))
    yield _recurring("2025-04-02 18:00", "20", "Delta Survey: radio", daily, 28, who="priya+ sam+",
                     zone="W. Central Africa Standard Time", category="Delta Survey",
                     changes=(Change(15), _moved(23, "2025-04-24 18:30", "2025-04-24 19:00")))  # fmt: skip
    third_day = element("DailyRecurrence", element("Interval", 3))
    yield _recurring("2024-10-01 07:30", "10", "Water the plants", third_day, "2026-03-31", changes=(Change(2),))
    monthly = element("AbsoluteMonthlyRecurrence", element("Interval", 1), element("DayOfMonth", 31))
    yield _recurring("2024-10-31 16:00", "30", "Hours and expenses", monthly, 20, note="On the last day, really.")
    relative = element(
        "RelativeMonthlyRecurrence",
        element("Interval", 1),
        element("DaysOfWeek", "Thursday"),
        element("DayOfWeekIndex", "First"),
    )
    yield _recurring("2024-10-03 14:00", "90", "Calibration review", relative, "2026-07-31", who="priya+ tomasz?",
                     location="Wave tank 2", changes=(_moved(4, "2025-01-09 13:00", "2025-01-09 14:30"),))  # fmt: skip
    last = element(
        "RelativeMonthlyRecurrence",
        element("Interval", 3),
        element("DaysOfWeek", "Weekday"),
        element("DayOfWeekIndex", "Last"),
    )
    yield _recurring("2024-12-31 10:00", "120", "Quarterly numbers", last, None, who="@bjarne greg+ odile+",
                     category="Planning")  # fmt: skip
    yearly = element("AbsoluteYearlyRecurrence", element("DayOfMonth", 6), element("Month", "November"))
    yield _recurring("2024-11-06", "1d", "Dad's birthday", yearly, None, category="Family",
                     changes=(Change(2, [element("Subject", "Dad's birthday (70!)")]),))  # fmt: skip
    first_sunday = element(
        "RelativeYearlyRecurrence",
        element("DaysOfWeek", "Sunday"),
        element("DayOfWeekIndex", "First"),
        element("Month", "December"),
    )
    yield _recurring("2024-12-01", "1d", "First of Advent: biscuits", first_sunday, 5, category="Family")
    night = _weekly(1, "Saturday")
    yield _recurring("2025-03-01 23:00", "180", "Night watch of the gauge monitor", night, 10, folder="Calendar/Duty",
                     zone="UTC", note="Goes over midnight, and over the change of the clocks.")  # fmt: skip
    nepal = _weekly(4, "Monday Friday")
    yield _recurring("2025-01-06 10:15", "30", "Call with the mountains", nepal, 12, zone="Nepal Standard Time",
                     folder="Calendar/Duty", note="They have glaciers, we have gauges.")  # fmt: skip
