"""Series with exceptions, from files onto a sandbox and back: made, edited, finished after a cut."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import cast

import pytest

from ewsfs.ews import EWSDateTime, EWSTimeZone
from ewsfs.ews.folders import Calendar
from ewsfs.ews.items import CalendarItem
from ewsfs.ews.recurrence import DailyPattern, Recurrence
from ewsfs.formats import icsread
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import VfsError
from ewsfs.vfs.model import Kind
from tests.vfs.authoring import Desk, lines
from tests.vfs.conftest import refused

UTC = timezone.utc


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(sandbox, tmp_path)
    yield desk
    desk.close()


def occurrence(day: str, *more: str, at: str = "", zone: str = "", form: str = "091500") -> list[str]:
    start = f"{day}T{form}" + ("" if zone else "Z")
    own = at or start
    return [
        "BEGIN:VEVENT",
        "UID:weekly-1",
        f"RECURRENCE-ID{zone}:{start}",
        f"DTSTART{zone}:{own}",
        *more,
        "END:VEVENT",
    ]


def series(
    *exceptions: list[str],
    rule: str = "FREQ=WEEKLY;COUNT=10",
    summary: str = "Weekly",
    more: tuple[str, ...] = (),
    zone: str = "",
) -> bytes:
    """Mondays at 9:15 from 2 March 2026, for half an hour."""
    end = "" if zone else "Z"
    return lines(
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:weekly-1",
        f"DTSTART{zone}:20260302T091500{end}",
        f"DTEND{zone}:20260302T094500{end}",
        f"RRULE:{rule}",
        f"SUMMARY:{summary}",
        *more,
        "END:VEVENT",
        *(line for each in exceptions for line in each),
        "END:VCALENDAR",
    )


MOVED = occurrence("20260309", "DTEND:20260309T123000Z", "SUMMARY:Weekly", at="20260309T120000Z")
RENAMED = occurrence("20260316", "DTEND:20260316T094500Z", "SUMMARY:Retrospective", "LOCATION:Garden")
GONE = ("EXDATE:20260323T091500Z",)


def seen(desk: Desk) -> dict[str, str]:
    """What the calendar shows until May, by start: subjects and places."""
    folder = desk.account.folder(desk.folders["calendar"], folder_class="IPF.Appointment")
    assert isinstance(folder, Calendar)
    view = folder.view(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
    return {
        f"{item.start.astimezone(UTC):%m%d %H%M}": f"{item.subject}{' @' + item.location if item.location else ''}"
        for item in view
        if item.start is not None
    }


def agrees(desk: Desk, item_id: str, data: bytes) -> None:
    """The server's own file says what `data` says."""
    wanted = icsread.parse_event(data)
    found = icsread.parse_event(desk.file(desk.author.kind_of("a.ics", data), item_id)[1])
    assert {name: found.master.get(name) for name in wanted.master} == wanted.master
    assert found.deleted == wanted.deleted
    assert [each.original_start for each in found.exceptions] == [each.original_start for each in wanted.exceptions]
    for theirs, ours in zip(found.exceptions, wanted.exceptions, strict=True):
        assert {name: theirs.fields.get(name) for name in ours.fields} == ours.fields


def test_series_with_exceptions(desk: Desk) -> None:
    data = series(MOVED, RENAMED, more=GONE)
    _, item_id, change_key = desk.create("a.ics", data)
    assert desk.item(item_id).changekey == change_key
    agrees(desk, item_id, data)
    shown = seen(desk)
    assert shown["0309 1200"] == "Weekly"
    assert shown["0316 0915"] == "Retrospective @Garden"
    assert "0309 0915" not in shown
    assert "0323 0915" not in shown
    assert len(shown) == 8  # of ten, one is gone and one lies in May


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (series(), series(summary="Other")),
        (series(), series(MOVED)),
        (series(), series(MOVED, RENAMED, more=GONE)),
        (series(RENAMED), series(occurrence("20260316", "DTEND:20260316T094500Z", "SUMMARY:Again"))),
        (series(RENAMED), series(RENAMED, summary="Other")),
        (series(MOVED, RENAMED, more=GONE), series(MOVED, RENAMED)),
        (series(MOVED, RENAMED, more=GONE), series()),
        (series(more=GONE), series(occurrence("20260323", "DTEND:20260323T094500Z", "SUMMARY:Back"))),
        (series(MOVED), series(more=("EXDATE:20260309T091500Z",))),
        (series(MOVED, RENAMED, more=GONE), series(MOVED, RENAMED, more=GONE, rule="FREQ=WEEKLY;COUNT=20")),
        (series(MOVED), series(rule="FREQ=DAILY;COUNT=3")),
    ],
    ids=[
        "master", "first exception", "all kinds", "changed again", "master under exceptions", "restored",
        "all restored", "back and changed", "moved, then deleted", "longer", "another rule",
    ],
)  # fmt: skip
def test_edited_series(desk: Desk, before: bytes, after: bytes) -> None:
    kind, item_id, change_key = desk.create("a.ics", before)
    new_key = desk.author.update(kind, item_id, change_key, before, after)
    assert new_key == desk.item(item_id).changekey != change_key
    agrees(desk, item_id, after)


