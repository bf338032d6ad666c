"""What an account can be asked besides folders and items: absence, people, settings, transfers, notifications."""

from __future__ import annotations

import binascii
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from ewsfs.ews import base64text
from ewsfs.ews.availability import FreeBusyView, MailTips, Resolution, Room
from ewsfs.ews.body import Streams, token_for
from ewsfs.ews.delegates import DelegateUser
from ewsfs.ews.errors import EWSError
from ewsfs.ews.ewsdatetime import EWSDateTime
from ewsfs.ews.folders import BaseFolder, to_folder_id
from ewsfs.ews.folders.permissions import UserId
from ewsfs.ews.itemrefs import to_item_id
from ewsfs.ews.items.base import ItemRef
from ewsfs.ews.listfields import read_whole
from ewsfs.ews.notifications import Events, poll, stream
from ewsfs.ews.oof import OofSettings
from ewsfs.ews.properties import Mailbox
from ewsfs.ews.rules import Rule
from ewsfs.ews.services.availability import GetUserAvailability, GetUserOofSettings, SetUserOofSettings
from ewsfs.ews.services.directory import ExpandDL, GetMailTips, GetRoomLists, GetRooms, GetUserPhoto, ResolveNames
from ewsfs.ews.services.notifications import EVENT_TYPES
from ewsfs.ews.services.settings import (
    AddDelegate,
    CreateUserConfiguration,
    DeleteUserConfiguration,
    GetDelegate,
    GetInboxRules,
    GetUserConfiguration,
    RemoveDelegate,
    UpdateDelegate,
    UpdateInboxRules,
    UpdateUserConfiguration,
)
from ewsfs.ews.services.transfer import ConvertId, ExportItems, UploadItems
from ewsfs.ews.userconfiguration import UserConfiguration
from ewsfs.ews.xmlnames import Element, make, t
from ewsfs.ews.xmlstream import Spools

if TYPE_CHECKING:
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.services.directory import MailTip, PhotoSize, SearchScope
    from ewsfs.ews.services.notifications import EventType
    from ewsfs.ews.services.settings import DeliverMeetingRequests
    from ewsfs.ews.services.transfer import IdFormat
    from ewsfs.ews.soap import RequestHeader

AttendeeType = Literal["Organizer", "Required", "Optional", "Room", "Resource"]
RequestedView = Literal["MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"]


