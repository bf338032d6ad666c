"""Who may log on: the users with their passwords, addresses and names, which are also the address book.

Used by `auth`, by impersonation, by ResolveNames and by local delivery. Threading: immutable.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

DOMAIN = "example.test"
ROOMS = f"rooms@{DOMAIN}"
"""The address of the list of rooms, which is there when one of the users is a room."""


@dataclass(frozen=True, slots=True)
class User:
    """One user; the address is the primary address of the mailbox too."""

    name: str
    password: str
    address: str
    display_name: str

    @property
    def is_room(self) -> bool:
        """Whether it is a meeting room: its name begins with "room." ("room.north")."""
        return self.name.lower().startswith("room.")


def display_name(name: str) -> str:
    """The name that people see: "ada.lovelace" is Ada Lovelace."""
    words = name.replace(".", " ").replace("_", " ").replace("-", " ").split()
    return " ".join(word[:1].upper() + word[1:] for word in words) or name


class Users:
    """The configured users, in order. The first one may impersonate the others.

    passwords: by name. aliases: name in front of the @ of another address -> name of the user whose it is.
    """

    def __init__(self, passwords: Mapping[str, str], aliases: Mapping[str, str] | None = None) -> None:
        self._users = tuple(
            User(name, password, f"{name.lower()}@{DOMAIN}", display_name(name)) for name, password in passwords.items()
        )
        if not self._users:
            raise ValueError("a sandbox needs at least one user")
        names = [user.name.lower() for user in self._users]
        for name in names:
            if names.count(name) > 1 or not name or set(name) & set('@\\/:;,<>" \t\r\n'):
                raise ValueError(f"{name!r} can't be a user: names are different from each other, plain words")
        self._aliases = {
            f"{alias.lower()}@{DOMAIN}": f"{name.lower()}@{DOMAIN}" for alias, name in (aliases or {}).items()
        }

    def __iter__(self) -> Iterator[User]:
        return iter(self._users)

    @property
    def first(self) -> User:
        """Who may impersonate the others."""
        return self._users[0]

    @property
    def rooms(self) -> list[User]:
        """Those that are meeting rooms."""
        return [user for user in self._users if user.is_room]

    def by_login(self, login: str) -> User | None:
        """The user of a login name: NAME, NAME@example.test or DOMAIN\\NAME, compared without case."""
        name = login.rpartition("\\")[2].lower()
        if "@" in name:
            return self.by_address(name)
        return next((user for user in self._users if user.name.lower() == name), None)

    def by_address(self, address: str) -> User | None:
        """The user of an address, compared without case; "smtp:" in front of it is allowed."""
        folded = address.strip().lower()
        folded = folded.removeprefix("smtp:")
        folded = self._aliases.get(folded, folded)
        return next((user for user in self._users if user.address == folded), None)

    def check(self, login: str, password: str) -> User | None:
        """The user, if the password is right."""
        user = self.by_login(login)
        if user is None or not hmac.compare_digest(user.password.encode(), password.encode()):
            return None
        return user
