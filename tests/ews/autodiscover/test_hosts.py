"""Who may be asked, and with a password."""

from __future__ import annotations

import dns.exception
import dns.resolver
import pytest

from ewsfs.ews.autodiscover import hosts


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("ada@Example.COM", "example.com"),
        ("ada@bücher.example", "xn--bcher-kva.example"),
        ("a@b@mail.example.com", "mail.example.com"),
        ("ada@example.com.", "example.com"),
    ],
)
def test_the_domain_of_an_address(address: str, domain: str) -> None:
    assert hosts.domain_of(address) == domain


@pytest.mark.parametrize(
    "address", ["ada", "ada@", "@", "ada@localhost", "ada@a/b.test", "ada@x.test:99", "a@.test", "a@b c.d"]
)
def test_what_has_no_domain_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        hosts.domain_of(address)


def test_the_domain_and_its_autodiscover_host_are_asked_and_no_parent() -> None:
    assert hosts.first_urls("eu.example.co.uk") == [
        "https://eu.example.co.uk/autodiscover/autodiscover.xml",
        "https://autodiscover.eu.example.co.uk/autodiscover/autodiscover.xml",
    ]


def test_redirects_stay_on_https() -> None:
    url = "https://example.com/autodiscover/autodiscover.xml"
    assert hosts.redirect_target(url, "/other", "example.com") == "https://example.com/other"
    assert hosts.redirect_target(url, "https://mail.hoster.test/x", "example.com") == "https://mail.hoster.test/x"
    for location in ("http://example.com/x", "ftp://example.com/", "https://ada:pw@example.com/"):
        with pytest.raises(ValueError, match="redirects to"):
            hosts.redirect_target(url, location, "example.com")


@pytest.mark.parametrize(
    "host", ["example.co.uk", "autodiscover.example.co.uk", "co.uk", "autodiscover.co.uk", "autodiscover.uk"]
)
def test_redirects_never_lead_to_a_parent_domain(host: str) -> None:
    with pytest.raises(ValueError, match="parent domain"):
        hosts.redirect_target("https://eu.example.co.uk/x", f"https://{host}/x", "eu.example.co.uk")


class Record:
    def __init__(self, priority: int, weight: int, port: int, target: str) -> None:
        self.priority, self.weight, self.port = priority, weight, port
        self.target = self
        self._target = target

    def to_text(self, *, omit_final_dot: bool) -> str:
        assert omit_final_dot
        return self._target


def test_dns_counts_for_hosts_of_the_domain_only(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [
        Record(10, 0, 443, "evil.test"),
        Record(5, 1, 8443, "mail.example.com"),
        Record(5, 9, 443, "Exchange.example.com"),
        Record(1, 0, 443, "notexample.com"),
        Record(1, 0, 443, "."),
    ]
    asked: list[object] = []

    def resolve(name: str, kind: str, *, lifetime: float) -> list[Record]:
        asked.append((name, kind))
        assert lifetime <= 10
        return records

    monkeypatch.setattr(dns.resolver, "resolve", resolve)
    urls, foreign = hosts.srv_urls("example.com")
    assert urls == [
        "https://exchange.example.com/autodiscover/autodiscover.xml",
        "https://mail.example.com:8443/autodiscover/autodiscover.xml",
    ]
    assert foreign == ["notexample.com", "evil.test"]
    assert asked == [("_autodiscover._tcp.example.com", "SRV")]


@pytest.mark.parametrize("error", [dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.exception.Timeout, OSError])
def test_a_dns_that_knows_nothing_is_no_failure(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def resolve(*args: object, **settings: object) -> None:
        raise error

    monkeypatch.setattr(dns.resolver, "resolve", resolve)
    assert hosts.srv_urls("example.com") == ([], [])
