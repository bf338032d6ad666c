"""The one error of the filesystem, and the one table from what a server says to an errno.

    OSError
    +-- VfsError            carries the errno a system call answers with, and a sentence for the log

Used by every module of `ewsfs.vfs`; a binding needs nothing but `errno`. `translate` is the only place
where an error of `ewsfs.ews` becomes one of ours.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from ewsfs.ews import errors as ews


class VfsError(OSError):
    """What a system call answers with when it can't be done.

    Parameters: `number`, an errno; `reason`, a sentence that says what and why, for the log.
    """

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(number, reason)
        self.number = number
        self.reason = reason


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# EWS ResponseCode -> errno; the reference page of each is "ResponseCode" (MessageText is localised, never read).
_ERRNOS: dict[str, int] = {
    code: number
    for number, codes in {
        errno.EACCES: _codes(
            "ErrorAccessDenied ErrorCreateItemAccessDenied ErrorImpersonateUserDenied ErrorImpersonationDenied"
            " ErrorImpersonationFailed ErrorAccountDisabled ErrorPasswordExpired ErrorPasswordChangeRequired"
            " ErrorLogonAsNetworkServiceFailed ErrorMailboxMoveInProgress ErrorItemSavePropertyError"
            " ErrorCalendarIsDelegatedForAccept ErrorNotDelegate ErrorSendAsDenied"
        ),
        errno.ENOENT: _codes(
            "ErrorItemNotFound ErrorFolderNotFound ErrorParentFolderNotFound ErrorNonExistentMailbox"
            " ErrorAttachmentNotFound ErrorSyncFolderNotFound ErrorToFolderNotFound ErrorMailRecipientNotFound"
            " ErrorCannotFindFile ErrorInvalidId ErrorInvalidIdMalformed ErrorInvalidIdEmpty"
            " ErrorCalendarOccurrenceIsDeletedFromRecurrence"
        ),
        errno.EEXIST: _codes("ErrorFolderExists"),
        errno.EPERM: _codes(
            "ErrorDeleteDistinguishedFolder ErrorMoveDistinguishedFolder ErrorCannotDeleteObject"
            " ErrorCannotEmptyFolder ErrorObjectTypeChanged ErrorManagedFoldersRoot"
            " ErrorCannotCreateCalendarItemInNonCalendarFolder ErrorCannotCreateContactInNonContactFolder"
            " ErrorCannotCreateTaskInNonTaskFolder ErrorCannotCreatePostItemInNonMailFolder"
        ),
        errno.EDQUOT: _codes("ErrorQuotaExceeded ErrorMailboxHoldQuotaExceeded ErrorSubmissionQuotaExceeded"),
        errno.EFBIG: _codes(
            "ErrorMessageSizeExceeded ErrorAttachmentSizeLimitExceeded ErrorDataSizeLimitExceeded"
            " ErrorContentConversionFailedSize"
        ),
        errno.ESTALE: _codes(
            "ErrorIrresolvableConflict ErrorStaleObject ErrorChangeKeyRequired"
            " ErrorChangeKeyRequiredForWriteOperations ErrorInvalidChangeKey"
        ),
        errno.EAGAIN: _codes(
            "ErrorServerBusy ErrorExceededConnectionCount ErrorExceededSubscriptionCount ErrorTimeoutExpired"
            " ErrorMailboxStoreUnavailable ErrorInternalServerTransientError ErrorConnectionFailed"
            " ErrorConnectionFailedTransientError ErrorBatchProcessingStopped ErrorTooManyObjectsOpened"
            " ErrorInsufficientResources"
        ),
        errno.EINVAL: _codes(
            "ErrorMimeContentInvalid ErrorMimeContentInvalidBase64String ErrorMimeContentConversionFailed"
            " ErrorInvalidPropertySet ErrorPropertyValidationFailure ErrorCalendarEndDateIsEarlierThanStartDate"
            " ErrorFolderSaveFailed ErrorNameResolutionMultipleResults ErrorInvalidRecipients ErrorSchemaValidation"
            " ErrorInvalidRequest ErrorInvalidFolderTypeForOperation"
        ),
        errno.ENOTSUP: _codes(
            "ErrorInvalidOperation ErrorUnsupportedMimeConversion ErrorNotSupported ErrorUnsupportedTypeForConversion"
            " ErrorUnsupportedPathForQuery ErrorInvalidServerVersion ErrorInvalidSchemaVersionForMailboxVersion"
        ),
        errno.ENXIO: _codes("ErrorMailboxFailover ErrorNoRespondingCASInDestinationSite"),
    }.items()
    for code in codes
}


def translate(exception: Exception) -> VfsError:
    """The errno and the reason for an error of the client library.

    Parameters: `exception`, whatever a call into `ewsfs.ews` raised. Returns the `VfsError` to raise from it.
    """
    if isinstance(exception, VfsError):
        return exception
    reason = f"{type(exception).__name__}: {exception}"
    if isinstance(exception, ews.ResponseError):
        code = exception.response_code
        if code in _ERRNOS:
            return VfsError(_ERRNOS[code], reason)
        for family, number in _FAMILIES:
            if isinstance(exception, family):
                return VfsError(number, reason)
        return VfsError(errno.EREMOTEIO, reason)
    for family, number in _TRANSPORT:
        if isinstance(exception, family):
            return VfsError(number, reason)
    if isinstance(exception, ews.EWSError):
        return VfsError(errno.EREMOTEIO, reason)
    if isinstance(exception, OSError) and exception.errno:
        return VfsError(exception.errno, reason)
    return VfsError(errno.EIO, reason)


@contextmanager
def translated() -> Iterator[None]:
    """A boundary: what `ewsfs.ews` raises inside leaves it as `VfsError`."""
    try:
        yield
    except VfsError:
        raise
    except ews.EWSError as exception:
        raise translate(exception) from exception
