"""`ewsfs umount`: end a mount, and wait until its last upload is done."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from ewsfs.cli import mountpoint, registry
from ewsfs.cli.errors import CliError
from ewsfs.cli.spinner import Spinner

# A program that has just closed its last file there may keep a mount busy for a moment.
_TRIES = 5
_PAUSE = 0.3  # seconds


@click.command()
@click.argument("mountpoint_", metavar="MOUNTPOINT")
@click.option("--lazy", is_flag=True, help="Take it away at once, also while programs use it or it doesn't answer.")
@click.option("--no-wait", is_flag=True, help="Don't wait for uploads to finish; say what is left.")
def umount(mountpoint_: str, lazy: bool, no_wait: bool) -> None:
    """End the mount on MOUNTPOINT, once what was written to it is uploaded.

    A mount whose process has died is cleaned up. What it didn't upload is kept, and the next mount uploads it.
    """
    path = mountpoint.resolve(mountpoint_)
    mounted = mountpoint.find(path)
    if mounted is None:
        if registry.serving(path) is None:
            raise CliError(f"nothing is mounted on {path}.")
        _wait(path, 0, no_wait)
        return
    if not mounted.is_ours:
        raise CliError(f"what is mounted on {path} ({mounted.source}, {mounted.type}) is not an ewsfs mount.")
    if not lazy:
        answer = mountpoint.probe(path)
        if answer is None:
            raise CliError(
                f"the mount on {path} doesn't answer. Take it away with: ewsfs umount --lazy {path} "
                "(what it didn't upload is kept for the next mount)"
            )
        if answer in mountpoint.DEAD:
            mountpoint.clean(path)
            click.echo(f"The mount on {path} had died; it is cleaned up. What it didn't upload, the next mount will.")
            return
    pending = 0 if lazy else _pending(path)
    _unmount(path, lazy)
    _wait(path, pending, no_wait)


def _unmount(path: Path, lazy: bool) -> None:
    for attempt in range(_TRIES):
        reason = mountpoint.unmount(path, lazy=lazy)
        if reason is None:
            return
        if "busy" not in reason.lower():
            raise CliError(f"{path} can't be unmounted: {reason}.")
        if attempt + 1 < _TRIES:
            time.sleep(_PAUSE)
    using = mountpoint.users(path)
    raise CliError(
        f"{path} is in use{' by ' + ', '.join(using) if using else ''}. Close what uses it (a shell whose current "
        f"folder it is, too), or take it away nevertheless: ewsfs umount --lazy {path}"
    )


def _pending(path: Path) -> int:
    """How many files wait for their upload, as far as the mount tells."""
    try:
        status = json.loads((path / ".ewsfs" / "status.json").read_text(encoding="utf-8"))
        return int(status["pending"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _wait(path: Path, pending: int, no_wait: bool) -> None:
    files = f"{pending} file{'' if pending == 1 else 's'}"
    if no_wait:
        if registry.serving(path) is not None and pending:
            click.echo(f"{path} is unmounted; {files} are still being uploaded. What remains, the next mount uploads.")
        return
    with Spinner(_doing(pending)) as spinner:
        left = registry.wait_gone(path, lambda left: spinner.update(_doing(left)))
    if left:
        click.echo(
            f"{left} file{'' if left == 1 else 's'} couldn't be uploaded yet (the log says why): kept on this machine, "
            "and the next mount uploads what is left.",
            err=True,
        )


def _doing(pending: int) -> str:
    what = f"Uploading {pending} file{'' if pending == 1 else 's'}" if pending else "Finishing"
    return f"{what} ... (Ctrl-C stops the waiting; nothing is lost)"
