"""The parts that items and folders are made of: bodies, flags, rights, names; with those of `ids` and `people`.

Every class names the page of the EWS reference that describes its element
(https://learn.microsoft.com/exchange/client-developer/web-service-reference/ and the element's name in small letters).
"""

from __future__ import annotations

from typing import Any, ClassVar

from lxml import etree

from ewsfs.ews.element import ElementField, ElementListField, EWSElement
from ewsfs.ews.fields import (
    GUID,
    BooleanField,
    ChoiceField,
    DateTimeField,
    FloatField,
    IntegerField,
    TextField,
)
from ewsfs.ews.ids import (
    ConversationId,
    FolderId,
    IdField,
    ItemId,
    OccurrenceItemId,
    ParentFolderId,
    PartOfIdField,
    RecurringMasterItemId,
)
from ewsfs.ews.listfields import BinaryField, TextListField
from ewsfs.ews.ownerfields import AttributeField, BooleanAttributeField, ContentField
from ewsfs.ews.people import (
    MAILBOX_TYPES,
    RESPONSE_TYPES,
    Attendee,
    AttendeeListField,
    DistinguishedFolderId,
    Mailbox,
    MailboxField,
    MailboxListField,
    Member,
    MemberListField,
)
from ewsfs.ews.xmlnames import Element, t

FREE_BUSY = ("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData")


# -- bodies ------------------------------------------------------------------------------------------


class Body(str):
    """EWS reference: Body. Plain text; any `str` will do for it."""

    __slots__ = ()
    body_type: ClassVar[str] = "Text"


class HTMLBody(Body):
    """EWS reference: Body. Text that is HTML."""

    __slots__ = ()
    body_type: ClassVar[str] = "HTML"


class BodyField(TextField):
    """A text that is plain (`Body`, or any `str`) or HTML (`HTMLBody`)."""

    def __init__(self, path: str, *, searchable: bool = True, listed: bool = False, **options: Any) -> None:
        super().__init__(path, searchable=searchable, listed=listed, **options)

    def _checked(self, value: Any) -> str:
        text = super()._checked(value)
        return text if isinstance(text, Body) else Body(text)

    def read(self, element: Element, values: dict[str, Any]) -> None:
        values[self.name] = self.parse(element)

    def parse(self, element: Element) -> str:
        kind = HTMLBody if element.get("BodyType") == "HTML" else Body
        return kind(element.text or "")

    def render(self, value: str) -> Element:
        element = self._text_element(self.as_text(str(value)))
        element.set("BodyType", getattr(value, "body_type", "Text"))
        return element


