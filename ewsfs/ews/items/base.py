"""`Item`: what all items of a mailbox have, and what can be done with one.

An item remembers what was changed since it was fetched or saved, also inside of its lists; `save` sends that and
nothing else. All requests are made by the account, by the same methods that serve many items at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ewsfs.ews.arguments import several
from ewsfs.ews.attachments import Attachment, AttachmentField
from ewsfs.ews.element import ElementField, ElementListField
from ewsfs.ews.fields import BooleanField, ChoiceField, DateTimeField, IntegerField, TextField
from ewsfs.ews.insights import (
    AppliedHashtag,
    AppliedHashtagsPreview,
    EntityExtractionResult,
    Like,
    LikesPreview,
    MentionAction,
    MentionsPreview,
    RightsManagementLicenseData,
)
from ewsfs.ews.listfields import BinaryField, TextListField
from ewsfs.ews.properties import (
    BodyField,
    ChoiceListField,
    ConversationId,
    EffectiveRights,
    Flag,
    IdField,
    InternetHeader,
    MailboxListField,
    MimeContentField,
    ParentFolderId,
    PartOfIdField,
    RetentionTag,
)
from ewsfs.ews.tracked import Tracked
from ewsfs.ews.xmlnames import Element, t

if TYPE_CHECKING:
    from typing_extensions import Self

    from ewsfs.ews.account import Account
    from ewsfs.ews.folders.base import BaseFolder
    from ewsfs.ews.services.items import (
        AffectedTaskOccurrences,
        ConflictResolution,
        CreateOrDeleteOperation,
        UpdateOperation,
    )

# What the attributes of the requests can be: EWS reference, CreateItem, UpdateItem, DeleteItem.
SAVE_ONLY: Final = "SaveOnly"
SEND_ONLY: Final = "SendOnly"
SEND_AND_SAVE_COPY: Final = "SendAndSaveCopy"
SEND_TO_NONE: Final = "SendToNone"
SEND_ONLY_TO_ALL: Final = "SendOnlyToAll"
SEND_ONLY_TO_CHANGED: Final = "SendOnlyToChanged"
SEND_TO_ALL_AND_SAVE_COPY: Final = "SendToAllAndSaveCopy"
SEND_TO_CHANGED_AND_SAVE_COPY: Final = "SendToChangedAndSaveCopy"
NEVER_OVERWRITE: Final = "NeverOverwrite"
AUTO_RESOLVE: Final = "AutoResolve"
ALWAYS_OVERWRITE: Final = "AlwaysOverwrite"
HARD_DELETE: Final = "HardDelete"
SOFT_DELETE: Final = "SoftDelete"
MOVE_TO_DELETED_ITEMS: Final = "MoveToDeletedItems"
ALL_OCCURRENCES: Final = "AllOccurrences"
SPECIFIED_OCCURRENCE_ONLY: Final = "SpecifiedOccurrenceOnly"

SENSITIVITY = ("Normal", "Personal", "Private", "Confidential")
IMPORTANCE = ("Low", "Normal", "High")


class ItemRef(NamedTuple):
    """Where an item is: its id and its change key. What creating, changing, moving and copying return."""

    item_id: str
    changekey: str


class Item(Tracked):
    """EWS reference: Item. What every kind of item has.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/item

    Parameters of the constructor: `account`, whose item it is; `folder`, where it is or will be saved (it knows its
    account); and the fields, by name. Raises: TypeError, ValueError for a field set wrongly, with its name.
    """

    __slots__ = ("account", "folder")
    ELEMENT = "Item"
    EXTENDED_AFTER = "has_attachments"

    mime_content = MimeContentField("item:MimeContent", listed=False, rare=True, searchable=False)
    item_id = IdField("item:ItemId")
    changekey = PartOfIdField("item:ItemId")
    parent_folder_id = ElementField("item:ParentFolderId", ParentFolderId, read_only=True)
    item_class = TextField("item:ItemClass")
    subject = TextField("item:Subject")
    sensitivity = ChoiceField("item:Sensitivity", SENSITIVITY)
    body = BodyField("item:Body")
    attachments = AttachmentField("item:Attachments")
    datetime_received = DateTimeField("item:DateTimeReceived", read_only=True)
    size = IntegerField("item:Size", read_only=True)
    categories = TextListField("item:Categories")
    importance = ChoiceField("item:Importance", IMPORTANCE)
    in_reply_to = TextField("item:InReplyTo")
    is_submitted = BooleanField("item:IsSubmitted", read_only=True)
    is_draft = BooleanField("item:IsDraft", read_only=True)
    is_from_me = BooleanField("item:IsFromMe", read_only=True)
    is_resend = BooleanField("item:IsResend", read_only=True)
    is_unmodified = BooleanField("item:IsUnmodified", read_only=True)
    headers = ElementListField("item:InternetMessageHeaders", InternetHeader, read_only=True, listed=False)
    datetime_sent = DateTimeField("item:DateTimeSent", read_only=True)
    datetime_created = DateTimeField("item:DateTimeCreated", read_only=True)
    response_objects = ChoiceListField("item:ResponseObjects", read_only=True, listed=False, searchable=False)
    reminder_due_by = DateTimeField("item:ReminderDueBy")
    reminder_is_set = BooleanField("item:ReminderIsSet")
    reminder_next_time = DateTimeField("item:ReminderNextTime", since="Exchange2013", rare=True)
    reminder_minutes_before_start = IntegerField("item:ReminderMinutesBeforeStart", minimum=0, maximum=2_629_800)
    display_cc = TextField("item:DisplayCc", read_only=True)
    display_to = TextField("item:DisplayTo", read_only=True)
    display_bcc = TextField("item:DisplayBcc", read_only=True, since="V2016_10_10", rare=True)
    has_attachments = BooleanField("item:HasAttachments", read_only=True)
    culture = TextField("item:Culture", pattern=r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
    effective_rights = ElementField("item:EffectiveRights", EffectiveRights, read_only=True)
    last_modified_name = TextField("item:LastModifiedName", read_only=True)
    last_modified_time = DateTimeField("item:LastModifiedTime", read_only=True)
    is_associated = BooleanField("item:IsAssociated", read_only=True, since="Exchange2010")
    web_client_read_form_query_string = TextField(
        "item:WebClientReadFormQueryString", read_only=True, since="Exchange2010", listed=False
    )
    web_client_edit_form_query_string = TextField(
        "item:WebClientEditFormQueryString", read_only=True, since="Exchange2010", listed=False
    )
    conversation_id = ElementField("item:ConversationId", ConversationId, read_only=True, since="Exchange2010")
    unique_body = BodyField("item:UniqueBody", read_only=True, since="Exchange2010", searchable=False, rare=True)
    flag = ElementField("item:Flag", Flag, since="Exchange2013")
    store_entry_id = BinaryField(
        "item:StoreEntryId", read_only=True, since="Exchange2010_SP2", searchable=False, rare=True
    )
    instance_key = BinaryField("item:InstanceKey", read_only=True, since="Exchange2013", searchable=False, rare=True)
    normalized_body = BodyField(
        "item:NormalizedBody", read_only=True, since="Exchange2013", searchable=False, rare=True
    )
    entity_extraction_result = ElementField(
        "item:EntityExtractionResult", EntityExtractionResult, since="Exchange2013", read_only=True, rare=True
    )
    policy_tag = ElementField("item:PolicyTag", RetentionTag, since="Exchange2013", rare=True)
    archive_tag = ElementField("item:ArchiveTag", RetentionTag, since="Exchange2013", rare=True)
    retention_date = DateTimeField("item:RetentionDate", since="Exchange2013", read_only=True, rare=True)
    preview = TextField("item:Preview", read_only=True, since="Exchange2013", rare=True)
    rights_management_license_data = ElementField(
        "item:RightsManagementLicenseData",
        RightsManagementLicenseData,
        since="Exchange2013",
        read_only=True,
        rare=True,
    )
    predicted_action_reasons = TextListField(
        "item:PredictedActionReasons",
        item="PredictedActionReason",
        since="Exchange2013",
        read_only=True,
        rare=True,
        searchable=False,
    )
    is_clutter = BooleanField("item:IsClutter", since="Exchange2015", rare=True)
    block_status = BooleanField("item:BlockStatus", since="Exchange2013", rare=True)
    has_blocked_images = BooleanField("item:HasBlockedImages", since="Exchange2013", rare=True)
    text_body = BodyField("item:TextBody", read_only=True, since="Exchange2013", searchable=False, rare=True)
    icon_index = TextField("item:IconIndex", read_only=True, since="Exchange2013", rare=True)
    hashtags = TextListField("item:Hashtags", since="V2016_10_10", rare=True, searchable=False)
    mentions = MailboxListField("item:Mentions", since="V2016_10_10", read_only=True, rare=True)
    mentioned_me = BooleanField("item:MentionedMe", since="V2016_10_10", read_only=True, rare=True)
    mentions_preview = ElementField(
        "item:MentionsPreview", MentionsPreview, since="V2016_10_10", read_only=True, rare=True
    )
    mentions_ex = ElementListField("item:MentionsEx", MentionAction, since="V2016_10_10", read_only=True, rare=True)
    applied_hashtags = ElementListField(
        "item:AppliedHashtags", AppliedHashtag, since="V2016_10_10", read_only=True, rare=True
    )
    applied_hashtags_preview = ElementField(
        "item:AppliedHashtagsPreview", AppliedHashtagsPreview, since="V2016_10_10", read_only=True, rare=True
    )
    likes = ElementListField("item:Likes", Like, since="V2016_10_10", read_only=True, rare=True)
    likes_preview = ElementField("item:LikesPreview", LikesPreview, since="V2016_10_10", read_only=True, rare=True)
    pending_social_activity_tag_ids = TextListField(
        "item:PendingSocialActivityTagIds", since="V2016_10_10", read_only=True, rare=True, searchable=False
    )
    at_all_mention = BooleanField("item:AtAllMention", since="V2016_10_10", read_only=True, rare=True)
    can_delete = BooleanField("item:CanDelete", since="V2016_10_10", read_only=True, rare=True)
    inference_classification = ChoiceField(
        "item:InferenceClassification", ("Focused", "Other"), since="V2016_10_10", rare=True
    )

    def __init__(self, *, account: Account | None = None, folder: BaseFolder[Any] | None = None, **values: Any) -> None:
        self._begin(account, folder)
        super().__init__(**values)

    def _begin(self, account: Account | None, folder: BaseFolder[Any] | None) -> None:
        self._start_tracking()
        self.folder: BaseFolder[Any] | None = folder
        self.account: Account | None = account if account is not None or folder is None else folder.account

    def _loaded(self) -> None:
        self._begin(None, None)
        super()._loaded()

    def clone(self, **changes: Any) -> Self:
        twin = super().clone(**changes)
        twin.account, twin.folder = self.account, self.folder
        return twin

    def __hash__(self) -> int:
        return hash(self.item_id) if self.item_id else hash(type(self))

    # -- as an element of a request -----------------------------------------------------------------

    def validate(self) -> None:
        """Whether what is set fits together. Raises: ValueError, which names the field."""

    def to_create_xml(self, server: str | None = None, *, attachments: bool = False) -> Element:
        """The element that makes a new item of this one: without what only the server sets.

        Parameters: `attachments`, whether they are in it; else they are added afterwards.
        """
        self.validate()
        skipped = () if attachments else ("attachments",)
        fields = [f for f in self.supported_fields(server) if not f.is_read_only and f.name not in skipped]
        return self._render(t(self.ELEMENT), fields)

    def id_element(self) -> Element:
        """The t:ItemId. Raises: ValueError when the item was never saved."""
        if not self.item_id:
            raise ValueError(f"this {type(self).__name__} has no 'item_id': it was not saved yet")
        return type(self).item_id.id_element(self._values)

    # -- what can be done with it --------------------------------------------------------------------

    def _account(self) -> Account:
        account = self.account or (self.folder.account if self.folder is not None else None)
        if account is None:
            raise ValueError(f"this {type(self).__name__} has no 'account': make it with account=... or folder=...")
        return account

    def save(
        self,
        update_fields: Iterable[str] | None = None,
        *,
        conflict_resolution: ConflictResolution = AUTO_RESOLVE,
        send_meeting_invitations: UpdateOperation = SEND_TO_NONE,
    ) -> Self:
        """Create the item in its folder (the default one of its kind without), or send what was changed.

        Parameters: `update_fields`, names of the only fields to send; `conflict_resolution`, what happens when it was
        changed elsewhere; `send_meeting_invitations`, who is told of a meeting.
        Raises: ValueError for a field that can't be sent, before anything is; EWSError.
        """
        account = self._account()
        if self.item_id is None:
            if update_fields is not None:
                raise ValueError("'update_fields' is for items that were saved before")
            account._create_one(self, send_meeting_invitations=send_meeting_invitations)
        else:
            account._update_one(
                self,
                None if update_fields is None else list(several(update_fields, "names of fields")),
                conflict_resolution=conflict_resolution,
                send_meeting_invitations=send_meeting_invitations,
            )
        return self

    def refresh(self) -> Self:
        """Fetch it anew, with all its fields; changes that were not saved are lost. Raises: EWSError."""
        fresh = self._account()._fetch_one(self.id_element())
        self._values = fresh._values
        Tracked._loaded(self)
        if hasattr(self, "_asked"):
            del self._asked
        return self

    def delete(
        self,
        *,
        send_meeting_cancellations: CreateOrDeleteOperation = SEND_TO_NONE,
        affected_task_occurrences: AffectedTaskOccurrences = ALL_OCCURRENCES,
    ) -> None:
        """Delete it for good. Raises: EWSError."""
        self._delete(HARD_DELETE, send_meeting_cancellations, affected_task_occurrences)

    def soft_delete(
        self,
        *,
        send_meeting_cancellations: CreateOrDeleteOperation = SEND_TO_NONE,
        affected_task_occurrences: AffectedTaskOccurrences = ALL_OCCURRENCES,
    ) -> None:
        """Delete it, with a copy kept among the recoverable items. Raises: EWSError."""
        self._delete(SOFT_DELETE, send_meeting_cancellations, affected_task_occurrences)

    def move_to_trash(
        self,
        *,
        send_meeting_cancellations: CreateOrDeleteOperation = SEND_TO_NONE,
        affected_task_occurrences: AffectedTaskOccurrences = ALL_OCCURRENCES,
    ) -> None:
        """Move it to Deleted Items; its new id isn't known afterwards. Raises: EWSError."""
        self._delete(MOVE_TO_DELETED_ITEMS, send_meeting_cancellations, affected_task_occurrences)

    def _delete(
        self,
        delete_type: Any,
        cancellations: CreateOrDeleteOperation,
        occurrences: AffectedTaskOccurrences,
    ) -> None:
        self._account()._delete_one(self, delete_type, cancellations, occurrences)
        self._values.pop("item_id", None)
        self._values.pop("changekey", None)

    def move(self, to_folder: BaseFolder[Any]) -> None:
        """Move it to another folder; it then has another id. Raises: EWSError."""
        moved = self._account()._move_one(self, to_folder)
        self.folder = to_folder
        self._values.pop("changekey", None)
        self._values.pop("item_id", None)
        if moved is not None:
            self._values["item_id"], self._values["changekey"] = moved

    def copy(self, to_folder: BaseFolder[Any]) -> ItemRef | None:
        """Copy it to a folder. Returns the copy's id and change key where the server tells. Raises: EWSError."""
        return self._account()._copy_one(self, to_folder)

    def attach(self, attachments: Attachment | Sequence[Attachment]) -> None:
        """Add attachments: at once to an item that was saved, which gets another change key; else with `save`.

        Raises: EWSError.
        """
        new = [attachments] if isinstance(attachments, Attachment) else list(attachments)
        for attachment in new:
            if not isinstance(attachment, Attachment):
                raise TypeError(f"'attachments' must be a list of attachments, not {attachment!r:.200}")
        if self.item_id is not None:
            self._account()._attach(self, new)
        listed = self._values.setdefault("attachments", [])
        if self._originals is not None:
            self._originals.pop("attachments", None)
        listed.extend(one for one in new if not any(one is other for other in listed))

    def detach(self, attachments: Attachment | Sequence[Attachment]) -> None:
        """Remove attachments: at once from an item that was saved, which gets another change key.

        Raises: EWSError.
        """
        gone = [attachments] if isinstance(attachments, Attachment) else list(attachments)
        if self.item_id is not None:
            self._account()._detach(self, [one for one in gone if one.attachment_id])
        listed = self._values.get("attachments") or []
        listed[:] = [one for one in listed if not any(one is other or one == other for other in gone)]
        if self._originals is not None:
            self._originals.pop("attachments", None)
        for one in gone:
            for name in ("attachment_id", "root_item_id", "root_item_changekey"):
                one._values.pop(name, None)
