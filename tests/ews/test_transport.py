"""One exchange: the body while it arrives, and what a status means."""

from __future__ import annotations

import threading
import zlib
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests

from ewsfs.ews import errors, transport
from ewsfs.ews.soap import ReplyReader
from ewsfs.ews.xmlnames import Element
from tests.ews.rogue import Call, Rogue, items, response, success


@pytest.mark.parametrize("compress", [True, False])
def test_replies_are_read_while_they_arrive(compress: bool) -> None:
    # The server sends the second half only when the first message was handed on: a client that reads everything
    # first would wait for ever.
    first_seen = threading.Event()
    body = response("GetItem", success("GetItem", items(*map(str, range(5000)))), success("GetItem", items("x")))
    middle = body.index(b"</m:GetItemResponseMessage>") + 40

    def script(call: Call) -> None:
        head, rest = body[:middle], body[middle:]
        if compress:
            compressor = zlib.compressobj(wbits=31)
            head = compressor.compress(head) + compressor.flush(zlib.Z_SYNC_FLUSH)
            rest = compressor.compress(rest) + compressor.flush()
        encoding = "Content-Encoding: gzip\r\n" if compress else ""
        call.raw(f"HTTP/1.1 200 OK\r\nContent-Length: {len(head) + len(rest)}\r\n{encoding}\r\n".encode() + head)
        assert first_seen.wait(10)
        call.raw(rest)

    seen: list[Element] = []
    with Rogue(script) as server, requests.Session() as session:
        reply = transport.send(session, "POST", server.endpoint, b"", {}, timeout=5, connect_timeout=5)
        for message in ReplyReader().messages(reply.chunks()):
            first_seen.set()
            seen.append(message)
    assert len(seen) == 2


def test_a_small_compressed_reply_that_becomes_huge_comes_in_bounded_pieces() -> None:
    bomb = zlib.compress(bytes(50_000_000))

    def script(call: Call) -> None:
        call.reply(200, bomb, headers=["Content-Encoding: deflate"])

    with Rogue(script) as server, requests.Session() as session:
        reply = transport.send(session, "POST", server.endpoint, b"", {}, timeout=5, connect_timeout=5)
        sizes = [len(chunk) for chunk in reply.chunks()]
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= 1024 * 1024


@pytest.mark.parametrize(
    ("status", "error", "not_executed"),
    [
        (503, errors.ServerUnavailable, True),
        (429, errors.ServerUnavailable, True),
        (502, errors.ServerUnavailable, False),
        (401, errors.Unauthorized, True),
        (418, errors.HTTPError, False),
    ],
)
def test_a_status_says_whether_anything_was_done(
    status: int, error: type[errors.TransportError], not_executed: bool
) -> None:
    found = transport.status_error(status, {}, "")
    assert type(found) is error
    assert found.not_executed is not_executed


@pytest.mark.parametrize(("value", "seconds"), [("120", 120.0), ("0", 0.0), ("", None), ("-5", None), ("soon", None)])
def test_retry_after_in_seconds(value: str, seconds: float | None) -> None:
    assert transport.retry_after({"Retry-After": value}) == seconds


def test_retry_after_as_a_date() -> None:
    then = datetime.now(timezone.utc) + timedelta(seconds=100)
    seconds = transport.retry_after({"Retry-After": format_datetime(then, usegmt=True)})
    assert seconds is not None
    assert 90 < seconds <= 100


def test_retry_after_as_a_date_by_the_clock_of_the_server() -> None:
    said = datetime.now(timezone.utc) - timedelta(days=400)
    headers = {name: format_datetime(when, usegmt=True) for name, when in (("Date", said), ("Retry-After", said))}
    assert transport.retry_after(headers) == 0
    headers["Retry-After"] = format_datetime(said + timedelta(seconds=100), usegmt=True)
    assert transport.retry_after(headers) == 100
