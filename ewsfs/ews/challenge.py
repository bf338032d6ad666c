"""Which authentication a server wants: asked of it once, with an empty request and no credentials.

Used by `protocol`. Threading: may be used from any thread; those that come while it is being asked wait for the answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import requests

from ewsfs.ews import auth, errors, transport
from ewsfs.ews.configuration import NOAUTH, Configuration
from ewsfs.ews.errors import EWSError
from ewsfs.ews.failures import status_error


class Challenge:
    """The authentication of one endpoint.

    Parameters: `config`, in which it may stand already; `endpoint`, its URL; `user_agent`, who asks; `new_http`, makes
    a session that has no credentials.
    """

    def __init__(
        self, config: Configuration, endpoint: str, user_agent: str, new_http: Callable[[], requests.Session]
    ) -> None:
        self._config = config
        self._endpoint = endpoint
        self._user_agent = user_agent
        self._new_http = new_http
        self._lock = threading.Lock()
        self._auth_type = config.auth_type

    @property
    def auth_type(self) -> str:
        """How the server wants us to authenticate. Raises: EWSError when it can't be asked, or wants the impossible."""
        with self._lock:
            if self._auth_type is None:
                self._auth_type = self._ask()
            return self._auth_type

    def authenticate(self, http: requests.Session) -> None:
        """Makes the handshake of NTLM with a request without a body, so that a large one isn't sent three times.

        Raises: Unauthorized, TransportError.
        """
        reply = self._probe(http, "GET")
        for _ in reply.chunks():
            pass
        if reply.status == 401:
            raise errors.Unauthorized("the server refuses the credentials (HTTP 401)")

    def _ask(self) -> str:
        retry = self._config.policy.start("Authentication")
        while True:
            http = self._new_http()
            try:
                return self._ask_once(http)
            except EWSError as error:
                if not retry.pause(error):
                    raise
            finally:
                http.close()

    def _ask_once(self, http: requests.Session) -> str:
        reply = self._probe(http, "POST")
        try:
            if reply.status == 401:
                return auth.choose(reply.headers.get("WWW-Authenticate", ""), self._config.credentials)
            error = status_error(reply, reply.chunks()) if reply.status not in (200, 400, 500) else None
            if isinstance(error, (errors.ServerUnavailable, errors.Redirected, errors.Forbidden)):
                raise error
            return NOAUTH
        finally:
            reply.close()

    def _probe(self, http: requests.Session, method: str) -> transport.Reply:
        """A request without a body."""
        return transport.send(
            http,
            method,
            self._endpoint,
            b"",
            {"User-Agent": self._user_agent, "Content-Type": "text/xml; charset=utf-8"},
            timeout=self._config.timeout,
            connect_timeout=self._config.connect_timeout,
        )
