"""Calendar items as iCalendar: what MimeContent is for them, and the body of meeting requests.

Written by the icalendar package. Source: RFC 5545, RFC 5546 for the methods; [MS-OXCICAL] for which property becomes
which. `ical_reader` is the way back. Threading: pure functions.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone, tzinfo

import icalendar
from lxml import etree

from ewsfs.sandbox import calendar, ical_recurrence, text
from ewsfs.sandbox.calendar_item import zone_of
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Item, t
from ewsfs.sandbox.values import parse_datetime

_LAST_YEAR = 2038  # to which zones are written out, at least
PRODUCT = "-//ewsfs//sandbox//EN"
_SENSITIVITY = {"Normal": "PUBLIC", "Personal": "PRIVATE", "Private": "PRIVATE", "Confidential": "CONFIDENTIAL"}
_PRIORITY = {"High": 1, "Normal": 5, "Low": 9}
BUSY = {
    "Free": "FREE",
    "Tentative": "TENTATIVE",
    "Busy": "BUSY",
    "OOF": "OOF",
    "WorkingElsewhere": "WORKINGELSEWHERE",
}
_PARTSTAT = {
    "Accept": "ACCEPTED",
    "Decline": "DECLINED",
    "Tentative": "TENTATIVE",
    "Organizer": "ACCEPTED",
}
_ROLES = {
    "RequiredAttendees": ("REQ-PARTICIPANT", "INDIVIDUAL"),
    "OptionalAttendees": ("OPT-PARTICIPANT", "INDIVIDUAL"),
    "Resources": ("NON-PARTICIPANT", "RESOURCE"),
}


def calendar_from_item(item: Item, method: str = "PUBLISH") -> bytes:
    """A calendar item, or a meeting message with the times of one, as iCalendar.

    method: PUBLISH, REQUEST, REPLY or CANCEL (RFC 5546).
    """
    result = icalendar.Calendar()
    result.add("prodid", PRODUCT)
    result.add("version", "2.0")
    result.add("method", method)
    events = [_event(item)]
    if calendar.is_series(item):
        for ordinal in calendar.exceptions(item):
            try:
                found = calendar.find_occurrence(item, ordinal)
            except ResponseError:
                continue
            events.append(_event(calendar.occurrence_item(item, found), found.original_start))
    for event in events:
        result.add_component(event)
    year = calendar.times(item)[0].year
    result.add_missing_timezones(
        first_date=date(year, 1, 1), last_date=date(min(max(year + 20, _LAST_YEAR), 9999), 1, 1)
    )
    return bytes(result.to_ical())


def _event(item: Item, recurrence_id: datetime | None = None) -> icalendar.Event:
    event = icalendar.Event()
    zone = _written_zone(item)
    whole_day = item.get("IsAllDayEvent") == "true"

    def moment(value: datetime) -> date | datetime:
        local = value.astimezone(zone)
        return local.date() if whole_day else local

    start, end = calendar.times(item)
    event.add("uid", item.get("UID") or item.id)
    event.add("summary", item.get("Subject") or "")
    event.add("dtstart", moment(start))
    event.add("dtend", moment(end))
    stamp = item.get("DateTimeStamp")
    event.add("dtstamp", item.modified if stamp is None else parse_datetime(stamp))
    event.add("class", _SENSITIVITY.get(item.get("Sensitivity") or "Normal", "PUBLIC"))
    event.add("priority", _PRIORITY.get(item.get("Importance") or "Normal", 5))
    event.add("sequence", int(item.get("AppointmentSequenceNumber") or 0))
    busy = item.get("LegacyFreeBusyStatus") or "Busy"
    event.add("transp", "TRANSPARENT" if busy == "Free" else "OPAQUE")
    event.add("x-microsoft-cdo-busystatus", BUSY.get(busy, "BUSY"))
    event.add("x-microsoft-cdo-alldayevent", "TRUE" if whole_day else "FALSE")
    event.add("status", "CANCELLED" if item.get("IsCancelled") == "true" else "CONFIRMED")
    if item.get("Location"):
        event.add("location", item.get("Location"))
    if recurrence_id is not None:
        event.add("recurrence-id", moment(recurrence_id))
    _add_body(event, item)
    _add_people(event, item)
    categories = [child.text or "" for child in item.properties.iterfind(f"{t('Categories')}/{t('String')}")]
    if categories:
        event.add("categories", categories)
    pattern = item.properties.find(t("Recurrence"))
    if pattern is not None:
        event.add("rrule", ical_recurrence.rule(pattern, start, zone, whole_day=whole_day))
        gone = sorted(datetime.fromtimestamp(one, timezone.utc) for one in calendar.deleted(item))
        for value in gone:
            event.add("exdate", moment(value))
    _add_alarm(event, item)
    return event


def _written_zone(item: Item) -> tzinfo:
    """The zone in which times are written: one that a VTIMEZONE can be made for, else UTC."""
    zone = zone_of(item.properties)
    return zone if getattr(zone, "key", None) else timezone.utc


def _add_body(event: icalendar.Event, item: Item) -> None:
    body = item.properties.find(t("Body"))
    if body is None or not body.text:
        return
    if body.get("BodyType") == "HTML":
        event.add("description", text.text_of_html(body.text))
        event.add("x-alt-desc", body.text, parameters={"FMTTYPE": "text/html"})
    else:
        event.add("description", body.text)


def _add_people(event: icalendar.Event, item: Item) -> None:
    attendees = [
        (name, attendee) for name in _ROLES for attendee in item.properties.iterfind(f"{t(name)}/{t('Attendee')}")
    ]
    organizer = item.properties.find(f"{t('Organizer')}/{t('Mailbox')}")
    if organizer is not None and attendees:
        address = _address(organizer)
        if address is not None:
            event.add("organizer", address)
    for name, attendee in attendees:
        mailbox = attendee.find(t("Mailbox"))
        address = None if mailbox is None else _address(mailbox)
        if address is None:
            continue
        role, kind = _ROLES[name]
        address.params["ROLE"] = icalendar.vText(role)
        address.params["CUTYPE"] = icalendar.vText(kind)
        status = _PARTSTAT.get(attendee.findtext(t("ResponseType")) or "", "NEEDS-ACTION")
        address.params["PARTSTAT"] = icalendar.vText(status)
        address.params["RSVP"] = icalendar.vText("TRUE")
        event.add("attendee", address)


def _address(mailbox: etree._Element) -> icalendar.vCalAddress | None:
    address, name = mailbox.findtext(t("EmailAddress")), mailbox.findtext(t("Name"))
    if not address and not name:
        return None
    result: icalendar.vCalAddress = icalendar.vCalAddress(f"mailto:{address}" if address else "invalid:nomail")
    if name:
        result.params["CN"] = icalendar.vText(name.replace('"', "'"))
    return result


def _add_alarm(event: icalendar.Event, item: Item) -> None:
    if item.get("ReminderIsSet") != "true":
        return
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "REMINDER")
    alarm.add("trigger", -timedelta(minutes=int(item.get("ReminderMinutesBeforeStart") or 0)))
    event.add_component(alarm)
