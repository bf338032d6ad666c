"""Things held back: done once, later, unless they are taken back; tried again when they fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Queue

import pytest

from ewsfs.vfs.attached import heldback
from ewsfs.vfs.attached.heldback import HeldBack


def noting(done: list[str]) -> Callable[[str], bool]:
    def carry_out(key: str) -> bool:
        done.append(key)
        return True

    return carry_out


def test_what_is_due_is_done_by_itself() -> None:
    done: Queue[str] = Queue()

    def carry_out(key: str) -> bool:
        done.put(key)
        return True

    held = HeldBack(0.0, carry_out)
    held.add("a")
    assert done.get(timeout=30) == "a"
    held.add("b")
    assert done.get(timeout=30) == "b"
    held.close()
    assert held.keys() == []


def test_what_is_dropped_is_never_done() -> None:
    done: list[str] = []
    held = HeldBack(3600.0, noting(done))
    held.add("a")
    held.add("b")
    held.drop("a")
    held.flush()
    held.close()
    assert done == ["b"]


def test_flush_does_one_or_all_at_once_and_each_only_once() -> None:
    done: list[str] = []
    held = HeldBack(3600.0, noting(done))
    for key in "abab":
        held.add(key)
    held.flush("b")
    assert done == ["b"]
    held.flush()
    held.flush()
    held.flush("unknown")
    assert done == ["b", "a"]


def test_what_fails_is_tried_again_but_not_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: Queue[str] = Queue()
    answers = iter([False, True])

    def carry_out(key: str) -> bool:
        tries.put(key)
        return next(answers)

    held = HeldBack(3600.0, carry_out)
    held.add("a")
    held.flush()
    assert held.keys() == ["a"]
    monkeypatch.setattr(heldback, "_PAUSE", 0.01)
    held.close()
    held.flush()
    assert tries.qsize() == 2
    assert held.keys() == []


def test_an_accident_is_logged_and_does_not_end_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    done: Queue[str] = Queue()

    def carry_out(key: str) -> bool:
        if key == "bad":
            raise RuntimeError("an accident")
        done.put(key)
        return True

    held = HeldBack(0.0, carry_out)
    held.add("bad")
    held.add("good")
    assert done.get(timeout=30) == "good"
    held.close()
    assert "an accident" in caplog.text


def test_one_key_is_never_done_by_two_at_a_time() -> None:
    entered, leave = threading.Event(), threading.Event()
    inside: list[str] = []

    def carry_out(key: str) -> bool:
        inside.append(key)
        entered.set()
        assert leave.wait(30)
        return True

    held = HeldBack(0.0, carry_out)
    held.add("a")
    assert entered.wait(30)
    flushed = threading.Event()

    def flush() -> None:
        held.flush("a")
        flushed.set()

    waiter = threading.Thread(target=flush)
    waiter.start()
    assert not flushed.is_set()
    leave.set()
    waiter.join(30)
    held.close()
    assert inside == ["a"]


def test_people_going_on_make_it_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    held = HeldBack(5.0, lambda key: True)
    held._closed = True  # no thread: the clock is ours
    held.add("a")
    now[0] += 4
    held.touch()
    now[0] += 4
    assert held._due() is None
    now[0] += 2
    assert held._due() == "a"
    for _ in range(200):
        held.touch()
        now[0] += 4
    assert held._due() == "a"
