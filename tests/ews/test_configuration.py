"""Credentials, configurations, versions: values, and what they refuse."""

from __future__ import annotations

import pytest

from ewsfs.ews.configuration import AUTH_TYPES, BASIC, NTLM, Configuration, is_loopback
from ewsfs.ews.credentials import Credentials, ServiceAccount
from ewsfs.ews.errors import InsecureEndpoint
from ewsfs.ews.retry import FailFast, FaultTolerance
from ewsfs.ews.version import (
    API_VERSIONS,
    EXCHANGE_2007_SP1,
    EXCHANGE_2010,
    EXCHANGE_2013_SP1,
    EXCHANGE_2016,
    EXCHANGE_O365,
    Build,
    Version,
)


def test_a_password_is_never_shown() -> None:
    credentials = ServiceAccount("FOO\\bar", "topsecret")
    for text in (repr(credentials), str(credentials), repr(Configuration(server="x.test", credentials=credentials))):
        assert "topsecret" not in text


@pytest.mark.parametrize(
    ("username", "kind"),
    [("FOO\\bar", Credentials.DOMAIN), ("bar@foo.test", Credentials.EMAIL), ("bar", "domain"), ("FOO\\a@b", "domain")],
)
def test_the_form_of_a_user_name_is_known(username: str, kind: str) -> None:
    assert Credentials(username, "x").type == kind


def test_equal_credentials_are_equal_and_a_service_account_is_something_else() -> None:
    assert Credentials("a", "b") == Credentials("a", "b")
    assert hash(Credentials("a", "b")) == hash(Credentials("a", "b"))
    assert Credentials("a", "b") != Credentials("a", "c")
    assert Credentials("a", "b") != ServiceAccount("a", "b")
    assert ServiceAccount("a", "b", max_wait=1) != ServiceAccount("a", "b", max_wait=2)


def test_a_service_account_is_patient_and_credentials_are_not() -> None:
    assert Credentials("a", "b").fail_fast
    assert isinstance(Configuration(server="x.test").policy, FailFast)
    policy = Configuration(server="x.test", credentials=ServiceAccount("a", "b", max_wait=7)).policy
    assert isinstance(policy, FaultTolerance)
    assert policy.max_wait == 7


def test_a_server_is_an_endpoint_at_the_usual_place() -> None:
    assert Configuration(server="mail.example.com").endpoint == "https://mail.example.com/EWS/Exchange.asmx"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/EWS", "http://[::1]/x", "http://localhost:1/x", "http://127.3.4.5/"]
)
def test_plain_http_is_for_this_machine(url: str) -> None:
    assert Configuration(service_endpoint=url).endpoint == url


@pytest.mark.parametrize("url", ["http://mail.example.com/EWS", "http://192.168.1.1/", "http://localhost.evil.test/"])
def test_plain_http_to_others_is_refused(url: str) -> None:
    with pytest.raises(InsecureEndpoint):
        Configuration(service_endpoint=url)


@pytest.mark.parametrize(
    "url", ["mail.example.com", "ftp://mail.example.com/", "https:///x", "https://ada:pw@example.com/x"]
)
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        Configuration(service_endpoint=url)


def test_contradictions_are_refused() -> None:
    with pytest.raises(ValueError, match="not both"):
        Configuration(server="a.test", service_endpoint="https://a.test/")
    with pytest.raises(ValueError, match="auth_type"):
        Configuration(server="a.test", auth_type="magic")
    with pytest.raises(ValueError, match="credentials"):
        Configuration(server="a.test", auth_type=BASIC)
    with pytest.raises(ValueError, match="timeouts"):
        Configuration(server="a.test", timeout=0)
    with pytest.raises(ValueError, match="max_connections"):
        Configuration(server="a.test", max_connections=11)
    assert NTLM in AUTH_TYPES


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.1", False),
        ("::1", True),
        ("10.0.0.1", False),
        ("example.test", False),
    ],
)
def test_this_machine_is_known_without_asking_dns(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    ("build", "api"),
    [
        (Build(8, 0), "Exchange2007"),
        (Build(8, 3, 406), "Exchange2007_SP1"),
        (Build(14, 0), "Exchange2010"),
        (Build(14, 1), "Exchange2010_SP1"),
        (Build(14, 3, 496), "Exchange2010_SP2"),
        (Build(15, 0, 12, 34), "Exchange2013"),
        (Build(15, 0, 1497), "Exchange2013_SP1"),
        (Build(15, 1, 2507), "Exchange2016"),
        (Build(15, 2, 2562, 17), "Exchange2016"),
        (Build(15, 20, 6000), "Exchange2016"),
    ],
)
def test_a_build_speaks_a_schema_version(build: Build, api: str) -> None:
    assert Version(build).api_version == api
    assert api in API_VERSIONS


def test_builds_compare_part_by_part() -> None:
    assert EXCHANGE_2007_SP1 < EXCHANGE_2010 < EXCHANGE_2013_SP1 < EXCHANGE_2016 < EXCHANGE_O365
    assert Build(15, 0, 9) < Build(15, 0, 10)


def test_the_build_of_autodiscover_is_read() -> None:
    assert Build.from_hex("73C18880") == Build(15, 1, 2176)
    assert Build.from_hex("72008287") == Build(8, 0, 647)
    with pytest.raises(ValueError, match="invalid"):
        Build.from_hex("what")


def test_a_version_shows_what_it_is() -> None:
    assert str(Version(Build(15, 1, 2507, 6))) == "Build=15.1.2507.6, API=Exchange2016, Microsoft Exchange Server 2016"
    with pytest.raises(ValueError, match="no schema version"):
        Version(Build(15, 1), "V2017_07_11")
    with pytest.raises(ValueError, match="part of a build"):
        Build(-1, 0)
