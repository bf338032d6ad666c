"""What a user is told when a command can't do what it was asked to.

    click.ClickException
    +-- CliError            one sentence or two: what, why, what to do next; exit code 1

Errors of the layers below become a `CliError` in `explain`, the one place that words them.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import IO, Any

import click

# What to do next, by the errno with which the filesystem gave up.
_ADVICE = {
    errno.EACCES: "Check the user name (--user, often DOMAIN\\name) and the password.",
    errno.ENOENT: "Check the address of the mailbox.",
    errno.EHOSTUNREACH: "Check the network and the endpoint (--endpoint URL).",
    errno.EKEYREJECTED: "If you trust it all the same: REQUESTS_CA_BUNDLE=FILE, with its authority in FILE.",
    errno.ENETUNREACH: "Check the network.",
    errno.ECONNREFUSED: "Check the endpoint (--endpoint URL): nothing answers there.",
    errno.ETIMEDOUT: "Check the network, or try again later.",
    errno.EREMOTEIO: "Check the endpoint (--endpoint URL): what answers there doesn't seem to be EWS.",
    errno.EAGAIN: "The server is busy; try again in a while.",
    errno.ENOSPC: "Make room, or choose another folder with --cache-dir.",
}


class CliError(click.ClickException):
    """A fault that the user can do something about. `message` says what, why, and what to do next."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"ewsfs: {self.format_message()}", err=True, file=file)


def explain(error: BaseException, doing: str) -> str:
    """The message for an error of a layer below.

    Parameters: `error`, what was raised; `doing`, what failed, as the beginning of a sentence ("can't mount X").
    """
    reason = _reason(error).strip()
    advice = _ADVICE.get(error.errno or 0, "") if isinstance(error, OSError) else ""
    return f"{doing}: {reason}{'' if reason.endswith(('.', '!', '?')) else '.'} {advice}".rstrip()


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError):
        said = error.strerror or str(error)
        # Our own filesystem puts a sentence of its own where the system's word would stand.
        if error.filename is not None:
            return f"{error.filename}: {said}"
        return said or os.strerror(error.errno or errno.EIO)
    return str(error) or type(error).__name__


def stdin_is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()
