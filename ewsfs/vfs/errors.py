"""The one error of the filesystem, and the one table from what a server says to an errno.

    OSError
    +-- VfsError            carries the errno a system call answers with, and a sentence for the log
        +-- LoginRefused    says nothing about what was asked for

Used by every module of `ewsfs.vfs`; a binding needs nothing but `errno`. `translate` is the only place
where an error of `ewsfs.ews` becomes one of ours.
"""

from __future__ import annotations

import errno

from ewsfs.ews import errors as ews


class VfsError(OSError):
    """What a system call answers with when it can't be done.

    Parameters: `number`, an errno; `reason`, a sentence that says what and why, for the log.
    Attributes: `untouched`, set where the server surely did nothing of what it was asked.
    """

    untouched = False

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(number, reason)
        self.number = number
        self.reason = reason


class LoginRefused(VfsError):
    """The server doesn't take the login any more. That says nothing about what was asked for: it may be tried again."""


# By the family of an error of the client library, the first that fits.
_FAMILIES: tuple[tuple[type[ews.EWSError], int], ...] = (
    (ews.NotFound, errno.ENOENT),
    (ews.AccessDenied, errno.EACCES),
    (ews.AlreadyExists, errno.EEXIST),
    (ews.Conflict, errno.ESTALE),
    (ews.Busy, errno.EAGAIN),
    (ews.Quota, errno.EDQUOT),
    (ews.TooLarge, errno.EFBIG),
    (ews.WrongVersion, errno.ENOTSUP),
    (ews.Unsupported, errno.ENOTSUP),
    (ews.StateLost, errno.ESTALE),
    (ews.Invalid, errno.EINVAL),
    (ews.Refused, errno.EPERM),
    (ews.Forbidden, errno.EACCES),
    (ews.InsecureEndpoint, errno.EACCES),
    (ews.Unreachable, errno.EHOSTUNREACH),
    (ews.TLSError, errno.EKEYREJECTED),
    (ews.Redirected, errno.EHOSTUNREACH),
    (ews.AutoDiscoverFailed, errno.EHOSTUNREACH),
    (ews.Closed, errno.EHOSTUNREACH),
    (ews.PoolTimeout, errno.EAGAIN),
    (ews.Timeout, errno.ETIMEDOUT),
    (ews.Interrupted, errno.EHOSTUNREACH),
    (ews.OutcomeUnknown, errno.EAGAIN),
    (ews.ServerUnavailable, errno.EAGAIN),
    (ews.RequestTooLarge, errno.EFBIG),
    (ews.MalformedResponse, errno.EREMOTEIO),
    (ews.HTTPError, errno.EREMOTEIO),
)

# Where a system call means something else by it than the family says, or the code is of no family.
CODES: dict[str, int] = {
    "ErrorDeleteDistinguishedFolder": errno.EPERM,
    "ErrorMoveDistinguishedFolder": errno.EPERM,
    "ErrorCalendarCannotUpdateDeletedItem": errno.EPERM,
    "ErrorSentMeetingRequestUpdate": errno.EPERM,
    "ErrorSentTaskRequestUpdate": errno.EPERM,
    "ErrorMailboxLogonFailed": errno.EACCES,
    "ErrorAccountSuspendShowTierUpgrade": errno.EACCES,
    # mv(1) then copies and removes.
    "ErrorCrossMailboxMoveCopy": errno.EXDEV,
    "ErrorFolderSaveFailed": errno.EINVAL,
    "ErrorFolderSavePropertyError": errno.EINVAL,
    "ErrorItemSavePropertyError": errno.EINVAL,
    "ErrorOccurrenceCrossingBoundary": errno.EINVAL,
    "ErrorRecurrenceHasNoOccurrence": errno.EINVAL,
    "ErrorSearchQueryHasTooManyKeywords": errno.EINVAL,
    "ErrorItemCorrupt": errno.EBADMSG,
    "ErrorFolderCorrupt": errno.EBADMSG,
    "ErrorCorruptData": errno.EBADMSG,
    "ErrorContentConversionFailed": errno.EBADMSG,
    "ErrorExceededMessageLimitShowTierUpgrade": errno.EDQUOT,
    "ErrorExceededMaxRecipientLimitShowTierUpgrade": errno.EDQUOT,
    "ErrorNoPublicFolderReplicaAvailable": errno.EAGAIN,
    "ErrorNoPublicFolderServerAvailable": errno.EAGAIN,
    "ErrorProxyTokenExpired": errno.EAGAIN,
}


def translate(exception: Exception) -> VfsError:
    """The errno and the reason for an error of the client library.

    Parameters: `exception`, whatever a call into `ewsfs.ews` raised. Returns the `VfsError` to raise from it.
    """
    if isinstance(exception, VfsError):
        return exception
    reason = f"{type(exception).__name__}: {exception}"
    if isinstance(exception, ews.ResponseError) and exception.response_code in CODES:
        return VfsError(CODES[exception.response_code], str(exception))
    if isinstance(exception, ews.Unauthorized):
        return LoginRefused(errno.EACCES, str(exception) or reason)
    for family, number in _FAMILIES:
        if isinstance(exception, family):
            return VfsError(number, str(exception) or reason)
    if isinstance(exception, OSError) and exception.errno:
        return VfsError(exception.errno, reason)
    return VfsError(errno.EREMOTEIO if isinstance(exception, ews.EWSError) else errno.EIO, reason)
