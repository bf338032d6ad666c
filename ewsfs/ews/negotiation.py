"""Which schema version a server is spoken to in: the newest that it takes, by the build that it tells or by trying.

The tag in ServerVersionInfo (V2017_07_11) isn't one that servers take in a request; what worked is kept instead. Used
by `protocol`.

Threading: may be used from any thread.
"""

from __future__ import annotations

import threading

from ewsfs.ews import errors
from ewsfs.ews.errors import ResponseError
from ewsfs.ews.soap import ServerVersion, result_error
from ewsfs.ews.version import API_VERSIONS, Build, Version
from ewsfs.ews.xmlnames import Element

_OLDEST = {
    "Exchange2016": Build(15, 1),
    "Exchange2015": Build(15, 1),
    "Exchange2013_SP1": Build(15, 0, 847),
    "Exchange2013": Build(15, 0),
    "Exchange2010_SP2": Build(14, 2),
    "Exchange2010_SP1": Build(14, 1),
    "Exchange2010": Build(14, 0),
    "Exchange2007_SP1": Build(8, 1),
    "Exchange2007": Build(8, 0),
}


class Negotiation:
    """The version of one server.

    Parameters: `given`, the version that the program knows: it is used and never changed.
    """

    def __init__(self, given: Version | None) -> None:
        self._given = given
        self._lock = threading.Lock()
        self._api_version = API_VERSIONS[0] if given is None else given.api_version
        self._build = None if given is None else given.build
        self._confirmed = given is not None

    @property
    def api_version(self) -> str:
        """The schema version for the next request."""
        return self._api_version

    @property
    def known(self) -> Version | None:
        """The server's version, None as long as it didn't tell its build."""
        with self._lock:
            return None if self._build is None else Version(self._build, self._api_version)

    @property
    def assumed(self) -> Version:
        """The server's version; one that doesn't tell its build is taken for the oldest that speaks so."""
        with self._lock:
            return Version(self._build or _OLDEST[self._api_version], self._api_version)

    def saw(self, version: ServerVersion | None) -> None:
        """A reply told the server's version: nothing newer than what that build speaks is tried from now on."""
        if version is not None and self._given is None and (version.major or version.minor):
            with self._lock:
                self._build = Build.of(version)
                spoken = self._build.api_version()
                if API_VERSIONS.index(spoken) > API_VERSIONS.index(self._api_version):
                    self._api_version = spoken

    def refused(self, api_version: str, messages: list[Element]) -> bool:
        """Whether a reply refuses the schema version in every one of its messages, and another is to be tried.

        Servers say so for a mailbox that lives on an older server than the one that was asked.
        """
        first = result_error(messages[0]) if messages else None
        if not isinstance(first, errors.WrongVersion):
            self._confirmed = True
            return False
        if all(isinstance(result_error(message), errors.WrongVersion) for message in messages):
            return self.step_down(api_version, first)
        return False

    def step_down(self, api_version: str, error: ResponseError) -> bool:
        """Whether to try again after an error; the next older version is used from now on, if that was the reason.

        Parameters: `api_version`, the one that was asked in.
        """
        if self._given is not None:
            return False
        refused = isinstance(error, errors.WrongVersion)
        if not refused and isinstance(error, errors.ErrorSchemaValidation) and not self._confirmed:
            # A server that doesn't know the name of the version at all quotes the value that it can't read.
            refused = api_version in error.message or any(api_version in text for text in error.details.values())
        if not refused:
            return False
        with self._lock:
            if self._api_version != api_version:
                return True  # another thread was faster
            older = API_VERSIONS.index(api_version) + 1
            if older >= len(API_VERSIONS):
                return False
            self._api_version = API_VERSIONS[older]
            return True
