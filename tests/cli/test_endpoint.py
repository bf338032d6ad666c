from __future__ import annotations

import pytest

from ewsfs.cli import endpoint
from ewsfs.cli.errors import CliError


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://mail.example.com/EWS/Exchange.asmx", "https://mail.example.com/EWS/Exchange.asmx"),
        ("https://mail.example.com", "https://mail.example.com/EWS/Exchange.asmx"),
        ("https://mail.example.com:8443/", "https://mail.example.com:8443/EWS/Exchange.asmx"),
        ("https://[2001:db8::1]/ews/x", "https://[2001:db8::1]/ews/x"),
        ("http://127.0.0.1:8080/EWS/Exchange.asmx", "http://127.0.0.1:8080/EWS/Exchange.asmx"),
        ("http://127.9.9.9/a", "http://127.9.9.9/a"),
        ("http://[::1]:80/a", "http://[::1]:80/a"),
        ("http://LocalHost/a", "http://LocalHost/a"),
    ],
)
def test_takes(given: str, taken: str) -> None:
    assert endpoint.check(given) == taken


@pytest.mark.parametrize(
    "given",
    [
        "http://mail.example.com/EWS/Exchange.asmx",
        "http://10.0.0.1/EWS/Exchange.asmx",
        "http://[::2]/a",
        "http://localhost.example.com/a",
        "http://127.0.0.1.example.com/a",
        "http://0.0.0.0/a",
    ],
)
def test_refuses_plain_http_to_other_machines(given: str) -> None:
    with pytest.raises(CliError, match=r"plain http.*https://"):
        endpoint.check(given)


@pytest.mark.parametrize(
    "given", ["", "mail.example.com", "ftp://mail.example.com/", "https://", "https://[::1", "https://a:b/c"]
)
def test_refuses_what_is_no_url(given: str) -> None:
    with pytest.raises(CliError, match="not a URL"):
        endpoint.check(given)


def test_refuses_a_password_and_does_not_repeat_it() -> None:
    with pytest.raises(CliError) as caught:
        endpoint.check("https://ada:geheim@mail.example.com/")
    assert "geheim" not in caught.value.message


@pytest.mark.parametrize("given", ["ada", "@example.com", "ada@", "ada @example.com", ""])
def test_refuses_what_is_no_address(given: str) -> None:
    with pytest.raises(CliError, match="not a mailbox address"):
        endpoint.check_address(given)


def test_takes_an_address() -> None:
    assert endpoint.check_address(" ada@example.com ") == "ada@example.com"
