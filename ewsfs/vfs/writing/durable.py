"""Files that are whole on disk or not there at all, and readable by their owner alone."""

from __future__ import annotations

import os
from pathlib import Path


def private(path: str, flags: int) -> int:
    """An opener for `open`: the file is for its owner's eyes, and not for programs that we start."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def replace_text(path: Path, text: str) -> None:
    """Put a text on disk in a file's place; durable when it returns. Raises: OSError, and the file is as it was."""
    temporary = path.with_suffix(".new")
    try:
        with open(temporary, "w", encoding="utf-8", opener=private) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def append_text(path: Path, text: str) -> None:
    """Put a text at the end of a file; durable when it returns. Raises: OSError, and the file is as it was."""
    is_new = not path.exists()
    with open(path, "ab", buffering=0, opener=private) as file:
        size = file.tell()
        try:
            data = text.encode("utf-8")
            while data:
                data = data[file.write(data) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise
    if is_new:
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make durable which names are in a folder (fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
