"""PrettyXmlHandler: a logging handler that shows the XML of requests and replies indented, and coloured on a terminal.

    logging.basicConfig(level=logging.DEBUG, handlers=[PrettyXmlHandler()])

Passwords and tokens are blanked before a record is made (`xmllog`), and once more here for XML of other loggers.

Threading: as any handler of the standard library.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, TextIO

from lxml import etree

from ewsfs.ews.xmllog import redact

_TAG = re.compile(r"(</?)([\w.:-]+)([^<>]*?)(/?>)")
_ATTRIBUTE = re.compile(r"""([\w.:-]+)=("[^"]*"|'[^']*')""")
_BLUE, _GREEN, _CYAN, _OFF = "\x1b[34m", "\x1b[32m", "\x1b[36m", "\x1b[0m"

if TYPE_CHECKING:
    _StreamHandler = logging.StreamHandler[TextIO]
else:  # Python 3.10 can't subscript it
    _StreamHandler = logging.StreamHandler


class PrettyXmlHandler(_StreamHandler):
    """Writes log records; XML in them is indented, and coloured when the stream is a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text. Records without XML are formatted as by any handler."""
        xml, title = getattr(record, "xml_text", None), getattr(record, "xml_title", "")
        if not isinstance(xml, str):
            text = super().format(record)
            return redact(text.encode("utf-8", "replace")).decode() if "<" in text else text
        shown = pretty(xml)
        if self._is_terminal():
            shown = colour(shown)
        plain = logging.makeLogRecord({**record.__dict__, "msg": "%s", "args": (title,), "message": ""})
        return f"{super().format(plain)}\n{shown}"

    def _is_terminal(self) -> bool:
        try:
            return self.stream.isatty()
        except (AttributeError, ValueError):
            return False


def pretty(xml: str) -> str:
    """The document indented; as it is when it can't be parsed."""
    parser = etree.XMLParser(
        remove_blank_text=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(redact(xml.encode("utf-8", "replace")), parser)
    except etree.XMLSyntaxError:
        return redact(xml.encode("utf-8", "replace")).decode()
    return etree.tostring(root, pretty_print=True, encoding="unicode").rstrip()


def colour(xml: str) -> str:
    """The document with terminal escapes: names blue, attributes cyan, their values green."""

    def tag(match: re.Match[str]) -> str:
        attributes = _ATTRIBUTE.sub(rf"{_CYAN}\1{_OFF}={_GREEN}\2{_OFF}", match[3])
        return f"{match[1]}{_BLUE}{match[2]}{_OFF}{attributes}{match[4]}"

    # Controls that a terminal would obey never come from a server: the parser has refused them, except this one.
    return _TAG.sub(tag, xml.replace("\x9b", ""))
