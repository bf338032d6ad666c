"""Time zones that a server describes instead of naming one that is known here."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import dateutil.tz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tzlocal.windows_tz import win_tz

from ewsfs.ews import Account, Configuration, Credentials, EWSDateTime, Task
from ewsfs.ews.ewsdatetime import EWSTimeZone
from ewsfs.ews.items import CalendarItem
from ewsfs.ews.timezones import Group, Period, Rule, parse_duration, parse_timezone, to_tzif
from ewsfs.sandbox import Sandbox

NAMESPACE = "http://schemas.microsoft.com/exchange/services/2006/types"


def zone(xml: str) -> EWSTimeZone | None:
    return parse_timezone(etree.fromstring(xml.replace("<t:X", f'<t:X xmlns:t="{NAMESPACE}"', 1)))


def test_a_known_id() -> None:
    found = zone('<t:X Id="Romance Standard Time"/>')
    assert found is not None
    assert found.key == "Europe/Paris"


def test_an_iana_name() -> None:
    found = zone('<t:X Id="Europe/Oslo"/>')
    assert found is not None
    assert found.key == "Europe/Oslo"


@pytest.mark.parametrize(
    ("name", "hours"),
    [("(UTC+01:00) Bruxelles, Copenhague", 1), ("(UTC-03:30) Terre-Neuve", -3.5), ("(UTC) Dublin", 0)],
)
def test_a_localised_name_alone(name: str, hours: float) -> None:
    found = zone(f'<t:X Id="Heure" Name="{name}"/>')
    assert found is not None
    assert datetime(2026, 7, 1, tzinfo=found).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("xml", ["<t:X/>", '<t:X Id="Customized Time Zone"/>', '<t:X Id="x" Name="no offset"/>'])
def test_what_says_nothing_is_none(xml: str) -> None:
    assert zone(xml) is None


CUSTOMIZED = """
<t:X Id="Customized Time Zone" Name="x">
  <t:Periods>
    <t:Period Bias="-PT1H" Name="Standard" Id="s"/>
    <t:Period Bias="-PT2H" Name="Daylight" Id="d"/>
  </t:Periods>
  <t:TransitionsGroups>
    <t:TransitionsGroup Id="0">
      <t:RecurringDayTransition>
        <t:To Kind="Period">d</t:To><t:TimeOffset>PT2H</t:TimeOffset>
        <t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence>
      </t:RecurringDayTransition>
      <t:RecurringDayTransition>
        <t:To Kind="Period">s</t:To><t:TimeOffset>PT3H</t:TimeOffset>
        <t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence>
      </t:RecurringDayTransition>
    </t:TransitionsGroup>
  </t:TransitionsGroups>
  <t:Transitions><t:Transition><t:To Kind="Group">0</t:To></t:Transition></t:Transitions>
