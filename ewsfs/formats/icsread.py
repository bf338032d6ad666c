"""Calendar files as the fields of calendar items and tasks.

Used by vfs when an .ics file was written. A field is there only when the file says something of it, with
the exceptions that `EventFile` names. The caller compares what the old file said with what the new one says,
sends the fields that differ, empties those that are gone, and leaves alone what neither has said. Fields
that only make sense together stand in `TOGETHER`: when one differs, all go.

Sources: RFC 5545; EWS reference "CalendarItem", "Task"; [MS-OXCICAL] for what Outlook writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Literal

from icalendar import Component

from ewsfs.ews.ewsdatetime import EWSDate, EWSDateTime
from ewsfs.ews.properties import Attendee, Body, HTMLBody, Mailbox
from ewsfs.ews.recurrence import Recurrence
from ewsfs.formats import icsfile, rrulesread
from ewsfs.formats.errors import FormatError
from ewsfs.formats.icsfile import File, Moment, every, first, text
from ewsfs.formats.plaintext import from_html, one_line
from ewsfs.formats.words import (
    BUSY,
    CLASSES,
    NO_ADDRESS,
    REGENERATES_PROPERTY,
    TASK_STATUS_PROPERTY,
)

TOGETHER: tuple[tuple[str, ...], ...] = (
    ("start", "end", "is_all_day", "start_timezone", "end_timezone", "recurrence"),
    ("reminder_is_set", "reminder_minutes_before_start"),
    ("reminder_is_set", "reminder_due_by"),
    ("start_date", "due_date", "recurrence"),
    ("status", "percent_complete", "complete_date"),
)

_BUSY_BY_WORD = {word: status for status, word in BUSY.items()}
_SENSITIVITY_BY_CLASS = {name: sensitivity for sensitivity, name in CLASSES.items()}
_RESPONSES = {"ACCEPTED": "Accept", "DECLINED": "Decline", "TENTATIVE": "Tentative"}
_STATUS_BY_WORD = {
    "NEEDS-ACTION": "NotStarted",
    "IN-PROCESS": "InProgress",
    "COMPLETED": "Completed",
    "CANCELLED": "Deferred",
}
_LONGEST_REMINDER = 2_629_800  # minutes in five years, what Exchange takes


@dataclass(frozen=True)
class ChangedOccurrence:
    """One occurrence of a series that differs from it: when it would have been, and its own fields."""

    original_start: EWSDateTime
    fields: dict[str, Any]


@dataclass(frozen=True)
class EventFile:
    """What a file says of an event.

    master      values by field name of `ewsfs.ews.items.CalendarItem`; start, end, is_all_day and
                reminder_is_set are always there, since a file without them says something, too
    exceptions  changed occurrences, in the order of their days
    deleted     the starts of deleted occurrences; of an all-day event the midnights of its days
    left_out    what a calendar item has no place for, one sentence each
    """

    master: dict[str, Any]
    exceptions: tuple[ChangedOccurrence, ...] = ()
    deleted: tuple[EWSDateTime, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class TaskFile:
    """What a file says of a task; as in `EventFile`."""

    fields: dict[str, Any]
    left_out: tuple[str, ...] = ()


def kind(data: bytes) -> Literal["event", "task"]:
    """Which item a calendar file is. Raises: FormatError when it is neither."""
    calendars = icsfile.parse(data)
    if any(calendar.walk("VEVENT") for calendar in calendars):
        return "event"
    if any(calendar.walk("VTODO") for calendar in calendars):
        return "task"
    raise FormatError("there is neither an event (VEVENT) nor a task (VTODO) in the file")


def parse_event(data: bytes, zone: tzinfo = timezone.utc) -> EventFile:
    """The fields of a calendar item.

    Parameters: `zone`, where times without a zone are local and days begin: for an edit the zone of the
    item, else the user's.
    Raises: FormatError, whose text says why, for what can't be a calendar item: no event or several in the
    file, no start, an end before it, a recurrence that Exchange has no pattern for, additional dates (RDATE).
    """
    file = File(data, "VEVENT", zone)
    master = file.master
    left_out = _left_out(master)
    _refuse_broken(master)
    start = file.moment(master, "DTSTART")
    if start is None:
        raise FormatError("the event has no start (DTSTART)")
    fields = _event_fields(file, master, start, zone)
    deleted: list[EWSDateTime] = []
    exceptions: list[ChangedOccurrence] = []
    recurrence = _recurrence(file, master, start)
    if recurrence is not None:
        fields["recurrence"] = recurrence
        deleted = sorted({_instant(each, start, zone) for each in file.moments(master, "EXDATE")})
        exceptions = [_changed(file, each, start, zone) for each in file.exceptions]
    elif file.exceptions:
        raise FormatError("the file has exceptions of a series (RECURRENCE-ID), but no series (RRULE)")
    exceptions.sort(key=lambda each: each.original_start)
    return EventFile(fields, tuple(exceptions), tuple(deleted), tuple(left_out))


def parse_task(data: bytes, zone: tzinfo = timezone.utc) -> TaskFile:
    """The fields of a task. Parameters and errors as for `parse_event`; a task needs no date."""
    file = File(data, "VTODO", zone)
    todo = file.master
    if file.exceptions:
        raise FormatError("the file has exceptions of a recurring task, which Exchange can't store")
    _refuse_broken(todo)
    fields = _common_fields(todo)
    start = file.moment(todo, "DTSTART")
    due = file.moment(todo, "DUE")
    if start is not None and due is None and first(todo, "DURATION") is not None:
        due = _later(start, _duration(todo))
    for name, moment in (("start_date", start), ("due_date", due)):
        if moment is not None:
            fields[name] = EWSDate(moment.value.year, moment.value.month, moment.value.day)
    _read_progress(file, todo, fields)
    anchor = start or due
    if first(todo, "RRULE") is not None and anchor is None:
        raise FormatError("the task recurs, but has neither a start (DTSTART) nor a due date (DUE)")
    if anchor is not None:
        recurrence = _recurrence(file, todo, Moment(fields.get("start_date") or fields["due_date"], None, None))
        if recurrence is not None:
            again = first(todo, REGENERATES_PROPERTY) is not None
            fields["recurrence"] = rrulesread.regeneration(recurrence) if again else recurrence
    _read_reminder(todo, anchor, zone, fields)
    return TaskFile(fields, tuple(_left_out(todo)))


def _event_fields(file: File, component: Component, start: Moment, zone: tzinfo) -> dict[str, Any]:
    """The fields of one VEVENT, those of its recurrence excepted."""
    fields = _common_fields(component)
    is_all_day = not isinstance(start.value, datetime)
    end = file.moment(component, "DTEND")
    if end is None and first(component, "DURATION") is not None:
        end = _later(start, _duration(component))
    if end is None or isinstance(end.value, datetime) == is_all_day:
        # RFC 5545 3.6.1: without an end, a day is that day and a time is a moment.
        end = _next(start) if is_all_day else start
    fields["start"] = _instant(start, start, zone)
    fields["end"] = _end(start, end, zone)
    if is_all_day and fields["end"] == fields["start"]:
        fields["end"] = _instant(_next(start), start, zone)
    fields["is_all_day"] = is_all_day
    names = (icsfile.named(zone), icsfile.named(zone)) if is_all_day else (start.name, end.name or start.name)
    for name, found in zip(("start_timezone", "end_timezone"), names, strict=True):
        if found is not None:
            fields[name] = found
    uid = one_line(text(first(component, "UID")))
    if uid:
        fields["uid"] = uid
    location = one_line(text(first(component, "LOCATION")))
    if location:
        fields["location"] = location
    url = one_line(text(first(component, "URL")))
    if url:
        fields["meeting_workspace_url"] = url
    status = _busy(component)
    if status:
        fields["legacy_free_busy_status"] = status
    _read_attendees(component, fields)
    alarm = _alarm(component)
    fields["reminder_is_set"] = alarm is not None
    if alarm is not None:
        fields["reminder_minutes_before_start"] = _minutes_before(alarm, fields["start"], fields["end"])
    return fields


def _common_fields(component: Component) -> dict[str, Any]:
    """Subject, body, categories, sensitivity, importance."""
    fields: dict[str, Any] = {}
    subject = one_line(text(first(component, "SUMMARY")))
    if subject:
        fields["subject"] = subject
    body = _body(component)
    if body:
        fields["body"] = body
    categories = [one_line(str(each)) for line in every(component, "CATEGORIES") for each in getattr(line, "cats", ())]
    if any(categories):
        fields["categories"] = list(dict.fromkeys(category for category in categories if category))
    secrecy = text(first(component, "CLASS")).strip().upper()
    if secrecy:
        fields["sensitivity"] = _SENSITIVITY_BY_CLASS.get(secrecy, "Private")
    priority = text(first(component, "PRIORITY")).strip()
    if priority.isdecimal() and int(priority) > 0:
        fields["importance"] = "High" if int(priority) < 5 else "Normal" if int(priority) == 5 else "Low"
    return fields


def _body(component: Component) -> Body | None:
    """The description; as HTML where it is there as HTML too, and nobody has edited the text alone."""
    description = text(first(component, "DESCRIPTION"))
    line = first(component, "X-ALT-DESC")
    if line is not None and str(getattr(line, "params", {}).get("FMTTYPE", "")).lower() == "text/html":
        markup = text(line)
        if not description.strip() or from_html(markup).split() == description.split():
            return HTMLBody(markup)
    return Body(description) if description.strip() else None


def _busy(component: Component) -> str | None:
    word = text(first(component, "X-MICROSOFT-CDO-BUSYSTATUS")).strip().upper()
    if word in _BUSY_BY_WORD:
        return _BUSY_BY_WORD[word]
    transparency = text(first(component, "TRANSP")).strip().upper()
    if transparency == "TRANSPARENT":
        return "Free"
    if text(first(component, "STATUS")).strip().upper() == "TENTATIVE":
        return "Tentative"
    return "Busy" if transparency == "OPAQUE" else None


def _read_attendees(component: Component, fields: dict[str, Any]) -> None:
    """Attendees by their role; rooms and things are resources."""
    for line in every(component, "ATTENDEE"):
        params = {key.upper(): str(value) for key, value in getattr(line, "params", {}).items()}
        address = str(line).strip()
        name = one_line(params.get("CN", ""))
        if address.lower().startswith("mailto:"):
            address = address[7:].strip()
        if address.lower() == NO_ADDRESS or "@" not in address:
            address = ""
        if not address and not name:
            continue
        role = params.get("ROLE", "").upper()
        kind_of = params.get("CUTYPE", "").upper()
        field = "optional_attendees" if role == "OPT-PARTICIPANT" else "required_attendees"
        if kind_of in ("RESOURCE", "ROOM"):
            field = "resources"
        mailbox = Mailbox(name=(name if name != address else "") or None, email_address=address or None)
        response = _RESPONSES.get(params.get("PARTSTAT", "").upper(), "Unknown")
        fields.setdefault(field, []).append(Attendee(mailbox=mailbox, response_type=response))


def _recurrence(file: File, component: Component, start: Moment) -> Recurrence | None:
    rules = list(every(component, "RRULE"))
    if file.moments(component, "RDATE"):
        raise FormatError("the event repeats on dates that follow no rule (RDATE), which Exchange can't store")
    if list(every(component, "EXRULE")):
        raise FormatError("the event has a rule of exceptions (EXRULE), which Exchange can't store")
    if not rules:
        return None
    if len(rules) > 1:
        raise FormatError("the event repeats by more than one rule (RRULE), which Exchange can't store")
    return rrulesread.recurrence(rules[0], start.value, start.zone)


def _changed(file: File, component: Component, start: Moment, zone: tzinfo) -> ChangedOccurrence:
    _refuse_broken(component)
    if str(getattr(first(component, "RECURRENCE-ID"), "params", {}).get("RANGE", "")):
        raise FormatError("an exception changes all later occurrences (RANGE), which Exchange can't store")
    original = file.moment(component, "RECURRENCE-ID")
    own_start = file.moment(component, "DTSTART") or original
    if original is None or own_start is None:
        raise FormatError("an exception of the series has no time")
    return ChangedOccurrence(_instant(original, start, zone), _event_fields(file, component, own_start, zone))


def _instant(moment: Moment, start: Moment, zone: tzinfo) -> EWSDateTime:
    """A time in UTC. A day begins at midnight in `zone`, or, among the exceptions of a series of times, then."""
    value = moment.value
    if isinstance(value, datetime):
        return EWSDateTime.from_datetime(moment.instant)
    if isinstance(start.value, datetime):
        wall = datetime.combine(value, start.value.time())
        return EWSDateTime.from_datetime(Moment(wall, start.zone, None).instant)
    return EWSDateTime.from_datetime(Moment(datetime.combine(value, time()), zone, None).instant)


def _end(start: Moment, end: Moment, zone: tzinfo) -> EWSDateTime:
    """When an event ends, in UTC; at its start at the earliest. Raises: FormatError when it ends before it begins.

    Where the clocks are put back an hour comes twice, and an end in it means the one that the event lasts into; where
    they are put forward an hour is missing, and a start in it may come to lie behind the end.
    """
    begins, ends = _instant(start, start, zone), _instant(end, start, zone)
    if ends < begins and isinstance(end.value, datetime) and start.zone == end.zone:
        ends = max(ends, _instant(Moment(end.value.replace(fold=1), end.zone, end.name), start, zone))
    if ends < begins and (start.zone != end.zone or end.value < start.value):
        raise FormatError(
            f"the event ends before it begins: DTEND {_said(end)} is earlier than DTSTART {_said(start)}; correct one"
            " of them"
        )
    return max(ends, begins)


def _said(moment: Moment) -> str:
    """A time as people read it, with its zone."""
    if not isinstance(moment.value, datetime):
        return str(moment.value)
    zone = getattr(moment.zone, "key", None) or moment.value.replace(tzinfo=moment.zone).strftime("%Z")
    return f"{moment.value:%Y-%m-%d %H:%M:%S} {zone}".strip()


def _later(moment: Moment, by: timedelta) -> Moment:
    """The time so much later: whole days by the clock, hours by the hour (RFC 5545 3.3.6)."""
    try:
        if not isinstance(moment.value, datetime):
            return Moment(moment.value + timedelta(days=by.days), None, None)
        if by.seconds == 0 or moment.zone is None:
            return Moment(moment.value + by, moment.zone, moment.name)
        end = (moment.instant + by).astimezone(moment.zone).replace(tzinfo=None)
    except OverflowError as error:
        raise FormatError("the duration goes beyond the end of time") from error
    return Moment(end, moment.zone, moment.name)


def _next(day: Moment) -> Moment:
    """The day after; the last day there is has none."""
    return day if day.value == date.max else Moment(day.value + timedelta(days=1), None, None)


def _duration(component: Component) -> timedelta:
    found = getattr(first(component, "DURATION"), "dt", None)
    if not isinstance(found, timedelta):
        return timedelta()
    if found < timedelta():
        raise FormatError("it lasts less than nothing: its DURATION has a minus, which is to go")
    return found


def _alarm(component: Component) -> Component | None:
    """The reminder: the first VALARM that shows or sounds something, and has a trigger."""
    alarms = [alarm for alarm in component.walk("VALARM") if first(alarm, "TRIGGER") is not None]
    shown = [alarm for alarm in alarms if text(first(alarm, "ACTION")).upper() in ("DISPLAY", "AUDIO")]
    return next(iter(shown + alarms), None)


def _minutes_before(alarm: Component, start: datetime, end: datetime) -> int:
    line = first(alarm, "TRIGGER")
    trigger = getattr(line, "dt", None)
    before = timedelta()
    if isinstance(trigger, timedelta):
        related = str(getattr(line, "params", {}).get("RELATED", "START")).upper()
        before = -trigger if related != "END" else start - end - trigger
    elif isinstance(trigger, datetime):
        before = start - (trigger if trigger.tzinfo else trigger.replace(tzinfo=timezone.utc))
    return min(max(int(before.total_seconds() // 60), 0), _LONGEST_REMINDER)


def _read_reminder(todo: Component, anchor: Moment | None, zone: tzinfo, fields: dict[str, Any]) -> None:
    """A task is reminded of at a time; one that is relative counts from its start, else when it is due."""
    alarm = _alarm(todo)
    trigger = getattr(first(alarm, "TRIGGER"), "dt", None) if alarm is not None else None
    fields["reminder_is_set"] = trigger is not None
    if isinstance(trigger, datetime):
        fields["reminder_due_by"] = EWSDateTime.from_datetime(
            (trigger if trigger.tzinfo else trigger.replace(tzinfo=zone)).astimezone(timezone.utc)
        )
    elif isinstance(trigger, timedelta) and anchor is not None:
        fields["reminder_due_by"] = EWSDateTime.from_datetime(_instant(anchor, anchor, zone) + trigger)
    elif trigger is not None:
        fields["reminder_is_set"] = False


def _read_progress(file: File, todo: Component, fields: dict[str, Any]) -> None:
    percent = text(first(todo, "PERCENT-COMPLETE")).strip()
    if percent.isdecimal():
        fields["percent_complete"] = float(min(int(percent), 100))
    word = text(first(todo, "STATUS")).strip().upper()
    detail = text(first(todo, TASK_STATUS_PROPERTY)).strip()
    if word == "NEEDS-ACTION" and detail in ("WaitingOnOthers", "Deferred"):
        fields["status"] = detail
    elif word in _STATUS_BY_WORD:
        fields["status"] = _STATUS_BY_WORD[word]
    completed = file.moment(todo, "COMPLETED")
    if completed is not None:
        value = completed.value
        if isinstance(value, datetime):
            fields["complete_date"] = EWSDateTime.from_datetime(completed.instant)
        else:
            fields["complete_date"] = EWSDateTime(value.year, value.month, value.day, tzinfo=timezone.utc)
        fields.setdefault("status", "Completed")


def _refuse_broken(component: Component) -> None:
    """Refuse a component whose times can't be read: it would become an event at another time."""
    wrong = icsfile.broken(
        component, ("DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "EXDATE", "RDATE", "RECURRENCE-ID")
    )
    if wrong is not None:
        raise FormatError(wrong)


def _left_out(component: Component) -> list[str]:
    left_out = [f"a line that can't be read: {message[:120]}" for _, message in component.errors]
    if list(every(component, "ATTACH")):
        left_out.append("attachments (ATTACH)")
    if len(list(component.walk("VALARM"))) > 1:
        left_out.append("all reminders (VALARM) but one")
    return left_out
