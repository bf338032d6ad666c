"""Recurring calendar items."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from dateutil import rrule

from ewsfs.ews import UTC_NOW, Account, CalendarItem, EWSDate, EWSDateTime, EWSTimeZone, Task
from ewsfs.ews.recurrence import (
    AUGUST,
    FOURTH,
    FRIDAY,
    LAST,
    MARCH,
    MONDAY,
    NOVEMBER,
    SATURDAY,
    SECOND,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    WEEK_DAY,
    AbsoluteMonthlyPattern,
    AbsoluteYearlyPattern,
    DailyPattern,
    DailyRegeneration,
    MonthlyRegeneration,
    Pattern,
    Recurrence,
    Regeneration,
    RelativeMonthlyPattern,
    RelativeYearlyPattern,
    WeeklyPattern,
    WeeklyRegeneration,
    YearlyRegeneration,
)
from ewsfs.sandbox import Sandbox

tz = EWSTimeZone.timezone("Europe/Copenhagen")
start = tz.localize(EWSDateTime(2017, 9, 1, 11))
START = datetime(2017, 9, 1, 9)


def test_seven_occurrences(account: Account) -> None:
    item = CalendarItem(
        folder=account.calendar,
        start=start,
        end=start + timedelta(hours=2),
        subject="Hello Recurrence",
        recurrence=Recurrence(
            pattern=WeeklyPattern(interval=3, weekdays=[MONDAY, WEDNESDAY]), start=start.date(), number=7
        ),
    )
    item.save()
    # Occurrence data for the master item
    end = start + timedelta(days=100)
    masters = list(account.calendar.filter(start__lt=end, end__gt=start - timedelta(days=1)))
    assert len(masters) == 1
    for i in masters:
        print(i.subject, i.start, i.end)
        assert i.type == CalendarItem.RECURRING_MASTER
        assert i.recurrence is not None
        assert i.recurrence.number == 7
        print(i.recurrence)
        print(i.first_occurrence)
        print(i.last_occurrence)
        for o in i.modified_occurrences:
            print(o)
        for d in i.deleted_occurrences:
            print(d)
    # All occurrences expanded. The recurrence will span over 4 iterations of a 3-week period
    expanded = account.calendar.view(start=start, end=start + timedelta(days=4 * 3 * 7))
    days = [i.start.astimezone(tz).date() for i in expanded if i.start]
    assert len(days) == 7
    assert {day.weekday() for day in days} == {0, 2}


def test_the_time_of_day_stays_over_a_change_of_the_clocks(account: Account) -> None:
    begin = tz.localize(EWSDateTime(2017, 10, 27, 9))
    CalendarItem(
        folder=account.calendar,
        start=begin,
        end=begin + timedelta(hours=1),
        subject="daily",
        recurrence=Recurrence(pattern=DailyPattern(interval=1), start=begin.date(), number=5),
    ).save()
    found = account.calendar.view(start=begin, end=begin + timedelta(days=7))
    assert [i.start.astimezone(tz).hour for i in found if i.start] == [9] * 5


@pytest.mark.parametrize(
    "pattern",
    [
        AbsoluteYearlyPattern(day_of_month=29, month=AUGUST),
        RelativeYearlyPattern(weekdays=[MONDAY], week_number=LAST, month=AUGUST),
        AbsoluteMonthlyPattern(interval=2, day_of_month=31),
        RelativeMonthlyPattern(interval=1, weekdays=[WEDNESDAY], week_number=2),
        WeeklyPattern(interval=1, weekdays=[MONDAY]),
        DailyPattern(interval=10),
    ],
    ids=lambda pattern: type(pattern).__name__,
)
@pytest.mark.parametrize("ends", [{}, {"number": 3}, {"end": EWSDate(2018, 9, 1)}], ids=["never", "number", "end"])
def test_every_pattern_and_end(pattern: Any, ends: dict[str, Any], account: Account) -> None:
    item = CalendarItem(
        folder=account.calendar,
        start=start,
        end=start + timedelta(hours=1),
        subject="x",
        recurrence=Recurrence(pattern=pattern, start=start.date(), **ends),
    ).save()
    item.refresh()
    assert item.recurrence is not None
    again, kind = item.recurrence.pattern, type(pattern)
    assert type(again) is kind
    for field in cast("type[Pattern]", kind).FIELDS:
        if getattr(pattern, field.name) is not None:
            assert getattr(again, field.name) == getattr(pattern, field.name)
    assert (item.recurrence.number, item.recurrence.end) == (ends.get("number"), ends.get("end"))
    assert item.first_occurrence is not None
    assert (item.last_occurrence is None) == (not ends)


def test_one_occurrence_is_changed_and_one_deleted(account: Account) -> None:
    master = CalendarItem(
        folder=account.calendar,
        start=start,
        end=start + timedelta(hours=1),
        subject="x",
        recurrence=Recurrence(pattern=DailyPattern(interval=1), start=start.date(), number=4),
    ).save()
    second = next(iter(account.fetch([master.occurrence(2)])))
    second.subject = "changed"
    second.start = second.start + timedelta(hours=2)
    second.end = second.end + timedelta(hours=2)
    second.save()
    account.bulk_delete([master.occurrence(3)])
    master.refresh()
    assert [o.original_start for o in master.modified_occurrences] == [start + timedelta(days=1)]
    assert [o.start for o in master.modified_occurrences] == [start + timedelta(days=1, hours=2)]
    assert [d.start for d in master.deleted_occurrences] == [start + timedelta(days=2)]
    found = account.calendar.view(start=start, end=start + timedelta(days=9))
    assert [i.subject for i in found.order_by("start")] == ["x", "changed", "x"]
    exception = next(iter(account.fetch(master.modified_occurrences)))
    assert (exception.subject, exception.type) == ("changed", CalendarItem.EXCEPTION)
    above = next(iter(account.fetch([exception.recurring_master()])))
    assert above.item_id == master.item_id


def test_a_task_that_comes_again(account: Account) -> None:
    task = Task(
        folder=account.tasks,
        subject="Water the plants",
        due_date=EWSDate(2026, 3, 1),
        recurrence=Recurrence(pattern=DailyRegeneration(interval=3), start=EWSDate(2026, 3, 1)),
    ).save()
    task.refresh()
    assert task.recurrence is not None
    assert isinstance(task.recurrence.pattern, DailyRegeneration)
    assert task.due_date == EWSDate(2026, 3, 1)


def test_only_tasks_regenerate() -> None:
    with pytest.raises(ValueError, match="'recurrence'"):
        CalendarItem(recurrence=Recurrence(pattern=DailyRegeneration(interval=3), start=EWSDate(2026, 3, 1)))


def test_an_end_or_a_number() -> None:
    with pytest.raises(ValueError, match=r"'end'.*'number'"):
        Recurrence(pattern=DailyPattern(interval=1), start=start.date(), end=start.date(), number=3)


DAYS = {
    "every third day": (DailyPattern(interval=3), rrule.rrule(rrule.DAILY, interval=3, dtstart=START)),
    "two days every other week": (
        WeeklyPattern(interval=2, weekdays=[TUESDAY, SATURDAY], first_day_of_week=MONDAY),
        rrule.rrule(rrule.WEEKLY, interval=2, byweekday=(rrule.TU, rrule.SA), dtstart=START),
    ),
    "working days": (
        WeeklyPattern(interval=1, weekdays=[MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY]),
        rrule.rrule(rrule.DAILY, byweekday=range(5), dtstart=START),
    ),
    "the 15th of every second month": (
        AbsoluteMonthlyPattern(interval=2, day_of_month=15),
        rrule.rrule(rrule.MONTHLY, interval=2, bymonthday=15, dtstart=START),
    ),
    "the last Friday of the month": (
        RelativeMonthlyPattern(interval=1, weekdays=[FRIDAY], week_number=LAST),
        rrule.rrule(rrule.MONTHLY, byweekday=rrule.FR(-1), dtstart=START),
    ),
    "the second working day of the month": (
        RelativeMonthlyPattern(interval=1, weekdays=[WEEK_DAY], week_number=SECOND),
        rrule.rrule(rrule.MONTHLY, byweekday=range(5), bysetpos=2, dtstart=START),
    ),
    "the 1st of March": (
        AbsoluteYearlyPattern(day_of_month=1, month=MARCH),
        rrule.rrule(rrule.YEARLY, bymonth=3, bymonthday=1, dtstart=START),
    ),
    "the fourth Thursday of November": (
        RelativeYearlyPattern(weekdays=[THURSDAY], week_number=FOURTH, month=NOVEMBER),
        rrule.rrule(rrule.YEARLY, bymonth=11, byweekday=rrule.TH(4), dtstart=START),
    ),
}


@pytest.mark.parametrize("name", DAYS)
@pytest.mark.parametrize("end", ["number", "end", "never"])
def test_the_days_of_every_pattern(name: str, end: str, account: Account) -> None:
    """Expanded by view(), told as first and last occurrence: the days that dateutil counts for the same rule."""
    pattern, rule = DAYS[name]
    days = [day.date() for day in itertools.islice(rule, 4)]
    ends: dict[str, Any] = {"number": 4} if end == "number" else {"end": EWSDate.from_date(days[-1])}
    begin = tz.localize(EWSDateTime(days[0].year, days[0].month, days[0].day, 9))
    master = CalendarItem(
        folder=account.calendar,
        start=begin,
        end=begin + timedelta(hours=1),
        subject=name,
        recurrence=Recurrence(pattern=pattern, start=begin.date(), **({} if end == "never" else ends)),
    ).save()
    last = tz.localize(EWSDateTime(days[-1].year, days[-1].month, days[-1].day, 23))
    found = list(account.calendar.view(start=begin, end=last))
    assert sorted(i.start.astimezone(tz).date() for i in found if i.start) == days
    assert {i.type for i in found} == {CalendarItem.OCCURRENCE}
    master.refresh()
    assert master.first_occurrence is not None
    assert master.first_occurrence.start == begin
    assert master.first_occurrence.item_id in {i.item_id for i in found}
    if end == "never":
        assert master.last_occurrence is None
    else:
        assert master.last_occurrence is not None
        assert master.last_occurrence.start is not None
        assert master.last_occurrence.start.astimezone(tz).date() == days[-1]
        assert account.calendar.view(start=last, end=last + timedelta(days=700)).count() == 0


def test_what_a_view_finds_is_changed_and_deleted(account: Account) -> None:
    """One occurrence at a time; the others, and the master, stay."""
    master = CalendarItem(
        folder=account.calendar,
        start=start,
        end=start + timedelta(hours=1),
        subject="standup",
        location="here",
        recurrence=Recurrence(pattern=DailyPattern(interval=1), start=start.date(), number=5),
    ).save()
    view = account.calendar.view(start=start, end=start + timedelta(days=9))
    first, second, third, *_ = view.order_by("start")
    assert view.count() == 5
    first.location = "there"
    first.save()
    second.delete()
    third.subject = "moved"
    assert third.start is not None
    assert third.end is not None
    third.start, third.end = third.start + timedelta(hours=1), third.end + timedelta(hours=1)
    # Occurrences have the change key of their series, which has changed.
    third.save(update_fields=["subject", "start", "end"], conflict_resolution="AlwaysOverwrite")
    after = list(account.calendar.view(start=start, end=start + timedelta(days=9)))
    after.sort(key=lambda item: item.start or UTC_NOW())
    assert [(i.subject, i.location) for i in after] == [
        ("standup", "there"), ("moved", "here"), ("standup", "here"), ("standup", "here"),
    ]  # fmt: skip
    assert [i.type for i in after] == [CalendarItem.EXCEPTION] * 2 + [CalendarItem.OCCURRENCE] * 2
    master.refresh()
    assert len(master.modified_occurrences) == 2
    assert [o.start for o in master.deleted_occurrences] == [start + timedelta(days=1)]
    master.subject = "still"  # the master is changed: those that differ keep their own
    master.save()
    names = [i.subject for i in account.calendar.view(start=start, end=start + timedelta(days=9))]
    assert sorted(str(name) for name in names) == ["moved", "still", "still", "still"]
    master.recurrence = Recurrence(pattern=DailyPattern(interval=2), start=start.date(), number=2)
    master.save()
    assert account.calendar.view(start=start, end=start + timedelta(days=9)).count() == 2
    master.delete()
    assert account.calendar.view(start=start, end=start + timedelta(days=9)).count() == 0


def test_a_view_is_cut_and_joined(account: Account, sandbox: Sandbox) -> None:
    """At most so many; over years, which servers don't give at once; each occurrence once."""
    CalendarItem(
        folder=account.calendar,
        start=start,
        end=start + timedelta(hours=1),
        subject="monthly",
        recurrence=Recurrence(pattern=AbsoluteMonthlyPattern(interval=1, day_of_month=1), start=start.date()),
    ).save()
    years = account.calendar.view(start=start, end=start + timedelta(days=365 * 5))
    assert len({i.start for i in years}) == len(list(years)) == 60
    assert len(list(account.calendar.view(start=start, end=start + timedelta(days=365), max_items=3))) == 3
    with pytest.raises(ValueError, match="'end'"):
        account.calendar.view(start=start, end=start - timedelta(days=1))
    with pytest.raises(ValueError, match="view"):
        years.filter(subject="x")


@pytest.mark.parametrize("pattern", [DailyRegeneration, WeeklyRegeneration, MonthlyRegeneration, YearlyRegeneration])
@pytest.mark.parametrize("ends", [{}, {"number": 3}, {"end": EWSDate(2031, 3, 1)}], ids=["never", "number", "end"])
def test_tasks_regenerate(pattern: type[Regeneration], ends: dict[str, Any], account: Account) -> None:
    recurrence = Recurrence(pattern=pattern(interval=2), start=EWSDate(2026, 3, 1), **ends)
    task = Task(folder=account.tasks, subject="again", due_date=EWSDate(2026, 3, 1), recurrence=recurrence).save()
    task.refresh()
    assert task.recurrence is not None
    assert task.recurrence.pattern == recurrence.pattern
    assert (task.recurrence.number, task.recurrence.end) == (ends.get("number"), ends.get("end"))
    assert task.is_recurring
