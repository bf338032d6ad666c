"""Documents: files of any kind as items that hold nothing else, made and given other bytes.

Used by `author`. The file is an attachment: the new one is there before the old one goes, so that whoever looks in
between, also after a crash, finds one of them.
"""

from __future__ import annotations

import errno

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.remote import Mailbox, OutcomeUnknown
from ewsfs.vfs.remote.documents import Document
from ewsfs.vfs.writing import data as contents
from ewsfs.vfs.writing.data import Data


def fill(remote: Mailbox, item_id: str, change_key: str, name: str, data: Data) -> str:
    """Put the file into a new document. Returns its new change key. Raises: VfsError."""
    return _replace(remote, item_id, Document(change_key, (), name), data)


def update(remote: Mailbox, item_id: str, change_key: str, base: Data | None, data: Data) -> str:
    """Give a document other bytes. Returns its new change key; without a request the old one when they are equal.

    Parameters: `base`, what it said at that change key; None when nobody here has read it.
    Raises: VfsError, ESTALE when the document says something else by now.
    """
    if base is not None and contents.same(base, data):
        return change_key
    document = remote.look_at_document(item_id)
    if document.change_key != change_key:
        _, now = remote.open_document(item_id)
        with now:
            if contents.same(now, data) and len(document.files) < 2:
                return document.change_key
            if base is None or not contents.same(now, base):
                raise VfsError(errno.ESTALE, f"{document.name} was changed elsewhere since it was opened")
    return _replace(remote, item_id, document, data)


def _replace(remote: Mailbox, item_id: str, document: Document, data: Data) -> str:
    change_key = _add(remote, item_id, document, data) if contents.length(data) else document.change_key
    if document.files:
        change_key = remote.remove_files(document.files) or change_key
    return change_key


def _add(remote: Mailbox, item_id: str, document: Document, data: Data) -> str:
    for attempt in (1, 2):
        try:
            return remote.add_file(item_id, document.name, contents.stream(data))
        except OutcomeUnknown as error:
            now = remote.look_at_document(item_id)
            if set(now.files) - set(document.files):
                return now.change_key
            if attempt == 2:
                raise VfsError(errno.EAGAIN, error.reason) from error
    raise AssertionError  # the second attempt returns or raises
