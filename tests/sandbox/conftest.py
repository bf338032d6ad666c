"""A running sandbox whose every exchange is checked against the schema, and clients for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ewsfs.sandbox import Sandbox
from tests.sandbox.client import Client
from tests.schema import Validator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Ada, who may impersonate Ben, and Cy; empty mailboxes."""
    validator = Validator()
    with Sandbox(users={"ada": "secret", "ben": "hidden", "cy": "veiled"}) as running:
        running.observers.append(validator)
        yield running
    validator.assert_valid()


@pytest.fixture
def ada(sandbox: Sandbox) -> Iterator[Client]:
    client = Client(sandbox)
    yield client
    client.session.close()


@pytest.fixture
def ben(sandbox: Sandbox) -> Iterator[Client]:
    client = Client(sandbox, "ben", "hidden")
    yield client
    client.session.close()
