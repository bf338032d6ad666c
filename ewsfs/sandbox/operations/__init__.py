"""The operations of EWS, a module for each group; importing the package registers them all in `dispatch`."""

from __future__ import annotations

from ewsfs.sandbox.operations import (
    attachments,
    availability,
    change,
    configuration,
    create,
    delegates,
    directory,
    find,
    folders,
    get,
    identifiers,
    moving,
    notifications,
    removal,
    rules,
    settings,
    sync,
    transfer,
)

__all__ = [
    "attachments",
    "availability",
    "change",
    "configuration",
    "create",
    "delegates",
    "directory",
    "find",
    "folders",
    "get",
    "identifiers",
    "moving",
    "notifications",
    "removal",
    "rules",
    "settings",
    "sync",
    "transfer",
]
