"""ConvertId: one id in the forms in which the programs around Exchange write it.

An EwsId here is base64 of the very bytes that the other forms write differently, so every conversion can be undone;
nothing is looked up, and an id of something that is gone converts as well, as it does on Exchange.

Source: "ConvertId operation", "AlternateId" in the EWS reference.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, unquote

from lxml import etree

from ewsfs.sandbox.dispatch import Context, operation, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.ids import id_kind
from ewsfs.sandbox.model import children, local, m

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_STORE = b"\0\0\0\0"
_LEGACY = b"AQAU"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _behind(prefix: bytes, raw: bytes) -> bytes:
    if not raw.startswith(prefix):
        raise ValueError("another kind of id")
    return raw[len(prefix) :]


# Format -> how the bytes of an id are written, and how they are read again (ValueError for what is none).
_FORMATS: dict[str, tuple[Callable[[bytes], str], Callable[[str], bytes]]] = {
    "EwsId": (_base64, _raw),
    "EwsLegacyId": (lambda raw: _base64(_LEGACY + raw), lambda text: _behind(_LEGACY, _raw(text))),
    "EntryId": (lambda raw: _base64(raw[::-1]), lambda text: _raw(text)[::-1]),
    "HexEntryId": (lambda raw: raw[::-1].hex().upper(), lambda text: bytes.fromhex(text)[::-1]),
    "StoreId": (lambda raw: _base64(_STORE + raw), lambda text: _behind(_STORE, _raw(text))),
    "OwaId": (lambda raw: quote(_base64(raw[::-1]), safe=""), lambda text: _raw(unquote(text))[::-1]),
}


@operation("ConvertId")
def convert_id(context: Context, request: etree._Element) -> etree._Element:
    wanted = request.get("DestinationFormat", "")

    def one(source: etree._Element) -> list[etree._Element]:
        if local(source) != "AlternateId":
            raise ResponseError("ErrorUnsupportedTypeForConversion", "Ids of public folders can't be converted.")
        found = etree.Element(m("AlternateId"), {f"{{{_XSI}}}type": "t:AlternateIdType"}, nsmap={"xsi": _XSI})
        found.set("Format", wanted)
        found.set("Id", converted(source.get("Id", ""), source.get("Format", ""), wanted))
        found.set("Mailbox", source.get("Mailbox", ""))
        return [found]

    sources = list(children(required(request, m("SourceIds"))))
    return respond(context, "ConvertId", [partial(one, source) for source in sources])


def converted(identifier: str, source: str, wanted: str) -> str:
    """An id in another format. Raises ResponseError: ErrorInvalidIdMalformed, ErrorInvalidIdEmpty."""
    if source not in _FORMATS or wanted not in _FORMATS:
        raise ResponseError("ErrorInvalidIdMalformed", "The format of the id isn't known.")
    if not identifier:
        raise ResponseError("ErrorInvalidIdEmpty", "Id must be non-empty.")
    try:
        raw = _FORMATS[source][1](identifier)
    except (binascii.Error, ValueError):
        raise ResponseError("ErrorInvalidIdMalformed", "Id is malformed.") from None
    id_kind(_base64(raw))  # refuses what is no id of this server
    return _FORMATS[wanted][0](raw)
