"""iCalendar as calendar items: what a client gives as MimeContent, and what comes as a meeting request.

Read by the icalendar package; what it can't read is refused with ErrorMimeContentConversionFailed. Source: RFC 5545;
[MS-OXCICAL] for which property becomes which. `ical_writer` is the way back. Threading: pure functions.
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
from ewsfs.sandbox.ical_writer import BUSY
from ewsfs.sandbox.mailboxes import mailbox_element
from ewsfs.sandbox.model import Draft, new_properties, t
from ewsfs.sandbox.values import format_datetime

_CLASS = {"PRIVATE": "Private", "CONFIDENTIAL": "Confidential"}
_RESPONSE = {"ACCEPTED": "Accept", "DECLINED": "Decline", "TENTATIVE": "Tentative"}


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
    for name, value in BUSY.items():
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
