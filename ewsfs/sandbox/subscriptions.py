"""Subscriptions to events: who wants to hear of what, and how far they have heard.

They live in memory, as on a client access server: after a restart they are unknown (ErrorSubscriptionNotFound).
Threading: safe; the set of subscriptions has a lock, and a subscription belongs to whoever last asked for it.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import struct
import threading
import time
from dataclasses import dataclass, field

from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.events import Event, EventLog

_LIMIT = 1000  # subscriptions of one sandbox


@dataclass(slots=True)
class Subscription:
    """One subscription.

    kind: "pull" or "streaming". folders: ids, None for all folders of the user's mailbox. types: event names.
    position: number of the last event that was told. minutes: a pull subscription's life without GetEvents.
    reader: who streams it now; a later one takes over.
    """

    id: str
    kind: str
    user: str
    mailbox: str
    folders: frozenset[str] | None
    types: frozenset[str]
    position: int
    minutes: int = 30
    used: float = field(default_factory=time.monotonic)
    reader: object = None

    def wants(self, event: Event) -> bool:
        """Whether an event is for this subscription."""
        if event.kind not in self.types or event.mailbox != self.mailbox:
            return False
        if self.folders is None:
            return True
        own = {event.parent_id, event.old_parent_id}
        if event.is_folder:
            own.add(event.object_id)
        return not self.folders.isdisjoint(own)


class Subscriptions:
    """All subscriptions of one sandbox."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, Subscription] = {}

    def add(self, subscription: Subscription) -> None:
        """Keep a subscription. Raises ResponseError ErrorExceededSubscriptionCount."""
        with self._lock:
            self._drop_expired()
            if len(self._all) >= _LIMIT:
                raise ResponseError("ErrorExceededSubscriptionCount", "There are too many subscriptions.")
            self._all[subscription.id] = subscription

    def get(self, identifier: str, user: str, kind: str | None = None) -> Subscription:
        """The subscription of that id.

        Raises ResponseError: ErrorSubscriptionNotFound, ErrorSubscriptionAccessDenied, ErrorInvalidSubscription.
        """
        with self._lock:
            self._drop_expired()
            found = self._all.get(identifier)
        if found is None:
            raise ResponseError("ErrorSubscriptionNotFound", "The specified subscription was not found.")
        if found.user != user:
            raise ResponseError("ErrorSubscriptionAccessDenied", "The subscription belongs to somebody else.")
        if kind is not None and found.kind != kind:
            raise ResponseError("ErrorInvalidSubscription", f"The subscription isn't a {kind} subscription.")
        found.used = time.monotonic()
        return found

    def remove(self, identifier: str, user: str) -> None:
        """End a subscription. Raises ResponseError as `get` does."""
        found = self.get(identifier, user)
        with self._lock:
            self._all.pop(found.id, None)

    def _drop_expired(self) -> None:
        now = time.monotonic()
        for identifier, one in list(self._all.items()):
            if one.kind == "pull" and now - one.used > one.minutes * 60:
                del self._all[identifier]


def new_subscription_id() -> str:
    """An opaque id."""
    return base64.b64encode(b"ewsfs" + secrets.token_bytes(34)).decode("ascii")


def watermark(log: EventLog, position: int) -> str:
    """The opaque text for a position in the log."""
    return base64.b64encode(struct.pack(">4sQQ", b"EWM1", id(log) & 0xFFFFFFFF, position)).decode("ascii")


def position(log: EventLog, text: str) -> int:
    """The position that a watermark stands for. Raises ResponseError ErrorInvalidWatermark."""
    try:
        magic, own, number = struct.unpack(">4sQQ", base64.b64decode(text.strip(), validate=True))
    except (binascii.Error, ValueError, struct.error):
        magic, own, number = b"", 0, 0
    if magic != b"EWM1" or own != id(log) & 0xFFFFFFFF or number > log.last:
        raise ResponseError("ErrorInvalidWatermark", "The watermark used for creating this subscription was not found.")
    return int(number)
