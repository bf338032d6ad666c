"""Every exchange between the mounts and the sandboxes of the tests, against the schema of Exchange.

A sandbox writes what it reads and answers to the folder that EWSFS_SANDBOX_RECORD names; each test looks at what
has come since the last one, so that the one that caused an invalid document fails.
"""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from tests import schema


class Traffic:
    """The folder of recorded exchanges. Exchanges that were looked at are removed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def findings(self) -> list[str]:
        """What the schema says against the exchanges since the last time; nothing when it isn't here."""
        found = []
        for response in sorted(self.folder.glob("*-response.xml")):
            stem = response.name.removesuffix("-response.xml")
            request = self.folder / f"{stem}-request.xml"
            try:
                # What the server could not read is no document of ours: the tests send some of that.
                read = [response] if stem.endswith("-Unreadable") else [request, response]
                wrong = [f"{path.name}: {error}" for path in read for error in schema.check(path.read_bytes())]
            except (etree.XMLSyntaxError, FileNotFoundError):
                continue  # still being written, by an exchange that goes on: next time
            found += wrong
            for path in (request, response):
                path.unlink(missing_ok=True)
        return found
