"""Attachments removed and renamed, and attachment folders made and removed."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator, Sequence

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from tests.vfs.attaching import FOLDER, NAME, WITH_TWO, Attaching, on_server, to_a_letter
from tests.vfs.conftest import MAIL, Open, names_in, read, refused, write


@pytest.fixture
def at(fs: FileSystem) -> Iterator[Attaching]:
    with to_a_letter(fs) as attaching:
        yield attaching


# -- removing ----------------------------------------------------------------------------------------


def test_a_removed_attachment_is_hidden_at_once_and_goes_later(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.put("b.txt", b"two")
    sandbox.calls.reset()
    at.remove("a.txt")
    assert sandbox.calls.total() == 0
    assert at.shown() == {"b.txt": b"two"}
    with refused(errno.ENOENT):
        at.fs.getattr(f"{FOLDER}/a.txt")
    assert len(on_server(sandbox)) == 2
    at.writer.flush()
    assert on_server(sandbox) == [("b.txt", b"two")]
    assert at.shown() == {"b.txt": b"two"}
    sandbox.calls.reset()
    at.writer.flush()
    assert sandbox.calls.total() == 0


def test_removals_are_carried_out_by_themselves(sandbox: Sandbox, fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    at = Attaching(fs, hold=0.0)
    at.mkdir()
    at.put("a.txt", b"one")
    gone = threading.Event()
    detach = fs._remote.detach

    def watched(attachment_ids: Sequence[str]) -> list[str | VfsError]:
        try:
            return detach(attachment_ids)
        finally:
            gone.set()

    fs._remote.detach = watched  # type: ignore[method-assign]
    at.remove("a.txt")
    assert gone.wait(30)
    at.writer.close()
    assert on_server(sandbox) == []


def test_put_back_the_same_in_time_nothing_is_sent(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.writer.flush()
    at.remove("a.txt")
    sandbox.calls.reset()
    at.put("a.txt", b"one")
    at.writer.flush()
    assert sandbox.calls.total() == 0
    assert at.shown() == {"a.txt": b"one"}
    assert on_server(sandbox) == [("a.txt", b"one")]


def test_put_back_with_other_bytes_it_is_the_new_one(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.put("a.txt", b"two")
    assert at.shown() == {"a.txt": b"two"}
    at.writer.flush()
    assert on_server(sandbox) == [("a.txt", b"two")]
    assert at.shown() == {"a.txt": b"two"}


def test_the_item_gone_nothing_is_removed_from_it(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.writer.remove_folder(at.folder())
    at.writer.forget(at.item().entry.id)
    at.fs.unlink(NAME)
    at.writer.flush()
    assert sandbox.calls.count("DeleteAttachment") == 0
    assert Attaching(open_fs("other machine")).shown("/Deleted Items/letter.attachments") == {"a.txt": b"one"}


def test_an_attachment_that_came_with_its_message_can_be_removed(
    sandbox: Sandbox, fs: FileSystem, open_fs: Open
) -> None:
    write(fs, NAME, WITH_TWO)
    at = Attaching(fs)
    assert at.shown() == {"one.txt": b"1", "two.txt": b"2"}
    at.remove("one.txt")
    assert at.shown() == {"two.txt": b"2"}
    at.writer.close()
    assert on_server(sandbox) == [("two.txt", b"2")]
    assert at.shown() == {"two.txt": b"2"}
    assert b"one.txt" not in read(fs, NAME)


# -- renaming ----------------------------------------------------------------------------------------


def test_mv_inside_the_folder(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    at.writer.rename(at.file("a.txt"), "b.txt")
    assert at.shown() == {"b.txt": b"one"}
    assert on_server(sandbox) == [("b.txt", b"one")]
    assert Attaching(open_fs("other machine")).shown() == {"b.txt": b"one"}


@pytest.mark.parametrize("there", [b"one", b"two"], ids=["equal", "different"])
def test_mv_over_another_one(sandbox: Sandbox, at: Attaching, there: bytes) -> None:
    at.put("a.txt", b"one")
    at.put("b.txt", there)
    at.writer.rename(at.file("a.txt"), "b.txt")
    assert at.shown() == {"b.txt": b"one"}
    assert on_server(sandbox) == [("b.txt", b"one")]


def test_mv_to_its_own_name_is_nothing(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    sandbox.calls.reset()
    at.writer.rename(at.file("a.txt"), "a.txt")
    assert sandbox.calls.total() == 0


def test_mv_of_one_that_came_with_its_message(sandbox: Sandbox, fs: FileSystem) -> None:
    write(fs, NAME, WITH_TWO)
    at = Attaching(fs)
    at.writer.rename(at.file("one.txt"), "two.txt")
    assert at.shown() == {"two.txt": b"1"}
    assert on_server(sandbox) == [("two.txt", b"1")]


# -- directories -------------------------------------------------------------------------------------


def test_mkdir_shows_an_empty_directory_until_it_is_removed(sandbox: Sandbox, at: Attaching) -> None:
    assert names_in(at.fs, "/Inbox") == ["letter.attachments", "letter.eml"]
    assert names_in(at.fs, FOLDER) == []
    with refused(errno.EEXIST):
        at.mkdir()
    at.fs._catalog.expire(at.item().folder_id)
    assert names_in(at.fs, "/Inbox") == ["letter.attachments", "letter.eml"]
    at.writer.remove_folder(at.folder())
    assert names_in(at.fs, "/Inbox") == ["letter.eml"]
    with refused(errno.ENOENT):
        at.folder()


def test_an_empty_directory_is_there_until_the_mount_ends(at: Attaching, open_fs: Open) -> None:
    at.writer.close()
    at.fs.close()
    assert names_in(open_fs(), "/Inbox") == ["letter.eml"]


def test_an_empty_directory_left_by_a_killed_mount_goes_when_somebody_looks(fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    Attaching(fs).mkdir()
    fs.close()
    again = open_fs()
    assert names_in(again, FOLDER) == []
    assert names_in(again, "/Inbox") == ["letter.eml"]


def test_rmdir_only_when_all_is_removed(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    with refused(errno.ENOTEMPTY):
        at.writer.remove_folder(at.folder())
    at.remove("a.txt")
    assert names_in(at.fs, FOLDER) == []
    at.writer.remove_folder(at.folder())
    assert names_in(at.fs, "/Inbox") == ["letter.eml"]
    at.fs._catalog.expire(at.item().folder_id)
    assert names_in(at.fs, "/Inbox") == ["letter.eml"]
    at.writer.flush()
    assert on_server(sandbox) == []
    at.fs._catalog.expire(at.item().folder_id)
    assert names_in(at.fs, "/Inbox") == ["letter.eml"]


def test_the_directory_stays_when_the_last_one_is_removed(at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.writer.flush()
    at.fs._catalog.expire(at.item().folder_id)
    assert names_in(at.fs, "/Inbox") == ["letter.attachments", "letter.eml"]
    assert names_in(at.fs, FOLDER) == []
    at.put("b.txt", b"two")
    assert at.shown() == {"b.txt": b"two"}


def test_a_directory_made_again_is_empty(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.writer.remove_folder(at.folder())
    at.mkdir()
    assert names_in(at.fs, FOLDER) == []
    at.put("b.txt", b"two")
    at.writer.flush()
    assert on_server(sandbox) == [("b.txt", b"two")]
    assert at.shown() == {"b.txt": b"two"}


def test_forget_and_the_item_stays_all_is_shown_again(at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")
    at.writer.forget(at.item().entry.id)
    assert at.shown() == {"a.txt": b"one"}
