"""`.ewsfs/out-of-office.toml`: what is answered to mail while the owner is away, read from the server and written back.

The file says in comments what may be written. A key that is left out stays as it is on the server, so that
`echo 'state = "disabled"' > out-of-office.toml` is enough. Source: TOML 1.0; EWS reference, UserOofSettings.

Threading: any thread; nothing is kept but how long the file was when it was last read.
"""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Mapping
from datetime import date, datetime, time, timezone, tzinfo

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.remote import Mailbox
from ewsfs.vfs.remote.service import Absence

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

log = logging.getLogger(__name__)

NAME = "out-of-office.toml"
_GUESS = 16384  # bytes: on the high side, so that no program sees the file cut before it is opened

_STATES = {"disabled": "Disabled", "enabled": "Enabled", "scheduled": "Scheduled"}
_AUDIENCES = {"none": "None", "known": "Known", "all": "All"}
_KEYS = ("state", "start", "end", "external_audience", "internal_reply", "external_reply")

_NOTHING = Absence("Disabled", "None", None, None, "", "")

_TEXT = """\
# Out of office: what is answered to mail while you are away. Save this file to change it on the server.
# A line that you leave out changes nothing.

# "disabled", "enabled" (from now on), or "scheduled" (from start to end)
state = "{state}"
{start}
{end}

# Whom outside of your organisation external_reply is sent to: "none", "known" (who is in your contacts), or "all"
external_audience = "{external_audience}"

# The answer to people of your organisation; plain text or HTML
internal_reply = {internal_reply}

# The answer to everybody else
external_reply = {external_reply}
"""


class OutOfOffice:
    """The file of one mailbox.

    Parameters: `remote`, the mailbox; `zone`, in which times are shown, and meant where they name no offset.
    """

    def __init__(self, remote: Mailbox, zone: tzinfo) -> None:
        self._remote = remote
        self._zone = zone
        self._size = _GUESS

    @property
    def size(self) -> int:
        """How long the file is, as far as it is known; asks nothing of the server."""
        return self._size

    def read(self) -> bytes:
        """The settings as the server has them now, as TOML. Raises: VfsError."""
        data = render(self._remote.absence(), self._zone)
        self._size = len(data)
        return data

    @staticmethod
    def check(data: bytes) -> None:
        """Refuse what can't be the file, without asking the server. Raises: VfsError (EINVAL) with a sentence."""
        parse(data, _NOTHING, timezone.utc)

    def write(self, data: bytes) -> None:
        """Set what the file says; when that is so already, nothing is sent.

        Raises: VfsError, EINVAL with a sentence for what is no TOML (it names the line) or makes no sense.
        """
        before = self._remote.absence()
        wanted = parse(data, before, self._zone)
        if wanted != before:
            self._remote.set_absence(wanted)
            log.info("out of office is %s", wanted.state)
        self._size = len(render(wanted, self._zone))


def render(absence: Absence, zone: tzinfo) -> bytes:
    """The file that says these settings. Parameters: `zone`, for its times."""
    return _TEXT.format(
        state=absence.state.lower(),
        start=_time_line("start", absence.start, zone),
        end=_time_line("end", absence.end, zone),
        external_audience=absence.external_audience.lower(),
        internal_reply=_quoted(absence.internal_reply),
        external_reply=_quoted(absence.external_reply),
    ).encode()


def parse(data: bytes, before: Absence, zone: tzinfo) -> Absence:
    """The settings that a file says, with those of `before` where it says nothing. Raises: VfsError (EINVAL)."""
    try:
        given = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise _wrong(f"it is not UTF-8: {error}") from None
    except tomllib.TOMLDecodeError as error:  # it names line and column
        raise _wrong(f"{error}") from None
    unknown = sorted(set(given) - set(_KEYS))
    if unknown or not given:
        what = f"there is no {', '.join(unknown)}" if unknown else "it says nothing"
        raise _wrong(f"{what}; it can say: {', '.join(_KEYS)}")
    return Absence(
        state=_word(given, "state", _STATES, before.state),
        external_audience=_word(given, "external_audience", _AUDIENCES, before.external_audience),
        start=_time(given, "start", before.start, zone),
        end=_time(given, "end", before.end, zone),
        internal_reply=_reply(given, "internal_reply", before.internal_reply),
        external_reply=_reply(given, "external_reply", before.external_reply),
    )


def _wrong(why: str) -> VfsError:
    return VfsError(errno.EINVAL, f"{NAME} was not saved: {why}")


def _word(given: Mapping[str, object], key: str, words: Mapping[str, str], before: str) -> str:
    value = given.get(key)
    if value is None:
        return before
    if not isinstance(value, str) or value.lower() not in words:
        raise _wrong(f"{key} is {value!r}; it can be: {', '.join(words)}")
    return words[value.lower()]


def _time(given: Mapping[str, object], key: str, before: datetime | None, zone: tzinfo) -> datetime | None:
    value = given.get(key)
    if value is None:
        return before
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise _wrong(f"{key} is {value!r}; it must be a time, such as 2026-03-05T18:00:00+01:00, without quotes")
    return value if value.tzinfo is not None else value.replace(tzinfo=zone)


def _reply(given: Mapping[str, object], key: str, before: str) -> str:
    value = given.get(key)
    if value is None:
        return before
    if not isinstance(value, str):
        raise _wrong(f"{key} is {value!r}; it must be a text in quotes")
    return before if value == _shown(before) else value


def _time_line(key: str, value: datetime | None, zone: tzinfo) -> str:
    if value is None:
        return f"# {key} = 2026-03-05T18:00:00+01:00"
    return f"{key} = {value.astimezone(zone).isoformat(timespec='seconds')}"


def _shown(text: str) -> str:
    """A text with the line ends of this system, which editors can do with; XML has no other control characters."""
    return text.replace("\r\n", "\n")


def _quoted(text: str) -> str:
    """A TOML string: on lines of its own when the text has several."""
    shown = _shown(text)
    escaped = "".join(_escaped(character) for character in shown)
    if "\n" not in shown:
        return f'"{escaped}"'
    return f'"""\n{escaped}"""'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character in "\n\t" or (character >= " " and character != "\x7f"):
        return character
    return f"\\u{ord(character):04x}"
