"""The connection to one server: sends requests, finds out authentication and version, repeats what may be repeated.

    protocol = Protocol(Configuration(server="mail.example.com", credentials=Credentials("ada", "secret")))
    for folder in GetFolder(protocol).call(ids, shape=shape): ...

What may be repeated: anything that surely wasn't executed (no connection, HTTP 503, ErrorServerBusy); else only an
operation that does no harm when done twice. A request that changes something and whose reply was lost ends in
`OutcomeUnknown`. How often and after which waits is the retry policy's decision.

Threading: one `Protocol` may be used by any number of threads. Nothing is started and no connection is made before
the first use, so a program may fork after it made its accounts; after a fork each process has its own connections.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import ClassVar, TypeVar

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

import ewsfs
from ewsfs.ews import auth, errors, transport, xmllog
from ewsfs.ews.body import Body
from ewsfs.ews.challenge import Challenge
from ewsfs.ews.configuration import NTLM, OAUTH2, Configuration, check_endpoint, is_loopback
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.errors import EWSError, MalformedResponse, ResponseError
from ewsfs.ews.failures import Stale, may_have_been_executed, status_error, unknown
from ewsfs.ews.negotiation import Negotiation
from ewsfs.ews.pool import Session, SessionPool
from ewsfs.ews.retry import RetryPolicy
from ewsfs.ews.soap import ReplyReader, Request, envelope
from ewsfs.ews.stats import Stats
from ewsfs.ews.transport import NoVerifyHTTPAdapter as NoVerifyHTTPAdapter  # part of this module's interface
from ewsfs.ews.version import Version
from ewsfs.ews.workers import Workers
from ewsfs.ews.xmlnames import Element, m, make
from ewsfs.ews.xmlstream import decode, prolog, sanitize, split

T = TypeVar("T")

# A subscription lives on one server; the cookie that leads there is given to who asks for it. EWS reference: "Maintain
# affinity between a group of subscriptions and the Mailbox server".
_AFFINE = frozenset({"Subscribe", "Unsubscribe", "GetEvents", "GetStreamingEvents"})
_IDLE_FOR_CHANGES = 45.0  # seconds; servers close idle connections after one or two minutes
_AUTHENTICATE_FIRST = 64 * 1024  # bytes of body above which an NTLM handshake is made before, with nothing


class BaseProtocol:
    """What every connection has. Set HTTP_ADAPTER_CLS to go through a proxy or to verify TLS differently."""

    HTTP_ADAPTER_CLS: ClassVar[Callable[[], BaseAdapter]] = HTTPAdapter
    """Makes the transport adapter of each connection (see the manual of requests, "Transport Adapters")."""

    USER_AGENT: ClassVar[str] = f"ewsfs/{ewsfs.__version__}"

    def __init__(self, config: Configuration) -> None:
        endpoint = config.endpoint
        if endpoint is None:
            raise ValueError("a protocol needs to know the server: server or service_endpoint")
        check_endpoint(endpoint)
        self.config = config
        self.service_endpoint: str = endpoint
        self.stats = Stats()
        self._host = requests.compat.urlsplit(endpoint).hostname or ""
        itself = weakref.ref(self)  # so that the pool doesn't keep us alive: it's closed when nobody has us any more

        def new_session() -> Session:
            protocol = itself()
            if protocol is None:
                raise errors.Closed("the protocol is gone")
            return protocol._new_session()

        self._pool = SessionPool(new_session, config.max_connections, config.pool_timeout)
        weakref.finalize(self, self._pool.close)
        self._new_http = partial(_new_http, type(self), local=is_loopback(self._host))
        self._challenge = Challenge(config, endpoint, self.USER_AGENT, self._new_http)
        self._negotiation = Negotiation(config.version)
        self._cookie_lock = threading.Lock()
        self._cookies = requests.cookies.RequestsCookieJar()
        self._workers = Workers(config.max_connections)
        self._users: weakref.WeakSet[object] = weakref.WeakSet()

    @property
    def credentials(self) -> Credentials | None:
        """Who connects."""
        return self.config.credentials

    @property
    def server(self) -> str:
        """The host name of the endpoint."""
        return self._host

    @property
    def retry_policy(self) -> RetryPolicy:
        """What happens when the server is busy or away."""
        return self.config.policy

    @property
    def auth_type(self) -> str:
        """How the server wants us to authenticate; asked of it once, when the configuration doesn't say."""
        return self._challenge.auth_type

    @property
    def known_version(self) -> Version | None:
        """The server's version as far as it's known without a request."""
        return self._negotiation.known

    @property
    def version(self) -> Version:
        """The server's version; costs one small request when none was made before."""
        known = self.known_version
        if known is not None:
            return known
        # Any operation would do; every server has this one, and it needs nothing of the mailbox.
        body = make(m("ResolveNames"), make(m("UnresolvedEntry"), text="ewsfs"), ReturnFullContactData=False)
        with suppress(ResponseError):
            self.send(Request("ResolveNames", body, repeatable=True))
        return self._negotiation.assumed

    def send(self, request: Request) -> list[Element]:
        """The response messages of a request, in order, their errors in place.

        Raises a `TransportError` when there is no usable answer, a `ResponseError` for a SOAP fault.
        """
        retry = self.retry_policy.start(request.operation)
        fresh = False
        while True:
            api_version = self._negotiation.api_version
            try:
                messages = self._exchange(request, api_version, fresh=fresh)
                if not self._negotiation.refused(api_version, messages):
                    return messages
            except ResponseError as error:
                if not self._negotiation.step_down(api_version, error):
                    if not (error.not_executed or request.repeatable) or not retry.pause(error):
                        raise
                    self.stats.count_retry(request.operation)
            except Stale as stale:
                if fresh or not request.repeatable:
                    if request.repeatable:
                        raise stale.error from stale.error.__cause__
                    raise unknown(request, stale.error) from stale.error
                fresh = True  # once, whatever the policy says: the connection had stood idle too long
                self.stats.count_retry(request.operation)
            except EWSError as error:
                if not (error.not_executed or request.repeatable) or not retry.pause(error):
                    if may_have_been_executed(request, error):
                        raise unknown(request, error) from error
                    raise
                self.stats.count_retry(request.operation)

    def stream(self, request: Request) -> Iterator[Element]:
        """The response messages of a reply that goes on: many envelopes in one body, each handed on as it comes.

        Its connection is its own, beside those of the pool, and is closed when the iterator is; a reader that is done
        closes it. `request.timeout` is how long the server may be silent. Nothing is repeated. Raises as `send`.
        EWS reference: GetStreamingEvents operation.
        """
        renewed = False
        while True:
            api_version = self._negotiation.api_version
            session = self._new_session()
            given = False
            try:
                reply = self._post(request, session, envelope(request, api_version), steady=False)
                try:
                    for message in self._stream_messages(request, reply):
                        given = True
                        yield message
                finally:
                    reply.close()
                return
            except ResponseError as error:
                if given or not self._negotiation.step_down(api_version, error):
                    raise
            except errors.Unauthorized:
                if given or renewed or self.auth_type != OAUTH2:
                    raise
                renewed = True  # the token had ended: with a new one
            finally:
                session.close()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Runs work in a thread of the protocol; it mustn't wait for other work that was submitted (`in_worker`)."""
        return self._workers.submit(work)

    @property
    def in_worker(self) -> bool:
        """Whether the calling thread is one of the protocol's own, which has to do things one after the other."""
        return self._workers.inside

    def close(self) -> None:
        """Closes the connections. Calls that are under way end on their own; later ones raise `Closed`."""
        self._pool.close()
        self._workers.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.service_endpoint!r}, {self.credentials!r})"

    # --- one exchange ---

    def _exchange(self, request: Request, api_version: str, *, fresh: bool) -> list[Element]:
        try:
            return self._exchange_once(request, api_version, fresh=fresh)
        except errors.Unauthorized:
            if self.auth_type != OAUTH2:
                raise
        return self._exchange_once(request, api_version, fresh=fresh)  # the token had ended: with a new one

    def _exchange_once(self, request: Request, api_version: str, *, fresh: bool) -> list[Element]:
        body = envelope(request, api_version)
        max_idle = 0.0 if fresh else None if request.repeatable else _IDLE_FOR_CHANGES
        auth_type = self.auth_type
        with self._pool.session(max_idle=max_idle) as session:
            is_long = len(body) > _AUTHENTICATE_FIRST or not isinstance(body, bytes)  # what isn't sent twice
            if auth_type == NTLM and session.used == 0 and is_long:
                self._challenge.authenticate(session.http)
            reused = session.used > 0
            try:
                return self._read(request, session, self._post(request, session, body))
            except errors.Interrupted as error:
                if reused:
                    raise Stale(error) from error
                raise

    def _stream_messages(self, request: Request, reply: transport.Reply) -> Iterator[Element]:
        chunks = xmllog.reply(request.operation, reply.chunks())
        if reply.status not in (200, 500):
            raise status_error(reply, chunks)
        for document in split(sanitize(decode(chunks))):
            yield from ReplyReader().messages_of(prolog([document]))

    def _post(self, request: Request, session: Session, body: bytes | Body, *, steady: bool = True) -> transport.Reply:
        self.stats.count_request(request.operation, len(body))
        xmllog.request(request.operation, self.service_endpoint, body)
        with self._cookie_lock:
            session.http.cookies.update(self._cookies)
        reply = transport.send(
            session.http,
            "POST",
            self.service_endpoint,
            body,
            self._headers(request, compressed=steady),
            timeout=request.timeout or self.config.timeout,
            connect_timeout=self.config.connect_timeout,
            count=self.stats.count_reply,
            steady=steady,
        )
        if "Set-Cookie" in reply.headers:
            with self._cookie_lock:
                self._cookies.update(session.http.cookies)
        return reply

    def _headers(self, request: Request, *, compressed: bool) -> dict[str, str]:
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "Accept": "text/xml",
            "Accept-Encoding": "gzip, deflate" if compressed else "identity",
            "User-Agent": self.USER_AGENT,
        }
        anchor = request.header.anchor or request.header.impersonate
        if anchor and anchor.isascii() and anchor.isprintable():
            headers["X-AnchorMailbox"] = anchor
            if request.operation in _AFFINE:
                headers["X-PreferServerAffinity"] = "true"
        return headers

    def _read(self, request: Request, session: Session, reply: transport.Reply) -> list[Element]:
        """The response messages; the connection is kept only when the reply was read whole and was no fault."""
        session.reusable = False
        reader = ReplyReader()
        messages: list[Element] = []
        chunks = xmllog.reply(request.operation, reply.chunks())
        try:
            if reply.status not in (200, 500):
                raise status_error(reply, chunks)
            messages.extend(reader.messages(chunks, request.spools))
        except MalformedResponse as error:
            reply.close()
            if reply.status == 500:
                raise errors.HTTPError(f"HTTP 500 without a SOAP fault ({error})", status=500) from error
            kind = f" (Content-Type {reply.content_type})" if "xml" not in reply.content_type else ""
            malformed = MalformedResponse(f"{request.operation}: {error}{kind}")
            malformed.complete = len(messages)
            raise malformed from error
        except BaseException:
            reply.close()
            raise
        finally:
            self._negotiation.saw(reader.version)
        session.done()
        session.reusable = reply.headers.get("Connection", "").lower() != "close"
        return messages

    # --- authentication ---

    def _new_session(self) -> Session:
        http = self._new_http()
        http.auth = auth.make_auth(self.auth_type, self.credentials)
        return Session(http)


