"""The search for a mailbox's server: candidates in order, redirects, authentication, the cache.

Threading: `discover` may be called from any thread; it starts none.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from ewsfs.ews import auth, errors, transport
from ewsfs.ews.autodiscover import hosts, pox
from ewsfs.ews.autodiscover.cache import DiscoveryCache
from ewsfs.ews.configuration import Configuration, check_endpoint
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.errors import AutoDiscoverFailed, EWSError, TransportError, Unauthorized
from ewsfs.ews.protocol import BaseProtocol, Protocol
from ewsfs.ews.transport import NoVerifyHTTPAdapter

log = logging.getLogger(__name__)

_MOST_REDIRECTS: Final = 10
_TIMEOUT: Final = 30.0  # seconds; a web server that hangs must not hold up the next candidate for long
_CONNECT_TIMEOUT: Final = 5.0
_HEADERS: Final = {
    "User-Agent": BaseProtocol.USER_AGENT,
    "Content-Type": "text/xml; charset=utf-8",
    "Accept": "text/xml",
}


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found. primary_smtp_address: of the mailbox, where the address asked about may be an alias."""

    primary_smtp_address: str
    protocol: Protocol


def discover(
    address: str,
    credentials: Credentials | None = None,
    config: Configuration | None = None,
    *,
    cache: DiscoveryCache | None = None,
    refresh: bool = False,
) -> Discovery:
    """Finds the server that has the mailbox of an address.

    Parameters: `address`, an alias will do; `credentials`, or `config`, which has them and everything else that the
    protocol is to be made with; `cache`, by default the user's; `refresh`, ask even when the cache knows.
    Returns the protocol, unused, and the primary address.
    Raises: ValueError for what is no address; Unauthorized when a server refused the credentials and none took them;
    AutoDiscoverFailed, with all attempts, when nobody knows.
    """
    config = config or Configuration()
    if credentials is not None:
        config = dataclasses.replace(config, credentials=credentials)
    hosts.domain_of(address)
    cache = cache or DiscoveryCache()
    known = None if refresh else cache.get(address)
    if known is not None:
        try:
            return _found(config, known.endpoint, known.primary_smtp_address)
        except (ValueError, EWSError):
            cache.forget(address)
    settings, primary = _search(address, config)
    found = _found(config, settings.endpoint, primary)
    cache.put(address, settings.endpoint, primary)
    return found


def _search(address: str, config: Configuration) -> tuple[pox.Settings, str]:
    retry = config.policy.start("Autodiscover")
    while True:
        try:
            return _Search(address, config).run()
        except AutoDiscoverFailed as error:
            if not retry.pause(error):
                raise


def _found(config: Configuration, endpoint: str, primary: str) -> Discovery:
    _check(endpoint)
    return Discovery(primary, Protocol.shared(dataclasses.replace(config, server=None, service_endpoint=endpoint)))


def _check(endpoint: str) -> None:
    """Raises ValueError for an endpoint that isn't https: what a server tells is held to more than a user's word."""
    check_endpoint(endpoint)
    if not endpoint.lower().startswith("https:"):
        raise ValueError(f"the endpoint {endpoint} is not https")


