"""The bytes of items and attachments on disk, one file for each (id, change key), bounded in bytes.

Used by `content` and `attachments`. It is a cache: all that is in it can be had again from the server, so a file
that is damaged, foreign or gone is a miss, never an error, and nothing is fsynced.

On disk: `PATH/ab/abcd....SIZE-CRC`, where `abcd...` is the SHA-256, in hexadecimal, of the id, a NUL and the change
key. Ids are case-sensitive and long and hold '/' and '+', and no file system gets to see them. Size and CRC-32 of
the bytes stand in the name because a power cut may leave a file empty or cut although it was renamed into its
place: the first time that a process opens a file which it didn't write, it checks both. The time of last use is the
file's mtime, since most file systems are mounted without atime.

Threading: any thread, and several processes may share one folder. A file comes to be by a rename, whole or not
at all. What is open here is not evicted; what another process evicts while it is open here stays readable until it
is closed. The lock guards the tables and is never held while bytes are copied.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import io
import logging
import os
import re
import shutil
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Buffer

log = logging.getLogger(__name__)

_CHUNK = 1 << 20
_NAME = re.compile(r"([0-9a-f]{64})\.([0-9]{1,19})-([0-9a-f]{8})\Z")
# Eviction goes a little further than it must, so that it isn't run again for each of the next files.
_SLACK = 0.9
_COMING = "put-"  # how the name of a file begins whose content is yet to come


class _Record(NamedTuple):
    """A file as its name tells it: the hash of its key, the length in bytes and the CRC-32 of its bytes."""

    digest: str
    size: int
    crc: int

    @property
    def file_name(self) -> str:
        return f"{self.digest}.{self.size}-{self.crc:08x}"


class ContentStore:
    """A folder of bytes, by id and change key, of at most a given size.

    Parameters: `path`, the folder, made with mode 0700 if it isn't there; `limit_bytes`, above which the files
    used longest ago go. What is open or pinned, and the file put last, stay also when they alone are more.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._known: dict[str, _Record] = {}  # files that this process wrote or checked
        self._in_use: Counter[str] = Counter()
        self._total: int | None = None  # bytes, as far as we know: other processes write too
        self._clock = 0
        self._make_folder(path)

    def put(self, item_id: str, change_key: str, content: bytes | BinaryIO) -> int:
        """Keep the content of an item, in place of what was kept for it before.

        Parameters: `content`, the bytes, or a stream that is read from where it stands to its end, a piece at a
        time, or what `incoming` made, which isn't copied. Returns the number of bytes. Raises: OSError when the disk
        refuses (full: after everything that may go has gone).
        """
        digest = _digest(item_id, change_key)
        with self._held(digest):
            if isinstance(content, Incoming):
                record = self._take(digest, content)
            else:
                with self.incoming() as file:
                    shutil.copyfileobj(io.BytesIO(content) if isinstance(content, bytes) else content, file, _CHUNK)
                    record = self._take(digest, file)
            others = [r for r in self._on_disk(digest) if r != record]
            with self._lock:
                self._known[digest] = record
            for other in others:
                self._remove(other)
            self._grown(record.size - sum(other.size for other in others))
        return record.size

    def incoming(self) -> Incoming:
        """A file for a content that is yet to come. It is no content before it is `put`, and gone when it is closed
        without that, or the process dies. Raises: OSError when the disk refuses, as does writing to it."""
        self._make_folder(self._path)
        return Incoming(self._path, self._evict)

    def open(self, item_id: str, change_key: str) -> BinaryIO | None:
        """The content of an item as an open file (a real one, with a descriptor), or None when it isn't here.

        While it is open it is not evicted; it stays as it is when the item is put anew or dropped.
        """
        digest = _digest(item_id, change_key)
        # The file may be replaced by another process between the look and the open.
        for _ in range(3):
            record = self._find(digest)
            if record is None:
                return None
            file = self._open(record)
            if file is not None:
                return file
        return None

    def size(self, item_id: str, change_key: str) -> int | None:
        """The length of an item's content in bytes, or None when it isn't here."""
        record = self._find(_digest(item_id, change_key))
        if record is None:
            return None
        try:
            status = os.stat(self._place(record))
        except OSError:
            self._forget(record)
            return None
        return record.size if status.st_size == record.size else None

    def drop(self, item_id: str, change_key: str) -> None:
        """Forget the content of an item; nothing happens when it isn't here."""
        digest = _digest(item_id, change_key)
        for record in self._on_disk(digest):
            self._remove(record)
            self._grown(-record.size)

    def pin(self, item_id: str, change_key: str) -> None:
        """Keep from evicting what is or will be here under this key, until `unpin` was called as often."""
        with self._lock:
            self._in_use[_digest(item_id, change_key)] += 1

    def unpin(self, item_id: str, change_key: str) -> None:
        self._release(_digest(item_id, change_key))

    # -- finding and opening -------------------------------------------------------------------------------------

    def _place(self, record: _Record) -> Path:
        return self._path / record.digest[:2] / record.file_name

    def _find(self, digest: str) -> _Record | None:
        with self._lock:
            known = self._known.get(digest)
        return known or next(iter(self._on_disk(digest)), None)

    def _on_disk(self, digest: str) -> list[_Record]:
        """The files of one key: mostly one, more for a moment when two processes put it at the same time."""
        return [record for record, _ in self._files(self._path / digest[:2]) if record.digest == digest]

    def _open(self, record: _Record) -> BinaryIO | None:
        self._hold(record.digest)
        try:
            raw = _OpenFile(self._place(record), lambda: self._release(record.digest))
        except OSError:
            self._release(record.digest)
            self._forget(record)
            return None
        if not self._is_whole(raw, record):
            log.info("a damaged file in the cache is left out: %s", record.file_name)
            raw.close()
            self._remove(record)
            return None
        with contextlib.suppress(OSError):  # another user's, or a read-only disk: it only looks older than it is
            os.utime(raw.fileno(), ns=(self._now(), self._now()))
        return io.BufferedReader(raw)

    def _is_whole(self, raw: _OpenFile, record: _Record) -> bool:
        if os.fstat(raw.fileno()).st_size != record.size:
            return False
        with self._lock:
            if self._known.get(record.digest) == record:
                return True
        crc = 0
        try:
            while chunk := raw.read(_CHUNK):
                crc = zlib.crc32(chunk, crc)
            raw.seek(0)
        except OSError:
            return False
        if crc != record.crc:
            return False
        with self._lock:
            self._known[record.digest] = record
        return True

    # -- writing -------------------------------------------------------------------------------------------------

    def _take(self, digest: str, file: Incoming) -> _Record:
        """Rename what has come to its place."""
        record = _Record(digest, file.size, file.crc)
        self._make_folder(self._place(record).parent)
        os.utime(file.fileno(), ns=(self._now(), self._now()))
        file.keep(self._place(record))
        return record

    @staticmethod
    def _make_folder(path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(0o700)

    # -- eviction ------------------------------------------------------------------------------------------------

    def _grown(self, size: int) -> None:
        """Count bytes that came or went, and evict when there are too many."""
        with self._lock:
            if self._total is not None:
                self._total += size
                if self._total <= self._limit:
                    return
            elif size < 0:
                return
        self._evict()

    def _evict(self, spare: int = 0) -> bool:
        """Look at what is there, and remove the files used longest ago until it is within the limit.

        Parameters: `spare`, bytes to make free in any case. Returns whether anything went.
        """
        with self._lock:
            before = self._total or 0
        files = sorted(self._all_files(), key=lambda file: file[1])
        total = sum(record.size for record, _ in files)
        too_much = max(spare, total - int(self._limit * _SLACK) if total > self._limit else 0)
        gone = 0
        for record, _ in files:
            if gone >= too_much:
                break
            with self._lock:
                if self._in_use[record.digest]:
                    continue
                self._known.pop(record.digest, None)
            self._remove(record)
            gone += record.size
        with self._lock:
            # What others put meanwhile may be counted twice, never not at all.
            self._total = total - gone + max((self._total or 0) - before, 0)
        return gone > 0

    def _all_files(self) -> Iterator[tuple[_Record, int]]:
        self._files(self._path, clean=True)
        for folder in _scan(self._path):
            if len(folder.name) == 2 and folder.is_dir(follow_symlinks=False):
                yield from self._files(Path(folder.path), clean=True)

    @staticmethod
    def _files(folder: Path, *, clean: bool = False) -> list[tuple[_Record, int]]:
        """What is in one of the folders, with the time of last use in nanoseconds; the newest first.

        Foreign files are passed over; with `clean`, what a process that died has left half written is removed.
        """
        found = []
        for file in _scan(folder):
            match = _NAME.match(file.name)
            try:
                if match is not None and file.is_file(follow_symlinks=False):
                    record = _Record(match[1], int(match[2]), int(match[3], 16))
                    found.append((record, file.stat(follow_symlinks=False).st_mtime_ns))
                elif clean and file.name.startswith(_COMING):
                    _remove_if_left(Path(file.path))
            except OSError:  # it went while we looked
                continue
        return sorted(found, key=lambda one: one[1], reverse=True)

    def _remove(self, record: _Record) -> None:
        self._forget(record)
        with contextlib.suppress(OSError):  # it has gone already
            os.unlink(self._place(record))

    def _forget(self, record: _Record) -> None:
        with self._lock:
            if self._known.get(record.digest) == record:
                del self._known[record.digest]

    # -- use -----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _held(self, digest: str) -> Iterator[None]:
        self._hold(digest)
        try:
            yield
        finally:
            self._release(digest)

    def _hold(self, digest: str) -> None:
        with self._lock:
            self._in_use[digest] += 1

    def _release(self, digest: str) -> None:
        with self._lock:
            self._in_use[digest] -= 1
            if self._in_use[digest] <= 0:
                del self._in_use[digest]

    def _now(self) -> int:
        """Nanoseconds since the epoch, never the same twice: the order of use must not hang on a coarse clock."""
        with self._lock:
            self._clock = max(self._clock + 1, time.time_ns())
            return self._clock


class Incoming(io.FileIO):
    """A file for a content that is yet to come: see `ContentStore.incoming`. Only its end is written to.

    Parameters: `folder`, where it is made; `make_room`, removes that many bytes of others from the disk, and says
    whether it did. Attributes: `size`, bytes; `crc`, their CRC-32.
    """

    def __init__(self, folder: Path, make_room: Callable[[int], bool]) -> None:
        self.size = self.crc = 0
        self._make_room = make_room
        descriptor, self._path = tempfile.mkstemp(prefix=_COMING, dir=folder)
        self._is_kept = False
        super().__init__(descriptor, "r+")
        # A lock tells the files being written from those of processes that died.
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def write(self, data: Buffer, /) -> int:
        """Writes all of it, at the end."""
        rest = whole = memoryview(data).cast("B")
        while rest:
            try:
                done = os.pwrite(self.fileno(), rest, self.size)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not self._make_room(len(rest)):
                    raise
            else:
                self.crc = zlib.crc32(rest[:done], self.crc)
                self.size += done
                rest = rest[done:]
        return len(whole)

    def keep(self, place: Path) -> None:
        """It stays when it is closed, under another name."""
        os.rename(self._path, place)
        self._is_kept = True

    def close(self) -> None:
        """Closes it; what isn't kept is gone."""
        if not self.closed and not self._is_kept:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
        super().close()


class _OpenFile(io.FileIO):
    """A file open for reading that tells when it is closed, once."""

    def __init__(self, path: Path, closed: Callable[[], None]) -> None:
        self._tell_closed: Callable[[], None] | None = None
        super().__init__(path, "r")
        self._tell_closed = closed

    def close(self) -> None:
        tell, self._tell_closed = self._tell_closed, None
        super().close()
        if tell is not None:
            tell()


def _digest(item_id: str, change_key: str) -> str:
    key = f"{item_id}\0{change_key}".encode(errors="surrogatepass")
    return hashlib.sha256(key).hexdigest()


def _scan(folder: Path) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        yield from entries


def _remove_if_left(path: Path) -> None:
    """Remove a temporary file that no living process holds the lock of."""
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        # Between mkstemp and flock a file is empty and not yet locked: leave it for the next time.
        if os.fstat(file.fileno()).st_size:
            path.unlink(missing_ok=True)
