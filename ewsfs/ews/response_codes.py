"""Which family each response code of EWS belongs to, and what it says about the request: a table, no behaviour.

The source is the EWS reference page "ResponseCode" and ResponseCodeType of the schema; families and marks are ours.
A code that isn't listed is an error of no family. Used by `errors` alone, which makes the classes.
"""

from __future__ import annotations

FAMILIES: dict[str, str] = {
    "NotFound": """
        ErrorItemNotFound ErrorFolderNotFound ErrorParentFolderNotFound ErrorToFolderNotFound ErrorSyncFolderNotFound
        ErrorSavedItemFolderNotFound ErrorNonExistentMailbox ErrorMailboxHoldNotFound ErrorMailRecipientNotFound
        ErrorRecipientNotFound ErrorAttachmentNotFound ErrorManagedFolderNotFound ErrorEventNotFound
        ErrorSubscriptionNotFound ErrorExtensionNotFound ErrorCannotFindUser ErrorCannotFindFile ErrorNoCalendar
        ErrorInvalidAttachmentId ErrorInvalidId ErrorInvalidIdEmpty ErrorInvalidIdMalformed ErrorInvalidFolderId
        ErrorInvalidIdMalformedEwsLegacyIdFormat ErrorInvalidIdMonikerTooLong ErrorInvalidIdStoreObjectIdTooLong
        ErrorInvalidIdNotAnItemAttachmentId ErrorInvalidIdTooManyAttachmentLevels ErrorInvalidIdXml
        ErrorNameResolutionNoResults ErrorNameResolutionNoMailbox ErrorCalendarOccurrenceIsDeletedFromRecurrence
        ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange ErrorPublicFolderServerNotFound ErrorTeamMailboxNotFound
        ErrorUnifiedGroupMailboxNotFound ErrorDelegateNoUser ErrorDistributionListMemberNotExist
        ErrorArchiveMailboxNotEnabled ErrorClientIntentNotFound ErrorAvailabilityConfigNotFound
        ErrorAddressSpaceNotFound ErrorIPGatewayNotFound ErrorLocalServerObjectNotFound
        ErrorCannotAccessDeletedPublicFolder""",
    "AccessDenied": """
        ErrorAccessDenied ErrorCreateItemAccessDenied ErrorCreateSubfolderAccessDenied ErrorAccountDisabled
        ErrorImpersonateUserDenied ErrorImpersonationDenied ErrorImpersonationFailed ErrorSendAsDenied
        ErrorSubscriptionAccessDenied ErrorSubscriptionDelegateAccessNotSupported ErrorNotDelegate
        ErrorPasswordExpired ErrorPasswordChangeRequired ErrorInvalidUserSid ErrorNoFreeBusyAccess
        ErrorInvalidExchangeImpersonationHeaderData ErrorCallerIsInvalidADAccount ErrorTokenSerializationDenied
        ErrorLogonAsNetworkServiceFailed ErrorProxyRequestNotAllowed ErrorTeamMailboxNotAuthorizedOwner
        ErrorUserNotAllowedByPolicy ErrorPermissionNotAllowedByPolicy ErrorOrganizationAccessBlocked
        ErrorNotAllowedExternalSharingByPolicy ErrorInvalidAuthorizationContext ErrorAccountSuspend
        ErrorExtensionsNotAuthorized ErrorUnauthorizedClientAccessTokenRequest ErrorInvalidLicense
        ErrorUnifiedGroupAadAuthorizationRequestDenied ErrorMessageSubmissionBlocked ErrorMailboxLogonFailed""",
    "AlreadyExists": """
        ErrorFolderExists ErrorDelegateAlreadyExists ErrorManagedFolderAlreadyExists ErrorUnifiedGroupAlreadyExists
        ErrorImGroupDisplayNameAlreadyExists ErrorOutlookRuleBlobExists""",
    "Conflict": """
        ErrorIrresolvableConflict ErrorStaleObject ErrorInvalidChangeKey ErrorChangeKeyRequired
        ErrorChangeKeyRequiredForWriteOperations ErrorObjectTypeChanged ErrorCalendarMeetingRequestIsOutOfDate
        ErrorUpdatePropertyMismatch ErrorIncorrectUpdatePropertyCount""",
    "Busy": """
        ErrorServerBusy ErrorExceededConnectionCount ErrorBatchProcessingStopped ErrorInternalServerTransientError
        ErrorMailboxStoreUnavailable ErrorMailboxMoveInProgress ErrorMailboxFailover ErrorTimeoutExpired
        ErrorADUnavailable ErrorServiceUnavailable ErrorConnectionFailed ErrorConnectionFailedTransientError
        ErrorInsufficientResources ErrorNotEnoughMemory ErrorTooManyObjectsOpened ErrorRequestAborted
        ErrorNoRespondingCASInDestinationSite ErrorProxyCallFailed ErrorMessageTrackingTransientError
        ErrorNewEventStreamConnectionOpened ErrorClientDisconnected ErrorUMServerUnavailable
        ErrorLocationServicesRequestTimedOut ErrorInstantSearchTimeout ErrorReadEventsFailed
        ErrorSearchFolderNotInitialized ErrorPublicFolderRequestProcessingFailed""",
    "Quota": """
        ErrorQuotaExceeded ErrorSubmissionQuotaExceeded ErrorRulesOverQuota ErrorExceededMessageLimit
        ErrorExceededMaxRecipientLimit ErrorMessagePerFolderCountReceiveQuotaExceeded ErrorImContactLimitReached
        ErrorImGroupLimitReached ErrorMailboxHoldQuotaExceeded ErrorExceededMaxRecipientLimitBlock
        ErrorExceededSubscriptionCount ErrorFreeBusyDLLimitReached ErrorIndividualMailboxLimitReached""",
    "TooLarge": """
        ErrorMessageSizeExceeded ErrorAttachmentSizeLimitExceeded ErrorDataSizeLimitExceeded ErrorRequestStreamTooBig
        ErrorResultSetTooBig ErrorExceededFindCountLimit ErrorContentConversionFailedSize ErrorRestrictionTooLong
        ErrorRestrictionTooComplex ErrorQueryFilterTooLong ErrorAttachmentNestLevelLimitExceeded
        ErrorMailboxDataArrayTooBig ErrorTimeIntervalTooBig ErrorCalendarViewRangeTooBig
        ErrorOccurrenceTimeSpanTooBig ErrorRecurrenceEndDateTooBig ErrorProxyGroupSidLimitExceeded""",
    "WrongVersion": """
        ErrorInvalidServerVersion ErrorInvalidSchemaVersionForMailboxVersion ErrorIncorrectSchemaVersion
        ErrorWrongServerVersion ErrorWrongServerVersionDelegate ErrorNoDestinationCASDueToVersionMismatch""",
    "Unsupported": """
        ErrorNotSupported ErrorInvalidOperation ErrorUnsupportedMimeConversion ErrorUnsupportedPathForQuery
        ErrorUnsupportedPathForSortGroup ErrorUnsupportedPropertyDefinition ErrorUnsupportedQueryFilter
        ErrorUnsupportedRecurrence ErrorUnsupportedTypeForConversion ErrorUnsupportedCulture ErrorUnsupportedSubFilter
        ErrorUnsupportedMapiPropertyType ErrorVoiceMailNotImplemented ErrorCalendarSeekToConditionNotSupported
        ErrorMailTipsDisabled ErrorContentIndexingNotEnabled ErrorOperationNotAllowedWithPublicFolderRoot
        ErrorUserNotUnifiedMessagingEnabled ErrorLocationServicesDisabled ErrorNotSupportedSharingMessage""",
    "StateLost": """
        ErrorInvalidSyncStateData ErrorInvalidWatermark ErrorExpiredSubscription ErrorInvalidSubscription
        ErrorSubscriptionUnsubscribed ErrorInvalidPullSubscriptionId ErrorMissedNotificationEvents
        ErrorProxiedSubscriptionCallFailure""",
    "Invalid": """
        ErrorSchemaValidation ErrorInvalidRequest ErrorInvalidArgument ErrorMissingArgument ErrorInvalidPropertyRequest
        ErrorInvalidPropertySet ErrorInvalidPropertyAppend ErrorInvalidPropertyDelete ErrorInvalidPropertyForExists
        ErrorInvalidPropertyForOperation ErrorInvalidPropertyUpdateSentMessage ErrorInvalidExtendedProperty
        ErrorInvalidExtendedPropertyValue ErrorInvalidValueForProperty ErrorPropertyValidationFailure
        ErrorRequiredPropertyMissing ErrorPropertyUpdate ErrorInvalidRecipients ErrorMissingRecipients
        ErrorInvalidSmtpAddress ErrorInvalidMailbox ErrorInvalidRestriction ErrorContainsFilterWrongType
        ErrorMimeContentInvalid ErrorMimeContentInvalidBase64String ErrorMimeContentConversionFailed
        ErrorCalendarEndDateIsEarlierThanStartDate ErrorCalendarDurationIsTooLong ErrorCalendarInvalidRecurrence
        ErrorCalendarInvalidTimeZone ErrorCalendarInvalidPropertyState ErrorCalendarInvalidPropertyValue
        ErrorCalendarInvalidAttributeValue ErrorCalendarInvalidDayForTimeChangePattern ErrorTimeZone
        ErrorCalendarInvalidDayForWeeklyRecurrence ErrorCalendarOutOfRange ErrorInvalidCompleteDate
        ErrorInvalidPercentCompleteValue ErrorInvalidFolderTypeForOperation ErrorInvalidParentFolder
        ErrorMessageDispositionRequired ErrorSendMeetingCancellationsRequired ErrorSendMeetingInvitationsRequired
        ErrorSendMeetingInvitationsOrCancellationsRequired ErrorAffectedTaskOccurrencesRequired
        ErrorInvalidItemForOperationCreateItem ErrorInvalidItemForOperationSendItem
        ErrorInvalidItemForOperationCreateItemAttachment ErrorInvalidItemForOperationAcceptItem
        ErrorInvalidItemForOperationDeclineItem ErrorInvalidItemForOperationTentative
        ErrorInvalidItemForOperationCancelItem ErrorInvalidItemForOperationRemoveItem
        ErrorInvalidItemForOperationExpandDL ErrorInvalidItemForOperationArchiveItem ErrorInvalidOofParameter
        ErrorInvalidUserOofSettings ErrorInvalidScheduledOofDuration ErrorInvalidTimeInterval ErrorValueOutOfRange
        ErrorInvalidIndexedPagingParameters ErrorInvalidFractionalPagingParameters ErrorInvalidPagingMaxRows
        ErrorCannotUseFolderIdForItemId ErrorCannotUseItemIdForFolderId ErrorCalendarCannotUseIdForOccurrenceId
        ErrorCalendarCannotUseIdForRecurringMasterId ErrorInvalidSendItemSaveSettings ErrorInboxRulesValidationError
        ErrorNameResolutionMultipleResults ErrorInvalidRoutingType ErrorDuplicateSOAPHeader""",
    "Refused": """
        ErrorDeleteDistinguishedFolder ErrorMoveDistinguishedFolder ErrorCannotDeleteObject ErrorCannotEmptyFolder
        ErrorManagedFoldersRootFailure ErrorCannotCreateCalendarItemInNonCalendarFolder ErrorCannotDeleteTaskOccurrence
        ErrorCannotCreateContactInNonContactFolder ErrorCannotCreateTaskInNonTaskFolder
        ErrorCannotCreatePostItemInNonMailFolder ErrorCalendarFolderIsInvalidForCalendarView
        ErrorCalendarCannotMoveOrCopyOccurrence ErrorCalendarIsNotOrganizer ErrorCalendarIsOrganizerForAccept
        ErrorCalendarIsOrganizerForDecline ErrorCalendarIsOrganizerForTentative ErrorCrossMailboxMoveCopy
        ErrorVirusDetected ErrorVirusMessageDeleted ErrorMessageBlocked ErrorCannotOpenFileAttachment
        ErrorCannotUninstallProvidedExtensions ErrorReadReceiptNotPending ErrorCannotArchiveItemsInPublicFolders""",
}
"""Family -> its codes. `errors` draws the tree."""

NOT_EXECUTED = "ErrorServerBusy ErrorBatchProcessingStopped ErrorExceededConnectionCount"
"""The server says with these that it did nothing: sending the same again is safe, whatever the operation."""

WHOLE_REQUEST = """
    ErrorSchemaValidation ErrorInvalidRequest ErrorInvalidIdMalformed ErrorInvalidIdEmpty ErrorInvalidIdXml
    ErrorInvalidPropertyRequest ErrorInvalidExtendedProperty ErrorRequestStreamTooBig ErrorMessageSizeExceeded
    ErrorInvalidArgument"""
"""As a SOAP fault these refuse a request before any of it is done, though one unit of a batch may be to blame."""

WORTH_SPLITTING = (
    "ErrorTimeoutExpired ErrorInternalServerError ErrorCorruptData ErrorItemCorrupt ErrorDataSizeLimitExceeded"
)
"""As a SOAP fault these may go away when less is asked for at a time."""
