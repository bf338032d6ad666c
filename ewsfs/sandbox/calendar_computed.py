"""The properties of calendar items and tasks that are computed: occurrences, zones with definitions, texts.

Source: the pages of the elements in the EWS reference.

Threading: pure functions of an item.
"""

from __future__ import annotations

import copy
from collections import deque
from datetime import datetime, timedelta

from lxml import etree

from ewsfs.sandbox import calendar, ids, timezones
from ewsfs.sandbox.calendar_item import is_meeting, zone_of
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Item, t
from ewsfs.sandbox.values import format_boolean, format_datetime
from ewsfs.sandbox.view import Made, Maker, View

TRANSFORMED = frozenset({"StartTimeZone", "EndTimeZone", "MeetingTimeZone"})


def duration(delta: timedelta) -> str:
    """A time span as Exchange writes it: P1DT2H30M, PT30M, PT0S."""
    minutes = delta // timedelta(minutes=1)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    time = f"{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}"
    text = f"P{f'{days}D' if days else ''}{f'T{time}' if time else ''}"
    return "PT0S" if text == "P" else text


def _duration(item: Item, view: View) -> Made:
    start, end = calendar.times(item)
    return duration(max(end - start, timedelta(0)))


def _item_type(item: Item, view: View) -> Made:
    return "RecurringMaster" if calendar.is_series(item) else "Single"


def _is_recurring(item: Item, view: View) -> Made:
    """A master says no: it stands for no single event of the series."""
    if item.kind == "Task":
        return format_boolean(item.properties.find(t("Recurrence")) is not None)
    return format_boolean(item.get("CalendarItemType") in {"Occurrence", "Exception"})


def _occurrence(name: str, item: Item, found: calendar.Occurrence) -> etree._Element:
    element = etree.Element(t(name))
    identifier = ids.occurrence_id(item.id, found.ordinal)
    etree.SubElement(element, t("ItemId"), Id=identifier, ChangeKey=item.change_key)
    etree.SubElement(element, t("Start")).text = format_datetime(found.start)
    etree.SubElement(element, t("End")).text = format_datetime(found.end)
    etree.SubElement(element, t("OriginalStart")).text = format_datetime(found.original_start)
    return element


def _first(item: Item, view: View) -> Made:
    if not calendar.is_series(item):
        return None
    found = next(calendar.occurrences(item), None)
    return None if found is None else _occurrence("FirstOccurrence", item, found)


def _last(item: Item, view: View) -> Made:
    """The last occurrence; a series without end has none."""
    if not calendar.is_series(item) or calendar.is_endless(item):
        return None
    found = deque(calendar.occurrences(item), maxlen=1)
    return _occurrence("LastOccurrence", item, found[0]) if found else None


def _modified(item: Item, view: View) -> Made:
    if not calendar.is_series(item):
        return None
    element = etree.Element(t("ModifiedOccurrences"))
    for ordinal in calendar.exceptions(item):
        try:
            element.append(_occurrence("Occurrence", item, calendar.find_occurrence(item, ordinal)))
        except ResponseError:
            continue
    return element if len(element) else None


def _zone(name: str) -> Maker:
    def make(item: Item, view: View) -> Made:
        stored = item.properties.find(t(name))
        if stored is None:
            return None
        known = timezones.definition(stored.get("Id") or "", tag=name)
        return copy.deepcopy(stored) if known is None else known

    return make


def _zone_name(name: str, *, shown: bool) -> Maker:
    def make(item: Item, view: View) -> Made:
        stored = item.properties.find(t(name))
        identifier = None if stored is None else stored.get("Id")
        if not identifier:
            return None if stored is None else stored.get("Name")
        return timezones.display_name(identifier) if shown else identifier

    return make


def _wall(name: str, zone: str) -> Maker:
    def make(item: Item, view: View) -> Made:
        if item.get(name) is None:
            return None
        start, end = calendar.times(item)
        moment = (start if name == "Start" else end).astimezone(zone_of(item.properties, zone))
        return moment.isoformat(timespec="seconds")

    return make


def _when(item: Item, view: View) -> Made:
    """Start and end in words, in the zone of the item."""
    if item.get("Start") is None:
        return None
    zone = zone_of(item.properties)
    start, end = (moment.astimezone(zone) for moment in calendar.times(item))
    if item.get("IsAllDayEvent") == "true":
        last = end - timedelta(minutes=1)
        return _day(start) if last.date() <= start.date() else f"{_day(start)} to {_day(last)}"
    if start.date() == end.date():
        return f"{_day(start)} {start:%H:%M}-{end:%H:%M}"
    return f"{_day(start)} {start:%H:%M} to {_day(end)} {end:%H:%M}"


def _day(moment: datetime) -> str:
    return f"{moment:%A, %d %B %Y}"


def _state(item: Item, view: View) -> Made:
    """asfMeeting, asfReceived and asfCanceled ([MS-OXOCAL] 2.2.1.10)."""
    meeting = is_meeting(item.properties)
    received = item.get("MyResponseType") not in {None, "Organizer", "Unknown"}
    cancelled = item.get("IsCancelled") == "true"
    return str(meeting * 1 + (meeting and received) * 2 + cancelled * 4)


def _is_organizer(item: Item, view: View) -> Made:
    address = item.properties.findtext(f"{t('Organizer')}/{t('Mailbox')}/{t('EmailAddress')}") or ""
    return format_boolean(not address or not view.owner or address.casefold() == view.owner.casefold())


MAKERS: dict[str, Maker] = {
    "CalendarItemType": _item_type,
    "IsRecurring": _is_recurring,
    "IsMeeting": lambda item, view: format_boolean(is_meeting(item.properties)),
    "IsCancelled": lambda item, view: "false",
    "AppointmentState": _state,
    "IsOrganizer": _is_organizer,
    "When": _when,
    "Duration": _duration,
    "TimeZone": _zone_name("StartTimeZone", shown=True),
    "StartTimeZoneId": _zone_name("StartTimeZone", shown=False),
    "EndTimeZoneId": _zone_name("EndTimeZone", shown=False),
    "StartTimeZone": _zone("StartTimeZone"),
    "EndTimeZone": _zone("EndTimeZone"),
    "MeetingTimeZone": lambda item, view: copy.deepcopy(item.properties.find(t("MeetingTimeZone"))),
    "StartWallClock": _wall("Start", "StartTimeZone"),
    "EndWallClock": _wall("End", "EndTimeZone"),
    "FirstOccurrence": _first,
    "LastOccurrence": _last,
    "ModifiedOccurrences": _modified,
}
