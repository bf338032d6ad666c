"""The parts that items and folders are made of: ids, mailboxes, attendees, bodies, flags, rights.

Every class names the page of the EWS reference that describes its element
(https://learn.microsoft.com/exchange/client-developer/web-service-reference/ and the element's name in small letters).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lxml import etree

from ewsfs.ews.element import ElementField, ElementListField, EWSElement
from ewsfs.ews.fields import (
    GUID,
    AttributeField,
    BinaryField,
    BooleanAttributeField,
    BooleanField,
    ChoiceField,
    ContentField,
    DateTimeField,
    Field,
    FloatField,
    IntegerField,
    RequiredAttributeField,
    TextField,
    TextListField,
)
from ewsfs.ews.xmlnames import Element, t

MAILBOX_TYPES = (
    "Unknown", "OneOff", "Mailbox", "PublicDL", "PrivateDL", "Contact", "PublicFolder", "GroupMailbox",
    "ImplicitContact",
)  # fmt: skip
RESPONSE_TYPES = ("Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived")
FREE_BUSY = ("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData")


_CHANGE_KEY = {"ChangeKey": "changekey"}

# -- ids ---------------------------------------------------------------------------------------------


class _Id(EWSElement):
    """An id with the version of what it names; two are equal when both parts are."""

    __slots__ = ()

    id = RequiredAttributeField("Id")
    changekey = AttributeField("ChangeKey")

    def __init__(self, *id_and_changekey: str | None, **values: Any) -> None:
        super().__init__(**dict(zip(("id", "changekey"), id_and_changekey, strict=False)), **values)

    def __hash__(self) -> int:
        return hash((self.id, self.changekey))


class ItemId(_Id):
    """EWS reference: ItemId. Ids are case-sensitive; an item that moves gets another one."""

    __slots__ = ()
    ELEMENT = "ItemId"


class OccurrenceItemId(EWSElement):
    """EWS reference: OccurrenceItemId. One occurrence of a recurring item, by its place; the first is 1."""

    __slots__ = ()
    ELEMENT = "OccurrenceItemId"

    id = AttributeField("RecurringMasterId")
    changekey = AttributeField("ChangeKey")
    index = AttributeField("InstanceIndex")


class RecurringMasterItemId(EWSElement):
    """EWS reference: RecurringMasterItemId. The recurring item that an occurrence belongs to."""

    __slots__ = ()
    ELEMENT = "RecurringMasterItemId"

    id = AttributeField("OccurrenceId")
    changekey = AttributeField("ChangeKey")


class FolderId(_Id):
    """EWS reference: FolderId. A folder keeps its id when it moves."""

    __slots__ = ()
    ELEMENT = "FolderId"


class ParentFolderId(FolderId):
    """EWS reference: ParentFolderId. Its change key is not to be trusted."""

    __slots__ = ()
    ELEMENT = "ParentFolderId"


class ConversationId(_Id):
    """EWS reference: ConversationId."""

    __slots__ = ()
    ELEMENT = "ConversationId"


class IdField(AttributeField):
    """An id that stands in an element of its own, with its change key in another field.

    Parameters: `attribute`, the name of the attribute that holds it; `others`, the fields that are filled from the
    element's other attributes.
    """

    is_on_owner = False

    def __init__(
        self, path: str, *, attribute: str = "Id", others: Mapping[str, str] = _CHANGE_KEY, **options: Any
    ) -> None:
        super().__init__(path, read_only=True, **options)
        self.attribute = attribute
        self.others = dict(others)

    def read(self, element: Element, values: dict[str, Any]) -> None:
        for attribute, name in ((self.attribute, self.name), *self.others.items()):
            value = element.get(attribute)
            if value:
                values[name] = value

    def write(self, element: Element, values: dict[str, Any]) -> None:
        if values.get(self.name):
            element.append(self.id_element(values))

    def id_element(self, values: dict[str, Any]) -> Element:
        """The element with the id and what belongs to it."""
        found = etree.Element(self.tag)
        for attribute, name in ((self.attribute, self.name), *self.others.items()):
            if values.get(name):
                found.set(attribute, self.as_text(values[name]))
        return found


class PartOfIdField(TextField):
    """What an `IdField` reads and writes besides the id itself."""

    is_read_by_tag = False

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, read_only=True, searchable=False, **options)

    def write(self, element: Element, values: dict[str, Any]) -> None:
        """The `IdField` has written it."""


# -- people ------------------------------------------------------------------------------------------


class Mailbox(EWSElement):
    """EWS reference: Mailbox. Somebody mail can be sent to; a server may know the name alone."""

    __slots__ = ()
    ELEMENT = "Mailbox"

    name = TextField("Name")
    email_address = TextField("EmailAddress")
    routing_type = TextField("RoutingType")
    mailbox_type = ChoiceField("MailboxType", MAILBOX_TYPES)
    item_id = ElementField("ItemId", ItemId)
    original_display_name = TextField("OriginalDisplayName", since="Exchange2010_SP1", rare=True)

    def __hash__(self) -> int:
        return hash((self.email_address or self.name or "").lower())


class DistinguishedFolderId(EWSElement):
    """EWS reference: DistinguishedFolderId. A default folder, whatever its name, in one's own or another mailbox."""

    __slots__ = ()
    ELEMENT = "DistinguishedFolderId"

    id = AttributeField("Id")
    changekey = AttributeField("ChangeKey")
    mailbox = ElementField("Mailbox", Mailbox)

    def __init__(self, *name: str, **values: Any) -> None:
        super().__init__(**dict(zip(("id",), name, strict=False)), **values)

    def __hash__(self) -> int:
        return hash(self.id)


