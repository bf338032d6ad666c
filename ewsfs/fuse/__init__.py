"""The binding of the filesystem to FUSE: the only code that knows FUSE. `mount` is all of it from outside."""

from ewsfs.fuse.adapter import mount
from ewsfs.fuse.binding import NoFuse

__all__ = ["NoFuse", "mount"]
