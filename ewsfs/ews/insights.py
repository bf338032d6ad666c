"""What servers find out about items by themselves, and the parts that few mailboxes have.

Everything here is seldom of use: the fields are `rare`, and come when they are asked for by name.
"""

from __future__ import annotations

from ewsfs.ews.element import ElementField, ElementListField, EWSElement
from ewsfs.ews.fields import BooleanField, ChoiceField, DateTimeField, GuidField, IntegerField, TextField
from ewsfs.ews.listfields import TextListField
from ewsfs.ews.properties import Mailbox

_LONG = {"minimum": -(2**63), "maximum": 2**63 - 1}


class EmailUser(EWSElement):
    """EWS reference: EmailUser.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/emailuser
    """

    __slots__ = ()
    ELEMENT = "EmailUser"

    name = TextField("Name")
    user_id = TextField("UserId")


class AddressEntity(EWSElement):
    """EWS reference: AddressEntity. A postal address that stands in the text.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/addressentity
    """

    __slots__ = ()
    ELEMENT = "AddressEntity"

    address = TextField("Address")


class MeetingSuggestion(EWSElement):
    """EWS reference: MeetingSuggestion.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/meetingsuggestion
    """

    __slots__ = ()
    ELEMENT = "MeetingSuggestion"

    attendees = ElementListField("Attendees", EmailUser)
    location = TextField("Location")
    subject = TextField("Subject")
    meeting_string = TextField("MeetingString")
    start_time = DateTimeField("StartTime")
    end_time = DateTimeField("EndTime")


class TaskSuggestion(EWSElement):
    """EWS reference: TaskSuggestion.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/tasksuggestion
    """

    __slots__ = ()
    ELEMENT = "TaskSuggestion"

    task_string = TextField("TaskString")
    assignees = ElementListField("Assignees", EmailUser)


class EmailAddressEntity(EWSElement):
    """EWS reference: EmailAddressEntity.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/emailaddressentity
    """

    __slots__ = ()
    ELEMENT = "EmailAddressEntity"

    email_address = TextField("EmailAddress")


class Phone(EWSElement):
    """EWS reference: Phone.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/phone
    """

    __slots__ = ()
    ELEMENT = "Phone"

    original_phone_string = TextField("OriginalPhoneString")
    phone_string = TextField("PhoneString")
    type = TextField("Type")


class ExtractedContact(EWSElement):
    """EWS reference: Contact (Entity).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/contact-contacttype
    """

    __slots__ = ()
    ELEMENT = "Contact"

    person_name = TextField("PersonName")
    business_name = TextField("BusinessName")
    phone_numbers = ElementListField("PhoneNumbers", Phone)
    urls = TextListField("Urls", item="Url")
    email_addresses = TextListField("EmailAddresses", item="EmailAddress")
    addresses = TextListField("Addresses", item="Address")
    contact_string = TextField("ContactString")


class UrlEntity(EWSElement):
    """EWS reference: UrlEntity.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/urlentity
    """

    __slots__ = ()
    ELEMENT = "UrlEntity"

    url = TextField("Url")


class EntityExtractionResult(EWSElement):
    """EWS reference: EntityExtractionResult. What the server recognised in the text (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/entityextractionresult
    """

    __slots__ = ()
    ELEMENT = "EntityExtractionResult"

    addresses = ElementListField("Addresses", AddressEntity)
    meeting_suggestions = ElementListField("MeetingSuggestions", MeetingSuggestion)
    task_suggestions = ElementListField("TaskSuggestions", TaskSuggestion)
    email_addresses = ElementListField("EmailAddresses", EmailAddressEntity)
    contacts = ElementListField("Contacts", ExtractedContact)
    urls = ElementListField("Urls", UrlEntity)
    phone_numbers = ElementListField("PhoneNumbers", Phone)


class RightsManagementLicenseData(EWSElement):
    """EWS reference: RightsManagementLicenseData. What a protected message allows (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/rightsmanagementlicensedata
    """

    __slots__ = ()
    ELEMENT = "RightsManagementLicenseData"

    rights_managed_message_decryption_status = IntegerField("RightsManagedMessageDecryptionStatus")
    rms_template_id = TextField("RmsTemplateId")
    template_name = TextField("TemplateName")
    template_description = TextField("TemplateDescription")
    edit_allowed = BooleanField("EditAllowed")
    reply_allowed = BooleanField("ReplyAllowed")
    reply_all_allowed = BooleanField("ReplyAllAllowed")
    forward_allowed = BooleanField("ForwardAllowed")
    modify_recipients_allowed = BooleanField("ModifyRecipientsAllowed")
    extract_allowed = BooleanField("ExtractAllowed")
    print_allowed = BooleanField("PrintAllowed")
    export_allowed = BooleanField("ExportAllowed")
    programmatic_access_allowed = BooleanField("ProgrammaticAccessAllowed")
    is_owner = BooleanField("IsOwner")
    content_owner = TextField("ContentOwner")
    content_expiry_date = TextField("ContentExpiryDate")


