"""The plain XML ("POX") of autodiscover: the request, and what a reply says. Pure.

Source: [MS-OXDSCLI] 2.2.3 and 2.2.4; EWS reference, "POX Autodiscover web service reference for Exchange".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from ewsfs.ews.errors import MalformedResponse
from ewsfs.ews.version import Build
from ewsfs.ews.xmlnames import Element, child, children, clean, find, local, text_of
from ewsfs.ews.xmlstream import decode, prolog, sanitize

_REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
_RESPONSE = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
_LARGEST = 1024 * 1024

# EXPR is how the mailbox is reached from outside, EXCH from inside of the organisation's network.
_PREFERRED = ("EXPR", "EXCH", "WEB")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the mailbox is. endpoint: the URL of EWS. address: the primary SMTP address, None when it isn't told."""

    endpoint: str
    address: str | None
    build: Build | None


@dataclass(frozen=True, slots=True)
class RedirectToAddress:
    """Ask again, about this address."""

    address: str


@dataclass(frozen=True, slots=True)
class RedirectToUrl:
    """Ask again, there."""

    url: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server knows nothing of the mailbox, or doesn't understand us."""

    code: str
    message: str


Answer = Settings | RedirectToAddress | RedirectToUrl | Refusal


def request(address: str) -> bytes:
    """The body of a request about an address."""
    root = etree.Element(f"{{{_REQUEST}}}Autodiscover", nsmap={None: _REQUEST})  # type: ignore[dict-item]  # lxml-stubs
    asked = etree.SubElement(root, f"{{{_REQUEST}}}Request")
    etree.SubElement(asked, f"{{{_REQUEST}}}EMailAddress").text = clean(address)
    etree.SubElement(asked, f"{{{_REQUEST}}}AcceptableResponseSchema").text = _RESPONSE
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def read(chunks: Iterable[bytes]) -> Answer:
    """What a reply says. Raises MalformedResponse when it is no reply of autodiscover."""
    text = ""
    for piece in prolog(sanitize(decode(chunks))):
        text += piece
        if len(text) > _LARGEST:
            raise MalformedResponse("a reply of absurd size")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise MalformedResponse(f"the reply is not XML: {error}") from error
    response = child(root, "Response") if local(root) == "Autodiscover" else None
    if response is None:
        raise MalformedResponse("the reply is not one of autodiscover")
    refusal = child(response, "Error")
    if refusal is not None:
        return Refusal(text_of(refusal, "ErrorCode") or "", (text_of(refusal, "Message") or "").strip())
    account = child(response, "Account")
    if account is None:
        raise MalformedResponse("a reply of autodiscover without Account")
    return _account(response, account)


def _account(response: Element, account: Element) -> Answer:
    action = (text_of(account, "Action") or "").strip().lower()
    address = (text_of(account, "RedirectAddr") or text_of(account, "redirectAddr") or "").strip()
    url = (text_of(account, "RedirectUrl") or text_of(account, "redirectUrl") or "").strip()
    if action == "redirectaddr" or (not action and address):
        return RedirectToAddress(address)
    if action == "redirecturl" or (not action and url):
        return RedirectToUrl(url)
    if account.find("./{*}Error") is not None:
        return Refusal("", text_of(account, "Error", "Message") or "")
    return _settings(response, account)


def _settings(response: Element, account: Element) -> Answer:
    protocols = [node for node in children(account) if local(node) == "Protocol"]
    endpoints: dict[str, str] = {}
    build: Build | None = None
    for protocol in protocols:
        kind = (text_of(protocol, "Type") or protocol.get("Type") or "").strip().upper()
        place = _ews_url(protocol)
        if place:
            endpoints.setdefault(kind, place)
        version = (text_of(protocol, "ServerVersion") or "").strip()
        if version and build is None:
            build = _build(version)
    for kind in (*_PREFERRED, *endpoints):
        if kind in endpoints:
            address = (text_of(response, "User", "AutoDiscoverSMTPAddress") or "").strip()
            return Settings(endpoints[kind], address if "@" in address else None, build)
    return Refusal("", "the settings name no EWS endpoint")


def _ews_url(protocol: Element) -> str:
    for path in (("EwsUrl",), ("ASUrl",), ("External", "Protocol", "ASUrl"), ("Internal", "Protocol", "ASUrl")):
        found = find(protocol, *path)
        if found is not None and (found.text or "").strip():
            return (found.text or "").strip()
    return ""


def _build(text: str) -> Build | None:
    try:
        return Build.from_hex(text)
    except ValueError:
        return None
