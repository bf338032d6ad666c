"""Which authentication is chosen from what a server offers."""

from __future__ import annotations

import pytest
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from requests_ntlm import HttpNtlmAuth

from ewsfs.ews import auth
from ewsfs.ews.configuration import BASIC, DIGEST, NOAUTH, NTLM
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.errors import Unauthorized

ADA = Credentials("ada", "secret")


@pytest.mark.parametrize(
    ("challenge", "found"),
    [
        ("NTLM", {"ntlm"}),
        ("Negotiate, NTLM", {"negotiate", "ntlm"}),
        ('Basic realm="NTLM, really"', {"basic"}),
        ('Negotiate, NTLM, Basic realm="mail.example.com"', {"negotiate", "ntlm", "basic"}),
        ('Digest realm="x", qop="auth", nonce="abc", algorithm=MD5', {"digest"}),
        ('Bearer client_id="00", Basic realm=""', {"bearer", "basic"}),
        ("Negotiate YIIabc==, Basic", {"negotiate", "basic"}),
        ("", set()),
    ],
)
def test_the_schemes_of_a_challenge(challenge: str, found: set[str]) -> None:
    assert auth.schemes(challenge) == found


@pytest.mark.parametrize(
    ("challenge", "chosen"),
    [
        ('Basic realm="x", NTLM, Negotiate', NTLM),
        ('Basic realm="x"', BASIC),
        ('Basic realm="x", Digest realm="y", nonce="z"', DIGEST),
        ("Negotiate", NTLM),
    ],
)
def test_the_safer_authentication_is_chosen(challenge: str, chosen: str) -> None:
    assert auth.choose(challenge, ADA) == chosen


@pytest.mark.parametrize("challenge", ["", "Bearer"])
def test_an_unknown_authentication_is_an_error(challenge: str) -> None:
    with pytest.raises(Unauthorized):
        auth.choose(challenge, ADA)


def test_a_server_that_wants_credentials_gets_an_error_when_there_are_none() -> None:
    with pytest.raises(Unauthorized):
        auth.choose("Basic", None)


def test_every_connection_has_its_own_state() -> None:
    assert isinstance(auth.make_auth(NTLM, ADA), HttpNtlmAuth)
    assert auth.make_auth(NTLM, ADA) is not auth.make_auth(NTLM, ADA)
    assert isinstance(auth.make_auth(DIGEST, ADA), HTTPDigestAuth)
    assert isinstance(auth.make_auth(BASIC, ADA), HTTPBasicAuth)
    assert isinstance(auth.make_auth(NOAUTH, None), auth.NoAuth)
