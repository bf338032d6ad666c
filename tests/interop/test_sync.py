"""Synchronisation and notifications: what changed since, and what changes now."""

from __future__ import annotations

import threading

import pytest
from exchangelib import Account, EWSDateTime, EWSTimeZone, Message, Task
from exchangelib.errors import ErrorInvalidSubscription, ErrorSubscriptionNotFound
from exchangelib.folders import Messages
from exchangelib.properties import CopiedEvent, CreatedEvent, DeletedEvent, ModifiedEvent, MovedEvent, NewMailEvent

from ewsfs.sandbox import Sandbox

UTC = EWSTimeZone("UTC")


def changes(folder: Messages, **options: object) -> list[tuple[str, str]]:
    """What sync_items says, each change with the subject, or the id of what is gone."""
    found = []
    for change, item in folder.sync_items(**options):
        if change == "read_flag_change":
            found.append((change, str(item[1])))
        else:
            found.append((change, item.id if change == "delete" else item.subject))
    return found


def test_items_are_synchronised(account: Account) -> None:
    inbox = account.inbox
    first = [Message(account=account, folder=inbox, subject=f"{number}").save() for number in range(3)]
    assert sorted(changes(inbox)) == [("create", "0"), ("create", "1"), ("create", "2")]
    assert changes(inbox) == []
    first[0].subject = "0 changed"
    first[0].save(update_fields=["subject"])
    gone = first[1].id
    first[1].delete()
    first[2].is_read = not first[2].is_read
    first[2].save(update_fields=["is_read"])
    Message(account=account, folder=inbox, subject="3").save()
    assert sorted(changes(inbox)) == sorted(
        [("update", "0 changed"), ("delete", gone), ("read_flag_change", "True"), ("create", "3")]
    )
    assert changes(inbox) == []


def test_a_sync_comes_in_parts(sandbox: Sandbox, account: Account) -> None:
    messages = [Message(account=account, folder=account.inbox, subject=f"{number}") for number in range(23)]
    account.bulk_create(folder=account.inbox, items=messages)
    sandbox.calls.reset()
    found = changes(account.inbox, max_changes_returned=5, only_fields=["subject"])
    assert sorted(found) == sorted(("create", f"{number}") for number in range(23))
    assert sandbox.calls.count("SyncFolderItems") >= 5


def test_an_old_state_gives_the_same_changes_again(account: Account) -> None:
    inbox = account.inbox
    Message(account=account, folder=inbox, subject="a").save()
    changes(inbox)
    state = inbox.item_sync_state
    Message(account=account, folder=inbox, subject="b").save()
    assert changes(inbox) == [("create", "b")]
    inbox.item_sync_state = None
    assert changes(inbox, sync_state=state) == [("create", "b")]


def test_the_hierarchy_is_synchronised(account: Account) -> None:
    top = account.msg_folder_root
    everything = list(top.sync_hierarchy())
    assert {change for change, _ in everything} == {"create"}
    assert "Inbox" in {folder.name for _, folder in everything}
    assert list(top.sync_hierarchy()) == []
    folder = Messages(parent=account.inbox, name="New").save()
    assert [(change, found.name) for change, found in top.sync_hierarchy()] == [("create", "New")]
    folder.name = "Newer"
    folder.save(update_fields=["name"])
    assert [(change, found.name) for change, found in top.sync_hierarchy()] == [("update", "Newer")]
    identifier = folder.id
    folder.delete()
    assert [(change, found.id) for change, found in top.sync_hierarchy()] == [("delete", identifier)]


class TestPull:
    def test_events_of_a_folder(self, account: Account) -> None:
        with account.inbox.pull_subscription() as (subscription_id, watermark):
            message = Message(account=account, folder=account.inbox, subject="Event").save()
            created = message.id
            message.subject = "Event!"
            message.save()
            message.copy(account.drafts)
            message.move(account.drafts)
            found = [
                event
                for notification in account.inbox.get_events(subscription_id, watermark)
                for event in notification.events
            ]
            kinds = [type(event) for event in found]
            assert kinds[0] is CreatedEvent
            assert ModifiedEvent in kinds
            assert MovedEvent in kinds or DeletedEvent in kinds
            assert found[0].item_id.id == created

    def test_mail_that_arrives_is_new_mail(self, account: Account, ben: Account) -> None:
        with ben.inbox.pull_subscription(event_types=["NewMailEvent"]) as (subscription_id, watermark):
            Message(account=account, subject="Ding", to_recipients=["ben@example.test"]).send()
            (notification,) = ben.inbox.get_events(subscription_id, watermark)
            (event,) = notification.events
            assert isinstance(event, NewMailEvent)
            assert ben.inbox.get(id=event.item_id.id).subject == "Ding"

    def test_an_end_is_an_end(self, account: Account) -> None:
        subscription_id, watermark = account.inbox.subscribe_to_pull()
        account.inbox.unsubscribe(subscription_id)
        with pytest.raises((ErrorSubscriptionNotFound, ErrorInvalidSubscription)):
            list(account.inbox.get_events(subscription_id, watermark))

    def test_the_whole_mailbox(self, account: Account) -> None:
        subscription_id, watermark = account.subscribe_to_pull()
        Task(account=account, folder=account.tasks, subject="Anywhere", due_date=None).save()
        notifications = list(account.root.tois.get_events(subscription_id, watermark))
        assert CreatedEvent in {type(event) for notification in notifications for event in notification.events}
        account.unsubscribe(subscription_id)


class TestStreaming:
    def test_events_come_while_one_waits(self, account: Account, ben: Account) -> None:
        """Ben makes them: the one connection of Ada's program is taken while it waits."""
        letter = Message(account=ben, subject="Live", to_recipients=["ada@example.test"])
        with account.inbox.streaming_subscription() as subscription_id:
            thread = threading.Timer(0.2, letter.send)
            thread.start()
            try:
                for notification in account.inbox.get_streaming_events(
                    subscription_id, connection_timeout=1, max_notifications_returned=1
                ):
                    kinds = [type(event) for event in notification.events]
                    assert CreatedEvent in kinds
                    assert notification.subscription_id == subscription_id
                    break
            finally:
                thread.join()
        assert account.inbox.get(subject="Live").author.email_address == "ben@example.test"

    def test_what_happened_before_is_there_at_once(self, account: Account) -> None:
        with account.inbox.streaming_subscription(event_types=["CreatedEvent", "CopiedEvent"]) as subscription_id:
            message = Message(account=account, folder=account.drafts, subject="Copy").save()
            message.copy(account.inbox)
            notification = next(
                iter(
                    account.inbox.get_streaming_events(
                        subscription_id, connection_timeout=1, max_notifications_returned=1
                    )
                )
            )
            assert {type(event) for event in notification.events} <= {CreatedEvent, CopiedEvent}


def test_times_of_events_are_now(account: Account) -> None:
    before = EWSDateTime.now(UTC).replace(microsecond=0)
    with account.inbox.pull_subscription() as (subscription_id, watermark):
        Message(account=account, folder=account.inbox, subject="When").save()
        for notification in account.inbox.get_events(subscription_id, watermark):
            for event in notification.events:
                assert before <= event.timestamp
