"""Looking properties up, and putting them into their places."""

from __future__ import annotations

import pytest

from ewsfs.sandbox import schema
from ewsfs.sandbox.model import local, new_properties, private, t
from tests.sandbox.content import text, xml


def test_one_uri_means_what_the_kind_has() -> None:
    recurrence = schema.find("Task", "task:Recurrence")
    assert recurrence is not None
    assert recurrence.name == "Recurrence"
    assert schema.find("Task", "calendar:Recurrence") is None


def test_post_items_share_the_uris_of_messages() -> None:
    assert schema.find("PostItem", "message:From") is not None


def test_order_sorts_and_drops_what_is_foreign() -> None:
    message = xml("<t:Message><t:IsRead>true</t:IsRead><t:Nonsense/><t:Subject>s</t:Subject></t:Message>")
    schema.order(message)
    assert [local(child) for child in message] == ["Subject", "IsRead"]


def test_order_keeps_what_is_private() -> None:
    item = new_properties("CalendarItem")
    item.append(item.makeelement(private("Exceptions"), {}))
    schema.set_text(item, "Start", "2024-01-01T00:00:00Z")
    schema.order(item)
    assert [local(child) for child in item] == ["Start", "Exceptions"]


def test_set_text_replaces_and_removes() -> None:
    message = new_properties("Message")
    schema.set_text(message, "Subject", "one")
    schema.set_text(message, "Subject", "two")
    assert text(message, "Subject") == "two"
    schema.set_text(message, "Subject", None)
    assert message.find(t("Subject")) is None


@pytest.mark.parametrize(
    ("item_class", "kind"),
    [
        ("IPM.Note", "Message"),
        ("IPM.Document", "Message"),
        ("IPM.Appointment.Special", "CalendarItem"),
        ("ipm.contact", "Contact"),
        ("IPM.Contacts", "Message"),
        ("IPM.Schedule.Meeting.Request", "MeetingRequest"),
        ("IPM.Schedule.Meeting.Resp.Neg", "MeetingResponse"),
        ("IPM.Schedule.Meeting.Notification", "MeetingMessage"),
    ],
)
def test_item_classes_name_kinds(item_class: str, kind: str) -> None:
    assert schema.kind_of_class(item_class) == kind
