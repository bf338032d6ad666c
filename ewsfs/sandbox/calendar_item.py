"""What the properties of a calendar item say about one another: times, zones, whole days, attendees, organizer.

Times are kept in UTC; StartTimeZone and EndTimeZone are kept as the client named them, and shown with their full
definitions by `calendar`.

Source: "CalendarItem", "StartTimeZone", "IsAllDayEvent" in the EWS reference; [MS-OXOCAL].

Threading: pure functions of an element.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone, tzinfo

from lxml import etree

from ewsfs.sandbox import recurrence, schema, timezones
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.mailboxes import mailbox_element
from ewsfs.sandbox.model import children, local, private, t
from ewsfs.sandbox.values import format_datetime, parse_datetime

EXCEPTIONS = private("Exceptions")
ATTENDEES = ("RequiredAttendees", "OptionalAttendees", "Resources")
_LONGEST = timedelta(days=5 * 366)
_DAY = timedelta(days=1)


def zone_of(properties: etree._Element, name: str = "StartTimeZone") -> tzinfo:
    """The zone of a calendar item, UTC when it has none."""
    for tag in (name, "StartTimeZone", "MeetingTimeZone"):
        try:
            zone = timezones.from_element(properties.find(t(tag)))
        except ResponseError:
            continue
        if zone is not None:
            return zone
    return timezone.utc


def fill(properties: etree._Element, owner: str, owner_name: str, now: datetime, zone: tzinfo) -> None:
    """Set what a new calendar item has and nobody said.

    owner: address of the organizer. now: UTC. zone: of times without an offset, when the item names no zone.
    """
    _set_zones(properties, zone)
    if properties.find(t("Start")) is None:
        half = now.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=30 if now.minute < 30 else 60)
        schema.set_text(properties, "Start", format_datetime(half))
    if properties.find(t("End")) is None:
        start = _moment(properties, "Start")
        schema.set_text(properties, "End", format_datetime(start + timedelta(minutes=30)))
    _default(properties, "IsAllDayEvent", "false")
    whole_day = properties.findtext(t("IsAllDayEvent")) == "true"
    _default(properties, "LegacyFreeBusyStatus", "Free" if whole_day else "Busy")
    _default(properties, "UID", new_uid())
    _default(properties, "DateTimeStamp", format_datetime(now))
    _default(properties, "MyResponseType", "Organizer")
    _default(properties, "MeetingRequestWasSent", "false")
    _default(properties, "IsResponseRequested", "true")
    _default(properties, "AllowNewTimeProposal", "true")
    _default(properties, "AppointmentSequenceNumber", "0")
    if properties.find(t("Organizer")) is None:
        organizer = etree.Element(t("Organizer"))
        organizer.append(mailbox_element(owner_name, owner))
        schema.insert(properties, organizer)
    agree(properties, {"Start", "End", "RequiredAttendees", "OptionalAttendees", "Resources", "Recurrence"})


def new_uid() -> str:
    """A UID in the form of a global object id ([MS-OXOCAL] 2.2.1.27), as Exchange makes them."""
    head = "040000008200E00074C5B7101A82E008" + "00000000" + "0000000000000000" + "0000000000000000"
    return head + "10000000" + uuid.uuid4().hex.upper()


def _default(properties: etree._Element, name: str, value: str) -> None:
    if properties.find(t(name)) is None:
        schema.set_text(properties, name, value)


def _set_zones(properties: etree._Element, zone: tzinfo) -> None:
    """Keep one zone for each end. The MeetingTimeZone of Exchange 2007 counts when there is no StartTimeZone."""
    start, end = properties.find(t("StartTimeZone")), properties.find(t("EndTimeZone"))
    if start is None and end is not None:
        start = _renamed(end, "StartTimeZone")
    if start is None:
        meeting = timezones.from_element(properties.find(t("MeetingTimeZone")))
        identifier = timezones.identifier_of(meeting or zone)
        if identifier is None and meeting is None:
            identifier = timezones.UTC_ID
        if identifier is not None:
            start = etree.Element(t("StartTimeZone"), Id=identifier)
    if start is None:
        return
    if end is None:
        end = _renamed(start, "EndTimeZone")
    for element in (start, end):
        timezones.from_element(element)  # refuses what isn't a zone
        schema.set_property(properties, _short(element))


def _renamed(element: etree._Element, name: str) -> etree._Element:
    new = etree.Element(t(name), {str(key): str(value) for key, value in element.attrib.items()})
    new.extend([etree.fromstring(etree.tostring(child)) for child in children(element)])
    return new


def _short(element: etree._Element) -> etree._Element:
    """A zone that the server knows is kept by its id alone, any other one with its definition."""
    identifier = element.get("Id") or ""
    if timezones.zone(identifier) is None:
        return element
    return etree.Element(str(element.tag), Id=identifier)


def _moment(properties: etree._Element, name: str) -> datetime:
    text = properties.findtext(t(name)) or ""
    try:
        return parse_datetime(text, zone_of(properties, "EndTimeZone" if name == "End" else "StartTimeZone"))
    except ValueError:
        raise ResponseError("ErrorInvalidPropertySet", f"{text!r} is no time.", path=f"calendar:{name}") from None


def agree(properties: etree._Element, changed: set[str]) -> None:
    """Bring times, attendees and recurrence into order after some of them were set.

    changed: element names. Raises ResponseError: ErrorCalendarEndDateIsEarlierThanStartDate,
    ErrorCalendarDurationIsTooLong, and what `recurrence.check` raises.
    """
    if changed & {"Start", "End", "IsAllDayEvent", "StartTimeZone", "EndTimeZone"}:
        _agree_times(properties)
    for name in ATTENDEES:
        if name in changed:
            _fill_attendees(properties.find(t(name)))
    pattern = properties.find(t("Recurrence"))
    if pattern is not None and changed & {"Recurrence", "Start", "StartTimeZone"}:
        recurrence.stamp(pattern, zone_of(properties))
        recurrence.check(pattern, _moment(properties, "Start"), zone_of(properties))
    if changed & {"Recurrence", "Start"}:
        for tag in (EXCEPTIONS, t("DeletedOccurrences"), t("ModifiedOccurrences")):
            for child in properties.findall(tag):
                properties.remove(child)


def _agree_times(properties: etree._Element) -> None:
    start, end = _moment(properties, "Start"), _moment(properties, "End")
    if properties.findtext(t("IsAllDayEvent")) == "true":
        start, end = _whole_days(start, end, zone_of(properties))
    if end < start:
        raise ResponseError(
            "ErrorCalendarEndDateIsEarlierThanStartDate", "The item ends before it starts.", path="calendar:End"
        )
    if end - start > _LONGEST:
        raise ResponseError("ErrorCalendarDurationIsTooLong", "The item takes longer than five years.")
    schema.set_text(properties, "Start", format_datetime(start))
    schema.set_text(properties, "End", format_datetime(end))


def _whole_days(start: datetime, end: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """From the midnight before the start to the midnight after the end, in the zone; at least one day."""
    first = recurrence.to_wall(start, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    last = recurrence.to_wall(end, zone)
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
    if last != midnight:
        midnight += _DAY
    if end >= start:
        midnight = max(midnight, first + _DAY)
    return recurrence.to_utc(first, zone), recurrence.to_utc(midnight, zone)


def _fill_attendees(element: etree._Element | None) -> None:
    if element is None:
        return
    for attendee in children(element):
        mailbox = attendee.find(t("Mailbox"))
        if mailbox is not None:
            name, address = mailbox.findtext(t("Name")), mailbox.findtext(t("EmailAddress"))
            full = mailbox_element(name or "", address or "")
            attendee.replace(mailbox, full)
        if attendee.find(t("ResponseType")) is None:
            at = next((i for i, child in enumerate(attendee) if local(child) == "Mailbox"), -1) + 1
            response = etree.Element(t("ResponseType"))
            response.text = "Unknown"
            attendee.insert(at, response)


def is_meeting(properties: etree._Element) -> bool:
    """Whether somebody else is invited."""
    return any((element := properties.find(t(name))) is not None and len(element) for name in ATTENDEES)
