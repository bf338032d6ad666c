"""Attachment folders under any conditions: a bad line, other machines, many at once, large files, any sequence."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from ewsfs.vfs.remote import ItemChanges
from tests.vfs.attaching import FOLDER, NAME, WITH_TWO, Attaching, on_server, to_a_letter
from tests.vfs.conftest import MAIL, Open, names_in, opener, read, refused, write


@pytest.fixture
def at(fs: FileSystem) -> Iterator[Attaching]:
    with to_a_letter(fs) as attaching:
        yield attaching


# -- trouble on the way ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop", "drop-after", "cut"])
@pytest.mark.parametrize(("name", "data"), [("a.txt", b"two"), ("Greetings.eml", MAIL)])
def test_a_connection_lost_in_mid_request_attaches_once(
    sandbox: Sandbox, at: Attaching, kind: str, name: str, data: bytes
) -> None:
    at.put(name, b"one")
    sandbox.faults.add(f"CreateAttachment:{kind}:1")
    at.put(name, data)
    assert at.shown() == {name: data}
    assert len(on_server(sandbox)) == 1


@pytest.mark.parametrize("kind", ["drop", "drop-after", "cut"])
def test_a_connection_lost_while_removing(sandbox: Sandbox, at: Attaching, kind: str) -> None:
    at.put("a.txt", b"one")
    at.put("b.txt", b"two")
    at.remove("a.txt")
    sandbox.faults.add(f"DeleteAttachment:{kind}:1")
    at.writer.flush()
    assert at.shown() == {"b.txt": b"two"}
    at.writer.flush()
    assert on_server(sandbox) == [("b.txt", b"two")]
    assert at.shown() == {"b.txt": b"two"}


def test_what_was_attached_before_a_crash_is_not_attached_again(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    sandbox.faults.add("CreateAttachment:drop-after")
    sandbox.faults.add("GetItem:busy-fault:ms=0")
    with pytest.raises(VfsError):
        at.put("a.txt", b"two", upload_id="u1")
    sandbox.faults.clear()
    assert len(on_server(sandbox)) == 2  # made, and the old one is still there
    at.fs.close()
    again = Attaching(open_fs())
    made = again.put("a.txt", b"two", upload_id="u1")
    assert made.name == "a.txt"
    assert again.shown() == {"a.txt": b"two"}
    assert on_server(sandbox) == [("a.txt", b"two")]


def test_a_removal_that_is_refused_shows_the_attachment_again(sandbox: Sandbox, at: Attaching) -> None:
    at.put("a.txt", b"one")
    at.remove("a.txt")

    def refusing(attachment_ids: Sequence[str]) -> list[str | VfsError]:
        return [VfsError(errno.EACCES, "not yours")] * len(attachment_ids)

    at.fs._remote.detach = refusing  # type: ignore[method-assign]
    at.writer.flush()
    assert at.shown() == {"a.txt": b"one"}


def test_somebody_else_removed_it_meanwhile(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    at.put("b.txt", b"two")
    other = Attaching(open_fs("other machine"))
    other.remove("a.txt")
    at.remove("a.txt")
    other.writer.close()
    at.writer.flush()
    assert at.shown() == {"b.txt": b"two"}
    assert on_server(sandbox) == [("b.txt", b"two")]


def test_two_machines_attach_to_the_same_message(sandbox: Sandbox, at: Attaching, open_fs: Open) -> None:
    at.put("a.txt", b"one")
    other = Attaching(open_fs("other machine"))
    other.put("b.txt", b"two")
    at.put("c.txt", b"three")
    at.writer.flush()
    assert at.shown() == {"a.txt": b"one", "b.txt": b"two", "c.txt": b"three"}
    assert sorted(on_server(sandbox)) == [("a.txt", b"one"), ("b.txt", b"two"), ("c.txt", b"three")]


def test_the_item_is_gone(at: Attaching, open_fs: Open) -> None:
    folder = at.folder()
    open_fs("other machine").unlink(NAME)
    with refused(errno.ENOENT):
        at.writer.put(folder, "a.txt", io.BytesIO(b"one"), upload_id="u1")


def test_a_sync_under_way_does_not_undo_a_change(at: Attaching) -> None:
    """The answer of a sync that was asked for before a change arrives after it."""
    folder_id = at.item().folder_id
    sync_items = at.fs._remote.sync_items

    def late(folder_id: str, sync_state: str) -> ItemChanges:
        answer = sync_items(folder_id, sync_state)
        at.put("a.txt", b"one")
        return answer

    at.fs._catalog.expire(folder_id)
    at.fs._catalog.refresh(folder_id)
    at.fs._remote.sync_items = late  # type: ignore[method-assign]
    at.fs._catalog.expire(folder_id)
    at.fs._catalog.refresh(folder_id)
    at.fs._remote.sync_items = sync_items  # type: ignore[method-assign]
    assert at.shown() == {"a.txt": b"one"}


def test_many_at_once_are_all_attached(sandbox: Sandbox, at: Attaching) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: at.put(f"{n}.txt", b"%d" % n), range(16)))
    assert sorted(on_server(sandbox)) == sorted((f"{n}.txt", b"%d" % n) for n in range(16))
    assert at.shown() == {f"{n}.txt": b"%d" % n for n in range(16)}


PROGRAM = """
import sys
from datetime import timezone
from pathlib import Path
from ewsfs.ews import DELEGATE, Account, Configuration, Credentials
from ewsfs.vfs import Settings, open_filesystem
from ewsfs.vfs.attached.attaching import AttachmentWriter
from tests.memory import most_held

