"""HTTP/1.1 for the sandbox: connections, logon, bodies in and out, and the faults that break them.

`server.Sandbox` owns an HttpServer, which gives each connection a thread and a Handler. Threading: a Handler
belongs to the thread of its connection; the set of open connections is guarded by a lock.
"""

from __future__ import annotations

import gzip
import json
import secrets
import select
import socket
import socketserver
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import etree

from ewsfs.sandbox import autodiscover, soap
from ewsfs.sandbox.auth import Logon
from ewsfs.sandbox.faults import Rule, operation_in, refusal, with_forbidden_characters
from ewsfs.sandbox.soap import SoapFault
from ewsfs.sandbox.users import User

if TYPE_CHECKING:
    from ewsfs.sandbox.server import Sandbox

MAXIMUM_BODY = 256 * 1024 * 1024  # bytes of a request, also after decompression
_WORTH_COMPRESSING = 512
_STEP = 256  # bytes that are read at a time of a request that may not be read to its end
_XML = "text/xml; charset=utf-8"


class _Dropped(Exception):
    """The connection is to be closed at once."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 600  # seconds without a request until a connection is closed
    server: HttpServer

    def setup(self) -> None:
        super().setup()
        self.logon = Logon(self.server.sandbox.authenticator)

    def version_string(self) -> str:
        return "Microsoft-IIS/10.0"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: the sandbox prints no access log."""

    # Methods

    def do_POST(self) -> None:
        self._guarded(self._post)

    def do_GET(self) -> None:
        self._guarded(self._get)

    def do_HEAD(self) -> None:
        self._guarded(self._get)

    def do_DELETE(self) -> None:
        self._guarded(self._delete)

    def do_OPTIONS(self) -> None:
        self._guarded(lambda: self._send(200, b"", headers=[("Allow", "OPTIONS, GET, HEAD, POST")]))

    def do_PUT(self) -> None:
        self._guarded(self._delete)

    def _guarded(self, method: Callable[[], object]) -> None:
        try:
            method()
        except _Answered:
            return
        except (_Dropped, ConnectionError, TimeoutError, ssl.SSLError):
            self.close_connection = True

    def _get(self) -> None:
        path = urlsplit(self.path).path.lower()
        if path == "/sandbox/calls":
            self._send(200, json.dumps(self.server.sandbox.calls.as_dict()).encode(), "application/json")
        elif path == "/ews/exchange.asmx":
            if self._user() is not None:
                self._send(302, b"", headers=[("Location", f"{self.server.sandbox.url}/EWS/Services.wsdl")])
        elif path.startswith("/autodiscover/"):
            if self._user() is not None:
                self._send(200, autodiscover.invalid_request(), _XML)
        else:
            self._send(404, b"")

    def _delete(self) -> None:
        self._body()
        if urlsplit(self.path).path.lower() == "/sandbox/calls":
            self.server.sandbox.calls.reset()
            self._send(204, b"")
        else:
            self._send(405, b"")

    def _post(self) -> None:
        path = urlsplit(self.path).path.lower()
        body = self._body()
        if path == "/sandbox/calls/reset":
            self.server.sandbox.calls.reset()
            self._send(204, b"")
            return
        if path not in ("/ews/exchange.asmx", "/autodiscover/autodiscover.xml"):
            self._send(404, b"")
            return
        user = self._user()
        if user is None:
            return
        if path == "/autodiscover/autodiscover.xml":
            sandbox = self.server.sandbox
            self._send(200, autodiscover.answer(body, sandbox.users, sandbox.endpoint), _XML)
        else:
            self._soap(user, body)

    # Requests

    def _user(self) -> User | None:
        """Who asks; None when a 401 was sent."""
        user, challenges = self.logon.check(self.headers.get("Authorization"), self.command, self.path)
        if user is None:
            self._send(401, b"", headers=[("WWW-Authenticate", value) for value in challenges])
        return user

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            data = self._chunks()
        else:
            length = self.headers.get("Content-Length") or "0"
            if not length.isdecimal():
                self._refuse(400)
            if int(length) > MAXIMUM_BODY:
                self._refuse(413)
            begun = self._begun(int(length)) if self.server.sandbox.faults.has_early else b""
            data = begun + self.rfile.read(int(length) - len(begun))
            if len(data) < int(length):
                raise _Dropped
        encoding = self.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding in ("gzip", "x-gzip"):
            return self._unzipped(data)
        if encoding not in ("", "identity"):
            self._refuse(415)
        return data

    def _begun(self, length: int) -> bytes:
        """As much of a body as it takes to see whether its request gets a fault before it is there."""
        begun = b""
        while (operation := operation_in(begun)) is None and len(begun) < length:
            part = self.rfile.read(min(_STEP, length - len(begun)))
            if not part:
                raise _Dropped
            begun += part
        rule = self.server.sandbox.faults.early_hit(operation) if operation else None
        if rule is None:
            return begun
        self.server.sandbox.calls.add(operation or "")
        self.rfile.read(min(rule.at, length) - len(begun) if rule.at > len(begun) else 0)
        self.close_connection = True
        if rule.kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _Dropped
        if rule.kind == "early-503":
            after = [("Retry-After", str(-(-rule.ms // 1000))), ("Connection", "close")]
            self._send(503, b"", headers=after)
        else:
            _, challenges = self.logon.check(None, self.command, self.path)
            fields = [("WWW-Authenticate", value) for value in challenges]
            self._send(401, b"", headers=[*fields, ("Connection", "close")])
        raise _Dropped

    def _unzipped(self, data: bytes) -> bytes:
        unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            plain = unzip.decompress(data, MAXIMUM_BODY)
        except zlib.error:
            self._refuse(400)
        if unzip.unconsumed_tail:
            self._refuse(413)
        return plain

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while True:
            size_line = self.rfile.readline(64)
            try:
                size = int(size_line.split(b";")[0], 16)
            except ValueError:
                self._refuse(400)
            total += size
            if total > MAXIMUM_BODY:
                self._refuse(413)
            if not size:
                while self.rfile.readline(8192) not in (b"\r\n", b"\n", b""):
                    pass
                return b"".join(parts)
            part = self.rfile.read(size)
            if len(part) < size:
                raise _Dropped
            parts.append(part)
            self.rfile.readline(8)

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self._send(status, b"", headers=[("Connection", "close")])
        raise _Dropped

    # Replies

    def _soap(self, user: User, body: bytes) -> None:
        sandbox = self.server.sandbox
        try:
            request, faults = sandbox.read(body)
        except SoapFault as error:
            self._send_fault("Unreadable", body, error)
            return
        self._before(faults)
        try:
            if "busy-fault" in faults:
                raise _busy_fault(faults["busy-fault"])
            reply = sandbox.carry_out(user, request, refusal(faults))
        except SoapFault as error:
            self._send_fault(request.name, body, error)
            return
        if not isinstance(reply, etree._Element):
            self._stream(request.name, body, reply)
            return
        response = soap.envelope(reply, sandbox.version_info)
        sandbox.observe(request.name, body, response)
        self._after(faults)
        if "badchars" in faults:
            response = with_forbidden_characters(response)
        self._send(200, response, _XML, cut="cut" in faults)

    def _before(self, faults: dict[str, Rule]) -> None:
        if "drop" in faults:
            raise _Dropped
        if "503" in faults:
            self._send(503, b"", headers=[("Retry-After", str(-(-faults["503"].ms // 1000)))])
            raise _Answered
        if "401" in faults:
            _, challenges = self.logon.check(None, self.command, self.path)
            self._send(401, b"", headers=[("WWW-Authenticate", value) for value in challenges])
            raise _Answered

    def _after(self, faults: dict[str, Rule]) -> None:
        if "slow" in faults:
            self.server.stopping.wait(faults["slow"].ms / 1000)
        if "drop-after" in faults:
            raise _Dropped

    def _send_fault(self, name: str, request: bytes, error: SoapFault) -> None:
        response = soap.fault(error)
        self.server.sandbox.observe(name, request, response)
        self._send(error.status, response, _XML)

    def _stream(self, name: str, request: bytes, reply: Iterator[etree._Element]) -> None:
        """A chunked response, an envelope for each element that comes; ends with the iterator or the connection."""
        link, first = self.server.sandbox.link, True
        try:
            for element in reply:
                if self._left():
                    raise _Dropped
                part = soap.envelope(element, self.server.sandbox.version_info)
                self.server.sandbox.observe(name, request, part)
                head = b""
                if first:
                    head = self._head(200, [("Content-Type", _XML), ("Transfer-Encoding", "chunked")])
                link.send(self.wfile.write, head + b"%x\r\n" % len(part) + part + b"\r\n", first=first)
                first = False
            link.send(self.wfile.write, b"0\r\n\r\n", first=False)
        finally:
            close = getattr(reply, "close", None)
            if close is not None:
                close()

    def _left(self) -> bool:
        """Whether the client has closed the connection (it has nothing to say while a response is streamed)."""
        return bool(select.select([self.connection], [], [], 0)[0])

    def _send(
        self,
        status: int,
        body: bytes,
        content_type: str = "text/html",
        *,
        headers: list[tuple[str, str]] | None = None,
        cut: bool = False,
    ) -> None:
        accepted = self.headers.get("Accept-Encoding", "").lower()
        fields = [("Content-Type", content_type)] if body else []
        if status == HTTPStatus.OK and "exchangecookie" not in self.headers.get("Cookie", ""):
            fields.append(("Set-Cookie", f"exchangecookie={secrets.token_hex(16)}; path=/; HttpOnly"))
        if "gzip" in accepted and len(body) > _WORTH_COMPRESSING:
            body = gzip.compress(body, 1)
            fields += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        if status != 204:
            fields.append(("Content-Length", str(len(body))))
        head = self._head(status, [*fields, *(headers or ())])
        if self.command == "HEAD":
            body = b""
        if cut:
            self.server.sandbox.link.send(self.wfile.write, head + body[: len(body) // 2])
            raise _Dropped
        self.server.sandbox.link.send(self.wfile.write, head + body)

    def _head(self, status: int, fields: list[tuple[str, str]]) -> bytes:
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in fields]
        lines += [f"Server: {self.version_string()}", "X-Powered-By: ASP.NET", f"Date: {self.date_time_string()}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class _Answered(_Dropped):
    """The request was answered already; the connection goes on."""


def _busy_fault(rule: Rule) -> SoapFault:
    return SoapFault(
        "ErrorServerBusy",
        "The server cannot service this request right now. Try again later.",
        values={"BackOffMilliseconds": str(rule.ms)},
    )


class HttpServer(socketserver.ThreadingTCPServer):
    """The listening socket and the threads of its connections.

    port: 0 takes a free one. context: for TLS, None for plain HTTP. Raises OSError for a port in use.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, sandbox: Sandbox, port: int, context: ssl.SSLContext | None) -> None:
        self.sandbox = sandbox
        self.stopping = threading.Event()
        self._context = context
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Accept connections, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more, end the connections and wait for their threads."""
        self.stopping.set()
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._lock:
            connections = dict(self._open)
        for connection in connections:
            _shut(connection)
        for thread in connections.values():
            thread.join(timeout=5)

    def process_request_thread(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]  # TCP only
        """Serve one connection, in its own thread."""
        with self._lock:
            self._open[request] = threading.current_thread()
        if self.stopping.is_set():
            _shut(request)
        wrapped: socket.socket = request
        try:
            if self._context is not None:
                request.settimeout(30)
                wrapped = self._context.wrap_socket(request, server_side=True, suppress_ragged_eofs=True)
                with self._lock:
                    self._open[wrapped] = self._open.pop(request)
            self.finish_request(wrapped, client_address)
        except OSError:
            return  # the client went away, or didn't like the certificate
        finally:
            with self._lock:
                self._open.pop(wrapped, None)
                self._open.pop(request, None)
            _shut(wrapped)
            wrapped.close()
            request.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Errors of a connection are logged where they happen."""


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