def _new_http(kind: type[BaseProtocol], *, local: bool) -> requests.Session:
    """A session without credentials, with the adapter that is set now."""
    return auth.new_session(kind.HTTP_ADAPTER_CLS, local=local)


class Protocol(BaseProtocol):
    """The connection to an EWS endpoint (see the module)."""

    _shared: ClassVar[weakref.WeakValueDictionary[tuple[object, ...], Protocol]] = weakref.WeakValueDictionary()
    _shared_lock: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def shared(cls, config: Configuration) -> Protocol:
        """The protocol of that configuration: the same one for accounts that connect alike, while one of them lives."""
        key = (
            config.endpoint, config.credentials, config.auth_type, config.version, config.timeout,
            config.connect_timeout, config.pool_timeout, config.max_connections, id(config.retry_policy),
            cls.HTTP_ADAPTER_CLS,
        )  # fmt: skip
        with cls._shared_lock:
            found = cls._shared.get(key)
            if found is None or found.closed:
                found = cls._shared[key] = cls(config)
            return found

    def __reduce__(self) -> tuple[Callable[[Configuration], Protocol], tuple[Configuration]]:
        return type(self).shared, (self.config,)

    def join(self, user: object) -> None:
        """Notes who uses the connections; forgotten with `leave`, or when it's gone."""
        with self._shared_lock:
            self._users.add(user)

    def leave(self, user: object) -> None:
        """Closes the connections when nobody is left who joined."""
        with self._shared_lock:
            self._users.discard(user)
            if not self._users:
                self.close()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._pool.closed