endpoint, address, cache, large = sys.argv[1:]

def make_account():
    config = Configuration(service_endpoint=endpoint, credentials=Credentials(address, "secret"), auth_type="basic")
    return Account(primary_smtp_address=address, config=config, autodiscover=False, access_type=DELEGATE)

fs = open_filesystem(make_account, Settings(address, Path(cache), timezone=timezone.utc))
writer = AttachmentWriter(fs._remote, fs._catalog, fs._attachments, fs._veils)
[name] = [name for name, is_directory in fs.readdir("/Inbox") if not is_directory]
item = fs._paths.resolve("/Inbox/" + name)
writer.make_folder(item.folder_id, item.entry)
folder = "/Inbox/" + name.removesuffix(".eml") + ".attachments"
before = most_held()
with open(large, "rb") as data:
    made = writer.put(fs._paths.resolve(folder), "large.bin", data, upload_id="u1")
fs._store.drop("\\0" + made.remote_id, "")
handle = fs.open(folder + "/large.bin", 0)
assert handle.size() == Path(large).stat().st_size
handle.release()
print(most_held() - before)
"""


def test_a_large_file_is_never_in_memory(sandbox: Sandbox, fs: FileSystem, tmp_path: Path) -> None:
    write(fs, NAME, MAIL)
    large = tmp_path / "large"
    with open(large, "wb") as file:
        for n in range(48):
            file.write(bytes([n]) * (1 << 20))
    arguments = [sandbox.endpoint, sandbox.address("ada"), str(tmp_path / "other"), str(large)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 24 << 20


# -- any sequence of changes -------------------------------------------------------------------------

_FILES = st.sampled_from(["a.txt", "b.txt", "A.txt", ".hidden", "Greetings.eml", "note.eml", "é  x.dat"])
_BYTES = st.sampled_from([b"", b"one", b"two", b"three" * 1000, MAIL, WITH_TWO])


class AnySequence(RuleBasedStateMachine):
    """An attachment folder beside a dict that does the same, and at the end what the server and another machine say."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        self.sandbox = self.stack.enter_context(Sandbox(users={"ada": "secret"}))
        self.open_fs = self.stack.enter_context(opener(self.sandbox, folder))
        fs = self.open_fs(ttl=0.0)
        write(fs, NAME, WITH_TWO)
        self.at = Attaching(fs)
        self.model = {"one.txt": b"1", "two.txt": b"2"}
        self.is_there = True

    @precondition(lambda self: self.is_there)
    @rule(name=_FILES, data=_BYTES)
    def put(self, name: str, data: bytes) -> None:
        self.at.put(name, data)
        self.model[name] = data

    @precondition(lambda self: self.is_there)
    @rule(name=_FILES, data=_BYTES, kind=st.sampled_from(["drop", "drop-after", "cut"]))
    def put_over_a_bad_line(self, name: str, data: bytes, kind: str) -> None:
        self.sandbox.faults.add(f"CreateAttachment:{kind}:1,DeleteAttachment:{kind}:1")
        self.at.put(name, data)
        self.sandbox.faults.clear()
        self.model[name] = data

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.model)))
        self.at.remove(name)
        del self.model[name]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), new=_FILES)
    def rename(self, data: st.DataObject, new: str) -> None:
        old = data.draw(st.sampled_from(sorted(self.model)))
        self.at.writer.rename(self.at.file(old), new)
        self.model[new] = self.model.pop(old)

    @precondition(lambda self: self.is_there and not self.model)
    @rule()
    def rmdir(self) -> None:
        self.at.writer.remove_folder(self.at.folder())
        self.is_there = False

    @precondition(lambda self: not self.is_there)
    @rule()
    def mkdir(self) -> None:
        self.at.mkdir()
        self.is_there = True

    @precondition(lambda self: self.is_there)
    @rule(n=st.integers(0, 99))
    def somebody_else_puts(self, n: int) -> None:
        # What was removed here and is held back is there still for others: the same put there is no change, and goes.
        self.at.writer.flush()
        other = Attaching(self.open_fs("other machine", ttl=0.0))
        if "letter.attachments" not in names_in(other.fs, "/Inbox"):
            other.mkdir()
        other.put(f"other {n}.txt", b"%d" % n)
        other.writer.close()
        other.fs.close()
        self.model[f"other {n}.txt"] = b"%d" % n

    @rule()
    def read_the_message(self) -> None:
        read(self.at.fs, NAME)

    @rule()
    def time_passes(self) -> None:
        self.at.writer.flush()

    @rule()
    def remount(self) -> None:
        self.at.writer.close()
        self.at.fs.close()
        self.at = Attaching(self.open_fs(ttl=0.0))
        self.is_there = bool(self.model)

    @invariant()
    def the_folder_is_as_it_should_be(self) -> None:
        assert ("letter.attachments" in names_in(self.at.fs, "/Inbox")) == self.is_there
        if self.is_there:
            assert self.at.shown() == self.model

    def teardown(self) -> None:
        try:
            self.at.writer.close()
            files = {n: d for n, d in on_server(self.sandbox) if d is not None}
            assert files == {n: d for n, d in self.model.items() if n in files}
            assert len(on_server(self.sandbox)) == len(self.model)
            other = self.open_fs("third machine")
            if self.model:
                assert len(names_in(other, FOLDER)) >= len(self.model)
        finally:
            self.stack.close()


AnySequence.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
TestAnySequence = AnySequence.TestCase
