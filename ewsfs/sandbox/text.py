"""Text as it may stand in XML, and the two forms of a body: plain text and HTML.

Threading: pure functions.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

# What XML 1.0 forbids (section 2.2, production Char), lone surrogates included.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol"})
_HIDDEN = frozenset({"script", "style", "head", "title"})


def xml_safe(text: str) -> str:
    """The text without the characters that an XML 1.0 document can't hold."""
    return _FORBIDDEN.sub("", text)


def one_line(text: str) -> str:
    """The text as a header or a name: safe for XML, white space folded into single blanks."""
    return " ".join(xml_safe(text).split())


class _TextOf(HTMLParser):
    """Collects the visible text of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "pre":
            self._pre += 1
        if tag in _BREAKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append("\t")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        if tag in _PARAGRAPHS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self.parts.append(data if self._pre else re.sub(r"\s+", " ", data))


def text_of_html(source: str) -> str:
    """The visible text of an HTML document, with line breaks where its blocks have them."""
    parser = _TextOf()
    parser.feed(source)
    parser.close()
    lines = [re.sub(r"[ \xa0]+", " ", line).strip() for line in "".join(parser.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + ("\n" if any(lines) else "")


def html_of_text(source: str) -> str:
    """An HTML document that shows the plain text as it is, line by line."""
    lines = html.escape(source, quote=False).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>\n<div>'
        + "<br>\n".join(lines)
        + "</div>\n</body></html>\n"
    )


def looks_like_html(source: str) -> bool:
    """Whether a text begins like an HTML document."""
    return bool(re.match(r"\s*(<!doctype html|<html|<head|<body|<div|<p|<table|<span)\b", source, re.IGNORECASE))


def topic_of(subject: str) -> str:
    """A subject without the prefixes that answering and forwarding put before it ([MS-OXCMSG] 3.2.4.4.2)."""
    while True:
        shorter = re.sub(r"^\s*\w{1,3}(\[\d+\])?:\s+", "", subject)
        if shorter == subject:
            return subject.strip()
        subject = shorter
