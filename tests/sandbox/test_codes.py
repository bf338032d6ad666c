"""Every error code that the sandbox can answer with is one that Exchange's schema knows."""

from __future__ import annotations

import re
from pathlib import Path

import ewsfs.sandbox
from tests.schema import SCHEMA, required_schema

_CODE = re.compile(r'"(Error[A-Z][A-Za-z]+)"')
_ELEMENTS = {"ErrorCode", "ErrorMessage", "ErrorSubscriptionIds"}  # names of elements that look like codes


def test_codes_are_known() -> None:
    required_schema()
    known = set(re.findall(r'value="(Error\w+)"', SCHEMA.read_text(encoding="utf-8")))
    used: dict[str, str] = {}
    for path in sorted(Path(ewsfs.sandbox.__file__).parent.rglob("*.py")):
        used |= dict.fromkeys(_CODE.findall(path.read_text(encoding="utf-8")), path.name)
    assert {code: name for code, name in used.items() if code not in known | _ELEMENTS} == {}
