"""Inbox rules: what happens by itself to mail that arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from ewsfs.ews.element import ElementField, EWSElement
from ewsfs.ews.fields import BooleanField, ChoiceField, DateTimeField, Field, IntegerField, TextField
from ewsfs.ews.listfields import TextListField
from ewsfs.ews.properties import DistinguishedFolderId, FolderId, ItemId, MailboxListField
from ewsfs.ews.xmlnames import Element, local

if TYPE_CHECKING:
    from ewsfs.ews.element import EWSElement as Owner

IMPORTANCE = ("Low", "Normal", "High")
SENSITIVITY = ("Normal", "Personal", "Private", "Confidential")
FLAGGED = (
    "Any", "Call", "DoNotForward", "FollowUp", "FYI", "Forward", "NoResponseNecessary", "Read", "Reply", "ReplyToAll",
    "Review",
)  # fmt: skip


class AddressesField(MailboxListField):
    """Several mailboxes, each in a t:Address."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.item, self.item_tag = "Address", f"{self.item_tag.rpartition('}')[0]}}}Address"


class TargetFolderField(Field["FolderId | DistinguishedFolderId"]):
    """A folder that mail goes to. A folder itself will do for it."""

    python_type = FolderId
    mutable = True

    if TYPE_CHECKING:

        def __set__(self, instance: Owner, value: Any) -> None: ...

    def _checked(self, value: Any) -> FolderId | DistinguishedFolderId:
        if isinstance(value, (FolderId, DistinguishedFolderId)):
            return value
        folder_id = getattr(value, "folder_id", None)
        if not folder_id:
            raise self.wrong_type(value, "a folder that was saved, or the id of one")
        return FolderId(folder_id)

    def parse(self, element: Element) -> FolderId | DistinguishedFolderId | None:
        for child in element:
            if local(child) == "FolderId":
                return FolderId.from_xml(child)
            if local(child) == "DistinguishedFolderId":
                return DistinguishedFolderId.from_xml(child)
        return None

    def render(self, value: FolderId | DistinguishedFolderId) -> Element:
        element = etree.Element(self.tag)
        element.append(value.to_xml())
        return element


class DateRange(EWSElement):
    """EWS reference: WithinDateRange.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/withindaterange
    """

    __slots__ = ()
    ELEMENT = "WithinDateRange"

    start = DateTimeField("StartDateTime")
    end = DateTimeField("EndDateTime")


class SizeRange(EWSElement):
    """EWS reference: WithinSizeRange. Kilobytes.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/withinsizerange
    """

    __slots__ = ()
    ELEMENT = "WithinSizeRange"

    minimum = IntegerField("MinimumSize")
    maximum = IntegerField("MaximumSize")


class RulePredicates(EWSElement):
    """EWS reference: Conditions, Exceptions. What mail must be like; all that is set must hold.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/conditions
    """

    __slots__ = ()
    ELEMENT = "Conditions"

    categories = TextListField("Categories")
    contains_body_strings = TextListField("ContainsBodyStrings")
    contains_header_strings = TextListField("ContainsHeaderStrings")
    contains_recipient_strings = TextListField("ContainsRecipientStrings")
    contains_sender_strings = TextListField("ContainsSenderStrings")
    contains_subject_or_body_strings = TextListField("ContainsSubjectOrBodyStrings")
    contains_subject_strings = TextListField("ContainsSubjectStrings")
    flagged_for_action = ChoiceField("FlaggedForAction", FLAGGED)
    from_addresses = AddressesField("FromAddresses")
    from_connected_accounts = TextListField("FromConnectedAccounts")
    has_attachments = BooleanField("HasAttachments")
    importance = ChoiceField("Importance", IMPORTANCE)
    is_approval_request = BooleanField("IsApprovalRequest")
    is_automatic_forward = BooleanField("IsAutomaticForward")
    is_automatic_reply = BooleanField("IsAutomaticReply")
    is_encrypted = BooleanField("IsEncrypted")
    is_meeting_request = BooleanField("IsMeetingRequest")
    is_meeting_response = BooleanField("IsMeetingResponse")
    is_ndr = BooleanField("IsNDR")
    is_permission_controlled = BooleanField("IsPermissionControlled")
    is_read_receipt = BooleanField("IsReadReceipt")
    is_signed = BooleanField("IsSigned")
    is_voicemail = BooleanField("IsVoicemail")
    item_classes = TextListField("ItemClasses")
    message_classifications = TextListField("MessageClassifications")
    not_sent_to_me = BooleanField("NotSentToMe")
    sent_cc_me = BooleanField("SentCcMe")
    sent_only_to_me = BooleanField("SentOnlyToMe")
    sent_to_addresses = AddressesField("SentToAddresses")
    sent_to_me = BooleanField("SentToMe")
    sent_to_or_cc_me = BooleanField("SentToOrCcMe")
    sensitivity = ChoiceField("Sensitivity", SENSITIVITY)
    within_date_range = ElementField("WithinDateRange", DateRange)
    within_size_range = ElementField("WithinSizeRange", SizeRange)


class RuleActions(EWSElement):
    """EWS reference: Actions. What happens to mail.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/actions-ruleactionstype
    """

    __slots__ = ()
    ELEMENT = "Actions"

    assign_categories = TextListField("AssignCategories")
    copy_to_folder = TargetFolderField("CopyToFolder")
    delete = BooleanField("Delete")
    forward_as_attachment_to_recipients = AddressesField("ForwardAsAttachmentToRecipients")
    forward_to_recipients = AddressesField("ForwardToRecipients")
    mark_importance = ChoiceField("MarkImportance", IMPORTANCE)
    mark_as_read = BooleanField("MarkAsRead")
    move_to_folder = TargetFolderField("MoveToFolder")
    permanent_delete = BooleanField("PermanentDelete")
    redirect_to_recipients = AddressesField("RedirectToRecipients")
    send_sms_alert_to_recipients = AddressesField("SendSMSAlertToRecipients")
    server_reply_with_message = ElementField("ServerReplyWithMessage", ItemId)
    stop_processing_rules = BooleanField("StopProcessingRules")


class Rule(EWSElement):
    """EWS reference: Rule. What happens to which mail; those with a lower priority number come first.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/rule-ruletype
    """

    __slots__ = ()
    ELEMENT = "Rule"

    rule_id = TextField("RuleId")
    display_name = TextField("DisplayName", required=True)
    priority = IntegerField("Priority", minimum=1, required=True)
    is_enabled = BooleanField("IsEnabled", required=True)
    is_not_supported = BooleanField("IsNotSupported")
    is_in_error = BooleanField("IsInError")
    conditions = ElementField("Conditions", RulePredicates)
    exceptions = ElementField("Exceptions", RulePredicates)
    actions = ElementField("Actions", RuleActions)
