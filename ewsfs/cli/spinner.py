"""Words with a spinner while something takes its time, for who looks at a terminal; for nobody else it costs nothing.

`rich`, which draws it, takes longer to load than many a command runs.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status


class Spinner:
    """On standard error, from `start` to `stop`, which may be called again; or for the length of a `with` block.

    `words`, what is being done.
    """

    def __init__(self, words: str) -> None:
        self._words = words
        self._status: Status | None = None

    def start(self) -> None:
        """Begin to show it. It draws in a thread, so not before a fork."""
        if self._status is None and sys.stderr is not None and sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status(self._words)
            self._status.start()

    def update(self, words: str) -> None:
        """Say something else."""
        self._words = words
        if self._status is not None:
            self._status.update(words)

    def stop(self) -> None:
        """Take it from the screen."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def __enter__(self) -> Spinner:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
