"""The operations of EWS, a module for each group; importing the package registers them all in `dispatch`."""

from __future__ import annotations

from ewsfs.sandbox.operations import (
    attachments,
    change,
    create,
    directory,
    find,
    folders,
    get,
    identifiers,
    moving,
    notifications,
    removal,
    settings,
    sync,
    transfer,
)

__all__ = [
    "attachments",
    "change",
    "create",
    "directory",
    "find",
    "folders",
    "get",
    "identifiers",
    "moving",
    "notifications",
    "removal",
    "settings",
    "sync",
    "transfer",
]
