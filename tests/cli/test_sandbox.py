"""`ewsfs sandbox` as a process: what it prints, whom it lets in, how it ends."""

from __future__ import annotations

import re
import signal
import subprocess

import pytest
import requests

from tests.cli.conftest import sandbox


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def status(url: str, user: str, password: str, **more: object) -> int:
    verify = more.get("verify", True)
    assert isinstance(verify, (bool, str))
    return requests.post(url, data=b"", auth=(user, password), timeout=10, verify=verify).status_code


def test_the_first_line_holds_the_endpoint_and_a_random_password_is_told() -> None:
    with sandbox("--auth", "basic") as process:
        endpoint, user, password = lines(process, 3)
        url = re.fullmatch(r"Endpoint: (http://127\.0\.0\.1:\d+/EWS/Exchange\.asmx)", endpoint)
        assert url
        assert user == "User: ada   Mailbox: ada@example.test"
        secret = password.removeprefix("Password: ")
        assert len(secret) >= 12
        assert status(url[1], "ada", secret) not in (401, 403)
        assert status(url[1], "ada", secret + "x") == 401


def test_the_password_of_the_environment_is_taken_and_not_repeated() -> None:
    with sandbox("--user", "bob", "--user", "eve", "--auth", "basic", password="geheim") as process:
        endpoint, *rest = lines(process, 4)
        assert rest[:2] == ["User: bob   Mailbox: bob@example.test", "User: eve   Mailbox: eve@example.test"]
        assert "geheim" not in rest[2]
        url = endpoint.removeprefix("Endpoint: ")
        assert {status(url, "bob", "geheim"), status(url, "eve", "geheim")} & {401, 403} == set()


def test_https_with_the_certificate_that_it_names() -> None:
    with sandbox("--tls", "--auth", "basic", password="geheim") as process:
        endpoint, _, _, certificate = lines(process, 4)
        assert endpoint.startswith("Endpoint: https://")
        url = endpoint.removeprefix("Endpoint: ")
        assert status(url, "ada", "geheim", verify=certificate.removeprefix("Certificate: ")) not in (401, 403)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with sandbox() as process:
        lines(process, 1)
        process.send_signal(number)
        assert process.wait(30) == 0


def test_it_ends_with_its_parent_when_asked_to() -> None:
    with sandbox("--with-parent") as process:
        lines(process, 1)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
