"""A running sandbox and clients for it. What they say to each other is checked by tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ewsfs.sandbox import Sandbox
from tests.sandbox.client import Client


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Ada, who may impersonate Ben, and Cy; empty mailboxes."""
    with Sandbox(users={"ada": "secret", "ben": "hidden", "cy": "veiled"}) as running:
        yield running


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
