"""Thousands of messages for tests of long folders, put into a sandbox's store by hand: no request takes part."""

from __future__ import annotations

from ewsfs.sandbox import schema
from ewsfs.sandbox.model import Draft, new_properties
from ewsfs.sandbox.store import Store


def fill(store: Store, mailbox: str, folder_id: str, count: int) -> None:
    """Read messages "Number 0", "Number 1", ... that were received one a second. `mailbox`, its address."""
    with store.transaction():
        for number in range(count):
            properties = new_properties("Message")
            clock = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
            for name, value in (
                ("Subject", f"Number {number}"),
                ("DateTimeReceived", f"2026-03-02T{clock}Z"),
                ("IsRead", "true"),
            ):
                schema.set_text(properties, name, value)
            store.items.add(Draft("Message", properties).item(folder_id=folder_id), mailbox)
