"""Sample tasks, notes, a post, and the messages with which meetings are made."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from .appointments import times, uid
from .elements import HOME_ZONE, Entry, attached, body, categories, element, item, mailbox
from .people import ADA, Person, person
from .script import utc

# start | due | done | percent | subject | more (cat:, note:, high, low, waiting, remind:time, file:)
TASKS = """
2025-03-01 | 2025-05-01 | 2025-04-27 | 100 | File tax return | high;
  note:Receipts are in the folder Receipts/2025/Work.
2025-01-14 | 2025-01-20 | 2025-01-14 | 100 | Send clause 3 to Annegret | cat:Harbour North
2025-02-05 | 2025-07-31 | 2025-07-16 | 100 | Clean the stilling well at berth 4 | cat:Harbour North;
  note:Divers, not ladders.
2025-06-02 | 2025-06-06 | 2025-06-03 | 100 | Check diacritics of the atlas | cat:Tide Atlas
2025-10-27 | 2025-12-15 | | 40 | Write up the first storm | cat:Harbour North;
  note:Levels, times, cake. One page for the pilots.
2025-11-10 | 2025-11-28 | | 10 | Price for Aarhus | high; cat:Planning; remind:2025-11-26 08:00
2025-11-14 | 2026-01-20 | | 0 | Plan the yearly check of the offsets | cat:Harbour North, Planning;
  file:Checklist.xlsx
2025-11-18 | | | 0 | Gauge for the eastern channel? | waiting; cat:Delta Survey; note:Sam asks the ministry.
 | 2025-12-20 | | 0 | Buy star anise | low; cat:Family
 | | | 0 | Learn Icelandic: þ, ð and the rest |
 | 2026-02-01 | | 0 | Move the barometer to Dad's / carefully! | cat:Family; remind:2026-01-31 09:00
