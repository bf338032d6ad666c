from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ewsfs.vfs.flight import SingleFlight

PATIENCE = 20.0  # seconds until a test gives up waiting
CALLERS = 10


class Key:
    """A key that tells when it is looked up: the table's lock is held then, so that the flight can't land before."""

    def __init__(self) -> None:
        self.looked_up = threading.Semaphore(0)

    def __hash__(self) -> int:
        self.looked_up.release()
        return 1

    def wait_for(self, times: int) -> None:
        for _ in range(times):
            assert self.looked_up.acquire(timeout=PATIENCE)


def ask_together(work: Callable[[], str]) -> list[str | Exception]:
    """Have ten threads ask for one key while its work is under way; what each of them got."""
    flight: SingleFlight[Key, str] = SingleFlight()
    key = Key()
    may_end = threading.Event()

    def slow() -> str:
        assert may_end.wait(PATIENCE)
        return work()

    def ask() -> str | Exception:
        try:
            return flight.do(key, slow)
        except ValueError as error:
            return error

    with ThreadPoolExecutor(CALLERS) as pool:
        futures = [pool.submit(ask) for _ in range(CALLERS)]
        try:
            key.wait_for(CALLERS + 1)  # each looks it up, and the first one enters it
        finally:
            may_end.set()
        return [future.result(PATIENCE) for future in futures]


def test_ten_callers_of_one_key_cost_one_run() -> None:
    runs: list[int] = []

    def work() -> str:
        runs.append(1)
        return "done"

    assert ask_together(work) == ["done"] * CALLERS
    assert len(runs) == 1


def test_an_error_reaches_all() -> None:
    error = ValueError("no")

    def work() -> str:
        raise error

    assert ask_together(work) == [error] * CALLERS


def test_after_an_error_the_next_one_tries_again() -> None:
    flight: SingleFlight[str, float] = SingleFlight()
    with pytest.raises(ZeroDivisionError):
        flight.do("key", lambda: 1 / 0)
    assert flight.do("key", lambda: 1) == 1


def test_later_callers_run_anew() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    runs = iter(range(3))
    assert [flight.do("key", lambda: next(runs)) for _ in range(3)] == [0, 1, 2]


def test_keys_do_not_wait_for_each_other() -> None:
    flight: SingleFlight[str, str] = SingleFlight()
    began, may_end = threading.Event(), threading.Event()

    def slow() -> str:
        began.set()
        assert may_end.wait(PATIENCE)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(flight.do, "slow", slow)
        try:
            assert began.wait(PATIENCE)
            assert flight.do("quick", lambda: "quick") == "quick"
        finally:
            may_end.set()
        assert future.result(PATIENCE) == "slow"


def test_work_may_want_another_key() -> None:
    flight: SingleFlight[str, str] = SingleFlight()
    assert flight.do("outer", lambda: flight.do("inner", lambda: "in") + "side") == "inside"


def test_work_that_wants_its_own_key_is_told_at_once() -> None:
    flight: SingleFlight[str, str] = SingleFlight()
    with pytest.raises(RuntimeError, match="waits for itself"):
        flight.do("key", lambda: flight.do("key", lambda: "never"))
    assert flight.do("key", lambda: "again") == "again"
