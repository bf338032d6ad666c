"""Requests against a server that misbehaves: what is repeated, what is not, and what each failure is called."""

from __future__ import annotations

import gc
import gzip
import logging
import os
import socket
import threading
import time
from collections.abc import Callable

import pytest

from ewsfs.ews import errors
from ewsfs.ews.configuration import BASIC, NOAUTH, Configuration
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.errors import EWSError
from ewsfs.ews.protocol import Protocol
from ewsfs.ews.retry import FailFast
from ewsfs.ews.soap import Request
from ewsfs.ews.xmlnames import local, m, make
from tests.ews.rogue import Call, Rogue, back_off, envelope, fault, impatient, items, response, success

READ = Request("GetItem", make(m("GetItem")), repeatable=True)
CHANGE = Request("CreateItem", make(m("CreateItem")))
GOOD = response("GetItem", success("GetItem", items("1")))


def after(times: int, trouble: Callable[[Call], None]) -> Callable[[Call], None]:
    """A script: trouble so many times, then a good reply."""

    def script(call: Call) -> None:
        if call.number <= times:
            trouble(call)
        else:
            call.reply(200, GOOD)

    return script


def busy_503(call: Call) -> None:
    call.reply(503, b"Service Unavailable", kind="text/html")


def busy_500(call: Call) -> None:
    call.reply(500, fault("ErrorServerBusy", message_xml=back_off("1")))


def busy_200(call: Call) -> None:
    call.reply(200, fault("ErrorServerBusy"))


def drop(call: Call) -> None:
    call.drop()


def cut_body(call: Call) -> None:
    call.reply(200, GOOD[:-40], length=len(GOOD))
    call.drop()


def cut_chunks(call: Call) -> None:
    call.chunked(GOOD[:50], end=False)
    call.drop()


def cut_gzip(call: Call) -> None:
    body = gzip.compress(GOOD)[:-30]
    call.reply(200, body, headers=["Content-Encoding: gzip"])


def empty_500(call: Call) -> None:
    call.reply(500)


def gateway(call: Call) -> None:
    call.reply(504, b"<html>Gateway Timeout</html>", kind="text/html")


NOTHING_DONE = [busy_503, busy_500, busy_200]
MAYBE_DONE = [drop, cut_body, cut_chunks, cut_gzip, empty_500, gateway]


@pytest.mark.parametrize("trouble", NOTHING_DONE + MAYBE_DONE)
def test_a_tolerant_read_survives_trouble(trouble: Callable[[Call], None]) -> None:
    with Rogue(after(2, trouble)) as server:
        protocol = server.protocol(retry_policy=impatient())
        assert len(protocol.send(READ)) == 1
        assert protocol.stats.requests["GetItem"] == 3
        assert protocol.stats.retries["GetItem"] == 2


@pytest.mark.parametrize("trouble", NOTHING_DONE)
def test_a_tolerant_change_is_repeated_when_it_was_not_done(trouble: Callable[[Call], None]) -> None:
    with Rogue(after(2, trouble)) as server:
        assert len(server.protocol(retry_policy=impatient()).send(CHANGE)) == 1
        assert len(server.calls) == 3


@pytest.mark.parametrize("trouble", MAYBE_DONE)
def test_a_change_that_may_have_been_done_is_never_repeated(trouble: Callable[[Call], None]) -> None:
    with Rogue(after(1, trouble)) as server, pytest.raises(errors.OutcomeUnknown) as caught:
        server.protocol(retry_policy=impatient()).send(CHANGE)
    assert len(server.calls) == 1
    assert isinstance(caught.value.__cause__, errors.TransportError)


