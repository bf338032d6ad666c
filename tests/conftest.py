"""What every test may use: the corpus of real bytes, when it stands beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of messages, calendars, contacts and EWS replies that nobody here wrote."""
    folder = SHARED / "corpus"
    if not folder.is_dir():
        pytest.skip(f"the corpus is not here: {folder.name} beside the checkout's shared folder")
    return folder
