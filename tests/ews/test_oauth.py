"""OAuth 2.0: tokens from an endpoint or a command, sent to the server, renewed when they have ended, never shown."""

from __future__ import annotations

import json
import logging
import pickle
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from ewsfs.ews import BASIC, OAUTH2, Account, Configuration, Credentials, Message, OAuth2Credentials, auth, errors
from ewsfs.ews.oauth import TokenCommand, TokenEndpoint, microsoft
from ewsfs.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "secret", "ben": "x"}, auth=("basic", "bearer")) as running:
        yield running


@pytest.fixture(autouse=True)
def tokens(sandbox: Sandbox) -> dict[str, str]:
    """The tokens that the server takes."""
    sandbox.tokens.clear()
    return sandbox.tokens


class Issuer:
    """An authorization server: notes what it is asked, and gives token-1, token-2 ... that the sandbox takes."""

    def __init__(self, tokens: dict[str, str]) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: tuple[int, object] | None = None
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                issuer.asked.append({name: values[0] for name, values in form.items()})
                token = f"token-{len(issuer.asked)}"
                given = {"access_token": token, "expires_in": 3600, "refresh_token": f"refresh-{len(issuer.asked)}"}
                status, body = issuer.answer or (200, given)
                if status == 200:
                    tokens[token] = "ada"
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/token"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def issuer(tokens: dict[str, str]) -> Iterator[Issuer]:
    running = Issuer(tokens)
    yield running
    running.close()


def connect(sandbox: Sandbox, credentials: Credentials, **settings: Any) -> Account:
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=credentials, **settings)
    return Account(sandbox.address("ada"), config=config)


def test_an_application_gets_its_tokens_by_its_secret(sandbox: Sandbox, issuer: Issuer) -> None:
    account = connect(sandbox, OAuth2Credentials(TokenEndpoint(issuer.url, "client", "s3cret&=")))
    assert account.inbox.total_count == 0
    assert account.protocol.auth_type == OAUTH2
    assert issuer.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "client",
            "client_secret": "s3cret&=",
            "scope": "https://outlook.office365.com/.default",
        }
    ]


def test_a_token_that_has_ended_is_renewed_once_and_nothing_is_done_twice(sandbox: Sandbox, issuer: Issuer) -> None:
    source = TokenEndpoint(issuer.url, "client", refresh_token="first")
    account = connect(sandbox, OAuth2Credentials(source))
    _ = account.drafts
    sandbox.tokens.clear()
    Message(folder=account.drafts, subject="x").save()
    assert [m.subject for m in account.drafts.all()] == ["x"]
    assert [one["refresh_token"] for one in issuer.asked] == ["first", "refresh-1"]
    assert source.refresh_token == "refresh-2"
    account.drafts.all().delete()


def test_many_threads_need_one_new_token(sandbox: Sandbox, issuer: Issuer) -> None:
    account = connect(sandbox, OAuth2Credentials(TokenEndpoint(issuer.url, "client", "s")), max_connections=4)
    inbox_id = account.inbox.folder_id or ""
    sandbox.tokens.clear()
    with ThreadPoolExecutor(4) as pool:
        names = [each.name for each in pool.map(lambda _: account.folder(inbox_id).refresh(), range(8))]
    assert names == ["Inbox"] * 8
    assert len(issuer.asked) == 2


def test_a_stream_of_events_goes_on_with_a_new_token(sandbox: Sandbox, issuer: Issuer) -> None:
    account = connect(sandbox, OAuth2Credentials(TokenEndpoint(issuer.url, "client", "s")))
    inbox = account.inbox

    def forget(name: str, request: bytes, reply: bytes) -> None:
        if name == "Subscribe":
            sandbox.tokens.clear()

    sandbox.observers.append(forget)
    events = account.listen([inbox])
    assert next(events) is None  # it listens
    assert len(issuer.asked) == 2
    sandbox.observers.remove(forget)
    events.close()


def test_a_code_is_used_once_and_a_refresh_token_from_then_on(sandbox: Sandbox, issuer: Issuer) -> None:
    source = TokenEndpoint(
        issuer.url, "client", code="c0de", redirect_uri="http://localhost/back", code_verifier="v", scope="a offline"
    )
    assert source(False) == source(False) == "token-1"
    assert source(True) == "token-2"
    assert issuer.asked[0] == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": "http://localhost/back",
        "code_verifier": "v",
        "client_id": "client",
        "scope": "a offline",
    }
    assert issuer.asked[1]["grant_type"] == "refresh_token"


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ((401, {"error": "invalid_client", "error_description": "AADSTS7000215:\r\nwrong"}), "Unauthorized", "wrong"),
        ((400, {"error": "invalid_grant"}), "Unauthorized", "invalid_grant"),
        ((503, b""), "ServerUnavailable", "503"),
        ((404, b"<html>"), "HTTPError", "404"),
        ((200, b"<html>"), "MalformedResponse", "isn't JSON"),
        ((200, {"token": "x"}), "MalformedResponse", "no access_token"),
    ],
)
def test_what_an_endpoint_can_answer_instead(
    sandbox: Sandbox, issuer: Issuer, answer: tuple[int, object], kind: str, said: str
) -> None:
    issuer.answer = answer
    account = connect(sandbox, OAuth2Credentials(TokenEndpoint(issuer.url, "client", "s3cret")))
    with pytest.raises(getattr(errors, kind), match=said) as caught:
        _ = account.inbox
    assert "s3cret" not in str(caught.value)


