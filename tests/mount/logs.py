"""The log checker: a test fails when a mount or a sandbox logged something that nobody announced.

A traceback, a line of level WARNING or above, a complaint of libfuse, of Python's warnings or of the threading
module: each of them means that something went wrong that no exit code tells of.
"""

from __future__ import annotations

import re
from pathlib import Path

_SUSPICIOUS = re.compile(
    r"\b(WARNING|ERROR|CRITICAL)\b|^Traceback|^\w*(Error|Exception)\b|^Exception |^fuse: "
    r"|Fatal Python error|Segmentation fault"
)


class Checker:
    """Reads logs as they grow.

    A test announces what it is about to provoke with `expect`; announced patterns hold until `forget`.
    """

    def __init__(self) -> None:
        self._read: dict[Path, int] = {}
        self._expected: list[re.Pattern[str]] = []

    def watch(self, path: Path) -> None:
        """Read this file too, from its beginning; it may come to be later."""
        self._read.setdefault(path, 0)

    def expect(self, *patterns: str) -> None:
        """Lines in which one of these regular expressions is found are no surprise in this test."""
        self._expected += [re.compile(pattern) for pattern in patterns]

    def forget(self) -> None:
        self._expected.clear()

    def surprises(self) -> list[str]:
        """The suspicious lines since the last time, each with the name of its file, and what follows a traceback."""
        found = []
        for path in self._read:
            lines = self._new_lines(path)
            for number, line in enumerate(lines):
                if _SUSPICIOUS.search(line) and not any(p.search(line) for p in self._expected):
                    more = lines[number + 1 : number + 25] if line.startswith("Traceback") else []
                    found.append("\n    ".join([f"{path.name}: {line}", *more]))
        return found

    def _new_lines(self, path: Path) -> list[str]:
        """Whole lines only: a line may still be on its way."""
        if not path.exists():
            return []
        with path.open("rb") as file:
            file.seek(self._read[path])
            data = file.read()
        end = data.rfind(b"\n") + 1
        self._read[path] += end
        return data[:end].decode(errors="replace").splitlines()
