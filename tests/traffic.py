"""Every exchange of the whole test run with any sandbox, in this process or another, against the schema of Exchange.

A sandbox writes what it reads and answers to the folder that EWSFS_SANDBOX_RECORD names; each test looks at what
has come since the last one, so that the one that caused an invalid document fails.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from lxml import etree

from ewsfs.sandbox import record
from tests import schema

_REFUSED = re.compile(rb"<faultcode[^>]*>\w+:(ErrorSchemaValidation|ErrorInvalidRequest|ErrorInvalidServerVersion)<")


class Traffic:
    """The folder of recorded exchanges."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._valid: set[bytes] = set()

    def findings(self) -> list[str]:
        """What the schema says against the exchanges since the last time; nothing when it isn't here."""
        found = []
        for name, request, response in record.take(self.folder):
            # What the server refused as no request of EWS is none by the schema either: some tests send that.
            sides = (
                [("response", response)]
                if _REFUSED.search(response)
                else [("request", request), ("response", response)]
            )
            found += [f"{name} {side}: {error}" for side, document in sides for error in self._check(document)]
        return found

    def _check(self, document: bytes) -> list[str]:
        """As schema.check, but a document that was valid once isn't looked at again."""
        digest = hashlib.sha256(document).digest()
        if digest in self._valid:
            return []
        try:
            wrong = schema.check(document)
        except etree.XMLSyntaxError as error:
            return [f"no XML: {error}"]
        if not wrong:
            self._valid.add(digest)
        return wrong
