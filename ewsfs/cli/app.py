"""The command `ewsfs`: its sub-commands, its version, and the last catch for what nobody foresaw."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from ewsfs import __version__

_COMMANDS = ("demo", "mount", "sandbox", "umount")


class _Commands(click.Group):
    """The sub-commands, each loaded from the module of its name once it is asked for: most runs need one of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"ewsfs.cli.{cmd_name}"), cmd_name)
        return command


def _bindings() -> str:
    """Which FUSE bindings are installed. Not imported: that would load libfuse, which may be missing."""
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for name in ("mfusepy", "fusepy"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found) or "no FUSE binding"


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    # Click's own option would have the bindings looked for by every command.
    if asked and not context.resilient_parsing:
        click.echo(f"ewsfs {__version__} (Python {sys.version.split()[0]}, {_bindings()})")
        context.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`ewsfs COMMAND --help` explains a command. Try it without an account: ewsfs demo ~/mail",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def app() -> None:
    """A Microsoft Exchange mailbox as a directory tree."""


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
