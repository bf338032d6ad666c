"""Logging on: Basic (RFC 7617), Digest (`digest`) and Bearer (RFC 6750) on each request, NTLM ([MS-NTHT]) once on each
connection.

`server` makes one Logon per connection and asks it about every request. Threading: a Logon belongs to the thread
of its connection; the acceptor of pyspnego finds its users through an environment variable of the process, so
one lock is held while it takes a step.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import spnego
from spnego.exceptions import SpnegoError

from ewsfs.sandbox.digest import Digest
from ewsfs.sandbox.users import DOMAIN, User, Users

_ENVIRONMENT = threading.Lock()
_VARIABLE = "NTLM_USER_FILE"
SCHEMES = ("basic", "bearer", "digest", "ntlm")


class Authenticator:
    """What a server accepts, and from whom.

    schemes: of SCHEMES. realm: for Basic and Digest. tokens: of Bearer, and the name of the user whose each is; may be
    changed while it is in use.
    Raises ValueError for an unknown scheme, or a password that NTLM's user file can't hold.
    """

    def __init__(
        self, users: Users, schemes: Sequence[str], realm: str, tokens: Mapping[str, str] | None = None
    ) -> None:
        self.users = users
        self._tokens = {} if tokens is None else tokens
        self.schemes = tuple(scheme.strip().lower() for scheme in schemes)
        if not self.schemes or set(self.schemes) - set(SCHEMES):
            raise ValueError(f"auth must be some of {', '.join(SCHEMES)}, not {', '.join(schemes)}")
        if "ntlm" in self.schemes and any(set(user.password) & set(":\r\n") for user in users):
            raise ValueError("with NTLM a password must not contain a colon or a line break")
        self._realm = realm
        self.digest = Digest(users, realm)
        self._folder = tempfile.TemporaryDirectory(prefix="ewsfs-sandbox-")
        self._domains: set[str] = set()
        self._file = Path(self._folder.name) / "users"
        self._write({"", DOMAIN})

    def close(self) -> None:
        """Remove the user file."""
        self._folder.cleanup()

    def challenges(self, *, stale: bool = False) -> list[str]:
        """The values of the WWW-Authenticate headers of a 401, the safest first. stale: see `digest`."""
        offered = {
            "basic": [f'Basic realm="{self._realm}"'],
            "bearer": ['Bearer client_id="00000002-0000-0ff1-ce00-000000000000", token_types="app_asserted_user_v1"'],
            "digest": self.digest.challenges(stale=stale),
            "ntlm": ["NTLM"],
        }
        return [value for scheme in sorted(self.schemes, reverse=True) for value in offered[scheme]]

    def owner(self, token: str) -> User | None:
        """Whose token it is, None when it is nobody's (any more)."""
        name = self._tokens.get(token)
        return None if name is None else self.users.by_login(name)

    def step(self, context: spnego.ContextProxy | None, token: bytes) -> tuple[spnego.ContextProxy, bytes | None]:
        """Give a token of the client to the acceptor; a new one when there is none yet. Raises SpnegoError."""
        domain = _domain_of(token)
        with _ENVIRONMENT:
            if domain is not None and domain.upper() not in self._domains:
                self._write({*self._domains, domain})
            before = os.environ.get(_VARIABLE)
            os.environ[_VARIABLE] = str(self._file)
            try:
                if context is None:
                    context = spnego.server(protocol="ntlm")
                return context, context.step(token)
            finally:
                if before is None:
                    del os.environ[_VARIABLE]
                else:
                    os.environ[_VARIABLE] = before

    def _write(self, domains: set[str]) -> None:
        """Every user in every form of a login, since the acceptor compares the domain that the client gives."""
        self._domains = {domain.upper() for domain in domains}
        lines = [
            f"{domain}:{login}:{user.password}\n"
            for domain in sorted(self._domains)
            for user in self.users
            for login in (user.name, user.address)
        ]
        self._file.touch(mode=0o600)
        self._file.write_text("".join(lines), encoding="utf-8")


def _domain_of(token: bytes) -> str | None:
    """The domain in an AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3), None in another message or a broken one."""
    try:
        if token[:8] != b"NTLMSSP\0" or struct.unpack_from("<I", token, 8) != (3,):
            return None
        length, _, offset = struct.unpack_from("<HHI", token, 28)
        (flags,) = struct.unpack_from("<I", token, 60)
        domain = token[offset : offset + length].decode("utf-16-le" if flags & 1 else "latin-1")
    except (struct.error, UnicodeDecodeError):
        return None
    return domain if domain.isprintable() and ":" not in domain else None


class Logon:
    """The state of one connection."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._context: spnego.ContextProxy | None = None
        self._user: User | None = None

    def check(self, authorization: str | None, method: str, uri: str) -> tuple[User | None, list[str]]:
        """Who sent a request with that Authorization header, method and URI.

        Returns the user, or None and the values of the WWW-Authenticate headers to answer with.
        """
        scheme, _, value = (authorization or "").strip().partition(" ")
        folded = scheme.lower()
        if not scheme:
            return self._user, [] if self._user else self._authenticator.challenges()
        if folded == "basic" and "basic" in self._authenticator.schemes:
            user = self._basic(value)
            return user, [] if user else self._authenticator.challenges()
        if folded == "bearer" and "bearer" in self._authenticator.schemes:
            user = self._authenticator.owner(value.strip())
            return user, [] if user else self._authenticator.challenges()
        if folded == "digest" and "digest" in self._authenticator.schemes:
            user, stale = self._authenticator.digest.check(value, method, uri)
            return user, [] if user else self._authenticator.challenges(stale=stale)
        if folded == "ntlm" and "ntlm" in self._authenticator.schemes:
            return self._ntlm(value)
        return None, self._authenticator.challenges()

    def _basic(self, value: str) -> User | None:
        try:
            raw = base64.b64decode(value.strip(), validate=True)
        except (binascii.Error, ValueError):
            return None
        for encoding in ("utf-8", "latin-1"):
            try:
                login, _, password = raw.decode(encoding).partition(":")
            except UnicodeDecodeError:
                continue
            user = self._authenticator.users.check(login, password)
            if user is not None:
                return user
        return None

    def _ntlm(self, value: str) -> tuple[User | None, list[str]]:
        self._user = None
        try:
            token = base64.b64decode(value.strip(), validate=True)
            if struct.unpack_from("<I", token, 8) == (1,):
                self._context = None
            self._context, answer = self._authenticator.step(self._context, token)
        except (SpnegoError, ValueError, struct.error, binascii.Error):
            self._context = None
            return None, self._authenticator.challenges()
        if answer is not None:
            return None, [f"NTLM {base64.b64encode(answer).decode('ascii')}"]
        context, self._context = self._context, None
        if context.complete:
            self._user = self._authenticator.users.by_login(str(context.client_principal or ""))
        return self._user, [] if self._user else self._authenticator.challenges()
