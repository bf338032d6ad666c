"""One HTTP exchange: a request out, the reply in while it arrives, every way it can fail as a typed error.

This is the only module that knows what `requests` and `urllib3` raise. It decides nothing about repeating.

Threading: a `Reply` belongs to the thread that has the session.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import sys
import time
import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from ewsfs.ews import errors
from ewsfs.ews.body import Body
from ewsfs.ews.errors import EWSError, MalformedResponse, TransportError

_CHUNK = 64 * 1024
_LARGEST_PIECE = 1024 * 1024  # of what one compressed chunk may become at a time
_SLOWEST = 1024  # bytes that a reply must bring in each `timeout`, so that dripping doesn't hold us for ever


class NoVerifyHTTPAdapter(HTTPAdapter):
    """An adapter that accepts every certificate. For tests, and at the user's own risk.

    Usage: BaseProtocol.HTTP_ADAPTER_CLS = NoVerifyHTTPAdapter
    """

    def __init__(self) -> None:
        super().__init__()
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """As HTTPAdapter, without verification."""
        return super().send(request, stream=stream, timeout=timeout, verify=False, cert=cert, proxies=proxies)


class Reply:
    """A reply whose body is still to be read.

    Attributes: `status`; `headers`. Read `chunks` to the end, or `close`; the connection can be used again only after
    the former.
    """

    def __init__(
        self, response: requests.Response, timeout: float, count: Callable[[int], object], *, steady: bool = True
    ) -> None:
        self._response = response
        self._slowest = _SLOWEST if steady else 0
        self._timeout = timeout
        self._count = count
        self.status = response.status_code
        self.headers = response.headers

    @property
    def content_type(self) -> str:
        """The media type in lower case without parameters, "" when the server doesn't say."""
        return (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()

    def chunks(self) -> Iterator[bytes]:
        """The body, decompressed, as it arrives.

        Raises Interrupted when it is cut, Timeout when it stops or drips, MalformedResponse for broken compression.
        """
        encoding = (self.headers.get("Content-Encoding") or "").strip().lower()
        if encoding in ("", "identity"):
            yield from self._raw_chunks()
            return
        if encoding not in ("gzip", "x-gzip", "deflate"):
            raise MalformedResponse(f"the reply is encoded as {encoding!r}, which we didn't ask for")
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)
        try:
            for raw in self._raw_chunks():
                data = raw
                while data and not decoder.eof:
                    piece = decoder.decompress(data, _LARGEST_PIECE)
                    data = decoder.unconsumed_tail
                    if piece:
                        yield piece
        except zlib.error as error:
            raise MalformedResponse(f"the reply's compression is broken: {error}") from error
        if not decoder.eof:
            raise errors.Interrupted("the compressed reply is cut")

    def _raw_chunks(self) -> Iterator[bytes]:
        raw = self._response.raw
        since, received = time.monotonic(), 0
        while True:
            with translated(f"no more of the reply in {self._timeout:g} seconds"):
                chunk: bytes = raw.read1(_CHUNK, decode_content=False)
            if not chunk:
                break
            self._count(len(chunk))
            received += len(chunk)
            if received >= self._slowest:
                since, received = time.monotonic(), 0
            elif time.monotonic() - since > self._timeout:
                raise errors.Timeout(f"less than {_SLOWEST} bytes of the reply in {self._timeout:g} seconds")
            yield chunk
        raw.release_conn()

    def close(self) -> None:
        """Gives up the connection, whatever is still to come on it."""
        with suppress(Exception):  # nothing that goes wrong here matters to anybody
            self._response.raw.close()


def send(
    session: requests.Session,
    method: str,
    url: str,
    body: bytes | Body,
    headers: Mapping[str, str],
    *,
    timeout: float,
    connect_timeout: float,
    count: Callable[[int], object] = lambda size: None,
    steady: bool = True,
) -> Reply:
    """Sends a request and returns when the head of the reply is there.

    Parameters: `timeout` and `connect_timeout` in seconds; `count`, told the bytes of each piece of the reply;
    `steady`, whether the reply must keep coming (a stream of notifications may be silent for long). No redirect is
    followed. Raises Unreachable, TLSError, Timeout, Interrupted, Unauthorized.
    """
    where = urlsplit(url).netloc
    with translated(f"{where}: no answer in {timeout:g} seconds", where):
        response = session.request(
            method,
            url,
            data=body,
            headers=dict(headers),
            stream=True,
            allow_redirects=False,
            timeout=(connect_timeout, timeout),
        )
    return Reply(response, timeout, count, steady=steady)


