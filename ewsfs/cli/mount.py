"""`ewsfs mount`: a mailbox on a mount point, in the background unless asked otherwise."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs

from ewsfs.cli import background, endpoint, fuse_options, logs, mountpoint, serving
from ewsfs.cli.errors import CliError, stdin_is_terminal
from ewsfs.cli.fuse_options import FuseOptions
from ewsfs.cli.login import AUTH, PASSWORDLESS, Login
from ewsfs.cli.spinner import Spinner

if TYPE_CHECKING:
    from ewsfs.vfs import FileSystem

log = logging.getLogger(__name__)


@click.command(
    epilog="""
    The password is taken from the environment variable EWSFS_PASSWORD, or asked for. End the mount with
    `ewsfs umount MOUNTPOINT`.

    \b
    Examples:
      ewsfs mount ada@example.com ~/mail
      ewsfs mount --user 'CORP\\ada' --endpoint https://mail.example.com/EWS/Exchange.asmx ada@example.com ~/mail
    """
)
@click.argument("address")
@click.argument("mountpoint_", metavar="MOUNTPOINT")
@click.option("--endpoint", "url", metavar="URL", help="The server's EWS address. Without it: autodiscover.")
@click.option("--user", metavar="NAME", help="Who logs in, often DOMAIN\\name.  [default: ADDRESS]")
@click.option("--auth", type=click.Choice(list(AUTH)), help="How to log in. Without it: what the server offers.")
@click.option(
    "--ttl",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="For how long a folder's listing is taken as it is before the server is asked for changes.  [default: 60]",
)
@click.option(
    "--cache-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"For the index, contents and unfinished uploads.  [default: {platformdirs.user_cache_path('ewsfs')}]",
)
@click.option("--read-only", is_flag=True, help="Refuse every change.")
@click.option(
    "--write-back",
    is_flag=True,
    help="A file is saved once it is on this disk; its upload follows behind, and umount waits for it.",
)
@click.option("--foreground", "-f", is_flag=True, help="Stay in the terminal until the mount is ended; log to it.")
@click.option(
    "-o", "options", multiple=True, metavar="OPTS", help="Mount options with commas between them, e.g. allow_other,ro."
)
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the log there.  [default: in the state folder]",
)
@click.option("--log-level", type=click.Choice(logs.LEVELS), default="info", show_default=True, help="How much to log.")
def mount(
    address: str,
    mountpoint_: str,
    url: str | None,
    user: str | None,
    auth: str | None,
    ttl: float | None,
    cache_dir: Path | None,
    read_only: bool,
    write_back: bool,
    foreground: bool,
    options: tuple[str, ...],
    log_file: Path | None,
    log_level: str,
) -> None:
    """Mount the mailbox ADDRESS on the folder MOUNTPOINT."""
    address = endpoint.check_address(address)
    url = None if url is None else endpoint.check(url)
    taken = fuse_options.parse(options)
    cache = (cache_dir or platformdirs.user_cache_path("ewsfs")).expanduser().absolute()
    given = serving.SettingsGiven(
        address, cache, ttl=ttl, read_only=read_only or taken.read_only, write_back=write_back
    )
    serving.check_device()
    path = mountpoint.resolve(mountpoint_)
    if cache == path or path in cache.parents:
        raise CliError(f"the cache folder {cache} would lie inside the mount; choose another with --cache-dir.")
    made = mountpoint.prepare(path, tell=lambda sentence: click.echo(sentence, err=True))
    try:
        password = "" if auth in PASSWORDLESS else _password(user or address)
        login = Login(address, user or address, password, url, auth)
        log_path = None if log_file is None else log_file.expanduser().absolute()
        if foreground:
            _in_foreground(login, given, path, taken, log_path, log_level)
        else:
            _in_background(login, given, path, taken, log_path or logs.default_file(address, path), log_level)
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


def _password(user: str) -> str:
    # Taken out of the environment, so that the programs that we start don't have it.
    password = os.environ.pop("EWSFS_PASSWORD", "")
    if password:
        return password
    if not stdin_is_terminal():
        raise CliError("no password: put it into the environment variable EWSFS_PASSWORD, or run this in a terminal.")
    asked: str = click.prompt(f"Password for {user}", hide_input=True, err=True)
    return asked


def _in_foreground(
    login: Login,
    given: serving.SettingsGiven,
    path: Path,
    options: FuseOptions,
    log_file: Path | None,
    log_level: str,
) -> None:
    if log_file is None:
        logs.to_terminal(log_level)
    else:
        logs.to_file(log_file, log_level)
    serving.serve(
        login,
        given,
        path,
        options,
        on_ready=lambda ready: click.echo(f"{serving.describe(ready, path)} End it with Ctrl-C.", err=True),
    )


def _in_background(
    login: Login, given: serving.SettingsGiven, path: Path, options: FuseOptions, log_file: Path, log_level: str
) -> None:
    def work(ready: Callable[[str], None]) -> None:
        logs.to_file(log_file, log_level)
        with _standard_error(log_file) as (said, mounted):

            def on_ready(filesystem: FileSystem) -> None:
                mounted()
                ready(serving.describe(filesystem, path))

            try:
                serving.serve(login, given, path, options, on_ready)
            except CliError as error:
                words = said()
                raise CliError(f"{error.message} {words}".rstrip()) from error

    def crash(error: BaseException) -> str:
        if isinstance(error, CliError):
            log.error("%s", error.message)
            return error.message
        log.critical("the mount's process ended", exc_info=error)
        return f"internal error: {type(error).__name__}: {error}. The log has more: {log_file}"

    spinner = Spinner(f"Connecting to the mailbox {login.address} ...")
    pid, told = background.start(work, crash=crash, waiting=spinner)
    answer = mountpoint.probe(path)
    if answer != 0 or mountpoint.find(path) is None:
        why = "doesn't answer" if answer is None else os.strerror(answer or errno.EIO)
        raise CliError(f"{path} was mounted, but the mount (process {pid}) {why}. The log has more: {log_file}")
    click.echo(told)


@contextlib.contextmanager
def _standard_error(log_file: Path) -> Iterator[tuple[Callable[[], str], Callable[[], None]]]:
    """What libfuse and fusermount write to standard error: kept for the message until the mount is ready, logged after.

    Gives two functions: one that returns the last line said so far, one to be called when the mount is ready.
    """
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)

        def said() -> str:
            kept.seek(0)
            lines = kept.read().decode(errors="replace").split("\n")
            return next((line.strip() for line in reversed(lines) if line.strip()), "")

        def mounted() -> None:
            with log_file.open("ab") as file:
                os.dup2(file.fileno(), 2)

        yield said, mounted