def to_mailbox(value: Any, field: Field[Any]) -> Mailbox:
    """A mailbox from one, or from an address. Raises: TypeError, ValueError, which name the field."""
    if isinstance(value, Mailbox):
        return value
    if not isinstance(value, str):
        raise field.wrong_type(value, "a Mailbox or an address")
    if not value.strip():
        raise field.wrong_value(value, "needs an address")
    return Mailbox(email_address=value)


class MailboxField(ElementField[Mailbox]):
    """One mailbox, for example t:From with t:Mailbox in it. An address will do for it."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, Mailbox, inner="Mailbox", **options)

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: Mailbox | str | None) -> None: ...

    def _checked(self, value: Any) -> Mailbox:
        return to_mailbox(value, self)


class MailboxListField(ElementListField[Mailbox]):
    """Several mailboxes, for example t:ToRecipients. Addresses will do for them."""

    def __init__(self, path: str, *, listed: bool = False, **options: Any) -> None:
        super().__init__(path, Mailbox, listed=listed, **options)

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: Iterable[Mailbox | str] | None) -> None: ...

    def _checked_item(self, value: Any) -> Mailbox:
        return to_mailbox(value, self)


class Attendee(EWSElement):
    """EWS reference: Attendee. Somebody who is invited, and what he answered."""

    __slots__ = ()
    ELEMENT = "Attendee"
    RESPONSE_TYPES: ClassVar[tuple[str, ...]] = RESPONSE_TYPES

    mailbox = MailboxField("Mailbox", required=True)
    response_type = ChoiceField("ResponseType", RESPONSE_TYPES)
    last_response_time = DateTimeField("LastResponseTime")
    proposed_start = DateTimeField("ProposedStart", since="Exchange2013_SP1")
    proposed_end = DateTimeField("ProposedEnd", since="Exchange2013_SP1")

    def __hash__(self) -> int:
        return hash(self.mailbox)


Attendee.mailbox.inner = None  # t:Mailbox itself, without another element around it


class AttendeeListField(ElementListField[Attendee]):
    """Several attendees. Mailboxes and addresses will do for them."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, Attendee, listed=False, **options)

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: Iterable[Attendee | Mailbox | str] | None) -> None: ...

    def _checked_item(self, value: Any) -> Attendee:
        if isinstance(value, Attendee):
            if value.mailbox is None:
                raise self.wrong_value(value, "has an attendee without mailbox")
            return value
        return Attendee(mailbox=to_mailbox(value, self), response_type="Unknown")


