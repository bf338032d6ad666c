"""Notes: export and upload, and what else an account can be asked."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest

from ewsfs.ews import (
    Account,
    CalendarItem,
    Contact,
    DistributionList,
    EWSDateTime,
    EWSError,
    EWSTimeZone,
    FileAttachment,
    Folder,
    Item,
    ItemAttachment,
    Mailbox,
    Message,
    Messages,
    Task,
    errors,
)
from ewsfs.ews.delegates import DelegatePermissions, DelegateUser
from ewsfs.ews.folders import BaseFolder
from ewsfs.ews.folders.permissions import UserId
from ewsfs.ews.items import ItemRef
from ewsfs.ews.properties import Member
from ewsfs.ews.rules import Rule, RuleActions, RulePredicates
from ewsfs.ews.suggestions import UnknownConflict
from ewsfs.ews.userconfiguration import UserConfiguration
from ewsfs.sandbox import Sandbox
from tests.reference.conftest import connect

tz = EWSTimeZone.timezone("Europe/Copenhagen")


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


def test_rooms(account: Account) -> None:
    room_lists = account.room_lists()
    assert [(one.name, one.email_address) for one in room_lists] == [("Rooms", "rooms@example.test")]
    rooms = account.rooms(room_lists[0])
    assert [(one.name, one.email_address) for one in rooms] == [
        ("Room North", "room.north@example.test"),
        ("Room South", "room.south@example.test"),
    ]
    assert account.rooms("rooms@example.test") == rooms
    with pytest.raises(EWSError):
        account.rooms("nolist@example.test")


def test_lists_are_expanded(account: Account) -> None:
    """A public one by its address, a private one by its item."""
    public = account.expand_dl("rooms@example.test")
    assert [one.email_address for one in public] == ["room.north@example.test", "room.south@example.test"]
    assert account.expand_dl(Mailbox(email_address="rooms@example.test")) == public
    private = DistributionList(
        folder=account.contacts, display_name="Team", members=[Member(mailbox="a@example.com"), "anne@example.test"]
    ).save()
    assert {one.email_address for one in account.expand_dl(private)} == {"a@example.com", "anne@example.test"}
    found = account.resolve_names("Team")
    assert found[0].mailbox is not None
    assert len(account.expand_dl(found[0].mailbox)) == 2
    with pytest.raises(errors.ErrorNameResolutionNoResults):
        account.expand_dl("nolist@example.test")


def test_mail_tips(account: Account) -> None:
    tips = account.mail_tips(["anne@example.test"])[0]
    assert not isinstance(tips, EWSError)
    assert tips.recipient_address is not None
    assert tips.recipient_address.email_address == "anne@example.test"
    assert (tips.invalid_recipient, tips.mailbox_full, tips.total_member_count) == (False, False, 1)
    assert (tips.max_message_size or 0) > 1_000_000
    several = account.mail_tips(["nobody@example.test", Mailbox(email_address="x@elsewhere.example")])
    assert [one.invalid_recipient for one in several if not isinstance(one, EWSError)] == [True, False]
    assert [one.external_member_count for one in several if not isinstance(one, EWSError)] == [0, 1]
    only = account.mail_tips(["anne@example.test"], requested=["MaxMessageSize"])[0]
    assert not isinstance(only, EWSError)
    assert only.mailbox_full is None


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
    assert isinstance(views[1], errors.ErrorMailRecipientNotFound)
    assert views[0].working_hours is not None
    assert views[0].working_hours.periods[0].start == 480
    event = views[0].calendar_events[0]
    assert (event.busy_type, event.end) == ("Busy", start + timedelta(hours=1))
    assert event.details is not None
    assert (event.details.subject, event.details.is_recurring) == ("busy", False)
    merged = account.free_busy(
        [Mailbox(email_address="john@example.test")],
        start,
        start + timedelta(hours=2),
        merged_free_busy_interval=15,
        requested_view="MergedOnly",
    )[0]
    assert not isinstance(merged, EWSError)
    assert (merged.merged_free_busy, merged.calendar_events) == ("22220000", [])
    with pytest.raises(ValueError, match="'end'"):
        account.free_busy(["john@example.test"], start, start)


def test_when_a_meeting_would_suit(account: Account, sandbox: Sandbox) -> None:
    monday = tz.localize(EWSDateTime(2026, 3, 2))
    mine, hers = monday + timedelta(hours=9), monday + timedelta(hours=9, minutes=30)
    anne = connect(sandbox, "anne")
    for whose, start in ((account, mine), (anne, hers)):
        end = start + timedelta(minutes=30)
        CalendarItem(account=whose, subject="x", start=start, end=end, legacy_free_busy_status="Busy").save()
    days = account.meeting_suggestions(
        ["john@example.test", Mailbox(email_address="anne@example.test")],
        monday,
        monday + timedelta(days=2),
        optional=["bob@example.test", "carl@example.test"],
        rooms=["room.north@example.test", "nobody@example.test"],
        duration=30,
        maximum_by_day=48,
    )
    assert [day.date for day in days] == [monday, monday + timedelta(days=1)]
    assert [day.quality for day in days] == ["Excellent", "Excellent"]
    first = days[0].suggestions
    assert len(first) == len(days[1].suggestions) == 18
    assert all(one.is_work_time for one in first)
    assert (first[0].meeting_time, first[0].quality) == (monday + timedelta(hours=8), "Excellent")
    assert {one.meeting_time: one.quality for one in first if one.quality != "Excellent"} == {
        mine: "Good",
        hers: "Good",
    }
    [at_mine] = [one for one in first if one.meeting_time == mine]
    assert [getattr(conflict, "busy_type", None) for conflict in at_mine.conflicts] == ["Busy", *["Free"] * 4, None]
    assert isinstance(at_mine.conflicts[-1], UnknownConflict)
    for folder in (account.calendar, anne.calendar):
        folder.all().delete()


def test_suggestions_that_make_no_sense_are_refused(account: Account) -> None:
    monday = tz.localize(EWSDateTime(2026, 3, 2))
    tuesday = monday + timedelta(days=1)
    with pytest.raises(ValueError, match="'duration' must be from 30 to 1440"):
        account.meeting_suggestions(["john@example.test"], monday, tuesday, duration=5)
    with pytest.raises(ValueError, match="'required' is empty"):
        account.meeting_suggestions([], monday, tuesday)
    with pytest.raises(ValueError, match="time zone"):
        account.meeting_suggestions(["john@example.test"], datetime(2026, 3, 2), tuesday)
    with pytest.raises(errors.ErrorInvalidTimeInterval):
        account.meeting_suggestions(["john@example.test"], monday, tuesday + timedelta(hours=1))


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


def test_inbox_rules_at_work(account: Account, sandbox: Sandbox) -> None:
    """What they say happens to mail that arrives, and to no other."""
    bills = Messages(parent=account.inbox, name="Bills").save()
    for rule in (
        Rule(
            display_name="Invoices",
            priority=2,
            is_enabled=True,
            conditions=RulePredicates(contains_subject_strings=["invoice"], from_addresses=["anne@example.test"]),
            exceptions=RulePredicates(importance="High"),
            actions=RuleActions(move_to_folder=bills, mark_as_read=True, assign_categories=["money"]),
        ),
        Rule(
            display_name="Not to me",
            priority=1,
            is_enabled=True,
            conditions=RulePredicates(not_sent_to_me=True),
            actions=RuleActions(mark_importance="Low", stop_processing_rules=True),
        ),
        Rule(
            display_name="Off",
            priority=3,
            is_enabled=False,
            conditions=RulePredicates(sent_to_me=True),
            actions=RuleActions(delete=True),
        ),
    ):
        account.create_inbox_rule(rule)
    try:
        anne = connect(sandbox, "anne")
        for name, importance in (("Invoice 1", "Normal"), ("Invoice 2", "High"), ("Hello", "Normal")):
            Message(account=anne, subject=name, importance=importance, to_recipients=["john@example.test"]).send()
        Message(
            account=anne, subject="Invoice 3", to_recipients=["bob@example.test"], cc_recipients=["john@example.test"]
        ).send()
        assert [(m.subject, m.is_read, m.categories) for m in bills.all()] == [("Invoice 1", True, ["money"])]
        assert {(m.subject, m.importance) for m in account.inbox.all()} == {
            ("Invoice 2", "High"),
            ("Hello", "Normal"),
            ("Invoice 3", "Low"),
        }
    finally:
        for rule in account.inbox_rules():
            account.delete_inbox_rule(rule)
        bills.delete()
    with pytest.raises(ValueError, match="'rule_id'"):
        account.delete_inbox_rule(Rule(display_name="x", priority=1, is_enabled=True))
    with pytest.raises(errors.ErrorInboxRulesValidationError):
        account.delete_inbox_rule("nonsense")


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
    with io.BytesIO(b"skip" + data[0]) as file:  # a file is read while it is sent, from where it stands
        file.seek(4)
        assert not isinstance(account.upload([(account.drafts, file)])[0], EWSError)
    assert account.drafts.filter(subject="exported").count() == 2


def test_items_of_every_kind_are_kept_whole(account: Account) -> None:
    """For backup and migration: many at a time, what can't be exported in its place, attachments included."""
    start = tz.localize(EWSDateTime(2026, 5, 1, 9))
    message = Message(folder=account.inbox, subject="with", body="text")
    inner = Message(subject="inside", body="deep")
    message.attach(
        [FileAttachment(name="a.bin", content=bytes(range(256)) * 6000), ItemAttachment(name="i", item=inner)]
    )
    originals: list[tuple[BaseFolder, Item]] = [
        (account.inbox, message.save()),
        (account.calendar, CalendarItem(folder=account.calendar, subject="event", start=start, end=start).save()),
        (account.contacts, Contact(folder=account.contacts, display_name="Zoë", given_name="Zoë").save()),
        (account.tasks, Task(folder=account.tasks, subject="task", percent_complete=50.0).save()),
    ]
    ids = [item.item_id or "" for _, item in originals]
    exported = list(account.export([*ids, "nonsense"], chunk_size=2))
    assert isinstance(exported[-1], EWSError)
    data = [one for one in exported if isinstance(one, bytes)]
    account.bulk_delete(ids)
    uploaded = account.upload((folder, content) for (folder, _), content in zip(originals, data, strict=True))
    assert not any(isinstance(one, EWSError) for one in uploaded)
    assert not {one.item_id for one in uploaded if isinstance(one, ItemRef)} & set(ids)
    again = account.inbox.get(subject="with")
    first, second = again.attachments
    assert isinstance(first, FileAttachment)
    assert first.content == bytes(range(256)) * 6000
    assert isinstance(second, ItemAttachment)
    assert second.item is not None
    assert (second.item.subject, second.item.body) == ("inside", "deep")
    assert account.calendar.get(subject="event").start == start
    assert account.contacts.get(display_name="Zoë").given_name == "Zoë"
    assert account.tasks.get(subject="task").percent_complete == 50.0
    assert isinstance(account.upload([(account.inbox, b"no export")])[0], EWSError)


