"""What a mailbox is set to do: delegates, inbox rules, user configuration objects."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Literal

from ewsfs.ews.errors import EWSError
from ewsfs.ews.services.base import Service
from ewsfs.ews.services.directory import mailbox
from ewsfs.ews.soap import nested, result_error
from ewsfs.ews.xmlnames import Element, child, children, m, make, t, text_of

DeliverMeetingRequests = Literal["DelegatesOnly", "DelegatesAndMe", "DelegatesAndSendInformationToMe", "NoForward"]
ConfigurationProperties = Literal["Id", "Dictionary", "XmlData", "BinaryData", "All"]


class _DelegateService(Service):
    def _users(
        self, email_address: str, *parts: Element, include_permissions: bool | None = None
    ) -> tuple[list[Element | EWSError], str | None]:
        messages = self._send(
            self._request(mailbox(m("Mailbox"), email_address), *parts, IncludePermissions=include_permissions)
        )
        root = messages[0]
        if child(root, "DelegateUser") is None and root.tag == m(f"{self.NAME}Response"):
            error = result_error(root)
            if error is not None:
                raise error
            return [], text_of(root, "DeliverMeetingRequests")
        above = root.getparent()
        above = None if above is None else above.getparent()
        return [self._user(message) for message in messages], text_of(above, "DeliverMeetingRequests")

    def _user(self, message: Element) -> Element | EWSError:
        error = result_error(message)
        if error is not None:
            return error
        user = child(message, "DelegateUser")
        return message if user is None else user


class GetDelegate(_DelegateService):
    """The delegates of a mailbox. EWS reference: GetDelegate operation (Exchange 2007 SP1)."""

    NAME = "GetDelegate"
    REPEATABLE = True

    def call(
        self, email_address: str, *, include_permissions: bool = True, user_ids: Iterable[Element] = ()
    ) -> tuple[list[Element | EWSError], str | None]:
        """The m:DelegateUser, or an error, of each delegate; and who gets meeting requests (DeliverMeetingRequests).

        Parameters: `user_ids`, t:UserId of the delegates wanted, all without them.
        """
        users = [copy.deepcopy(user) for user in user_ids]
        parts = [make(m("UserIds"), *users)] if users else []
        return self._users(email_address, *parts, include_permissions=include_permissions)


class AddDelegate(_DelegateService):
    """New delegates. EWS reference: AddDelegate operation (Exchange 2007 SP1)."""

    NAME = "AddDelegate"

    def call(
        self,
        email_address: str,
        delegates: Iterable[Element],
        *,
        deliver_meeting_requests: DeliverMeetingRequests | None = None,
    ) -> list[Element | EWSError]:
        """The m:DelegateUser, or an error, for each t:DelegateUser given."""
        return self._users(email_address, *_delegates(delegates, deliver_meeting_requests))[0]


class UpdateDelegate(AddDelegate):
    """Delegates with other rights. EWS reference: UpdateDelegate operation (Exchange 2007 SP1)."""

    NAME = "UpdateDelegate"


class RemoveDelegate(_DelegateService):
    """Delegates removed. EWS reference: RemoveDelegate operation (Exchange 2007 SP1)."""

    NAME = "RemoveDelegate"

    def call(self, email_address: str, user_ids: Iterable[Element]) -> list[EWSError | None]:
        """None, or an error, for each t:UserId."""
        users = make(m("UserIds"), *(copy.deepcopy(user) for user in user_ids))
        results, _ = self._users(email_address, users)
        return [result if isinstance(result, EWSError) else None for result in results]


def _delegates(delegates: Iterable[Element], deliver: str | None) -> list[Element]:
    parts = [make(m("DelegateUsers"), *(copy.deepcopy(delegate) for delegate in delegates))]
    if deliver is not None:
        parts.append(make(m("DeliverMeetingRequests"), text=deliver))
    return parts


class GetInboxRules(Service):
    """The inbox rules of a mailbox. EWS reference: GetInboxRules operation (Exchange 2010 SP1)."""

    NAME = "GetInboxRules"
    REPEATABLE = True

    def call(self, email_address: str | None = None) -> tuple[list[Element], bool]:
        """The t:Rule elements, and whether Outlook keeps rules of its own that an update would remove."""
        address = [] if email_address is None else [make(m("MailboxSmtpAddress"), text=email_address)]
        message = self._one(self._request(*address))
        blob = (text_of(message, "OutlookRuleBlobExists") or "").strip() in ("true", "1")
        return list(children(child(message, "InboxRules"))), blob


class UpdateInboxRules(Service):
    """Inbox rules created, changed, deleted. EWS reference: UpdateInboxRules operation (Exchange 2010 SP1)."""

    NAME = "UpdateInboxRules"

    def call(
        self,
        operations: Sequence[Element],
        *,
        email_address: str | None = None,
        remove_outlook_rule_blob: bool | None = None,
    ) -> None:
        """Does all `operations` or none: t:CreateRuleOperation, t:SetRuleOperation, t:DeleteRuleOperation.

        Raises ErrorInboxRulesValidationError with what is wrong in its details.
        """
        parts = [] if email_address is None else [make(m("MailboxSmtpAddress"), text=email_address)]
        if remove_outlook_rule_blob is not None:
            parts.append(make(m("RemoveOutlookRuleBlob"), text=str(remove_outlook_rule_blob).lower()))
        parts.append(make(m("Operations"), *(copy.deepcopy(operation) for operation in operations)))
        message = self._send(self._request(*parts))[0]
        error = result_error(message)
        if error is None:
            return
        for operation in children(child(message, "RuleOperationErrors")):
            for found in children(child(operation, "ValidationErrors")):
                where = f"{text_of(operation, 'OperationIndex')}:{text_of(found, 'FieldURI')}"
                error.details[where] = text_of(found, "ErrorMessage") or text_of(found, "ErrorCode") or ""
        raise error


def configuration_name(name: str, folder: Element, *, tag: str) -> Element:
    """The t: or m:UserConfigurationName of an object, with the id of the folder that holds it."""
    return make(tag, copy.deepcopy(folder), Name=name)


class GetUserConfiguration(Service):
    """A user configuration object. EWS reference: GetUserConfiguration operation (Exchange 2010)."""

    NAME = "GetUserConfiguration"
    REPEATABLE = True

    def call(self, name: str, folder: Element, *, properties: ConfigurationProperties = "All") -> Element:
        """The m:UserConfiguration: t:ItemId, t:Dictionary, t:XmlData, t:BinaryData as far as asked for and there."""
        message = self._one(
            self._request(
                configuration_name(name, folder, tag=m("UserConfigurationName")),
                make(m("UserConfigurationProperties"), text=properties),
            )
        )
        return nested(message, "UserConfiguration")


class CreateUserConfiguration(Service):
    """A new user configuration object. EWS reference: CreateUserConfiguration operation (Exchange 2010)."""

    NAME = "CreateUserConfiguration"

    def call(self, name: str, folder: Element, contents: Iterable[Element]) -> None:
        """Creates it; `contents` are t:Dictionary, t:XmlData, t:BinaryData, in that order."""
        head = configuration_name(name, folder, tag=t("UserConfigurationName"))
        self._one(self._request(make(m("UserConfiguration"), head, *(copy.deepcopy(content) for content in contents))))


class UpdateUserConfiguration(CreateUserConfiguration):
    """Other contents of such an object. EWS reference: UpdateUserConfiguration operation (Exchange 2010)."""

    NAME = "UpdateUserConfiguration"


class DeleteUserConfiguration(Service):
    """Such an object deleted. EWS reference: DeleteUserConfiguration operation (Exchange 2010)."""

    NAME = "DeleteUserConfiguration"

    def call(self, name: str, folder: Element) -> None:
        """Deletes it."""
        self._one(self._request(configuration_name(name, folder, tag=m("UserConfigurationName"))))
