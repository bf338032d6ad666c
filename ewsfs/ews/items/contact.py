"""`Contact` and `DistributionList`."""

from __future__ import annotations

from ewsfs.ews.element import ElementField, ElementListField
from ewsfs.ews.fields import BooleanField, ChoiceField, DayField, GuidField, IntegerField, TextField, UriField
from ewsfs.ews.indexed import EmailAddress, ImAddress, LabelledField, PhoneNumber, PhysicalAddress
from ewsfs.ews.insights import AbchEmailAddress, ContactUrl
from ewsfs.ews.items.base import Item
from ewsfs.ews.listfields import BinaryField, BinaryListField, TextListField
from ewsfs.ews.properties import CompleteName, MailboxField, MailboxListField, MemberListField

FILE_AS_MAPPINGS = (
    "None", "LastCommaFirst", "FirstSpaceLast", "Company", "LastCommaFirstCompany", "CompanyLastFirst", "LastFirst",
    "LastFirstCompany", "CompanyLastCommaFirst", "LastFirstSuffix", "LastSpaceFirstCompany", "CompanyLastSpaceFirst",
    "LastSpaceFirst", "DisplayName", "FirstName", "LastFirstMiddleSuffix", "LastName", "Empty",
)  # fmt: skip
CONTACT_SOURCES = ("ActiveDirectory", "Store")


