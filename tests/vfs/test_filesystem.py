"""Reading a mailbox: the tree, names, sizes and times of DESIGN.md 4 and 5, and what each call costs (6)."""

from __future__ import annotations

import email
import errno
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import icalendar
import pytest
import vobject

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.filling import fill
from tests.vfs.conftest import MAIL, Open, names_in, opener, read, refused, write

NAME = "/Inbox/letter.eml"


@pytest.fixture(scope="module")
def sample_fs(sample: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileSystem]:
    with opener(sample, tmp_path_factory.mktemp("sample")) as open_one:
        yield open_one()


def walk(fs: FileSystem, path: str = "") -> Iterator[tuple[str, bool]]:
    for name, is_directory in fs.readdir(path or "/"):
        yield f"{path}/{name}", is_directory
        if is_directory:
            yield from walk(fs, f"{path}/{name}")


def test_the_default_folders_are_directories(fs: FileSystem) -> None:
    assert {"Inbox", "Drafts", "Sent Items", "Deleted Items", "Calendar", "Contacts", "Tasks"} <= set(names_in(fs, "/"))
    assert fs.getattr("/Inbox").is_directory


def test_the_whole_sample_can_be_walked_and_stat_tells_what_readdir_does(sample_fs: FileSystem) -> None:
    paths = list(walk(sample_fs))
    assert len(paths) > 350
    for path, is_directory in paths:
        assert sample_fs.getattr(path).is_directory == is_directory
        assert len(path.rpartition("/")[2].encode()) <= 255


def test_every_file_reads_to_the_size_that_open_tells(sample_fs: FileSystem) -> None:
    for path, is_directory in walk(sample_fs):
        if not is_directory:
            data = read(sample_fs, path)
            assert sample_fs.getattr(path).size == len(data)


def test_every_file_is_what_its_name_says(sample_fs: FileSystem) -> None:
    seen = set()
    for path, is_directory in walk(sample_fs):
        extension = path.rpartition(".")[2]
        if is_directory or ".attachments/" in path:
            continue
        seen.add(extension)
        if extension == "ics":
            icalendar.Calendar.from_ical(read(sample_fs, path))
        elif extension == "vcf":
            vobject.readOne(read(sample_fs, path).decode())
        else:
            assert email.message_from_bytes(read(sample_fs, path)).keys()
    assert seen == {"eml", "ics", "vcf"}


def test_sizes_of_what_we_make_are_exact_before_anything_is_opened(sample_fs: FileSystem) -> None:
    for folder in ("/Calendar", "/Contacts", "/Tasks"):
        for name in names_in(sample_fs, folder):
            if name.endswith((".ics", ".vcf")):
                size = sample_fs.getattr(f"{folder}/{name}").size
                assert size == len(read(sample_fs, f"{folder}/{name}"))


def test_attachments_have_the_same_names_and_bytes_whichever_way_they_are_learnt(
    sample: Sandbox, tmp_path: Path
) -> None:
    with opener(sample, tmp_path) as open_one:
        asked, decoded = open_one("asked"), open_one("decoded")
        for path, is_directory in walk(decoded):
            if not is_directory and path.endswith(".eml") and ".attachments/" not in path:
                read(decoded, path)
        inside = [p for p, d in walk(asked) if ".attachments/" in p and not d]
        assert inside == [p for p, d in walk(decoded) if ".attachments/" in p and not d]
        assert any(p.count(".attachments/") >= 3 for p in inside)
        for path in inside:
            assert read(asked, path) == read(decoded, path), path


def test_the_size_before_open_is_never_too_small(sample: Sandbox, tmp_path: Path) -> None:
    with opener(sample, tmp_path) as open_one:
        fs = open_one()
        for path, is_directory in walk(fs):
            if not is_directory:
                before = fs.getattr(path).size
                assert before >= len(read(fs, path)), path


