"""Series of calendar items: occurrences, exceptions, deletions, views; and the rules of single items."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ewsfs.sandbox import calendar, ids
from ewsfs.sandbox.model import Item, children, t
from ewsfs.sandbox.update import apply_updates
from tests.sandbox.content import NOW, create, refused, render, text, xml

WEEKLY = (
    "<t:CalendarItem><t:Subject>weekly</t:Subject>{more}<t:Start>2024-03-05T10:00:00</t:Start>"
    "<t:End>2024-03-05T11:00:00</t:End>"
    "<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Tuesday</t:DaysOfWeek>"
    "</t:WeeklyRecurrence>{span}</t:Recurrence>"
    '<t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem>'
)
EIGHT = (
    "<t:NumberedRecurrence><t:StartDate>2024-03-05</t:StartDate>"
    "<t:NumberOfOccurrences>8</t:NumberOfOccurrences></t:NumberedRecurrence>"
)
ENDLESS = "<t:NoEndRecurrence><t:StartDate>2024-03-05</t:StartDate></t:NoEndRecurrence>"


def weekly(span: str = EIGHT, more: str = "") -> Item:
    return create(WEEKLY.format(span=span, more=more))


def day(month: int, number: int, year: int = 2024) -> datetime:
    return datetime(year, month, number, tzinfo=timezone.utc)


def change(item: Item, *fields: tuple[str, str]) -> Item:
    updates = "".join(
        f'<t:SetItemField><t:FieldURI FieldURI="{uri}"/><t:CalendarItem><t:{uri.split(":")[1]}>{value}'
        f"</t:{uri.split(':')[1]}></t:CalendarItem></t:SetItemField>"
        for uri, value in fields
    )
    apply_updates(item, children(xml(f"<t:Updates>{updates}</t:Updates>")), now=NOW)
    return item


def starts(items: list[Item]) -> list[str]:
    return [(item.get("Start") or "")[5:16] for item in items]


def test_occurrences_keep_their_wall_time() -> None:
    found = list(calendar.occurrences(weekly()))
    assert [f"{one.start:%m-%d %H}" for one in found] == [
        "03-05 09",
        "03-12 09",
        "03-19 09",
        "03-26 09",
        "04-02 08",
        "04-09 08",
        "04-16 08",
        "04-23 08",
    ]
    assert [one.index for one in found] == list(range(1, 9))


def test_a_view_shows_occurrences_and_no_master() -> None:
    single = create(
        "<t:CalendarItem><t:Start>2024-03-13T10:00:00Z</t:Start><t:End>2024-03-13T11:00:00Z</t:End></t:CalendarItem>"
    )
    found = calendar.view([weekly(ENDLESS), single], day(3, 10), day(3, 27))
    assert starts(found) == ["03-12T09:00", "03-13T10:00", "03-19T09:00", "03-26T09:00"]
    assert [item.get("CalendarItemType") for item in found] == ["Occurrence", None, "Occurrence", "Occurrence"]


def test_a_view_takes_what_overlaps_its_edges() -> None:
    found = calendar.view([weekly()], day(3, 12) + timedelta(hours=9, minutes=30), day(3, 19) + timedelta(hours=9))
    assert starts(found) == ["03-12T09:00"]


def test_views_have_limits() -> None:
    with refused("ErrorCalendarViewRangeTooBig"):
        calendar.view([], day(1, 1), day(1, 3, 2026))
    with refused("ErrorCalendarEndDateIsEarlierThanStartDate"):
        calendar.view([], day(1, 2), day(1, 1))
    assert len(calendar.view([weekly()], day(1, 1), day(12, 31), 3)) == 3


def test_deleted_occurrences_are_gone() -> None:
    master = weekly()
    second = list(calendar.occurrences(master))[1]
    calendar.delete_occurrence(master, second.ordinal)
    assert starts(calendar.view([master], day(3, 1), day(3, 20))) == ["03-05T09:00", "03-19T09:00"]
    assert text(render(master), "DeletedOccurrences/DeletedOccurrence/Start") == "2024-03-12T09:00:00Z"
    for again in (calendar.find_occurrence, calendar.delete_occurrence):
        with refused("ErrorCalendarOccurrenceIsDeletedFromRecurrence"):
            again(master, second.ordinal)


def test_changed_occurrences_keep_their_identity() -> None:
    master = weekly()
    third = list(calendar.occurrences(master))[2]
    item = calendar.occurrence_item(master, third)
    changed = change(
        item,
        ("calendar:Start", "2024-03-20T12:00:00Z"),
        ("calendar:End", "2024-03-20T13:30:00Z"),
        ("item:Subject", "moved"),
    )
    calendar.change_occurrence(master, third.ordinal, changed)
    again = calendar.occurrence_item(master, calendar.find_occurrence(master, third.ordinal))
    element = render(again)
    assert again.id == item.id
    assert [text(element, name) for name in ("Subject", "Start", "End", "OriginalStart", "CalendarItemType")] == [
        "moved",
        "2024-03-20T12:00:00Z",
        "2024-03-20T13:30:00Z",
        "2024-03-19T09:00:00Z",
        "Exception",
    ]
    modified = render(master).find(f"{t('ModifiedOccurrences')}/{t('Occurrence')}")
    assert modified is not None
    assert [text(modified, name) for name in ("Start", "OriginalStart")] == [
        "2024-03-20T12:00:00Z",
        "2024-03-19T09:00:00Z",
    ]


def test_an_exception_is_seen_where_it_was_moved_to() -> None:
    master = weekly(ENDLESS)
    second = next(one for one in calendar.occurrences(master) if one.index == 2)
    item = calendar.occurrence_item(master, second)
    moved = change(item, ("calendar:Start", "2024-03-02T12:00:00Z"), ("calendar:End", "2024-03-02T13:00:00Z"))
    calendar.change_occurrence(master, second.ordinal, moved)
    assert starts(calendar.view([master], day(3, 1), day(3, 4))) == ["03-02T12:00"]
    assert starts(calendar.view([master], day(3, 11), day(3, 14))) == []


def test_what_an_exception_lost_stays_lost() -> None:
    master = weekly(more='<t:Body BodyType="Text">agenda</t:Body>')
    first = next(calendar.occurrences(master))
    item = calendar.occurrence_item(master, first)
    delete = '<t:DeleteItemField><t:FieldURI FieldURI="item:Body"/></t:DeleteItemField>'
    apply_updates(item, children(xml(f"<t:Updates>{delete}</t:Updates>")), now=NOW)
    calendar.change_occurrence(master, first.ordinal, item)
    assert calendar.occurrence_item(master, next(calendar.occurrences(master))).properties.find(t("Body")) is None


def test_a_new_pattern_forgets_exceptions() -> None:
    master = weekly()
    calendar.delete_occurrence(master, next(calendar.occurrences(master)).ordinal)
    change(master, ("calendar:Start", "2024-03-05T10:00:00Z"))
    assert len(list(calendar.occurrences(master))) == 8


def test_masters_tell_their_first_and_last() -> None:
    element = render(weekly())
    assert text(element, "FirstOccurrence/Start") == "2024-03-05T09:00:00Z"
    assert text(element, "LastOccurrence/Start") == "2024-04-23T08:00:00Z"
    assert render(weekly(ENDLESS)).find(t("LastOccurrence")) is None


def test_a_master_is_not_recurring_and_its_occurrence_is() -> None:
    master = weekly()
    occurrence = calendar.occurrence_item(master, next(calendar.occurrences(master)))
    assert text(render(master), "IsRecurring") == "false"
    assert text(render(master), "CalendarItemType") == "RecurringMaster"
    assert text(render(occurrence), "IsRecurring") == "true"
    assert render(occurrence).find(t("Recurrence")) is None


def test_indexes_and_ids_name_occurrences() -> None:
    master = weekly()
    ordinal = calendar.ordinal_of_index(master, 4)
    item = calendar.occurrence_item(master, calendar.find_occurrence(master, ordinal))
    assert ids.split_occurrence(item.id) == (master.id, ordinal)
    with refused("ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"):
        calendar.ordinal_of_index(master, 9)
    with refused("ErrorItemNotFound"):
        calendar.find_occurrence(master, ordinal + 60)


def test_an_occurrence_has_no_recurrence_of_its_own() -> None:
    master = weekly()
    item = calendar.occurrence_item(master, next(calendar.occurrences(master)))
    with refused("ErrorInvalidPropertySet"):
        change(item, ("calendar:Recurrence", ""))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2024-03-30T00:00:00+01:00", "2024-04-01T00:00:00+02:00", ("2024-03-29T23:00:00Z", "2024-03-31T22:00:00Z")),
        ("2024-03-05T08:00:00+01:00", "2024-03-05T09:00:00+01:00", ("2024-03-04T23:00:00Z", "2024-03-05T23:00:00Z")),
        ("2024-03-05T00:00:00+01:00", "2024-03-05T00:00:00+01:00", ("2024-03-04T23:00:00Z", "2024-03-05T23:00:00Z")),
    ],
)
def test_whole_days_go_from_midnight_to_midnight(start: str, end: str, expected: tuple[str, str]) -> None:
    item = create(
        f"<t:CalendarItem><t:Start>{start}</t:Start><t:End>{end}</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent>"
        '<t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem>'
    )
    assert (item.get("Start"), item.get("End")) == expected
    assert item.get("LegacyFreeBusyStatus") == "Free"


def test_whole_days_of_a_series_stay_whole_over_changes_of_the_clock() -> None:
    item = create(
        "<t:CalendarItem><t:Start>2024-03-30T00:00:00+01:00</t:Start><t:End>2024-03-31T00:00:00+01:00</t:End>"
        "<t:IsAllDayEvent>true</t:IsAllDayEvent><t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval>"
        "</t:DailyRecurrence><t:NumberedRecurrence><t:StartDate>2024-03-30</t:StartDate>"
        "<t:NumberOfOccurrences>3</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
        '<t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem>'
    )
    lengths = [(one.end - one.start) // timedelta(hours=1) for one in calendar.occurrences(item)]
    assert lengths == [24, 23, 24]


def test_times_must_make_sense() -> None:
    with refused("ErrorCalendarEndDateIsEarlierThanStartDate"):
        create(
            "<t:CalendarItem><t:Start>2024-03-05T10:00:00Z</t:Start><t:End>2024-03-05T09:00:00Z</t:End></t:CalendarItem>"
        )
    with refused("ErrorCalendarDurationIsTooLong"):
        create(
            "<t:CalendarItem><t:Start>2024-03-05T10:00:00Z</t:Start><t:End>2034-03-05T09:00:00Z</t:End></t:CalendarItem>"
        )


def test_computed_texts() -> None:
    element = render(weekly())
    assert text(element, "Duration") == "PT1H"
    assert text(element, "When") == "Tuesday, 05 March 2024 10:00-11:00"
    zone = element.find(t("StartTimeZone"))
    assert zone is not None
    assert (zone.get("Id"), len(zone)) == ("W. Europe Standard Time", 3)


def test_attendees_make_a_meeting() -> None:
    item = create(
        "<t:CalendarItem><t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>b@example.com</t:EmailAddress>"
        "</t:Mailbox></t:Attendee></t:RequiredAttendees></t:CalendarItem>"
    )
    element = render(item)
    assert text(element, "IsMeeting") == "true"
    assert text(element, "RequiredAttendees/Attendee/ResponseType") == "Unknown"
    assert text(element, "Organizer/Mailbox/EmailAddress") == "ada@example.test"
