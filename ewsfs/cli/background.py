"""Going into the background: a child of its own that reports once, when it is ready or why it can't be.

Used by `ewsfs mount`. The fork happens here, before this process has any thread, socket or database: none of
them would survive it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO, NoReturn

from ewsfs.cli.errors import CliError


def start(
    work: Callable[[Callable[[str], None]], None],
    *,
    crash: Callable[[BaseException], str],
    waiting: AbstractContextManager[object] | None = None,
) -> tuple[int, str]:
    """Run `work` in a child, in a session of its own, and wait until it is ready.

    Parameters: `work`, is called in the child with a function to call once when it is ready, with words for the
    parent, and then goes on for as long as it likes; `crash`, is called in the child with what `work` raised, and
    returns the message for it; `waiting`, is entered in the parent for as long as it waits: it may start threads,
    since it comes after the fork.
    Returns the child's process id and its words.
    Raises: CliError with the child's message when it ended before it was ready.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    receiving, sending = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(receiving)
        _child(work, crash, os.fdopen(sending, "wb", buffering=0))
    os.close(sending)
    try:
        with os.fdopen(receiving, "rb") as pipe, waiting or contextlib.nullcontext():
            report = pipe.readline()
    except KeyboardInterrupt:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        raise
    if not report.endswith(b"\n"):
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        raise CliError(f"the mount's process ended {f'by signal {-code}' if code < 0 else f'with exit code {code}'}.")
    is_ready, words = json.loads(report)
    if not is_ready:
        os.waitpid(pid, 0)
        raise CliError(words)
    return pid, words


def _child(
    work: Callable[[Callable[[str], None]], None], crash: Callable[[BaseException], str], pipe: BinaryIO
) -> NoReturn:
    """Never returns: what stands above in the stack is the parent's."""
    code = 1

    def report(is_ready: bool, words: str) -> None:
        if not pipe.closed:
            with contextlib.suppress(BrokenPipeError), pipe:  # nobody waits any more
                pipe.write(json.dumps([is_ready, words]).encode() + b"\n")

    def ready(words: str) -> None:
        report(True, words)

    try:
        os.setsid()
        os.chdir("/")
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.close(nothing)
        work(ready)
        code = 0
        report(False, "it ended before it was ready.")
    except BaseException as error:  # whatever it is, the parent must hear of it, and nothing may run on from here
        report(False, crash(error))
    finally:
        os._exit(code)