class ServiceOperations:
    """The part of `Account` that is about everything else."""

    primary_smtp_address: str
    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

    # -- out of office -----------------------------------------------------------------------------

    @property
    def oof_settings(self) -> OofSettings:
        """What is answered while the owner is away; asked for each time. Assign other settings to change them."""
        element, _ = GetUserOofSettings(self.protocol, self.header).call(self.primary_smtp_address)
        return OofSettings.from_xml(element)

    @oof_settings.setter
    def oof_settings(self, settings: OofSettings) -> None:
        if not isinstance(settings, OofSettings):
            raise TypeError(f"'oof_settings' must be OofSettings, not {settings!r:.200}")
        settings.validate()
        SetUserOofSettings(self.protocol, self.header).call(self.primary_smtp_address, settings.to_xml())

    # -- people ------------------------------------------------------------------------------------

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

    def free_busy(
        self,
        addresses: Iterable[str | Mailbox],
        start: datetime,
        end: datetime,
        *,
        merged_free_busy_interval: int = 30,
        requested_view: RequestedView = "DetailedMerged",
        attendee_type: AttendeeType = "Required",
    ) -> list[FreeBusyView | EWSError]:
        """When people are free, in their order. EWS reference: GetUserAvailability.

        Parameters: `start`, `end`, at most 62 days apart; `merged_free_busy_interval`, minutes. Raises: ValueError.
        """
        begin, finish = EWSDateTime.from_datetime(start), EWSDateTime.from_datetime(end)
        if finish <= begin:
            raise ValueError(f"'end' {end} is not after 'start' {start}")
        mailboxes = [
            make(
                t("MailboxData"),
                make(t("Email"), make(t("Address"), text=one.email_address if isinstance(one, Mailbox) else one)),
                make(t("AttendeeType"), text=attendee_type),
                make(t("ExcludeConflicts"), text="false"),
            )
            for one in addresses
        ]
        window = make(
            t("TimeWindow"),
            make(t("StartTime"), text=_utc(begin)),
            make(t("EndTime"), text=_utc(finish)),
        )
        options = make(
            t("FreeBusyViewOptions"),
            window,
            make(t("MergedFreeBusyIntervalInMinutes"), text=str(merged_free_busy_interval)),
            make(t("RequestedView"), text=requested_view),
        )
        service = GetUserAvailability(self.protocol, self.header)
        views, _ = service.call(mailboxes, time_zone=_utc_zone(), free_busy_view=options)
        return [one if isinstance(one, EWSError) else FreeBusyView.from_xml(one) for one in views]

    # -- settings ----------------------------------------------------------------------------------

    def delegates(self, *, include_permissions: bool = True) -> list[DelegateUser | EWSError]:
        """Who may act in this mailbox."""
        service = GetDelegate(self.protocol, self.header)
        found, _ = service.call(self.primary_smtp_address, include_permissions=include_permissions)
        return [_delegate(one) for one in found]

    def add_delegates(
        self,
        delegates: Iterable[DelegateUser],
        *,
        deliver_meeting_requests: DeliverMeetingRequests | None = "DelegatesAndMe",
    ) -> list[DelegateUser | EWSError]:
        """Let people act in this mailbox. Returns each as the server has it, or an error."""
        service = AddDelegate(self.protocol, self.header)
        units = [one.to_xml() for one in delegates]
        found = service.call(self.primary_smtp_address, units, deliver_meeting_requests=deliver_meeting_requests)
        return [_delegate(one) for one in found]

    def update_delegates(
        self,
        delegates: Iterable[DelegateUser],
        *,
        deliver_meeting_requests: DeliverMeetingRequests | None = None,
    ) -> list[DelegateUser | EWSError]:
        """Give delegates other rights."""
        service = UpdateDelegate(self.protocol, self.header)
        units = [one.to_xml() for one in delegates]
        found = service.call(self.primary_smtp_address, units, deliver_meeting_requests=deliver_meeting_requests)
        return [_delegate(one) for one in found]

    def remove_delegates(self, users: Iterable[UserId | str]) -> list[EWSError | None]:
        """Take the rights of delegates away. Parameters: `users`, or their addresses."""
        units = [UserId(primary_smtp_address=one) if isinstance(one, str) else one for one in users]
        service = RemoveDelegate(self.protocol, self.header)
        return service.call(self.primary_smtp_address, [one.to_xml() for one in units])

    def inbox_rules(self) -> list[Rule]:
        """What happens by itself to mail that arrives (Exchange 2010 SP1)."""
        rules, _ = GetInboxRules(self.protocol, self.header).call(self.primary_smtp_address)
        return [Rule.from_xml(element) for element in rules]

    def create_inbox_rule(self, rule: Rule, *, remove_outlook_rules: bool = False) -> None:
        """Add a rule.

        Parameters: `remove_outlook_rules`, whether the rules that Outlook alone carries out, and those that are
        switched off there, may be lost by it; a server may refuse to change any rule without.
        Raises: ErrorOutlookRuleBlobExists when there are such rules, ErrorInboxRulesValidationError.
        """
        self._change_rules(make(t("CreateRuleOperation"), rule.to_xml()), remove_outlook_rules)

    def update_inbox_rule(self, rule: Rule, *, remove_outlook_rules: bool = False) -> None:
        """Put a rule in place of the one with the same id. The rest as `create_inbox_rule`."""
        if not rule.rule_id:
            raise ValueError("'rule_id' is missing: which rule is it?")
        self._change_rules(make(t("SetRuleOperation"), rule.to_xml()), remove_outlook_rules)

    def delete_inbox_rule(self, rule: Rule | str, *, remove_outlook_rules: bool = False) -> None:
        """Remove a rule. Parameters: `rule`, or its id. The rest as `create_inbox_rule`."""
        rule_id = rule.rule_id if isinstance(rule, Rule) else rule
        if not rule_id:
            raise ValueError("'rule_id' is missing: which rule is it?")
        self._change_rules(make(t("DeleteRuleOperation"), make(t("RuleId"), text=rule_id)), remove_outlook_rules)

    def _change_rules(self, operation: Element, remove_outlook_rules: bool) -> None:
        service = UpdateInboxRules(self.protocol, self.header)
        service.call(
            [operation],
            email_address=self.primary_smtp_address,
            remove_outlook_rule_blob=remove_outlook_rules,
        )

    def get_user_configuration(self, name: str, folder: BaseFolder[Any]) -> UserConfiguration:
        """Settings that a program keeps in a folder (Exchange 2010). Raises: ErrorItemNotFound."""
        service = GetUserConfiguration(self.protocol, self.header)
        return UserConfiguration.from_xml(service.call(name, to_folder_id(folder)))

    def create_user_configuration(self, name: str, folder: BaseFolder[Any], configuration: UserConfiguration) -> None:
        """Keep settings in a folder."""
        service = CreateUserConfiguration(self.protocol, self.header)
        service.call(name, to_folder_id(folder), configuration.contents())

    def update_user_configuration(self, name: str, folder: BaseFolder[Any], configuration: UserConfiguration) -> None:
        """Keep other settings under the same name."""
        service = UpdateUserConfiguration(self.protocol, self.header)
        service.call(name, to_folder_id(folder), configuration.contents())

    def delete_user_configuration(self, name: str, folder: BaseFolder[Any]) -> None:
        """Remove settings."""
        DeleteUserConfiguration(self.protocol, self.header).call(name, to_folder_id(folder))

    # -- whole items -------------------------------------------------------------------------------

    def export(self, ids: Iterable[Any], chunk_size: int | None = None) -> Iterator[bytes | EWSError]:
        """Items in the server's own format, for backup and migration, or errors, in order (Exchange 2010 SP1).

        Parameters: `ids` as in `fetch`.
        """
        service = ExportItems(self.protocol, self.header, chunk_size=chunk_size)
        with Spools() as spools:
            for found in service.call((to_item_id(one) for one in ids), spools=spools):
                yield found if isinstance(found, EWSError) else _exported(found, spools)

    def upload(
        self, data: Iterable[tuple[BaseFolder[Any], bytes | BinaryIO]], chunk_size: int | None = None
    ) -> list[ItemRef | EWSError | None]:
        """Items made from what `export` gave. Parameters: `data`, pairs of the folder for an item and its bytes, or an
        open binary file, which is read while it is sent.

        Returns for each its id and change key, None where the server tells none, or an error.
        """
        service = UploadItems(self.protocol, self.header, chunk_size=chunk_size)
        results: list[ItemRef | EWSError | None] = []
        streams = Streams()
        waiting: deque[str] = deque()

        def units() -> Iterator[Element]:
            for folder, content in data:
                with streams.collecting(also_bytes=True):
                    waiting.append(
                        token_for(content) or binascii.b2a_base64(read_whole(content), newline=False).decode()
                    )
                yield _upload(folder, waiting[-1])

        for found in service.call(units(), streams=streams):
            streams.drop(waiting.popleft())  # it was sent
            if found is None or isinstance(found, EWSError):
                results.append(found)
            else:
                results.append(ItemRef(found.get("Id") or "", found.get("ChangeKey") or ""))
        return results

    def convert_ids(
        self, ids: Iterable[str], destination_format: IdFormat, source_format: IdFormat = "EwsId"
    ) -> list[str | EWSError]:
        """Ids in another format, in order."""
        units = (make(t("AlternateId"), Format=source_format, Id=one, Mailbox=self.primary_smtp_address) for one in ids)
        found = ConvertId(self.protocol, self.header).call(units, destination_format=destination_format)
        return [one if isinstance(one, EWSError) else one.get("Id") or "" for one in found]

    # -- notifications -----------------------------------------------------------------------------

    def listen(
        self,
        folders: Iterable[BaseFolder[Any]] | None = None,
        event_types: Sequence[EventType] = EVENT_TYPES,
        *,
        connection_minutes: int = 29,
        stop: threading.Event | None = None,
    ) -> Events:
        """Events as they happen, over a connection that is kept open (Exchange 2010 SP1).

        Parameters: `folders`, None for all; the rest, what comes and what is raised: see `notifications.stream`.
        """
        return stream(
            self.protocol,
            self.header,
            folders=_folder_ids(folders),
            event_types=event_types,
            connection_minutes=connection_minutes,
            stop=stop,
        )

    def pull(
        self,
        folders: Iterable[BaseFolder[Any]] | None = None,
        event_types: Sequence[EventType] = EVENT_TYPES,
        *,
        interval: float = 60,
        subscription_minutes: int = 30,
        stop: threading.Event | None = None,
    ) -> Events:
        """Events by asking every `interval` seconds, for servers and networks on which `listen` doesn't work.

        Parameters: `folders`, None for all (Exchange 2010); the rest: see `notifications.poll`.
        """
        return poll(
            self.protocol,
            self.header,
            folders=_folder_ids(folders),
            event_types=event_types,
            interval=interval,
            subscription_minutes=subscription_minutes,
            stop=stop,
        )


