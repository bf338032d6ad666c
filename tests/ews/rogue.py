"""An HTTP server that misbehaves on demand, for tests of the wire.

    with Rogue(lambda call: call.reply(503)) as server:
        ...

The script is called for each request, in the thread of its connection, and says what goes over the socket. What it
leaves unsaid is sent by nobody.
"""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType

from ewsfs.ews.configuration import NOAUTH, Configuration
from ewsfs.ews.protocol import Protocol
from ewsfs.ews.retry import FaultTolerance

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"


def envelope(body: str, *, build: str = "15.1.2507.39") -> bytes:
    """A SOAP envelope around a body, with ServerVersionInfo."""
    major, minor, major_build, minor_build = build.split(".")
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}"><s:Header><h:ServerVersionInfo'
        f' MajorVersion="{major}" MinorVersion="{minor}" MajorBuildNumber="{major_build}"'
        f' MinorBuildNumber="{minor_build}" Version="V2017_07_11" xmlns:h="{TYPES}"/></s:Header>'
        f'<s:Body xmlns:m="{MESSAGES}" xmlns:t="{TYPES}">{body}</s:Body></s:Envelope>'
    ).encode("utf-8", "surrogatepass")


def response(operation: str, *messages: str) -> bytes:
    """An envelope with the response messages of an operation."""
    return envelope(
        f"<m:{operation}Response><m:ResponseMessages>{''.join(messages)}</m:ResponseMessages></m:{operation}Response>"
    )


def success(operation: str, payload: str = "") -> str:
    """One response message that is a success."""
    return (
        f'<m:{operation}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        f"{payload}</m:{operation}ResponseMessage>"
    )


def failure(operation: str, code: str, *, kind: str = "Error", xml: str = "") -> str:
    """One response message that is an error, or a warning with `kind`."""
    return (
        f'<m:{operation}ResponseMessage ResponseClass="{kind}"><m:MessageText>Das geht nicht.</m:MessageText>'
        f"<m:ResponseCode>{code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{xml}"
        f"</m:{operation}ResponseMessage>"
    )


def items(*ids: str) -> str:
    """An m:Items with messages of these ids in it."""
    return (
        "<m:Items>" + "".join(f'<t:Message><t:ItemId Id="{i}" ChangeKey="c"/></t:Message>' for i in ids) + "</m:Items>"
    )


def fault(code: str, *, message_xml: str = "", text: str = "No.") -> bytes:
    """A SOAP fault in the form of Exchange 2010 and later."""
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><faultcode xmlns:a="{TYPES}">a:{code}</faultcode>'
        f'<faultstring xml:lang="de-DE">{text}</faultstring><detail>'
        f'<e:ResponseCode xmlns:e="{ERRORS}">{code}</e:ResponseCode><e:Message xmlns:e="{ERRORS}">{text}</e:Message>'
        f'<t:MessageXml xmlns:t="{TYPES}">{message_xml}</t:MessageXml></detail></s:Fault></s:Body></s:Envelope>'
    ).encode()


def back_off(value: str) -> str:
    """What MessageXml holds when a server is busy."""
    return f'<t:Value xmlns:t="{TYPES}" Name="BackOffMilliseconds">{value}</t:Value>'


class Call:
    """One request, and the means to answer it in any way.

    Attributes: `number`, from 1, over all connections; `connection`, the number of the connection; `head`, `body`.
    """

    def __init__(
        self, number: int, connection: int, head: str, body: bytes, sock: socket.socket, done: threading.Event
    ) -> None:
        self.number = number
        self.connection = connection
        self.head = head
        self.body = body
        self._sock = sock
        self.stopped = done

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.head.split(" ", 1)[0]

    def header(self, name: str) -> str | None:
        """The value of a header, None when it's missing."""
        for line in self.head.splitlines()[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None

    def raw(self, data: bytes) -> None:
        """Sends bytes as they are."""
        with suppress(OSError):
            self._sock.sendall(data)

    def reply(
        self,
        status: int,
        body: bytes = b"",
        *,
        kind: str | None = "text/xml; charset=utf-8",
        headers: Iterable[str] = (),
        compress: bool = False,
        length: int | None = None,
    ) -> None:
        """Sends a reply. `length` is the Content-Length to claim when it isn't the true one."""
        if compress:
            body = gzip.compress(body)
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}"]
        if kind is not None:
            lines.append(f"Content-Type: {kind}")
        if compress:
            lines.append("Content-Encoding: gzip")
        self.raw("\r\n".join([*lines, *headers, "", ""]).encode() + body)

    def chunked(self, *chunks: bytes, end: bool = True) -> None:
        """Sends a chunked reply; without `end` it is cut."""
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n")
        for chunk in chunks:
            self.raw(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        if end:
            self.raw(b"0\r\n\r\n")

    def drop(self) -> None:
        """Cuts the connection, and ends the script."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError


class Rogue:
    """The server. `calls` are the requests so far; `endpoint` is its URL."""

    def __init__(self, script: Callable[[Call], None]) -> None:
        self._script = script
        self.calls: list[Call] = []
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.connections = 0
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}/EWS/Exchange.asmx"

    def __enter__(self) -> Rogue:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets = list(self._sockets)
        for sock in sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def protocol(self, **settings: object) -> Protocol:
        """A protocol to this server: no authentication, quick timeouts; a config field for each keyword."""
        fields: dict[str, object] = {"auth_type": NOAUTH, "timeout": 5.0, "pool_timeout": 5.0, **settings}
        return Protocol(Configuration(service_endpoint=self.endpoint, **fields))  # type: ignore[arg-type]  # any field

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._done.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._sockets.append(sock)
            self._start(self._serve, sock, number)

    def _serve(self, sock: socket.socket, connection: int) -> None:
        with sock, sock.makefile("rb") as stream, suppress(OSError, ValueError):
            while not self._done.is_set():
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = stream.readline()
                    if not line:
                        return
                    head += line
                text = head.decode("latin-1")
                call = Call(0, connection, text, b"", sock, self._done)
                call.body = stream.read(int(call.header("Content-Length") or 0))
                with self._lock:
                    self.calls.append(call)
                    call.number = len(self.calls)
                self._script(call)


def impatient(max_wait: float = 60) -> FaultTolerance:
    """A fault tolerance that doesn't really wait: its clock goes on as far as it was told to sleep."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    return FaultTolerance(max_wait, sleep=sleep, clock=lambda: now[0])
