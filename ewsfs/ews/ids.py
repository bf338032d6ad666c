"""The ids of items, folders and conversations, and the fields that hold one.

Every class names the page of the EWS reference that describes its element.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from ewsfs.ews.element import EWSElement
from ewsfs.ews.fields import TextField
from ewsfs.ews.ownerfields import AttributeField, RequiredAttributeField
from ewsfs.ews.xmlnames import Element

_CHANGE_KEY = {"ChangeKey": "changekey"}


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
    """EWS reference: ItemId. Ids are case-sensitive; an item that moves gets another one.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/itemid
    """

    __slots__ = ()
    ELEMENT = "ItemId"


class OccurrenceItemId(EWSElement):
    """EWS reference: OccurrenceItemId. One occurrence of a recurring item, by its place; the first is 1.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/occurrenceitemid
    """

    __slots__ = ()
    ELEMENT = "OccurrenceItemId"

    id = AttributeField("RecurringMasterId")
    changekey = AttributeField("ChangeKey")
    index = AttributeField("InstanceIndex")


class RecurringMasterItemId(EWSElement):
    """EWS reference: RecurringMasterItemId. The recurring item that an occurrence belongs to.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/recurringmasteritemid
    """

    __slots__ = ()
    ELEMENT = "RecurringMasterItemId"

    id = AttributeField("OccurrenceId")
    changekey = AttributeField("ChangeKey")


class FolderId(_Id):
    """EWS reference: FolderId. A folder keeps its id when it moves.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/folderid
    """

    __slots__ = ()
    ELEMENT = "FolderId"


class ParentFolderId(FolderId):
    """EWS reference: ParentFolderId. Its change key is not to be trusted.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/parentfolderid
    """

    __slots__ = ()
    ELEMENT = "ParentFolderId"


class ConversationId(_Id):
    """EWS reference: ConversationId.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/conversationid
    """

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
