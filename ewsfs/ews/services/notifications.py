"""Subscriptions to what happens in folders: pull (GetEvents) and streaming (GetStreamingEvents)."""

from __future__ import annotations

import copy
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ewsfs.ews import errors
from ewsfs.ews.services.base import Service
from ewsfs.ews.soap import result_error
from ewsfs.ews.xmlnames import Element, child, children, local, m, make, t, text_of, texts

EventType = Literal[
    "CopiedEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent", "NewMailEvent", "FreeBusyChangedEvent"
]
EVENT_TYPES: tuple[EventType, ...] = (
    "CopiedEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent", "NewMailEvent",
)  # fmt: skip
"""What is subscribed to when the caller doesn't say: everything that concerns items and folders."""

_PARTS_BEFORE_EVENTS = frozenset({"SubscriptionId", "PreviousWatermark", "MoreEvents"})
_SILENCE = 120.0  # seconds; servers send a heartbeat about every 45


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription: its id, and for pull subscriptions the watermark to start from (None where a server has none)."""

    id: str
    watermark: str | None


@dataclass(frozen=True, slots=True)
class Notification:
    """What a server tells of one subscription.

    events: t:NewMailEvent, t:CreatedEvent ..., in the server's order, without t:StatusEvent, which only says that the
    connection lives. watermark: the newest one, to go on from; None where a server has none. more: whether more is
    waiting.
    """

    subscription_id: str
    events: list[Element]
    watermark: str | None
    more: bool


class Subscribe(Service):
    """A new subscription. EWS reference: Subscribe operation."""

    NAME = "Subscribe"
    REPEATABLE = True  # a subscription that nobody knows of ends by itself

    def pull(
        self,
        folders: Iterable[Element] | None,
        *,
        event_types: Sequence[EventType] = EVENT_TYPES,
        timeout_minutes: int = 30,
        watermark: str | None = None,
    ) -> Subscription:
        """A subscription that is asked with `GetEvents`.

        Parameters: `folders`, t:FolderId and t:DistinguishedFolderId, None for the whole mailbox (Exchange 2010);
        `timeout_minutes`, 1 to 1440, after which an unasked subscription ends; `watermark`, where to go on from.
        """
        parts = _what(folders, event_types)
        if watermark is not None:
            parts.append(make(t("Watermark"), text=watermark))
        parts.append(make(t("Timeout"), text=str(timeout_minutes)))
        return self._subscribe("PullSubscriptionRequest", folders, parts)

    def streaming(
        self, folders: Iterable[Element] | None, *, event_types: Sequence[EventType] = EVENT_TYPES
    ) -> Subscription:
        """A subscription that is listened to with `GetStreamingEvents` (Exchange 2010 SP1); parameters as `pull`."""
        return self._subscribe("StreamingSubscriptionRequest", folders, _what(folders, event_types))

    def _subscribe(self, kind: str, folders: object, parts: list[Element]) -> Subscription:
        element = make(m(kind), *parts, SubscribeToAllFolders=True if folders is None else None)
        message = self._one(self._request(element))
        subscription_id = text_of(message, "SubscriptionId")
        if not subscription_id:
            raise errors.MalformedResponse("Subscribe: a reply without SubscriptionId")
        return Subscription(subscription_id, text_of(message, "Watermark") or None)


def _what(folders: Iterable[Element] | None, event_types: Sequence[EventType]) -> list[Element]:
    parts = []
    if folders is not None:
        parts.append(make(t("FolderIds"), *(copy.deepcopy(folder) for folder in folders)))
    parts.append(make(t("EventTypes"), *(make(t("EventType"), text=name) for name in event_types)))
    return parts


class Unsubscribe(Service):
    """The end of a subscription. EWS reference: Unsubscribe operation."""

    NAME = "Unsubscribe"

    def call(self, subscription_id: str) -> None:
        """Ends it. Raises ErrorSubscriptionNotFound and its kin when there is none."""
        self._one(self._request(make(m("SubscriptionId"), text=subscription_id)))


class GetEvents(Service):
    """What happened since a watermark. EWS reference: GetEvents operation."""

    NAME = "GetEvents"
    REPEATABLE = True

    def call(self, subscription_id: str, watermark: str) -> Notification:
        """The events of a pull subscription. Raises `StateLost` when the subscription or watermark is gone."""
        message = self._one(
            self._request(make(m("SubscriptionId"), text=subscription_id), make(m("Watermark"), text=watermark))
        )
        notification = child(message, "Notification")
        if notification is None:
            raise errors.MalformedResponse("GetEvents: a reply without Notification")
        return _notification(notification)


class GetStreamingEvents(Service):
    """A connection on which events come as they happen. EWS reference: GetStreamingEvents operation."""

    NAME = "GetStreamingEvents"
    REPEATABLE = True

    def call(
        self, subscription_ids: Sequence[str], *, timeout_minutes: int = 30
    ) -> Generator[Notification | None, None, None]:
        """The notifications until the server ends the connection, which it does after `timeout_minutes` (1 to 30).

        None stands for a sign of life without events, so that a listener can do something else in between. Close the
        iterator to end the connection. Raises what `Protocol.stream` raises, and the error of a subscription that is
        gone (`StateLost`, ErrorSubscriptionNotFound).
        """
        ids = make(m("SubscriptionIds"), *(make(t("SubscriptionId"), text=text) for text in subscription_ids))
        request = self._request(ids, make(m("ConnectionTimeout"), text=str(timeout_minutes)))
        silence = _SILENCE if self.timeout is None else self.timeout
        for message in self.protocol.stream(replace(request, timeout=silence)):
            error = result_error(message, "Notifications")
            if error is not None:
                gone = texts(children(child(message, "ErrorSubscriptionIds")))
                if gone:
                    error.details["SubscriptionIds"] = " ".join(gone)
                raise error
            found = [_notification(node) for node in children(child(message, "Notifications"))]
            given = [notification for notification in found if notification.events]
            yield from given
            if text_of(message, "ConnectionStatus") == "Closed":
                return
            if not given:
                yield None


def _notification(element: Element) -> Notification:
    events = [node for node in children(element) if local(node) not in _PARTS_BEFORE_EVENTS]
    marks = [mark for event in events if (mark := text_of(event, "Watermark"))]
    return Notification(
        subscription_id=text_of(element, "SubscriptionId") or "",
        events=[event for event in events if local(event) != "StatusEvent"],
        watermark=marks[-1] if marks else text_of(element, "PreviousWatermark"),
        more=(text_of(element, "MoreEvents") or "").strip() in ("true", "1"),
    )
