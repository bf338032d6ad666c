"""What is attached to attached messages and was removed here: it doesn't show for a while, and then it does again.

Nothing can be removed from within an attached message. But a program that removes a tree comes by there before it gets
to the letter that all of this is attached to, and one that restores a tree (tar, unzip) removes a file to write the
same one anew. Neither may fail at that, and nobody can tell yet what it is going to be. So such a removal is held back,
as that of any attachment is (see `attaching`): it is forgotten when the letter goes, or the attached message, or when
the same bytes are written there. If none of this happens, what was removed shows again, and the log says why.

Threading: any thread; one lock, held for moments.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ewsfs.vfs import names
from ewsfs.vfs.model import Attachment
from ewsfs.vfs.nodes import AttachmentsNode

Place = tuple[tuple[str, ...], str]  # the directories above it in the item's attachment folder, and its name


class Veils:
    """What doesn't show for now in the attachment folders of one mailbox, by item."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._veiled: dict[str, set[Place]] = {}

    def cover(self, node: AttachmentsNode, name: str) -> None:
        """Show the file or directory of that name in a directory no longer."""
        with self._lock:
            self._veiled.setdefault(node.entry.id, set()).add((node.inside, name))

    def covers(self, node: AttachmentsNode, name: str) -> bool:
        """Whether something doesn't show. Parameters: `name`, as it is shown otherwise."""
        if not self._veiled:  # as nearly always, and every look at an attachment comes by here
            return False
        with self._lock:
            return (node.inside, name) in self._veiled.get(node.entry.id, ())

    def shown(self, node: AttachmentsNode, rows: Iterable[Attachment]) -> dict[str, bool]:
        """The names in a directory with these attachments, each with whether it is a directory itself."""
        found = {}
        for row in rows:
            found[row.name] = False
            if row.has_attachments:
                found[names.attachments_dir(row.name)] = True
        return {name: is_directory for name, is_directory in found.items() if not self.covers(node, name)}

    def lift(self, node: AttachmentsNode, name: str) -> None:
        """Show it again."""
        with self._lock:
            places = self._veiled.get(node.entry.id, set())
            places.discard((node.inside, name))
            if not places:
                self._veiled.pop(node.entry.id, None)

    def lift_all(self, item_id: str) -> set[Place]:
        """Show again all that is in an item's attachment folder. Returns what that was."""
        with self._lock:
            return self._veiled.pop(item_id, set())
