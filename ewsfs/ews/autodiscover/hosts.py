"""Who may be asked about a mailbox, and with a password: pure rules, and one DNS lookup.

Credentials go to the mail domain itself, to its autodiscover host, and to where one of these sends us over https.
They never go over plain http, nor to a parent domain: "autodiscover.co.uk" isn't anybody's own. What DNS alone says
isn't verified by anybody, so an SRV record counts when it names a host of the mail domain.

Source: EWS reference, "Generate a list of Autodiscover endpoints".
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import dns.exception
import dns.rdatatype
import dns.resolver

PATH = "/autodiscover/autodiscover.xml"

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+\Z")
_DNS_SECONDS = 5.0


def domain_of(address: str) -> str:
    """The mail domain of an address in ASCII and lower case. Raises ValueError when there is none."""
    _, at, domain = address.rpartition("@")
    try:
        name = domain.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    if not at or not _HOST.match(name):
        raise ValueError(f"{address!r} is no address with a mail domain")
    return name


def first_urls(domain: str) -> list[str]:
    """The endpoints of a mail domain, in the order in which they are tried."""
    return [f"https://{domain}{PATH}", f"https://autodiscover.{domain}{PATH}"]


def srv_urls(domain: str) -> tuple[list[str], list[str]]:
    """The endpoints that DNS names in _autodiscover._tcp: those of the domain itself, and hosts that are not.

    Sorted by priority and weight (RFC 2782). Nothing when there is no such record or DNS doesn't answer in time.
    """
    try:
        answer = dns.resolver.resolve(f"_autodiscover._tcp.{domain}", "SRV", lifetime=_DNS_SECONDS)
        records = sorted(answer, key=lambda record: (record.priority, -record.weight))
    except (dns.exception.DNSException, OSError):
        return [], []
    urls, foreign = [], []
    for record in records:
        host = record.target.to_text(omit_final_dot=True).lower()
        if not _HOST.match(host):
            continue  # "." says that there is no such service
        port = "" if record.port == 443 else f":{record.port}"
        if host == domain or host.endswith(f".{domain}"):
            urls.append(f"https://{host}{port}{PATH}")
        else:
            foreign.append(host)
    return urls, foreign


def redirect_target(url: str, location: str, domain: str) -> str:
    """Where a redirect leads. Raises ValueError, with the reason, when credentials mustn't go there.

    Parameters: `url`, who redirects; `location`, the target as told; `domain`, the mail domain that is asked about.
    """
    target = urljoin(url, location.strip())
    parts = urlsplit(target)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https":
        raise ValueError(f"{url} redirects to {target}, which is not https")
    if not host or parts.username is not None or parts.password is not None:
        raise ValueError(f"{url} redirects to {target}, which is no endpoint")
    if is_parent(host, domain):
        raise ValueError(f"{url} redirects to {host}, a parent domain of {domain}")
    return target


def is_parent(host: str, domain: str) -> bool:
    """Whether a host is a parent domain of the mail domain, or the autodiscover host of one."""
    name = host.removeprefix("autodiscover.")
    return domain.endswith((f".{name}", f".{host}"))
