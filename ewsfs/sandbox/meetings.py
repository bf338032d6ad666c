"""Meetings: invitations into the calendars and inboxes of the attendees, their answers, cancellations.

A meeting is one calendar item in each calendar, tied together by its UID. What Exchange's calendar attendant does
in the background happens here at once: a request puts a tentative item into the attendee's calendar, an answer
is noted at the organizer's.

Used by CreateItem, UpdateItem, DeleteItem and the response objects. Threading: as `store`, inside a transaction.

Source: EWS reference, "Calendars and EWS in Exchange", MeetingRequest, MeetingResponse, MeetingCancellation.
"""

from __future__ import annotations

import copy

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.calendar_item import ATTENDEES
from ewsfs.sandbox.delivery import into_inbox, stamp
from ewsfs.sandbox.dispatch import Context
from ewsfs.sandbox.ids import IdKind, id_kind
from ewsfs.sandbox.mailboxes import mailbox_element
from ewsfs.sandbox.model import Draft, Item, children, is_private, new_properties, t
from ewsfs.sandbox.store_items import now
from ewsfs.sandbox.users import User
from ewsfs.sandbox.values import format_datetime

_ITEM_CLASS = {
    "MeetingRequest": "IPM.Schedule.Meeting.Request",
    "MeetingCancellation": "IPM.Schedule.Meeting.Canceled",
}
ANSWERS = {"AcceptItem": "Accept", "TentativelyAcceptItem": "Tentative", "DeclineItem": "Decline"}
_ANSWER_CLASS = {"Accept": "Pos", "Tentative": "Tent", "Decline": "Neg"}
_ANSWER_WORD = {"Accept": "Accepted", "Tentative": "Tentative", "Decline": "Declined"}
_NOT_SHARED = ("Categories", "ReminderIsSet", "ReminderMinutesBeforeStart", "MyResponseType", "ExtendedProperty")


def attendees(properties: etree._Element) -> list[str]:
    """The addresses of everybody who is invited."""
    found: dict[str, str] = {}
    for name in ATTENDEES:
        for address in properties.iterfind(f"{t(name)}/{t('Attendee')}/{t('Mailbox')}/{t('EmailAddress')}"):
            if address.text:
                found.setdefault(address.text.strip().lower(), address.text.strip())
    return list(found.values())


def organizer(properties: etree._Element) -> str:
    """The address of the organizer, in small letters; "" when nobody is."""
    return (properties.findtext(f"{t('Organizer')}/{t('Mailbox')}/{t('EmailAddress')}") or "").strip().lower()


def find(context: Context, mailbox: str, uid: str | None) -> Item | None:
    """The calendar item of a meeting in a mailbox's calendar."""
    if not uid:
        return None
    calendar = context.store.folder(mailbox, "calendar")
    for item in context.store.items.load(context.store.items.ids(calendar.id)):
        if item.kind == "CalendarItem" and item.get("UID") == uid:
            return item
    return None


def invite(context: Context, item: Item, *, update: bool = False, only: list[str] | None = None) -> Item:
    """Send the meeting requests of an item; the item as it is stored then.

    only: the addresses to send to, None for all attendees.
    """
    addresses = attendees(item.properties) if only is None else only
    if not addresses:
        return item
    if id_kind(item.id) is IdKind.ITEM and item.get("MeetingRequestWasSent") != "true":
        changed = item.copy()
        schema.set_text(changed.properties, "MeetingRequestWasSent", "true")
        item = context.store.items.update(changed)
    for address in addresses:
        user = context.users.by_address(address)
        if user is None or user.address == organizer(item.properties):
            continue
        booked = _book(context, item, user)
        request = _message("MeetingRequest", item, item.get("Subject") or "")
        properties = request.properties
        schema.set_text(properties, "MeetingRequestType", "FullUpdate" if update else "NewMeetingRequest")
        status = item.get("LegacyFreeBusyStatus") or "Busy"
        schema.set_text(properties, "IntendedFreeBusyStatus", status)
        schema.set_text(properties, "LegacyFreeBusyStatus", "Tentative")
        schema.set_text(properties, "ResponseType", "NoResponseReceived")
        schema.set_text(properties, "MyResponseType", "NoResponseReceived")
        for child in children(item.properties):
            prop = schema.property_of("MeetingRequest", child)
            if prop is not None and prop.name in _MEETING and properties.find(child.tag) is None:
                schema.set_property(properties, copy.deepcopy(child))
        schema.set_text(properties, "IsMeeting", "true")
        schema.set_text(properties, "CalendarItemType", item.get("CalendarItemType") or _type(item))
        if booked is not None:
            _tie(properties, booked)
        request.attachments = list(item.attachments)
        _send(context, request, item, user)
    return item


