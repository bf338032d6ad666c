"""Meetings between users of the sandbox: invited, answered, changed, cancelled."""

from __future__ import annotations

import pytest
from lxml import etree

from ewsfs.sandbox.model import local, t
from tests.sandbox.client import Client, codes, ids

ATTENDEES = (
    "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>ben@example.test</t:EmailAddress></t:Mailbox>"
    "</t:Attendee>"
    "</t:RequiredAttendees>"
)
MEETING = (
    "<t:CalendarItem><t:Subject>plan</t:Subject><t:Start>2026-03-05T10:00:00Z</t:Start>"
    "<t:End>2026-03-05T11:00:00Z</t:End>"
    f"<t:Location>Room 1</t:Location>{ATTENDEES}</t:CalendarItem>"
)


def items(client: Client, folder: str) -> list[etree._Element]:
    reply = client.call(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        f'<m:ParentFolderIds><t:DistinguishedFolderId Id="{folder}"/></m:ParentFolderIds></m:FindItem>'
    )
    return [client.get(identifier) for identifier, _ in ids(reply)]


def key(item: etree._Element) -> tuple[str, str]:
    return ids(item)[0]


@pytest.fixture
def meeting(ada: Client) -> str:
    return ada.create(MEETING, "calendar", 'SendMeetingInvitations="SendToAllAndSaveCopy"')[0][0]


def test_an_invitation(ada: Client, ben: Client, meeting: str) -> None:
    (request,) = items(ben, "inbox")
    (booked,) = items(ben, "calendar")
    assert local(request) == "MeetingRequest"
    assert request.findtext(t("Location")) == "Room 1"
    assert request.findtext(t("IsRead")) == "false"
    tie = request.find(t("AssociatedCalendarItemId"))
    assert tie is not None
    assert tie.get("Id") == key(booked)[0]
    assert booked.findtext(t("LegacyFreeBusyStatus")) == "Tentative"
    assert booked.findtext(t("MyResponseType")) == "NoResponseReceived"
    assert booked.findtext(f"{t('Organizer')}/{t('Mailbox')}/{t('EmailAddress')}") == "ada@example.test"
    own = ada.get(meeting)
    assert own.findtext(t("MeetingRequestWasSent")) == "true"
    assert own.findtext(t("UID")) == booked.findtext(t("UID"))
    assert len(items(ada, "sentitems")) == 1


def test_nobody_is_invited_unless_asked_for(ada: Client, ben: Client) -> None:
    ada.create(MEETING, "calendar", 'SendMeetingInvitations="SendToNone"')
    assert items(ben, "inbox") == []


@pytest.mark.parametrize(
    ("name", "answer", "free_busy"),
    [("AcceptItem", "Accept", "Busy"), ("TentativelyAcceptItem", "Tentative", "Tentative")],
)
def test_an_answer_is_noted_at_the_organizer(
    ada: Client, ben: Client, meeting: str, name: str, answer: str, free_busy: str
) -> None:
    (request,) = items(ben, "inbox")
    identifier, change_key = key(request)
    body = (
        f'<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:{name}><t:Body BodyType="Text">fine</t:Body>'
        f'<t:ReferenceItemId Id="{identifier}" ChangeKey="{change_key}"/></t:{name}></m:Items></m:CreateItem>'
    )
    assert ben.codes(body) == ["NoError"]
    (booked,) = items(ben, "calendar")
    assert [booked.findtext(t(one)) for one in ("MyResponseType", "LegacyFreeBusyStatus")] == [answer, free_busy]
    assert items(ben, "inbox") == []
    (response,) = items(ada, "inbox")
    assert (local(response), response.findtext(t("ResponseType"))) == ("MeetingResponse", answer)
    assert "fine" in (response.findtext(t("Body")) or "")
    attendee = ada.get(meeting).find(f"{t('RequiredAttendees')}/{t('Attendee')}")
    assert attendee is not None
    assert attendee.findtext(t("ResponseType")) == answer
    assert attendee.find(t("LastResponseTime")) is not None


def test_a_declined_meeting_leaves_the_calendar(ada: Client, ben: Client, meeting: str) -> None:
    (booked,) = items(ben, "calendar")
    body = (
        '<m:CreateItem MessageDisposition="SendOnly"><m:Items><t:DeclineItem>'
        f'<t:ReferenceItemId Id="{key(booked)[0]}"/></t:DeclineItem></m:Items></m:CreateItem>'
    )
    assert ben.codes(body) == ["NoError"]
    assert items(ben, "calendar") == []
    assert ada.get(meeting).findtext(f"{t('RequiredAttendees')}/{t('Attendee')}/{t('ResponseType')}") == "Decline"


def test_an_update_reaches_the_attendees(ada: Client, ben: Client, meeting: str) -> None:
    body = (
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" '
        'SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy">'
        f'<m:ItemChanges><t:ItemChange><t:ItemId Id="{meeting}"/><t:Updates><t:SetItemField><t:FieldURI '
        'FieldURI="calendar:Location"/><t:CalendarItem><t:Location>Room 2</t:Location></t:CalendarItem>'
        "</t:SetItemField>"
        "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )
    assert ada.codes(body) == ["NoError"]
    assert [one.findtext(t("Location")) for one in items(ben, "calendar")] == ["Room 2"]
    assert "FullUpdate" in [one.findtext(t("MeetingRequestType")) for one in items(ben, "inbox")]


@pytest.mark.parametrize("how", ["DeleteItem", "CancelCalendarItem"])
def test_a_cancelled_meeting(ada: Client, ben: Client, meeting: str, how: str) -> None:
    if how == "DeleteItem":
        body = (
            '<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="SendToAllAndSaveCopy">'
            f'<m:ItemIds><t:ItemId Id="{meeting}"/></m:ItemIds></m:DeleteItem>'
        )
    else:
        identifier, change_key = key(ada.get(meeting))
        body = (
            '<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:CancelCalendarItem>'
            f'<t:ReferenceItemId Id="{identifier}" ChangeKey="{change_key}"/></t:CancelCalendarItem></m:Items>'
            "</m:CreateItem>"
        )
    assert ada.codes(body) == ["NoError"]
    assert items(ada, "calendar") == []
    assert "MeetingCancellation" in [local(one) for one in items(ben, "inbox")]
    (booked,) = items(ben, "calendar")
    assert booked.findtext(t("IsCancelled")) == "true"
    cancellation = next(one for one in items(ben, "inbox") if local(one) == "MeetingCancellation")
    identifier, change_key = key(cancellation)
    remove = (
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:RemoveItem><t:ReferenceItemId Id="{identifier}" '
        f'ChangeKey="{change_key}"/></t:RemoveItem></m:Items></m:CreateItem>'
    )
    assert codes(ben.call(remove)) == ["NoError"]
    assert items(ben, "calendar") == []
