"""Extended properties: every way of naming them, every type, on items and folders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ewsfs.ews import Account, CalendarItem, ExtendedProperty, Folder, Item, Message
from ewsfs.ews.extended_properties import PROPERTY_SETS, PROPERTY_TYPES, UNUSABLE_TYPES, ExtendedField
from tests.ews.strategies import extended_values


@pytest.fixture
def registered() -> Iterator[Any]:
    """Registers for the length of a test."""
    done: list[tuple[Any, str]] = []

    def register(cls: Any, name: str, kind: type[ExtendedProperty]) -> None:
        cls.register(name, kind)
        done.append((cls, name))

    yield register
    for cls, name in done:
        cls.deregister(name)


def test_a_property_by_set_and_name(account: Account) -> None:
    class LunchMenu(ExtendedProperty):
        property_set_id = "12345678-1234-1234-1234-123456781234"
        property_name = "Catering from the cafeteria"
        property_type = "String"

    # Register the property on the item type of your choice
    CalendarItem.register("lunch_menu", LunchMenu)
    # Now your property is available as the attribute 'lunch_menu', just like any other attribute
    item = CalendarItem(folder=account.calendar, subject="x", lunch_menu="Foie gras et consommé de légumes")
    item.save()
    for i in account.calendar.all():
        assert i.lunch_menu == "Foie gras et consommé de légumes"  # type: ignore[attr-defined]  # registered
    found = account.calendar.filter(lunch_menu__contains="consommé").order_by("lunch_menu")
    assert [i.subject for i in found] == ["x"]
    assert list(account.calendar.all().values_list("lunch_menu", flat=True)) == ["Foie gras et consommé de légumes"]
    # If you change your mind, just remove the property again
    CalendarItem.deregister("lunch_menu")
    with pytest.raises(TypeError, match="lunch_menu"):
        CalendarItem(lunch_menu="x")


def property_of(**attributes: Any) -> type[ExtendedProperty]:
    return type("Property", (ExtendedProperty,), {"__slots__": (), **attributes})


WAYS: dict[str, dict[str, Any]] = {
    "set and name": {
        "property_set_id": "12345678-1234-1234-1234-123456781234",
        "property_name": "Ünï",
        "property_type": "String",
    },
    "set and id": {
        "property_set_id": "00062004-0000-0000-C000-000000000046",
        "property_id": 32852,
        "property_type": "String",
    },
    "distinguished set and name": {
        "distinguished_property_set_id": "PublicStrings",
        "property_name": "Catering",
        "property_type": "String",
    },
    "distinguished set and id": {
        "distinguished_property_set_id": "Common",
        "property_id": 0x00008524,
        "property_type": "String",
    },
    "tag": {"property_tag": 0x1001, "property_type": "String"},
    "tag as text": {"property_tag": "0x1001", "property_type": "String"},
    "header": {
        "distinguished_property_set_id": "InternetHeaders",
        "property_name": "X-Mixed-Case",
        "property_type": "String",
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_naming(way: str, account: Account, registered: Any) -> None:
    registered(Message, "mine", property_of(**WAYS[way]))
    item = Message(folder=account.drafts, subject="x", mine="værdi").save()
    found = account.drafts.get(mine="værdi")
    assert found.item_id == item.item_id
    assert found.mine == "værdi"  # type: ignore[attr-defined]  # registered
    found.mine = None  # type: ignore[attr-defined]  # registered
    found.save()
    assert not account.drafts.filter(mine__exists=True).exists()


def test_the_flag_of_outlook(account: Account, registered: Any) -> None:
    class Flag(ExtendedProperty):
        property_tag = 0x1090
        property_type = "Integer"

    registered(Message, "flag_number", Flag)
    for number in (1, 2, 3):
        Message(folder=account.inbox, subject=str(number), flag_number=number).save()
    found = account.inbox.filter(flag_number__gte=2).order_by("-flag_number")
    assert [m.subject for m in found] == ["3", "2"]


def test_the_size_of_a_folder(account: Account, registered: Any) -> None:
    class FolderSize(ExtendedProperty):
        property_tag = 0x0E08
        property_type = "Integer"

    registered(Folder, "size", FolderSize)
    Message(folder=account.inbox, subject="x", body="y" * 1000).save()
    account.inbox.refresh()
    assert account.inbox.size >= 1000  # type: ignore[attr-defined]  # registered


USABLE = [name for name in PROPERTY_TYPES if name not in UNUSABLE_TYPES]


@pytest.mark.parametrize("kind", USABLE)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_type(kind: str, data: Any, account: Account) -> None:
    prop = property_of(property_set_id=PROPERTY_SETS["PublicStrings"], property_name=kind, property_type=kind)
    value = data.draw(extended_values(ExtendedField("x", prop)))
    if kind.startswith("SystemTime"):  # EWS shows whole seconds
        whole = [one.replace(microsecond=0) for one in (value if isinstance(value, list) else [value])]
        value = whole if isinstance(value, list) else whole[0]
    Message.register("mine", prop)
    try:
        item = Message(folder=account.drafts, subject="x", mine=value).save()
        item.refresh()
        read = item.mine  # type: ignore[attr-defined]  # registered
        assert read == value or (value == [] and read is None)
        item.delete()
    finally:
        Message.deregister("mine")


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"property_type": "String"}, "needs a property_tag"),
        ({"property_tag": 1, "property_type": "Text"}, "property_type"),
        ({"property_tag": 1, "property_type": "Object"}, "Object"),
        ({"property_tag": 0x8000, "property_type": "String"}, "named properties"),
        ({"property_tag": 0x10000, "property_type": "String"}, "0xFFFF"),
        ({"property_tag": 1, "property_name": "x", "property_type": "String"}, "stands alone"),
        ({"property_set_id": "x", "property_name": "x", "property_type": "String"}, "GUID"),
        ({"distinguished_property_set_id": "x", "property_id": 1, "property_type": "String"}, "must be one of"),
        ({"property_set_id": PROPERTY_SETS["Task"], "property_type": "String"}, "needs a property_tag"),
    ],
)
def test_what_names_no_property_is_refused(attributes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Message.register("mine", property_of(**attributes))


@pytest.mark.parametrize("name", ["subject", "save", "not a name", "a__b", "_hidden"])
def test_names_that_are_taken_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Item.register(name, property_of(property_tag=0x1001, property_type="String"))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Integer", 2**31),
        ("Integer", "1"),
        ("Integer", True),
        ("Short", 40000),
        ("String", b"x"),
        ("SystemTime", datetime(2026, 1, 1)),
        ("CLSID", "x"),
        ("Double", float("inf")),
        ("StringArray", "abc"),
        ("IntegerArray", ["1"]),
    ],
)
def test_wrong_values_are_refused(kind: str, value: Any, registered: Any) -> None:
    registered(Message, "mine", property_of(property_tag=0x1001, property_type=kind))
    with pytest.raises((TypeError, ValueError), match="'mine'"):
        Message(mine=value)


def test_registered_with_items_of_all_kinds(account: Account, registered: Any) -> None:
    registered(Item, "mine", property_of(property_tag=0x1001, property_type="Currency"))
    item = CalendarItem(folder=account.calendar, mine=125000).save()
    item.refresh()
    assert item.mine == 125000  # type: ignore[attr-defined]  # registered
    assert "mine" in {field.name for field in Message.FIELDS}
    with pytest.raises(ValueError, match="not registered"):
        Message.deregister("mine")


def test_a_time(account: Account, registered: Any) -> None:
    registered(Message, "received", property_of(property_tag=0x0E06, property_type="SystemTime"))
    when = datetime(2020, 5, 17, 12, tzinfo=timezone(timedelta(hours=2)))
    item = Message(folder=account.inbox, subject="x", received=when).save()
    item.refresh()
    assert item.datetime_received == when


# Two values of each type that a search may compare, the lower one first.
ORDERED: dict[str, tuple[Any, Any]] = {
    "ApplicationTime": (-1.5, 40000.25),
    "Boolean": (False, True),
    "CLSID": ("00000000-0000-0000-0000-000000000001", "10000000-0000-0000-0000-000000000000"),
    "Currency": (-5, 2**40),
    "Double": (-0.1, 1e300),
    "Float": (-0.5, 2.5),
    "Integer": (-7, 2**31 - 1),
    "Long": (-(2**40), 2**60),
    "Short": (-1, 32767),
    "String": ("a <&> b", "Bø"),
    "SystemTime": (datetime(1999, 1, 1, tzinfo=timezone.utc), datetime(2030, 1, 1, tzinfo=timezone.utc)),
}


@pytest.mark.parametrize("kind", ORDERED)
def test_items_are_filtered_and_ordered_by_a_property_of_any_type(kind: str, account: Account, registered: Any) -> None:
    low, high = ORDERED[kind]
    registered(
        Message, "mine", property_of(property_set_id=PROPERTY_SETS["Task"], property_id=0x9001, property_type=kind)
    )
    for subject, value in (("high", high), ("low", low), ("none", None)):
        Message(folder=account.inbox, subject=subject, mine=value).save()
    inbox = account.inbox

    def found(**lookups: Any) -> list[str | None]:
        return [m.subject for m in inbox.filter(**lookups).order_by("mine").only("subject")]

    assert found(mine=low) == ["low"]
    assert found(mine__in=[low, high]) == ["low", "high"]
    assert found(mine__exists=True) == ["low", "high"]
    assert found(mine__exists=False) == ["none"]
    assert found() == ["none", "low", "high"]
    assert [m.subject for m in inbox.all().order_by("-mine")] == ["high", "low", "none"]
    assert list(inbox.all().order_by("-mine").values_list("mine", flat=True)) == [high, low, None]
    if kind in ("String",):
        assert found(mine__icontains="BØ"[:1]) == ["low", "high"]
        assert found(mine__startswith="a <&") == ["low"]
    elif kind not in ("Boolean", "CLSID"):
        assert found(mine__gt=low) == ["high"]
        assert found(mine__range=(low, low)) == ["low"]


@pytest.mark.parametrize("kind", USABLE)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_folders_have_properties_of_every_type(kind: str, data: Any, account: Account) -> None:
    """Given when it is created, changed, and taken away."""
    prop = property_of(property_set_id="12345678-1234-1234-1234-123456781234", property_name=kind, property_type=kind)
    usable = extended_values(ExtendedField("x", prop)).filter(lambda value: value != [])
    first, second = (_whole_seconds(kind, data.draw(usable)) for _ in range(2))
    Folder.register("mine", prop)
    try:
        folder: Any = Folder(parent=account.inbox, name="with", mine=first).save()
        try:
            assert folder.refresh().mine == first
            folder.mine = second
            folder.save()
            assert folder.refresh().mine == second
            account.root.refresh()
            assert [getattr(one, "mine", None) for one in account.inbox.children if one == folder] == [second]
            folder.mine = None
            folder.save()
            assert folder.refresh().mine in (None, [])
        finally:
            folder.delete()
    finally:
        Folder.deregister("mine")


def _whole_seconds(kind: str, value: Any) -> Any:
    """EWS shows whole seconds."""
    if not kind.startswith("SystemTime"):
        return value
    return [one.replace(microsecond=0) for one in value] if isinstance(value, list) else value.replace(microsecond=0)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_naming_on_folders(way: str, account: Account, registered: Any) -> None:
    registered(Folder, "mine", property_of(**WAYS[way]))
    folder: Any = Folder(parent=account.inbox, name="named", mine="værdi").save()
    try:
        assert folder.refresh().mine == "værdi"
    finally:
        folder.delete()


def test_arrays_are_changed_in_place(account: Account, registered: Any) -> None:
    class MyMeetingArray(ExtendedProperty):
        property_set_id = "00062004-0000-0000-C000-000000000046"
        property_type = "BinaryArray"
        property_id = 32852

    registered(CalendarItem, "parts", MyMeetingArray)
    item: Any = CalendarItem(folder=account.calendar, subject="x", parts=[b"\x00", b"one"]).save()
    item.refresh()
    item.parts.append(b"\xff" * 300)
    item.save()
    item.refresh()
    assert item.parts == [b"\x00", b"one", b"\xff" * 300]
    item.parts = []
    item.save()
    item.refresh()
    assert not item.parts
    with pytest.raises(ValueError, match="'parts' can't be searched"):
        account.calendar.filter(parts=[b"one"])
    with pytest.raises(ValueError, match="can't be sorted"):
        account.calendar.all().order_by("parts")


def test_a_vote(account: Account, registered: Any) -> None:
    class VoteResponse(ExtendedProperty):
        distinguished_property_set_id = "Common"
        property_id = 0x00008524
        property_type = "String"

    registered(Message, "vote_response", VoteResponse)
    item: Any = Message(folder=account.inbox, subject="lunch?", vote_response="Yes").save()
    item.vote_response = VoteResponse("No")  # the property itself will do for its value
    item.save()
    assert account.inbox.get(vote_response="No").subject == "lunch?"
