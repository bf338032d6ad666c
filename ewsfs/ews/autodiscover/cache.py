"""Results of autodiscover on disk, so that the next run asks nobody: one small JSON file in the user's cache folder.

Holds addresses and URLs, no credentials; readable by its owner alone. A damaged or foreign file is an empty one.

Threading: any thread, and several processes at once; the last one to write wins.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Known:
    """A result. time: when it was found, in seconds since 1970."""

    endpoint: str
    primary_smtp_address: str
    time: float


class DiscoveryCache:
    """The results by address.

    Parameters: `path`, the file, by default autodiscover.json in the user's cache folder for ewsfs; `max_age`, seconds
    for which a result counts.
    """

    def __init__(self, path: Path | None = None, max_age: float = 24 * 3600) -> None:
        self.path = path or Path(platformdirs.user_cache_dir("ewsfs")) / "autodiscover.json"
        self.max_age = max_age
        self._lock = threading.Lock()

    def get(self, address: str) -> Known | None:
        """What is known of an address, None when nothing is or it is too old."""
        known = self._read().get(address.lower())
        if known is None or not 0 <= time.time() - known.time <= self.max_age:
            return None
        return known

    def put(self, address: str, endpoint: str, primary_smtp_address: str) -> None:
        """Keeps a result. That it can't be written is no failure: it's a cache."""
        with self._lock:
            entries = self._read()
            entries[address.lower()] = Known(endpoint, primary_smtp_address, time.time())
            self._write(entries)

    def forget(self, address: str) -> None:
        """Drops what is known of an address, for example when its endpoint doesn't answer any more."""
        with self._lock:
            entries = self._read()
            if entries.pop(address.lower(), None) is not None:
                self._write(entries)

    def _read(self) -> dict[str, Known]:
        try:
            data = json.loads(self.path.read_text("utf-8"))
            if data["version"] != _VERSION:
                return {}
            return {
                str(address): Known(str(entry["endpoint"]), str(entry["primary_smtp_address"]), float(entry["time"]))
                for address, entry in data["addresses"].items()
            }
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return {}

    def _write(self, entries: dict[str, Known]) -> None:
        data = {"version": _VERSION, "addresses": {address: asdict(known) for address, known in entries.items()}}
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=".autodiscover")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump(data, file, indent=1)
                os.replace(name, self.path)
            except OSError:
                os.unlink(name)
                raise
