"""Attachment folders written to: files copied in, replaced, renamed and removed there.

A file becomes an attachment when it is closed, as Exchange's CreateAttachment; nothing is ever changed in place, so
what replaces another is made first, and the other one removed then. A message is attached as one where it can be
read back under the same name, else as a file. A removed attachment is hidden at once and removed on the server a
while later: so `rm -r` leaves a message whole in Deleted Items (DESIGN.md 7).

Each attachment made here carries a Content-ID of ours, made before the request, so that after a lost connection one
can ask whether it was attached. And a while after changes of ours the server is asked what is attached now: another
machine may have changed the item just before, and nothing else would tell.

Threading: any thread; see `standing` for the lock of an item.
"""

from __future__ import annotations

import errno
import logging
import mimetypes
import uuid
from typing import BinaryIO, NamedTuple

from ewsfs.formats import eml
from ewsfs.vfs import names
from ewsfs.vfs.attached.attachments import Attachments
from ewsfs.vfs.attached.heldback import HeldBack
from ewsfs.vfs.attached.naming import MARK
from ewsfs.vfs.attached.standing import Standing
from ewsfs.vfs.attached.veils import Veils
from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog, is_passing
from ewsfs.vfs.model import Attachment, Entry
from ewsfs.vfs.nodes import AttachmentNode, AttachmentsNode
from ewsfs.vfs.remote import Mailbox, OutcomeUnknown
from ewsfs.vfs.writing.data import beginning

log = logging.getLogger(__name__)

_CHUNK = 1 << 20
_ATTEMPTS = 3  # of a request whose outcome got lost each time

# What a server answers that doesn't take MIME there.
_NO_MIME = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EPERM})


class _Made(NamedTuple):
    """An attachment as the server has made it: its id, the item's new change key, and whether it is a message."""

    id: str
    change_key: str
    is_message: bool