def _folder_ids(folders: Iterable[BaseFolder[Any]] | None) -> list[Element] | None:
    return None if folders is None else [to_folder_id(folder) for folder in folders]


def _delegate(found: Element | EWSError) -> DelegateUser | EWSError:
    return found if isinstance(found, EWSError) else DelegateUser.from_xml(found)


def _exported(found: Element, spools: Spools) -> bytes | EWSError:
    """The data of an item; that of a large one comes by way of the disk, so that its base64 is never in memory."""
    file = spools.take(found.text)
    if file is not None:
        with file:
            return file.read()
    try:
        return base64text.decode(found.text or "")
    except EWSError as error:
        return error


def _upload(folder: BaseFolder[Any], content: str) -> Element:
    parent = to_folder_id(folder)
    parent.tag = t("ParentFolderId")
    return make(t("Item"), parent, make(t("Data"), text=content), CreateAction="CreateNew")


def _utc(value: EWSDateTime) -> str:
    """A time without a zone, in that of the request, which is UTC."""
    return value.ewsformat().removesuffix("Z")


def _utc_zone() -> Element:
    """The t:TimeZone (SerializableTimeZone) of a request whose times are in UTC."""

    def change(name: str) -> Element:
        return make(
            t(name),
            make(t("Bias"), text="0"),
            make(t("Time"), text="00:00:00"),
            make(t("DayOrder"), text="0"),
            make(t("Month"), text="0"),
            make(t("DayOfWeek"), text="Sunday"),
        )

    return make(t("TimeZone"), make(t("Bias"), text="0"), change("StandardTime"), change("DaylightTime"))
