"""Outlets: where files can be written below `.ewsfs`, and what becomes of them."""

from __future__ import annotations

import errno
from datetime import timezone

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from ewsfs.vfs.control.outlets import CONTROL, Outlets
from ewsfs.vfs.control.outofoffice import OutOfOffice
from ewsfs.vfs.control.sending import PLACE, Sender
from tests.vfs.conftest import MAIL, make_account, refused

OOF = "out-of-office.toml"


@pytest.fixture
def outlets(fs: FileSystem) -> Outlets:
    sender = Sender(fs._remote, fs._catalog, pause=0.01)
    return Outlets(sender, OutOfOffice(fs._remote, timezone.utc))


@pytest.mark.parametrize(
    ("parts", "name", "place"),
    [
        (("send",), "letter.eml", PLACE),
        (("send",), ".letter.eml.swp", PLACE),
        ((), OOF, CONTROL),
        ((), f".{OOF}.swp", CONTROL),
        ((), "status.json", None),
        ((), "letter.eml", None),
        (("search", "invoice"), "letter.eml", None),
        (("unsaved",), "letter.eml", None),
    ],
)
def test_files_can_be_written_in_two_places(parts: tuple[str, ...], name: str, place: str | None) -> None:
    assert Outlets.place(parts, name) == place
    assert place is None or Outlets.is_place(place)


def test_no_folder_of_a_mailbox_is_taken_for_an_outlet(fs: FileSystem) -> None:
    tree = fs._catalog.tree
    assert not any(Outlets.is_place(folder) for folder in [tree.root, *tree.descendants(tree.root)])


def test_a_message_is_sent_once(outlets: Outlets, sandbox: Sandbox) -> None:
    begun: list[bool] = []
    outlets.deliver(PLACE, "letter.eml", MAIL, "id", on_begin=lambda: begun.append(True))
    outlets.deliver(PLACE, "letter.eml", MAIL, "id", again=True, begun=bool(begun))
    assert [item.subject for item in make_account(sandbox).inbox.all()] == ["Greetings"]


def test_out_of_office_is_set(outlets: Outlets, sandbox: Sandbox) -> None:
    outlets.deliver(CONTROL, OOF, b'state = "enabled"\ninternal_reply = "a"\nexternal_reply = "b"\n', "id")
    assert make_account(sandbox).oof_settings.state == "Enabled"


def test_what_cannot_be_taken_is_refused_without_asking(outlets: Outlets, sandbox: Sandbox) -> None:
    sandbox.calls.reset()
    outlets.check(PLACE, "letter.eml", MAIL)
    outlets.check(CONTROL, OOF, b'state = "disabled"\n')
    with refused(errno.EINVAL):
        outlets.check(PLACE, "letter.eml", b"hello")
    with refused(errno.EINVAL):
        outlets.check(CONTROL, OOF, b"state = perhaps\n")
    with refused(errno.EPERM):
        outlets.check(CONTROL, "status.json", b"{}")
    with refused(errno.EPERM):
        outlets.deliver(CONTROL, "status.json", b"{}", "id")
    assert sandbox.calls.total() == 0
