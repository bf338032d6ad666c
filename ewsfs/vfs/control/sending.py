"""`.ewsfs/send/`: a message that is copied there is sent, once, with a copy in Sent Items.

A message is made as a draft first, with the upload id on it, and then sent. The draft is what makes it safe: sending
takes it out of Drafts, so that the server can't send it a second time, whatever becomes of the connection or of us.
After any failure the draft with the id says that the message still waits, and the sent message with the id that it
went. Where neither is found, nothing is sent again: whether that would be a second time can't be told.

Threading: any thread; a message is sent by one at a time (its file's lock sees to that).
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses

from ewsfs.formats import eml
from ewsfs.formats.errors import FormatError
from ewsfs.vfs.errors import LoginRefused, VfsError
from ewsfs.vfs.known.catalog import Catalog
from ewsfs.vfs.remote import Mailbox, OutcomeUnknown
from ewsfs.vfs.writing.data import Data, beginning

log = logging.getLogger(__name__)

PLACE = ".ewsfs/send"  # what stands for a folder id in the journals of messages to be sent

_DRAFTS = "drafts"
_SENT = "sentitems"
# Where a message is that was sent: on its way, there, or removed since.
_GONE_TO = (_SENT, "outbox", "deleteditems")
_LOOKS = 4  # for a message whose sending was cut off: a server may take a moment to file it
# After these the server will never send the draft, whose bytes are with us anyway.
_NEVER = frozenset({errno.EINVAL, errno.EFBIG, errno.EACCES, errno.EPERM, errno.ENOTSUP})


def _unknown() -> VfsError:
    return VfsError(
        errno.EPERM,
        "whether the message was sent can't be told: it is neither in Drafts nor in Sent Items. It is not sent again;"
        " ask who should have got it, and copy it into .ewsfs/send once more if nobody did",
    )


class Sender:
    """Sends messages for one mailbox.

    Parameters: `remote`, the mailbox; `catalog`, which knows its default folders; `pause`, seconds between the first
    two looks for a message whose sending was cut off, doubled with each.
    """

    def __init__(self, remote: Mailbox, catalog: Catalog, pause: float = 0.5) -> None:
        self._remote = remote
        self._catalog = catalog
        self._pause = pause

    @staticmethod
    def check(data: Data) -> None:
        """Refuse what can't be sent, without asking the server. Raises: VfsError (EINVAL) with a sentence."""
        head = beginning(data)
        try:
            eml.check(head)
        except FormatError as error:
            raise VfsError(errno.EINVAL, f"it can't be a message: {error}") from error
        headers = BytesHeaderParser(policy=compat32).parsebytes(head)
        fields = [str(value) for name in ("To", "Cc", "Bcc") for value in headers.get_all(name, [])]
        if not any("@" in address for _, address in getaddresses(fields)):
            raise VfsError(errno.EINVAL, "nobody would get it: To, Cc and Bcc name no address")

    def send(
        self,
        data: Data,
        upload_id: str,
        *,
        again: bool = False,
        begun: bool = False,
        on_begin: Callable[[], None] = lambda: None,
    ) -> None:
        """Send a message. When this returns, the server has taken it to be sent.

        Parameters: `data`, MIME; `upload_id`, made for this message; `again`, an earlier call for it was cut off: ask
        what became of it; `begun`, that call had come to call `on_begin`, which is called before the server is asked
        to send, and should note that where a killed process can't lose it.
        Raises: VfsError, EINVAL for what can't be sent, EPERM when it can't be told whether it was, and others that
        the server refuses it with; after EAGAIN, EHOSTUNREACH and the like it may be tried `again`.
        """
        self.check(data)
        drafts = self._folder(_DRAFTS)
        draft = self._remote.find_upload(drafts, upload_id) if again else None
        if draft is None:
            if begun:
                if self.was_sent(upload_id):
                    return
                raise _unknown()
            draft = self._make_draft(drafts, data, upload_id)
        on_begin()
        self._send_draft(drafts, draft, upload_id)
        for name in (_SENT, _DRAFTS):
            self._catalog.expire(self._folder(name))

    def was_sent(self, upload_id: str) -> bool:
        """Whether the message with that upload id was sent. Raises: VfsError when the server can't be asked."""
        for name in _GONE_TO:
            folder = self._catalog.tree.by_distinguished(name)
            if folder is not None and self._remote.find_upload(folder.id, upload_id) is not None:
                return True
        return False

    # -- inside ------------------------------------------------------------------------------------

    def _make_draft(self, drafts: str, data: Data, upload_id: str) -> tuple[str, str]:
        try:
            return self._remote.create_draft(drafts, data, upload_id)
        except OutcomeUnknown:
            found = self._remote.find_upload(drafts, upload_id)
            return found if found is not None else self._remote.create_draft(drafts, data, upload_id)

    def _send_draft(self, drafts: str, draft: tuple[str, str], upload_id: str) -> None:
        waiting: tuple[str, str] | None = draft
        for look in range(_LOOKS):
            if waiting is not None:
                try:
                    self._remote.send_draft(*waiting, self._folder(_SENT))
                except VfsError as error:
                    if not isinstance(error, OutcomeUnknown) and error.errno not in (errno.ENOENT, errno.ESTALE):
                        self._give_up(waiting[0], error)
                        raise
                    log.info("looking whether the message was sent: %s", error.reason)
                else:
                    return
            else:
                time.sleep(self._pause * 2 ** (look - 1))
            if self.was_sent(upload_id):
                return
            waiting = self._remote.find_upload(drafts, upload_id)
        raise _unknown()

    def _give_up(self, draft_id: str, error: VfsError) -> None:
        """The server refuses the message: leave no draft of it behind."""
        if error.errno not in _NEVER or isinstance(error, LoginRefused):
            return  # it waits there to be sent yet
        try:
            self._remote.delete_item(draft_id, to_trash=False)
        except VfsError as failure:
            log.warning("a draft that can't be sent stays in Drafts: %s", failure.reason)

    def _folder(self, distinguished: str) -> str:
        folder = self._catalog.tree.by_distinguished(distinguished)
        if folder is None:
            raise VfsError(errno.ENOTSUP, f"nothing can be sent: the mailbox has no folder {distinguished}")
        return folder.id
