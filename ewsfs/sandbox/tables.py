"""The properties of every kind of item, as tables that `schema` reads once.

Those of the calendar are in `tables_calendar`, those of folders in `tables_folders`. One line is one property, in the
order in which the element must stand among its siblings:

    NAME TYPE FLAGS

NAME is the element; its FieldURI has the prefix of the table unless the name brings one ("message:From"); "-" as
prefix means that the property has no FieldURI. TYPE is one of schema.Type, or "enum:A,B,C" with the values in
the order in which MAPI numbers them, which is how they sort. FLAGS, "." for none:

    w  can be set by CreateItem and UpdateItem      c  by CreateItem only
    a  AppendToItemField                            n  can't be deleted, though it can be set
    d  in the shape Default                         x  in no shape, only when asked for by name
    g  GetItem only, FindItem and syncs omit it     q  can't be used in a restriction or sort order
    k  computed when the item is rendered           m  part of the MIME, so setting it makes the kept MIME stale

Source: the pages of the EWS reference named after each element, "Property sets and response shapes in EWS in
Exchange", and the schema of Exchange 2016.
"""

from __future__ import annotations

from ewsfs.sandbox.tables_calendar import (
    CALENDAR_ITEM,
    MEETING_CANCELLATION,
    MEETING_MESSAGE,
    MEETING_REQUEST,
    MEETING_RESPONSE,
)

ITEM = """
MimeContent                   binary      wngxqk
ItemId                        id          dqk
ParentFolderId                id          k
ItemClass                     string      wn
Subject                       string      wdm
Sensitivity                   enum:Normal,Personal,Private,Confidential wdm
Body                          body        wadgm
Attachments                   attachments gqk
DateTimeReceived              datetime    .
Size                          int         dk
Categories                    strings     w
Importance                    enum:Low,Normal,High wm
InReplyTo                     string      wm
IsSubmitted                   boolean     .
IsDraft                       boolean     .
IsFromMe                      boolean     .
IsResend                      boolean     .
IsUnmodified                  boolean     .
InternetMessageHeaders        headers     gq
DateTimeSent                  datetime    d
DateTimeCreated               datetime    dk
ResponseObjects               complex     dgqk
ReminderDueBy                 datetime    w
ReminderIsSet                 boolean     w
ReminderNextTime              datetime    k
ReminderMinutesBeforeStart    int         w
DisplayCc                     string      k
DisplayTo                     string      k
DisplayBcc                    string      xk
HasAttachments                boolean     dk
-:ExtendedProperty            complex     w
Culture                       string      w
EffectiveRights               complex     qk
LastModifiedName              string      k
LastModifiedTime              datetime    k
IsAssociated                  boolean     dk
WebClientReadFormQueryString  string      qk
WebClientEditFormQueryString  string      qk
ConversationId                id          qk
UniqueBody                    body        gxqk
Flag                          flag        w
StoreEntryId                  binary      xqk
InstanceKey                   binary      xqk
NormalizedBody                body        gxqk
EntityExtractionResult        complex     xq
PolicyTag                     complex     wxq
ArchiveTag                    complex     wxq
RetentionDate                 datetime    x
Preview                       string      xqk
RightsManagementLicenseData   complex     xq
PredictedActionReasons        complex     xq
IsClutter                     boolean     x
BlockStatus                   boolean     xqk
HasBlockedImages              boolean     xqk
TextBody                      body        gxqk
IconIndex                     enum:Default,PostItem,MailRead,MailUnread,MailReplied,MailForwarded xqk
-:SearchKey                   binary      xq
-:SortKey                     long        xq
Hashtags                      strings     xq
Mentions                      recipients  wxq
MentionedMe                   boolean     x
MentionsPreview               complex     xq
MentionsEx                    complex     wxq
AppliedHashtags               complex     xq
AppliedHashtagsPreview        complex     xq
Likes                         complex     xq
LikesPreview                  complex     xq
PendingSocialActivityTagIds   strings     xq
AtAllMention                  boolean     x
CanDelete                     boolean     xq
InferenceClassification       enum:Focused,Other wx
"""

MESSAGE = """
Sender                        recipient   wm
ToRecipients                  recipients  wagm
CcRecipients                  recipients  wagm
BccRecipients                 recipients  wagm
IsReadReceiptRequested        boolean     wdm
IsDeliveryReceiptRequested    boolean     wdm
ConversationIndex             binary      wm
ConversationTopic             string      .
From                          recipient   wdm
InternetMessageId             string      wm
IsRead                        boolean     wd
IsResponseRequested           boolean     w
References                    string      wm
ReplyTo                       recipients  wagm
ReceivedBy                    recipient   .
ReceivedRepresenting          recipient   .
ApprovalRequestData           complex     xq
VotingInformation             complex     xq
ReminderMessageData           complex     xq
MessageSafety                 complex     xq
-:SenderSMTPAddress           string      xq
-:MailboxGuids                complex     xq
PublishedCalendarItemIcs      string      xq
PublishedCalendarItemName     string      xq
"""

