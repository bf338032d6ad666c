"""Values as servers write them, and values as programs assign them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import ewsfs.ews
from ewsfs.ews.element import EWSElement
from ewsfs.ews.ewsdatetime import UTC, EWSDate, EWSDateTime, EWSTimeZone, UnknownTimeZone
from ewsfs.ews.fields import DateField, DateTimeField, DayField, is_supported
from ewsfs.ews.items import CalendarItem, Contact, Message, Task
from ewsfs.ews.recurrence import Recurrence
from ewsfs.ews.xmlnames import make, t
from tests.ews.strategies import DATES, TIMES


def element(text: str) -> etree._Element:
    return make(t("X"), text=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-09-05T08:30:00Z", datetime(2017, 9, 5, 8, 30)),
        ("2017-09-05T08:30:00", datetime(2017, 9, 5, 8, 30)),
        ("2017-09-05T08:30Z", datetime(2017, 9, 5, 8, 30)),
        ("2017-09-05T08:30:00.5Z", datetime(2017, 9, 5, 8, 30, 0, 500000)),
        ("2017-09-05T08:30:00.123456789Z", datetime(2017, 9, 5, 8, 30, 0, 123456)),
        ("2017-09-05T08:30:00+02:00", datetime(2017, 9, 5, 6, 30)),
        ("2017-09-05T08:30:00-09:30", datetime(2017, 9, 5, 18, 0)),
        ("2017-09-05T24:00:00Z", datetime(2017, 9, 6)),
        ("2017-09-05", datetime(2017, 9, 5)),
        ("2017-09-05Z", datetime(2017, 9, 5)),
        ("  2017-09-05T08:30:00Z\n", datetime(2017, 9, 5, 8, 30)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1)),
        ("0001-01-01T00:00:00+02:00", datetime(1, 1, 1)),
        ("4501-01-01T00:00:00Z", datetime(4501, 1, 1)),
        ("9999-12-31T23:59:59-01:00", datetime(9999, 12, 31, 23, 59, 59)),
    ],
)
def test_times_as_servers_write_them(text: str, expected: datetime) -> None:
    assert DateTimeField("x:Y").parse(element(text)) == expected.replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2017-13-01T00:00:00Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert DateTimeField("x:Y").parse(element(text)) is None


@pytest.mark.parametrize("text", ["2025-07-02", "2025-07-02Z", "2025-07-02+02:00", "2025-07-02T00:00:00Z"])
def test_days_as_servers_write_them(text: str) -> None:
    assert DateField("x:Y").parse(element(text)) == date(2025, 7, 2)


@pytest.mark.parametrize(
    "text",
    [
        "2025-07-02T00:00:00Z",
        "2025-07-02T00:00:00+02:00",
        "2025-07-02T11:59:00Z",
        "2025-07-01T22:00:00Z",
        "2025-07-02T05:00:00Z",
        "2025-07-02Z",
        "2025-07-02",
    ],
)
def test_days_that_are_written_as_times(text: str) -> None:
    assert DayField("x:Y").parse(element(text)) == date(2025, 7, 2)


@given(TIMES)
def test_any_time_survives(value: EWSDateTime) -> None:
    assert EWSDateTime.from_string(value.ewsformat()) == value


@given(DATES)
def test_any_day_survives(value: EWSDate) -> None:
    assert DayField("x:Y").parse(element(DayField("x:Y").as_text(value))) == value
    assert EWSDate.from_string(value.ewsformat()) == value


@given(st.text())
def test_reading_never_fails(text: str) -> None:
    legal = "".join(c for c in text if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    for kind in (Message, CalendarItem, Contact, Task):
        holder = make(t(kind.ELEMENT))
        for field in kind.FIELDS:
            if field.is_read_by_tag and not field.is_on_owner:
                holder.append(make(field.tag, text=legal))
        kind.from_xml(holder)


def test_zones() -> None:
    copenhagen = EWSTimeZone.timezone("Europe/Copenhagen")
    assert copenhagen.ms_id == "Romance Standard Time"
    assert EWSTimeZone.timezone("Romance Standard Time").key == "Europe/Paris"
    with pytest.raises(UnknownTimeZone):
        EWSTimeZone.timezone("Middle-earth/Shire")
    with pytest.raises(ValueError, match="has a time zone"):
        copenhagen.localize(EWSDateTime(2017, 1, 1, tzinfo=UTC))
    when = copenhagen.localize(datetime(2017, 7, 1, 12)).astimezone(UTC)
    assert copenhagen.normalize(when + timedelta(days=180)).hour == 11


def test_a_recurrence_with_dates_that_have_zones() -> None:
    text = """
      <t:Recurrence xmlns:t="x">
        <t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence>
        <t:EndDateRecurrence><t:StartDate>2025-07-02Z</t:StartDate><t:EndDate>2025-07-09+02:00</t:EndDate></t:EndDateRecurrence>
      </t:Recurrence>"""
    found = Recurrence.from_xml(etree.fromstring(text))
    assert (found.start, found.end) == (date(2025, 7, 2), date(2025, 7, 9))


def test_versions() -> None:
    assert is_supported("Exchange2010", "Exchange2010_SP1")
    assert not is_supported("Exchange2013", "Exchange2010_SP2")
    assert is_supported("Exchange2013", None)
    assert "flag" not in {field.name for field in Message.supported_fields("Exchange2010_SP2")}


def element_classes() -> Iterator[type[EWSElement]]:
    for info in pkgutil.walk_packages(ewsfs.ews.__path__, "ewsfs.ews."):
        module = importlib.import_module(info.name)
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, EWSElement) and cls.__module__ == info.name and cls.ELEMENT:
                yield cls


# Types of Exchange Online without a page of their own stand in the protocol document alone.
PAGES = (
    "https://learn.microsoft.com/exchange/client-developer/web-service-reference/",
    "https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore",
)


@pytest.mark.parametrize("cls", sorted(set(element_classes()), key=repr))
def test_every_element_names_its_reference_page(cls: type[EWSElement]) -> None:
    assert "EWS reference: " in (cls.__doc__ or "")
    assert any(page in (cls.__doc__ or "") for page in PAGES)