def test_syncing(account: Account) -> None:
    """Items and folders, as generators with a state to keep."""
    items, folders = account.inbox.sync_items(only_fields=["subject"]), account.sync_hierarchy()
    assert list(items) == []
    assert account.inbox.folder_id in {change.folder.folder_id for change in folders}
    message = Message(folder=account.inbox, subject="new").save()
    below = Folder(parent=account.inbox, name="below").save()
    later = account.inbox.sync_items(items.sync_state, only_fields=["subject"])
    assert [(change.kind, change.item.subject) for change in later] == [("create", "new")]
    assert ("create", below.folder_id) in {
        (change.kind, change.folder.folder_id) for change in account.sync_hierarchy(folders.sync_state)
    }
    message.delete()
    below.delete()
    assert [change.kind for change in account.inbox.sync_items(later.sync_state)] == ["delete"]


def test_notifications(account: Account, sandbox: Sandbox) -> None:
    events = account.pull([account.inbox], interval=0.05)
    next(events)
    Message(folder=account.inbox, subject="new").save()
    found = next(event for event in events if event is not None)
    assert found.kind in ("Created", "NewMail")
    events.close()
    streamed = account.listen([account.inbox], ["DeletedEvent", "MovedEvent"], connection_minutes=1)
    next(streamed)
    account.inbox.get(subject="new").move(account.drafts)
    moved = next(event for event in streamed if event is not None)
    assert (moved.kind, moved.old_item_id) == ("Moved", found.item_id)
    assert moved.old_parent_folder_id == account.inbox.folder_id
    streamed.close()
    Message(folder=account.inbox, subject="new").save()
    assert connect(sandbox, "john").inbox.get(subject="new").item_id != found.item_id
