"""Out of office and time zones."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.model import m, t
from tests.sandbox.client import Client, codes


def owner(address: str) -> str:
    return f"<t:Mailbox><t:Address>{address}</t:Address></t:Mailbox>"


def get(address: str = "ada@example.test") -> str:
    return f"<m:GetUserOofSettingsRequest>{owner(address)}</m:GetUserOofSettingsRequest>"


def set_to(settings: str, address: str = "ada@example.test") -> str:
    return (
        f"<m:SetUserOofSettingsRequest>{owner(address)}<t:UserOofSettings>{settings}</t:UserOofSettings>"
        "</m:SetUserOofSettingsRequest>"
    )


REPLIES = (
    "<t:InternalReply><t:Message>in &amp; out</t:Message></t:InternalReply>"
    "<t:ExternalReply><t:Message>away</t:Message></t:ExternalReply>"
)


def test_at_first_nobody_is_away(ada: Client) -> None:
    reply = ada.call(get())
    assert codes(reply) == ["NoError"]
    assert reply.findtext(f".//{t('OofState')}") == "Disabled"
    assert reply.findtext(m("AllowExternalOof")) == "All"


def test_what_is_set_comes_back(ada: Client) -> None:
    duration = (
        "<t:Duration><t:StartTime>2040-01-01T10:00:00+02:00</t:StartTime><t:EndTime>2040-01-05T10:00:00Z"
        "</t:EndTime></t:Duration>"
    )
    settings = f"<t:OofState>Scheduled</t:OofState><t:ExternalAudience>Known</t:ExternalAudience>{duration}{REPLIES}"
    assert ada.codes(set_to(settings)) == ["NoError"]
    reply = ada.call(get())
    names = [t(name) for name in ("OofState", "ExternalAudience", "StartTime", "EndTime", "Message")]
    assert [element.text for element in reply.iter(*names)] == [
        "Scheduled",
        "Known",
        "2040-01-01T08:00:00Z",
        "2040-01-05T10:00:00Z",
        "in & out",
        "away",
    ]


def test_a_schedule_needs_a_duration(ada: Client) -> None:
    settings = f"<t:OofState>Scheduled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>{REPLIES}"
    assert ada.codes(set_to(settings)) == ["ErrorInvalidScheduledOofDuration"]
    backwards = (
        "<t:Duration><t:StartTime>2040-01-05T10:00:00Z</t:StartTime><t:EndTime>2040-01-01T10:00:00Z"
        "</t:EndTime></t:Duration>"
    )
    settings = settings.replace("<t:InternalReply>", backwards + "<t:InternalReply>")
    assert ada.codes(set_to(settings)) == ["ErrorInvalidScheduledOofDuration"]


@pytest.mark.parametrize(
    ("address", "code"), [("ben@example.test", "ErrorAccessDenied"), ("x@example.test", "ErrorNonExistentMailbox")]
)
def test_the_settings_of_somebody_else(ada: Client, address: str, code: str) -> None:
    assert ada.codes(get(address)) == [code]


def zones(client: Client, attributes: str = "", wanted: str = "") -> list[str]:
    reply = client.call(f"<m:GetServerTimeZones {attributes}>{wanted}</m:GetServerTimeZones>")
    assert codes(reply) == ["NoError"]
    return [str(element.get("Id")) for element in reply.iter(t("TimeZoneDefinition"))]


def test_all_time_zones(ada: Client) -> None:
    assert {"UTC", "W. Europe Standard Time", "Pacific Standard Time"} <= set(
        zones(ada, 'ReturnFullTimeZoneData="false"')
    )


def test_one_time_zone(ada: Client) -> None:
    wanted = "<m:Ids><t:Id>W. Europe Standard Time</t:Id><t:Id>Nowhere</t:Id></m:Ids>"
    assert zones(ada, 'ReturnFullTimeZoneData="true"', wanted) == ["W. Europe Standard Time"]


def test_the_time_zone_of_a_request_is_that_of_its_times(ada: Client) -> None:
    header = '<t:TimeZoneContext><t:TimeZoneDefinition Id="W. Europe Standard Time"/></t:TimeZoneContext>'
    body = (
        '<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem>'
        "<t:Start>2026-07-01T10:00:00</t:Start>"
        "<t:End>2026-07-01T11:00:00</t:End></t:CalendarItem></m:Items></m:CreateItem>"
    )
    reply = ada.call(body, header)
    found = reply.find(f".//{t('ItemId')}")
    assert found is not None
    assert ada.get(found.get("Id", "")).findtext(t("Start")) == "2026-07-01T08:00:00Z"
