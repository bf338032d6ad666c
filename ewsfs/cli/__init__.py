"""The command line: `ewsfs mount`, `umount`, `demo`, `sandbox`. `main` is the console script's entry."""

from ewsfs.cli.app import main

__all__ = ["main"]
