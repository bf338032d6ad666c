"""SOAP as EWS speaks it: the envelope of a request, and the response messages, faults and versions of a reply.

Pure: no sockets. `protocol` sends what `envelope` makes and feeds what comes to `ReplyReader`.

Threading: a reader belongs to one request. `Request` and `RequestHeader` are not changed after they were made.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from ewsfs.ews import errors
from ewsfs.ews.body import Body, Streams
from ewsfs.ews.errors import MalformedResponse, ResponseError
from ewsfs.ews.since import trim
from ewsfs.ews.xmlnames import (
    AUTODISCOVER,
    MESSAGES,
    NSMAP,
    SOAP,
    Element,
    child,
    children,
    find,
    local,
    make,
    t,
    text_of,
)
from ewsfs.ews.xmlstream import Spools, decode, divert, prolog, sanitize


@dataclass(frozen=True, slots=True)
class RequestHeader:
    """On whose behalf and in which surroundings a request is made; all of it is optional.

    impersonate: primary SMTP address of the mailbox to act as (EWS reference: ExchangeImpersonation).
    anchor: SMTP address of the mailbox that the request is about, for the server's routing (X-AnchorMailbox).
    time_zone: Windows id that dates without a zone are meant in (EWS reference: TimeZoneContext; 2010 and later).
    time_zone_definition: a complete t:TimeZoneDefinition in its place.
    culture: language of what the server words, such as "en-US" (EWS reference: MailboxCulture).
    """

    impersonate: str | None = None
    anchor: str | None = None
    time_zone: str | None = None
    time_zone_definition: Element | None = None
    culture: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent in any schema version.

    operation: its name, for statistics and the log. body: the request element. repeatable: whether sending it
    twice does no harm. timeout: seconds without a byte, None for the protocol's own. streams,
    spools: see these classes.
    """

    operation: str
    body: Element
    header: RequestHeader = field(default_factory=RequestHeader)
    repeatable: bool = False
    timeout: float | None = None
    streams: Streams | None = None
    spools: Spools | None = None


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """What ServerVersionInfo says. `tag` is often a build tag (V2017_07_11), never to be sent back."""

    major: int
    minor: int
    major_build: int
    minor_build: int
    tag: str


def envelope(request: Request, api_version: str) -> bytes | Body:
    """The bytes of a request in that schema version ("Exchange2016"); a `Body` when files are part of it.

    Properties that are asked for and came later than that version are left out.
    """
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=NSMAP)
    root.append(_header(request.header, api_version))
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    body.append(copy.deepcopy(request.body))
    trim(body, api_version)
    xml = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    if request.streams is None:
        return xml
    streamed = Body(xml, request.streams)
    return streamed if streamed.has_files else xml


def _header(header: RequestHeader, api_version: str) -> Element:
    element = make(f"{{{SOAP}}}Header", make(t("RequestServerVersion"), Version=api_version))
    if header.culture is not None:
        element.append(make(t("MailboxCulture"), text=header.culture))
    if header.impersonate is not None:
        address = make(t("PrimarySmtpAddress"), text=header.impersonate)
        element.append(make(t("ExchangeImpersonation"), make(t("ConnectingSID"), address)))
    if not api_version.startswith("Exchange2007"):
        definition = header.time_zone_definition
        if definition is not None:
            element.append(make(t("TimeZoneContext"), copy.deepcopy(definition)))
        elif header.time_zone is not None:
            element.append(make(t("TimeZoneContext"), make(t("TimeZoneDefinition"), Id=header.time_zone)))
    return element


_LARGEST = 512 * 1024 * 1024  # characters of a reply that go into memory; larger contents are diverted to files


