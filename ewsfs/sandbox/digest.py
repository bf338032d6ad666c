"""Digest authentication, the server's side: challenges, and whether an answer to one is right.

Offered with SHA-256 first and MD5 behind it, for clients that know only that; qop "auth". A nonce is signed by this
server and good for five minutes; each count may be used once, so a request that was overheard can't be sent again.

Threading: `Digest` belongs to a server and may be used from any thread.

Source: RFC 7616.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from ewsfs.sandbox.users import User, Users

_SECONDS = 300
_MOST_NONCES = 1000
_ALGORITHMS: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}
_PAIR = re.compile(r'\s*([A-Za-z*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)')


class Digest:
    """The challenges of one server. realm: what passwords are for, by RFC 7616."""

    def __init__(self, users: Users, realm: str) -> None:
        self._users = users
        self._realm = realm
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def challenges(self, *, stale: bool = False) -> list[str]:
        """The values of WWW-Authenticate headers. stale: the password was right, but the nonce is too old."""
        nonce = self._nonce()
        end = ", stale=true" if stale else ""
        return [
            f'Digest realm="{self._realm}", qop="auth", algorithm={name}, nonce="{nonce}", charset=UTF-8{end}'
            for name in _ALGORITHMS
        ]

    def check(self, value: str, method: str, uri: str) -> tuple[User | None, bool]:
        """Who sent a request, None for nobody; and whether only the nonce is too old.

        value: of the Authorization header, behind "Digest". method, uri: of the request line.
        """
        try:
            given = parameters(value.encode("latin-1").decode("utf-8"))
        except (UnicodeError, ValueError):
            return None, False
        user = self._users.by_login(given.get("username", ""))
        algorithm = _ALGORITHMS.get(given.get("algorithm", "MD5").upper())
        if user is None or algorithm is None or given.get("realm") != self._realm or given.get("uri") != uri:
            return None, False
        if given.get("qop") != "auth" or not re.fullmatch("[0-9a-fA-F]{8}", given.get("nc", "")):
            return None, False
        nonce = given.get("nonce", "")
        secret = algorithm(f"{given['username']}:{self._realm}:{user.password}".encode())
        request = algorithm(f"{method}:{uri}".encode())
        wanted = algorithm(f"{secret}:{nonce}:{given['nc']}:{given.get('cnonce', '')}:auth:{request}".encode())
        if not hmac.compare_digest(wanted.encode(), given.get("response", "").lower().encode()):
            return None, False
        if not self._is_fresh(nonce, int(given["nc"], 16)):
            return None, True
        return user, False

    def _nonce(self) -> str:
        stamp = f"{int(time.time()):x}.{secrets.token_hex(8)}"
        return f"{stamp}.{self._signature(stamp)}"

    def _signature(self, stamp: str) -> str:
        return hmac.new(self._key, stamp.encode(), "sha256").hexdigest()[:32]

    def _is_fresh(self, nonce: str, count: int) -> bool:
        stamp, _, signature = nonce.rpartition(".")
        if not hmac.compare_digest(self._signature(stamp).encode(), signature.encode()):
            return False
        if time.time() - int(stamp.partition(".")[0], 16) > _SECONDS:
            return False
        with self._lock:
            if count <= self._counts.get(nonce, 0):
                return False
            self._counts[nonce] = count
            self._counts.move_to_end(nonce)
            while len(self._counts) > _MOST_NONCES:
                self._counts.popitem(last=False)
        return True


def parameters(value: str) -> dict[str, str]:
    """The parameters of an Authorization header, by name in lower case. Raises ValueError for what is none."""
    found: dict[str, str] = {}
    position = 0
    while position < len(value.rstrip()):
        match = _PAIR.match(value, position)
        if match is None:
            raise ValueError("no list of parameters")
        name, quoted, plain = match.groups()
        found[name.lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
        position = match.end()
    return found
