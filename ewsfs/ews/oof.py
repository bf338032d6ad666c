"""Out of office: what is answered to mail while somebody is away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from ewsfs.ews.element import EWSElement
from ewsfs.ews.fields import ChoiceField, DateTimeField, Field, TextField
from ewsfs.ews.xmlnames import Element, find, make, t, text_of

if TYPE_CHECKING:
    from typing_extensions import Self


class OofSettings(EWSElement):
    """EWS reference: OofSettings, UserOofSettings. Whether and what is answered, and to whom.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/useroofsettings

    state: DISABLED, ENABLED, or SCHEDULED from `start` to `end`. external_audience: who outside of the organisation
    gets `external_reply`: NONE, KNOWN (those in the contacts), ALL.
    """

    __slots__ = ()
    ELEMENT = "UserOofSettings"
    DISABLED: ClassVar[str] = "Disabled"
    ENABLED: ClassVar[str] = "Enabled"
    SCHEDULED: ClassVar[str] = "Scheduled"
    NONE: ClassVar[str] = "None"
    KNOWN: ClassVar[str] = "Known"
    ALL: ClassVar[str] = "All"

    state = ChoiceField("OofState", ("Disabled", "Enabled", "Scheduled"), required=True)
    external_audience = ChoiceField("ExternalAudience", ("None", "Known", "All"))
    start = DateTimeField("StartTime")
    end = DateTimeField("EndTime")
    internal_reply = TextField("InternalReply")
    external_reply = TextField("ExternalReply")

    @classmethod
    def from_xml(cls, element: Element) -> Self:
        self = super().from_xml(element)
        for field in (cls.start, cls.end):
            found = find(element, "Duration", field.element)
            if found is not None:
                field.read(found, self._values)
        for text in (cls.internal_reply, cls.external_reply):
            self._values[text.name] = text_of(element, text.element, "Message") or ""
        return self

    def validate(self) -> None:
        """Whether the settings can be sent. Raises: ValueError, which names the field."""
        if self.state == self.SCHEDULED:
            if self.start is None or self.end is None:
                raise ValueError("'start' and 'end' are missing: the state is Scheduled")
            if self.end <= self.start:
                raise ValueError(f"'end' {self.end} is not after 'start' {self.start}")
            if self.end < datetime.now(self.end.tzinfo):
                raise ValueError(f"'end' {self.end} is past")
        if self.state != self.DISABLED and not (self.internal_reply and self.external_reply):
            missing = "external_reply" if self.internal_reply else "internal_reply"
            if missing == "internal_reply" or self.external_audience != self.NONE:
                raise ValueError(f"'{missing}' is missing: the state is {self.state}")

    def _render(self, tag: str, fields: Iterable[Field[Any]]) -> Element:
        cls = type(self)
        values = {"external_audience": self.NONE if not self.external_reply else self.ALL, **self._values}
        element = make(tag)
        cls.state.write(element, values)
        cls.external_audience.write(element, values)
        if self.start is not None and self.end is not None:
            duration = make(t("Duration"))
            cls.start.write(duration, values)
            cls.end.write(duration, values)
            element.append(duration)
        for field in (cls.internal_reply, cls.external_reply):
            message = make(t("Message"), text=values.get(field.name) or "")
            element.append(make(field.tag, message))
        return element
