"""Where the tokens of `OAuth2Credentials` come from: an endpoint of an authorization server, or a command.

    tokens = TokenEndpoint(microsoft("example.com"), client_id, client_secret)
    credentials = OAuth2Credentials(tokens, username="ada@example.com")

Anything that can be called with `fresh` and gives a token will do: for a login in a browser take msal (the extra
[oauth]), for example `lambda fresh: app.acquire_token_silent(scopes, user, force_refresh=fresh)["access_token"]`.

Sources: RFC 6749 (4.1.3, 4.4, 5.1, 5.2, 6), RFC 7636 (code_verifier), "Authenticate an EWS application by using OAuth".
Threading: `OAuth2Credentials` calls a source from one thread at a time.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from requests.adapters import HTTPAdapter

from ewsfs.ews import auth, errors, transport
from ewsfs.ews.configuration import check_endpoint, is_loopback

OFFICE_365 = "https://outlook.office365.com/.default"
"""The scope of everything that an application was granted in Exchange Online."""

_EARLIER = 60.0  # seconds before its end from which a token isn't used any more: it has to last for a request
_LARGEST = 1024 * 1024  # bytes of an answer


def microsoft(tenant: str) -> str:
    """The token endpoint of Microsoft's cloud. Parameters: `tenant`, its id or one of its domains."""
    return f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"


class TokenEndpoint:
    """Tokens from an authorization server's token endpoint.

    Parameters: `url`, https; `client_id`, `client_secret` of the application; `scope`, what is asked for. Whose tokens:
    with `refresh_token` those of the user who gave it; with `code` (and the `redirect_uri` and `code_verifier` that it
    was asked for with) those of the user who has just consented; without either those of the application itself.

    `refresh_token` is the newest one that the server gave: keep it to go on without asking the user again.
    Raises ValueError, InsecureEndpoint for a URL that secrets can't go to.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str | None = None,
        *,
        scope: str = OFFICE_365,
        refresh_token: str | None = None,
        code: str | None = None,
        redirect_uri: str | None = None,
        code_verifier: str | None = None,
        timeout: float = 30,
    ) -> None:
        check_endpoint(url)
        if not client_id:
            raise ValueError("'client_id' is missing: which application is it?")
        if client_secret is None and refresh_token is None and code is None:
            raise ValueError("'client_secret', 'refresh_token' or 'code' is needed: the server gives nobody a token")
        self.url = url
        self.client_id = client_id
        self.scope = scope
        self.refresh_token = refresh_token
        self._client_secret = client_secret
        self._code = {"code": code, "redirect_uri": redirect_uri, "code_verifier": code_verifier} if code else None
        self._timeout = timeout
        self._token = ""
        self._ends = 0.0

    def __call__(self, fresh: bool) -> str:
        """A token that is good for a while; with `fresh` a new one. Raises: Unauthorized, TransportError."""
        if fresh or not self._token or time.monotonic() >= self._ends:
            self._ask()
        return self._token

    def __repr__(self) -> str:
        return f"TokenEndpoint({self.url!r}, {self.client_id!r}, '********')"

    def _ask(self) -> None:
        if self._code is not None:
            grant = {"grant_type": "authorization_code", **self._code}
        elif self.refresh_token is not None:
            grant = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        else:
            grant = {"grant_type": "client_credentials"}
        found = self._post({**grant, "client_id": self.client_id, "client_secret": self._client_secret})
        token, lasts = found.get("access_token"), found.get("expires_in")
        if not isinstance(token, str) or not token:
            raise errors.MalformedResponse(f"{self._host} gives no access_token")
        self._code = None  # it is good for one time
        self._token = token
        self._ends = time.monotonic() + _seconds(lasts) - _EARLIER
        renewed = found.get("refresh_token")
        if isinstance(renewed, str) and renewed:
            self.refresh_token = renewed

    def _post(self, form: dict[str, str | None]) -> dict[str, object]:
        body = urlencode({name: value for name, value in {**form, "scope": self.scope}.items() if value}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        http = auth.new_session(HTTPAdapter, local=is_loopback(self._host))
        try:
            reply = transport.send(
                http, "POST", self.url, body, headers, timeout=self._timeout, connect_timeout=self._timeout
            )
            text = b""
            for chunk in reply.chunks():
                text += chunk
                if len(text) > _LARGEST:
                    raise errors.MalformedResponse(f"{self._host} answers with more than {_LARGEST} bytes")
        finally:
            http.close()
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if reply.status in (400, 401) and isinstance(found, dict):
            reason = " ".join(str(found.get(name, "")) for name in ("error", "error_description")).strip()
            raise errors.Unauthorized(f"{self._host} gives no token: {' '.join(reason.split())[:500]}")
        if reply.status != 200:
            error = transport.status_error(reply.status, reply.headers, "")
            raise error or errors.HTTPError(f"{self._host}: HTTP {reply.status}", status=reply.status)
        if not isinstance(found, dict):
            raise errors.MalformedResponse(f"{self._host} answers with something that isn't JSON")
        return found

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or ""


class TokenCommand:
    """Tokens that a program prints, such as a keeper of logins. It is run for each one; what it prints is kept.

    Parameters: `command`, the program and its arguments; `lasts`, seconds until it is asked again; `timeout`, seconds.
    """

    def __init__(self, command: Sequence[str], *, lasts: float = 300, timeout: float = 60) -> None:
        if isinstance(command, str) or not command:
            raise ValueError("'command' is a list: the program and its arguments")
        self._command = list(command)
        self._lasts = lasts
        self._timeout = timeout
        self._token = ""
        self._ends = 0.0

    def __call__(self, fresh: bool) -> str:
        """A token; with `fresh` the program is asked again. Raises: Unauthorized when it fails."""
        if fresh or not self._token or time.monotonic() >= self._ends:
            self._token = self._ask()
            self._ends = time.monotonic() + self._lasts
        return self._token

    def __repr__(self) -> str:
        return f"TokenCommand([{self._command[0]!r}, ...])"

    def _ask(self) -> str:
        program = self._command[0]
        try:
            done = subprocess.run(
                self._command, stdin=subprocess.DEVNULL, capture_output=True, timeout=self._timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise errors.Unauthorized(f"{program} gives no token: nothing in {self._timeout:g} seconds") from None
        except OSError as error:
            raise errors.Unauthorized(f"{program} can't be run for a token: {error.strerror}") from error
        token = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode != 0 or not token:
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            raise errors.Unauthorized(f"{program} gives no token (exit code {done.returncode}): {said[:500]}")
        return token


def _seconds(told: object) -> float:
    """How long a token lasts: an hour where the server doesn't say, or nonsense."""
    try:
        seconds = float(str(told))
    except ValueError:
        return 3600.0
    return seconds if 0 < seconds < 1e9 else 3600.0
