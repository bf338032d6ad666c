"""Streaming notifications: many envelopes in one body, read as they come."""

from __future__ import annotations

from pathlib import Path

import pytest

from ewsfs.ews import errors, services
from ewsfs.ews.xmlnames import local, m, make, t
from tests.ews.rogue import Call, Rogue, response, success

ITEM = make(t("ItemId"), Id="AAMk")
ITEM_SHAPE = make(m("ItemShape"), make(t("BaseShape"), text="IdOnly"))
ALIVE = "<m:ConnectionStatus>OK</m:ConnectionStatus>"


def notification(*events: str) -> str:
    inner = "".join(f"<t:{name}><t:Watermark>w</t:Watermark></t:{name}>" for name in events)
    one = f"<m:Notification><t:SubscriptionId>s</t:SubscriptionId>{inner}</m:Notification>"
    return f"<m:Notifications>{one}</m:Notifications>"


def streamed(*payloads: str) -> list[bytes]:
    return [response("GetStreamingEvents", success("GetStreamingEvents", payload)) for payload in payloads]


def test_a_stream_is_read_as_it_comes() -> None:
    seen: list[object] = []
    parts = streamed(
        ALIVE,
        notification("StatusEvent"),
        notification("NewMailEvent", "CreatedEvent"),
        "<m:ConnectionStatus>Closed</m:ConnectionStatus>",
    )

    with Rogue(lambda call: call.chunked(*(strip(part) for part in parts), end=False)) as server:
        for found in services.GetStreamingEvents(server.protocol()).call(["s"]):
            # Some servers send no XML declaration, and none needs to end the body.
            seen.append(None if found is None else [local(event) for event in found.events])
    assert seen == [None, None, ["NewMailEvent", "CreatedEvent"]]


def strip(part: bytes) -> bytes:
    return part.split(b"?>", 1)[1]


def test_a_recorded_stream(corpus: Path) -> None:
    data = (corpus / "ews-responses/_invalid-xml/streaming-3-envelopes-concatenated.stream").read_bytes()
    with Rogue(lambda call: call.chunked(data[:500], data[500:2000], data[2000:])) as server:
        found = list(services.GetStreamingEvents(server.protocol()).call(["s"]))
    assert [None if one is None else len(one.events) for one in found] == [None, 1]


def test_a_subscription_that_is_gone_ends_the_stream() -> None:
    body = response(
        "GetStreamingEvents",
        '<m:GetStreamingEventsResponseMessage ResponseClass="Error"><m:MessageText>x</m:MessageText>'
        "<m:ResponseCode>ErrorExpiredSubscription</m:ResponseCode><m:ErrorSubscriptionIds><t:SubscriptionId>s"
        "</t:SubscriptionId></m:ErrorSubscriptionIds></m:GetStreamingEventsResponseMessage>",
    )
    with Rogue(lambda call: call.reply(200, body)) as server, pytest.raises(errors.StateLost) as caught:
        list(services.GetStreamingEvents(server.protocol()).call(["s"]))
    assert caught.value.details["SubscriptionIds"] == "s"


def test_a_stream_that_is_cut_says_so() -> None:
    def script(call: Call) -> None:
        call.chunked(streamed(ALIVE)[0], end=False)
        call.drop()

    with Rogue(script) as server:
        stream = services.GetStreamingEvents(server.protocol()).call(["s"])
        assert next(stream) is None
        with pytest.raises(errors.Interrupted):
            next(stream)


def test_a_stream_that_falls_silent_times_out() -> None:
    with Rogue(lambda call: call.chunked(*streamed(ALIVE), end=False)) as server:
        stream = services.GetStreamingEvents(server.protocol(), timeout=0.2).call(["s"])
        assert next(stream) is None
        with pytest.raises(errors.Timeout):
            next(stream)


def test_a_stream_does_not_take_a_connection_of_the_pool() -> None:
    def script(call: Call) -> None:
        if b"GetStreamingEvents" in call.body:
            call.chunked(*streamed(ALIVE), end=False)
        else:
            call.reply(200, response("GetItem", success("GetItem", "<m:Items><t:Message/></m:Items>")))

    with Rogue(script) as server:
        protocol = server.protocol(max_connections=1)
        stream = services.GetStreamingEvents(protocol).call(["s"])
        next(stream)
        assert len(list(services.GetItem(protocol).call([ITEM], shape=ITEM_SHAPE))) == 1
        stream.close()
