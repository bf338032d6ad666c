"""Calendar items and tasks as iCalendar files, judged by icalendar, vobject and dateutil; and back as fields."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from ewsfs.ews.ewsdatetime import EWSDate, EWSDateTime, EWSTimeZone
from ewsfs.ews.items import CalendarItem, Task
from ewsfs.ews.properties import Attendee, HTMLBody, Mailbox
from ewsfs.ews.recurrence import (
    AbsoluteMonthlyPattern,
    DailyPattern,
    DailyRegeneration,
    DeletedOccurrence,
    Occurrence,
    Recurrence,
    RelativeMonthlyPattern,
    WeeklyPattern,
)
from ewsfs.formats import ics, icsread

BERLIN = EWSTimeZone("Europe/Berlin")
NEW_YORK = EWSTimeZone("America/New_York")


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> EWSDateTime:
    return EWSDateTime(year, month, day, hour, minute, tzinfo=timezone.utc)


def meeting(**more: Any) -> CalendarItem:
    """Monday, 2 March 2026, 9:15 to 10:15 in Berlin."""
    fields: dict[str, Any] = {
        "subject": "Weekly sync", "uid": "u1", "start": utc(2026, 3, 2, 8, 15), "end": utc(2026, 3, 2, 9, 15),
        "start_timezone": BERLIN, "end_timezone": BERLIN,
    }  # fmt: skip
    return CalendarItem(**fields | more)


def calendar(data: bytes) -> Calendar:
    """The file as icalendar reads it, after vobject has read it too."""
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 75
    (judged,) = vobject.readComponents(data.decode())
    assert judged.name == "VCALENDAR"
    found = Calendar.from_ical(data)
    assert isinstance(found, Calendar)
    for component in found.walk():
        assert not component.errors
    return found


def components(data: bytes, name: str = "VEVENT") -> list[Any]:
    """The components of a kind; icalendar's types don't say which property has which type."""
    return list(calendar(data).walk(name))


def one(data: bytes, name: str = "VEVENT") -> Any:
    (found,) = components(data, name)
    return found


def occurrences(data: bytes, number: int = 20) -> list[str]:
    """Local starts of a series: its rule expanded, without the deleted ones."""
    master = components(data)[0]
    start = master["DTSTART"].dt
    rule = rrulestr(master["RRULE"].to_ical().decode(), dtstart=start)
    exdates = master.get("EXDATE", [])
    lines = exdates if isinstance(exdates, list) else [exdates]
    deleted = {each.dt for line in lines for each in line.dts}
    starts = []
    for each in rule:
        value = each if isinstance(start, datetime) else each.date()
        if value not in deleted:
            starts.append(value.strftime("%m-%d %H:%M" if isinstance(start, datetime) else "%m-%d"))
        if len(starts) == number:
            break
    return starts


# -- a single event


def test_times_in_their_zone() -> None:
    data = ics.event(meeting(end_timezone=NEW_YORK))
    found = one(data)
    assert found["DTSTART"].to_ical() == b"20260302T091500"
    assert found["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert found["DTEND"].to_ical() == b"20260302T041500"
    assert found["DTEND"].params["TZID"] == "America/New_York"
    assert [zone["TZID"] for zone in components(data, "VTIMEZONE")] == ["America/New_York", "Europe/Berlin"]
    assert found["DTSTART"].dt == datetime(2026, 3, 2, 8, 15, tzinfo=timezone.utc)


@pytest.mark.parametrize("zone", [None, EWSTimeZone("UTC")])
def test_times_in_utc(zone: EWSTimeZone | None) -> None:
    data = ics.event(meeting(start_timezone=zone, end_timezone=zone))
    assert one(data)["DTSTART"].to_ical() == b"20260302T081500Z"
    assert components(data, "VTIMEZONE") == []


def test_texts() -> None:
    found = one(
        ics.event(
            meeting(
                subject="a, b; c\\d\r\nnext", location="Café\x07", body="line 1\r\nline 2", categories=["x,y", "z"],
                sensitivity="Personal", importance="High", meeting_workspace_url="https://example.test/?a=1;b,c",
            )
        )
    )  # fmt: skip
    assert str(found["SUMMARY"]) == "a, b; c\\d next"
    assert str(found["LOCATION"]) == "Café"
    assert str(found["DESCRIPTION"]) == "line 1\nline 2"
    assert [str(each) for each in found["CATEGORIES"].cats] == ["x,y", "z"]
    assert str(found["CLASS"]) == "X-PERSONAL"
    assert int(found["PRIORITY"]) == 1
    assert str(found["URL"]) == "https://example.test/?a=1;b,c"


def test_html_body_is_there_as_text_and_as_it_is() -> None:
    found = one(ics.event(meeting(body=HTMLBody("<p>Hello <b>you</b></p>"))))
    assert str(found["DESCRIPTION"]) == "Hello you"
    assert str(found["X-ALT-DESC"]) == "<p>Hello <b>you</b></p>"
    assert found["X-ALT-DESC"].params["FMTTYPE"] == "text/html"


@pytest.mark.parametrize(
    ("status", "transparency", "word", "state"),
    [
        ("Free", "TRANSPARENT", "FREE", "CONFIRMED"),
        ("Busy", "OPAQUE", "BUSY", "CONFIRMED"),
        ("Tentative", "OPAQUE", "TENTATIVE", "TENTATIVE"),
        ("OOF", "OPAQUE", "OOF", "CONFIRMED"),
        ("WorkingElsewhere", "OPAQUE", "WORKINGELSEWHERE", "CONFIRMED"),
        ("NoData", "OPAQUE", None, "CONFIRMED"),
        (None, "OPAQUE", None, "CONFIRMED"),
    ],
)
def test_free_or_busy(status: str | None, transparency: str, word: str | None, state: str) -> None:
    found = one(ics.event(meeting(legacy_free_busy_status=status)))
    assert (str(found["TRANSP"]), str(found["STATUS"])) == (transparency, state)
    assert (str(found["X-MICROSOFT-CDO-BUSYSTATUS"]) if word else None) == word


def test_people() -> None:
    data = ics.event(
        meeting(
            organizer=Mailbox(name='Ada "the first", L.', email_address="ada@example.test"),
            required_attendees=[
                Attendee(mailbox=Mailbox(name="Bob", email_address="bob@example.test"), response_type="Accept"),
                Attendee(mailbox=Mailbox(name="No address"), response_type="Decline"),
            ],
            optional_attendees=[
                Attendee(mailbox=Mailbox(email_address="team@example.test", mailbox_type="PublicDL")),
            ],
            resources=[Attendee(mailbox=Mailbox(name="Blue room", email_address="blue@example.test"))],
            is_response_requested=True,
        )
    )
    found = one(data)
    assert str(found["ORGANIZER"]) == "mailto:ada@example.test"
    assert found["ORGANIZER"].params["CN"].startswith("Ada")
    lines = {str(line): dict(line.params) for line in found["ATTENDEE"]}
    assert lines["mailto:bob@example.test"] == {
        "CN": "Bob", "CUTYPE": "INDIVIDUAL", "PARTSTAT": "ACCEPTED", "ROLE": "REQ-PARTICIPANT", "RSVP": "TRUE",
    }  # fmt: skip
    assert lines["invalid:nomail"]["PARTSTAT"] == "DECLINED"
    assert (lines["mailto:team@example.test"]["CUTYPE"], lines["mailto:team@example.test"]["ROLE"]) == (
        "GROUP",
        "OPT-PARTICIPANT",
    )
    assert lines["mailto:blue@example.test"]["CUTYPE"] == "RESOURCE"


def test_appointment_without_attendees_has_no_organizer() -> None:
    assert "ORGANIZER" not in one(ics.event(meeting(organizer=Mailbox(email_address="ada@example.test"))))


def test_reminder() -> None:
    data = ics.event(meeting(reminder_is_set=True, reminder_minutes_before_start=15))
    alarm = one(data, "VALARM")
    assert alarm["TRIGGER"].dt == timedelta(minutes=-15)
    assert str(alarm["ACTION"]) == "DISPLAY"
    assert components(ics.event(meeting(reminder_minutes_before_start=15)), "VALARM") == []


def test_stamps_come_from_the_item() -> None:
    item = meeting(
        appointment_sequence_number=3, datetime_created=utc(2026, 1, 1, 1), last_modified_time=utc(2026, 2, 2, 2)
    )
    found = one(ics.event(item))
    assert found["DTSTAMP"].to_ical() == b"20260202T020000Z"
    assert found["CREATED"].to_ical() == b"20260101T010000Z"
    assert found["LAST-MODIFIED"].to_ical() == b"20260202T020000Z"
    assert int(found["SEQUENCE"]) == 3
    item.datetime_stamp = utc(2026, 3, 3, 3)
    assert one(ics.event(item))["DTSTAMP"].to_ical() == b"20260303T030000Z"


# -- days


def test_all_day_is_the_local_day() -> None:
    found = one(ics.event(meeting(is_all_day=True, start=utc(2026, 3, 1, 23), end=utc(2026, 3, 3, 23))))
    assert (found["DTSTART"].to_ical(), found["DTEND"].to_ical()) == (b"20260302", b"20260304")
    assert found["DTSTART"].params["VALUE"] == "DATE"


@pytest.mark.parametrize("hour", [22, 23, 0, 5, 8])
def test_all_day_without_zone_is_the_nearest_midnight(hour: int) -> None:
    start = utc(2026, 3, 1 if hour > 12 else 2, hour)
    item = meeting(is_all_day=True, start=start, end=start + timedelta(days=1), start_timezone=None, end_timezone=None)
    assert one(ics.event(item))["DTSTART"].to_ical() == b"20260302"


# -- series


def weekly(**more: Any) -> CalendarItem:
    pattern = WeeklyPattern(interval=1, weekdays=["Monday"], first_day_of_week="Monday")
    fields: dict[str, Any] = {
        "type": "RecurringMaster", "recurrence": Recurrence(pattern=pattern, start=EWSDate(2026, 3, 2), number=6),
    }  # fmt: skip
    return meeting(**fields | more)


def test_series_keeps_its_local_time_over_the_change_of_clock() -> None:
    item = weekly(deleted_occurrences=[DeletedOccurrence(start=utc(2026, 3, 16, 8, 15)),
                                       DeletedOccurrence(start=utc(2026, 3, 30, 7, 15))])  # fmt: skip
    assert occurrences(ics.event(item)) == ["03-02 09:15", "03-09 09:15", "03-23 09:15", "04-06 09:15"]


def test_all_day_series() -> None:
    item = weekly(
        is_all_day=True, start=utc(2026, 3, 1, 23), end=utc(2026, 3, 2, 23),
        deleted_occurrences=[DeletedOccurrence(start=utc(2026, 3, 29, 22))],
    )  # fmt: skip
    data = ics.event(item)
    assert occurrences(data) == ["03-02", "03-09", "03-16", "03-23", "04-06"]
    assert b"EXDATE;VALUE=DATE:20260330\r\n" in data


def test_end_of_a_series_is_in_utc() -> None:
    recurrence = Recurrence(pattern=DailyPattern(interval=1), start=EWSDate(2026, 3, 27), end=EWSDate(2026, 3, 30))
    item = weekly(recurrence=recurrence, start=utc(2026, 3, 27, 8, 15), end=utc(2026, 3, 27, 9, 15))
    data = ics.event(item)
    assert b"UNTIL=20260330T071500Z" in data
    assert occurrences(data) == ["03-27 09:15", "03-28 09:15", "03-29 09:15", "03-30 09:15"]


def test_first_occurrence_is_one_of_the_rule() -> None:
    pattern = WeeklyPattern(interval=3, weekdays=["Monday", "Wednesday"], first_day_of_week="Monday")
    recurrence = Recurrence(pattern=pattern, start=EWSDate(2017, 9, 1), number=7)
    item = weekly(recurrence=recurrence, start=utc(2017, 9, 1, 9), end=utc(2017, 9, 1, 11))
    data = ics.event(item)
    master = one(data)
    assert master["DTSTART"].to_ical() == b"20170918T110000"
    assert master["DTEND"].to_ical() == b"20170918T130000"
    assert len(occurrences(data)) == 7


def test_series_in_utc() -> None:
    item = weekly(start_timezone=None, end_timezone=None,
                  deleted_occurrences=[DeletedOccurrence(start=utc(2026, 3, 9, 8, 15))])  # fmt: skip
    assert occurrences(ics.event(item), 3) == ["03-02 08:15", "03-16 08:15", "03-23 08:15"]


def changed(**more: Any) -> CalendarItem:
    fields: dict[str, Any] = {
        "item_id": "E1", "type": "Exception", "subject": "moved", "start": utc(2026, 3, 10, 9),
        "end": utc(2026, 3, 10, 10), "original_start": utc(2026, 3, 9, 8, 15),
    }  # fmt: skip
    return meeting(**fields | more)


def test_changed_occurrence() -> None:
    info = Occurrence(item_id="E1", start=utc(2026, 3, 10, 9), end=utc(2026, 3, 10, 10),
                      original_start=utc(2026, 3, 9, 8, 15))  # fmt: skip
    master, exception = components(ics.event(weekly(modified_occurrences=[info]), [changed()]))
    assert "RECURRENCE-ID" not in master
    assert str(exception["UID"]) == str(master["UID"]) == "u1"
    assert exception["RECURRENCE-ID"].to_ical() == b"20260309T091500"
    assert exception["RECURRENCE-ID"].params["TZID"] == "Europe/Berlin"
    assert exception["DTSTART"].to_ical() == b"20260310T100000"
    assert str(exception["SUMMARY"]) == "moved"
    assert "RRULE" not in exception


def test_original_start_may_come_from_the_series() -> None:
    info = Occurrence(item_id="E1", start=utc(2026, 3, 10, 9), original_start=utc(2026, 3, 9, 8, 15))
    item = weekly(modified_occurrences=[info])
    _, exception = components(ics.event(item, [changed(original_start=None)]))
    assert exception["RECURRENCE-ID"].to_ical() == b"20260309T091500"


def test_changed_occurrence_of_which_only_times_are_known() -> None:
    info = Occurrence(item_id="E1", start=utc(2026, 3, 10, 9), end=utc(2026, 3, 10, 11),
                      original_start=utc(2026, 3, 9, 8, 15))  # fmt: skip
    master, exception = components(ics.event(weekly(modified_occurrences=[info])))
    assert exception["DTSTART"].to_ical() == b"20260310T100000"
    assert exception["DTEND"].to_ical() == b"20260310T120000"
    assert str(exception["SUMMARY"]) == "Weekly sync"
    assert master["DTSTART"].to_ical() == b"20260302T091500"


def test_changed_day_of_an_all_day_series() -> None:
    item = weekly(is_all_day=True, start=utc(2026, 3, 1, 23), end=utc(2026, 3, 2, 23))
    exception = changed(is_all_day=True, original_start=utc(2026, 3, 29, 22), start=utc(2026, 3, 30, 22),
                        end=utc(2026, 3, 31, 22))  # fmt: skip
    _, found = components(ics.event(item, [exception]))
    assert found["RECURRENCE-ID"].to_ical() == b"20260330"
    assert (found["DTSTART"].to_ical(), found["DTEND"].to_ical()) == (b"20260331", b"20260401")


# -- odd data


@pytest.mark.parametrize(
    "fields",
    [
        {"start": None},
        {"end": None},
        {"start": None, "end": None},
        {"start": utc(2026, 3, 2, 10), "end": utc(2026, 3, 1)},
        {"start": utc(1, 1, 1), "end": utc(1, 1, 1)},
        {"start": utc(4501, 1, 1), "end": utc(4501, 1, 1)},
        {"start": utc(9999, 12, 31, 23, 59), "end": utc(9999, 12, 31, 23, 59)},
        {"start": utc(1, 1, 1), "end": utc(9999, 12, 31), "is_all_day": True},
        {"start": utc(9999, 12, 31, 23), "end": None, "is_all_day": True},
        {"start": None, "end": None, "is_all_day": True},
        {"uid": None},
        {"uid": "\x00\n"},
        {"subject": None},
        {"subject": "\x00\x01\x02\ud800"},
        {"reminder_is_set": True},
        {"recurrence": Recurrence(start=EWSDate(2026, 3, 2))},
        {"recurrence": Recurrence(pattern=WeeklyPattern(), start=EWSDate(2026, 3, 2))},
        {"recurrence": Recurrence(pattern=DailyPattern(), start=EWSDate(9999, 1, 1), end=EWSDate(9999, 12, 31))},
        {"recurrence": Recurrence(pattern=DailyPattern(), start=EWSDate(2026, 3, 2), end=EWSDate(2020, 1, 1))},
        {"recurrence": Recurrence(pattern=AbsoluteMonthlyPattern(interval=999), start=EWSDate(2026, 3, 2))},
        {"recurrence": Recurrence(pattern=RelativeMonthlyPattern(interval=1), start=EWSDate(1, 1, 1))},
        {"location": "x" * 5000},
        {"deleted_occurrences": [DeletedOccurrence()], "modified_occurrences": [Occurrence()]},
    ],
)
@pytest.mark.parametrize("zone", [BERLIN, None])
def test_odd_data_gives_a_valid_file(fields: dict[str, Any], zone: EWSTimeZone | None) -> None:
    item = weekly(start_timezone=zone, end_timezone=zone)
    for name, value in fields.items():
        setattr(item, name, value)
    found = one(ics.event(item, [changed(original_start=None)]))
    assert found["DTSTART"].dt is not None
    assert str(found["UID"])
    assert found["DTSTAMP"].dt is not None


def test_zone_that_only_the_server_knows() -> None:
    definition = resources.files("tzdata").joinpath("zoneinfo/Europe/Berlin").read_bytes()
    zone = EWSTimeZone.from_bytes(definition, 'Our "own" zone')
    data = ics.event(meeting(start_timezone=zone, end_timezone=zone))
    assert one(data)["DTSTART"].params["TZID"] == "Our 'own' zone"
    assert one(data)["DTSTART"].to_ical() == b"20260302T091500"
    assert icsread.parse_event(data).master["start"] == utc(2026, 3, 2, 8, 15)


# -- tasks


def test_task() -> None:
    item = Task(
        subject="File tax return", start_date=date(2026, 3, 1), due_date=date(2026, 3, 31), status="InProgress",
        percent_complete=50.0, importance="High", reminder_is_set=True, reminder_due_by=utc(2026, 3, 31, 8),
        item_id="T1",
    )  # fmt: skip
    data = ics.task(item)
    found = one(data, "VTODO")
    assert (found["DTSTART"].to_ical(), found["DUE"].to_ical()) == (b"20260301", b"20260331")
    assert (str(found["STATUS"]), int(found["PERCENT-COMPLETE"]), int(found["PRIORITY"])) == ("IN-PROCESS", 50, 1)
    assert one(data, "VALARM")["TRIGGER"].dt == utc(2026, 3, 31, 8)


def test_completed_task() -> None:
    found = one(ics.task(Task(subject="x", status="Completed", complete_date=utc(2026, 3, 5))), "VTODO")
    assert (str(found["STATUS"]), found["COMPLETED"].to_ical()) == ("COMPLETED", b"20260305T000000Z")


@pytest.mark.parametrize("pattern", [DailyPattern(interval=3), DailyRegeneration(interval=3)])
def test_recurring_task(pattern: DailyPattern | DailyRegeneration) -> None:
    recurrence = Recurrence(pattern=pattern, start=EWSDate(2026, 3, 2), number=4)
    data = ics.task(Task(subject="x", start_date=date(2026, 3, 2), recurrence=recurrence))
    assert one(data, "VTODO")["RRULE"].to_ical() == b"FREQ=DAILY;COUNT=4;INTERVAL=3"
    assert icsread.parse_task(data).fields["recurrence"].pattern == pattern


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"start_date": date(2026, 3, 2), "due_date": date(2026, 3, 1)},
        {"due_date": date(9999, 12, 31), "percent_complete": 33.3},
        {"reminder_is_set": True},
        {"recurrence": Recurrence(pattern=DailyPattern(interval=1), start=EWSDate(2026, 3, 2))},
        {"recurrence": Recurrence(pattern=DailyPattern(interval=1)), "due_date": date(1, 1, 1)},
    ],
)
def test_odd_task_gives_a_valid_file(fields: dict[str, Any]) -> None:
    assert str(one(ics.task(Task(**fields)), "VTODO")["UID"])


@pytest.mark.parametrize(("name", "read"), [("CORP\\ada", "CORP\\ada"), ("\\", ""), ("Ada\\", "Ada")])
def test_a_backslash_in_a_name_never_hides_the_address(name: str, read: str) -> None:
    attendee = Attendee(mailbox=Mailbox(name=name, email_address="ada@example.test"))
    found = one(ics.event(meeting(required_attendees=[attendee])))["ATTENDEE"]
    assert (str(found), found.params.get("CN", "")) == ("mailto:ada@example.test", read)


# -- there and back

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30)
WORDS = TEXT.map(lambda text: " ".join(text.split())).filter(bool)
PEOPLE = st.lists(
    st.builds(
        lambda name, address, response: Attendee(
            mailbox=Mailbox(name=name, email_address=address), response_type=response
        ),
        WORDS.filter(lambda text: not set(text) & set('"^\\')),
        st.emails(domains=st.just("x.test")).filter(lambda address: "%" not in address),
        st.sampled_from(["Accept", "Decline", "Tentative", "Unknown"]),
    ),
    min_size=1,
    max_size=3,
)
EVENTS = st.fixed_dictionaries(
    {"subject": WORDS, "uid": WORDS},
    optional={
        "location": WORDS,
        "body": st.lists(WORDS, min_size=1, max_size=3).map("\n".join),
        "categories": st.lists(WORDS, min_size=1, max_size=3, unique=True),
        "sensitivity": st.sampled_from(["Normal", "Personal", "Private", "Confidential"]),
        "importance": st.sampled_from(["Low", "Normal", "High"]),
        "required_attendees": PEOPLE,
        "optional_attendees": PEOPLE,
        "resources": PEOPLE,
    },
)


@settings(max_examples=100, deadline=None)
@given(
    EVENTS,
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda when: when.replace(second=0, microsecond=0)),
    st.integers(0, 3000),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Casablanca", "UTC"]),
    st.sampled_from(["Free", "Busy", "Tentative", "OOF", "WorkingElsewhere"]),
    st.none() | st.integers(0, 10_000),
)
def test_event_comes_back(
    fields: dict[str, Any], start: datetime, minutes: int, zone: str, status: str, reminder: int | None
) -> None:
    begins = EWSDateTime.from_datetime(start.replace(tzinfo=timezone.utc))
    fields |= {
        "start": begins,
        "end": begins + timedelta(minutes=minutes),
        "start_timezone": EWSTimeZone(zone),
        "end_timezone": EWSTimeZone(zone),
        "legacy_free_busy_status": status,
        "reminder_is_set": reminder is not None,
    }
    if reminder is not None:
        fields["reminder_minutes_before_start"] = reminder
    data = ics.event(CalendarItem(**fields))
    assert one(data)
    assert icsread.parse_event(data).master == fields | {"is_all_day": False}


def test_series_comes_back() -> None:
    deleted = (utc(2026, 3, 16, 8, 15), utc(2026, 3, 30, 7, 15))
    item = weekly(deleted_occurrences=[DeletedOccurrence(start=each) for each in deleted])
    file = icsread.parse_event(ics.event(item, [changed()]))
    assert file.master["recurrence"] == item.recurrence
    assert file.deleted == deleted
    (exception,) = file.exceptions
    assert exception.original_start == utc(2026, 3, 9, 8, 15)
    assert exception.fields["subject"] == "moved"


def test_all_day_series_comes_back_in_its_zone() -> None:
    deleted = (utc(2026, 3, 29, 22),)
    item = weekly(is_all_day=True, start=utc(2026, 3, 1, 23), end=utc(2026, 3, 2, 23),
                  deleted_occurrences=[DeletedOccurrence(start=each) for each in deleted])  # fmt: skip
    file = icsread.parse_event(ics.event(item), ZoneInfo("Europe/Berlin"))
    assert (file.master["start"], file.master["end"]) == (item.start, item.end)
    assert file.master["recurrence"] == item.recurrence
    assert file.deleted == deleted


def test_same_item_same_bytes() -> None:
    assert ics.event(weekly(), [changed()]) == ics.event(weekly(), [changed()])
    assert datetime.now().strftime("%Y%m%d").encode() not in ics.event(meeting())


def test_fields_are_those_of_the_classes() -> None:
    for kind, names in (
        (CalendarItem, ics.EVENT_FIELDS),
        (CalendarItem, ics.EXCEPTION_FIELDS),
        (Task, ics.TASK_FIELDS),
    ):
        for name in names:
            assert kind.field(name)
