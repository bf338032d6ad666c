"""Logging on: who may, as whom, and what the server says that it is."""

from __future__ import annotations

import pytest
from exchangelib import BASIC, DIGEST, IMPERSONATION, NTLM, Account, Configuration, Credentials
from exchangelib.errors import ErrorImpersonateUserDenied, ErrorNonExistentMailbox, UnauthorizedError
from exchangelib.folders import Messages

from ewsfs.sandbox import Sandbox
from tests.interop.conftest import connect


@pytest.mark.parametrize("auth", [BASIC, NTLM])
def test_a_user_gets_in_with(sandbox: Sandbox, auth: str) -> None:
    account = connect(sandbox, auth=auth)
    assert account.inbox.name == "Inbox"
    assert account.inbox.total_count == 0


def test_the_way_to_log_on_is_found_out(sandbox: Sandbox) -> None:
    configuration = Configuration(service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"))
    account = Account("ada@example.test", config=configuration, autodiscover=False)
    assert account.inbox.total_count == 0
    assert account.protocol.auth_type in {BASIC, NTLM}


@pytest.mark.parametrize("name", ["ada", "ada@example.test", "EXAMPLE\\ada"])
def test_names_come_in_three_forms(sandbox: Sandbox, name: str) -> None:
    configuration = Configuration(
        service_endpoint=sandbox.endpoint, credentials=Credentials(name, "secret"), auth_type=NTLM
    )
    account = Account("ada@example.test", config=configuration, autodiscover=False)
    assert account.inbox.total_count == 0


@pytest.mark.parametrize("auth", [BASIC, NTLM])
def test_a_wrong_password_is_refused(sandbox: Sandbox, auth: str) -> None:
    configuration = Configuration(
        service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "guess"), auth_type=auth
    )
    account = Account("ada@example.test", config=configuration, autodiscover=False)
    with pytest.raises(UnauthorizedError):
        _ = account.root


def test_a_way_that_the_server_has_not_is_refused(sandbox: Sandbox) -> None:
    account = Account(
        "ada@example.test",
        config=Configuration(
            service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"), auth_type=DIGEST
        ),
        autodiscover=False,
    )
    with pytest.raises(UnauthorizedError):
        _ = account.root


def test_the_server_is_an_exchange_2016(account: Account) -> None:
    version = account.protocol.version
    assert version.api_version == "Exchange2016"
    assert (version.build.major_version, version.build.minor_version) == (15, 1)


def test_the_first_user_acts_as_another(sandbox: Sandbox) -> None:
    configuration = Configuration(
        service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"), auth_type=BASIC
    )
    other = Account("ben@example.test", config=configuration, autodiscover=False, access_type=IMPERSONATION)
    Messages(parent=other.inbox, name="Made by Ada").save()
    assert (connect(sandbox, "ben").inbox / "Made by Ada").total_count == 0
    assert not list(connect(sandbox).inbox.children)


def test_nobody_else_may_act_as_another(sandbox: Sandbox) -> None:
    configuration = Configuration(
        service_endpoint=sandbox.endpoint, credentials=Credentials("ben", "hidden"), auth_type=BASIC
    )
    other = Account("cy@example.test", config=configuration, autodiscover=False, access_type=IMPERSONATION)
    with pytest.raises(ErrorImpersonateUserDenied):
        _ = other.inbox


def test_nobody_acts_as_somebody_who_is_not_there(sandbox: Sandbox) -> None:
    configuration = Configuration(
        service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"), auth_type=BASIC
    )
    other = Account("eve@example.test", config=configuration, autodiscover=False, access_type=IMPERSONATION)
    with pytest.raises(ErrorNonExistentMailbox):
        _ = other.inbox
