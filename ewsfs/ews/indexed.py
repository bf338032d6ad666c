"""Properties of which a contact has several, each under a label: telephone numbers, postal and other addresses.

Each is declared as a list of small elements that know their label. A single one of them, or one part of an address,
is named by a path such as `phone_numbers__CarPhone` or `physical_addresses__Home__street` (see `fieldpath`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex, TypeVar, overload

from lxml import etree

from ewsfs.ews.element import ElementListField, EWSElement
from ewsfs.ews.fields import TextField
from ewsfs.ews.ownerfields import AttributeField, ChoiceAttributeField, ContentField
from ewsfs.ews.properties import MAILBOX_TYPES
from ewsfs.ews.xmlnames import Element

EMAIL_LABELS = ("EmailAddress1", "EmailAddress2", "EmailAddress3")
IM_LABELS = ("ImAddress1", "ImAddress2", "ImAddress3")
ADDRESS_LABELS = ("Home", "Business", "Other")
PHONE_LABELS = (
    "AssistantPhone", "BusinessFax", "BusinessPhone", "BusinessPhone2", "Callback", "CarPhone", "CompanyMainPhone",
    "HomeFax", "HomePhone", "HomePhone2", "Isdn", "MobilePhone", "OtherFax", "OtherTelephone", "Pager",
    "PrimaryPhone", "RadioPhone", "Telex", "TtyTddPhone", "BusinessMobile", "IPPhone", "Mms", "Msn",
)  # fmt: skip


class Labelled(EWSElement):
    """EWS reference: Entry. A value with a label that no other of its list has.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/entry-phonenumber
    """

    __slots__ = ()
    ELEMENT = "Entry"
    LABELS: ClassVar[tuple[str, ...]] = ()
    VALUE: ClassVar[str | None] = None
    """The field that is the value, None when there are several."""
    URI: ClassVar[str]
    """The FieldURI of one of them, or what the FieldURIs of its parts begin with."""

    label = ChoiceAttributeField("Key", ())


class PhoneNumber(Labelled):
    """EWS reference: Entry (PhoneNumber).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/entry-phonenumber
    """

    __slots__ = ()
    LABELS = PHONE_LABELS
    VALUE = "phone_number"
    URI = "contacts:PhoneNumber"

    label = ChoiceAttributeField("Key", PHONE_LABELS)
    phone_number = ContentField()


class EmailAddress(Labelled):
    """EWS reference: Entry (EmailAddress).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/entry-emailaddress
    """

    __slots__ = ()
    LABELS = EMAIL_LABELS
    VALUE = "email"
    URI = "contacts:EmailAddress"

    label = ChoiceAttributeField("Key", EMAIL_LABELS)
    name = AttributeField("Name", since="Exchange2010_SP2")
    routing_type = AttributeField("RoutingType", since="Exchange2010_SP2")
    mailbox_type = ChoiceAttributeField("MailboxType", MAILBOX_TYPES, since="Exchange2010_SP2")
    email = ContentField()


class ImAddress(Labelled):
    """EWS reference: Entry (ImAddress).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/entry-imaddress
    """

    __slots__ = ()
    LABELS = IM_LABELS
    VALUE = "im_address"
    URI = "contacts:ImAddress"

    label = ChoiceAttributeField("Key", IM_LABELS)
    im_address = ContentField()


class PhysicalAddress(Labelled):
    """EWS reference: Entry (PhysicalAddress).

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/entry-physicaladdress
    """

    __slots__ = ()
    LABELS = ADDRESS_LABELS
    URI = "contacts:PhysicalAddress"

    label = ChoiceAttributeField("Key", ADDRESS_LABELS)
    street = TextField("Street")
    city = TextField("City")
    state = TextField("State")
    country = TextField("CountryOrRegion")
    zipcode = TextField("PostalCode")


L = TypeVar("L", bound=Labelled)


class LabelledList(list[L]):
    """A list whose members can also be had by label: `phone_numbers["CarPhone"]`."""

    @overload
    def __getitem__(self, key: SupportsIndex) -> L: ...
    @overload
    def __getitem__(self, key: slice) -> list[L]: ...
    @overload
    def __getitem__(self, key: str) -> L: ...
    def __getitem__(self, key: SupportsIndex | slice | str) -> L | list[L]:
        if isinstance(key, str):
            found = self.get(key)
            if found is None:
                raise KeyError(key)
            return found
        return super().__getitem__(key)

    def get(self, label: str) -> L | None:
        """The member with a label, None when there is none."""
        return next((one for one in self if one.label == label), None)


class LabelledField(ElementListField[L]):
    """A list of labelled values. A dictionary of labels and values will do for it where a value is one string."""

    def __init__(self, path: str, kind: type[L], **options: Any) -> None:
        super().__init__(path, kind, searchable=False, **options)

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any = ...) -> LabelledField[L]: ...
        @overload
        def __get__(self, instance: EWSElement, owner: Any = ...) -> LabelledList[L]: ...
        def __get__(self, instance: EWSElement | None, owner: Any = None) -> LabelledField[L] | LabelledList[L]: ...

        def __set__(self, instance: EWSElement, value: Iterable[L] | Mapping[str, str] | None) -> None: ...

    def make_list(self, values: Iterable[L]) -> list[L]:
        return LabelledList(values)

    def _checked(self, value: Any) -> list[L]:
        if isinstance(value, Mapping) and self.kind.VALUE is not None:
            value = [self.kind(label=label, **{self.kind.VALUE: one}) for label, one in value.items()]
        checked = super()._checked(value)
        labels = [one.label for one in checked]
        if None in labels:
            raise self.wrong_value(value, "has a member without label")
        if len(set(labels)) != len(labels):
            raise self.wrong_value(value, "has a label twice")
        return checked

    def render(self, value: list[L]) -> Element | None:
        if not value:
            return None
        element = etree.Element(self.tag)
        for one in self._checked(value):
            element.append(self._render_item(one))
        return element