def test_series_becomes_single_and_back(desk: Desk) -> None:
    single = series().replace(b"RRULE:FREQ=WEEKLY;COUNT=10\r\n", b"")
    kind, item_id, change_key = desk.create("a.ics", series(MOVED))
    change_key = desk.author.update(kind, item_id, change_key, series(MOVED), single)
    assert list(seen(desk)) == ["0302 0915"]
    desk.author.update(kind, item_id, change_key, single, series(RENAMED))
    agrees(desk, item_id, series(RENAMED))


def test_edit_of_one_occurrence_leaves_the_others_what_no_file_says(desk: Desk) -> None:
    data = series(RENAMED)
    kind, item_id, change_key = desk.create("a.ics", data)
    item = cast(CalendarItem, desk.item(item_id))
    item.allow_new_time_proposal = False
    item.save()
    change_key, base = desk.file(kind, item_id)
    desk.author.update(kind, item_id, change_key, base, base.replace(b"SUMMARY:Retrospective", b"SUMMARY:Review"))
    assert cast(CalendarItem, desk.item(item_id)).allow_new_time_proposal is False
    assert seen(desk)["0316 0915"] == "Review @Garden"


def test_series_across_summer_time_in_its_own_zone(desk: Desk) -> None:
    zone = ";TZID=Europe/Berlin"
    changed = occurrence("20260406", "DTEND;TZID=Europe/Berlin:20260406T094500", "SUMMARY:Easter", zone=zone)
    data = series(changed, zone=zone, more=("EXDATE;TZID=Europe/Berlin:20260330T091500",))
    _, item_id, _ = desk.create("a.ics", data)
    shown = seen(desk)
    assert shown["0302 0815"] == "Weekly"
    assert shown["0406 0715"] == "Easter"
    assert "0330 0715" not in shown
    agrees(desk, item_id, data)


def test_whole_days_of_another_zone(desk: Desk) -> None:
    """The item's days begin at midnight in its own zone; the file of them has none."""
    folder = desk.account.folder(desk.folders["calendar"], folder_class="IPF.Appointment")
    berlin = EWSTimeZone("Europe/Berlin")
    start = EWSDateTime(2026, 3, 2, tzinfo=berlin)
    made = CalendarItem(
        folder=folder,
        subject="Fair",
        start=start,
        end=start + timedelta(days=1),
        is_all_day=True,
        recurrence=Recurrence(pattern=DailyPattern(interval=1), start=start.date(), number=5),
    ).save()
    assert isinstance(made, CalendarItem)
    item_id = made.item_id or ""
    change_key, base = desk.file(Kind.EVENT, item_id)
    base = base.replace(b"\r\n ", b"")  # unfolded, as an editor may leave it
    edited = base.replace(b"SUMMARY:Fair\r\n", b"SUMMARY:Fair\r\nEXDATE;VALUE=DATE:20260303\r\n")
    uid = next(line for line in base.split(b"\r\n") if line.startswith(b"UID:"))
    exception = (
        b"BEGIN:VEVENT",
        uid,
        b"RECURRENCE-ID;VALUE=DATE:20260304",
        b"DTSTART;VALUE=DATE:20260304",
        b"DTEND;VALUE=DATE:20260305",
        b"SUMMARY:Fair with guests",
        b"END:VEVENT",
        b"END:VCALENDAR",
    )
    edited = edited.replace(b"END:VCALENDAR", b"\r\n".join(exception))
    desk.author.update(Kind.EVENT, item_id, change_key, base, edited)
    found = desk.file(Kind.EVENT, item_id)[1]
    assert b"EXDATE;VALUE=DATE:20260303" in found
    assert b"RECURRENCE-ID;VALUE=DATE:20260304" in found
    assert b"SUMMARY:Fair with guests" in found
    assert cast(CalendarItem, desk.item(item_id)).start == start