class AttachmentWriter:
    """Changes of the attachments of one mailbox's items.

    Parameters: `remote`, the mailbox; `catalog`, whose entries get new change keys; `attachments`, what is known of
    them; `veils`, what doesn't show though it can't be removed; `hold`, seconds for which a removal is held back.
    """

    def __init__(
        self, remote: Mailbox, catalog: Catalog, attachments: Attachments, veils: Veils, hold: float = 5.0
    ) -> None:
        self._remote = remote
        self._catalog = catalog
        self._attachments = attachments
        self._veils = veils
        self._standing = Standing(remote, catalog, attachments)
        self._held = HeldBack(hold, self._carry_out)
        self._folders: dict[str, str] = {}  # where the items are for which something is held back
        self._made: set[tuple[str, str]] = set()  # (folder, item): directories that are there for us alone
        self._closing = False

    # -- files -------------------------------------------------------------------------------------

    def put(
        self, node: AttachmentsNode, name: str, data: BinaryIO, *, upload_id: str, mtime_ns: int | None = None
    ) -> Attachment:
        """The file becomes an attachment called `name`; equal in name and bytes to one there, it is that one.

        Parameters: `data`, read from its beginning, and not closed; `upload_id`, the same when this is tried again
        after a failure or a crash: what was attached before is found by it; `mtime_ns`, when it was written, shown from
        now on (None: the item's time is). Returns the attachment, which has its
        id. Raises: VfsError (EROFS for what is attached to an attached message, EINVAL for a name that can't be
        kept, ENOENT when the item has gone, ...).
        """
        self._must_be_own(node)
        names.check_given(name)
        with self._standing.lock(node.entry.id):
            made = self._put(self._standing.current(node), name, data, f"{MARK}{upload_id}")
            if mtime_ns is not None and made.remote_id is not None:
                self._set_time(self._standing.current(node), made.remote_id, mtime_ns)
            return made

    def set_time(self, node: AttachmentNode, mtime_ns: int) -> None:
        """utimensat(2) of an attachment: it shows that time here, as long as it isn't replaced."""
        if not node.parent.trail and node.attachment.remote_id is not None:
            with self._standing.lock(node.parent.entry.id):
                self._set_time(self._standing.current(node.parent), node.attachment.remote_id, mtime_ns)

    def remove(self, node: AttachmentNode) -> None:
        """The attachment is hidden at once, and removed on the server after a while; see `forget`.

        What is attached to an attached message can't be removed: it shows again then; see `veils`.
        Raises: VfsError (ENOENT when it has gone).
        """
        with self._standing.lock(node.parent.entry.id):
            parent = self._standing.current(node.parent)
            if parent.trail:
                self._veils.cover(parent, node.attachment.name)
                self._hold(parent)
                return
            self._hide(parent, self._standing.row(parent, node.attachment.name))
            self._hold(parent)

    def rename(self, node: AttachmentNode, name: str) -> None:
        """Attached anew under the new name, then removed; what had that name is replaced.

        Raises: VfsError as `put` and `remove`.
        """
        self._must_be_own(node.parent)
        names.check_given(name)
        with self._standing.lock(node.parent.entry.id):
            parent = self._standing.current(node.parent)
            row = self._standing.row(parent, node.attachment.name)
            if row.name == name:
                return
            when = self._attachments.times.of(parent.entry, row)
            with self._attachments.open(self._standing.as_file(parent, row)) as data:
                made = self._put(parent, name, data, f"{MARK}{uuid.uuid4().hex}")
            parent = self._standing.current(parent)
            if made.remote_id is not None:
                self._set_time(parent, made.remote_id, when)
            self._hide(parent, self._standing.row(parent, row.name))
            self._remove_hidden(parent)

    # -- folders -----------------------------------------------------------------------------------

    def make_folder(self, folder_id: str, entry: Entry) -> None:
        """mkdir of the attachment folder of an item that has none: it is there until it is removed, or the mount ends.

        Raises: VfsError (EEXIST, ENOENT when the item has gone).
        """
        with self._standing.lock(entry.id):
            node = self._standing.current(AttachmentsNode(folder_id, entry))
            if node.entry.has_attachments:
                raise VfsError(errno.EEXIST, names.attachments_dir(entry.name))
            self._show_folder(node)

    def remove_folder(self, node: AttachmentsNode) -> None:
        """rmdir of an attachment folder; what was removed from it is still held back.

        An attached message's shows again then, as what is in it does. Raises: VfsError (ENOTEMPTY).
        """
        with self._standing.lock(node.entry.id):
            node = self._standing.current(node)
            if self._veils.shown(node, self._attachments.listed(node)):
                raise VfsError(errno.ENOTEMPTY, f"{names.attachments_dir(node.entry.name)} holds attachments")
            if node.trail:
                self._veils.cover(node.above, node.inside[-1])
                self._hold(node)
                return
            self._made.discard((node.folder_id, node.entry.id))
            self._catalog.show_attachments(node.folder_id, node.entry.id, False)
            self._held.touch()

    # -- what is held back -------------------------------------------------------------------------

    def forget(self, item_id: str) -> None:
        """The item goes: what was removed from it goes with it. To be called before the item is removed."""
        with self._standing.lock(item_id):
            self._held.drop(item_id)
            self._held.touch()
            self._let_go(item_id)

    def settle(self, item_id: str) -> None:
        """The item is going to be moved, or to be replaced: what was removed from it is removed now."""
        self._held.flush(item_id)

    def flush(self) -> None:
        """Do now what is held back. What can't be removed is tried again later, and the log says so."""
        self._held.flush()

    def close(self) -> None:
        """Remove what is held back, and end. What can't be removed now stays attached, and the log says so."""
        self._closing = True
        self._held.close()
        self._held.flush()
        count = sum(len(self._attachments.hidden(item_id)) for item_id in self._held.keys())  # noqa: SIM118 - no dict
        if count:
            log.warning("%d removed attachments stay with their items: the server was out of reach", count)
        for folder_id, item_id in list(self._made):
            self._catalog.show_attachments(folder_id, item_id, None)
            self._catalog.note_attachments(folder_id, item_id, False)

    # -- inside: making ----------------------------------------------------------------------------

    def _put(self, node: AttachmentsNode, name: str, data: BinaryIO, mark: str) -> Attachment:
        size = data.seek(0, 2)
        there = {row.name for row in self._attachments.rows(node)}
        if name not in there and names.normal(name) in there:
            name = names.normal(name)  # programs ask in any Unicode form for what is shown in this one
        same = self._equal(node, name, data, size)
        if same is not None:
            self._show(node, same)
            return same
        rows, marks = self._standing.told(node)
        # An earlier go of the same file, before a crash.
        earlier = [row for row in rows if marks.get(row.remote_id or "") == mark]
        made = next((row for row in earlier if self._holds(node, row, data, size)), None)
        others = [row for row in rows if made is None or row.remote_id != made.remote_id]
        if made is None:
            answer = self._make(node, name, data, mark, {row.remote_id for row in rows})
            made = self._attachments.describe(name, answer.id, data if answer.is_message else None, size)
            self._keep_content(answer.id, data)
            node = self._standing.added(node, answer.change_key, others, made, marks | {answer.id: mark}, size)
        else:
            made = made._replace(name=name)
            self._attachments.save(node, [*others, made])
            self._attachments.unhide(node.entry.id, made.remote_id)
        self._unfold(node)
        replaced = [row for row in others if row in earlier or row.name == name]
        for row in replaced:
            self._hide(node, row)
        if replaced:
            self._remove_hidden(node)
        self._hold(node)
        return made

    def _set_time(self, node: AttachmentsNode, attachment_id: str, mtime_ns: int) -> None:
        self._attachments.times.set(node.entry, attachment_id, mtime_ns, self._attachments.rows(node))

    def _make(self, node: AttachmentsNode, name: str, data: BinaryIO, mark: str, before: set[str | None]) -> _Made:
        """Attach a file, and after a lost connection ask first whether it was. `before`: the ids of what was there."""
        as_message = _can_be_message(name, data)
        for attempt in range(_ATTEMPTS):
            try:
                return self._send(node, name, data, mark, as_message=as_message)
            except OutcomeUnknown as error:
                self._standing.forget(node.entry.id)
                if attempt == _ATTEMPTS - 1:
                    raise
                log.info("asking whether %s was attached: %s", name, error.reason)
                rows, marks = self._standing.ask(node)
                for row in rows:
                    if row.remote_id and row.remote_id not in before and marks.get(row.remote_id) == mark:
                        return _Made(row.remote_id, node.entry.change_key, as_message and row.is_message)
        raise AssertionError("the last attempt raises")

    def _send(self, node: AttachmentsNode, name: str, data: BinaryIO, mark: str, *, as_message: bool) -> _Made:
        data.seek(0)
        if as_message:
            try:
                stem = names.split(name)[0]
                return _Made(*self._remote.attach_message(node.entry.id, stem, data, mark=mark), True)
            except VfsError as error:
                if isinstance(error, OutcomeUnknown) or error.number not in _NO_MIME:
                    raise
                log.info("the server takes no message as an attachment (%s): attached as a file", error.reason)
        data.seek(0)
        kind = _content_type(name)
        return _Made(*self._remote.attach_file(node.entry.id, name, data, content_type=kind, mark=mark), False)

    def _equal(self, node: AttachmentsNode, name: str, data: BinaryIO, size: int) -> Attachment | None:
        """The attachment of that name with those bytes; a hidden one only when none is shown."""
        hidden = self._attachments.hidden(node.entry.id)
        rows = [row for row in self._attachments.rows(node) if row.name == name]
        shown = [row for row in rows if row.remote_id not in hidden]
        return next((row for row in shown or rows if self._holds(node, row, data, size)), None)

    def _holds(self, node: AttachmentsNode, row: Attachment, data: BinaryIO, size: int) -> bool:
        """Whether an attachment has those bytes."""
        if size != row.size if row.exact else size > row.size:
            return False
        data.seek(0)
        with self._attachments.open(self._standing.as_file(node, row)) as file:
            if file.seek(0, 2) != size:
                return False
            file.seek(0)
            while chunk := file.read(_CHUNK):
                if chunk != data.read(len(chunk)):
                    return False
        return True

    def _keep_content(self, attachment_id: str, data: BinaryIO) -> None:
        data.seek(0)
        try:
            self._attachments.keep_content(attachment_id, data)
        except OSError as error:  # it is attached all the same
            log.warning("an attachment can't be kept in the cache: %s", error)
            self._attachments.drop_content(attachment_id)

    # -- inside: removing --------------------------------------------------------------------------

    def _hide(self, node: AttachmentsNode, row: Attachment) -> None:
        if row.remote_id is None:
            self._standing.ask(node)
            row = self._standing.row(node, row.name)
        assert row.remote_id is not None  # who asks the server gets ids
        self._attachments.hide(node.entry.id, row.remote_id)
        if not self._attachments.listed(node):
            self._show_folder(node)  # a directory stays until somebody removes it, as elsewhere

    def _show(self, node: AttachmentsNode, row: Attachment) -> None:
        """What was hidden is put back."""
        if row.remote_id is not None and row.remote_id in self._attachments.hidden(node.entry.id):
            self._attachments.unhide(node.entry.id, row.remote_id)
            self._unfold(node)

    def _hold(self, node: AttachmentsNode) -> None:
        """Look after the item later."""
        self._folders[node.entry.id] = node.folder_id
        self._held.add(node.entry.id)

    def _remove_hidden(self, node: AttachmentsNode) -> None:
        """What was replaced goes at once, with what is held back; when it can't, that is tried again."""
        try:
            self._detach(node)
        except VfsError as error:
            log.info("an attachment of %s can't be removed yet: %s", node.entry.name, error.reason)
        self._hold(node)

    def _carry_out(self, item_id: str) -> bool:
        """Remove an item's hidden attachments, and see how it stands. Returns whether nothing is left to be done."""
        with self._standing.lock(item_id):
            try:
                node = self._node_of(item_id)
                if node is not None:
                    node = self._detach(node)
                    self._lift_veils(node)
                    if not (self._closing or self._attachments.is_told(item_id)):
                        self._standing.ask(node)
                        self._catalog.note_attachments(node.folder_id, item_id, bool(self._attachments.listed(node)))
            except VfsError as error:
                if is_passing(error):
                    log.info("attachments can't be looked after yet: %s", error.reason)
                    return False
                log.warning("attachments can't be looked after: %s", error.reason)
                self._let_go(item_id)
            else:
                if node is None:
                    self._let_go(item_id)
            self._folders.pop(item_id, None)
            return True

    def _detach(self, node: AttachmentsNode) -> AttachmentsNode:
        """Remove an item's hidden attachments on the server. Raises: VfsError when that has to be tried again."""
        ids = sorted(self._attachments.hidden(node.entry.id))
        if not ids:
            return node
        results = dict(zip(ids, self._remote.detach(ids), strict=True))
        change_keys = [key for key in results.values() if isinstance(key, str) and key]
        failed = {i: e for i, e in results.items() if isinstance(e, VfsError) and e.number != errno.ENOENT}
        gone = frozenset(results.keys() - failed.keys())
        if gone:
            node = self._standing.removed(node, change_keys[-1] if change_keys else "", gone)
            if not self._attachments.rows(node) and (node.folder_id, node.entry.id) not in self._made:
                self._catalog.show_attachments(node.folder_id, node.entry.id, None)
                self._catalog.note_attachments(node.folder_id, node.entry.id, False)
        for attachment_id, error in failed.items():
            if is_passing(error):
                raise error
            log.warning("an attachment of %s can't be removed: %s", node.entry.name, error.reason)
            self._attachments.unhide(node.entry.id, attachment_id)
            self._unfold(node)
        return node

    def _lift_veils(self, node: AttachmentsNode) -> None:
        """What was removed from within attached messages that are still there shows again: it was never removed."""
        there = {names.attachments_dir(row.name) for row in self._attachments.listed(node)}
        back = [name for inside, name in self._veils.lift_all(node.entry.id) if (*inside, name)[0] in there]
        if back:
            log.warning(
                "%d of the names removed from the attachment folder of %s are back (%s, ...): nothing can be removed"
                " from within a message that is attached, only the attached message itself",
                len(back),
                node.entry.name,
                min(back),
            )

    def _let_go(self, item_id: str) -> None:
        """Nothing that was done to the item here counts any more."""
        self._veils.lift_all(item_id)
        self._attachments.forget(item_id)
        self._standing.forget(item_id)
        folder_id = self._folders.pop(item_id, None)
        for made in [made for made in self._made if made[1] == item_id]:
            self._made.discard(made)
            folder_id = made[0]
        if folder_id is not None:
            self._catalog.show_attachments(folder_id, item_id, None)

    # -- inside: the directory ---------------------------------------------------------------------

    def _show_folder(self, node: AttachmentsNode) -> None:
        """The directory is there, with nothing in it."""
        self._made.add((node.folder_id, node.entry.id))
        self._catalog.show_attachments(node.folder_id, node.entry.id, True)

    def _unfold(self, node: AttachmentsNode) -> None:
        """The directory is there because of what is in it."""
        self._made.discard((node.folder_id, node.entry.id))
        self._catalog.show_attachments(node.folder_id, node.entry.id, None)
        self._catalog.note_attachments(node.folder_id, node.entry.id, True)

    def _node_of(self, item_id: str) -> AttachmentsNode | None:
        """The attachments of an item that is looked after; None when it isn't where it was any more."""
        folder_id = self._folders.get(item_id)
        if folder_id is None:
            return None
        listing = self._catalog.listing(folder_id)
        with self._catalog.lock:
            entry = listing.entries.get(item_id)
        return None if entry is None else AttachmentsNode(folder_id, entry)

    @staticmethod
    def _must_be_own(node: AttachmentsNode) -> None:
        if node.trail:
            raise VfsError(errno.EROFS, "what is attached to an attached message can't be changed")


def _can_be_message(name: str, data: BinaryIO) -> bool:
    """Whether a file can be a message there and be read back under its name."""
    if not name.endswith(".eml"):
        return False
    head = beginning(data)
    try:
        eml.check(head)
    except ValueError:
        return False
    title = names.sanitize(f"{eml.subject(head) or names.NO_SUBJECT}.eml")
    return names.fit(*names.split(title)) == name


def _content_type(name: str) -> str:
    """The media type of a file by its name. A message that is a file must not become one on its way."""
    kind, encoding = mimetypes.guess_type(name)
    if kind is None or encoding is not None or kind.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return kind