class ExtendedMailbox(Mailbox):
    """EWS reference: Mailbox (EmailAddressExtendedType).

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()

    external_object_id = TextField("ExternalObjectId")
    primary_email_address = TextField("PrimaryEmailAddress")


class MentionAction(EWSElement):
    """EWS reference: MentionAction. That somebody was mentioned in the text (Exchange 2016).

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "MentionAction"

    id = TextField("Id")
    created_by = ElementField("CreatedBy", ExtendedMailbox)
    created_date_time = TextField("CreatedDateTime")
    server_created_date_time = TextField("ServerCreatedDateTime")
    deep_link = TextField("DeepLink")
    application = TextField("Application")
    mentioned = ElementField("Mentioned", ExtendedMailbox)
    mention_text = TextField("MentionText")
    client_reference = TextField("ClientReference")


class MentionsPreview(EWSElement):
    """EWS reference: MentionsPreview.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "MentionsPreview"

    is_mentioned = BooleanField("IsMentioned")


class AppliedHashtag(EWSElement):
    """EWS reference: AppliedHashtag.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "AppliedHashtag"

    id = TextField("Id")
    created_by = ElementField("CreatedBy", ExtendedMailbox)
    created_date_time = TextField("CreatedDateTime")
    server_created_date_time = TextField("ServerCreatedDateTime")
    deep_link = TextField("DeepLink")
    application = TextField("Application")
    tag = TextField("Tag")
    is_auto_tagged = BooleanField("IsAutoTagged")
    is_inlined = BooleanField("IsInlined")


class AppliedHashtagsPreview(EWSElement):
    """EWS reference: AppliedHashtagsPreview.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "AppliedHashtagsPreview"

    hashtags = TextListField("Hashtags")


class Like(EWSElement):
    """EWS reference: Like.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "Like"

    id = TextField("Id")
    created_by = ElementField("CreatedBy", ExtendedMailbox)
    created_date_time = TextField("CreatedDateTime")
    server_created_date_time = TextField("ServerCreatedDateTime")
    deep_link = TextField("DeepLink")
    application = TextField("Application")


class LikesPreview(EWSElement):
    """EWS reference: LikesPreview.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "LikesPreview"

    like_count = IntegerField("LikeCount")


class MessageSafety(EWSElement):
    """EWS reference: MessageSafety.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "MessageSafety"

    message_safety_level = IntegerField("MessageSafetyLevel")
    message_safety_reason = IntegerField("MessageSafetyReason")
    info = TextField("Info")


class InboxReminder(EWSElement):
    """EWS reference: InboxReminder. A reminder that comes as mail.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "InboxReminder"

    id = GuidField("Id")
    reminder_offset = IntegerField("ReminderOffset")
    message = TextField("Message")
    is_organizer_reminder = BooleanField("IsOrganizerReminder")
    occurrence_change = ChoiceField("OccurrenceChange", ("None", "Added", "Override", "Deleted"))
    send_option = ChoiceField("SendOption", ("NotSet", "User", "AllAttendees", "Staff", "Customer"))


class OnlineMeetingSettings(EWSElement):
    """EWS reference: OnlineMeetingSettings (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/onlinemeetingsettings
    """

    __slots__ = ()
    ELEMENT = "OnlineMeetingSettings"

    lobby_bypass = ChoiceField("LobbyBypass", ("Disabled", "EnabledForGatewayParticipants"))
    access_level = ChoiceField("AccessLevel", ("Locked", "Invited", "Internal", "Everyone"))
    presenters = ChoiceField("Presenters", ("Disabled", "Internal", "Everyone"))


class CalendarActivityData(EWSElement):
    """EWS reference: CalendarActivityData.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "CalendarActivityData"

    activity_action = TextField("ActivityAction")
    client_id = TextField("ClientId")
    cas_request_id = GuidField("CasRequestId")
    index_selected = IntegerField("IndexSelected")


class ChangeHighlights(EWSElement):
    """EWS reference: ChangeHighlights. What is new in an invitation that was sent again (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/changehighlights
    """

    __slots__ = ()
    ELEMENT = "ChangeHighlights"

    has_location_changed = BooleanField("HasLocationChanged")
    location = TextField("Location")
    has_start_time_changed = BooleanField("HasStartTimeChanged")
    start = DateTimeField("Start")
    has_end_time_changed = BooleanField("HasEndTimeChanged")
    end = DateTimeField("End")


class AbchEmailAddress(EWSElement):
    """EWS reference: Email (AbchEmailAddressDictionaryEntryType).

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "Email"

    type = ChoiceField("Type", ("Personal", "Business", "Other", "Passport"), required=True)
    address = TextField("Address", required=True)
    is_messenger_enabled = BooleanField("IsMessengerEnabled")
    capabilities = IntegerField("Capabilities", **_LONG)


class ContactUrl(EWSElement):
    """EWS reference: Url (ContactUrlDictionaryEntryType).

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "Url"

    type = ChoiceField(
        "Type",
        (
            "Personal", "Business", "Attachment", "EbcDisplayDefinition", "EbcFinalImage", "EbcLogo", "Feed", "Image",
            "InternalMarker", "Other",
        ),
        required=True,
    )  # fmt: skip
    name = TextField("Name")
    address = TextField("Address")
