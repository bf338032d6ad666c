"""SOAP 1.1 envelopes: reading what clients send, making what they get, and faults.

Used by `dispatch` and `server`. A request is refused as a whole, by a fault, when it is no well-formed XML, has
a document type, is no envelope, or names a version that no server has; everything below that level is an error
inside the reply. Threading: pure functions.

Sources: SOAP 1.1 sections 4 and 6; EWS reference, "SOAP headers", RequestServerVersion, ServerVersionInfo.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from ewsfs.sandbox.errors import SandboxError
from ewsfs.sandbox.model import MESSAGES, TYPES, children, local, m, t

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"

# The build of Exchange 2016 CU23, and what it calls its newest schema.
SERVER_VERSION: Mapping[str, str] = {
    "MajorVersion": "15",
    "MinorVersion": "1",
    "MajorBuildNumber": "2507",
    "MinorBuildNumber": "39",
    "Version": "V2017_07_11",
}

# ExchangeVersionType of the schema.
VERSIONS = frozenset(
    [
        "Exchange2007",
        "Exchange2007_SP1",
        "Exchange2009",
        "Exchange2010",
        "Exchange2010_SP1",
        "Exchange2010_SP2",
        "Exchange2012",
        "Exchange2013",
        "Exchange2013_SP1",
        "Exchange2015",
        "Exchange2016",
        "V2015_10_05",
        "V2016_01_06",
        "V2016_04_13",
        "V2016_07_13",
        "V2016_10_10",
        "V2017_01_07",
        "V2017_04_14",
        "V2017_07_11",
    ]
)

_PROLOG = re.compile(rb"\s*(<\?.*?\?>|<!--.*?-->|\s)*<!DOCTYPE", re.DOTALL | re.IGNORECASE)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class SoapFault(SandboxError):
    """The whole request is refused.

    code: the ResponseCode in the fault's detail. status: of HTTP. values: pairs for MessageXml.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 500,
        values: Mapping[str, str] | None = None,
        message_xml: etree._Element | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.status = status
        self.values = dict(values or {})
        self.message_xml = message_xml
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True, slots=True)
class Request:
    """One envelope, taken apart.

    name: of the operation, for example "GetItem". body: its element.
    version: RequestServerVersion, or the oldest that speaks time zones when there is none.
    impersonate: ("PrincipalName" | "SID" | "PrimarySmtpAddress" | "SmtpAddress", value), or None.
    time_zone: the TimeZoneDefinition of the TimeZoneContext header, or None.
    """

    name: str
    body: etree._Element
    version: str
    impersonate: tuple[str, str] | None
    time_zone: etree._Element | None


def parse(data: bytes) -> Request:
    """The request in the bytes of a POST. Raises SoapFault."""
    root = _document(data)
    if root.tag != f"{{{SOAP}}}Envelope":
        raise _invalid("The root element is no SOAP 1.1 envelope.")
    header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    operations = list(children(body)) if body is not None else []
    if len(operations) != 1:
        raise _invalid("The SOAP body must hold exactly one element.")
    operation = operations[0]
    if not str(operation.tag).startswith(f"{{{MESSAGES}}}"):
        raise _invalid(f"The element '{local(operation)}' is in no known namespace.")
    version, impersonate, time_zone = "Exchange2007_SP1", None, None
    for entry in children(header) if header is not None else ():
        name = local(entry)
        if entry.tag == t("RequestServerVersion"):
            version = entry.get("Version", version)
            if version not in VERSIONS:
                raise SoapFault("ErrorInvalidServerVersion", "The specified server version is invalid.")
        elif entry.tag == t("ExchangeImpersonation"):
            impersonate = _impersonation(entry)
        elif entry.tag == t("TimeZoneContext"):
            time_zone = entry.find(t("TimeZoneDefinition"))
        elif entry.get(f"{{{SOAP}}}mustUnderstand") == "1" and not str(entry.tag).startswith(f"{{{TYPES}}}"):
            raise SoapFault("ErrorInvalidRequest", f"The header '{name}' was not understood.")
    return Request(_name(operation), operation, version, impersonate, time_zone)


def _name(operation: etree._Element) -> str:
    """The operation of an element: those of Exchange 2007's availability service are called ...Request."""
    return local(operation).removesuffix("Request")


def _document(data: bytes) -> etree._Element:
    if _PROLOG.match(data[3:] if data.startswith(_BOMS[0]) else data):
        raise _with_dtd()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line, position = getattr(error, "position", None) or (0, 0)
        xml = etree.Element(t("MessageXml"), nsmap={"t": TYPES})
        for name, text in (("LineNumber", line), ("LinePosition", position), ("Violation", str(error))):
            etree.SubElement(xml, t(name)).text = _printable(str(text))
        raise SoapFault(
            "ErrorSchemaValidation",
            f"The request failed schema validation: {_printable(str(error))}",
            message_xml=xml,
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _with_dtd()
    return root


def _with_dtd() -> SoapFault:
    return SoapFault(
        "ErrorSchemaValidation",
        "The request failed schema validation: For security reasons DTD is prohibited in this XML document.",
    )


def _invalid(why: str) -> SoapFault:
    return SoapFault("ErrorSchemaValidation", f"The request failed schema validation: {why}")


def _impersonation(entry: etree._Element) -> tuple[str, str]:
    for sid in entry.iterfind(t("ConnectingSID")):
        for child in children(sid):
            return local(child), (child.text or "").strip()
    raise SoapFault("ErrorInvalidRequest", "The ExchangeImpersonation header names nobody.")


def _printable(text: str) -> str:
    return "".join(char for char in text if char >= " " and char.isprintable())


def envelope(body: etree._Element, server: Mapping[str, str] = SERVER_VERSION) -> bytes:
    """The reply of an operation that was carried out, as bytes in UTF-8. server: what ServerVersionInfo says."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
    header = etree.SubElement(root, f"{{{SOAP}}}Header")
    etree.SubElement(header, t("ServerVersionInfo"), dict(server), nsmap={"h": TYPES})
    etree.SubElement(root, f"{{{SOAP}}}Body").append(body)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def fault(error: SoapFault) -> bytes:
    """The reply to a request that is refused as a whole; as on Exchange it has no ServerVersionInfo."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
    entry = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    code = etree.SubElement(entry, "faultcode", nsmap={"a": TYPES})
    code.text = f"a:{error.code}"
    text = etree.SubElement(entry, "faultstring")
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en-US")
    text.text = error.message
    detail = etree.SubElement(entry, "detail")
    etree.SubElement(detail, f"{{{ERRORS}}}ResponseCode", nsmap={"e": ERRORS}).text = error.code
    etree.SubElement(detail, f"{{{ERRORS}}}Message", nsmap={"e": ERRORS}).text = error.message
    if error.message_xml is not None:
        detail.append(error.message_xml)
    elif error.values:
        xml = etree.SubElement(detail, t("MessageXml"), nsmap={"t": TYPES})
        for name, value in error.values.items():
            etree.SubElement(xml, t("Value"), Name=name).text = value
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def response(operation: str) -> etree._Element:
    """An empty <m:OperationResponse>."""
    return etree.Element(m(f"{operation}Response"), nsmap={"m": MESSAGES, "t": TYPES})
