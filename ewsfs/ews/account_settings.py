"""What is set in a mailbox: the out of office reply, delegates, inbox rules, settings of programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ewsfs.ews.delegates import DelegateUser
from ewsfs.ews.errors import EWSError
from ewsfs.ews.folders import BaseFolder, to_folder_id
from ewsfs.ews.folders.permissions import UserId
from ewsfs.ews.oof import OofSettings
from ewsfs.ews.rules import Rule
from ewsfs.ews.services.availability import GetUserOofSettings, SetUserOofSettings
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
from ewsfs.ews.userconfiguration import UserConfiguration
from ewsfs.ews.xmlnames import Element, make, t

if TYPE_CHECKING:
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.services.settings import DeliverMeetingRequests
    from ewsfs.ews.soap import RequestHeader


class SettingsOperations:
    """The part of `Account` that is about settings."""

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

    # -- delegates, rules, configuration -----------------------------------------------------------

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


def _delegate(found: Element | EWSError) -> DelegateUser | EWSError:
    return found if isinstance(found, EWSError) else DelegateUser.from_xml(found)
