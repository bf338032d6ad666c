"""`ewsfs demo`: the sandbox with its sample mailbox, and a mount on it, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from ewsfs.cli import logs, mountpoint, serving
from ewsfs.cli.errors import CliError
from ewsfs.cli.fuse_options import FuseOptions
from ewsfs.cli.login import Login
from ewsfs.cli.serving import SettingsGiven
from ewsfs.cli.spinner import Spinner

if TYPE_CHECKING:
    from ewsfs.vfs import FileSystem

_USER = "ada"
_FOLDER = "ewsfs-demo-"
_LOOKS = 20  # attachment folders that are looked into for one to show


@click.command()
@click.argument("mountpoint_", metavar="MOUNTPOINT")
def demo(mountpoint_: str) -> None:
    """Mount a sample mailbox on MOUNTPOINT. Needs no account: the server is part of it.

    Whatever you do there is gone when the demo ends (Ctrl-C).
    """
    serving.check_device()
    signal.signal(signal.SIGTERM, _end)
    logs.to_terminal("warning")
    path = mountpoint.resolve(mountpoint_)
    made = mountpoint.prepare(path, tell=lambda sentence: click.echo(sentence, err=True))
    login_password = secrets.token_urlsafe(12)
    try:
        with _cache_folder() as cache, _sandbox(login_password) as url:
            address = f"{_USER}@example.test"
            login = Login(address, _USER, login_password, url)
            try:
                serving.serve(login, SettingsGiven(address, cache), path, FuseOptions(), lambda fs: _welcome(fs, path))
            finally:
                # The rest takes a moment and is not to be left half done.
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_IGN)
    finally:
        if made:
            with contextlib.suppress(OSError):
                path.rmdir()
    click.echo(f"\n{path} is unmounted, and the demo has ended.", err=True)


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _cache_folder() -> Iterator[Path]:
    """A folder for the duration of the block; those of demos that were killed are taken away on the way."""
    for left in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        owner = re.match(rf"{_FOLDER}(\d+)-", left.name)
        with contextlib.suppress(OSError):
            if owner and left.lstat().st_uid == os.getuid() and not Path("/proc", owner[1]).exists():
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _sandbox(password: str) -> Iterator[str]:
    """The server in a process of its own, so that it and the mount don't share one interpreter lock.

    Gives its endpoint. It ends with the block, and with this process, however that dies.
    """
    command = [sys.executable, "-m", "ewsfs", "sandbox", "--sample", "small", "--user", _USER, "--with-parent"]
    with Spinner("Starting the sandbox with its sample mailbox ..."):
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",  # "-m" looks in the current folder first
            env={**os.environ, "EWSFS_PASSWORD": password},
            start_new_session=True,  # Ctrl-C is for the mount, which may still have something to upload
        )
        assert process.stdout is not None
        try:
            url = re.search(r"https?://\S+", process.stdout.readline())
        except BaseException:
            process.kill()
            process.wait()
            raise
    with process:
        try:
            if url is None:
                raise CliError("the sandbox didn't start; what it said stands above.")
            yield url[0]
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _welcome(filesystem: FileSystem, path: Path) -> None:
    """Say what to try. In a thread of its own: FUSE waits for whoever calls this."""
    threading.Thread(target=_show, args=(filesystem, path), daemon=True).start()


def _show(filesystem: FileSystem, path: Path) -> None:
    lines = [f"  ls -l {_quoted(path, '/Inbox')}"]
    with contextlib.suppress(OSError):
        word, attachment = _find_examples(filesystem)
        if word:
            lines.append(f"  grep -ril {word} {_quoted(path, '')}")
        if attachment:
            lines.append(f"  cp {_quoted(path, attachment)} /tmp")
    told = "\n".join(lines)
    click.echo(
        f"A sample mailbox is mounted on {path}. Try, in another terminal:\n\n{told}\n\nCtrl-C ends it.", err=True
    )


def _quoted(path: Path, inside: str) -> str:
    return shlex.quote(f"{path}{inside}")


def _find_examples(filesystem: FileSystem) -> tuple[str, str]:
    """A word from a subject in the inbox, and the path of a file attached there; empty where there is none."""
    folders = [name for name, is_directory in filesystem.readdir("/Inbox") if is_directory]
    for folder in [name for name in folders if name.endswith(".attachments")][:_LOOKS]:
        for name, is_directory in filesystem.readdir(f"/Inbox/{folder}"):
            words = re.findall(r"[A-Za-z]{5,12}", folder.removesuffix(".attachments"))
            if words and not is_directory and not name.endswith(".eml"):
                return max(words, key=len), f"/Inbox/{folder}/{name}"
    return "", ""
