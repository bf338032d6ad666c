"""Every error of the client library.

    EWSError
    +-- TransportError (EWSConnectionError)   no answer that could be used
    |   +-- Unreachable            no connection was made: name, route, refused; nothing was executed
    |   +-- TLSError               the certificate or the handshake; nothing was executed
    |   +-- Timeout                no byte for too long
    |   |   +-- PoolTimeout        no connection became free within the deadline; nothing was executed
    |   +-- Interrupted            the connection was cut before the reply was complete
    |   +-- OutcomeUnknown         cut, and the request changes something: it may have been executed
    |   +-- Unauthorized           the credentials, or the way they were offered, are refused
    |   +-- Forbidden              HTTP 403
    |   +-- Redirected             the endpoint sends us elsewhere: `.location`
    |   +-- ServerUnavailable      HTTP 503, 429, 502, 504: busy or gone for a while
    |   +-- RequestTooLarge        HTTP 413, or 404.13 of IIS
    |   +-- HTTPError              any other status without a SOAP body: `.status`
    |   +-- MalformedResponse      not what EWS answers: no XML, no Envelope, an empty Body, a DTD
    |   +-- InsecureEndpoint       credentials would go over plain http; nothing was sent
    |   +-- AutoDiscoverFailed     no server tells where the mailbox is
    |   +-- Closed                 the protocol was closed
    +-- ResponseError              the server answered: `.response_code`, `.message`
    |   +-- NotFound, AccessDenied, AlreadyExists, Conflict, Busy, Quota, TooLarge, WrongVersion, Unsupported,
    |   |   StateLost, Invalid, Refused            families
    |   |   +-- ErrorItemNotFound, ErrorAccessDenied ...   one class for each response code
    |   +-- ErrorSomethingElse     codes of no family, also those that nobody knew
    +-- DoesNotExist               get() found nothing
    +-- MultipleObjectsReturned    get() found more than one

The classes of the response codes are made from the table in `response_codes`; `errors.ErrorAnything` is one even
for a code that no table knows, so that a program can name what its server says. Nothing decides by `.message`:
servers translate it.

Threading: classes are made under a lock; instances belong to whoever got them.
"""

from __future__ import annotations

import re
import threading

from ewsfs.ews import response_codes


