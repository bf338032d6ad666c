from __future__ import annotations

import errno
import io
import os
import stat
import subprocess
import sys
import tempfile
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ewsfs.vfs.known.store import ContentStore

KEY = ("AAMkAD/+=", "EQAAABYAAA")
LARGE = 1 << 30


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    return ContentStore(tmp_path / "content", LARGE)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def the_file(folder: Path) -> Path:
    (path,) = files(folder)
    return path


def content(store: ContentStore, *key: str) -> bytes | None:
    file = store.open(*key)
    if file is None:
        return None
    with file:
        return file.read()


def used(folder: Path) -> int:
    return sum(path.stat().st_size for path in files(folder))


# -- put, open, size, drop ---------------------------------------------------------------------------------------


@given(data=st.binary(max_size=3000), ids=st.tuples(st.text(max_size=500), st.text(max_size=500)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_put_is_read(store: ContentStore, data: bytes, ids: tuple[str, str]) -> None:
    assert store.put(*ids, data) == len(data)
    assert content(store, *ids) == data
    assert store.size(*ids) == len(data)
    store.drop(*ids)
    assert store.open(*ids) is None
    assert store.size(*ids) is None


def test_a_stream_is_taken_from_where_it_stands(store: ContentStore) -> None:
    data = os.urandom((1 << 20) + 17)
    stream = io.BytesIO(b"skip" + data)
    stream.seek(4)
    assert store.put(*KEY, stream) == len(data)
    assert content(store, *KEY) == data


def test_an_open_file_is_a_real_one(store: ContentStore) -> None:
    store.put(*KEY, b"0123456789")
    with store.open(*KEY) or io.BytesIO() as file:
        assert os.pread(file.fileno(), 3, 4) == b"456"
        assert os.fstat(file.fileno()).st_size == 10
        assert file.seek(0, 2) == 10


def test_ids_and_change_keys_tell_case_and_place_apart(store: ContentStore) -> None:
    keys = [("AB", "c"), ("ab", "c"), ("AB", "C"), ("A", "Bc"), ("A\0B", "c"), ("A", "B\0c")]
    for key in keys[:5]:
        store.put(*key, repr(key).encode())
    assert [content(store, *key) for key in keys[:5]] == [repr(key).encode() for key in keys[:5]]


def test_putting_anew_replaces(store: ContentStore, tmp_path: Path) -> None:
    store.put(*KEY, b"old content")
    store.put(*KEY, b"new")
    assert content(store, *KEY) == b"new"
    assert the_file(tmp_path).read_bytes() == b"new"


def test_what_is_open_stays_as_it_was(store: ContentStore) -> None:
    store.put(*KEY, b"old")
    file = store.open(*KEY)
    assert file is not None
    with file:
        store.put(*KEY, b"new content")
        store.drop(*KEY)
        assert file.read() == b"old"


def test_dropping_what_is_not_there_is_nothing(store: ContentStore) -> None:
    store.drop(*KEY)


def test_a_put_that_fails_leaves_the_old_content_and_no_rubbish(store: ContentStore, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, "gone")

    store.put(*KEY, b"old")
    with pytest.raises(OSError, match="gone"):
        store.put(*KEY, Broken())
    assert content(store, *KEY) == b"old"
    assert len(files(tmp_path)) == 1


# -- on disk -----------------------------------------------------------------------------------------------------


def test_only_the_owner_may_look(tmp_path: Path) -> None:
    loose = tmp_path / "content"
    loose.mkdir(mode=0o755)
    store = ContentStore(loose, LARGE)
    store.put(*KEY, b"secret")
    for folder in (loose, the_file(loose).parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(the_file(loose).stat().st_mode) == 0o600


def test_no_id_is_seen_in_a_file_name(store: ContentStore, tmp_path: Path) -> None:
    store.put("x" * 500, "y" * 500, b"")
    assert "x" * 5 not in str(the_file(tmp_path))
    assert len(the_file(tmp_path).name) < 143  # what eCryptfs allows, the least of the usual ones


def test_content_survives_a_restart(store: ContentStore, tmp_path: Path) -> None:
    store.put(*KEY, b"content")
    again = ContentStore(tmp_path / "content", LARGE)
    assert again.size(*KEY) == 7
    assert content(again, *KEY) == b"content"


def test_the_folder_may_vanish(store: ContentStore, tmp_path: Path) -> None:
    store.put(*KEY, b"content")
    path = the_file(tmp_path)
    path.unlink()
    path.parent.rmdir()
    (tmp_path / "content").rmdir()
    assert store.size(*KEY) is None
    assert store.open(*KEY) is None
    store.put(*KEY, b"again")
    assert content(store, *KEY) == b"again"


@pytest.mark.parametrize("damage", [b"", b"conte", b"contenT", b"content and more"])
def test_a_damaged_file_is_a_miss(tmp_path: Path, damage: bytes) -> None:
    ContentStore(tmp_path, LARGE).put(*KEY, b"content")
    the_file(tmp_path).write_bytes(damage)
    store = ContentStore(tmp_path, LARGE)
    assert store.open(*KEY) is None
    assert files(tmp_path) == []
    store.put(*KEY, b"content")
    assert content(store, *KEY) == b"content"


def test_a_file_cut_while_we_run_is_a_miss(store: ContentStore, tmp_path: Path) -> None:
    store.put(*KEY, b"content")
    os.truncate(the_file(tmp_path), 3)
    assert store.size(*KEY) is None
    assert store.open(*KEY) is None


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    ContentStore(tmp_path, LARGE).put(*KEY, b"content")
    place = the_file(tmp_path).parent
    foreign = [tmp_path / "README", place / "README", tmp_path / "zz"]
    for path in foreign:
        path.write_bytes(b"x" * 1000)
    (place / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    (place / "link").symlink_to("/etc/passwd")
    store = ContentStore(tmp_path, 50)
    for number in range(20):
        store.put(f"id {number}", "key", b"0123456789")
    assert all(path.read_bytes() == b"x" * 1000 for path in foreign)
    assert store.open(*KEY) is None  # evicted: it was the oldest


def test_a_folder_in_the_place_of_a_file_is_a_miss(store: ContentStore, tmp_path: Path) -> None:
    store.put(*KEY, b"content")
    path = the_file(tmp_path)
    path.unlink()
    path.mkdir()
    assert store.open(*KEY) is None
    assert ContentStore(tmp_path / "content", LARGE).open(*KEY) is None


def test_what_a_killed_process_left_half_written_is_cleaned_up(tmp_path: Path) -> None:
    killed = (
        "import os, pathlib, signal, sys\n"
        "from ewsfs.vfs.known.store import ContentStore\n"
        "class Killer:\n"
        "    pieces = [b'x' * 1000, b'x' * 1000]\n"
        "    def read(self, size):\n"
        "        return self.pieces.pop() if self.pieces else os.kill(os.getpid(), signal.SIGKILL)\n"
        "ContentStore(pathlib.Path(sys.argv[1]), 10**9).put('id', 'key', Killer())\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert used(tmp_path) == 2000
    store = ContentStore(tmp_path, LARGE)
    assert store.open("id", "key") is None
    store.put("another id", "key", b"")
    assert used(tmp_path) == 0


def test_a_full_disk_makes_room_before_it_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ContentStore(tmp_path, LARGE)
    for number in range(5):
        store.put(f"id {number}", "key", b"x" * 100)
    write = os.pwrite
    disk = 560

    def full(descriptor: int, data: bytes | memoryview, offset: int) -> int:
        free = disk - used(tmp_path)
        if free <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:free], offset)

    monkeypatch.setattr(os, "pwrite", full)
    store.put(*KEY, b"y" * 150)
    assert content(store, *KEY) == b"y" * 150
    assert content(store, "id 4", "key") == b"x" * 100
    with pytest.raises(OSError, match="No space left"):
        store.put("too large", "key", b"z" * 1000)
    assert used(tmp_path) <= disk


def test_what_comes_is_no_content_before_it_is_put(store: ContentStore, tmp_path: Path) -> None:
    with store.incoming() as file:
        file.write(b"01234")
        file.write(b"56789")
        file.seek(0)
        inode = os.fstat(file.fileno()).st_ino
        assert store.open(*KEY) is None
        assert store.put(*KEY, file) == 10
    assert content(store, *KEY) == b"0123456789"
    assert the_file(tmp_path).stat().st_ino == inode  # it wasn't copied
    again = ContentStore(tmp_path / "content", LARGE)
    assert content(again, *KEY) == b"0123456789"


def test_what_came_and_is_not_put_is_gone(store: ContentStore, tmp_path: Path) -> None:
    with store.incoming() as file:
        file.write(b"01234")
    assert files(tmp_path) == []
    # As a process that was killed leaves it: nobody has it open any more.
    (tmp_path / "content" / "put-killed").write_bytes(b"01234")
    with store.incoming() as still_coming:
        still_coming.write(b"01234")
        ContentStore(tmp_path / "content", LARGE).put("another", "key", b"")
        assert len(files(tmp_path)) == 2
    assert used(tmp_path) == 0


# -- eviction ----------------------------------------------------------------------------------------------------


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    store = ContentStore(tmp_path, 1000)
    for number in range(10):
        store.put(f"id {number}", "key", b"x" * 100)
    assert content(store, "id 0", "key") is not None
    store.put("one more", "key", b"x" * 100)
    assert store.size("id 0", "key") == 100
    assert store.size("id 1", "key") is None
    assert store.size("one more", "key") == 100
    assert used(tmp_path) <= 1000


def test_the_order_of_use_survives_a_restart(tmp_path: Path) -> None:
    store = ContentStore(tmp_path, 1000)
    for number in range(10):
        store.put(f"id {number}", "key", b"x" * 100)
    assert content(store, "id 0", "key") is not None
    ContentStore(tmp_path, 300).put("one more", "key", b"x" * 100)
    assert store.size("id 0", "key") == 100
    assert used(tmp_path) <= 300


def test_what_is_open_is_not_evicted(tmp_path: Path) -> None:
    store = ContentStore(tmp_path, 300)
    store.put(*KEY, b"x" * 100)
    file = store.open(*KEY)
    assert file is not None
    with file:
        for number in range(10):
            store.put(f"id {number}", "key", b"y" * 100)
        assert store.size(*KEY) == 100
    for number in range(10):
        store.put(f"id {number}", "key", b"z" * 100)
    assert store.size(*KEY) is None


def test_what_is_pinned_is_not_evicted(tmp_path: Path) -> None:
    store = ContentStore(tmp_path, 300)
    store.pin(*KEY)
    store.put(*KEY, b"x" * 100)
    for number in range(10):
        store.put(f"id {number}", "key", b"y" * 100)
    assert store.size(*KEY) == 100
    store.unpin(*KEY)
    for number in range(10):
        store.put(f"id {number}", "key", b"z" * 100)
    assert store.size(*KEY) is None


def test_one_item_larger_than_the_limit_can_be_read(tmp_path: Path) -> None:
    store = ContentStore(tmp_path, 100)
    store.put("small", "key", b"x" * 10)
    store.put(*KEY, b"x" * 1000)
    assert content(store, *KEY) == b"x" * 1000
    store.put("small", "key", b"x" * 10)
    assert store.size(*KEY) is None
    assert used(tmp_path) == 10


def test_several_processes_share_a_folder(tmp_path: Path) -> None:
    mine, theirs = ContentStore(tmp_path, 1000), ContentStore(tmp_path, 1000)
    mine.put(*KEY, b"one")
    assert content(theirs, *KEY) == b"one"
    theirs.put(*KEY, b"another")
    assert content(mine, *KEY) == b"another"
    theirs.drop(*KEY)
    assert content(mine, *KEY) is None
    for number in range(50):
        (mine, theirs)[number % 2].put(f"id {number}", "key", b"x" * 100)
    mine.put("last", "key", b"x" * 100)
    theirs.put("very last", "key", b"x" * 100)
    assert used(tmp_path) <= 2000


def test_many_threads(tmp_path: Path) -> None:
    store = ContentStore(tmp_path, 5000)

    def work(seed: int) -> None:
        for step in range(100):
            number = (seed * 31 + step * 7) % 20
            data = bytes([number]) * (number * 50)
            found = content(store, f"id {number}", "key")
            assert found is None or found == data
            store.put(f"id {number}", "key", data)

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work, seed) for seed in range(8)]:
            future.result(60)
    store.put(*KEY, b"")
    assert used(tmp_path) <= 5000


class StoreMachine(RuleBasedStateMachine):
    """The store against a dictionary: it may have forgotten, it never has something else."""

    LIMIT = 400

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name)
        self._store = ContentStore(self._path, self.LIMIT)
        self._model: OrderedDict[str, bytes] = OrderedDict()

    def teardown(self) -> None:
        self._folder.cleanup()

    keys = st.sampled_from("abcdefgh")

    @rule(key=keys, data=st.binary(max_size=200))
    def put(self, key: str, data: bytes) -> None:
        self._store.put(key, key, data)
        self._model[key] = data
        self._model.move_to_end(key)
        assert self._store.size(key, key) == len(data)

    @rule(key=keys)
    def get(self, key: str) -> None:
        found = content(self._store, key, key)
        assert found is None or found == self._model[key]
        if found is not None:
            self._model.move_to_end(key)

    @rule(key=keys)
    def drop(self, key: str) -> None:
        self._store.drop(key, key)
        assert content(self._store, key, key) is None
        self._model.pop(key, None)

    @rule()
    def restart(self) -> None:
        self._store = ContentStore(self._path, self.LIMIT)

    @invariant()
    def bounded(self) -> None:
        assert used(self._path) <= self.LIMIT

    @invariant()
    def the_last_used_is_here(self) -> None:
        if self._model:
            key, data = next(reversed(self._model.items()))
            assert self._store.size(key, key) == len(data)


TestStoreMachine = StoreMachine.TestCase
