"""Sort orders on each type of property."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.sorting import sort_items
from tests.sandbox.content import create, refused, xml


def order(*fields: tuple[str, str]) -> str:
    inner = "".join(
        f'<t:FieldOrder Order="{direction}"><t:FieldURI FieldURI="{uri}"/></t:FieldOrder>' for uri, direction in fields
    )
    return f"<m:SortOrder>{inner}</m:SortOrder>"


ITEMS = [
    create(f"<t:Message><t:Subject>{subject}</t:Subject><t:Importance>{importance}</t:Importance></t:Message>")
    for subject, importance in (("b", "High"), ("A", "Low"), ("c", "Normal"), ("a", "High"))
]


@pytest.mark.parametrize(
    ("fields", "subjects"),
    [
        ([], "bAca"),
        ([("item:Subject", "Ascending")], "Aabc"),
        ([("item:Subject", "Descending")], "cbAa"),
        ([("item:Importance", "Ascending")], "Acba"),
        ([("item:Importance", "Descending"), ("item:Subject", "Ascending")], "abcA"),
        ([("item:ReminderDueBy", "Ascending")], "bAca"),
    ],
)
def test_orders(fields: list[tuple[str, str]], subjects: str) -> None:
    found = sort_items(ITEMS, xml(order(*fields)))
    assert "".join(item.get("Subject") or "" for item in found) == subjects


def test_items_without_a_value_come_first() -> None:
    tasks = [
        create("<t:Task><t:Subject>late</t:Subject><t:DueDate>2024-03-05T00:00:00Z</t:DueDate></t:Task>"),
        create("<t:Task><t:Subject>never</t:Subject></t:Task>"),
        create("<t:Task><t:Subject>early</t:Subject><t:DueDate>2023-03-05T00:00:00Z</t:DueDate></t:Task>"),
    ]
    found = sort_items(tasks, xml(order(("task:DueDate", "Ascending"))))
    assert [item.get("Subject") for item in found] == ["never", "early", "late"]


@pytest.mark.parametrize("uri", ["item:Body", "item:Attachments", "item:Nonsense"])
def test_what_has_no_order_is_refused(uri: str) -> None:
    with refused("ErrorUnsupportedPathForSortGroup"):
        sort_items(ITEMS, xml(order((uri, "Ascending"))))
