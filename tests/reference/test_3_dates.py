"""Dates, datetimes and timezones."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from ewsfs.ews import UTC, UTC_NOW, Account, CalendarItem, EWSDate, EWSDateTime, EWSTimeZone


def test_timezones() -> None:
    tz = EWSTimeZone.timezone("Europe/Copenhagen")
    assert tz.ms_id == "Romance Standard Time"
    assert EWSTimeZone.localzone() is not None


def test_datetimes() -> None:
    tz = EWSTimeZone.timezone("Europe/Copenhagen")
    localized_dt = tz.localize(EWSDateTime(2017, 9, 5, 8, 30))
    right_now = tz.localize(EWSDateTime.now())
    two_hours_later = localized_dt + timedelta(hours=2)
    two_hours = two_hours_later - localized_dt
    assert isinstance(two_hours_later, EWSDateTime)
    assert two_hours == timedelta(hours=2)
    my_date = EWSDate(2017, 9, 5)
    today = EWSDate.today()
    also_today = right_now.date()
    assert isinstance(also_today, EWSDate)
    assert isinstance(my_date + timedelta(days=1), EWSDate)
    assert abs(today - also_today) <= timedelta(days=1)


def test_utc() -> None:
    right_now_in_utc = UTC.localize(EWSDateTime.now())
    assert right_now_in_utc.tzinfo is UTC
    right_now_in_utc = UTC_NOW()
    assert abs(right_now_in_utc - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_the_standard_library_will_do(account: Account) -> None:
    start = datetime(2017, 9, 5, 8, 30, tzinfo=ZoneInfo("Europe/Copenhagen"))
    item = CalendarItem(folder=account.calendar, subject="x", start=start, end=start + timedelta(hours=1)).save()
    item.refresh()
    assert item.start == start
    assert isinstance(item.start, EWSDateTime)


def test_naive_values_are_refused(account: Account) -> None:
    with pytest.raises(ValueError, match="'start' needs a time zone"):
        CalendarItem(start=EWSDateTime(2017, 9, 5, 8, 30))
    with pytest.raises(ValueError, match="time zone"):
        account.calendar.filter(start__gt=datetime(2017, 1, 1))
