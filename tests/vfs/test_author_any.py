"""Any file, edited to any other of its kind: the item says the same as one that was made from the other at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ewsfs.formats.icsparts import Text
from ewsfs.sandbox import Sandbox
from ewsfs.vfs.model import Kind
from ewsfs.vfs.writing import said
from tests.vfs.authoring import Desk, lines

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Sandbox(users={"ada": "secret"}) as sandbox:
        desk = Desk(sandbox, tmp_path_factory.mktemp("desk"))
        yield desk
        desk.close()


def chosen(*options: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    """Some of the lines, each or not."""
    return st.tuples(*(st.just([]) | option for option in options)).map(lambda found: [*itertools.chain(*found)])


def text(name: str, *, long: bool = False) -> st.SearchStrategy[list[str]]:
    """A property with a text that has to be escaped now and then, and nothing that a server trims."""
    alphabet = st.sampled_from("aZ0 é漢😀,;:\\\"'<&N" + ("\n" if long else ""))
    body = st.text(alphabet, min_size=1, max_size=12).map(lambda found: f"x{found}x")
    return body.map(lambda found: [f"{name}:{Text(found).to_ical().decode()}"])


def one_of(name: str, *values: str) -> st.SearchStrategy[list[str]]:
    return st.sampled_from(values).map(lambda value: [f"{name}:{value}"])


PEOPLE = st.lists(st.sampled_from(["bob", "eve", "carol"]), unique=True, min_size=1).map(
    lambda found: [f"ATTENDEE;CN={name.title()};ROLE=REQ-PARTICIPANT:mailto:{name}@example.test" for name in found]
)
OWN = (text("SUMMARY"), text("DESCRIPTION", long=True), one_of("CATEGORIES", "Work", "Work,Home", "Blue"))
COMMON = (*OWN, one_of("CLASS", "PRIVATE", "CONFIDENTIAL", "PUBLIC"), one_of("PRIORITY", "1", "5", "9"))
ALARM = st.sampled_from(["-PT15M", "PT0S", "-P1D"]).map(
    lambda trigger: ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", f"TRIGGER:{trigger}", "END:VALARM"]
)
# A server has its own idea of how busy somebody is who did not say, another one of a new event than of a known one.
BUSY = one_of("TRANSP", "OPAQUE", "TRANSPARENT")
MORE = (text("LOCATION"), PEOPLE, ALARM)
EVENT = st.tuples(BUSY, chosen(*COMMON, *MORE)).map(lambda found: [*found[0], *found[1]])
# An occurrence is as secret and as important as its series.
OCCURRENCE = st.tuples(BUSY, chosen(*OWN, *MORE)).map(lambda found: [*found[0], *found[1]])
RULES = st.sampled_from(["FREQ=DAILY;COUNT=5", "FREQ=DAILY;INTERVAL=2;COUNT=5", "FREQ=WEEKLY;BYDAY=MO,TU;COUNT=6"])


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """Single or recurring, at times or whole days, in zones across the change to summer time."""
    whole_day = draw(st.booleans())
    zone = "" if whole_day else draw(st.sampled_from(["", ";TZID=Europe/Berlin", ";TZID=America/New_York"]))
    start = datetime(2026, 3, 23, 9, 15) + timedelta(days=draw(st.sampled_from([0, 7])))  # Mondays

    def at(name: str, when: datetime) -> str:
        if whole_day:
            return f"{name};VALUE=DATE:{when:%Y%m%d}"
        return f"{name}{zone}:{when:%Y%m%dT%H%M%S}{'' if zone else 'Z'}"

    length = timedelta(days=1) if whole_day else timedelta(minutes=draw(st.sampled_from([0, 30, 90])))
    head = ["BEGIN:VEVENT", "UID:any"]
    found = [*head, at("DTSTART", start), at("DTEND", start + length), *draw(EVENT)]
    exceptions: list[str] = []
    if draw(st.booleans()):
        rule = draw(RULES)
        found.append(f"RRULE:{rule}")
        step = 2 if "INTERVAL" in rule else 7 if "WEEKLY" in rule else 1
        days = [start + timedelta(days=step * n) for n in range(3)]
        for day in days[1:] if step != 7 else days:
            fate = draw(st.sampled_from(["", "", "gone", "changed", "moved"]))
            if fate == "gone" and day != start:
                found.append(at("EXDATE", day))
            elif fate in ("changed", "moved"):
                later = timedelta(minutes=20 if fate == "moved" and not whole_day else 0)
                exceptions += [*head, at("RECURRENCE-ID", day), at("DTSTART", day + later)]
                exceptions += [at("DTEND", day + later + length), *draw(OCCURRENCE), "END:VEVENT"]
    return lines("BEGIN:VCALENDAR", "VERSION:2.0", *found, "END:VEVENT", *exceptions, "END:VCALENDAR")


DAYS = st.dates(date(2020, 1, 1), date(2024, 12, 31))


@st.composite
def tasks(draw: st.DrawFn) -> bytes:
    found = draw(chosen(*COMMON))
    start, due = sorted(draw(st.tuples(DAYS, DAYS)))
    if draw(st.booleans()):
        found.append(f"DTSTART;VALUE=DATE:{start:%Y%m%d}")
    if draw(st.booleans()):
        found.append(f"DUE;VALUE=DATE:{due:%Y%m%d}")
    state = draw(st.sampled_from(["", "NEEDS-ACTION", "IN-PROCESS", "COMPLETED"]))
    if state:
        found.append(f"STATUS:{state}")
    if state == "IN-PROCESS":
        found.append(f"PERCENT-COMPLETE:{draw(st.integers(1, 99))}")
    if state == "COMPLETED":
        found.append(f"COMPLETED:{due:%Y%m%d}T000000Z")
    if draw(st.booleans()):
        trigger = f"TRIGGER;VALUE=DATE-TIME:{start:%Y%m%d}T080000Z"
        found += ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", trigger, "END:VALARM"]
    return lines("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VTODO", "UID:any", *found, "END:VTODO", "END:VCALENDAR")


CONTACT = chosen(
    text("NICKNAME"),
    text("NOTE", long=True),
    text("TITLE"),
    text("ORG"),
    text("SORT-STRING"),
    one_of("BDAY", "1980-02-29", "1815-12-10"),
    one_of("CATEGORIES", "Work", "Blue"),
    one_of("CLASS", "PRIVATE"),
    one_of("EMAIL;TYPE=INTERNET,PREF", "a@x.test", "b@x.test"),
    one_of("EMAIL;TYPE=INTERNET", "c@x.test", "d@x.test"),
    one_of("TEL;TYPE=CELL", "1", "2"),
    one_of("TEL;TYPE=WORK,VOICE", "3", "4"),
    one_of("ADR;TYPE=HOME", ";;1 Street;Town;;123;UK", ";;;Other Town;;;"),
    one_of("ADR;TYPE=WORK", ";;2 Road\\nFloor 3;City;State;9;"),
    one_of("X-MS-IMADDRESS", "ada", "sip:ada@x.test"),
    one_of("PHOTO;ENCODING=b;TYPE=JPEG", "/9j/4AAQ", "/9j/4AAR"),
)


def card(found: list[str]) -> bytes:
    return lines("BEGIN:VCARD", "VERSION:3.0", "N:Lovelace;Ada;;;", "FN:Ada", *found, "END:VCARD")


def group(found: list[str]) -> bytes:
    return lines("BEGIN:VCARD", "VERSION:4.0", "KIND:group", "FN:Team", *found, "END:VCARD")


MEMBERS = st.lists(st.sampled_from(["bob", "eve", "carol"]), unique=True).map(
    lambda found: [f"MEMBER:mailto:{name}@x.test" for name in found]
)
FILES = {
    "event": ("a.ics", events()),
    "task": ("a.ics", tasks()),
    "contact": ("a.vcf", CONTACT.map(card)),
    "list": (
        "a.vcf",
        st.tuples(MEMBERS, chosen(text("NOTE", long=True))).map(lambda found: group([*itertools.chain(*found)])),
    ),
}


def facts(desk: Desk, kind: Kind, item_id: str) -> dict[Any, Any]:
    return said.read(kind, desk.file(kind, item_id)[1], timezone.utc).facts()


def wanting(wanted: dict[Any, Any], found: dict[Any, Any]) -> dict[Any, Any]:
    """What a file says and the item doesn't."""
    return {
        key: (value, found.get(key))
        for key, value in wanted.items()
        if (wanting(value, found.get(key) or {}) if isinstance(value, dict) else value != found.get(key))
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", FILES)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_file_and_any_edit_of_it(desk: Desk, what: str, data: st.DataObject) -> None:
    name, files = FILES[what]
    old, new = data.draw(files, label="old"), data.draw(files, label="new")
    kind, item_id, change_key = desk.create(name, old, upload_id=f"{next(NUMBERS)}")
    assert wanting(said.read(kind, old, timezone.utc).facts(), facts(desk, kind, item_id)) == {}
    new_key = desk.author.update(kind, item_id, change_key, old, new)
    assert desk.item(item_id).changekey == new_key
    assert wanting(said.read(kind, new, timezone.utc).facts(), facts(desk, kind, item_id)) == {}
    _, other, _ = desk.create(name, new, upload_id=f"{next(NUMBERS)}")
    assert facts(desk, kind, item_id) == facts(desk, kind, other)
    # What the server says is the same file each time, and saving it changes nothing.
    now_key, now = desk.file(kind, item_id)
    assert desk.file(kind, item_id) == (now_key, now)
    before = desk.requests()
    assert desk.author.update(kind, item_id, now_key, now, now) == now_key
    assert desk.requests() == before
