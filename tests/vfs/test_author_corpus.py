"""Calendars and contacts that nobody here wrote, put into a mailbox: what comes back says what they said."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import timezone
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import VfsError
from ewsfs.vfs.model import Kind
from ewsfs.vfs.writing import said
from tests.vfs.authoring import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One mailbox for all files: each is created under its own name."""
    with Sandbox(users={"ada": "secret"}) as sandbox:
        desk = Desk(sandbox, tmp_path_factory.mktemp("desk"))
        yield desk
        desk.close()


# What a server has in another form than some files do.
OTHERWISE: dict[str, tuple[str, ...]] = {
    "mangstadt+ez-vcard--outlook-2003.vcf": ("body",),  # an empty line at its end
    "stalwartlabs+calcard--156.ics": ("resources",),  # a space in a mail address
    # Days are taken away that the series never had.
    "stalwartlabs+calcard--021.ics": ("occurrence",),
    "stalwartlabs+calcard--043.ics": ("occurrence",),
}


def differing(wanted: dict[Any, Any], found: dict[Any, Any], path: tuple[Any, ...] = ()) -> dict[Any, Any]:
    """What is wanted and isn't found; what is found besides is the server's own."""
    wrong: dict[Any, Any] = {}
    for key, value in wanted.items():
        if isinstance(value, dict) and isinstance(found.get(key), dict):
            wrong |= differing(value, found[key], (*path, key))
        elif value != found.get(key):
            here = (*path, key)
            wrong[here] = (value, found.get(key))
    return wrong


def subject(key: tuple[Any, ...]) -> Any:
    """What a difference is about: the name of a field, or "occurrence"."""
    return key[0][0] if isinstance(key[0], tuple) else key[0]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("folder", ["ics", "vcf"])
def test_foreign_files(desk: Desk, corpus: Path, folder: str) -> None:
    made = 0
    wrong = {}
    for path in sorted((corpus / folder).iterdir()):
        data = path.read_bytes()
        try:
            kind, item_id, change_key = desk.create(path.name, data, upload_id=path.name)
        except VfsError as error:
            if error.errno != errno.EINVAL:
                raise
            continue
        made += 1
        now_key, now = desk.file(kind, item_id)
        assert now_key == change_key, f"{path.name}: the key isn't that of the whole item"
        assert desk.file(kind, item_id) == (now_key, now), f"{path.name}: another file at the second look"
        parses(kind, now)
        found = differing(said.read(kind, data, timezone.utc).facts(), said.read(kind, now, timezone.utc).facts())
        known = OTHERWISE.get(path.name, ())
        found = {key: values for key, values in found.items() if subject(key) not in known}
        if found:
            wrong[path.name] = found
        # Saved over by the foreign file once more: all is there already, or can be said again.
        again = desk.author.update(kind, item_id, now_key, now, data)
        assert desk.item(item_id).changekey == again
    assert made > 50
    assert wrong == {}


def parses(kind: Kind, data: bytes) -> None:
    """Other readers take what we make of it."""
    if kind in (Kind.CONTACT, Kind.LIST):
        (card,) = vobject.readComponents(data.decode())
        assert card.name == "VCARD"
    else:
        calendar = icalendar.Calendar.from_ical(data)
        assert calendar.walk("VEVENT") or calendar.walk("VTODO")
