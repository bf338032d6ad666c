"""A UID for items to which Exchange gives none: contacts, lists and tasks. Used by `icsparts` and `vcf`."""

from __future__ import annotations

import hashlib


def uid(item_id: str | None, content: str) -> str:
    """A UID for an item that has none on the server: made from its id, or from `content` without one."""
    return "ews-" + hashlib.sha256((item_id or content).encode("utf-8", "replace")).hexdigest()[:32]
