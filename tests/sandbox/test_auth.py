"""Logging on with Basic and NTLM, in every form of a name; impersonation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from requests_ntlm import HttpNtlmAuth

from ewsfs.sandbox import Sandbox
from tests.sandbox.client import Client, codes, envelope

GET_INBOX = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
)
LOGINS = ["ada", "ADA", "ada@example.test", "EXAMPLE\\ada", "other.domain\\Ada"]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.mark.parametrize("login", LOGINS)
def test_basic(sandbox: Sandbox, session: requests.Session, login: str) -> None:
    session.auth = (login, "secret")
    assert session.post(sandbox.endpoint, data=envelope(GET_INBOX), timeout=10).status_code == 200


@pytest.mark.parametrize("login", LOGINS)
def test_ntlm(sandbox: Sandbox, session: requests.Session, login: str) -> None:
    session.auth = HttpNtlmAuth(login, "secret")
    for _ in range(2):
        assert session.post(sandbox.endpoint, data=envelope(GET_INBOX), timeout=10).status_code == 200


@pytest.mark.parametrize("auth", [("ada", "wrong"), ("nobody", "secret"), ("ada", "")])
def test_a_wrong_password_or_name_is_refused(
    sandbox: Sandbox, session: requests.Session, auth: tuple[str, str]
) -> None:
    assert session.post(sandbox.endpoint, data=b"", auth=auth, timeout=10).status_code == 401
    assert session.post(sandbox.endpoint, data=b"", auth=HttpNtlmAuth(*auth), timeout=10).status_code == 401


def test_ntlm_holds_for_its_connection_only(sandbox: Sandbox, session: requests.Session) -> None:
    session.auth = HttpNtlmAuth("ada", "secret")
    assert session.post(sandbox.endpoint, data=envelope(GET_INBOX), timeout=10).status_code == 200
    session.auth = None
    assert session.post(sandbox.endpoint, data=envelope(GET_INBOX), timeout=10).status_code == 200
    with requests.post(sandbox.endpoint, data=envelope(GET_INBOX), timeout=10) as other:
        assert other.status_code == 401


@pytest.mark.parametrize("token", ["NTLM", "NTLM !!!", "NTLM TlRMTVNTUAADAAAA", "Basic ????", "Bearer x", "Basic"])
def test_broken_tokens_are_refused(sandbox: Sandbox, session: requests.Session, token: str) -> None:
    response = session.post(sandbox.endpoint, data=b"", headers={"Authorization": token}, timeout=10)
    assert response.status_code == 401


def test_only_what_was_asked_for_is_offered(session: requests.Session) -> None:
    with Sandbox(auth=["basic"]) as sandbox:
        response = session.post(sandbox.endpoint, data=b"", timeout=10)
        assert response.headers["WWW-Authenticate"] == 'Basic realm="127.0.0.1"'
        assert (
            session.post(sandbox.endpoint, data=b"", auth=HttpNtlmAuth("ada", "secret"), timeout=10).status_code == 401
        )


def test_two_sandboxes_do_not_share_passwords(session: requests.Session) -> None:
    with Sandbox(users={"ada": "one"}) as first, Sandbox(users={"ada": "two"}) as second:
        for sandbox, password, status in ((first, "one", 200), (second, "two", 200), (second, "one", 401)):
            with requests.post(
                sandbox.endpoint, data=envelope(GET_INBOX), auth=HttpNtlmAuth("ada", password), timeout=10
            ) as response:
                assert response.status_code == status


def impersonate(kind: str, who: str) -> str:
    return (
        f"<t:ExchangeImpersonation><t:ConnectingSID><t:{kind}>{who}</t:{kind}></t:ConnectingSID>"
        "</t:ExchangeImpersonation>"
    )


@pytest.mark.parametrize("kind", ["PrimarySmtpAddress", "SmtpAddress", "PrincipalName"])
def test_the_first_user_may_impersonate(ada: Client, ben: Client, kind: str) -> None:
    ben.message("for ben")
    header = impersonate(kind, "ben@example.test")
    find = (
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
    )
    assert [element.text for element in ada.call(find, header).iter("{*}Subject")] == ["for ben"]
    assert codes(ada.call(GET_INBOX)) == ["NoError"]


@pytest.mark.parametrize(
    ("user", "password", "who", "code"),
    [
        ("ben", "hidden", "ada@example.test", "ErrorImpersonateUserDenied"),
        ("ada", "secret", "nobody@example.test", "ErrorNonExistentMailbox"),
    ],
)
def test_impersonation_is_refused(sandbox: Sandbox, user: str, password: str, who: str, code: str) -> None:
    client = Client(sandbox, user, password)
    assert client.fault(envelope(GET_INBOX, impersonate("PrimarySmtpAddress", who))) == code
    client.session.close()


@pytest.mark.parametrize(
    ("mailbox", "code"),
    [
        ("ben@example.test", "ErrorAccessDenied"),
        ("x@example.test", "ErrorNonExistentMailbox"),
        ("ADA@example.test", "NoError"),
    ],
)
def test_the_mailbox_of_somebody_else(ada: Client, mailbox: str, code: str) -> None:
    body = GET_INBOX.replace(
        'Id="inbox"/>',
        f'Id="inbox"><t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>',
    )
    assert ada.codes(body) == [code]


def test_an_item_of_somebody_else(ada: Client, ben: Client) -> None:
    item, _ = ben.message("private")
    body = (
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds><t:ItemId "
        f'Id="{item}"/></m:ItemIds></m:GetItem>'
    )
    assert ada.codes(body) == ["ErrorAccessDenied"]
