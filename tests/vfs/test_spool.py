"""What was written is on disk, and is found again by whoever comes next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ewsfs.vfs.model import Entry, Kind
from ewsfs.vfs.writing.journal import Pending, State
from ewsfs.vfs.writing.spool import Spool


def written(spool: Spool, name: str = "a.eml", data: bytes = b"Subject: x\n\n") -> Pending:
    pending = spool.create("folder", name)
    pending.data.write_bytes(data)
    return pending


def test_a_file_is_found_by_name_without_case(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    pending = written(spool)
    assert spool.find("folder", "A.EML") is pending
    assert spool.find("other", "a.eml") is None
    assert spool.in_place("folder") == [pending]


def test_it_outlives_the_process(tmp_path: Path) -> None:
    first = written(Spool(tmp_path))
    again = Spool(tmp_path).find("folder", "a.eml")
    assert again is not None
    assert again.journal == first.journal
    assert again.data.read_bytes() == b"Subject: x\n\n"


def test_states_are_kept(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    pending = written(spool)
    pending.journal.state = State.UNSAVED
    pending.journal.reason = "because"
    spool.save(pending)
    (again,) = Spool(tmp_path).in_state(State.UNSAVED)
    assert again.journal.reason == "because"
    assert Spool(tmp_path).find("folder", "a.eml") is None


def test_a_dropped_file_leaves_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.drop(written(spool))
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_mount_left_is_adopted(tmp_path: Path) -> None:
    dead, mine = tmp_path / "dead", tmp_path / "mine"
    dead.mkdir()
    mine.mkdir()
    written(Spool(dead))
    spool = Spool(mine)
    spool.adopt(dead)
    adopted = spool.find("folder", "a.eml")
    assert adopted is not None
    assert adopted.data.read_bytes() == b"Subject: x\n\n"
    assert list(dead.iterdir()) == []


def test_a_journal_cut_short_is_left_alone_and_the_others_are_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    written(spool)
    broken = tmp_path / "broken.json"
    broken.write_text('{"id": "bro')
    half = tmp_path / "half.new"
    half.write_text("{")
    assert Spool(tmp_path).find("folder", "a.eml") is not None
    assert broken.exists()
    assert not half.exists()


@pytest.mark.parametrize("damage", [b"", b'{"id": "x"}', b'{"state": "later", "more": 1}', b"\xff\xfe"])
def test_a_journal_that_can_not_be_read_hides_no_bytes(tmp_path: Path, damage: bytes) -> None:
    pending = written(Spool(tmp_path))
    (tmp_path / f"{pending.journal.id}.json").write_bytes(damage)
    again = Spool(tmp_path)
    (found,) = again.in_state(State.UNSAVED)
    assert found.data.read_bytes() == b"Subject: x\n\n"
    assert (tmp_path / f"{pending.journal.id}.json").read_bytes() == damage
    again.drop(found)
    assert list(tmp_path.iterdir()) == []


def test_bytes_without_a_journal_are_nobodys(tmp_path: Path) -> None:
    pending = written(Spool(tmp_path))
    pending.base.write_bytes(b"before")
    (tmp_path / f"{pending.journal.id}.json").unlink()
    Spool(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", ["link", "replace", "unlink"])
@pytest.mark.parametrize("next_mount", ["mine", "dead"])
def test_adopting_that_is_cut_off_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: str, next_mount: str
) -> None:
    """Whichever of the two slots the next mount gets."""
    dead, mine = tmp_path / "dead", tmp_path / "mine"
    dead.mkdir()
    mine.mkdir()
    written(Spool(dead)).base.write_bytes(b"before")
    spool = Spool(mine)

    def killed(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path if cut == "unlink" else os, cut, killed)
        with pytest.raises(KeyboardInterrupt):
            spool.adopt(dead)
    taken, other = (mine, dead) if next_mount == "mine" else (dead, mine)
    after = Spool(taken)
    after.adopt(other)
    (found,) = after.in_state(State.OPEN)
    assert (found.data.read_bytes(), found.base.read_bytes()) == (b"Subject: x\n\n", b"before")
    Spool(other)
    assert list(other.iterdir()) == []


def test_a_file_written_once_more_replaces_the_item_it_became(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    pending = written(spool, data=b"first ")
    pending.file = open(pending.data, "r+b", buffering=0)  # noqa: SIM115 - closed below, as the writer does
    old = pending.journal.id
    spool.drop(pending)
    pending.entry = Entry("item-1", "key-1", Kind.MAIL, "a.eml", 6, True, 0, 0, False, True)
    spool.again(pending, half=True)
    pending.file.close()
    assert pending.journal.id != old
    (again,) = Spool(tmp_path).in_state(State.OPEN)
    assert (again.journal.replaces, again.journal.base_key, again.journal.half) == ("item-1", "key-1", True)
    assert (again.data.read_bytes(), again.base.read_bytes()) == (b"first ", b"first ")
