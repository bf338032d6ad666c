"""How full the mailbox is, for statfs(2): learnt behind, so that `df` never waits for a server.

The first answers of a new mount are those of the last one, or none. Source: [MS-OXCSTOR] 2.2.2.1, the quotas of a
mailbox.

Threading: any thread; one daemon thread at a time asks the server.
"""

from __future__ import annotations

import json
import logging
import threading
import time

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.index import Index
from ewsfs.vfs.remote import Mailbox
from ewsfs.vfs.remote.service import Quota

log = logging.getLogger(__name__)

_KEY = "quota"
_STANDS = 300.0  # seconds for which an answer, or a failure to get one, stands at least


class QuotaKeeper:
    """The quota of one mailbox.

    Parameters: `remote`, the mailbox; `index`, where it is kept from one mount to the next; `ttl`, seconds for which
    what is known is taken as it is.
    """

    def __init__(self, remote: Mailbox, index: Index, ttl: float = 0.0) -> None:
        self._remote = remote
        self._index = index
        self._lock = threading.Lock()
        self._stands = max(ttl, _STANDS)
        self._asked_at = -self._stands
        self._closed = False
        self._known = self._load()

    def known(self) -> Quota | None:
        """What is known of the quota, None when that is nothing; never waits, and never asks twice in five minutes."""
        with self._lock:
            now = time.monotonic()
            if not self._closed and now - self._asked_at >= self._stands:
                self._asked_at = now
                threading.Thread(target=self._learn, name="ewsfs-quota", daemon=True).start()
            return self._known

    @property
    def kept(self) -> Quota | None:
        """The same, and nothing is asked."""
        with self._lock:
            return self._known

    def close(self) -> None:
        """End: an answer that is under way is forgotten."""
        with self._lock:
            self._closed = True

    # -- inside ------------------------------------------------------------------------------------

    def _load(self) -> Quota | None:
        try:
            limit, used = json.loads(self._index.get(_KEY) or "")
            return Quota(limit, used)
        except (ValueError, TypeError):
            return None

    def _learn(self) -> None:
        try:
            quota = self._remote.quota()
        except VfsError as error:
            log.info("the mailbox's quota is not known: %s", error.reason)
            return
        except Exception:  # nobody else would hear of it
            if not self._closed:
                log.exception("the mailbox's quota can't be read")
            return
        with self._lock:
            if not self._closed:
                self._known = quota
                self._index.set(_KEY, json.dumps(quota))