class EWSError(Exception):
    """Anything that went wrong in this library.

    Attributes: `back_off`, seconds that the server asks to wait, None when it doesn't say; `temporary`, whether the
    same may succeed later; `not_executed`, whether it's certain that the request did nothing; `refused` and
    `splits_batch`, whether a batch may do better in smaller parts (see `services.base`).
    """

    temporary: bool = False
    not_executed: bool = False
    refused: bool = False
    splits_batch: bool = False

    def __init__(self, message: str = "", *, back_off: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.back_off = back_off


class TransportError(EWSError):
    """No answer that could be used. `hopeless`: nothing else would get one now either."""

    hopeless: bool = False


EWSConnectionError = TransportError


class Unreachable(TransportError):
    """No connection was made: the name, the route, or nobody listens."""

    temporary = True
    not_executed = True
    hopeless = True


class TLSError(TransportError):
    """The server's certificate isn't trusted, or the handshake failed: no request was sent."""

    not_executed = True
    hopeless = True


class Timeout(TransportError):
    """No byte came for as long as was allowed."""

    temporary = True


class PoolTimeout(Timeout):
    """All connections were in use for as long as was allowed."""

    not_executed = True


class Interrupted(TransportError):
    """The connection was cut before the reply was complete."""

    temporary = True


class OutcomeUnknown(TransportError):
    """The connection was cut after a request that changes something was sent: it may have been executed.

    Sending it again could do it twice: look first. `__cause__` is what happened.
    """


class Unauthorized(TransportError):
    """The server refuses the credentials (HTTP 401), or offers no way to present them that we have."""

    not_executed = True
    hopeless = True


class Forbidden(TransportError):
    """HTTP 403: authenticated, but not let in."""

    not_executed = True
    hopeless = True


class Redirected(TransportError):
    """The endpoint answers with a redirect, which is not followed with credentials."""

    not_executed = True
    hopeless = True

    def __init__(self, message: str = "", *, location: str = "") -> None:
        super().__init__(message)
        self.location = location


class ServerUnavailable(TransportError):
    """HTTP 503, 429, 502 or 504. `not_executed` is true of the first two."""

    temporary = True


class RequestTooLarge(TransportError):
    """HTTP 413, or 404.13 of IIS: the request body is above what the server takes."""

    not_executed = True
    refused = True
    splits_batch = True


class HTTPError(TransportError):
    """A status that isn't in the tree above, without a SOAP body."""

    def __init__(self, message: str = "", *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.temporary = status >= 500


class MalformedResponse(TransportError):
    """The reply isn't what EWS answers. `complete`: how many response messages were read before it went wrong."""

    complete: int = 0


class InsecureEndpoint(TransportError):
    """Credentials would have gone over plain http to another machine; nothing was sent."""

    not_executed = True
    hopeless = True


class AutoDiscoverFailed(TransportError):
    """No server that may be asked tells where the mailbox is. `attempts` says what was tried and came of it."""

    def __init__(self, message: str = "", *, attempts: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.attempts = attempts


class Closed(TransportError):
    """The protocol was closed."""

    not_executed = True
    hopeless = True


class DoesNotExist(EWSError):
    """get() found nothing."""


class MultipleObjectsReturned(EWSError):
    """get() found more than one object."""


class ResponseError(EWSError):
    """What the server said no to.

    Attributes: `response_code`, the ResponseCode as sent; `message`, the text, in the server's language; `details`,
    what MessageXml holds, by name. EWS reference: ResponseCode, MessageText, MessageXml.
    """

    RESPONSE_CODE: str = ""

    def __init__(
        self,
        message: str = "",
        *,
        response_code: str | None = None,
        back_off: float | None = None,
        details: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, back_off=back_off)
        self.response_code = response_code or self.RESPONSE_CODE or type(self).__name__
        self.details = details or {}

    def __str__(self) -> str:
        return f"{self.response_code}: {self.message}" if self.message else self.response_code


class NotFound(ResponseError):
    """The item, folder, mailbox, attachment isn't there, or its id can't be one."""


class AccessDenied(ResponseError):
    """The account may not do that."""


class AlreadyExists(ResponseError):
    """Something of that name is there."""


class Conflict(ResponseError):
    """Somebody else changed it since the change key was given."""


class Busy(ResponseError):
    """Not now: load, limits of concurrency, a mailbox that moves."""

    temporary = True


class Quota(ResponseError):
    """A quota of the mailbox or of the sender is used up."""


class TooLarge(ResponseError):
    """Larger, longer or deeper than the server takes or gives."""


class WrongVersion(ResponseError):
    """The server or the mailbox doesn't speak the requested schema version."""


class Unsupported(ResponseError):
    """This server doesn't do that."""


class StateLost(ResponseError):
    """The server doesn't know the sync state, watermark or subscription any more: start afresh."""


class Invalid(ResponseError):
    """The request is wrong, or a value in it."""


class Refused(ResponseError):
    """A rule of Exchange forbids it, whoever asks."""


_FAMILIES: dict[str, type[ResponseError]] = {
    family.__name__: family
    for family in (
        NotFound, AccessDenied, AlreadyExists, Conflict, Busy, Quota, TooLarge, WrongVersion, Unsupported, StateLost,
        Invalid, Refused,
    )
}  # fmt: skip

_FAMILY_OF: dict[str, type[ResponseError]] = {
    code: _FAMILIES[family] for family, codes in response_codes.FAMILIES.items() for code in codes.split()
}
_NOT_EXECUTED = frozenset(response_codes.NOT_EXECUTED.split())
_WHOLE_REQUEST = frozenset(response_codes.WHOLE_REQUEST.split())
_SPLITTING = _WHOLE_REQUEST | frozenset(response_codes.WORTH_SPLITTING.split())

_NAME = re.compile(r"Error[A-Z]\w{0,120}\Z", re.ASCII)
_MOST_UNKNOWN = 1000  # classes live for ever; what a server makes up must not fill the memory

_classes: dict[str, type[ResponseError]] = {}
_lock = threading.Lock()


def class_of(response_code: str) -> type[ResponseError]:
    """The class of a response code; `ResponseError` itself for what can't be a name."""
    found = _classes.get(response_code)
    if found is not None:
        return found
    if not _NAME.match(response_code):
        return ResponseError
    with _lock:
        if response_code not in _FAMILY_OF and len(_classes) > len(_FAMILY_OF) + _MOST_UNKNOWN:
            return _classes.get(response_code, ResponseError)
        return _classes.setdefault(response_code, _make(response_code))


def response_error(
    response_code: str, message: str = "", *, back_off: float | None = None, details: dict[str, str] | None = None
) -> ResponseError:
    """An error of the class that belongs to the response code."""
    return class_of(response_code)(message, response_code=response_code, back_off=back_off, details=details)


def is_known(response_code: str) -> bool:
    """Whether the table of response codes lists it with a family."""
    return response_code in _FAMILY_OF


def _make(response_code: str) -> type[ResponseError]:
    family = _FAMILY_OF.get(response_code, ResponseError)
    return type(
        response_code,
        (family,),
        {
            "__module__": __name__,
            "__doc__": f"The server answers {response_code}. EWS reference: ResponseCode.",
            "RESPONSE_CODE": response_code,
            "not_executed": response_code in _NOT_EXECUTED,
            "refused": response_code in _WHOLE_REQUEST,
            "splits_batch": response_code in _SPLITTING,
        },
    )


def __getattr__(name: str) -> type[ResponseError]:
    if _NAME.match(name):
        return class_of(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_FAMILY_OF])