class Member(EWSElement):
    """EWS reference: Member (of a distribution list)."""

    __slots__ = ()
    ELEMENT = "Member"

    key = AttributeField("Key")
    mailbox = MailboxField("Mailbox")
    status = ChoiceField("Status", ("Unrecognized", "Normal", "Demoted"))


Member.mailbox.inner = None


class MemberListField(ElementListField[Member]):
    """The members of a distribution list. Mailboxes and addresses will do for them."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, Member, listed=False, **options)

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: Iterable[Member | Mailbox | str] | None) -> None: ...

    def _checked_item(self, value: Any) -> Member:
        if isinstance(value, Member):
            return value
        return Member(mailbox=to_mailbox(value, self))


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

    def render(self, value: bytes) -> Element:
        element = self._text_element(self.as_text(value))
        element.set("CharacterSet", "UTF-8")
        return element


# -- small parts -------------------------------------------------------------------------------------


class InternetHeader(EWSElement):
    """EWS reference: InternetMessageHeader. One header field of a message, as text."""

    __slots__ = ()
    ELEMENT = "InternetMessageHeader"

    name = AttributeField("HeaderName")
    value = ContentField()


class EffectiveRights(EWSElement):
    """EWS reference: EffectiveRights. What the one who asks may do with an item or folder."""

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
    """EWS reference: Flag. What is to be done about an item, and whether it was (Exchange 2013)."""

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
    """EWS reference: CompleteName. A contact's name in its parts, as the server has put it together."""

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
    """EWS reference: PostalAddress (PersonaPostalAddressType)."""

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
    """EWS reference: EnhancedLocation. A place with its postal address (Exchange 2013)."""

    __slots__ = ()
    ELEMENT = "EnhancedLocation"

    display_name = TextField("DisplayName", required=True)
    annotation = TextField("Annotation")
    postal_address = ElementField("PostalAddress", PostalAddress)


class RetentionTag(EWSElement):
    """EWS reference: PolicyTag, ArchiveTag. The retention policy that holds for an item or folder."""

    __slots__ = ()
    ELEMENT = "PolicyTag"

    is_explicit = BooleanAttributeField("IsExplicit", required=True)
    tag = ContentField(pattern=GUID, required=True)


class ReminderMessageData(EWSElement):
    """EWS reference: ReminderMessageData (Exchange 2013)."""

    __slots__ = ()
    ELEMENT = "ReminderMessageData"

    reminder_text = TextField("ReminderText")
    location = TextField("Location")
    start_time = DateTimeField("StartTime")
    end_time = DateTimeField("EndTime")
    associated_calendar_item_id = ElementField("AssociatedCalendarItemId", ItemId)


class ApprovalRequestData(EWSElement):
    """EWS reference: ApprovalRequestData (Exchange 2013)."""

    __slots__ = ()
    ELEMENT = "ApprovalRequestData"

    is_undecided_approval_request = BooleanField("IsUndecidedApprovalRequest")
    approval_decision = IntegerField("ApprovalDecision")
    approval_decision_maker = TextField("ApprovalDecisionMaker")
    approval_decision_time = DateTimeField("ApprovalDecisionTime")


class VotingOption(EWSElement):
    """EWS reference: VotingOptionData (Exchange 2013)."""

    __slots__ = ()
    ELEMENT = "VotingOptionData"

    display_name = TextField("DisplayName")
    send_prompt = ChoiceField("SendPrompt", ("None", "Send", "VotingOption"))


class VotingInformation(EWSElement):
    """EWS reference: VotingInformation (Exchange 2013)."""

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
