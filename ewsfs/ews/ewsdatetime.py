"""Dates, times and time zones as EWS has them: `EWSDate`, `EWSDateTime`, `EWSTimeZone`, `UTC`, `UTC_NOW`.

Each is a subclass of its namesake in the standard library (`date`, `datetime`, `zoneinfo.ZoneInfo`), so that they
mix with everything; wherever a value is taken, the plain ones are taken too. What is read from a server is in UTC.
Used by every module of the client library; immutable, so any thread.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any, overload
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal
from tzlocal.windows_tz import tz_win, win_tz

if TYPE_CHECKING:
    from typing_extensions import Self


class UnknownTimeZone(ValueError):
    """No time zone has this name, neither in the IANA database nor among the Windows ids."""


class NaiveDateTimeNotAllowed(ValueError):
    """A time without a zone was given where an instant is needed."""


class EWSTimeZone(ZoneInfo):
    """A time zone of the IANA database, which also knows its Windows id.

    Made by `timezone`, `localzone` or, as any `ZoneInfo`, by its key. A zone that a server has described in
    place is one too (see `ewsfs.ews.timezones`); it has no key, and the id under which the server knows it.
    """

    _definition: tuple[bytes, str, str] | None = None

    @classmethod
    def timezone(cls, name: str) -> EWSTimeZone:
        """The zone with an IANA name ("Europe/Copenhagen") or a Windows id ("Romance Standard Time").

        Raises: UnknownTimeZone.
        """
        try:
            return cls(win_tz.get(name, name))
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise UnknownTimeZone(f"there is no time zone {name!r}") from error

    @classmethod
    def localzone(cls) -> EWSTimeZone:
        """The zone that this machine is set to. Raises: UnknownTimeZone."""
        name = tzlocal.get_localzone_name()
        if name:
            return cls.timezone(name)
        try:
            with open("/etc/localtime", "rb") as file:
                return cls.from_bytes(file.read(), "")
        except (OSError, ValueError) as error:
            raise UnknownTimeZone("this machine does not tell its time zone") from error

    @classmethod
    def from_bytes(cls, data: bytes, ms_id: str, xml: str = "") -> EWSTimeZone:
        """A zone from its TZif description (RFC 8536).

        Parameters: `ms_id`, the id under which the server knows it; `xml`, the server's own description.
        """
        zone = cls.from_file(io.BytesIO(data))
        zone._definition = (data, ms_id, xml)
        return zone

    @classmethod
    def of(cls, zone: tzinfo | None) -> EWSTimeZone:
        """The same zone as one of ours. Raises: UnknownTimeZone for a zone without a name."""
        if isinstance(zone, cls):
            return zone
        key = getattr(zone, "key", None) or getattr(zone, "zone", None)  # zoneinfo, pytz
        if key:
            return cls.timezone(key)
        if zone is not None and zone.utcoffset(None) == timedelta(0):
            return UTC
        raise UnknownTimeZone(f"the time zone {zone!r} has no name")

    def __reduce__(self) -> tuple[Any, ...]:
        if self._definition is not None:
            return type(self).from_bytes, self._definition
        return type(self), (self.key,)

    def __repr__(self) -> str:
        return f"EWSTimeZone({(self.key or self.ms_id)!r})"

    @property
    def ms_id(self) -> str:
        """The Windows id, by which EWS names time zones; "" when there is none."""
        if self._definition is not None:
            return self._definition[1]
        return tz_win.get(self.key, "")

    @property
    def xml(self) -> str:
        """The description in place that a server gave of it, "" for a zone that has a name."""
        return self._definition[2] if self._definition is not None else ""

    def localize(self, value: datetime) -> EWSDateTime:
        """The instant at which clocks in this zone show a time.

        Parameters: `value`, a time without zone. In an hour that happens twice, `fold` decides.
        Raises: ValueError when `value` has a zone already.
        """
        if not isinstance(value, datetime):
            raise TypeError(f"a datetime is wanted, not {value!r}")
        if value.tzinfo is not None:
            raise ValueError(f"{value!r} has a time zone already: use astimezone()")
        return EWSDateTime.from_datetime(value.replace(tzinfo=self), allow_naive=True)

    def normalize(self, value: datetime) -> EWSDateTime:
        """The same instant as clocks in this zone show it."""
        return EWSDateTime.from_datetime(value).astimezone(self)


class EWSDate(date):
    """A day; see `datetime.date`."""

    @classmethod
    def from_date(cls, value: date) -> EWSDate:
        return cls(value.year, value.month, value.day)

    @classmethod
    def from_string(cls, text: str) -> EWSDate:
        """The day of an `xs:date`, whose zone says nothing about the day. Raises: ValueError."""
        match = _DATE.match(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no xs:date")
        return cls(*map(int, match.groups()))

    def ewsformat(self) -> str:
        """As EWS writes it: `2017-09-05`."""
        return f"{self.year:04}-{self.month:02}-{self.day:02}"


class EWSDateTime(datetime):
    """A point in time; see `datetime.datetime`. Give it a zone with `EWSTimeZone.localize`."""

    if TYPE_CHECKING:  # the standard library keeps the subclass here; its type stubs mostly say so

        def astimezone(self, tz: tzinfo | None = ...) -> Self: ...
        @overload  # type: ignore[override]  # the stub wants the same subclass on both sides
        def __sub__(self, value: datetime, /) -> timedelta: ...
        @overload
        def __sub__(self, value: timedelta, /) -> Self: ...
        def __sub__(self, value: datetime | timedelta, /) -> timedelta | Self: ...

    @classmethod
    def from_datetime(cls, value: datetime, *, allow_naive: bool = False) -> EWSDateTime:
        """The same time as one of ours. Raises: NaiveDateTimeNotAllowed."""
        if value.tzinfo is None and not allow_naive:
            raise NaiveDateTimeNotAllowed(
                f"{value!r} has no time zone: use EWSTimeZone.timezone(...).localize(...), or give it a tzinfo"
            )
        if isinstance(value, cls):
            return value
        return cls(
            value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond,
            tzinfo=value.tzinfo, fold=value.fold,
        )  # fmt: skip

    @classmethod
    def from_string(cls, text: str, *, keep_offset: bool = False) -> EWSDateTime:
        """The instant of an `xs:dateTime`, in UTC; without a zone it is taken for UTC. A date is its midnight.

        Parameters: `keep_offset`, leave it in the zone in which it was written. Raises: ValueError.
        """
        if len(text) == 20 and text[19] == "Z" and text[10] == "T" and text[11:13] != "24":  # nearly all are
            return cls(
                int(text[0:4]), int(text[5:7]), int(text[8:10]),
                int(text[11:13]), int(text[14:16]), int(text[17:19]), 0, UTC,
            )  # fmt: skip
        match = _DATETIME.match(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no xs:dateTime")
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        microsecond = int((fraction or "0")[:6].ljust(6, "0"))
        next_day = hour == "24"  # XML Schema's midnight at the end of a day
        value = cls(
            int(year), int(month), int(day), 0 if next_day else int(hour or 0), int(minute or 0), int(second or 0),
            microsecond, UTC,
        )  # fmt: skip
        if next_day:
            value += timedelta(days=1)
        if not zone or zone == "Z":
            return value
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        if zone[0] == "-":
            offset = -offset
        if keep_offset:
            return value.replace(tzinfo=timezone(offset))
        try:
            return value - offset
        except OverflowError:  # "never", written in the years 1 or 9999
            return value

    def ewsformat(self) -> str:
        """As EWS writes it: `2017-09-05T06:30:00Z`. Raises: NaiveDateTimeNotAllowed."""
        if self.tzinfo is None:
            raise NaiveDateTimeNotAllowed(f"{self!r} has no time zone")
        try:
            shown: datetime = self.astimezone(timezone.utc)
            suffix = "Z"
        except OverflowError:  # in the years 1 and 9999
            shown, suffix = self, self.isoformat()[-6:]
        fraction = f".{shown.microsecond:06}" if shown.microsecond else ""
        return (
            f"{shown.year:04}-{shown.month:02}-{shown.day:02}"
            f"T{shown.hour:02}:{shown.minute:02}:{shown.second:02}{fraction}{suffix}"
        )

    def date(self) -> EWSDate:
        return EWSDate(self.year, self.month, self.day)


_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DATETIME = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?(Z|[+-]\d{2}:\d{2})?$")

UTC = EWSTimeZone("UTC")


def UTC_NOW() -> EWSDateTime:  # noqa: N802  # the name that the reference has
    """The present, in UTC."""
    return EWSDateTime.now(tz=UTC)