@pytest.mark.parametrize("trouble", NOTHING_DONE + MAYBE_DONE)
def test_failing_fast_means_one_request(trouble: Callable[[Call], None]) -> None:
    with Rogue(after(1, trouble)) as server, pytest.raises(EWSError):
        server.protocol(retry_policy=FailFast()).send(READ)
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (busy_503, errors.ServerUnavailable),
        (busy_500, errors.ErrorServerBusy),
        (busy_200, errors.ErrorServerBusy),
        (drop, errors.Interrupted),
        (cut_body, errors.Interrupted),
        (cut_gzip, errors.Interrupted),
        (empty_500, errors.HTTPError),
        (gateway, errors.ServerUnavailable),
        (lambda call: call.reply(200, b"<html>Sign in</html>", kind="text/html"), errors.MalformedResponse),
        (lambda call: call.reply(200, envelope("")), errors.MalformedResponse),
        (lambda call: call.reply(200, b""), errors.MalformedResponse),
        (
            lambda call: call.reply(200, b"\x1f\x8bnot gzip", headers=["Content-Encoding: gzip"]),
            errors.MalformedResponse,
        ),
        (lambda call: call.reply(200, GOOD, headers=["Content-Encoding: br"]), errors.MalformedResponse),
        (lambda call: call.raw(b"HELO mail.example.test\r\n\r\n"), errors.MalformedResponse),
        (lambda call: call.reply(302, headers=["Location: http://evil.test/"]), errors.Redirected),
        (lambda call: call.reply(401), errors.Unauthorized),
        (lambda call: call.reply(403), errors.Forbidden),
        (lambda call: call.reply(413), errors.RequestTooLarge),
        (lambda call: call.reply(404, b"HTTP Error 404.13 - Not Found", kind="text/html"), errors.RequestTooLarge),
        (lambda call: call.reply(404), errors.HTTPError),
        (lambda call: call.reply(456), errors.Unauthorized),
        (lambda call: call.reply(400, b"Bad Request (Request too long)", kind="text/plain"), errors.HTTPError),
    ],
)
def test_every_failure_has_its_class(trouble: Callable[[Call], None], error: type[EWSError]) -> None:
    with Rogue(trouble) as server, pytest.raises(error) as caught:
        server.protocol().send(READ)
    assert type(caught.value) is error


def test_a_redirect_is_not_followed_but_told() -> None:
    with Rogue(lambda call: call.reply(302, headers=["Location: http://evil.test/"])) as server:
        with pytest.raises(errors.Redirected) as caught:
            server.protocol().send(READ)
        assert caught.value.location == "http://evil.test/"
        assert len(server.calls) == 1


def test_a_fault_with_another_status_is_still_read() -> None:
    def script(call: Call) -> None:
        call.reply(503, fault("ErrorServerBusy"), headers=["Retry-After: 7"])

    with Rogue(script) as server, pytest.raises(errors.Busy) as caught:
        server.protocol().send(READ)
    assert caught.value.back_off == 7


def test_a_reply_may_lack_charset_and_content_type() -> None:
    with Rogue(lambda call: call.reply(200, GOOD, kind="text/xml" if call.number == 1 else None)) as server:
        protocol = server.protocol()
        assert len(protocol.send(READ)) == 1
        assert len(protocol.send(READ)) == 1


def test_a_server_that_says_nothing_times_out() -> None:
    with Rogue(lambda call: None) as server, pytest.raises(errors.Timeout):
        server.protocol(timeout=0.2).send(READ)


def test_a_server_that_drips_times_out() -> None:
    def script(call: Call) -> None:
        call.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not call.stopped.wait(0.02):
            call.raw(b" ")

    with Rogue(script) as server, pytest.raises(errors.Timeout):
        server.protocol(timeout=0.3).send(READ)


def test_a_request_may_have_its_own_timeout() -> None:
    with Rogue(lambda call: None) as server, pytest.raises(errors.Timeout):
        server.protocol(timeout=60.0).send(Request("GetItem", make(m("GetItem")), repeatable=True, timeout=0.2))


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    protocol = Protocol(Configuration(service_endpoint=f"http://127.0.0.1:{port}/x", auth_type=NOAUTH))
    with pytest.raises(errors.Unreachable):
        protocol.send(CHANGE)


def test_a_server_that_speaks_no_tls_is_a_tls_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"220 mail.example.test ESMTP\r\n")
                connection.recv(100)

        thread = threading.Thread(target=greet)
        thread.start()
        endpoint = f"https://127.0.0.1:{listener.getsockname()[1]}/x"
        with pytest.raises(errors.TLSError):
            Protocol(Configuration(service_endpoint=endpoint, auth_type=NOAUTH)).send(CHANGE)
        thread.join(10)


def test_a_connection_closed_while_idle_costs_one_repetition_even_when_failing_fast() -> None:
    def script(call: Call) -> None:
        call.reply(200, GOOD)
        if call.number == 1:
            call.drop()

    with Rogue(script) as server:
        protocol = server.protocol(retry_policy=FailFast())
        protocol.send(READ)
        assert len(protocol.send(READ)) == 1
        assert len(server.calls) == 2


def test_the_connection_is_used_again_after_a_success_and_closed_after_a_fault() -> None:
    def script(call: Call) -> None:
        if call.number == 3:
            call.reply(200, fault("ErrorAccessDenied"))
            call.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray")  # as gromox does
        else:
            call.reply(200, GOOD)

    with Rogue(script) as server:
        protocol = server.protocol()
        protocol.send(READ)
        protocol.send(READ)
        with pytest.raises(errors.ErrorAccessDenied):
            protocol.send(READ)
        assert len(protocol.send(READ)) == 1
        assert [call.connection for call in server.calls] == [1, 1, 1, 2]


