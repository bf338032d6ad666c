"""Recurrence patterns: which days they mean, also where months are short and clocks change."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from ewsfs.sandbox.recurrence import check, series, stamp
from tests.sandbox.content import refused, xml

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def recurrence(pattern: str, span: str = "", start: str = "2024-01-01") -> str:
    name, _, inner = pattern.partition(" ")
    parts = "".join("<t:{0}>{1}</t:{0}>".format(*part.split("=")) for part in inner.split(";") if part)
    span_name, _, span_inner = (span or "NoEndRecurrence").partition(" ")
    end = "".join("<t:{0}>{1}</t:{0}>".format(*part.split("=")) for part in span_inner.split(";") if part)
    return (
        f"<t:Recurrence><t:{name}>{parts}</t:{name}>"
        f"<t:{span_name}><t:StartDate>{start}</t:StartDate>{end}</t:{span_name}></t:Recurrence>"
    )


def days(source: str, start: datetime, zone: ZoneInfo = BERLIN, count: int = 5) -> list[str]:
    found = series(xml(source), start.replace(tzinfo=zone), zone).walls()
    return [f"{wall:%Y-%m-%d}" for wall in islice(found, count)]


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        ("DailyRecurrence Interval=3", "2024-02-27", ["2024-02-27", "2024-03-01", "2024-03-04"]),
        (
            "WeeklyRecurrence Interval=1;DaysOfWeek=Monday Wednesday",
            "2024-01-02",
            ["2024-01-03", "2024-01-08", "2024-01-10"],
        ),
        (
            "WeeklyRecurrence Interval=2;DaysOfWeek=Sunday Tuesday;FirstDayOfWeek=Sunday",
            "2024-01-02",
            ["2024-01-02", "2024-01-14", "2024-01-16"],
        ),
        (
            "WeeklyRecurrence Interval=2;DaysOfWeek=Sunday Tuesday;FirstDayOfWeek=Monday",
            "2024-01-02",
            ["2024-01-02", "2024-01-07", "2024-01-16"],
        ),
        ("WeeklyRecurrence Interval=1;DaysOfWeek=Weekday", "2024-01-05", ["2024-01-05", "2024-01-08", "2024-01-09"]),
        (
            "AbsoluteMonthlyRecurrence Interval=1;DayOfMonth=31",
            "2024-01-31",
            ["2024-01-31", "2024-02-29", "2024-03-31"],
        ),
        ("AbsoluteMonthlyRecurrence Interval=2;DayOfMonth=5", "2024-01-01", ["2024-01-05", "2024-03-05", "2024-05-05"]),
        (
            "RelativeMonthlyRecurrence Interval=1;DaysOfWeek=Thursday;DayOfWeekIndex=Third",
            "2024-01-01",
            ["2024-01-18", "2024-02-15", "2024-03-21"],
        ),
        (
            "RelativeMonthlyRecurrence Interval=1;DaysOfWeek=Weekday;DayOfWeekIndex=Last",
            "2024-03-01",
            ["2024-03-29", "2024-04-30", "2024-05-31"],
        ),
        (
            "RelativeMonthlyRecurrence Interval=1;DaysOfWeek=WeekendDay;DayOfWeekIndex=First",
            "2024-01-01",
            ["2024-01-06", "2024-02-03", "2024-03-02"],
        ),
        (
            "RelativeMonthlyRecurrence Interval=1;DaysOfWeek=Day;DayOfWeekIndex=Last",
            "2024-01-01",
            ["2024-01-31", "2024-02-29", "2024-03-31"],
        ),
        (
            "AbsoluteYearlyRecurrence DayOfMonth=29;Month=February",
            "2024-02-01",
            ["2024-02-29", "2025-02-28", "2026-02-28"],
        ),
        (
            "RelativeYearlyRecurrence DaysOfWeek=Monday;DayOfWeekIndex=Last;Month=May",
            "2024-01-01",
            ["2024-05-27", "2025-05-26", "2026-05-25"],
        ),
        ("MonthlyRegeneration Interval=1", "2024-01-10", ["2024-01-10", "2024-02-10", "2024-03-10"]),
    ],
)
def test_patterns(pattern: str, start: str, expected: list[str]) -> None:
    assert days(recurrence(pattern, start=start), datetime.fromisoformat(start), count=3) == expected


@pytest.mark.parametrize(
    ("span", "count"),
    [
        ("NumberedRecurrence NumberOfOccurrences=4", 4),
        ("EndDateRecurrence EndDate=2024-01-03", 3),
        ("EndDateRecurrence EndDate=2024-01-03Z", 3),
        ("NoEndRecurrence", 10),
    ],
)
def test_ranges(span: str, count: int) -> None:
    source = recurrence("DailyRecurrence Interval=1", span)
    assert len(days(source, datetime(2024, 1, 1, 10), count=10)) == count


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        (BERLIN, datetime(2024, 3, 29, 9), [8, 8, 7, 7]),
        (NEW_YORK, datetime(2024, 11, 1, 9), [13, 13, 14, 14]),
        (BERLIN, datetime(2024, 3, 30, 2, 30), [1, 1, 0, 0]),  # on the 31st the clock skips that time
    ],
)
def test_the_wall_time_stays_over_changes_of_the_clock(zone: ZoneInfo, start: datetime, hours: list[int]) -> None:
    source = recurrence("DailyRecurrence Interval=1", start=f"{start:%Y-%m-%d}")
    found = series(xml(source), start.replace(tzinfo=zone), zone).starts()
    assert [moment.hour for moment in islice(found, 4)] == hours


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (recurrence("DailyRecurrence Interval=0"), "ErrorCalendarInvalidRecurrence"),
        (recurrence("WeeklyRecurrence Interval=1"), "ErrorCalendarInvalidDayForWeeklyRecurrence"),
        (recurrence("AbsoluteMonthlyRecurrence Interval=1;DayOfMonth=32"), "ErrorCalendarInvalidRecurrence"),
        (recurrence("AbsoluteYearlyRecurrence DayOfMonth=1;Month=Brumaire"), "ErrorCalendarInvalidRecurrence"),
        (recurrence("HourlyRecurrence Interval=1"), "ErrorUnsupportedRecurrence"),
        (
            recurrence("DailyRecurrence Interval=1", "NumberedRecurrence NumberOfOccurrences=0"),
            "ErrorCalendarInvalidRecurrence",
        ),
        (
            recurrence("DailyRecurrence Interval=1", "EndDateRecurrence EndDate=2023-12-31"),
            "ErrorCalendarEndDateIsEarlierThanStartDate",
        ),
        (
            recurrence("AbsoluteMonthlyRecurrence Interval=1;DayOfMonth=20", "EndDateRecurrence EndDate=2024-01-19"),
            "ErrorRecurrenceHasNoOccurrence",
        ),
        ("<t:Recurrence/>", "ErrorCalendarInvalidRecurrence"),
    ],
)
def test_what_makes_no_sense_is_refused(source: str, code: str) -> None:
    with refused(code):
        check(xml(source), datetime(2024, 1, 1, 9, tzinfo=timezone.utc), BERLIN)


@pytest.mark.parametrize(("zone", "expected"), [(BERLIN, "2024-07-01+02:00"), (timezone.utc, "2024-07-01Z")])
@pytest.mark.parametrize("given", ["2024-07-01", "2024-07-01Z", "2024-07-01T00:00:00Z"])
def test_dates_are_written_with_an_offset(zone: tzinfo, expected: str, given: str) -> None:
    element = xml(recurrence("DailyRecurrence Interval=1", start=given))
    stamp(element, zone)
    assert element.findtext("{*}NoEndRecurrence/{*}StartDate") == expected
