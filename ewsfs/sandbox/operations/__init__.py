"""The operations of EWS, a module for each group; importing the package registers them all in `dispatch`."""

from __future__ import annotations

from ewsfs.sandbox.operations import folders

__all__ = ["folders"]
