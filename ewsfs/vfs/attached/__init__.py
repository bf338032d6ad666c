"""Attachment folders: what is in them, and what is written there."""