_MEETING = frozenset(
    [
        "Start",
        "End",
        "OriginalStart",
        "IsAllDayEvent",
        "Location",
        "IsRecurring",
        "Organizer",
        "RequiredAttendees",
        "OptionalAttendees",
        "Resources",
        "AppointmentSequenceNumber",
        "Recurrence",
        "DeletedOccurrences",
        "MeetingTimeZone",
        "StartTimeZone",
        "EndTimeZone",
        "AllowNewTimeProposal",
        "RecurrenceId",
    ]
)


def _type(item: Item) -> str:
    return "RecurringMaster" if item.properties.find(t("Recurrence")) is not None else "Single"


def _book(context: Context, item: Item, user: User) -> Item | None:
    """Put the meeting into the attendee's calendar, or bring it up to date there."""
    old = find(context, user.address, item.get("UID"))
    if id_kind(item.id) is not IdKind.ITEM:
        return old  # one occurrence: the request tells of it, the series stays as it was answered
    properties = copy.deepcopy(item.properties)
    for name in _NOT_SHARED:
        schema.remove(properties, name)
    if old is not None:
        for child in old.properties:
            if str(child.tag).rpartition("}")[2] in _NOT_SHARED and not is_private(child):
                schema.insert(properties, copy.deepcopy(child))
    answered = old.get("MyResponseType") if old is not None else None
    moved = old is not None and (old.get("Start"), old.get("End")) != (item.get("Start"), item.get("End"))
    if old is None or moved or answered is None:
        schema.set_text(properties, "MyResponseType", "NoResponseReceived")
        schema.set_text(properties, "LegacyFreeBusyStatus", "Tentative")
    for name, value in (("MeetingRequestWasSent", "true"), ("IsResponseRequested", "true")):
        schema.set_text(properties, name, value)
    if old is not None:
        changed = old.copy()
        changed.properties, changed.mime, changed.modified = properties, None, now()
        return context.store.items.update(changed)
    for name, value in (("ReminderMinutesBeforeStart", "15"), ("ReminderIsSet", "true")):
        schema.set_text(properties, name, value)
    calendar = context.store.folder(user.address, "calendar")
    draft = Draft("CalendarItem", properties, list(item.attachments))
    return context.store.items.add(draft.item(folder_id=calendar.id, now=now()), user.address)


def _tie(properties: etree._Element, booked: Item) -> None:
    schema.set_property(
        properties, etree.Element(t("AssociatedCalendarItemId"), Id=booked.id, ChangeKey=booked.change_key)
    )


def _message(kind: str, item: Item, subject: str) -> Item:
    """A meeting message about an item, with what all of them have."""
    properties = new_properties(kind)
    schema.set_text(properties, "ItemClass", _ITEM_CLASS.get(kind, ""))
    schema.set_text(properties, "Subject", subject)
    for name in ("Body", "Sensitivity", "Importance"):
        source = item.properties.find(t(name))
        if source is not None:
            schema.set_property(properties, copy.deepcopy(source))
    for name in ("UID", "RecurrenceId", "Start", "End", "Location"):
        text = item.get(name)
        if text is not None and schema.by_name(kind, name) is not None:
            schema.set_text(properties, name, text)
    schema.set_text(properties, "DateTimeStamp", format_datetime(now()))
    schema.set_text(properties, "ConversationTopic", item.get("Subject") or "")
    for name in ("IsDelegated", "IsOutOfDate", "HasBeenProcessed", "IsOrganizer"):
        schema.set_text(properties, name, "false")
    return Draft(kind, properties).item(now=now())


def _recipients(properties: etree._Element, name: str, *mailboxes: etree._Element) -> None:
    element = etree.Element(t(name))
    element.extend(mailboxes)
    if len(element):
        schema.set_property(properties, element)


def _send(context: Context, message: Item, item: Item, user: User) -> None:
    stamp(context, message)
    for name, source in (("ToRecipients", "RequiredAttendees"), ("CcRecipients", "OptionalAttendees")):
        if message.properties.find(t(name)) is None:
            found = item.properties.findall(f"{t(source)}/{t('Attendee')}/{t('Mailbox')}")
            _recipients(message.properties, name, *[copy.deepcopy(mailbox) for mailbox in found])
    into_inbox(context, message, user)


def save_copy(context: Context, item: Item, kind: str = "MeetingRequest") -> None:
    """A copy of what was sent about a meeting in Sent Items."""
    if not attendees(item.properties):
        return
    message = _message(kind, item, item.get("Subject") or "")
    stamp(context, message)
    found = item.properties.findall(f"{t('RequiredAttendees')}/{t('Attendee')}/{t('Mailbox')}")
    _recipients(message.properties, "ToRecipients", *[copy.deepcopy(mailbox) for mailbox in found])
    place = context.store.folder(context.user.address, "sentitems")
    message.folder_id = place.id
    context.store.items.add(message, place.mailbox)


