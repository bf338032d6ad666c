"""Text as it may stand in XML, and the two forms of a body: plain text and HTML.

Threading: pure functions.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree

# What XML 1.0 forbids (section 2.2, production Char), lone surrogates included.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol"})
_HIDDEN = frozenset({"script", "style", "head", "title"})
_CELLS = frozenset({"td", "th"})
_SPACE = re.compile(r"\s+")
_BLANKS = re.compile(r"[ \xa0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def xml_safe(text: str) -> str:
    """The text without the characters that an XML 1.0 document can't hold."""
    return _FORBIDDEN.sub("", text)


def one_line(text: str) -> str:
    """The text as a header or a name: safe for XML, white space folded into single blanks."""
    return " ".join(xml_safe(text).split())


def _visible(root: etree._Element) -> Iterator[str]:
    """The pieces of text that a document shows, with line breaks where its blocks have them."""
    hidden = pre = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            hidden += tag in _HIDDEN
            pre += tag == "pre"
            if tag in _BREAKS:
                yield "\n"
            elif tag in _CELLS:
                yield "\t"
            piece = element.text
        else:
            if event == "end":
                hidden -= tag in _HIDDEN
                pre -= tag == "pre"
                if tag in _PARAGRAPHS:
                    yield "\n"
            piece = element.tail
        if piece and not hidden:
            yield piece if pre else _SPACE.sub(" ", piece)


def text_of_html(source: str) -> str:
    """The visible text of an HTML document, with line breaks where its blocks have them."""
    root = _parse(source)
    if root is None:
        return ""
    lines = [_BLANKS.sub(" ", line).strip() for line in "".join(_visible(root)).split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip() + ("\n" if any(lines) else "")


def _parse(source: str) -> etree._Element | None:
    """The tree of an HTML document in any state, None when there is nothing in it."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        return etree.fromstring(xml_safe(source).encode(), parser)
    except etree.XMLSyntaxError:
        return None


def html_of_text(source: str) -> str:
    """An HTML document that shows the plain text as it is, line by line."""
    lines = html.escape(source, quote=False).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>\n<div>'
        + "<br>\n".join(lines)
        + "</div>\n</body></html>\n"
    )


def topic_of(subject: str) -> str:
    """A subject without the prefixes that answering and forwarding put before it ([MS-OXCMSG] 3.2.4.4.2)."""
    while True:
        shorter = re.sub(r"^\s*\w{1,3}(\[\d+\])?:\s+", "", subject)
        if shorter == subject:
            return subject.strip()
        subject = shorter
