"""FUSE calls as calls of `ewsfs.vfs`, and its errors as errnos; nothing else happens here.

libfuse calls from many threads at once. Whatever goes wrong inside a call is caught here and logged with the
path: an exception that reached ctypes would be swallowed, or end the mount.
"""

from __future__ import annotations

import errno
import functools
import itertools
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar, cast

from ewsfs.fuse import binding
from ewsfs.vfs import FileSystem, VfsError
from ewsfs.vfs.handles import Handle

log = logging.getLogger(__name__)

# Nanoseconds that stand for "now" and "leave it" in utimensat(2); the bindings add them to the seconds.
_UTIME_NOW = (1 << 30) - 1
_UTIME_OMIT = (1 << 30) - 2

# What a mount of ours always is. attr_timeout=0: a size that is corrected at open must be seen by the program that
# opened (DESIGN.md 4). entry_timeout=0: an item that has gone elsewhere has gone here.
_ALWAYS: dict[str, object] = {
    "attr_timeout": 0,
    "entry_timeout": 0,
    "negative_timeout": 0,
    "fsname": "ewsfs",
    "subtype": "ewsfs",
}

# Expected answers, not worth a line in the log above DEBUG.
_QUIET = frozenset({errno.ENOENT, errno.ENODATA, errno.ENOTSUP, errno.EEXIST, errno.ENOTEMPTY, errno.EROFS})
# A "no" to these is an answer, no failure: a file manager asks of each file what it may do with it, git and emacs try
# links first and do without.
_QUESTIONS = frozenset({"access", "link", "symlink"})

# What is asked of an open file. libfuse gives no path of one that has no name any more, nor a directory.
_BY_HANDLE = frozenset({"getattr", "read", "write", "truncate", "flush", "fsync", "release", "releasedir"})


class FileInfo(Protocol):
    """The fields of `struct fuse_file_info` that are used (libfuse's fuse_common.h)."""

    fh: int
    flags: int
    keep_cache: int


Method = TypeVar("Method", bound=Callable[..., Any])


def _answer(method: Method) -> Method:
    """Make a method fit to be called by libfuse: whatever it raises becomes an errno and a line in the log."""

    @functools.wraps(method)
    def call(self: Adapter, *args: Any) -> Any:
        try:
            if args and args[0] is None and method.__name__ not in _BY_HANDLE:
                raise VfsError(errno.ENOENT, "a file that was removed while it is open")
            return method(self, *args)
        except VfsError as error:
            is_quiet = error.number in _QUIET or method.__name__ in _QUESTIONS
            level = logging.DEBUG if is_quiet else logging.INFO
            log.log(level, "%s %s: %s", method.__name__, args[0] if args else "", error)
            raise self.error(error.number) from error
        except OSError as error:
            log.warning("%s %s: %s", method.__name__, args[0] if args else "", error)
            raise self.error(error.errno or errno.EIO) from error
        except Exception as error:
            log.exception("%s %s failed", method.__name__, args[0] if args else "")
            raise self.error(errno.EIO) from error

    return cast("Method", call)


