"""Where a mount writes its log: a file that only its owner can read, or the terminal."""

from __future__ import annotations

import hashlib
import logging
import logging.handlers
import os
import re
import sys
from pathlib import Path

import platformdirs

from ewsfs.cli.errors import CliError

LEVELS = ("debug", "info", "warning", "error")
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_LIMIT = 5 * 1024 * 1024  # bytes; one older file is kept beside it


def default_file(address: str, mountpoint: Path) -> Path:
    """The log of mounts of a mailbox on a mount point: one process at a time writes it."""
    name = re.sub(r"[^\w.@+-]", "_", address)[:150]
    mark = hashlib.sha256(os.fsencode(mountpoint)).hexdigest()[:8]
    return platformdirs.user_log_path("ewsfs") / f"{name}-{mark}.log"


def to_file(path: Path, level: str) -> None:
    """Log to a file from here on, and nowhere else. Raises: CliError when it can't be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here so that nobody else can ever read it: a log names people and subjects.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=_LIMIT, backupCount=1, encoding="utf-8")
    except OSError as error:
        raise CliError(f"the log {path} can't be written: {error.strerror}; choose another with --log-file.") from error
    _install(handler, level)


def to_terminal(level: str) -> None:
    """Log to standard error."""
    _install(logging.StreamHandler(sys.stderr), level)


def _install(handler: logging.Handler, level: str) -> None:
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("ewsfs").setLevel(level.upper())
    logging.captureWarnings(True)
