"""Notifications as iterators that keep going: they reconnect, subscribe anew, and say when something was missed.

    with closing(stream(protocol, header, folders=[inbox])) as events:
        for event in events:
            if event is None: continue            # a sign of life
            if event.kind == "Missed": ...        # synchronise: nobody knows what happened meanwhile
            else: print(event.kind, event.item_id)

Which failures are waited for, and for how long, is the retry policy's decision; when it gives up, the error is raised.

Threading: an iterator belongs to one thread. Close it to end the subscription; `stop` ends it from another thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from ewsfs.ews import errors
from ewsfs.ews.errors import EWSError
from ewsfs.ews.protocol import BaseProtocol
from ewsfs.ews.services.notifications import (
    EVENT_TYPES,
    EventType,
    GetEvents,
    GetStreamingEvents,
    Subscribe,
    Subscription,
    Unsubscribe,
)
from ewsfs.ews.soap import RequestHeader
from ewsfs.ews.xmlnames import Element, child, local, text_of


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an item or a folder.

    kind: "NewMail", "Created", "Deleted", "Modified", "Moved", "Copied", "FreeBusyChanged"; or "Missed" when events
    may have been lost, then everything else is empty.
    item_id, folder_id: what it is about; one of them. changekey: of that. parent_folder_id: the folder it is in.
    old_item_id, old_folder_id, old_parent_folder_id: before, for "Moved" and "Copied".
    timestamp: as the server writes it, in UTC. EWS reference: NewMailEvent and its kin.
    """

    kind: str
    item_id: str | None = None
    folder_id: str | None = None
    changekey: str | None = None
    parent_folder_id: str | None = None
    old_item_id: str | None = None
    old_folder_id: str | None = None
    old_parent_folder_id: str | None = None
    timestamp: str | None = None


MISSED = Event("Missed")

Events: TypeAlias = "Generator[Event | None, None, None]"


def stream(
    protocol: BaseProtocol,
    header: RequestHeader,
    *,
    folders: Iterable[Element] | None = None,
    event_types: Sequence[EventType] = EVENT_TYPES,
    connection_minutes: int = 30,
    stop: threading.Event | None = None,
) -> Events:
    """Events as they happen, over a connection that is kept open (Exchange 2010 SP1).

    Parameters: `folders`, ids as elements, None for the whole mailbox; `connection_minutes`, 1 to 30, after which the
    connection is made anew; `stop`, ends the iterator at the next sign of life, of which there is one a minute.
    Yields events, None as a sign of life, and `MISSED` after a subscription was lost. Raises EWSError for what the
    retry policy doesn't wait for.
    """
    watched = None if folders is None else list(folders)

    def subscribe() -> Subscription:
        return Subscribe(protocol, header).streaming(watched, event_types=event_types)

    def listen(subscription: Subscription) -> Events:
        notifications = GetStreamingEvents(protocol, header).call([subscription.id], timeout_minutes=connection_minutes)
        try:
            for notification in notifications:
                if notification is None:
                    yield None
                else:
                    yield from map(event_of, notification.events)
        finally:
            notifications.close()

    yield from _keep_going(protocol, header, subscribe, listen, stop)


def poll(
    protocol: BaseProtocol,
    header: RequestHeader,
    *,
    folders: Iterable[Element] | None = None,
    event_types: Sequence[EventType] = EVENT_TYPES,
    interval: float = 60,
    subscription_minutes: int = 30,
    stop: threading.Event | None = None,
) -> Events:
    """Events by asking every `interval` seconds, for servers and networks on which a stream doesn't work.

    Parameters and results as `stream`; `subscription_minutes`, 1 to 1440, how long the server keeps a subscription that
    isn't asked.
    """
    watched = None if folders is None else list(folders)
    pause = stop or threading.Event()

    def subscribe() -> Subscription:
        return Subscribe(protocol, header).pull(watched, event_types=event_types, timeout_minutes=subscription_minutes)

    def listen(subscription: Subscription) -> Events:
        watermark = subscription.watermark or ""
        while not pause.is_set():
            notification = GetEvents(protocol, header).call(subscription.id, watermark)
            watermark = notification.watermark or watermark
            yield from map(event_of, notification.events)
            if not notification.more:
                yield None
                pause.wait(interval)

    yield from _keep_going(protocol, header, subscribe, listen, stop)


def _keep_going(
    protocol: BaseProtocol,
    header: RequestHeader,
    subscribe: Callable[[], Subscription],
    listen: Callable[[Subscription], Events],
    stop: threading.Event | None,
) -> Events:
    """Subscribes, listens, and does so again: at once after a connection that worked, else as the policy has it."""
    subscription: Subscription | None = None
    subscribed_before = False
    works = False  # whether anything came of this subscription
    alive = False  # whether anything came since the last failure
    retry = protocol.retry_policy.start("GetStreamingEvents")
    try:
        while stop is None or not stop.is_set():
            try:
                if subscription is None:
                    subscription = subscribe()
                    if subscribed_before:
                        yield MISSED
                    subscribed_before, works = True, False
                heard = False
                for event in listen(subscription):
                    heard = works = True
                    if not alive:
                        alive, retry = True, protocol.retry_policy.start("GetStreamingEvents")
                    yield event
                    if stop is not None and stop.is_set():
                        return
                if not heard and (stop is None or not stop.is_set()):
                    raise errors.Interrupted("the server ended the notifications before it sent any")
            except (errors.StateLost, errors.NotFound):
                if subscription is None or not works:
                    raise  # a folder that isn't there, or a server that forgets at once
                subscription, alive = None, False
            except EWSError as error:
                cut = isinstance(error, (errors.Interrupted, errors.Timeout))
                if not (cut and alive) and not retry.pause(error):
                    raise
                alive = False
                protocol.stats.count_retry("GetStreamingEvents")
    finally:
        if subscription is not None:
            with suppress(EWSError):  # it ends by itself too
                Unsubscribe(protocol, header).call(subscription.id)


def event_of(element: Element) -> Event:
    """An event of a notification, from its element."""

    def identity(name: str) -> str | None:
        found = child(element, name)
        return None if found is None else found.get("Id")

    about = next((node for node in element if local(node) in ("ItemId", "FolderId")), None)
    return Event(
        kind=local(element).removesuffix("Event"),
        item_id=identity("ItemId"),
        folder_id=identity("FolderId"),
        changekey=None if about is None else about.get("ChangeKey"),
        parent_folder_id=identity("ParentFolderId"),
        old_item_id=identity("OldItemId"),
        old_folder_id=identity("OldFolderId"),
        old_parent_folder_id=identity("OldParentFolderId"),
        timestamp=text_of(element, "TimeStamp"),
    )
