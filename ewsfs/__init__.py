"""ewsfs: a Microsoft Exchange mailbox as a directory tree, and the EWS client library under it."""

__version__ = "0.1.0"