CONTACT = """
FileAs                        string      wdm
FileAsMapping                 string      wm
DisplayName                   string      wm
GivenName                     string      wm
Initials                      string      wm
MiddleName                    string      wm
Nickname                      string      wm
CompleteName                  complex     dqk
CompanyName                   string      wdm
EmailAddresses                dictionary  wdqm
AbchEmailAddresses            complex     xq
PhysicalAddresses             addresses   wdqm
PhoneNumbers                  dictionary  wdqm
AssistantName                 string      wm
Birthday                      datetime    wm
BusinessHomePage              string      wm
Children                      strings     wm
Companies                     strings     wm
ContactSource                 enum:Store,ActiveDirectory .
Department                    string      wm
Generation                    string      wm
ImAddresses                   dictionary  wdqm
JobTitle                      string      wdm
Manager                       string      wm
Mileage                       string      w
OfficeLocation                string      wm
PostalAddressIndex            enum:None,Home,Business,Other wm
Profession                    string      wm
SpouseName                    string      wm
Surname                       string      wm
WeddingAnniversary            datetime    wm
HasPicture                    boolean     qk
PhoneticFullName              string      wm
PhoneticFirstName             string      wm
PhoneticLastName              string      wm
Alias                         string      .
Notes                         string      xqk
Photo                         binary      xqk
UserSMIMECertificate          complex     wxq
MSExchangeCertificate         complex     xq
DirectoryId                   string      .
ManagerMailbox                recipient   xq
DirectReports                 recipients  xq
AccountName                   string      xq
IsAutoUpdateDisabled          boolean     xq
IsMessengerEnabled            boolean     xq
Comment                       string      xq
ContactShortId                int         xq
ContactType                   string      xq
Gender                        string      xq
IsHidden                      boolean     xq
ObjectId                      string      xq
PassportId                    long        xq
IsPrivate                     boolean     xq
SourceId                      string      xq
TrustLevel                    int         xq
CreatedBy                     string      xq
Urls                          complex     xq
Cid                           long        xq
SkypeAuthCertificate          string      xq
SkypeContext                  string      xq
SkypeId                       string      xq
SkypeRelationship             string      xq
YomiNickname                  string      xq
XboxLiveTag                   string      xq
InviteFree                    boolean     xq
HidePresenceAndProfile        boolean     xq
IsPendingOutbound             boolean     xq
SupportGroupFeeds             boolean     xq
UserTileHash                  string      xq
UnifiedInbox                  boolean     xq
Mris                          strings     xq
Wlid                          string      xq
AbchContactId                 string      xq
NotInBirthdayCalendar         boolean     xq
ShellContactType              string      xq
ImMri                         string      xq
PresenceTrustLevel            int         xq
OtherMri                      string      xq
ProfileLastChanged            string      xq
MobileIMEnabled               boolean     xq
PartnerNetworkProfilePhotoUrl string      xq
PartnerNetworkThumbnailPhotoUrl string    xq
PersonId                      string      xq
ConversationGuid              string      xq
"""

DISTRIBUTION_LIST = """
contacts:DisplayName          string      wd
contacts:FileAs               string      wd
contacts:ContactSource        enum:Store,ActiveDirectory .
Members                       members     wagq
"""

TASK = """
ActualWork                    int         w
AssignedTime                  datetime    .
BillingInformation            string      w
ChangeCount                   int         k
Companies                     strings     w
CompleteDate                  datetime    w
Contacts                      strings     w
DelegationState               enum:NoMatch,OwnNew,Owned,Accepted,Declined,Max k
Delegator                     string      .
DueDate                       datetime    wd
IsAssignmentEditable          int         k
IsComplete                    boolean     k
IsRecurring                   boolean     k
IsTeamTask                    boolean     k
Mileage                       string      w
Owner                         string      .
PercentComplete               double      wdn
Recurrence                    recurrence  wgq
StartDate                     datetime    wd
Status                        enum:NotStarted,InProgress,Completed,WaitingOnOthers,Deferred wdn
StatusDescription             string      qk
TotalWork                     int         w
"""

POST_ITEM = """
message:ConversationIndex     binary      wm
message:ConversationTopic     string      .
message:From                  recipient   wdm
message:InternetMessageId     string      wm
message:IsRead                boolean     wd
PostedTime                    datetime    d
message:References            string      wm
message:Sender                recipient   wm
"""

# For each kind of item: the tables that make it up, in order, each with the prefix of its FieldURIs.
_MAIL = (("item", ITEM), ("message", MESSAGE))
_MEETING = (*_MAIL, ("meeting", MEETING_MESSAGE))

ITEM_KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "Item": (("item", ITEM),),
    "Message": _MAIL,
    "CalendarItem": (("item", ITEM), ("calendar", CALENDAR_ITEM)),
    "Contact": (("item", ITEM), ("contacts", CONTACT)),
    "DistributionList": (("item", ITEM), ("distributionlist", DISTRIBUTION_LIST)),
    "Task": (("item", ITEM), ("task", TASK)),
    "PostItem": (("item", ITEM), ("postitem", POST_ITEM)),
    "MeetingMessage": _MEETING,
    "MeetingRequest": (*_MEETING, ("calendar", MEETING_REQUEST)),
    "MeetingResponse": (*_MEETING, ("calendar", MEETING_RESPONSE)),
    "MeetingCancellation": (*_MEETING, ("calendar", MEETING_CANCELLATION)),
}