class translated:  # noqa: N801 - reads as a verb, like contextlib's
    """A boundary: what requests, urllib3 and the authentication raise inside leaves it as a `TransportError`.

    Parameters: `silence`, the message for a server that says nothing; `where`, the host that is spoken to.
    """

    def __init__(self, silence: str, where: str = "") -> None:
        self._silence = silence
        self._where = f"{where}: " if where else ""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, EWSError):
            raise _translate(error, self._silence, self._where) from error


def _translate(error: Exception, silence: str, where: str) -> TransportError:
    inner = list(_chain(error))
    reason = where + _reason(error)
    handshake = any(_in_handshake(cause) for cause in inner)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in inner):
        return errors.TLSError(reason)
    if handshake:
        return (errors.TLSError if any(isinstance(cause, ssl.SSLError) for cause in inner) else errors.Unreachable)(
            reason
        )
    for cause in inner:
        if isinstance(cause, _NOT_CONNECTED):
            return errors.Unreachable(reason)
        if isinstance(cause, (urllib3.exceptions.ReadTimeoutError, requests.exceptions.ReadTimeout, TimeoutError)):
            return errors.Timeout(silence)
        if isinstance(cause, http.client.HTTPException) and not isinstance(cause, _CUT):
            return errors.MalformedResponse(f"not HTTP: {reason}")
    if isinstance(error, PermissionError):  # requests-ntlm's word for a server without a challenge
        return errors.Unauthorized(str(error))
    if isinstance(error, requests.exceptions.RequestException) and isinstance(error, ValueError):
        return TransportError(reason)  # a URL or header that can't be sent
    if _is_of_spnego(error) or isinstance(error, (ValueError, LookupError, AttributeError)):
        return errors.Unauthorized(f"the authentication failed: {reason}")
    return errors.Interrupted(reason)


def _is_of_spnego(error: BaseException) -> bool:
    """Asked without loading the library, which only NTLM and Kerberos need (see `auth`)."""
    exceptions = sys.modules.get("spnego.exceptions")
    return exceptions is not None and isinstance(error, exceptions.SpnegoError)


_NOT_CONNECTED = (
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ProxyError,
    requests.exceptions.ProxyError,
)
_CUT = (http.client.RemoteDisconnected, http.client.IncompleteRead, urllib3.exceptions.IncompleteRead)


def _in_handshake(error: BaseException) -> bool:
    """Whether it came out of the TLS handshake; the types alone don't tell that from a later failure."""
    return any(frame.f_code.co_name == "do_handshake" for frame, _ in traceback.walk_tb(error.__traceback__))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what is inside of it: requests and urllib3 wrap by argument as well as by cause."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, BaseException) and id(found) not in seen:
            seen.add(id(found))
            yield found
            waiting.extend((*found.args, getattr(found, "reason", None), found.__cause__, found.__context__))


def _reason(error: BaseException) -> str:
    """What TLS or the system said at the bottom of it, for people to read; all of it where neither said anything."""
    for cause in reversed(list(_chain(error))):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the server's certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER":
            return "the server speaks no TLS at this port"
        if isinstance(cause, socket.gaierror):
            return f"the server's name is not known: {cause.strerror}"
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return cause.strerror
    return f"{type(error).__name__}: {error}"[:500]


def status_error(status: int, headers: Mapping[str, str], text: str) -> TransportError | None:
    """The error that an HTTP status means by itself, None for 200 and for statuses whose body says more (500).

    Parameters: `text`, the start of the body as far as it isn't XML, for the message.
    """
    if status in (200, 500):
        return None
    reason = " ".join(text.split())[:200]
    if status == 401:
        return errors.Unauthorized("the server refuses the credentials (HTTP 401)")
    if status == 403:
        return errors.Forbidden(f"HTTP 403 {reason}")
    if status in (301, 302, 303, 307, 308):
        location = headers.get("Location", "")
        return errors.Redirected(f"the endpoint redirects to {location}", location=location)
    if status in (503, 429, 502, 504):
        error = errors.ServerUnavailable(f"HTTP {status} {reason}", back_off=retry_after(headers))
        error.not_executed = status in (503, 429)
        return error
    if status == 413 or (status == 404 and "404.13" in text):
        said = f"HTTP {status} {reason}".strip()
        return errors.RequestTooLarge(f"the server's limit for one request is smaller than this one ({said})")
    if status in (456, 457):
        return errors.Unauthorized(f"the account is locked or its password has expired (HTTP {status})")
    return errors.HTTPError(f"HTTP {status} {reason}", status=status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date (RFC 9110, 10.2.3); None without one.

    A date counts from the server's own (Date), since our clock may be wrong.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = parsedate_to_datetime(value).timestamp()
        except (ValueError, OverflowError):
            return None
        try:
            seconds = until - parsedate_to_datetime(headers.get("Date", "")).timestamp()
        except (ValueError, OverflowError):
            seconds = until - time.time()
    return seconds if 0 <= seconds < 86_400 else None
