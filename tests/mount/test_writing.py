"""First writes: copying mail in, folders, removing, moving; and what can't be done yet says so."""

from __future__ import annotations

import email
import errno
import os
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mount.conftest import MakeMount
from tests.mount.driver import Mount, SandboxProcess, tool, wait_for
from tests.mount.letters import generated, tiny
from tests.mount.logs import Checker

NEVER = {errno.EROFS, errno.ENOTSUP, errno.EPERM}


def folder_id(sandbox: SandboxProcess, name: str) -> str:
    (found,) = [folder.id for folder in sandbox.server.folders() if folder.name == name]
    return found


def mimes(sandbox: SandboxProcess, folder: str) -> list[bytes]:
    """What the server has in a folder."""
    return [mime for _, mime in sandbox.server.kinds_and_mimes(sandbox.server.items(folder_id(sandbox, folder)))]


def mail_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A local folder of three messages."""
    folder = tmp_path / "letters"
    folder.mkdir()
    for number in range(3):
        (folder / f"letter {number}.eml").write_bytes(tiny(number))
    return folder


# -- copying in --------------------------------------------------------------------------------------------------


def test_hundreds_of_files_copied_in_are_read_back_under_their_names(
    corpus: Path, mailbox: SandboxProcess, make_mount: MakeMount, tmp_path: Path
) -> None:
    given = {path.name: path.read_bytes() for path in (corpus / "eml").glob("*.eml")}
    given = {name: data for name, data in given.items() if email.message_from_bytes(data).keys()}
    assert len(given) > 200
    odd = ["Ünïcödé 見積書.eml", " spaces  .eml", ".hidden.eml", "UPPER.EML", "quote'\"$&.eml", "x" * 251 + ".eml"]
    for number, data in enumerate(generated(40, seed=2)):
        given[odd[number] if number < len(odd) else f"generated {number}.eml"] = data
    local = tmp_path / "local"
    local.mkdir()
    for name, data in given.items():
        (local / name).write_bytes(data)
    with make_mount(mailbox).mounted() as mount:
        folder = mount.path / "Inbox" / "Copied"
        folder.mkdir()
        tool("cp", "-r", f"{local}/.", folder)
        assert mail_in(folder) == given
    assert sorted(mimes(mailbox, "Copied")) == sorted(given.values())
    # After a remount, and for a machine that has never seen the mailbox.
    for cache in ("cache-of-mail", "another-cache"):
        with make_mount(mailbox, cache=cache).mounted() as mount:
            assert mail_in(mount.path / "Inbox" / "Copied") == given


def test_rsync_into_the_mount_finds_nothing_to_do_the_second_time(mount: Mount, letters: Path) -> None:
    target = mount.path / "Inbox" / "letters"
    target.mkdir()
    # Without --inplace, rsync writes to a name of its own first, which can't be done yet.
    rsync = ("rsync", "-rt", "--inplace", "--omit-dir-times", "--itemize-changes", f"{letters}/", target)
    assert len(tool(*rsync).splitlines()) == 3
    assert mail_in(target) == mail_in(letters)
    assert tool(*rsync) == ""


@pytest.mark.parametrize(
    "command",
    ["cat {0} > {1}", "{{ cat {0}; echo more; }} > {1}", "cp -p {0} {1}", "dd if={0} of={1} bs=40 status=none"],
)
def test_ways_to_write_a_file(mailbox: SandboxProcess, mount: Mount, letters: Path, command: str) -> None:
    source, target = letters / "letter 0.eml", mount.path / "Inbox" / "written.eml"
    tool("sh", "-c", command.format(shlex.quote(str(source)), shlex.quote(str(target))))
    written = tiny(0) + (b"more\n" if "more" in command else b"")
    assert target.read_bytes() == written
    assert mimes(mailbox, "Inbox") == [written]


def test_a_copied_message_is_received_mail_with_its_date(
    mailbox: SandboxProcess, make_mount: MakeMount, letters: Path
) -> None:
    with make_mount(mailbox).mounted() as mount:
        tool("cp", letters / "letter 1.eml", mount.path / "Inbox" / "given name.eml")
        with make_mount(mailbox, name="other", cache="other-cache").mounted() as other:
            seen = other.path / "Inbox" / "given name.eml"
            assert seen.read_bytes() == tiny(1)
            assert seen.stat().st_mtime == 1772409601  # its Date: 2026-03-02 00:00:01 UTC


def test_an_empty_file_is_no_message(mailbox: SandboxProcess, mount: Mount) -> None:
    path = mount.path / "Inbox" / "empty.eml"
    with pytest.raises(OSError, match="Invalid argument"):
        path.touch()
    assert mailbox.calls().get("CreateItem", 0) == 0
    assert os.listdir(mount.path / "Inbox") == []


def test_what_can_not_be_a_message_is_refused_and_kept(mailbox: SandboxProcess, mount: Mount, log: Checker) -> None:
    log.expect(r"rubbish.eml was not saved")
    descriptor = os.open(mount.path / "Inbox" / "rubbish.eml", os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, b"\0" * 100)
    with pytest.raises(OSError, match="Invalid argument"):
        os.close(descriptor)
    (kept,) = (mount.path / ".ewsfs" / "unsaved").iterdir()
    assert kept.read_bytes() == b"\0" * 100
    assert mimes(mailbox, "Inbox") == []
    kept.unlink()


# -- folders -----------------------------------------------------------------------------------------------------


@pytest.fixture
def other(mailbox: SandboxProcess, mount: Mount, make_mount: MakeMount) -> Mount:
    """A second mount of the same mailbox, as another machine has it: what it knows is never older than it asks."""
    return make_mount(mailbox, "--ttl", "0", name="other", cache="other-cache").start()


def test_folders_come_and_go_on_other_machines_too(mount: Mount, other: Mount) -> None:
    (mount.path / "Inbox" / "New" / "Newer").mkdir(parents=True)
    wait_for(lambda: "New" in os.listdir(other.path / "Inbox"), "the new folder shows")
    assert os.listdir(other.path / "Inbox" / "New") == ["Newer"]
    with pytest.raises(OSError, match="not empty") as caught:
        (mount.path / "Inbox" / "New").rmdir()
    assert caught.value.errno == errno.ENOTEMPTY
    (mount.path / "Inbox" / "New" / "Newer").rmdir()
    (mount.path / "Inbox" / "New").rename(mount.path / "Renamed")
    wait_for(lambda: "Renamed" in os.listdir(other.path), "the new name shows")
    assert os.listdir(other.path / "Inbox") == []
    (mount.path / "Renamed").rmdir()
    wait_for(lambda: "Renamed" not in os.listdir(other.path), "the folder goes")
    assert not (other.path / "Renamed").exists()


def test_a_folder_with_mail_is_not_removed(mount: Mount, letters: Path) -> None:
    folder = mount.path / "Inbox" / "Full"
    folder.mkdir()
    tool("cp", letters / "letter 0.eml", folder)
    with pytest.raises(OSError, match="not empty"):
        folder.rmdir()
    assert mail_in(folder) == {"letter 0.eml": tiny(0)}


def test_mkdir_of_what_is_there(mount: Mount) -> None:
    with pytest.raises(FileExistsError):
        (mount.path / "Inbox").mkdir()


@pytest.mark.parametrize("name", ["Inbox", "Deleted Items", "Calendar", "Sent Items"])
def test_default_folders_stay(mount: Mount, name: str) -> None:
    for attempt in ((mount.path / name).rmdir, lambda: (mount.path / name).rename(mount.path / "Elsewhere")):
        with pytest.raises(PermissionError) as caught:
            attempt()
        assert caught.value.errno == errno.EPERM
    assert (mount.path / name).is_dir()


def test_a_folder_is_not_moved_into_itself(mount: Mount) -> None:
    (mount.path / "A" / "B").mkdir(parents=True)
    with pytest.raises(OSError, match="Invalid argument"):
        (mount.path / "A").rename(mount.path / "A" / "B" / "A")


# -- removing and moving -----------------------------------------------------------------------------------------


def test_what_is_removed_goes_to_deleted_items_and_from_there_for_good(
    mailbox: SandboxProcess, mount: Mount, other: Mount, letters: Path
) -> None:
    tool("cp", letters / "letter 0.eml", mount.path / "Inbox")
    wait_for((other.path / "Inbox" / "letter 0.eml").exists, "the letter shows")
    tool("rm", mount.path / "Inbox" / "letter 0.eml")
    assert mail_in(mount.path / "Inbox") == {}
    wait_for(lambda: mail_in(other.path / "Inbox") == {}, "the letter goes")
    (deleted,) = (mount.path / "Deleted Items").iterdir()
    assert deleted.read_bytes() == tiny(0)
    assert mimes(mailbox, "Deleted Items") == [tiny(0)]
    deleted.unlink()
    assert mimes(mailbox, "Deleted Items") == []
    wait_for(lambda: mail_in(other.path / "Deleted Items") == {}, "it goes for good")


def test_a_renamed_file_keeps_its_subject_and_its_name_everywhere(
    mailbox: SandboxProcess, mount: Mount, other: Mount, letters: Path
) -> None:
    tool("cp", letters / "letter 0.eml", mount.path / "Inbox")
    tool("mv", mount.path / "Inbox" / "letter 0.eml", mount.path / "Inbox" / "見積書 final.eml")
    assert mail_in(mount.path / "Inbox") == {"見積書 final.eml": tiny(0)}
    wait_for(lambda: mail_in(other.path / "Inbox") == {"見積書 final.eml": tiny(0)}, "the new name shows")
    assert mimes(mailbox, "Inbox") == [tiny(0)]


def test_a_message_that_came_by_mail_can_be_renamed(mailbox: SandboxProcess, make_mount: MakeMount) -> None:
    mailbox.server.add_messages(mailbox.server.folder("inbox"), [tiny(5)])
    with make_mount(mailbox, "--ttl", "0").mounted() as mount:
        (path,) = (mount.path / "Inbox").iterdir()
        assert path.name.endswith(" Number 5.eml")
        path.rename(path.with_name("five.eml"))
        assert mail_in(mount.path / "Inbox") == {"five.eml": tiny(5)}
    with make_mount(mailbox, cache="another-cache").mounted() as mount:
        assert mail_in(mount.path / "Inbox") == {"five.eml": tiny(5)}


def test_moving_between_folders(mailbox: SandboxProcess, mount: Mount, other: Mount, letters: Path) -> None:
    (mount.path / "Archive").mkdir()
    for name in mail_in(letters):
        tool("cp", letters / name, mount.path / "Inbox")
    tool("mv", *(mount.path / "Inbox" / name for name in mail_in(letters)), mount.path / "Archive")
    assert mail_in(mount.path / "Archive") == mail_in(letters)
    assert mail_in(mount.path / "Inbox") == {}
    wait_for(lambda: (other.path / "Archive").is_dir(), "the folder shows")
    wait_for(lambda: mail_in(other.path / "Archive") == mail_in(letters), "the letters show")
    assert sorted(mimes(mailbox, "Archive")) == sorted(mail_in(letters).values())


def test_moving_and_renaming_in_one(mount: Mount, letters: Path) -> None:
    tool("cp", letters / "letter 0.eml", mount.path / "Inbox")
    (mount.path / "Archive").mkdir()
    (mount.path / "Inbox" / "letter 0.eml").rename(mount.path / "Archive" / "another name.eml")
    assert mail_in(mount.path / "Archive") == {"another name.eml": tiny(0)}


def test_moving_over_another_message_leaves_one(mailbox: SandboxProcess, mount: Mount, letters: Path) -> None:
    inbox = mount.path / "Inbox"
    tool("cp", letters / "letter 0.eml", letters / "letter 1.eml", inbox)
    (inbox / "letter 1.eml").replace(inbox / "letter 0.eml")
    assert mail_in(inbox) == {"letter 0.eml": tiny(1)}
    assert mimes(mailbox, "Inbox") == [tiny(1)]
    assert mimes(mailbox, "Deleted Items") == [tiny(0)]


def test_a_folder_is_moved_with_what_is_in_it(mount: Mount, letters: Path) -> None:
    (mount.path / "A" / "B").mkdir(parents=True)
    tool("cp", letters / "letter 0.eml", mount.path / "A" / "B")
    tool("mv", mount.path / "A", mount.path / "Inbox")
    assert mail_in(mount.path / "Inbox" / "A" / "B") == {"letter 0.eml": tiny(0)}
    assert not (mount.path / "A").exists()


def test_mail_from_elsewhere_shows_and_goes(mailbox: SandboxProcess, make_mount: MakeMount) -> None:
    with make_mount(mailbox, "--ttl", "0").mounted() as mount:
        inbox = mount.path / "Inbox"
        assert mail_in(inbox) == {}
        (item,) = mailbox.server.add_messages(mailbox.server.folder("inbox"), [tiny(1)])
        assert list(mail_in(inbox).values()) == [tiny(1)]
        mailbox.server.delete(item)
        assert mail_in(inbox) == {}


# -- what isn't there yet ----------------------------------------------------------------------------------------


def refused(attempt: Callable[[], object], allowed: set[int] = NEVER) -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is what is looked at
        attempt()
    assert caught.value.errno in allowed, caught.value


def test_what_a_mailbox_does_not_have_says_so(mailbox: SandboxProcess, mount: Mount, log: Checker) -> None:
    log.expect(r"stays empty and is no item")
    folder = mailbox.server.folder("inbox")
    mailbox.server.add_messages(folder, [generated(3)[2]])  # the one with an attachment
    letter = next(path for path in (mount.path / "Inbox").iterdir() if path.suffix == ".eml")
    attachments = letter.with_suffix(".attachments")
    (attachment,) = attachments.iterdir()
    before = (letter.read_bytes(), attachment.read_bytes())
    mailbox.server.reset_calls()
    refused(lambda: (mount.path / "x.eml").write_bytes(tiny(1)))
    refused(lambda: attachments.rename(mount.path / "Inbox" / "other.attachments"))
    refused(lambda: attachment.rename(mount.path / "Inbox" / "out.bin"), {errno.EXDEV})
    refused(attachments.rmdir, {errno.ENOTEMPTY})
    refused(lambda: os.truncate(letter, 0), {errno.EINVAL})
    refused(lambda: (mount.path / "Inbox" / "link").symlink_to("x"))
    refused(lambda: os.link(letter, mount.path / "Inbox" / "hard.eml"))
    refused(lambda: os.mkfifo(mount.path / "Inbox" / "fifo"))
    refused(lambda: os.chown(letter, 12345, -1))
    refused(lambda: os.setxattr(letter, "user.mine", b"1"))
    refused(lambda: os.setxattr(letter, "security.mine", b"1"))
    assert (letter.read_bytes(), attachment.read_bytes()) == before
    changing = {"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "CreateAttachment", "DeleteAttachment"}
    assert not changing & mailbox.calls().keys()


def test_a_read_only_mount_changes_nothing(mailbox: SandboxProcess, make_mount: MakeMount) -> None:
    mailbox.server.add_messages(mailbox.server.folder("inbox"), [tiny(1)])
    with make_mount(mailbox, "--read-only").mounted() as mount:
        inbox = mount.path / "Inbox"
        (path,) = inbox.iterdir()
        for attempt in (
            lambda: (inbox / "x.eml").write_bytes(tiny(2)),
            (inbox / "folder").mkdir,
            path.unlink,
            lambda: path.rename(inbox / "y.eml"),
            lambda: path.open("r+b"),
            lambda: os.utime(path),
        ):
            refused(attempt, {errno.EROFS})
        assert mail_in(inbox) == {path.name: tiny(1)}
