"""Time zones: definitions that say what the zones say, and zones made of definitions."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ewsfs.sandbox import timezones
from ewsfs.sandbox.model import local
from tests.sandbox.content import refused, xml
from tests.schema import load

EVERY_MONTH = [datetime(2037, month, 15, 12, tzinfo=timezone.utc) for month in range(1, 13)]


def test_every_definition_means_its_zone() -> None:
    wrong = []
    for element in timezones.definitions():
        identifier = element.attrib.pop("Id")
        known, made = timezones.zone(identifier), timezones.from_element(element)
        assert known is not None
        assert made is not None
        if any(moment.astimezone(known).utcoffset() != moment.astimezone(made).utcoffset() for moment in EVERY_MONTH):
            wrong.append(identifier)
    assert wrong == []


def test_all_definitions_are_valid() -> None:
    schema = load()
    if schema is None:
        pytest.skip("the EWS schema is not here: shared/ews-schema beside the checkout")
    response = xml(
        "<m:GetServerTimeZonesResponse><m:ResponseMessages><m:GetServerTimeZonesResponseMessage "
        'ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:TimeZoneDefinitions/>'
        "</m:GetServerTimeZonesResponseMessage></m:ResponseMessages></m:GetServerTimeZonesResponse>"
    )
    response.find(".//{*}TimeZoneDefinitions").extend(timezones.definitions())  # type: ignore[union-attr]  # just made
    document = response.getroottree()
    document._setroot(response)
    assert schema.validate(document), schema.error_log


def test_only_the_zones_that_were_asked_for() -> None:
    found = timezones.definitions(["tokyo standard time", "Nowhere"], full=False)
    assert [(one.get("Id"), len(one)) for one in found] == [("Tokyo Standard Time", 0)]


def test_rules_that_change_make_groups() -> None:
    element = timezones.definition("Russian Standard Time")
    assert element is not None
    transitions = element.find("{*}Transitions")
    assert transitions is not None
    assert {local(one) for one in transitions} == {"Transition", "AbsoluteDateTransition"}


def test_the_zones_of_exchange_2007() -> None:
    zone = timezones.from_element(
        xml(
            "<t:MeetingTimeZone><t:BaseOffset>PT480M</t:BaseOffset><t:Standard><t:Offset>PT0M</t:Offset>"
            "<t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek><t:DayOfWeekIndex>First</t:DayOfWeekIndex>"
            "<t:Month>November</t:Month></t:RelativeYearlyRecurrence><t:Time>02:00:00</t:Time></t:Standard>"
            "<t:Daylight><t:Offset>-PT60M</t:Offset><t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek>"
            "<t:DayOfWeekIndex>Second</t:DayOfWeekIndex><t:Month>March</t:Month></t:RelativeYearlyRecurrence>"
            "<t:Time>02:00:00</t:Time></t:Daylight></t:MeetingTimeZone>"
        )
    )
    assert zone is not None
    offsets = [datetime(2024, month, 1, 12, tzinfo=zone).utcoffset() for month in (1, 7)]
    assert offsets == [timedelta(hours=-8), timedelta(hours=-7)]


def test_an_unknown_zone_without_rules_is_refused() -> None:
    with refused("ErrorTimeZone"):
        timezones.from_element(xml('<t:StartTimeZone Id="Middle Earth Standard Time"/>'))


@pytest.mark.parametrize("source", ["<t:StartTimeZone/>"])
def test_no_zone_is_none(source: str) -> None:
    assert timezones.from_element(xml(source)) is None


@pytest.mark.parametrize(
    ("delta", "text"),
    [(timedelta(hours=-5, minutes=-30), "-PT5H30M"), (timedelta(hours=2), "PT2H"), (timedelta(0), "PT0H")],
)
def test_durations(delta: timedelta, text: str) -> None:
    assert timezones.duration(delta) == text
    assert timezones.parse_duration(text) == delta
