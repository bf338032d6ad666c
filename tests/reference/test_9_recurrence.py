"""Recurring calendar items."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from ewsfs.ews import Account, CalendarItem, EWSDate, EWSDateTime, EWSTimeZone, Task
from ewsfs.ews.recurrence import (
    AUGUST,
    LAST,
    MONDAY,
    WEDNESDAY,
    AbsoluteMonthlyPattern,
    AbsoluteYearlyPattern,
    DailyPattern,
    DailyRegeneration,
    Pattern,
    Recurrence,
    RelativeMonthlyPattern,
    RelativeYearlyPattern,
    WeeklyPattern,
)

tz = EWSTimeZone.timezone("Europe/Copenhagen")
start = tz.localize(EWSDateTime(2017, 9, 1, 11))


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
