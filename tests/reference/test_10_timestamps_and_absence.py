"""Message timestamp fields; out of facility; and the other things that an account can be asked."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ewsfs.ews import (
    UTC_NOW,
    Account,
    CalendarItem,
    Contact,
    EWSDateTime,
    EWSError,
    EWSTimeZone,
    Message,
    OofSettings,
)
from ewsfs.ews.delegates import DelegatePermissions, DelegateUser
from ewsfs.ews.folders.permissions import UserId
from ewsfs.ews.rules import Rule, RuleActions, RulePredicates
from ewsfs.ews.userconfiguration import UserConfiguration
from ewsfs.sandbox import Sandbox
from tests.reference.conftest import connect

tz = EWSTimeZone.timezone("Europe/Copenhagen")


def test_timestamps(account: Account) -> None:
    Message(account=account, subject="x", to_recipients=["john@example.test"]).send()
    message = account.inbox.get(subject="x")
    for name in ("datetime_created", "datetime_sent", "datetime_received", "last_modified_time"):
        value = getattr(message, name)
        assert isinstance(value, EWSDateTime)
        assert value.tzinfo is not None
        assert abs(value - UTC_NOW()) < timedelta(minutes=5)


def test_out_of_office(account: Account) -> None:
    assert account.oof_settings.state == OofSettings.DISABLED
    start = tz.localize(EWSDateTime(2099, 11, 1, 11))
    end = tz.localize(EWSDateTime(2099, 12, 1, 11))
    account.oof_settings = OofSettings(
        state=OofSettings.SCHEDULED,
        external_audience="Known",
        internal_reply="I'm in the pub. See ya guys!",
        external_reply="I'm having a business dinner in town",
        start=start,
        end=end,
    )
    found = account.oof_settings
    assert (found.state, found.external_audience) == ("Scheduled", "Known")
    assert (found.start, found.end) == (start, end)
    assert "pub" in (found.internal_reply or "")
    assert "dinner" in (found.external_reply or "")
    account.oof_settings = OofSettings(state=OofSettings.DISABLED, internal_reply="", external_reply="")
    assert account.oof_settings.state == OofSettings.DISABLED


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"state": "Away"}, "'state' must be one of"),
        ({"state": "Scheduled", "internal_reply": "x", "external_reply": "y"}, "'start'"),
        ({"state": "Enabled", "external_reply": "y"}, "'internal_reply'"),
        (
            {
                "state": "Scheduled",
                "internal_reply": "x",
                "external_reply": "y",
                "start": datetime(2001, 1, 1, tzinfo=timezone.utc),
                "end": datetime(2001, 1, 2, tzinfo=timezone.utc),
            },
            "'end'.*past",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(values: dict[str, object], says: str, account: Account) -> None:
    with pytest.raises(ValueError, match=says):
        account.oof_settings = OofSettings(**values)


def test_names(account: Account) -> None:
    Contact(
        folder=account.contacts,
        display_name="Zoë Quist",
        given_name="Zoë",
        surname="Quist",
        email_addresses={"EmailAddress1": "zoe@example.com"},
    ).save()
    found = account.resolve_names("anne")
    assert [one.mailbox.email_address for one in found if one.mailbox] == ["anne@example.test"]
    found = account.resolve_names("Quist", return_full_contact_data=True)
    assert found[0].mailbox is not None
    assert found[0].mailbox.email_address == "zoe@example.com"
    assert account.resolve_names("nobody at all") == []


def test_rooms_and_lists(account: Account) -> None:
    for room_list in account.room_lists():
        assert account.rooms(room_list) is not None
    with pytest.raises(EWSError):
        account.expand_dl("nolist@example.test")


def test_mail_tips(account: Account) -> None:
    tips = account.mail_tips(["anne@example.test"])[0]
    assert not isinstance(tips, EWSError)
    assert tips.recipient_address is not None
    assert tips.recipient_address.email_address == "anne@example.test"


def test_free_and_busy(account: Account) -> None:
    start = tz.localize(EWSDateTime(2026, 3, 2, 10))
    CalendarItem(
        folder=account.calendar,
        subject="busy",
        start=start,
        end=start + timedelta(hours=1),
        legacy_free_busy_status="Busy",
    ).save()
    views = account.free_busy(["john@example.test", "nobody@example.test"], start, start + timedelta(hours=2))
    assert not isinstance(views[0], EWSError)
    assert views[0].merged_free_busy == "2200"
    assert [event.start for event in views[0].calendar_events] == [start]
    assert isinstance(views[1], EWSError)


def test_ids(account: Account) -> None:
    item = Message(folder=account.drafts, subject="x").save()
    converted = account.convert_ids([item.item_id or ""], "HexEntryId")
    assert isinstance(converted[0], str)
    assert account.convert_ids([converted[0]], "EwsId", source_format="HexEntryId") == [item.item_id]


def test_delegates(account: Account) -> None:
    anne = DelegateUser(
        user_id=UserId(primary_smtp_address="anne@example.test"),
        delegate_permissions=DelegatePermissions(calendar="Editor"),
        view_private_items=False,
    )
    assert not isinstance(account.add_delegates([anne])[0], EWSError)
    found = account.delegates()[0]
    assert not isinstance(found, EWSError)
    assert found.delegate_permissions is not None
    assert found.delegate_permissions.calendar == "Editor"
    anne.delegate_permissions = DelegatePermissions(calendar="Reviewer")
    account.update_delegates([anne])
    assert account.remove_delegates(["anne@example.test"]) == [None]
    assert account.delegates() == []


def test_inbox_rules(account: Account) -> None:
    account.create_inbox_rule(
        Rule(
            display_name="Invoices",
            priority=1,
            is_enabled=True,
            conditions=RulePredicates(contains_subject_strings=["Invoice"], from_addresses=["anne@example.test"]),
            actions=RuleActions(move_to_folder=account.drafts, stop_processing_rules=True),
        )
    )
    rule = account.inbox_rules()[0]
    assert rule.conditions is not None
    assert rule.conditions.contains_subject_strings == ["Invoice"]
    rule.display_name = "Bills"
    account.update_inbox_rule(rule)
    assert [one.display_name for one in account.inbox_rules()] == ["Bills"]
    account.delete_inbox_rule(rule)
    assert account.inbox_rules() == []


def test_user_configuration(account: Account) -> None:
    kept = {"one": 1, "yes": True, "text": "æ", "bytes": b"\x00", "list": ["a", "b"]}
    settings = UserConfiguration(dictionary=kept, xml_data=b"<a/>", binary_data=b"\x01\x02")
    account.create_user_configuration("ewsfs.test", account.inbox, settings)
    found = account.get_user_configuration("ewsfs.test", account.inbox)
    assert (found.dictionary, found.xml_data, found.binary_data) == (kept, b"<a/>", b"\x01\x02")
    account.update_user_configuration("ewsfs.test", account.inbox, UserConfiguration(dictionary={"two": 2}))
    assert account.get_user_configuration("ewsfs.test", account.inbox).dictionary == {"two": 2}
    account.delete_user_configuration("ewsfs.test", account.inbox)
    with pytest.raises(EWSError):
        account.get_user_configuration("ewsfs.test", account.inbox)


def test_export_and_upload(account: Account) -> None:
    item = Message(folder=account.inbox, subject="exported", body="text", categories=["a"]).save()
    data = list(account.export([item]))
    assert isinstance(data[0], bytes)
    uploaded = account.upload([(account.drafts, data[0])])
    assert not isinstance(uploaded[0], EWSError)
    found = account.drafts.get(subject="exported")
    assert (found.body, found.categories) == ("text", ["a"])


def test_notifications(account: Account, sandbox: Sandbox) -> None:
    events = account.pull([account.inbox], interval=0.05)
    next(events)
    Message(folder=account.inbox, subject="new").save()
    found = next(event for event in events if event is not None)
    assert found.kind in ("Created", "NewMail")
    events.close()
    assert connect(sandbox, "john").inbox.get(subject="new").item_id == found.item_id
