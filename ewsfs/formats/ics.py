"""Calendar items and tasks as iCalendar files (RFC 5545).

Used by vfs for the files of calendar and task folders; `icsread` is the way back. An event with its
exceptions is one file: the series, its changed occurrences under the same UID with RECURRENCE-ID, its
deleted ones as EXDATE. Odd data (no end, an end before the start, an absurd recurrence, dates at either end
of time) gives a valid file that says what can be said.

Sources: EWS reference "CalendarItem", "Task"; RFC 5545; Microsoft's [MS-OXCICAL] for X-MICROSOFT-*.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from icalendar import Event, Todo, vRecur

from ewsfs.ews.ewsdatetime import EWSDateTime, EWSTimeZone
from ewsfs.ews.items import CalendarItem, Task
from ewsfs.formats import icsparts, rrules, zones
from ewsfs.formats.plaintext import one_line
from ewsfs.formats.words import BUSY, REGENERATES_PROPERTY, TASK_STATUS, TASK_STATUS_PROPERTY

EXCEPTION_FIELDS: tuple[str, ...] = (
    "subject",
    "sensitivity",
    "body",
    "categories",
    "importance",
    "datetime_created",
    "last_modified_time",
    "reminder_is_set",
    "reminder_minutes_before_start",
    "uid",
    "recurrence_id",
    "datetime_stamp",
    "start",
    "end",
    "original_start",
    "is_all_day",
    "legacy_free_busy_status",
    "location",
    "is_meeting",
    "is_cancelled",
    "is_response_requested",
    "type",
    "organizer",
    "required_attendees",
    "optional_attendees",
    "resources",
    "appointment_sequence_number",
    "meeting_timezone",
    "start_timezone",
    "end_timezone",
    "meeting_workspace_url",
    "net_show_url",
)
EVENT_FIELDS: tuple[str, ...] = (*EXCEPTION_FIELDS, "recurrence", "modified_occurrences", "deleted_occurrences")
TASK_FIELDS: tuple[str, ...] = (
    "subject",
    "sensitivity",
    "body",
    "categories",
    "importance",
    "datetime_created",
    "last_modified_time",
    "reminder_is_set",
    "reminder_due_by",
    "complete_date",
    "due_date",
    "percent_complete",
    "recurrence",
    "start_date",
    "status",
)


class Clock(NamedTuple):
    """A time zone as a component uses it; for UTC both are None."""

    zone: tzinfo | None
    tzid: str | None


_UTC = Clock(None, None)
# The zones that a file uses, by TZID, each with the first day that it is needed for.
Zones = dict[str, tuple[tzinfo, date]]
_NO_TIME = datetime(1970, 1, 1)
_NO_SHIFT = timedelta()


def event(item: CalendarItem, exceptions: Sequence[CalendarItem] = ()) -> bytes:
    """The calendar item as an iCalendar file.

    Parameters: `exceptions`, the changed occurrences of a series, as items of their own. One that is listed
    in the item's `modified_occurrences` and not given is written with its times alone.
    """
    calendar = icsparts.new_calendar()
    used: Zones = {}
    rule, shift = _rule(item)
    master = _event(item, used, shift=shift)
    events = [master]
    if rule is not None:
        events += _add_recurrence(master, rule, item, exceptions, used)
    elif item.type in ("Occurrence", "Exception"):
        _add_recurrence_id(master, item.original_start or item.recurrence_id, item, item, used)
    icsparts.add_zones(calendar, used)
    for component in events:
        calendar.add_component(component)
    return icsparts.to_bytes(calendar)


def task(item: Task) -> bytes:
    """The task as an iCalendar file with a VTODO (RFC 5545 3.6.2); its dates are days."""
    todo = Todo()
    icsparts.add_texts(todo, item)
    start = icsparts.day(item.start_date, None) if item.start_date else None
    due = icsparts.day(item.due_date, None) if item.due_date else None
    recurrence = item.recurrence
    if recurrence is not None:
        start = start or due or (icsparts.day(recurrence.start, None) if recurrence.start else None)
        rule = rrules.rule(recurrence, start or _NO_TIME.date(), None)
        if rule is not None and start is not None:
            todo.add("RRULE", rule)
            if rrules.regenerates(recurrence):
                todo.add(REGENERATES_PROPERTY, "TRUE")
    # RFC 5545 3.8.2.3: what is due must not be due before it starts.
    if start is not None and (due is None or start <= due):
        todo.add("DTSTART", start)
    elif "RRULE" in todo:
        del todo["RRULE"]
    if due is not None:
        todo.add("DUE", due)
    if item.complete_date:
        todo.add("COMPLETED", icsparts.utc(_moment(item.complete_date)))
    if item.percent_complete is not None:
        todo.add("PERCENT-COMPLETE", min(max(int(item.percent_complete), 0), 100))
    if item.status:
        todo.add("STATUS", TASK_STATUS.get(item.status, "NEEDS-ACTION"))
        if item.status in ("WaitingOnOthers", "Deferred"):
            todo.add(TASK_STATUS_PROPERTY, item.status)
    icsparts.add_stamps(todo, item, None)
    if item.reminder_is_set and item.reminder_due_by:
        icsparts.add_alarm(todo, item, item.reminder_due_by)
    calendar = icsparts.new_calendar()
    calendar.add_component(todo)
    return icsparts.to_bytes(calendar)


def _event(item: CalendarItem, used: Zones, *, uid: str = "", shift: timedelta = _NO_SHIFT) -> Event:
    """The VEVENT of one item, without what makes it a series.

    Parameters: `uid`, that of the series it belongs to; `shift`, how much later it is than the item says.
    """
    component = Event()
    uid = one_line(uid or item.uid or "")
    if uid:
        component.add("UID", uid)
    icsparts.add_texts(component, item)
    _add_times(component, item, used, shift)
    if item.location:
        component.add("LOCATION", icsparts.Text(one_line(item.location)))
    _add_people(component, item)
    status = item.legacy_free_busy_status
    component.add("TRANSP", "TRANSPARENT" if status == "Free" else "OPAQUE")
    if status in BUSY:
        component.add("X-MICROSOFT-CDO-BUSYSTATUS", BUSY[status])
    tentative = status == "Tentative"
    component.add("STATUS", "CANCELLED" if item.is_cancelled else "TENTATIVE" if tentative else "CONFIRMED")
    if item.appointment_sequence_number is not None:
        component.add("SEQUENCE", max(item.appointment_sequence_number, 0))
    url = one_line(item.meeting_workspace_url or item.net_show_url or "")
    if url:
        component.add("URL", url)
    icsparts.add_stamps(component, item, item.datetime_stamp)
    if item.reminder_is_set:
        minutes = item.reminder_minutes_before_start or 0
        icsparts.add_alarm(component, item, -timedelta(minutes=min(max(minutes, -(10**6)), 10**7)))
    return component


def _add_people(component: Event, item: CalendarItem) -> None:
    """ORGANIZER and ATTENDEE. An event without attendees must not have an organizer (RFC 5545 3.8.4.3)."""
    invited = (
        (item.required_attendees, "REQ-PARTICIPANT"),
        (item.optional_attendees, "OPT-PARTICIPANT"),
        (item.resources, "NON-PARTICIPANT"),
    )
    for attendees, role in invited:
        icsparts.add_attendees(component, attendees or (), role, bool(item.is_response_requested))
    if item.organizer and (item.is_meeting or any(attendees for attendees, _ in invited)):
        icsparts.add_organizer(component, item.organizer)


def _add_times(component: Event, item: CalendarItem, used: Zones, shift: timedelta) -> None:
    """DTSTART, and DTEND when it is later (RFC 5545 3.8.2.2)."""
    start = _start(item)
    if isinstance(start, datetime):
        clock = _clock(item.start_timezone or item.meeting_timezone)
        _add_local(component, "DTSTART", start + shift, clock, used)
        if item.start and item.end and icsparts.utc(item.end) > icsparts.utc(item.start):
            end_clock = _clock(item.end_timezone) if item.end_timezone else clock
            _add_local(component, "DTEND", icsparts.local(item.end, end_clock.zone) + shift, end_clock, used)
        return
    component.add("DTSTART", start + shift)
    zone = _clock(item.end_timezone or item.start_timezone or item.meeting_timezone).zone
    end = icsparts.day(item.end, zone) if item.end else start
    # The day after the last one, also for a single day, because not every reader knows the default.
    if start + shift < date.max:
        component.add("DTEND", max(end, start + timedelta(days=1)) + shift)
    component.add("X-MICROSOFT-CDO-ALLDAYEVENT", "TRUE")


def _add_local(component: Event, name: str, value: datetime, clock: Clock, used: Zones) -> None:
    """Add a time by a clock, and note that its zone is needed."""
    if clock.zone is not None and clock.tzid is not None:
        _, earliest = used.get(clock.tzid, (clock.zone, value.date()))
        used[clock.tzid] = (clock.zone, min(earliest, value.date()))
    icsparts.add_time(component, name, value, *clock)


def _start(item: CalendarItem) -> date:
    """The day of an all-day item, else its start by the clock of its own zone, without zone."""
    zone = _clock(item.start_timezone or item.meeting_timezone).zone
    found = item.start or item.original_start or item.end or item.datetime_created
    if item.is_all_day:
        return icsparts.day(found, zone) if found else _NO_TIME.date()
    return icsparts.local(_moment(found), zone) if found else _NO_TIME


def _add_recurrence(
    master: Event, rule: vRecur, item: CalendarItem, exceptions: Sequence[CalendarItem], used: Zones
) -> list[Event]:
    """RRULE and EXDATE of a series; returns the events of its changed occurrences."""
    clock = _clock(item.start_timezone or item.meeting_timezone)
    master.add("RRULE", rule)
    deleted = [_occurrence(each.start, item, clock) for each in item.deleted_occurrences or () if each.start]
    if deleted:
        _add_exdates(master, sorted(set(deleted)), clock)
    return _exceptions(item, exceptions, str(master.get("UID", "")), used)


def _rule(item: CalendarItem) -> tuple[vRecur | None, timedelta]:
    """The RRULE of a series, and how far its first occurrence is from its start."""
    if item.recurrence is None or item.type in ("Occurrence", "Exception"):
        return None, timedelta()
    start = _start(item)
    rule = rrules.rule(item.recurrence, start, _clock(item.start_timezone or item.meeting_timezone).zone)
    return rule, rrules.first(rule, start) - start if rule is not None else timedelta()


def _add_exdates(master: Event, deleted: Sequence[date], clock: Clock) -> None:
    if not isinstance(deleted[0], datetime):
        master.add("EXDATE", list(deleted), parameters={"VALUE": "DATE"})
    elif clock.tzid is None:
        times = [each.replace(tzinfo=zones.UTC) for each in deleted if isinstance(each, datetime)]
        master.add("EXDATE", times)
    else:
        master.add("EXDATE", list(deleted), parameters={"TZID": clock.tzid})


def _exceptions(item: CalendarItem, given: Sequence[CalendarItem], uid: str, used: Zones) -> list[Event]:
    """The changed occurrences of a series, in the order of the days that they stand for."""
    infos = {each.item_id: each for each in item.modified_occurrences or () if each.item_id}
    found: list[tuple[datetime, Event]] = []
    for exception in given:
        info = infos.pop(exception.item_id or "", None)
        original = exception.original_start or (info.original_start if info else None) or exception.recurrence_id
        if original is None:
            continue
        component = _event(exception, used, uid=uid)
        _add_recurrence_id(component, original, item, exception, used)
        found.append((icsparts.utc(original), component))
    for info in infos.values():
        if info.original_start is not None:
            component = _moved(item, info.start or info.original_start, info.end, uid, used)
            _add_recurrence_id(component, info.original_start, item, item, used)
            found.append((icsparts.utc(info.original_start), component))
    return [component for _, component in sorted(found, key=lambda pair: pair[0])]


def _moved(item: CalendarItem, start: datetime, end: datetime | None, uid: str, used: Zones) -> Event:
    """A changed occurrence of which only the times are known: the series at another time."""
    moments = [EWSDateTime.from_datetime(icsparts.utc(each)) if each else None for each in (start, end)]
    occurrence = item.clone(start=moments[0], end=moments[1])
    return _event(occurrence, used, uid=uid)


def _add_recurrence_id(
    component: Event,
    original: datetime | None,
    master: CalendarItem,
    item: CalendarItem,
    used: Zones,
) -> None:
    """RECURRENCE-ID in the form of the series' DTSTART (RFC 5545 3.8.4.4)."""
    if original is None:
        return
    clock = _clock(master.start_timezone or master.meeting_timezone)
    value = _occurrence(original, master, clock)
    if isinstance(value, datetime):
        _add_local(component, "RECURRENCE-ID", value, clock, used)
    else:
        component.add("RECURRENCE-ID", value)


def _occurrence(when: date, item: CalendarItem, clock: Clock) -> date:
    """The start of an occurrence in the form of the series' DTSTART: a day, or a time by its clock."""
    if item.is_all_day:
        return icsparts.day(when, clock.zone)
    return icsparts.local(_moment(when), clock.zone)


def _clock(zone: EWSTimeZone | None) -> Clock:
    """A zone of the server, and the name it goes by here: the IANA one, or the server's for a zone of its own."""
    if zone is None or zones.is_utc(zone):
        return _UTC
    return Clock(zone, zone.key or one_line(zone.ms_id).replace('"', "'") or "Custom")


def _moment(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