class _Search:
    """One search: the address that is asked about, which redirects may change, and what was tried."""

    def __init__(self, address: str, config: Configuration) -> None:
        self._address = address
        self._credentials = config.credentials
        self._config = config
        self._attempts: list[str] = []
        self._asked: set[tuple[str, str]] = set()
        self._redirects = 0
        self._refused: Unauthorized | None = None
        self._temporary = False  # a host that isn't there doesn't count: not every domain has all of them

    def run(self) -> tuple[pox.Settings, str]:
        """The settings and the primary address."""
        addresses = {self._address.lower()}
        while True:
            answer = self._ask_domain()
            if isinstance(answer, pox.Settings):
                return answer, answer.address or self._address
            if answer is None or answer.address.lower() in addresses:
                break
            addresses.add(answer.address.lower())
            self._address = answer.address
        if self._refused is not None:
            raise self._refused
        failure = AutoDiscoverFailed(
            f"no server tells where the mailbox of {self._address} is: {'; '.join(self._attempts)}",
            attempts=tuple(self._attempts),
        )
        failure.temporary = self._temporary
        raise failure

    def _ask_domain(self) -> pox.Settings | pox.RedirectToAddress | None:
        try:
            domain = hosts.domain_of(self._address)
        except ValueError as error:
            self._note(f"redirected to an address: {error}")
            return None
        for url in self._candidates(domain):
            answer = self._ask(url, domain)
            if answer is not None:
                return answer
        return None

    def _candidates(self, domain: str) -> Iterator[str]:
        yield from hosts.first_urls(domain)
        urls, foreign = hosts.srv_urls(domain)
        for host in foreign:
            self._note(f"DNS names {host}, which is not a host of {domain}: name the server yourself if you trust it")
        yield from urls

    def _ask(self, url: str, domain: str) -> pox.Settings | pox.RedirectToAddress | None:
        """What one endpoint, and those that it redirects to, say in the end; None when that leads nowhere."""
        while True:
            if (url, self._address) in self._asked or self._redirects > _MOST_REDIRECTS:
                self._note(f"{url}: redirected in a circle")
                return None
            self._asked.add((url, self._address))
            try:
                answer = self._exchange(url)
                if isinstance(answer, pox.Settings):
                    _check(answer.endpoint)
                    return answer
                if isinstance(answer, pox.RedirectToUrl):
                    self._redirects += 1
                    url = hosts.redirect_target(url, answer.url, domain)
                    continue
                if isinstance(answer, pox.RedirectToAddress):
                    self._redirects += 1
                    self._note(f"{url}: redirected to {answer.address}")
                    return answer
                self._note(f"{url}: {answer.code} {answer.message}".rstrip())
            except Unauthorized as error:
                self._refused = error
                self._note(f"{url}: {error}")
            except (ValueError, TransportError) as error:
                self._temporary |= isinstance(error, TransportError) and error.temporary and not error.hopeless
                self._note(f"{url}: {str(error).removeprefix(f'{urlsplit(url).netloc}: ')}")
            return None

    def _exchange(self, url: str) -> pox.Answer:
        """Asks one endpoint: first without credentials, then with them when it wants them."""
        http = auth.new_session(_verifying_adapter(), local=False)
        try:
            reply = self._post(http, url)
            if reply.status == 401:
                challenge = reply.headers.get("WWW-Authenticate", "")
                reply.close()
                auth_type = self._config.auth_type or auth.choose(challenge, self._credentials)
                http.auth = auth.make_auth(auth_type, self._credentials)
                reply = self._post(http, url)
            try:
                return self._read(reply)
            finally:
                reply.close()
        finally:
            http.close()

    def _post(self, http: requests.Session, url: str) -> transport.Reply:
        log.debug("asking %s about a mailbox", url)
        return transport.send(
            http, "POST", url, pox.request(self._address), _HEADERS, timeout=_TIMEOUT, connect_timeout=_CONNECT_TIMEOUT
        )

    def _read(self, reply: transport.Reply) -> pox.Answer:
        error = transport.status_error(reply.status, reply.headers, "")
        if isinstance(error, errors.Redirected):
            return pox.RedirectToUrl(error.location)
        if error is not None:
            raise error
        return pox.read(reply.chunks())

    def _note(self, text: str) -> None:
        log.debug("autodiscover: %s", text)
        self._attempts.append(text)


def _verifying_adapter() -> type[BaseAdapter]:
    """The adapter class of the program, unless it doesn't verify certificates: passwords go to verified hosts here."""
    adapter = BaseProtocol.HTTP_ADAPTER_CLS
    if isinstance(adapter, type) and issubclass(adapter, NoVerifyHTTPAdapter):
        return HTTPAdapter
    return adapter  # type: ignore[return-value]  # whatever makes an adapter
