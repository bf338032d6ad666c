"""exchangelib, an EWS client that nobody here wrote, against a sandbox on a real socket.

It is used as any program would: installed from PyPI, unmodified, by its public names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import exchangelib
import pytest
from exchangelib import BASIC, DELEGATE, Account, Configuration, Credentials, EWSTimeZone

from ewsfs.sandbox import Sandbox

USERS = {"ada": "secret", "ben": "hidden", "cy": "veiled"}
ZONE = EWSTimeZone("Europe/Copenhagen")

Connect = Callable[..., Account]


def connect(sandbox: Sandbox, name: str = "ada", auth: str = BASIC, access_type: str = DELEGATE) -> Account:
    """An account of a sandbox, as the documentation of exchangelib makes one."""
    configuration = Configuration(
        service_endpoint=sandbox.endpoint,
        credentials=Credentials(username=name, password=USERS[name]),
        auth_type=auth,
    )
    return Account(
        sandbox.address(name),
        config=configuration,
        autodiscover=False,
        access_type=access_type,
        default_timezone=ZONE,
    )


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Ada, who may impersonate the others, Ben and Cy; empty mailboxes."""
    with Sandbox(users=USERS) as running:
        yield running
        exchangelib.close_connections()


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    """Ada's account."""
    return connect(sandbox)


@pytest.fixture
def ben(sandbox: Sandbox) -> Account:
    """Ben's account, who gets Ada's mail."""
    return connect(sandbox, "ben")


@pytest.fixture(scope="module")
def full() -> Iterator[Account]:
    """The account with the sample mailbox, for tests that only read."""
    with Sandbox(users=USERS, sample="small") as running:
        yield connect(running)
        exchangelib.close_connections()
