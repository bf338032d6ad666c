"""iCalendar in and out, on calendars that nobody here wrote and on the items of the sandbox."""

from __future__ import annotations

import warnings
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import icalendar
import pytest

from ewsfs.sandbox import calendar
from ewsfs.sandbox.create import fill
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ical_reader import calendar_from_bytes
from ewsfs.sandbox.ical_writer import calendar_from_item
from ewsfs.sandbox.model import t
from tests.sandbox.content import AUTHOR, create, refused, render, stored, text

EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20240101T000000Z\r\n"
    "{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
SAME = ("Subject", "Start", "End", "IsAllDayEvent", "Location", "UID", "LegacyFreeBusyStatus", "Sensitivity")


def event(*lines: str) -> bytes:
    return EVENT.format("\r\n".join(lines)).encode()


def test_the_corpus_is_read_or_refused_and_survives_being_rewritten(corpus: Path) -> None:
    read = 0
    for path in sorted((corpus / "ics").glob("*.ics")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # icalendar guesses some zones, and says so
            try:
                draft = calendar_from_bytes(path.read_bytes())
                fill(draft, AUTHOR)
            except ResponseError:
                continue
            item = stored(draft)
            render(item)
            again = stored(calendar_from_bytes(calendar_from_item(item)))
        read += 1
        assert [again.get(name) for name in SAME] == [item.get(name) for name in SAME], path.name
    assert read > 200


def test_a_series_with_its_exceptions() -> None:
    item = stored(
        calendar_from_bytes(
            event(
                "SUMMARY:standup",
                "DTSTART;TZID=Europe/Berlin:20240325T093000",
                "DTEND;TZID=Europe/Berlin:20240325T094500",
                "RRULE:FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20240430T220000Z",
                "EXDATE;TZID=Europe/Berlin:20240401T093000",
                "END:VEVENT",
                "BEGIN:VEVENT",
                "UID:u1",
                "DTSTAMP:20240101T000000Z",
                "RECURRENCE-ID;TZID=Europe/Berlin:20240328T093000",
                "SUMMARY:standup, late",
                "DTSTART;TZID=Europe/Berlin:20240328T110000",
                "DTEND;TZID=Europe/Berlin:20240328T111500",
            )
        )
    )
    found = calendar.view([item], datetime(2024, 3, 24, tzinfo=timezone.utc), datetime(2024, 4, 6, tzinfo=timezone.utc))
    assert [(one.get("Subject"), one.get("Start")) for one in found] == [
        ("standup", "2024-03-25T08:30:00Z"),
        ("standup, late", "2024-03-28T10:00:00Z"),
        ("standup", "2024-04-04T07:30:00Z"),
    ]
    again = icalendar.Calendar.from_ical(calendar_from_item(item))
    assert [str(one["SUMMARY"]) for one in again.walk("VEVENT")] == ["standup", "standup, late"]
    assert again.walk("VEVENT")[0]["RRULE"].to_ical() == b"FREQ=WEEKLY;UNTIL=20240430T073000Z;BYDAY=MO,TH;WKST=MO"
    assert again.walk("VTIMEZONE")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=2",
        "FREQ=DAILY;COUNT=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=5",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=3",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=5",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    ],
)
def test_rules_survive(rule: str) -> None:
    item = stored(calendar_from_bytes(event("DTSTART:20240305T100000Z", "DTEND:20240305T110000Z", f"RRULE:{rule}")))
    render(item)
    again: Any = icalendar.Calendar.from_ical(calendar_from_item(item)).walk("VEVENT")[0]["RRULE"]
    wanted = icalendar.vRecur.from_ical(rule)
    assert {key: value for key, value in again.items() if key != "WKST" or "WKST" in wanted} == dict(wanted)


@pytest.mark.parametrize(
    "rule",
    ["FREQ=HOURLY", "FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=YEARLY;BYWEEKNO=20", "FREQ=MONTHLY;BYDAY=MO,WE;BYSETPOS=1"],
)
def test_rules_that_ews_has_no_pattern_for(rule: str) -> None:
    with refused("ErrorUnsupportedRecurrence"):
        calendar_from_bytes(event("DTSTART:20240305T100000Z", f"RRULE:{rule}"))


def test_whole_days_people_and_alarms() -> None:
    item = stored(
        calendar_from_bytes(
            event(
                "DTSTART;VALUE=DATE:20240305",
                "DTEND;VALUE=DATE:20240307",
                "CATEGORIES:red,blue",
                "ORGANIZER;CN=Ada:mailto:ada@example.com",
                "ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:bob@example.com",
                "ATTENDEE;ROLE=OPT-PARTICIPANT:mailto:eve@example.com",
                "ATTENDEE;CUTYPE=ROOM:mailto:room@example.com",
                "BEGIN:VALARM",
                "ACTION:DISPLAY",
                "TRIGGER:-PT20M",
                "END:VALARM",
            )
        )
    )
    element = render(item)
    assert [text(element, name) for name in ("IsAllDayEvent", "ReminderIsSet", "ReminderMinutesBeforeStart")] == [
        "true",
        "true",
        "20",
    ]
    assert text(element, "RequiredAttendees/Attendee/ResponseType") == "Accept"
    assert text(element, "OptionalAttendees/Attendee/Mailbox/EmailAddress") == "eve@example.com"
    assert text(element, "Resources/Attendee/Mailbox/EmailAddress") == "room@example.com"
    again: Any = icalendar.Calendar.from_ical(calendar_from_item(item)).walk("VEVENT")[0]
    assert again["DTEND"].to_ical() == b"20240307"
    assert len(again["ATTENDEE"]) == 3
    assert again.walk("VALARM")[0]["TRIGGER"].to_ical() == b"-PT20M"


@pytest.mark.parametrize(
    "source", [b"", b"nonsense", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", event("SUMMARY:no start")]
)
def test_what_is_no_event_is_refused(source: bytes) -> None:
    with refused("ErrorMimeContentConversionFailed"):
        calendar_from_bytes(source)


def test_html_comes_as_text_too() -> None:
    item = create('<t:CalendarItem><t:Body BodyType="HTML">&lt;p&gt;Hi&lt;/p&gt;</t:Body></t:CalendarItem>')
    written = icalendar.Calendar.from_ical(calendar_from_item(item)).walk("VEVENT")[0]
    assert (str(written["DESCRIPTION"]).strip(), str(written["X-ALT-DESC"])) == ("Hi", "<p>Hi</p>")
    assert stored(calendar_from_bytes(calendar_from_item(item))).properties.find(t("Body")) is not None
