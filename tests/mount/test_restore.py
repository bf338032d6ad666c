"""A backup made with everybody's tools, and brought back with them: the same mailbox again, each item once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.mount.conftest import MakeMount, mounts_of
from tests.mount.driver import Home, Mount, SandboxProcess, counted, tool, wait_for
from tests.mount.letters import Letters
from tests.mount.logs import Checker

ATTACHMENTS = ".attachments"
# Where the odd things are.
SOME = ("Letters", "Inbox/Odd mail", "Contacts", "Tasks")
CHANGING = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "CreateAttachment", "DeleteAttachment"}


RSYNC = ("rsync", "-aR", "--itemize-changes")


def parts(top: Path) -> list[str]:
    """The folders to be copied, in a way that rsync makes the same folders of them."""
    return [f"{top}/./{name}" for name in SOME]


class File(NamedTuple):
    data: bytes
    mtime: int


Tree = dict[str, "File | None"]


def tree(top: Path) -> Tree:
    """All that is below a folder, by relative path; None for folders. Times are whole seconds."""
    found: Tree = {}
    for path, folders, names in os.walk(top):
        for name in folders:
            found[os.path.relpath(os.path.join(path, name), top)] = None
        for name in names:
            file = Path(path, name)
            found[os.path.relpath(file, top)] = File(file.read_bytes(), int(file.stat().st_mtime))
    return found


def has_the_same_names(one: Path, other: Path) -> bool:
    return tree(one).keys() == tree(other).keys()


def must_be_equal(wanted: Tree, found: Tree) -> None:
    """Raises: AssertionError that names what differs."""
    missing = [f"missing: {name}" for name in wanted.keys() - found.keys()]
    more = [f"more: {name}" for name in found.keys() - wanted.keys()]
    other = []
    for name in wanted.keys() & found.keys():
        a, b = wanted[name], found[name]
        if a != b:
            what = "another time" if a is not None and b is not None and a.data == b.data else "other bytes"
            other.append(f"{what}: {name}")
    differences = sorted([*missing, *more, *other])
    assert not differences, "\n".join(differences)


def some(top: Path) -> Tree:
    """As `tree`, of the folders that were copied alone."""
    return {name: file for name, file in tree(top).items() if name.startswith(SOME)}


def items_of(files: Tree) -> Counter[str]:
    """How many items each folder has, by its name."""
    found = Counter[str]()
    for name, file in files.items():
        if file is not None and ATTACHMENTS not in name:
            found[Path(name).parent.name] += 1
    return found


def items_on(sandbox: SandboxProcess) -> Counter[str]:
    found = Counter[str]()
    for folder in sandbox.server.folders():
        found[folder.name] += len(sandbox.server.items(folder.id))
    return +found


@pytest.fixture(scope="module")
def own(
    any_binding: str, tmp_path_factory: pytest.TempPathFactory, checker: Checker
) -> Iterator[tuple[SandboxProcess, MakeMount]]:
    """A mailbox of this module's own, empty at first, and a maker of mounts of it."""
    home = Home(tmp_path_factory.mktemp("restore"), any_binding)
    sandbox = SandboxProcess(home, checker)
    try:
        with mounts_of(home, checker) as make:
            yield sandbox, make
    finally:
        sandbox.stop()


@pytest.fixture(scope="module")
def backup(
    any_binding: str,
    sample: tuple[SandboxProcess, Letters],
    tmp_path_factory: pytest.TempPathFactory,
    checker: Checker,
) -> Path:
    """A local copy of the sample mailbox's oddest folders."""
    home = Home(tmp_path_factory.mktemp("source"), any_binding)
    with mounts_of(home, checker) as make, make(sample[0]).mounted() as mount:
        path = home.path / "backup"
        tool(*RSYNC, *parts(mount.path), path)
    return path


@pytest.fixture(scope="module")
def restored(backup: Path, own: tuple[SandboxProcess, MakeMount]) -> Iterator[Mount]:
    """A mailbox that was empty until rsync brought the copy back."""
    sandbox, make = own
    with make(sandbox).mounted() as mount:
        tool(*RSYNC, *parts(backup), mount.path)
        yield mount


