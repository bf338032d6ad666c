"""The reference's examples, section by section, against a sandbox. Only the import is another one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ewsfs.ews import Account, Configuration, Credentials
from ewsfs.sandbox import Sandbox

USERS = {"john": "topsecret", "anne": "1", "bob": "2", "carl": "3", "erik": "4", "room.north": "5", "room.south": "6"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A new one for each example, which begins with empty folders: that is quicker than emptying them."""
    with Sandbox(users=USERS) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    return connect(sandbox, "john")


def connect(sandbox: Sandbox, name: str) -> Account:
    credentials = Credentials(username=name, password=USERS[name])
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=credentials)
    return Account(primary_smtp_address=sandbox.address(name), config=config, autodiscover=False)
