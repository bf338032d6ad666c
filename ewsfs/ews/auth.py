"""Authentication: which scheme a server offers, and the object that speaks it on one connection.

Threading: `make_auth` is called once for each connection; what it returns belongs to that connection.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from ewsfs.ews import errors
from ewsfs.ews.configuration import BASIC, DIGEST, GSSAPI, NOAUTH, NTLM, OAUTH2
from ewsfs.ews.credentials import Credentials, OAuth2Credentials

# A scheme stands at the start of the header or after a comma, and isn't the name of a parameter.
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)(?=\s*(?:,|$)|\s+[^=\s,])")


def schemes(challenge: str) -> set[str]:
    """The names of the authentication schemes in WWW-Authenticate, in lower case (RFC 9110, 11.6.1)."""
    return {name.lower() for name in _SCHEME.findall(challenge)}


def choose(challenge: str, credentials: Credentials | None) -> str:
    """The way to authenticate that suits a server's WWW-Authenticate header.

    With credentials NTLM comes before Digest and Basic; Negotiate is taken with requests-gssapi when there are no
    credentials (then with the user's own ticket) or nothing else is offered. A token is for Bearer alone.
    Raises Unauthorized when none is left.
    """
    offered = schemes(challenge)
    if isinstance(credentials, OAuth2Credentials):
        if "bearer" in offered:
            return OAUTH2
        raise errors.Unauthorized(f"the server takes no OAuth 2.0 tokens: {challenge[:200]}")
    kerberos = "negotiate" in offered and importlib.util.find_spec("requests_gssapi") is not None
    if credentials is None:
        if kerberos:
            return GSSAPI
        raise errors.Unauthorized("the server wants credentials, and there are none")
    for scheme, auth_type in (("ntlm", NTLM), ("digest", DIGEST), ("basic", BASIC)):
        if scheme in offered:
            return auth_type
    if kerberos:
        return GSSAPI
    if "negotiate" in offered:
        return NTLM  # IIS takes NTLM under that name too, and requests-ntlm offers it
    hint = "; it takes tokens: use OAuth2Credentials" if "bearer" in offered else ""
    raise errors.Unauthorized(f"the server offers no authentication that we know: {challenge[:200]}{hint}")


class NoAuth(AuthBase):
    """Sends no credentials, not even those of a .netrc file, which requests would look for without it."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request as it is."""
        return request


class BearerAuth(AuthBase):
    """Sends a token (RFC 6750, 2.1), and says when the server doesn't take it."""

    def __init__(self, credentials: OAuth2Credentials) -> None:
        self._credentials = credentials

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with the token."""
        token = self._credentials.token()
        request.headers["Authorization"] = f"Bearer {token}"

        def answered(response: requests.Response, *args: object, **settings: object) -> None:
            if response.status_code == 401:
                self._credentials.refuse(token)

        request.register_hook("response", answered)  # type: ignore[no-untyped-call]  # stubs
        return request


class DigestAuth(HTTPDigestAuth):
    r"""Digest, with the user name written as RFC 7616 wants it: the backslash of DOMAIN\user escaped, in UTF-8."""

    def build_digest_header(self, method: str, url: str) -> str | None:
        """The value of the Authorization header."""
        header: str | None = super().build_digest_header(method, url)  # type: ignore[no-untyped-call]  # stubs
        if header is None:
            return None
        name = str(self.username)
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        header = header.replace(f'username="{name}"', f'username="{escaped}"', 1)
        return header.encode().decode("latin-1")  # http.client writes a header as Latin-1


def make_auth(auth_type: str, credentials: Credentials | None) -> AuthBase:
    """The authentication object of one connection."""
    if auth_type == NOAUTH:
        return NoAuth()
    if auth_type == GSSAPI:
        return _gssapi()
    if credentials is None:
        raise errors.Unauthorized(f"{auth_type} needs credentials")
    if isinstance(credentials, OAuth2Credentials) != (auth_type == OAUTH2):
        raise errors.Unauthorized(f"{type(credentials).__name__} can't be used for the authentication {auth_type!r}")
    if isinstance(credentials, OAuth2Credentials):
        return BearerAuth(credentials)
    if auth_type == BASIC:
        # requests would write text as Latin-1 and fail for the rest; servers read UTF-8 (RFC 7617, 2.1)
        return HTTPBasicAuth(credentials.username.encode(), credentials.password.encode())
    if auth_type == DIGEST:
        return DigestAuth(credentials.username, credentials.password)
    return _ntlm(credentials)


def _ntlm(credentials: Credentials) -> AuthBase:
    # Only here: it brings a whole library of cryptography, which takes as long to load as all of requests.
    from requests_ntlm import HttpNtlmAuth

    auth: AuthBase = HttpNtlmAuth(credentials.username, credentials.password)
    return auth


def _gssapi() -> AuthBase:
    try:
        import requests_gssapi
    except ImportError as error:
        raise errors.Unauthorized("Kerberos needs the extra [kerberos] (requests-gssapi)") from error
    auth: AuthBase = requests_gssapi.HTTPSPNEGOAuth()
    return auth


def new_session(adapter: Callable[[], requests.adapters.BaseAdapter], *, local: bool) -> requests.Session:
    """A `requests` session for one connection.

    Parameters: `adapter`, makes the transport adapter; `local`, whether the server is this machine itself: no proxy
    that the environment names is used then, since it would see the password. Certificate authorities that the
    environment names (REQUESTS_CA_BUNDLE) count in any case.
    """
    session = requests.Session()
    session.trust_env = not local
    session.auth = NoAuth()
    if local:
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    for prefix in ("https://", "http://"):
        session.mount(prefix, adapter())
    return session
