"""What every test may use or must keep to: the corpus of real bytes, and the schema of Exchange.

Both stand beside the checkout, where they do; without them the tests that need the corpus are skipped with the
reason, and the traffic is not checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.traffic import Traffic

# No test fails for being slow on a busy machine. (With CI set, Hypothesis has a profile of its own, which also draws
# the same examples each time.)
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of messages, calendars, contacts and EWS replies that nobody here wrote."""
    folder = SHARED / "corpus"
    if not folder.is_dir():
        pytest.skip(f"the corpus is not here: {folder.name} beside the checkout's shared folder")
    return folder


@pytest.fixture(scope="session")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traffic]:
    """Where every sandbox of this run, in this process or a child, writes its exchanges."""
    folder = tmp_path_factory.mktemp("traffic")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EWSFS_SANDBOX_RECORD", str(folder))
        yield Traffic(folder)


@pytest.fixture(autouse=True)
def valid_traffic(traffic: Traffic) -> Iterator[None]:
    """Fails the test that made a client or the sandbox say something that Exchange's schema doesn't allow."""
    yield
    findings = traffic.findings()
    assert not findings, "invalid by the schema:\n" + "\n".join(findings[:50])