def test_rsync_restores_every_file_its_bytes_and_its_time(backup: Path, restored: Mount) -> None:
    must_be_equal(some(backup), some(restored.path))
    assert list((restored.path / ".ewsfs" / "unsaved").iterdir()) == []


def test_each_item_is_there_once(
    backup: Path, restored: Mount, own: tuple[SandboxProcess, MakeMount], sample: tuple[SandboxProcess, Letters]
) -> None:
    wanted = items_of(some(backup))
    assert items_on(own[0]) == wanted
    there = items_on(sample[0])
    assert [wanted[name] for name in ("Letters", "Odd mail")] == [there[name] for name in ("Letters", "Odd mail")]


def test_a_second_rsync_changes_nothing(backup: Path, restored: Mount, own: tuple[SandboxProcess, MakeMount]) -> None:
    said: list[str] = []
    calls = counted(own[0].server, lambda: said.append(tool(*RSYNC, *parts(backup), restored.path)))
    assert said == [""]
    assert not CHANGING & calls.keys()


def test_what_was_lost_comes_back_into_the_same_folder(
    backup: Path, restored: Mount, own: tuple[SandboxProcess, MakeMount]
) -> None:
    letters = restored.path / "Letters"
    lost = sorted(path for path in letters.iterdir() if path.suffix == ".eml")[::4]
    tool("rm", *lost)
    assert not any(path.exists() for path in lost)
    said = tool(*RSYNC, *parts(backup), restored.path).splitlines()
    brought = [line for line in said if line.startswith((">f", "<f"))]
    assert len([line for line in brought if ATTACHMENTS not in line]) == len(lost)
    must_be_equal(tree(backup / "Letters"), tree(letters))
    assert items_on(own[0])["Letters"] == items_of(tree(backup))["Letters"]
    assert tool(*RSYNC, *parts(backup), restored.path) == ""


def test_another_machine_sees_the_same_mailbox(
    backup: Path, restored: Mount, own: tuple[SandboxProcess, MakeMount]
) -> None:
    sandbox, make = own
    wanted = tree(backup)
    with make(sandbox, name="elsewhere", cache="cache-elsewhere").mounted() as elsewhere:
        found = tree(elsewhere.path)
    assert {name for name in found if name.startswith(SOME)} == {name for name in wanted if name.startswith(SOME)}
    for name, file in wanted.items():
        # Exchange keeps the properties of events, tasks and contacts, not their bytes; and of meeting messages.
        if file is not None and name.startswith("Letters/"):
            assert found[name] == file, name


@pytest.mark.parametrize("way", ["tar", "cp -a"])
def test_other_tools_restore_too(
    way: str, backup: Path, mailbox: SandboxProcess, any_home: Home, checker: Checker, tmp_path: Path
) -> None:
    archive = tmp_path / "mail.tar"
    if way == "tar":
        tool("tar", "-C", backup, "-cf", archive, *SOME)

    def restore(top: Path, *options: str) -> None:
        if way == "tar":
            tool("tar", "-C", top, *options, "-xf", archive)
            return
        for name in SOME:
            tool("cp", "-a", backup / name, (top / name).parent)

    with mounts_of(any_home, checker) as make, make(mailbox).mounted() as mount:
        restore(mount.path)
        for name in SOME:
            wait_for(partial(has_the_same_names, mount.path / name, backup / name), name)
            must_be_equal(tree(backup / name), tree(mount.path / name))
        assert items_on(mailbox) == items_of(tree(backup))  # and nothing in Deleted Items
        calls = counted(mailbox.server, lambda: restore(mount.path, "--overwrite"))
        assert not CHANGING & calls.keys()
        for name in SOME:
            must_be_equal(tree(backup / name), tree(mount.path / name))
        assert items_on(mailbox) == items_of(tree(backup))
        if way == "tar":
            # The attachments of attached messages, to any depth, are on the way.
            tool("rm", "-r", mount.path / "Letters")
            assert items_on(mailbox)["Deleted Items"] == items_of(tree(backup))["Letters"]
        assert list((mount.path / ".ewsfs" / "unsaved").iterdir()) == []
