"""Searches as folders of links: what they find, where they lead, and what they cost."""

from __future__ import annotations

import errno
import posixpath
import stat
from pathlib import Path

import pytest

from ewsfs.ews.items import Message
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from tests.vfs.conftest import MAIL, Open, make_account, names_in, opener, read, refused, write

SEARCH = "/.ewsfs/search"


def letter(subject: str) -> bytes:
    return MAIL.replace(b"Greetings", subject.encode())


def follow(fs: FileSystem, link: str) -> str:
    """The path that a link leads to, as the kernel works it out."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(link), fs.readlink(link)))


@pytest.fixture
def filled(fs: FileSystem) -> FileSystem:
    fs.mkdir("/Inbox/Projects")
    write(fs, "/Inbox/one.eml", letter("Invoice 1"))
    write(fs, "/Inbox/other.eml", letter("Something else"))
    write(fs, "/Inbox/Projects/two.eml", letter("Invoice 2"))
    return fs


def test_a_search_lists_links_to_what_the_server_finds(filled: FileSystem) -> None:
    folder = f"{SEARCH}/subject:invoice"
    assert names_in(filled, folder) == ["one.eml", "two.eml"]
    assert follow(filled, f"{folder}/one.eml") == "/Inbox/one.eml"
    assert read(filled, follow(filled, f"{folder}/two.eml")) == letter("Invoice 2")
    attributes = filled.getattr(f"{folder}/one.eml")
    assert stat.S_ISLNK(attributes.mode)
    assert attributes.size == len(filled.readlink(f"{folder}/one.eml"))
    assert attributes.mtime_ns == filled.getattr("/Inbox/one.eml").mtime_ns


def test_every_name_is_a_folder_and_costs_nothing_until_it_is_read(filled: FileSystem, sandbox: Sandbox) -> None:
    sandbox.calls.reset()
    assert filled.getattr(f"{SEARCH}/anything at all").is_directory
    assert names_in(filled, SEARCH) == []
    assert sandbox.calls.count("FindItem") == 0
    names_in(filled, f"{SEARCH}/from:bob invoice")
    assert names_in(filled, SEARCH) == ["from:bob invoice"]
    for probe in (".Trash", ".hidden", ".directory"):
        with refused(errno.ENOENT):
            filled.getattr(f"{SEARCH}/{probe}")


def test_a_search_costs_a_request_for_ten_folders_and_its_results_none(filled: FileSystem, sandbox: Sandbox) -> None:
    for folder in ("/Inbox", "/Inbox/Projects"):
        names_in(filled, folder)
    sandbox.calls.reset()
    folder = f"{SEARCH}/invoice"
    for name in names_in(filled, folder):
        filled.getattr(f"{folder}/{name}")
        filled.readlink(f"{folder}/{name}")
    names_in(filled, folder)
    assert sandbox.calls.count("FindItem") == 2  # thirteen folders
    assert sandbox.calls.count("GetItem") == 0


def test_a_search_finds_what_came_after_the_folders_were_listed(filled: FileSystem, open_fs: Open) -> None:
    names_in(filled, "/Inbox")
    write(open_fs("other machine"), "/Inbox/late.eml", letter("Invoice 3"))
    assert names_in(filled, f"{SEARCH}/invoice") == ["late.eml", "one.eml", "two.eml"]


def test_files_of_one_name_in_several_folders_are_told_apart(filled: FileSystem) -> None:
    write(filled, "/Inbox/Projects/one.eml", letter("Invoice 4"))
    folder = f"{SEARCH}/invoice"
    assert names_in(filled, folder) == ["one (Projects).eml", "one.eml", "two.eml"]
    assert {follow(filled, f"{folder}/{name}") for name in names_in(filled, folder)} == {
        "/Inbox/one.eml",
        "/Inbox/Projects/one.eml",
        "/Inbox/Projects/two.eml",
    }


def test_a_link_follows_the_item_that_is_renamed_and_goes_with_it(filled: FileSystem) -> None:
    folder = f"{SEARCH}/invoice"
    names_in(filled, folder)
    filled.rename("/Inbox/one.eml", "/Inbox/uno.eml")
    assert follow(filled, f"{folder}/one.eml") == "/Inbox/uno.eml"
    filled.unlink("/Inbox/uno.eml")
    with refused(errno.ENOENT):
        filled.readlink(f"{folder}/one.eml")


def test_more_than_a_page_of_results_is_shown_up_to_a_thousand(fs: FileSystem, sandbox: Sandbox) -> None:
    inbox = make_account(sandbox).inbox
    inbox.bulk_create([Message(subject=f"Invoice {n}") for n in range(1100)])
    found = names_in(fs, f"{SEARCH}/invoice")
    assert len(found) == 1000
    assert set(found) < set(names_in(fs, "/Inbox"))


def test_results_stay_when_the_server_has_gone_and_a_new_search_says_so(filled: FileSystem, sandbox: Sandbox) -> None:
    found = names_in(filled, f"{SEARCH}/invoice")
    sandbox.stop()
    assert names_in(filled, f"{SEARCH}/invoice") == found
    with refused(errno.EHOSTUNREACH):
        names_in(filled, f"{SEARCH}/something new")


def test_nothing_can_be_made_or_removed_in_a_search(filled: FileSystem) -> None:
    names_in(filled, f"{SEARCH}/invoice")
    with refused(errno.EROFS):
        write(filled, f"{SEARCH}/invoice/new.eml", MAIL)
    with refused(errno.EPERM):
        filled.unlink(f"{SEARCH}/invoice/one.eml")
    with refused(errno.EINVAL):
        filled.readlink("/Inbox/one.eml")
    with refused(errno.ENOENT):
        filled.getattr(f"{SEARCH}/invoice/nothing.eml")


def test_every_result_in_the_sample_leads_to_a_file(sample: Sandbox, tmp_path: Path) -> None:
    with opener(sample, tmp_path) as open_one:
        fs = open_one()
        folder = f"{SEARCH}/report"
        found = names_in(fs, folder)
        assert found
        for name in found:
            assert not fs.getattr(follow(fs, f"{folder}/{name}")).is_directory
