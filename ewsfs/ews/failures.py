"""What it means that an exchange failed: the error for a status, and whether the request may have been executed.

Used by `protocol`, which decides by it whether a request is sent again. Threading: pure functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from ewsfs.ews import errors, transport
from ewsfs.ews.errors import EWSError, MalformedResponse, OutcomeUnknown, ResponseError, TransportError
from ewsfs.ews.soap import ReplyReader, Request

_LONGEST_EXPLANATION = 64 * 1024  # bytes of the body of a failure that are read


class Stale(Exception):
    """A connection that had been used before was cut: most often the server closed it while it was idle."""

    def __init__(self, error: errors.Interrupted) -> None:
        super().__init__(str(error))
        self.error = error


def may_have_been_executed(request: Request, error: EWSError) -> bool:
    """Whether a request that changes something was sent and nobody knows what came of it."""
    if request.repeatable or error.not_executed or not isinstance(error, TransportError):
        return False
    return not (isinstance(error, errors.HTTPError) and error.status < 500)


def unknown(request: Request, error: EWSError) -> OutcomeUnknown:
    """The error for a request of which nobody knows what came of it."""
    return OutcomeUnknown(f"{request.operation} was sent and may have been executed: {error}")


def status_error(reply: transport.Reply, chunks: Iterator[bytes]) -> EWSError:
    """The error that a status other than 200 and 500 means; a SOAP fault in the body says more than the status."""
    body = b""
    with suppress(EWSError):  # what came of the body is enough
        while len(body) < _LONGEST_EXPLANATION and (chunk := next(chunks, b"")):
            body += chunk
    if b"Envelope" in body:
        try:
            for _ in ReplyReader().messages([body]):
                pass
        except ResponseError as fault:
            if fault.back_off is None:
                fault.back_off = transport.retry_after(reply.headers)
            return fault
        except MalformedResponse:
            pass  # then the status has to do
    if reply.status == 404 and b"404.13" not in body:
        return errors.HTTPError("HTTP 404: the server has nothing at this address; is it that of EWS?", status=404)
    error = transport.status_error(reply.status, reply.headers, body[:2000].decode("utf-8", "replace"))
    return error or errors.HTTPError(f"HTTP {reply.status}", status=reply.status)
