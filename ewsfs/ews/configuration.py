"""Where the server is and how it's spoken to, as far as the program knows; the rest is found out.

Threading: not changed after it was made.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from ewsfs.ews.credentials import Credentials
from ewsfs.ews.errors import InsecureEndpoint
from ewsfs.ews.retry import FailFast, RetryPolicy
from ewsfs.ews.version import Version

NOAUTH = "no authentication"
BASIC = "basic"
DIGEST = "digest"
NTLM = "NTLM"
GSSAPI = "gssapi"
OAUTH2 = "OAuth 2.0"
AUTH_TYPES = (NOAUTH, BASIC, DIGEST, NTLM, GSSAPI, OAUTH2)
"""What `auth_type` may be."""


@dataclass(frozen=True)
class Configuration:
    """The settings of a connection.

    credentials: who connects; None for GSSAPI with the user's ticket, and for servers that ask nobody.
    server: host name, when the endpoint is at its usual place, https://SERVER/EWS/Exchange.asmx.
    service_endpoint: the endpoint's whole URL, instead of `server`. https, or http on this machine itself.
    auth_type: one of AUTH_TYPES; asked of the server when None.
    version: the server's version; found out by the first request when None.
    retry_policy: what happens when the server is busy or away; that of the credentials when None.
    timeout: seconds that may pass without a byte from the server. connect_timeout: seconds for making a connection.
    pool_timeout: seconds to wait for a connection when all are in use.
    max_connections: connections at a time, 1 to 10 (servers allow 27 a user, 10 on Exchange 2010).

    Raises ValueError for a contradiction, InsecureEndpoint for http to another machine.
    """

    credentials: Credentials | None = None
    server: str | None = None
    service_endpoint: str | None = None
    auth_type: str | None = None
    version: Version | None = None
    retry_policy: RetryPolicy | None = None
    timeout: float = 120
    connect_timeout: float = 10
    pool_timeout: float = 120
    max_connections: int = 4

    def __post_init__(self) -> None:
        if self.server and self.service_endpoint:
            raise ValueError("either server or service_endpoint, not both")
        if self.server and ("/" in self.server or "@" in self.server):
            raise ValueError(f"'server' is the name of a host, not {self.server!r}: give a URL as 'service_endpoint'")
        if self.auth_type is not None and self.auth_type not in AUTH_TYPES:
            raise ValueError(f"auth_type is one of {', '.join(AUTH_TYPES)}, not {self.auth_type!r}")
        if self.credentials is None and self.auth_type in (BASIC, DIGEST, NTLM, OAUTH2):
            raise ValueError(f"{self.auth_type} needs credentials")
        if min(self.timeout, self.connect_timeout, self.pool_timeout) <= 0:
            raise ValueError("timeouts are above 0: nothing may wait for ever")
        if not 1 <= self.max_connections <= 10:
            raise ValueError("max_connections is from 1 to 10")
        if self.endpoint is not None:
            check_endpoint(self.endpoint)

    @property
    def endpoint(self) -> str | None:
        """The URL that requests go to, None when autodiscover is to find it."""
        if self.server:
            return f"https://{self.server}/EWS/Exchange.asmx"
        return self.service_endpoint

    @property
    def policy(self) -> RetryPolicy:
        """The retry policy that counts."""
        if self.retry_policy is not None:
            return self.retry_policy
        return FailFast() if self.credentials is None else self.credentials.retry_policy


def check_endpoint(url: str) -> None:
    """Raises ValueError for what is no http URL, InsecureEndpoint for plain http to another machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"an endpoint is a URL like https://mail.example.com/EWS/Exchange.asmx, not {url!r}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an endpoint has no user name in it: pass credentials")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InsecureEndpoint(f"credentials don't go over plain http to {parts.hostname}: use https")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: localhost, 127.0.0.0/8 or ::1, by name or address, without asking DNS."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
