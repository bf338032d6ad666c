"""`python -m ewsfs` is the command `ewsfs`."""

from ewsfs.cli import main

main()