class Contact(Item):
    """EWS reference: Contact. Somebody, with names, addresses and numbers.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/contact
    """

    __slots__ = ()
    ELEMENT = "Contact"

    file_as = TextField("contacts:FileAs")
    file_as_mapping = ChoiceField("contacts:FileAsMapping", FILE_AS_MAPPINGS)
    display_name = TextField("contacts:DisplayName")
    given_name = TextField("contacts:GivenName")
    initials = TextField("contacts:Initials")
    middle_name = TextField("contacts:MiddleName")
    nickname = TextField("contacts:Nickname")
    complete_name = ElementField("contacts:CompleteName", CompleteName, read_only=True)
    company_name = TextField("contacts:CompanyName")
    email_addresses = LabelledField("contacts:EmailAddresses", EmailAddress)
    abch_email_addresses = ElementListField(
        "contacts:AbchEmailAddresses", AbchEmailAddress, since="Exchange2013", rare=True, listed=False
    )
    physical_addresses = LabelledField("contacts:PhysicalAddresses", PhysicalAddress)
    phone_numbers = LabelledField("contacts:PhoneNumbers", PhoneNumber)
    assistant_name = TextField("contacts:AssistantName")
    birthday = DayField("contacts:Birthday")
    business_homepage = UriField("contacts:BusinessHomePage")
    children = TextListField("contacts:Children")
    companies = TextListField("contacts:Companies")
    contact_source = ChoiceField("contacts:ContactSource", CONTACT_SOURCES, read_only=True)
    department = TextField("contacts:Department")
    generation = TextField("contacts:Generation")
    im_addresses = LabelledField("contacts:ImAddresses", ImAddress)
    job_title = TextField("contacts:JobTitle")
    manager = TextField("contacts:Manager")
    mileage = TextField("contacts:Mileage")
    office = TextField("contacts:OfficeLocation")
    postal_address_index = ChoiceField("contacts:PostalAddressIndex", ("None", "Home", "Business", "Other"))
    profession = TextField("contacts:Profession")
    spouse_name = TextField("contacts:SpouseName")
    surname = TextField("contacts:Surname")
    wedding_anniversary = DayField("contacts:WeddingAnniversary")
    has_picture = BooleanField("contacts:HasPicture", read_only=True, since="Exchange2010")
    phonetic_full_name = TextField("contacts:PhoneticFullName", read_only=True, since="Exchange2010_SP2", listed=False)
    phonetic_first_name = TextField(
        "contacts:PhoneticFirstName", read_only=True, since="Exchange2010_SP2", listed=False
    )
    phonetic_last_name = TextField("contacts:PhoneticLastName", read_only=True, since="Exchange2010_SP2", listed=False)
    alias = TextField("contacts:Alias", read_only=True, since="Exchange2010_SP2", listed=False)
    notes = TextField("contacts:Notes", read_only=True, since="Exchange2010_SP2", listed=False)
    photo = BinaryField(
        "contacts:Photo", read_only=True, since="Exchange2010_SP2", listed=False, searchable=False, rare=True
    )
    user_smime_certificate = BinaryListField(
        "contacts:UserSMIMECertificate", read_only=True, since="Exchange2010_SP2", listed=False, rare=True
    )
    ms_exchange_certificate = BinaryListField(
        "contacts:MSExchangeCertificate", read_only=True, since="Exchange2010_SP2", listed=False, rare=True
    )
    directory_id = TextField("contacts:DirectoryId", read_only=True, since="Exchange2010_SP2", listed=False)
    manager_mailbox = MailboxField("contacts:ManagerMailbox", read_only=True, since="Exchange2010_SP2", listed=False)
    direct_reports = MailboxListField("contacts:DirectReports", read_only=True, since="Exchange2010_SP2")
    account_name = TextField("contacts:AccountName", since="Exchange2013", rare=True)
    is_auto_update_disabled = BooleanField("contacts:IsAutoUpdateDisabled", since="Exchange2013", rare=True)
    is_messenger_enabled = BooleanField("contacts:IsMessengerEnabled", since="Exchange2013", rare=True)
    comment = TextField("contacts:Comment", since="Exchange2013", rare=True)
    contact_short_id = IntegerField("contacts:ContactShortId", since="Exchange2013", rare=True)
    contact_type = TextField("contacts:ContactType", since="Exchange2013", rare=True)
    gender = TextField("contacts:Gender", since="Exchange2013", rare=True)
    is_hidden = BooleanField("contacts:IsHidden", since="Exchange2013", rare=True)
    object_id = TextField("contacts:ObjectId", since="Exchange2013", rare=True)
    passport_id = IntegerField(
        "contacts:PassportId", since="Exchange2013", rare=True, minimum=-(2**63), maximum=2**63 - 1
    )
    is_private = BooleanField("contacts:IsPrivate", since="Exchange2013", rare=True)
    source_id = TextField("contacts:SourceId", since="Exchange2013", rare=True)
    trust_level = IntegerField("contacts:TrustLevel", since="Exchange2013", rare=True)
    created_by = TextField("contacts:CreatedBy", since="Exchange2013", rare=True)
    urls = ElementListField("contacts:Urls", ContactUrl, since="Exchange2013", rare=True, listed=False)
    cid = IntegerField("contacts:Cid", since="Exchange2013", rare=True, minimum=-(2**63), maximum=2**63 - 1)
    skype_auth_certificate = TextField("contacts:SkypeAuthCertificate", since="Exchange2013", rare=True)
    skype_context = TextField("contacts:SkypeContext", since="Exchange2013", rare=True)
    skype_id = TextField("contacts:SkypeId", since="Exchange2013", rare=True)
    skype_relationship = TextField("contacts:SkypeRelationship", since="Exchange2013", rare=True)
    yomi_nickname = TextField("contacts:YomiNickname", since="Exchange2013", rare=True)
    xbox_live_tag = TextField("contacts:XboxLiveTag", since="Exchange2013", rare=True)
    invite_free = BooleanField("contacts:InviteFree", since="Exchange2013", rare=True)
    hide_presence_and_profile = BooleanField("contacts:HidePresenceAndProfile", since="Exchange2013", rare=True)
    is_pending_outbound = BooleanField("contacts:IsPendingOutbound", since="Exchange2013", rare=True)
    support_group_feeds = BooleanField("contacts:SupportGroupFeeds", since="Exchange2013", rare=True)
    user_tile_hash = TextField("contacts:UserTileHash", since="Exchange2013", rare=True)
    unified_inbox = BooleanField("contacts:UnifiedInbox", since="Exchange2013", rare=True)
    mris = TextListField("contacts:Mris", since="Exchange2013", rare=True)
    wlid = TextField("contacts:Wlid", since="Exchange2013", rare=True)
    abch_contact_id = GuidField("contacts:AbchContactId", since="Exchange2013", rare=True)
    not_in_birthday_calendar = BooleanField("contacts:NotInBirthdayCalendar", since="Exchange2013", rare=True)
    shell_contact_type = TextField("contacts:ShellContactType", since="Exchange2013", rare=True)
    im_mri = TextField("contacts:ImMri", since="Exchange2013", rare=True)
    presence_trust_level = IntegerField("contacts:PresenceTrustLevel", since="Exchange2013", rare=True)
    other_mri = TextField("contacts:OtherMri", since="Exchange2013", rare=True)
    profile_last_changed = TextField("contacts:ProfileLastChanged", since="Exchange2013", rare=True)
    mobile_im_enabled = BooleanField("contacts:MobileIMEnabled", since="Exchange2013", rare=True)
    partner_network_profile_photo_url = TextField(
        "contacts:PartnerNetworkProfilePhotoUrl", since="Exchange2013", rare=True
    )
    partner_network_thumbnail_photo_url = TextField(
        "contacts:PartnerNetworkThumbnailPhotoUrl", since="Exchange2013", rare=True
    )
    person_id = TextField("contacts:PersonId", since="Exchange2013", rare=True)
    conversation_guid = GuidField("contacts:ConversationGuid", since="Exchange2013", rare=True)


class DistributionList(Item):
    """EWS reference: DistributionList. A list of people that mail can be sent to at once.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/distributionlist
    """

    __slots__ = ()
    ELEMENT = "DistributionList"

    display_name = TextField("contacts:DisplayName")
    file_as = TextField("contacts:FileAs", read_only=True)
    contact_source = ChoiceField("contacts:ContactSource", CONTACT_SOURCES, read_only=True)
    members = MemberListField("distributionlist:Members", since="Exchange2010")
