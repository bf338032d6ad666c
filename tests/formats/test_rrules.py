"""Recurrence patterns as RRULE and back; python-dateutil says on which days a rule falls."""

from __future__ import annotations

from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Event, vRecur

from ewsfs.ews import recurrence as ews
from ewsfs.ews.ewsdatetime import EWSDate
from ewsfs.ews.recurrence import Recurrence
from ewsfs.formats import rrules, rrulesread
from ewsfs.formats.errors import FormatError

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 1, 5, 9, 30)


def text_of(rule: vRecur) -> str:
    """The rule as it stands in a file."""
    event = Event()
    event.add("RRULE", rule)
    data: bytes = event.to_ical()
    line = data.decode().replace("\r\n ", "")
    return line.split("RRULE:")[1].split("\r\n")[0]


def days(pattern: ews.Pattern, start: datetime = MONDAY, number: int = 4) -> list[str]:
    """The first days of a pattern, by dateutil reading the rule."""
    recurrence = Recurrence(pattern=pattern, start=EWSDate.from_date(start.date()), number=number)
    rule = rrules.rule(recurrence, start, BERLIN)
    assert rule is not None
    return [f"{each:%Y-%m-%d}" for each in rrulestr(text_of(rule), dtstart=rrules.first(rule, start))]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (ews.DailyPattern(interval=3), ["2026-01-05", "2026-01-08", "2026-01-11", "2026-01-14"]),
        (
            ews.WeeklyPattern(interval=1, weekdays=["Monday", "Thursday"]),
            ["2026-01-05", "2026-01-08", "2026-01-12", "2026-01-15"],
        ),
        (
            ews.WeeklyPattern(interval=2, weekdays=["Sunday", "Monday"], first_day_of_week="Monday"),
            ["2026-01-05", "2026-01-11", "2026-01-19", "2026-01-25"],
        ),
        (
            ews.WeeklyPattern(interval=2, weekdays=["Sunday", "Monday"], first_day_of_week="Sunday"),
            ["2026-01-05", "2026-01-18", "2026-01-19", "2026-02-01"],
        ),
        (
            ews.WeeklyPattern(interval=1, weekdays=["Weekday"]),
            ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"],
        ),
        (
            ews.AbsoluteMonthlyPattern(interval=1, day_of_month=15),
            ["2026-01-15", "2026-02-15", "2026-03-15", "2026-04-15"],
        ),
        (
            ews.AbsoluteMonthlyPattern(interval=1, day_of_month=31),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"],
        ),
        (
            ews.AbsoluteMonthlyPattern(interval=1, day_of_month=30),
            ["2026-01-30", "2026-02-28", "2026-03-30", "2026-04-30"],
        ),
        (
            ews.AbsoluteMonthlyPattern(interval=12, day_of_month=29),
            ["2026-01-29", "2027-01-29", "2028-01-29", "2029-01-29"],
        ),
        (
            ews.RelativeMonthlyPattern(interval=1, weekdays=["Tuesday"], week_number="Second"),
            ["2026-01-13", "2026-02-10", "2026-03-10", "2026-04-14"],
        ),
        (
            ews.RelativeMonthlyPattern(interval=1, weekdays=["Weekday"], week_number="Last"),
            ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30"],
        ),
        (
            ews.RelativeMonthlyPattern(interval=2, weekdays=["WeekendDay"], week_number="First"),
            ["2026-03-01", "2026-05-02", "2026-07-04", "2026-09-05"],
        ),
        (
            ews.RelativeMonthlyPattern(interval=1, weekdays=["Day"], week_number="Third"),
            ["2026-02-03", "2026-03-03", "2026-04-03", "2026-05-03"],
        ),
        (
            ews.AbsoluteYearlyPattern(month="February", day_of_month=29),
            ["2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28"],
        ),
        (
            ews.AbsoluteYearlyPattern(month="April", day_of_month=31),
            ["2026-04-30", "2027-04-30", "2028-04-30", "2029-04-30"],
        ),
        (
            ews.RelativeYearlyPattern(month="August", weekdays=["Monday"], week_number="Last"),
            ["2026-08-31", "2027-08-30", "2028-08-28", "2029-08-27"],
        ),
    ],
)
def test_pattern_falls_on_its_days(pattern: ews.Pattern, expected: list[str]) -> None:
    assert days(pattern) == expected


def test_last_day_is_the_instant_of_its_start_in_utc() -> None:
    recurrence = Recurrence(pattern=ews.DailyPattern(interval=1), start=EWSDate(2026, 3, 1), end=EWSDate(2026, 3, 31))
    rule = rrules.rule(recurrence, datetime(2026, 3, 1, 9, 30), BERLIN)
    assert rule is not None
    assert text_of(rule) == "FREQ=DAILY;UNTIL=20260331T073000Z"


def test_last_day_of_an_all_day_series_is_a_date() -> None:
    recurrence = Recurrence(pattern=ews.DailyPattern(interval=2), start=EWSDate(2026, 3, 1), end=EWSDate(2026, 3, 31))
    rule = rrules.rule(recurrence, date(2026, 3, 1), BERLIN)
    assert rule is not None
    assert text_of(rule) == "FREQ=DAILY;UNTIL=20260331;INTERVAL=2"


def test_recurrence_without_pattern_has_no_rule() -> None:
    assert rrules.rule(Recurrence(start=EWSDate(2026, 1, 1)), MONDAY, None) is None


