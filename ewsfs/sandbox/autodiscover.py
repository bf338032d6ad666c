"""Autodiscover, the plain XML kind (POX): from an address to the URL of EWS.

Threading: pure functions.

Source: [MS-OXDSCLI] 2.2.3 and 2.2.4; EWS reference, "POX Autodiscover request" and "... response".
"""

from __future__ import annotations

from datetime import datetime, timezone

from lxml import etree

from ewsfs.sandbox.users import Users

_OUTER = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
_INNER = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
_REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"


def answer(body: bytes, users: Users, endpoint: str) -> bytes:
    """The reply to an Autodiscover request: the settings of the address in it, or why not."""
    address, schema = _asked(body)
    if address is None:
        return invalid_request()
    if schema is not None and schema != _INNER:
        return _error(601, "Provider is not available", address)
    user = users.by_address(address)
    if user is None:
        return _error(500, "The email address can't be found.", address)
    root = etree.XML(f'<Autodiscover xmlns="{_OUTER}"><Response xmlns="{_INNER}"/></Autodiscover>')
    response = root[0]

    def add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
        element = etree.SubElement(parent, f"{{{_INNER}}}{name}")
        element.text = text
        return element

    person = add(response, "User")
    add(person, "DisplayName", user.display_name)
    add(person, "LegacyDN", f"/o=Sandbox/ou=Exchange Administrative Group/cn=Recipients/cn={user.name}")
    add(person, "AutoDiscoverSMTPAddress", user.address)
    add(person, "DeploymentId", "5f7a0a0e-3a52-4f5e-9f3e-8d1a3f0f7f55")
    account = add(response, "Account")
    add(account, "AccountType", "email")
    add(account, "Action", "settings")
    add(account, "MicrosoftOnline", "False")
    for kind in ("EXCH", "EXPR"):
        protocol = add(account, "Protocol")
        add(protocol, "Type", kind)
        add(protocol, "Server", "sandbox.example.test")
        add(protocol, "ServerVersion", "73C189CB")
        add(protocol, "AuthPackage", "Ntlm")
        for name in ("ASUrl", "EwsUrl", "EmwsUrl"):
            add(protocol, name, endpoint)
        add(protocol, "OOFUrl", endpoint)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _asked(body: bytes) -> tuple[str | None, str | None]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None, None
    if root.getroottree().docinfo.internalDTD is not None:
        return None, None
    address = root.findtext(f"{{{_REQUEST}}}Request/{{{_REQUEST}}}EMailAddress")
    return address, root.findtext(f"{{{_REQUEST}}}Request/{{{_REQUEST}}}AcceptableResponseSchema")


def invalid_request() -> bytes:
    """The reply to something that is no Autodiscover request."""
    return _error(600, "Invalid Request", "")


def _error(code: int, message: str, debug: str) -> bytes:
    root = etree.XML(f'<Autodiscover xmlns="{_OUTER}"/>')
    response = etree.SubElement(root, f"{{{_OUTER}}}Response")
    error = etree.SubElement(response, f"{{{_OUTER}}}Error", Time=f"{datetime.now(timezone.utc):%H:%M:%S.%f}", Id="1")
    etree.SubElement(error, f"{{{_OUTER}}}ErrorCode").text = str(code)
    etree.SubElement(error, f"{{{_OUTER}}}Message").text = message
    etree.SubElement(error, f"{{{_OUTER}}}DebugData").text = "".join(char for char in debug if char.isprintable())
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
