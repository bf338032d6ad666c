"""The log of what goes over the wire, at level DEBUG of the logger "ewsfs.ews.xml", without secrets.

HTTP headers are never logged, so no credentials can appear; elements of passwords and tokens are blanked before a
record is made, whatever handler shows it. `util.PrettyXmlHandler` indents and colours these records.

Threading: functions may be called from any thread.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from ewsfs.ews.body import Body

logger = logging.getLogger("ewsfs.ews.xml")

_LONGEST = 1024 * 1024  # bytes of one document that are logged

_SECRET_NAME = rb"[\w.-]*(?:Password|Passwd|Token|Secret|Assertion|Credential|SecurityContext|PIN)[\w.-]*"
_SECRET = re.compile(rb"(<((?:[\w.-]+:)?" + _SECRET_NAME + rb")(?:\s[^<>]*)?(?<!/)>)[^<]+", re.IGNORECASE)
_SECRET_ATTRIBUTE = re.compile(rb"(\s" + _SECRET_NAME + rb"""\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)


def redact(xml: bytes) -> bytes:
    """The document with the text of elements and attributes that are named like a secret replaced by stars."""
    return _SECRET_ATTRIBUTE.sub(rb'\1"********"', _SECRET.sub(rb"\1********", xml))


def request(operation: str, url: str, body: bytes | Body) -> None:
    """Logs a request; contents that come from files are left out."""
    if logger.isEnabledFor(logging.DEBUG):
        xml = body if isinstance(body, bytes) else body.xml
        _log(f"Request {operation} to {url}", xml)


def reply(operation: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Passes a reply on and logs it when it has ended, however it ended."""
    if not logger.isEnabledFor(logging.DEBUG):
        return chunks
    return _logged(operation, chunks)


def _logged(operation: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    seen = b""
    try:
        for chunk in chunks:
            if len(seen) <= _LONGEST:
                seen += chunk
            yield chunk
    finally:
        _log(f"Reply to {operation}", seen)


def _log(title: str, xml: bytes) -> None:
    text = redact(xml[:_LONGEST]).decode("utf-8", "replace")
    if len(xml) > _LONGEST:
        text += "\n[more]"
    logger.debug("%s: %s", title, text, extra={"xml_title": title, "xml_text": text})