2025-11-21 | 2025-11-22 | | 50 | 写真を佐藤さんに送る | cat:Tide Atlas
"""

ONE_YEAR = "Harbour North: one year later"


def entries() -> Iterator[Entry]:
    """Tasks first, then notes, the post and the meeting messages."""
    for line in TASKS.strip("\n").replace("\n  ", " ").splitlines():
        yield _task(*(cell.strip() for cell in line.split("|")))
    yield from _recurring()
    yield from _notes()
    yield _post()
    yield from _meetings()


def _task(start: str, due: str, done: str, percent: str, subject: str, more: str) -> Entry:
    parts = (part.strip().partition(":") for part in more.split(";") if part.strip())
    options = {name: value.strip() for name, _, value in parts}
    level = "High" if "high" in options else "Low" if "low" in options else "Normal"
    status = "Completed" if done else "InProgress" if int(percent) else "NotStarted"
    remind = options.get("remind")
    properties = [
        element("Subject", subject),
        body(f"{options['note']}\n") if "note" in options else None,
        categories(options.get("cat", "")),
        element("Importance", level),
        element("ReminderDueBy", utc(remind)) if remind else None,
        element("ReminderIsSet", bool(remind)),
        element("CompleteDate", f"{done}T00:00:00Z") if done else None,
        element("DueDate", f"{due}T00:00:00Z") if due else None,
        element("PercentComplete", percent),
        element("StartDate", f"{start}T00:00:00Z") if start else None,
        element("Status", "WaitingOnOthers" if "waiting" in options else status),
    ]
    created = utc(f"{done or start or '2025-11-01'} 15:00")
    files = [attached(options["file"], ["Gauge;Offset", "outer-mole-1;0.1"])] if "file" in options else []
    return Entry("Tasks", item("Task", properties), created, files)


def _recurring() -> Iterator[Entry]:
    """Tasks that come again: by the calendar, and so many days after they were done."""

    def first(date: str) -> etree._Element:
        return element("NoEndRecurrence", element("StartDate", date))

    on_the_31st = element("AbsoluteMonthlyRecurrence", element("Interval", 1), element("DayOfMonth", 31))
    fridays = element("WeeklyRecurrence", element("Interval", 1), element("DaysOfWeek", "Friday"))
    six_weeks_later = element("WeeklyRegeneration", element("Interval", 6))
    a_year_later = element("YearlyRegeneration", element("Interval", 1))
    five_times = element("NumberedRecurrence", element("StartDate", "2026-02-06"), element("NumberOfOccurrences", 5))
    yield _again("Water meter", "2025-01-31", "Tasks/Home", on_the_31st, first("2025-01-31"))
    yield _again("Backup to the disk in the drawer", "2025-11-21", "Tasks/Home", fridays, first("2025-11-21"))
    yield _again("Oil the bicycle chain", "2025-11-30", "Tasks/Home", six_weeks_later, first("2025-10-19"))
    yield _again("Renew the ladder inspection", "2026-02-06", "Tasks", a_year_later, five_times)


def _again(subject: str, due: str, folder: str, pattern: etree._Element, span: etree._Element) -> Entry:
    properties = [
        element("Subject", subject),
        element("DueDate", f"{due}T00:00:00Z"),
        element("Recurrence", pattern, span),
        element("StartDate", f"{due}T00:00:00Z"),
    ]
    return Entry(folder, item("Task", properties), utc("2025-01-02 09:00"))


def _notes() -> Iterator[Entry]:
    for when, text in (
        ("2025-02-05 19:00", "Key 3 opens cabinet 1.\nKey 1 opens cabinet 3.\nAsk Jonas why."),
        ("2025-09-30 21:10", "Cake for the control room: chocolate, no nuts, twelve people."),
    ):
        properties = [
            element("ItemClass", "IPM.StickyNote"),
            element("Subject", text.partition("\n")[0]),
            body(f"{text}\n"),
            element("InternetMessageId", f"<{uid(when, text)[-32:]}@example.test>"),
            element("IsRead", True),
        ]
        yield Entry("Notes", item("Message", properties), utc(when))


def _post() -> Entry:
    when = utc("2025-06-12 09:00")
    properties = [
        element("Subject", "How to name calibration files"),
        body('SERIAL YEAR-MONTH-DAY, please, and nothing after it. "final" is not a date.\n\nPriya\n'),
        element("From", mailbox(person("priya"))),
        element("InternetMessageId", "<post-1@example.test>"),
        element("IsRead", True),
        element("Sender", mailbox(person("priya"))),
    ]
    return Entry("Inbox/Projects/Harbour North/Sensors/Calibration", item("PostItem", properties), when)


def _mail(sender: Person, when: datetime, subject: str, text: str, item_class: str) -> list[etree._Element]:
    """What every meeting message has."""
    return [
        element("ItemClass", item_class),
        element("Subject", subject),
        body(text),
        element("DateTimeReceived", when),
        element("DateTimeSent", when),
        element("ToRecipients", mailbox(ADA)),
        element("From", mailbox(sender)),
        element("Sender", mailbox(sender)),
        element("InternetMessageId", f"<{uid(subject, when)[-32:]}@{sender.address.rpartition('@')[2]}>"),
        element("IsRead", False),
    ]


def _meetings() -> Iterator[Entry]:
    when = utc("2025-11-20 14:30")
    jonas = person("jonas")
    meeting = [
        element("UID", uid("request", when)),
        element("Location", "Control room"),
        element("Organizer", mailbox(jonas)),
        element("RequiredAttendees", *[element("Attendee", mailbox(who)) for who in (ADA, person("tomasz"))]),
        element("LegacyFreeBusyStatus", "Tentative"),
    ]
    request = [
        *_mail(jonas, when, ONE_YEAR, "Shall we celebrate? With cake.\n", "IPM.Schedule.Meeting.Request"),
        element("MeetingRequestType", "NewMeetingRequest"),
        element("IntendedFreeBusyStatus", "Busy"),
        element("Start", "2025-12-03T09:00:00Z"),
        element("End", "2025-12-03T10:00:00Z"),
        element("IsMeeting", True),
        element("MyResponseType", "NoResponseReceived"),
        *meeting,
    ]
    # Exchange puts a meeting into the calendar as soon as its request arrives.
    planned = [
        element("Subject", ONE_YEAR),
        body("Shall we celebrate? With cake.\n"),
        *times("2025-12-03 10:00", "60", HOME_ZONE),
        *[copy.deepcopy(prop) for prop in meeting],
    ]
    yield Entry("Inbox", item("MeetingRequest", request), when)
    unanswered = [element("MyResponseType", "NoResponseReceived")]
    yield Entry("Calendar", item("CalendarItem", planned), when, server=unanswered)
    for nick, answer, end, text in (
        ("tomasz", "Accepted", "Pos", "I bring the screwdrivers.\n"),
        ("ines", "Declined", "Neg", "I am on the train on that day.\n"),
        ("jonas", "Tentative", "Tent", "If the cruise ship is gone by then.\n"),
    ):
        when = utc("2025-08-28 08:00")
        subject = f"{answer}: Outer mole, day 3"
        properties = [
            *_mail(person(nick), when, subject, text, f"IPM.Schedule.Meeting.Resp.{end}"),
            element("ResponseType", {"Pos": "Accept", "Neg": "Decline", "Tent": "Tentative"}[end]),
            element("UID", uid("2025-09-11 07:00", "Outer mole, day 3")),
            element("Start", "2025-09-11T05:00:00Z"),
            element("End", "2025-09-11T15:00:00Z"),
            element("Location", "The launch"),
        ]
        yield Entry("Inbox", item("MeetingResponse", properties), when)
    when = utc("2025-11-19 16:05")
    properties = [
        *_mail(person("greg"), when, "Canceled: Delft demo", "They come in February instead.\n",
               "IPM.Schedule.Meeting.Canceled"),
        element("UID", uid("cancelled", when)),
        element("Start", "2025-11-24T09:00:00Z"),
        element("End", "2025-11-24T10:00:00Z"),
        element("Location", "Greg's desk"),
    ]  # fmt: skip
    yield Entry("Inbox", item("MeetingCancellation", properties), when)
