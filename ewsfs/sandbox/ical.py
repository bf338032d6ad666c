"""iCalendar in and out: what MimeContent is for calendar items, and the body of meeting requests.

    calendar_from_item(item)      the item, with its series and exceptions, as one VCALENDAR
    calendar_from_bytes(source)   the draft of a calendar item that a VCALENDAR describes

Read and written by the icalendar package; what it can't read is refused with ErrorMimeContentConversionFailed.

Source: RFC 5545, RFC 5546 for the methods; [MS-OXCICAL] for which property becomes which.

Threading: pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any

import icalendar
from lxml import etree

from ewsfs.sandbox import calendar, ical_recurrence, schema, text, timezones
from ewsfs.sandbox.calendar_item import zone_of
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.mailboxes import mailbox_element
from ewsfs.sandbox.model import Draft, Item, new_properties, t
from ewsfs.sandbox.values import format_datetime, parse_datetime

_LAST_YEAR = 2038  # to which zones are written out, at least
PRODUCT = "-//ewsfs//sandbox//EN"

_SENSITIVITY = {"Normal": "PUBLIC", "Personal": "PRIVATE", "Private": "PRIVATE", "Confidential": "CONFIDENTIAL"}
_CLASS = {"PRIVATE": "Private", "CONFIDENTIAL": "Confidential"}
_PRIORITY = {"High": 1, "Normal": 5, "Low": 9}
_BUSY = {
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
_RESPONSE = {"ACCEPTED": "Accept", "DECLINED": "Decline", "TENTATIVE": "Tentative"}
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
    event.add("x-microsoft-cdo-busystatus", _BUSY.get(busy, "BUSY"))
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


def calendar_from_bytes(source: bytes) -> Draft:
    """The calendar item that the first event of a VCALENDAR describes, with the exceptions of its series.

    Raises ResponseError: ErrorMimeContentConversionFailed when there is no event that can be read.
    """
    try:
        components = icalendar.Calendar.from_ical(source, multiple=True)
        found = (event for component in components for event in component.walk("VEVENT"))
        events = [event for event in found if event.get("DTSTART") is not None]
        if not events:
            raise ValueError("no event with a start")
        master = next((event for event in events if event.get("RECURRENCE-ID") is None), events[0])
        draft = Draft("CalendarItem", _properties(master), mime=source)
        _apply_exceptions(draft, master, events)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise ResponseError("ErrorMimeContentConversionFailed", f"The iCalendar can't be read: {error}") from None
    return draft


def _properties(event: icalendar.Component) -> etree._Element:
    properties = new_properties("CalendarItem")

    def put(name: str, value: str | None) -> None:
        if value:
            schema.set_text(properties, name, text.xml_safe(value))

    start = event.decoded("DTSTART")
    end = _end(event, start)
    whole_day = not isinstance(start, datetime)
    zone, identifier = _zone(start)
    for name in ("StartTimeZone", "EndTimeZone"):
        schema.insert(properties, etree.Element(t(name), Id=identifier))
    put("Start", format_datetime(_instant(start, zone)))
    put("End", format_datetime(_instant(end, zone)))
    put("IsAllDayEvent", "true" if whole_day else "false")
    put("UID", _text(event, "UID"))
    put("Subject", _text(event, "SUMMARY"))
    put("Location", _text(event, "LOCATION"))
    put("Sensitivity", _CLASS.get((_text(event, "CLASS") or "").upper(), "Normal"))
    put("Importance", _importance(event))
    put("LegacyFreeBusyStatus", _busy(event))
    stamp = event.get("DTSTAMP")
    if stamp is not None and isinstance(stamp.dt, datetime):
        put("DateTimeStamp", format_datetime(_instant(stamp.dt, timezone.utc)))
    sequence = _text(event, "SEQUENCE")
    if sequence and sequence.isdigit():
        put("AppointmentSequenceNumber", sequence)
    _put_body(properties, event)
    _put_categories(properties, event)
    _put_people(properties, event)
    _put_reminder(properties, event)
    rules = _listed(event.get("RRULE"))
    if rules:
        schema.insert(properties, ical_recurrence.element(rules[0], start))
    return properties


def _text(event: icalendar.Component, name: str) -> str | None:
    value = _listed(event.get(name))
    return str(value[0]) if value else None


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _end(event: icalendar.Component, start: date) -> date:
    if event.get("DTEND") is not None:
        end = event.decoded("DTEND")
        if isinstance(end, date):
            return end
    if event.get("DURATION") is not None:
        return start + _span(event.decoded("DURATION"))
    return start if isinstance(start, datetime) else start + timedelta(days=1)


def _span(value: object) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(0)


def _zone(start: date) -> tuple[tzinfo, str]:
    """The zone of a start and the Windows id that stands for it; UTC for what has none."""
    zone = start.tzinfo if isinstance(start, datetime) else None
    identifier = None if zone is None else timezones.identifier_of(zone)
    if identifier is None and zone is not None:
        identifier = timezones.windows_id(str(zone))
    if identifier is None:
        return timezone.utc, timezones.UTC_ID
    return timezones.zone(identifier) or timezone.utc, identifier


def _instant(value: date, zone: tzinfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(timezone.utc)


def _importance(event: icalendar.Component) -> str:
    priority = _text(event, "PRIORITY") or ""
    number = int(priority) if priority.isdigit() else 0
    return "Normal" if number in {0, 5} else "High" if number < 5 else "Low"


def _busy(event: icalendar.Component) -> str:
    said = (_text(event, "X-MICROSOFT-CDO-BUSYSTATUS") or "").upper()
    for name, value in _BUSY.items():
        if value == said:
            return name
    return "Free" if (_text(event, "TRANSP") or "").upper() == "TRANSPARENT" else "Busy"


def _put_body(properties: etree._Element, event: icalendar.Component) -> None:
    html = _text(event, "X-ALT-DESC")
    content = _text(event, "DESCRIPTION") if html is None else html
    if content is None:
        return
    body = etree.Element(t("Body"), BodyType="Text" if html is None else "HTML")
    body.text = text.xml_safe(content)
    schema.insert(properties, body)


def _put_categories(properties: etree._Element, event: icalendar.Component) -> None:
    words: list[str] = []
    for value in _listed(event.get("CATEGORIES")):
        words.extend(str(word) for word in getattr(value, "cats", [value]))
    if words:
        element = etree.Element(t("Categories"))
        for word in dict.fromkeys(words):
            etree.SubElement(element, t("String")).text = text.xml_safe(word)
        schema.insert(properties, element)


def _put_people(properties: etree._Element, event: icalendar.Component) -> None:
    for value in _listed(event.get("ORGANIZER"))[:1]:
        organizer = etree.Element(t("Organizer"))
        organizer.append(_mailbox(value))
        schema.insert(properties, organizer)
    groups: dict[str, list[etree._Element]] = {}
    for value in _listed(event.get("ATTENDEE")):
        groups.setdefault(_group(value), []).append(_attendee(value))
    for name, attendees in groups.items():
        element = etree.Element(t(name))
        element.extend(attendees)
        schema.insert(properties, element)


def _parameter(value: Any, name: str) -> str:
    return str(getattr(value, "params", {}).get(name, ""))


def _group(value: Any) -> str:
    role, kind = _parameter(value, "ROLE").upper(), _parameter(value, "CUTYPE").upper()
    if kind in {"RESOURCE", "ROOM"} or role == "NON-PARTICIPANT":
        return "Resources"
    return "OptionalAttendees" if role == "OPT-PARTICIPANT" else "RequiredAttendees"


def _attendee(value: Any) -> etree._Element:
    attendee = etree.Element(t("Attendee"))
    attendee.append(_mailbox(value))
    response = _RESPONSE.get(_parameter(value, "PARTSTAT").upper(), "Unknown")
    etree.SubElement(attendee, t("ResponseType")).text = response
    return attendee


def _mailbox(value: Any) -> etree._Element:
    address = str(value)
    scheme, _, rest = address.partition(":")
    address = rest if scheme.lower() == "mailto" else ""
    return mailbox_element(_parameter(value, "CN"), address.strip())


def _put_reminder(properties: etree._Element, event: icalendar.Component) -> None:
    alarms: Iterable[icalendar.Component] = event.walk("VALARM")
    for alarm in alarms:
        trigger = getattr(alarm.get("TRIGGER"), "dt", None)
        if isinstance(trigger, timedelta) and trigger <= timedelta(0):
            minutes = min(-trigger // timedelta(minutes=1), 2629800)
            schema.set_text(properties, "ReminderIsSet", "true")
            schema.set_text(properties, "ReminderMinutesBeforeStart", str(minutes))
            return


def _apply_exceptions(draft: Draft, master: icalendar.Component, events: list[icalendar.Component]) -> None:
    """EXDATE and the events with a RECURRENCE-ID as deleted and changed occurrences."""
    item = draft.item()
    if not calendar.is_series(item):
        return
    zone = zone_of(draft.properties)
    for value in _listed(master.get("EXDATE")):
        for one in getattr(value, "dts", []):
            _quietly(calendar.delete_occurrence, item, int(_instant(one.dt, zone).timestamp()))
    for event in events:
        identifier = getattr(event.get("RECURRENCE-ID"), "dt", None)
        if event is master or identifier is None:
            continue
        ordinal = int(_instant(identifier, zone).timestamp())
        try:
            occurrence = calendar.occurrence_item(item, calendar.find_occurrence(item, ordinal))
        except ResponseError:
            continue
        changed = _properties(event)
        for name in ("Recurrence", "UID", "DateTimeStamp"):
            schema.remove(changed, name)
        for child in list(changed):
            schema.set_property(occurrence.properties, child)
        _quietly(calendar.change_occurrence, item, ordinal, occurrence)


def _quietly(change: Any, *arguments: Any) -> None:
    """An exception of a day that the series doesn't have changes nothing."""
    try:
        change(*arguments)
    except ResponseError:
        return
