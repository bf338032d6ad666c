"""Notifications that keep going: against a sandbox that fails in between, and a server that ends its streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from ewsfs.ews import Account, Configuration, Credentials, Message, errors
from ewsfs.ews.notifications import MISSED, Event, Events, stream
from ewsfs.ews.retry import FailFast
from ewsfs.ews.soap import RequestHeader
from ewsfs.sandbox import Sandbox
from tests.ews.rogue import Call, Rogue, impatient, response, success


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "secret"}) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    config = Configuration(
        service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"), retry_policy=impatient()
    )
    return Account(sandbox.address("ada"), config=config)


def pulled(account: Account) -> Events:
    return account.pull([account.inbox], ["CreatedEvent"], interval=0.01)


def streamed(account: Account) -> Events:
    return account.listen([account.inbox], ["CreatedEvent"], connection_minutes=1)


WAYS = pytest.mark.parametrize("listen", [pulled, streamed], ids=["pull", "stream"])


def created(account: Account, subject: str) -> str | None:
    return Message(folder=account.inbox, subject=subject).save().item_id


def following(events: Events) -> Event:
    return next(event for event in events if event is not None)


@WAYS
def test_what_happens_is_told_in_its_order(listen: Callable[[Account], Events], account: Account) -> None:
    with closing(listen(account)) as events:
        assert next(events) is None
        made = [created(account, str(number)) for number in range(5)]
        found = [following(events) for _ in made]
        assert [event.item_id for event in found] == made
        assert {event.kind for event in found} == {"Created"}
        assert {event.parent_folder_id for event in found} == {account.inbox.folder_id}


@WAYS
def test_closing_ends_the_subscription(listen: Callable[[Account], Events], account: Account, sandbox: Sandbox) -> None:
    events = listen(account)
    next(events)
    events.close()
    assert sandbox.calls.count("Unsubscribe") == 1


@WAYS
@pytest.mark.parametrize("fault", ["503", "drop", "busy"])
def test_failures_are_waited_for_and_nothing_is_missed(
    listen: Callable[[Account], Events], fault: str, account: Account, sandbox: Sandbox
) -> None:
    with closing(listen(account)) as events:
        sandbox.faults.add(f"Subscribe:{fault}:1")
        assert next(events) is None
        first = created(account, "first")
        assert following(events).item_id == first
        sandbox.faults.add(f"GetEvents:{fault}:2,GetStreamingEvents:{fault}:2")
        if listen is streamed:  # the connection there is isn't made anew before the server ends it
            return
        second = created(account, "second")
        assert following(events).item_id == second


@WAYS
def test_a_subscription_that_was_lost_is_made_anew(
    listen: Callable[[Account], Events], account: Account, sandbox: Sandbox
) -> None:
    """As after a night's sleep of a laptop: the connection is gone, and the subscription is when it comes back."""
    with closing(listen(account)) as events:
        assert next(events) is None
        first = created(account, "first")
        assert following(events).item_id == first
        sandbox.faults.add("GetEvents:drop:1,GetStreamingEvents:drop:1")
        forget(sandbox)
        assert following(events) is MISSED
        second = created(account, "second")
        assert following(events).item_id == second


def forget(sandbox: Sandbox) -> None:
    """The server forgets its subscriptions; connections that stand on them end."""
    kept = sandbox._state["subscriptions"]
    with kept._lock:  # type: ignore[attr-defined]  # the sandbox's own
        kept._all.clear()  # type: ignore[attr-defined]  # the sandbox's own
    sandbox.store.events.poke()


@WAYS
def test_a_folder_that_is_not_there_is_an_error(listen: Callable[[Account], Events], account: Account) -> None:
    gone = account.inbox.create_subfolder("gone")
    gone_id = account.folder(gone.folder_id or "")
    gone.delete()
    with pytest.raises(errors.NotFound):
        next(account.pull([gone_id]) if listen is pulled else account.listen([gone_id]))


