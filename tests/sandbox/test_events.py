"""The log of events: order, bounds, waiting."""

from __future__ import annotations

import threading
from datetime import datetime, timezone

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


def test_waiting_ends_with_an_event_a_poke_or_the_end() -> None:
    for wake in (lambda log: log.append([EVENT]), EventLog.poke, EventLog.close):
        log, woken = EventLog(), threading.Event()

        def wait(log: EventLog = log, woken: threading.Event = woken) -> None:
            if log.wait(0, 30):
                woken.set()

        thread = threading.Thread(target=wait)
        thread.start()
        while not woken.is_set():
            wake(log)
            woken.wait(0.01)
        thread.join()
    assert not EventLog().wait(0, 0.01)
