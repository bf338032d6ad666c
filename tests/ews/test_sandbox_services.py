"""Notifications, out of office, names, zones, export and upload against the sandbox."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pytest

from ewsfs.ews import errors, services
from ewsfs.ews.body import Streams
from ewsfs.ews.configuration import BASIC, Configuration
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.errors import EWSError
from ewsfs.ews.protocol import Protocol
from ewsfs.ews.soap import RequestHeader
from ewsfs.ews.xmlnames import Element, child, local, m, make, t, text_of
from ewsfs.ews.xmlstream import Spools
from ewsfs.sandbox import Sandbox

INBOX = make(t("DistinguishedFolderId"), Id="inbox")
SHAPE = make(m("ItemShape"), make(t("BaseShape"), text="Default"))
FOLDER_SHAPE = make(m("FolderShape"), make(t("BaseShape"), text="IdOnly"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "secret", "bob": "secret"}) as running:
        yield running


@pytest.fixture
def protocol(sandbox: Sandbox) -> Iterator[Protocol]:
    config = Configuration(
        service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"), auth_type=BASIC, timeout=20
    )
    made = Protocol(config)
    yield made
    made.close()


def create(protocol: Protocol, subject: str) -> Element:
    message = make(t("Message"), make(t("Subject"), text=subject))
    [result] = services.CreateItem(protocol).call([message], folder=INBOX)
    assert isinstance(result, Element)
    found = child(result, "ItemId")
    assert found is not None
    return found


def test_a_pull_subscription_tells_what_happened(protocol: Protocol) -> None:
    subscription = services.Subscribe(protocol).pull([INBOX])
    assert subscription.watermark is not None
    made = create(protocol, "pulled")
    notification = services.GetEvents(protocol).call(subscription.id, subscription.watermark)
    ids = [text.get("Id") for event in notification.events for text in event if local(text) == "ItemId"]
    assert made.get("Id") in ids
    assert notification.watermark is not None
    again = services.GetEvents(protocol).call(subscription.id, notification.watermark)
    assert again.events == []
    services.Unsubscribe(protocol).call(subscription.id)
    with pytest.raises(EWSError):
        services.GetEvents(protocol).call(subscription.id, notification.watermark)


def test_a_stream_tells_what_happens_while_it_happens(protocol: Protocol) -> None:
    subscription = services.Subscribe(protocol).streaming([INBOX], event_types=["CreatedEvent"])
    stream = services.GetStreamingEvents(protocol).call([subscription.id], timeout_minutes=1)
    connected = threading.Event()
    seen: list[Element] = []

    def listen() -> None:
        for notification in stream:
            connected.set()
            if notification is not None:
                seen.extend(notification.events)
                return

    thread = threading.Thread(target=listen)
    thread.start()
    assert connected.wait(20)
    made = create(protocol, "streamed")
    thread.join(20)
    stream.close()
    [event] = seen
    assert local(event) == "CreatedEvent"
    item = child(event, "ItemId")
    assert item is not None
    assert item.get("Id") == made.get("Id")


def test_out_of_office_is_set_and_read(protocol: Protocol) -> None:
    reply = make(t("InternalReply"), make(t("Message"), text="In the pub <&>"))
    settings = make(
        t("UserOofSettings"), make(t("OofState"), text="Enabled"), make(t("ExternalAudience"), text="Known"), reply
    )
    services.SetUserOofSettings(protocol).call("ada@example.test", settings)
    found, _ = services.GetUserOofSettings(protocol).call("ada@example.test")
    assert text_of(found, "OofState") == "Enabled"
    assert text_of(found, "InternalReply", "Message") == "In the pub <&>"


def test_names_are_resolved(protocol: Protocol) -> None:
    found = services.ResolveNames(protocol).call("bob@example.test")
    assert [text_of(resolution, "Mailbox", "EmailAddress") for resolution in found] == ["bob@example.test"]
    assert services.ResolveNames(protocol).call("nobody-of-that-name") == []


def test_time_zones_are_told(protocol: Protocol) -> None:
    [zone] = services.GetServerTimeZones(protocol).call(["W. Europe Standard Time"], full=True)
    assert zone.get("Id") == "W. Europe Standard Time"
    assert child(zone, "Periods") is not None
    assert len(list(services.GetServerTimeZones(protocol).call())) > 50


@pytest.mark.parametrize("large", [False, True])
def test_an_item_is_exported_and_uploaded(protocol: Protocol, large: bool) -> None:
    body = "x" * (200_000 if large else 10)
    message = make(t("Message"), make(t("Subject"), text="kept"), make(t("Body"), text=body, BodyType="Text"))
    [created] = services.CreateItem(protocol).call([message], folder=INBOX)
    assert isinstance(created, Element)
    item = child(created, "ItemId")
    assert item is not None
    [folder] = services.GetFolder(protocol).call([INBOX], shape=FOLDER_SHAPE)
    assert isinstance(folder, Element)
    parent = child(folder, "FolderId")
    assert parent is not None
    streams = Streams()
    with Spools(over=1000) as spools:
        [data] = services.ExportItems(protocol).call([item], spools=spools)
        assert isinstance(data, Element)
        file = spools.take(data.text)
        assert (file is not None) == large
        text = data.text if file is None else streams.add(file)
        upload = make(
            t("Item"),
            make(t("ParentFolderId"), Id=parent.get("Id")),
            make(t("Data"), text=text),
            CreateAction="CreateNew",
        )
        [new] = services.UploadItems(protocol).call([upload], streams=streams)
        if file is not None:
            assert isinstance(file, io.IOBase)
            file.close()
    assert isinstance(new, Element)
    [copied] = services.GetItem(protocol).call([make(t("ItemId"), Id=new.get("Id"))], shape=SHAPE)
    assert isinstance(copied, Element)
    assert text_of(copied, "Subject") == "kept"
    assert (text_of(copied, "Body") or "").strip() == body


def test_an_item_that_is_not_there_is_not_exported(protocol: Protocol) -> None:
    item = create(protocol, "gone")
    list(services.DeleteItem(protocol).call([item], delete_type="HardDelete"))
    [result] = services.ExportItems(protocol).call([item])
    assert isinstance(result, errors.NotFound)


@pytest.mark.parametrize("auth_type", ["basic", "NTLM"])
def test_impersonation_acts_as_the_owner(sandbox: Sandbox, auth_type: str) -> None:
    config = Configuration(
        service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"), auth_type=auth_type
    )
    protocol = Protocol(config)
    own = next(services.GetFolder(protocol).call([INBOX], shape=FOLDER_SHAPE))
    header = RequestHeader(impersonate="bob@example.test")
    other = next(services.GetFolder(protocol, header).call([INBOX], shape=FOLDER_SHAPE))
    assert isinstance(own, Element)
    assert isinstance(other, Element)
    assert own[0].get("Id") != other[0].get("Id")
    bob = Protocol(Configuration(service_endpoint=sandbox.endpoint, credentials=Credentials("bob", "secret")))
    [refused] = services.GetFolder(bob, RequestHeader(impersonate="ada@example.test")).call([INBOX], shape=FOLDER_SHAPE)
    assert isinstance(refused, errors.AccessDenied)
