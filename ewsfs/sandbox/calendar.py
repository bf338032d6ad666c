"""Series of calendar items: their occurrences, exceptions and deletions, and what is computed from them.

The master of a series keeps its exceptions among its properties, in an element of the sandbox's own: for each changed
occurrence the properties in which it differs. Deleted occurrences stand in DeletedOccurrences. An occurrence is known
by its ordinal, the seconds since 1970 of its original start; `ids.occurrence_id` makes an id of it.

Source: "CalendarView", "OccurrenceItemId", "RecurringMasterItemId", "ModifiedOccurrences", "DeletedOccurrences" in
the EWS reference; "Calendars and EWS in Exchange".

Threading: pure functions of an item; those that change a master change the one that they are given.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from lxml import etree

from ewsfs.sandbox import ids, recurrence, schema
from ewsfs.sandbox.calendar_item import EXCEPTIONS, zone_of
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Item, children, is_private, private, t
from ewsfs.sandbox.recurrence import to_utc, to_wall
from ewsfs.sandbox.values import format_datetime, parse_datetime

LONGEST_VIEW = timedelta(days=2 * 366)
_EXCEPTION = private("Exception")
_OF_SERIES = ("Recurrence", "FirstOccurrence", "LastOccurrence", "ModifiedOccurrences", "DeletedOccurrences")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence of a series.

    ordinal: seconds since 1970 of its original start. index: from 1, deleted ones counted too. start, end: UTC, as
    they are now. changes: the element with what differs from the master, None when nothing does.
    """

    ordinal: int
    index: int
    start: datetime
    end: datetime
    changes: etree._Element | None

    @property
    def original_start(self) -> datetime:
        return datetime.fromtimestamp(self.ordinal, timezone.utc)


def is_series(item: Item) -> bool:
    """Whether an item is the master of a series."""
    return item.kind == "CalendarItem" and item.properties.find(t("Recurrence")) is not None


def is_endless(master: Item) -> bool:
    """Whether a series has no last occurrence."""
    return _series(master).endless


def times(item: Item) -> tuple[datetime, datetime]:
    """Start and end of a calendar item in UTC; the same instant twice when one is missing."""
    start = parse_datetime(item.get("Start") or item.get("End") or format_datetime(item.created))
    end = item.get("End")
    return start, start if end is None else parse_datetime(end)


def _series(master: Item) -> recurrence.Series:
    pattern = master.properties.find(t("Recurrence"))
    if pattern is None:
        raise ResponseError("ErrorCalendarCannotUseIdForRecurringMasterId", "The item isn't a recurring master.")
    return recurrence.series(pattern, times(master)[0], zone_of(master.properties))


def deleted(master: Item) -> set[int]:
    """The ordinals of the deleted occurrences."""
    found = master.properties.findall(f"{t('DeletedOccurrences')}/{t('DeletedOccurrence')}/{t('Start')}")
    return {_ordinal(parse_datetime(element.text or "")) for element in found}


def exceptions(master: Item) -> dict[int, etree._Element]:
    """The changed occurrences: ordinal -> element with the properties that differ."""
    found = master.properties.findall(f"{EXCEPTIONS}/{_EXCEPTION}")
    return {int(element.get("Ordinal", "0")): element for element in found}


def _ordinal(moment: datetime) -> int:
    return int(moment.timestamp())


def occurrences(
    master: Item, start: datetime | None = None, end: datetime | None = None, *, also_deleted: bool = False
) -> Iterator[Occurrence]:
    """The occurrences in the order of their original starts; without `end`, as many as the series has.

    start, end: only those that overlap [start, end), wherever exceptions were moved.
    """
    zone = zone_of(master.properties)
    first, last = (to_wall(moment, zone) for moment in times(master))
    length = last - first
    gone, changed = deleted(master), exceptions(master)
    latest = None if end is None else to_wall(end, zone)
    last_change = max(changed, default=0)
    for index, wall in enumerate(_series(master).walls(), 1):
        begin = to_utc(wall, zone)
        ordinal = _ordinal(begin)
        if latest is not None and wall >= latest and ordinal > last_change:
            return
        if ordinal in gone and not also_deleted:
            continue
        found = _occurrence(ordinal, index, begin, to_utc(wall + length, zone), changed.get(ordinal))
        if _overlaps(found, start, end):
            yield found


def _occurrence(ordinal: int, index: int, start: datetime, end: datetime, changes: etree._Element | None) -> Occurrence:
    if changes is not None:
        new_start, new_end = changes.findtext(t("Start")), changes.findtext(t("End"))
        start = start if new_start is None else parse_datetime(new_start)
        end = end if new_end is None else parse_datetime(new_end)
    return Occurrence(ordinal, index, start, end, changes)


def _overlaps(found: Occurrence, start: datetime | None, end: datetime | None) -> bool:
    if end is not None and found.start >= end:
        return False
    return start is None or found.end > start or found.start >= start


def find_occurrence(master: Item, ordinal: int) -> Occurrence:
    """The occurrence with that ordinal.

    Raises ResponseError: ErrorCalendarOccurrenceIsDeletedFromRecurrence, ErrorItemNotFound when the series has none.
    """
    moment = datetime.fromtimestamp(ordinal, timezone.utc)
    if ordinal in deleted(master):
        raise ResponseError("ErrorCalendarOccurrenceIsDeletedFromRecurrence", "The occurrence was deleted.")
    changed = exceptions(master)
    zone = zone_of(master.properties)
    first, last = (to_wall(one, zone) for one in times(master))
    for index, wall in enumerate(_series(master).walls(), 1):
        begin = to_utc(wall, zone)
        if begin == moment:
            return _occurrence(ordinal, index, begin, to_utc(wall + (last - first), zone), changed.get(ordinal))
        if begin > moment:
            break
    raise ResponseError("ErrorItemNotFound", "The series has no such occurrence.")


