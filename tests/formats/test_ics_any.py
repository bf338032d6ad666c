"""Whatever a server says of an event or a task, the file is a valid one."""

from __future__ import annotations

from contextlib import suppress
from datetime import timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from ewsfs.ews import recurrence as ews
from ewsfs.ews.ewsdatetime import EWSDate, EWSDateTime, EWSTimeZone
from ewsfs.ews.items import CalendarItem, Task
from ewsfs.ews.properties import RESPONSE_TYPES, Attendee, HTMLBody, Mailbox
from ewsfs.formats import ics, icsread
from ewsfs.formats.errors import FormatError


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


MOMENTS = st.datetimes().map(lambda when: EWSDateTime.from_datetime(when.replace(tzinfo=timezone.utc)))
DAYS = st.dates().map(EWSDate.from_date)
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu", "UTC"]
).map(EWSTimeZone)
INTERVALS = maybe(st.integers(1, 999))
WEEKDAYS = maybe(st.lists(st.sampled_from(ews.WEEKDAYS), min_size=1, max_size=3))
ONE_WEEKDAY = maybe(st.sampled_from(ews.WEEKDAYS).map(lambda day: [day]))
NUMBERS = maybe(st.sampled_from(ews.WEEK_NUMBERS))
MONTHS = maybe(st.sampled_from(ews.MONTHS))
PATTERNS = st.one_of(
    st.builds(ews.DailyPattern, interval=INTERVALS),
    st.builds(
        ews.WeeklyPattern, interval=INTERVALS, weekdays=WEEKDAYS, first_day_of_week=maybe(st.sampled_from(ews.WEEKDAYS))
    ),
    st.builds(ews.AbsoluteMonthlyPattern, interval=INTERVALS, day_of_month=maybe(st.integers(1, 31))),
    st.builds(ews.RelativeMonthlyPattern, interval=INTERVALS, weekdays=ONE_WEEKDAY, week_number=NUMBERS),
    st.builds(ews.AbsoluteYearlyPattern, month=MONTHS, day_of_month=maybe(st.integers(1, 31))),
    st.builds(ews.RelativeYearlyPattern, month=MONTHS, weekdays=ONE_WEEKDAY, week_number=NUMBERS),
)
RECURRENCES = st.one_of(
    st.builds(ews.Recurrence, pattern=PATTERNS, start=DAYS),
    st.builds(ews.Recurrence, pattern=PATTERNS, start=DAYS, end=DAYS),
    st.builds(ews.Recurrence, pattern=PATTERNS, start=DAYS, number=st.integers(1, 2**31 - 1)),
)
OCCURRENCES = st.builds(
    ews.Occurrence, item_id=maybe(st.text()), start=maybe(MOMENTS), end=maybe(MOMENTS), original_start=maybe(MOMENTS)
)
MAILBOXES = st.builds(Mailbox, name=maybe(st.text()), email_address=maybe(st.text() | st.just("ada@example.test")))
ATTENDEES = st.builds(Attendee, mailbox=MAILBOXES, response_type=maybe(st.sampled_from(RESPONSE_TYPES)))
BODIES = st.text() | st.text().map(HTMLBody)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.text(),
        "uid": st.text(),
        "body": BODIES,
        "start": MOMENTS,
        "end": MOMENTS,
        "is_all_day": st.booleans(),
        "start_timezone": ZONES,
        "end_timezone": ZONES,
        "recurrence": RECURRENCES,
        "modified_occurrences": st.lists(OCCURRENCES, max_size=2),
        "deleted_occurrences": st.lists(st.builds(ews.DeletedOccurrence, start=maybe(MOMENTS)), max_size=2),
        "required_attendees": st.lists(ATTENDEES, max_size=2),
        "organizer": MAILBOXES,
        "is_meeting": st.booleans(),
        "location": st.text(),
        "categories": st.lists(st.text(), max_size=2),
        "reminder_is_set": st.booleans(),
        "reminder_minutes_before_start": st.integers(0, 2_629_800),
        "type": st.sampled_from(["Single", "RecurringMaster", "Exception", "Occurrence"]),
        "original_start": MOMENTS,
        "last_modified_time": MOMENTS,
        "meeting_workspace_url": st.text(),
        "appointment_sequence_number": st.integers(-(2**31), 2**31 - 1),
    },
)
TASKS = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.text(),
        "body": BODIES,
        "start_date": DAYS,
        "due_date": DAYS,
        "complete_date": MOMENTS,
        "recurrence": RECURRENCES,
        "percent_complete": st.floats(0, 100),
        "reminder_is_set": st.booleans(),
        "reminder_due_by": MOMENTS,
    },
)


def check(data: bytes, kind: str, *needed: str) -> None:
    """The file is read without errors, and every component has what RFC 5545 3.6 asks of it."""
    calendar = Calendar.from_ical(data)
    found = calendar.walk(kind)
    assert found
    for component in calendar.walk():
        assert not component.errors
    for component in found:
        assert all(name in component for name in needed)
    assert max(map(len, data.split(b"\r\n"))) <= 75


@settings(max_examples=120, deadline=None)
@given(EVENTS, st.lists(EVENTS, max_size=2))
def test_any_event(fields: dict[str, Any], exceptions: list[dict[str, Any]]) -> None:
    data = ics.event(CalendarItem(**fields), [CalendarItem(**each) for each in exceptions])
    check(data, "VEVENT", "UID", "DTSTAMP", "DTSTART")
    with suppress(FormatError):
        icsread.parse_event(data)


@settings(max_examples=60, deadline=None)
@given(TASKS)
def test_any_task(fields: dict[str, Any]) -> None:
    data = ics.task(Task(**fields))
    check(data, "VTODO", "UID", "DTSTAMP")
    with suppress(FormatError):
        icsread.parse_task(data)