def test_a_token_that_ends_soon_is_not_used_any_more(issuer: Issuer) -> None:
    source = TokenEndpoint(issuer.url, "client", "s")
    issuer.answer = (200, {"access_token": "short", "expires_in": "59"})
    assert source(False) == source(False) == "short"
    assert len(issuer.asked) == 2


def test_a_refused_token_ends_in_an_error(sandbox: Sandbox, tokens: dict[str, str]) -> None:
    given: list[bool] = []

    def source(fresh: bool) -> str:
        given.append(fresh)
        return f"t{len(given)}"

    account = connect(sandbox, OAuth2Credentials(source))
    with pytest.raises(errors.Unauthorized, match="refuses"):
        _ = account.inbox
    assert given == [False, False]
    tokens["t4"] = "ada"
    assert account.inbox.total_count == 0  # t3 isn't refused yet


def test_a_command_prints_the_token(sandbox: Sandbox, tokens: dict[str, str]) -> None:
    tokens["from-a-command"] = "ada"
    source = TokenCommand([sys.executable, "-S", "-c", "print('from-a-command')"])
    assert connect(sandbox, OAuth2Credentials(source, username="ada")).inbox.total_count == 0


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["/nowhere/at/all"], "can't be run"),
        ([sys.executable, "-S", "-c", "import sys; print('tok'); sys.exit('log in first')"], "exit code 1.*log in"),
        ([sys.executable, "-S", "-c", ""], "exit code 0"),
    ],
)
def test_a_command_that_gives_no_token(command: list[str], said: str) -> None:
    with pytest.raises(errors.Unauthorized, match=said):
        OAuth2Credentials(TokenCommand(command)).token()


@pytest.mark.parametrize("given", ["", "line\nbreak", "ü", None])
def test_what_is_no_token_is_not_sent(given: Any) -> None:
    with pytest.raises(errors.Unauthorized, match="there is no token"):
        OAuth2Credentials(lambda fresh: given).token()


def test_an_error_of_the_programs_own_source_is_told() -> None:
    found: dict[str, str] = {}
    with pytest.raises(errors.Unauthorized, match="KeyError: 'access_token'"):
        OAuth2Credentials(lambda fresh: found["access_token"]).token()


def test_secrets_are_never_shown(
    sandbox: Sandbox, issuer: Issuer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    source = TokenEndpoint(issuer.url, "client", "s3cret", refresh_token="r3fresh")
    credentials = OAuth2Credentials(source, username="ada")
    with caplog.at_level(logging.DEBUG):
        account = connect(sandbox, credentials)
        _ = account.inbox
        sandbox.tokens.clear()
        account.inbox.refresh()
    assert len(issuer.asked) == 2
    shown = caplog.text + repr(account) + repr(account.protocol) + repr(credentials) + str(credentials) + repr(source)
    shown += repr(TokenCommand(["get", "s3cret"])) + "".join(capfd.readouterr())
    for secret in ("s3cret", "r3fresh", "token-1", "token-2", "refresh-1"):
        assert secret not in shown


def test_a_token_goes_to_nobody_who_asks_for_something_else(tokens: dict[str, str]) -> None:
    credentials = OAuth2Credentials(lambda fresh: "t")
    with pytest.raises(errors.Unauthorized, match="takes no OAuth"):
        auth.choose('Basic realm="x", NTLM', credentials)
    with pytest.raises(errors.Unauthorized, match="can't be used"):
        auth.make_auth(BASIC, credentials)
    with pytest.raises(errors.Unauthorized, match="can't be used"):
        auth.make_auth(OAUTH2, Credentials("ada", "secret"))
    with pytest.raises(errors.Unauthorized, match="use OAuth2Credentials"):
        auth.choose('Bearer client_id="0"', Credentials("ada", "secret"))


def test_secrets_go_to_no_endpoint_without_tls() -> None:
    assert TokenEndpoint(microsoft("example.com"), "c", "s").url.startswith("https://login.microsoftonline.com/example")
    with pytest.raises(errors.InsecureEndpoint):
        TokenEndpoint("http://example.com/token", "c", "s")
    with pytest.raises(ValueError, match="is needed"):
        TokenEndpoint("https://example.com/token", "c")


def source_of_a_program(fresh: bool) -> str:
    return "t"


def test_credentials_can_be_pickled_and_compared() -> None:
    credentials = OAuth2Credentials(source_of_a_program, max_wait=5)
    twin = pickle.loads(pickle.dumps(credentials))  # noqa: S301 - our own
    assert twin == credentials
    assert twin.token() == "t"
    assert twin != OAuth2Credentials(source_of_a_program)
    assert twin != Credentials("OAuth 2.0", "")
