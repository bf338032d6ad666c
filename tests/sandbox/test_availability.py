"""Free/busy and mail tips."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.model import t
from tests.sandbox.client import Client, codes

ZONE = (
    "<t:TimeZone><t:Bias>-60</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>03:00:00</t:Time><t:DayOrder>5"
    "</t:DayOrder>"
    "<t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime><t:Bias>-60</t:Bias>"
    "<t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
    "</t:DaylightTime></t:TimeZone>"
)


def ask(address: str, view: str, start: str, end: str) -> str:
    return (
        f"<m:GetUserAvailabilityRequest>{ZONE}<m:MailboxDataArray><t:MailboxData><t:Email><t:Address>{address}"
        "</t:Address>"
        "</t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray>"
        "<t:FreeBusyViewOptions>"
        f"<t:TimeWindow><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime></t:TimeWindow>"
        "<t:MergedFreeBusyIntervalInMinutes>60</t:MergedFreeBusyIntervalInMinutes>"
        f"<t:RequestedView>{view}</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>"
    )


@pytest.fixture
def busy(ben: Client) -> Client:
    for start, end in (
        ("2026-07-01T08:00:00Z", "2026-07-01T10:00:00Z"),
        ("2026-12-01T08:00:00Z", "2026-12-01T08:30:00Z"),
    ):
        ben.create(
            f"<t:CalendarItem><t:Subject>secret</t:Subject><t:Start>{start}</t:Start><t:End>{end}</t:End>"
            "</t:CalendarItem>",
            "calendar",
            'SendMeetingInvitations="SendToNone"',
        )
    return ben


@pytest.mark.parametrize(
    ("day", "merged", "start"),
    [("2026-07-01", "002200", "2026-07-01T10:00:00"), ("2026-12-01", "020000", "2026-12-01T09:00:00")],
)
def test_times_are_those_of_the_zone_of_the_request(
    ada: Client, busy: Client, day: str, merged: str, start: str
) -> None:
    reply = ada.call(ask("ben@example.test", "DetailedMerged", f"{day}T08:00:00", f"{day}T14:00:00"))
    assert codes(reply) == ["NoError"]
    assert reply.findtext(f".//{t('MergedFreeBusy')}") == merged
    assert reply.findtext(f".//{t('CalendarEvent')}/{t('StartTime')}") == start
    assert reply.find(f".//{t('Subject')}") is None


def test_the_owner_sees_details(busy: Client) -> None:
    reply = busy.call(ask("ben@example.test", "Detailed", "2026-07-01T00:00:00", "2026-07-02T00:00:00"))
    assert reply.findtext(f".//{t('Subject')}") == "secret"


@pytest.mark.parametrize(
    ("address", "start", "end", "code"),
    [
        ("x@example.test", "2026-07-01T00:00:00", "2026-07-02T00:00:00", "ErrorMailRecipientNotFound"),
        ("ada@example.test", "2026-07-02T00:00:00", "2026-07-01T00:00:00", "ErrorInvalidTimeInterval"),
        ("ada@example.test", "2026-07-02T00:00:00", "2027-07-01T00:00:00", "ErrorTimeIntervalTooBig"),
    ],
)
def test_what_is_refused(ada: Client, address: str, start: str, end: str, code: str) -> None:
    assert ada.codes(ask(address, "FreeBusy", start, end)) == [code]


def tips(address: str, wanted: str = "All") -> str:
    return (
        "<m:GetMailTips><m:SendingAs><t:EmailAddress>ada@example.test</t:EmailAddress></m:SendingAs><m:Recipients>"
        f"<t:Mailbox><t:EmailAddress>{address}</t:EmailAddress></t:Mailbox></m:Recipients>"
        f"<m:MailTipsRequested>{wanted}</m:MailTipsRequested></m:GetMailTips>"
    )


def test_a_tip_that_somebody_is_away(ada: Client, ben: Client) -> None:
    assert ada.call(tips("ben@example.test")).findtext(f".//{t('Message')}") in (None, "")
    ben.call(
        "<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>ben@example.test</t:Address></t:Mailbox><t:UserOofSettings>"
        "<t:OofState>Enabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience><t:InternalReply>"
        "<t:Message>on leave</t:Message></t:InternalReply></t:UserOofSettings></m:SetUserOofSettingsRequest>"
    )
    assert ada.call(tips("ben@example.test")).findtext(f".//{t('Message')}") == "on leave"


@pytest.mark.parametrize(
    ("address", "invalid"), [("ben@example.test", "false"), ("x@example.test", "true"), ("x@example.org", "false")]
)
def test_a_tip_that_nobody_has_the_address(ada: Client, address: str, invalid: str) -> None:
    assert ada.call(tips(address, "InvalidRecipient")).findtext(f".//{t('InvalidRecipient')}") == invalid
