"""The record of exchanges, and the check of the whole run that lives on it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.record import Exchange, add, take
from tests.sandbox.client import Client
from tests.schema import required_schema
from tests.traffic import Traffic


def test_each_exchange_is_taken_once(tmp_path: Path) -> None:
    folder = tmp_path / "not there yet"
    given = [Exchange("FindItem", b"<a/>\n", b"<b>\n</b>"), Exchange("Unreadable", b"", b"\n\n")]
    for exchange in given:
        add(folder, exchange)
    assert list(take(folder)) == given
    assert list(take(folder)) == []
    add(folder, given[1])
    assert list(take(folder)) == given[1:]


def test_threads_do_not_write_into_each_other(tmp_path: Path) -> None:
    given = [Exchange(f"Op{n}", bytes([n]) * 300_000, b"x" * n) for n in range(8)]
    threads = [threading.Thread(target=add, args=(tmp_path, exchange)) for exchange in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(take(tmp_path)) == sorted(given)


@pytest.mark.parametrize("kept", [3, 15, 20])
def test_what_a_killed_writer_left_is_left_out(tmp_path: Path, kept: int) -> None:
    add(tmp_path, Exchange("FindItem", b"asked", b"answered"))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b"GetItem 5 8\naskedanswered"[:kept])
    assert [exchange.name for exchange in take(tmp_path)] == ["FindItem"]


def test_what_no_schema_allows_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    required_schema()
    monkeypatch.setenv("EWSFS_SANDBOX_RECORD", str(tmp_path))
    with Sandbox(users={"ada": "secret"}) as sandbox:
        client = Client(sandbox)
        client.call("<m:GetRoomLists/>")
        client.session.close()
    (exchange,) = take(tmp_path)
    response = exchange.response.replace(b"ResponseCode", b"Responsecode")
    for name, wrong in (
        ("right", exchange),
        ("request", exchange._replace(request=exchange.request.replace(b"m:GetRoomLists", b"t:Get"))),
        ("response", exchange._replace(response=response)),
        ("torn", exchange._replace(response=b"<")),
    ):
        add(tmp_path, wrong._replace(name=name))
    found = Traffic(tmp_path).findings()
    assert [finding.split(":")[0] for finding in found] == ["request request", "response response", "torn response"]
