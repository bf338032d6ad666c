"""The search, against servers whose names lead to this machine: nothing of it reaches a network."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.resolver
import pytest
import urllib3.util.connection

from ewsfs.ews import errors
from ewsfs.ews.autodiscover import DiscoveryCache, discover
from ewsfs.ews.autodiscover.discovery import _Search
from ewsfs.ews.configuration import Configuration
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.protocol import BaseProtocol, NoVerifyHTTPAdapter
from ewsfs.ews.services import GetFolder
from ewsfs.ews.xmlnames import m, make, t
from ewsfs.sandbox import Sandbox
from tests.ews.rogue import Call, Rogue, impatient

ADA = Credentials("ada", "secret")
SHAPE = make(m("FolderShape"), make(t("BaseShape"), text="IdOnly"))


class Network:
    """Names that lead to ports of this machine; every attempt is noted, and other names don't exist."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self.tried: list[tuple[str, int]] = []

    def connect(self, address: tuple[str, int], *args: object, **settings: object) -> socket.socket:
        host, port = address
        self.tried.append((host, port))
        if host == "127.0.0.1":
            return socket.create_connection(address, 5)
        if host not in self.ports:
            raise ConnectionRefusedError(f"nobody is {host}")
        return socket.create_connection(("127.0.0.1", self.ports[host]), 5)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Network:
    made = Network()
    monkeypatch.setattr(urllib3.util.connection, "create_connection", made.connect)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def nothing(*args: object, **settings: object) -> None:
        raise dns.resolver.NXDOMAIN

    monkeypatch.setattr(dns.resolver, "resolve", nothing)
    return made


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "secret"}, tls=True) as running:
        yield running


@pytest.fixture
def trusted(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.certificate))


def port(sandbox: Sandbox) -> int:
    return int(sandbox.endpoint.split(":")[2].split("/")[0])


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("host", ["example.test", "autodiscover.example.test"])
def test_a_mailbox_is_found_and_used(network: Network, sandbox: Sandbox, host: str) -> None:
    network.ports[host] = port(sandbox)
    found = discover("ada@example.test", ADA)
    assert found.protocol.service_endpoint == sandbox.endpoint
    assert found.primary_smtp_address == "ada@example.test"
    inbox = make(t("DistinguishedFolderId"), Id="inbox")
    assert not isinstance(next(GetFolder(found.protocol).call([inbox], shape=SHAPE)), errors.EWSError)


@pytest.mark.usefixtures("trusted")
def test_the_next_run_asks_nobody(network: Network, sandbox: Sandbox) -> None:
    network.ports["example.test"] = port(sandbox)
    discover("ada@example.test", ADA)
    network.tried.clear()
    assert discover("Ada@example.test", ADA).protocol.service_endpoint == sandbox.endpoint
    assert network.tried == []
    discover("ada@example.test", ADA, refresh=True)
    assert network.tried


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_unauthorized(network: Network, sandbox: Sandbox) -> None:
    network.ports["example.test"] = port(sandbox)
    with pytest.raises(errors.Unauthorized):
        discover("ada@example.test", Credentials("ada", "wrong"))


def test_a_certificate_that_is_not_trusted_gets_no_password(network: Network, sandbox: Sandbox) -> None:
    network.ports["example.test"] = port(sandbox)
    with pytest.raises(errors.AutoDiscoverFailed) as caught:
        discover("ada@example.test", ADA)
    assert "certificate" in caught.value.attempts[0]


