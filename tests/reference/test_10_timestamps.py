"""Message timestamp fields."""

from __future__ import annotations

from datetime import timedelta

from ewsfs.ews import UTC_NOW, Account, EWSDateTime, Message


def test_timestamps(account: Account) -> None:
    Message(account=account, subject="x", to_recipients=["john@example.test"]).send()
    message = account.inbox.get(subject="x")
    for name in ("datetime_created", "datetime_sent", "datetime_received", "last_modified_time"):
        value = getattr(message, name)
        assert isinstance(value, EWSDateTime)
        assert value.tzinfo is not None
        assert abs(value - UTC_NOW()) < timedelta(minutes=5)
    # They are the server's: nobody else sets them.
    assert all(field.is_read_only for field in Message.FIELDS if field.name.startswith("datetime_"))
