"""The difference between two versions of a file, as the fields to send."""

from __future__ import annotations

from datetime import timedelta, timezone

from ewsfs.ews.ewsdatetime import EWSDateTime, EWSTimeZone
from ewsfs.ews.items import Contact
from ewsfs.ews.properties import Body, HTMLBody
from ewsfs.formats import edits, icsread, vcf, vcfread

START = EWSDateTime(2026, 3, 2, 8, 15, tzinfo=timezone.utc)
WEEK = timedelta(days=7)


def series(*lines: str, exceptions: tuple[str, ...] = (), rule: str = "FREQ=WEEKLY") -> icsread.EventFile:
    """A weekly event on Mondays; each exception is "day of March:summary"."""
    text = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u1", "DTSTART:20260302T081500Z", "SUMMARY:weekly"]
    text += [f"RRULE:{rule}", *lines, "END:VEVENT"]
    for day, summary in (each.split(":") for each in exceptions):
        when = f"202603{day}T081500Z"
        text += [
            "BEGIN:VEVENT",
            "UID:u1",
            f"RECURRENCE-ID:{when}",
            f"DTSTART:{when}",
            f"SUMMARY:{summary}",
            "END:VEVENT",
        ]
    return icsread.parse_event("\r\n".join([*text, "END:VCALENDAR", ""]).encode())


def test_equal_files_differ_in_nothing() -> None:
    file = series("EXDATE:20260309T081500Z", exceptions=("16:moved",))
    assert not edits.event_changes(file, file)


def test_only_what_differs() -> None:
    assert edits.differences({"subject": "a", "location": "x"}, {"subject": "b", "location": "x"}) == {"subject": "b"}


def test_what_is_gone_is_emptied() -> None:
    assert edits.differences({"subject": "a", "location": "x"}, {"subject": "a"}) == {"location": None}


def test_times_go_together() -> None:
    old = {"start": 1, "end": 2, "is_all_day": False, "start_timezone": "z", "subject": "s"}
    new = old | {"end": 3}
    assert edits.differences(old, new) == {"start": 1, "end": 3, "is_all_day": False, "start_timezone": "z"}


def test_uid_is_not_sent() -> None:
    assert edits.differences({"uid": "a"}, {"uid": "b"}) == {}


def test_kind_of_body_counts() -> None:
    assert edits.differences({"body": HTMLBody("x")}, {"body": Body("x")}) == {"body": "x"}


def test_deleted_occurrence() -> None:
    changes = edits.event_changes(series(), series("EXDATE:20260309T081500Z"))
    assert changes == edits.EventChanges({}, (), (START + WEEK,), ())


def test_changed_occurrence_has_what_differs_from_the_series() -> None:
    changes = edits.event_changes(series("LOCATION:here"), series("LOCATION:here", exceptions=("09:other",)))
    ((start, fields),) = changes.changed
    assert start == START + WEEK
    assert fields["subject"] == "other"
    assert fields["location"] is None
    assert fields["start"] == START + WEEK
    assert "recurrence" not in fields


def test_occurrence_that_is_changed_again_has_what_differs_from_before() -> None:
    old, new = (series(exceptions=(f"09:{summary}",)) for summary in ("one", "two"))
    assert edits.event_changes(old, new).changed == ((START + WEEK, {"subject": "two"}),)


def test_restored_occurrences() -> None:
    old = series("EXDATE:20260309T081500Z", exceptions=("16:moved",))
    assert edits.event_changes(old, series()).restored == (START + WEEK, START + 2 * WEEK)


def test_deleted_one_that_is_changed_instead_has_to_be_restored_first() -> None:
    changes = edits.event_changes(series("EXDATE:20260309T081500Z"), series(exceptions=("09:back",)))
    assert changes.restored == (START + WEEK,)
    assert [start for start, _ in changes.changed] == [START + WEEK]


def test_new_rule_gives_all_exceptions_again() -> None:
    old, new = (
        series("EXDATE:20260309T081500Z", exceptions=("16:moved",), rule=rule)
        for rule in ("FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=9")
    )
    changes = edits.event_changes(old, new)
    assert changes.master["recurrence"].number == 9
    assert changes.deleted == (START + WEEK,)
    assert [start for start, _ in changes.changed] == [START + 2 * WEEK]
    assert changes.restored == ()


def test_edit_of_one_telephone_number_sends_no_other_field() -> None:
    item = Contact(display_name="Ada", file_as="Lovelace, Ada", phone_numbers={"HomePhone2": "1", "MobilePhone": "2"})
    before = vcf.contact(item)
    after = before.replace(b":2\r\n", b":3\r\n")
    changed = edits.differences(vcfread.parse_contact(before).fields, vcfread.parse_contact(after).fields)
    assert list(changed) == ["phone_numbers"]
    assert {entry.label: entry.phone_number for entry in changed["phone_numbers"]} == {
        "HomePhone2": "1",
        "MobilePhone": "3",
    }


def test_zones_that_are_one_for_exchange_are_the_same() -> None:
    stockholm, berlin, london = (EWSTimeZone(f"Europe/{city}") for city in ("Stockholm", "Berlin", "London"))
    assert edits.differences({"start_timezone": stockholm}, {"start_timezone": berlin}) == {}
    assert edits.differences({"start_timezone": london}, {"start_timezone": berlin}) != {}
