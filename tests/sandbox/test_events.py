"""The log of events: order, bounds, waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timezone

import pytest

from ewsfs.sandbox.events import Event, EventLog

EVENT = Event("CreatedEvent", "a@example.test", False, "1", "k", "f", datetime(2026, 1, 1, tzinfo=timezone.utc))


def test_events_are_numbered_from_one() -> None:
    log = EventLog()
    log.append([EVENT, EVENT])
    assert [number for number, _ in log.after(0) or ()] == [1, 2]
    assert [number for number, _ in log.after(1) or ()] == [2]
    assert log.after(2) == []


def test_what_was_forgotten_is_told() -> None:
    log = EventLog(limit=2)
    log.append([EVENT] * 3)
    assert log.after(0) is None
    assert [number for number, _ in log.after(1) or ()] == [2, 3]
    assert log.after(9) is None


@pytest.mark.parametrize("wake", [lambda log: log.append([EVENT]), EventLog.poke, EventLog.close])
def test_waiting_ends_with_an_event_a_poke_or_the_end(wake: Callable[[EventLog], None]) -> None:
    log = EventLog()
    threading.Timer(0.01, wake, [log]).start()
    assert log.wait(log.last, log.pokes, 30)
    assert not EventLog().wait(0, 0, 0.01)


def test_a_poke_between_looking_and_waiting_is_not_slept_over() -> None:
    log = EventLog()
    pokes = log.pokes
    log.poke()
    assert log.wait(log.last, pokes, 0)