# -- streams that end ----------------------------------------------------------------------------------

ALIVE = success("GetStreamingEvents", "<m:ConnectionStatus>OK</m:ConnectionStatus>")
CLOSED = success("GetStreamingEvents", "<m:ConnectionStatus>Closed</m:ConnectionStatus>")
SUBSCRIBED = response("Subscribe", success("Subscribe", "<m:SubscriptionId>s{}</m:SubscriptionId>"))
LOST = (
    '<m:GetStreamingEventsResponseMessage ResponseClass="Error"><m:MessageText>x</m:MessageText><m:ResponseCode>'
    "ErrorSubscriptionNotFound</m:ResponseCode></m:GetStreamingEventsResponseMessage>"
)


def event(number: int) -> str:
    return success(
        "GetStreamingEvents",
        "<m:Notifications><m:Notification><t:SubscriptionId>s</t:SubscriptionId><t:CreatedEvent>"
        f'<t:Watermark>w</t:Watermark><t:TimeStamp>2026-01-01T00:00:00Z</t:TimeStamp><t:ItemId Id="i{number}"/>'
        '<t:ParentFolderId Id="f"/></t:CreatedEvent></m:Notification></m:Notifications>',
    )


class Script:
    """Answers each connection of a stream with the next of several scripts, the last one again and again."""

    def __init__(self, *connections: tuple[list[str], bool]) -> None:
        self.connections = list(connections)
        self.streams = 0
        self.subscriptions = 0

    def __call__(self, call: Call) -> None:
        if b"<m:Subscribe" in call.body:
            self.subscriptions += 1
            call.reply(200, SUBSCRIBED.replace(b"{}", str(self.subscriptions).encode()))
        elif b"GetStreamingEvents" in call.body:
            messages, ends = self.connections[min(self.streams, len(self.connections) - 1)]
            self.streams += 1
            call.chunked(*(response("GetStreamingEvents", one) for one in messages), end=ends)
            if not ends:
                call.drop()
        else:
            call.reply(200, response("Unsubscribe", success("Unsubscribe")))


def test_a_stream_that_was_closed_or_cut_is_opened_again() -> None:
    """On the same subscription, at once: what happened in between comes with the next connection."""
    script = Script(([ALIVE, event(1), CLOSED], True), ([ALIVE, event(2)], False), ([event(3)], False), ([ALIVE], True))
    with Rogue(script) as server, closing(stream(server.protocol(), RequestHeader())) as events:
        assert [following(events).item_id for _ in range(3)] == ["i1", "i2", "i3"]
        assert script.subscriptions == 1
        assert script.streams == 3


def test_what_was_lost_while_the_connection_was_cut_is_told_as_missed() -> None:
    script = Script(([event(1)], False), ([LOST], True), ([ALIVE, event(2)], True), ([ALIVE], True))
    with Rogue(script) as server, closing(stream(server.protocol(), RequestHeader())) as events:
        found = [following(events) for _ in range(3)]
        assert [one.item_id or one.kind for one in found] == ["i1", "Missed", "i2"]
        assert script.subscriptions == 2


def test_a_server_that_forgets_at_once_is_given_up() -> None:
    script = Script(([LOST], True))
    with Rogue(script) as server, pytest.raises(errors.ErrorSubscriptionNotFound):
        next(stream(server.protocol(), RequestHeader()))
    assert script.streams == 1


def test_a_server_that_ends_every_stream_at_once_is_not_asked_for_ever() -> None:
    script = Script(([CLOSED], True))
    with Rogue(script) as server, pytest.raises(errors.Interrupted):
        next(stream(server.protocol(retry_policy=FailFast()), RequestHeader()))
    assert script.streams == 1
    patient = Script(([CLOSED], True))
    with Rogue(patient) as server, pytest.raises(errors.Interrupted):
        next(stream(server.protocol(retry_policy=impatient(60)), RequestHeader()))
    assert 2 < patient.streams < 20
