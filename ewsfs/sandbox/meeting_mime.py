"""Meeting messages as MIME: what a text/calendar part makes of a message, and the part for one that we write.

Source: RFC 5546 for the methods, RFC 6047 for their transport; [MS-OXCICAL].

Threading: pure functions; `make_meeting` changes the draft that it is given.
"""

from __future__ import annotations

import copy

from ewsfs.sandbox import schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ical_reader import calendar_from_bytes
from ewsfs.sandbox.ical_writer import calendar_from_item
from ewsfs.sandbox.model import Draft, Item, children, local, t

# Method of the calendar -> kind and item class of the message.
METHODS = {
    "REQUEST": ("MeetingRequest", "IPM.Schedule.Meeting.Request"),
    "CANCEL": ("MeetingCancellation", "IPM.Schedule.Meeting.Canceled"),
    "REPLY": ("MeetingResponse", "IPM.Schedule.Meeting.Resp.Pos"),
}
_ANSWER_CLASS = {"Accept": "Pos", "Tentative": "Tent", "Decline": "Neg"}
_METHOD_OF = {kind: method for method, (kind, _) in METHODS.items()}


def make_meeting(draft: Draft, method: str, calendar: bytes) -> bool:
    """Make a message the meeting message that its calendar says it is.

    Returns False, with the draft as it was, when the calendar can't be read.
    """
    kind, item_class = METHODS[method]
    try:
        event = calendar_from_bytes(calendar).properties
    except ResponseError:
        return False
    draft.kind = kind
    draft.properties.tag = t(kind)
    for child in children(event):
        prop = schema.property_of(kind, child)
        if prop is not None and prop.uri.startswith("calendar:"):
            schema.set_property(draft.properties, copy.deepcopy(child))
    answer = event.findtext(f"{t('RequiredAttendees')}/{t('Attendee')}/{t('ResponseType')}") or "Unknown"
    if kind == "MeetingResponse":
        item_class = f"IPM.Schedule.Meeting.Resp.{_ANSWER_CLASS.get(answer, 'Pos')}"
        schema.set_text(draft.properties, "ResponseType", answer)
    else:
        schema.set_text(draft.properties, "ResponseType", "NoResponseReceived")
    if kind == "MeetingRequest":
        status = event.findtext(t("LegacyFreeBusyStatus")) or "Busy"
        schema.set_text(draft.properties, "MeetingRequestType", "NewMeetingRequest")
        schema.set_text(draft.properties, "IntendedFreeBusyStatus", status)
        schema.set_text(draft.properties, "IsMeeting", "true")
        schema.set_text(draft.properties, "MyResponseType", "NoResponseReceived")
    recurring = event.find(t("Recurrence")) is not None
    schema.set_text(draft.properties, "CalendarItemType", "RecurringMaster" if recurring else "Single")
    schema.set_text(draft.properties, "ItemClass", item_class)
    for name, value in (("IsDelegated", "false"), ("IsOutOfDate", "false"), ("HasBeenProcessed", "false")):
        schema.set_text(draft.properties, name, value)
    return True


def calendar_part(item: Item) -> tuple[str, bytes] | None:
    """The method and the calendar of a meeting message, None for any other item or one without times."""
    method = _METHOD_OF.get(item.kind)
    if method is None or item.get("Start") is None:
        return None
    draft = Draft("CalendarItem", copy.deepcopy(item.properties))
    draft.properties.tag = t("CalendarItem")
    for name in ("CalendarItemType", "ResponseType"):
        schema.remove(draft.properties, name)
    for child in list(draft.properties):
        if schema.property_of("CalendarItem", child) is None and local(child):
            draft.properties.remove(child)
    if method == "CANCEL":
        schema.set_text(draft.properties, "IsCancelled", "true")
    event = draft.item(item.id, now=item.modified)
    return method, calendar_from_item(event, method)
