"""Iterators over notifications that reconnect and say when something was missed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from ewsfs.ews import errors
from ewsfs.ews.configuration import BASIC, Configuration
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.notifications import MISSED, Event, event_of, poll, stream
from ewsfs.ews.protocol import Protocol
from ewsfs.ews.services import CreateItem
from ewsfs.ews.services.base import NO_HEADER
from ewsfs.ews.xmlnames import Element, child, make, t
from ewsfs.sandbox import Sandbox
from tests.ews.rogue import Call, Rogue, failure, impatient, response, success

INBOX = make(t("DistinguishedFolderId"), Id="inbox")
ALIVE = "<m:ConnectionStatus>OK</m:ConnectionStatus>"
CLOSED = "<m:ConnectionStatus>Closed</m:ConnectionStatus>"


def told(item_id: str) -> str:
    event = f"<t:NewMailEvent><t:Watermark>w-{item_id}</t:Watermark><t:ItemId Id='{item_id}'/></t:NewMailEvent>"
    one = f"<m:Notification><t:SubscriptionId>s</t:SubscriptionId>{event}</m:Notification>"
    return f"<m:Notifications>{one}</m:Notifications>"


def messages(*payloads: str) -> list[bytes]:
    return [response("GetStreamingEvents", success("GetStreamingEvents", payload)) for payload in payloads]


def server_that(listen: list[Callable[[Call], None]]) -> Callable[[Call], None]:
    """A server that subscribes everybody, and answers each GetStreamingEvents or GetEvents by the next of the list."""
    turns = iter(listen)

    def script(call: Call) -> None:
        if b"<m:Subscribe>" in call.body:
            ids = "<m:SubscriptionId>s</m:SubscriptionId><m:Watermark>w0</m:Watermark>"
            call.reply(200, response("Subscribe", success("Subscribe", ids)))
        elif b"<m:Unsubscribe>" in call.body:
            call.reply(200, response("Unsubscribe", success("Unsubscribe")))
        else:
            next(turns)(call)

    return script


def lines(*payloads: str) -> Callable[[Call], None]:
    return lambda call: call.chunked(*messages(*payloads))


def cut(*payloads: str) -> Callable[[Call], None]:
    def answer(call: Call) -> None:
        call.chunked(*messages(*payloads), end=False)
        call.drop()

    return answer


def gone(call: Call) -> None:
    call.reply(200, response("GetStreamingEvents", failure("GetStreamingEvents", "ErrorSubscriptionNotFound")))


def asked(server: Rogue, name: str) -> int:
    return sum(f"<m:{name}>".encode() in call.body for call in server.calls)


def shown(events: Iterator[Event | None], count: int) -> list[str]:
    found: list[str] = []
    for event in events:
        if event is not None:
            found.append(event.item_id or event.kind)
        if len(found) == count:
            break
    return found


def test_a_connection_that_ends_is_made_again_for_the_same_subscription() -> None:
    script = server_that([lines(ALIVE, told("1"), CLOSED), lines(told("2"))])
    with Rogue(script) as server, closing(stream(server.protocol(), NO_HEADER)) as events:
        assert shown(events, 2) == ["1", "2"]
        assert asked(server, "Subscribe") == 1


def test_a_connection_that_is_cut_after_it_worked_is_made_again_at_once() -> None:
    script = server_that([cut(ALIVE, told("1")), lines(told("2"))])
    with Rogue(script) as server, closing(stream(server.protocol(), NO_HEADER)) as events:
        assert shown(events, 2) == ["1", "2"]


def test_a_connection_that_never_works_ends_when_patience_does() -> None:
    with Rogue(server_that([cut(), cut(), cut()])) as server, pytest.raises(errors.Interrupted):
        list(stream(server.protocol(), NO_HEADER))
    with Rogue(server_that([cut()] * 100)) as server, pytest.raises(errors.Interrupted):
        list(stream(server.protocol(retry_policy=impatient(5)), NO_HEADER))


def test_a_subscription_that_is_lost_is_made_again_and_said_so() -> None:
    script = server_that([lines(told("1"), CLOSED), gone, lines(told("2"))])
    with Rogue(script) as server, closing(stream(server.protocol(), NO_HEADER)) as events:
        assert shown(events, 3) == ["1", "Missed", "2"]
        assert asked(server, "Subscribe") == 2


def test_a_server_that_forgets_at_once_is_given_up() -> None:
    with Rogue(server_that([gone, gone, gone])) as server, pytest.raises(errors.NotFound):
        list(stream(server.protocol(), NO_HEADER))


def test_closing_ends_the_subscription() -> None:
    with Rogue(server_that([lines(ALIVE, ALIVE)])) as server:
        events = stream(server.protocol(), NO_HEADER, folders=[INBOX])
        next(events)
        events.close()
        assert asked(server, "Unsubscribe") == 1


def test_an_iterator_is_stopped_from_another_thread() -> None:
    stop = threading.Event()
    with Rogue(server_that([lines(*[ALIVE] * 10)])) as server:
        events = stream(server.protocol(), NO_HEADER, stop=stop)
        next(events)
        stop.set()
        assert list(events) == []


def test_polling_goes_on_from_the_newest_watermark() -> None:
    def answer(payload: str, more: str = "false") -> Callable[[Call], None]:
        def reply(call: Call) -> None:
            head = f"<t:SubscriptionId>s</t:SubscriptionId><t:MoreEvents>{more}</t:MoreEvents>"
            notification = f"<m:Notification>{head}{payload}</m:Notification>"
            call.reply(200, response("GetEvents", success("GetEvents", notification)))

        return reply

    def event(item_id: str) -> str:
        return f"<t:NewMailEvent><t:Watermark>w-{item_id}</t:Watermark><t:ItemId Id='{item_id}'/></t:NewMailEvent>"

    script = server_that([answer(event("1"), "true"), answer(event("2")), answer(event("3"))])
    with Rogue(script) as server, closing(poll(server.protocol(), NO_HEADER, interval=0)) as events:
        assert shown(events, 3) == ["1", "2", "3"]
        bodies = [call.body for call in server.calls if b"<m:GetEvents>" in call.body]
        assert [b">w0<" in bodies[0], b">w-1<" in bodies[1], b">w-2<" in bodies[2]] == [True] * 3


def test_an_event_has_everything_that_its_element_has() -> None:
    element = make(
        t("MovedEvent"),
        make(t("TimeStamp"), text="2026-01-01T00:00:00Z"),
        make(t("ItemId"), Id="new", ChangeKey="c"),
        make(t("ParentFolderId"), Id="there"),
        make(t("OldItemId"), Id="old"),
        make(t("OldParentFolderId"), Id="here"),
    )
    assert event_of(element) == Event(
        kind="Moved",
        item_id="new",
        changekey="c",
        parent_folder_id="there",
        old_item_id="old",
        old_parent_folder_id="here",
        timestamp="2026-01-01T00:00:00Z",
    )
    assert MISSED.kind == "Missed"


@pytest.mark.parametrize("listen", [stream, poll])
def test_the_sandbox_tells_of_a_new_item(listen: Callable[..., Iterator[Event | None]]) -> None:
    with Sandbox(users={"ada": "secret"}) as sandbox:
        config = Configuration(
            service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"), auth_type=BASIC, timeout=20
        )
        protocol = Protocol(config)
        settings = {"interval": 0.05} if listen is poll else {}
        events = listen(protocol, NO_HEADER, folders=[INBOX], event_types=["CreatedEvent"], **settings)
        assert next(events) is None
        [made] = CreateItem(protocol).call([make(t("Message"), make(t("Subject"), text="new"))], folder=INBOX)
        assert isinstance(made, Element)
        item = child(made, "ItemId")
        assert item is not None
        assert next(event for event in events if event is not None).item_id == item.get("Id")
        events.close()  # type: ignore[attr-defined]  # a generator
        protocol.close()
