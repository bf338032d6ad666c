"""Builds and schema versions of Exchange.

A `Build` is what a server is, an API version is the schema that it's asked to speak (RequestServerVersion). Fields
and operations say since which build they exist. EWS reference: RequestServerVersion, ServerVersionInfo, "EWS
schema versions in Exchange".

Threading: immutable values.
"""

from __future__ import annotations

from dataclasses import dataclass

from ewsfs.ews.soap import ServerVersion

API_VERSIONS = (
    "Exchange2016",
    "Exchange2015",
    "Exchange2013_SP1",
    "Exchange2013",
    "Exchange2010_SP2",
    "Exchange2010_SP1",
    "Exchange2010",
    "Exchange2007_SP1",
    "Exchange2007",
)
"""The schema versions that we know, the newest first: the order in which they are tried."""


@dataclass(frozen=True, slots=True, order=True)
class Build:
    """The build of a server, such as Build(15, 1, 2507, 6): compared part by part."""

    major_version: int
    minor_version: int
    major_build: int = 0
    minor_build: int = 0

    def __post_init__(self) -> None:
        for part in (self.major_version, self.minor_version, self.major_build, self.minor_build):
            if not isinstance(part, int) or part < 0:
                raise ValueError(f"a part of a build is a number from 0, not {part!r}")

    @classmethod
    def of(cls, version: ServerVersion) -> Build:
        """The build that a ServerVersionInfo tells."""
        return cls(
            max(0, version.major), max(0, version.minor), max(0, version.major_build), max(0, version.minor_build)
        )

    @classmethod
    def from_hex(cls, text: str) -> Build:
        """The build in the form that autodiscover gives as ServerVersion, such as "73C18880".

        Bits 28-31 are the structure's version, 22-27 major, 16-21 minor, 0-14 build. Source: [MS-OXDSCLI],
        ServerVersion. Raises ValueError for another text.
        """
        number = int(text, 16)
        return cls(number >> 22 & 0x3F, number >> 16 & 0x3F, number & 0x7FFF)

    def api_version(self) -> str:
        """The newest schema version that we know and this build speaks."""
        for since, name in _SPOKEN_SINCE:
            if self >= since:
                return name
        return "Exchange2007"

    def __str__(self) -> str:
        return f"{self.major_version}.{self.minor_version}.{self.major_build}.{self.minor_build}"


EXCHANGE_2007 = Build(8, 0)
EXCHANGE_2007_SP1 = Build(8, 1)
EXCHANGE_2010 = Build(14, 0)
EXCHANGE_2010_SP1 = Build(14, 1)
EXCHANGE_2010_SP2 = Build(14, 2)
EXCHANGE_2013 = Build(15, 0)
EXCHANGE_2013_SP1 = Build(15, 0, 847)
EXCHANGE_2016 = Build(15, 1)
EXCHANGE_2019 = Build(15, 2)
EXCHANGE_O365 = Build(15, 20)

_SPOKEN_SINCE = (
    (EXCHANGE_2016, "Exchange2016"),
    (EXCHANGE_2013_SP1, "Exchange2013_SP1"),
    (EXCHANGE_2013, "Exchange2013"),
    (EXCHANGE_2010_SP2, "Exchange2010_SP2"),
    (EXCHANGE_2010_SP1, "Exchange2010_SP1"),
    (EXCHANGE_2010, "Exchange2010"),
    (EXCHANGE_2007_SP1, "Exchange2007_SP1"),
)


@dataclass(frozen=True, slots=True)
class Version:
    """The version of a server: its build, and the schema version that it's asked to speak.

    Parameters: `build`; `api_version`, by default the newest one that the build speaks.
    """

    build: Build
    api_version: str = ""

    def __post_init__(self) -> None:
        if not self.api_version:
            object.__setattr__(self, "api_version", self.build.api_version())
        elif self.api_version not in API_VERSIONS:
            raise ValueError(f"{self.api_version!r} is no schema version; these are: {', '.join(API_VERSIONS)}")

    @property
    def fullname(self) -> str:
        """The name of the product, for people."""
        for since, name in _PRODUCTS:
            if self.build >= since:
                return name
        return "Microsoft Exchange Server 2007"

    def __str__(self) -> str:
        return f"Build={self.build}, API={self.api_version}, {self.fullname}"


_PRODUCTS = (
    (EXCHANGE_O365, "Microsoft Office 365"),
    (EXCHANGE_2019, "Microsoft Exchange Server 2019"),
    (EXCHANGE_2016, "Microsoft Exchange Server 2016"),
    (EXCHANGE_2013_SP1, "Microsoft Exchange Server 2013 SP1"),
    (EXCHANGE_2013, "Microsoft Exchange Server 2013"),
    (EXCHANGE_2010_SP2, "Microsoft Exchange Server 2010 SP2"),
    (EXCHANGE_2010_SP1, "Microsoft Exchange Server 2010 SP1"),
    (EXCHANGE_2010, "Microsoft Exchange Server 2010"),
    (EXCHANGE_2007_SP1, "Microsoft Exchange Server 2007 SP1"),
)