def test_change_of_no_occurrence_is_refused_and_makes_nothing(desk: Desk) -> None:
    stray = occurrence("20260310", "SUMMARY:Tuesday")
    with pytest.raises(VfsError, match="2026-03-10"):
        desk.create("a.ics", series(stray))
    assert seen(desk) == {}
    kind, item_id, change_key = desk.create("a.ics", series())
    with refused(errno.EINVAL):
        desk.author.update(kind, item_id, change_key, series(), series(stray))


def test_deleted_day_that_the_series_never_had_is_no_matter(desk: Desk) -> None:
    _, item_id, _ = desk.create("a.ics", series(more=("EXDATE:20260310T091500Z", *GONE)))
    assert len(cast(CalendarItem, desk.item(item_id)).deleted_occurrences) == 1


def test_edit_of_a_series_whose_clock_is_unknown_here(desk: Desk) -> None:
    """Its zone is described in the file alone, and none that has a name is like it."""
    odd = lines(
        "BEGIN:VTIMEZONE",
        "TZID:Odd",
        "BEGIN:STANDARD",
        "DTSTART:20000101T000000",
        "TZOFFSETFROM:+0017",
        "TZOFFSETTO:+0017",
        "END:STANDARD",
        "END:VTIMEZONE",
    )
    changed = occurrence("20260309", "DTEND;TZID=Odd:20260309T094500", "SUMMARY:Odd", zone=";TZID=Odd")
    data = series(changed, zone=";TZID=Odd").replace(b"BEGIN:VEVENT", odd + b"BEGIN:VEVENT", 1)
    kind, item_id, key = desk.create("a.ics", data)
    assert seen(desk)["0309 0858"] == "Odd"
    desk.author.update(kind, item_id, key, data, data.replace(b"SUMMARY:Odd", b"SUMMARY:Even"))
    assert seen(desk)["0309 0858"] == "Even"


def test_copy_of_a_series_in_the_same_folder_is_left_alone(desk: Desk) -> None:
    """Both have one UID, and happen at the same times."""
    kind, first, key = desk.create("a.ics", series(), upload_id="1")
    _, second, _ = desk.create("b.ics", series(), upload_id="2")
    desk.author.update(kind, first, key, series(), series(RENAMED, more=GONE))
    agrees(desk, first, series(RENAMED, more=GONE))
    agrees(desk, second, series())


def test_exceptions_of_years_are_found(desk: Desk) -> None:
    days = [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(weeks=n) for n in (1, 30, 99, 150)]
    changed = [
        occurrence(f"{day:%Y%m%d}", f"DTEND:{day:%Y%m%d}T094500Z", f"SUMMARY:Number {n}") for n, day in enumerate(days)
    ]
    data = series(*changed, rule="FREQ=WEEKLY")
    _, item_id, _ = desk.create("a.ics", data)
    agrees(desk, item_id, data)


@pytest.mark.parametrize("lost", ["change_occurrences", "delete_occurrences"])
@pytest.mark.parametrize("carried_out", [True, False])
def test_series_that_was_cut_short_is_finished(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, lost: str, carried_out: bool
) -> None:
    """A killed process left the series without (all of) its exceptions: an update from what is there finishes it."""
    data = series(MOVED, RENAMED, more=GONE)
    with monkeypatch.context() as patch:
        whole = getattr(desk.remote, lost)

        def cut(given: object) -> None:
            if carried_out:
                whole(given)
            raise KeyboardInterrupt

        patch.setattr(desk.remote, lost, cut)
        with pytest.raises(KeyboardInterrupt):
            desk.create("a.ics", data, upload_id="cut")
    kind = desk.author.kind_of("a.ics", data)
    found = desk.remote.find_upload(desk.home(kind), "cut")
    assert found is not None
    item_id, _ = found
    change_key, base = desk.file(kind, item_id)
    desk.author.update(kind, item_id, change_key, base, data)
    agrees(desk, item_id, data)
    assert len(seen(desk)) == 8