PATTERNS = st.one_of(
    st.builds(ews.DailyPattern, interval=st.integers(1, 99)),
    st.builds(
        ews.WeeklyPattern,
        interval=st.integers(1, 99),
        weekdays=st.lists(st.sampled_from(list(rrules.WEEKDAYS)), min_size=1, unique=True).map(
            lambda found: sorted(found, key=list(rrules.WEEKDAYS).index)
        ),
        first_day_of_week=st.sampled_from(list(rrules.WEEKDAYS)),
    ),
    st.builds(ews.AbsoluteMonthlyPattern, interval=st.integers(1, 99), day_of_month=st.integers(1, 31)),
    st.builds(
        ews.RelativeMonthlyPattern,
        interval=st.integers(1, 99),
        weekdays=st.sampled_from([*rrules.WEEKDAYS, *rrules.DAY_GROUPS]).map(lambda day: [day]),
        week_number=st.sampled_from(list(rrules.POSITIONS)),
    ),
    st.builds(
        ews.AbsoluteYearlyPattern, month=st.sampled_from(["January", "December"]), day_of_month=st.integers(1, 31)
    ),
    st.builds(
        ews.RelativeYearlyPattern,
        month=st.sampled_from(ews.MONTHS),
        weekdays=st.sampled_from([*rrules.WEEKDAYS, *rrules.DAY_GROUPS]).map(lambda day: [day]),
        week_number=st.sampled_from(list(rrules.POSITIONS)),
    ),
)


@given(PATTERNS, st.sampled_from([{}, {"number": 7}, {"end": EWSDate(2031, 2, 3)}]), st.booleans())
def test_every_pattern_comes_back(pattern: ews.Pattern, end: dict[str, object], all_day: bool) -> None:
    recurrence = Recurrence(pattern=pattern, start=EWSDate(2026, 1, 5), **end)
    start = MONDAY.date() if all_day else MONDAY
    rule = rrules.rule(recurrence, start, BERLIN)
    assert rule is not None
    read = vRecur.from_ical(text_of(rule))
    assert rrulesread.recurrence(read, start, None if all_day else BERLIN) == recurrence


# -- rules of other programs


def read(rule: str, start: date = MONDAY) -> Recurrence:
    return rrulesread.recurrence(vRecur.from_ical(rule), start, BERLIN)


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("FREQ=WEEKLY", ews.WeeklyPattern(interval=1, weekdays=["Monday"], first_day_of_week="Monday")),
        (
            "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
            ews.WeeklyPattern(
                interval=1,
                weekdays=["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
                first_day_of_week="Monday",
            ),
        ),
        ("FREQ=MONTHLY", ews.AbsoluteMonthlyPattern(interval=1, day_of_month=5)),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ews.AbsoluteMonthlyPattern(interval=1, day_of_month=31)),
        (
            "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1",
            ews.RelativeMonthlyPattern(interval=1, weekdays=["Tuesday"], week_number="Last"),
        ),
        (
            "FREQ=MONTHLY;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14",
            ews.RelativeMonthlyPattern(interval=1, weekdays=["Sunday"], week_number="Second"),
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,FR",
            ews.WeeklyPattern(interval=1, weekdays=["Monday", "Friday"], first_day_of_week="Monday"),
        ),
        ("FREQ=YEARLY", ews.AbsoluteYearlyPattern(month="January", day_of_month=5)),
        ("FREQ=YEARLY;INTERVAL=2", ews.AbsoluteMonthlyPattern(interval=24, day_of_month=5)),
        (
            "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            ews.RelativeYearlyPattern(month="October", weekdays=["Sunday"], week_number="Last"),
        ),
        ("FREQ=MONTHLY;BYMONTH=5;BYMONTHDAY=1", ews.AbsoluteYearlyPattern(month="May", day_of_month=1)),
    ],
)
def test_rule_that_means_a_pattern(rule: str, pattern: ews.Pattern) -> None:
    assert read(rule).pattern == pattern


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=3",
        "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=5000",
        "FREQ=WEEKLY;BYMONTH=1",
        "FREQ=MONTHLY;BYDAY=5MO",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYDAY=MO,WE;BYSETPOS=2",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYMONTH=1,7",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=YEARLY;INTERVAL=3;BYMONTH=6",
        "FREQ=DAILY;COUNT=0",
        "INTERVAL=2",
    ],
)
def test_rule_that_exchange_has_no_pattern_for(rule: str) -> None:
    with pytest.raises(FormatError, match=r"repeats"):
        read(rule)


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260331", EWSDate(2026, 3, 31)),
        ("20260331T073000Z", EWSDate(2026, 3, 31)),
        ("20260331T072959Z", EWSDate(2026, 3, 30)),
        ("20260331T230000Z", EWSDate(2026, 3, 31)),
        ("20200101", EWSDate(2026, 1, 5)),
    ],
)
def test_last_day_of_a_rule(until: str, last: EWSDate) -> None:
    assert read(f"FREQ=DAILY;UNTIL={until}").end == last


def test_utc_is_the_zone_when_there_is_none() -> None:
    rule = vRecur.from_ical("FREQ=DAILY;UNTIL=20260331T093000Z")
    assert rrulesread.recurrence(rule, MONDAY, timezone.utc).end == EWSDate(2026, 3, 31)
