"""Every exchange with the sandbox against the schema of Exchange, when the schema stands beside the checkout.

    sandbox.observers.append(validator())

A finding is an error in the thread of the connection, so it is also kept: `findings` lists what was wrong.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lxml import etree

SCHEMA = Path(__file__).resolve().parents[2] / "shared" / "ews-schema" / "messages.xsd"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


@functools.cache
def load() -> etree.XMLSchema | None:
    """The schema, None when it is not there."""
    return etree.XMLSchema(etree.parse(str(SCHEMA))) if SCHEMA.is_file() else None


def required_schema() -> etree.XMLSchema:
    """The schema; skips the test when it is not there."""
    schema = load()
    if schema is None:
        pytest.skip("the EWS schema is not here: shared/ews-schema beside the checkout")
    return schema


@dataclass
class Validator:
    """An observer for Sandbox.observers. requests: whether requests are checked as well as responses."""

    requests: bool = True
    findings: list[str] = field(default_factory=list)
    seen: int = 0

    def __call__(self, operation: str, request: bytes, response: bytes) -> None:
        self.seen += 1
        if self.requests and operation != "Unreadable":
            self.findings += [f"{operation} request: {finding}" for finding in check(request)]
        self.findings += [f"{operation} response: {finding}" for finding in check(response)]

    def assert_valid(self) -> None:
        """Fail with everything that was wrong."""
        assert not self.findings, "\n".join(self.findings)


def check(data: bytes) -> list[str]:
    """What is wrong with an envelope; nothing when the schema is not there."""
    schema = load()
    if schema is None:
        return []
    root = etree.fromstring(data, etree.XMLParser(huge_tree=True, resolve_entities=False))
    found: list[str] = []
    header = root.find(f"{SOAP}Header")
    for entry in header if header is not None else ():
        if "exchange/services" in str(entry.tag):
            found += _errors(schema, entry)
    body = root.find(f"{SOAP}Body")
    if body is None or len(body) != 1:
        return [*found, "the body doesn't hold exactly one element"]
    if body[0].tag != f"{SOAP}Fault":
        found += _errors(schema, body[0])
    return found


def _errors(schema: etree.XMLSchema, element: etree._Element) -> list[str]:
    if schema.validate(element):
        return []
    return [str(schema.error_log)]
