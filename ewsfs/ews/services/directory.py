"""People, lists and rooms: ResolveNames, ExpandDL, GetRoomLists, GetRooms, GetMailTips, GetUserPhoto.

Addresses go in as text and come out as the t:Mailbox, t:Address, t:Room elements of the reply.
"""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from ewsfs.ews import errors
from ewsfs.ews.errors import EWSError
from ewsfs.ews.services.base import Service
from ewsfs.ews.soap import result_error
from ewsfs.ews.xmlnames import Element, child, children, m, make, t, text_of

SearchScope = Literal["ActiveDirectory", "ActiveDirectoryContacts", "Contacts", "ContactsActiveDirectory"]
MailTip = Literal[
    "All", "OutOfOfficeMessage", "MailboxFullStatus", "CustomMailTip", "ExternalMemberCount", "TotalMemberCount",
    "MaxMessageSize", "DeliveryRestriction", "ModerationStatus", "InvalidRecipient",
]  # fmt: skip
PhotoSize = Literal[
    "HR48x48", "HR64x64", "HR96x96", "HR120x120", "HR240x240", "HR360x360", "HR432x432", "HR504x504", "HR648x648"
]


def mailbox(tag: str, email_address: str, *, name: str | None = None, routing_type: str | None = None) -> Element:
    """An address in an element of that name: t:Name, t:EmailAddress, t:RoutingType in the schema's order."""
    parts = []
    if name is not None:
        parts.append(make(t("Name"), text=name))
    parts.append(make(t("EmailAddress"), text=email_address))
    if routing_type is not None:
        parts.append(make(t("RoutingType"), text=routing_type))
    return make(tag, *parts)


class ResolveNames(Service):
    """Names and parts of addresses looked up. EWS reference: ResolveNames operation."""

    NAME = "ResolveNames"
    REPEATABLE = True
    PAYLOAD = "ResolutionSet"

    def call(
        self,
        entry: str,
        *,
        parent_folders: Iterable[Element] = (),
        full_contact_data: bool = False,
        search_scope: SearchScope | None = None,
        contact_data_shape: Literal["IdOnly", "Default", "AllProperties"] | None = None,
    ) -> list[Element]:
        """The t:Resolution elements (t:Mailbox, and t:Contact with `full_contact_data`); [] when nobody is found.

        Parameters: `entry`, a name, alias or address, or the start of one; `parent_folders`, contacts folders to
        search; `search_scope` needs Exchange 2007 SP1, `contact_data_shape` Exchange 2010 SP2. Servers give 100 at
        most.
        """
        folders = [copy.deepcopy(folder) for folder in parent_folders]
        request = self._request(
            *([make(m("ParentFolderIds"), *folders)] if folders else []),
            make(m("UnresolvedEntry"), text=entry),
            ReturnFullContactData=full_contact_data,
            SearchScope=search_scope,
            ContactDataShape=contact_data_shape,
        )
        message = self._send(request)[0]
        error = self._error_of(message)
        if error is None:
            return list(children(child(message, "ResolutionSet")))
        if isinstance(error, errors.ErrorNameResolutionNoResults):
            return []
        raise error


class ExpandDL(Service):
    """The members of a distribution list, one level deep. EWS reference: ExpandDL operation."""

    NAME = "ExpandDL"
    REPEATABLE = True
    PAYLOAD = "DLExpansion"

    def call(self, email_address: str | None = None, *, item_id: Element | None = None) -> list[Element]:
        """The t:Mailbox of each member, of a public list by its address or of a private one by its t:ItemId."""
        if (email_address is None) == (item_id is None):
            raise ValueError("either an address or the id of a list")
        address = [] if email_address is None else [make(t("EmailAddress"), text=email_address)]
        private = [] if item_id is None else [copy.deepcopy(item_id)]
        message = self._one(self._request(make(m("Mailbox"), *address, *private)))
        return list(children(child(message, "DLExpansion")))


class GetRoomLists(Service):
    """The lists of rooms of the organisation. EWS reference: GetRoomLists operation (Exchange 2010)."""

    NAME = "GetRoomLists"
    REPEATABLE = True

    def call(self) -> list[Element]:
        """The t:Address of each list."""
        return list(children(child(self._one(self._request()), "RoomLists")))


class GetRooms(Service):
    """The rooms of a list. EWS reference: GetRooms operation (Exchange 2010)."""

    NAME = "GetRooms"
    REPEATABLE = True

    def call(self, room_list: str) -> list[Element]:
        """The t:Room of each room (t:Id is its address); `room_list` is the address of the list."""
        message = self._one(self._request(mailbox(m("RoomList"), room_list)))
        return list(children(child(message, "Rooms")))


class GetMailTips(Service):
    """What a sender should know of recipients. EWS reference: GetMailTips operation (Exchange 2010 SP1)."""

    NAME = "GetMailTips"
    REPEATABLE = True

    def call(
        self, recipients: Sequence[str], *, sending_as: str, requested: Sequence[MailTip] = ("All",)
    ) -> Iterator[Element | EWSError]:
        """One m:MailTips, or an error, for each recipient; `sending_as` is the address of the sender."""
        messages = self._send(
            self._request(
                mailbox(m("SendingAs"), sending_as),
                make(m("Recipients"), *(mailbox(t("Mailbox"), recipient) for recipient in recipients)),
                make(m("MailTipsRequested"), text=" ".join(requested)),
            )
        )
        if len(messages) == 1 and child(messages[0], "MailTips") is None:
            error = result_error(messages[0])
            if error is not None and len(recipients) != 1:
                raise error
        return (self._tips(message) for message in messages)

    def _tips(self, message: Element) -> Element | EWSError:
        error = result_error(message, "MailTips")
        tips = child(message, "MailTips")
        if error is not None:
            return error
        return errors.MalformedResponse("GetMailTips: a response message without MailTips") if tips is None else tips


class GetUserPhoto(Service):
    """The photo of somebody. EWS reference: GetUserPhoto operation (Exchange 2013)."""

    NAME = "GetUserPhoto"
    REPEATABLE = True

    def call(self, email_address: str, *, size: PhotoSize = "HR360x360") -> bytes:
        """The bytes of the picture, b"" when there is none."""
        message = self._one(self._request(make(m("Email"), text=email_address), make(m("SizeRequested"), text=size)))
        try:
            return base64.b64decode(text_of(message, "PictureData") or "")
        except binascii.Error as error:
            raise errors.MalformedResponse("GetUserPhoto: a picture that is not base64") from error
