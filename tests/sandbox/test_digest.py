"""Digest authentication, spoken by hand: what is let in, and what is not."""

from __future__ import annotations

import hashlib

import pytest

from ewsfs.sandbox import digest
from ewsfs.sandbox.digest import Digest, parameters
from ewsfs.sandbox.users import Users

USERS = Users({"ada": "sécret", "ben": "hidden"})
URI = "/EWS/Exchange.asmx"


@pytest.fixture
def server() -> Digest:
    return Digest(USERS, "127.0.0.1")


def nonce_of(server: Digest) -> str:
    return parameters(server.challenges()[0].removeprefix("Digest "))["nonce"]


def answer(nonce: str, **changes: str) -> str:
    """An answer as RFC 7616 has it; changes: parameters given otherwise."""
    given = {"username": "ada", "password": "sécret", "count": "00000001", "method": "POST", "algorithm": "SHA-256"}
    given |= changes
    make = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}[given["algorithm"]]

    def digested(text: str) -> str:
        return make(text.encode()).hexdigest()

    secret = digested(f"{given['username']}:127.0.0.1:{given['password']}")
    request = digested(f"{given['method']}:{URI}")
    response = digested(f"{secret}:{nonce}:{given['count']}:xyz:auth:{request}")
    name = given["username"].replace("\\", "\\\\").encode().decode("latin-1")
    return (
        f'username="{name}", realm="127.0.0.1", nonce="{nonce}", uri="{URI}", response="{response}", '
        f'algorithm={given["algorithm"]}, qop=auth, nc={given["count"]}, cnonce="xyz"'
    )


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
@pytest.mark.parametrize("username", ["ada", "EXAMPLE\\ada", "ada@example.test"])
def test_the_right_answer_gets_in(server: Digest, algorithm: str, username: str) -> None:
    user, stale = server.check(answer(nonce_of(server), algorithm=algorithm, username=username), "POST", URI)
    assert user is not None
    assert user.name == "ada"
    assert not stale


@pytest.mark.parametrize(
    "changes", [{"password": "wrong"}, {"username": "ben"}, {"username": "nobody"}, {"method": "GET"}]
)
def test_a_wrong_answer_does_not(server: Digest, changes: dict[str, str]) -> None:
    assert server.check(answer(nonce_of(server), **changes), "POST", URI) == (None, False)


def test_an_answer_is_for_one_uri_and_counts_once(server: Digest) -> None:
    nonce = nonce_of(server)
    assert server.check(answer(nonce), "POST", "/other") == (None, False)
    assert server.check(answer(nonce), "POST", URI)[0] is not None
    assert server.check(answer(nonce), "POST", URI) == (None, True)
    assert server.check(answer(nonce, count="00000002"), "POST", URI)[0] is not None


def test_an_old_nonce_is_stale_and_a_foreign_one_too(server: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    nonce = nonce_of(server)
    assert server.check(answer(nonce_of(Digest(USERS, "127.0.0.1"))), "POST", URI) == (None, True)
    monkeypatch.setattr(digest, "_SECONDS", -1)
    assert server.check(answer(nonce), "POST", URI) == (None, True)
    assert "stale=true" in server.challenges(stale=True)[0]


@pytest.mark.parametrize("value", ["", "x", 'username="ada', 'username="ada", nc=zz', "username=ada nonce=x"])
def test_nonsense_is_nobody(server: Digest, value: str) -> None:
    assert server.check(value, "POST", URI) == (None, False)