class ReplyReader:
    """Reads one reply while it arrives.

    `version` is set as soon as the SOAP header was read. Elements are matched by structure and namespace:
    servers choose prefixes freely, and gromox even names some response messages differently.
    """

    def __init__(self) -> None:
        self.version: ServerVersion | None = None
        self._parser = etree.XMLPullParser(
            events=("end",),
            tag=(f"{{{MESSAGES}}}*", f"{{{SOAP}}}*", f"{{{AUTODISCOVER}}}*"),
            huge_tree=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        self._given = 0
        self._complete = False

    def messages(self, chunks: Iterable[bytes], spools: Spools | None = None) -> Iterator[Element]:
        """Each response message as soon as it is complete.

        For operations whose reply has no ResponseMessages, or empty ones, the element below soap:Body stands in
        their place. Raises
        `ResponseError` for a SOAP fault, `MalformedResponse` for everything that isn't a reply of EWS.
        """
        texts = prolog(sanitize(decode(chunks)))
        if spools is not None:
            texts = divert(texts, spools)
        return self.messages_of(texts)

    def messages_of(self, texts: Iterable[str]) -> Iterator[Element]:
        """The same from text without prolog and forbidden characters."""
        size = 0
        try:
            for text in texts:
                size += len(text)
                if size > _LARGEST:
                    raise MalformedResponse("a reply of absurd size")
                self._parser.feed(text.encode())
                yield from self._events()
            self._parser.close()
        except etree.XMLSyntaxError as error:
            yield from self._events()  # what was complete before it went wrong
            raise MalformedResponse(f"the reply is not XML: {error}") from error
        yield from self._events()
        if not self._complete:
            raise MalformedResponse("the reply is not a SOAP envelope")
        if not self._given:
            raise MalformedResponse("the SOAP body of the reply is empty")

    def _events(self) -> Iterator[Element]:
        for _, element in self._parser.read_events():
            if not isinstance(element, etree._Element):
                continue  # only events of another kind carry something else
            name = local(element)
            if element.tag.startswith(f"{{{SOAP}}}"):
                if name == "Header":
                    self._read_header(element)
                elif name == "Fault":
                    raise fault_error(element)
                elif name == "Envelope":
                    self._complete = True
                continue
            parent = element.getparent()
            if parent is None:
                continue
            if local(parent) == "ResponseMessages":
                above = parent.getparent()
                if above is not None and _is_body(above.getparent()):
                    self._given += 1
                    yield element
            elif _is_body(parent) and not self._given:
                self._given += 1
                yield element

    def _read_header(self, header: Element) -> None:
        info = child(header, "ServerVersionInfo")
        if info is not None:
            self.version = ServerVersion(
                major=_integer(info.get("MajorVersion")),
                minor=_integer(info.get("MinorVersion")),
                major_build=_integer(info.get("MajorBuildNumber")),
                minor_build=_integer(info.get("MinorBuildNumber")),
                tag=info.get("Version") or "",
            )


def _is_body(element: Element | None) -> bool:
    return element is not None and element.tag == f"{{{SOAP}}}Body"


def _integer(text: str | None) -> int:
    try:
        return int(text or "0")
    except ValueError:
        return 0


def result_error(message: Element, payload: str | None = None) -> ResponseError | None:
    """The error that a response message carries, None when it holds a result.

    Parameters: `payload`, the name of the child with the result: a Warning that has one is a result. EWS reference:
    ResponseClass, ResponseCode, MessageText, MessageXml.
    """
    kind = message.get("ResponseClass")
    code = (text_of(message, "ResponseCode") or "").strip()
    if kind == "Success" or (kind is None and code in ("", "NoError")):
        return None
    if kind == "Warning":
        if code in ("", "NoError"):
            return None
        holder = None if payload is None else child(message, payload)
        if holder is not None and (len(holder) or (holder.text or "").strip() or holder.get("TotalItemsInView")):
            return None
    details = message_details(child(message, "MessageXml"))
    return errors.response_error(
        code or "ErrorInternalServerError",
        (text_of(message, "MessageText") or "").strip(),
        back_off=back_off_of(details),
        details=details,
    )


# What servers put into a fault that has no ResponseCode; neither is translated.
_EXCEPTION_NAME = re.compile(r"\.(\w+)Exception\b")
_UNKNOWN_OPERATION = re.compile(r"unknown request|not (?:recognized|implemented)|unsupported operation", re.IGNORECASE)


def fault_error(fault: Element) -> ResponseError:
    """The error of a soap:Fault, in the form of Exchange 2007 or of 2010 and later.

    The code is detail/ResponseCode; else the faultcode, when it is one of EWS; else the name of the .NET exception in
    the text. EWS reference: "Handling errors related to EWS".
    """
    detail = next((node for node in children(fault) if local(node).lower() == "detail"), None)
    text = (_fault_part(fault, "faultstring") or "").strip()
    code = ""
    details: dict[str, str] = {}
    message = text
    if detail is not None:
        code = (text_of(detail, "ResponseCode") or "").strip()
        details = message_details(child(detail, "MessageXml"))
        for name in ("Line", "Position"):
            value = text_of(detail, name)
            if value is not None:
                details.setdefault(f"Line{name}" if name == "Position" else "LineNumber", value.strip())
        message = max(text, (text_of(detail, "Message") or "").strip(), key=len)
    if not code:
        code = (_fault_part(fault, "faultcode") or "").strip().rpartition(":")[2]
        if not code.startswith("Error"):
            code = _guessed_code(text) or code or "Server"
    return errors.response_error(code, message, back_off=back_off_of(details), details=details)


def _fault_part(fault: Element, name: str) -> str | None:
    return next((node.text or "" for node in children(fault) if local(node) == name), None)


def _guessed_code(text: str) -> str | None:
    for match in _EXCEPTION_NAME.finditer(text):
        if errors.is_known(f"Error{match[1]}"):
            return f"Error{match[1]}"
    return "ErrorNotSupported" if _UNKNOWN_OPERATION.search(text) else None


def message_details(message_xml: Element | None) -> dict[str, str]:
    """What MessageXml holds, by the Name of each t:Value or by the name of the element."""
    found: dict[str, str] = {}
    for node in children(message_xml):
        found[node.get("Name") or local(node)] = (node.text or "").strip()
    return found


def back_off_of(details: dict[str, str]) -> float | None:
    """Seconds to wait by BackOffMilliseconds, None when it's missing or makes no sense; 0 is 0."""
    try:
        milliseconds = float(details["BackOffMilliseconds"])
    except (KeyError, ValueError):
        return None
    return milliseconds / 1000 if 0 <= milliseconds < 86_400_000 else None


def nested(message: Element, *path: str) -> Element:
    """The element below a reply, by local names. Raises MalformedResponse when it is missing."""
    found = find(message, *path)
    if found is None:
        raise MalformedResponse(f"a reply without {'/'.join(path)}")
    return found
