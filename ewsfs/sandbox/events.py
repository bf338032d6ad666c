"""What happened in the mailboxes, for those who subscribed: a bounded log in memory.

The store writes to it when a transaction was committed; `operations.notifications` reads it, and waits on it.
A subscription whose watermark fell out of the log is told so (ErrorInvalidWatermark), as on Exchange.
Threading: any thread may append, read and wait.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one mailbox, named as the EWS reference has it (NotificationEventTypeType).

    kind: CreatedEvent, ModifiedEvent, DeletedEvent, MovedEvent, CopiedEvent, NewMailEvent, FreeBusyChangedEvent.
    object_id, parent_id: the item or folder and its folder, afterwards; old_*: before a move or of the original.
    unread: of a folder that changed, when it is known.
    """

    kind: str
    mailbox: str
    is_folder: bool
    object_id: str
    object_key: str
    parent_id: str
    time: datetime
    old_id: str = ""
    old_parent_id: str = ""


class EventLog:
    """The newest events of all mailboxes, in order, each with a number from 1."""

    def __init__(self, limit: int = 20_000) -> None:
        self._events: deque[Event] = deque(maxlen=limit)
        self._last = 0
        self._changed = threading.Condition()
        self._closed = False
        self._pokes = 0

    @property
    def last(self) -> int:
        """The number of the newest event, 0 before there is one."""
        with self._changed:
            return self._last

    def append(self, events: Sequence[Event]) -> None:
        """Add events and wake up who waits."""
        if not events:
            return
        with self._changed:
            self._events.extend(events)
            self._last += len(events)
            self._changed.notify_all()

    def after(self, number: int) -> list[tuple[int, Event]] | None:
        """Every event newer than the one of that number; None when some of them are gone already."""
        with self._changed:
            first = self._last - len(self._events) + 1
            if number + 1 < first or number > self._last:
                return None
            skip = number + 1 - first
            return [(first + index, event) for index, event in enumerate(self._events) if index >= skip]

    @property
    def pokes(self) -> int:
        """How often readers were asked to look again; read it before looking, and give it to `wait`."""
        with self._changed:
            return self._pokes

    def wait(self, number: int, pokes: int, seconds: float) -> bool:
        """Wait until there is an event newer than `number`, or a poke after `pokes`, or the log is closed.

        Returns whether it was one of these, and not the time that ran out.
        """
        with self._changed:
            return self._changed.wait_for(
                lambda: self._last > number or self._closed or self._pokes != pokes, timeout=seconds
            )

    @property
    def closed(self) -> bool:
        """Whether the server is going down."""
        with self._changed:
            return self._closed

    def close(self) -> None:
        """Wake up everybody who waits, for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def poke(self) -> None:
        """Wake up who waits, to look at something else than events (a subscription that ended)."""
        with self._changed:
            self._pokes += 1
            self._changed.notify_all()
