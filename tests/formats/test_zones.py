"""VTIMEZONE components, judged by icalendar and dateutil reading them and zoneinfo knowing the truth."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from io import StringIO
from zoneinfo import ZoneInfo, available_timezones

import dateutil.tz
import pytest
from icalendar import Calendar, Timezone

from ewsfs.formats import zones

NAMES = [
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Santiago",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Tokyo",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
]


@pytest.mark.parametrize("name", NAMES)
def test_component_keeps_the_clock_of_its_zone(name: str) -> None:
    zone = ZoneInfo(name)
    # Under a name that no library knows, so that it has to read the component.
    component = zones.component("Somewhere", zone, date(2026, 3, 1))
    judge = dateutil.tz.tzical(StringIO(component.to_ical().decode())).get("Somewhere")
    moment = datetime(2025, 12, 31, 12)
    while moment.year < 2030:
        local = moment.replace(tzinfo=timezone.utc).astimezone(zone)
        assert moment.replace(tzinfo=judge).utcoffset() == moment.replace(tzinfo=zone).utcoffset(), moment
        assert local.utcoffset() == local.replace(tzinfo=judge).utcoffset(), moment
        moment += timedelta(days=3)


def test_change_of_clock_is_exact_to_the_minute() -> None:
    zone = ZoneInfo("Europe/Berlin")
    component = zones.component("Somewhere", zone, date(2026, 3, 1))
    judge = dateutil.tz.tzical(StringIO(component.to_ical().decode())).get("Somewhere")
    for minutes in (-61, -1, 60, 61):
        moment = datetime(2026, 3, 29, 2) + timedelta(minutes=minutes)
        assert moment.replace(tzinfo=judge).utcoffset() == moment.replace(tzinfo=zone).utcoffset()


def test_yearly_changes_are_rules() -> None:
    text = zones.component("Europe/Berlin", ZoneInfo("Europe/Berlin"), date(2026, 1, 1)).to_ical()
    assert text.count(b"RRULE:") == 2
    assert b"RDATE" not in text


def test_changes_without_a_rule_are_listed() -> None:
    text = zones.component("Africa/Casablanca", ZoneInfo("Africa/Casablanca"), date(2026, 1, 1)).to_ical()
    assert b"RRULE" not in text
    assert text.count(b"RDATE:") == 2


@pytest.mark.parametrize("year", [1, 1601, 4501, 9999])
def test_years_that_no_database_knows(year: int) -> None:
    component = zones.component("x", ZoneInfo("Europe/Berlin"), date(year, 1, 1))
    assert isinstance(Calendar.from_ical(component.to_ical()), Timezone)


def test_every_zone_of_the_database_has_a_component() -> None:
    for name in sorted(available_timezones())[::7]:
        assert zones.component(name, ZoneInfo(name), date(2026, 1, 1)).to_ical(), name


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe standard time", "Europe/Berlin"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/citadel.org/20210210_1/America/New_York", "America/New_York"),
        ("UTC", "Etc/UTC"),
    ],
)
def test_ids_that_are_known(name: str, key: str) -> None:
    found = zones.find(name)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "name", ["", None, "Customized Time Zone", "Europe", "../../etc/passwd", "a\0b", "(UTC+01:00)"]
)
def test_ids_that_nobody_knows(name: str | None) -> None:
    assert zones.find(name) is None


def test_windows_id() -> None:
    assert zones.windows_id("Europe/Berlin") == "W. Europe Standard Time"
    assert zones.windows_id("Nowhere/At_All") is None
