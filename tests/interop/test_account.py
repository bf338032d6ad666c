"""What concerns the whole mailbox: out of office, free and busy, time zones, tips, delegates."""

from __future__ import annotations

from datetime import timedelta

import pytest
from exchangelib import Account, CalendarItem, EWSDateTime, EWSTimeZone, OofSettings
from exchangelib.errors import (
    ErrorCannotUseFolderIdForItemId,
    ErrorInvalidIdMalformed,
    ErrorItemNotFound,
    ErrorServerBusy,
    MalformedResponseError,
    RateLimitError,
    TransportError,
)

from ewsfs.sandbox import Sandbox
from tests.interop.conftest import ZONE

START = EWSDateTime(2025, 3, 3, 9, 30, tzinfo=ZONE)
HOUR = timedelta(hours=1)
NEXT_YEAR = EWSDateTime.now(ZONE).replace(minute=0, second=0, microsecond=0) + 365 * 24 * HOUR


class TestOutOfOffice:
    def test_it_is_off_at_first(self, account: Account) -> None:
        assert account.oof_settings.state == OofSettings.DISABLED

    def test_it_is_switched_on_for_a_time(self, account: Account) -> None:
        account.oof_settings = OofSettings(
            state=OofSettings.SCHEDULED,
            external_audience="Known",
            internal_reply="I'm in the pub. See ya guys!",
            external_reply="I'm having a business dinner in town",
            start=NEXT_YEAR,
            end=NEXT_YEAR + 5 * HOUR,
        )
        found = account.oof_settings
        assert (found.state, found.external_audience) == (OofSettings.SCHEDULED, "Known")
        assert "I'm in the pub" in found.internal_reply
        assert "business dinner" in found.external_reply
        assert (found.start, found.end) == (NEXT_YEAR, NEXT_YEAR + 5 * HOUR)

    def test_it_is_switched_off_again(self, account: Account) -> None:
        account.oof_settings = OofSettings(state=OofSettings.ENABLED, internal_reply="Away", external_reply="Away")
        assert account.oof_settings.state == OofSettings.ENABLED
        account.oof_settings = OofSettings(state=OofSettings.DISABLED, internal_reply="", external_reply="")
        assert account.oof_settings.state == OofSettings.DISABLED


def test_the_time_zones_of_the_server(account: Account) -> None:
    zones = {zone.id: zone.name for zone in account.protocol.get_timezones(return_full_timezone_data=True)}
    assert len(zones) > 100
    assert {"UTC", "Romance Standard Time", "Tokyo Standard Time"} <= set(zones)
    copenhagen = EWSTimeZone("Europe/Copenhagen")
    (one,) = account.protocol.get_timezones(timezones=[copenhagen], return_full_timezone_data=True)
    assert one.id == "Romance Standard Time"
    assert one.periods
    assert one.transitions_groups


def test_free_and_busy(account: Account, ben: Account) -> None:
    CalendarItem(account=ben, folder=ben.calendar, subject="Busy", start=START, end=START + HOUR).save()
    (view,) = account.protocol.get_free_busy_info(
        accounts=[(ben, "Required", False)], start=START - HOUR, end=START + 3 * HOUR, merged_free_busy_interval=30
    )
    (event,) = view.calendar_events
    assert (event.start, event.end, event.busy_type) == (START, START + HOUR, "Busy")


class TestFaults:
    """The troubles that real servers have reach a program as the errors that it knows."""

    def test_busy_inside_a_reply(self, sandbox: Sandbox, account: Account) -> None:
        assert account.inbox.all().count() == 0
        sandbox.faults.add("FindItem:busy:1")
        with pytest.raises((ErrorServerBusy, RateLimitError)):
            account.inbox.all().count()
        assert account.inbox.all().count() == 0

    def test_a_dropped_connection(self, sandbox: Sandbox, account: Account) -> None:
        assert account.inbox.all().count() == 0
        sandbox.faults.add("FindItem:drop:1")
        try:
            assert account.inbox.all().count() == 0
        except TransportError:
            assert account.inbox.all().count() == 0

    def test_a_cut_body(self, sandbox: Sandbox, account: Account) -> None:
        assert account.inbox.all().count() == 0
        sandbox.faults.add("FindItem:cut:1")
        with pytest.raises((TransportError, MalformedResponseError)):
            account.inbox.all().count()
        assert account.inbox.all().count() == 0


def test_an_id_that_is_none_is_told_from_one_whose_item_is_gone(account: Account) -> None:
    item = CalendarItem(account=account, folder=account.calendar, subject="Here", start=START, end=START + HOUR).save()
    identifier = item.id
    (found,) = account.fetch(ids=[(identifier, None)])
    assert isinstance(found, CalendarItem)
    item.delete()
    (gone,) = account.fetch(ids=[(identifier, None)])
    assert isinstance(gone, ErrorItemNotFound)
    (malformed,) = account.fetch(ids=[(identifier[:-8] + "AAAAAAA=", None)])
    assert isinstance(malformed, ErrorInvalidIdMalformed)
    with pytest.raises(ErrorCannotUseFolderIdForItemId):
        list(account.fetch(ids=[(account.inbox.id, None)]))
