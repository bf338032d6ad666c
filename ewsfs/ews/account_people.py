"""What an account can be asked about people: who a name stands for, lists, rooms, mail tips, photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ewsfs.ews.availability import MailTips, Resolution, Room
from ewsfs.ews.errors import EWSError
from ewsfs.ews.folders import BaseFolder, to_folder_id
from ewsfs.ews.itemrefs import to_item_id
from ewsfs.ews.properties import Mailbox
from ewsfs.ews.services.directory import ExpandDL, GetMailTips, GetRoomLists, GetRooms, GetUserPhoto, ResolveNames

if TYPE_CHECKING:
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.services.directory import MailTip, PhotoSize, SearchScope
    from ewsfs.ews.soap import RequestHeader


class PeopleOperations:
    """The part of `Account` that is about people."""

    primary_smtp_address: str
    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

    def resolve_names(
        self,
        name: str,
        *,
        parent_folders: Iterable[BaseFolder[Any]] = (),
        return_full_contact_data: bool = False,
        search_scope: SearchScope | None = None,
    ) -> list[Resolution]:
        """Whom a name, an alias or the start of an address may stand for; nobody is an empty list.

        Parameters: `parent_folders`, contacts folders to look in; `return_full_contact_data`, with the contacts.
        """
        found = ResolveNames(self.protocol, self.header).call(
            name,
            parent_folders=[to_folder_id(folder) for folder in parent_folders],
            full_contact_data=return_full_contact_data,
            search_scope=search_scope,
        )
        return [Resolution.from_xml(element) for element in found]

    def expand_dl(self, distribution_list: str | Mailbox | Any) -> list[Mailbox]:
        """The members of a list, one level deep: of a public one by its address, of a private one by its item."""
        service = ExpandDL(self.protocol, self.header)
        if isinstance(distribution_list, Mailbox) and distribution_list.item_id is None:
            distribution_list = distribution_list.email_address or ""
        elif isinstance(distribution_list, Mailbox):
            distribution_list = distribution_list.item_id
        if isinstance(distribution_list, str) and "@" in distribution_list:
            found = service.call(distribution_list)
        else:
            found = service.call(item_id=to_item_id(distribution_list))
        return [Mailbox.from_xml(element) for element in found]

    def room_lists(self) -> list[Mailbox]:
        """The lists of rooms of the organisation (Exchange 2010)."""
        return [Mailbox.from_xml(element) for element in GetRoomLists(self.protocol, self.header).call()]

    def rooms(self, room_list: str | Mailbox) -> list[Mailbox]:
        """The rooms of a list (Exchange 2010)."""
        address = room_list.email_address or "" if isinstance(room_list, Mailbox) else room_list
        rooms = [Room.from_xml(element) for element in GetRooms(self.protocol, self.header).call(address)]
        return [room.mailbox for room in rooms if room.mailbox is not None]

    def mail_tips(
        self, recipients: Sequence[str | Mailbox], *, requested: Sequence[MailTip] = ("All",)
    ) -> list[MailTips | EWSError]:
        """What a sender should know of recipients, in their order (Exchange 2010 SP1)."""
        addresses = [one.email_address or "" if isinstance(one, Mailbox) else one for one in recipients]
        service = GetMailTips(self.protocol, self.header)
        found = service.call(addresses, sending_as=self.primary_smtp_address, requested=requested)
        return [one if isinstance(one, EWSError) else MailTips.from_xml(one) for one in found]

    def user_photo(self, email_address: str | None = None, *, size: PhotoSize = "HR360x360") -> bytes:
        """The photo of somebody, b"" when there is none (Exchange 2013)."""
        service = GetUserPhoto(self.protocol, self.header)
        return service.call(email_address or self.primary_smtp_address, size=size)
