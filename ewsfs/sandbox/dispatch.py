"""From a request to the function that carries it out, and the pieces that every reply is made of.

An operation is a function `(context, request element) -> response element` that registers itself with
`@operation("Name")`; one that streams returns an iterator of elements. `respond` runs the items of a batch one
after the other and turns each ResponseError into an error message in its place.

Threading: the registry is filled at import; a Context belongs to one request.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timezone, tzinfo
from typing import TypeVar

from lxml import etree

from ewsfs.sandbox.computed import View
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import MESSAGES, TYPES, m, t
from ewsfs.sandbox.soap import Request, SoapFault
from ewsfs.sandbox.store import Store
from ewsfs.sandbox.users import User, Users

_log = logging.getLogger("ewsfs.sandbox")

T = TypeVar("T")


@dataclass(slots=True)
class Context:
    """What an operation needs to know besides its request.

    user: in whose name it runs, after impersonation. time_zone: what times without an offset mean.
    writes: whether the operation changes something.
    busy: set by a fault on order: every item of the request from number `first_busy` on is to be answered with it.
    endpoint: URL of this server. server_state: objects that live as long as the server, by name.
    """

    store: Store
    users: Users
    user: User
    version: str = "Exchange2016"
    time_zone: tzinfo = timezone.utc
    rewrite_mime: bool = False
    writes: bool = False
    busy: ResponseError | None = None
    first_busy: int = 0
    endpoint: str = ""
    server_state: dict[str, object] = field(default_factory=dict)

    def view(self, mailbox: str = "") -> View:
        """Who looks at the items of a mailbox ("": one's own), for rendering them."""
        owner = self.users.by_address(mailbox) if mailbox else self.user
        if owner is None:
            return View(mailbox, mailbox, self.rewrite_mime)
        return View(owner.address, owner.display_name, self.rewrite_mime)

    def own(self, name: str, make: Callable[[], T]) -> T:
        """The object of that name that lives as long as the server, made when it is not there yet."""
        with _OWN:
            found = self.server_state.get(name)
            if found is None:
                found = self.server_state[name] = make()
        return found  # type: ignore[return-value]  # each name has one maker


_OWN = threading.Lock()  # held while an object of `Context.own` is made
_READING = ("Get", "Find", "Sync", "Export", "Resolve", "Expand", "Convert", "Subscribe", "Unsubscribe")

Reply = etree._Element | Iterator[etree._Element]
Operation = Callable[[Context, etree._Element], Reply]
_OPERATIONS: dict[str, Operation] = {}

Function = TypeVar("Function", bound=Operation)


def operation(name: str) -> Callable[[Function], Function]:
    """Register the function that carries out an operation."""

    def register(function: Function) -> Function:
        _OPERATIONS[name] = function
        return function

    return register


def is_known(name: str) -> bool:
    """Whether there is an operation of that name."""
    return name in _OPERATIONS


def names() -> list[str]:
    """All operations."""
    return sorted(_OPERATIONS)


def run(context: Context, request: Request) -> Reply:
    """Carry out a request. Raises SoapFault when it is refused as a whole."""
    function = _OPERATIONS.get(request.name)
    if function is None:
        raise SoapFault("ErrorInvalidRequest", f"The request is invalid: {request.name} is no known operation.")
    context.writes = not request.name.startswith(_READING)
    try:
        return function(context, request.body)
    except ResponseError as error:
        raise SoapFault(error.code, error.message, values=error.values) from error
    except SoapFault:
        raise
    except Exception as error:
        _log.exception("%s failed", request.name)
        raise SoapFault(
            "ErrorInternalServerError", "An internal server error occurred. The operation failed."
        ) from error


Work = Callable[[], Iterable[etree._Element]]


def respond(context: Context, name: str, works: Iterable[Work], empty: str | None = None) -> etree._Element:
    """The reply of a batch: one ResponseMessage for each piece of work, in order.

    name: of the operation. works: each returns the elements that its message holds, or raises ResponseError.
    empty: the element that an error message holds because the schema wants it there ("Items", "Attachments").
    """
    response = etree.Element(m(f"{name}Response"), nsmap={"m": MESSAGES, "t": TYPES})
    messages = etree.SubElement(response, m("ResponseMessages"))
    for index, work in enumerate(works):
        message = etree.SubElement(messages, m(f"{name}ResponseMessage"))
        try:
            if context.busy is not None and index >= context.first_busy:
                raise context.busy
            content = list(work())
        except ResponseError as error:
            fail(message, error)
            if empty:
                etree.SubElement(message, m(empty))
        except SoapFault:
            raise
        except Exception:
            _log.exception("an item of %s failed", name)
            fail(message, ResponseError("ErrorInternalServerError", "An internal server error occurred."))
            if empty:
                etree.SubElement(message, m(empty))
        else:
            succeed(message)
            message.extend(content)
    return response


def succeed(message: etree._Element) -> None:
    """Mark a response message as a success."""
    message.set("ResponseClass", "Success")
    etree.SubElement(message, m("ResponseCode")).text = "NoError"


def fail(message: etree._Element, error: ResponseError, response_class: str = "Error") -> None:
    """Mark a response message as an error, or as a warning."""
    message.set("ResponseClass", response_class)
    etree.SubElement(message, m("MessageText")).text = error.message
    etree.SubElement(message, m("ResponseCode")).text = error.code
    etree.SubElement(message, m("DescriptiveLinkKey")).text = "0"
    if error.values or error.path:
        xml = etree.SubElement(message, m("MessageXml"))
        if error.path:
            etree.SubElement(xml, t("FieldURI"), FieldURI=error.path)
        for key, value in error.values.items():
            etree.SubElement(xml, t("Value"), Name=key).text = value


def payload(name: str, *content: etree._Element) -> etree._Element:
    """<m:name> around some elements."""
    element = etree.Element(m(name), nsmap={"m": MESSAGES, "t": TYPES})
    element.extend(content)
    return element


def required(element: etree._Element, tag: str) -> etree._Element:
    """The child of that tag. Raises SoapFault when there is none, as a schema check would."""
    found = element.find(tag)
    if found is None:
        name = tag.rpartition("}")[2]
        raise SoapFault(
            "ErrorSchemaValidation", f"The request failed schema validation: the element '{name}' is missing."
        )
    return found
