"""Subscriptions: pulled events, streamed events, watermarks, heartbeats, endings."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests
from lxml import etree

from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.events import EventLog
from ewsfs.sandbox.model import local, m, t
from ewsfs.sandbox.operations import notifications
from tests.sandbox.client import Client, codes, envelope

TYPES = ("Copied", "Created", "Deleted", "Modified", "Moved", "NewMail")


def subscribe(client: Client, kind: str, folder: str = "inbox", types: tuple[str, ...] = TYPES) -> etree._Element:
    names = "".join(f"<t:EventType>{name}Event</t:EventType>" for name in types)
    places = f'<t:FolderIds><t:DistinguishedFolderId Id="{folder}"/></t:FolderIds>' if folder else ""
    everything = "" if folder else ' SubscribeToAllFolders="true"'
    timeout = "<t:Timeout>10</t:Timeout>" if kind == "Pull" else ""
    reply = client.call(
        f"<m:Subscribe><m:{kind}SubscriptionRequest{everything}>{places}<t:EventTypes>{names}</t:EventTypes>"
        f"{timeout}</m:{kind}SubscriptionRequest></m:Subscribe>"
    )
    assert codes(reply) == ["NoError"]
    return reply


def get_events(identifier: str, watermark: str) -> str:
    return (
        f"<m:GetEvents><m:SubscriptionId>{identifier}</m:SubscriptionId><m:Watermark>{watermark}</m:Watermark>"
        "</m:GetEvents>"
    )


class Puller:
    def __init__(self, client: Client, folder: str = "inbox") -> None:
        self.client = client
        reply = subscribe(client, "Pull", folder)
        self.id = reply.findtext(f".//{m('SubscriptionId')}") or ""
        self.watermark = reply.findtext(f".//{m('Watermark')}") or ""

    def events(self) -> list[str]:
        reply = self.client.call(get_events(self.id, self.watermark))
        assert codes(reply) == ["NoError"]
        self.watermark = [element.text or "" for element in reply.iter(t("Watermark"))][-1]
        found = reply.find(f".//{m('Notification')}")
        assert found is not None
        return [local(event) for event in found if local(event).endswith("Event")]


def test_pulled_events(ada: Client) -> None:
    puller = Puller(ada)
    assert puller.events() == ["StatusEvent"]
    item, _ = ada.message("x")
    ada.message("elsewhere", "drafts")
    assert puller.events() == ["CreatedEvent"]
    ada.call(
        '<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:MoveItem>'
    )
    assert puller.events() == ["MovedEvent"]
    assert puller.events() == ["StatusEvent"]


def test_all_folders_means_those_of_the_user(ada: Client, ben: Client) -> None:
    puller = Puller(ada, "")
    ben.message("not for ada")
    ada.folder("New")
    assert puller.events() == ["CreatedEvent"]


def test_the_same_watermark_gives_the_same_events(ada: Client) -> None:
    puller = Puller(ada)
    ada.message("x")
    start = puller.watermark
    assert puller.events() == ["CreatedEvent"]
    puller.watermark = start
    assert puller.events() == ["CreatedEvent"]


def test_sent_mail_is_new_mail(ada: Client, ben: Client) -> None:
    puller = Puller(ben)
    ada.call(
        '<m:CreateItem MessageDisposition="SendOnly"><m:Items><t:Message><t:Subject>x</t:Subject><t:ToRecipients>'
        "<t:Mailbox><t:EmailAddress>ben@example.test</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>"
        "</m:Items></m:CreateItem>"
    )
    assert puller.events() == ["CreatedEvent", "NewMailEvent"]


def test_what_is_refused(ada: Client, ben: Client) -> None:
    puller = Puller(ada)
    assert ada.codes(get_events("nonsense", puller.watermark)) == ["ErrorSubscriptionNotFound"]
    assert ada.codes(get_events(puller.id, "nonsense")) == ["ErrorInvalidWatermark"]
    assert ben.codes(get_events(puller.id, puller.watermark)) == ["ErrorSubscriptionAccessDenied"]
    unsubscribe = f"<m:Unsubscribe><m:SubscriptionId>{puller.id}</m:SubscriptionId></m:Unsubscribe>"
    assert ada.codes(unsubscribe) == ["NoError"]
    assert ada.codes(unsubscribe) == ["ErrorSubscriptionNotFound"]
    assert ada.codes(get_events(puller.id, puller.watermark)) == ["ErrorSubscriptionNotFound"]


class Stream:
    """A streaming connection, read envelope by envelope."""

    def __init__(self, sandbox: Sandbox, *identifiers: str, minutes: int = 1) -> None:
        wanted = "".join(f"<t:SubscriptionId>{one}</t:SubscriptionId>" for one in identifiers)
        body = (
            f"<m:GetStreamingEvents><m:SubscriptionIds>{wanted}</m:SubscriptionIds>"
            f"<m:ConnectionTimeout>{minutes}</m:ConnectionTimeout></m:GetStreamingEvents>"
        )
        self.response = requests.post(
            sandbox.endpoint, data=envelope(body), auth=("ada", "secret"), stream=True, timeout=20
        )
        self._chunks = self.response.raw.read_chunked()

    def next(self) -> etree._Element:
        return etree.fromstring(next(self._chunks))[-1][0]

    def events(self) -> list[str]:
        return [local(event) for event in self.next().iter() if local(event).endswith("Event")]

    def close(self) -> None:
        self.response.close()


@pytest.fixture
def subscription(ada: Client) -> str:
    return subscribe(ada, "Streaming").findtext(f".//{m('SubscriptionId')}") or ""


@pytest.fixture
def stream(sandbox: Sandbox, subscription: str) -> Iterator[Stream]:
    stream = Stream(sandbox, subscription)
    yield stream
    stream.close()


def status(element: etree._Element) -> str | None:
    return element.findtext(f".//{m('ConnectionStatus')}")


def test_events_are_streamed(ada: Client, stream: Stream) -> None:
    assert status(stream.next()) == "OK"
    item, _ = ada.message("x")
    assert stream.events() == ["CreatedEvent"]
    ada.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:DeleteItem>')
    assert stream.events() == ["DeletedEvent"]


def test_events_before_the_connection_are_not_lost(sandbox: Sandbox, ada: Client, subscription: str) -> None:
    ada.message("x")
    stream = Stream(sandbox, subscription)
    assert stream.events() == ["CreatedEvent"]
    stream.close()
    ada.message("y")
    stream = Stream(sandbox, subscription)
    assert stream.events() == ["CreatedEvent"]
    stream.close()


def test_heartbeats_go_on(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, subscription: str) -> None:
    monkeypatch.setattr(notifications, "HEARTBEAT", 0.02)
    stream = Stream(sandbox, subscription)
    assert [status(stream.next()) for _ in range(3)] == ["OK"] * 3
    stream.close()


def test_the_end_of_the_time_closes_it(sandbox: Sandbox, subscription: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "MINUTE", 0.05)
    stream = Stream(sandbox, subscription)
    assert [status(stream.next()) for _ in range(2)] == ["OK", "Closed"]
    with pytest.raises(StopIteration):
        stream.next()
    stream.close()


def test_an_unsubscribed_connection_ends_with_an_error(ada: Client, subscription: str, stream: Stream) -> None:
    assert status(stream.next()) == "OK"
    ada.call(f"<m:Unsubscribe><m:SubscriptionId>{subscription}</m:SubscriptionId></m:Unsubscribe>")
    last = stream.next()
    assert codes(last) == ["ErrorSubscriptionNotFound"]
    assert last.findtext(f".//{m('ErrorSubscriptionIds')}/{t('SubscriptionId')}") == subscription


def test_a_second_connection_takes_over(sandbox: Sandbox, subscription: str, stream: Stream) -> None:
    assert status(stream.next()) == "OK"
    other = Stream(sandbox, subscription)
    assert status(other.next()) == "OK"
    assert codes(stream.next()) == ["ErrorNewEventStreamConnectionOpened"]
    other.close()


def test_a_connection_that_is_taken_over_just_before_it_waits_ends_too(
    sandbox: Sandbox, subscription: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, wait = threading.Event(), EventLog.wait

    def late(log: EventLog, *arguments: float) -> bool:
        held.wait(20)
        return wait(log, *arguments)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(EventLog, "wait", late)
    stream = Stream(sandbox, subscription)
    assert status(stream.next()) == "OK"
    other = Stream(sandbox, subscription)
    assert status(other.next()) == "OK"
    held.set()
    assert codes(stream.next()) == ["ErrorNewEventStreamConnectionOpened"]
    stream.close()
    other.close()


def test_stop_ends_streams() -> None:
    before = set(threading.enumerate())  # other tests have sandboxes of their own
    with Sandbox() as sandbox:
        client = Client(sandbox)
        stream = Stream(sandbox, subscribe(client, "Streaming").findtext(f".//{m('SubscriptionId')}") or "")
        assert status(stream.next()) == "OK"
        client.session.close()
    stream.close()
    new = set(threading.enumerate()) - before
    assert not [thread for thread in new if "process_request_thread" in thread.name]
