"""A day's work in a file manager: Thunar on a real mount, with mouse and keyboard.

What comes of it is looked at in the local folder, in the mount, and at the server, which is asked without code of ours.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.desktop import desktop
from tests.desktop.desktop import Desktop
from tests.mount.conftest import BINDINGS
from tests.mount.conftest import why_not as why_no_mount
from tests.mount.driver import Home, Mount, SandboxProcess, wait_for
from tests.mount.letters import tiny
from tests.mount.logs import Checker

pytestmark = pytest.mark.mount

FIGURES = bytes(range(256)) * 300
MANY = 2000
LAST_OF_MANY = f"2026-03-02 0033 Number {MANY - 1}.eml"


def letter(subject: str) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Charles Babbage <charles@example.test>"
    message["To"] = "Ada Lovelace <ada@example.test>"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Mar 2026 09:15:00 +0000"
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@example.test>"
    message.set_content("See attached.\n")
    return message


def with_figures() -> bytes:
    message = letter("Quarterly report")
    message.add_attachment(FIGURES, maintype="application", subtype="octet-stream", filename="figures.bin")
    message.set_boundary("=-=")
    return message.as_bytes()


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    reasons = {binding: why_no_mount(binding) for binding in BINDINGS}
    binding = next((binding for binding, reason in reasons.items() if reason is None), None)
    if binding is None:
        pytest.skip("; ".join(reason for reason in reasons.values() if reason))
    reason = desktop.why_not()
    if reason is not None:
        pytest.skip(reason)
    return Home(tmp_path_factory.mktemp("desktop"), binding)


@pytest.fixture(scope="module")
def sandbox(home: Home, checker: Checker) -> Iterator[SandboxProcess]:
    """A mailbox with a folder for the day's work, and one of thousands."""
    sandbox = SandboxProcess(home, checker)
    try:
        top = sandbox.server.folder("msgfolderroot")
        sandbox.server.add_messages(sandbox.server.make_folder(top, "Work"), [with_figures()])
        sandbox.server.add_messages(sandbox.server.make_folder(top, "Many"), [tiny(n) for n in range(MANY)])
        yield sandbox
    finally:
        sandbox.stop()


@pytest.fixture(scope="module")
def mount(home: Home, sandbox: SandboxProcess, checker: Checker) -> Iterator[Mount]:
    with Mount(home, checker, sandbox.endpoint, "--ttl", "3600").mounted() as mount:
        yield mount


@pytest.fixture(scope="module")
def screen(home: Home, mount: Mount) -> Iterator[Desktop]:
    with Desktop(home) as screen:
        yield screen


def folder_id(sandbox: SandboxProcess, name: str) -> str:
    return next(folder.id for folder in sandbox.server.folders() if folder.name == name)


def mimes(sandbox: SandboxProcess, name: str) -> list[bytes]:
    """What the server has in a folder."""
    ids = sandbox.server.items(folder_id(sandbox, name))
    return sorted(mime for _, mime in sandbox.server.kinds_and_mimes(ids))


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def holds(path: Path, data: bytes) -> bool:
    return path.exists() and path.read_bytes() == data


def test_a_days_work(screen: Desktop, mount: Mount, sandbox: SandboxProcess, tmp_path: Path, checker: Checker) -> None:
    work, trash = mount.path / "Work", mount.path / "Deleted Items"
    report = "2026-03-02 0915 Quarterly report"
    note = letter("Tides").as_bytes()
    downloads, outgoing = tmp_path / "Downloads", tmp_path / "Outgoing"
    downloads.mkdir()
    outgoing.mkdir()
    (outgoing / "note.eml").write_bytes(note)

    # An attachment is dragged out.
    here = screen.show(mount.path)
    screen.open(here, "Work")
    screen.open(here, f"{report}.attachments")
    there = screen.show(downloads, left=False)
    screen.drag_first(here, there, lambda: holds(downloads / "figures.bin", FIGURES))
    screen.close(here, there)

    # A message is dragged in.
    here = screen.show(outgoing)
    there = screen.show(work, left=False)
    screen.drag_first(here, there, lambda: note in mimes(sandbox, "Work"))
    screen.close(here)
    assert names(work) == [f"{report}.attachments", f"{report}.eml", "note.eml"]

    # It is renamed.
    screen.close(there)
    here = screen.show(work)
    screen.rename(here, "note.eml", "tides.eml")
    wait_for(lambda: "tides.eml" in names(work), "the file has its new name")
    assert "note.eml" not in names(work)
    screen.close(here)

    # It is deleted, and is to be found in Deleted Items.
    here = screen.show(work)
    screen.answer(screen.dialog(here, "tides.eml", "Delete", "Attention"), "Return")
    wait_for(lambda: mimes(sandbox, "Deleted Items") == [note], "the message is in Deleted Items")
    assert names(work) == [f"{report}.attachments", f"{report}.eml"]
    assert names(trash) == ["tides.eml"]

    # It is copied back.
    there = screen.show(trash, left=False)
    screen.copy_and_paste(there, "tides.eml", here, lambda: note in mimes(sandbox, "Work"))
    assert holds(work / "tides.eml", note)
    assert mimes(sandbox, "Work") == sorted([with_figures(), note])
    assert mimes(sandbox, "Deleted Items") == [note]
    screen.close(here, there)

    assert screen.titles() == [], "no window has anything more to say"
    assert checker.surprises() == []


def test_a_folder_of_thousands_is_shown_without_its_messages(
    screen: Desktop, mount: Mount, sandbox: SandboxProcess, checker: Checker
) -> None:
    sandbox.server.reset_calls()
    window = screen.show(mount.path / "Many")
    # Thunar asks for the new name of what it has selected, and selects only what it shows.
    screen.answer(screen.dialog(window, LAST_OF_MANY, "F2", f'Rename "{LAST_OF_MANY}"'), "Escape")
    calls = dict(sandbox.calls())
    assert calls.pop("FindItem") == MANY // 1000
    assert set(calls) <= {"SyncFolderHierarchy", "GetFolder"}, "no content was asked for"
    assert sum(calls.values()) <= 3
    logged = [line for line in mount.log_text().splitlines() if "Number" in line]
    assert logged == [], "what a file manager asks of each file is no news"
    screen.close(window)
    assert checker.surprises() == []
