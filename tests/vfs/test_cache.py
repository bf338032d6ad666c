"""Slots of the cache: one for each mount, free again when it ends."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ewsfs.vfs import VfsError
from ewsfs.vfs.known.cache import left_behind, take_slot


def test_each_mount_has_its_own_slot(tmp_path: Path) -> None:
    with take_slot(tmp_path, "ada@example.test") as one, take_slot(tmp_path, "Ada@example.test") as two:
        assert one.path.parent == two.path.parent
        assert one.path != two.path
    with take_slot(tmp_path, "ada@example.test") as again:
        assert again.path == one.path


def test_only_the_owner_can_look_inside(tmp_path: Path) -> None:
    with take_slot(tmp_path / "cache", "ada@example.test") as slot:
        for folder in (slot.path, slot.content, slot.spool):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_address_is_one_folder_whatever_it_holds(tmp_path: Path) -> None:
    with take_slot(tmp_path, "../x/y@example.test") as slot:
        assert slot.path.parent.parent == tmp_path


def test_slots_that_nobody_holds_are_left_behind(tmp_path: Path) -> None:
    with take_slot(tmp_path, "a@b") as mine:
        with take_slot(tmp_path, "a@b") as other:
            dead = other.path
            with left_behind(tmp_path, "a@b", mine) as slots:
                assert slots == []
        with left_behind(tmp_path, "a@b", mine) as slots:
            assert [slot.path for slot in slots] == [dead]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VfsError, match="--cache-dir"):
        take_slot(tmp_path / "file", "a@b")
