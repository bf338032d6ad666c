"""statfs(2): the mailbox's quota, learnt without anybody waiting for it."""

from __future__ import annotations

import threading
import time

import pytest

from ewsfs.ews.folders import Folder
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from ewsfs.vfs.model import Statistics
from ewsfs.vfs.remote import properties
from ewsfs.vfs.remote.service import Quota
from tests.vfs.conftest import MAIL, Open, make_account, write

GIGABYTE = 1 << 30


def wait_until_known(fs: FileSystem) -> Statistics:
    deadline = time.monotonic() + 30
    while fs._quota.known() is None:
        assert time.monotonic() < deadline, "the quota is never learnt"
        time.sleep(0.01)
    return fs.statfs()


def size_of(known: Statistics) -> int:
    return known.blocks * known.block_size


def test_the_size_of_the_filesystem_is_the_smallest_quota(sandbox: Sandbox, fs: FileSystem) -> None:
    write(fs, "/Inbox/letter.eml", MAIL)
    known = wait_until_known(fs)
    assert abs(size_of(known) - 49 * GIGABYTE) < 2 * known.block_size
    used = (known.blocks - known.blocks_free) * known.block_size
    assert 0 < used < 100_000


def test_a_remount_knows_the_quota_at_once(fs: FileSystem, open_fs: Open, sandbox: Sandbox) -> None:
    wait_until_known(fs)
    fs.close()
    again = open_fs()
    sandbox.stop()
    assert abs(size_of(again.statfs()) - 49 * GIGABYTE) < 8192


def test_nobody_waits_for_the_server_and_it_is_asked_once(fs: FileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, asked = threading.Event(), []

    def slow() -> Quota:
        asked.append(1)
        answer.wait(30)
        return Quota(GIGABYTE, 0)

    monkeypatch.setattr(fs._remote, "quota", slow)
    for _ in range(10):
        assert fs.statfs().blocks > 0  # the disk's
    assert fs._quota.known() is None
    answer.set()
    assert size_of(wait_until_known(fs)) == GIGABYTE
    assert len(asked) == 1


def test_without_a_quota_there_is_as_much_room_as_on_the_disk(fs: FileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fs._remote, "quota", lambda: Quota(None, 5))
    before = fs.statfs().blocks
    known = wait_until_known(fs)
    assert known.blocks > 0
    assert abs(known.blocks - before) < before / 2


def test_a_mailbox_over_its_quota_has_no_room_left(fs: FileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fs._remote, "quota", lambda: Quota(GIGABYTE, 2 * GIGABYTE))
    known = wait_until_known(fs)
    assert known.blocks_free == 0
    assert size_of(known) == 2 * GIGABYTE


def test_a_limit_of_minus_one_is_none(sandbox: Sandbox, fs: FileSystem) -> None:
    account = make_account(sandbox)
    (root,) = account.get_folders(["root"], only_fields=["name"])
    assert isinstance(root, Folder)
    assert properties.SendQuota.property_tag == 0x666E
    root.ewsfs_send_quota = -1  # type: ignore[attr-defined]  # registered by `properties`
    root.ewsfs_receive_quota = 2048  # type: ignore[attr-defined]
    root.save(update_fields=["ewsfs_send_quota", "ewsfs_receive_quota"])
    assert size_of(wait_until_known(fs)) == 2048 * 1024


def test_a_server_that_cannot_be_asked_changes_nothing(sandbox: Sandbox, fs: FileSystem) -> None:
    sandbox.stop()
    assert fs.statfs().blocks > 0
    assert fs._quota.known() is None
