"""The control folder and the properties of items, with the tools that people use on them."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mount.conftest import MakeMount
from tests.mount.driver import ADDRESS, Mount, SandboxProcess, tool, wait_for
from tests.mount.letters import tiny


@pytest.fixture
def letter(mount: Mount) -> Path:
    """A message that was copied in."""
    path = mount.path / "Inbox" / "letter.eml"
    path.write_bytes(tiny(1))
    return path


@contextmanager
def refused(number: int) -> Iterator[None]:
    """The call inside answers with this errno."""
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one it is, is looked at
        yield
    assert caught.value.errno == number


# -- extended attributes -----------------------------------------------------------------------------------------


def test_attributes_are_shown_set_and_removed(letter: Path) -> None:
    assert os.getxattr(letter, "user.ews.categories") == b""
    os.setxattr(letter, "user.ews.categories", b"red, blue")
    assert os.getxattr(letter, "user.ews.categories") == b"red\nblue"
    with refused(errno.EEXIST):
        os.setxattr(letter, "user.ews.categories", b"green", os.XATTR_CREATE)
    with refused(errno.EINVAL):
        os.setxattr(letter, "user.ews.importance", b"Highest")
    os.removexattr(letter, "user.ews.categories")
    assert os.getxattr(letter, "user.ews.categories") == b""
    assert letter.read_bytes() == tiny(1)


@pytest.mark.skipif(shutil.which("getfattr") is None, reason="getfattr is missing")
def test_getfattr_shows_all_attributes_and_setfattr_sets_one(letter: Path) -> None:
    tool("setfattr", "-n", "user.ews.flag", "-v", "Flagged", letter)
    shown = tool("getfattr", "--absolute-names", "-d", letter)
    assert 'user.ews.flag="Flagged"' in shown
    assert 'user.ews.item_class="IPM.Note"' in shown
    assert 'user.ews.class="IPF.Note"' in tool("getfattr", "--absolute-names", "-d", letter.parent)


# -- search ------------------------------------------------------------------------------------------------------


def test_a_search_is_a_folder_of_links_that_programs_follow(letter: Path, mount: Mount) -> None:
    (letter.parent / "Work").mkdir()
    (letter.parent / "Work" / "plan.eml").write_bytes(b"Subject: the great plan\r\n\r\nbody\r\n")
    found = mount.path / ".ewsfs" / "search" / "subject:plan"
    assert tool("ls", found).splitlines() == ["plan.eml"]
    assert (found / "plan.eml").is_symlink()
    assert os.readlink(found / "plan.eml") == "../../../Inbox/Work/plan.eml"
    assert (found / "plan.eml").resolve() == letter.parent / "Work" / "plan.eml"
    assert b"the great plan" in (found / "plan.eml").read_bytes()
    assert tool("ls", found.parent).splitlines() == ["subject:plan"]


# -- out of office -----------------------------------------------------------------------------------------------


def test_out_of_office_is_shown_whole(mount: Mount) -> None:
    path = mount.path / ".ewsfs" / "out-of-office.toml"
    assert tool("ls", path.parent).splitlines() == ["out-of-office.toml", "search", "send", "status.json", "unsaved"]
    text = tool("cat", path)
    assert 'state = "disabled"' in text
    assert text.endswith("\n")
    assert path.stat().st_size == len(text.encode())


def test_out_of_office_is_set_by_an_editor(mount: Mount) -> None:
    path = mount.path / ".ewsfs" / "out-of-office.toml"
    replies = "-es/^(internal|external)_reply.*/\\1_reply = 'Away.'/"
    tool("sed", "-i", "-E", "-es/^state.*/state = 'enabled'/", replies, path)
    assert 'state = "enabled"' in path.read_text()
    assert path.read_text().count("Away.") == 2


# -- sending -----------------------------------------------------------------------------------------------------


def test_a_message_that_is_copied_into_send_is_sent(mailbox: SandboxProcess, mount: Mount, tmp_path: Path) -> None:
    letter = tmp_path / "letter.eml"
    letter.write_bytes(b"From: ada@example.test\r\nTo: bob@example.test\r\nSubject: Hello\r\n\r\nHello Bob\r\n")
    tool("cp", letter, mount.path / ".ewsfs" / "send")
    sent = mount.path / "Sent Items"
    wait_for(lambda: any("Hello" in name for name in os.listdir(sent)), "the copy in Sent Items")
    assert mailbox.calls()["SendItem"] == 1
    assert os.listdir(mount.path / ".ewsfs" / "send") == []


# -- quota -------------------------------------------------------------------------------------------------------


def test_df_shows_the_quota_of_the_mailbox(mount: Mount) -> None:
    def size() -> int:
        known = os.statvfs(mount.path)
        return known.f_blocks * known.f_frsize

    wait_for(lambda: abs(size() - (49 << 30)) < 8192, "the quota is learnt")
    assert " 49G " in tool("df", "-h", mount.path)


# -- rights ------------------------------------------------------------------------------------------------------


def test_a_folder_that_may_only_be_read_shows_so(mailbox: SandboxProcess, make_mount: MakeMount) -> None:
    server = mailbox.server
    folder = server.make_folder(server.folder("inbox"), "Archive")
    server.add_messages(folder, [tiny(1)])
    server.let_only_read(folder, ADDRESS)
    with make_mount(mailbox).mounted() as mount:
        path = mount.path / "Inbox" / "Archive"
        assert stat.S_IMODE(path.stat().st_mode) == 0o500
        (letter,) = path.iterdir()
        assert letter.read_bytes() == tiny(1)
        with refused(errno.EACCES):
            (path / "new.eml").write_bytes(tiny(2))
        with refused(errno.EACCES):
            (path / "Folder").mkdir()
        with refused(errno.EACCES):
            letter.unlink()
        assert len(list(path.iterdir())) == 1


# -- status ------------------------------------------------------------------------------------------------------


def test_status_tells_of_the_connection_and_the_cache(letter: Path, mount: Mount) -> None:
    letter.read_bytes()
    told = json.loads((mount.path / ".ewsfs" / "status.json").read_text())
    assert told["connected"] is True
    assert told["requests"]["CreateItem"] == 1
    assert told["cache"]["hits"] >= 1
    assert told["queue"] == []
