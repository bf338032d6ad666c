"""Change keys: is an item still the one that we know?"""

from __future__ import annotations

import errno

from ewsfs.vfs.errors import VfsError


def must_be(found: str | None, change_key: str | None) -> None:
    """Refuse an item with another change key than the one that is known; None is known to be any.

    Raises: VfsError (ESTALE).
    """
    if change_key is not None and found != change_key:
        raise VfsError(errno.ESTALE, "the item was changed elsewhere meanwhile")
