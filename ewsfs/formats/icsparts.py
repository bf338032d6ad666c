"""The properties that events and tasks have in common, as iCalendar components.

Used by `ics`. Source: RFC 5545 3.8; Microsoft's [MS-OXCICAL] for the names in which Outlook writes what
iCalendar has no word for.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone, tzinfo

from icalendar import Alarm, Calendar, Component, vCalAddress, vDatetime, vText

from ewsfs.ews.items import CalendarItem, Task
from ewsfs.ews.properties import Attendee, HTMLBody, Mailbox
from ewsfs.formats import zones
from ewsfs.formats.plaintext import clean, from_html, one_line
from ewsfs.formats.uids import uid
from ewsfs.formats.words import CLASSES, NO_ADDRESS, PARTICIPATION, PRIORITIES, PRODUCT

_GROUPS = ("PublicDL", "PrivateDL", "GroupMailbox")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Text(vText):
    """A text that is read as it was written: icalendar takes a backslash before an N for the end of a line."""

    def to_ical(self) -> bytes:
        """The text with what RFC 5545 3.3.11 has escaped."""
        escaped = str(self).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return escaped.replace("\r\n", "\\n").replace("\n", "\\n").encode()


def new_calendar() -> Calendar:
    """An empty iCalendar object."""
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    return calendar


def to_bytes(calendar: Calendar) -> bytes:
    """The file: CRLF, folded, properties in icalendar's fixed order."""
    data: bytes = calendar.to_ical()
    return data


def utc(moment: datetime) -> datetime:
    """`moment` as a plain datetime in UTC; one without zone, or at the end of time, is taken as UTC."""
    plain = datetime(*moment.timetuple()[:6])
    offset = moment.utcoffset()
    if offset:
        with suppress(OverflowError):
            plain -= offset
    return plain.replace(tzinfo=timezone.utc)


def local(moment: datetime, zone: tzinfo | None) -> datetime:
    """`moment` by the clock of `zone` (UTC for None), without zone."""
    instant = utc(moment)
    if zone is not None:
        with suppress(OverflowError):
            instant = instant.astimezone(zone)
    return instant.replace(tzinfo=None)


def day(moment: date, zone: tzinfo | None) -> date:
    """The day that begins at `moment`, an instant that is the midnight of somebody's clock.

    By the clock of `zone` it is that day's midnight; where the zone isn't known, or is not the one that
    the day was made in, the nearest midnight is meant.
    """
    if not isinstance(moment, datetime):
        return date(moment.year, moment.month, moment.day)
    by_the_clock = local(moment, zone)
    try:
        return (by_the_clock + timedelta(hours=12)).date()
    except OverflowError:
        return by_the_clock.date()


def add_time(component: Component, name: str, value: datetime, zone: tzinfo | None, tzid: str | None) -> None:
    """Add a time by the clock of `zone`: local with TZID, or in UTC."""
    if zone is None or tzid is None:
        component.add(name, value.replace(tzinfo=timezone.utc))
    else:
        component.add(name, value, parameters={"TZID": tzid})


def add_texts(component: Component, item: CalendarItem | Task) -> None:
    """SUMMARY, DESCRIPTION, CATEGORIES, CLASS, PRIORITY.

    An HTML body is written twice, as the text of it and, in the property that Outlook and Thunderbird
    read, as it is.
    """
    component.add("SUMMARY", Text(one_line(item.subject or "")))
    body = item.body
    if body:
        if isinstance(body, HTMLBody):
            markup = Text(clean(str(body)))
            markup.params["FMTTYPE"] = "text/html"
            component.add("DESCRIPTION", Text(from_html(body)))
            component.add("X-ALT-DESC", markup)
        else:
            component.add("DESCRIPTION", Text(clean(str(body))))
    categories = [one_line(category) for category in item.categories or () if one_line(category)]
    if categories:
        component.add("CATEGORIES", categories)
    if item.sensitivity:
        component.add("CLASS", CLASSES.get(item.sensitivity, "PRIVATE"))
    if item.importance:
        component.add("PRIORITY", PRIORITIES.get(item.importance, 5))


def add_stamps(component: Component, item: CalendarItem | Task, stamp: datetime | None) -> None:
    """UID for what has none, DTSTAMP, CREATED, LAST-MODIFIED; the clock is never asked."""
    if "UID" not in component:
        component.add("UID", uid(item.item_id, item.subject or ""))
    moment = stamp or item.last_modified_time or item.datetime_created
    component.add("DTSTAMP", utc(moment) if moment else _EPOCH)
    if item.datetime_created:
        component.add("CREATED", utc(item.datetime_created))
    if item.last_modified_time:
        component.add("LAST-MODIFIED", utc(item.last_modified_time))


def add_alarm(component: Component, item: CalendarItem | Task, trigger: timedelta | datetime) -> None:
    """A VALARM that shows the subject (RFC 5545 3.6.6)."""
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", one_line(item.subject or "") or "Reminder")
    if isinstance(trigger, datetime):
        alarm.add("TRIGGER", vDatetime(utc(trigger)), parameters={"VALUE": "DATE-TIME"})
    else:
        alarm.add("TRIGGER", trigger)
    component.add_component(alarm)


def add_organizer(component: Component, mailbox: Mailbox) -> None:
    """ORGANIZER (RFC 5545 3.8.4.3)."""
    component.add("ORGANIZER", _address(mailbox))


def add_attendees(component: Component, attendees: Iterable[Attendee], role: str, rsvp: bool) -> None:
    """ATTENDEE lines of one role (RFC 5545 3.8.4.1); NON-PARTICIPANT is a room or a thing."""
    for attendee in attendees:
        if attendee.mailbox is None:
            continue
        address = _address(attendee.mailbox)
        if role == "NON-PARTICIPANT":
            address.params["CUTYPE"] = "RESOURCE"
        elif attendee.mailbox.mailbox_type in _GROUPS:
            address.params["CUTYPE"] = "GROUP"
        else:
            address.params["CUTYPE"] = "INDIVIDUAL"
        address.params["ROLE"] = role
        address.params["PARTSTAT"] = PARTICIPATION.get(attendee.response_type or "", "NEEDS-ACTION")
        if rsvp:
            address.params["RSVP"] = "TRUE"
        component.add("ATTENDEE", address)


def _address(mailbox: Mailbox) -> vCalAddress:
    found = "".join(clean(mailbox.email_address or "").split())
    address: vCalAddress = vCalAddress(f"mailto:{found}" if "@" in found else NO_ADDRESS)
    # Readers take a backslash before the colon, wrongly (RFC 5545, 3.2), for an escape, and miss the address.
    name = one_line(mailbox.name or "").rstrip("\\")
    if name and name != found:  # servers call those by their address who have no name
        address.params["CN"] = name
    return address


def add_zones(calendar: Calendar, used: dict[str, tuple[tzinfo, date]]) -> None:
    """The VTIMEZONE of every TZID that a component uses, before the components."""
    for tzid, (zone, since) in sorted(used.items()):
        calendar.add_component(zones.component(tzid, zone, since))