def ordinal_of_index(master: Item, index: int) -> int:
    """The ordinal of the occurrence with an InstanceIndex (from 1).

    Raises ResponseError: ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange,
    ErrorCalendarOccurrenceIsDeletedFromRecurrence.
    """
    for number, begin in enumerate(_series(master).starts(), 1):
        if number == index:
            ordinal = _ordinal(begin)
            if ordinal in deleted(master):
                raise ResponseError("ErrorCalendarOccurrenceIsDeletedFromRecurrence", "The occurrence was deleted.")
            return ordinal
        if number > index:
            break
    raise ResponseError("ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", f"The series has no occurrence {index}.")


def occurrence_item(master: Item, found: Occurrence) -> Item:
    """An occurrence as an item of its own, with an id that names it and the master's change key and attachments."""
    properties = copy.deepcopy(master.properties)
    for child in list(properties):
        if is_private(child):
            properties.remove(child)
    for name in _OF_SERIES:
        schema.remove(properties, name)
    schema.set_text(properties, "CalendarItemType", "Occurrence" if found.changes is None else "Exception")
    for change in () if found.changes is None else children(found.changes):
        schema.set_property(properties, copy.deepcopy(change))
    for gone in () if found.changes is None else (found.changes.get("Removed") or "").split():
        schema.remove(properties, gone)
    schema.set_text(properties, "Start", format_datetime(found.start))
    schema.set_text(properties, "End", format_datetime(found.end))
    schema.set_text(properties, "OriginalStart", format_datetime(found.original_start))
    schema.set_text(properties, "RecurrenceId", format_datetime(found.original_start))
    return Item(
        id=ids.occurrence_id(master.id, found.ordinal),
        change_key=master.change_key,
        folder_id=master.folder_id,
        kind=master.kind,
        properties=properties,
        attachments=master.attachments,
        created=master.created,
        modified=master.modified,
    )


def delete_occurrence(master: Item, ordinal: int) -> None:
    """Take an occurrence out of its series. Raises ResponseError as `find_occurrence` does."""
    found = find_occurrence(master, ordinal)
    _forget(master, ordinal)
    gone = master.properties.find(t("DeletedOccurrences"))
    if gone is None:
        gone = etree.Element(t("DeletedOccurrences"))
        schema.insert(master.properties, gone)
    entry = etree.SubElement(gone, t("DeletedOccurrence"))
    etree.SubElement(entry, t("Start")).text = format_datetime(found.original_start)
    gone[:] = sorted(gone, key=lambda one: one.findtext(t("Start")) or "")
    master.mime = None


def change_occurrence(master: Item, ordinal: int, item: Item) -> None:
    """Keep what an occurrence says differently from its master.

    item: what `occurrence_item` gave, with its properties changed. Raises ResponseError as `find_occurrence` does.
    """
    found = find_occurrence(master, ordinal)
    plain = occurrence_item(master, Occurrence(ordinal, found.index, found.original_start, found.end, None))
    exception = etree.Element(_EXCEPTION, Ordinal=str(ordinal))
    before = {child.tag: etree.tostring(child) for child in plain.properties if child.tag != t("ExtendedProperty")}
    for child in children(item.properties):
        if is_private(child) or child.tag == t("ExtendedProperty"):
            continue
        if before.pop(child.tag, None) != etree.tostring(child) or child.tag in {t("Start"), t("End")}:
            exception.append(copy.deepcopy(child))
    removed = [str(tag).rpartition("}")[2] for tag in before]
    if removed:
        exception.set("Removed", " ".join(removed))
    for name in ("CalendarItemType", "OriginalStart", "RecurrenceId"):
        for child in exception.findall(t(name)):
            exception.remove(child)
    _forget(master, ordinal)
    container = master.properties.find(EXCEPTIONS)
    if container is None:
        container = etree.SubElement(master.properties, EXCEPTIONS)
    container.append(exception)
    container[:] = sorted(container, key=lambda one: int(one.get("Ordinal", "0")))
    master.mime = None


def _forget(master: Item, ordinal: int) -> None:
    container = master.properties.find(EXCEPTIONS)
    for entry in () if container is None else list(container):
        if entry.get("Ordinal") == str(ordinal) and container is not None:
            container.remove(entry)


def view(items: Iterable[Item], start: datetime, end: datetime, maximum: int | None = None) -> list[Item]:
    """What a CalendarView shows: single items and occurrences that overlap [start, end), by their start.

    maximum: MaxEntriesReturned. Raises ResponseError: ErrorCalendarViewRangeTooBig over two years,
    ErrorCalendarEndDateIsEarlierThanStartDate.
    """
    if end < start:
        raise ResponseError("ErrorCalendarEndDateIsEarlierThanStartDate", "The view ends before it starts.")
    if end - start > LONGEST_VIEW:
        raise ResponseError("ErrorCalendarViewRangeTooBig", "A calendar view spans two years at most.")
    found: list[Item] = []
    for item in items:
        if item.kind != "CalendarItem":
            continue
        if is_series(item):
            found.extend(occurrence_item(item, one) for one in occurrences(item, start, end))
            continue
        begin, finish = times(item)
        if begin < end and (finish > start or begin >= start):
            found.append(item)
    found.sort(key=lambda one: times(one)[0])
    return found[:maximum]