class Adapter:
    """What a binding calls.

    `use_ns`: times are integers of nanoseconds, floats would lose digits. `flag_utime_omit_ok`: libfuse 2 is to tell
    also of one time set alone, as tar sets it; else it would say that this was done, and do nothing (its fuse.h).
    `flag_nullpath_ok`: it is to ask of an open file also when the directory that it was in has gone, as libfuse 3 does.
    """

    use_ns = True
    flag_utime_omit_ok = 1
    flag_nullpath_ok = 1

    def __init__(self, filesystem: FileSystem, error: type[OSError], on_ready: Callable[[], None]) -> None:
        self._fs = filesystem
        self.error = error
        self._on_ready = on_ready
        self._lock = threading.Lock()
        self._handles: dict[int, Handle] = {}
        self._numbers = itertools.count(1)
        # The content version that the kernel's page cache holds for a path, as far as it was opened through us.
        self._cached: dict[str, str] = {}

    # -- the mount ---------------------------------------------------------------------------------

    @_answer
    def init(self, path: str) -> None:
        self._on_ready()

    @_answer
    def destroy(self, path: str) -> None:
        """The mount has ended; its owner closes the filesystem."""

    @_answer
    def statfs(self, path: str) -> dict[str, int]:
        known = self._fs.statfs()
        return {
            "f_bsize": known.block_size,
            "f_frsize": known.block_size,
            "f_blocks": known.blocks,
            "f_bfree": known.blocks_free,
            "f_bavail": known.blocks_free,
            "f_files": known.files,
            "f_ffree": known.files_free,
            "f_favail": known.files_free,
            "f_namemax": known.name_max,
        }

    # -- looking -----------------------------------------------------------------------------------

    @_answer
    def getattr(self, path: str | None, info: FileInfo | None = None) -> dict[str, int]:
        known = self._fs.getattr(path, self._handle(info))
        return {
            "st_mode": known.mode,
            "st_nlink": known.nlink,
            "st_size": known.size,
            "st_blocks": (known.size + 511) // 512,
            "st_uid": known.uid,
            "st_gid": known.gid,
            "st_atime": known.mtime_ns,
            "st_mtime": known.mtime_ns,
            "st_ctime": known.ctime_ns,
        }

    @_answer
    def access(self, path: str, mode: int) -> int:
        self._fs.access(path, mode)
        return 0

    @_answer
    def opendir(self, path: str) -> int:
        return 0

    @_answer
    def releasedir(self, path: str, handle: int) -> int:
        return 0

    @_answer
    def readdir(self, path: str, handle: int) -> Iterable[str]:
        return [".", "..", *(name for name, _ in self._fs.readdir(path))]

    @_answer
    def readlink(self, path: str) -> str:
        return self._fs.readlink(path)

    @_answer
    def getxattr(self, path: str, name: str, position: int = 0) -> bytes:
        return self._fs.getxattr(path, name)

    @_answer
    def listxattr(self, path: str) -> list[str]:
        return self._fs.listxattr(path)

    @_answer
    def setxattr(self, path: str, name: str, value: bytes, options: int, position: int = 0) -> int:
        self._fs.setxattr(path, name, value, options)
        return 0

    @_answer
    def removexattr(self, path: str, name: str) -> int:
        self._fs.removexattr(path, name)
        return 0

    # -- open files --------------------------------------------------------------------------------

    @_answer
    def open(self, path: str, info: FileInfo) -> int:
        handle = self._fs.open(path, info.flags)
        self._register(path, info, handle)
        return 0

    @_answer
    def create(self, path: str, mode: int, info: FileInfo) -> int:
        self._register(path, info, self._fs.create(path, info.flags))
        return 0

    @_answer
    def read(self, path: str, size: int, offset: int, info: FileInfo) -> bytes:
        return self._opened(info).read(size, offset)

    @_answer
    def write(self, path: str, data: bytes, offset: int, info: FileInfo) -> int:
        return self._opened(info).write(data, offset)

    @_answer
    def truncate(self, path: str, length: int, info: FileInfo | None = None) -> int:
        handle = self._handle(info)
        if handle is not None:
            handle.truncate(length)
        else:
            self._fs.truncate(path, length)
        return 0

    @_answer
    def flush(self, path: str, info: FileInfo) -> int:
        self._opened(info).flush()
        return 0

    @_answer
    def fsync(self, path: str, datasync: int, info: FileInfo) -> int:
        self._opened(info).fsync()
        return 0

    @_answer
    def release(self, path: str, info: FileInfo) -> int:
        with self._lock:
            handle = self._handles.pop(info.fh)
        handle.release()
        return 0

    # -- names and times ---------------------------------------------------------------------------

    @_answer
    def mkdir(self, path: str, mode: int) -> int:
        self._fs.mkdir(path)
        return 0

    @_answer
    def rmdir(self, path: str) -> int:
        self._fs.rmdir(path)
        return 0

    @_answer
    def unlink(self, path: str) -> int:
        self._fs.unlink(path)
        return 0

    @_answer
    def rename(self, old: str, new: str, flags: int = 0) -> int:
        if flags:
            raise VfsError(errno.EINVAL, "renameat2 flags are not supported")
        self._fs.rename(old, new)
        with self._lock:
            self._cached.pop(old, None)
            self._cached.pop(new, None)
        return 0

    @_answer
    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        mtime = None if times is None else times[1]
        if mtime == _UTIME_OMIT:
            return 0
        self._fs.utimens(path, None if mtime == _UTIME_NOW else mtime)
        return 0

    @_answer
    def chmod(self, path: str, mode: int) -> int:
        self._fs.chmod(path, mode)
        return 0

    @_answer
    def chown(self, path: str, uid: int, gid: int) -> int:
        self._fs.chown(path, uid, gid)
        return 0

    @_answer
    def symlink(self, target: str, source: str) -> int:
        raise VfsError(errno.EPERM, f"{target}: a mailbox holds no links")

    @_answer
    def link(self, target: str, source: str) -> int:
        raise VfsError(errno.EPERM, f"{target}: a mailbox holds no links")

    @_answer
    def mknod(self, path: str, mode: int, device: int) -> int:
        raise VfsError(errno.EPERM, f"{path}: a mailbox holds no devices")

    # -- inside ------------------------------------------------------------------------------------

    def _register(self, path: str, info: FileInfo, handle: Handle) -> None:
        number = next(self._numbers)
        with self._lock:
            self._handles[number] = handle
            if handle.version is not None:
                # The kernel keeps the pages of a file by its name: they are good while the name means these bytes.
                info.keep_cache = int(self._cached.get(path) == handle.version)
                self._cached[path] = handle.version
            else:
                self._cached.pop(path, None)
        info.fh = number

    def _handle(self, info: FileInfo | None) -> Handle | None:
        if info is None:
            return None
        with self._lock:
            return self._handles.get(info.fh)

    def _opened(self, info: FileInfo) -> Handle:
        handle = self._handle(info)
        if handle is None:
            raise VfsError(errno.EBADF, "no such open file")
        return handle