class MimeContentField(BinaryField):
    """EWS reference: MimeContent. The item as a MIME message (calendar items: iCalendar, contacts: vCard)."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, streamed=True, **options)

    def render(self, value: bytes) -> Element:
        element = self._text_element(self.as_text(value))
        element.set("CharacterSet", "UTF-8")
        return element


# -- small parts -------------------------------------------------------------------------------------


class InternetHeader(EWSElement):
    """EWS reference: InternetMessageHeader. One header field of a message, as text.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/internetmessageheader
    """

    __slots__ = ()
    ELEMENT = "InternetMessageHeader"

    name = AttributeField("HeaderName")
    value = ContentField()


class EffectiveRights(EWSElement):
    """EWS reference: EffectiveRights. What the one who asks may do with an item or folder.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/effectiverights
    """

    __slots__ = ()
    ELEMENT = "EffectiveRights"

    create_associated = BooleanField("CreateAssociated")
    create_contents = BooleanField("CreateContents")
    create_hierarchy = BooleanField("CreateHierarchy")
    delete = BooleanField("Delete")
    modify = BooleanField("Modify")
    read = BooleanField("Read")
    view_private_items = BooleanField("ViewPrivateItems")


class Flag(EWSElement):
    """EWS reference: Flag. What is to be done about an item, and whether it was (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/flag
    """

    __slots__ = ()
    ELEMENT = "Flag"
    NOT_FLAGGED: ClassVar[str] = "NotFlagged"
    FLAGGED: ClassVar[str] = "Flagged"
    COMPLETE: ClassVar[str] = "Complete"

    flag_status = ChoiceField("FlagStatus", ("NotFlagged", "Flagged", "Complete"), required=True)
    start_date = DateTimeField("StartDate")
    due_date = DateTimeField("DueDate")
    complete_date = DateTimeField("CompleteDate")


class CompleteName(EWSElement):
    """EWS reference: CompleteName. A contact's name in its parts, as the server has put it together.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/completename
    """

    __slots__ = ()
    ELEMENT = "CompleteName"

    title = TextField("Title")
    first_name = TextField("FirstName")
    middle_name = TextField("MiddleName")
    last_name = TextField("LastName")
    suffix = TextField("Suffix")
    initials = TextField("Initials")
    full_name = TextField("FullName")
    nickname = TextField("Nickname")
    yomi_first_name = TextField("YomiFirstName")
    yomi_last_name = TextField("YomiLastName")


class PostalAddress(EWSElement):
    """EWS reference: PostalAddress (PersonaPostalAddressType).

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxwscore
    """

    __slots__ = ()
    ELEMENT = "PostalAddress"

    street = TextField("Street")
    city = TextField("City")
    state = TextField("State")
    country = TextField("Country")
    postal_code = TextField("PostalCode")
    post_office_box = TextField("PostOfficeBox")
    type = TextField("Type")
    latitude = FloatField("Latitude")
    longitude = FloatField("Longitude")
    accuracy = FloatField("Accuracy")
    altitude = FloatField("Altitude")
    altitude_accuracy = FloatField("AltitudeAccuracy")
    formatted_address = TextField("FormattedAddress")
    location_uri = TextField("LocationUri")
    location_source = ChoiceField(
        "LocationSource", ("None", "LocationServices", "PhonebookServices", "Device", "Contact", "Resource")
    )


class EnhancedLocation(EWSElement):
    """EWS reference: EnhancedLocation. A place with its postal address (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/enhancedlocation
    """

    __slots__ = ()
    ELEMENT = "EnhancedLocation"

    display_name = TextField("DisplayName", required=True)
    annotation = TextField("Annotation")
    postal_address = ElementField("PostalAddress", PostalAddress)


class RetentionTag(EWSElement):
    """EWS reference: PolicyTag, ArchiveTag. The retention policy that holds for an item or folder.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/policytag
    """

    __slots__ = ()
    ELEMENT = "PolicyTag"

    is_explicit = BooleanAttributeField("IsExplicit", required=True)
    tag = ContentField(pattern=GUID, required=True)


class ReminderMessageData(EWSElement):
    """EWS reference: ReminderMessageData (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/remindermessagedata
    """

    __slots__ = ()
    ELEMENT = "ReminderMessageData"

    reminder_text = TextField("ReminderText")
    location = TextField("Location")
    start_time = DateTimeField("StartTime")
    end_time = DateTimeField("EndTime")
    associated_calendar_item_id = ElementField("AssociatedCalendarItemId", ItemId)


class ApprovalRequestData(EWSElement):
    """EWS reference: ApprovalRequestData (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/approvalrequestdata
    """

    __slots__ = ()
    ELEMENT = "ApprovalRequestData"

    is_undecided_approval_request = BooleanField("IsUndecidedApprovalRequest")
    approval_decision = IntegerField("ApprovalDecision")
    approval_decision_maker = TextField("ApprovalDecisionMaker")
    approval_decision_time = DateTimeField("ApprovalDecisionTime")


class VotingOption(EWSElement):
    """EWS reference: VotingOptionData (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/votingoptiondata
    """

    __slots__ = ()
    ELEMENT = "VotingOptionData"

    display_name = TextField("DisplayName")
    send_prompt = ChoiceField("SendPrompt", ("None", "Send", "VotingOption"))


class VotingInformation(EWSElement):
    """EWS reference: VotingInformation (Exchange 2013).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/votinginformation
    """

    __slots__ = ()
    ELEMENT = "VotingInformation"

    user_options = ElementListField("UserOptions", VotingOption)
    voting_response = TextField("VotingResponse")


class ChoiceListField(TextListField):
    """Several words that each stand as an element's name, for example t:ResponseObjects with t:ReplyToItem."""

    def parse(self, element: Element) -> list[str] | None:
        return [child.tag.rpartition("}")[2] for child in element if isinstance(child.tag, str)]

    def _render_item(self, value: str) -> Element:
        return etree.Element(t(value))


__all__ = [
    "FREE_BUSY",
    "MAILBOX_TYPES",
    "RESPONSE_TYPES",
    "ApprovalRequestData",
    "Attendee",
    "AttendeeListField",
    "Body",
    "BodyField",
    "ChoiceListField",
    "CompleteName",
    "ConversationId",
    "DistinguishedFolderId",
    "EffectiveRights",
    "EnhancedLocation",
    "Flag",
    "FolderId",
    "HTMLBody",
    "IdField",
    "InternetHeader",
    "ItemId",
    "Mailbox",
    "MailboxField",
    "MailboxListField",
    "Member",
    "MemberListField",
    "MimeContentField",
    "OccurrenceItemId",
    "ParentFolderId",
    "PartOfIdField",
    "PostalAddress",
    "RecurringMasterItemId",
    "ReminderMessageData",
    "RetentionTag",
    "VotingInformation",
    "VotingOption",
]
