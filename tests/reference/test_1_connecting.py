"""Setup and connecting."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import dns.resolver
import pytest
import urllib3.util.connection

from ewsfs.ews import (
    DELEGATE,
    IMPERSONATION,
    NTLM,
    Account,
    Build,
    Configuration,
    Credentials,
    ServiceAccount,
    Version,
    errors,
)
from ewsfs.ews.protocol import BaseProtocol, NoVerifyHTTPAdapter
from ewsfs.sandbox import Sandbox


@pytest.fixture(scope="module")
def secure() -> Iterator[Sandbox]:
    users = {"myusername": "topsecret", "john": "1", "mary": "2"}
    with Sandbox(users=users, aliases={"alias_for_mary": "mary"}, tls=True) as running:
        yield running


@pytest.fixture
def network(secure: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The mail domain's name leads to the sandbox; what was asked for is noted."""
    tried: list[str] = []
    port = int(secure.endpoint.split(":")[2].split("/")[0])
    create = socket.create_connection

    def connect(address: tuple[str, int], *args: object, **settings: object) -> socket.socket:
        tried.append(address[0])
        if address[0] not in ("example.test", "mail.example.test", "127.0.0.1"):
            raise ConnectionRefusedError(f"nobody is {address[0]}")
        connection = create(("127.0.0.1", port), 5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as urllib3 would
        return connection

    def nothing(*args: object, **settings: object) -> None:
        raise dns.resolver.NXDOMAIN

    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)
    monkeypatch.setattr(dns.resolver, "resolve", nothing)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure.certificate))
    return tried


def test_autodiscover(network: list[str], secure: Sandbox) -> None:
    credentials = ServiceAccount(username="EXAMPLE\\myusername", password="topsecret")
    my_account = Account(
        primary_smtp_address="myusername@example.test",
        credentials=credentials,
        autodiscover=True,
        access_type=DELEGATE,
    )
    assert my_account.primary_smtp_address == "myusername@example.test"
    assert my_account.protocol.service_endpoint == secure.endpoint
    assert my_account.inbox.total_count == 0


def test_an_alias_becomes_the_primary_address(network: list[str]) -> None:
    credentials = Credentials(username="EXAMPLE\\mary", password="2")
    marys_account = Account(
        primary_smtp_address="mary@example.test", credentials=credentials, autodiscover=True, access_type=DELEGATE
    )
    still_marys_account = Account(
        primary_smtp_address="alias_for_mary@example.test",
        credentials=credentials,
        autodiscover=True,
        access_type=DELEGATE,
    )
    assert still_marys_account.primary_smtp_address == "mary@example.test"
    assert still_marys_account.inbox == marys_account.inbox
    assert still_marys_account.protocol is marys_account.protocol


def test_the_next_account_asks_nobody(network: list[str]) -> None:
    credentials = Credentials(username="EXAMPLE\\john", password="1")
    assert Account("john@example.test", credentials=credentials, autodiscover=True).inbox.total_count == 0
    assert "example.test" in network
    network.clear()
    again = Account("john@example.test", credentials=credentials, autodiscover=True)
    assert network == []
    assert again.inbox.refresh().total_count == 0
    assert set(network) <= {"127.0.0.1"}


def test_impersonation(network: list[str]) -> None:
    credentials = Credentials(username="EXAMPLE\\myusername", password="topsecret")
    account = Account(
        primary_smtp_address="john@example.test",
        credentials=credentials,
        autodiscover=True,
        access_type=IMPERSONATION,
    )
    assert account.inbox.total_count == 0


def test_server_without_autodiscover(network: list[str]) -> None:
    credentials = Credentials(username="john", password="1")
    config = Configuration(server="mail.example.test", credentials=credentials)
    assert config.endpoint == "https://mail.example.test/EWS/Exchange.asmx"
    account = Account(primary_smtp_address="john@example.test", config=config, autodiscover=False, access_type=DELEGATE)
    assert account.inbox.total_count == 0
    assert set(network) == {"mail.example.test"}


def test_auth_method_and_version_set_explicitly(secure: Sandbox, network: list[str]) -> None:
    credentials = Credentials(username="john", password="1")
    version = Version(build=Build(15, 0, 12, 34))
    config = Configuration(service_endpoint=secure.endpoint, credentials=credentials, version=version, auth_type=NTLM)
    account = Account("john@example.test", config=config, autodiscover=False)
    assert account.protocol.auth_type == NTLM
    assert account.version.api_version == "Exchange2013"
    assert account.inbox.total_count == 0


def test_results_are_taken_along(secure: Sandbox, network: list[str]) -> None:
    credentials = Credentials(username="john", password="1")
    account = Account("john@example.test", credentials=credentials, autodiscover=True)
    ews_url = account.protocol.service_endpoint
    ews_auth_type = account.protocol.auth_type
    primary_smtp_address = account.primary_smtp_address

    network.clear()
    config = Configuration(service_endpoint=ews_url, credentials=credentials, auth_type=ews_auth_type)
    account = Account(
        primary_smtp_address=primary_smtp_address, config=config, autodiscover=False, access_type=DELEGATE
    )
    assert account.inbox.total_count == 0
    assert set(network) <= {"127.0.0.1"}


def test_another_transport_adapter(secure: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", NoVerifyHTTPAdapter)
    config = Configuration(service_endpoint=secure.endpoint, credentials=Credentials("john", "1"))
    assert Account("john@example.test", config=config).inbox.total_count == 0


@pytest.mark.parametrize("attribute", ["inbox", "root", "calendar", "sent"])
def test_a_shared_mailbox_is_never_silently_ones_own(secure: Sandbox, network: list[str], attribute: str) -> None:
    config = Configuration(service_endpoint=secure.endpoint, credentials=Credentials("john", "1"))
    with pytest.raises(errors.AccessDenied):
        getattr(Account("mary@example.test", config=config), attribute)


def test_impersonation_is_a_right_that_not_everybody_has(secure: Sandbox, network: list[str]) -> None:
    config = Configuration(service_endpoint=secure.endpoint, credentials=Credentials("john", "1"))
    account = Account("mary@example.test", config=config, access_type=IMPERSONATION)
    with pytest.raises(errors.ErrorImpersonateUserDenied):
        _ = account.inbox