def mount(
    filesystem: FileSystem,
    mountpoint: str,
    *,
    read_only: bool = False,
    options: Mapping[str, str | bool] | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve a filesystem at a mount point until it is unmounted; blocks meanwhile.

    Parameters: `mountpoint`, an existing directory; `options`, more for libfuse's `-o`; `on_ready`, called once
    the kernel talks to us. Raises: binding.NoFuse without a usable libfuse, RuntimeError when it can't mount.
    """
    module = binding.load()
    given: dict[str, Any] = {**_ALWAYS, **(options or {})}
    if read_only:
        given["ro"] = True
    if binding.libfuse_version(module) < (3,):
        # A program that empties a file as it opens it does so in one call, as with libfuse 3. In two, the file would be
        # empty and closed in between, which no message can be.
        given["atomic_o_trunc"] = True
    if binding.libfuse_version(module) >= (3, 12):
        # mfusepy leaves the field for it unset, of which libfuse complains to the user.
        given.setdefault("max_threads", "10")
    is_ready = threading.Event()

    def ready() -> None:
        is_ready.set()
        on_ready()

    # The binding's own base class answers for the calls that we don't have.
    operations = type("Operations", (Adapter, module.Operations), {})
    filesystem.tell_callers(lambda: int(module.fuse_get_context()[2]))
    try:
        module.FUSE(
            operations(filesystem, module.FuseOSError, ready), mountpoint, foreground=True, raw_fi=True, **given
        )
    except RuntimeError as error:
        # libfuse 3 ends with 8 where a signal ended the loop (libfuse's helper.c); libfuse 2 with 0.
        if not (is_ready.is_set() and error.args == (8,)):
            raise
