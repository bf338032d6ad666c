"""What `.ewsfs/status.json` says: the connection, what was asked of the server, what the cache saved, what is owed.

For people and for `ewsfs umount`; made anew each time it is read, from what is known here. No network, no secrets.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from ewsfs.vfs.known.content import Contents
from ewsfs.vfs.known.quota import QuotaKeeper
from ewsfs.vfs.remote import Mailbox
from ewsfs.vfs.settings import Settings
from ewsfs.vfs.writing.journal import Pending, State
from ewsfs.vfs.writing.spool import Spool


def of(
    settings: Settings,
    remote: Mailbox,
    spool: Spool,
    contents: Contents,
    quota: QuotaKeeper,
    *,
    moves: int,
    mounted_ns: int,
) -> Mapping[str, object]:
    """The whole of it, ready for JSON. Times are ISO 8601 in UTC, sizes bytes.

    Parameters: `moves`, how many the server is still to be told of; `mounted_ns`, when the mount began, in
    nanoseconds since the epoch.
    """
    waiting = spool.in_state(State.OPEN) + spool.in_state(State.READY)
    unsaved = spool.in_state(State.UNSAVED)
    known = quota.kept
    return {
        "address": settings.address,
        "mounted_since": _time(mounted_ns),
        "read_only": settings.read_only,
        "connected": remote.is_reachable,
        "connection": remote.connection(),
        "requests": remote.requests(),
        "cache": {"hits": contents.hits, "misses": contents.misses, "limit": settings.content_limit},
        "quota": None if known is None else {"limit": known.limit, "used": known.used},
        "pending": len(waiting) + moves,
        "moves": moves,
        "queue": _files(waiting),
        "unsaved": len(unsaved),
        "unsaved_files": _files(unsaved),
    }


def _files(pendings: Iterable[Pending]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for pending in pendings:
        journal = pending.journal
        try:
            size = pending.size
        except OSError:  # it has just gone to the server
            continue
        found.append(
            {
                "name": journal.name,
                "state": journal.state.value,
                "bytes": size,
                "since": _time(journal.created_ns),
                "reason": journal.reason,
            }
        )
    return found


def _time(moment_ns: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment_ns / 1e9))
