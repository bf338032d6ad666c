"""Calendar: times and zones, whole days, series of every pattern, exceptions, views."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from dateutil.rrule import DAILY, MO, MONTHLY, TH, TU, WE, WEEKLY, YEARLY, rrule
from exchangelib import Account, Attendee, CalendarItem, EWSDate, EWSDateTime, EWSTimeZone, Mailbox
from exchangelib.errors import ErrorItemNotFound
from exchangelib.fields import MONDAY, THURSDAY, WEDNESDAY
from exchangelib.items import MeetingRequest
from exchangelib.recurrence import (
    AbsoluteMonthlyPattern,
    AbsoluteYearlyPattern,
    DailyPattern,
    Recurrence,
    RelativeMonthlyPattern,
    RelativeYearlyPattern,
    WeeklyPattern,
)

from tests.interop.conftest import ZONE

START = EWSDateTime(2025, 3, 3, 9, 30, tzinfo=ZONE)  # a Monday, four weeks before the clocks change
HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)


def series(account: Account, pattern: object, start: EWSDateTime = START, **span: object) -> CalendarItem:
    return CalendarItem(
        account=account,
        folder=account.calendar,
        subject="Series",
        start=start,
        end=start + HOUR,
        recurrence=Recurrence(pattern=pattern, start=start.date(), **span),
    ).save()


def occurrence(master: CalendarItem, index: int) -> CalendarItem:
    """An occurrence by its number, read from the server."""
    found = master.occurrence(index=index)
    found.refresh()
    return found


def walls(items: object) -> list[str]:
    """The starts in the home zone, which is where series keep their hour."""
    return [item.start.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") for item in items]  # type: ignore[attr-defined]


def test_an_appointment_comes_back_as_it_was_made(account: Account) -> None:
    made = CalendarItem(
        account=account,
        folder=account.calendar,
        subject="Calibration",
        body="Bring the laser.",
        start=START,
        end=START + HOUR,
        location="Wave tank 2",
        legacy_free_busy_status="Tentative",
        categories=["Work"],
        reminder_is_set=True,
        reminder_minutes_before_start=45,
        sensitivity="Private",
        importance="High",
    ).save()
    found = account.calendar.get(id=made.id)
    assert (found.start, found.end) == (START, START + HOUR)
    assert found._start_timezone == ZONE
    assert (found.subject, found.location, found.body) == ("Calibration", "Wave tank 2", "Bring the laser.")
    assert (found.legacy_free_busy_status, found.type) == ("Tentative", "Single")
    assert (found.reminder_is_set, found.reminder_minutes_before_start) == (True, 45)
    assert (found.sensitivity, found.importance, found.categories) == ("Private", "High", ["Work"])
    assert (found.is_all_day, found.is_recurring, found.is_meeting, found.is_cancelled) == (False, False, False, False)
    assert found.organizer.email_address == "ada@example.test"
    assert found.my_response_type == "Organizer"
    assert found.uid
    assert found.duration == "PT1H"


@pytest.mark.parametrize("name", ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "Asia/Tokyo"])
def test_zones_are_kept(account: Account, name: str) -> None:
    zone = EWSTimeZone(name)
    start = EWSDateTime(2025, 7, 1, 8, 15, tzinfo=zone)
    made = CalendarItem(account=account, folder=account.calendar, subject="There", start=start, end=start + HOUR)
    made.save()
    found = account.calendar.get(id=made.id)
    assert found.start == start
    assert found._start_timezone.ms_id == zone.ms_id


def test_a_whole_day_has_dates(account: Account) -> None:
    made = CalendarItem(
        account=account,
        folder=account.calendar,
        subject="Outing",
        is_all_day=True,
        start=EWSDate(2025, 5, 1),
        end=EWSDate(2025, 5, 2),
    ).save()
    found = account.calendar.get(id=made.id)
    assert found.is_all_day
    assert (found.start, found.end) == (EWSDate(2025, 5, 1), EWSDate(2025, 5, 2))
    assert found.legacy_free_busy_status in {"Free", "Busy"}


def test_an_appointment_is_moved_in_time(account: Account) -> None:
    made = CalendarItem(account=account, folder=account.calendar, subject="Move me", start=START, end=START + HOUR)
    made.save()
    made.start += 24 * HOUR
    made.end += 25 * HOUR
    made.location = "Elsewhere"
    made.save()
    found = account.calendar.get(id=made.id)
    assert (found.start, found.end, found.location) == (START + 24 * HOUR, START + 26 * HOUR, "Elsewhere")


def test_a_view_has_what_overlaps_it(account: Account) -> None:
    for hours in (0, 2, 4):
        begin = START + hours * HOUR
        CalendarItem(account=account, folder=account.calendar, subject=f"{hours}", start=begin, end=begin + HOUR).save()
    found = account.calendar.view(start=START + HOUR / 2, end=START + 3 * HOUR)
    assert [item.subject for item in found] == ["0", "2"]
    assert account.calendar.view(start=START, end=START + 9 * HOUR).count() == 3
    first = account.calendar.view(start=START, end=START + 9 * HOUR, max_items=2)
    assert [item.subject for item in first] == ["0", "2"]
    assert list(account.calendar.view(start=START + 20 * HOUR, end=START + 21 * HOUR)) == []


DAYS = [
    (DailyPattern(interval=1), {"freq": DAILY}),
    (DailyPattern(interval=3), {"freq": DAILY, "interval": 3}),
    (WeeklyPattern(interval=1, weekdays=[MONDAY, THURSDAY]), {"freq": WEEKLY, "byweekday": [MO, TH]}),
    (
        WeeklyPattern(interval=3, weekdays=[MONDAY, WEDNESDAY]),
        {"freq": WEEKLY, "interval": 3, "byweekday": [MO, WE]},
    ),
    (AbsoluteMonthlyPattern(interval=1, day_of_month=3), {"freq": MONTHLY, "bymonthday": 3}),
    (AbsoluteMonthlyPattern(interval=2, day_of_month=15), {"freq": MONTHLY, "interval": 2, "bymonthday": 15}),
    (
        RelativeMonthlyPattern(interval=1, weekday=WEDNESDAY, week_number=2),
        {"freq": MONTHLY, "byweekday": WE(2)},
    ),
    (RelativeMonthlyPattern(interval=1, weekday=2, week_number=5), {"freq": MONTHLY, "byweekday": TU(-1)}),
    (AbsoluteYearlyPattern(day_of_month=14, month=7), {"freq": YEARLY, "bymonth": 7, "bymonthday": 14}),
    (
        RelativeYearlyPattern(weekday=MONDAY, week_number=1, month=9),
        {"freq": YEARLY, "bymonth": 9, "byweekday": MO(1)},
    ),
]


@pytest.mark.parametrize(("pattern", "rule"), DAYS, ids=[str(pattern) for pattern, _ in DAYS])
def test_a_series_falls_on_the_days_of_its_rule(account: Account, pattern: object, rule: dict[str, Any]) -> None:
    """dateutil, which nobody here wrote either, counts the days; the hour on the clock stays through the summer."""
    wall = START.replace(tzinfo=None)
    days = list(rrule(dtstart=wall, count=8, **rule))
    series(account, pattern, start=EWSDateTime.from_datetime(days[0].replace(tzinfo=ZONE)), number=8)
    found: list[str] = []
    for year in range(5):
        begin = START + year * 2 * YEAR
        found += walls(account.calendar.view(start=begin, end=begin + 2 * YEAR))
    assert found == [day.strftime("%Y-%m-%d %H:%M") for day in days]


def test_a_series_ends_by_number_by_date_or_never(account: Account) -> None:
    numbered = series(account, DailyPattern(interval=1), number=5)
    until = series(account, DailyPattern(interval=1), end=START.date() + timedelta(days=3))
    endless = series(account, WeeklyPattern(interval=1, weekdays=[MONDAY]))
    for item, expected in ((numbered, 5), (until, 4)):
        found = account.calendar.get(id=item.id)
        assert found.last_occurrence.start == START + timedelta(days=expected - 1)
    found = account.calendar.get(id=endless.id)
    assert found.last_occurrence is None
    assert found.recurrence.boundary.__class__.__name__ == "NoEndPattern"


class TestMaster:
    @pytest.fixture
    def master(self, account: Account) -> CalendarItem:
        series(account, WeeklyPattern(interval=1, weekdays=[MONDAY, WEDNESDAY]), number=8)
        return account.calendar.get(subject="Series")

    def test_it_describes_the_series(self, master: CalendarItem) -> None:
        assert (master.type, master.is_recurring) == ("RecurringMaster", False)
        assert (master.recurrence.pattern.interval, master.recurrence.pattern.weekdays) == (1, [1, 3])
        assert (master.recurrence.boundary.start, master.recurrence.boundary.number) == (START.date(), 8)
        assert master.first_occurrence.start == START
        assert master.modified_occurrences is None
        assert master.deleted_occurrences is None

    def test_a_plain_search_finds_only_it(self, account: Account, master: CalendarItem) -> None:
        assert account.calendar.all().count() == 1
        assert [item.type for item in account.calendar.filter(start__lt=START + YEAR)] == ["RecurringMaster"]

    def test_a_view_finds_the_occurrences(self, account: Account, master: CalendarItem) -> None:
        found = list(account.calendar.view(start=START, end=START + 30 * 24 * HOUR))
        assert {item.type for item in found} == {"Occurrence"}
        assert len(found) == 8
        assert len({item.id for item in found}) == 8
        assert {item.uid for item in found} == {master.uid}
        assert all(item.is_recurring for item in found)

    def test_an_occurrence_finds_its_master(self, account: Account, master: CalendarItem) -> None:
        third = list(account.calendar.view(start=START, end=START + 30 * 24 * HOUR))[2]
        found = third.recurring_master()
        found.refresh()
        assert (found.id, found.type) == (master.id, "RecurringMaster")
        assert account.calendar.get(id=third.id).start == third.start
        assert occurrence(master, 3).start == third.start

    def test_an_occurrence_is_changed(self, account: Account, master: CalendarItem) -> None:
        third = occurrence(master, 3)
        original = third.start
        third.start += HOUR
        third.end += HOUR
        third.subject = "Series, later today"
        third.save()
        found = list(account.calendar.view(start=START, end=START + 30 * 24 * HOUR))
        assert len(found) == 8
        exception = next(item for item in found if item.type == "Exception")
        assert (exception.start, exception.subject) == (original + HOUR, "Series, later today")
        assert exception.original_start == original
        fresh = account.calendar.get(id=master.id)
        assert [o.original_start for o in fresh.modified_occurrences] == [original]
        assert [o.start for o in fresh.modified_occurrences] == [original + HOUR]
        assert fresh.subject == "Series"

    def test_an_occurrence_is_deleted(self, account: Account, master: CalendarItem) -> None:
        second = occurrence(master, 2)
        gone = second.start
        second.delete()
        found = list(account.calendar.view(start=START, end=START + 30 * 24 * HOUR))
        assert len(found) == 7
        assert gone not in {item.start for item in found}
        fresh = account.calendar.get(id=master.id)
        assert [o.start for o in fresh.deleted_occurrences] == [gone]
        with pytest.raises(Exception, match="deleted") as raised:
            master.occurrence(index=2).refresh()
        assert type(raised.value).__name__ == "ErrorCalendarOccurrenceIsDeletedFromRecurrence"

    def test_the_whole_series_is_changed_and_deleted(self, account: Account, master: CalendarItem) -> None:
        master.location = "Everywhere"
        master.save(update_fields=["location"])
        found = account.calendar.view(start=START, end=START + 30 * 24 * HOUR)
        assert {item.location for item in found} == {"Everywhere"}
        master.delete()
        assert account.calendar.view(start=START, end=START + 30 * 24 * HOUR).count() == 0


def test_an_index_out_of_the_series_is_refused(account: Account) -> None:
    master = series(account, DailyPattern(interval=1), number=3)
    with pytest.raises(Exception, match="occurrence") as raised:
        master.occurrence(index=9).refresh()
    assert type(raised.value).__name__ == "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"


def test_a_series_over_whole_days(account: Account) -> None:
    CalendarItem(
        account=account,
        folder=account.calendar,
        subject="Birthday",
        is_all_day=True,
        start=EWSDate(2024, 2, 29),
        end=EWSDate(2024, 2, 29),
        recurrence=Recurrence(
            pattern=AbsoluteYearlyPattern(day_of_month=29, month=2), start=EWSDate(2024, 2, 29), number=3
        ),
    ).save()
    begin = EWSDateTime(2024, 1, 1, tzinfo=ZONE)
    found = list(account.calendar.view(start=begin, end=begin + 2 * YEAR))
    assert [item.start for item in found] == [EWSDate(2024, 2, 29), EWSDate(2025, 2, 28)]


class TestMeetings:
    @pytest.fixture
    def invited(self, account: Account) -> CalendarItem:
        return CalendarItem(
            account=account,
            folder=account.calendar,
            subject="Kick-off",
            body="With cake.",
            location="Room 1",
            start=START,
            end=START + HOUR,
            required_attendees=["ben@example.test"],
            optional_attendees=["cy@example.test"],
        ).save(send_meeting_invitations="SendToAllAndSaveCopy")

    def test_a_request_arrives(self, account: Account, ben: Account, invited: CalendarItem) -> None:
        request = ben.inbox.get(subject="Kick-off")
        assert isinstance(request, MeetingRequest)
        assert (request.start, request.location) == (START, "Room 1")
        assert request.organizer.email_address == "ada@example.test"
        planned = ben.calendar.get(subject="Kick-off")
        assert (planned.legacy_free_busy_status, planned.my_response_type) == ("Tentative", "NoResponseReceived")
        assert planned.uid == account.calendar.get(subject="Kick-off").uid
        assert account.sent.filter(subject="Kick-off").count() == 1
        assert account.calendar.get(subject="Kick-off").is_meeting

    @pytest.mark.parametrize(
        ("answer", "status", "prefix"),
        [
            ("accept", "Accept", "Accepted"),
            ("tentatively_accept", "Tentative", "Tentative"),
            ("decline", "Decline", "Declined"),
        ],
    )
    def test_it_is_answered(
        self, account: Account, ben: Account, invited: CalendarItem, answer: str, status: str, prefix: str
    ) -> None:
        request = ben.inbox.get(subject="Kick-off")
        getattr(request, answer)(body="I see.")
        response = account.inbox.get(subject=f"{prefix}: Kick-off")
        assert type(response).__name__ == "MeetingResponse"
        assert response.response_type == status
        attendee = account.calendar.get(subject="Kick-off").required_attendees[0]
        assert (attendee.mailbox.email_address, attendee.response_type) == ("ben@example.test", status)
        assert ben.calendar.filter(subject="Kick-off").count() == (0 if status == "Decline" else 1)

    def test_it_is_cancelled(self, account: Account, ben: Account, invited: CalendarItem) -> None:
        account.calendar.get(subject="Kick-off").cancel(body="No cake.")
        notice = next(item for item in ben.inbox.all() if type(item).__name__ == "MeetingCancellation")
        assert "Kick-off" in notice.subject

    def test_nobody_is_invited_unless_asked_for(self, account: Account, ben: Account) -> None:
        CalendarItem(
            account=account,
            folder=account.calendar,
            subject="Quiet",
            start=START,
            end=START + HOUR,
            required_attendees=[Attendee(mailbox=Mailbox(email_address="ben@example.test"), response_type="Unknown")],
        ).save()
        assert ben.inbox.all().count() == 0
        assert account.calendar.get(subject="Quiet").required_attendees[0].response_type == "Unknown"


def test_a_deleted_appointment_is_gone(account: Account) -> None:
    made = CalendarItem(account=account, folder=account.calendar, subject="Gone", start=START, end=START + HOUR).save()
    other = account.calendar.get(id=made.id)
    made.delete()
    with pytest.raises(ErrorItemNotFound):
        other.refresh()
