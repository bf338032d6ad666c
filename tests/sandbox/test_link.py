"""Latency and bandwidth, measured."""

from __future__ import annotations

import threading
import time

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.link import Link
from tests.sandbox.client import Client


def test_every_response_waits_for_the_latency() -> None:
    with Sandbox(auth=["basic"], latency_ms=40) as sandbox:
        client = Client(sandbox)
        begin = time.monotonic()
        for _ in range(3):
            client.subjects()
        assert time.monotonic() - begin >= 0.12
        client.session.close()


def test_all_responses_share_the_bandwidth() -> None:
    link = Link(bandwidth_mbit=8)  # a megabyte a second
    data = b"x" * 100_000
    sent: list[int] = []
    begin = time.monotonic()
    threads = [threading.Thread(target=link.send, args=(lambda piece: sent.append(len(piece)), data)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 200_000
    assert 0.19 <= time.monotonic() - begin < 1


def test_nothing_is_delayed_without_limits() -> None:
    begin = time.monotonic()
    Link().send(lambda piece: None, b"x" * 10_000_000)
    assert time.monotonic() - begin < 0.1


@pytest.mark.parametrize("arguments", [{"latency_ms": -1}, {"bandwidth_mbit": 0}, {"bandwidth_mbit": -3}])
def test_impossible_links(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"can't be|must be"):
        Link(**arguments)
