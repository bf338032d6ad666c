"""The command `ewsfs`: its sub-commands, its version, and the last catch for what nobody foresaw."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version

import click

from ewsfs import __version__
from ewsfs.cli.demo import demo
from ewsfs.cli.mount import mount
from ewsfs.cli.sandbox import sandbox
from ewsfs.cli.umount import umount


def _bindings() -> str:
    """Which FUSE bindings are installed. Not imported: that would load libfuse, which may be missing."""
    found = []
    for name in ("mfusepy", "fusepy"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found) or "no FUSE binding"


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`ewsfs COMMAND --help` explains a command. Try it without an account: ewsfs demo ~/mail",
)
@click.version_option(
    __version__,
    prog_name="ewsfs",
    message=f"%(prog)s %(version)s (Python {sys.version.split()[0]}, {_bindings()})",
)
def app() -> None:
    """A Microsoft Exchange mailbox as a directory tree."""


for _command in (mount, umount, demo, sandbox):
    app.add_command(_command)


def main() -> None:
    """Run the command line and exit; a fault of our own is one line, with the traceback when EWSFS_DEBUG is set."""
    try:
        app(prog_name="ewsfs")
    except Exception as error:
        if os.environ.get("EWSFS_DEBUG"):
            raise
        click.echo(
            f"ewsfs: internal error: {type(error).__name__}: {error}\n"
            "This is a fault of ewsfs. Please report it with the output of the same command with EWSFS_DEBUG=1.",
            err=True,
        )
        sys.exit(1)