def test_a_file_written_is_read_back_and_keeps_its_name_on_every_machine(fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    assert read(fs, NAME) == MAIL
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == ["letter.eml"]
    assert read(other, NAME) == MAIL


def test_a_remount_remembers_sizes_and_asks_for_no_content(sandbox: Sandbox, open_fs: Open) -> None:
    first = open_fs()
    write(first, NAME, MAIL)
    first.close()
    sandbox.calls.reset()
    again = open_fs()
    assert again.getattr(NAME).size == len(MAIL)
    assert read(again, NAME) == MAIL
    assert sandbox.calls.count("GetItem") == 0


def test_times_are_those_of_the_message(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    assert fs.getattr(NAME).mtime_ns == 1772442900 * 10**9


def test_ten_readers_of_one_item_cost_one_request(sandbox: Sandbox, fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    other = open_fs("other machine")
    names_in(other, "/Inbox")
    sandbox.calls.reset()
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda: results.append(read(other, NAME))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [MAIL] * 10
    assert sandbox.calls.count("GetItem") == 1


def test_a_second_listing_inside_the_ttl_asks_nothing(sandbox: Sandbox, fs: FileSystem) -> None:
    names_in(fs, "/Inbox")
    sandbox.calls.reset()
    names_in(fs, "/Inbox")
    with refused(errno.ENOENT):
        fs.getattr("/Inbox/nothing.eml")
    assert sandbox.calls.total() == 0


def test_a_stale_folder_costs_one_sync(sandbox: Sandbox, open_fs: Open) -> None:
    fs = open_fs(ttl=0.0)
    names_in(fs, "/Inbox")
    names_in(fs, "/Inbox")
    sandbox.calls.reset()
    names_in(fs, "/Inbox")
    assert sandbox.calls.as_dict() == {"SyncFolderHierarchy": 1, "SyncFolderItems": 1}


def test_what_happens_elsewhere_shows_after_the_ttl(sandbox: Sandbox, open_fs: Open) -> None:
    here, elsewhere = open_fs(ttl=0.0), open_fs("elsewhere", ttl=0.0)
    assert names_in(here, "/Inbox") == []
    write(elsewhere, NAME, MAIL)
    assert names_in(here, "/Inbox") == ["letter.eml"]
    elsewhere.rename(NAME, "/Inbox/renamed.eml")
    assert names_in(here, "/Inbox") == ["renamed.eml"]
    elsewhere.mkdir("/Inbox/Sub")
    assert names_in(here, "/Inbox") == ["Sub", "renamed.eml"]
    elsewhere.unlink("/Inbox/renamed.eml")
    elsewhere.rmdir("/Inbox/Sub")
    assert names_in(here, "/Inbox") == []


def test_an_item_that_went_between_listing_and_open_is_not_there(fs: FileSystem, open_fs: Open) -> None:
    write(fs, NAME, MAIL)
    other = open_fs("other machine")
    names_in(other, "/Inbox")
    fs.unlink(NAME)
    with refused(errno.ENOENT):
        other.open(NAME, os.O_RDONLY)


def test_what_is_cached_is_readable_with_the_server_gone_and_the_rest_fails_at_once(
    sandbox: Sandbox, open_fs: Open
) -> None:
    fs = open_fs(ttl=0.0)
    write(fs, NAME, MAIL)
    write(fs, "/Inbox/second.eml", MAIL)
    other = open_fs("other machine", ttl=0.0)
    assert read(other, NAME) == MAIL
    sandbox.stop()
    assert names_in(other, "/Inbox") == ["letter.eml", "second.eml"]
    assert read(other, NAME) == MAIL
    with refused(errno.EHOSTUNREACH):
        other.open("/Inbox/second.eml", os.O_RDONLY)


def test_a_start_without_the_server_shows_what_is_known(sandbox: Sandbox, open_fs: Open) -> None:
    first = open_fs()
    write(first, NAME, MAIL)
    first.close()
    sandbox.stop()
    again = open_fs()
    assert read(again, NAME) == MAIL


def test_the_control_folder_answers_but_is_not_listed(fs: FileSystem) -> None:
    assert ".ewsfs" not in names_in(fs, "/")
    assert names_in(fs, "/.ewsfs") == ["out-of-office.toml", "search", "send", "status.json", "unsaved"]
    assert b'"connected": true' in read(fs, "/.ewsfs/status.json")


def test_errnos_of_what_is_not_there_or_not_that(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    with refused(errno.ENOENT):
        fs.getattr("/Inbox/nothing/at/all")
    with refused(errno.ENOTDIR):
        fs.getattr(f"{NAME}/below")
    with refused(errno.ENOTDIR):
        list(fs.readdir(NAME))
    with refused(errno.EISDIR):
        fs.open("/Inbox", os.O_RDONLY)
    with refused(errno.ENAMETOOLONG):
        fs.getattr("/Inbox/" + "n" * 256)
    with refused(errno.ENOTSUP):
        fs.getxattr(NAME, "security.selinux")
    with refused(errno.ENODATA):
        fs.getxattr(NAME, "user.nothing")


def test_modes_are_private(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    assert stat.S_IMODE(fs.getattr(NAME).mode) == 0o600
    assert stat.S_IMODE(fs.getattr("/Inbox").mode) == 0o700


def test_a_folder_of_2500_is_listed_in_three_requests(sandbox: Sandbox, open_fs: Open) -> None:
    address = sandbox.address("ada")
    fill(sandbox.store, address, sandbox.store.folder(address, "inbox").id, 2500)
    fs = open_fs()
    sandbox.calls.reset()
    listed = names_in(fs, "/Inbox")
    for name in listed:
        fs.getattr(f"/Inbox/{name}")
    assert len(listed) == 2500
    assert sandbox.calls.as_dict() == {"FindItem": 3}
