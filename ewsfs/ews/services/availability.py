"""Out of office, free and busy, and the time zones that a server knows."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence

from ewsfs.ews import errors
from ewsfs.ews.errors import EWSError
from ewsfs.ews.services.base import Service
from ewsfs.ews.soap import nested, result_error
from ewsfs.ews.xmlnames import Element, child, children, m, make, t, text_of


class _AvailabilityService(Service):
    """The older web service of Outlook inside of EWS: its ResponseMessage stands beside its result."""

    def _error_of(self, message: Element) -> EWSError | None:
        beside = child(message, "ResponseMessage")
        return result_error(message if beside is None else beside)


class GetUserOofSettings(_AvailabilityService):
    """The out of office settings of a mailbox. EWS reference: GetUserOofSettings operation."""

    NAME = "GetUserOofSettings"
    ELEMENT = "GetUserOofSettingsRequest"
    REPEATABLE = True

    def call(self, email_address: str) -> tuple[Element, str | None]:
        """The t:OofSettings, and to whom outside replies may go: AllowExternalOof (None, Known, All), or None."""
        reply = self._one(self._request(make(t("Mailbox"), make(t("Address"), text=email_address))))
        return nested(reply, "OofSettings"), text_of(reply, "AllowExternalOof")


class SetUserOofSettings(_AvailabilityService):
    """New out of office settings. EWS reference: SetUserOofSettings operation."""

    NAME = "SetUserOofSettings"
    ELEMENT = "SetUserOofSettingsRequest"
    REPEATABLE = True

    def call(self, email_address: str, settings: Element) -> None:
        """Sets them; `settings` is a complete t:UserOofSettings."""
        mailbox = make(t("Mailbox"), make(t("Address"), text=email_address))
        self._one(self._request(mailbox, copy.deepcopy(settings)))


class GetUserAvailability(Service):
    """Free and busy times, and suggestions for meetings. EWS reference: GetUserAvailability operation."""

    NAME = "GetUserAvailability"
    ELEMENT = "GetUserAvailabilityRequest"
    REPEATABLE = True

    def call(
        self,
        mailboxes: Iterable[Element],
        *,
        time_zone: Element,
        free_busy_view: Element | None = None,
        suggestions_view: Element | None = None,
    ) -> tuple[list[Element | EWSError], Element | None]:
        """The m:FreeBusyView, or an error, of each mailbox, in order; and the m:SuggestionDayResultArray.

        Parameters: `mailboxes`, t:MailboxData; `time_zone`, a t:TimeZone (SerializableTimeZone) that times without a
        zone are in; `free_busy_view`, t:FreeBusyViewOptions; `suggestions_view`, t:SuggestionsViewOptions.
        """
        parts = [
            copy.deepcopy(time_zone),
            make(m("MailboxDataArray"), *(copy.deepcopy(mailbox) for mailbox in mailboxes)),
        ]
        parts.extend(copy.deepcopy(view) for view in (free_busy_view, suggestions_view) if view is not None)
        reply = self._one(self._request(*parts))
        views = [self._view(response) for response in children(child(reply, "FreeBusyResponseArray"))]
        suggestions = child(reply, "SuggestionsResponse")
        if suggestions is None:
            return views, None
        error = result_error(nested(suggestions, "ResponseMessage"))
        if error is not None:
            raise error
        return views, child(suggestions, "SuggestionDayResultArray")

    def _view(self, response: Element) -> Element | EWSError:
        error = result_error(nested(response, "ResponseMessage"))
        view = child(response, "FreeBusyView")
        if error is not None:
            return error
        return errors.MalformedResponse("a FreeBusyResponse without FreeBusyView") if view is None else view


class GetServerTimeZones(Service):
    """The time zones that a server knows. EWS reference: GetServerTimeZones operation (Exchange 2010)."""

    NAME = "GetServerTimeZones"
    REPEATABLE = True
    PAYLOAD = "TimeZoneDefinitions"

    def call(self, ids: Sequence[str] | None = None, *, full: bool = False) -> Iterator[Element]:
        """The t:TimeZoneDefinition elements.

        Parameters: `ids`, Windows ids such as "W. Europe Standard Time", None for all; `full`, with their periods and
        transitions.
        """
        wanted = [] if ids is None else [make(m("Ids"), *(make(t("Id"), text=name) for name in ids))]
        message = self._one(self._request(*wanted, ReturnFullTimeZoneData=full))
        return children(child(message, "TimeZoneDefinitions"))
