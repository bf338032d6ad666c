"""What the tests of the client library share."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.conftest import SHARED


@pytest.fixture(scope="session")
def ews_schema() -> etree.XMLSchema:
    """The schema of EWS, when it stands beside the checkout."""
    path = SHARED / "ews-schema" / "messages.xsd"
    if not path.is_file():
        pytest.skip("the EWS schema is not beside the checkout's shared folder")
    return etree.XMLSchema(etree.parse(str(path)))
