"""The users: their names, addresses and logins."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.users import Users, display_name


@pytest.fixture
def users() -> Users:
    return Users({"Ada.Lovelace": "s:1", "ben": ""})


@pytest.mark.parametrize(
    "login",
    ["Ada.Lovelace", "ada.lovelace", "ADA.LOVELACE@EXAMPLE.TEST", "X\\ada.lovelace", "X\\ada.lovelace@example.test"],
)
def test_logins(users: Users, login: str) -> None:
    found = users.check(login, "s:1")
    assert found is users.first


@pytest.mark.parametrize("login", ["", "ada", "ada.lovelace@example.org", "@example.test", "ben\\"])
def test_what_is_nobody(users: Users, login: str) -> None:
    assert users.check(login, "s:1") is None


@pytest.mark.parametrize(
    "address", ["ada.lovelace@example.test", "SMTP:Ada.Lovelace@example.test", " ada.lovelace@example.test "]
)
def test_addresses(users: Users, address: str) -> None:
    assert users.by_address(address) is users.first


@pytest.mark.parametrize(
    ("name", "shown"), [("ada", "Ada"), ("ada.lovelace", "Ada Lovelace"), ("mary-ann_o", "Mary Ann O"), ("...", "...")]
)
def test_display_names(name: str, shown: str) -> None:
    assert display_name(name) == shown


@pytest.mark.parametrize("passwords", [{}, {"a": "", "A": ""}, {"": ""}, {"a@b": ""}, {"a b": ""}, {"a:b": ""}])
def test_names_that_cannot_be(passwords: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="user"):
        Users(passwords)