def test_cookies_are_kept_and_shared_between_connections() -> None:
    def script(call: Call) -> None:
        if call.number == 1:
            call.reply(200, GOOD, headers=["Set-Cookie: X-BackEndOverrideCookie=abc; path=/", "Connection: close"])
            call.drop()
        else:
            call.reply(200, GOOD)

    with Rogue(script) as server:
        protocol = server.protocol()
        protocol.send(READ)
        protocol.send(READ)
        assert server.calls[1].connection == 2
        assert server.calls[1].header("Cookie") == "X-BackEndOverrideCookie=abc"


def test_requests_are_neither_chunked_nor_compressed() -> None:
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        server.protocol().send(Request("GetItem", make(m("GetItem"), text="x" * 300_000), repeatable=True))
        [call] = server.calls
        assert call.header("Transfer-Encoding") is None
        assert call.header("Content-Encoding") is None
        assert call.header("Content-Length") == str(len(call.body))
        assert call.header("Content-Type") == "text/xml; charset=utf-8"


def test_connections_are_bounded_and_a_caller_waits_no_longer_than_its_deadline() -> None:
    release = threading.Event()

    def script(call: Call) -> None:
        release.wait(10)
        call.reply(200, GOOD)

    with Rogue(script) as server:
        protocol = server.protocol(max_connections=2, pool_timeout=0.2)
        threads = [threading.Thread(target=protocol.send, args=(READ,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        while len(server.calls) < 2:
            time.sleep(0.001)
        with pytest.raises(errors.PoolTimeout):
            protocol.send(CHANGE)
        release.set()
        for thread in threads:
            thread.join(10)
        assert server.connections == 2


def test_a_closed_protocol_says_so() -> None:
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        protocol = server.protocol()
        protocol.send(READ)
        protocol.close()
        with pytest.raises(errors.Closed):
            protocol.send(READ)


def test_nothing_is_started_before_the_first_use() -> None:
    threads = threading.active_count()
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        protocol = server.protocol()
        assert threading.active_count() == threads + 1  # the server's own
        assert server.connections == 0
        protocol.close()


def test_after_a_fork_each_process_has_its_own_connections() -> None:
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        protocol = server.protocol()
        protocol.send(READ)
        protocol.submit(lambda: protocol.send(READ)).result(10)
        protocol._pool._pid = -1  # as it looks to a child; a real fork would copy the threads of the tests
        protocol._workers._pid = -1
        protocol.submit(lambda: protocol.send(READ)).result(10)
        assert server.connections == 2
        protocol._pool._pid = os.getpid()


def test_accounts_that_connect_alike_share_their_connections() -> None:
    config = Configuration(service_endpoint="http://127.0.0.1:9/x", credentials=Credentials("a", "b"))
    other = Configuration(service_endpoint="http://127.0.0.1:9/x", credentials=Credentials("a", "c"))
    first = Protocol.shared(config)
    assert Protocol.shared(config) is first
    assert Protocol.shared(other) is not first
    first.close()
    assert Protocol.shared(config) is not first


def test_a_protocol_that_nobody_has_any_more_closes_its_connections() -> None:
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        protocol = server.protocol()
        protocol.send(READ)
        pool = protocol._pool
        del protocol
        gc.collect()
        assert pool.closed


def test_bytes_and_requests_are_counted() -> None:
    with Rogue(lambda call: call.reply(200, GOOD, compress=True)) as server:
        protocol = server.protocol()
        protocol.send(READ)
        assert protocol.stats.requests == {"GetItem": 1}
        assert protocol.stats.bytes_in == len(gzip.compress(GOOD))
        assert protocol.stats.bytes_out == len(server.calls[0].body)
        protocol.stats.reset()
        assert protocol.stats.bytes_in == 0


def test_the_log_shows_the_xml_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ewsfs.ews.xml")
    body = envelope("<m:XResponse><t:TokenValue>hush</t:TokenValue><t:Subject>seen</t:Subject></m:XResponse>")
    with Rogue(lambda call: call.reply(200, body)) as server:
        config = Configuration(
            service_endpoint=server.endpoint, credentials=Credentials("ada", "topsecret"), auth_type=BASIC
        )
        Protocol(config).send(READ)
    assert "GetItem" in caplog.text
    assert "seen" in caplog.text
    assert "hush" not in caplog.text
    assert "topsecret" not in caplog.text


def test_a_reply_keeps_the_names_of_its_messages() -> None:
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        assert [local(message) for message in server.protocol().send(READ)] == ["GetItemResponseMessage"]
