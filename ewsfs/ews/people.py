"""Those whom mail comes from and goes to: mailboxes, attendees, members; and the default folders, which have an owner.

Every class names the page of the EWS reference that describes its element.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from ewsfs.ews.element import ElementField, ElementListField, EWSElement
from ewsfs.ews.fields import ChoiceField, DateTimeField, Field, TextField
from ewsfs.ews.ids import ItemId
from ewsfs.ews.ownerfields import AttributeField

MAILBOX_TYPES = (
    "Unknown", "OneOff", "Mailbox", "PublicDL", "PrivateDL", "Contact", "PublicFolder", "GroupMailbox",
    "ImplicitContact",
)  # fmt: skip
RESPONSE_TYPES = ("Unknown", "Organizer", "Tentative", "Accept", "Decline", "NoResponseReceived")


class Mailbox(EWSElement):
    """EWS reference: Mailbox. Somebody mail can be sent to; a server may know the name alone.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/mailbox
    """

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
    """EWS reference: DistinguishedFolderId. A default folder, whatever its name, in one's own or another mailbox.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/distinguishedfolderid
    """

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
    """EWS reference: Attendee. Somebody who is invited, and what he answered.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/attendee
    """

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
    """EWS reference: Member (of a distribution list).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/member-ex15websvcsotherref
    """

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