def test_a_program_that_verifies_nothing_still_verifies_here(
    network: Network, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", NoVerifyHTTPAdapter)
    network.ports["example.test"] = port(sandbox)
    with pytest.raises(errors.AutoDiscoverFailed):
        discover("ada@example.test", ADA)


def test_no_parent_domain_and_no_plain_http_is_ever_asked(network: Network) -> None:
    with pytest.raises(errors.AutoDiscoverFailed) as caught:
        discover("ada@eu.example.test", ADA)
    assert network.tried == [("eu.example.test", 443), ("autodiscover.eu.example.test", 443)]
    assert len(caught.value.attempts) == 2


@pytest.mark.parametrize("address", ["ada", "ada@", "ada@localhost"])
def test_what_is_no_address_is_refused(network: Network, address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        discover(address, ADA)
    assert network.tried == []


def test_a_cached_endpoint_that_is_not_https_is_not_used(network: Network, tmp_path: Path) -> None:
    cache = DiscoveryCache(tmp_path / "x.json")
    cache.put("ada@example.test", "http://mail.example.test/EWS", "ada@example.test")
    with pytest.raises(errors.AutoDiscoverFailed):
        discover("ada@example.test", ADA, cache=cache)
    assert network.tried


# --- what servers answer, over plain http inside of the test only: the search itself speaks https and nothing else ---


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch, network: Network) -> Network:
    """Makes the search speak http in place of https, so that answers can be scripted without certificates."""
    post = _Search._post
    monkeypatch.setattr(
        _Search, "_post", lambda search, http, url: post(search, http, url.replace("https://", "http://", 1))
    )
    return network


def settings(endpoint: str = "https://mail.example.test/EWS", address: str = "ada@example.test") -> bytes:
    return (
        "<Autodiscover><Response><User><AutoDiscoverSMTPAddress>"
        + address
        + "</AutoDiscoverSMTPAddress></User><Account>"
        "<Action>settings</Action><Protocol><Type>EXPR</Type><EwsUrl>" + endpoint + "</EwsUrl></Protocol></Account>"
        "</Response></Autodiscover>"
    ).encode()


def action(name: str, element: str, text: str) -> bytes:
    return (
        f"<Autodiscover><Response><Account><Action>{name}</Action><{element}>{text}</{element}></Account>"
        "</Response></Autodiscover>"
    ).encode()


def basic(answer: Callable[[Call], None]) -> Callable[[Call], None]:
    def script(call: Call) -> None:
        if call.header("Authorization") is None:
            call.reply(401, headers=["WWW-Authenticate: Basic"])
        else:
            answer(call)

    return script


def listen(network: Network, server: Rogue, *names: str) -> None:
    for name in names:
        network.ports[name] = int(server.endpoint.split(":")[2].split("/")[0])


def test_an_alias_gets_its_primary_address(plain: Network) -> None:
    with Rogue(basic(lambda call: call.reply(200, settings()))) as server:
        listen(plain, server, "example.test")
        assert discover("alias@example.test", ADA).primary_smtp_address == "ada@example.test"
        assert b"alias@example.test" in server.calls[0].body
        assert [call.header("Authorization") is None for call in server.calls] == [True, False]


def test_a_redirect_to_an_address_asks_about_that(plain: Network) -> None:
    def answer(call: Call) -> None:
        if b"ada@other.test" in call.body:
            call.reply(200, settings(address="ada@other.test"))
        else:
            call.reply(200, action("redirectAddr", "RedirectAddr", "ada@other.test"))

    with Rogue(basic(answer)) as server:
        listen(plain, server, "example.test", "autodiscover.other.test")
        assert discover("ada@example.test", ADA).primary_smtp_address == "ada@other.test"
    asked = list(dict.fromkeys(host for host, _ in plain.tried))
    assert asked == ["example.test", "other.test", "autodiscover.other.test"]


@pytest.mark.parametrize("how", ["body", "status"])
def test_a_redirect_to_a_url_is_followed_over_https_only(plain: Network, how: str) -> None:
    def redirect(call: Call, url: str) -> None:
        if how == "body":
            call.reply(200, action("redirectUrl", "RedirectUrl", url))
        else:
            call.reply(302, headers=[f"Location: {url}"])

    def good(call: Call) -> None:
        if "hoster" in (call.header("Host") or ""):
            call.reply(200, settings())
        else:
            redirect(call, "https://mail.hoster.test/autodiscover/autodiscover.xml")

    with Rogue(basic(good)) as server:
        listen(plain, server, "example.test", "mail.hoster.test")
        discover("ada@example.test", ADA)
    plain.tried.clear()
    with Rogue(basic(lambda call: redirect(call, "http://mail.hoster.test/x"))) as server:
        listen(plain, server, "example.test", "mail.hoster.test")
        with pytest.raises(errors.AutoDiscoverFailed, match="not https"):
            discover("ada@example.test", ADA, refresh=True)
    assert "mail.hoster.test" not in [host for host, _ in plain.tried]


def test_circles_end(plain: Network) -> None:
    def answer(call: Call) -> None:
        call.reply(200, action("redirectUrl", "RedirectUrl", "https://example.test/autodiscover/autodiscover.xml"))

    with Rogue(answer) as server:
        listen(plain, server, "example.test")
        with pytest.raises(errors.AutoDiscoverFailed, match="circle"):
            discover("ada@example.test", ADA)


def test_circles_of_addresses_end(plain: Network) -> None:
    with Rogue(lambda call: call.reply(200, action("redirectAddr", "RedirectAddr", "ADA@example.test"))) as server:
        listen(plain, server, "example.test")
        with pytest.raises(errors.AutoDiscoverFailed):
            discover("ada@example.test", ADA)


def test_endless_redirects_end(plain: Network) -> None:
    def answer(call: Call) -> None:
        call.reply(302, headers=[f"Location: https://example.test/{call.number}"])

    with Rogue(answer) as server:
        listen(plain, server, "example.test")
        with pytest.raises(errors.AutoDiscoverFailed):
            discover("ada@example.test", ADA)
        assert len(server.calls) < 20


def test_a_web_server_that_knows_nothing_is_passed_over(plain: Network) -> None:
    def answer(call: Call) -> None:
        if (call.header("Host") or "").startswith("autodiscover."):
            call.reply(200, settings())
        else:
            call.reply(200, b"<!DOCTYPE html><html>Welcome</html>", kind="text/html")

    with Rogue(answer) as server:
        listen(plain, server, "example.test", "autodiscover.example.test")
        discover("ada@example.test", ADA)
        assert [call.header("Authorization") for call in server.calls] == [None, None]


@pytest.mark.parametrize(
    "endpoint", ["http://mail.example.test/EWS", "http://127.0.0.1/EWS", "mail.example.test", "https://a:b@c.test/"]
)
def test_settings_that_name_no_https_endpoint_are_refused(plain: Network, endpoint: str) -> None:
    with Rogue(lambda call: call.reply(200, settings(endpoint))) as server:
        listen(plain, server, "example.test")
        with pytest.raises(errors.AutoDiscoverFailed):
            discover("ada@example.test", ADA)


def test_a_busy_server_is_waited_for_by_a_patient_program(plain: Network) -> None:
    def answer(call: Call) -> None:
        if call.number <= 2:
            call.reply(503)
        else:
            call.reply(200, settings())

    with Rogue(answer) as server:
        listen(plain, server, "example.test")
        found = discover("ada@example.test", config=Configuration(credentials=ADA, retry_policy=impatient()))
    assert found.protocol.config.retry_policy is not None


def test_a_netrc_file_is_none_of_our_business(plain: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine example.test login ada password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Rogue(lambda call: call.reply(200, settings())) as server:
        listen(plain, server, "example.test")
        discover("ada@example.test", ADA)
        assert [call.header("Authorization") for call in server.calls] == [None]