</t:X>"""


@given(st.datetimes(datetime(1997, 1, 1), datetime(2150, 1, 1)))
def test_periods_and_transitions(moment: datetime) -> None:
    found = zone(CUSTOMIZED)
    assert found is not None
    known = EWSTimeZone("Europe/Copenhagen")
    instant = moment.replace(tzinfo=timezone.utc)
    if instant.year < 2100:  # the known one has rules for ever, but its transitions are told that far
        assert instant.astimezone(found).utcoffset() == instant.astimezone(known).utcoffset()


def test_a_described_zone_can_be_copied_and_sent_back() -> None:
    found = zone(CUSTOMIZED)
    assert found is not None
    assert not found.key
    assert found.ms_id == "Customized Time Zone"
    for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):  # noqa: S301  # our own bytes
        assert datetime(2026, 7, 1, tzinfo=twin).utcoffset() == timedelta(hours=2)
    item = CalendarItem(start_timezone=found)
    sent = item.to_xml()[0]
    assert sent.tag == f"{{{NAMESPACE}}}StartTimeZone"
    assert len(sent.findall(f".//{{{NAMESPACE}}}Period")) == 2


def test_the_zone_of_exchange_2007() -> None:
    found = zone("""
      <t:X TimeZoneName="Eigene">
        <t:BaseOffset>PT480M</t:BaseOffset>
        <t:Standard TimeZoneName="Normal">
          <t:Offset>P0D</t:Offset>
          <t:RelativeYearlyRecurrence>
            <t:DaysOfWeek>Sunday</t:DaysOfWeek><t:DayOfWeekIndex>First</t:DayOfWeekIndex><t:Month>November</t:Month>
          </t:RelativeYearlyRecurrence>
          <t:Time>02:00:00</t:Time>
        </t:Standard>
        <t:Daylight TimeZoneName="Sommer">
          <t:Offset>-PT60M</t:Offset>
          <t:RelativeYearlyRecurrence>
            <t:DaysOfWeek>Sunday</t:DaysOfWeek><t:DayOfWeekIndex>Second</t:DayOfWeekIndex><t:Month>March</t:Month>
          </t:RelativeYearlyRecurrence>
          <t:Time>02:00:00</t:Time>
        </t:Daylight>
      </t:X>""")
    assert found is not None
    known = EWSTimeZone("America/Los_Angeles")
    for day in range(3650):
        instant = datetime(2010, 1, 1, 12, tzinfo=timezone.utc) + timedelta(days=day)
        assert instant.astimezone(found).utcoffset() == instant.astimezone(known).utcoffset()


def test_periods_alone() -> None:
    found = zone('<t:X Id="Own"><t:Periods><t:Period Bias="PT5H30M" Name="Standard" Id="s"/></t:Periods></t:X>')
    assert found is not None
    assert datetime(2026, 7, 1, tzinfo=found).utcoffset() == timedelta(hours=-5.5)


def test_the_zones_of_a_real_server(corpus: Path) -> None:
    document = etree.parse(str(corpus / "ews-responses" / "GetServerTimeZones" / "msdocs-2.xml"))
    definitions = list(document.iter(f"{{{NAMESPACE}}}TimeZoneDefinition"))
    assert definitions
    for definition in definitions:
        known = EWSTimeZone.timezone(definition.get("Id") or "")
        definition.set("Id", "Customized Time Zone")
        definition.set("Name", "")
        found = parse_timezone(definition)
        assert found is not None
        for hour in range(0, 24 * 365 * 4, 7):
            instant = datetime(2007, 1, 2, tzinfo=timezone.utc) + timedelta(hours=hour)
            assert instant.astimezone(found).utcoffset() == instant.astimezone(known).utcoffset()


OFFSETS = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timedelta(minutes=15 * quarters))
PERIODS = st.builds(Period, OFFSETS, st.just("x"), st.booleans())
RULES = st.builds(
    Rule,
    PERIODS,
    st.integers(1, 12),
    st.sampled_from([-1, 1, 2, 3, 4]),
    st.integers(0, 6),
    st.integers(0, 24).map(lambda hours: timedelta(hours=hours)),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.builds(Group, st.integers(0, 2100), PERIODS, st.lists(RULES, max_size=3)), min_size=1, max_size=3))
def test_any_rules_make_a_zone(groups: list[Group]) -> None:
    found = EWSTimeZone.from_bytes(to_tzif(sorted(groups, key=lambda group: group.begins)), "x")
    offsets = {period.offset for group in groups for period in (group.period, *(rule.period for rule in group.rules))}
    for year in (1969, 1980, 2020, 2199, 2300):
        assert datetime(year, 6, 1, tzinfo=found).utcoffset() in offsets


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("PT8H", 480), ("-PT1H", -60), ("PT5H30M", 330), ("-P0DT1H", -60), ("PT0.0S", 0), ("P1D", 1440), ("PT480M", 480)],
)
def test_durations(text: str, minutes: int) -> None:
    assert parse_duration(text) == timedelta(minutes=minutes)


def test_a_zone_that_is_always_on_summer_time() -> None:
    found = zone('<t:X Id="Own"><t:Periods><t:Period Bias="-PT2H" Name="Daylight" Id="d"/></t:Periods></t:X>')
    assert found is not None
    assert datetime(2026, 1, 1, tzinfo=found).utcoffset() == timedelta(hours=2)


# -- on a server ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Sandbox(users={"ada": "secret"}) as running:
        config = Configuration(service_endpoint=running.endpoint, credentials=Credentials("ada", "secret"))
        yield Account(running.address("ada"), config=config)


LOCALISED = CUSTOMIZED.replace(
    'Id="Customized Time Zone" Name="x"', 'Id="Mitteleuropäische Zeit" Name="(UTC+01:00) Wien"'
)


@pytest.mark.parametrize("xml", [CUSTOMIZED, LOCALISED])
def test_a_described_zone_stays_with_an_appointment(account: Account, xml: str) -> None:
    described = zone(xml)
    assert described is not None
    start = described.localize(EWSDateTime(2026, 7, 1, 10))
    item = CalendarItem(folder=account.calendar, subject="x", start=start, end=start + timedelta(hours=1)).save()
    found = account.calendar.get(subject="x")
    assert found.start == datetime(2026, 7, 1, 8, tzinfo=timezone.utc)
    assert found.start_timezone is not None
    for month, hours in ((1, 1), (7, 2)):
        assert datetime(2026, month, 1, tzinfo=found.start_timezone).utcoffset() == timedelta(hours=hours)
    found.subject = "y"
    found.start, found.end = start + timedelta(days=1), start + timedelta(days=1, hours=1)
    found.save()
    item.refresh()
    assert item.start == start + timedelta(days=1)
    assert item.start_timezone is not None
    assert datetime(2026, 7, 1, tzinfo=item.start_timezone).utcoffset() == timedelta(hours=2)
    item.delete()


@pytest.mark.parametrize("name", ["Romance Standard Time", "Tokyo Standard Time", "Pacific Standard Time", "UTC"])
def test_windows_ids_go_both_ways(account: Account, name: str) -> None:
    known = EWSTimeZone.timezone(name)
    assert known.ms_id == name
    start = known.localize(EWSDateTime(2026, 7, 1, 10))
    item = CalendarItem(folder=account.calendar, subject="x", start=start, end=start + timedelta(hours=1)).save()
    item.refresh()
    assert item.start == start
    assert item.start_timezone is not None
    assert item.start_timezone.ms_id == name
    item.delete()


@pytest.mark.parametrize("name", sorted(win_tz))
def test_every_windows_id_is_known(name: str) -> None:
    assert EWSTimeZone.timezone(name).ms_id
    assert parse_timezone(etree.fromstring(f'<x Id="{escape(name)}"/>')) == EWSTimeZone.timezone(name)


ZONES = [
    ZoneInfo("Europe/Copenhagen"),
    timezone(timedelta(hours=2)),
    timezone.utc,
    dateutil.tz.gettz("Europe/Copenhagen"),
]


@pytest.mark.parametrize("given_zone", ZONES, ids=["zoneinfo", "offset", "utc", "dateutil"])
def test_any_aware_datetime_will_do(account: Account, given_zone: tzinfo) -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=given_zone)
    item = CalendarItem(folder=account.calendar, subject="x", start=start, end=start + timedelta(hours=1)).save()
    item.refresh()
    assert item.start == start
    assert [one.item_id for one in account.calendar.filter(start__range=(start, start + timedelta(minutes=1)))] == [
        item.item_id
    ]
    assert [one.item_id for one in account.calendar.view(start, start + timedelta(hours=1))] == [item.item_id]
    item.delete()


@pytest.mark.parametrize("moment", [datetime(2026, 7, 1), EWSDateTime(2026, 7, 1)])
def test_a_time_without_zone_is_refused_everywhere(account: Account, moment: datetime) -> None:
    with pytest.raises(ValueError, match="time zone"):
        CalendarItem(start=moment)
    with pytest.raises(ValueError, match="time zone"):
        account.calendar.filter(start__gt=moment)
    with pytest.raises(ValueError, match="time zone"):
        account.calendar.view(moment, moment + timedelta(days=1))
    with pytest.raises(ValueError, match="time zone"):
        Task(reminder_due_by=moment)