def cancel(
    context: Context,
    item: Item,
    *,
    save_copy: bool = False,
    body: etree._Element | None = None,
    only: list[str] | None = None,
) -> None:
    """Tell the attendees that a meeting (or one occurrence) is cancelled, if the user is its organizer.

    only: the addresses to tell, None for all attendees.
    """
    if organizer(item.properties) not in ("", context.user.address):
        return
    subject = f"Canceled: {item.get('Subject') or ''}"
    for address in attendees(item.properties) if only is None else only:
        user = context.users.by_address(address)
        if user is None or user == context.user:
            continue
        message = _message("MeetingCancellation", item, subject)
        if body is not None:
            schema.set_property(message.properties, copy.deepcopy(body))
        booked = find(context, user.address, item.get("UID"))
        if booked is not None:
            _tie(message.properties, booked)
            if id_kind(item.id) is IdKind.ITEM:
                changed = booked.copy()
                changed.modified, changed.mime = now(), None
                for name, value in (
                    ("Subject", subject),
                    ("IsCancelled", "true"),
                    ("LegacyFreeBusyStatus", "Free"),
                    ("AppointmentState", "7"),
                ):
                    schema.set_text(changed.properties, name, value)
                context.store.items.update(changed)
        _send(context, message, item, user)
    if save_copy:
        _save_cancellation(context, item, subject)


def _save_cancellation(context: Context, item: Item, subject: str) -> None:
    if not attendees(item.properties):
        return
    message = _message("MeetingCancellation", item, subject)
    stamp(context, message)
    place = context.store.folder(context.user.address, "sentitems")
    message.folder_id = place.id
    context.store.items.add(message, place.mailbox)


def answer(
    context: Context, item: Item, answered: str, body: etree._Element | None, proposed: dict[str, str]
) -> tuple[Item, Item]:
    """Answer a meeting in the user's own calendar.

    answered: "Accept", "Tentative" or "Decline". proposed: ProposedStart and ProposedEnd, when another time is wanted.
    Returns the calendar item as it is then, and the MeetingResponse, which is in no folder yet.
    """
    changed = item.copy()
    changed.modified = now()
    schema.set_text(changed.properties, "MyResponseType", answered)
    schema.set_text(changed.properties, "AppointmentReplyTime", format_datetime(changed.modified))
    status = "Tentative" if answered == "Tentative" else "Busy"
    schema.set_text(changed.properties, "LegacyFreeBusyStatus", status)
    stored = context.store.items.update(changed) if id_kind(item.id) is IdKind.ITEM else changed
    response = _message("MeetingResponse", item, f"{_ANSWER_WORD[answered]}: {item.get('Subject') or ''}")
    schema.set_text(response.properties, "ItemClass", f"IPM.Schedule.Meeting.Resp.{_ANSWER_CLASS[answered]}")
    schema.set_text(response.properties, "ResponseType", answered)
    schema.remove(response.properties, "Body")
    if body is not None:
        schema.set_property(response.properties, copy.deepcopy(body))
    for name, text in proposed.items():
        schema.set_text(response.properties, name, text)
    who = organizer(item.properties)
    user = context.users.by_address(who)
    if who:
        _recipients(response.properties, "ToRecipients", mailbox_element(user.display_name if user else who, who))
    return stored, response


def deliver_answer(context: Context, item: Item, answered: str, response: Item) -> None:
    """Put an answer into the organizer's inbox and note it on the organizer's item."""
    user = context.users.by_address(organizer(item.properties))
    if user is None:
        return
    original = find(context, user.address, item.get("UID"))
    if original is not None:
        changed = original.copy()
        changed.modified = now()
        for name in ATTENDEES:
            for attendee in changed.properties.iterfind(f"{t(name)}/{t('Attendee')}"):
                address = attendee.findtext(f"{t('Mailbox')}/{t('EmailAddress')}") or ""
                if address.strip().lower() == context.user.address:
                    _note(attendee, answered, format_datetime(changed.modified))
        stored = context.store.items.update(changed)
        _tie(response.properties, stored)
    stamp(context, response)
    into_inbox(context, response, user)


def _note(attendee: etree._Element, answered: str, when: str) -> None:
    for name, text in (("ResponseType", answered), ("LastResponseTime", when)):
        element = attendee.find(t(name))
        if element is None:
            element = etree.Element(t(name))
            previous = attendee.find(t("ResponseType"))
            anchor = previous if name == "LastResponseTime" and previous is not None else attendee.find(t("Mailbox"))
            if anchor is None:
                continue
            anchor.addnext(element)
        element.text = text
