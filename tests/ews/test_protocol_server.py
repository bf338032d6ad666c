"""What a protocol finds out about its server, and what it never does with credentials."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ewsfs.ews import errors
from ewsfs.ews.configuration import BASIC, DIGEST, Configuration
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.protocol import BaseProtocol, NoVerifyHTTPAdapter, Protocol
from ewsfs.ews.soap import Request, RequestHeader
from ewsfs.ews.version import Build, Version
from ewsfs.ews.xmlnames import m, make
from tests.ews.rogue import Call, Rogue, failure, fault, impatient, items, response, success

READ = Request("GetItem", make(m("GetItem")), repeatable=True)
CHANGE = Request("CreateItem", make(m("CreateItem")))
GOOD = response("GetItem", success("GetItem", items("1")))


def speaks(*versions: str) -> Callable[[Call], None]:
    """A server that refuses every other schema version."""

    def script(call: Call) -> None:
        if any(f'Version="{version}"'.encode() in call.body for version in versions):
            call.reply(200, GOOD)
        else:
            call.reply(500, fault("ErrorInvalidServerVersion"))

    return script


def test_the_newest_schema_version_that_works_is_kept() -> None:
    with Rogue(speaks("Exchange2013_SP1", "Exchange2010")) as server:
        protocol = server.protocol()
        protocol.send(CHANGE)
        assert len(server.calls) == 3
        protocol.send(CHANGE)
        assert len(server.calls) == 4
        assert protocol.version.api_version == "Exchange2013_SP1"
        assert protocol.version.build == Build(15, 1, 2507, 39)  # never the tag V2017_07_11


def test_a_server_that_speaks_nothing_we_know_is_an_error() -> None:
    with Rogue(speaks("Exchange2003")) as server, pytest.raises(errors.ErrorInvalidServerVersion):
        server.protocol().send(READ)
    assert len(server.calls) == 9


def test_a_mailbox_of_another_version_is_asked_in_its_own() -> None:
    def script(call: Call) -> None:
        code = "ErrorInvalidSchemaVersionForMailboxVersion"
        good = b'"Exchange2010_SP2"' in call.body
        call.reply(200, GOOD if good else response("GetItem", failure("GetItem", code), failure("GetItem", code)))

    with Rogue(script) as server:
        assert len(server.protocol().send(CHANGE)) == 1


def test_a_version_whose_name_the_server_cannot_read_is_stepped_over() -> None:
    def script(call: Call) -> None:
        if b'"Exchange2016"' in call.body:
            call.reply(500, fault("ErrorSchemaValidation", text="Der Wert 'Exchange2016' ist falsch."))
        else:
            call.reply(200, GOOD)

    with Rogue(script) as server:
        assert len(server.protocol().send(READ)) == 1


def test_a_version_that_the_program_gave_stays() -> None:
    with Rogue(speaks("Exchange2010")) as server:
        protocol = server.protocol(version=Version(Build(15, 0, 12, 34)))
        with pytest.raises(errors.WrongVersion):
            protocol.send(READ)
        assert b'Version="Exchange2013"' in server.calls[0].body
        assert len(server.calls) == 1


def test_the_version_is_asked_for_when_nothing_was_sent_yet() -> None:
    with Rogue(lambda call: call.reply(500, fault("ErrorAccessDenied"))) as server:
        protocol = server.protocol()
        assert protocol.known_version is None
        assert protocol.version.api_version == "Exchange2016"
        assert len(server.calls) == 1


def challenge(*schemes: str) -> Callable[[Call], None]:
    def script(call: Call) -> None:
        if call.header("Authorization") is None:
            call.reply(401, headers=[f"WWW-Authenticate: {scheme}" for scheme in schemes])
        else:
            call.reply(200, GOOD)

    return script


def test_the_authentication_is_asked_of_the_server_once() -> None:
    with Rogue(challenge('Basic realm="x"')) as server:
        protocol = Protocol(Configuration(service_endpoint=server.endpoint, credentials=Credentials("ada", "sécret")))
        protocol.send(READ)
        protocol.send(READ)
        assert protocol.auth_type == BASIC
        assert [call.header("Authorization") for call in server.calls] == [None, *["Basic YWRhOnPDqWNyZXQ="] * 2]


def test_wrong_credentials_are_not_tried_twice() -> None:
    with Rogue(lambda call: call.reply(401, headers=["WWW-Authenticate: Basic"])) as server:
        config = Configuration(
            service_endpoint=server.endpoint,
            credentials=Credentials("a", "b"),
            auth_type=BASIC,
            retry_policy=impatient(),
        )
        with pytest.raises(errors.Unauthorized):
            Protocol(config).send(CHANGE)
        assert len(server.calls) == 1


@pytest.mark.parametrize("host", ["mail.example.test", "10.0.0.1", "localhost.example.test", "127.0.0.1.example.test"])
def test_credentials_never_go_over_plain_http_to_another_machine(host: str) -> None:
    with pytest.raises(errors.InsecureEndpoint):
        Protocol(Configuration(service_endpoint=f"http://{host}/EWS/Exchange.asmx", credentials=Credentials("a", "b")))


def test_a_proxy_of_the_environment_does_not_see_what_goes_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        assert len(server.protocol().send(READ)) == 1


def test_the_adapter_class_is_used_for_every_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    class Counting(NoVerifyHTTPAdapter):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    monkeypatch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", Counting)
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        server.protocol().send(READ)
    assert made


def test_the_mailbox_of_a_request_helps_the_server_to_route_it() -> None:
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        protocol = server.protocol()
        protocol.send(Request("GetItem", make(m("GetItem")), RequestHeader(impersonate="bob@example.test")))
        protocol.send(Request("GetItem", make(m("GetItem")), RequestHeader(anchor="a\r\nEvil: b")))
        assert [call.header("X-AnchorMailbox") for call in server.calls] == ["bob@example.test", None]


def test_subscriptions_ask_for_the_server_that_they_live_on() -> None:
    with Rogue(lambda call: call.reply(200, GOOD)) as server:
        protocol = server.protocol()
        header = RequestHeader(anchor="ada@example.test")
        protocol.send(Request("Subscribe", make(m("Subscribe")), header))
        protocol.send(Request("GetItem", make(m("GetItem")), header))
        assert [call.header("X-PreferServerAffinity") for call in server.calls] == ["true", None]


def test_digest_authentication_answers_the_challenge() -> None:
    def script(call: Call) -> None:
        header = call.header("Authorization") or ""
        if header.startswith("Digest ") and 'username="ada"' in header and "response=" in header:
            call.reply(200, GOOD)
        else:
            call.reply(401, headers=['WWW-Authenticate: Digest realm="x", nonce="abc", qop="auth", algorithm=SHA-256'])

    with Rogue(script) as server:
        protocol = Protocol(Configuration(service_endpoint=server.endpoint, credentials=Credentials("ada", "secret")))
        assert len(protocol.send(CHANGE)) == 1
        assert len(protocol.send(CHANGE)) == 1
        assert protocol.auth_type == DIGEST
        assert not any("secret" in call.head for call in server.calls)
        assert len(server.calls) == 4  # the question which authentication, the challenge, and two requests
