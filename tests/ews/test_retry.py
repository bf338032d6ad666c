"""Whether and how long is waited before the next try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewsfs.ews import errors
from ewsfs.ews.retry import FailFast, FaultTolerance

BUSY = errors.response_error("ErrorServerBusy")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def policy(self, max_wait: float, *, first: float = 0.5, longest: float = 60) -> FaultTolerance:
        return FaultTolerance(max_wait, first=first, longest=longest, sleep=self.sleep, clock=lambda: self.now)


def test_failing_fast_never_waits() -> None:
    assert not FailFast().start("GetItem").pause(BUSY)


def test_waits_grow_and_end() -> None:
    clock = Clock()
    retry = clock.policy(100, first=1, longest=30).start("GetItem")
    while retry.pause(BUSY):
        pass
    assert 5 <= len(clock.waits) <= 20
    assert sum(clock.waits) <= 100
    for number, wait in enumerate(clock.waits[:4]):
        assert 0.5 * 2**number <= wait <= 2**number


@given(st.floats(0, 1000), st.floats(0, 100) | st.none(), st.integers(1, 30))
def test_the_waits_of_a_call_never_exceed_the_limit(max_wait: float, back_off: float | None, tries: int) -> None:
    clock = Clock()
    retry = clock.policy(max_wait).start("GetItem")
    for _ in range(tries):
        if not retry.pause(errors.response_error("ErrorServerBusy", back_off=back_off)):
            break
    assert sum(clock.waits) <= max_wait * 1.000001


def test_the_server_is_given_the_time_that_it_asks_for() -> None:
    clock = Clock()
    assert clock.policy(100).start("GetItem").pause(errors.response_error("ErrorServerBusy", back_off=20))
    assert 20 <= clock.waits[0] <= 22


@pytest.mark.parametrize("back_off", [0, None])
def test_a_server_that_asks_for_no_time_is_given_some(back_off: float | None) -> None:
    clock = Clock()
    assert clock.policy(100).start("GetItem").pause(errors.response_error("ErrorServerBusy", back_off=back_off))
    assert clock.waits[0] > 0.2


def test_a_wait_that_is_too_long_is_not_begun() -> None:
    clock = Clock()
    assert not clock.policy(10).start("GetItem").pause(errors.response_error("ErrorServerBusy", back_off=11))
    assert clock.waits == []


@pytest.mark.parametrize(
    "error", [errors.Unauthorized(), errors.ErrorItemNotFound(), errors.OutcomeUnknown(), errors.TLSError()]
)
def test_what_will_not_pass_is_not_waited_for(error: errors.EWSError) -> None:
    clock = Clock()
    assert not clock.policy(10).start("GetItem").pause(error)


def test_the_time_that_requests_take_counts_too() -> None:
    clock = Clock()
    retry = clock.policy(10).start("GetItem")
    clock.now += 11
    assert not retry.pause(BUSY)


def test_waits_of_many_clients_differ() -> None:
    waits = set()
    for _ in range(20):
        clock = Clock()
        clock.policy(100).start("GetItem").pause(BUSY)
        waits.update(clock.waits)
    assert len(waits) > 10


@pytest.mark.parametrize(("max_wait", "first", "longest"), [(-1, 1, 2), (1, 0, 2), (1, 3, 2)])
def test_senseless_settings_are_refused(max_wait: float, first: float, longest: float) -> None:
    with pytest.raises(ValueError, match="first"):
        FaultTolerance(max_wait, first=first, longest=longest)
