"""Calendar files as fields: what is read, what is refused and why, real and broken files."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewsfs.ews.ewsdatetime import EWSDate, EWSDateTime, EWSTimeZone
from ewsfs.ews.items import CalendarItem
from ewsfs.ews.properties import Attendee, Body, HTMLBody, Mailbox
from ewsfs.ews.recurrence import DailyPattern, DailyRegeneration, WeeklyPattern
from ewsfs.formats import ics, icsread
from ewsfs.formats.errors import FormatError

BERLIN = ZoneInfo("Europe/Berlin")


def calendar(*lines: str, kind: str = "VEVENT") -> bytes:
    """A calendar with one component."""
    return calendar_of(f"BEGIN:{kind}", "UID:u1", *lines, f"END:{kind}")


def calendar_of(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR")).encode()


def event(*lines: str) -> dict[str, object]:
    """The fields of an event on 2 March 2026, 9:15 in Berlin."""
    return icsread.parse_event(calendar("DTSTART;TZID=Europe/Berlin:20260302T091500", *lines)).master


def utc(*parts: int) -> EWSDateTime:
    return EWSDateTime(*parts, tzinfo=timezone.utc)  # type: ignore[misc, arg-type]  # mypy sees no fixed length


# -- times


def test_local_time_and_its_zone() -> None:
    fields = event("DTEND;TZID=Europe/Berlin:20260302T101500")
    assert (fields["start"], fields["end"]) == (utc(2026, 3, 2, 8, 15), utc(2026, 3, 2, 9, 15))
    assert fields["start_timezone"] == fields["end_timezone"] == EWSTimeZone("Europe/Berlin")
    assert fields["is_all_day"] is False


def test_end_in_another_zone() -> None:
    fields = event("DTEND;TZID=America/New_York:20260302T101500")
    assert fields["end"] == utc(2026, 3, 2, 15, 15)
    assert fields["end_timezone"] == EWSTimeZone("America/New_York")


@pytest.mark.parametrize(("duration", "minutes"), [("PT45M", 45), ("P1D", 1440), ("P1W", 10080), ("PT0S", 0)])
def test_duration(duration: str, minutes: int) -> None:
    fields = event(f"DURATION:{duration}")
    assert fields["end"] == utc(2026, 3, 2, 8, 15) + timedelta(minutes=minutes)


def test_a_day_is_by_the_clock_and_hours_are_hours() -> None:
    data = calendar("DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D")
    assert icsread.parse_event(data).master["end"] == utc(2026, 3, 29, 10)
    data = calendar("DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:PT24H")
    assert icsread.parse_event(data).master["end"] == utc(2026, 3, 29, 10)
    data = calendar("DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:PT23H")
    assert icsread.parse_event(data).master["end"] == utc(2026, 3, 29, 10)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("DTSTART;TZID=Europe/Berlin:20260302T091500", "DTEND;TZID=Europe/Berlin:20260302T091459"),
        ("DTSTART;TZID=Europe/Berlin:20260302T091500", "DTEND;TZID=Asia/Tokyo:20260302T161500"),
        ("DTSTART:20260302T091500Z", "DTEND:20250302T101500Z"),
        ("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260301"),
    ],
)
def test_an_end_before_the_start_is_refused(start: str, end: str) -> None:
    with pytest.raises(FormatError, match=r"ends before it begins: DTEND 202.* is earlier than DTSTART 2026-03-02"):
        icsread.parse_event(calendar(start, end))


def test_an_exception_that_ends_before_it_begins_is_refused() -> None:
    lines = ("DTSTART:20260302T091500Z", "RRULE:FREQ=DAILY;COUNT=3", "END:VEVENT", "BEGIN:VEVENT")
    moved = ("UID:u1", "RECURRENCE-ID:20260303T091500Z", "DTSTART:20260303T101500Z", "DTEND:20260303T093000Z")
    with pytest.raises(FormatError, match="DTEND 2026-03-03 09:30:00 UTC is earlier than DTSTART 2026-03-03 10:15:00"):
        icsread.parse_event(calendar(*lines, *moved))


def test_a_duration_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(FormatError, match="less than nothing"):
        event("DURATION:-PT1H")


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        # 02:30 and then, when it is 02:10 for the second time; 02:30 isn't there, and 03:10 follows on 01:59.
        ("DTSTART;TZID=Europe/Berlin:20261025T023000", "DTEND;TZID=Europe/Berlin:20261025T021000", 40),
        ("DTSTART;TZID=Europe/Berlin:20260329T023000", "DTEND;TZID=Europe/Berlin:20260329T031000", 0),
        ("DTSTART;TZID=Europe/Berlin:20260302T091500", "DTEND;TZID=America/New_York:20260302T031600", 1),
        ("DTSTART:20260302T091500Z", "DTEND:20260302T091500Z", 0),
        ("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260302", 24 * 60),
    ],
)
def test_an_end_that_is_none_too_early(start: str, end: str, minutes: int) -> None:
    fields = icsread.parse_event(calendar(start, end)).master
    assert fields["end"] - fields["start"] == timedelta(minutes=minutes)


def test_time_without_zone_is_local() -> None:
    fields = icsread.parse_event(calendar("DTSTART:20260302T091500"), BERLIN).master
    assert fields["start"] == utc(2026, 3, 2, 8, 15)
    assert fields["start_timezone"] == EWSTimeZone("Europe/Berlin")


def test_days_begin_at_local_midnight() -> None:
    data = calendar("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304")
    fields = icsread.parse_event(data, BERLIN).master
    assert (fields["start"], fields["end"]) == (utc(2026, 3, 1, 23), utc(2026, 3, 3, 23))
    assert fields["is_all_day"] is True
    assert fields["start_timezone"] == EWSTimeZone("Europe/Berlin")


def test_day_without_end_is_one_day() -> None:
    fields = icsread.parse_event(calendar("DTSTART;VALUE=DATE:20260302")).master
    assert fields["end"] == utc(2026, 3, 3)


def zone_of_its_own(name: str, standard: str = "+0100", daylight: str = "+0200") -> list[str]:
    return [
        "BEGIN:VTIMEZONE", f"TZID:{name}",
        "BEGIN:STANDARD", "DTSTART:16011028T030000", f"TZOFFSETFROM:{daylight}", f"TZOFFSETTO:{standard}",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:16010325T020000", f"TZOFFSETFROM:{standard}", f"TZOFFSETTO:{daylight}",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE",
    ]  # fmt: skip


def test_zone_that_the_file_defines_is_recognised() -> None:
    fields = icsread.parse_event(
        calendar_of(
            *zone_of_its_own("Customized Time Zone"), "BEGIN:VEVENT", "UID:u1",
            "DTSTART;TZID=Customized Time Zone:20260702T091500", "END:VEVENT",
        )
    ).master  # fmt: skip
    assert fields["start"] == utc(2026, 7, 2, 7, 15)
    assert fields["start_timezone"] == EWSTimeZone("Europe/Berlin")


def test_zone_of_one_file_is_not_taken_for_that_of_the_next() -> None:
    starts = []
    for standard, daylight in (("+0300", "+0400"), ("+0500", "+0600")):
        data = calendar_of(
            *zone_of_its_own("Ours", standard, daylight), "BEGIN:VEVENT", "UID:u1",
            "DTSTART;TZID=Ours:20260702T091500", "END:VEVENT",
        )  # fmt: skip
        starts.append(icsread.parse_event(data).master["start"])
    assert starts == [utc(2026, 7, 2, 5, 15), utc(2026, 7, 2, 3, 15)]


def test_broken_definition_of_a_known_zone_does_no_harm() -> None:
    data = calendar_of(
        "BEGIN:VTIMEZONE", "TZID:Europe/Berlin", "BEGIN:STANDARD", "DTSTART:rubbish", "TZOFFSETTO:+5744",
        "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:u1",
        "DTSTART;TZID=Europe/Berlin:20260702T091500", "END:VEVENT",
    )  # fmt: skip
    assert icsread.parse_event(data).master["start"] == utc(2026, 7, 2, 7, 15)


# -- fields


def test_texts() -> None:
    fields = event(
        "SUMMARY:Lunch\\, at \\n noon", "LOCATION:Caf\\;e", "CATEGORIES:Food,Fun\\, really", "CATEGORIES:Food",
        "CLASS:CONFIDENTIAL", "PRIORITY:1", "DESCRIPTION:one\\ntwo", "URL:https://example.test/x",
    )  # fmt: skip
    assert fields["subject"] == "Lunch, at noon"
    assert fields["location"] == "Caf;e"
    assert fields["categories"] == ["Food", "Fun, really"]
    assert fields["sensitivity"] == "Confidential"
    assert fields["importance"] == "High"
    assert fields["body"] == "one\ntwo"
    assert fields["meeting_workspace_url"] == "https://example.test/x"
    assert fields["uid"] == "u1"


def test_what_is_not_mentioned_is_not_a_field() -> None:
    assert set(event()) == {
        "start", "end", "is_all_day", "start_timezone", "end_timezone", "uid", "reminder_is_set",
    }  # fmt: skip


def test_html_description() -> None:
    body = event("DESCRIPTION:Hello you", "X-ALT-DESC;FMTTYPE=text/html:<p>Hello <b>you</b></p>")["body"]
    assert body == "<p>Hello <b>you</b></p>"
    assert isinstance(body, HTMLBody)


def test_edited_description_wins_over_the_old_html() -> None:
    body = event("DESCRIPTION:Hello me", "X-ALT-DESC;FMTTYPE=text/html:<p>Hello <b>you</b></p>")["body"]
    assert body == "Hello me"
    assert not isinstance(body, HTMLBody)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["TRANSP:TRANSPARENT"], "Free"),
        (["TRANSP:OPAQUE"], "Busy"),
        (["TRANSP:OPAQUE", "STATUS:TENTATIVE"], "Tentative"),
        (["TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"], "OOF"),
        (["X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"], "WorkingElsewhere"),
        ([], None),
    ],
)
def test_free_or_busy(lines: list[str], status: str | None) -> None:
    assert event(*lines).get("legacy_free_busy_status") == status


def test_attendees_by_role() -> None:
    fields = event(
        'ATTENDEE;CN="Ada L.";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:ada@example.test',
        "ATTENDEE;ROLE=OPT-PARTICIPANT:MAILTO:bob@example.test",
        "ATTENDEE;CUTYPE=ROOM;CN=Blue room:mailto:blue@example.test",
        "ATTENDEE;CN=Nobody:invalid:nomail",
        "ATTENDEE:invalid:nomail",
    )
    ada = Attendee(mailbox=Mailbox(name="Ada L.", email_address="ada@example.test"), response_type="Accept")
    nobody = Attendee(mailbox=Mailbox(name="Nobody"), response_type="Unknown")
    bob = Attendee(mailbox=Mailbox(email_address="bob@example.test"), response_type="Unknown")
    room = Attendee(mailbox=Mailbox(name="Blue room", email_address="blue@example.test"), response_type="Unknown")
    assert fields["required_attendees"] == [ada, nobody]
    assert fields["optional_attendees"] == [bob]
    assert fields["resources"] == [room]


@pytest.mark.parametrize(
    ("trigger", "minutes"),
    [
        ("TRIGGER:-PT15M", 15),
        ("TRIGGER:PT0S", 0),
        ("TRIGGER:PT10M", 0),
        ("TRIGGER:-P1DT1H", 1500),
        ("TRIGGER;RELATED=END:-PT1H", 0),
        ("TRIGGER;RELATED=END:-PT2H", 60),
        ("TRIGGER;VALUE=DATE-TIME:20260302T080000Z", 15),
    ],
)
def test_reminder(trigger: str, minutes: int) -> None:
    fields = event("DURATION:PT1H", "BEGIN:VALARM", "ACTION:DISPLAY", trigger, "END:VALARM")
    assert (fields["reminder_is_set"], fields["reminder_minutes_before_start"]) == (True, minutes)


# -- series


def series(*lines: str) -> icsread.EventFile:
    start = "DTSTART;TZID=Europe/Berlin:20260302T091500"
    return icsread.parse_event(
        calendar_of("BEGIN:VEVENT", "UID:u1", start, "RRULE:FREQ=WEEKLY;COUNT=5", *lines[:1], "END:VEVENT", *lines[1:])
    )


def test_deleted_occurrences() -> None:
    file = series("EXDATE;TZID=Europe/Berlin:20260309T091500,20260330T091500")
    assert file.deleted == (utc(2026, 3, 9, 8, 15), utc(2026, 3, 30, 7, 15))
    pattern = WeeklyPattern(interval=1, weekdays=["Monday"], first_day_of_week="Monday")
    assert file.master["recurrence"].pattern == pattern


def test_deleted_day_of_a_series_of_times() -> None:
    assert series("EXDATE;VALUE=DATE:20260309").deleted == (utc(2026, 3, 9, 8, 15),)


def test_deleted_day_of_an_all_day_series() -> None:
    data = calendar("DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20260305")
    assert icsread.parse_event(data, BERLIN).deleted == (utc(2026, 3, 4, 23),)


def test_changed_occurrence() -> None:
    file = series(
        "SUMMARY:weekly", "BEGIN:VEVENT", "UID:u1", "RECURRENCE-ID;TZID=Europe/Berlin:20260316T091500",
        "DTSTART;TZID=Europe/Berlin:20260317T101500", "SUMMARY:moved", "END:VEVENT",
    )  # fmt: skip
    (changed,) = file.exceptions
    assert changed.original_start == utc(2026, 3, 16, 8, 15)
    assert (changed.fields["start"], changed.fields["subject"]) == (utc(2026, 3, 17, 9, 15), "moved")


# -- tasks


def task(*lines: str) -> dict[str, object]:
    return icsread.parse_task(calendar(*lines, kind="VTODO")).fields


def test_task() -> None:
    fields = task(
        "SUMMARY:File it", "DTSTART;VALUE=DATE:20260301", "DUE;VALUE=DATE:20260331", "PERCENT-COMPLETE:50",
        "STATUS:IN-PROCESS", "PRIORITY:9",
    )  # fmt: skip
    assert fields == {
        "subject": "File it",
        "start_date": EWSDate(2026, 3, 1),
        "due_date": EWSDate(2026, 3, 31),
        "percent_complete": 50.0,
        "status": "InProgress",
        "importance": "Low",
        "reminder_is_set": False,
    }


def test_completed_task() -> None:
    fields = task("COMPLETED:20260305T100000Z")
    assert (fields["status"], fields["complete_date"]) == ("Completed", utc(2026, 3, 5, 10))


@pytest.mark.parametrize(("extra", "pattern"), [([], DailyPattern), (["X-EWS-REGENERATES:TRUE"], DailyRegeneration)])
def test_recurring_task(extra: list[str], pattern: type) -> None:
    recurrence = task("DTSTART;VALUE=DATE:20260301", "RRULE:FREQ=DAILY;INTERVAL=3", *extra)["recurrence"]
    assert getattr(recurrence, "pattern", None) == pattern(interval=3)


def test_task_reminder_is_a_time() -> None:
    alarm = ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER;VALUE=DATE-TIME:20260331T080000Z", "END:VALARM"]
    assert task("DUE;VALUE=DATE:20260331", *alarm)["reminder_due_by"] == utc(2026, 3, 31, 8)


# -- what is refused


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello", "BEGIN:VCALENDAR"),
        (b"\xff\xfe\x00", "BEGIN:VCALENDAR"),
        (calendar("SUMMARY:no start"), "no start"),
        (calendar("DTSTART:tomorrow"), "DTSTART"),
        (calendar("DTSTART:20260302T091500Z", "RRULE:FREQ=SOMETIMES"), "RRULE"),
        (calendar("DTSTART:20260302T091500Z", "RRULE:FREQ=DAILY", "RDATE:20260401T091500Z"), "RDATE"),
        (calendar("DTSTART:20260302T091500Z", "DUE:20260302T091500Z", kind="VTODO"), "no event"),
        (
            calendar_of(*(line for uid in "ab" for line in ("BEGIN:VEVENT", f"UID:{uid}", "END:VEVENT"))),
            "more than one event",
        ),
        (b"BEGIN:VCALENDAR\r\n", "no event"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        icsread.parse_event(data)


def test_kind() -> None:
    assert icsread.kind(calendar("DTSTART:20260302T091500Z")) == "event"
    assert icsread.kind(calendar(kind="VTODO")) == "task"
    with pytest.raises(FormatError, match="neither"):
        icsread.kind(calendar(kind="VJOURNAL"))


# -- real and broken files


def test_corpus_is_read_or_refused_with_a_reason(corpus: Path) -> None:
    read = 0
    reasons: list[str] = []
    for path in sorted((corpus / "ics").glob("*.ics")):
        data = path.read_bytes()
        try:
            if icsread.kind(data) == "event":
                icsread.parse_event(data, BERLIN)
            else:
                icsread.parse_task(data, BERLIN)
            read += 1
        except FormatError as error:
            reasons.append(str(error))
    assert read > 120
    assert all(reasons)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_files_are_read_or_refused(data: st.DataObject) -> None:
    folder = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "ics"
    files = sorted(folder.glob("*.ics"))
    if not files:
        pytest.skip("the corpus is not here")
    raw = bytearray(data.draw(st.sampled_from(files)).read_bytes()[:4000])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 20))] = data.draw(
            st.binary(max_size=10)
            | st.sampled_from([b"\r\n", b";", b":", b"=", b'"', b"99999999", b"BEGIN:VEVENT\r\n"])
        )
    for parse in (icsread.parse_event, icsread.parse_task):
        with suppress(FormatError):
            parse(bytes(raw), BERLIN)


def test_times_at_the_ends_of_the_calendar() -> None:
    for year in ("00010101", "99991231"):
        fields = icsread.parse_event(calendar(f"DTSTART;TZID=Europe/Berlin:{year}T000000"), BERLIN).master
        assert isinstance(fields["start"], datetime)
        assert icsread.parse_event(calendar(f"DTSTART;VALUE=DATE:{year}"), BERLIN).master["is_all_day"] is True


# -- texts that come back


@pytest.mark.parametrize(
    "body",
    [
        Body("C:\\New\\notes; a, b \\n c\nsecond line"),
        HTMLBody("<p>One, two; three</p>\n<p>C:\\New\\notes</p>"),
        HTMLBody('<a href="x?a=1&amp;b=2,3">link</a> \\; \\,'),
    ],
)
def test_body_comes_back_as_it_was_whatever_has_to_be_escaped(body: Body) -> None:
    item = CalendarItem(
        subject="C:\\New", location="Room \\N; 4", body=body, start=utc(2026, 3, 2), end=utc(2026, 3, 2)
    )
    fields = icsread.parse_event(ics.event(item)).master
    assert (fields["body"], type(fields["body"])) == (body, type(body))
    assert (fields["subject"], fields["location"]) == ("C:\\New", "Room \\N; 4")


def test_attendee_who_is_called_by_the_address_has_no_name() -> None:
    line = "ATTENDEE;CN=bob@example.test:mailto:bob@example.test"
    assert event(line)["required_attendees"] == [
        Attendee(mailbox=Mailbox(email_address="bob@example.test"), response_type="Unknown")
    ]
    item = CalendarItem(start=utc(2026, 3, 2), end=utc(2026, 3, 2))
    item.required_attendees = [Attendee(mailbox=Mailbox(name="bob@example.test", email_address="bob@example.test"))]
    assert b"CN=" not in ics.event(item)
