"""Which FUSE binding is used: mfusepy (libfuse 3 or 2) when it is installed, else fusepy (libfuse 2).

The environment variable EWSFS_FUSE, `fusepy` or `mfusepy`, decides instead where both are there. Importing
either loads libfuse, so this module is imported only when something is to be mounted.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType

_MODULES = {"mfusepy": "mfusepy", "fusepy": "fuse"}


class NoFuse(Exception):
    """No binding, or no libfuse for it: says what to install."""


def load() -> ModuleType:
    """The binding's module, with its `FUSE` and `FuseOSError`.

    Raises: NoFuse with a sentence for the user.
    """
    wanted = os.environ.get("EWSFS_FUSE")
    if wanted is not None and wanted not in _MODULES:
        raise NoFuse(f"EWSFS_FUSE is {wanted!r}; it can be one of: {', '.join(_MODULES)}")
    reasons = []
    for name in [wanted] if wanted else list(_MODULES):
        try:
            return importlib.import_module(_MODULES[name])
        except (ImportError, OSError) as error:  # OSError: the binding is there and libfuse isn't
            reasons.append(f"{name}: {error}")
    raise NoFuse(
        "FUSE can't be used (" + "; ".join(reasons) + "). Install libfuse with the system's package manager:"
        " libfuse2 for fusepy, or fuse3 with `pip install 'ewsfs[fuse3]'`."
    )


def libfuse_version(module: ModuleType) -> tuple[int, int]:
    """The version of the libfuse that a binding has loaded, as far as it says."""
    return getattr(module, "fuse_version_major", 2), getattr(module, "fuse_version_minor", 0)
