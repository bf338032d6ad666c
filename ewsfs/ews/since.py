"""Since which schema version a property exists, and requests without what a server can't know.

The first request to a server is made before its version is known, and may name properties that came later: they are
left out when it is sent again in an older version.

Threading: filled when the classes of items and folders are made; read from any thread afterwards.
"""

from __future__ import annotations

from ewsfs.ews.xmlnames import Element, local, t

# ExchangeVersionType of the schema, oldest first.
SERVER_VERSIONS = (
    "Exchange2007", "Exchange2007_SP1", "Exchange2009", "Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2",
    "Exchange2012", "Exchange2013", "Exchange2013_SP1", "Exchange2015", "Exchange2016", "V2015_10_05", "V2016_01_06",
    "V2016_04_13", "V2016_07_13", "V2016_10_10", "V2017_01_07", "V2017_04_14", "V2017_07_11", "V2017_10_09",
    "V2018_01_08",
)  # fmt: skip

OLDEST = SERVER_VERSIONS[0]

_SINCE: dict[str, str] = {}
_PARTS: dict[str, dict[str, str]] = {}  # element -> its parts that came later ("@" before an attribute) -> since when


def is_supported(since: str, server: str | None) -> bool:
    """Whether a server knows what came with a version; an unknown server is taken for a new one.

    Parameters: two values of ExchangeVersionType, for example "Exchange2010_SP1".
    """
    if server is None or server not in SERVER_VERSIONS:
        return True
    return SERVER_VERSIONS.index(since) <= SERVER_VERSIONS.index(server)


def note(uri: str, since: str) -> None:
    """A property with this FieldURI came with that version; the earliest one counts when several say so."""
    known = _SINCE.get(uri)
    if known is None or is_supported(since, known):
        _SINCE[uri] = since


def note_part(element: str, part: str, since: str) -> None:
    """A part of an element came with that version. Parameters: `part`, an element, or "@" and an attribute."""
    if element:  # a class that others are made from has none
        _PARTS.setdefault(element, {})[part] = since


def trim(body: Element, server: str) -> None:
    """Takes out of a request's body what this version doesn't know: properties that are asked for, and parts of values
    that are written (whole properties that are written are left out, or refused, before).

    EWS reference: AdditionalProperties (property paths).
    """
    if not all(is_supported(since, server) for parts in _PARTS.values() for since in parts.values()):
        _trim_parts(body, server)
    for asked in list(body.iter(t("AdditionalProperties"))):
        for path in list(asked):
            if not is_supported(_SINCE.get(path.get("FieldURI") or "", OLDEST), server):
                asked.remove(path)
        holder = asked.getparent()
        if not len(asked) and holder is not None:
            holder.remove(asked)


def _trim_parts(body: Element, server: str) -> None:
    for element in list(body.iter(*map(t, _PARTS))):
        for part, since in _PARTS[local(element)].items():
            if is_supported(since, server):
                continue
            if part.startswith("@"):
                if part[1:] in element.attrib:
                    del element.attrib[part[1:]]
                continue
            for child in element.findall(t(part)):
                element.remove(child)
