"""The sandbox as a server: HTTP on loopback, one thread a connection, every request through `dispatch`.

`Sandbox` is what tests, benchmarks and the command line use. Threading: start and stop from one thread; the
counters, faults and observers may be used from any. Observers are called in the thread of the connection.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from ewsfs.sandbox import operations, record, soap, tls, versions
from ewsfs.sandbox.auth import Authenticator
from ewsfs.sandbox.calls import Calls
from ewsfs.sandbox.dispatch import Context, Reply, run
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.faults import Faults, Rule
from ewsfs.sandbox.http import HttpServer
from ewsfs.sandbox.link import Link
from ewsfs.sandbox.record import Exchange
from ewsfs.sandbox.soap import Request, SoapFault
from ewsfs.sandbox.store import Store
from ewsfs.sandbox.store_folders import ARCHIVE_FOLDERS, PUBLIC, PUBLIC_FOLDERS, archive_of
from ewsfs.sandbox.timezones import from_element
from ewsfs.sandbox.users import User, Users

__all__ = ["Sandbox", "operations"]

Observer = Callable[[str, bytes, bytes], None]
PATH = "/EWS/Exchange.asmx"


class Sandbox:
    """An embedded EWS server. A context manager; `start` and `stop` do the same by hand.

    users: name -> password; each has the mailbox NAME@example.test, the first may impersonate the others.
    auth: of "basic", "bearer", "digest" and "ntlm"; for Bearer, put tokens with names of users into `tokens`.
    sample: "none", "small" or "large": what fills the first user's mailbox.
    store: a file that keeps the state, or ":memory:". latency_ms: added to each response.
    bandwidth_mbit: megabits a second for all responses together. faults: see `ewsfs.sandbox.faults`.
    mime: "kept" gives MIME back byte for byte, "rewritten" makes it anew from the properties.
    tls: https with a certificate made at start, see `certificate`. port: 0 takes a free one.
    version: which Exchange it is, see `ewsfs.sandbox.versions`. archives: whether every user has an archive mailbox.
    public_folders: whether there are public folders, in which everybody may do everything. aliases: see `Users`.
    Raises ValueError for wrong arguments, SandboxError for a store that is none, OSError for a port in use.
    """

    def __init__(
        self,
        *,
        users: Mapping[str, str] | None = None,
        auth: Sequence[str] = ("basic", "ntlm"),
        sample: str = "none",
        store: str = ":memory:",
        latency_ms: float = 0,
        bandwidth_mbit: float | None = None,
        faults: str | None = None,
        mime: str = "kept",
        tls: bool = False,
        port: int = 0,
        version: str = "Exchange2016",
        archives: bool = False,
        public_folders: bool = False,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        if mime not in ("kept", "rewritten"):
            raise ValueError(f"mime is kept or rewritten, not {mime!r}")
        if sample not in ("none", "small", "large"):
            raise ValueError(f"sample is none, small or large, not {sample!r}")
        self.users = Users(users if users is not None else {"ada": "secret"}, aliases)
        self.calls = Calls()
        self.faults = Faults(faults)
        self.observers: list[Observer] = []
        self.tokens: dict[str, str] = {}
        self.certificate: Path | None = None
        self._version = version
        self._archives = archives
        self._public_folders = public_folders
        self.version_info = versions.server_version_info(version)
        self._sample = sample
        self._path = store
        self._port = port
        self._tls = tls
        self._auth = tuple(auth)
        self._link = Link(latency_ms, bandwidth_mbit)
        self._rewrite_mime = mime == "rewritten"
        self._server: HttpServer | None = None
        self._store: Store | None = None
        self._authenticator: Authenticator | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._state: dict[str, object] = {}
        self._record = os.environ.get("EWSFS_SANDBOX_RECORD")

    def start(self) -> Sandbox:
        """Open the store, fill it if that was asked for, and serve in background threads."""
        if self._server is not None:
            return self
        try:
            self._authenticator = Authenticator(self.users, self._auth, "127.0.0.1", self.tokens)
            self._store = Store(self._path)
            for user in self.users:
                self._store.folders.ensure_mailbox(user.address)
                if self._archives:
                    self._store.folders.ensure_mailbox(archive_of(user.address), ARCHIVE_FOLDERS)
            if self._public_folders:
                self._store.folders.ensure_mailbox(PUBLIC, PUBLIC_FOLDERS)
            self._fill(self._store)
            context = None
            if self._tls:
                self._folder = tempfile.TemporaryDirectory(prefix="ewsfs-sandbox-")
                context, self.certificate = tls.make(Path(self._folder.name))
            self._server = HttpServer(self, self._port, context)
            self._server.start()
        except BaseException:
            self.stop()
            raise
        return self

    def _fill(self, store: Store) -> None:
        if self._sample == "none" or store.setting(self.users.first.address, "sample") is not None:
            return
        from ewsfs.sandbox.sample import fill  # makes hundreds of messages: only when asked for

        with store.transaction():
            fill(store, self.users, self._sample)
            store.set_setting(self.users.first.address, "sample", self._sample)

    def stop(self) -> None:
        """End every connection and close the store. May be called twice."""
        if self._store is not None:
            self._store.events.close()
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._authenticator is not None:
            self._authenticator.close()
            self._authenticator = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self._state = {}

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """http(s)://127.0.0.1:PORT of the running server."""
        if self._server is None:
            raise RuntimeError("the sandbox isn't running")
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.port}"

    @property
    def endpoint(self) -> str:
        """The URL that EWS clients are given."""
        return self.url + PATH

    @property
    def store(self) -> Store:
        """The state of the running server."""
        if self._store is None:
            raise RuntimeError("the sandbox isn't running")
        return self._store

    def address(self, name: str) -> str:
        """The primary address of a user. Raises KeyError for nobody."""
        user = self.users.by_login(name)
        if user is None:
            raise KeyError(name)
        return user.address

    # What the connections use

    @property
    def link(self) -> Link:
        """What responses are sent over."""
        return self._link

    @property
    def authenticator(self) -> Authenticator:
        """What checks the logons of the running server."""
        if self._authenticator is None:
            raise RuntimeError("the sandbox isn't running")
        return self._authenticator

    def read(self, data: bytes) -> tuple[Request, dict[str, Rule]]:
        """The request in a body, and the faults on order for it; counts it. Raises SoapFault."""
        request = soap.parse(data)
        self.calls.add(request.name)
        versions.check(self._version, request.version, request.body)
        return request, self.faults.hits(request.name)

    def carry_out(self, user: User, request: Request, busy: Rule | None = None) -> Reply:
        """Run an operation; busy: the fault on order that says with what, and how far. Raises SoapFault."""
        context = Context(
            store=self.store,
            users=self.users,
            user=self._acting(user, request),
            version=request.version,
            rewrite_mime=self._rewrite_mime,
            busy=None if busy is None else _busy(busy),
            first_busy=0 if busy is None else busy.first_busy,
            endpoint=self.endpoint,
            server_state=self._state,
        )
        try:
            context.time_zone = from_element(request.time_zone) or context.time_zone
        except ResponseError as error:
            raise SoapFault(error.code, error.message) from error
        return run(context, request)

    def _acting(self, user: User, request: Request) -> User:
        if request.impersonate is None:
            return user
        how, who = request.impersonate
        other = self.users.by_login(who) if how == "PrincipalName" else self.users.by_address(who)
        if how == "SID":
            raise SoapFault("ErrorInvalidSid", "The SID is not known here; use an address.")
        if user != self.users.first:
            raise SoapFault(
                "ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user."
            )
        if other is None:
            raise SoapFault("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        return other

    def observe(self, name: str, request: bytes, response: bytes) -> None:
        """Tell the observers about an exchange, and record it when that was asked for."""
        if self._record:
            record.add(Path(self._record), Exchange(name, request, response))
        for observer in list(self.observers):
            observer(name, request, response)


def _busy(rule: Rule) -> ResponseError:
    if rule.kind != "busy":
        return ResponseError(rule.kind, "It was asked for that this fails.")
    return ResponseError(
        "ErrorServerBusy",
        "The server cannot service this request right now. Try again later.",
        values={"BackOffMilliseconds": str(rule.ms)},
    )


def serve(
    *,
    users: Mapping[str, str],
    auth: Sequence[str] = ("basic", "ntlm"),
    sample: str = "none",
    store: str = ":memory:",
    latency_ms: float = 0,
    bandwidth_mbit: float | None = None,
    faults: str | None = None,
    mime: str = "kept",
    tls: bool = False,
    port: int = 0,
    ready: Callable[[Sandbox], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve until `stop` is set or KeyboardInterrupt, which is a clean end. See Sandbox for the arguments.

    ready: called once with the running sandbox, to print its endpoint.
    """
    ended = stop or threading.Event()
    with Sandbox(
        users=users, auth=auth, sample=sample, store=store, latency_ms=latency_ms, bandwidth_mbit=bandwidth_mbit,
        faults=faults, mime=mime, tls=tls, port=port,
    ) as sandbox:  # fmt: skip
        if ready is not None:
            ready(sandbox)
        try:
            ended.wait()
        except KeyboardInterrupt:
            return
